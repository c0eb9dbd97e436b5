import type { CallOptions } from '../../platform/call-options.ts'
import type { ByIdRequest, RecordsById } from '../source.ts'
import type { Tally } from './client.ts'
import { instant, type Org, take } from './org.ts'
import { idQueries, nextPage, noNextPage, query } from './query.ts'
import { shapeOf } from './shape.ts'
import { selectByIds } from './soql.ts'
import { toRecord } from './to-records.ts'

export async function* readByIds(
  org: Org,
  request: ByIdRequest,
  options: CallOptions = {},
): AsyncGenerator<RecordsById> {
  const { object, where, ids } = request
  const tally: Tally = { requests: 0, sharedRequests: 0 }
  const asked = { tally, signal: options.signal }
  const shape = await shapeOf(org, { ...request, after: null }, asked)
  const asOf = instant(org.client.serverNow())
  for (const { soql, ids: some } of idQueries((part) => selectByIds(object, shape.select, where, part), ids)) {
    const missing = new Set(some)
    for (let page = await query(org, soql, object, false, asked); ; ) {
      const records = page.records.map((row) => toRecord(row, shape.rows))
      for (const { id } of records) missing.delete(id)
      yield { records, ...take(tally) }
      if (page.done) break
      if (page.nextRecordsUrl == null) throw noNextPage(object)
      page = await nextPage(org, page.nextRecordsUrl, object, asked)
    }
    yield { records: [...missing].map((id) => ({ kind: 'deleted', id, changedAt: asOf })), ...take(tally) }
  }
}

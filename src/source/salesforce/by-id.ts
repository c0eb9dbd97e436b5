import type { CallOptions } from '../../platform/call-options.ts'
import type { ByIdRequest, RecordsById } from '../source.ts'
import type { Tally } from './client.ts'
import { HALF_A_QUERY, partsOf } from './columns.ts'
import { instant, type Org, take } from './org.ts'
import { rowsByIds } from './query.ts'
import { shapeOf } from './shape.ts'
import { selectByIds } from './soql.ts'
import { toRecord } from './to-records.ts'
import { joinParts } from './wide.ts'

export async function* readByIds(
  org: Org,
  request: ByIdRequest,
  options: CallOptions = {},
): AsyncGenerator<RecordsById> {
  const { object, where } = request
  const tally: Tally = { requests: 0, sharedRequests: 0 }
  const asked = { tally, signal: options.signal }
  const shape = await shapeOf(org, request, asked)
  const { stampField } = shape.rows
  const parts = partsOf(shape.select, ['Id', stampField], { first: HALF_A_QUERY, others: HALF_A_QUERY })
  const asOf = instant(org.client.serverNow())
  const select = (ids: readonly string[]) => selectByIds(object, parts[0] ?? [], where, ids)
  const question = { object, select, withDeleted: false }
  const missing = new Set(request.ids)
  for await (const { rows, ids } of rowsByIds(org, question, [...missing], asked)) {
    const read = { object, stampField, parts, where, withDeleted: false }
    const whole = await joinParts(org, read, rows, asked)
    const records = whole.flatMap((row) => (row === null ? [] : [toRecord(row, shape.rows)]))
    for (const { id } of records) missing.delete(id)
    yield { records, ...take(tally) }
    const gone = ids.filter((id) => missing.has(id))
    yield { records: gone.map((id) => ({ kind: 'deleted', id, changedAt: asOf })), ...take(tally) }
  }
}

import type { CallOptions } from '../../platform/call-options.ts'
import type { ByIdRequest, RecordsById, SourceRecord } from '../source.ts'
import { type Account, type AskedBy, newTally, take } from './account.ts'
import { readBatch } from './fetching.ts'
import { readingOf } from './fields.ts'
import { ownerRecords } from './owners.ts'
import { associationsOf, objectIdOf, shapeOf, toRecords } from './shape.ts'

/** Objects that are read at once; of a history, half of it. */
const PORTION = 100

export async function* readByIds(
  account: Account,
  request: ByIdRequest,
  options: CallOptions = {},
): AsyncGenerator<RecordsById> {
  const asked: AskedBy = { tally: newTally(), signal: options.signal }
  const ids = [...new Set(request.ids)]
  const changedAt = new Date(account.client.serverNow()).toISOString()
  const answer = (wanted: readonly string[], records: readonly SourceRecord[]): RecordsById => {
    const found = new Map(records.map((record) => [record.id, record]))
    return { records: wanted.map((id) => found.get(id) ?? { kind: 'deleted', id, changedAt }), ...take(asked.tally) }
  }
  if (readingOf(request.object).as === 'owners') {
    if (ids.length > 0) yield answer(ids, await ownerRecords(account, request, asked))
    return
  }
  const shape = await shapeOf(account, request, asked)
  const byObject = Map.groupBy(ids, (id) => objectIdOf(shape, id))
  // What is no number is nobody's id here, and would spoil the answer for the others.
  const objects = [...byObject.keys()].filter((id) => /^\d+$/.test(id))
  const strangers = [...byObject].flatMap(([id, wanted]) => (/^\d+$/.test(id) ? [] : wanted))
  if (strangers.length > 0) yield answer(strangers, [])
  for (let i = 0; i < objects.length; i += PORTION) {
    options.signal?.throwIfAborted()
    const some = objects.slice(i, i + PORTION)
    const { found } = await readBatch(account, shape, some, asked)
    const associations = await associationsOf(
      account,
      shape,
      found.map(({ id }) => id),
      asked,
    )
    const records = found.flatMap((raw) => toRecords(shape, raw, associations))
    yield answer(
      some.flatMap((id) => byObject.get(id) ?? []),
      records,
    )
  }
}

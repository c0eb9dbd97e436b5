import type { CallOptions } from '../../platform/call-options.ts'
import type { Cursor, Page, ReadRequest, SourceRecord } from '../source.ts'
import { readMerged, withLeavers, withSurvivors } from './changes.ts'
import { NOWHERE, readCursor, writeCursor } from './cursor.ts'
import { type Org, take, takeOwed } from './org.ts'
import { stepsFrom } from './rest-or-bulk.ts'
import { shapeOf } from './shape.ts'
import { isBrokenOff, startOf } from './start.ts'

/** Records to a page, where we cut pages ourselves. */
const PAGE = 2000

/**
 * Reads one object. `SystemModstamp` orders everything; the cursor never passes what Salesforce says is complete
 * (`latestDateCovered`), so that a record whose transaction commits late is read by the next run.
 */
export async function* readObject(org: Org, request: ReadRequest, options: CallOptions = {}): AsyncGenerator<Page> {
  const tally = takeOwed(org, request.object)
  const asked = { tally, signal: options.signal }
  const shape = await shapeOf(org, request, asked)
  const stood = readCursor(request.after)
  const { standing: start, deleted, counted } = await startOf(org, request, stood, shape, asked)
  const page = (records: readonly SourceRecord[], cursor: Cursor, snapshot: boolean, more?: true): Page => ({
    records,
    cursor,
    snapshot,
    ...take(tally),
    ...(more === undefined ? {} : { more }),
  })
  if (stood?.bulk != null && start.bulk === null) {
    await org.jobs.drop(stood.bulk.job, { object: request.object, ...asked })
  }
  if (isBrokenOff(stood, start)) yield page([], NOWHERE, false)
  const steps = stepsFrom(org, request, shape, start, counted, asked)
  if (start.mode === 'everything') {
    const isBegun = start.from !== null || start.bulk !== null
    const asksMerged = request.heldBefore === true && !isBegun
    let merged = asksMerged ? await readMerged(org, request.object, shape, asked) : []
    for await (const { records, at, more } of steps) {
      yield at === 'anew' ? page(records, NOWHERE, false) : page([...merged, ...records], writeCursor(at), true, more)
      merged = []
    }
    return
  }
  // Before what changed: a record that was deleted and undeleted is there in the end.
  const last = deleted.length - (deleted.length % PAGE)
  for (let i = 0; i < last; i += PAGE) {
    const some = await withSurvivors(org, request.object, shape, deleted.slice(i, i + PAGE), asked)
    yield page(some, writeCursor(start), false)
  }
  let gone = deleted.slice(last)
  for await (const { records, at } of steps) {
    const changed = await withLeavers(org, request, records, asked)
    const ids = new Set(changed.map((record) => record.id))
    const others = gone.filter((record) => !ids.has(record.id))
    gone = []
    const left = await withSurvivors(org, request.object, shape, others, asked)
    yield page([...left, ...changed], at === 'anew' ? NOWHERE : writeCursor(at), false)
  }
}

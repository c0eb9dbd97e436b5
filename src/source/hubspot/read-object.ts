import type { CallOptions } from '../../platform/call-options.ts'
import { Fault } from '../../platform/errors.ts'
import type { Page, ReadRequest, SourceRecord } from '../source.ts'
import { type Account, type AskedBy, newTally, take } from './account.ts'
import { readChanges } from './changes.ts'
import { type Everything, readCursor, remember, type Standing, writeCursor } from './cursor.ts'
import { listPage } from './fetching.ts'
import { readingOf } from './fields.ts'
import { readOwners } from './owners.ts'
import {
  type AssociationsByType,
  inlineAssociations,
  mergedRecords,
  type RawObject,
  type Shape,
  shapeOf,
  toRecords,
} from './shape.ts'

/** Reads one object: everything by its list, in the order of ids; later only what changed, by search. */
export async function* readObject(
  account: Account,
  request: ReadRequest,
  options: CallOptions = {},
): AsyncGenerator<Page> {
  options.signal?.throwIfAborted()
  const asked: AskedBy = { tally: newTally(), signal: options.signal }
  if (readingOf(request.object).as === 'owners') {
    yield* readOwners(account, request, asked)
    return
  }
  const shape = await shapeOf(account, request, asked)
  const stood = readCursor(request.after)
  if (stood?.mode === 'changes') yield* readChanges(account, shape, stood, asked)
  else yield* readEverything(account, shape, request, stood, asked)
}

async function* readEverything(
  account: Account,
  shape: Shape,
  request: ReadRequest,
  stood: Standing | null,
  asked: AskedBy,
): AsyncGenerator<Page> {
  const anew = (): Everything => ({
    v: 1,
    mode: 'everything',
    after: null,
    began: account.client.serverNow(),
    seen: {},
  })
  let standing = stood?.mode === 'everything' ? stood : anew()
  const brokenOff = (): Page => ({ records: [], cursor: writeCursor(anew()), snapshot: false, ...take(asked.tally) })
  // A cursor that nobody can read any more: what was handed over under it no longer counts.
  if (request.after !== null && stood?.mode !== 'everything') yield brokenOff()
  let isResumed = standing.after !== null
  for (;;) {
    asked.signal?.throwIfAborted()
    const listed: Listed[] = []
    let failure: unknown = null
    const atOnce = shape.associations.length === 0 ? 1 : PAGES_AT_ONCE
    do {
      try {
        listed.push(await listPage(account, shape, listed.length === 0 ? standing.after : nextOf(listed), asked))
      } catch (error) {
        failure = error
      }
    } while (failure === null && listed.length < atOnce && nextOf(listed) !== null)
    if (listed.length === 0) {
      // The page that was to come next is forgotten.
      if (!isResumed || !(failure instanceof Fault) || failure.code !== 'hubspot-request-invalid') throw failure
      isResumed = false
      standing = anew()
      yield brokenOff()
      continue
    }
    isResumed = false
    const associations = await inlineAssociations(
      account,
      shape,
      listed.flatMap((page) => page.raws),
      asked,
    )
    for (const { raws, after } of listed) {
      const records = recordsOf(shape, raws, request.heldBefore === true, associations)
      const since = standing.began - account.lookBackMs
      const stamps = raws.map(({ id, updatedAt }) => [id, updatedAt.toISOString()] as const)
      const seen = remember(standing.seen, stamps, since)
      if (after === null) {
        const { began } = standing
        const archived = { from: began, notBefore: 0 }
        const cursor = writeCursor({ v: 1, mode: 'changes', from: began, seen, archived, underWay: null })
        yield { records, cursor, snapshot: true, ...take(asked.tally) }
        return
      }
      standing = { ...standing, after, seen }
      yield { records, cursor: writeCursor(standing), snapshot: true, ...take(asked.tally) }
    }
    // What came before it is handed over.
    if (failure !== null) throw failure
  }
}

type Listed = Awaited<ReturnType<typeof listPage>>

/** So many pages are listed before it is asked which of several companies are the primary ones: a request takes 1,000 records. */
const PAGES_AT_ONCE = 10

function nextOf(listed: readonly Listed[]): Listed['after'] {
  return listed.at(-1)?.after ?? null
}

/** Those that do not meet the condition are not there, for who reads everything. */
function recordsOf(
  shape: Shape,
  raws: readonly RawObject[],
  tellsMerged: boolean,
  associations: AssociationsByType,
): SourceRecord[] {
  return raws.flatMap((raw) => [
    ...(tellsMerged ? mergedRecords(shape, raw) : []),
    ...toRecords(shape, raw, associations).filter(({ kind }) => kind === 'present'),
  ])
}

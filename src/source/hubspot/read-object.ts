import type { CallOptions } from '../../platform/call-options.ts'
import { Fault } from '../../platform/errors.ts'
import type { Page, ReadRequest, SourceRecord } from '../source.ts'
import { type Account, type AskedBy, newTally, take } from './account.ts'
import { readChanges } from './changes.ts'
import { type Everything, readCursor, remember, type Standing, writeCursor } from './cursor.ts'
import { listPage } from './fetching.ts'
import { readingOf } from './fields.ts'
import { readOwners } from './owners.ts'
import { inlineAssociations, mergedRecords, type RawObject, type Shape, shapeOf, toRecords } from './shape.ts'

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
    let page: Awaited<ReturnType<typeof listPage>>
    try {
      page = await listPage(account, shape, standing.after, asked)
    } catch (error) {
      // The page that was to come next is forgotten.
      if (!isResumed || !(error instanceof Fault) || error.code !== 'hubspot-request-invalid') throw error
      isResumed = false
      standing = anew()
      yield brokenOff()
      continue
    }
    isResumed = false
    const records = await recordsOf(account, shape, page.raws, request.heldBefore === true, asked)
    const since = standing.began - account.lookBackMs
    const stamps = page.raws.map(({ id, updatedAt }) => [id, updatedAt.toISOString()] as const)
    const seen = remember(standing.seen, stamps, since)
    if (page.after === null) {
      const { began } = standing
      const archived = { from: began, notBefore: 0 }
      const cursor = writeCursor({ v: 1, mode: 'changes', from: began, seen, archived, underWay: null })
      yield { records, cursor, snapshot: true, ...take(asked.tally) }
      return
    }
    standing = { ...standing, after: page.after, seen }
    yield { records, cursor: writeCursor(standing), snapshot: true, ...take(asked.tally) }
  }
}

/** Those that do not meet the condition are not there, for who reads everything. */
async function recordsOf(
  account: Account,
  shape: Shape,
  raws: readonly RawObject[],
  tellsMerged: boolean,
  asked: AskedBy,
): Promise<SourceRecord[]> {
  const associations = await inlineAssociations(account, shape, raws, asked)
  return raws.flatMap((raw) => [
    ...(tellsMerged ? mergedRecords(shape, raw) : []),
    ...toRecords(shape, raw, associations).filter(({ kind }) => kind === 'present'),
  ])
}

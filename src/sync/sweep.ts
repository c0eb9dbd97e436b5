import type { RecordMapping, SourceMapping } from '../mapping/mapping.ts'
import type { CallOptions } from '../platform/call-options.ts'
import { Fault } from '../platform/errors.ts'
import type { FieldValue, Page, SourceRecord } from '../source/source.ts'
import type { RawRecord, SavedEntry, Stream, SweepState } from '../store/store.ts'
import { digestOf } from './digest.ts'
import type { PullPorts } from './pull.ts'
import { type PullTally, type SweepCounts, tallySaved } from './pull-counts.ts'
import { toEntry } from './raw-entry.ts'
import { type Taking, type Together, together } from './together.ts'

/** After so long a gap changes may have left no trace (the recycle bin of a CRM keeps 15 days). */
const LONGEST_GAP_MS = 15 * 86_400_000
/** A job that runs every day must not find that a sweep is due in a second: so much of the time is let off. */
const EARLY = 0.05
/** A sweep that would take away more than this share of a stream, and as many records, is refused. */
const MAX_GONE = 0.05
const MIN_GONE = 20

/** Whether everything is to be looked at now, by the clock. */
export function isSweepDue(
  now: number,
  { underWay, sweptAt }: SweepState,
  every: Pick<SourceMapping, 'formulasEveryMs' | 'reconcileEveryMs'>,
  unstamped: readonly string[],
): boolean {
  const since = Math.max(sweptAt ?? Number.NEGATIVE_INFINITY, underWay?.beganAt ?? Number.NEGATIVE_INFINITY)
  const everyMs =
    unstamped.length === 0 ? every.reconcileEveryMs : Math.min(every.formulasEveryMs, every.reconcileEveryMs)
  return now - since >= everyMs * (1 - EARLY)
}

/** Whether so long a time has passed since a stream was read that changes alone do not tell everything. */
export function isLongGap(now: number, readAt: number): boolean {
  return now - readAt > LONGEST_GAP_MS
}

/** What a sweep asks for, as it is kept with its cursor: another one begins anew. */
export function sweepRequest(record: RecordMapping, unstamped: readonly string[]): string {
  return digestOf(['sweep', record.object, record.where ?? '', ...unstamped])
}

/** The fields of an object that are read, and those of them that change without a stamp. */
export interface SweptFields {
  readonly fields: readonly string[]
  readonly unstamped: readonly string[]
}

/**
 * Goes over everything an object has, one read of ids and of the fields that change without a stamp: such values are put
 * right, records we do not hold, or hold as they were before their stamp, are read whole, and those that the sweep did not
 * see are asked for by id. Adds to `tally`.
 *
 * Goes on where a run that died left it. An unchanged record costs no write but its mark. Refuses with `source-shrunk`,
 * deleting nothing, when more than 5 % of the records (and at least 20), or all of them, would go.
 */
export async function sweepRecords(
  ports: PullPorts,
  stream: Stream,
  record: RecordMapping,
  { fields, unstamped }: SweptFields,
  isDue: boolean,
  tally: PullTally,
  options?: CallOptions,
): Promise<void> {
  const { store } = ports
  const request = sweepRequest(record, unstamped)
  const { underWay } = await store.sweepState(stream)
  const goesOn = underWay !== null && underWay.request === request && !(underWay.isRead && isDue)
  if (!goesOn) await store.beginSweep(stream, request)
  const work = { ports, stream, record, fields, unstamped, tally, options }
  const isRead = (goesOn && underWay.isRead) || (await readEverything(work, request, goesOn ? underWay.cursor : null))
  // A read that did not come to its end begins anew in the next run.
  if (isRead) await askForTheRest(work)
}

interface Sweep {
  readonly ports: PullPorts
  readonly stream: Stream
  readonly record: RecordMapping
  readonly fields: readonly string[]
  readonly unstamped: readonly string[]
  readonly tally: PullTally
  readonly options: CallOptions | undefined
}

/** The records of some pages, those deleted left out. */
class Swept implements Taking {
  readonly records: PresentRecord[] = []

  get size(): number {
    return this.records.length
  }

  add(record: SourceRecord): void {
    if (record.kind === 'present') this.records.push(record)
  }
}

/** Answers whether the read came to its end. */
async function readEverything(sweep: Sweep, request: string, after: Page['cursor'] | null): Promise<boolean> {
  const { ports, stream, record, unstamped, tally, options } = sweep
  const { object, where } = record
  let isRead = false
  const pages = together(ports.source.read({ object, fields: unstamped, where, after }, options), () => new Swept())
  for await (const { it, isLast } of withLast(pages)) {
    const { page } = it
    tally.requests += page.requests
    tally.sharedRequests += page.sharedRequests ?? 0
    if (!page.snapshot) {
      // The source begins anew: what was seen so far no longer counts.
      await ports.store.beginSweep(stream, request)
      continue
    }
    await saveSwept(sweep, it, isLast)
    isRead = isLast
    tellProgress(sweep)
    options?.signal?.throwIfAborted()
  }
  return isRead
}

async function saveSwept(sweep: Sweep, { page, taken }: Together<Swept>, isLast: boolean): Promise<void> {
  const { ports, stream, record, tally } = sweep
  const { store, zone } = ports
  const { records } = taken
  const held = new Map<string, RawRecord>()
  const ids = records.map(({ id }) => id)
  for (const raw of await store.rawRecordsById(stream, ids)) held.set(raw.id, raw)
  const same: string[] = []
  const entries: PresentEntry[] = []
  const unread: string[] = []
  let changed = 0
  for (const raw of records) {
    const old = held.get(raw.id)
    // Changed while it was hidden, or just now.
    if (old === undefined || raw.changedAt > old.changedAt) {
      unread.push(raw.id)
      continue
    }
    const patch = patchOf(old, raw)
    if (patch === null) same.push(raw.id)
    else {
      changed += patch.values
      entries.push(toEntry(record, patch.record, zone))
    }
  }
  const { found, gone } = await readWhole(sweep, unread)
  entries.push(...found)
  const read = { cursor: page.cursor, isLast }
  const saved = await store.saveSwept({ stream, mapping: record.digest, read, same, entries, gone })
  tallySaved(tally, saved, same.length + entries.length)
  const appeared = found.filter(({ id }) => !held.has(id)).length
  addSwept(tally, { records: records.length, changed, appeared, gone: 0 })
}

type PresentRecord = Extract<SourceRecord, { kind: 'present' }>
type PresentEntry = Extract<SavedEntry, { kind: 'present' }>

/**
 * The stored record with the values swept, where they differ; `null` where nothing does. A swept record that is older than
 * the stored one tells nothing new. The stamp stays.
 */
function patchOf(
  old: RawRecord,
  swept: PresentRecord,
): { readonly record: PresentRecord; readonly values: number } | null {
  const names = Object.keys(swept.fields)
  if (names.length === 0 || swept.changedAt < old.changedAt) return null
  const fields = JSON.parse(old.fields) as Record<string, FieldValue>
  const values = names.filter((name) => (fields[name] ?? null) !== (swept.fields[name] ?? null)).length
  if (values === 0) return null
  const { id, changedAt } = old
  return { record: { kind: 'present', id, changedAt, fields: { ...fields, ...swept.fields } }, values }
}

/** Records by id, mapped; `gone`: what is not there. */
async function readWhole(
  { ports, record, fields, tally, options }: Sweep,
  ids: readonly string[],
): Promise<{ readonly found: readonly PresentEntry[]; readonly gone: readonly string[] }> {
  const found: PresentEntry[] = []
  const gone: string[] = []
  if (ids.length === 0) return { found, gone }
  const { object, where } = record
  for await (const part of ports.source.readByIds({ object, fields, where, ids }, options)) {
    tally.requests += part.requests
    tally.sharedRequests += part.sharedRequests ?? 0
    for (const raw of part.records) {
      if (raw.kind === 'deleted') gone.push(raw.id)
      else found.push(toEntry(record, raw, ports.zone))
    }
  }
  return { found, gone }
}

/**
 * Asks for every record that we hold and the sweep did not see: it may have been made or undeleted meanwhile. Only what is
 * not there is deleted, all of it at the end. Answers of a run that died or was refused are not believed: they may be old.
 */
async function askForTheRest(sweep: Sweep): Promise<void> {
  const { ports, stream, record, tally, options } = sweep
  const { store } = ports
  await store.forgetGone(stream)
  for await (const ids of store.unswept(stream)) {
    const { found, gone } = await readWhole(sweep, ids)
    const saved = await store.saveSwept({ stream, mapping: record.digest, read: null, same: [], entries: found, gone })
    tallySaved(tally, saved, found.length)
    await refuseIfUnsafe(sweep)
    tellProgress(sweep)
    options?.signal?.throwIfAborted()
  }
  await refuseIfUnsafe(sweep)
  const { gone } = await store.finishSweep(stream)
  tally.read += gone
  tally.deleted += gone
  addSwept(tally, { records: 0, changed: 0, appeared: 0, gone })
}

async function refuseIfUnsafe({ ports, stream, record }: Sweep): Promise<void> {
  if (ports.allowEmpty) return
  const { gone, held } = await ports.store.finishSweep(stream, { dryRun: true })
  const isTooMany = gone >= MIN_GONE && gone > held * MAX_GONE
  if (!isTooMany && !(gone === held && held > 0)) return
  throw new Fault(
    'source-shrunk',
    `A sweep of ${record.object} from ${stream.source} no longer finds at least ${gone} of its ${held} records; nothing was deleted`,
    {
      blame: 'operator',
      exit: 4,
      hint: `Check what the source's user may see (View All Records); if the records are really gone, run pull ${stream.source} --allow-empty`,
    },
  )
}

/** Each page, with whether it is the last: that is known once the next one was asked for. */
async function* withLast<T>(all: AsyncIterable<T>): AsyncGenerator<{ readonly it: T; readonly isLast: boolean }> {
  let before: { readonly it: T } | null = null
  for await (const it of all) {
    if (before !== null) yield { ...before, isLast: false }
    before = { it }
  }
  if (before !== null) yield { ...before, isLast: true }
}

function addSwept(tally: PullTally, found: SweepCounts): void {
  const before = tally.swept ?? { records: 0, changed: 0, gone: 0, appeared: 0 }
  tally.swept = {
    records: before.records + found.records,
    changed: before.changed + found.changed,
    gone: before.gone + found.gone,
    appeared: before.appeared + found.appeared,
  }
}

function tellProgress({ ports, tally }: Sweep): void {
  const { name: source, object, requests } = tally
  ports.onEvent({ on: 'sweep', source, object, records: tally.swept?.records ?? 0, requests })
}

import type { Zone } from '../domain/day.ts'
import type { BoardMapping, RecordMapping, SourceMapping } from '../mapping/mapping.ts'
import type { CallOptions } from '../platform/call-options.ts'
import type { Clock } from '../platform/clock.ts'
import { Fault } from '../platform/errors.ts'
import type { ReadRequest, Source, SourceRecord } from '../source/source.ts'
import type { GatheredEntries, RemappedEntry, Store, Stream } from '../store/store.ts'
import type { OnEvent } from './events.ts'
import { compareFields, fieldSentences, namingColumns, readKnownFields, rememberFields } from './fields.ts'
import { presentOf } from './present.ts'
import type { RunProblem } from './problem.ts'
import { type PullTally, tallySaved } from './pull-counts.ts'
import { type PullStanding, readWholeNote, standingOf, stuckNote } from './pull-standing.ts'
import { toEntry } from './raw-entry.ts'
import { isLongGap, isSweepDue, sweepRecords, sweepRequest } from './sweep.ts'
import { type Taking, type Together, together } from './together.ts'

export interface PullPorts {
  readonly source: Source
  readonly store: Store
  readonly zone: Zone
  readonly clock: Clock
  readonly boards: readonly BoardMapping[]
  readonly onEvent: OnEvent
  /** Told what changed about an object's fields. */
  readonly onNews: (news: RunProblem) => void
  /** Lets a read that finds nothing, or much less, delete what a source delivered before. */
  readonly allowEmpty: boolean
  /** Sweeps whatever was not just read whole, due or not. */
  readonly sweep: boolean
}

/**
 * Copies everything that changed since the last pull of one object into the store, mapped, and sweeps the object when that
 * is due. Resumable at any point: records and cursor are saved together, page by page. Adds to `tally`.
 *
 * A changed mapping is first applied to what is stored, without a request; only when it names fields (or a
 * condition) that were never asked for is the object read whole again. So it is when a mapped field was missing and is
 * back, and when an optional one appears, or goes. An optional object that the source lacks is skipped, with a note.
 *
 * `stood`: where the stream stood when the run began to pull the source.
 */
export async function pullRecords(
  ports: PullPorts,
  mapping: SourceMapping,
  record: RecordMapping,
  stood: PullStanding,
  tally: PullTally,
  options?: CallOptions,
): Promise<void> {
  const { source, store, clock } = ports
  const stream: Stream = { source: mapping.source, kind: record.kind }
  const started = clock.now()
  const { state } = stood
  if (state !== null && state.mapping !== record.digest)
    tally.remapped = await remapStored(ports, stream, record, options)

  const place = `${mapping.file}:${record.line}`
  // Where the object may be absent, asking for more along with it would be in vain.
  const isThere = !record.optional || state !== null
  const reads = !isThere ? null : { where: record.where, after: stood.cursor }
  const { description, fields, requests, sharedRequests } = await presentOf(source, record, place, reads, options)
  tally.requests += requests
  tally.sharedRequests += sharedRequests
  if (description === null) {
    await setReadWhole(store, stream, record.object)
    tally.note = 'source-object-absent'
    ports.onEvent({ on: 'source', is: 'absent', source: mapping.source, object: record.object })
    return
  }
  const standing = standingOf(state, record, fields)
  // A snapshot under way for another request must not be taken for this one's.
  if (state !== null && standing.cursor === null) await store.forgetCursor(stream)
  const before = await readKnownFields(store, stream)
  const { known, news } = compareFields(before, record, description)
  if (news.back.length > 0) await store.forgetCursor(stream)
  for (const sentence of fieldSentences(news, mapping, record, ports.boards)) ports.onNews(sentence)
  await rememberFields(store, stream, before, known)

  const unstamped = description.asked.filter(({ stamped }) => !stamped).map(({ name }) => name)
  const after = news.back.length > 0 ? null : standing.cursor
  // Remembered in the store: the page that is saved next hides the gap, and that a read of everything died when it had come to
  // its end: nobody deleted what it did not contain. One that goes on counts as a sweep once it has ended.
  const isIncomplete = state !== null && (state.snapshot || isLongGap(started, state.at))
  if (after !== null && isIncomplete && !description.alwaysWhole)
    await store.beginSweep(stream, sweepRequest(record, unstamped))
  // A run that forgot the cursor may have died.
  const heldBefore = state !== null || (await store.note(readWholeNote(stream))) !== null
  let whole: boolean
  try {
    const read = { object: record.object, fields, where: record.where, after, heldBefore }
    // One that was handed over to its end, and that nobody ended, is ended where nothing changed since.
    const isUnended = state !== null && state.snapshot && description.alwaysWhole
    whole = await readChanges(ports, stream, record, { read, isUnended }, standing.request, tally, options)
  } catch (error) {
    const missing = fields.filter((field) => !description.asked.some(({ name }) => name === field))
    if (!(error instanceof Fault) || error.blame !== 'operator' || missing.length === 0) throw error
    await rememberFields(store, stream, known, { ...known, missing })
    throw namingColumns(error, missing, record, ports.boards)
  }
  if (whole) tally.vanished = await finishSnapshot(ports, stream, record)
  await setReadWhole(store, stream, record.object)
  if (!whole && !description.alwaysWhole) {
    const standing = await store.sweepState(stream)
    const isDue = ports.sweep || isSweepDue(started, standing, mapping, unstamped)
    if (isDue || standing.underWay !== null)
      await sweepRecords(ports, stream, record, { fields, unstamped }, isDue, tally, options)
  }
  tellRead(ports, tally, 'done', started)
}

/** Pages that may wait to be saved: while the store writes its log back, reading goes on. */
const PAGES_UNSAVED = 3

/**
 * Saves what is read, page by page, none unless the one before it was saved; meanwhile the next ones are read. The store keeps
 * that order, so that its next page is there when it is done with one. Answers whether it was a read of everything that came to its end.
 */
async function readChanges(
  ports: PullPorts,
  stream: Stream,
  record: RecordMapping,
  { read, isUnended }: { readonly read: ReadRequest; readonly isUnended: boolean },
  request: string,
  tally: PullTally,
  options: CallOptions | undefined,
): Promise<boolean> {
  const started = ports.clock.now()
  const { object } = read
  let snapshot = false
  const mapped = () => {
    const entries = ports.store.gather()
    return {
      entries,
      get size() {
        return entries.size
      },
      add: (raw: SourceRecord) => entries.add(raw.kind === 'deleted' ? raw : toEntry(record, raw, ports.zone)),
    }
  }
  const isSnapshot = (page: Together<Taking>['page']) => page.snapshot || (isUnended && page.unchanged === true)
  const save = async (page: Together<Taking>['page'], entries: GatheredEntries): Promise<void> => {
    const { cursor } = page
    const snapshot = isSnapshot(page)
    const { digest: mapping } = record
    const saved = await ports.store.savePage({ stream, object, cursor, snapshot, mapping, request, entries })
    tallySaved(tally, saved, entries.size)
    tally.requests += page.requests
    tally.sharedRequests += page.sharedRequests ?? 0
    tellRead(ports, tally, 'reading', started)
  }
  const unsaved: Promise<void>[] = []
  try {
    const pages = ports.source.read(read, options)
    for await (const { page, taken } of together(pages, mapped)) {
      // An empty page says that what was handed over is done with: a source may let go of it when it is asked for more.
      if (taken.size === 0) await Promise.all(unsaved.splice(0))
      else if (unsaved.length === PAGES_UNSAVED) await unsaved.shift()
      const saving = save(page, taken.entries)
      // Met where it is waited for.
      saving.catch(() => {})
      unsaved.push(saving)
      snapshot = isSnapshot(page)
      options?.signal?.throwIfAborted()
    }
  } finally {
    // What was handed over counts, however reading ended.
    await Promise.allSettled(unsaved)
  }
  await Promise.all(unsaved)
  return snapshot
}

function tellRead({ onEvent, clock }: PullPorts, tally: PullTally, is: 'reading' | 'done', started: number): void {
  const { name: source, object, read, requests } = tally
  onEvent({ on: 'source', is, source, object, read, requests, ms: clock.now() - started })
}

async function setReadWhole(store: Store, stream: Stream, object: string): Promise<void> {
  if ((await store.note(readWholeNote(stream))) === null) await store.setNote(readWholeNote(stream), object)
}

/** The objects (`salesforce Opportunity`) that this store has never read to their end. */
export async function readUnread(
  store: Pick<Store, 'note'>,
  sources: readonly Pick<SourceMapping, 'source' | 'records'>[],
): Promise<string[]> {
  const unread: string[] = []
  for (const { source, records } of sources) {
    for (const { kind, object } of records)
      if ((await store.note(readWholeNote({ source, kind }))) === null) unread.push(`${source} ${object}`)
  }
  return unread
}

/**
 * The objects (`salesforce Opportunity`) still to be read to their end for the first time, of sources of which a part was
 * read. An object that cannot be read until a person acts is not waited for.
 */
export async function readUnfinished(
  store: Pick<Store, 'note' | 'readState'>,
  sources: readonly Pick<SourceMapping, 'source' | 'records'>[],
): Promise<string[]> {
  const unfinished: string[] = []
  for (const { source, records } of sources) {
    let begun = false
    const ahead: string[] = []
    for (const { kind, object } of records) {
      const stream = { source, kind }
      const whole = (await store.note(readWholeNote(stream))) !== null
      begun ||= whole || (await store.readState(stream)) !== null
      if (!whole && (await store.note(stuckNote(stream))) === null) ahead.push(`${source} ${object}`)
    }
    if (begun) unfinished.push(...ahead)
  }
  return unfinished
}

/** Ends a whole read; refuses when it would take away everything a source had delivered. */
async function finishSnapshot(ports: PullPorts, stream: Stream, record: RecordMapping): Promise<number> {
  const { vanished, held } = await ports.store.finishSnapshot(stream, { dryRun: true })
  if (vanished === 0) {
    await ports.store.finishSnapshot(stream)
    return 0
  }
  if (vanished === held && !ports.allowEmpty) {
    await ports.store.forgetCursor(stream)
    throw new Fault(
      'source-empty',
      `A full read of ${record.object} from ${stream.source} delivered none of the ${held} records it delivered before; nothing was deleted`,
      {
        blame: 'operator',
        exit: 4,
        hint: `Check the source and its permissions; if the records are really gone, run pull ${stream.source} --allow-empty`,
      },
    )
  }
  return (await ports.store.finishSnapshot(stream)).vanished
}

/** Maps stored raw records again: an edit to a mapping costs no request. Returns how many records it went over. */
async function remapStored(
  ports: PullPorts,
  stream: Stream,
  record: RecordMapping,
  options?: CallOptions,
): Promise<number> {
  let records = 0
  for await (const page of ports.store.rawRecords(stream)) {
    options?.signal?.throwIfAborted()
    const entries = page.map((raw): RemappedEntry => {
      const fields = JSON.parse(raw.fields) as Extract<SourceRecord, { kind: 'present' }>['fields']
      return {
        id: raw.id,
        ...record.map({ kind: 'present', id: raw.id, changedAt: raw.changedAt, fields }, ports.zone),
      }
    })
    await ports.store.saveRemapped(stream, record.digest, entries)
    records += page.length
    ports.onEvent({ on: 'remap', source: stream.source, object: record.object, records })
  }
  return records
}

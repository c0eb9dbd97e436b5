import { createHash } from 'node:crypto'
import type { Zone } from '../domain/day.ts'
import type { RecordMapping, SourceMapping } from '../mapping/mapping.ts'
import type { CallOptions } from '../platform/call-options.ts'
import type { Clock } from '../platform/clock.ts'
import { Fault } from '../platform/errors.ts'
import type { Cursor, Source, SourceRecord } from '../source/source.ts'
import type { PageCounts, ReadState, RemappedEntry, SavedEntry, Store, Stream } from '../store/store.ts'
import type { OnEvent } from './events.ts'
import { presentOf } from './present.ts'

export interface PullPorts {
  readonly source: Source
  readonly store: Store
  readonly zone: Zone
  readonly clock: Clock
  readonly onEvent: OnEvent
  /** Lets a full read of none delete what a source delivered before. */
  readonly allowEmpty: boolean
}

/** What became of one object's records in one run: read = stored + unchanged + rejected + deleted. */
export interface PullCounts extends PageCounts {
  readonly name: string
  readonly object: string
  readonly kind: string
  readonly requests: number
  /** Requests that served the source as a whole (for a token), beside `requests`. */
  readonly sharedRequests: number
  /** Records that a whole read no longer contained, beside `deleted`. */
  readonly vanished: number
  /** Records mapped again without a request, because the mapping changed. */
  readonly remapped: number
  /** `source-object-absent`: the object is optional, and the source does not have it. What it delivered before is kept. */
  readonly note: 'source-object-absent' | null
}

/**
 * Copies everything that changed since the last pull of one object into the store, mapped. Resumable at any point:
 * records and cursor are saved together, page by page.
 *
 * A changed mapping is first applied to what is stored, without a request; only when it names fields (or a
 * condition) that were never asked for is the object read whole again. So it is when an optional field appears, or
 * goes. An optional object that the source lacks is skipped, with a note.
 */
export async function pullRecords(
  ports: PullPorts,
  mapping: SourceMapping,
  record: RecordMapping,
  standing: PullStanding,
  options?: CallOptions,
): Promise<PullCounts> {
  const { source, store, zone, clock, onEvent } = ports
  const stream: Stream = { source: mapping.source, kind: record.kind }
  const started = clock.now()
  const place = { source: mapping.source, object: record.object }
  const { fields, requests, sharedRequests } = await presentOf(source, record, options)
  const counts = { read: 0, stored: 0, unchanged: 0, rejected: 0, deleted: 0, requests, sharedRequests }
  const named = { name: mapping.source, object: record.object, kind: record.kind }
  if (fields === null) {
    await setReadWhole(store, stream, record.object)
    onEvent({ on: 'source', is: 'absent', ...place })
    return { ...named, ...counts, vanished: 0, remapped: 0, note: 'source-object-absent' }
  }
  const { state, request, cursor } = standingOf(standing.state, record, fields)
  // A snapshot under way for another request must not be taken for this one's.
  if (state !== null && cursor !== state.cursor) await store.forgetCursor(stream)
  const remapped =
    state !== null && state.mapping !== record.digest ? await remapStored(ports, stream, record, options) : 0

  let snapshot = false
  const pages = source.read({ object: record.object, fields, where: record.where, after: cursor }, options)
  for await (const page of pages) {
    const saved = await store.savePage({
      stream,
      object: record.object,
      cursor: page.cursor,
      snapshot: page.snapshot,
      mapping: record.digest,
      request,
      entries: page.records.map((raw) => toEntry(record, raw, zone)),
    })
    assertBalanced(saved, page.records.length, record.object)
    for (const name of ['read', 'stored', 'unchanged', 'rejected', 'deleted'] as const) counts[name] += saved[name]
    counts.requests += page.requests
    counts.sharedRequests += page.sharedRequests ?? 0
    snapshot = page.snapshot
    onEvent({
      on: 'source',
      is: 'reading',
      ...place,
      read: counts.read,
      requests: counts.requests,
      ms: clock.now() - started,
    })
    options?.signal?.throwIfAborted()
  }
  const vanished = snapshot ? await finishSnapshot(ports, stream, record) : 0
  await setReadWhole(store, stream, record.object)
  onEvent({
    on: 'source',
    is: 'done',
    ...place,
    read: counts.read,
    requests: counts.requests,
    ms: clock.now() - started,
  })
  return { ...named, ...counts, vanished, remapped, note: null }
}

/** Where reading of a stream stands. */
export interface PullStanding {
  /** As it was saved; `null`: never. */
  readonly state: ReadState | null
  /** Digest of what is asked for now. */
  readonly request: string
  /** Where to go on; `null`: at the beginning, also where the last read was for another request. */
  readonly cursor: Cursor | null
}

export async function readStanding(
  store: Pick<Store, 'readState'>,
  source: string,
  record: RecordMapping,
): Promise<PullStanding> {
  return standingOf(await store.readState({ source, kind: record.kind }), record, record.reads)
}

function standingOf(state: ReadState | null, record: RecordMapping, fields: readonly string[]): PullStanding {
  const request = digestOf([record.object, record.where ?? '', ...fields, JSON.stringify(record.reading)])
  const isSame = state !== null && state.request === request && state.object === record.object
  return { state, request, cursor: isSame ? state.cursor : null }
}

/** Stands in the store once a stream was read to its end for the first time. */
function readWholeNote({ source, kind }: Stream): string {
  return `read whole ${source} ${kind}`
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

function toEntry(record: RecordMapping, raw: SourceRecord, zone: Zone): SavedEntry {
  if (raw.kind === 'deleted') return raw
  return {
    kind: 'present',
    id: raw.id,
    changedAt: raw.changedAt,
    fields: sortedJson(raw.fields),
    ...record.map(raw, zone),
  }
}

/** Sorted keys, so that the same record read in another way has the same bytes. */
function sortedJson(fields: Readonly<Record<string, unknown>>): string {
  return JSON.stringify(Object.fromEntries(Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))))
}

function assertBalanced(counts: PageCounts, delivered: number, object: string): void {
  if (counts.read === delivered && counts.read === counts.stored + counts.unchanged + counts.rejected + counts.deleted)
    return
  throw new Fault(
    'counts-do-not-balance',
    `The store accounts for ${JSON.stringify(counts)} of ${delivered} records of ${object}`,
    {
      blame: 'us',
      hint: 'Report this with the run id; nothing was lost: the next run reads this page again',
    },
  )
}

export function digestOf(parts: readonly string[]): string {
  return createHash('sha256').update(parts.join('\u0000')).digest('hex').slice(0, 16)
}

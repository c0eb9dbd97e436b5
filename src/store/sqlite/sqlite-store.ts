import { Worker } from 'node:worker_threads'
import type { CallOptions } from '../../platform/call-options.ts'
import type { Clock } from '../../platform/clock.ts'
import { Fault } from '../../platform/errors.ts'
import type { DerivedBatch, RawRecord, Store } from '../store.ts'
import { byBytes } from './binary-order.ts'
import type { DerivedColumns } from './derived.ts'
import type { ShownColumns } from './desired.ts'
import { unpackDossiers } from './dossiers.ts'
import type { Calls } from './engine.ts'
import { EntriesInColumns, toEntryColumns } from './entry-columns.ts'
import { faultFromWire, misuse } from './faults.ts'
import type { Answer, InLine, Question, WorkerOptions } from './messages.ts'
import { type PackedPage, type RowPage, unpack } from './pages.ts'
import type { SendingOrder } from './plans.ts'

export interface SqliteStoreOptions {
  /** A file, made when it is not there, or `:memory:`. */
  readonly path: string
  readonly clock: Clock
  /** Writes are refused with `store-read-only`, and a missing file with `store-missing`. */
  readonly readOnly?: boolean
  /** How long to wait for another process's write before `store-busy`; default 10 s. */
  readonly busyMs?: number
}

/** The embedded store: one SQLite file, touched by one worker thread only, so that nothing here waits for the disk. */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<Store> {
  const thread = new StoreThread({
    path: options.path,
    readOnly: options.readOnly ?? false,
    busyMs: options.busyMs ?? 10_000,
  })
  await thread.opened
  return new SqliteStore(thread, options.clock)
}

interface Pending {
  readonly line: string | undefined
  readonly resolve: (result: never) => void
  readonly reject: (error: unknown) => void
}

/** Asks the worker and matches its answers; holds the process open only while an answer is due. */
class StoreThread {
  readonly opened: Promise<void>
  readonly #path: string
  readonly #worker: Worker
  readonly #pending = new Map<number, Pending>()
  /** By line: how many questions were answered not to have been carried out. */
  readonly #failures = new Map<string, number>()
  readonly #exited: Promise<void>
  #lastId = 0
  /** Why nothing more can be asked; `null` while it can. */
  #end: Fault | null = null

  constructor(options: WorkerOptions) {
    this.#path = options.path
    // Beside this file in src/ as in dist/, where the same file ends in .js.
    const entry = import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js'
    this.#worker = new Worker(new URL(entry, import.meta.url), {
      name: 'boardsync-store',
      workerData: options,
      resourceLimits: { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 8 },
    })
    this.opened = new Promise<void>((resolve, reject) => this.#pending.set(0, { resolve, reject, line: undefined }))
    this.#worker.on('message', (answer: Answer) => this.#settle(answer))
    this.#worker.on('error', (error) => this.#stop(stopped(this.#path, error)))
    this.#exited = new Promise((resolve) => {
      this.#worker.on('exit', () => {
        this.#stop(stopped(this.#path))
        resolve()
      })
    })
  }

  /**
   * `handedOver`: memory among the arguments that the thread takes for its own. Of what is asked in a `line` nothing is
   * carried out after something that was not, until whoever asks has heard of that.
   */
  ask<T>(
    method: Question['method'],
    args: readonly unknown[],
    { handedOver = [], line }: { readonly handedOver?: readonly ArrayBuffer[]; readonly line?: string } = {},
  ): Promise<T> {
    if (this.#end !== null) return Promise.reject(this.#end)
    this.#lastId += 1
    const id = this.#lastId
    return new Promise<T>((resolve, reject) => {
      const inLine: InLine | undefined = line === undefined ? line : { line, heard: this.#failures.get(line) ?? 0 }
      this.#worker.postMessage({ id, method, args, inLine }, handedOver)
      if (this.#pending.size === 0) this.#worker.ref()
      this.#pending.set(id, { resolve, reject, line })
    })
  }

  /** Resolves when everything asked before has been answered, the file is closed and the thread has ended. */
  async close(): Promise<void> {
    if (this.#end === null) {
      const closed = this.ask<void>('close', [])
      this.#end = new Fault('store-closed', `The store "${this.#path}" is closed`, {
        blame: 'us',
        hint: 'Open the store again, or close it only when all work is done',
      })
      await closed
    }
    this.#worker.ref()
    await this.#exited
  }

  #settle(answer: Answer): void {
    const pending = this.#pending.get(answer.id)
    this.#pending.delete(answer.id)
    if (this.#pending.size === 0) this.#worker.unref()
    if (pending === undefined) return
    if ('fault' in answer) {
      if (pending.line !== undefined) this.#failures.set(pending.line, (this.#failures.get(pending.line) ?? 0) + 1)
      pending.reject(faultFromWire(answer.fault))
    } else pending.resolve(answer.result as never)
  }

  #stop(fault: Fault): void {
    this.#end ??= fault
    for (const { reject } of this.#pending.values()) reject(fault)
    this.#pending.clear()
  }
}

function stopped(path: string, cause?: unknown): Fault {
  return new Fault('store-stopped', `The thread of the store "${path}" has stopped`, {
    blame: 'us',
    hint: 'Run the command again: whatever was not answered was either written whole or not at all',
    cause,
  })
}

/** What a packed page should weigh: large enough that the boundary costs little, small enough that memory stays flat. */
const PAGE_BYTES = 4096 * 1024
const FIRST_ROWS = 512
const MOST_ROWS = 2_048
const BEFORE_ALL_PAIRS: readonly [string, string] = ['', '']
const BEFORE_ALL_CHANGES: SendingOrder = [-Number.MAX_VALUE, -1, -1]
const BEFORE_ALL_REJECTIONS: readonly [string, string, string, number] = ['', '', '', -1]
/** Rows of lists whose rows cross the boundary one by one. */
const LIST_ROWS = 125
/** Ids and sums are small, and asked for in large portions. */
const SMALL_ROWS = 2_000
/** Of rows that hold all that was reported of a month. */
const LARGE_ROWS = 12

class SqliteStore implements Store {
  readonly #thread: StoreThread
  readonly #clock: Clock

  constructor(thread: StoreThread, clock: Clock) {
    this.#thread = thread
    this.#clock = clock
  }

  async migrate(options?: CallOptions): Promise<void> {
    options?.signal?.throwIfAborted()
    await this.#thread.ask('migrate', [])
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#thread.close()
  }

  readState: Store['readState'] = (stream) => this.#ask('readState', stream)
  gather: Store['gather'] = () => new EntriesInColumns()
  savePage: Store['savePage'] = async ({ entries, ...page }) => {
    const columns = toEntryColumns(entries)
    const now = this.#clock.now()
    const handedOver = [columns.text.buffer, columns.ends.buffer]
    const line = `${page.stream.kind} from ${page.stream.source}`
    return this.#thread.ask('savePage', [{ ...page, columns }, now], { handedOver, line })
  }
  finishSnapshot: Store['finishSnapshot'] = (stream, options) => this.#ask('finishSnapshot', stream, options)
  forgetCursor: Store['forgetCursor'] = (stream) => this.#ask('forgetCursor', stream)
  saveRemapped: Store['saveRemapped'] = (stream, mapping, entries) =>
    this.#ask('saveRemapped', stream, mapping, entries)
  rawRecord: Store['rawRecord'] = (kind, id) => this.#ask('rawRecord', kind, id)
  record: Store['record'] = (kind, id) => this.#ask('record', kind, id)
  streamCounts: Store['streamCounts'] = () => this.#ask('streamCounts')

  rawRecords: Store['rawRecords'] = (stream) =>
    packed((after, limit) => this.#ask('rawPage', stream, after, limit), unpackRaw)

  rejections: Store['rejections'] = (filter) =>
    rows(BEFORE_ALL_REJECTIONS, (after) => this.#ask('rejectionPage', filter, after, LIST_ROWS))
  contextRecords: Store['contextRecords'] = () =>
    rows(BEFORE_ALL_PAIRS, (after) => this.#ask('contextPage', after, LIST_ROWS))
  survivors: Store['survivors'] = () => rows(BEFORE_ALL_PAIRS, (after) => this.#ask('survivorPage', after, LIST_ROWS))

  touchedKeys: Store['touchedKeys'] = (after, limit) => this.#ask('touchedKeys', after, limit)
  touchAllKeys: Store['touchAllKeys'] = () => this.#ask('touchAllKeys')
  keyHolders: Store['keyHolders'] = (names) => this.#ask('keyHolders', names)
  links: Store['links'] = (kind, ids) => this.#ask('links', kind, ids)
  openLinks: Store['openLinks'] = () => rows(BEFORE_ALL_PAIRS, (after) => this.#ask('openLinkPage', after, LIST_ROWS))
  linkCounts: Store['linkCounts'] = () => this.#ask('linkCounts')
  saveLinks: Store['saveLinks'] = (batch) => this.#ask('saveLinks', batch)

  dossiers: Store['dossiers'] = (which) => {
    if (which === 'all') return packed((after, limit) => this.#ask('allPage', after, limit), unpackDossiers)
    if (which === 'dirty') return packed((after, limit) => this.#ask('dirtyPage', after, limit), unpackDossiers)
    return named(which.ids, (ids) => this.#ask('namedPage', ids), unpackDossiers)
  }

  sweepState: Store['sweepState'] = (stream) => this.#ask('sweepState', stream)
  beginSweep: Store['beginSweep'] = (stream, request) => this.#ask('beginSweep', stream, request, this.#clock.now())
  saveSwept: Store['saveSwept'] = (page) => this.#ask('saveSwept', page)
  forgetGone: Store['forgetGone'] = (stream) => this.#ask('forgetGone', stream)
  finishSweep: Store['finishSweep'] = (stream, options) => this.#ask('finishSweep', stream, options)
  rawRecordsById: Store['rawRecordsById'] = async (stream, ids) =>
    unpackRaw(await this.#ask('rawByIdPage', stream, ids))
  unswept: Store['unswept'] = (stream) => rows('', (after) => this.#ask('unsweptPage', stream, after, SMALL_ROWS))

  touchEntries: Store['touchEntries'] = (entries) => this.#ask('touchEntries', entries)
  touchDossiers: Store['touchDossiers'] = (ids) => this.#ask('touchDossiers', ids)
  dirtyCount: Store['dirtyCount'] = () => this.#ask('dirtyCount')
  wake: Store['wake'] = (day) => this.#ask('wake', day)
  resetDerived: Store['resetDerived'] = () => this.#ask('resetDerived')
  saveDerived: Store['saveDerived'] = async (batch) => this.#ask('saveDerived', toColumns(batch))

  facts: Store['facts'] = () => packed((after, limit) => this.#ask('factsPage', after, limit), unpackFacts)

  totals: Store['totals'] = () =>
    mapped(
      rows('', (after) => this.#ask('totalPage', after, SMALL_ROWS)),
      (it) => [it.key, it.value] as const,
    )

  reported: Store['reported'] = (kind) =>
    rows(Number.MIN_SAFE_INTEGER, (after) => this.#ask('reportedPage', kind, after, LARGE_ROWS))
  keepReported: Store['keepReported'] = (months) => this.#ask('keepReported', months)
  forgetReported: Store['forgetReported'] = (after) => this.#ask('forgetReported', after)

  hasSnapshots: Store['hasSnapshots'] = (kind) => this.#ask('hasSnapshots', kind)
  snapshots: Store['snapshots'] = async (kind, ids) => (ids.length === 0 ? [] : this.#ask('snapshots', kind, ids))

  note: Store['note'] = (name) => this.#ask('note', name)
  setNote: Store['setNote'] = (name, value) => this.#ask('setNote', name, value)

  saveDesired: Store['saveDesired'] = (board, batch, options) =>
    this.#ask('saveDesired', board, batch, options?.generation)
  finishDesired: Store['finishDesired'] = (board, generation) => this.#ask('finishDesired', board, generation)
  desiredItems: Store['desiredItems'] = (board, key) => this.#ask('desiredItems', board, key)
  desiredCount: Store['desiredCount'] = (board) => this.#ask('desiredCount', board)
  pairs: Store['pairs'] = (board, which) => rows('', (from) => this.#ask('pairPage', board, which, from, LIST_ROWS))
  listKeys: Store['listKeys'] = (board, keys) => this.#ask('listKeys', board, keys)
  unlistKeys: Store['unlistKeys'] = (board, keys) => this.#ask('unlistKeys', board, keys)
  forgetBoard: Store['forgetBoard'] = (board) => this.#ask('forgetBoard', board)

  beginPlan: Store['beginPlan'] = (plan) => this.#ask('beginPlan', plan)
  appendPlan: Store['appendPlan'] = (id, changes) => this.#ask('appendPlan', id, changes)
  finishPlan: Store['finishPlan'] = (id, digest, summary) => this.#ask('finishPlan', id, digest, summary)
  planByDigest: Store['planByDigest'] = (digest) => this.#ask('planByDigest', digest)
  latestPlan: Store['latestPlan'] = (board) => this.#ask('latestPlan', board)
  planChanges: Store['planChanges'] = (id) =>
    rows(Number.MIN_SAFE_INTEGER, (after) => this.#ask('changePage', id, after, LIST_ROWS))

  plannedForSending: Store['plannedForSending'] = (id) =>
    rows(BEFORE_ALL_CHANGES, (after) => this.#ask('sendingPage', id, after, LIST_ROWS))

  ledgerEntry: Store['ledgerEntry'] = (board, key) => this.#ask('ledgerEntry', board, key)
  ledgerByItem: Store['ledgerByItem'] = (board, itemId) => this.#ask('ledgerByItem', board, itemId)
  ledgerCounts: Store['ledgerCounts'] = (board) => this.#ask('ledgerCounts', board)
  claim: Store['claim'] = (request, keys) => this.#ask('claim', request, keys, this.#clock.now())
  markSending: Store['markSending'] = (request) => this.#ask('markSending', request)
  settle: Store['settle'] = (request, settlements) => this.#ask('settle', request, settlements)
  unclaim: Store['unclaim'] = (request) => this.#ask('unclaim', request)
  openRequests: Store['openRequests'] = () => this.#ask('openRequests')
  saveReread: Store['saveReread'] = (board, entries) => this.#ask('saveReread', board, entries)

  refusals: Store['refusals'] = (board) =>
    rows(BEFORE_ALL_PAIRS, (after) => this.#ask('refusalPage', board, after, LIST_ROWS))
  refusal: Store['refusal'] = (board, key) => this.#ask('refusal', board, key)
  saveRefusals: Store['saveRefusals'] = (refusals) => this.#ask('saveRefusals', refusals)
  clearRefusals: Store['clearRefusals'] = (board, keys) => this.#ask('clearRefusals', board, keys)

  takeLease: Store['takeLease'] = (name, holder, ttlMs) =>
    this.#ask('takeLease', name, holder, ttlMs, this.#clock.now())
  prolongLease: Store['prolongLease'] = (name, holder, ttlMs) =>
    this.#ask('prolongLease', name, holder, ttlMs, this.#clock.now())
  releaseLease: Store['releaseLease'] = (name, holder) => this.#ask('releaseLease', name, holder)
  leases: Store['leases'] = () => this.#ask('leases', this.#clock.now())
  saveRun: Store['saveRun'] = (run) => this.#ask('saveRun', run)
  runs: Store['runs'] = (limit) => this.#ask('runs', limit)
  run: Store['run'] = (id) => this.#ask('run', id)

  #ask<M extends keyof Calls>(method: M, ...args: Parameters<Calls[M]>): Promise<ReturnType<Calls[M]>> {
    return this.#thread.ask(method, args)
  }
}

/** Pages that are read ahead: while the caller works on one, or the thread writes its log back, neither waits for the other. */
const PAGES_AHEAD = 3

/** Pages one after the other, the next ones being read. Nothing stays open between pages, so stopping early leaves nothing behind. */
async function* ahead<Page, Place>(
  first: Place,
  read: (place: Place) => Promise<Page>,
  nextOf: (page: Page) => Place | null,
): AsyncGenerator<Page> {
  const follow = (page: Page | null): Promise<Page | null> => {
    const next = page === null ? null : nextOf(page)
    return next === null ? Promise.resolve(null) : read(next)
  }
  let newest: Promise<Page | null> = read(first)
  const reading = [newest]
  for (;;) {
    while (reading.length <= PAGES_AHEAD) {
      newest = newest.then(follow)
      // Nobody may wait for it any more, if the caller stops; whoever goes on meets the error below.
      newest.catch(() => {})
      reading.push(newest)
    }
    const page = await reading.shift()
    if (page == null) return
    yield page
  }
}

async function* rows<Row, Place>(
  first: Place,
  read: (after: Place) => Promise<RowPage<Row, NoInfer<Place>>>,
): AsyncGenerator<readonly Row[]> {
  for await (const page of ahead(first, read, (it) => it.next)) if (page.rows.length > 0) yield page.rows
}

async function* mapped<A, B>(pages: AsyncIterable<readonly A[]>, change: (item: A) => B): AsyncGenerator<readonly B[]> {
  for await (const page of pages) yield page.map(change)
}

/** Pages whose number of rows follows what rows turn out to weigh. */
async function* packed<Page extends PackedPage, Row>(
  read: (after: string, limit: number) => Promise<Page>,
  open: (page: Page) => Row[],
): AsyncGenerator<readonly Row[]> {
  let limit = FIRST_ROWS
  const pages = ahead(
    '',
    (after: string) => read(after, limit),
    (page) => {
      const fit = (limit * PAGE_BYTES) / Math.max(1, page.bodies.byteLength + page.head.byteLength)
      limit = Math.max(1, Math.min(MOST_ROWS, Math.round(fit)))
      return page.next
    },
  )
  yield* opened(pages, open)
}

/** Pages of what was asked for by id, in the order of ids. */
async function* named<Page extends PackedPage, Row>(
  ids: readonly string[],
  read: (ids: readonly string[]) => Promise<Page>,
  open: (page: Page) => Row[],
): AsyncGenerator<readonly Row[]> {
  const sorted = [...new Set(ids)].sort(byBytes)
  if (sorted.length === 0) return
  const pages = ahead(
    0,
    (from: number) => read(sorted.slice(from, from + FIRST_ROWS)).then((page) => ({ ...page, from })),
    ({ from }) => (from + FIRST_ROWS < sorted.length ? from + FIRST_ROWS : null),
  )
  yield* opened(pages, open)
}

async function* opened<Page extends PackedPage, Row>(
  pages: AsyncIterable<Page>,
  open: (page: Page) => Row[],
): AsyncGenerator<readonly Row[]> {
  for await (const page of pages) {
    const rows = open(page)
    if (rows.length > 0) yield rows
  }
}

function unpackRaw(page: PackedPage): RawRecord[] {
  const { head, bodies } = unpack(page)
  return bodies.map((fields, i) => ({ id: head[2 * i] as string, changedAt: head[2 * i + 1] as string, fields }))
}

function unpackFacts(page: PackedPage): { dossier: string; facts: string }[] {
  const { head, bodies } = unpack(page)
  return bodies.map((facts, i) => ({ dossier: head[i] as string, facts }))
}

function toColumns(batch: DerivedBatch): DerivedColumns {
  const entries = new Map<string, number>()
  const indexOf = (entry: string) => {
    let index = entries.get(entry)
    if (index === undefined) {
      index = entries.size
      entries.set(entry, index)
    }
    return index
  }
  const useCounts = new Uint32Array(batch.dossiers.length)
  const uses: number[] = []
  batch.dossiers.forEach((it, i) => {
    const first = uses.length
    for (const entry of it.uses) {
      const index = indexOf(entry)
      if (!uses.includes(index, first)) uses.push(index)
    }
    useCounts[i] = uses.length - first
  })
  const totalKeys: string[] = []
  const totalDeltas: number[] = []
  for (const [key, delta] of batch.totals) {
    totalKeys.push(key)
    totalDeltas.push(delta)
  }
  return {
    ids: batch.dossiers.map((it) => it.id),
    marks: Float64Array.from(batch.dossiers, (it) => it.mark),
    facts: batch.dossiers.map((it) => it.facts),
    changesOn: batch.dossiers.map((it) => it.changesOn),
    entries: [...entries.keys()],
    useCounts,
    uses: Uint32Array.from(uses),
    totalKeys,
    totalDeltas,
    shown: toShown(batch),
    snapshots: batch.snapshots ?? [],
  }
}

function toShown({ boards, dossiers }: DerivedBatch): ShownColumns {
  for (const { id, items } of dossiers) {
    if (items.length === boards.length) continue
    throw misuse(
      'items-not-by-board',
      `Dossier ${id} was given items for ${items.length} boards, its batch is for ${boards.length}`,
      'Give a list of items, empty or not, for each board of the batch',
    )
  }
  const items = dossiers.flatMap((it) => it.items.flat())
  return {
    boards,
    dossiers: dossiers.map((it) => it.id),
    counts: dossiers.flatMap((it) => it.items.map((own) => own.length)),
    keys: items.map((it) => it.key),
    digests: items.map((it) => it.digest),
    bodies: items.map((it) => it.body),
  }
}

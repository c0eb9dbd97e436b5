import type { CallOptions } from '../platform/call-options.ts'
import type { Cursor } from '../source/source.ts'

/**
 * Everything that outlives a run: what sources delivered, what was derived from it, what boards should show,
 * what they were told, and the history of runs. Generic on purpose: bodies are JSON text that the store never
 * reads; it knows kinds, ids, dossiers and keys only.
 *
 * Every method that writes does so in one transaction. Every list is ordered and read in keyset pages, so that
 * no read stays open while others write.
 */
export interface Store extends AsyncDisposable {
  /** Brings the schema up to date. Refuses a store written by a newer program with `store-too-new`. */
  migrate(options?: CallOptions): Promise<void>

  // ── what sources delivered ──────────────────────────────────────────────────────────────────────

  /** Where reading of a stream stands; `null` before its first page. */
  readState(stream: Stream): Promise<ReadState | null>

  /**
   * Saves a page (raw records, mapped records, rejections) and moves the cursor, or does neither. Saving the same
   * page twice changes nothing but counts. Marks every dossier dirty that gained, lost or changed a record, and
   * every dossier that used a context record which changed, or an id that now stands for another record, and the
   * dossier of that one.
   *
   * A record whose (kind, id) another source already holds is rejected with `id-collides`. Of several entries of a page
   * with one id the last one counts, the others count as unchanged.
   *
   * Pages may be handed over before those before them are saved: those of a stream are saved in the order in which they were
   * handed over, and when one is not saved, none is that was handed over before that was answered.
   */
  savePage(page: SavedPage): Promise<PageCounts>

  /** Begins to gather the entries of a page one by one: what is added need not be held until the page is saved. */
  gather(): GatheredEntries

  /**
   * Ends a snapshot read: what it did not contain is deleted (as by a `deleted` entry). Returns how many went, and
   * how many live records the stream held before, so that callers can refuse first: with `dryRun` nothing is written.
   * When no snapshot read is under way nothing is deleted. It counts as a sweep: one under way is dropped, and `sweptAt` is
   * when the snapshot's newest page was saved.
   */
  finishSnapshot(
    stream: Stream,
    options?: { readonly dryRun?: boolean },
  ): Promise<{ readonly vanished: number; readonly held: number }>

  /** Forgets where reading stood, so that the next read is a full one. Keeps the records. */
  forgetCursor(stream: Stream): Promise<void>

  /** Raw records of a stream by id, for mapping them again locally. Deleted ones are left out. */
  rawRecords(stream: Stream): AsyncIterable<readonly RawRecord[]>

  /** Saves the result of mapping stored raw records again. Same effects as `savePage`, without touching raw or cursor. */
  saveRemapped(stream: Stream, mapping: string, entries: readonly RemappedEntry[]): Promise<PageCounts>

  rawRecord(
    kind: string,
    id: string,
  ): Promise<
    | (RawRecord & {
        readonly stream: Stream
        readonly object: string
        readonly state: RawState
        /** The record that survived, when this one was merged into another. */
        readonly mergedInto: string | null
      })
    | null
  >

  /** A mapped record by kind and id, with the dossier it is in. */
  record(
    kind: string,
    id: string,
  ): Promise<(StoredRecord & { readonly dossier: string | null; readonly source: string }) | null>

  /** Rejected values and records, ordered by source, kind and id. */
  rejections(filter?: {
    readonly source?: string
    readonly kind?: string
  }): AsyncIterable<readonly (Rejection & { readonly source: string; readonly kind: string; readonly id: string })[]>

  /** Per stream: how many raw records are mapped, rejected as a whole, deleted; and how many values are rejected. */
  streamCounts(): Promise<readonly StreamCounts[]>

  // ── sweeps: every record looked at, whatever its stamp says ──────────────────────────────────────

  /** Where the sweep of a stream stands. */
  sweepState(stream: Stream): Promise<SweepState>

  /** Begins a sweep of a stream, which must have been read before. What one under way had seen is forgotten. */
  beginSweep(stream: Stream, request: string): Promise<void>

  /** The live raw records of a stream that have one of these ids, in no order. */
  rawRecordsById(stream: Stream, ids: readonly string[]): Promise<readonly RawRecord[]>

  /**
   * Saves a page of a sweep and moves the sweep's cursor, or does neither; the stream's own cursor stays. `entries` have the
   * effects of `savePage`; of `same` nothing is written but that they were seen; `gone` are remembered and not deleted before
   * `finishSweep`. Saving the same page twice changes nothing but counts. Counts are of `same` and `entries`.
   */
  saveSwept(page: SweptPage): Promise<PageCounts>

  /** Ids of live records that the sweep under way has neither seen nor found gone, ascending. None when none is under way. */
  unswept(stream: Stream): AsyncIterable<readonly string[]>

  /** Forgets which records the sweep under way found gone: they are unswept again. */
  forgetGone(stream: Stream): Promise<void>

  /**
   * Ends a sweep: what it found gone is deleted (as by a `deleted` entry), what it saw is forgotten, and `sweptAt` is when it
   * began. Returns how many went, and how many live records the stream held before, so that callers can refuse first: with
   * `dryRun` nothing is written. When none is under way nothing is deleted.
   */
  finishSweep(
    stream: Stream,
    options?: { readonly dryRun?: boolean },
  ): Promise<{ readonly gone: number; readonly held: number }>

  // ── identity: records of several sources that are one ─────────────────────────────────────────────

  /** Keys (`domain:acme.com`) that some record gained or lost, after a name, ascending, each with the mark to hand back. */
  touchedKeys(after: string, limit: number): Promise<readonly TouchedKey[]>
  /** Marks every key touched: what is made of keys is no longer the same. */
  touchAllKeys(): Promise<void>
  /** Records that hold one of these keys, with all keys of each, ordered by kind and id. */
  keyHolders(names: readonly string[]): Promise<readonly KeyHolder[]>
  /** What some ids of a kind stand for, as far as anything was said; ordered by id. */
  links(kind: string, ids: readonly string[]): Promise<readonly Link[]>
  /** Links of which nobody can say where they lead, ordered by kind and id. */
  openLinks(): AsyncIterable<readonly Link[]>
  linkCounts(): Promise<{ readonly linked: number; readonly open: number }>
  /**
   * Says what ids stand for, held or not, and brings everything that hangs on them to its dossier, as if they had been merged;
   * marks what that touched dirty. Keys that were touched again since stay touched.
   */
  saveLinks(batch: LinkBatch): Promise<void>

  // ── dossiers ────────────────────────────────────────────────────────────────────────────────────

  /** All context records (kinds that belong to no dossier), ordered by kind and id. */
  contextRecords(): AsyncIterable<readonly (StoredRecord & { readonly source: string })[]>

  /**
   * Ids that stand for another record, ordered by kind and id: such as were merged, and under which no record is held,
   * each with the id they stand for now, at the end of all merges. Where merges go in a circle, that is the first of it.
   */
  survivors(): AsyncIterable<readonly { readonly kind: string; readonly id: string; readonly survivor: string }[]>

  /**
   * Dossiers with their records, records ordered by (kind, at, id), dossiers by id. `dirty` reads only those marked
   * dirty, also such as hold no record any more (then with none), each with the mark that `saveDerived` must hand back.
   * `ids` gives every dossier asked for, once. A dossier is never cut in two between pages.
   */
  dossiers(which: 'all' | 'dirty' | { readonly ids: readonly string[] }): AsyncIterable<readonly StoredDossier[]>

  /** Marks dossiers dirty whose facts used one of these context entries, which are no records but follow from them. */
  touchEntries(entries: readonly string[]): Promise<void>
  /** Marks dossiers dirty by id; one that holds nothing is derived to nothing. */
  touchDossiers(ids: readonly string[]): Promise<void>

  dirtyCount(): Promise<number>
  /** Marks dossiers dirty whose `changesOn` is on or before `day`. Returns how many. */
  wake(day: number): Promise<number>
  /** Marks every dossier dirty that holds a record or facts, and empties all totals and facts: a from-scratch derive follows. */
  resetDerived(): Promise<void>

  /**
   * Saves what was derived from a batch of dossiers and adds `totals` to the stored totals, in one transaction.
   * Clears the dirty mark of a dossier unless it was marked again since it was read. A dossier with no facts loses
   * its old ones. What the named boards should show of the dossiers is saved with their facts, as by `saveDesired`:
   * all of it or nothing. A total that reaches zero is removed; one that is no whole number is refused. Batches may be handed
   * over without waiting for the one before: they are saved in order.
   */
  saveDerived(batch: DerivedBatch): Promise<void>

  /** The facts of all dossiers that have any, by dossier id. */
  facts(): AsyncIterable<readonly DossierFacts[]>

  /** Totals, ordered by key. */
  totals(): AsyncIterable<readonly (readonly [key: string, value: number])[]>

  // ── what was reported of months that are closed ─────────────────────────────────────────────────

  /** What was reported of the months of a kind, by month. It outlives everything that is derived. */
  reported(kind: string): AsyncIterable<readonly ReportedMonth[]>
  /** Keeps what was reported of some months, all of it or nothing. What is kept of a month already stays as it is. */
  keepReported(months: readonly ReportedMonth[]): Promise<void>
  /** Forgets what was reported of months after one, of every kind. Returns how many there were. */
  forgetReported(after: number): Promise<number>

  // ── what was seen of records on days ────────────────────────────────────────────────────────────

  /** Whether anything is kept of a kind: where nothing is, nobody need ask for it. */
  hasSnapshots(kind: string): Promise<boolean>
  /**
   * What was seen of these records, by id and day; ids of which nothing is kept are left out. `saveDerived` keeps it. It outlives
   * everything that is derived, and the records: no source could tell it again.
   */
  snapshots(kind: string, ids: readonly string[]): Promise<readonly Snapshot[]>

  // ── small values that outlive a run (digests, days, schedules) ──────────────────────────────────

  note(name: string): Promise<string | null>
  setNote(name: string, value: string | null): Promise<void>

  // ── what boards should show ─────────────────────────────────────────────────────────────────────

  /**
   * Replaces the desired items of some dossiers on one board. Each key that is added, removed or changed is put on
   * the board's list of keys to plan. Two items with one key on one board are both kept; the planner says so.
   * Unmentioned dossiers keep theirs. Batches of a whole re-map carry its `generation`; what was not saved again with
   * it is removed by `finishDesired`.
   */
  saveDesired(
    board: string,
    batch: readonly DesiredOfDossier[],
    options?: { readonly generation?: string },
  ): Promise<void>
  /** Removes the desired items of a board that carry another generation, putting their keys on the list to plan. */
  finishDesired(board: string, generation: string): Promise<number>
  desiredCount(board: string): Promise<number>
  /** The desired items with one key, by dossier; mostly one, none when the key is not on the board. */
  desiredItems(board: string, key: string): Promise<Pair['desired']>

  /** Desired items and ledger entries side by side, merged by key, ascending (binary order of UTF-8). `listed` gives only keys on the list to plan. */
  pairs(board: string, which: 'all' | 'listed'): AsyncIterable<readonly Pair[]>
  /** Puts keys on the list to plan, or all that desired or ledger hold. */
  listKeys(board: string, keys: readonly string[] | 'all'): Promise<void>
  /** Takes keys off the list to plan: they were found equal or are settled. */
  unlistKeys(board: string, keys: readonly string[]): Promise<void>
  /** Forgets everything about a board: desired, ledger, list, refusals, plans. Refused with `board-has-open-requests` while keys of it are claimed. */
  forgetBoard(board: string): Promise<void>

  // ── plans ───────────────────────────────────────────────────────────────────────────────────────

  /** Starts a plan of a board, dropping older unfinished plans of it. */
  beginPlan(plan: { readonly id: string; readonly board: string; readonly at: number }): Promise<void>
  appendPlan(id: string, changes: readonly NewPlanChange[]): Promise<void>
  /** From now on the plan is found and takes no more changes. A board keeps its ten newest finished plans. */
  finishPlan(id: string, digest: string, summary: string): Promise<void>
  /** A finished plan by its digest or by how that begins; the newest where several match. */
  planByDigest(digest: string): Promise<StoredPlan | null>
  latestPlan(board: string): Promise<StoredPlan | null>
  /** In the order in which they were planned: by `seq`. */
  planChanges(id: string): AsyncIterable<readonly PlanChange[]>
  /** In the order in which they are sent: highest urgency first, then lowest rank, then by `seq`. */
  plannedForSending(id: string): AsyncIterable<readonly PlanChange[]>

  // ── the ledger: an outbox ───────────────────────────────────────────────────────────────────────

  ledgerEntry(board: string, key: string): Promise<LedgerEntry | null>
  ledgerByItem(board: string, itemId: string): Promise<LedgerEntry | null>
  /** How many keys of a board the ledger has in each place; keys whose first creation is not settled are `active`. */
  ledgerCounts(board: string): Promise<Readonly<Record<LedgerEntry['place'], number>>>

  /**
   * Claims keys for one request by compare-and-set: a key is claimed when its ledger version is the one given
   * (0: no entry yet) and it is not claimed already. Returns, per key in order, whether it was claimed. The
   * claimed ones are now `intended` under `request`, and their version has moved on.
   */
  claim(
    request: string,
    keys: readonly { readonly board: string; readonly key: string; readonly version: number }[],
  ): Promise<readonly boolean[]>
  /**
   * Stores the exact body and the changes of a claimed request and marks its keys `sending`. Nothing may be sent before
   * this resolves. Claims of the request on keys that it does not name are released. Marking again with the same body
   * and idempotency key changes nothing; with another it fails.
   */
  markSending(request: OutboxRequest): Promise<void>
  /** Records what came of a request: each key becomes settled (or loses its claim), and the request is closed. Fails, writing nothing, when the request is already closed or does not hold one of the keys. Keys it holds that are not mentioned are released. */
  settle(request: string, settlements: readonly Settlement[]): Promise<void>
  /** Releases the claims of a request that was never sent. */
  unclaim(request: string): Promise<void>
  /** Requests not settled: intended or sending, oldest first. What a run must deal with before it sends anything. */
  openRequests(): Promise<readonly OutboxRequest[]>
  /**
   * Writes ledger entries as found on the board by a re-read, for keys that are not claimed. Returns how many were
   * written. An entry with a version other than the stored one has moved since it was looked at and is left alone;
   * version 0 asks for no such check.
   */
  saveReread(board: string, entries: readonly LedgerEntry[]): Promise<number>

  refusals(board?: string): AsyncIterable<readonly Refusal[]>
  refusal(board: string, key: string): Promise<Refusal | null>
  saveRefusals(refusals: readonly Refusal[]): Promise<void>
  clearRefusals(board: string, keys: readonly string[] | 'all'): Promise<number>

  // ── leases and runs ─────────────────────────────────────────────────────────────────────────────

  /** Takes or prolongs a lease. `false` when somebody else holds it and it has not run out. */
  takeLease(name: string, holder: string, ttlMs: number): Promise<boolean>
  /** Prolongs a lease that nobody else has taken since, though it may have run out. `false` when somebody has, or had. */
  prolongLease(name: string, holder: string, ttlMs: number): Promise<boolean>
  releaseLease(name: string, holder: string): Promise<void>
  /** Leases that have not run out, by name. */
  leases(): Promise<readonly { readonly name: string; readonly holder: string; readonly until: number }[]>

  saveRun(run: StoredRun): Promise<void>
  /** Newest first. */
  runs(limit: number): Promise<readonly StoredRun[]>
  run(id: string): Promise<StoredRun | null>
}

/** One kind of record from one source: `{source: 'salesforce', kind: 'opportunity'}`. */
export interface Stream {
  readonly source: string
  readonly kind: string
}

export interface PlanChange {
  readonly seq: number
  readonly key: string
  readonly body: string
}

export interface NewPlanChange extends PlanChange {
  /** Default 0. */
  readonly urgency?: number
  /** Default 0. */
  readonly rank?: number
}

export interface ReadState {
  readonly cursor: Cursor
  /** The vendor's object that the cursor belongs to; another object means start anew. */
  readonly object: string
  /** True while a snapshot read is under way. */
  readonly snapshot: boolean
  /**
   * Digest of the source mapping that all live raw records were last mapped with, or the newest page when there are
   * none. While they differ, their digests joined by `+`: equal to none of them, so a re-map is due.
   */
  readonly mapping: string
  /** Digest of the fields and condition that were asked for. */
  readonly request: string
  /** When the newest page was saved, ms. */
  readonly at: number
}

export interface SavedPage {
  readonly stream: Stream
  readonly object: string
  readonly cursor: Cursor
  readonly snapshot: boolean
  readonly mapping: string
  readonly request: string
  /** Those that were gathered (`gather`) are used up by it. */
  readonly entries: readonly SavedEntry[] | GatheredEntries
}

/** Entries on their way into the store they were gathered for. */
export interface GatheredEntries {
  readonly size: number
  add(entry: SavedEntry): void
}

export type SavedEntry =
  | ({
      readonly kind: 'present'
      readonly id: string
      readonly changedAt: string /** Raw fields as JSON with sorted keys. */
      readonly fields: string
    } & MappingResult)
  | { readonly kind: 'deleted'; readonly id: string; readonly changedAt: string; readonly mergedInto?: string }

export interface MappingResult {
  /** `null` when the record as a whole is rejected. */
  readonly record: RecordToStore | null
  readonly rejections: readonly Rejection[]
}

export interface RecordToStore {
  /** What orders records of a kind within a dossier: ms. */
  readonly at: number
  readonly place: Place
  readonly body: string
  /** What it can be found to be the same by, without doubles; absent: nothing. */
  readonly keys?: readonly string[]
}

/**
 * Where a record belongs. `root`: it heads the dossier `kind:id`. `child`: it is in its parent's dossier; while the
 * parent is unknown that is `parentKind:parentId`, and when the parent is in (or moves to) another dossier, its
 * children are with it, whatever the order of arrival. A parent that was merged into another, and is not held, is its
 * survivor, whichever of them all arrived first. `context`: in no dossier; records with one `of` make up
 * one context entry (`rate:EUR`), others are each an entry of their own (`user:005…`).
 */
export type Place =
  | { readonly as: 'root' }
  | { readonly as: 'child'; readonly of: { readonly kind: string; readonly id: string } }
  | { readonly as: 'context'; readonly of?: { readonly kind: string; readonly id: string } }

export interface TouchedKey {
  readonly name: string
  readonly mark: number
}

export interface KeyHolder {
  readonly kind: string
  readonly id: string
  readonly source: string
  readonly keys: readonly string[]
}

export interface Link {
  readonly kind: string
  readonly id: string
  /** The record of this kind that the id stands for; `null`: nobody can say. */
  readonly target: string | null
  /** Why; the store never reads it. */
  readonly reason: string
}

export interface LinkBatch {
  /** A `null` reason takes back what was said. */
  readonly links: readonly (Omit<Link, 'reason'> & { readonly reason: string | null })[]
  readonly settled: readonly TouchedKey[]
}

export interface Rejection {
  /** Our field name; empty when the whole record is rejected. */
  readonly field: string
  /** The vendor's field name. */
  readonly from: string
  /** The value as delivered. */
  readonly value: string
  readonly code: string
  readonly reason: string
}

export type RawState = 'mapped' | 'rejected' | 'deleted'

/** read = stored + unchanged + rejected + deleted. */
export interface PageCounts {
  readonly read: number
  /** New or changed, and mapped. */
  readonly stored: number
  /** As we had it: raw and mapped, or already deleted. */
  readonly unchanged: number
  /** Rejected as a whole (values rejected inside a kept record are not counted here). */
  readonly rejected: number
  readonly deleted: number
}

export interface RawRecord {
  readonly id: string
  readonly changedAt: string
  readonly fields: string
}

export interface SweepState {
  /** The sweep under way; `null` between sweeps. */
  readonly underWay: {
    /** Digest of the fields and condition that are asked for. */
    readonly request: string
    /** `null`: nothing was read yet. */
    readonly cursor: Cursor | null
    /** It was read to its end: what is left is to ask for what it did not see. */
    readonly isRead: boolean
    /** ms. */
    readonly beganAt: number
  } | null
  /** When the newest sweep that came to its end began, or a snapshot ended, ms; `null`: none did. */
  readonly sweptAt: number | null
}

export interface SweptPage {
  readonly stream: Stream
  /** Digest of the source mapping that `entries` were mapped with. */
  readonly mapping: string
  /** Where the sweep stands with this page; `null`: where it stood. */
  readonly read: { readonly cursor: Cursor; readonly isLast: boolean } | null
  /** Ids of live records that are as they were. */
  readonly same: readonly string[]
  readonly entries: readonly Extract<SavedEntry, { kind: 'present' }>[]
  /** Ids that were asked for and are not there. Such as are not live are left out. */
  readonly gone: readonly string[]
}

export interface RemappedEntry extends MappingResult {
  readonly id: string
}

export interface StoredRecord {
  readonly kind: string
  readonly id: string
  readonly at: number
  readonly body: string
}

export interface StoredDossier {
  readonly id: string
  /** Hand back to `saveDerived`; 0 when it was not dirty. */
  readonly mark: number
  readonly records: readonly StoredRecord[]
  /** Of a dirty dossier: the facts it has, as `saveDerived` got them. `null` when it has none, or was not read as dirty. */
  readonly facts: string | null
}

export interface StreamCounts {
  readonly stream: Stream
  readonly object: string
  readonly mapped: number
  readonly rejected: number
  readonly deleted: number
  readonly rejectedValues: number
  readonly at: number
  /** As in `SweepState`. */
  readonly sweptAt: number | null
}

export interface DossierFacts {
  readonly dossier: string
  /** JSON: all facts of the dossier. */
  readonly facts: string
}

/** What was reported of one month of one kind, when it was closed. */
export interface ReportedMonth {
  readonly kind: string
  /** Months since January 1970. */
  readonly month: number
  /** When it was closed, ms. */
  readonly at: number
  /** JSON: the rows. */
  readonly body: string
}

/** What was seen of a record on a day. */
export interface Snapshot {
  readonly kind: string
  readonly id: string
  /** Days since January 1, 1970. */
  readonly day: number
  /** JSON. */
  readonly body: string
}

export interface DerivedBatch {
  /** Boards whose desired items come along; what other boards should show stays as it is. */
  readonly boards: readonly string[]
  readonly dossiers: readonly {
    readonly id: string
    readonly mark: number
    readonly facts: string | null
    /** The next day on which the facts would change though nothing happens. */
    readonly changesOn: number | null
    /** Context entries (`user:005…`) the facts were made from. */
    readonly uses: readonly string[]
    /** Desired items, a list for each of `boards`. */
    readonly items: readonly DesiredOfDossier['items'][]
  }[]
  /** To be added to the stored totals. */
  readonly totals: Iterable<readonly [key: string, delta: number]>
  /** What deriving saw that is to be kept; of a record and a day what was seen last. Absent: nothing. */
  readonly snapshots?: readonly Snapshot[]
}

export interface DesiredOfDossier {
  /** A dossier id, or `totals` for items made from totals. */
  readonly dossier: string
  readonly items: readonly {
    readonly key: string /** JSON of a desired item. */
    readonly body: string
    readonly digest: string
  }[]
}

export interface Pair {
  readonly key: string
  /** More than one only when a mapping gives one key to several items; ordered by dossier. */
  readonly desired: readonly { readonly dossier: string; readonly body: string; readonly digest: string }[]
  readonly ledger: LedgerEntry | null
  readonly refusal: Refusal | null
}

export interface LedgerEntry {
  readonly board: string
  readonly key: string
  /** Moves on with every claim, settlement and re-read. */
  readonly version: number
  readonly state: 'settled' | 'intended' | 'sending'
  /** The request that holds the claim, unless settled. */
  readonly request: string | null
  /** `null` while the first creation is not settled. */
  readonly itemId: string | null
  /** `left`: moved to the `Left` group; `gone`: to `Gone`; `archived`: no longer on the board. */
  readonly place: 'active' | 'left' | 'gone' | 'archived'
  readonly name: string
  readonly group: string
  /** JSON of cells as read back. */
  readonly cells: string
  /** True while `cells` is the text we sent, not yet read back. */
  readonly unread: boolean
  /** Company day on which it left; `null` while active. */
  readonly leftOn: number | null
  /** Digest of the desired item it was last made equal to; `null` when unknown. */
  readonly desired: string | null
  /** The fact behind the item, `opportunity 006…`; `null` when unknown. What tells "left by where" from "gone at its source". */
  readonly from: string | null
  readonly at: number
  /** JSON of what was said of the item (`plan/told.ts`); absent where nothing was. It outlives the item: a key is told of once. */
  readonly told?: string
}

export interface OutboxRequest {
  readonly id: string
  readonly host: string
  readonly state: 'intended' | 'sending'
  readonly idempotencyKey: string
  /** Exact body; empty while intended. */
  readonly body: string
  /** JSON of what is needed to settle: one entry per change in body order. */
  readonly changes: string
  readonly keys: readonly { readonly board: string; readonly key: string }[]
  /** When it was first sent, ms; 0 while intended. */
  readonly sentAt: number
  readonly run: string
}

export type Settlement =
  /** The change took effect: the entry becomes this (version and state are the store's). */
  | {
      readonly kind: 'entry'
      readonly entry: Omit<LedgerEntry, 'version' | 'state' | 'request'>
      readonly unlist: boolean
    }
  /** Nothing changed on the board: the claim is released and the entry is as it was before; one that never had an item is removed. */
  | { readonly kind: 'release'; readonly board: string; readonly key: string }

export interface Refusal {
  readonly board: string
  readonly key: string
  readonly code: string
  readonly message: string
  readonly column: string | null
  readonly hint: string | null
  /** Digest of the desired item that was refused: while it is the same, it is not tried again. */
  readonly desired: string
  readonly at: number
}

export interface StoredPlan {
  readonly id: string
  readonly board: string
  readonly digest: string
  readonly at: number
  /** JSON. */
  readonly summary: string
  readonly changes: number
}

export interface StoredRun {
  readonly id: string
  readonly kind: string
  readonly state: 'running' | 'done' | 'failed'
  readonly startedAt: number
  readonly endedAt: number | null
  /** JSON, without secrets or personal data. */
  readonly result: string
}

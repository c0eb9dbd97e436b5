import type { Cells } from '../board/board.ts'

/**
 * What is shown of a change: one kind per change, though a `move` may change cells as well. `post` writes updates under an
 * item, `notify` tells people of it: changes of their own, sent when all others are.
 */
export type ChangeKind = 'create' | 'update' | 'move' | 'archive' | 'post' | 'notify'

/**
 * Why a change is planned. `new`: the key has no item yet (or its old one was archived). `data`: the fact changed.
 * `mapping`: the mapping changed since the board was last made equal. `edited`: a person changed the item on the
 * board. `returned`: the key was in `Left` or `Gone` and is wanted again. `left`: the fact no longer matches `where`.
 * `vanished`: the fact is gone at its source. `expired`: it was in `Left` for `left_for` days. `crowded`: the board
 * is above 80 % of its item limit. `duplicate`: another item carries the same key. `announced`: something came true that
 * the mapping wants said.
 */
export type Cause =
  | 'new'
  | 'data'
  | 'mapping'
  | 'edited'
  | 'returned'
  | 'left'
  | 'vanished'
  | 'expired'
  | 'crowded'
  | 'duplicate'
  | 'announced'

/** Where the ledger says an item is; `left` and `gone` are the groups `Left` and `Gone`. */
export type Place = 'active' | 'left' | 'gone' | 'archived'

/** Text before (`null`: there was no item) and after. */
export interface Difference {
  readonly before: string | null
  readonly after: string
}

/** One thing that is sent to the board. A change has several when it needs several: a move and an update, for one. */
export type Step =
  | { readonly kind: 'create'; readonly name: string; readonly group: string; readonly cells: Cells }
  | {
      readonly kind: 'update'
      readonly itemId: string
      readonly name?: string
      readonly restoresKey?: true
      readonly cells: Cells
    }
  | { readonly kind: 'move'; readonly itemId: string; readonly group: string }
  | { readonly kind: 'archive'; readonly itemId: string }
  | ({ readonly kind: 'post' } & SaidOf)
  | ({ readonly kind: 'notify'; readonly email: string } & SaidOf)

/** What is said of an item. */
interface SaidOf {
  /** Empty while the item is still to be made: it is filled in before this is sent. */
  readonly itemId: string
  /** The announcement, `updates Won`, and what tells this occasion from the next. */
  readonly name: string
  readonly token: string
  readonly text: string
}

/** Everything a plan does for one key. JSON all the way down, so that it can be stored and sent later. */
export interface PlannedChange {
  /** Our name for the board: the mapping file's name. */
  readonly board: string
  readonly key: string
  readonly kind: ChangeKind
  readonly cause: Cause
  /** One sentence without a full stop, for people: `opportunity 006… is new`. */
  readonly why: string
  /** True when the key is not desired any more, or the change only archives a copy or says something: it does not count as a desired item. */
  readonly removal: boolean
  /** Ledger version the change was made against (0: no entry); a claim against another one is stale. */
  readonly version: number
  /** Item name as it will be, for people. */
  readonly name: string
  /** Group before and after, when it changes. */
  readonly group: Difference | null
  /** Cells that change, by column title. A changed name is under `NAME`. */
  readonly cells: Readonly<Record<string, Difference>>
  /** Highest goes first when the quota does not carry all. */
  readonly urgency: number
  /** Digest of the desired item; `REMOVED` when there is none. Goes into the ledger or a refusal. */
  readonly desired: string
  /** False when the board cannot show all of the desired item now (a missing column, an unknown person). */
  readonly complete: boolean
  /** Where the item is once all steps are applied. */
  readonly place: Place
  /** Company day on which it left, once all steps are applied; `null` while active. */
  readonly leftOn: number | null
  /** In the order in which they are sent; never empty. */
  readonly steps: readonly Step[]
  /** What is taken as said of the item once it is applied, as the ledger keeps it; absent: nothing more than before. */
  readonly told?: string
  /** Of a `post` or `notify` that follows another change of its key: the `desired` of that change. */
  readonly after?: string
}

/** Stands for the item's name among columns, in differences and in the list of hand edits. No column can have this title. */
export const NAME = '$name'
/** Stands for the item's group in the list of hand edits. */
export const GROUP = '$group'
/** Stands for the key's column in differences and in the list of hand edits: somebody emptied or changed the key. */
export const KEY = '$key'
/** In the list of hand edits: a column of the item was taken off the board, and what it held with it. */
export const LOST = '$lost'
/** In place of a desired item's digest, for keys that are no longer desired. */
export const REMOVED = 'removed'
/** Groups where items go that left by `where`, or that are gone at their source. */
export const LEFT_GROUP = 'Left'
export const GONE_GROUP = 'Gone'

/** What the ledger knows of a key: the store's ledger entry has at least this. */
export interface Known {
  readonly version: number
  readonly state: 'settled' | 'intended' | 'sending'
  readonly itemId: string | null
  readonly place: Place
  readonly name: string
  readonly group: string
  /** JSON, read with `readKnownCells`. */
  readonly cells: string
  /** True while `cells` is text we sent that was not yet read back. */
  readonly unread?: boolean
  readonly leftOn: number | null
  readonly desired: string | null
  /** What was said of it, read with `readTold`. */
  readonly told?: string
}

/** Desired and known side by side for one key: the store's `Pair`, and what sync knows besides. */
export interface PlanPair {
  readonly key: string
  /** JSON of desired items; more than one when the mapping gives several facts one key. */
  readonly desired: readonly { readonly body: string; readonly digest: string }[]
  readonly ledger: Known | null
  readonly refusal: {
    readonly code: string
    readonly message: string
    readonly column: string | null
    readonly hint: string | null
    readonly desired: string
  } | null
  /** Whether the fact behind the key no longer exists. Matters only where `asksGone` says so. */
  readonly gone?: boolean
  /** Further items on the board that carry this key, the ledger's own left out, as a sweep found them. */
  readonly copies?: readonly { readonly itemId: string }[]
}

/** What the planner makes of one pair. */
export type PairPlan =
  /** The board shows it already; `kept` are the columns left as people edited them. */
  | { readonly is: 'unchanged'; readonly kept: readonly string[]; readonly notes: readonly Note[] }
  /** Nothing is desired and nothing is to be done. */
  | { readonly is: 'nothing' }
  | {
      readonly is: 'change'
      readonly change: PlannedChange
      readonly kept: readonly string[]
      readonly notes: readonly Note[]
    }
  /** Will not be sent. `fresh`: found now, and to be saved as a refusal; else it stood already. */
  | {
      readonly is: 'refused'
      readonly fresh: boolean
      readonly code: string
      readonly message: string
      readonly column: string | null
      readonly hint: string | null
      /** Digest to save with the refusal. */
      readonly desired: string
      readonly removal: boolean
    }
  /** An open request holds the key: what it came to is not known yet. */
  | { readonly is: 'in doubt'; readonly removal: boolean }

/** Something a person should know about an item although it is kept up to date otherwise. */
export interface Note {
  readonly code: 'column-missing' | 'person-unknown' | 'label-missing' | 'link-missing' | 'edited-by-hand'
  readonly column: string
  /** The column or cell in words; may hold personal data, so it is for terminals and boards, not for logs. */
  readonly message: string
}

/**
 * A plan in numbers. `desired = unchanged + (planned, removals left out)`, and
 * `planned = create + update + move + archive + post + notify + refused + inDoubt`.
 */
export interface PlanSummary {
  readonly board: string
  /** sha-256 in hex over all changes; the first twelve digits name the plan (`shortDigest`). */
  readonly digest: string
  /** Desired items that were looked at. */
  readonly desired: number
  readonly unchanged: number
  readonly planned: number
  readonly create: number
  readonly update: number
  readonly move: number
  readonly archive: number
  readonly post: number
  readonly notify: number
  /** Not sent: refused now or before, and unchanged since. */
  readonly refused: number
  readonly inDoubt: number
  /** Planned changes of keys that are no longer desired. */
  readonly removals: number
  /** Items that the ledger had as active, before. */
  readonly existing: number
  readonly byCause: Readonly<Record<Cause, number>>
  /** What is sent: all steps of all changes. */
  readonly steps: number
  /** How many cells were left as people edited them. */
  readonly keptCells: number
  readonly notes: Readonly<Record<Note['code'], number>>
  /** Set on plans of `repair`: what people edited is written over, whatever the mapping says of hand edits. */
  readonly repair?: true
}

/** How many changes of a plan are sent. */
export function countToSend(summary: Readonly<Record<ChangeKind, number>>): number {
  return CHANGE_KINDS.reduce((sum, kind) => sum + summary[kind], 0)
}

/** The first twelve digits: how people name a plan. */
export function shortDigest(digest: string): string {
  return digest.slice(0, 12)
}

/**
 * Order for sending when not all can be sent: what shows something before what says something; then highest urgency first,
 * then creates, updates, moves, archives, each by key in code-unit order.
 */
export function compareForSending(
  a: Pick<PlannedChange, 'kind' | 'urgency' | 'key'>,
  b: Pick<PlannedChange, 'kind' | 'urgency' | 'key'>,
): number {
  return (
    Number(isSaying(a.kind)) - Number(isSaying(b.kind)) ||
    b.urgency - a.urgency ||
    SENDING_RANK[a.kind] - SENDING_RANK[b.kind] ||
    (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)
  )
}

/** Of changes of one urgency those of the lowest rank are sent first. */
export const SENDING_RANK: Readonly<Record<ChangeKind, number>> = {
  create: 0,
  update: 1,
  move: 2,
  archive: 3,
  post: 4,
  notify: 5,
}

export const CHANGE_KINDS = Object.keys(SENDING_RANK) as ChangeKind[]

/** Whether a change says something of an item, rather than changing it. */
export function isSaying(kind: ChangeKind): kind is 'post' | 'notify' {
  return kind === 'post' || kind === 'notify'
}

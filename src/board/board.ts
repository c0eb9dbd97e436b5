import type { CallOptions } from '../platform/call-options.ts'
import type { Fault } from '../platform/errors.ts'

/**
 * A place that holds boards (a monday.com account), which we keep up to date. Only ever touches items that
 * carry our key. Every text in `Cells` is canonical (see `Cells`); the adapter alone knows vendor formats.
 */
export interface BoardHost {
  /** Stable: `monday`. */
  readonly name: string
  /** What this host can do, as data, so that the planner can refuse early instead of failing mid-push. */
  readonly can: BoardAbilities

  /** What is left of the vendor's budgets, as last told; asks only when nothing is known yet. */
  budget(options?: CallOptions): Promise<BoardBudget>

  /** The board as it is now, or `null` when there is none (`absent`, as against forbidden, which is a Fault). Reads only. */
  inspect(ref: BoardRef, options?: CallOptions): Promise<BoardLayout | null>

  /**
   * Makes the board able to show `spec`: creates the board, missing columns, groups, labels, as far as the
   * spec allows, and looks users up. Never removes or retypes anything. Idempotent: run twice, the second
   * makes no write. What it cannot do comes back as problems; a column with a problem is left out of pushes.
   */
  prepare(spec: BoardSpec, options?: CallOptions): Promise<Prepared>

  /** Whether this process, or one whose knowledge it recalled, has looked a person up who is on the account: cells may name them. */
  knowsPerson(email: string): boolean

  /** Those of some e-mail addresses that nobody on the account has, sorted. Reads only. */
  unknownPeople(emails: readonly string[], options?: CallOptions): Promise<string[]>

  /** Every item that carries our key, pages of 500, archived ones left out. Restarts by itself when a cursor expires. */
  ownItems(layout: BoardLayout, options?: CallOptions): AsyncIterable<BoardItem>

  /** Items that carry one of `keys` now. The vendor's look-up may lag: an item written seconds ago can be missing. */
  findByKeys(layout: BoardLayout, keys: readonly string[], options?: CallOptions): Promise<BoardItem[]>

  /** Items by their ids: exact and without lag; missing ids are left out; archived or deleted ones come with that state. */
  findByIds(layout: BoardLayout, itemIds: readonly string[], options?: CallOptions): Promise<BoardItem[]>

  /** The newest updates that were written under items, without lag: what they say as plain text. */
  updatesOn(layout: BoardLayout, itemIds: readonly string[], options?: CallOptions): Promise<BoardUpdate[]>

  /**
   * Turns the first `taken` of `changes` into one request. Pure but for the batch size, which follows what the
   * vendor last said about its budgets. The body is what must be stored before sending: after a crash exactly
   * this body is sent again with the same key. `taken` is at least 1.
   * Changes of several boards may share one request, but what says something (`post`, `notify`) shares none with other kinds; changes of one key that follow each other are never parted.
   */
  compose(changes: readonly BoardChange[]): ComposedRequest

  /**
   * Sends a composed body. Resolves with exactly one outcome per change of the body, in order, even when some
   * fail. Rejects with a `Fault` only when the vendor surely carried out nothing (a rate limit, a refused token).
   * Waits by itself where the vendor names a short time to wait. `unknown` means the request may have been carried out.
   */
  send(body: string, idempotencyKey: string, options?: CallOptions): Promise<SendResult>

  /** What so many changes cost when they are sent, as far as is known: calls, and time. Pure. */
  estimate(changes: number): WayCost

  /**
   * What this process found out about the account that spares a later one calls: who people are, what a change costs.
   * Text that only `recall` reads; it holds e-mail addresses. Empty when there is nothing to tell.
   */
  learned(): string

  /**
   * Goes on from what an earlier process found out, as far as this one does not know better and it is not older than a day.
   * A text that it cannot read is passed over.
   */
  recall(learned: string): void

  /** The second way of writing, for many items at once; absent where the vendor has none. */
  readonly imports?: BoardImports
}

/**
 * Writes many items of one board with a file that the vendor works on by itself: a row makes an item, or changes the one
 * that carries its key. It costs a few calls whatever the number of rows, and some minutes.
 *
 * First a job is opened, which writes nothing; then its file is handed over, and only from then on may items change. The
 * body that `open` returns must be stored in between: whoever has it can `finish` the job, also after a crash, and a
 * second job for the same changes is never needed to find out what became of the first.
 */
export interface BoardImports {
  readonly limits: ImportLimits

  /**
   * Whether a change can be a row of a file: it makes an item, or changes cells of one, and the vendor's files carry
   * each of its cells. Pure, but for what the vendor was seen to refuse.
   */
  takes(change: BoardChange): boolean

  /**
   * Makes a file of the leading ones of `changes`, as many as one may hold. All are of one board, are taken
   * (`takes`), have keys of their own, and what they create goes to one group. A key must not differ from another key of
   * the board in case alone, and an item that is to be changed must have carried its key for as long as look-ups lag:
   * a vendor that does not find it makes a second one.
   */
  compose(changes: readonly BoardChange[]): ComposedRequest

  /**
   * Opens a job for a composed body and returns the body with the job in it. Writes nothing to the board, whatever comes
   * of it. Rejects with `import-hour-used` when the hour holds no more jobs, with `import-refused` when the vendor takes
   * no import for this board; with another `Fault` when it could not be asked.
   */
  open(body: string, idempotencyKey: string, options?: CallOptions): Promise<OpenedImport>

  /** Whether a stored body is one of `open`, not of the host's `compose`. */
  isImport(body: string): boolean

  /**
   * Brings a job to its end, wherever it stands: hands over the file unless the vendor has it, waits, and reads the report.
   * Rejects with a `Fault` only when the job surely changed nothing and never will: `import-hour-used` and
   * `import-refused` as above, `import-expired` when the file did not arrive in time.
   */
  finish(body: string, options?: FinishOptions): Promise<ImportResult>

  /** What an import of so many rows costs: calls, the opening included, and time, as far as is known. */
  estimate(rows: number): WayCost
}

/** What the vendor lets an account import. */
export interface ImportLimits {
  readonly rowsPerFile: number
  readonly jobsPerHour: number
  /** Items made or changed. */
  readonly itemsPerHour: number
  /** How long that hour is, ms; less where a simulated vendor is quicker. */
  readonly hourMs: number
}

export interface OpenedImport {
  readonly body: string
  readonly calls: number
}

export interface FinishOptions extends CallOptions {
  /** The job was opened just now by this process: its file is handed over without asking first. */
  readonly fresh?: boolean
  /** Is told now and then how many rows are done. */
  readonly watch?: (rows: number) => void
}

export type ImportResult =
  /**
   * One outcome per row, in order. No item is read back; `made` of an applied outcome tells what the vendor did.
   * `repeated`: the file may have arrived twice, so that items may stand there twice.
   */
  | {
      readonly is: 'done'
      readonly outcomes: readonly ChangeOutcome[]
      readonly repeated: boolean
      readonly calls: number
    }
  /**
   * The vendor no longer says what became of the rows. From `overAt` (ms) on none of them can still be at work; the
   * board then shows which were carried out.
   */
  | { readonly is: 'lost'; readonly message: string; readonly overAt: number; readonly calls: number }
  /** It is still at work, or could not be asked: `finish` again later. */
  | { readonly is: 'open'; readonly fault: Fault; readonly calls: number }

/** What one way of writing costs. */
export interface WayCost {
  readonly calls: number
  readonly ms: number
}

export interface BoardAbilities {
  readonly archive: boolean
  readonly columnTypes: readonly ColumnType[]
  /** Longest item name, in UTF-16 units. */
  readonly nameLength: number
  readonly labelLength: number
  readonly labelsPerColumn: number
}

/** Every type of column that some board can have. */
export const COLUMN_TYPES = [
  'text',
  'long_text',
  'numbers',
  'status',
  'date',
  'people',
  'checkbox',
  'link',
  'dropdown',
  'email',
  'phone',
  'country',
  'location',
  'rating',
  'timeline',
  'week',
  'hour',
  'world_clock',
  'tags',
  'board_relation',
  'dependency',
] as const
export type ColumnType = (typeof COLUMN_TYPES)[number]

/** Whether cells of a column name other items: of another board, or of their own. */
export function isLink(type: ColumnType): type is 'board_relation' | 'dependency' {
  return type === 'board_relation' || type === 'dependency'
}

/** By id where it exists already, by name where we may create it. */
export type BoardRef = { readonly id: string } | { readonly name: string; readonly workspace: string | null }

export interface BoardSpec {
  /** Our own name for it: the mapping file's name without `.yaml`. */
  readonly board: string
  readonly ref: BoardRef
  readonly create: boolean
  readonly columns: readonly ColumnSpec[]
  /** Groups that must be there, top first, `Left` and `Gone` included where the mapping can use them. */
  readonly groups: readonly string[]
  /** Ids of those that the board had: one counts where nothing there has the title. */
  readonly groupIds?: Readonly<Record<string, string>>
  /** E-mail addresses that `people` cells will name. */
  readonly people: readonly string[]
}

export interface ColumnSpec {
  readonly title: string
  readonly type: ColumnType
  /** What people read of it where the host shows such a thing; written over nothing and over words of ours (`isOurWords`) alone. */
  readonly description?: string
  /** Labels that status or dropdown cells will hold, or tags, with the colour asked for (`done-green`), when one is. */
  readonly labels?: readonly { readonly label: string; readonly color?: string; readonly id?: string }[]
  /** The board whose items cells of a `board_relation` column name, by its id. */
  readonly linksTo?: string
  /** The column's id on the board, and ids of its labels above: counts where nothing there has the title or text. */
  readonly id?: string
  /** Set on the one text column that holds our key; its id is asked to be `boardsync_key`. */
  readonly key?: boolean
}

export interface BoardLayout {
  readonly board: string
  readonly boardId: string
  readonly title: string
  readonly url: string | null
  readonly keyColumnId: string
  /** By title; only columns that a spec named and whose type fits. */
  readonly columns: Readonly<Record<string, BoardColumn>>
  /** Group title to id; a layout has a group under its own title, which differs once people renamed it. */
  readonly groups: Readonly<Record<string, string>>
  /** Of those groups the ones that people renamed, each with the title that the board has now. */
  readonly shownGroups?: Readonly<Record<string, string>>
  readonly itemsCount: number
  readonly itemsLimit: number | null
  /** What the board demands of its items; absent where nothing, or where nobody can say. */
  readonly demands?: BoardDemands
  /** Only its owners may change the board, and we are none of them. */
  readonly closed?: true
}

/** What a host refuses items for, though every value is one that its column takes. */
export interface BoardDemands {
  /** Columns that must hold something, with the title that the board has. */
  readonly required: readonly { readonly id: string; readonly title: string }[]
  /** Rules on what columns hold. */
  readonly rules: number
}

/** Ends a description that we wrote: whoever takes it away has the words for good. */
export const OUR_WORDS = ' · boardsync'

/** Whether a description may be written over: nobody wrote one, or we did. */
export function isOurWords(description: string | undefined): boolean {
  return description === undefined || description.endsWith(OUR_WORDS)
}

export interface BoardColumn {
  readonly id: string
  /** As the board has it; a layout has the column under its own title, which differs once people renamed it. */
  readonly title: string
  readonly type: ColumnType
  /** What people read of it; absent where nothing. */
  readonly description?: string
  /** Label text to the vendor's label id, of status and dropdown columns; of tags those that were asked for. */
  readonly labels?: Readonly<Record<string, string>>
  /** Of those labels the ones that people renamed, each with the text that the board has now. */
  readonly shown?: Readonly<Record<string, string>>
}

export interface Prepared {
  readonly layout: BoardLayout
  /** What was made, as sentences: `column "ARR" (numbers) created`. */
  readonly made: readonly string[]
  readonly problems: readonly BoardProblem[]
  /** E-mail addresses nobody on this account has. */
  readonly unknownPeople: readonly string[]
  readonly calls: number
}

export interface BoardProblem {
  readonly level: 'error' | 'warning'
  readonly code: string
  readonly message: string
  readonly hint?: string
  readonly column?: string
}

/**
 * Canonical text for each column title, so that equal values compare equal whatever the board returns. Empty
 * text is an empty cell. `numbers`: plain decimal without exponent, trailing zeros or `-0`; `date`: `2026-11-22`
 * or `2026-11-22 10:30` (UTC); `status`: the label; `dropdown`: labels sorted, joined by `, `; `people`: lower-case
 * e-mail addresses sorted, joined by `, `; `checkbox`: `v` or empty; `link`: `url` or `url text`;
 * `email`: the address, with other words behind it where people typed some; `phone`: `+4930123456 DE`; `country`: `DE`;
 * `location`: `52.52,13.405` or `52.52,13.405 address`; `rating`: `4`; `timeline` and `week`: first and last day,
 * `2026-11-16/2026-11-22`; `hour`: `09:30`; `world_clock`: the IANA name of the zone;
 * `tags`: names sorted, joined by `, `; `board_relation` and `dependency`: ids of items sorted as numbers, joined by `, `.
 */
export type Cells = Readonly<Record<string, string>>

export interface BoardItem {
  readonly itemId: string
  readonly key: string
  readonly name: string
  /** Group title. */
  readonly group: string
  readonly cells: Cells
  readonly state: 'active' | 'archived' | 'deleted'
  /** Instant text. */
  readonly createdAt: string
}

/** An update under an item, as people read it. */
export interface BoardUpdate {
  readonly itemId: string
  readonly text: string
  /** Instant text. */
  readonly createdAt: string
}

/** One thing to do to one item, or to say of it, addressed in the vendor's ids so that it can be sent without looking anything up. */
export type BoardChange = { readonly key: string; readonly layout: BoardLayout } & (
  | { readonly kind: 'create'; readonly name: string; readonly group: string; readonly cells: Cells }
  | {
      readonly kind: 'update'
      readonly itemId: string
      /** Only when it changes. */
      readonly name?: string
      /** Writes our key too: somebody emptied or changed it. */
      readonly restoresKey?: true
      /** Only cells that change. */
      readonly cells: Cells
    }
  | { readonly kind: 'move'; readonly itemId: string; readonly group: string }
  | { readonly kind: 'archive'; readonly itemId: string }
  /** Writes an update under the item. */
  | { readonly kind: 'post'; readonly itemId: string; readonly text: string }
  /** Notifies somebody (by e-mail address) of the item. */
  | { readonly kind: 'notify'; readonly itemId: string; readonly email: string; readonly text: string }
)

export interface ComposedRequest {
  readonly body: string
  readonly taken: number
  /** What we think it costs; `null` where the vendor has no such measure. */
  readonly points: number | null
}

export interface SendResult {
  readonly outcomes: readonly ChangeOutcome[]
  /** Calls this used up, waits and replays included. */
  readonly calls: number
  readonly replayed: boolean
  /**
   * Set when the host refused the request as a whole for something in it, and surely carried out nothing. Every outcome is
   * then a refusal with the host's reason, though one change alone may be to blame: a smaller request may go through.
   */
  readonly together?: true
}

export type ChangeOutcome =
  /**
   * `item` is the item as the vendor read it back in the same answer; absent after archive and import. `made` is told of
   * imports alone: whether the row made an item, or found one by its key.
   */
  | { readonly status: 'applied'; readonly itemId: string; readonly item?: BoardItem; readonly made?: boolean }
  | Refused
  /**
   * `suspect`: the host named a reason for doing nothing, though not of which change, nor whether the others were done. When
   * the board shows nothing of the change, that is what it was refused for, or another change of the request.
   */
  | { readonly status: 'unknown'; readonly message: string; readonly suspect?: Refused }

export type Refused = {
  readonly status: 'refused'
  readonly code: string
  readonly message: string
  readonly column?: string
  readonly hint?: string
}

export interface BoardBudget {
  /** Calls of the vendor's day: `limit` as last known, `used` as counted or told. `null` where unknown. */
  readonly day: { readonly limit: number; readonly used: number } | null
  readonly minute: { readonly limit: number; readonly left: number } | null
  readonly complexity: { readonly limit: number; readonly left: number } | null
}

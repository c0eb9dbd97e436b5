import type { Day, Month, Zone } from '../domain/day.ts'
import type { Definition } from '../domain/definitions/definitions.ts'
import type { FactKind, Scope } from '../domain/facts.ts'
import type { IdentityRules } from '../domain/identity.ts'
import type { Model } from '../domain/model.ts'
import type { RecordKind } from '../domain/records.ts'
import type { ColumnType, DesiredItem } from '../plan/desired.ts'
import type { SourceRecord } from '../source/source.ts'
import type { SourceType } from './schema/values.ts'

/** Everything an admin wrote, checked. Nothing optional: defaults are filled in. */
export interface Mappings {
  readonly sources: readonly SourceMapping[]
  readonly boards: readonly BoardMapping[]
  readonly model: Model
  /** What contested numbers mean, each in its newest version. No part of the model: words change no number. */
  readonly definitions: readonly Definition[]
  /** The last month that is closed; `null`: none is. */
  readonly closedThrough: Month | null
  /**
   * How accounts of several sources are found to be one company; `null`: nothing is looked for. `keep`: a file that may say
   * so is broken, and what was found before stands until it is mended.
   */
  readonly identity: IdentityRules | null | 'keep'
  readonly settings: Settings
}

/** How the worker behaves: the parts of `model.yaml` that are not about numbers. */
export interface Settings {
  /** Cron lines by what they run: `source salesforce`, `board deals`. */
  readonly schedules: Readonly<Record<string, string>>
  /** Share 0..1 of a source's daily request quota that this program may use up to, by source. */
  readonly quotaShare: Readonly<Record<string, number>>
  /** How often boards are read back whole, ms. */
  readonly rereadEveryMs: number
  readonly guard: GuardLimits
}

export interface GuardLimits {
  /** Share of a board that may vanish at its source in one plan, of boards with at least `minItems`. */
  readonly maxVanished: number
  /** How many items of a board one plan may say something of without a person's word. */
  readonly maxSaid: number
  /** Share of a board whose items may change in one plan because data changed. */
  readonly maxChanged: number
  readonly minItems: number
}

/** One file of `mappings/sources/`. */
export interface SourceMapping {
  /** Stable name, part of stored keys; the vendor unless `type` says otherwise. */
  readonly source: string
  readonly type: SourceType
  readonly file: string
  /** For `postgres`: the variable that holds the database's address. */
  readonly database: string | null
  /** For `files`: the folder, as written. */
  readonly path: string | null
  /** How often fields that change without a stamp are read of all records, ms. */
  readonly formulasEveryMs: number
  /** How often every object is compared with what is kept of it, ms. */
  readonly reconcileEveryMs: number
  readonly records: readonly RecordMapping[]
}

export interface RecordMapping {
  readonly kind: RecordKind
  readonly object: string
  readonly where: string | null
  /** Every vendor field this mapping reads, sorted, without doubles. */
  readonly reads: readonly string[]
  /** Whether the source may lack the object: then nothing is read of it. */
  readonly optional: boolean
  /** Those of `reads` that the source may lack: then what they fill is empty. */
  readonly optionalReads: readonly string[]
  /** The vendor field behind each of our fields (`amount` → `Amount`); fields with a constant value are absent. For `explain`. */
  readonly fields: Readonly<Record<string, string>>
  /** Our fields that each vendor field is read for (`Amount` → `amount`), `currency` and `url` among them. */
  readonly feeds: Readonly<Record<string, readonly string[]>>
  /** Changes when anything that decides the mapped result changes. */
  readonly digest: string
  readonly line: number
  /** How it is read, by the type of the source (delimiter, encoding; query, id; since, events); empty for Salesforce. */
  readonly reading: Readonly<Record<string, string>>
  /** Pure: a raw record to ours. `record` is `null` when it is rejected as a whole. */
  map(raw: Extract<SourceRecord, { kind: 'present' }>, zone: Zone): MappedRecord
}

/** What `RecordMapping.map` makes of one raw record; the store keeps it as it is. */
export interface MappedRecord {
  /** `null` when the record as a whole is rejected; `at` orders records of a kind within a dossier, ms. */
  readonly record: {
    readonly at: number
    readonly place: Place
    readonly body: string
    /** What the record can be found to be the same by as one of another source; absent where nothing looks. */
    readonly keys?: readonly string[]
  } | null
  readonly rejections: readonly Rejection[]
}

/** Where a record belongs: it heads a dossier, shares its parent's, or is context (of one entry with others: `of`). */
export type Place =
  | { readonly as: 'root' }
  | { readonly as: 'child'; readonly of: { readonly kind: string; readonly id: string } }
  | { readonly as: 'context'; readonly of?: { readonly kind: string; readonly id: string } }

/** A value (or, with an empty `field`, a record) that could not be read. The record is kept, the field left empty. */
export interface Rejection {
  readonly field: string
  readonly from: string
  readonly value: string
  readonly code: string
  readonly reason: string
}

/** One file of `mappings/boards/`. */
export interface BoardMapping {
  /** File name without `.yaml`: how commands name the board. */
  readonly board: string
  readonly file: string
  readonly ref: { readonly id: string } | { readonly name: string; readonly workspace: string | null }
  readonly create: boolean
  readonly items: FactKind
  /** The condition as written, and the fact fields it reads; `null`: every fact is on the board. For `explain`. */
  readonly where: Pick<ColumnMapping, 'value' | 'reads'> | null
  readonly columns: readonly ColumnMapping[]
  readonly announcements: readonly AnnouncementMapping[]
  /** The fact fields that an item's name and its group read. */
  readonly nameReads: readonly string[]
  readonly groupReads: readonly string[]
  /** Group titles in order, top first, as far as the mapping names them. */
  readonly groups: readonly string[]
  /** Every group an item can be in; `null` where that cannot be known without data. */
  readonly everyGroup: readonly string[] | null
  readonly whenGone: 'archive' | 'mark' | 'keep'
  readonly whenEditedByHand: 'overwrite' | 'keep' | 'report'
  readonly freshWithinMs: number | null
  /** Days after which an item of `Left` may be archived. */
  readonly leftFor: number
  /** True for boards of totals, where a data change may move everything. */
  readonly ofTotals: boolean
  /** Changes when anything that decides the items changes. */
  readonly digest: string
  /** Whether the items depend on `today`, so that a new day maps everything again. */
  readonly usesToday: boolean
  /**
   * Pure: what the board should show for one fact. `left`: the fact is not on this board (by `where`).
   * A failing expression rejects this item only; it never throws.
   */
  toItem(scope: Scope, today: Day): ItemResult
}

export type ItemResult =
  | { readonly is: 'item'; readonly item: DesiredItem; readonly warnings: readonly ItemProblem[] }
  | { readonly is: 'left' }
  /** `key` is `null` when not even that could be told. */
  | { readonly is: 'rejected'; readonly key: string | null; readonly problem: ItemProblem }

export interface ItemProblem {
  readonly code: string
  readonly message: string
  readonly column: string | null
}

/** Something a board says of its items, each time its condition comes true. */
export interface AnnouncementMapping {
  /** `updates Won`, `notify Won`. */
  readonly name: string
  readonly title: string
  readonly as: 'update' | 'notification'
  /** Changes when the condition or the value that tells occasions apart does: what holds then is taken as said. */
  readonly condition: string
  /** The fact fields it reads. */
  readonly reads: readonly string[]
}

export interface ColumnMapping {
  readonly title: string
  /** Our name of the board whose items a `board_relation` column links. */
  readonly linksTo?: string
  readonly type: ColumnType
  readonly once: boolean
  /** Label to colour name, as far as the mapping names colours. */
  readonly colors: Readonly<Record<string, string>>
  /** All labels the value can take where that is known without data (an enum field), else empty. */
  readonly labels: readonly string[]
  /** Every text its cells can show beside none, where that is known without data; else none. */
  readonly every: readonly string[]
  /** The value as written: a path, an expression, a literal. For `explain`. */
  readonly value: string
  /** The fact fields the cell reads: `opportunity.stage`. */
  readonly reads: readonly string[]
  readonly line: number
}

import type { CallOptions } from '../platform/call-options.ts'

/** A place we read from and never write to. */
export interface Source {
  /** Stable, and part of stored keys: `salesforce`, not `Salesforce (EU)`. */
  readonly name: string

  /**
   * Proves the source can be used, by reading: reachable, authenticated, and able to see every field in
   * `needs`. Reports every problem it finds rather than stopping at the first.
   */
  check(needs: readonly ObjectNeed[], options?: CallOptions): Promise<CheckProblem[]>

  /**
   * Pages of records changed since `request.after`, oldest change first within an object where the
   * source can promise it.
   *
   * Save a page's records and its `cursor` in one transaction: the cursor means "everything up to here
   * has been handed over". Records on the boundary may be sent again after a resume, so saving must be
   * idempotent. The last page of a finished read may hold no records; its cursor is where the next read
   * starts. Stopping iteration early releases everything the call holds.
   */
  read(request: ReadRequest, options?: CallOptions): AsyncIterable<Page>

  /**
   * What the source shows of an object now. A field that is not there (removed or hidden: the two look alike) is left
   * out; an object that is not there is a fault with a code of `OBJECT_ABSENT`. Asked again within a run it costs no request.
   */
  describe(need: ObjectNeed, options?: CallOptions): Promise<ObjectDescription>

  /**
   * Records by id, whole, as they are now, in portions: each id comes back once, `present`, or `deleted` where it is not
   * to be seen (any more) or does not meet `where`. Moves no cursor.
   */
  readByIds(request: ByIdRequest, options?: CallOptions): AsyncIterable<RecordsById>

  /**
   * About how many requests these reads will take. Makes none but what the reads would begin with, so that `quota` is known;
   * they are counted by the first read, and what goes wrong is told by the reads.
   */
  estimate(requests: readonly ReadRequest[], options?: CallOptions): Promise<CostEstimate>

  /** Where this source stands with its vendor's quota, as last told by the vendor; `null` before any answer or where there is none. */
  quota(): SourceQuota | null
}

/** Codes of faults that say: the source has no such object, or hides it (the two look alike). Each adapter has its own. */
export const OBJECT_ABSENT: ReadonlySet<string> = new Set([
  'salesforce-object-hidden',
  'hubspot-object-missing',
  'files-missing',
  'postgres-object-missing',
  'monday-board-missing',
  'zendesk-object-missing',
  'posthog-object-missing',
  'mixpanel-object-missing',
  'amplitude-object-missing',
  'memory-object-missing',
])

export interface ObjectNeed {
  /** The vendor's own name: `Opportunity`, a file name for files. */
  readonly object: string
  /** The vendor's field names, as the source mapping spells them; relations as `Owner.Email`. */
  readonly fields: readonly string[]
  /** Where the mapping names this object, for messages: `mappings/sources/salesforce.yaml:12`. */
  readonly place?: string
  /** What is read of it next, where that is known: a source may ask for what that read begins with along with the rest. */
  readonly reads?: Pick<ReadRequest, 'where' | 'after'>
  /** The stages of its records are asked for, too, which may take a request more. */
  readonly stages?: true
}

export interface CheckProblem {
  readonly level: 'error' | 'warning' | 'info'
  readonly code: string
  readonly message: string
  readonly hint?: string
  readonly object?: string
  readonly field?: string
}

export interface ReadRequest {
  readonly object: string
  /** The vendor's field names; the record id and the change stamp are always read besides. */
  readonly fields: readonly string[]
  /** Passed on to the source as its own condition (SOQL for Salesforce); `null` for all records. */
  readonly where: string | null
  /** `null` on the first run: read everything. */
  readonly after: Cursor | null
  /**
   * Records of this object are held from an earlier read: a read of everything then tells of those that were merged, too, as
   * deleted, where the source knows. Absent: none are.
   */
  readonly heldBefore?: boolean
}

export interface ObjectDescription {
  /**
   * The fields of the need that are there, in its order and spelling, and of which type; `stamped` is false where the
   * value changes without the record's change stamp (formulas, roll-ups, fields of a parent): reads of changes miss that.
   */
  readonly asked: readonly DescribedField[]
  /** Every field of the object itself, by the vendor's own name and type, in the vendor's order; `isOwn`: the org made it. */
  readonly fields: readonly (Pick<DescribedField, 'name' | 'type'> & { readonly isOwn?: boolean })[]
  /** True where every change is followed by a read of everything, so that nothing can go unnoticed (files). */
  readonly alwaysWhole: boolean
  /** Where they were asked for and the source knows them: the stages of its records, by pipeline, in the source's order. */
  readonly stages?: readonly DescribedStage[]
  readonly requests: number
  readonly sharedRequests: number
}

export interface DescribedStage {
  /** `null` where there are no pipelines. */
  readonly pipeline: string | null
  /** As records tell it. */
  readonly name: string
  readonly state: 'open' | 'won' | 'lost'
}

export interface DescribedField {
  readonly name: string
  /** The vendor's own word: `currency`, `picklist`, `text`. */
  readonly type: string
  readonly stamped: boolean
}

export interface ByIdRequest extends Omit<ReadRequest, 'after'> {
  readonly ids: readonly string[]
}

export type RecordsById = Pick<Page, 'records' | 'requests' | 'sharedRequests'>

/** Opaque to everyone but the source that made it. */
export type Cursor = string & { readonly __cursor: unique symbol }

export interface Page {
  readonly records: readonly SourceRecord[]
  readonly cursor: Cursor
  /**
   * True on every page of a read that hands over *everything* the source has of this object, from its first
   * page to its last, resumes included: what such a read did not contain is gone at the source once the read
   * has finished. False on reads of changes only.
   *
   * A source that cannot take up such a read where it stopped begins anew, and says so with one empty page that is
   * no snapshot, before the first page of the new one: what the broken-off read contained no longer counts. So does one that begins
   * after another that was handed over to its end: nobody may have ended that one.
   */
  readonly snapshot: boolean
  /** Where every change is followed by a read of everything: there was none since the last one, which was handed over to its end. */
  readonly unchanged?: true
  /** Requests made for this object since the page before, this one's included. */
  readonly requests: number
  /** Requests made since the page before that serve the source as a whole: for a token. Absent: none. */
  readonly sharedRequests?: number
  /** The next page follows at once: it costs nothing to wait for it and save both together. */
  readonly more?: true
}

/**
 * A record as the vendor spells it, in one canonical form whatever the transport: numbers as decimal text,
 * instants as `2026-11-22T10:00:00.000Z`, days as `2026-11-22`, true and false as booleans, nothing as `null`.
 */
export type SourceRecord =
  | {
      readonly kind: 'present'
      readonly id: string
      /** Instant text; the vendor's change stamp. */
      readonly changedAt: string
      /** A field `__problem` says why the record could not be read whole; the mapping rejects it with that reason. */
      readonly fields: Readonly<Record<string, FieldValue>>
    }
  | {
      readonly kind: 'deleted'
      readonly id: string
      readonly changedAt: string
      /** The record that survived, when this one was merged into another. */
      readonly mergedInto?: string
    }

export type FieldValue = string | boolean | null

export interface CostEstimate {
  /** Of the reads whose size can be told beforehand: those of changes, taken to be few. */
  readonly requests: number
  /** Objects that are read whole: what they take is known once the vendor has counted their records. */
  readonly uncounted: readonly string[]
}

export interface SourceQuota {
  /** Requests of the vendor's own day that were used, by everybody. */
  readonly used: number
  readonly limit: number
  /** How many of `limit` this program may use up to (the configured share). */
  readonly ours: number
}

import type { BoardHost, BoardLayout } from '../board/board.ts'
import type { ChangeKind, PlannedChange } from '../plan/plan.ts'
import type { Clock } from '../platform/clock.ts'
import type { Fault } from '../platform/errors.ts'
import type { LedgerEntry, Store } from '../store/store.ts'

/** How long the vendor keeps the answer to an idempotency key, and how long its look-ups may lag. */
export interface ProtocolTimes {
  /** Within this time after sending, the same body with the same key is sent again (25 minutes of the vendor's 30). */
  readonly replayMs: number
  /** An item may be missing from a look-up by key for so long after it was written. */
  readonly lookupLagMs: number
  /** Waits before the second, third … try of a request whose outcome is not known. */
  readonly retryMs: readonly number[]
  /** How long the lease of a run that died keeps others out. */
  readonly leaseMs: number
}

export interface OutboxPorts {
  readonly host: BoardHost
  readonly store: Store
  readonly clock: Clock
  readonly times: ProtocolTimes
  readonly run: string
  readonly layouts: LayoutsByBoard
}

export type LayoutsByBoard = ReadonlyMap<string, BoardLayout>

/** A planned change with what is needed to settle it, in this process or in one after a crash. */
export interface ChangeInHand {
  readonly change: PlannedChange
  readonly before: LedgerEntry | null
  /** The fact behind the item. */
  readonly from: string | null
}

/** What came of one change that was sent, or was found to have been sent. */
export interface ChangeResult {
  readonly board: string
  readonly key: string
  readonly kind: ChangeKind
  /** `stale`: it met a board that had moved on; what is still missing is planned again. */
  readonly status: 'applied' | 'refused' | 'unknown' | 'stale'
  /** True when the item turned out to be no longer on the board: planning again makes it anew. */
  readonly itemMissing: boolean
}

export interface Delivered {
  readonly results: readonly ChangeResult[]
  readonly calls: number
  /** Creations that may have been carried out twice: their keys must be looked up once look-ups have caught up. */
  readonly suspects: readonly { readonly board: string; readonly key: string }[]
  /**
   * The host refused the request as a whole. Of several changes those of which nothing was done have no result: their claims
   * are released.
   */
  readonly together?: true
  /** Why requests of earlier runs are still open, where they are. */
  readonly waiting?: readonly Fault[]
}

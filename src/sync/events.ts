import type { CostEstimate, SourceQuota } from '../source/source.ts'

/** What a run tells whoever watches it: one event per step or page, never per record. */
export type SyncEvent =
  | {
      readonly on: 'source'
      readonly is: 'reading' | 'done'
      readonly source: string
      readonly object: string
      readonly read: number
      readonly requests: number
      readonly ms: number
    }
  | {
      readonly on: 'source'
      readonly is: 'failed'
      readonly source: string
      readonly object: string
      readonly message: string
    }
  | {
      /** The object is optional, and the source does not have it. */
      readonly on: 'source'
      readonly is: 'absent'
      readonly source: string
      readonly object: string
    }
  /** What reading a source is about to cost. */
  | ({ readonly on: 'cost'; readonly source: string; readonly quota: SourceQuota | null } & CostEstimate)
  | {
      readonly on: 'sweep'
      readonly source: string
      readonly object: string
      readonly records: number
      readonly requests: number
    }
  | { readonly on: 'remap'; readonly source: string; readonly object: string; readonly records: number }
  | {
      readonly on: 'derive'
      readonly is: 'deriving' | 'done'
      readonly dossiers: number
      readonly of: number
      readonly ms: number
    }
  | { readonly on: 'map'; readonly board: string; readonly items: number; readonly whole: boolean }
  | {
      readonly on: 'board'
      readonly is: 'planning' | 'preparing' | 'reading' | 'recovering' | 'importing'
      readonly board: string
      readonly detail: string
    }
  | {
      readonly on: 'board'
      readonly is: 'applying'
      readonly board: string
      readonly done: number
      readonly of: number
      readonly calls: number
    }
  | {
      readonly on: 'board'
      readonly is: 'done'
      readonly board: string
      readonly changes: number
      readonly calls: number
      readonly ms: number
    }
  | { readonly on: 'board'; readonly is: 'failed'; readonly board: string; readonly message: string }

export type OnEvent = (event: SyncEvent) => void

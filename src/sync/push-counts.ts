import type { ChangeKind } from '../plan/plan.ts'
import type { ChangeResult } from './outbox-ports.ts'

/** What came of the changes of one board: each ends in exactly one count. */
export interface PushCounts {
  created: number
  updated: number
  moved: number
  archived: number
  /** Items that something was said of: updates and notifications. */
  said: number
  refused: number
  unknown: number
  stale: number
  pending: number
  calls: number
  /** Items that turned out to be gone: another plan makes them anew. */
  missing: number
}

export function noCounts(): PushCounts {
  return {
    created: 0,
    updated: 0,
    moved: 0,
    archived: 0,
    said: 0,
    refused: 0,
    unknown: 0,
    stale: 0,
    pending: 0,
    calls: 0,
    missing: 0,
  }
}

const APPLIED: Readonly<Record<ChangeKind, 'created' | 'updated' | 'moved' | 'archived' | 'said'>> = {
  create: 'created',
  update: 'updated',
  move: 'moved',
  archive: 'archived',
  post: 'said',
  notify: 'said',
}

/** Adds what came of one change to its board's counts. */
export function count(counts: Map<string, PushCounts>, result: ChangeResult): void {
  const own = countOf(counts, result.board)
  if (result.status === 'applied') own[APPLIED[result.kind]] += 1
  else own[result.status] += 1
  if (result.itemMissing) own.missing += 1
}

export function countOf(counts: Map<string, PushCounts>, board: string): PushCounts {
  let own = counts.get(board)
  if (own === undefined) {
    own = noCounts()
    counts.set(board, own)
  }
  return own
}

import { feedsBoard } from '../mapping/feeds.ts'
import type { BoardMapping, SourceMapping } from '../mapping/mapping.ts'
import type { StaleObject } from '../plan/guard.ts'
import type { Store } from '../store/store.ts'

/**
 * The objects that feed a board and were last read longer ago than the mapping's `fresh_within`, the oldest first; none
 * without such a limit. What was never read is not old: it is waited for otherwise.
 */
export async function staleObjects(
  store: Pick<Store, 'readState'>,
  sources: readonly SourceMapping[],
  board: BoardMapping,
  now: number,
): Promise<StaleObject[]> {
  const within = board.freshWithinMs
  if (within === null) return []
  const stale: StaleObject[] = []
  for (const { source, records } of sources) {
    for (const record of records) {
      if (!feedsBoard(record, board)) continue
      const state = await store.readState({ source, kind: record.kind })
      const ageMs = state === null ? 0 : now - state.at
      if (ageMs > within) stale.push({ source, object: record.object, ageMs, withinMs: within })
    }
  }
  return stale.sort((a, b) => b.ageMs - a.ageMs)
}

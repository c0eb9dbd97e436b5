import type { PlannedChange } from './plan.ts'

type Placed = Pick<PlannedChange, 'board' | 'kind' | 'group'>

/**
 * Parts changes into batches that one file can carry, in the order they came in: what makes items goes to one group of
 * one board, and changes of items, which a file never moves, go along with the board's largest such batch.
 */
export function batchesOf<T>(rows: readonly T[], changeOf: (row: T) => Placed): T[][] {
  const batches: T[][] = []
  for (const own of Map.groupBy(rows, (row) => changeOf(row).board).values()) {
    const creates = own.filter((row) => changeOf(row).kind === 'create')
    const updates = own.filter((row) => changeOf(row).kind !== 'create')
    const byGroup = [...Map.groupBy(creates, (row) => changeOf(row).group?.after ?? '').values()]
    byGroup.sort((a, b) => b.length - a.length)
    const [largest = [], ...others] = byGroup
    const mixed = new Set([...largest, ...updates])
    if (mixed.size > 0) batches.push(own.filter((row) => mixed.has(row)))
    batches.push(...others)
  }
  return batches
}

/** The sizes of those batches, of one board, from how many items are made in each group and how many are changed. */
export function batchSizes(creates: readonly number[], updates: number): number[] {
  const [largest = 0, ...others] = [...creates].sort((a, b) => b - a)
  return [largest + updates, ...others].filter((size) => size > 0)
}

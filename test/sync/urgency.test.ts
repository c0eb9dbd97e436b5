import { expect, test } from 'vitest'
import { MemoryHost } from '../../src/board/memory-board.ts'
import { type PlannedChange, SENDING_RANK } from '../../src/plan/plan.ts'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import type { BoardPlan } from '../../src/sync/plan-board.ts'
import { push } from '../../src/sync/push.ts'
import { START, TestClock } from './world.ts'

test('when the quota ends, the most urgent of all boards and of the whole plan have been sent', async () => {
  const clock = new TestClock(START)
  await using store = await openSqliteStore({ path: ':memory:', clock })
  await store.migrate()
  const faults = Object.fromEntries(Array.from({ length: 50 }, (_, n) => [n + 4, 'limited' as const]))
  const host = new MemoryHost({ clock, batch: 100, faults })
  const urgencyOf = (n: number) => (n * 7_919) % 20_011
  const plans: BoardPlan[] = []
  for (const [at, board] of ['deals', 'leads'].entries()) {
    const spec = { board, ref: { name: board, workspace: null }, create: true, groups: ['All'], people: [] }
    const key = { title: 'boardsync_key', type: 'text', key: true } as const
    const { layout } = await host.prepare({ ...spec, columns: [key] })
    await store.beginPlan({ id: board, board, at: 1 })
    for (let from = 0; from < 10_000; from += 500) {
      const rows = Array.from({ length: 500 }, (_, n) => createOf(board, from + n, urgencyOf(2 * (from + n) + at)))
      await store.appendPlan(
        board,
        rows.map((change, n) => ({
          seq: from + n,
          key: change.key,
          body: JSON.stringify({ change, from: null }),
          urgency: change.urgency,
          rank: SENDING_RANK[change.kind],
        })),
      )
    }
    await store.finishPlan(board, board, '{}')
    const summary = { create: 10_000, update: 0, move: 0, archive: 0 }
    plans.push({ board, id: board, layout, summary } as unknown as BoardPlan)
  }
  const times = { replayMs: 1, lookupLagMs: 1, retryMs: [1], leaseMs: 1 }

  const { boards, stopped } = await push({ host, store, clock, times, onEvent: () => {}, run: 'r' }, plans)

  expect(stopped?.code).toBe('memory-limited')
  const counts = [...boards.values()]
  expect(counts.map(({ created, pending }) => created + pending)).toEqual([10_000, 10_000])
  const sent: number[] = []
  for (const { layout } of plans) {
    if (layout !== null) for await (const { name } of host.ownItems(layout)) sent.push(Number(name))
  }
  const all = Array.from({ length: 20_000 }, (_, n) => urgencyOf(n)).sort((a, b) => b - a)
  expect(sent.sort((a, b) => b - a)).toEqual(all.slice(0, 300))
})

function createOf(board: string, n: number, urgency: number): PlannedChange {
  const key = `k${String(n).padStart(5, '0')}`
  return {
    board,
    key,
    kind: 'create',
    cause: 'new',
    why: '',
    removal: false,
    version: 0,
    name: String(urgency),
    group: null,
    cells: {},
    urgency,
    desired: 'd',
    complete: true,
    place: 'active',
    leftOn: null,
    steps: [{ kind: 'create', name: String(urgency), group: 'All', cells: {} }],
  }
}

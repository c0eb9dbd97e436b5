import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { MemoryFault } from '../../src/board/memory-board.ts'
import { isThorough } from '../thorough.ts'
import { openWorld, putAccount, putOpportunity, putUser, type World } from './world.ts'

async function worldWith(options: Parameters<typeof openWorld>[0]): Promise<World> {
  const world = await openWorld(options)
  putUser(world, 'u1', 'Ada')
  putAccount(world, 'a1')
  for (let n = 0; n < 12; n++) putOpportunity(world, `o${String(n).padStart(2, '0')}`)
  return world
}

/** What must hold whatever went wrong on the way: one item per key, and the board shows what the records say. */
async function assertRight(world: World): Promise<void> {
  const deals = await world.items('Deals')
  expect(deals.map((item) => item.key)).toEqual([...new Set(deals.map((item) => item.key))])
  expect(deals.map((item) => item.key)).toHaveLength(12)
  for (const item of deals) expect(item.cells.ARR).toBe('1200.5')
}

const FAULTS: readonly MemoryFault[] = ['lost-before', 'lost-after', 'limited', 'refuse-first']

describe('at every request that can go wrong, in every way', () => {
  for (const fault of FAULTS) {
    for (let nth = 1; nth <= 8; nth++) {
      if (!isThorough && (nth + FAULTS.indexOf(fault)) % 2 === 0) continue
      test(`${fault} at request ${nth}: one item per key and the board right`, async () => {
        await using world = await worldWith({ batch: 3, lagMs: 30_000, faults: { [nth]: fault } })
        await world.sync()
        world.clock.move(2 * 3_600_000)
        // What was refused is tried again once somebody asks for it, or its data changes.
        for (const board of ['deals', 'accounts', 'funnel']) {
          await world.store.clearRefusals(board, 'all')
          await world.store.listKeys(board, 'all')
        }
        const again = await world.sync()
        expect(again.problems).toEqual([])
        await assertRight(world)
        expect((await world.sync()).boards.map((board) => board.planned)).toEqual([0, 0, 0])
        expect(await world.store.openRequests()).toEqual([])
      })
    }
  }
})

test('many requests lost in a row, before and after they took effect, leave one item per key', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(fc.integer({ min: 1, max: 25 }), { maxLength: 8 }),
      fc.array(fc.constantFrom<MemoryFault>('lost-before', 'lost-after'), { minLength: 8, maxLength: 8 }),
      async (requests, faults) => {
        const byRequest = Object.fromEntries(requests.map((nth, n) => [nth, faults[n] ?? 'lost-after']))
        await using world = await worldWith({ batch: 3, lagMs: 30_000, faults: byRequest })
        for (let n = 0; n < 4; n++) {
          await world.sync()
          world.clock.move(3_600_000)
        }
        await assertRight(world)
        expect((await world.sync()).boards.map((board) => board.planned)).toEqual([0, 0, 0])
      },
    ),
    { numRuns: isThorough ? 25 : 5 },
  )
})

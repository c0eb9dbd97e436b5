import { describe, expect, test } from 'vitest'
import type { ReadState } from '../../src/store/store.ts'
import { pull, sync } from '../../src/sync/run.ts'
import { isThorough } from '../thorough.ts'
import { dyingAt } from './dying-store.ts'
import { EVERYTHING, openWorld, putAccount, putOpportunity, putUser, type World } from './world.ts'

/** Every call, or every so many of them: each takes a fifth of a second. */
const EVERY = isThorough ? 1 : 25

async function worldAtTheStart(): Promise<World> {
  const world = await openWorld({ batch: 3, lagMs: 30_000 })
  putUser(world, 'u1', 'Ada')
  for (const account of ['a1', 'a2', 'a3']) putAccount(world, account)
  for (let n = 0; n < 8; n++) putOpportunity(world, `o${n}`, { AccountId: `a${1 + (n % 3)}` })
  return world
}

/** One sync is done; deals were made, changed, moved and deleted since. */
async function worldInTheMiddle(): Promise<World> {
  const world = await worldAtTheStart()
  await world.sync()
  world.crm.remove('Opportunity', 'o2')
  putOpportunity(world, 'o3', { AccountId: 'a1', Amount: '77', StageName: 'Closed Won' })
  putOpportunity(world, 'o4', { AccountId: 'a2', Amount: '78' })
  for (let n = 9; n < 12; n++) putOpportunity(world, `o${n}`, { AccountId: `a${1 + (n % 3)}` })
  return world
}

/** A sweep is due: a formula has another value, one deal went and one came without a trace. */
async function worldToSweep(): Promise<World> {
  const world = await worldAtTheStart()
  await world.sync()
  world.crm.recalculate('Opportunity', 'o4', 'Amount', '78')
  world.crm.vanish('Opportunity', 'o2')
  putOpportunity(world, 'o9', { AccountId: 'a2', Amount: '79' })
  const { cursor, ...state } = (await world.store.readState(OPPORTUNITIES)) as ReadState
  const after = JSON.stringify({ ...JSON.parse(cursor), after: 1_000 }) as typeof cursor
  await world.store.savePage({ ...state, stream: OPPORTUNITIES, cursor: after, entries: [] })
  world.clock.move(8 * 86_400_000)
  return world
}

const OPPORTUNITIES = { source: 'crm', kind: 'opportunity' }

async function shown(world: World): Promise<object> {
  const boards: Record<string, object> = {}
  for (const board of ['Deals', 'Accounts', 'Funnel'])
    boards[board] = (await world.items(board)).map(({ key, name, group, cells }) => ({ key, name, group, cells }))
  return boards
}

/** Syncs once undisturbed, two hours later, and once more. */
async function settle(world: World): Promise<object> {
  world.clock.move(2 * 3_600_000)
  expect((await world.sync()).problems).toEqual([])
  expect((await world.sync()).boards.map((board) => board.planned)).toEqual([0, 0, 0])
  expect(await world.store.openRequests()).toEqual([])
  return await shown(world)
}

/** Returns the call before which the process died; `null` when the sync came to its end first. */
async function dieAt(open: () => Promise<World>, nth: number, expected: object, work = sync): Promise<string | null> {
  await using world = await open()
  const { store, died } = dyingAt(world.store, nth)
  await work({ ...world.ports(), store }, EVERYTHING).catch(() => {})
  expect(await settle(world), `died before ${died()}, call ${nth}`).toEqual(expected)
  return died()
}

/** Dies before every `step`th call, and returns the names of these calls. */
async function dieEverywhere(open: () => Promise<World>, step: number, work = sync): Promise<string[]> {
  await using undisturbed = await open()
  await undisturbed.sync()
  const expected = await settle(undisturbed)
  const died = new Set<string>()
  for (let nth = 1, ended = false; !ended; nth += 4 * step) {
    const calls = await Promise.all([0, 1, 2, 3].map((n) => dieAt(open, nth + n * step, expected, work)))
    for (const call of calls) if (call !== null) died.add(call)
    ended = calls.includes(null)
  }
  return [...died]
}

describe('a sync that dies leaves nothing that the next one does not make right', () => {
  test('died before calls to the store', async () => {
    const all = ['savePage', 'saveDerived', 'saveDesired', 'totals', 'claim', 'markSending', 'settle']
    const died = await dieEverywhere(worldInTheMiddle, EVERY)
    if (isThorough) expect(died).toEqual(expect.arrayContaining(all))
    else expect(died.length).toBeGreaterThan(5)
  }, 240_000)

  test('died before calls to the store in a pull that sweeps', async () => {
    await using world = await worldToSweep()
    await world.sync()
    const arr = Object.fromEntries((await world.items('Deals')).map(({ key, cells }) => [key, cells.ARR]))
    expect(arr).toMatchObject({ o1: '1200.5', o4: '78', o9: '79' })
    expect(arr).not.toHaveProperty('o2')
    const all = ['beginSweep', 'saveSwept', 'unswept', 'forgetGone', 'finishSweep']
    const died = await dieEverywhere(worldToSweep, EVERY, pull)
    if (isThorough) expect(died).toEqual(expect.arrayContaining(all))
    else expect(died.length).toBeGreaterThan(3)
  }, 240_000)

  test('died in a first sync', async () => {
    expect((await dieEverywhere(worldAtTheStart, 2 * EVERY)).length).toBeGreaterThan(3)
  }, 240_000)
})

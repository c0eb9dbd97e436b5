import { expect, test } from 'vitest'
import { apply, plan } from '../../src/sync/run.ts'
import { statusOf } from '../../src/sync/status.ts'
import { EVERYTHING, FILES, openWorld, putAccount, putOpportunity, putUser, type World } from './world.ts'

const HOUR = 3_600_000
const DEALS = { ...EVERYTHING, boards: ['deals'] }

/** A world whose deals board wants nothing older than 26 h, and has one deal. */
async function openFresh(): Promise<World> {
  const world = await openWorld()
  world.edit({ deals: `${FILES.deals}fresh_within: 26h\n` })
  putUser(world, 'u1', 'Ann')
  putAccount(world, 'a1')
  putOpportunity(world, 'o1')
  await world.sync()
  return world
}

/** A change that waits to be sent: somebody edited the board. */
async function edit(world: World): Promise<void> {
  const layout = await world.host.inspect({ name: 'Deals', workspace: null })
  const [item] = await world.items('Deals')
  world.host.edit(layout?.boardId ?? '', item?.itemId ?? '', { cells: { ARR: '1' } })
}

const status = async (world: World) =>
  (await statusOf(world.store, world.ports().mappings, world.clock.now())).boards.find(({ board }) => board === 'deals')
    ?.stale

test('what is older than fresh_within is not sent, and said with the command that mends it', async () => {
  await using world = await openFresh()
  await edit(world)
  world.clock.move(27 * HOUR)
  const { plans } = await plan(world.ports(), { ...DEALS, reread: true })
  expect(plans[0]?.guard.verdict).toBe('refused')
  expect(plans[0]?.guard.faults[0]).toMatchObject({
    code: 'plan-source-stale',
    message: expect.stringMatching(
      /too old: crm \w+ was last read 27 h ago \(and 3 more objects with it\), and fresh_within is 26 h$/,
    ),
    hint: 'Run sync, or pull crm and plan again',
  })
  const result = await apply(world.ports(), DEALS)
  expect(result.exit).toBe(4)
  expect(result.boards[0]).toMatchObject({ updated: 0, pending: 1 })
  expect((await world.items('Deals'))[0]?.cells['ARR']).toBe('1')
  expect(await status(world)).toContain('was last read 27 h ago')

  const mended = await world.sync()
  expect(mended.exit).toBe(0)
  expect((await world.items('Deals'))[0]?.cells['ARR']).not.toBe('1')
  expect(await status(world)).toBeNull()
})

test('a plan that was shown while all was fresh is not sent once it is old', async () => {
  await using world = await openFresh()
  await edit(world)
  const { plans } = await plan(world.ports(), { ...DEALS, reread: true })
  world.clock.move(27 * HOUR)
  const result = await apply(world.ports(), { ...DEALS, exactly: [plans[0]?.summary.digest ?? ''] })
  expect(result.problems.map(({ code }) => code)).toContain('plan-source-stale')
  expect((await world.items('Deals'))[0]?.cells['ARR']).toBe('1')
})

test('a read that finds nothing new makes a board fresh again', async () => {
  await using world = await openFresh()
  world.clock.move(20 * HOUR)
  await world.sync()
  world.clock.move(20 * HOUR)
  expect(await status(world)).toBeNull()
})

test('a board that is equal to what is old says so and is held back from nothing', async () => {
  await using world = await openFresh()
  world.clock.move(27 * HOUR)
  const { plans } = await plan(world.ports(), DEALS)
  expect(plans[0]?.guard.verdict).toBe('allowed')
  expect(plans[0]?.drift).toMatchObject([{ code: 'board-stale', hint: 'Run sync, or pull crm and plan again' }])
})

test('boards without fresh_within take what there is', async () => {
  await using world = await openFresh()
  world.clock.move(1_000 * HOUR)
  const accounts = await plan(world.ports(), { ...EVERYTHING, boards: ['accounts'] })
  expect(accounts.plans[0]).toMatchObject({ guard: { verdict: 'allowed' }, drift: [] })
})

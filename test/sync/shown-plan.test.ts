import { expect, test } from 'vitest'
import { shortDigest } from '../../src/plan/plan.ts'
import { apply, plan, pull } from '../../src/sync/run.ts'
import { EVERYTHING, FILES, openWorld, putAccount, putOpportunity, type World } from './world.ts'

async function company(): Promise<World> {
  const world = await openWorld()
  putAccount(world, 'a1')
  for (const id of ['o1', 'o2', 'o3', 'o4']) putOpportunity(world, id)
  return world
}

async function planOf(world: World, board: string): Promise<string> {
  const { plans } = await plan(world.ports(), EVERYTHING)
  return shortDigest(plans.find((made) => made.board === board)?.summary.digest ?? '')
}

async function send(world: World, ...exactly: string[]) {
  return apply(world.ports(), { ...EVERYTHING, exactly })
}

test('exactly the plan with this digest is sent: other boards are not touched', async () => {
  await using world = await company()
  await pull(world.ports(), EVERYTHING)
  const digest = await planOf(world, 'deals')
  const result = await send(world, digest)
  expect(result.boards.map(({ board, created, planned }) => ({ board, created, planned }))).toEqual([
    { board: 'deals', created: 4, planned: 4 },
  ])
  expect(result).toMatchObject({ problems: [], exit: 0 })
  expect(result.boards[0]?.digest).toBe(digest)
})

test('a change that moved since a plan was seen is dropped as stale, and what came up since is left to the next', async () => {
  await using world = await company()
  await world.sync()
  putOpportunity(world, 'o1', { Amount: '7' })
  putOpportunity(world, 'o2', { Amount: '8' })
  await pull(world.ports(), EVERYTHING)
  const digest = await planOf(world, 'deals')
  putOpportunity(world, 'o2', { Amount: '9' })
  await pull(world.ports(), EVERYTHING)
  const result = await send(world, digest)
  expect(result.boards[0]).toMatchObject({ planned: 3, updated: 1, stale: 1, pending: 1 })
  expect(result.problems.map(({ code, message }) => `${code}: ${message}`)).toEqual([
    `plan-stale: 1 of the 2 changes of plan ${digest} no longer hold and were not sent`,
    `plan-overtaken: 1 change came up after plan ${digest} and was left for the next`,
  ])
  expect(result.exit).toBe(3)
  expect((await world.sync()).boards.find(({ board }) => board === 'deals')).toMatchObject({ updated: 1 })
})

test('to name the digest of a plan is the word that a changed mapping wants', async () => {
  await using world = await company()
  await world.sync()
  world.edit({ deals: FILES.deals.replace("name: '{account.name}: {opportunity.name}'", "name: '{opportunity.name}'") })
  expect(await send(world, await planOf(world, 'deals'))).toMatchObject({ problems: [], boards: [{ updated: 4 }] })
  expect((await world.sync()).problems).toEqual([])
})

test('a plan of few items that changed is guarded against the whole board when it is sent by its digest, too', async () => {
  await using world = await openWorld()
  putAccount(world, 'a1')
  const ids = Array.from({ length: 50 }, (_, i) => `o${i}`)
  for (const id of ids) putOpportunity(world, id)
  await world.sync()
  for (const id of ids.slice(0, 20)) putOpportunity(world, id, { Amount: '7' })
  await pull(world.ports(), EVERYTHING)
  const result = await send(world, await planOf(world, 'deals'))
  expect(result).toMatchObject({ problems: [], boards: [{ updated: 20 }] })
})

test('a plan that is sent twice changes nothing the second time', async () => {
  await using world = await company()
  await pull(world.ports(), EVERYTHING)
  const digest = await planOf(world, 'deals')
  await send(world, digest)
  expect((await send(world, digest)).boards[0]).toMatchObject({ created: 0, stale: 4 })
})

test('a digest of no plan sends nothing', async () => {
  await using world = await company()
  await world.sync()
  await expect(send(world, 'abcdefabcdef')).rejects.toMatchObject({
    code: 'plan-unknown',
    message: 'There is no plan with the digest "abcdefabcdef"; nothing was sent',
  })
  await expect(send(world, (await planOf(world, 'deals')).slice(0, 6))).rejects.toMatchObject({ code: 'plan-unknown' })
})

import { expect, test } from 'vitest'
import { readTotalsFacts } from '../../src/sync/totals-facts.ts'
import { boardOf, openWorld, putAccount, putOpportunity, type World } from './world.ts'

async function openCompany(): Promise<World> {
  const world = await openWorld()
  putAccount(world, 'a1')
  putOpportunity(world, 'o1', { AccountId: 'a1', StageName: 'Closed Won', Amount: '500', CloseDate: '2026-01-15' })
  return world
}

function read(world: World, months = 12) {
  const { store, mappings, zone, clock } = world.ports()
  return readTotalsFacts({ store, model: mappings.model, zone, closedThrough: null }, zone.dayOf(clock.now()), months)
}

test('before anything is counted the reader is told to run plan', async () => {
  await using world = await openCompany()
  await expect(read(world)).rejects.toMatchObject({
    code: 'not-derived',
    hint: 'Run boardsync plan, which counts and writes to no board, then this again',
  })
})

test('what was counted by another model is refused', async () => {
  await using world = await openCompany()
  await world.sync()
  const { store, mappings, zone, clock } = world.ports()
  const model = { ...mappings.model, matureAt: 0.5 }
  await expect(
    readTotalsFacts({ store, model, zone, closedThrough: null }, zone.dayOf(clock.now()), 12),
  ).rejects.toMatchObject({
    code: 'not-derived',
  })
})

test('facts are those that boards show, and kinds that no board shows are not counted', async () => {
  await using world = await openCompany()
  await world.sync()
  expect((await read(world)).isCounted('arr_month')).toBe(false)
  world.edit({ others: { arr: boardOf('arr_month', 'end') } })
  await world.sync()
  const facts = await read(world)
  expect(facts.isCounted('arr_month')).toBe(true)
  const shown = (await world.items('arr_month')).map(({ name, cells }) => [name, cells.Value])
  const { currency } = world.ports().mappings.model
  expect(currency).toBe('USD')
  expect(facts.of('arr_month').map(({ id, end }) => [id, String((end as number) / 100)])).toEqual(shown)
  expect(shown.length).toBeGreaterThan(3)
})

test('months before those that boards show can be asked for, and change nothing in theirs', async () => {
  await using world = await openCompany()
  world.edit({ others: { arr: boardOf('arr_month', 'end') } })
  await world.sync()
  const [few, many] = [(await read(world, 1)).of('arr_month'), (await read(world, 36)).of('arr_month')]
  expect(many.length).toBeGreaterThan(few.length)
  expect(many).toEqual(expect.arrayContaining([...few]))
})

import { expect, test } from 'vitest'
import { boardOf, openWorld, putAccount, putOpportunity, type World } from './world.ts'

const ARR = { arr: boardOf('arr_month', 'end') }

async function openCompany(): Promise<World> {
  const world = await openWorld()
  putAccount(world, 'a1')
  for (const [id, amount] of [
    ['o1', '500'],
    ['o2', '700'],
  ] as const)
    putOpportunity(world, id, { AccountId: 'a1', StageName: 'Closed Won', Amount: amount, CloseDate: '2026-01-15' })
  return world
}

/** Parts of the totals by the first letters of their keys. */
async function partsOf(world: World): Promise<string> {
  const heads = new Set<string>()
  for await (const page of world.store.totals()) for (const [key] of page) heads.add(key[0] ?? '')
  return [...heads].sort().join('')
}

test('only what boards show is counted', async () => {
  await using world = await openCompany()
  await world.sync()
  expect(await partsOf(world)).toBe('CF')
})

test('the first board that shows a part of the totals has it counted over everything', async () => {
  await using world = await openCompany()
  await world.sync()
  world.edit({ others: ARR })
  const { derived } = await world.sync()
  expect(derived).toMatchObject({ fromScratch: true, dossiers: 1 })
  expect(await partsOf(world)).toBe('CFR')
  const items = await world.items('arr_month')
  expect(items.find(({ name }) => name.startsWith('2026-02') && name.includes('all'))?.cells).toMatchObject({
    Value: '1200',
  })
})

test('a part that was counted once goes on being counted, whatever boards a run knows', async () => {
  await using world = await openCompany()
  world.edit({ others: ARR })
  await world.sync()
  world.edit({ others: {} })
  putOpportunity(world, 'o2', { AccountId: 'a1', StageName: 'Closed Won', Amount: '900', CloseDate: '2026-01-15' })
  expect((await world.sync()).derived).toMatchObject({ fromScratch: false, dossiers: 1 })
  world.edit({ others: ARR })
  expect((await world.sync()).derived).toMatchObject({ fromScratch: false, dossiers: 0 })
  const items = await world.items('arr_month')
  expect(items.find(({ name }) => name.startsWith('2026-02') && name.includes('all'))?.cells).toMatchObject({
    Value: '1400',
  })
})

import { expect, test } from 'vitest'
import { createZone } from '../../src/platform/zone.ts'
import { simulate } from '../../src/sync/simulate.ts'
import { boardOf, FILES, openWorld, putAccount, putOpportunity, type World } from './world.ts'

const WON = { StageName: 'Closed Won', CloseDate: '2026-01-15' }

async function openFamily(): Promise<World> {
  const world = await openWorld()
  world.edit({ others: { families: boardOf('arr_family', 'end') } })
  putAccount(world, 'parent')
  putAccount(world, 'child', { ParentId: 'parent' })
  putOpportunity(world, 'o1', { AccountId: 'parent', Amount: '500', ...WON })
  putOpportunity(world, 'o2', { AccountId: 'child', Amount: '700', ...WON })
  return world
}

/** ARR by family, in whole dollars. */
async function endsOf({ store }: World): Promise<Record<string, number>> {
  const ends: Record<string, number> = {}
  for await (const page of store.totals())
    for (const [key, value] of page) if (key.startsWith('fa|')) ends[key.split('=')[1] ?? ''] = value / 100
  return ends
}

test('the ARR of a parent counts for its family as soon as an account names it, and no longer than that', async () => {
  await using world = await openFamily()
  await world.sync()
  expect(await endsOf(world)).toEqual({ parent: 1200 })
  expect((await world.items('arr_family')).map(({ cells }) => cells.Value)).toEqual(['1200'])
  putAccount(world, 'child', { ParentId: null })
  await world.sync()
  expect(await endsOf(world)).toEqual({})
  putAccount(world, 'other', { ParentId: 'child' })
  putOpportunity(world, 'o3', { AccountId: 'other', Amount: '40', ...WON })
  await world.sync()
  expect(await endsOf(world)).toEqual({ child: 740 })
})

test('where families are customers they are counted as one as soon as an account names another, and without a board of families', async () => {
  await using world = await openFamily()
  const model = (customer: string) => `${FILES.model}arr: { customer: ${customer} }\n`
  world.edit({ others: { arr: boardOf('arr_month', 'endAccounts') }, model: model('account') })
  await world.sync()
  const now = async () => (await world.items('arr_month')).find(({ key }) => key === '2026-03:all:all')?.cells.Value
  expect(await now()).toBe('2')
  const { store, clock, mappings: before } = world.ports()
  world.edit({ model: model('parent') })
  const { mappings: after } = world.ports()
  const { facts } = await simulate({ store, clock, before, after, zoneOf: createZone, on: null })
  await world.sync()
  expect(await now()).toBe('1')
  expect(facts.find(({ kind }) => kind === 'arr_month')?.rows.changed).toBe((await world.items('arr_month')).length)
  putAccount(world, 'child', { ParentId: null })
  await world.sync()
  expect(await now()).toBe('2')
  putAccount(world, 'parent', { ParentId: 'child' })
  await world.sync()
  expect(await now()).toBe('1')
})

test('a family in which nothing changed writes nothing', async () => {
  await using world = await openFamily()
  await world.sync()
  const { derived } = await world.sync()
  expect(derived).toMatchObject({ dossiers: 0 })
})

test('a run that died before it looked for parents is made good by the next one', async () => {
  await using world = await openFamily()
  const { store } = world
  await world.sync()
  const totals = async () => {
    const list: (readonly [string, number])[] = []
    for await (const page of store.totals()) list.push(...page)
    return list
  }
  const whole = await totals()
  // As it is left behind: the child is counted, the parent not yet known for one.
  await store.setNote('parents', '[]')
  await store.touchDossiers(['account:parent'])
  await store.setNote('families-behind', 'yes')
  await world.sync()
  expect(await totals()).toEqual(whole)
  expect(await store.note('families-behind')).toBeNull()
})

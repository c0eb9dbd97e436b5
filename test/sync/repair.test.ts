import { expect, test } from 'vitest'
import { apply, plan } from '../../src/sync/run.ts'
import { EVERYTHING, FILES, openWorld, putAccount, putOpportunity, putUser, type World } from './world.ts'

const DEALS = { ...EVERYTHING, boards: ['deals'] }

/** A world whose deals board keeps what people edit, with one deal on it. */
async function openKeeping(): Promise<World> {
  const world = await openWorld()
  world.edit({ deals: `${FILES.deals}when_edited_by_hand: keep\n` })
  putUser(world, 'u1', 'Ann')
  putAccount(world, 'a1')
  putOpportunity(world, 'o1')
  await world.sync()
  return world
}

async function arr(world: World): Promise<string | undefined> {
  return (await world.items('Deals'))[0]?.cells['ARR']
}

async function edit(world: World): Promise<void> {
  const layout = await world.host.inspect({ name: 'Deals', workspace: null })
  const [item] = await world.items('Deals')
  world.host.edit(layout?.boardId ?? '', item?.itemId ?? '', { cells: { ARR: '1' } })
}

test('repair writes over what people edited, where the mapping keeps it, and only what was shown', async () => {
  await using world = await openKeeping()
  const before = await arr(world)
  await edit(world)
  await world.sync({ reread: true })
  expect(await arr(world)).toBe('1')

  const { plans } = await plan(world.ports(), { ...DEALS, reread: true, repair: true })
  expect(plans[0]?.summary).toMatchObject({ update: 1, repair: true })
  const digest = plans[0]?.summary.digest ?? ''
  const result = await apply(world.ports(), { ...DEALS, exactly: [digest] })
  expect(result.boards[0]).toMatchObject({ updated: 1, stale: 0, pending: 0 })
  expect(await arr(world)).toBe(before)
})

test('what people did is told until the board is as it should be, and then no more', async () => {
  await using world = await openKeeping()
  await edit(world)
  const told = async (reread: boolean) =>
    (await plan(world.ports(), { ...DEALS, reread })).plans[0]?.drift.map(({ message }) => message)
  expect(await told(true)).toEqual(['1 cell was changed by hand in ARR'])
  expect(await told(true)).toEqual(['1 cell was changed by hand in ARR'])
  const synced = await world.sync()
  expect(synced.problems).toMatchObject([{ subject: 'deals', code: 'items-cells', exit: 0 }])
  expect(await told(false)).toEqual([])
})

/** The deals, told by what people did to their keys: as often as the board is looked at before it is mended. */
async function toldOfKeys(world: World, change: (keys: readonly string[]) => readonly string[]): Promise<string[][]> {
  const layout = await world.host.inspect({ name: 'Deals', workspace: null })
  const items = await world.items('Deals')
  change(items.map(({ key }) => key)).forEach((key, i) => {
    world.host.edit(layout?.boardId ?? '', items[i]?.itemId ?? '', { key })
  })
  const look = async () =>
    (await plan(world.ports(), { ...DEALS, reread: true })).plans[0]?.drift.map(({ message }) => message) ?? []
  return [await look(), await look()]
}

test('a key that was typed over is told alike at every look, and nothing is said to have been brought back', async () => {
  await using world = await openKeeping()
  const said = 'The key of 1 item was emptied or changed by hand; it is written again, so that the item stays ours'
  expect(await toldOfKeys(world, ([key]) => [`${key} `])).toEqual([[said], [said]])
  await world.sync()
  expect((await world.items('Deals')).map(({ key }) => key.trim())).toEqual(
    (await world.items('Deals')).map(({ key }) => key),
  )
})

test('items that got each other’s keys are told as that, and each shows what belongs to its key', async () => {
  await using world = await openKeeping()
  putOpportunity(world, 'o2')
  await world.sync()
  const [said] = await toldOfKeys(world, (keys) => keys.toReversed())
  expect(said).toEqual(['The keys of 2 items were exchanged by hand; each item shows what belongs to its key now'])
})

import { expect, test } from 'vitest'
import type { Snapshot, Store } from '../../src/store/store.ts'
import { pull } from '../../src/sync/run.ts'
import { boardOf, EVERYTHING, FILES, openWorld, putAccount, putOpportunity, type World } from './world.ts'

const DAY = 86_400_000
/** The first and the second day of syncs. */
const FIRST = Date.parse('2026-03-30T09:00:00Z')

async function openAccounts(): Promise<World> {
  const world = await openWorld({ start: FIRST })
  const others = {
    expansion: boardOf('arr_month', 'expansion'),
    movements: boardOf('arr_movement', 'change'),
  }
  world.edit({ others })
  putAccount(world, 'a1', { ARR: '1000' })
  putAccount(world, 'a2', { ARR: '400' })
  putAccount(world, 'a3')
  return world
}

async function sync(world: World) {
  const result = await world.sync()
  expect(result.problems).toEqual([])
  return result
}

/** What is kept, in short: account, day, ARR in whole units. */
async function keptIn(store: Store): Promise<(readonly [string, string, number | null])[]> {
  const kept = await store.snapshots('account', ['a1', 'a2', 'a3', 'a4'])
  return kept.map(({ id, day, body }: Snapshot) => {
    const { arr } = JSON.parse(body) as { arr: number | null }
    return [id, new Date(day * DAY).toISOString().slice(0, 10), arr === null ? null : arr / 100] as const
  })
}

async function totalsOf(store: Store): Promise<Record<string, number>> {
  const totals: Record<string, number> = {}
  for await (const page of store.totals()) for (const [key, value] of page) totals[key] = value
  return totals
}

/** What is counted of one measure of the months of ARR, by its letter. */
async function countedOf(store: Store, letter: string): Promise<number[]> {
  return Object.entries(await totalsOf(store)).flatMap(([key, value]) => (key.startsWith(`R${letter}|`) ? [value] : []))
}

async function valuesOf(world: World, board: string): Promise<Record<string, string | undefined>> {
  return Object.fromEntries((await world.items(board)).map(({ name, cells }) => [name, cells.Value]))
}

test('what changed in the ARR field between two days of syncs is the expansion of the month', async () => {
  await using world = await openAccounts()
  await sync(world)
  expect(await valuesOf(world, 'arr_month')).toMatchObject({ '2026-03:all:all': '0' })
  expect(await valuesOf(world, 'arr_movement')).toEqual({})

  world.clock.move(3 * DAY)
  putAccount(world, 'a1', { ARR: '1250' })
  putAccount(world, 'a3', { ARR: '90' })
  await sync(world)
  expect(await valuesOf(world, 'arr_month')).toMatchObject({ '2026-03:all:all': '0', '2026-04:all:all': '250' })
  expect(await valuesOf(world, 'arr_movement')).toEqual({ 'a1:2026-04': '250', 'a3:2026-04': '90' })
  expect(await keptIn(world.store)).toEqual([
    ['a1', '2026-03-30', 1000],
    ['a1', '2026-04-02', 1250],
    ['a2', '2026-03-30', 400],
    ['a3', '2026-04-02', 90],
  ])

  world.clock.move(DAY)
  const { derived } = await sync(world)
  expect(derived).toMatchObject({ dossiers: 0 })
  expect(await keptIn(world.store)).toHaveLength(4)
})

test('outlives deriving all anew, which gives the same', async () => {
  await using world = await openAccounts()
  await sync(world)
  world.clock.move(3 * DAY)
  putAccount(world, 'a1', { ARR: '1250' })
  putAccount(world, 'a2', { ARR: null })
  await sync(world)
  const before = await totalsOf(world.store)
  const kept = await keptIn(world.store)
  expect(kept).toContainEqual(['a2', '2026-04-02', null])
  await world.store.setNote('derived-with', null)
  const { derived } = await sync(world)
  expect(derived).toMatchObject({ fromScratch: true })
  expect(await totalsOf(world.store)).toEqual(before)
  expect(await keptIn(world.store)).toEqual(kept)
})

test('follows an account that is merged, though nothing else hangs on it, and comes back with it', async () => {
  await using world = await openAccounts()
  await sync(world)
  world.clock.move(3 * DAY)
  world.crm.remove('Account', 'a2', 'a1')
  await sync(world)
  expect(await keptIn(world.store)).toContainEqual(['a2', '2026-04-02', null])
  expect(await valuesOf(world, 'arr_movement')).toEqual({ 'a1:2026-04': '-400' })
  putAccount(world, 'a2', { ARR: '400' })
  await sync(world)
  expect(await countedOf(world.store, 'k')).toEqual([])
  expect(await countedOf(world.store, 'o')).toEqual([140_000])
})

test('begins, for a field that is mapped later, on that day: what is there then is no new ARR, what comes after is', async () => {
  await using world = await openAccounts()
  world.edit({ source: FILES.source.replace('arr: { field: ARR, optional: true }', '') })
  await sync(world)
  expect(await world.store.hasSnapshots('account')).toBe(false)
  world.edit({ source: FILES.source })
  world.clock.move(DAY)
  await sync(world)
  putAccount(world, 'a4', { ARR: '70' })
  world.clock.move(DAY)
  await sync(world)
  expect(await valuesOf(world, 'arr_movement')).toEqual({ 'a4:2026-04': '70' })
  expect(await countedOf(world.store, 'o')).toEqual([140_000])
})

test('asks for nothing where no account has an ARR field, but once a derive whether anything is kept', async () => {
  await using world = await openWorld({ start: FIRST })
  for (let i = 0; i < 20; i += 1) putAccount(world, `a${i}`)
  putOpportunity(world, 'o1', { AccountId: 'a1', Amount: '500', StageName: 'Closed Won', CloseDate: '2026-01-15' })
  const asked: string[] = []
  const { store, ...ports } = world.ports()
  const watched = new Proxy(store, {
    get(target, name) {
      if (/snapshots$/i.test(String(name)) && String(name) !== 'finishSnapshot') asked.push(String(name))
      const member: unknown = Reflect.get(target, name, target)
      return typeof member === 'function' ? member.bind(target) : member
    },
  })
  expect((await pull({ ...ports, store: watched }, EVERYTHING)).problems).toEqual([])
  expect(asked).toEqual(['hasSnapshots'])
  expect(await store.hasSnapshots('account')).toBe(false)
})

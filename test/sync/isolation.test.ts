import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Isolation } from '../../src/sync/isolation.ts'
import { openWorld, putAccount, putOpportunity, putUser, type World } from './world.ts'

/** Sends changes of which some are bad, `size` to a request, and returns what came of each and how many requests it took. */
function send(changes: number, bad: ReadonlySet<number>, size: number) {
  const isolation = new Isolation()
  const refused: number[] = []
  const applied: number[] = []
  let queue = Array.from({ length: changes }, (_, n) => n)
  let requests = 0
  while (queue.length > 0 && !isolation.isHopeless) {
    const batch = queue.slice(0, Math.min(size, isolation.most))
    requests += 1
    if (!batch.some((n) => bad.has(n))) {
      isolation.wentThrough(batch.length)
      applied.push(...batch)
    } else {
      isolation.wasRefused(batch.length)
      if (batch.length > 1) continue
      refused.push(...batch)
    }
    queue = queue.slice(batch.length)
  }
  return { applied, refused, requests, left: queue.length }
}

describe('one bad change among many', () => {
  test('stands alone in the end and the rest goes through, wherever it is', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), fc.nat(), (changes, at) => {
        const bad = at % changes
        const { applied, refused } = send(changes, new Set([bad]), 100)
        expect(refused).toEqual([bad])
        expect(applied).toEqual(Array.from({ length: changes }, (_, n) => n).filter((n) => n !== bad))
      }),
    )
  })

  test('costs at most log2 of the request and three requests more than it would have taken', () => {
    for (let bad = 0; bad < 100; bad++) {
      const { requests } = send(100, new Set([bad]), 100)
      expect(requests).toBeLessThanOrEqual(1 + Math.ceil(Math.log2(100)) + 3)
    }
  })
})

test('of several bad changes each stands alone, and none of the others is refused', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 200 }), fc.array(fc.nat(), { maxLength: 9 }), (changes, picks) => {
      const bad = new Set(picks.map((pick) => pick % changes))
      const { applied, refused, left } = send(changes, bad, 60)
      expect(left).toBe(0)
      expect(refused.toSorted((a, b) => a - b)).toEqual([...bad].toSorted((a, b) => a - b))
      expect(applied).toHaveLength(changes - bad.size)
    }),
  )
})

test('a host that refuses whatever it is sent is given up on after few requests', () => {
  const all = new Set(Array.from({ length: 5_000 }, (_, n) => n))
  expect(send(5_000, all, 100).requests).toBeLessThanOrEqual(17)
})

async function worldWith(options: Parameters<typeof openWorld>[0]): Promise<World> {
  const world = await openWorld(options)
  putUser(world, 'u1', 'Ada')
  putAccount(world, 'a1')
  for (let n = 0; n < 40; n++) putOpportunity(world, `o${String(n).padStart(2, '0')}`)
  return world
}

const deals = (result: Awaited<ReturnType<World['sync']>>) => result.boards.find(({ board }) => board === 'deals')

describe('a request that the host refuses as a whole', () => {
  test('is halved until the bad change stands alone; that one is refused by name, the rest is on the board', async () => {
    await using world = await worldWith({ refusedKeys: new Set(['o17']) })
    const result = await world.sync()
    expect(deals(result)).toMatchObject({ planned: 40, created: 39, refused: 1, pending: 0, unknown: 0, stale: 0 })
    expect((await world.items('Deals')).map(({ key }) => key)).not.toContain('o17')
    expect(await world.items('Deals')).toHaveLength(39)
    expect(await world.store.refusal('deals', 'o17')).toMatchObject({ code: 'cell-refused', key: 'o17' })
    expect(await world.store.openRequests()).toEqual([])
    expect(world.host.sent).toBeLessThanOrEqual(10)
  })

  test('is halved for updates, too, and none of the others turns out stale', async () => {
    const refusedKeys = new Set<string>()
    await using world = await worldWith({ refusedKeys })
    await world.sync()
    refusedKeys.add('o31')
    for (let n = 20; n < 40; n++) putOpportunity(world, `o${n}`, { Amount: '7' })
    const result = await world.sync()
    expect(deals(result)).toMatchObject({ planned: 20, updated: 19, refused: 1, pending: 0, unknown: 0, stale: 0 })
    const shown = Object.fromEntries((await world.items('Deals')).map(({ key, cells }) => [key, cells.ARR]))
    expect([shown.o30, shown.o31, shown.o32]).toEqual(['7', '1200.5', '7'])
  })

  test('without a word on whether anything was done: the board is asked first, and the bad change still ends alone', async () => {
    const refusedKeys = new Set<string>()
    await using world = await worldWith({ refusedKeys, refusesInDoubt: true, lagMs: 30_000 })
    refusedKeys.add('o17')
    const first = await world.sync()
    expect(deals(first)).toMatchObject({ planned: 40, created: 39, refused: 1, pending: 0, unknown: 0, stale: 0 })
    expect(await world.items('Deals')).toHaveLength(39)
    refusedKeys.add('o31')
    for (let n = 20; n < 40; n++) putOpportunity(world, `o${n}`, { Amount: '7' })
    const second = await world.sync()
    expect(deals(second)).toMatchObject({ planned: 21, updated: 19, refused: 2, pending: 0, unknown: 0, stale: 0 })
    expect(await world.items('Deals')).toHaveLength(39)
    expect(await world.store.refusal('deals', 'o31')).toMatchObject({ code: 'cell-refused' })
    expect(await world.store.openRequests()).toEqual([])
  })

  test('what was refused is not sent again until its data changes, or somebody asks for it', async () => {
    const refusedKeys = new Set(['o17'])
    await using world = await worldWith({ refusedKeys })
    await world.sync()
    const { sent } = world.host
    expect(deals(await world.sync())).toMatchObject({ planned: 1, refused: 1, calls: 0 })
    expect(world.host.sent).toBe(sent)
    refusedKeys.clear()
    expect(deals(await world.sync())).toMatchObject({ planned: 1, refused: 1 })
    putOpportunity(world, 'o17', { Amount: '8' })
    expect(deals(await world.sync())).toMatchObject({ planned: 1, created: 1, refused: 0 })
    expect((await world.items('Deals')).find(({ key }) => key === 'o17')?.cells.ARR).toBe('8')
  })

  test('a host that refuses everything ends the run after few requests; what is left is pending', async () => {
    const refusedKeys = new Set(Array.from({ length: 40 }, (_, n) => `o${String(n).padStart(2, '0')}`))
    await using world = await worldWith({ refusedKeys })
    const result = await world.sync({ boards: ['deals'] })
    expect(deals(result)).toMatchObject({ planned: 40, created: 0, refused: 10, pending: 30 })
    expect(result.problems).toMatchObject([{ code: 'board-refuses-all' }])
    expect(world.host.sent).toBeLessThanOrEqual(16)
    expect(await world.store.openRequests()).toEqual([])
  })
})

import { describe, expect, test } from 'vitest'
import type { MemoryFault } from '../../src/board/memory-board.ts'
import { memoryImports } from '../../src/board/memory-imports.ts'
import { FILES, openWorld, putAccount, putOpportunity, putUser, type World } from './world.ts'

const WON = `
updates:
  Won: { when: opportunity.isWon, text: 'Won: {opportunity.name}, {opportunity.arr} USD' }
notify:
  Won: { when: opportunity.isWon, to: owner.email, text: '{opportunity.name} is won' }
`
const DEALS = `${FILES.deals.replace('where: opportunity.isOpen\n', '')}${WON}`

async function worldThatSays(options: Parameters<typeof openWorld>[0] = {}, deals = DEALS): Promise<World> {
  const world = await openWorld(options)
  putUser(world, 'u1', 'Ada')
  putAccount(world, 'a1')
  for (let n = 0; n < 6; n++) putOpportunity(world, `o${n}`, n < 2 ? { StageName: 'Closed Won' } : {})
  world.edit({ deals })
  await world.sync()
  return world
}

/** Updates on the board as people read them, and what people were notified of. */
async function said(world: World): Promise<{ updates: string[]; notified: string[] }> {
  const layout = await world.host.inspect({ name: 'Deals', workspace: null })
  const items = await world.items('Deals')
  const updates =
    layout === null
      ? []
      : await world.host.updatesOn(
          layout,
          items.map(({ itemId }) => itemId),
        )
  return {
    updates: updates.map(({ text }) => text).sort(),
    notified: world.host.notified.map(({ email, text }) => `${email}: ${text}`).sort(),
  }
}

const NOTHING = { updates: [], notified: [] }
const o2 = { updates: ['Won: Sale o2, 1200.5 USD'], notified: ['u1@you.example: Sale o2 is won'] }

function deals(result: Awaited<ReturnType<World['sync']>>) {
  return result.boards.find(({ board }) => board === 'deals')
}

describe('what a board says of its items', () => {
  test('is said once, when it comes true, in changes of its own that are counted', async () => {
    await using world = await worldThatSays()
    putOpportunity(world, 'o2', { StageName: 'Closed Won' })
    const result = await world.sync()
    expect(result.problems).toEqual([])
    expect(deals(result)).toMatchObject({ moved: 1, said: 2, planned: 3 })
    expect(await said(world)).toEqual(o2)
    expect(deals(await world.sync({ reread: true }))).toMatchObject({ planned: 0 })
    expect(await said(world)).toEqual(o2)
  })

  test('is not said of what held before: on a first push, with a new store, or when it comes into the mapping', async () => {
    await using first = await worldThatSays()
    expect(await said(first)).toEqual(NOTHING)
    await using later = await worldThatSays({}, DEALS.replace(WON, ''))
    later.edit({ deals: DEALS })
    expect(deals(await later.sync())).toMatchObject({ planned: 0 })
    putOpportunity(later, 'o2', { StageName: 'Closed Won' })
    await later.sync()
    expect(await said(later)).toEqual(o2)
  })

  test('is taken as said of what a changed condition newly fits, and of nothing else', async () => {
    await using world = await worldThatSays()
    world.edit({ deals: DEALS.replaceAll('opportunity.isWon', 'has(opportunity.arr) && opportunity.arr > 1000') })
    await world.sync()
    expect(await said(world)).toEqual(NOTHING)
    putOpportunity(world, 'o9', { Amount: '5000.00' })
    await world.sync()
    expect((await said(world)).updates).toEqual(['Won: Sale o9, 5000 USD'])
  })

  test('of an item that is new, is said once the item is there', async () => {
    await using world = await worldThatSays()
    putOpportunity(world, 'o7', { StageName: 'Closed Won' })
    expect(deals(await world.sync())).toMatchObject({ created: 1, said: 2, planned: 3 })
    expect((await said(world)).updates).toEqual(['Won: Sale o7, 1200.5 USD'])
  })

  test('goes its own way beside what is imported', async () => {
    await using world = await worldThatSays({ batch: 3, imports: memoryImports({ calls: 2 }) })
    for (let n = 10; n < 30; n++) putOpportunity(world, `o${n}`, n < 12 ? { StageName: 'Closed Won' } : {})
    putOpportunity(world, 'o2', { StageName: 'Closed Won' })
    const result = await world.sync()
    expect(result.problems).toEqual([])
    expect(deals(result)).toMatchObject({ created: 20, moved: 1, said: 6, planned: 27 })
    expect((await said(world)).notified).toHaveLength(3)
  })

  test('is not said again when it stops holding and holds again, nor when people delete the item and it is made anew', async () => {
    await using world = await worldThatSays()
    putOpportunity(world, 'o2', { StageName: 'Closed Won' })
    await world.sync()
    putOpportunity(world, 'o2', { StageName: 'Negotiation' })
    await world.sync()
    putOpportunity(world, 'o2', { StageName: 'Closed Won' })
    await world.sync()
    const layout = await world.host.inspect({ name: 'Deals', workspace: null })
    const item = (await world.items('Deals')).find(({ key }) => key === 'o2')
    world.host.edit(layout?.boardId ?? '', item?.itemId ?? '', { archived: true })
    expect(deals(await world.sync({ reread: true }))).toMatchObject({ created: 1, said: 0 })
    expect(world.host.notified).toHaveLength(1)
    expect((await said(world)).updates).toEqual([])
  })

  test('is said once for each value of what tells occasions apart', async () => {
    const dated = DEALS.replaceAll('opportunity.isWon,', 'opportunity.isWon, once: opportunity.closeOn,')
    await using world = await worldThatSays({}, dated)
    for (const CloseDate of ['2026-06-30', '2026-07-31', '2026-06-30']) {
      putOpportunity(world, 'o2', { StageName: 'Closed Won', CloseDate })
      await world.sync()
    }
    expect((await said(world)).updates).toEqual([o2.updates[0], o2.updates[0]])
    expect(world.host.notified).toHaveLength(2)
  })

  test('is not told to people without an account, and the others are told', async () => {
    const two = DEALS.replace('to: owner.email', 'to: [owner.email, "\'ben@you.example\'"]')
    await using world = await worldThatSays({ people: ['ben@you.example'] }, two)
    putOpportunity(world, 'o2', { StageName: 'Closed Won' })
    const result = await world.sync()
    expect(world.host.notified.map(({ email }) => email)).toEqual(['ben@you.example'])
    expect(result.problems).toMatchObject([{ code: 'people-unknown', exit: 0 }])
    expect(deals(await world.sync())).toMatchObject({ planned: 0 })
  })

  test('waits for a word when it is more than the guard lets pass', async () => {
    await using world = await worldThatSays()
    world.edit({ model: `${FILES.model}guard: { max_said: 1 }\n` })
    for (const id of ['o2', 'o3']) putOpportunity(world, id, { StageName: 'Closed Won' })
    const result = await world.sync()
    expect(result.problems).toMatchObject([{ code: 'plan-says-too-much', exit: 4 }])
    expect(result.problems[0]?.message).toContain('would write updates under 2 items and notify people of 2 items')
    expect(deals(result)).toMatchObject({ pending: 6, said: 0 })
    expect(await said(world)).toEqual(NOTHING)
  })
})

describe('when requests go wrong', () => {
  const FAULTS: readonly MemoryFault[] = ['lost-before', 'lost-after', 'limited', 'refuse-first']

  for (const fault of FAULTS) {
    for (let nth = 1; nth <= 3; nth++) {
      test(`${fault} at request ${nth} of the run: all is said, and nothing twice`, async () => {
        const faults: Record<number, MemoryFault> = {}
        await using world = await worldThatSays({ lagMs: 30_000, faults })
        putOpportunity(world, 'o2', { StageName: 'Closed Won' })
        putOpportunity(world, 'o3', { StageName: 'Closed Won' })
        faults[world.host.sent + nth] = fault
        await world.sync()
        world.clock.move(2 * 3_600_000)
        await world.store.clearRefusals('deals', 'all')
        await world.store.listKeys('deals', 'all')
        expect((await world.sync()).problems).toEqual([])
        const { updates, notified } = await said(world)
        expect(updates).toEqual(['Won: Sale o2, 1200.5 USD', 'Won: Sale o3, 1200.5 USD'])
        expect(notified).toEqual(['u1@you.example: Sale o2 is won', 'u1@you.example: Sale o3 is won'])
        expect(deals(await world.sync())).toMatchObject({ planned: 0 })
        expect(await world.store.openRequests()).toEqual([])
      })
    }
  }

  test('a notification of which no answer ever came is not repeated: it is in doubt, and listed', async () => {
    const faults: Record<number, MemoryFault> = {}
    await using world = await worldThatSays({ lagMs: 30_000, faults })
    putOpportunity(world, 'o2', { StageName: 'Closed Won' })
    for (let n = 3; n <= 6; n++) faults[world.host.sent + n] = 'lost-after'
    expect(deals(await world.sync())).toMatchObject({ moved: 1, said: 1, unknown: 1 })
    world.clock.move(2 * 3_600_000)
    expect(deals(await world.sync())).toMatchObject({ planned: 0 })
    expect(world.host.notified).toHaveLength(1)
    expect(await world.store.refusal('deals', 'o2')).toMatchObject({ code: 'notification-in-doubt' })
  })
})

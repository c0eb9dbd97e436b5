import { describe, expect, test } from 'vitest'
import { type MemoryImportFault, memoryImports } from '../../src/board/memory-imports.ts'
import { costPlans } from '../../src/sync/plan-cost.ts'
import { plan, pull, type RunResult, sync } from '../../src/sync/run.ts'
import { unbalanced } from '../journey/journey.ts'
import { isThorough } from '../thorough.ts'
import { dyingAt } from './dying-store.ts'
import { EVERYTHING, FILES, openWorld, putAccount, putOpportunity, putUser, type World } from './world.ts'

const DEALS = 12

/** Twelve open deals in one group, for a host of which three changes fit a request and an import costs two calls. */
async function worldWith(
  options: Parameters<typeof memoryImports>[0] & { readonly lagMs?: number } = {},
): Promise<World> {
  const { lagMs = 30_000, ...imports } = options
  const world = await openWorld({ batch: 3, lagMs, imports: memoryImports({ calls: 2, ...imports }) })
  putUser(world, 'u1', 'Ada')
  putAccount(world, 'a1')
  for (let n = 0; n < DEALS; n++) putOpportunity(world, `o${String(n).padStart(2, '0')}`)
  return world
}

const HOUR = 3_600_000
const DEALS_ONLY = { ...EVERYTHING, boards: ['deals'] }
const syncDeals = (world: World) => world.sync(DEALS_ONLY)
const deals = (result: RunResult) => result.boards.find(({ board }) => board === 'deals')

/** What must hold whatever went wrong on the way. */
async function assertRight(world: World, arr = '1200.5', count = DEALS): Promise<void> {
  const items = await world.items('Deals')
  expect(items.map((item) => item.key)).toEqual([...new Set(items.map((item) => item.key))])
  expect(items).toHaveLength(count)
  for (const item of items) {
    expect(item).toMatchObject({ group: 'opportunity', name: expect.stringContaining('Sale o'), cells: { ARR: arr } })
  }
}

/** Syncs until nothing is written, hours apart, each run balanced. */
async function rest(world: World): Promise<void> {
  for (let n = 0; n < 2; n++) {
    world.clock.move(2 * HOUR)
    await world.store.clearRefusals('deals', 'all')
    await world.store.listKeys('deals', 'all')
    expect(unbalanced((await syncDeals(world)) as never)).toEqual([])
  }
  const last = await syncDeals(world)
  expect(last.problems).toEqual([])
  expect(last.boards.map((board) => board.planned)).toEqual([0])
  expect(await world.store.openRequests()).toEqual([])
}

describe('an import', () => {
  test('makes all items of a group in a few calls; the ledger holds what was sent, unread, until the board is read again', async () => {
    await using world = await worldWith()
    const first = await syncDeals(world)
    expect(first.problems).toEqual([])
    expect(deals(first)).toMatchObject({ created: DEALS, planned: DEALS })
    // Two to look at the board and prepare it, two for the import.
    expect(deals(first)?.calls).toBe(4)
    await assertRight(world)
    expect(await world.store.ledgerEntry('deals', 'o00')).toMatchObject({ state: 'settled', unread: true })
    expect((await syncDeals(world)).boards.map((board) => board.planned)).toEqual([0])
    const reread = await world.sync({ ...DEALS_ONLY, reread: true })
    expect(reread.boards.map((board) => board.planned)).toEqual([0])
    expect(await world.store.ledgerEntry('deals', 'o00')).toMatchObject({
      unread: false,
      cells: expect.stringMatching('1200.5'),
    })
  })

  test('is said beforehand: which way changes go, calls and time', async () => {
    await using world = await worldWith()
    await pull(world.ports(), EVERYTHING)
    const { plans } = await plan(world.ports(), DEALS_ONLY)
    expect(await costPlans(world.ports(), plans)).toEqual([
      { calls: 2, ms: 1_000, imported: DEALS, files: 1, later: 0, costOfSending: { calls: 4, ms: DEALS } },
    ])
    await syncDeals(world)
    expect(await costPlans(world.ports(), (await plan(world.ports(), DEALS_ONLY)).plans)).toMatchObject([
      { calls: 0, imported: 0 },
    ])
  })

  test('changes items that have been there for as long as look-ups lag, and not one second earlier', async () => {
    await using world = await worldWith()
    await syncDeals(world)
    for (let n = 0; n < DEALS; n++) putOpportunity(world, `o${String(n).padStart(2, '0')}`, { Amount: '7' })
    // Nobody waited: the import does, or the items would be made once more.
    const second = await syncDeals(world)
    expect(deals(second)).toMatchObject({ updated: DEALS, planned: DEALS, calls: 2 })
    await assertRight(world, '7')
  })

  test('is made for each group, so that nothing is to be moved afterwards', async () => {
    await using world = await worldWith({ calls: 1 })
    for (let n = 0; n < 8; n++) putOpportunity(world, `p${n}`, { StageName: 'Closed Won' })
    world.edit({ deals: FILES.deals.replace('where: opportunity.isOpen\n', '') })
    const first = await syncDeals(world)
    expect(deals(first)).toMatchObject({ created: DEALS + 8, moved: 0 })
    const items = await world.items('Deals')
    expect(items.filter(({ group }) => group === 'won').map(({ key }) => key)).toHaveLength(8)
    expect(items.filter(({ group }) => group === 'opportunity')).toHaveLength(DEALS)
    expect((await syncDeals(world)).boards.map((board) => board.planned)).toEqual([0])
  })

  test('leaves out keys that differ in case alone: they are sent in requests', async () => {
    await using world = await worldWith()
    putOpportunity(world, 'O00', { Name: 'Sale o00' })
    await syncDeals(world)
    expect(await world.store.ledgerEntry('deals', 'o00')).toMatchObject({ unread: false })
    expect(await world.store.ledgerEntry('deals', 'o01')).toMatchObject({ unread: true })
    await assertRight(world, '1200.5', DEALS + 1)
  })

  test('that meets an item made by somebody else takes it over, and what it does not show is planned again', async () => {
    await using world = await worldWith()
    const { layout } = await world.host.prepare({
      board: 'deals',
      ref: { name: 'Deals', workspace: null },
      create: true,
      columns: [{ title: 'boardsync_key', type: 'text', key: true }],
      groups: ['lead'],
      people: [],
    })
    const itemId = world.host.addByHand(layout.boardId, { name: 'By hand', group: 'lead', key: 'o03' })
    world.clock.move(60_000)
    await syncDeals(world)
    expect(await world.store.ledgerEntry('deals', 'o03')).toMatchObject({ itemId })
    await rest(world)
    await assertRight(world)
  })

  test('of changes to items that people removed or gave another key makes none of them twice', async () => {
    await using world = await worldWith()
    await syncDeals(world)
    world.clock.move(60_000)
    const [first, second] = await world.items('Deals')
    const board = await world.host.inspect({ name: 'Deals', workspace: null })
    if (first === undefined || second === undefined || board === null) throw new Error('no items')
    world.host.edit(board.boardId, first.itemId, { archived: true })
    world.host.addByHand(board.boardId, { name: 'A copy', group: 'opportunity', key: second.key })
    world.clock.move(60_000)
    for (let n = 0; n < DEALS; n++)
      putOpportunity(world, `o${String(n).padStart(2, '0')}`, { Amount: '7', Name: `Sale o${n}` })
    const run = await syncDeals(world)
    expect(unbalanced(run as never)).toEqual([])
    await rest(world)
    await assertRight(world, '7')
  })
})

describe('what goes wrong with an import', () => {
  const FAULTS: readonly MemoryImportFault[] = [
    'hour-used',
    'refused',
    'expired',
    'lost-before',
    'lost-after',
    'slow',
    'refuse-first',
  ]
  for (const fault of FAULTS) {
    for (const nth of [1, 2]) {
      test(`${fault} at import ${nth}: one item per key, the board right, counts balance`, async () => {
        await using world = await worldWith({ faults: { [nth]: fault } })
        expect(unbalanced((await syncDeals(world)) as never)).toEqual([])
        world.clock.move(60_000)
        for (let n = 0; n < DEALS; n++) putOpportunity(world, `o${String(n).padStart(2, '0')}`, { Amount: '7' })
        expect(unbalanced((await syncDeals(world)) as never)).toEqual([])
        await rest(world)
        await assertRight(world, '7')
      })
    }
  }

  test('an import that is refused is said, and its changes are sent', async () => {
    await using world = await worldWith({ faults: { 1: 'expired' } })
    const first = await syncDeals(world)
    expect(first.problems).toMatchObject([{ code: 'import-expired', exit: 0 }])
    expect(deals(first)).toMatchObject({ created: DEALS, pending: 0 })
    expect(await world.store.ledgerEntry('deals', 'o00')).toMatchObject({ unread: false })
  })

  test('an import that is still under way is in doubt, and looked at before anything else is sent', async () => {
    await using world = await worldWith({ faults: { 1: 'slow' } })
    const first = await syncDeals(world)
    expect(deals(first)).toMatchObject({ unknown: DEALS, created: 0 })
    expect(first.problems).toMatchObject([{ code: 'import-under-way', exit: 75 }])
    expect(await world.store.openRequests()).toHaveLength(1)
    const second = await syncDeals(world)
    expect(second.problems).toEqual([])
    expect(deals(second)).toMatchObject({ planned: 0, items: DEALS })
    await assertRight(world)
  })

  test('when the hour is used up, what requests would cost too much waits, and is pending', async () => {
    const limits = { rowsPerFile: 10_000, jobsPerHour: 100, itemsPerHour: 6, hourMs: HOUR }
    await using world = await worldWith({ limits, calls: 1 })
    const { host } = world
    host.budget = async () => ({ day: { limit: 100, used: 98 }, minute: null, complexity: null })
    const first = await syncDeals(world)
    expect(deals(first)).toMatchObject({ created: 6, pending: 6, planned: DEALS })
    expect(first.problems).toMatchObject([{ code: 'import-hour-used', exit: 75 }])
    world.clock.move(HOUR)
    expect(deals(await syncDeals(world))).toMatchObject({ created: 6, pending: 0 })
  })

  test('a refused row is a refusal of its key; it is not tried again before something changes', async () => {
    await using world = await worldWith({ faults: { 1: 'refuse-first' } })
    const first = await syncDeals(world)
    expect(deals(first)).toMatchObject({ created: DEALS - 1, refused: 1 })
    expect(await world.store.refusal('deals', 'o00')).toMatchObject({ code: 'cell-refused' })
    expect(deals(await syncDeals(world))).toMatchObject({ planned: 1, refused: 1, created: 0 })
  })
})

/** Calls to the store between which an import goes on. */
const STEPS = isThorough
  ? (['claim', 'setNote', 'markSending', 'openRequests', 'settle', 'saveRefusals', 'unclaim'] as const)
  : (['claim', 'markSending', 'settle'] as const)

describe('a process that dies while it imports', () => {
  /** Dies before the nth such call of a sync that makes items, or changes them. */
  async function dieAt(
    kind: 'create' | 'update',
    fault: MemoryImportFault | null,
    nth: number,
  ): Promise<string | null> {
    const imports = kind === 'create' ? 1 : 2
    await using world = await worldWith(fault === null ? {} : { faults: { [imports]: fault } })
    if (kind === 'update') {
      await syncDeals(world)
      world.clock.move(60_000)
    }
    for (let n = 0; n < DEALS; n++) putOpportunity(world, `o${String(n).padStart(2, '0')}`, { Amount: '7' })
    const { store, died } = dyingAt(world.store, nth, STEPS)
    await sync({ ...world.ports(), store }, DEALS_ONLY).catch(() => {})
    // The next run comes when the lease has ended, or much later.
    world.clock.move(nth % 2 === 0 ? 61_000 : 2 * HOUR)
    expect(unbalanced((await syncDeals(world)) as never), `died before ${died()}, call ${nth}`).toEqual([])
    await rest(world)
    await assertRight(world, '7')
    return died()
  }

  describe.concurrent.for(['create', 'update'] as const)('%s', (kind) => {
    const faults = [null, 'lost-before', 'lost-after', 'expired', 'slow'] as const
    test.for(isThorough ? faults : faults.slice(2, 3))(
      'the host: %s; one item per key, boards right, counts balance, nothing left open',
      { timeout: 240_000 },
      async (fault) => {
        const seen = new Set<string>()
        for (let nth = 1; ; nth++) {
          const died = await dieAt(kind, fault, nth)
          if (died === null) break
          seen.add(died)
        }
        expect([...seen]).toEqual(
          expect.arrayContaining(['claim', 'markSending', 'settle'].slice(0, fault === 'slow' ? 2 : 3)),
        )
      },
    )
  })
})

test('a worker that is paused before it hands over its file changes nothing once another has dealt with it', async () => {
  await using world = await worldWith()
  const ports = world.ports('paused')
  let other: Promise<RunResult> | null = null
  const store = new Proxy(ports.store, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target)
      if (typeof member !== 'function') return member
      if (name !== 'markSending' || other !== null) return member.bind(target)
      return async (...args: unknown[]) => {
        await member.apply(target, args)
        // Its lease ends while it sleeps.
        world.clock.move(120_000)
        other = syncDeals(world)
        await other
      }
    },
  })
  const paused = await sync({ ...ports, store }, DEALS_ONLY)
  expect(other).not.toBeNull()
  expect(unbalanced(paused as never)).toEqual([])
  expect(unbalanced((await (other as unknown as Promise<RunResult>)) as never)).toEqual([])
  await rest(world)
  await assertRight(world)
})

import { expect, test } from 'vitest'
import { Fault } from '../../src/platform/errors.ts'
import type { Source } from '../../src/source/source.ts'
import { sync } from '../../src/sync/run.ts'
import { EVERYTHING, FILES, openWorld, putAccount, putOpportunity, putUser, type World } from './world.ts'

async function company(): Promise<World> {
  const world = await openWorld()
  putUser(world, 'u1', 'Ada')
  for (const id of ['a1', 'a2']) putAccount(world, id)
  for (const id of ['o1', 'o2', 'o3']) putOpportunity(world, id)
  putOpportunity(world, 'o4', { AccountId: 'a2', StageName: 'Closed Won', CloseDate: '2026-02-20' })
  putOpportunity(world, 'o5', { AccountId: null })
  return world
}

test('a first sync makes every board show what the records say', async () => {
  await using world = await company()
  const result = await world.sync()
  expect(result.problems).toEqual([])
  expect(result.exit).toBe(0)
  const deals = await world.items('Deals')
  expect(deals.map(({ key, name, group, cells }) => ({ key, name, group, cells }))).toEqual([
    ...['o1', 'o2', 'o3'].map((key) => ({
      key,
      name: `Company a1: Sale ${key}`,
      group: 'opportunity',
      cells: { Stage: 'Prospecting', ARR: '1200.5', 'Close date': '2026-06-30', Owner: 'Ada' },
    })),
    expect.objectContaining({ key: 'o5', name: 'Sale o5' }),
  ])
  expect((await world.items('Accounts')).map(({ key, cells }) => [key, cells.Open, cells['Won ARR']])).toEqual([
    ['a1', '3', '0'],
    ['a2', '0', '1200.5'],
  ])
})

test('every count balances: read = stored + unchanged + rejected + deleted, planned = what came of it', async () => {
  await using world = await company()
  const first = await world.sync()
  for (const { read, stored, unchanged, rejected, deleted } of first.sources)
    expect(read).toBe(stored + unchanged + rejected + deleted)
  expect(first.sources.find((source) => source.kind === 'opportunity')).toMatchObject({ read: 5, stored: 5 })
  expect(first.boards.find((board) => board.board === 'deals')).toMatchObject({
    items: 4,
    planned: 4,
    created: 4,
    desired: 4,
    unchanged: 0,
  })
})

test('a record that no count accounts for is said, and the run ends as one that found a problem', async () => {
  await using world = await company()
  const ports = world.ports()
  const store = new Proxy(world.store, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target)
      if (typeof member !== 'function') return member
      if (name !== 'savePage') return member.bind(target)
      return async (page: Parameters<typeof target.savePage>[0]) => {
        const counts = await target.savePage(page)
        return page.object === 'Opportunity' ? { ...counts, unchanged: counts.unchanged - 1 } : counts
      }
    },
  })
  const result = await sync({ ...ports, store }, EVERYTHING)
  expect(result.exit).toBe(1)
  expect(result.problems.find(({ code }) => code === 'counts-do-not-balance')).toMatchObject({
    subject: 'crm Opportunity',
    exit: 1,
    hint: 'Report this with the run id; boardsync pull crm --sweep goes over every record again',
  })
})

test('a second sync makes no write', async () => {
  await using world = await company()
  await world.sync()
  const sent = world.host.sent
  const second = await world.sync()
  expect(world.host.sent).toBe(sent)
  expect(second.boards.map((board) => board.planned)).toEqual([0, 0, 0])
  expect(second.boards.find((board) => board.board === 'deals')).toMatchObject({ unchanged: 4, desired: 4 })
})

test('one changed opportunity is one request, on however many boards it shows', async () => {
  await using world = await company()
  await world.sync()
  const sent = world.host.sent
  putOpportunity(world, 'o4', { AccountId: 'a2', StageName: 'Negotiation' })
  const result = await world.sync()
  expect(world.host.sent).toBe(sent + 1)
  expect(result.boards.filter((board) => board.created + board.updated > 0).map((board) => board.board)).toEqual([
    'deals',
    'accounts',
    'funnel',
  ])
})

test('an item that leaves by where goes to Left, and comes back as the same item', async () => {
  await using world = await company()
  await world.sync()
  const before = (await world.items('Deals')).find((item) => item.key === 'o1')
  putOpportunity(world, 'o1', { StageName: 'Closed Lost' })
  await world.sync()
  expect((await world.items('Deals')).find((item) => item.key === 'o1')?.group).toBe('Left')
  putOpportunity(world, 'o1', { StageName: 'Negotiation' })
  await world.sync()
  const after = (await world.items('Deals')).find((item) => item.key === 'o1')
  expect(after).toMatchObject({ itemId: before?.itemId, group: 'opportunity', cells: { Stage: 'Negotiation' } })
})

test('an item gone at its source is archived', async () => {
  await using world = await company()
  await world.sync()
  world.crm.remove('Opportunity', 'o1')
  const result = await world.sync()
  expect(result.boards.find((board) => board.board === 'deals')).toMatchObject({ archived: 1, items: 3 })
  expect((await world.items('Deals')).map((item) => item.key)).toEqual(['o2', 'o3', 'o5'])
})

test('an edited source mapping is applied to what is stored, without reading a record again', async () => {
  await using world = await company()
  await world.sync()
  world.edit({ source: FILES.source.replace('amount: Amount', 'amount: { field: Amount, null_values: ["1200.50"] }') })
  const result = await world.sync()
  const opportunities = result.sources.find((source) => source.kind === 'opportunity')
  expect(opportunities).toMatchObject({ read: 0, remapped: 5 })
  expect((await world.items('Deals'))[0]?.cells.ARR ?? '').toBe('')
})

test('a changed board mapping wants one confirmation, and its digest gives it', async () => {
  await using world = await company()
  await world.sync()
  world.edit({ deals: FILES.deals.replace("name: '{account.name}: {opportunity.name}'", "name: '{opportunity.name}'") })
  const held = await world.sync()
  expect(held.exit).toBe(4)
  const [problem] = held.problems
  expect(problem?.code).toBe('plan-mapping-changed')
  const deals = held.boards.find((board) => board.board === 'deals')
  expect(deals).toMatchObject({ pending: 3, planned: 3 })
  const done = await world.sync({ allowed: { digest: deals?.digest ?? '' } })
  expect(done.problems).toEqual([])
  expect((await world.items('Deals')).map((item) => item.name)).toEqual(['Sale o1', 'Sale o2', 'Sale o3', 'Sale o5'])
})

test('a source that had records and delivers a full read of none deletes nothing', async () => {
  await using world = await company()
  await world.sync()
  for (const id of ['o1', 'o2', 'o3', 'o4', 'o5']) world.crm.remove('Opportunity', id)
  await world.store.forgetCursor({ source: 'crm', kind: 'opportunity' })
  const result = await world.sync()
  expect(result.problems.map((problem) => problem.code)).toEqual(['source-empty'])
  expect(result.exit).toBe(4)
  expect(await world.items('Deals')).toHaveLength(4)
})

test('a hand edit is seen when the board is read again, and is overwritten', async () => {
  await using world = await company()
  await world.sync()
  const layout = await world.host.inspect({ name: 'Deals', workspace: null })
  const [item] = await world.items('Deals')
  if (layout === null || item === undefined) throw new Error('no item')
  const byHand = world.host.compose([
    { kind: 'update', key: item.key, layout, itemId: item.itemId, cells: { ARR: '7' } },
  ])
  await world.host.send(byHand.body, 'by hand')
  expect((await world.sync()).boards.map((board) => board.updated)).toEqual([0, 0, 0])
  world.clock.move(25 * 3_600_000)
  const result = await world.sync()
  expect(result.boards.find((board) => board.board === 'deals')).toMatchObject({ updated: 1 })
  expect((await world.items('Deals'))[0]?.cells.ARR).toBe('1200.5')
})

test('a new store on boards that are full already takes their items over instead of making them again', async () => {
  await using world = await company()
  await world.sync()
  await using other = await openWorld()
  const ports = world.ports()
  const { sync } = await import('../../src/sync/run.ts')
  const result = await sync(
    { ...ports, store: other.store },
    { sources: 'all', boards: 'all', allowEmpty: false, reread: false, sweep: false },
  )
  expect(result.boards.map((board) => board.created)).toEqual([0, 0, 0])
  expect(await world.items('Deals')).toHaveLength(4)
})

test('a new store whose source cannot be read leaves full boards as they are', async () => {
  await using world = await company()
  await world.sync()
  await using other = await openWorld()
  const { sync } = await import('../../src/sync/run.ts')
  const ports = { ...world.ports(), store: other.store }
  const result = await sync({ ...ports, sources: new Map() }, EVERYTHING)
  expect(result.boards.map((board) => board.moved + board.archived)).toEqual([0, 0, 0])
  expect(result.problems.map((problem) => problem.code)).toContain('plan-source-unread')
  expect(result.exit).toBe(4)
  expect(await world.items('Deals')).toHaveLength(4)
  expect((await sync({ ...ports, run: 'later' }, EVERYTHING)).problems).toEqual([])
})

test('a row whose expression fails is refused by name; the others go on and its item stays', async () => {
  await using world = await company()
  await world.sync()
  const failing = `ARR: { type: numbers, value: "opportunity.id == 'o2' ? 1 / 0 : 5" }`
  world.edit({ deals: FILES.deals.replace('ARR: { type: numbers, value: opportunity.arr }', failing) })
  const held = await world.sync()
  const digest = held.boards.find((board) => board.board === 'deals')?.digest ?? ''
  const result = await world.sync({ allowed: { digest } })
  const refused: string[] = []
  for await (const page of world.store.refusals('deals'))
    refused.push(...page.map(({ key, column }) => `${key} ${column}`))
  expect(refused).toEqual(['o2 ARR'])
  expect(result.boards.find((board) => board.board === 'deals')).toMatchObject({ refused: 1, updated: 3, desired: 4 })
  expect((await world.items('Deals')).map(({ key, cells }) => [key, cells.ARR])).toEqual([
    ['o1', '5'],
    ['o2', '1200.5'],
    ['o3', '5'],
    ['o5', '5'],
  ])
})

test('what concerns a source as a whole is said once, and its other objects are not asked', async () => {
  await using world = await company()
  const asked: string[] = []
  const refused = new Fault('crm-login', 'The CRM refuses to log in', { blame: 'operator' })
  const source: Source = {
    ...world.crm,
    name: 'crm',
    read: ({ object }) => {
      asked.push(object)
      throw refused
    },
  }
  const { sync } = await import('../../src/sync/run.ts')
  const result = await sync({ ...world.ports(), sources: new Map([['crm', source]]) }, EVERYTHING)
  expect(result.problems.map(({ subject, code }) => `${subject} ${code}`)).toEqual(['crm crm-login'])
  expect(asked).toHaveLength(2)
})

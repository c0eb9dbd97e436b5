import { describe, expect, test } from 'vitest'
import { inLinkOrder } from '../../src/sync/links.ts'
import { FILES, openWorld, putAccount, putOpportunity, putUser, type World } from './world.ts'

const DEALS = `${FILES.deals}  Account: { type: board_relation, value: account.id, board: accounts.yaml }\n`

async function linkedWorld(files: Partial<typeof FILES> = {}): Promise<World> {
  const world = await openWorld({ batch: 5 })
  world.edit({ deals: DEALS, ...files })
  putUser(world, 'u1', 'Ada')
  putAccount(world, 'a1')
  putAccount(world, 'a2')
  putOpportunity(world, 'o1')
  putOpportunity(world, 'o2', { AccountId: 'a2' })
  return world
}

/** Key of the deal to keys of the accounts that its item links to. */
async function links(world: World): Promise<Record<string, string>> {
  const accounts = new Map((await world.items('Accounts')).map(({ itemId, key }) => [itemId, key]))
  const deals = await world.items('Deals')
  return Object.fromEntries(
    deals.map(({ key, cells }) => [
      key,
      (cells.Account ?? '')
        .split(', ')
        .filter(Boolean)
        .map((id) => accounts.get(id) ?? `#${id}`)
        .join(', '),
    ]),
  )
}

describe('a column that links to items of another board', () => {
  test('names the item that carries the key there, from the first sync on; a second sync writes nothing', async () => {
    await using world = await linkedWorld()
    const first = await world.sync()
    expect(first.problems).toEqual([])
    expect(await links(world)).toEqual({ o1: 'a1', o2: 'a2' })
    expect(first.boards.find(({ board }) => board === 'deals')).toMatchObject({ created: 2, updated: 0 })
    const { sent } = world.host
    expect((await world.sync()).boards.map(({ planned }) => planned)).toEqual([0, 0, 0])
    expect(world.host.sent).toBe(sent)
  })

  test('follows the record, and is empty while nothing is there to link to', async () => {
    await using world = await linkedWorld({ accounts: `${FILES.accounts}where: account.id != 'a2'\n` })
    await world.sync()
    expect(await links(world)).toEqual({ o1: 'a1', o2: '' })
    expect((await world.sync()).boards.map(({ planned }) => planned)).toEqual([0, 0, 0])
    putOpportunity(world, 'o2', { AccountId: 'a1' })
    await world.sync()
    expect(await links(world)).toEqual({ o1: 'a1', o2: 'a1' })
  })

  test('names the new item when the old one was archived by hand', async () => {
    await using world = await linkedWorld()
    await world.sync()
    const [account] = await world.items('Accounts')
    const layout = await world.host.inspect({ name: 'Accounts', workspace: null })
    world.host.edit(layout?.boardId ?? '', account?.itemId ?? '', { archived: true })
    await world.sync({ reread: true })
    expect(await links(world)).toEqual({ o1: 'a1', o2: 'a2' })
  })

  test('two boards may link to each other: what is missing after the first pass is there after the second', async () => {
    const accounts = `${FILES.accounts}  Deal: { type: board_relation, value: "account.id == 'a1' ? 'o1' : 'o2'", board: deals.yaml }\n`
    await using world = await linkedWorld({ accounts })
    const first = await world.sync()
    expect(first.problems).toEqual([])
    expect(await links(world)).toEqual({ o1: 'a1', o2: 'a2' })
    const deals = new Map((await world.items('Deals')).map(({ itemId, key }) => [itemId, key]))
    const back = (await world.items('Accounts')).map(({ key, cells }) => [key, deals.get(cells.Deal ?? '')])
    expect(back).toEqual([
      ['a1', 'o1'],
      ['a2', 'o2'],
    ])
    expect((await world.sync()).boards.map(({ planned }) => planned)).toEqual([0, 0, 0])
  })
})

test('a dependency names items of its own board, made in the same push; no item waits for itself', async () => {
  const columns = `  Waits for: { type: dependency, value: "'o1,o2'", split: ',' }\n`
  await using world = await linkedWorld({ deals: `${FILES.deals}${columns}` })
  expect((await world.sync()).problems).toEqual([])
  const deals = await world.items('Deals')
  const keys = new Map(deals.map(({ itemId, key }) => [itemId, key]))
  expect(deals.map(({ key, cells }) => [key, keys.get(cells['Waits for'] ?? '')])).toEqual([
    ['o1', 'o2'],
    ['o2', 'o1'],
  ])
  expect((await world.sync()).boards.map(({ planned }) => planned)).toEqual([0, 0, 0])
})

test('boards that are linked to come before those that link to them; a circle is one level', () => {
  const board = (name: string, ...linksTo: string[]) =>
    ({ board: name, columns: linksTo.map((one) => ({ title: one, linksTo: one })) }) as never
  const order = (...boards: never[]) =>
    inLinkOrder(boards as { board: string; columns: [] }[]).map((level) => level.map((one) => one.board))
  expect(order(board('a'), board('b'))).toEqual([['a', 'b']])
  expect(order(board('deals', 'accounts', 'features'), board('accounts'), board('features', 'accounts'))).toEqual([
    ['accounts'],
    ['features'],
    ['deals'],
  ])
  expect(order(board('a', 'b'), board('b', 'a'), board('c'))).toEqual([['c'], ['a', 'b']])
  expect(order(board('a', 'a'), board('b', 'elsewhere'))).toEqual([['a', 'b']])
})

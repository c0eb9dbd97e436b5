import { expect, test } from 'vitest'
import { MondayAccount } from './monday-account.ts'

const ITEMS = `query ($b: [ID!]) { boards(ids: $b) { items_count columns { title type } groups { title }
  items_page { items { id name group { title } column_values(ids: ["boardsync_key", "stage"]) { text } } } } }`

async function open() {
  const account = await MondayAccount.open()
  const board = await account.board()
  const id = await account.create(board, 'Acme', { boardsync_key: 'K1', stage: { label: 'Won' } })
  const seen = async () => (await account.ask(ITEMS, { b: [board] })).data.boards[0]
  return { account, board, id, seen, hands: account.vendor.hands }
}

test('what people do in the browser is seen by clients, and is no call and no side effect of theirs', async () => {
  const { account, seen, hands } = await open()
  await using _ = account
  const effects = account.engine.sideEffects.list().length
  account.engine.limits.set('monday.requestsPerMinute', 0)
  hands.edit('Deals', 'K1', { Stage: { label: 'Proposal' } })
  hands.duplicate('Deals', 'K1')
  hands.renameColumn('Deals', 'ARR', 'Money')
  hands.addGroup('Deals', 'Mine')
  hands.moveToGroup('Deals', 'K1', 'Mine')
  expect(account.engine.sideEffects.list()).toHaveLength(effects)
  account.engine.limits.set('monday.requestsPerMinute', 1_000)
  const board = await seen()
  expect(board.items_count).toBe(2)
  expect(board.columns.map((column: { title: string }) => column.title)).toContain('Money')
  expect(board.items_page.items).toMatchObject([
    { name: 'Acme', group: { title: 'Mine' }, column_values: [{ text: 'K1' }, { text: 'Proposal' }] },
    { name: 'Acme (copy)', column_values: [{ text: 'K1' }, { text: 'Proposal' }] },
  ])
})

test('a deleted label leaves its cells empty, a hidden one goes on being shown', async () => {
  const { account, seen, hands } = await open()
  await using _ = account
  const text = async () => (await seen()).items_page.items[0].column_values[1].text
  hands.deactivateLabel('Deals', 'Stage', 'Won')
  expect(await text()).toBe('Won')
  hands.deleteLabel('Deals', 'Stage', 'Won')
  expect(await text()).toBe('')
})

test('a group leaves with its items, and an item that is moved to another board is there', async () => {
  const { account, id, seen, hands } = await open()
  await using _ = account
  const other = await account.ask(
    'mutation { create_board(board_name: "Other", board_kind: public, empty: true) { id } }',
  )
  hands.moveToBoard('Deals', 'K1', 'Other')
  expect((await seen()).items_count).toBe(0)
  const there = await account.ask('query ($i: [ID!]) { items(ids: $i) { board { id } } }', { i: [id] })
  expect(there.data.items).toEqual([{ board: { id: other.data.create_board.id } }])
  hands.addItem('Deals', 'Beta', { boardsync_key: 'K2' })
  hands.addGroup('Deals', 'Mine')
  hands.deleteGroup('Deals', 'Group Title')
  expect(await seen()).toMatchObject({ items_count: 0, groups: [{ title: 'Mine' }] })
})

test('what a person cannot see is refused by name', async () => {
  const { account, hands } = await open()
  await using _ = account
  expect(() => hands.archive('Deals', 'K9')).toThrow('board "Deals" has no item with the key "K9"')
  expect(() => hands.deleteColumn('Deals', 'Colour')).toThrow('board "Deals" has no column "Colour"')
})

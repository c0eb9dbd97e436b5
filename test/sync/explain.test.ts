import { expect, test } from 'vitest'
import { explain } from '../../src/sync/explain.ts'
import { openWorld, putAccount, putOpportunity, type World } from './world.ts'

async function synced(): Promise<World> {
  const world = await openWorld()
  putAccount(world, 'a1')
  putOpportunity(world, 'o1')
  putOpportunity(world, 'o2', { StageName: 'Closed Won', CloseDate: '2026-02-20' })
  await world.sync()
  return world
}

async function explained(world: World, name: string, key: string) {
  const ports = world.ports()
  const board = ports.mappings.boards.find((one) => one.board === name)
  if (board === undefined) throw new Error(name)
  return explain(ports, board, key)
}

test('a cell is explained down to the raw field; money and days read as people write them', async () => {
  await using world = await synced()
  const { state, columns } = await explained(world, 'deals', 'o1')
  expect(state).toMatch(/^Item \S+ in the group opportunity$/)
  const shown = columns.map(({ title, desired, onBoard, fields }) => ({
    title,
    desired,
    onBoard,
    fields: fields.map(({ path, text, source }) => `${path} = ${text} < ${source?.field} ${source?.raw}`),
  }))
  expect(shown.find(({ title }) => title === 'ARR')).toEqual({
    title: 'ARR',
    desired: '1200.5',
    onBoard: '1200.5',
    fields: ['opportunity.arr = 1200.5 USD < undefined undefined'],
  })
  expect(shown.find(({ title }) => title === 'Close date')?.fields).toEqual([
    'opportunity.closeOn = 2026-06-30 < CloseDate 2026-06-30',
  ])
})

test('what is not on a board is explained by the condition and the fields it reads', async () => {
  await using world = await synced()
  const { state, where, columns } = await explained(world, 'deals', 'o2')
  expect(state).toBe('It is not on this board: it does not match `where`')
  expect(where?.value).toBe('opportunity.isOpen')
  expect(where?.fields).toMatchObject([{ path: 'opportunity.isOpen', text: 'no' }])
  expect(columns.every(({ desired, onBoard }) => desired === null && onBoard === null)).toBe(true)
})

test('a row of totals is explained by its fields', async () => {
  await using world = await synced()
  const [row] = await world.items('Funnel')
  const { columns } = await explained(world, 'funnel', row?.key ?? '')
  const read = columns.flatMap(({ fields }) => fields)
  expect(read.length).toBeGreaterThan(0)
  expect(read.some(({ text }) => text !== null)).toBe(true)
})

test('a key that nobody knows is a Fault with the way to a key', async () => {
  await using world = await synced()
  await expect(explained(world, 'deals', 'nobody')).rejects.toMatchObject({
    code: 'key-unknown',
    message: 'Board "deals" has no item with key "nobody", and no opportunity has that id',
  })
})

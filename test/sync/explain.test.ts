import { expect, test } from 'vitest'
import { explain } from '../../src/sync/explain.ts'
import { FILES, openWorld, putAccount, putOpportunity, type World } from './world.ts'

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

test('the raw amount of foreign money is said with its currency', async () => {
  await using world = await openWorld()
  world.edit({ source: FILES.source.replace('arr: { field: ARR, optional: true }', 'arr: ARR') })
  world.edit({ model: `${FILES.model}rates: { CHF: [{ from: 2020-01-01, rate: 1.5 }] }\n` })
  for (const [id, CurrencyIsoCode] of [
    ['a1', 'CHF'],
    ['a2', 'USD'],
  ] as const) {
    const fields = { Name: id, NumberOfEmployees: '50', CreatedDate: '2026-01-01T00:00:00.000Z', ARR: '100' }
    world.crm.put('Account', id, { ...fields, CurrencyIsoCode })
  }
  await world.sync()
  const arrOf = async (id: string) =>
    (await explained(world, 'accounts', id)).columns.find(({ title }) => title === 'ARR')?.fields
  expect(await arrOf('a1')).toMatchObject([{ text: '150 USD', source: { raw: '100', currency: 'CHF' } }])
  expect(await arrOf('a2')).toMatchObject([{ text: '100 USD', source: { raw: '100', currency: null } }])
})

test('an item that was archived shows no cells', async () => {
  await using world = await synced()
  world.crm.remove('Opportunity', 'o1')
  await world.sync()
  const { state, columns } = await explained(world, 'deals', 'o1')
  expect(state).toBe('It is not on this board')
  expect(columns.map(({ onBoard }) => onBoard)).toEqual([null, null, null, null])
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

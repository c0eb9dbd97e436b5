import assert from 'node:assert/strict'
import { ApiClient } from '@mondaydotcomorg/api'
import { expect, test } from 'vitest'
import { encodeShaped, type ShapedType } from '../../src/board/monday/shaped-cells.ts'
import { MondayAccount } from './monday-account.ts'

interface Read {
  readonly boards: readonly {
    readonly items_page: { readonly items: readonly { readonly column_values: readonly Record<string, unknown>[] }[] }
  }[]
}

/** Type, canonical text as this program writes it, the text people see, and the fields of the typed fragment. */
const TYPES: readonly (readonly [ShapedType, string, string, string, Readonly<Record<string, unknown>>])[] = [
  [
    'email',
    'a@b.example',
    'a@b.example',
    '... on EmailValue { email label }',
    { email: 'a@b.example', label: 'a@b.example' },
  ],
  [
    'phone',
    '+4930123456 DE',
    '+4930123456',
    '... on PhoneValue { phone country_short_name }',
    { phone: '+4930123456', country_short_name: 'DE' },
  ],
  [
    'country',
    'SE',
    'Sweden',
    '... on CountryValue { country { code name } }',
    { country: { code: 'SE', name: 'Sweden' } },
  ],
  [
    'location',
    '52.52,13.405 Berlin',
    'Berlin',
    '... on LocationValue { lat lng address }',
    { lat: 52.52, lng: 13.405, address: 'Berlin' },
  ],
  ['rating', '4', '4', '... on RatingValue { rating }', { rating: 4 }],
  [
    'timeline',
    '2026-11-01/2026-11-30',
    '2026-11-01 - 2026-11-30',
    '... on TimelineValue { from to }',
    { from: '2026-11-01T00:00:00+00:00', to: '2026-11-30T00:00:00+00:00' },
  ],
  [
    'week',
    '2026-11-16/2026-11-22',
    '2026-11-16 - 2026-11-22',
    '... on WeekValue { start_date end_date }',
    { start_date: '2026-11-16T00:00:00+00:00', end_date: '2026-11-22T00:00:00+00:00' },
  ],
  ['hour', '14:05', '02:05 PM', '... on HourValue { hour minute }', { hour: 14, minute: 5 }],
  [
    'world_clock',
    'Europe/Berlin',
    'Europe/Berlin',
    '... on WorldClockValue { timezone }',
    { timezone: 'Europe/Berlin' },
  ],
]

test.each(TYPES)(
  'a %s cell that we wrote is read by the official client',
  async (type, canonical, text, fragment, fields) => {
    await using account = await MondayAccount.open()
    const board = await account.board()
    const made = await account.ask(
      `mutation ($b: ID!) { create_column(board_id: $b, id: "cell", title: "Cell", column_type: ${type}) { id type } }`,
      { b: board },
    )
    assert.deepEqual(made.data.create_column, { id: 'cell', type })
    await account.create(board, 'full', { cell: encodeShaped(type, canonical) })
    await account.create(board, 'empty')
    const client = new ApiClient({ token: account.token, endpoint: account.endpoint, apiVersion: '2026-10' })
    const read = await client.request<Read>(
      `query ($b: [ID!]) { boards(ids: $b) { items_page { items { column_values(ids: ["cell"]) { text value ${fragment} } } } } }`,
      { b: [board] },
    )
    const [full, empty] = (read.boards[0]?.items_page.items ?? []).map((item) => item.column_values[0])
    expect(full).toMatchObject({ text, ...fields })
    expect(empty).toMatchObject({ text: '', value: null })
  },
)

test('tags that we asked for and wrote are read by the official client; one that nobody made is refused', async () => {
  await using account = await MondayAccount.open()
  const board = await account.board()
  await account.ask(
    'mutation ($b: ID!) { create_column(board_id: $b, id: "cell", title: "Cell", column_type: tags) { id } }',
    { b: board },
  )
  const { data } = await account.ask(
    'mutation { a: create_or_get_tag(tag_name: "EU") { id name } b: create_or_get_tag(tag_name: "US") { id } again: create_or_get_tag(tag_name: "eu") { id name } }',
    {},
  )
  assert.deepEqual(data.again, data.a)
  const ids = [Number(data.a.id), Number(data.b.id)]
  await account.create(board, 'full', { cell: { tag_ids: ids } })
  await account.create(board, 'empty')
  const client = new ApiClient({ token: account.token, endpoint: account.endpoint, apiVersion: '2026-10' })
  const read = await client.request<Read>(
    'query ($b: [ID!]) { boards(ids: $b) { items_page { items { column_values(ids: ["cell"]) { text value ... on TagsValue { tag_ids tags { name } } } } } } }',
    { b: [board] },
  )
  const [full, empty] = (read.boards[0]?.items_page.items ?? []).map((item) => item.column_values[0])
  expect(full).toMatchObject({ text: 'EU, US', tag_ids: ids, tags: [{ name: 'EU' }, { name: 'US' }] })
  expect(full?.value).not.toContain('EU')
  expect(empty).toMatchObject({ text: '', value: null, tag_ids: [] })
  await expect(account.create(board, 'bad', { cell: { tag_ids: [1] } })).rejects.toThrow('ColumnValueException')
})

test('links to items of a connected board are read by the official client; others are refused', async () => {
  await using account = await MondayAccount.open()
  const target = await account.board()
  const board = await account.board()
  await account.ask(
    'mutation ($b: ID!, $d: JSON) { create_column(board_id: $b, id: "cell", title: "Cell", column_type: board_relation, defaults: $d) { id } }',
    { b: board, d: { boardIds: [Number(target)] } },
  )
  const linked = Number(await account.create(target, 'Acme'))
  await account.create(board, 'full', { cell: { item_ids: [linked] } })
  const empty = await account.create(board, 'empty')
  const client = new ApiClient({ token: account.token, endpoint: account.endpoint, apiVersion: '2026-10' })
  const read = await client.request<Read>(
    'query ($b: [ID!]) { boards(ids: $b) { items_page { items { column_values(ids: ["cell"]) { text value ... on BoardRelationValue { linked_item_ids display_value } } } } } }',
    { b: [board] },
  )
  const [first, second] = (read.boards[0]?.items_page.items ?? []).map((item) => item.column_values[0])
  expect(first).toEqual({ text: null, value: null, linked_item_ids: [String(linked)], display_value: 'Acme' })
  expect(second).toEqual({ text: null, value: null, linked_item_ids: [], display_value: '' })
  for (const id of [Number(empty), 1]) {
    await expect(account.create(board, 'bad', { cell: { item_ids: [id] } })).rejects.toThrow('ColumnValueException')
  }
})

test.each<[ShapedType, unknown]>([
  ['email', { email: 'Anna', text: 'Anna' }],
  ['phone', { phone: '+4930123456', countryShortName: 'Germany' }],
  ['phone', { phone: 'by mail', countryShortName: 'DE' }],
  ['country', { countryCode: 'Sweden' }],
  ['location', { lat: '91', lng: '0' }],
  ['rating', { rating: 6 }],
  ['timeline', { from: '2026-11-30', to: '2026-11-01' }],
  ['timeline', '2026-11-30'],
  ['week', { week: { startDate: '2026-11-16', endDate: '2026-11-20' } }],
  ['hour', { hour: 24, minute: 0 }],
  ['world_clock', { timezone: 'Middle Earth' }],
])('a %s cell refuses %j', async (type, value) => {
  await using account = await MondayAccount.open()
  const board = await account.board()
  await account.ask(
    `mutation ($b: ID!) { create_column(board_id: $b, id: "cell", title: "Cell", column_type: ${type}) { id } }`,
    { b: board },
  )
  await expect(account.create(board, 'bad', { cell: value })).rejects.toThrow('ColumnValueException')
})

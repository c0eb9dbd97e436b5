import { existsSync, readFileSync } from 'node:fs'
import { buildSchema, type GraphQLSchema, parse, validate } from 'graphql'
import { beforeAll, describe, expect, test } from 'vitest'
import * as operations from '../../../src/board/monday/operations.ts'

/** The official schema of the pinned version lies beside the project; without it there is nothing to hold against. */
const SCHEMA = new URL('../../../../shared/api/monday-2026-10.graphql', import.meta.url)

const {
  changeItems,
  createStructure,
  describeColumns,
  findItemsById,
  findItemsByValue,
  getTags,
  readingLinks,
  ...documents
} = operations

describe.skipIf(!existsSync(SCHEMA))('every document fits the official schema of 2026-10', () => {
  let schema: GraphQLSchema
  beforeAll(() => {
    schema = buildSchema(readFileSync(SCHEMA, 'utf8'))
  })
  const problems = (query: string) => validate(schema, parse(query)).map((error) => error.message)

  test.each(Object.entries(documents).map(([name, query]) => [name, query as string]))('%s', (_, query) => {
    expect(problems(query)).toEqual([])
  })

  test('a document that does not fit is found out', () => {
    expect(problems('query { boards { nonsense } }')).toHaveLength(1)
  })

  test('look-ups by value and by id, in several chunks', () => {
    expect(problems(findItemsByValue('1', 'k', [['a'], ['b', 'c']], ['k']).query)).toEqual([])
    expect(problems(findItemsById([['1'], ['2']], ['k']).query)).toEqual([])
  })

  test('items with links', () => {
    for (const query of [operations.FIRST_ITEMS, operations.NEXT_ITEMS, findItemsById([['1']], ['k']).query]) {
      expect(readingLinks(query)).toContain('linked_item_ids')
      expect(problems(readingLinks(query))).toEqual([])
    }
    const boards = [{ id: '1', columns: ['k'] }]
    const changed = changeItems(boards, [{ kind: 'move', board: 0, itemId: '1', group: 'g' }]).query
    expect(problems(readingLinks(changed))).toEqual([])
    expect(readingLinks(changed)).toContain('linked_item_ids')
    expect(problems(createStructure('1', [{ title: 'L', type: 'board_relation', boardIds: ['2'] }], []).query)).toEqual(
      [],
    )
  })

  test('what columns show', () => {
    const columns = [
      { id: 'a', description: 'A.' },
      { id: 'b', description: 'B.' },
    ]
    expect(problems(describeColumns('1', columns).query)).toEqual([])
  })

  test('tags', () => {
    expect(problems(getTags(['a', 'b']).query)).toEqual([])
  })

  test('structure of every column type, and groups in every place', () => {
    const types = ['text', 'long_text', 'numbers', 'status', 'date', 'people', 'checkbox', 'link', 'dropdown']
    const labels = [{ label: 'A', color: 'teal', index: 0 }]
    const columns = types.map((type) => ({ title: type, type, description: 'What it is.', labels }))
    const groups = [
      { title: 'a' },
      { title: 'b', beside: { id: 'g', method: 'after_at' as const } },
      { title: 'c', beside: { id: 'g', method: 'before_at' as const } },
    ]
    expect(problems(createStructure('1', columns, groups).query)).toEqual([])
    expect(problems(createStructure('1', [{ id: 'boardsync_key', title: 'k', type: 'text' }], []).query)).toEqual([])
    expect(problems(createStructure('1', [], groups).query)).toEqual([])
  })

  const create = { kind: 'create', board: 0, group: 'g', name: 'n', columnValues: '{}' } as const
  const update = { kind: 'update', board: 1, itemId: '1', columnValues: '{}' } as const
  const move = { kind: 'move', board: 0, itemId: '1', group: 'g' } as const
  const archive = { kind: 'archive', board: 1, itemId: '1' } as const
  const post = { kind: 'post', board: 0, itemId: '1', body: 'b' } as const
  const notify = { kind: 'notify', board: 0, itemId: '1', userId: '2', text: 't' } as const
  test.each([
    ['updates under items', [post, post]],
    ['notifications', [notify]],
    ['everything', [create, update, move, archive]],
    ['creates alone', [create, create]],
    ['moves alone', [move]],
    ['archives alone', [archive]],
    ['an update and an archive', [archive, update]],
  ])('changes to items: %s', (_, mutations) => {
    const boards = [
      { id: '1', columns: ['k', 'a'] },
      { id: '2', columns: ['k'] },
    ].slice(0, mutations.some((one) => one.board === 1) ? 2 : 1)
    const { query, variables } = changeItems(boards, mutations)
    expect(problems(query)).toEqual([])
    const declared = [...query.slice(0, query.indexOf('{')).matchAll(/\$(\w+):/g)].map((match) => match[1])
    expect(Object.keys(variables).sort()).toEqual(declared.sort())
  })
})

test('nothing a record holds is read as GraphQL: texts travel as variables', () => {
  const evil = '") { id } } mutation { delete_board(board_id: 1) { id } #'
  const { query, variables } = changeItems(
    [{ id: '1', columns: ['k'] }],
    [{ kind: 'create', board: 0, group: evil, name: evil, columnValues: JSON.stringify({ a: evil }) }],
  )
  expect(query).not.toContain('delete_board')
  expect(variables).toMatchObject({ n0: evil, g0: evil })
})

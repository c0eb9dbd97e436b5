import { parse } from 'csv-parse/sync'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { BoardChange, BoardLayout } from '../../../src/board/board.ts'
import { composeFile, isRow } from '../../../src/board/monday/import-file.ts'
import { ImportPace } from '../../../src/board/monday/import-pace.ts'
import { outcomesOf } from '../../../src/board/monday/import-report.ts'

const column = (id: string, type: BoardLayout['columns'][string]['type'], labels?: Record<string, string>) => ({
  id,
  title: id.toUpperCase(),
  type,
  ...(labels === undefined ? {} : { labels }),
})
const COLUMNS = [
  column('txt', 'text'),
  column('arr', 'numbers'),
  column('stage', 'status', { Won: '1', '5': '2' }),
  column('day', 'date'),
  column('who', 'people'),
  column('risk', 'checkbox'),
  column('url', 'link'),
  column('tags', 'dropdown', { Core: '1', 'Add-on': '2', 'Seats, extra': '3' }),
  column('land', 'country'),
]
const LAYOUT: BoardLayout = {
  board: 'deals',
  boardId: '1',
  title: 'Deals',
  url: null,
  keyColumnId: 'boardsync_key',
  columns: Object.fromEntries(COLUMNS.map((one) => [one.title, one])),
  groups: { lead: 'g1', won: 'g2' },
  itemsCount: 0,
  itemsLimit: null,
}
type Create = Extract<BoardChange, { kind: 'create' }>
const create = (key: string, cells: Record<string, string> = {}, more: Partial<Create> = {}): Create => ({
  kind: 'create',
  key,
  layout: LAYOUT,
  name: `Item ${key}`,
  group: 'lead',
  cells,
  ...more,
})
const update = (key: string, cells: Record<string, string>): BoardChange => ({
  kind: 'update',
  key,
  layout: LAYOUT,
  itemId: '7',
  cells,
})
const userId = (email: string) => ({ 'ada@a.example': '11', 'ben@a.example': '12' })[email]
const rowsOf = (changes: readonly BoardChange[]) =>
  parse(composeFile(changes, userId).body.csv, { columns: true }) as Record<string, string>[]

describe('a file', () => {
  test('has a header of name, key and the columns that some row names, and cells in the words of files', () => {
    const cells = {
      TXT: 'a, "b"\nc',
      ARR: '1.5',
      STAGE: '5',
      DAY: '2026-11-22',
      WHO: 'ada@a.example, ben@a.example, nobody@a.example',
      RISK: 'v',
      URL: 'https://a.example/1 Open it',
      TAGS: 'Add-on, Core',
    }
    expect(rowsOf([create('a', cells), create('b', { URL: 'https://a.example' })])).toEqual([
      {
        name: 'Item a',
        boardsync_key: 'a',
        txt: 'a, "b"\nc',
        arr: '1.5',
        stage: '5',
        day: '2026-11-22',
        who: 'user:11,user:12',
        risk: 'true',
        url: '[Open it](https://a.example/1)',
        tags: 'Add-on,Core',
      },
      expect.objectContaining({ name: 'Item b', url: '[https://a.example](https://a.example)', txt: '', risk: '' }),
    ])
  })

  test('empties what an update names as empty, and leaves alone what it does not name', () => {
    expect(rowsOf([update('a', { TXT: '', RISK: '' }), update('b', { ARR: '1', WHO: 'nobody@a.example' })])).toEqual([
      { name: '', boardsync_key: 'a', txt: '<NULL>', risk: 'false', arr: '', who: '' },
      { name: '', boardsync_key: 'b', txt: '', risk: '', arr: '1', who: '<NULL>' },
    ])
  })

  test('any texts read back as they were written', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' }), { minLength: 1 }), (texts) => {
        const changes = texts.map((text, n) => create(`k${n}`, { TXT: `-${text}-` }))
        expect(rowsOf(changes).map(({ txt }) => txt)).toEqual(texts.map((text) => `-${text.toWellFormed()}-`))
      }),
    )
  })

  test('makes items of one group of one board only', () => {
    expect(composeFile([create('a', {}, { group: 'won' })], userId).body.import.groupId).toBe('g2')
    expect(() => composeFile([create('a'), create('b', {}, { group: 'won' })], userId)).toThrow()
    expect(() => composeFile([create('a'), { ...create('b'), layout: { ...LAYOUT, boardId: '2' } }], userId)).toThrow()
  })
})

describe('what no file carries is no row', () => {
  test.each([
    ['a date with a time', create('a', { DAY: '2026-11-22 10:30' })],
    ['a label that the column lacks', create('a', { STAGE: 'won' })],
    ['a dropdown label with a comma', create('a', { TAGS: 'Seats, extra' })],
    ['a link with brackets', create('a', { URL: 'https://a.example/(1) Open' })],
    ['a type that files do not have', create('a', { LAND: 'DE' })],
    ['a text that means an empty cell', create('a', { TXT: '<NULL>' })],
    ['a key with a space at its end', create('a ')],
    ['a key that means an empty cell', create('<NULL>')],
    ['an empty name', create('a', {}, { name: '' })],
    ['a column that the board lacks', create('a', { NOPE: '1' })],
  ])('%s', (_, change) => expect(isRow(change, new Set())).toBe(false))

  test('and what monday was seen to refuse', () => {
    const ticked = create('a', { RISK: 'v' })
    expect([isRow(ticked, new Set()), isRow(ticked, new Set(['checkbox']))]).toEqual([true, false])
  })
})

describe('a report', () => {
  const { body } = composeFile([create('a', { ARR: '1' }), create('b', { ARR: 'secret' })], userId)
  const rows = (base: number) =>
    `serialNo,status,itemId,error\n${base},created,7,""\n${base + 1},invalid,,"Column ""arr"": secret is no number"\n`

  test.each([0, 1, 2])('is read by serial numbers that begin at %i, in any order of lines', (base) => {
    const [header, first, second] = rows(base).split('\n')
    for (const text of [rows(base), [header, second, first].join('\n')])
      expect(outcomesOf(body, text)).toMatchObject([
        { status: 'applied', itemId: '7', made: true },
        { status: 'refused', code: 'cell-refused', column: 'ARR', message: expect.not.stringContaining('secret') },
      ])
  })

  test.each([
    ['leaves out a row', 'serialNo,status,itemId,error\n1,created,7,\n'],
    ['numbers two rows alike', 'serialNo,status,itemId,error\n1,created,7,\n1,created,8,\n'],
    ['has a gap', 'serialNo,status,itemId,error\n1,created,7,\n3,created,8,\n'],
    ['is no report', '<html>'],
    ['says what nobody knows', 'serialNo,status,itemId,error\n1,failed,,x\n2,odd,,\n'],
    ['names no item', 'serialNo,status,itemId,error\n1,created,,\n2,updated,,\n'],
  ])('that %s leaves its rows unknown', (_, text) => {
    expect(outcomesOf(body, text).map(({ status }) => status)).toEqual(['unknown', 'unknown'])
  })
})

describe('looks at a job', () => {
  const pace = new ImportPace(10_000)

  test('are never closer than the documented pace, nor more than two minutes apart, without progress one', () => {
    fc.assert(
      fc.property(fc.nat(3_600_000), fc.nat(100), fc.integer({ min: 1, max: 200 }), (waited, progress, looks) => {
        const ms = pace.next(waited, progress, looks)
        expect(ms).toBeGreaterThanOrEqual(10_000)
        expect(ms).toBeLessThanOrEqual(progress > 0 ? 120_000 : 60_000)
      }),
    )
  })

  test('are as late as progress lets foresee', () => {
    expect(pace.next(20_000, 50, 2)).toBe(20_000)
    expect(pace.next(20_000, 10, 2)).toBe(120_000)
    expect(pace.next(20_000, 99, 2)).toBe(10_000)
  })

  test('begin when the import should be over, at a multiple of the documented pace', () => {
    const fresh = new ImportPace(10_000)
    expect([1, 100, 1_000, 10_000].map((rows) => fresh.first(rows))).toEqual([20_000, 20_000, 20_000, 60_000])
    expect(fresh.estimate(100)).toMatchObject({ polls: 1 })
  })

  test('of a later process go by what an earlier one saw, unless it saw for itself', () => {
    const slow = new ImportPace(10_000)
    expect(slow.learned).toBeNull()
    slow.learn(10_000, 310_000)
    const next = new ImportPace(5_000)
    next.recall(slow.learned ?? 0)
    expect(next.learned).toBe(slow.learned)
    next.recall(1)
    expect(next.learned).toBe(slow.learned)
  })

  test('are few for a file of 10,000 rows, however slow', () => {
    expect(pace.estimate(10_000).polls).toBeLessThanOrEqual(6)
    const slow = new ImportPace(10_000)
    slow.learn(10_000, 310_000)
    expect(slow.estimate(10_000).polls).toBeLessThanOrEqual(10)
    expect(slow.estimate(10_000).ms).toBeGreaterThan(200_000)
  })
})

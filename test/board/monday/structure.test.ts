import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { BoardSpec, ColumnSpec } from '../../../src/board/board.ts'
import { labelIds, planLabels } from '../../../src/board/monday/labels.ts'
import { layoutOf, planStructure } from '../../../src/board/monday/structure.ts'
import { type WireBoard, type WireColumn, wireBoard, wireColumn } from '../../../src/board/monday/wire.ts'

const column = (id: string, title: string, type: string, settings?: unknown): WireColumn =>
  wireColumn.parse({ id, title, type, settings, revision: 'r1' })
const board = (columns: readonly WireColumn[], groups: readonly string[] = []): WireBoard => ({
  ...wireBoard.parse({ id: '1', name: 'Deals', groups: groups.map((title) => ({ id: `g-${title}`, title })) }),
  columns: [...columns],
})
const spec = (columns: readonly ColumnSpec[], groups: readonly string[] = []): BoardSpec => ({
  board: 'deals',
  ref: { name: 'Deals', workspace: null },
  create: true,
  columns,
  groups,
  people: [],
})
const KEY = column('boardsync_key', 'boardsync key', 'text')

describe('columns', () => {
  test('are found by title whatever its outer blanks, exact case first', () => {
    const found = planStructure(
      board([KEY, column('a', 'arr', 'numbers'), column('b', 'ARR ', 'numbers')]),
      spec([{ title: 'ARR', type: 'numbers' }]),
    )
    expect(found.matches[0]?.column?.id).toBe('b')
    const loose = planStructure(board([KEY, column('a', 'arr', 'numbers')]), spec([{ title: 'ARR', type: 'numbers' }]))
    expect(loose.matches[0]?.column?.id).toBe('a')
    expect(
      layoutOf(board([KEY, column('a', 'arr', 'numbers')]), 'deals', spec([{ title: 'ARR', type: 'numbers' }])).columns,
    ).toEqual({
      ARR: { id: 'a', title: 'arr', type: 'numbers' },
    })
  })

  test('of two with one title the one whose type fits is taken; when none fits it is a problem', () => {
    const two = board([KEY, column('a', 'ARR', 'text'), column('b', 'ARR', 'numbers')])
    expect(planStructure(two, spec([{ title: 'ARR', type: 'numbers' }])).matches[0]?.column?.id).toBe('b')
    const plan = planStructure(two, spec([{ title: 'ARR', type: 'date' }]))
    expect(plan.newColumns).toEqual([])
    expect(plan.problems).toEqual([
      {
        level: 'error',
        code: 'column-type-differs',
        column: 'ARR',
        message: 'Column "ARR" of board "Deals" is of type text, not date',
        hint: 'Rename the column on the board, or write type: text in the mapping',
      },
    ])
  })

  test('that are missing are made, the key last, and archived ones count as missing', () => {
    const archived = wireColumn.parse({ id: 'a', title: 'ARR', type: 'numbers', archived: true })
    const plan = planStructure(
      board([archived]),
      spec([
        { title: 'Key', type: 'text', key: true },
        { title: 'ARR', type: 'numbers' },
      ]),
    )
    expect(plan.newColumns.map(({ id, title, type }) => [id, title, type])).toEqual([
      [undefined, 'ARR', 'numbers'],
      ['boardsync_key', 'Key', 'text'],
    ])
  })

  test('the key column is found by its id, else by its title, and is none of the others', () => {
    const renamed = layoutOf(board([column('boardsync_key', 'Do not touch', 'text')]), 'deals', spec([]))
    expect(renamed.keyColumnId).toBe('boardsync_key')
    const keyed = spec([{ title: 'CRM id', type: 'text', key: true }])
    expect(layoutOf(board([column('text9', 'crm id', 'text')]), 'deals', keyed).keyColumnId).toBe('text9')
    expect(layoutOf(board([column('n', 'CRM id', 'numbers')]), 'deals', keyed).keyColumnId).toBe('')
    expect(layoutOf(board([KEY]), 'deals', null).columns).toEqual({})
  })
})

describe('groups', () => {
  /** What monday makes of new groups: on top without a place, else right before or behind another. */
  const grown = (there: readonly string[], wanted: readonly string[]): string[] => {
    const order = [...there]
    for (const group of planStructure(board([KEY], there), spec([], wanted)).newGroups) {
      const at = group.beside === undefined ? 0 : order.indexOf(group.beside.id.slice(2))
      order.splice(group.beside?.method === 'after_at' ? at + 1 : at, 0, group.title)
    }
    return order
  }

  test('come top first in the order of the spec, beside those that are there', () => {
    expect(grown([], ['a', 'b', 'c'])).toEqual(['a', 'b', 'c'])
    expect(grown(['mine'], ['a', 'b'])).toEqual(['a', 'b', 'mine'])
    expect(grown(['a', 'c', 'mine'], ['a', 'b', 'c', 'd'])).toEqual(['a', 'b', 'c', 'd', 'mine'])
    expect(grown(['c', 'mine'], ['a', 'b', 'c'])).toEqual(['a', 'b', 'c', 'mine'])
  })

  test('keep that order from any part of them, and leave the others where they were', () => {
    const all = ['a', 'b', 'c', 'd', 'e']
    fc.assert(
      fc.property(fc.subarray(all), (there) => {
        expect(grown([...there, 'mine'], all)).toEqual([...all, 'mine'])
      }),
    )
  })

  test('of two with one title the upper one is used', () => {
    const twice = wireBoard.parse({
      id: '1',
      name: 'D',
      groups: [
        { id: 'g1', title: 'a' },
        { id: 'g2', title: 'a' },
        { id: 'g3', title: 'b', archived: true },
      ],
    })
    expect(layoutOf(twice, 'd', null).groups).toEqual({ a: 'g1' })
  })
})

describe('labels', () => {
  const stage = (labels: readonly object[]) => column('s', 'Stage', 'status', { labels })
  const wants = (...labels: (string | { label: string; color: string })[]): ColumnSpec => ({
    title: 'Stage',
    type: 'status',
    labels: labels.map((one) => (typeof one === 'string' ? { label: one } : one)),
  })

  test('nothing is sent when all are there', () => {
    const there = stage([{ id: 0, label: 'Open', color: 0, index: 0 }])
    expect(planLabels(wants('Open'), there)).toEqual({ labels: null, added: [], problems: [] })
  })

  test('new ones are added to all that are there, since monday replaces the whole set', () => {
    const there = stage([
      { id: 0, label: 'Open', color: 0, index: 0, is_done: false },
      { id: 5, label: '', color: 5, index: 1 },
      { id: 2, label: 'Old', color: 2, index: 2, is_deactivated: true },
    ])
    expect(planLabels(wants('Open', 'Won', 'Old'), there)).toEqual({
      labels: [
        { id: 0, label: 'Open', color: 'working_orange', index: 0, is_done: false },
        { id: 5, label: '', color: 'explosive', index: 1 },
        { id: 2, label: 'Old', color: 'stuck_red', index: 2 },
        { label: 'Won', color: 'dark_blue', index: 3, is_done: false },
      ],
      added: ['Old', 'Won'],
      problems: [],
    })
  })

  test('have the colour the mapping asks for, or another one and a warning when that is taken or unheard of', () => {
    const there = stage([{ id: 1, label: 'Done', color: 'done_green', index: 0 }])
    const plan = planLabels(wants({ label: 'Won', color: 'done-green' }, { label: 'New', color: 'Grass Green' }), there)
    expect(plan.labels?.slice(1).map((one) => one.color)).toEqual(['working_orange', 'grass_green'])
    expect(plan.problems).toMatchObject([{ level: 'warning', code: 'colour-taken', column: 'Stage' }])
    expect(planLabels(wants({ label: 'X', color: 'mauve' }), there).problems).toMatchObject([{ code: 'colour-taken' }])
  })

  test('leave a colour that another label asks for to that label, and green and red to the last', () => {
    const { labels, problems } = planLabels(wants('New', 'Open', { label: 'Won', color: 'done-green' }), null)
    expect(labels?.map((one) => one.color)).toEqual(['working_orange', 'dark_blue', 'done_green'])
    expect(problems).toEqual([])
  })

  test('are never given the grey whose id every empty cell has', () => {
    const many = planLabels(
      wants(...Array.from({ length: 39 }, (_, n) => `L${n}`), { label: 'E', color: 'explosive' }),
      null,
    )
    expect(many.labels?.some((one) => one.color === 'explosive')).toBe(false)
    expect(new Set(many.labels?.map((one) => one.color)).size).toBe(many.labels?.length)
  })

  test('over 30 characters or beyond 40 are problems, and the others are made', () => {
    const long = planLabels(wants('x'.repeat(31), 'ok'), null)
    expect(long.added).toEqual(['ok'])
    expect(long.problems).toEqual([
      {
        level: 'error',
        code: 'label-too-long',
        column: 'Stage',
        message: `Label "${'x'.repeat(31)}" of column "Stage" has 31 characters; monday takes 30`,
        hint: 'Give it a shorter name in the mapping, or use a text column',
      },
    ])
    const many = planLabels(wants(...Array.from({ length: 41 }, (_, n) => `L${n}`)), null)
    expect(many.added).toHaveLength(39)
    expect(many.problems.map((one) => one.code)).toEqual(['too-many-labels', 'too-many-labels'])
  })

  test('of a dropdown need neither colour nor place, and keep their ids', () => {
    const there = column('d', 'Products', 'dropdown', {
      labels: [
        { id: 1, label: 'Core' },
        { id: 2, label: 'Old', is_deactivated: true },
      ],
    })
    const plan = planLabels(
      { title: 'Products', type: 'dropdown', labels: [{ label: 'Core' }, { label: 'x'.repeat(40) }] },
      there,
    )
    expect(plan).toEqual({
      labels: [{ id: 1, label: 'Core' }, { id: 2, label: 'Old', is_deactivated: true }, { label: 'x'.repeat(40) }],
      added: ['x'.repeat(40)],
      problems: [],
    })
  })

  test('that are hidden or have no name are not among those to write', () => {
    const there = stage([
      { id: 0, label: 'Open' },
      { id: 5, label: '' },
      { id: 2, label: 'Old', is_deactivated: true },
    ])
    expect(labelIds(there)).toEqual({ Open: '0' })
  })
})

import { describe, expect, test } from 'vitest'
import type { BoardLayout } from '../../src/board/board.ts'
import { followRenamed, withIds } from '../../src/plan/follow.ts'
import { aLayout } from './pairs.ts'

const before = aLayout()
const { ARR, Stage, ...others } = before.columns
const stage = { id: 'stage', title: 'Stage', type: 'status' } as const
const follow = (columns: BoardLayout['columns']) =>
  followRenamed(['ARR', 'Stage'], before, aLayout({ columns })).columns

const SPEC = { board: 'deals', ref: { id: '1' }, create: false, columns: [], groups: [], people: [] }

describe('what people renamed on a board is followed by its id', () => {
  test('a column is under the title of the mapping, with the one it has on the board', () => {
    const renamed = { id: 'arr', title: 'Money', type: 'numbers' } as const
    expect(follow({ ...others, ...(Stage && { Stage }), Money: renamed })).toEqual({ ...others, Stage, ARR: renamed })
  })

  test('a column of the title of the mapping counts, though the old one is there under another', () => {
    const columns = {
      ARR: { id: 'new', title: 'ARR', type: 'numbers' },
      Money: { id: 'arr', title: 'Money', type: 'numbers' },
    } as const
    expect(follow(columns)).toEqual(columns)
  })

  test('a label is under the text of the mapping, with the one it has on the board', () => {
    expect(follow({ Stage: { ...stage, labels: { Open: '1', Done: '2' } } }).Stage).toEqual({
      ...stage,
      labels: { Open: '1', Won: '2' },
      shown: { Won: 'Done' },
    })
  })

  test('labels that swapped their texts are not: what each cell shows is what its text says', () => {
    const swapped = { ...stage, labels: { Open: '2', Won: '1' } }
    expect(follow({ Stage: swapped }).Stage).toEqual(swapped)
  })

  test('a group is under the title that it had, with the one it has on the board; one that another had is another', () => {
    const { won = '', lead = '', ...groups } = before.groups
    const renamed = followRenamed([], before, aLayout({ groups: { ...groups, lead, Hot: won } }))
    expect(renamed).toMatchObject({ groups: before.groups, shownGroups: { won: 'Hot' } })
    const swapped = aLayout({ groups: { ...groups, lead: won, won: lead } })
    expect(followRenamed([], before, swapped)).toEqual(swapped)
    expect(withIds({ ...SPEC, groups: ['won', 'new'] }, renamed).groupIds).toEqual({ won })
  })

  test('another board is as it is', () => {
    const found = aLayout({ boardId: 'another' })
    expect(followRenamed(['ARR'], before, found)).toBe(found)
  })
})

test('a spec names what the board has by id, so that it is found under any name', () => {
  const labels = [{ label: 'Won' }, { label: 'Fresh' }]
  const columns = [
    { title: 'Stage', type: 'status', labels },
    { title: 'New', type: 'text' },
  ] as const
  const spec = { ...SPEC, columns }
  expect(withIds(spec, before).columns).toEqual([
    { title: 'Stage', type: 'status', id: Stage?.id, labels: [{ label: 'Won', id: '2' }, { label: 'Fresh' }] },
    { title: 'New', type: 'text' },
  ])
  expect(withIds(spec, null)).toBe(spec)
  expect(ARR?.id).toBe('arr')
})

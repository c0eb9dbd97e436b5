import { describe, expect, test } from 'vitest'
import type { BoardLayout } from '../../src/board/board.ts'
import { followRenamed, withIds } from '../../src/plan/follow.ts'
import { aLayout } from './pairs.ts'

const before = aLayout()
const { ARR, Stage, ...others } = before.columns
const stage = { id: 'stage', title: 'Stage', type: 'status' } as const
const follow = (columns: BoardLayout['columns']) =>
  followRenamed(['ARR', 'Stage'], before, aLayout({ columns })).columns

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
  const spec = { board: 'deals', ref: { id: '1' }, create: false, columns, groups: [], people: [] }
  expect(withIds(spec, before).columns).toEqual([
    { title: 'Stage', type: 'status', id: Stage?.id, labels: [{ label: 'Won', id: '2' }, { label: 'Fresh' }] },
    { title: 'New', type: 'text' },
  ])
  expect(withIds(spec, null)).toBe(spec)
  expect(ARR?.id).toBe('arr')
})

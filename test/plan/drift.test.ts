import { describe, expect, test } from 'vitest'
import { fullSentence, itemSentences, layoutSentences, NO_DRIFT } from '../../src/plan/drift.ts'
import { aLayout } from './pairs.ts'

const KEPT = {
  columns: [
    { title: 'ARR', type: 'numbers' },
    { title: 'Stage', type: 'status' },
  ],
  groups: ['lead', 'won'],
} as const

const { columns, groups } = aLayout()
const { ARR, Stage } = columns

/** What is said when the board has these columns and groups now. */
const said = (more: Parameters<typeof aLayout>[0]) =>
  layoutSentences(KEPT, aLayout(), aLayout(more)).map(({ code, message }) => `${code}: ${message}`)

describe('what people did to a board is told', () => {
  test('nothing is said of a board that is as it was, nor of what the mapping does not keep', () => {
    expect(said({})).toEqual([])
    const { Owner: _, ...kept } = columns
    expect(said({ columns: kept, groups: { ...groups, Mine: 'g9' } })).toEqual([])
  })

  test('a renamed column is told from a deleted one by its id', () => {
    const { ARR: _, ...others } = columns
    expect(said({ columns: others })).toEqual([
      'column-deleted: Column "ARR" was deleted from the board; it is made anew and filled',
    ])
    expect(said({ columns: { ...others, Money: { id: 'arr', title: 'Money', type: 'numbers' } } })).toEqual([
      'column-renamed: Column "ARR" is now called "Money" on the board; it is known by its id and is kept up to date',
    ])
  })

  test('a column that was made again is told, and when its type differs', () => {
    const again = (type: 'numbers' | 'text') =>
      said({ columns: { ...columns, ARR: { id: 'new', title: 'ARR', type } } })
    expect(again('numbers')).toEqual([
      'column-replaced: Column "ARR" was deleted, and another made in its place; it is filled',
    ])
    expect(again('text')).toEqual([
      'column-type: Column "ARR" was deleted, and one of type text made in its place; the mapping says numbers',
    ])
  })

  test('a renamed label is told from one that was deleted or hidden', () => {
    const labels = (now: Record<string, string>) =>
      said({
        columns: { ...(ARR && { ARR }), Stage: { ...Stage, id: 'stage', title: 'Stage', type: 'status', labels: now } },
      })
    expect(labels({ Open: '1', Done: '2' })).toEqual([
      'label-renamed: Label "Won" of column "Stage" is now called "Done" on the board; it is known by its id and is kept',
    ])
    expect(labels({ Open: '1' })).toEqual([
      'label-deleted: Label "Won" of column "Stage" was deleted or hidden; it is made anew',
    ])
  })

  test('a renamed group is told from one that is gone', () => {
    const { won: id, ...others } = groups as Record<string, string>
    expect(said({ groups: others })).toEqual([
      'group-deleted: Group "won" was archived or deleted with what was in it; both are made anew',
    ])
    expect(said({ groups: { ...others, Hot: id ?? '' } })).toEqual([
      'group-renamed: Group "won" is now called "Hot" on the board; it is known by its id and is kept',
    ])
  })

  test('a new name of the board and a lost column of keys are told', () => {
    expect(said({ title: 'Sales', keyColumnId: '' })).toEqual([
      'board-renamed: The board "Deals" is now called "Sales"; it is known by its id and is kept',
      'key-column-deleted: The column that holds our keys was deleted; it is made anew, and every key is written again',
    ])
  })

  test('what was done to items is one sentence for each way, in the number it was done', () => {
    expect(itemSentences(NO_DRIFT)).toEqual([])
    expect(itemSentences({ ...NO_DRIFT, archived: 1, cells: 3 }).map(({ message }) => message)).toEqual([
      '1 item was archived on the board by hand; what is still wanted is made anew',
      '3 cells were changed by hand',
    ])
    const named = (...columns: string[]) => itemSentences({ ...NO_DRIFT, cells: 9, columns })[0]?.message
    expect(named('ARR', 'Stage')).toBe('9 cells were changed by hand in ARR, Stage')
    expect(named('A', 'B', 'C', 'D', 'E', 'F')).toBe('9 cells were changed by hand in A, B, C, D and 2 more columns')
  })

  test('that a board has no room for all is said, with how many do not fit', () => {
    const layout = aLayout({ itemsCount: 98, itemsLimit: 100 })
    expect(fullSentence(layout, 2, 0)).toBeNull()
    expect(fullSentence(layout, 5, 1)?.message).toBe(
      'The board holds 98 of 100 items: 2 of the 5 to create will be refused',
    )
    expect(fullSentence(aLayout(), 1_000_000, 0)).toBeNull()
  })
})

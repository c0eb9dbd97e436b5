import { describe, expect, test } from 'vitest'
import { demandSentences, Lacking } from '../../src/plan/demands.ts'
import type { PlannedChange, Step } from '../../src/plan/plan.ts'
import { aLayout } from './pairs.ts'

const layout = aLayout({
  demands: {
    required: [
      { id: 'name', title: 'Name' },
      { id: 'boardsync_key', title: 'boardsync_key' },
      { id: 'arr', title: 'ARR' },
      { id: 'region', title: 'Region' },
    ],
    rules: 2,
  },
})
const KEPT = ['ARR', 'Stage']
const change = (...steps: Step[]) => ({ steps }) as unknown as PlannedChange
const create = (cells: Record<string, string>): Step => ({ kind: 'create', name: 'n', group: 'lead', cells })
const update = (cells: Record<string, string>): Step => ({ kind: 'update', itemId: '1', cells })
const said = (...changes: PlannedChange[]) => {
  const lacking = new Lacking(layout)
  for (const one of changes) lacking.add(one)
  return lacking.sentences(KEPT).map(({ message }) => message)
}
const RULES = 'The board has 2 validation rules of its own: items that do not meet them will be refused'
const REGION = 'The board requires column "Region", which the mapping does not fill: new items will be refused'

describe('what a board demands of its items is said before anything is sent', () => {
  test('nothing, when nothing is written, or nothing is demanded', () => {
    expect(said()).toEqual([])
    expect(said(change({ kind: 'move', itemId: '1', group: 'won' }, { kind: 'archive', itemId: '1' }))).toEqual([])
    const lacking = new Lacking(aLayout())
    lacking.add(change(create({})))
    expect(lacking.sentences(KEPT)).toEqual([])
  })

  test('new items without a required value, and items that would lose one, in their number', () => {
    expect(said(change(create({ ARR: '5' })), change(create({})), change(update({ ARR: '' })))).toEqual([
      'The board requires column "ARR", for which 2 items have nothing: they will be refused',
      REGION,
      RULES,
    ])
  })

  test('items that only change something else keep what they have', () => {
    expect(said(change(update({ Stage: 'Won' })))).toEqual([RULES])
  })

  test('of the board alone: required columns that the mapping does not fill, and that there are rules', () => {
    expect(demandSentences(layout, KEPT).map(({ message }) => message)).toEqual([REGION, RULES])
    expect(demandSentences(aLayout(), KEPT)).toEqual([])
  })
})

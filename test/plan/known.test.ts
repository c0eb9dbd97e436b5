import { describe, expect, test } from 'vitest'
import type { BoardItem, Cells, ChangeOutcome } from '../../src/board/board.ts'
import { readKnownCells, rereadKnown, settleChange, toBoardChanges, writeKnownCells } from '../../src/plan/known.ts'
import type { Known, PlannedChange } from '../../src/plan/plan.ts'
import { planPair } from '../../src/plan/plan-pair.ts'
import { aKnown, aLayout, anItem, aPair, changeOf, planOptions, TODAY } from './pairs.ts'

function found(more: Partial<BoardItem> = {}): BoardItem {
  return {
    itemId: '77',
    key: 'a',
    name: 'Acme',
    group: 'lead',
    cells: { ARR: '100' },
    state: 'active',
    createdAt: '2026-11-22T10:00:00Z',
    ...more,
  }
}

const applied = (item?: Partial<BoardItem>): ChangeOutcome =>
  item === undefined ? { status: 'applied', itemId: '77' } : { status: 'applied', itemId: '77', item: found(item) }
const refused: ChangeOutcome = { status: 'refused', code: 'cell-refused', message: 'no' }

describe('cells in the ledger', () => {
  test('equal cells give equal text: columns sorted, empty ones left out', () => {
    expect(writeKnownCells({ b: '2', a: '1', c: '' })).toBe('{"a":"1","b":"2"}')
    expect(readKnownCells('{"a":"1","b":"2"}')).toEqual({ cells: { a: '1', b: '2' }, edited: [] })
    expect(readKnownCells('')).toEqual({ cells: {}, edited: [] })
  })

  test('carry what people edited', () => {
    const text = writeKnownCells({ a: '1' }, ['z', 'a'])
    expect(readKnownCells(text)).toEqual({ cells: { a: '1' }, edited: ['a', 'z'] })
  })
})

describe('after a change', () => {
  const create = changeOf(planPair(aPair(anItem({ cells: { ARR: '100', Stage: 'Open' } }), null), planOptions()))
  const update = (known: Known, cells: Cells): PlannedChange =>
    changeOf(planPair(aPair(anItem({ cells, name: 'New' }), known), planOptions()))

  test('the ledger holds cells as read back, and the digest the item is now equal to', () => {
    const outcome = applied({ cells: { ARR: '100.0', Stage: 'Open', Phone: '1' }, name: 'Acme ' })
    expect(settleChange(create, null, [outcome])).toEqual({
      status: 'applied',
      known: {
        itemId: '77',
        place: 'active',
        name: 'Acme ',
        group: 'lead',
        cells: '{"ARR":"100.0","Stage":"Open"}',
        unread: false,
        leftOn: null,
        desired: 'd',
      },
    })
  })

  test('text that was not read back is the text we sent, marked unread', () => {
    const settled = settleChange(create, null, [applied()])
    expect(settled).toMatchObject({ known: { cells: '{"ARR":"100","Stage":"Open"}', unread: true, name: 'Acme' } })
  })

  test('a column left alone keeps its text and its mark; a written one loses the mark', () => {
    const known = aKnown({ cells: { ARR: '9', Stage: 'mine' }, edited: ['ARR', 'Stage', '$name'], desired: 'd' })
    const change = update(known, { ARR: '100' })
    const settled = settleChange(change, known, [applied({ cells: { ARR: '100', Stage: 'other' }, name: 'New' })])
    if (settled.status !== 'applied') throw new Error()
    expect(readKnownCells(settled.known.cells)).toEqual({ cells: { ARR: '100', Stage: 'mine' }, edited: ['Stage'] })
  })

  test('an item that cannot be shown whole is not said to be equal', () => {
    const settled = settleChange({ ...create, complete: false }, null, [applied({})])
    expect(settled).toMatchObject({ known: { desired: null } })
  })

  test('one unknown step makes the whole change unknown', () => {
    const change = { ...create, steps: [...create.steps, ...create.steps] }
    const unknown: ChangeOutcome = { status: 'unknown', message: 'timeout' }
    expect(settleChange(change, null, [applied(), unknown])).toEqual({ status: 'unknown', message: 'timeout' })
    expect(settleChange(change, null, [applied()]).status).toBe('unknown')
  })

  test('a refused create changes nothing; a refused update after a move leaves the move', () => {
    expect(settleChange(create, null, [refused])).toEqual({ status: 'refused', known: null, refusal: refused })
    const known = aKnown({ desired: 'older' })
    const both = changeOf(planPair(aPair(anItem({ group: 'won', cells: { ARR: '1' } }), known), planOptions()))
    const settled = settleChange(both, known, [applied({ group: 'won' }), refused])
    expect(settled).toMatchObject({
      status: 'refused',
      known: { group: 'won', place: 'active', cells: '{"ARR":"100"}', desired: null },
    })
  })

  test('moves to Left, returns and archives change the place', () => {
    const left = changeOf(planPair(aPair(null, aKnown()), planOptions()))
    const after = settleChange(left, aKnown(), [applied({ group: 'Left' })])
    if (after.status !== 'applied') throw new Error()
    expect(after.known).toMatchObject({ place: 'left', leftOn: TODAY, group: 'Left', desired: null })

    const known: Known = { ...after.known, version: 4, state: 'settled' }
    const back = changeOf(planPair(aPair(anItem(), known), planOptions()))
    expect(settleChange(back, known, [applied({})])).toMatchObject({
      status: 'applied',
      known: { place: 'active', leftOn: null, group: 'lead', desired: 'd' },
    })

    const gone = changeOf(planPair(aPair(null, aKnown(), { gone: true }), planOptions()))
    expect(settleChange(gone, aKnown(), [applied()])).toMatchObject({ known: { place: 'archived', itemId: '77' } })
  })

  test('archiving a copy leaves the entry of the item as it is', () => {
    const known = aKnown({ desired: 'd' })
    const copy = changeOf(planPair(aPair(anItem(), known, { copies: [{ itemId: '88' }] }), planOptions()))
    const settled = settleChange(copy, known, [{ status: 'applied', itemId: '88' }])
    expect(settled).toMatchObject({ status: 'applied', known: { place: 'active', itemId: '77', desired: 'd' } })
  })

  test('what was imported is unread until an answer tells the whole item; then it is as read, hand edits apart', () => {
    const settled = settleChange(create, null, [{ status: 'applied', itemId: '77', made: true }])
    if (settled.status !== 'applied') throw new Error()
    expect(settled.known).toMatchObject({ unread: true, itemId: '77', desired: 'd' })
    const known: Known = { ...settled.known, version: 4, state: 'settled', desired: 'older' }
    const moved = changeOf(planPair(aPair(anItem({ group: 'won' }), known), planOptions()))
    expect(settleChange(moved, known, [{ status: 'applied', itemId: '77' }])).toMatchObject({ known: { unread: true } })
    const cells = { ARR: '100', Stage: 'As the board writes it' }
    expect(settleChange(moved, known, [applied({ group: 'won', cells })])).toMatchObject({
      known: { unread: false, group: 'won', cells: writeKnownCells(cells) },
    })
  })

  test('each step becomes a change of the board, in order', () => {
    const layout = aLayout()
    const both = changeOf(planPair(aPair(anItem({ group: 'won', cells: { ARR: '1' } }), aKnown()), planOptions()))
    expect(toBoardChanges(both, layout)).toEqual([
      { key: 'a', layout, kind: 'move', itemId: '77', group: 'won' },
      { key: 'a', layout, kind: 'update', itemId: '77', cells: { ARR: '1' } },
    ])
  })
})

describe('after the board was read again', () => {
  const known = (more: Parameters<typeof aKnown>[0] & { unread?: boolean } = {}) => {
    const { unread, ...rest } = more
    return { ...aKnown({ desired: 'd', ...rest }), unread: unread ?? false }
  }

  test('nothing differs, nothing changes', () => {
    expect(rereadKnown(known(), found(), ['ARR'])).toMatchObject({ changed: false, known: { desired: 'd' } })
  })

  test('what differs was edited by a person and is marked; the digest stays', () => {
    const { changed, known: after } = rereadKnown(known(), found({ cells: { ARR: '5' }, name: 'X', group: 'won' }), [])
    expect(changed).toBe(true)
    expect(readKnownCells(after.cells)).toEqual({ cells: { ARR: '5' }, edited: ['$group', '$name', 'ARR'] })
    expect(after).toMatchObject({ name: 'X', group: 'won', desired: 'd' })
  })

  test('what differs from text never read back is the way the vendor writes it, and no edit', () => {
    const { changed, known: after } = rereadKnown(known({ unread: true }), found({ cells: { ARR: '100.0' } }), [])
    expect(changed).toBe(true)
    expect(readKnownCells(after.cells)).toEqual({ cells: { ARR: '100.0' }, edited: [] })
    expect(after.unread).toBe(false)
  })

  test('only columns that the entry holds or that are named are looked at', () => {
    const item = found({ cells: { ARR: '100', Phone: '1' } })
    expect(rereadKnown(known(), item, []).changed).toBe(false)
    expect(readKnownCells(rereadKnown(known(), item, ['Phone']).known.cells).edited).toEqual(['Phone'])
  })

  test('an item that people archived is so in the ledger', () => {
    const { known: after } = rereadKnown(known(), found({ state: 'archived' }), [])
    expect(after.place).toBe('archived')
  })

  test('an edit found, overwritten and read back is forgotten', () => {
    const edited = rereadKnown(known(), found({ cells: { ARR: '5' } }), ['ARR']).known
    const ledger: Known = { ...edited, version: 4, state: 'settled' }
    const change = changeOf(planPair(aPair(anItem(), ledger), planOptions()))
    expect(change.cause).toBe('edited')
    const settled = settleChange(change, ledger, [applied({})])
    expect(settled).toMatchObject({ known: { cells: '{"ARR":"100"}', desired: 'd' } })
  })
})

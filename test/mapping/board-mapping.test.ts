import { describe, expect, test } from 'vitest'
import type { FactValues, Scope } from '../../src/domain/facts.ts'
import type { BoardMapping } from '../../src/mapping/mapping.ts'
import { BOARD, board, parse, told } from './fixtures.ts'

const TODAY = Date.UTC(2026, 10, 22) / 86_400_000

function compile(text: string): BoardMapping {
  const parsed = parse({ board: text })
  expect(told(parsed)).toEqual([])
  return parsed.mappings?.boards[0] as BoardMapping
}

function scope(opportunity: FactValues = {}, names: Record<string, FactValues> = {}): Scope {
  const fact: FactValues = {
    id: 'O1',
    name: '50 seats',
    isOpen: true,
    funnelStage: 'opportunity',
    state: 'open',
    ...opportunity,
  }
  return { kind: 'opportunity', id: String(fact.id), names: { opportunity: fact, ...names } }
}

function item(text: string, of: Scope = scope()) {
  const result = compile(text).toItem(of, TODAY)
  if (result.is !== 'item') throw new Error(JSON.stringify(result))
  return result
}

describe('an item of a fact', () => {
  test('has the key, name, group and cells that the mapping says', () => {
    const result = item(BOARD, scope({ stage: 'Prospecting', arr: 2471050 }, { account: { id: 'A1', name: 'Acme' } }))
    expect(result).toEqual({
      is: 'item',
      item: {
        key: 'O1',
        name: 'Acme: 50 seats',
        group: 'opportunity',
        cells: { Stage: 'Prospecting', ARR: '24710.5' },
        once: {},
        urgency: 0,
        from: 'opportunity O1',
      },
      warnings: [],
    })
  })

  test('an empty field gives an empty cell', () => {
    expect(item(BOARD).item.cells).toEqual({ Stage: '', ARR: '' })
  })

  test('a cell that is written once is apart from those that are kept', () => {
    const text = `${BOARD}  Note: { type: long_text, value: opportunity.nextStep, write: once }\n`
    expect(item(text, scope({ nextStep: 'Call' })).item).toMatchObject({
      once: { Note: 'Call' },
      cells: { Stage: '', ARR: '' },
    })
  })

  test('fixed values, expressions and link texts', () => {
    const text = `${BOARD}  Kept: { type: checkbox, value: true }
  Fixed: { type: text, value: "'sales'" }
  Month: { type: text, value: "has(opportunity.closeOn) ? month(opportunity.closeOn) : ''" }
  Link: { type: link, value: opportunity.url, text: 'Open {opportunity.name}' }
  Weighted: { type: numbers, value: 'orElse(opportunity.arr, 0) * orElse(opportunity.probability, 0)' }
`
    const facts = { closeOn: TODAY, url: 'https://x.example/1', arr: 100001, probability: 0.5 }
    expect(item(text, scope(facts)).item.cells).toMatchObject({
      Kept: 'v',
      Fixed: 'sales',
      Month: '2026-11',
      Link: 'https://x.example/1 Open 50 seats',
      Weighted: '500.01',
    })
    expect(item(text).item.cells).toMatchObject({ Month: '', Link: '' })
  })

  test('a name without any value is the key, and a long one is cut at 255', () => {
    expect(item(board({ "'{account.name}: {opportunity.name}'": "'{account.name}'" })).item.name).toBe('O1')
    const long = item(BOARD, scope({ name: 'x'.repeat(300) })).item.name
    expect(long).toHaveLength(255)
    expect(long.endsWith('…')).toBe(true)
  })

  test('what a cell could not hold comes as a warning with its column', () => {
    const text = `${BOARD}  Owner: { type: people, value: owner.email }\n`
    const result = item(text, scope({}, { owner: { id: 'U1', email: 'nobody' } }))
    expect(result.warnings).toEqual([
      { code: 'not-an-email', message: 'the value is no e-mail address', column: 'Owner' },
    ])
    expect(result.item.cells.Owner).toBe('')
  })

  test('the most urgent goes first', () => {
    expect(item(`${BOARD}urgency: opportunity.arr\n`, scope({ arr: 500 })).item.urgency).toBe(500)
    expect(item(`${BOARD}urgency: opportunity.arr\n`).item.urgency).toBe(0)
  })
})

describe('groups', () => {
  const grouped = (group: string) =>
    board({ '{ by: opportunity.funnelStage, order: [lead, opportunity, won, expansion, lost] }': group })

  test('follow the order, then the values it leaves out', () => {
    expect(compile(grouped('{ by: opportunity.funnelStage, order: [won] }')).groups).toEqual([
      'won',
      'lead',
      'opportunity',
      'expansion',
      'lost',
    ])
  })

  test('have titles of their own', () => {
    const mapping = compile(grouped('{ by: opportunity.funnelStage, titles: { opportunity: In talks } }'))
    expect(mapping.groups).toContain('In talks')
    expect(mapping.toItem(scope(), TODAY)).toMatchObject({ item: { group: 'In talks' } })
  })

  test('take what has no value into one of their own', () => {
    const mapping = compile(grouped('{ by: opportunity.kind, otherwise: No kind }'))
    expect(mapping.groups).toEqual(['new_business', 'expansion', 'renewal', 'No kind'])
    expect(mapping.toItem(scope(), TODAY)).toMatchObject({ item: { group: 'No kind' } })
  })

  test('may be one for all', () => {
    expect(compile(grouped('Deals'))).toMatchObject({ groups: ['Deals'] })
    expect(
      compile(
        board({ 'group: { by: opportunity.funnelStage, order: [lead, opportunity, won, expansion, lost] }\n': '' }),
      ).groups,
    ).toEqual(['Items'])
  })

  test('an item never lands in Left or Gone by its value', () => {
    const mapping = compile(grouped('{ by: opportunity.lossReason }'))
    expect(mapping.toItem(scope({ lossReason: 'Left' }), TODAY)).toMatchObject({
      item: { group: 'Left (opportunity.lossReason)' },
    })
  })
})

describe('where', () => {
  test('a fact that does not fit is left out', () => {
    expect(compile(BOARD).toItem(scope({ isOpen: false }), TODAY)).toEqual({ is: 'left' })
  })

  test('an empty field does not fit', () => {
    const mapping = compile(
      board({ 'items: opportunity': 'items: opportunity', 'where: opportunity.isOpen': 'where: owner.active' }),
    )
    expect(mapping.toItem(scope(), TODAY)).toEqual({ is: 'left' })
    expect(mapping.toItem(scope({}, { owner: { id: 'U1', active: true } }), TODAY).is).toBe('item')
  })

  test('it sees the company’s day', () => {
    const mapping = compile(
      board({ 'where: opportunity.isOpen': 'where: has(opportunity.closedOn) && opportunity.closedOn >= today - 90' }),
    )
    expect(mapping.usesToday).toBe(true)
    expect(mapping.toItem(scope({ closedOn: TODAY - 90 }), TODAY).is).toBe('item')
    expect(mapping.toItem(scope({ closedOn: TODAY - 91 }), TODAY).is).toBe('left')
  })
})

describe('a failing expression rejects this item only', () => {
  const failing = `${BOARD}  Per seat: { type: numbers, value: '1 / orElse(opportunity.seats, 0)' }\n`

  test('with the column and the reason', () => {
    const mapping = compile(failing)
    expect(mapping.toItem(scope(), TODAY)).toEqual({
      is: 'rejected',
      key: 'O1',
      problem: {
        code: 'expression-failed',
        message: 'The column "Per seat" cannot be computed: the result is no number (a division by zero)',
        column: 'Per seat',
      },
    })
    expect(mapping.toItem(scope({ seats: 4 }), TODAY)).toMatchObject({ item: { cells: { 'Per seat': '0.25' } } })
  })

  test('a fact without a key is rejected without one', () => {
    const result = compile(BOARD).toItem(
      { kind: 'opportunity', id: '', names: { opportunity: { isOpen: true } } },
      TODAY,
    )
    expect(result).toMatchObject({ is: 'rejected', key: null, problem: { code: 'no-key' } })
  })
})

describe('what the mapping says about itself', () => {
  test('columns with their labels, colours, fields and place', () => {
    const text = board({
      'value: opportunity.stage }': 'value: opportunity.stage, colors: { Closed Won: done-green } }',
    })
    expect(compile(text).columns).toEqual([
      {
        title: 'Stage',
        type: 'status',
        once: false,
        colors: { 'Closed Won': 'done-green' },
        labels: ['Prospecting', 'Closed Won', 'Closed Lost'],
        every: [],
        value: 'opportunity.stage',
        reads: ['opportunity.stage'],
        line: 7,
      },
      {
        title: 'ARR',
        type: 'numbers',
        once: false,
        colors: {},
        labels: [],
        every: [],
        value: 'opportunity.arr',
        reads: ['opportunity.arr'],
        line: 8,
      },
    ])
  })

  test('defaults are filled in', () => {
    expect(compile(BOARD)).toMatchObject({
      board: 'deals',
      file: 'boards/deals.yaml',
      ref: { name: 'Deals', workspace: 'BizOps' },
      create: true,
      whenGone: 'archive',
      whenEditedByHand: 'overwrite',
      freshWithinMs: null,
      leftFor: 90,
      ofTotals: false,
      usesToday: false,
    })
    expect(compile(`${BOARD}fresh_within: 26h\nleft_for: 2w\n`)).toMatchObject({
      freshWithinMs: 26 * 3_600_000,
      leftFor: 14,
    })
    expect(compile(board({ '{ name: Deals, workspace: BizOps, create: true }': '{ id: 1234567890 }' })).ref).toEqual({
      id: '1234567890',
    })
  })

  test('a board of the funnel is one of totals', () => {
    const text = `board: { id: 1 }\nitems: funnel_stage\nname: '{funnel_stage.name}'\ncolumns:\n  Count: { type: numbers, value: funnel_stage.count }\n`
    const mapping = compile(text)
    expect(mapping.ofTotals).toBe(true)
    const result = mapping.toItem(
      { kind: 'funnel_stage', id: 'x', names: { funnel_stage: { id: 'x', name: 'N', count: 3 } } },
      TODAY,
    )
    expect(result).toMatchObject({ item: { key: 'x', name: 'N', group: 'Items', cells: { Count: '3' } } })
  })
})

describe('the digest changes when anything that decides the items changes', () => {
  const digest = (text: string) => compile(text).digest

  test.each([
    ['a column', `${BOARD}  Seats: { type: numbers, value: opportunity.seats }\n`],
    ['a value', board({ 'opportunity.arr': 'opportunity.amount' })],
    ['a type', board({ 'type: status': 'type: text' })],
    ['the condition', board({ 'where: opportunity.isOpen': 'where: opportunity.isWon' })],
    ['the name', board({ '{account.name}: ': '' })],
    ['the order of groups', board({ '[lead, opportunity, won': '[opportunity, lead, won' })],
    ['the urgency', `${BOARD}urgency: opportunity.arr\n`],
    ['writing once', board({ 'value: opportunity.arr': 'value: opportunity.arr, write: once' })],
  ])('%s', (_, text) => {
    expect(digest(text)).not.toBe(digest(BOARD))
  })

  test('and not when colours, the guard of hand edits or comments change', () => {
    expect(digest(`# a comment\n${BOARD}when_edited_by_hand: keep\nfresh_within: 26h\n`)).toBe(digest(BOARD))
    expect(
      digest(board({ 'value: opportunity.stage }': 'value: opportunity.stage, colors: { Closed Won: done-green } }' })),
    ).toBe(digest(BOARD))
  })
})

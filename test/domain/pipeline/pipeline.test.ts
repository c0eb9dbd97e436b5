import { describe, expect, test } from 'vitest'
import { defaultModel } from '../../../src/domain/default-model.ts'
import { type FactValues, recordBehind } from '../../../src/domain/facts.ts'
import type { Opportunity, StageChange } from '../../../src/domain/records.ts'
import { scopesOf } from '../../../src/domain/scopes.ts'
import { factsOfTotals } from '../../../src/domain/totals.ts'
import { anAccount, anOpportunity, day, factsOf, noon, TODAY, totalsOf, utc } from '../builders.ts'

type Row = readonly [on: string, stage: string, amount: number, due?: string]

/** An opportunity whose history these rows are; it stands as the last of them says. */
function deal(id: string, ...rows: readonly Row[]): { opportunity: Opportunity; changes: StageChange[] } {
  const [created] = rows
  const last = rows.at(-1)
  if (created === undefined || last === undefined) throw new Error('An opportunity has a first row')
  const changes = rows.map(([on, stage, amount, due], i) => ({
    id: `${id}-${i}`,
    source: 'salesforce',
    sourceId: `${id}-${i}`,
    changedAt: noon(on),
    opportunityId: id,
    at: noon(on),
    stage,
    amount,
    ...(due === undefined ? {} : { closeOn: day(due) }),
  }))
  const [on, stage, amount, due] = last
  const opportunity = anOpportunity({
    id,
    stage,
    amount,
    createdAt: noon(created[0]),
    changedAt: noon(on),
    ...(due === undefined ? {} : { closeOn: day(due) }),
  })
  return { opportunity, changes }
}

function waterfall(...deals: readonly ReturnType<typeof deal>[]): Map<string, FactValues> {
  const facts = factsOf({
    opportunities: deals.map(({ opportunity }) => opportunity),
    changes: deals.flatMap(({ changes }) => changes),
    account: anAccount({ segment: 'smb' }),
  })
  const rows = factsOfTotals('pipeline_month', totalsOf([facts]), defaultModel(), TODAY, utc)
  return new Map(rows.map((row) => [String(row.id), row]))
}

/** The parts of a row that are not 0. */
function parts(row: FactValues | undefined): Record<string, unknown> {
  const names = 'start created pulledIn dated reopened increased decreased pushedOut won lost end'.split(' ')
  return Object.fromEntries(names.flatMap((name) => (row?.[name] === 0 ? [] : [[name, row?.[name]]])))
}

describe('the pipeline due in a month', () => {
  test('an opportunity whose close date moves to the next month is pushed out of one and pulled into the other', () => {
    const rows = waterfall(
      deal('O1', ['2026-08-10', 'Prospecting', 100, '2026-09-20'], ['2026-09-18', 'Prospecting', 100, '2026-10-20']),
    )
    expect(parts(rows.get('due_in_month:2026-09:all'))).toEqual({ start: 100, pushedOut: 100 })
    expect(rows.get('due_in_month:2026-09:all')).toMatchObject({ slippage: 1, slippageByCount: 1, endCount: 0 })
    // It was pulled in before October began: October starts with it, and it is there still, long overdue.
    expect(parts(rows.get('due_in_month:2026-10:all'))).toEqual({ start: 100, end: 100 })
    expect(rows.has('due_in_month:2026-11:all')).toBe(false)
  })

  test('one that is pulled in within the month, grows, and one that is won for more than it was worth', () => {
    const rows = waterfall(
      deal('O1', ['2026-08-10', 'Prospecting', 100, '2026-12-20'], ['2026-10-18', 'Prospecting', 150, '2026-10-30']),
      deal('O2', ['2026-08-10', 'Prospecting', 70, '2026-10-20'], ['2026-10-05', 'Closed Won', 90, '2026-10-05']),
    )
    expect(parts(rows.get('due_in_month:2026-10:all'))).toEqual({
      start: 70,
      pulledIn: 150,
      increased: 20,
      won: 90,
      end: 150,
    })
    expect(rows.get('due_in_month:2026-10:all')).toMatchObject({ slippage: 0, startCount: 1, endCount: 1, wonCount: 1 })
  })

  test('a closing happens in the month it happens, whatever close date was expected', () => {
    const rows = waterfall(
      deal('O1', ['2026-08-10', 'Prospecting', 100, '2026-12-20'], ['2026-09-18', 'Closed Lost', 100]),
    )
    expect(parts(rows.get('due_in_month:2026-09:all'))).toEqual({ pulledIn: 100, lost: 100 })
    expect(rows.has('due_in_month:2026-12:all')).toBe(false)
  })

  test('a close date that no row tells is known from when the record last changed, and is no slippage before', () => {
    const { opportunity } = deal('O1', ['2026-08-10', 'Prospecting', 100, '2026-11-30'])
    const changed = { ...opportunity, changedAt: noon('2026-11-03') }
    const rows = waterfall({ opportunity: changed, changes: [] })
    expect(parts(rows.get('due_in_month:2026-11:all'))).toEqual({ dated: 100, end: 100 })
    expect(rows.get('due_in_month:2026-11:all')?.slippage).toBeUndefined()
    expect(parts(rows.get('all_open:2026-08:all'))).toEqual({ created: 100, end: 100 })
  })

  test('back and forth within a month is nothing', () => {
    const rows = waterfall(
      deal(
        'O1',
        ['2026-08-10', 'Prospecting', 100, '2026-09-20'],
        ['2026-09-02', 'Prospecting', 100, '2026-12-20'],
        ['2026-09-03', 'Closed Lost', 100],
        ['2026-09-04', 'Prospecting', 100, '2026-09-20'],
      ),
    )
    expect(parts(rows.get('due_in_month:2026-09:all'))).toEqual({ start: 100, end: 100 })
  })
})

test('all that is open: months join, what was closed and opened again is said, and the same month a year ago stands beside', () => {
  const rows = waterfall(
    deal(
      'O1',
      ['2025-09-10', 'Prospecting', 100],
      ['2026-08-01', 'Closed Lost', 100],
      ['2026-10-01', 'Prospecting', 80],
    ),
    deal('O2', ['2026-10-10', 'Prospecting', 40], ['2026-10-12', 'Closed Won', 50]),
  )
  expect(parts(rows.get('all_open:2026-08:all'))).toEqual({ start: 100, lost: 100 })
  expect(rows.has('all_open:2026-09:all')).toBe(false)
  expect(parts(rows.get('all_open:2026-10:all'))).toEqual({ created: 50, reopened: 80, won: 50, end: 80 })
  expect(rows.get('all_open:2026-10:all')).toMatchObject({ endLastYear: 100, isOpen: false })
  expect(rows.get('all_open:2026-10:all')).not.toHaveProperty('slippage')
  expect(parts(rows.get('all_open:2026-11:smb'))).toEqual({ start: 80, end: 80 })
  expect(rows.get('all_open:2026-11:smb')).toMatchObject({ isOpen: true, name: '2026-11, smb (all open)' })
})

test('what is due in a quarter: it may move from month to month in it and is not pushed out', () => {
  const rows = waterfall(
    deal('O1', ['2026-05-10', 'Prospecting', 100, '2026-07-20'], ['2026-07-18', 'Prospecting', 100, '2026-09-20']),
  )
  expect(rows.has('due_in_quarter:2026-06:all')).toBe(false)
  for (const month of ['07', '08', '09'])
    expect(parts(rows.get(`due_in_quarter:2026-${month}:all`))).toEqual({ start: 100, end: 100 })
  expect(rows.has('due_in_quarter:2026-10:all')).toBe(false)
})

test('opportunities without an account are in it, in segment none', () => {
  const { accountId: _, ...lonely } = anOpportunity({ amount: 100 })
  const facts = factsOf({ opportunities: [lonely], account: null })
  const rows = factsOfTotals('pipeline_month', totalsOf([facts]), defaultModel(), TODAY, utc)
  expect(rows.filter(({ month }) => month === '2026-11').map(({ id, end }) => [id, end])).toEqual([
    ['all_open:2026-11:all', 100],
    ['all_open:2026-11:none', 100],
  ])
})

test('the opportunities behind a row are told with what they did to it', () => {
  const { opportunity, changes } = deal(
    'a:b',
    ['2026-08-10', 'Prospecting', 100, '2026-09-20'],
    ['2026-09-18', 'Prospecting', 100, '2026-10-20'],
  )
  const scopes = scopesOf('pipeline_movement', factsOf({ opportunities: [opportunity], changes }))
  expect(scopes.map(({ id, names }) => [id, names.pipeline_movement?.change])).toEqual([
    ['a:b:2026-08:all_open:created', 100],
    ['a:b:2026-08:due_in_quarter:created', 100],
    ['a:b:2026-09:due_in_quarter:pushedOut', -100],
    ['a:b:2026-09:due_in_month:pushedOut', -100],
  ])
  expect(scopes[0]?.names.account?.id).toBe('A1')
  expect(recordBehind('pipeline_movement', 'a:b:2026-08:all_open:created')).toEqual({ kind: 'opportunity', id: 'a:b' })
})

test('rows of other totals, and of none, are none', () => {
  const others = new Map([
    ['Pwhat|670|all_open|smb', 5],
    ['Ps|670|next_year|smb', 5],
    ['Fn|670|won|smb', 2],
  ])
  expect(factsOfTotals('pipeline_month', others, defaultModel(), TODAY, utc)).toEqual([])
})

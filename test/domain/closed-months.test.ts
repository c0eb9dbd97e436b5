import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  asReported,
  byClosingMonth,
  CLOSING_KINDS,
  isClosing,
  lastClosed,
  restatementsOf,
} from '../../src/domain/closed-months.ts'
import { type Month, monthIndexOf } from '../../src/domain/day.ts'
import { defaultModel } from '../../src/domain/default-model.ts'
import { deriveDossier } from '../../src/domain/derive.ts'
import { readDossier } from '../../src/domain/dossier.ts'
import { FACTS } from '../../src/domain/fact-fields.ts'
import type { DossierFacts, FactValues, TotalsKind } from '../../src/domain/facts.ts'
import { factsOfTotals } from '../../src/domain/totals.ts'
import { aUser, contextOf, day, TODAY, totalsOf, utc } from './builders.ts'
import { someRows } from './generators.ts'

const model = { ...defaultModel(), funnelMonths: 24 }
const context = contextOf(model, [aUser({ id: 'U1', team: 'Central' })])
const NOW = monthIndexOf(TODAY)
const someFacts = fc.array(
  someRows.map((rows) => deriveDossier(readDossier(rows), context, TODAY).facts),
  { maxLength: 4 },
)
const rowsOf = (kind: TotalsKind, facts: readonly DossierFacts[]) =>
  factsOfTotals(kind, totalsOf(facts, model), model, TODAY, utc)

/** What is kept of every month up to one, as it was reported; months without rows among them. */
function reportedOf(kind: TotalsKind, rows: readonly FactValues[], closed: Month) {
  const byMonth = byClosingMonth(kind, rows)
  return new Map(Array.from({ length: 24 }, (_, n) => [closed - n, byMonth.get(closed - n) ?? []] as const))
}

const KINDS = CLOSING_KINDS.filter((kind) => kind !== 'attainment')
const ids = (rows: readonly FactValues[]) => rows.map(({ id }) => String(id)).sort()

describe.each(KINDS)('rows of closed months: %s', (kind) => {
  test('stay as they were reported whatever changes, others are as they are now; restatements sum up to the difference', () => {
    fc.assert(
      fc.property(someFacts, someFacts, fc.nat(20), (before, after, back) => {
        const closed = NOW - 1 - back
        const [then, now] = [rowsOf(kind, before), rowsOf(kind, after)]
        const reported = reportedOf(kind, then, closed)
        const shown = asReported(kind, now, reported, closed, NOW - model.funnelMonths + 1)
        const isClosed = (row: FactValues) => [...byClosingMonth(kind, [row]).keys()].some((month) => month <= closed)
        expect(shown.filter(isClosed)).toEqual(then.filter(isClosed))
        expect(ids(shown.filter((row) => !isClosed(row)))).toEqual(ids(now.filter((row) => !isClosed(row))))
        const restated = restatementsOf(kind, now, reported, closed, NOW - 23)
        for (const [field, { type }] of Object.entries(FACTS[kind].fields)) {
          if (type !== 'money' && (type !== 'integer' || field === 'stageOrder')) continue
          const sum = (rows: readonly FactValues[]) =>
            rows.filter(isClosed).reduce((total, row) => total + Number(row[field] ?? 0), 0)
          const difference = restated
            .filter((one) => one.field === field)
            .reduce((total, one) => total + one.difference, 0)
          expect([field, difference]).toEqual([field, sum(now) - sum(then)])
        }
      }),
      { numRuns: 40 },
    )
  })

  test('of data that did not change there is nothing to restate', () => {
    fc.assert(
      fc.property(someFacts, (facts) => {
        const rows = rowsOf(kind, facts)
        const reported = reportedOf(kind, rows, NOW - 1)
        expect(restatementsOf(kind, rows, reported, NOW - 1, NOW - 23)).toEqual([])
        expect(asReported(kind, rows, reported, NOW - 1, NOW - model.funnelMonths + 1)).toEqual(rows)
      }),
      { numRuns: 20 },
    )
  })
})

test('a month that goes on is not closed, whatever is said', () => {
  expect(lastClosed(null, TODAY)).toBeNull()
  expect(lastClosed(NOW + 3, TODAY)).toBe(NOW - 1)
  expect(lastClosed(NOW - 3, TODAY)).toBe(NOW - 3)
})

test('cohorts go on for as long as anything is open, and a quarter closes with its last month', () => {
  const monthOn = day('2026-03-01')
  expect([
    ...byClosingMonth('funnel_stage', [
      { view: 'entry_cohort', monthOn },
      { view: 'active', monthOn },
    ]),
  ]).toEqual([[monthIndexOf(monthOn), [{ view: 'active', monthOn }]]])
  expect([...byClosingMonth('attainment', [{ id: 't', toOn: day('2026-03-31') }]).keys()]).toEqual([
    monthIndexOf(monthOn),
  ])
  for (const kind of ['support_period', 'risk_quarter', 'forecast', 'feature']) expect(isClosing(kind)).toBe(false)
})

test('a row that is gone, and one that came later, count with nothing on the other side; months before those asked for are left out', () => {
  const row = (id: string, end: number): FactValues => ({ id, name: id, monthOn: day('2026-03-01'), end })
  const month = monthIndexOf(day('2026-03-01'))
  const reported = new Map([[month, [row('gone', 3)]]])
  expect(restatementsOf('arr_month', [], reported, month, month + 1)).toEqual([])
  const restated = restatementsOf('arr_month', [row('new', 5)], reported, month, month)
  expect(restated).toEqual([
    {
      kind: 'arr_month',
      month: '2026-03',
      id: 'gone',
      name: 'gone',
      field: 'end',
      reported: 3,
      now: null,
      difference: -3,
    },
    {
      kind: 'arr_month',
      month: '2026-03',
      id: 'new',
      name: 'new',
      field: 'end',
      reported: null,
      now: 5,
      difference: 5,
    },
  ])
})

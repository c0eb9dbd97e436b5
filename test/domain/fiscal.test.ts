import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { NO_COMPANY } from '../../src/domain/company.ts'
import type { Target } from '../../src/domain/company-records.ts'
import { firstDayOf, type Month, monthIndexOf } from '../../src/domain/day.ts'
import { defaultModel } from '../../src/domain/default-model.ts'
import { definitionsOf } from '../../src/domain/definitions/definitions.ts'
import type { FactValues, TotalsKind } from '../../src/domain/facts.ts'
import { quarterAfter, quarterName, quarterOf, yearName, yearOf, yearPeriod } from '../../src/domain/fiscal.ts'
import { factsOfTotals } from '../../src/domain/totals.ts'
import { anAccount, anOpportunity, contextOf, day, factsOf, noon, TODAY, totalsOf, utc } from './builders.ts'

const month = (text: string): Month => monthIndexOf(day(`${text}-01`))
const FEBRUARY = 1

describe('a year', () => {
  test('that begins in January is the calendar’s', () => {
    for (let at = month('1999-01'); at < month('2003-01'); at += 1) {
      const [year, in0] = [Math.floor(at / 12) + 1970, at % 12]
      expect(yearName(at, 0)).toBe(String(year))
      expect(quarterName(at, 0)).toBe(`${year}-Q${Math.floor(in0 / 3) + 1}`)
    }
  })

  test('that begins in another month is named by the calendar year in which it ends', () => {
    expect(quarterName(month('2026-02'), FEBRUARY)).toBe('FY2027-Q1')
    expect(quarterName(month('2026-01'), FEBRUARY)).toBe('FY2026-Q4')
    expect(quarterName(month('2026-12'), FEBRUARY)).toBe('FY2027-Q4')
    expect(yearName(month('2026-11'), FEBRUARY)).toBe('FY2027')
    // December begins the year that ends in November.
    expect(quarterName(month('2026-12'), 11)).toBe('FY2027-Q1')
    expect(quarterName(month('2026-11'), 11)).toBe('FY2026-Q4')
  })

  test('is four quarters of three months each, whatever month it begins with', () => {
    fc.assert(
      fc.property(fc.integer({ min: -200, max: 1200 }), fc.integer({ min: 0, max: 11 }), (at, yearStart) => {
        const quarter = quarterOf(at, yearStart)
        expect(quarter.from <= at && at <= quarter.to && quarter.to - quarter.from === 2).toBe(true)
        expect(quarterOf(quarter.to + 1, yearStart).from).toBe(quarter.to + 1)
        expect(quarterAfter(at, 1, yearStart).from).toBe(quarter.to + 1)
        const year = yearPeriod(yearOf(at, yearStart), yearStart)
        expect(year.from <= at && at <= year.to && year.to - year.from === 11).toBe(true)
        expect((((year.from - yearStart) % 12) + 12) % 12).toBe(0)
        expect(yearOf(year.to, 0)).toBe(yearOf(at, yearStart))
        const names = [0, 1, 2, 3].map((n) => quarterName(year.from + 3 * n, yearStart))
        expect(names).toEqual([1, 2, 3, 4].map((n) => `${yearName(at, yearStart)}-Q${n}`))
      }),
    )
  })
})

describe('where the year begins in February', () => {
  const model = { ...defaultModel(), yearStart: FEBRUARY }
  const context = contextOf(model)
  const target: Target = {
    id: 'T1',
    source: 'targets',
    sourceId: 'T1',
    changedAt: 0,
    subject: 'company',
    measure: 'arr_won',
    period: 'FY2027-Q4',
    amount: 100,
  }
  const open = { account: 'A1', amount: 60_000_00, createdAt: noon('2026-10-05') }
  const facts = factsOf(
    {
      account: anAccount({ arr: 1_000_000 }),
      opportunities: [
        anOpportunity({ ...open, id: 'october', closeOn: day('2026-10-31') }),
        anOpportunity({ ...open, id: 'january', closeOn: day('2027-01-31') }),
        anOpportunity({ ...open, id: 'february', closeOn: day('2027-02-01') }),
        anOpportunity({ ...open, id: 'won', stage: 'Closed Won', closeOn: day('2026-11-10') }),
      ],
      risks: [
        {
          id: 'R1',
          source: 's',
          sourceId: 'R1',
          changedAt: 0,
          accountId: 'A1',
          reason: 'price',
          openedAt: noon('2026-11-02'),
        },
        {
          id: 'R2',
          source: 's',
          sourceId: 'R2',
          changedAt: 0,
          accountId: 'A1',
          reason: 'price',
          openedAt: noon('2026-10-31'),
        },
      ],
    },
    context,
  )
  const totals = totalsOf([facts], model)
  const rowsOf = (kind: TotalsKind): FactValues[] =>
    factsOfTotals(kind, totals, model, TODAY, utc, { ...NO_COMPANY, targets: [target] })

  test('forecasts are of its quarters: November to January, then February to April, then May to July', () => {
    const now = rowsOf('forecast').filter(({ isCurrent }) => isCurrent === true)
    const spans = now.map(({ period, fromOn, toOn, openDue }) => [period, fromOn, toOn, openDue])
    const last = (text: string) => firstDayOf(month(text) + 1) - 1
    expect(spans).toEqual([
      ['month', day('2026-11-01'), last('2026-11'), 0],
      ['next_quarter', day('2027-02-01'), last('2027-04'), 60_000_00],
      ['quarter', day('2026-11-01'), last('2027-01'), 60_000_00],
      ['quarter_after_next', day('2027-05-01'), last('2027-07'), 0],
    ])
  })

  test('the target of a forecast is that of its quarter', () => {
    const settings = { ...model, forecast: { ...model.forecast, targetMeasures: ['arr_won'] } }
    const rows = factsOfTotals('forecast', totals, settings, TODAY, utc, { ...NO_COMPANY, targets: [target] })
    expect(rows.filter(({ target: amount }) => amount === 100).map(({ id }) => id)).toEqual(
      rows.filter(({ toOn, fromOn }) => toOn === day('2027-01-31') && fromOn === day('2026-11-01')).map(({ id }) => id),
    )
    expect(rows.find(({ id }) => id === 'quarter:2026-11')?.target).toBe(100)
  })

  test('must-win opportunities are due in its quarter', () => {
    expect(rowsOf('must_win').map(({ id, quarter }) => [id, quarter])).toEqual([['january', 'FY2027-Q4']])
  })

  test('the pipeline that is due in the quarter is due up to January', () => {
    const row = rowsOf('pipeline_month').find(({ id }) => id === 'due_in_quarter:2026-11:all') ?? expect.fail()
    expect([row.endCount, row.end]).toEqual([1, 60_000_00])
  })

  test('risks are counted in its quarters', () => {
    const all = rowsOf('risk_quarter').filter(({ by }) => by === 'all')
    expect(all.map(({ quarter, fromOn, opened, isOpen }) => [quarter, fromOn, opened, isOpen])).toEqual([
      ['FY2027-Q3', day('2026-08-01'), 1, false],
      ['FY2027-Q4', day('2026-11-01'), 1, true],
    ])
  })

  test('a target of a quarter is reached by what is won in it', () => {
    expect(rowsOf('attainment')).toMatchObject([
      { period: 'FY2027-Q4', fromOn: day('2026-11-01'), toOn: day('2027-01-31'), reached: 60_000_00, target: 100 },
    ])
  })

  test('the definition says so beside the numbers', () => {
    const sentenceOf = (of: typeof model) =>
      definitionsOf({}, of).find(({ name }) => name === 'fiscal_calendar')?.sentence
    expect(sentenceOf(model)).toBe(
      'Months are those of the calendar, by the days of UTC; quarters and years are of a year that begins with February and is named by the calendar year in which it ends: FY2027-Q1 is February to April 2026.',
    )
    expect(sentenceOf({ ...model, yearStart: 0 })).toBe(
      'Months are those of the calendar, by the days of UTC; quarters and years are those of the calendar too.',
    )
  })
})

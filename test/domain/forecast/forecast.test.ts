import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { NO_COMPANY } from '../../../src/domain/company.ts'
import type { Target } from '../../../src/domain/company-records.ts'
import { firstDayOf, formatMonth, monthIndexOf } from '../../../src/domain/day.ts'
import { defaultModel, SALESFORCE_STAGES } from '../../../src/domain/default-model.ts'
import type { FactValues } from '../../../src/domain/facts.ts'
import { FORECAST_PERIODS } from '../../../src/domain/forecast/forecast-period.ts'
import { MONTHS_AHEAD, readStageSeries } from '../../../src/domain/forecast/forecast-totals.ts'
import { factsOfTotals } from '../../../src/domain/totals.ts'
import { anOpportunity, day, factsOf, history, noon, TODAY, totalsOf, utc } from '../builders.ts'
import { changesOf, type KnownDeal, someKnownDeal } from '../generators.ts'

const model = { ...defaultModel(), funnelMonths: 14 }
const MS_PER_DAY = 86_400_000

function totalsOfDeals(deals: readonly KnownDeal[]): Map<string, number> {
  const opportunities = deals.map(({ id, rows }) => {
    const last = rows.at(-1) ?? expect.fail()
    const stage = SALESFORCE_STAGES[last.place]?.name ?? ''
    return anOpportunity({ id, stage, amount: last.amount, createdAt: (rows[0]?.day ?? 0) * MS_PER_DAY })
  })
  return totalsOf([factsOf({ opportunities, changes: deals.flatMap(changesOf) })], model)
}

function rowsOf(
  kind: 'forecast' | 'forecast_calibration',
  totals: ReadonlyMap<string, number>,
): Map<string, FactValues> {
  return new Map(factsOfTotals(kind, totals, model, TODAY, utc).map((row) => [String(row.id), row]))
}

/** So many of 40 that are created in December, all in one stage, are won in each month; each is worth 100. */
function yearOf(wonIn: Readonly<Record<string, number>>): Map<string, number> {
  let next = 0
  const closing = Object.entries(wonIn).flatMap(([month, count]) => Array.from({ length: count }, () => month))
  const deals = Array.from({ length: 40 }, () => {
    const id = `O${String(next).padStart(2, '0')}`
    const month = closing[next]
    next += 1
    const rows = history(
      id,
      ['2025-12-10', 'Prospecting', 100],
      ...(month ? [[`${month}-15`, 'Closed Won', 100] as const] : []),
    )
    const stage = month === undefined ? 'Prospecting' : 'Closed Won'
    return { opportunity: anOpportunity({ id, stage, amount: 100, createdAt: noon('2025-12-10') }), rows }
  })
  const opportunities = deals.map(({ opportunity }) => opportunity)
  return totalsOf([factsOf({ opportunities, changes: deals.flatMap(({ rows }) => rows) })], model)
}

describe('a forecast', () => {
  const totals = yearOf({ '2026-01': 4, '2026-02': 6, '2026-11': 3 })
  const rows = rowsOf('forecast', totals)

  test('is what stood open at the start × the share that was won in such months before', () => {
    // January 4 of 40, February 6 of 36: 10 of 76; March begins with 30.
    expect(rows.get('month:2026-03')).toMatchObject({
      open: 30,
      openArr: 3000,
      expectedCount: (30 * 10) / 76,
      expected: Math.round((3000 * 10) / 76),
      forecast: Math.round((3000 * 10) / 76),
      wonBefore: 0,
      wonSince: 0,
      isOver: true,
      isCurrent: false,
      name: '2026-03: 2026-03',
    })
    expect(rows.get('month:2026-03')?.brier).toBeCloseTo((10 / 76) ** 2, 12)
  })

  test('of a quarter adds what was won in it before to what is expected in the months that are left', () => {
    // At the beginning of February only January is over: no month and a half is. Two months from then: none known.
    expect(rows.get('quarter:2026-02')).toMatchObject({ wonBefore: 400, wonSince: 600, withoutRate: 3600 })
    expect(rows.get('quarter:2026-02')).not.toHaveProperty('expected')
    // In March one month is left: as the month, with what was won in January and February.
    expect(rows.get('quarter:2026-03')).toMatchObject({
      wonBefore: 1000,
      forecast: 1000 + Math.round((3000 * 10) / 76),
    })
  })

  test('made this month stands beside what was won since, so far', () => {
    expect(rows.get('month:2026-11')).toMatchObject({ isCurrent: true, isOver: false, wonSince: 300, wonOfOpen: 300 })
    expect(rows.get('month:2026-11')).not.toHaveProperty('brier')
    expect(rows.get('next_quarter:2026-11')).toMatchObject({ wonSince: 0, name: '2026-11: 2027-01 to 2027-03' })
    expect(rows.get('quarter_after_next:2026-11')).toMatchObject({ wonSince: 0, name: '2026-11: 2027-04 to 2027-06' })
  })

  test('has a range as soon as six earlier ones are over, by how far off those were', () => {
    expect(rows.get('month:2026-07')).not.toHaveProperty('low')
    const row = rows.get('month:2026-11') ?? expect.fail()
    expect(row.earlierForecasts).toBe(9)
    // Of the nine, February won 6 where 3.6 were expected; March to October won nothing.
    expect(row.low).toBe(0)
    const highest = 6 / 3.6
    expect(row.high).toBe(Math.round((row.expected as number) * highest * (0.9 * 8 - 7)))
  })

  test('is not made of pipelines with too little history, which is said', () => {
    const few = rowsOf('forecast', totalsOf([factsOf({ opportunities: [anOpportunity({ amount: 100 })] })], model))
    expect(few.get('month:2026-11')).toMatchObject({ open: 1, openArr: 100, withoutRate: 100, earlierForecasts: 0 })
    for (const name of ['expected', 'forecast', 'low']) expect(few.get('month:2026-11')).not.toHaveProperty(name)
  })

  test('takes the rate of the pipeline for a stage with too little history, and says so', () => {
    const [first, ...others] = [...totals]
    const one = totalsOf(
      [
        factsOf({
          opportunities: [
            anOpportunity({ id: 'X', stage: 'Qualification', amount: 500, createdAt: noon('2026-09-01') }),
          ],
          changes: history('X', ['2026-09-01', 'Qualification', 500]),
        }),
      ],
      model,
    )
    const both = new Map([first ?? expect.fail(), ...others])
    for (const [key, value] of one) both.set(key, (both.get(key) ?? 0) + value)
    expect(rowsOf('forecast', both).get('month:2026-10')).toMatchObject({
      open: 31,
      byPipelineRate: 500,
      withoutRate: 0,
    })
  })
})

test('what was won, opened again and won again is won once; what is open again is not won any more', () => {
  const again = history(
    'O1',
    ['2026-07-02', 'Prospecting', 100],
    ['2026-07-20', 'Closed Won', 100],
    ['2026-08-05', 'Prospecting', 100],
    ['2026-09-10', 'Closed Won', 120],
  )
  const open = history(
    'O2',
    ['2026-07-02', 'Prospecting', 50],
    ['2026-07-20', 'Closed Won', 50],
    ['2026-09-05', 'Prospecting', 50],
  )
  const opportunities = [
    anOpportunity({ id: 'O1', stage: 'Closed Won', amount: 120, createdAt: noon('2026-07-02') }),
    anOpportunity({ id: 'O2', amount: 50, createdAt: noon('2026-07-02') }),
  ]
  const totals = totalsOf([factsOf({ opportunities, changes: [...again, ...open] })], model)
  const rows = rowsOf('forecast', totals)
  // As it was known then: two wins in July; one was taken back in August.
  expect(rows.get('quarter:2026-08')).toMatchObject({ wonBefore: 150, won: 120 })
  expect(rows.get('quarter:2026-09')).toMatchObject({ wonBefore: 50, won: 120 })
  expect(rows.get('quarter:2026-10')).toMatchObject({ wonLastYear: 0, won: 0 })
  const target: Target = {
    ...{ id: 'T1', source: 'files', sourceId: 'T1', changedAt: 0 },
    ...{ measure: 'arr_won', period: '2026-Q3', amount: 240 },
  }
  const company = { ...NO_COMPANY, targets: [target] }
  expect(factsOfTotals('attainment', totals, model, TODAY, utc, company)).toMatchObject([
    { reached: 120, attainment: 0.5 },
  ])
})

test('a gap is filled by what its target is of alone: new ARR by no expansions, expansions by no new business, neither by renewals', () => {
  const due = { closeOn: day('2026-12-10'), createdAt: noon('2026-10-01') }
  const won = { stage: 'Closed Won', closeOn: day('2026-10-20'), createdAt: noon('2026-10-01') }
  const opportunities = [
    anOpportunity({ id: 'O1', kind: 'new_business', amount: 300, ...won }),
    anOpportunity({ id: 'O2', kind: 'renewal', amount: 5000, ...won }),
    anOpportunity({ id: 'O3', kind: 'new_business', amount: 1400, ...due }),
    anOpportunity({ id: 'O4', kind: 'renewal', amount: 9000, ...due }),
    anOpportunity({ id: 'O5', kind: 'expansion', amount: 200, ...won }),
    anOpportunity({ id: 'O6', kind: 'expansion', amount: 400, ...due }),
  ]
  const of = (...measures: readonly string[]) => {
    const told = { ...model, forecast: { ...model.forecast, targetMeasures: measures } }
    const targets: Target[] = measures.map((measure) => ({
      ...{ id: measure, source: 'files', sourceId: measure, changedAt: 0 },
      ...{ measure, period: '2026-Q4', amount: 1000 / measures.length },
    }))
    const totals = totalsOf([factsOf({ opportunities })], told)
    return factsOfTotals('forecast', totals, told, TODAY, utc, { ...NO_COMPANY, targets }).find(
      ({ id }) => id === 'quarter:2026-11',
    )
  }
  const all = { won: 5500, renewalsWon: 5000, expansionsWon: 200, openDue: 10_800 }
  expect(of('arr_new')).toMatchObject({ ...all, gap: 700, coverage: 2 })
  expect(of('arr_expansion')).toMatchObject({ ...all, gap: 800, coverage: 0.5 })
  expect(of('arr_new', 'arr_expansion')).toMatchObject({ ...all, gap: 500, coverage: 1800 / 500 })
  expect(of('arr_won')).toMatchObject({ ...all, gap: 0 })
})

test('the calibration table tells of forecasts that are over what they gave and what came of them', () => {
  const table = [...rowsOf('forecast_calibration', yearOf({ '2026-01': 4, '2026-02': 6, '2026-11': 3 })).values()]
  const ofMonth = table.filter(({ period }) => period === 'month')
  // February to October, told at the beginning of each month of each that stood open.
  expect(ofMonth.reduce((sum, row) => sum + (row.opportunities as number), 0)).toBe(36 + 8 * 30)
  expect(ofMonth.reduce((sum, row) => sum + (row.won as number), 0)).toBe(6)
  const share = 6 / 276
  for (const row of ofMonth) expect(row.brierOfOneRate).toBeCloseTo(share * (1 - share), 12)
})

test('stages that no history tells are forecast, and nothing is learnt from them', () => {
  const opportunities = Array.from({ length: 40 }, (_, i) =>
    anOpportunity({ id: `O${i}`, amount: 100, createdAt: noon('2025-12-10') }),
  )
  const rows = rowsOf('forecast', totalsOf([factsOf({ opportunities })], model))
  expect(rows.get('month:2026-11')).toMatchObject({ open: 40, withoutRate: 4000 })
})

const someDeals = fc.array(someKnownDeal(TODAY), { minLength: 20, maxLength: 40 }).map((list) =>
  list.map(({ rows }, i): KnownDeal => {
    // What was closed once stays so.
    const end = rows.findIndex(({ place }) => SALESFORCE_STAGES[place]?.state !== 'open')
    return { id: `O${String(i).padStart(2, '0')}`, rows: end < 0 ? rows : rows.slice(0, end + 1) }
  }),
)

test('a forecast made in an earlier month is what it would have been had it been made then: nothing later is in it', () => {
  fc.assert(
    fc.property(someDeals, fc.integer({ min: 1, max: 10 }), (deals, ago) => {
      const then = monthIndexOf(TODAY) - ago
      const known = deals.flatMap(({ id, rows }) => {
        const some = rows.filter(({ day: on }) => on < firstDayOf(then))
        return some.length === 0 ? [] : [{ id, rows: some }]
      })
      const late = rowsOf('forecast', totalsOfDeals(deals))
      const madeThen = new Map(
        factsOfTotals('forecast', totalsOfDeals(known), model, firstDayOf(then), utc).map((row) => [row.id, row]),
      )
      for (const period of FORECAST_PERIODS) {
        const id = `${period}:${formatMonth(then)}`
        const told = (row: FactValues | undefined) =>
          ['open', 'openArr', 'wonBefore', 'expected', 'expectedCount', 'forecast', 'low', 'high', 'withoutRate'].map(
            (name) => row?.[name] ?? 0,
          )
        expect([id, ...told(late.get(id))]).toEqual([id, ...told(madeThen.get(id))])
      }
    }),
    { numRuns: 40 },
  )
})

test('what stood in a stage when a month began, and what was won of it how many months later, is what looking at each says', () => {
  fc.assert(
    fc.property(someDeals, (deals) => {
      const series = readStageSeries(totalsOfDeals(deals))
      for (let month = monthIndexOf(TODAY) - 10; month <= monthIndexOf(TODAY); month += 1) {
        let [open, arr] = [0, 0]
        const won = Array.from({ length: MONTHS_AHEAD }, () => [0, 0])
        for (const { rows } of deals) {
          const then = rows.findLast(({ day: on }) => on < firstDayOf(month))
          if (then === undefined || SALESFORCE_STAGES[then.place]?.state !== 'open') continue
          open += 1
          arr += then.amount
          const last = rows.at(-1) ?? expect.fail()
          const place = won[monthIndexOf(last.day) - month]
          if (SALESFORCE_STAGES[last.place]?.state !== 'won' || place === undefined) continue
          place[0] = (place[0] ?? 0) + 1
          place[1] = (place[1] ?? 0) + last.amount
        }
        const sum = (of: (one: (typeof series)[number]) => number) => series.reduce((total, one) => total + of(one), 0)
        expect([sum((one) => one.at(month).open), sum((one) => one.at(month).arr)]).toEqual([open, arr])
        won.forEach((pair, ahead) => {
          expect([
            sum((one) => one.won(month, ahead, ahead).count),
            sum((one) => one.won(month, ahead, ahead).arr),
          ]).toEqual(pair)
        })
      }
    }),
    { numRuns: 60 },
  )
})

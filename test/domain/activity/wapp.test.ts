import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { NO_COMPANY } from '../../../src/domain/company.ts'
import type { Target } from '../../../src/domain/company-records.ts'
import { firstDayOf, monthIndexOf } from '../../../src/domain/day.ts'
import { defaultModel } from '../../../src/domain/default-model.ts'
import type { FactValues } from '../../../src/domain/facts.ts'
import { mondayOf, weekOf } from '../../../src/domain/support/office-hours.ts'
import { factsOfTotals } from '../../../src/domain/totals.ts'
import { anAccount, aPeriod, day, factsOf, TODAY, totalsOf, utc } from '../builders.ts'

const model = { ...defaultModel(), funnelMonths: 30 }
const CURRENT = monthIndexOf(TODAY)

function usageOf(id: string, weeks: readonly (readonly [week: number, people: number])[]) {
  return weeks.map(([week, activeUsers]) => {
    const own = `${id}-${week}`
    return { id: own, source: 'usage', sourceId: own, changedAt: 0, accountId: id, week: mondayOf(week), activeUsers }
  })
}

function rowsOf(totals: ReadonlyMap<string, number>): Map<string, FactValues> {
  return new Map(factsOfTotals('wapp_month', totals, model, TODAY, utc).map((row) => [String(row.id), row]))
}

describe('weekly active paying people', () => {
  test('are what counting each account in each week says, by motion', () => {
    const week = fc.tuple(fc.integer({ min: weekOf(TODAY) - 60, max: weekOf(TODAY) }), fc.integer({ min: 1, max: 90 }))
    const account = fc.record({
      motion: fc.constantFrom('sales_assisted' as const, 'self_serve' as const, undefined),
      from: fc.integer({ min: TODAY - 500, max: TODAY }),
      weeks: fc.uniqueArray(week, { maxLength: 10, selector: ([of]) => of }),
    })
    fc.assert(
      fc.property(fc.array(account, { maxLength: 5 }), (accounts) => {
        const facts = accounts.map(({ motion, from, weeks }, i) =>
          factsOf({
            account: anAccount({ id: `A${i}`, ...(motion === undefined ? {} : { motion }) }),
            periods: [aPeriod({ accountId: `A${i}`, startOn: from })],
            usage: usageOf(`A${i}`, weeks),
          }),
        )
        const rows = rowsOf(totalsOf(facts, model))
        for (const slice of ['all', 'sales_assisted', 'self_serve']) {
          const paying = accounts
            .filter(({ motion = 'sales_assisted' }) => slice === 'all' || motion === slice)
            .flatMap(({ from, weeks }) => weeks.filter(([of]) => mondayOf(of) >= from))
          const first = Math.min(...paying.map(([of]) => of))
          for (let month = CURRENT - 13; month <= CURRENT; month += 1) {
            const whole: number[] = []
            for (let of = weekOf(firstDayOf(month)); of < weekOf(TODAY); of += 1)
              if (monthIndexOf(mondayOf(of)) === month && of >= first) whole.push(of)
            const people = paying.filter(([of]) => whole.includes(of)).reduce((sum, [, active]) => sum + active, 0)
            const id = `${new Date(Date.UTC(1970, month, 1)).toISOString().slice(0, 7)}:${slice}`
            expect([id, rows.get(id)?.wapp]).toEqual([
              id,
              whole.length === 0 ? undefined : Math.round(people / whole.length),
            ])
          }
        }
      }),
      { numRuns: 30 },
    )
  })

  /** Each month `signed[i]` accounts sign, and as many people come to use the product `lag` months later. */
  function company(signed: readonly number[], lag: number): Map<string, number> {
    const first = CURRENT - signed.length
    const people = (month: number) =>
      100 + signed.slice(0, Math.max(0, month - lag - first + 1)).reduce((sum, one) => sum + one, 0)
    const weeks: [number, number][] = []
    for (let week = weekOf(firstDayOf(first)); week < weekOf(TODAY); week += 1)
      weeks.push([week, people(monthIndexOf(mondayOf(week)))])
    const old = factsOf({
      account: anAccount({ id: 'old', motion: 'sales_assisted' }),
      periods: [aPeriod({ accountId: 'old', startOn: day('2020-01-01') })],
      usage: usageOf('old', weeks),
    })
    const others = signed.map((count, i) =>
      factsOf({
        account: anAccount({ id: `A${i}`, motion: 'sales_assisted' }),
        periods: [aPeriod({ accountId: `A${i}`, startOn: firstDayOf(first + i), mrr: 100 * count + 1 })],
      }),
    )
    return totalsOf([old, ...others], model)
  }

  test('follow what was signed with the lag at which both went together most', () => {
    const signed = Array.from({ length: 30 }, (_, i) => ((i * 37) % 11) + ((i * 17) % 5))
    const row = rowsOf(company(signed, 3)).get('2026-11:sales_assisted') ?? expect.fail()
    expect(row).toMatchObject({ lagMonths: 3, lagMonthsKnown: 24 })
    expect(row.correlation).toBeGreaterThan(0.95)
    expect(row.correlationLow).toBeGreaterThan(0.8)
    expect(row.lagNote).toBe('went together most 3 months after signing, over 24 months')
  })

  test('are not compared with what was signed below 12 months: that is said, with how many there are', () => {
    const row = rowsOf(company([1, 5, 2, 9, 4, 3, 8], 2)).get('2026-11:sales_assisted') ?? expect.fail()
    expect(row).toMatchObject({ lagNote: 'not enough data', lagMonthsKnown: 7 })
    expect(row).not.toHaveProperty('correlation')
  })
})

describe('the scoreboard', () => {
  const targetOf = (measure: string, fields: Partial<Target>): Target => ({
    ...{ id: measure, source: 'targets', sourceId: measure, changedAt: 0, measure, period: '2026-11' },
    ...fields,
  })

  test('measures people who are active and pay in the latest whole week, and their share of paid seats', () => {
    const [last, running] = [weekOf(TODAY) - 1, weekOf(TODAY)]
    const facts = [
      factsOf({
        account: anAccount({ motion: 'sales_assisted' }),
        periods: [aPeriod({ seats: 40 })],
        usage: usageOf('A1', [
          [last - 1, 50],
          [last, 10],
          [running, 90],
        ]),
      }),
      factsOf({
        account: anAccount({ id: 'A2', motion: 'self_serve' }),
        periods: [aPeriod({ accountId: 'A2' })],
        usage: usageOf('A2', [[last, 5]]),
      }),
    ]
    const targets = [
      targetOf('wapp', { value: 30 }),
      targetOf('wapp_self_serve', { value: 5 }),
      targetOf('active_share', { value: 0.5 }),
      targetOf('pipeline_influenced', { amount: 100 }),
    ]
    const rows = factsOfTotals('attainment', totalsOf(facts, model), model, TODAY, utc, { ...NO_COMPANY, targets })
    expect(
      rows.map(({ id, reachedNumber, reached, attainment }) => [id, reachedNumber ?? reached, attainment]),
    ).toEqual([
      ['active_share', 0.25, 0.5],
      ['pipeline_influenced', 0, 0],
      ['wapp', 15, 0.5],
      ['wapp_self_serve', 5, 1],
    ])
    // Nobody kept how things stood a year ago.
    for (const row of rows) {
      expect(row).not.toHaveProperty('reachedNumberLastYear')
      expect(row).not.toHaveProperty('reachedLastYear')
    }
  })
})

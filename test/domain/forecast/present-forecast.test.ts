import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Day, firstDayOf, monthIndexOf } from '../../../src/domain/day.ts'
import { defaultModel, SALESFORCE_STAGES } from '../../../src/domain/default-model.ts'
import type { FactValues } from '../../../src/domain/facts.ts'
import { AGES, ageTail, readAgeSeries } from '../../../src/domain/forecast/forecast-totals.ts'
import { readOpen } from '../../../src/domain/forecast/open-totals.ts'
import { addToReadBack, type OpenOpportunity, readBack } from '../../../src/domain/forecast/read-back.ts'
import { amountDistribution } from '../../../src/domain/statistics/amount-distribution.ts'
import { Tally } from '../../../src/domain/tally.ts'
import { factsOfTotals } from '../../../src/domain/totals.ts'
import { anOpportunity, day, factsOf, history, noon, TODAY, totalsOf, utc } from '../builders.ts'
import { changesOf, type KnownDeal, someKnownDeal } from '../generators.ts'

const model = { ...defaultModel(), funnelMonths: 3 }
const MS_PER_DAY = 86_400_000

function forecastsOf(totals: ReadonlyMap<string, number>, today: Day = TODAY): Map<string, FactValues> {
  return new Map(factsOfTotals('forecast', totals, model, today, utc).map((row) => [String(row.id), row]))
}

/** Open opportunities due on a day, of which nothing but the CRM tells how likely they are won. */
function due(closeOn: string, amounts: readonly (readonly [amount: number, probability: number])[]) {
  return amounts.map(([amount, probability], i) =>
    anOpportunity({ id: `O${closeOn}-${i}`, amount, probability, closeOn: day(closeOn) }),
  )
}

const FIVE = [
  ...[[120_000_00, 0.9] as const, [80_000_00, 0.6] as const, [50_000_00, 0.5] as const],
  ...[[200_000_00, 0.2] as const, [30_000_00, 0.1] as const],
]

describe('the forecast of today', () => {
  test('of fewer than 25 opportunities is exact: published five deals come to 120, 200 and 400 thousand', () => {
    const totals = totalsOf([factsOf({ opportunities: due('2026-11-29', FIVE) })], model)
    expect(forecastsOf(totals).get('month:2026-11')).toMatchObject({
      ...{ openNow: 5, openArrNow: 480_000_00, now: 224_000_00, p10: 120_000_00, p50: 200_000_00, p90: 400_000_00 },
      ...{ nowByCrm: 480_000_00, nowByAge: 0, nowByStage: 0, nowWithoutChance: 0 },
      nowMethod: 'each of 5 open opportunities by itself, every total exactly (up to 24 uncertain ones)',
    })
  })

  test('takes the CRM’s probability for what is due in the period, or overdue, and nothing for what is due later', () => {
    const opportunities = [
      ...due('2026-11-29', [[100, 1]]),
      ...due('2026-12-29', [[1000, 1]]),
      ...due('2027-01-10', [[10_000, 1]]),
      ...due('2026-10-10', [[100_000, 1]]),
    ]
    const rows = forecastsOf(totalsOf([factsOf({ opportunities })], model))
    expect(rows.get('month:2026-11')).toMatchObject({ now: 100_100, p10: 100_100, p90: 100_100 })
    expect(rows.get('quarter:2026-11')).toMatchObject({ now: 101_100 })
    expect(rows.get('next_quarter:2026-11')).toMatchObject({ now: 10_000 })
    expect(rows.get('month:2026-10')).not.toHaveProperty('now')
  })

  test('says so where no chance is known', () => {
    const rows = forecastsOf(totalsOf([factsOf({ opportunities: [anOpportunity({ amount: 700 })] })], model))
    expect(rows.get('month:2026-11')).toMatchObject({ openNow: 1, openArrNow: 700, nowWithoutChance: 700 })
    expect(rows.get('month:2026-11')).not.toHaveProperty('p50')
  })

  test('takes the share that was won of the same stage and age, for the part of the month that is left', () => {
    const opportunities = []
    const changes = []
    // Each month of eleven 40 come into a stage; 10 of them are won in the month after, 2 of the others in the one after that.
    for (let month = 0; month < 11; month += 1) {
      for (let i = 0; i < 40; i += 1) {
        const id = `O${month}-${String(i).padStart(2, '0')}`
        const at = (months: number) =>
          new Date(Date.UTC(2025, 9 + month + months, 10)).toISOString().slice(0, 10) as string
        const end = i < 10 ? 1 : i < 12 ? 2 : 3
        const stage = i < 12 ? 'Closed Won' : 'Closed Lost'
        opportunities.push(anOpportunity({ id, stage, amount: 100, createdAt: noon(at(0)) }))
        changes.push(...history(id, [at(0), 'Prospecting', 100], [at(end), stage, 100]))
      }
    }
    opportunities.push(anOpportunity({ id: 'X', amount: 1000, createdAt: noon('2026-10-20') }))
    changes.push(...history('X', ['2026-10-20', 'Prospecting', 1000]))
    const totals = totalsOf([factsOf({ opportunities, changes })], model)
    const row = forecastsOf(totals).get('month:2026-11') ?? expect.fail()
    // A quarter is won in the first month after; of November 9 days of 30 are left, today among them.
    expect(row).toMatchObject({ openNow: 1, nowByAge: 1000, nowByStage: 0, nowByCrm: 0 })
    expect((row.now as number) - (row.won as number)).toBe(Math.round(1000 * 0.25 * (9 / 30)))
    expect(row.nowError).toBe(0)
  })
})

describe('open opportunities', () => {
  const one: fc.Arbitrary<OpenOpportunity> = fc.record({
    stage: fc.constantFrom('salesforce|0|*', 'salesforce|1|*', 'hubspot|?|Partner | two'),
    since: fc.integer({ min: 600, max: 690 }),
    due: fc.option(fc.integer({ min: 600, max: 700 }), { nil: undefined }),
    chance: fc.option(fc.integer({ min: 0, max: 100 }), { nil: undefined }),
    arr: fc.integer({ min: -1_000_000, max: 5_000_000_000_000 }),
  })
  const stages = ['hubspot|?|Partner | two', 'salesforce|0|*', 'salesforce|1|*']
  const sumsOf = (list: readonly OpenOpportunity[]) => {
    const tally = new Tally()
    for (const open of list) addToReadBack(tally, open)
    return tally.take()
  }

  test('come back out of their sums, each as it is, as long as they are few', () => {
    fc.assert(
      fc.property(fc.array(one, { maxLength: 60 }), (list) => {
        const back = readBack(sumsOf(list), stages)
        // Two that share all three places are not told apart: that is one case in thousands.
        if (back === undefined) return
        const flat = back.flatMap(({ count, ...open }) => Array.from({ length: count }, () => open))
        const inOrder = (some: readonly OpenOpportunity[]) =>
          some.map((open) => JSON.stringify(Object.entries(open).sort())).sort()
        expect(inOrder(flat)).toEqual(inOrder(list))
      }),
      { numRuns: 50 },
    )
    const failed = fc.sample(fc.array(one, { minLength: 24, maxLength: 24 }), { numRuns: 200, seed: 7 })
    expect(failed.filter((list) => readBack(sumsOf(list), stages) === undefined).length).toBeLessThanOrEqual(2)
  })

  test('are not guessed when there are many', () => {
    const [many = []] = fc.sample(fc.array(one, { minLength: 1000, maxLength: 1000 }), { numRuns: 1, seed: 3 })
    const sums = sumsOf(many)
    expect(readBack(sums, stages)).toBeUndefined()
    expect(sums.size).toBeLessThanOrEqual(192 * 5)
  })

  test('that are too many to be read back are convolved by stage, age and band, within the bound that is told', () => {
    const opportunities = Array.from({ length: 800 }, (_, i) =>
      anOpportunity({
        ...{ id: `O${i}`, amount: 1_000_00 + ((i * 7919) % 9000) * 10, probability: 0.3 },
        closeOn: day('2026-11-29'),
      }),
    )
    const totals = totalsOf([factsOf({ opportunities })], model)
    const row = forecastsOf(totals).get('month:2026-11') ?? expect.fail()
    const known = amountDistribution(opportunities.map(({ amount = 0 }) => ({ amount, probability: 0.3 })))
    expect(row.nowMethod).toBe('by stage, age and band of ARR, convolved on a grid of 4,096 steps')
    expect(row.now).toBe(Math.round(known.mean))
    for (const [name, share] of [['p10', 0.1] as const, ['p50', 0.5] as const, ['p90', 0.9] as const])
      expect(Math.abs((row[name] as number) - known.quantile(share))).toBeLessThanOrEqual(row.nowError as number)
    expect(row.nowError).toBeLessThan(0.03 * known.mean)
    expect(readOpen(totals).groups.length).toBeLessThan(30)
  })
})

test('what stood in a stage at each age when a month began is what looking at each says', () => {
  const deals = fc.array(someKnownDeal(TODAY), { minLength: 1, maxLength: 12 })
  fc.assert(
    fc.property(deals, (list) => {
      const known = list.map(({ rows }, i): KnownDeal => ({ id: `O${String(i).padStart(2, '0')}`, rows }))
      const opportunities = known.map(({ id, rows }) => {
        const last = rows.at(-1) ?? expect.fail()
        const stage = SALESFORCE_STAGES[last.place]?.name ?? ''
        return anOpportunity({ id, stage, amount: last.amount, createdAt: (rows[0]?.day ?? 0) * MS_PER_DAY })
      })
      const facts = factsOf({ opportunities, changes: known.flatMap(changesOf) })
      const series = readAgeSeries(totalsOf([facts], model))
      for (let month = monthIndexOf(TODAY) - 10; month <= monthIndexOf(TODAY); month += 1) {
        const counts = new Map<string, number>()
        for (const { path } of facts.counted.opportunities) {
          const at = path.findLastIndex((point) => point.day < firstDayOf(month))
          const then = path[at]
          if (then === undefined || then.guessed || SALESFORCE_STAGES[then.stage]?.state !== 'open') continue
          let since = at
          while (since > 0 && path[since - 1]?.stage === then.stage) since -= 1
          const months = month - (path[since]?.month ?? 0)
          const age = months >= AGES[2] ? 2 : months >= AGES[1] ? 1 : 0
          const key = ageTail(age, `salesforce|${then.stage}|*`)
          counts.set(key, (counts.get(key) ?? 0) + 1)
        }
        const told = [...series].map(([key, one]) => [key, one.at(month).open] as const).filter(([, open]) => open > 0)
        expect(new Map(told.sort())).toEqual(new Map([...counts].sort()))
      }
    }),
    { numRuns: 60 },
  )
})

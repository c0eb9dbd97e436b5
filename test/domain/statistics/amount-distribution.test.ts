import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { amountDistribution, countDistribution } from '../../../src/domain/statistics/amount-distribution.ts'
import { gridTotals } from '../../../src/domain/statistics/amount-grid.ts'
import { exactTotals, type UncertainAmount } from '../../../src/domain/statistics/amount-totals.ts'
import { HAS_ORACLES, isAsPrinted, readOracles } from './oracles.ts'

const someAmount = fc.record({
  amount: fc.integer({ min: -50_000, max: 900_000 }),
  probability: fc.oneof(fc.constantFrom(0, 1, 0.5), fc.double({ min: 0, max: 1, noNaN: true })),
})

/** Every combination, one by one. */
function chanceOfAtMost(amounts: readonly UncertainAmount[], limit: number): number {
  const [first, ...rest] = amounts
  if (first === undefined) return limit >= 0 ? 1 : 0
  const { amount, probability } = first
  return (
    (1 - probability) * chanceOfAtMost(rest, limit) +
    (probability && probability * chanceOfAtMost(rest, limit - amount))
  )
}

describe.skipIf(!HAS_ORACLES)('the forecast of five deals', () => {
  const published = HAS_ORACLES ? readOracles().forecast_poisson_binomial_derived : undefined
  const deals = published?.deals.map(([amount = 0, probability = 0]) => ({ amount, probability })) ?? []

  test('has the mean, deviation and percentiles reckoned by hand', () => {
    const found = amountDistribution(deals)
    expect(found.mean).toBeCloseTo(published?.mean ?? 0, 6)
    expect(isAsPrinted(found.standardDeviation, published?.sd ?? 0)).toBe(true)
    expect([0.1, 0.5, 0.9].map((share) => found.quantile(share))).toEqual(published?.p10_p50_p90)
    expect(isAsPrinted(1 - found.atMost(199_999), published?.['P(>=200k)'] ?? 0)).toBe(true)
    expect(found).toMatchObject({ method: 'exact', amountError: 0, chanceError: 0 })
  })

  test('has the chances of how many are won', () => {
    const chances = countDistribution(deals.map(({ probability }) => probability))
    expect(chances.map((chance) => chance.toFixed(4))).toEqual(published?.count_pmf.map((chance) => chance.toFixed(4)))
  })
})

describe('the distribution of a total', () => {
  test('is exact for a few amounts, below 0 too', () => {
    fc.assert(
      fc.property(fc.array(someAmount, { maxLength: 9 }), fc.integer({ min: -300_000, max: 3e6 }), (amounts, limit) => {
        expect(amountDistribution(amounts).atMost(limit)).toBeCloseTo(chanceOfAtMost(amounts, limit), 12)
      }),
    )
  })

  test('has a quantile that is the smallest total not exceeded with at least this chance', () => {
    fc.assert(
      fc.property(fc.array(someAmount, { maxLength: 12 }), fc.integer({ min: 0, max: 100 }), (amounts, percent) => {
        const found = amountDistribution(amounts)
        const total = found.quantile(percent / 100)
        expect(found.atMost(total)).toBeGreaterThanOrEqual(percent / 100 - 1e-11)
        const least = amounts.reduce(
          (sum, { amount, probability }) => sum + (probability > 0 ? Math.min(0, amount) : 0),
          0,
        )
        if (percent > 0 && total > least) expect(found.atMost(total - 1)).toBeLessThan(percent / 100)
      }),
    )
  })

  test('has the mean and standard deviation of its parts', () => {
    const found = amountDistribution([
      { amount: 1000, probability: 0.25 },
      { amount: -400, probability: 0.5 },
    ])
    expect(found.mean).toBe(50)
    expect(found.standardDeviation).toBe(Math.sqrt(1000 ** 2 * 0.1875 + 400 ** 2 * 0.25))
  })

  test('does not depend on the order of amounts', () => {
    fc.assert(
      fc.property(fc.array(someAmount, { maxLength: 40 }), (amounts) => {
        const one = amountDistribution(amounts)
        const other = amountDistribution(amounts.toReversed())
        expect([other.mean, other.standardDeviation, other.quantile(0.5)]).toEqual([
          one.mean,
          one.standardDeviation,
          one.quantile(0.5),
        ])
      }),
    )
  })

  test('of no amounts is a total of 0', () => {
    const found = amountDistribution([])
    expect([found.mean, found.standardDeviation, found.quantile(0.9), found.atMost(0), found.atMost(-1)]).toEqual([
      0, 0, 0, 1, 0,
    ])
  })

  test('is exact with 24 uncertain amounts, and on a grid with 25; certain ones do not count', () => {
    const amounts = Array.from({ length: 24 }, (_, i) => ({ amount: 1000 + 7 * i * i, probability: 0.3 }))
    const certain = [
      { amount: 5000, probability: 1 },
      { amount: 9000, probability: 0 },
    ]
    expect(amountDistribution([...amounts, ...certain]).method).toBe('exact')
    expect(amountDistribution([...amounts, { amount: 1, probability: 0.5 }]).method).toBe('grid')
  })

  const deals = (count: number, seed: number): UncertainAmount[] =>
    Array.from({ length: count }, (_, i) => {
      // A fixed scatter of sizes and odds.
      const chance = ((i + seed) * 0.6180339887498949) % 1
      return { amount: Math.round(10_000 * Math.exp(3 * ((chance * 7) % 1))), probability: 0.05 + 0.9 * chance }
    })

  test('on a grid has each exact quantile within the error it tells', () => {
    for (let seed = 0; seed < 8; seed += 1) {
      const amounts = deals(24, seed).toSorted((a, b) => a.amount - b.amount)
      const exact = exactTotals(amounts)
      const grid = gridTotals(amounts)
      expect(grid.amountError).toBeLessThan(2 + exact.largest / 10_000)
      expect(grid.chanceError).toBeLessThan(1e-12)
      for (let total = 0; total < exact.largest; total += exact.largest / 100) {
        expect(grid.atMost(total + grid.amountError)).toBeGreaterThanOrEqual(exact.atMost(total) - 1e-12)
        expect(grid.atMost(total - grid.amountError)).toBeLessThanOrEqual(exact.atMost(total) + 1e-12)
      }
    }
  })

  test('of hundreds of deals has each exact chance within the error it tells', () => {
    // Multiples of 997, so that the exact distribution can be had step by step; the grid knows nothing of them.
    const parts = deals(400, 5).map(({ probability }, i) => ({ units: 1 + ((i * 17) % 50), probability }))
    let chances = [1]
    for (const { units, probability } of parts) {
      const next = new Array<number>(chances.length + units).fill(0)
      for (const [at, chance] of chances.entries()) {
        next[at] = (next[at] ?? 0) + chance * (1 - probability)
        next[at + units] = (next[at + units] ?? 0) + chance * probability
      }
      chances = next
    }
    const found = amountDistribution(parts.map(({ units, probability }) => ({ amount: 997 * units, probability })))
    expect(found.chanceError).toBeCloseTo(1e-9, 12)
    let exact = 0
    for (const [units, chance] of chances.entries()) {
      exact += chance
      expect(found.atMost(997 * units + found.amountError)).toBeGreaterThanOrEqual(exact - found.chanceError - 1e-12)
      expect(found.atMost(997 * units - found.amountError)).toBeLessThanOrEqual(exact + found.chanceError + 1e-12)
    }
  })

  test('of 1,000 deals has quantiles near those of a normal one, a small error, and all its mass', () => {
    const found = amountDistribution(deals(1000, 3))
    expect(found.method).toBe('grid')
    expect(found.amountError).toBeLessThan(0.001 * found.mean)
    expect(found.chanceError).toBeLessThan(1.001e-9)
    for (const [share, z] of [
      [0.1, -1.2815515655],
      [0.5, 0],
      [0.9, 1.2815515655],
    ] as const) {
      const normal = found.mean + z * found.standardDeviation
      expect(Math.abs(found.quantile(share) - normal)).toBeLessThan(0.03 * found.standardDeviation)
    }
    expect(found.atMost(Number.MAX_SAFE_INTEGER)).toBe(1)
    expect(found.atMost(-1)).toBe(0)
  })

  test('never falls as the amount rises', () => {
    for (const count of [20, 60]) {
      const found = amountDistribution(deals(count, 1))
      let before = 0
      for (let amount = -1000; amount < 2 * found.mean; amount += found.mean / 200) {
        expect(found.atMost(amount)).toBeGreaterThanOrEqual(before - 1e-13)
        before = found.atMost(amount)
      }
    }
  })

  test('refuses an amount that is no whole number, a probability outside 0 to 1, or amounts too large to sum', () => {
    expect(() => amountDistribution([{ amount: 0.5, probability: 1 }])).toThrow(
      'amount is 0.5; it must be a whole number of minor units',
    )
    expect(() => amountDistribution([{ amount: 1, probability: 1.5 }])).toThrow(
      'probability is 1.5; a share lies between 0 and 1',
    )
    expect(() => amountDistribution(new Array(3).fill({ amount: 2 ** 52, probability: 0.5 }))).toThrow(
      'The amounts sum to more than whole numbers hold exactly; reckon in larger units',
    )
    expect(() => amountDistribution([]).quantile(2)).toThrow('share is 2; a share lies between 0 and 1')
  })
})

describe('the chances of how many happen', () => {
  test('sum to 1, with the mean the sum of the probabilities', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 60 }), (probabilities) => {
        const chances = countDistribution(probabilities)
        expect(chances).toHaveLength(probabilities.length + 1)
        expect(chances.reduce((sum, chance) => sum + chance, 0)).toBeCloseTo(1, 12)
        const mean = chances.reduce((sum, chance, count) => sum + chance * count, 0)
        expect(mean).toBeCloseTo(
          probabilities.reduce((sum, probability) => sum + probability, 0),
          10,
        )
      }),
    )
    expect(countDistribution([])).toEqual([1])
    expect(() => countDistribution([2])).toThrow(RangeError)
  })
})

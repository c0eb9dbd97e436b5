import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { amountDistribution } from '../../../src/domain/statistics/amount-distribution.ts'
import { type AmountGroup, groupedDistribution } from '../../../src/domain/statistics/grouped-distribution.ts'

/** A group of amounts that are known here, as the totals would tell it. */
function groupOf(amounts: readonly number[], probability: number): AmountGroup {
  return {
    count: amounts.length,
    sum: amounts.reduce((sum, amount) => sum + amount, 0),
    low: Math.min(...amounts),
    high: Math.max(...amounts),
    probability,
  }
}

describe('the total of amounts of which groups are known', () => {
  test('is that of the amounts themselves, within the bound it tells', () => {
    const group = fc.record({
      amounts: fc.array(fc.integer({ min: 1000, max: 1250 }), { minLength: 1, maxLength: 30 }),
      times: fc.constantFrom(1, 10, 1000),
      probability: fc.double({ min: 0.01, max: 0.99, noNaN: true }),
    })
    fc.assert(
      fc.property(fc.array(group, { minLength: 1, maxLength: 6 }), (groups) => {
        const known = groups.flatMap(({ amounts, times, probability }) =>
          amounts.map((amount) => ({ amount: amount * times, probability })),
        )
        const told = groups.map(({ amounts, times, probability }) =>
          groupOf(
            amounts.map((amount) => amount * times),
            probability,
          ),
        )
        const [a, b] = [amountDistribution(known), groupedDistribution(told)]
        expect(b.mean).toBeCloseTo(a.mean, 3)
        for (const share of [0.1, 0.5, 0.9]) {
          const at = b.quantile(share)
          const room = a.amountError + b.amountError
          // The quantile of a total made of few amounts jumps: what it jumps over is looked at on both sides.
          expect(a.atMost(at + room)).toBeGreaterThanOrEqual(share - 1e-6)
          expect(a.atMost(at - room - 1)).toBeLessThanOrEqual(share + 1e-6)
        }
      }),
      { numRuns: 40 },
    )
  })

  test('of very many is told on a grid of what may well come, not of all that could', () => {
    const groups = [1, 2, 3, 5, 8].map((size) => ({
      ...{ count: 20_000, sum: 20_000 * size * 100_000, low: size * 100_000, high: size * 100_000 },
      probability: 0.1,
    }))
    const { mean, standardDeviation, quantile, amountError } = groupedDistribution(groups)
    // By the central limit theorem: 1.2816 standard deviations to either side.
    expect(Math.abs(quantile(0.9) - (mean + 1.281_55 * standardDeviation))).toBeLessThan(0.01 * standardDeviation)
    expect(Math.abs(quantile(0.1) - (mean - 1.281_55 * standardDeviation))).toBeLessThan(0.01 * standardDeviation)
    expect(amountError).toBeLessThan(standardDeviation)
  })

  test('of none is nothing; what is certain is certain', () => {
    expect(groupedDistribution([]).quantile(0.9)).toBe(0)
    const certain = groupedDistribution([{ count: 3, sum: 300, low: 100, high: 100, probability: 1 }])
    for (const share of [0.1, 0.9]) expect(Math.abs(certain.quantile(share) - 300)).toBeLessThanOrEqual(1)
  })
})

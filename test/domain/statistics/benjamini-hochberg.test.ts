import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { adjustedPValues } from '../../../src/domain/statistics/benjamini-hochberg.ts'
import { HAS_ORACLES, isAsPrinted, readOracles } from './oracles.ts'

const someShare = fc.double({ min: 0, max: 1, noNaN: true })

test.skipIf(!HAS_ORACLES)('the adjusted values of Benjamini and Hochberg 1995 are the published ones', () => {
  const { p, q_adj, rejected_q05 } = readOracles().bh1995
  const adjusted = adjustedPValues(p)
  for (const [index, q] of q_adj.entries()) expect(isAsPrinted(adjusted[index] ?? 9, q, 6), `${p[index]}`).toBe(true)
  expect(adjusted.filter((q) => q <= 0.05)).toHaveLength(rejected_q05)
})

describe('adjusted values', () => {
  test('are the least of p·m/j over all at or above, as defined', () => {
    fc.assert(
      fc.property(fc.array(someShare, { maxLength: 30 }), (pValues) => {
        const sorted = pValues.toSorted((a, b) => a - b)
        const adjusted = adjustedPValues(pValues)
        for (const [index, p] of pValues.entries()) {
          const from = sorted.indexOf(p)
          const expected = Math.min(1, ...sorted.slice(from).map((q, j) => (q * sorted.length) / (from + j + 1)))
          expect(adjusted[index]).toBeCloseTo(expected, 12)
        }
      }),
    )
  })

  test('are in the order given, never below the p value, never above 1, and in the same ranking', () => {
    fc.assert(
      fc.property(fc.array(someShare, { maxLength: 30 }), (pValues) => {
        const adjusted = adjustedPValues(pValues)
        expect(adjusted).toHaveLength(pValues.length)
        for (const [i, p] of pValues.entries()) {
          expect(adjusted[i]).toBeGreaterThanOrEqual(p)
          expect(adjusted[i]).toBeLessThanOrEqual(1)
          for (const [j, other] of pValues.entries()) {
            if (p <= other) expect(adjusted[i]).toBeLessThanOrEqual(adjusted[j] ?? -1)
          }
        }
        expect(adjustedPValues(pValues.toReversed())).toEqual(adjusted.toReversed())
      }),
    )
  })

  test('are none for no values', () => {
    expect(adjustedPValues([])).toEqual([])
  })

  test('refuse a value outside 0 to 1', () => {
    expect(() => adjustedPValues([0.5, 1.5])).toThrow(new RangeError('pValues[1] is 1.5; a share lies between 0 and 1'))
    expect(() => adjustedPValues([Number.NaN])).toThrow(RangeError)
  })
})

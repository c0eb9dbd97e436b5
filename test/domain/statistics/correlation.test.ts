import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { correlation } from '../../../src/domain/statistics/correlation.ts'

// Anscombe 1973, The American Statistician 27:17: all four sets correlate at 0.816.
const ANSCOMBE: readonly (readonly [number, number])[] = [
  ...[[10, 8.04] as const, [8, 6.95] as const, [13, 7.58] as const, [9, 8.81] as const, [11, 8.33] as const],
  ...[[14, 9.96] as const, [6, 7.24] as const, [4, 4.26] as const, [12, 10.84] as const, [7, 4.82] as const],
  [5, 5.68],
]

describe('correlation', () => {
  test('of Anscombe’s first set is 0.816, with the interval of Fisher’s transformation', () => {
    const { value, interval } = correlation(ANSCOMBE) ?? expect.fail()
    expect(value).toBeCloseTo(0.816_420_52, 8)
    // tanh(atanh(r) ± 1.959964 ÷ √8)
    expect(interval.lower).toBeCloseTo(0.4244, 3)
    expect(interval.upper).toBeCloseTo(0.9507, 3)
  })

  test('is nothing below 4 pairs, or where one side does not vary', () => {
    expect(correlation(ANSCOMBE.slice(0, 3))).toBeNull()
    expect(correlation(ANSCOMBE.map(([, y]) => [1, y]))).toBeNull()
  })

  test('lies within −1 to 1 and its interval, whatever is turned round', () => {
    const pairs = fc.array(fc.tuple(fc.nat(100), fc.nat(100)), { minLength: 4, maxLength: 20 })
    fc.assert(
      fc.property(pairs, (list) => {
        const told = correlation(list)
        if (told === null) return
        expect(Math.abs(told.value)).toBeLessThanOrEqual(1)
        expect(correlation(list.map(([x, y]) => [y, x]))?.value).toBeCloseTo(told.value, 12)
        expect(correlation(list.map(([x, y]) => [x, -y]))?.value).toBeCloseTo(-told.value, 12)
      }),
    )
  })
})

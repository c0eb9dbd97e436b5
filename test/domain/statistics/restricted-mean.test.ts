import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { restrictedMean, restrictedMeanDifference } from '../../../src/domain/statistics/restricted-mean.ts'
import { HAS_ORACLES, isAsPrinted, readOracles } from './oracles.ts'
import { durationsOfRows, PLACEBO_ROWS, REMISSION_ROWS } from './remission.ts'

const treated = durationsOfRows(REMISSION_ROWS)
const placebo = durationsOfRows(PLACEBO_ROWS)

describe.skipIf(!HAS_ORACLES)('the restricted mean', () => {
  test('of both groups is the published one, to 12 and to 20 weeks', () => {
    for (const [until, [first = 0, second = 0]] of Object.entries(readOracles().km_6mp.rmst_derived)) {
      expect(isAsPrinted(restrictedMean(treated, Number(until))?.mean ?? 0, first, 4), until).toBe(true)
      expect(isAsPrinted(restrictedMean(placebo, Number(until))?.mean ?? 0, second, 4), until).toBe(true)
    }
  })
})

describe('the restricted mean', () => {
  const someEnded = fc.array(fc.nat(30), { minLength: 1, maxLength: 40 })

  test('is the plain mean of what lasted, longer counted as `until`, where nothing is censored', () => {
    fc.assert(
      fc.property(someEnded, fc.integer({ min: 1, max: 40 }), (ends, until) => {
        const found = restrictedMean(durationsOfRows(ends.map((at) => [at, 1])), until)
        const cut = ends.map((at) => Math.min(at, until))
        const mean = cut.reduce((sum, at) => sum + at, 0) / cut.length
        expect(found?.mean).toBeCloseTo(mean, 10)
        // The variance is that of the mean, with n in place of n − 1.
        const squares = cut.reduce((sum, at) => sum + (at - mean) ** 2, 0)
        expect(found?.variance).toBeCloseTo(squares / cut.length ** 2, 10)
      }),
    )
  })

  test('lies between 0 and `until`', () => {
    fc.assert(
      fc.property(someEnded, fc.integer({ min: 1, max: 40 }), (ends, until) => {
        const { mean } = restrictedMean(durationsOfRows(ends.map((at, i) => [at, i % 2])), until) ?? { mean: 0 }
        expect(mean).toBeGreaterThanOrEqual(0)
        expect(mean).toBeLessThanOrEqual(until + 1e-12)
      }),
    )
  })

  test('is null where observation stops before `until` with somebody left, and for nobody', () => {
    expect(restrictedMean(treated, 35)).not.toBeNull()
    expect(restrictedMean(treated, 36)).toBeNull()
    expect(restrictedMean(placebo, 500)).not.toBeNull()
    expect(restrictedMean([], 5)).toBeNull()
    expect(restrictedMean([{ at: 9, ended: 0, censored: 0 }], 5)).toBeNull()
  })

  test('refuses `until` not above 0 and finite, and a duration below 0', () => {
    expect(() => restrictedMean(treated, 0)).toThrow('until is 0; it must be a finite number above 0')
    expect(() => restrictedMean(treated, Infinity)).toThrow(RangeError)
    expect(() => restrictedMean([{ at: -1, ended: 1, censored: 0 }], 5)).toThrow(
      'at is -1; a restricted mean needs durations from 0 up',
    )
  })
})

describe('the difference of restricted means', () => {
  test('is that of the means, in its interval', () => {
    const found = restrictedMeanDifference(treated, placebo, 12)
    expect(found?.difference.toFixed(4)).toBe((10.7832 - 7.2857).toFixed(4))
    expect(found?.lower).toBeGreaterThan(0)
    expect(found?.lower).toBeLessThan(found?.difference ?? 0)
    expect(found?.upper).toBeGreaterThan(found?.difference ?? 99)
  })

  test('is null where either mean is', () => {
    expect(restrictedMeanDifference(treated, placebo, 36)).toBeNull()
    expect(restrictedMeanDifference([], placebo, 5)).toBeNull()
  })
})

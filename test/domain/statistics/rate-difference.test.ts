import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { rateDifference } from '../../../src/domain/statistics/rate-difference.ts'
import { sampleSizePerArm } from '../../../src/domain/statistics/sample-size.ts'
import { HAS_ORACLES, isAsPrinted, readOracles } from './oracles.ts'

const someRate = fc
  .integer({ min: 1, max: 500 })
  .chain((total) => fc.tuple(fc.integer({ min: 0, max: total }), fc.constant(total)))

describe.skipIf(!HAS_ORACLES)('the difference of two rates', () => {
  test('has the published interval', () => {
    for (const [x1 = 0, n1 = 0, x2 = 0, n2 = 0, lower = 0, upper = 0] of readOracles().newcombe_diff95.rows) {
      const found = rateDifference(x1, n1, x2, n2)
      expect(isAsPrinted(found?.lower ?? Number.NaN, lower, 4), `${x1}/${n1} ${x2}/${n2}`).toBe(true)
      expect(isAsPrinted(found?.upper ?? Number.NaN, upper, 4), `${x1}/${n1} ${x2}/${n2}`).toBe(true)
    }
  })

  test('is the published one for all of Berkeley taken together', () => {
    const { male, female, diff, newcombe } = readOracles().mh_berkeley.crude
    const found = rateDifference(male[0] ?? 0, male[1] ?? 0, female[0] ?? 0, female[1] ?? 0)
    expect(isAsPrinted(found?.difference ?? 0, diff)).toBe(true)
    expect(isAsPrinted(found?.lower ?? 0, newcombe[0] ?? 1, 6)).toBe(true)
    expect(isAsPrinted(found?.upper ?? 0, newcombe[1] ?? 1, 6)).toBe(true)
  })
})

describe('the difference of two rates', () => {
  test('lies in its interval, within −1 to 1', () => {
    fc.assert(
      fc.property(someRate, someRate, ([x1, n1], [x2, n2]) => {
        const { difference, lower, upper } = rateDifference(x1, n1, x2, n2) ?? { difference: 9, lower: 9, upper: -9 }
        expect(lower).toBeGreaterThanOrEqual(-1)
        expect(lower).toBeLessThanOrEqual(difference)
        expect(upper).toBeGreaterThanOrEqual(difference)
        expect(upper).toBeLessThanOrEqual(1)
      }),
    )
  })

  test('turns its signs when the two are exchanged', () => {
    fc.assert(
      fc.property(someRate, someRate, ([x1, n1], [x2, n2]) => {
        const one = rateDifference(x1, n1, x2, n2)
        const other = rateDifference(x2, n2, x1, n1)
        expect(one?.difference).toBeCloseTo(-(other?.difference ?? 9), 12)
        expect(one?.lower).toBeCloseTo(-(other?.upper ?? 9), 12)
        expect(one?.upper).toBeCloseTo(-(other?.lower ?? 9), 12)
      }),
    )
  })

  test('is null when either total is 0', () => {
    expect(rateDifference(0, 0, 1, 2)).toBeNull()
    expect(rateDifference(1, 2, 0, 0)).toBeNull()
  })

  test('refuses what the Wilson interval refuses', () => {
    expect(() => rateDifference(3, 2, 1, 2)).toThrow(RangeError)
    expect(() => rateDifference(1, 2, -1, 2)).toThrow(RangeError)
    expect(() => rateDifference(1, 2, 1, 2, 1)).toThrow(RangeError)
  })
})

describe('the sample size per arm', () => {
  test.each([
    [0.2, 0.3, '290.4'],
    [0.2, 0.25, '1091.0'],
    [0.25, 0.35, '325.7'],
  ])('to see %d against %d with 80 %% power at 5 %% is %s', (rate1, rate2, size) => {
    expect(sampleSizePerArm(rate1, rate2)?.toFixed(1)).toBe(size)
    expect(sampleSizePerArm(rate2, rate1)).toBe(sampleSizePerArm(rate1, rate2))
  })

  test('is null when the rates are equal', () => {
    expect(sampleSizePerArm(0.3, 0.3)).toBeNull()
  })

  test('refuses rates outside 0 to 1, and alpha or power not between 0 and 1', () => {
    expect(() => sampleSizePerArm(1.2, 0.3)).toThrow('rate1 is 1.2; a share lies between 0 and 1')
    expect(() => sampleSizePerArm(0.2, -1)).toThrow(RangeError)
    expect(() => sampleSizePerArm(0.2, 0.3, 0)).toThrow('alpha is 0; it must lie above 0 and below 1')
    expect(() => sampleSizePerArm(0.2, 0.3, 0.05, 1)).toThrow(RangeError)
  })
})

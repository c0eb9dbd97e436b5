import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { logInterval, logLogInterval, standardErrorsAt } from '../../../src/domain/statistics/interval.ts'
import { wilsonInterval, wilsonIntervalCorrected } from '../../../src/domain/statistics/wilson.ts'
import { HAS_ORACLES, isAsPrinted, readOracles } from './oracles.ts'

const someRate = fc
  .integer({ min: 1, max: 5000 })
  .chain((total) => fc.record({ total: fc.constant(total), successes: fc.integer({ min: 0, max: total }) }))
const someLevel = fc.double({ min: 0.5, max: 0.999, noNaN: true })

describe.skipIf(!HAS_ORACLES)('the Wilson interval', () => {
  test('is the published one', () => {
    for (const [successes = 0, total = 0, lower = 0, upper = 0] of readOracles().wilson95.rows) {
      const interval = wilsonInterval(successes, total)
      // Newcombe and the book print four decimals, R sixteen digits.
      const decimals = total === 20 && successes > 0 ? 14 : 4
      expect(isAsPrinted(interval?.lower ?? Number.NaN, lower, decimals), `${successes}/${total}`).toBe(true)
      expect(isAsPrinted(interval?.upper ?? Number.NaN, upper, decimals), `${successes}/${total}`).toBe(true)
    }
  })

  test('is that of 74 satisfied out of 107, as published', () => {
    const [lower = 0, upper = 0] = readOracles().csat.delighted.wilson
    const interval = wilsonInterval(74, 107)
    expect(isAsPrinted(interval?.lower ?? Number.NaN, lower)).toBe(true)
    expect(isAsPrinted(interval?.upper ?? Number.NaN, upper)).toBe(true)
  })
})

/** Newcombe 1998, Statistics in Medicine 17:857, Table I, method 4. */
test.each([
  [81, 263, '0.2535', '0.3682'],
  [15, 148, '0.0598', '0.1644'],
  [0, 20, '0.0000', '0.2005'],
  [1, 29, '0.0018', '0.1963'],
])(
  'the Wilson interval of %d of %d with continuity correction is the published one',
  (successes, total, lower, upper) => {
    const interval = wilsonIntervalCorrected(successes, total)
    expect([interval?.lower.toFixed(4), interval?.upper.toFixed(4)]).toEqual([lower, upper])
  },
)

describe.each([
  ['without', wilsonInterval],
  ['with', wilsonIntervalCorrected],
])('a Wilson interval %s continuity correction', (_, intervalOf) => {
  test('holds the observed rate, and stays within 0 to 1', () => {
    fc.assert(
      fc.property(someRate, someLevel, ({ successes, total }, level) => {
        const { lower, upper } = intervalOf(successes, total, level) ?? { lower: 2, upper: -1 }
        expect(lower).toBeGreaterThanOrEqual(0)
        expect(lower).toBeLessThanOrEqual(successes / total)
        expect(upper).toBeGreaterThanOrEqual(successes / total)
        expect(upper).toBeLessThanOrEqual(1)
      }),
    )
  })

  test('begins at exactly 0 where nothing happened, and ends at exactly 1 where everything did', () => {
    for (let total = 1; total < 300; total += 1) {
      expect(intervalOf(0, total)?.lower).toBe(0)
      expect(intervalOf(total, total)?.upper).toBe(1)
    }
  })

  test('turns around where successes and failures are exchanged', () => {
    fc.assert(
      fc.property(someRate, ({ successes, total }) => {
        const one = intervalOf(successes, total)
        const other = intervalOf(total - successes, total)
        expect(one?.lower).toBeCloseTo(1 - (other?.upper ?? 9), 12)
      }),
    )
  })

  test('is wider at a higher level', () => {
    fc.assert(
      fc.property(someRate, someLevel, ({ successes, total }, level) => {
        const narrow = intervalOf(successes, total, level)
        const wide = intervalOf(successes, total, level + 0.0005)
        expect(wide?.lower).toBeLessThanOrEqual(narrow?.lower ?? -1)
        expect(wide?.upper).toBeGreaterThanOrEqual(narrow?.upper ?? 2)
      }),
    )
  })

  test('is null when total is 0', () => {
    expect(intervalOf(0, 0)).toBeNull()
  })

  test('refuses a count that is no whole number from 0 up, successes above the total, a level not between 0 and 1', () => {
    expect(() => intervalOf(-1, 5)).toThrow(new RangeError('successes is -1; a count is a whole number from 0 up'))
    expect(() => intervalOf(1, 2.5)).toThrow(new RangeError('total is 2.5; a count is a whole number from 0 up'))
    expect(() => intervalOf(6, 5)).toThrow(new RangeError('successes is 6, more than total, which is 5'))
    expect(() => intervalOf(1, 5, 1)).toThrow(new RangeError('level is 1; it must lie above 0 and below 1'))
    expect(() => intervalOf(0, 0, 95)).toThrow(RangeError)
  })
})

test('the corrected Wilson interval holds the one without correction', () => {
  fc.assert(
    fc.property(someRate, someLevel, ({ successes, total }, level) => {
      const plain = wilsonInterval(successes, total, level)
      const corrected = wilsonIntervalCorrected(successes, total, level)
      expect(corrected?.lower).toBeLessThanOrEqual((plain?.lower ?? -1) + 1e-15)
      expect(corrected?.upper).toBeGreaterThanOrEqual((plain?.upper ?? 2) - 1e-15)
    }),
  )
})

test('at level 0.95 an interval reaches 1.959964 standard errors to each side', () => {
  expect(standardErrorsAt(0.95)).toBeCloseTo(1.959963984540054, 14)
  expect(() => standardErrorsAt(0)).toThrow(RangeError)
})

describe('an interval of a share on a scale of logarithms', () => {
  const someShare = fc.double({ min: 0.001, max: 0.999, noNaN: true })
  const someVariance = fc.double({ min: 1e-8, max: 0.25, noNaN: true })

  test('holds the share and stays within 0 to 1', () => {
    fc.assert(
      fc.property(someShare, someVariance, (share, variance) => {
        for (const interval of [logLogInterval(share, variance, 0.95), logInterval(share, variance, 0.95)]) {
          expect(interval?.lower).toBeGreaterThanOrEqual(0)
          expect(interval?.lower).toBeLessThanOrEqual(share)
          expect(interval?.upper).toBeGreaterThanOrEqual(share)
          expect(interval?.upper).toBeLessThanOrEqual(1)
        }
      }),
    )
  })

  test('is null where the scale ends, or where there is no variance', () => {
    expect([0, 1].map((share) => logLogInterval(share, 0.01, 0.95))).toEqual([null, null])
    expect(logLogInterval(0.5, null, 0.95)).toBeNull()
    expect(logInterval(0, 0.01, 0.95)).toBeNull()
    expect(logInterval(0.5, null, 0.95)).toBeNull()
  })
})

import { chdtrc, compiled, incbet, ndtr, ndtri } from 'cephes'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { betaQuantile, incompleteBeta } from '../../../src/domain/statistics/beta-distribution.ts'
import { chiSquareUpperTail } from '../../../src/domain/statistics/chi-square.ts'
import { betaTerm, devianceTerm, logGamma, poissonTerm, stirlingError } from '../../../src/domain/statistics/gamma.ts'
import { normalDensity, normalUpperQuantile, normalUpperTail } from '../../../src/domain/statistics/normal.ts'
import {
  BETA_QUANTILES,
  CHI_SQUARE_TAILS,
  INCOMPLETE_BETAS,
  LOG_GAMMAS,
  UPPER_QUANTILES,
  UPPER_TAILS,
} from './special-function-values.ts'

// NearForm's build of Moshier's Cephes: another program by other people, good to some 1e-13 itself.
beforeAll(() => compiled)

/** Ordinary chances are held to 1e-12, far tails to 1e-9. */
function expectClose(value: number, reference: number, relative = Math.abs(reference) < 1e-30 ? 1e-9 : 1e-12): void {
  const error = reference === 0 ? Math.abs(value) : Math.abs(value / reference - 1)
  expect(error, `${value} against ${reference}`).toBeLessThan(relative)
}

/** Shares whose complement is exact too. */
const someExact = fc.integer({ min: 0, max: 2 ** 20 }).map((count) => count / 2 ** 20)
const some = (min: number, max: number) => fc.double({ min, max, noNaN: true })

describe('the logarithm of the gamma function', () => {
  test('has a relative error below 1e-12', () => {
    for (const [x, value] of LOG_GAMMAS) expectClose(logGamma(x), value)
  })

  test('has an absolute error below 1e-14 around its zeros at 1 and 2', () => {
    expect(Math.abs(logGamma(1))).toBeLessThan(1e-14)
    expect(Math.abs(logGamma(2))).toBeLessThan(1e-14)
  })

  test('grows by ln x from x to x + 1', () => {
    fc.assert(
      fc.property(some(0.01, 1e6), (x) => {
        expect(Math.abs(logGamma(x + 1) - logGamma(x) - Math.log(x))).toBeLessThan(
          1e-13 * Math.max(10, x * Math.log(x)),
        )
      }),
    )
  })

  test('refuses what is not above 0', () => {
    expect(() => logGamma(0)).toThrow(new RangeError('x is 0; it must be a finite number above 0'))
  })
})

describe('the terms the tails are made of', () => {
  test('Stirling’s error is what the formula leaves out of ln n!', () => {
    const factorials = [1, 2, 6, 24, 120, 720, 5040, 40_320, 362_880, 3_628_800]
    for (const [i, factorial] of factorials.entries()) {
      const n = i + 1
      const left = Math.log(factorial) - (n + 0.5) * Math.log(n) + n - 0.5 * Math.log(2 * Math.PI)
      expect(Math.abs(stirlingError(n) - left)).toBeLessThan(1e-14)
    }
  })

  test('the deviance does not cancel where x is near the mean', () => {
    // x ln(x/m) + m − x ≈ (x − m)² / 2m for x − m small.
    expectClose(devianceTerm(1e6 + 0.001, 1e6), 0.001 ** 2 / 2e6, 1e-6)
    expect(devianceTerm(5, 5)).toBe(0)
    expectClose(devianceTerm(20, 5), 20 * Math.log(4) - 15)
  })

  test('the Poisson term is the Poisson probability for whole s', () => {
    expectClose(poissonTerm(0, 3), Math.exp(-3))
    expectClose(poissonTerm(4, 3), (Math.exp(-3) * 81) / 24)
  })

  test('the beta term is x^a (1 − x)^b / B(a, b), accurate for large a and b too', () => {
    expectClose(betaTerm(0.3, 2, 3), 0.09 * 0.343 * 12)
    // The density of Beta(n, n) at one half nears that of a normal with variance 1 / (8n + 4).
    expectClose(betaTerm(0.5, 1e8, 1e8) * 4, Math.sqrt((8e8 + 4) / (2 * Math.PI)), 1e-8)
  })
})

describe('the normal tail', () => {
  test('has a relative error below 1e-12 down to where it underflows', () => {
    for (const [z, tail] of UPPER_TAILS) expectClose(normalUpperTail(z), tail, 1e-12)
  })

  test('agrees with Cephes', () => {
    fc.assert(fc.property(some(-37, 37), (z) => expectClose(normalUpperTail(z), ndtr(-z))))
  })

  test('falls as z rises, and both tails sum to 1', () => {
    fc.assert(
      fc.property(some(-40, 40), some(0, 5), (z, further) => {
        expect(normalUpperTail(z + further)).toBeLessThanOrEqual(normalUpperTail(z))
        expectClose(normalUpperTail(z) + normalUpperTail(-z), 1)
      }),
    )
  })

  test('is 1 at −∞, 0 at +∞, and refuses NaN', () => {
    expect(normalUpperTail(-Infinity)).toBe(1)
    expect(normalUpperTail(Infinity)).toBe(0)
    expect(() => normalUpperTail(Number.NaN)).toThrow(new RangeError('z is NaN; a tail needs a number'))
  })

  test('the density is highest at 0', () => {
    expectClose(normalDensity(0), 1 / Math.sqrt(2 * Math.PI))
    expect(normalDensity(1)).toBeLessThan(normalDensity(0))
  })
})

describe('the normal quantile', () => {
  test('has a relative error below 1e-12, near 0 and for tails down to 1e-300 too', () => {
    for (const [tail, z] of UPPER_QUANTILES) expectClose(normalUpperQuantile(tail), z, 1e-12)
  })

  test('is the inverse of the tail', () => {
    fc.assert(
      fc.property(some(1e-12, 1 - 1e-12), (tail) =>
        expectClose(normalUpperTail(normalUpperQuantile(tail)), tail, 1e-11),
      ),
    )
  })

  test('agrees with Cephes', () => {
    fc.assert(fc.property(some(1e-300, 0.49), (tail) => expectClose(normalUpperQuantile(tail), -ndtri(tail))))
  })

  test.each([0, 1, -0.1, Number.NaN])('refuses a tail of %d', (tail) => {
    expect(() => normalUpperQuantile(tail)).toThrow(`tail is ${tail}; it must lie above 0 and below 1`)
  })
})

describe('the chi-square tail', () => {
  test('has a relative error below 1e-12 in ordinary ranges, below 1e-9 in far tails', () => {
    for (const [value, degrees, tail] of CHI_SQUARE_TAILS) expectClose(chiSquareUpperTail(value, degrees), tail)
  })

  test('keeps its digits where one minus the rest would be 0', () => {
    // Berkeley's crude chi-square of 92.2.
    expect(chiSquareUpperTail(92.2053)).toBeGreaterThan(7e-22)
    expect(chiSquareUpperTail(92.2053)).toBeLessThan(8e-22)
  })

  test('agrees with Cephes', () => {
    fc.assert(
      fc.property(some(0.001, 300), fc.integer({ min: 1, max: 120 }), (value, degrees) => {
        expectClose(chiSquareUpperTail(value, degrees), chdtrc(degrees, value), 1e-11)
      }),
    )
  })

  test('is 1 at 0 and 0 at +∞', () => {
    expect(chiSquareUpperTail(0, 3)).toBe(1)
    expect(chiSquareUpperTail(Infinity, 3)).toBe(0)
  })

  test('does not underflow with many degrees of freedom', () => {
    expect(chiSquareUpperTail(2000, 2000)).toBeGreaterThan(0.49)
    expect(chiSquareUpperTail(1, 2000)).toBe(1)
  })

  test('refuses a negative value, and degrees that are no whole number from 1 up', () => {
    expect(() => chiSquareUpperTail(-1)).toThrow('value is -1; a chi-square value is a number from 0 up')
    expect(() => chiSquareUpperTail(1, 1.5)).toThrow(RangeError)
    expect(() => chiSquareUpperTail(1, 0)).toThrow('degrees is 0; degrees of freedom are a whole number from 1 up')
  })
})

describe('the incomplete beta function', () => {
  test('has a relative error below 1e-12 in ordinary ranges, below 1e-9 in far tails', () => {
    for (const [x, a, b, value] of INCOMPLETE_BETAS) expectClose(incompleteBeta(x, a, b), value)
  })

  test('agrees with Cephes', () => {
    fc.assert(
      fc.property(some(0.01, 0.99), some(0.3, 150), some(0.3, 150), (x, a, b) => {
        const reference = incbet(a, b, x)
        if (reference > 1e-30) expectClose(incompleteBeta(x, a, b), reference, 1e-11)
      }),
    )
  })

  test('and the upper tail I_{1−x}(b, a) sum to 1', () => {
    fc.assert(
      fc.property(someExact, some(0.01, 1e4), some(0.01, 1e4), (x, a, b) => {
        expectClose(incompleteBeta(x, a, b) + incompleteBeta(1 - x, b, a), 1)
      }),
    )
  })

  test('is x itself for a = b = 1, 0 at 0 and 1 at 1', () => {
    fc.assert(fc.property(some(0.001, 1), (x) => expectClose(incompleteBeta(x, 1, 1), x)))
    expect(incompleteBeta(0, 3, 4)).toBe(0)
    expect(incompleteBeta(1, 3, 4)).toBe(1)
  })

  test('refuses x outside 0 to 1, and a or b not above 0', () => {
    expect(() => incompleteBeta(1.1, 1, 1)).toThrow('x is 1.1; a share lies between 0 and 1')
    expect(() => incompleteBeta(0.5, 0, 1)).toThrow('a is 0; it must be a finite number above 0')
    expect(() => incompleteBeta(0.5, 1, -2)).toThrow('b is -2; it must be a finite number above 0')
  })
})

describe('the beta quantile', () => {
  test('has a relative error below 1e-11 in ordinary ranges, below 1e-9 in far tails', () => {
    for (const [share, a, b, x] of BETA_QUANTILES) {
      expectClose(betaQuantile(share, a, b), x, x < 1e-30 ? 1e-9 : 1e-11)
    }
  })

  test('is the inverse of the incomplete beta function', () => {
    fc.assert(
      fc.property(some(0.001, 0.999), some(0.2, 500), some(0.2, 500), (share, a, b) => {
        const x = betaQuantile(share, a, b)
        // The neighbours of x hold the share between them: no double comes closer.
        expect(incompleteBeta(x * (1 - 4e-16), a, b)).toBeLessThanOrEqual(share * (1 + 1e-11))
        expect(incompleteBeta(Math.min(1, x * (1 + 4e-16)), a, b)).toBeGreaterThanOrEqual(share * (1 - 1e-11))
      }),
    )
  })

  test('turns around where a and b, and the tails, are exchanged', () => {
    fc.assert(
      fc.property(some(0.001, 0.999), some(0.5, 100), some(0.5, 100), (share, a, b) => {
        expect(betaQuantile(share, a, b)).toBeCloseTo(1 - betaQuantile(1 - share, b, a), 11)
      }),
    )
  })

  test('refuses shares of 0 and 1', () => {
    expect(() => betaQuantile(0, 1, 1)).toThrow('share is 0; it must lie above 0 and below 1')
    expect(() => betaQuantile(1, 1, 1)).toThrow(RangeError)
  })
})

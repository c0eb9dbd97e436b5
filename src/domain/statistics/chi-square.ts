import { poissonTerm } from './gamma.ts'
import { normalUpperTail } from './normal.ts'

/**
 * The chance that a chi-square value of `degrees` degrees of freedom is at least `value`: a finite sum of terms of one
 * sign (Abramowitz and Stegun 1964, 26.4.4 and 26.4.5), so that far tails keep their digits.
 *
 * At 0 it is 1, at +∞ it is 0. Relative error below 1e-12 in ordinary ranges, below 1e-9 in far tails. The cost grows
 * with `degrees`. Throws a RangeError for a negative value, or degrees that are no whole number from 1 up.
 */
export function chiSquareUpperTail(value: number, degrees = 1): number {
  if (!(value >= 0)) throw new RangeError(`value is ${value}; a chi-square value is a number from 0 up`)
  if (!Number.isSafeInteger(degrees) || degrees < 1) {
    throw new RangeError(`degrees is ${degrees}; degrees of freedom are a whole number from 1 up`)
  }
  if (value === 0) return 1
  if (value === Infinity) return 0
  const start = degrees % 2 === 0 ? 0 : 2 * normalUpperTail(Math.sqrt(value))
  return Math.min(1, start + sumOfTerms(value / 2, degrees))
}

/** The sum of `poissonTerm(s, half)` over s = ½ or 0, then in steps of 1 up to degrees / 2 − 1. */
function sumOfTerms(half: number, degrees: number): number {
  const first = degrees % 2 === 0 ? 0 : 0.5
  const last = degrees / 2 - 1
  if (last < first) return 0
  // From the largest term both ways: it alone decides whether the sum underflows.
  const largest = Math.max(first, last - Math.max(0, Math.floor(last - half)))
  const peak = poissonTerm(largest, half)
  let sum = peak
  let term = peak
  for (let s = largest; s > first; s -= 1) {
    term *= s / half
    sum += term
  }
  term = peak
  for (let s = largest + 1; s <= last; s += 1) {
    term *= half / s
    sum += term
  }
  return sum
}

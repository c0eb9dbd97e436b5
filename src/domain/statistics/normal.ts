import { requireInnerShare } from './refusals.ts'

/** Below this the series is used, above it the continued fraction; both are exact to some 1e-14 there. */
const FAR = 2.5

/** The density of the standard normal distribution. */
export function normalDensity(z: number): number {
  return Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)
}

/**
 * The chance that a standard normal value exceeds z (Abramowitz and Stegun 1964, 26.2.11 and 26.2.14).
 *
 * Relative error below 1e-12 for every z down to where the result underflows: the far tail is not taken from 1.
 * At −∞ it is 1, at +∞ it is 0; NaN is refused.
 */
export function normalUpperTail(z: number): number {
  if (Number.isNaN(z)) throw new RangeError('z is NaN; a tail needs a number')
  if (z < 0) return 1 - normalUpperTail(-z)
  if (z < FAR) return 0.5 - centralArea(z)
  // Laplace's continued fraction; from 2.5 on, 150 levels leave no digit open.
  let fraction = z
  for (let level = 150; level > 0; level -= 1) fraction = z + level / fraction
  return normalDensity(z) / fraction
}

/**
 * The z that a standard normal value exceeds with chance `tail`: the start of Abramowitz and Stegun 1964, 26.2.23,
 * refined by Halley's method.
 *
 * Relative error below 1e-12, near 0 and for tails down to 1e-300 too. Throws a RangeError unless 0 < tail < 1.
 */
export function normalUpperQuantile(tail: number): number {
  requireInnerShare('tail', tail)
  if (tail > 0.5) return -normalUpperQuantile(1 - tail)
  const t = Math.sqrt(-2 * Math.log(tail))
  let z = t - (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)))
  for (let round = 0; round < 3; round += 1) {
    const excess = z < FAR ? 0.5 - tail - centralArea(z) : normalUpperTail(z) - tail
    const step = excess / normalDensity(z)
    z += step / (1 - (step * z) / 2)
  }
  return z
}

/** The chance of a value between 0 and z: a series of terms of one sign. */
function centralArea(z: number): number {
  let term = z
  let sum = z
  for (let odd = 3; Math.abs(term) > Math.abs(sum) * 1e-17; odd += 2) {
    term *= (z * z) / odd
    sum += term
  }
  return normalDensity(z) * sum
}

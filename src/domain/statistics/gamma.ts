import { requirePositive } from './refusals.ts'

const HALF_LN_2PI = 0.5 * Math.log(2 * Math.PI)

/**
 * The natural logarithm of the gamma function, for x > 0 (Abramowitz and Stegun 1964, 6.1.41).
 *
 * Relative error below 1e-12; around its zeros at 1 and 2, absolute error below 1e-14.
 */
export function logGamma(x: number): number {
  requirePositive('x', x)
  return (x - 0.5) * Math.log(x) - x + HALF_LN_2PI + stirlingError(x)
}

/**
 * What Stirling's formula leaves out of ln Γ(x + 1): ln Γ(x + 1) − (x + ½) ln x + x − ½ ln 2π, for x > 0 (the series of
 * Abramowitz and Stegun 1964, 6.1.41; small x by recurrence). Absolute error below 1e-14.
 */
export function stirlingError(x: number): number {
  let error = 0
  let y = x
  for (; y < 16; y += 1) error += (y + 0.5) * Math.log1p(1 / y) - 1
  const s = 1 / (y * y)
  return error + (1 / 12 - s * (1 / 360 - s * (1 / 1260 - s * (1 / 1680 - s / 1188)))) / y
}

/**
 * x ln(x / mean) + mean − x, without cancellation where x is near the mean (Loader 2000, "Fast and Accurate Computation
 * of Binomial Probabilities", the deviance term bd0). Both above 0.
 */
export function devianceTerm(x: number, mean: number): number {
  if (Math.abs(x - mean) >= 0.1 * (x + mean)) return x * Math.log(x / mean) + mean - x
  const v = (x - mean) / (x + mean)
  let sum = (x - mean) * v
  let term = 2 * x * v
  for (let odd = 3; ; odd += 2) {
    term *= v * v
    const next = sum + term / odd
    if (next === sum) return sum
    sum = next
  }
}

/** mean^s e^(−mean) / Γ(s + 1), for real s ≥ 0 and mean > 0: for whole s the Poisson probability (Loader 2000). */
export function poissonTerm(s: number, mean: number): number {
  if (s === 0) return Math.exp(-mean)
  return Math.exp(-stirlingError(s) - devianceTerm(s, mean)) / Math.sqrt(2 * Math.PI * s)
}

/** x^a (1 − x)^b / B(a, b), for 0 < x < 1 and a, b > 0 (Loader 2000): accurate for large a and b too. */
export function betaTerm(x: number, a: number, b: number): number {
  const n = a + b
  const exponent =
    stirlingError(n) - stirlingError(a) - stirlingError(b) - devianceTerm(a, n * x) - devianceTerm(b, n * (1 - x))
  return Math.sqrt((a / n) * b) * Math.exp(exponent) * Math.sqrt(1 / (2 * Math.PI))
}

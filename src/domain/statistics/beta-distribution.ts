import { betaTerm } from './gamma.ts'
import { requireInnerShare, requirePositive, requireShare } from './refusals.ts'

/**
 * The regularised incomplete beta function I_x(a, b): the chance that a Beta(a, b) value is at most x (the continued
 * fraction of DLMF 8.17.22, evaluated by Lentz's method; the other tail where it would converge slowly, 8.17.4).
 *
 * For the upper tail ask I_{1−x}(b, a), which keeps its digits. Relative error below 1e-12 in ordinary ranges, below
 * 1e-9 in far tails. The cost grows with the root of the larger of a and b. Throws a RangeError for x outside 0 to 1,
 * or a or b not above 0.
 */
export function incompleteBeta(x: number, a: number, b: number): number {
  requireShare('x', x)
  requirePositive('a', a)
  requirePositive('b', b)
  if (x === 0 || x === 1) return x
  return x <= (a + 1) / (a + b + 2) ? nearTail(x, a, b) : 1 - nearTail(1 - x, b, a)
}

/**
 * The x that a Beta(a, b) value stays at or below with chance `share`: Newton's method on logarithms, held in a bracket.
 *
 * Relative error below 1e-11 in ordinary ranges, below 1e-9 in far tails. Throws a RangeError unless 0 < share < 1 and
 * a, b > 0.
 */
export function betaQuantile(share: number, a: number, b: number): number {
  requireInnerShare('share', share)
  const inLowerHalf = incompleteBeta(0.5, a, b) >= share
  return inLowerHalf ? solveLowerHalf(share, 1 - share, a, b) : 1 - solveLowerHalf(1 - share, share, b, a)
}

/** The x up to one half with `lower` of the chance below it and `upper` above; compares whichever is the smaller. */
function solveLowerHalf(lower: number, upper: number, a: number, b: number): number {
  let low = 0
  let high = 0.5
  let x = Math.min(0.5, a / (a + b))
  for (let round = 0; round < 200; round += 1) {
    const below = incompleteBeta(x, a, b)
    const above = incompleteBeta(1 - x, b, a)
    const excess = lower <= upper ? Math.log(below / lower) * below : -Math.log(above / upper) * above
    if (excess > 0) high = x
    else low = x
    let next = x * Math.exp((-excess * (1 - x)) / betaTerm(x, a, b))
    if (!(next > low && next < high)) next = Math.sqrt(low === 0 ? Number.MIN_VALUE : low) * Math.sqrt(high)
    const done = Math.abs(next - x) <= 2e-16 * x
    x = next
    if (done) break
  }
  return x
}

/** I_x(a, b) for x below about the mean. */
function nearTail(x: number, a: number, b: number): number {
  const tiny = 1e-300
  let d = 1 / nonZero(1 - ((a + b) * x) / (a + 1))
  let c = 1
  let fraction = d
  for (let m = 1; m < 100_000; m += 1) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m))
    d = 1 / nonZero(1 + even * d)
    c = nonZero(1 + even / c)
    fraction *= d * c
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1))
    d = 1 / nonZero(1 + odd * d)
    c = nonZero(1 + odd / c)
    const change = d * c
    fraction *= change
    if (Math.abs(change - 1) < 1e-16) break
  }
  return Math.min(1, (betaTerm(x, a, b) / a) * fraction)

  function nonZero(value: number): number {
    return Math.abs(value) < tiny ? tiny : value
  }
}

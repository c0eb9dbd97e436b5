import { type Interval, standardErrorsAt } from './interval.ts'
import { requireCount } from './refusals.ts'

/** One stratum's counts: `a` happened and `b` did not with the exposure, `c` happened and `d` did not without it. */
export interface FourFold {
  readonly a: number
  readonly b: number
  readonly c: number
  readonly d: number
}

/** An estimate over all strata; no interval where the counts show no variance to build one of. */
export interface Pooled {
  readonly estimate: number
  readonly interval: Interval | null
}

/** How many subjects a stratified comparison uses, and how many it cannot, because their stratum has one arm only. */
export interface Overlap {
  readonly compared: number
  readonly leftOut: number
}

/** What falls out of the comparison for want of a counterpart (positivity). Throws as the estimates do. */
export function overlapOf(strata: readonly FourFold[]): Overlap {
  let compared = 0
  let leftOut = 0
  for (const { m1, m0, n } of strata.map(marginsOf)) {
    if (m1 > 0 && m0 > 0) compared += n
    else leftOut += n
  }
  return { compared, leftOut }
}

/**
 * The common odds ratio (Mantel and Haenszel 1959, JNCI 22:719) with the interval of Robins, Breslow and Greenland
 * (1986, Biometrics 42:311) on the logarithm.
 *
 * The order of strata does not matter; a stratum with one arm only adds nothing. Exchanging the arms gives the inverse.
 * `null` where the ratio is infinite or undefined (no b·c in any stratum); 0 without interval where there is no a·d.
 * Throws a RangeError when a count is no whole number from 0 up, or the level is not between 0 and 1.
 */
export function oddsRatio(strata: readonly FourFold[], level = 0.95): Pooled | null {
  const z = standardErrorsAt(level)
  let r = 0
  let s = 0
  let pr = 0
  let cross = 0
  let qs = 0
  for (const stratum of strata) {
    const { m1, m0, n } = marginsOf(stratum)
    if (m1 === 0 || m0 === 0) continue
    const { a, b, c, d } = stratum
    const [p, q] = [(a + d) / n, (b + c) / n]
    const [rk, sk] = [(a * d) / n, (b * c) / n]
    r += rk
    s += sk
    pr += p * rk
    cross += p * sk + q * rk
    qs += q * sk
  }
  if (s === 0) return null
  if (r === 0) return { estimate: 0, interval: null }
  return pooledRatio(r / s, pr / (2 * r * r) + cross / (2 * r * s) + qs / (2 * s * s), z)
}

/**
 * The common risk ratio, with the exposure over without (Mantel–Haenszel weights; interval of Greenland and Robins 1985,
 * Biometrics 41:55, on the logarithm).
 *
 * `null` where nothing happened without the exposure; 0 without interval where nothing happened with it. Else as
 * `oddsRatio`.
 */
export function riskRatio(strata: readonly FourFold[], level = 0.95): Pooled | null {
  const z = standardErrorsAt(level)
  let exposed = 0
  let others = 0
  let spread = 0
  for (const stratum of strata) {
    const { m1, m0, n } = marginsOf(stratum)
    if (m1 === 0 || m0 === 0) continue
    const { a, c } = stratum
    exposed += (a * m0) / n
    others += (c * m1) / n
    spread += (m1 * m0 * (a + c) - a * c * n) / (n * n)
  }
  if (others === 0) return null
  if (exposed === 0) return { estimate: 0, interval: null }
  return pooledRatio(exposed / others, spread / (exposed * others), z)
}

/**
 * The common risk difference, with the exposure minus without, in shares (Mantel–Haenszel weights), with the interval of
 * Greenland and Robins (1985, Biometrics 41:55), cut at −1 and 1.
 *
 * The order of strata does not matter; a stratum with one arm only adds nothing. Exchanging the arms turns the signs.
 * `null` where no stratum has both arms. There is no interval where every arm is all or nothing: the variance would be
 * 0. Throws as `oddsRatio` does.
 */
export function riskDifference(strata: readonly FourFold[], level = 0.95): Pooled | null {
  const z = standardErrorsAt(level)
  let sum = 0
  let weight = 0
  let spread = 0
  for (const stratum of strata) {
    const { m1, m0, n } = marginsOf(stratum)
    if (m1 === 0 || m0 === 0) continue
    const { a, b, c, d } = stratum
    sum += (a * m0 - c * m1) / n
    weight += (m1 * m0) / n
    spread += (((a * b) / m1) * m0 * m0 + ((c * d) / m0) * m1 * m1) / (n * n)
  }
  if (weight === 0) return null
  const estimate = sum / weight
  if (spread === 0) return { estimate, interval: null }
  const reach = (z * Math.sqrt(spread)) / weight
  return { estimate, interval: { lower: Math.max(-1, estimate - reach), upper: Math.min(1, estimate + reach) } }
}

/** The four counts checked, with the sizes of both arms and of the stratum. */
export function marginsOf({ a, b, c, d }: FourFold): { m1: number; m0: number; n: number } {
  requireCount('a', a)
  requireCount('b', b)
  requireCount('c', c)
  requireCount('d', d)
  return { m1: a + b, m0: c + d, n: a + b + c + d }
}

function pooledRatio(estimate: number, logVariance: number, z: number): Pooled {
  if (!(logVariance > 0)) return { estimate, interval: null }
  const reach = z * Math.sqrt(logVariance)
  return { estimate, interval: { lower: estimate * Math.exp(-reach), upper: estimate * Math.exp(reach) } }
}

import { normalUpperQuantile } from './normal.ts'
import { requireInnerShare } from './refusals.ts'

/** Both ends belong to it. */
export interface Interval {
  readonly lower: number
  readonly upper: number
}

/**
 * How many standard errors a two-sided interval reaches to each side: 1.959964 at level 0.95. Throws a RangeError
 * unless 0 < level < 1.
 */
export function standardErrorsAt(level: number): number {
  requireInnerShare('level', level)
  return normalUpperQuantile((1 - level) / 2)
}

/**
 * The interval of a share on the scale of log(−log share) (Kalbfleisch and Prentice 1980, section 1.3): it stays within
 * 0 to 1. `null` where the scale ends, at shares 0 and 1, or where there is no variance.
 */
export function logLogInterval(share: number, variance: number | null, level: number): Interval | null {
  const z = standardErrorsAt(level)
  if (!(share > 0 && share < 1) || variance === null) return null
  const reach = (z * Math.sqrt(variance)) / (share * -Math.log(share))
  return { lower: share ** Math.exp(reach), upper: share ** Math.exp(-reach) }
}

/**
 * The interval of a share on the scale of its logarithm, cut at 1: what R's `survfit` prints by default. `null` at
 * share 0, or where there is no variance.
 */
export function logInterval(share: number, variance: number | null, level: number): Interval | null {
  const z = standardErrorsAt(level)
  if (!(share > 0) || variance === null) return null
  const reach = (z * Math.sqrt(variance)) / share
  return { lower: share * Math.exp(-reach), upper: Math.min(1, share * Math.exp(reach)) }
}

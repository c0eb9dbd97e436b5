import type { Interval } from './interval.ts'
import { wilsonInterval } from './wilson.ts'

/** A difference of two shares, in shares: 0.14 is 14 points. */
export interface RateDifference extends Interval {
  readonly difference: number
}

/**
 * The difference of two independent rates, first minus second, with the hybrid score interval (Newcombe 1998,
 * Statistics in Medicine 17:873, method 10): built of both Wilson intervals, within −1 to 1, and holding the difference.
 *
 * Exchanging the two turns the signs. `null` when either total is 0. Throws a RangeError as `wilsonInterval` does.
 * Opportunities of one account are not independent: the caller counts accounts, or one opportunity of each.
 */
export function rateDifference(
  successes1: number,
  total1: number,
  successes2: number,
  total2: number,
  level = 0.95,
): RateDifference | null {
  const first = wilsonInterval(successes1, total1, level)
  const second = wilsonInterval(successes2, total2, level)
  if (first === null || second === null) return null
  const rate1 = successes1 / total1
  const rate2 = successes2 / total2
  const difference = rate1 - rate2
  return {
    difference,
    lower: Math.max(-1, difference - Math.hypot(rate1 - first.lower, second.upper - rate2)),
    upper: Math.min(1, difference + Math.hypot(first.upper - rate1, rate2 - second.lower)),
  }
}

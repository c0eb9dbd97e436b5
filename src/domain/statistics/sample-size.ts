import { normalUpperQuantile } from './normal.ts'
import { requireInnerShare, requireShare } from './refusals.ts'

/**
 * How many closed opportunities each of two arms needs before a test at level `alpha` (two-sided) sees `rate1` against
 * `rate2` with chance `power` (Fleiss 1981, Statistical Methods for Rates and Proportions, formula 3.3 without
 * continuity correction, unpooled): a real number, to be rounded up by whoever prints it.
 *
 * The order of the rates does not matter. `null` when they are equal: no number is enough. Throws a RangeError for
 * rates outside 0 to 1, and for alpha or power not between 0 and 1.
 */
export function sampleSizePerArm(rate1: number, rate2: number, alpha = 0.05, power = 0.8): number | null {
  requireShare('rate1', rate1)
  requireShare('rate2', rate2)
  requireInnerShare('alpha', alpha)
  requireInnerShare('power', power)
  if (rate1 === rate2) return null
  const reach = normalUpperQuantile(alpha / 2) + normalUpperQuantile(1 - power)
  return (reach ** 2 * (rate1 * (1 - rate1) + rate2 * (1 - rate2))) / (rate1 - rate2) ** 2
}

import { requirePositive } from './refusals.ts'

/**
 * The E-value of a risk ratio: how strongly, as a risk ratio, something unmeasured would have to go with both exposure
 * and outcome to explain the association away (VanderWeele and Ding 2017, Annals of Internal Medicine 167:268).
 *
 * At least 1; a ratio and its inverse have the same. Throws a RangeError unless the ratio is above 0.
 */
export function eValue(ratio: number): number {
  requirePositive('ratio', ratio)
  const above = Math.max(ratio, 1 / ratio)
  return above + Math.sqrt(above * (above - 1))
}

/** The E-value of the end of an interval that is nearer to 1: exactly 1 where the interval holds 1. Throws as above. */
export function eValueOfInterval(lower: number, upper: number): number {
  requirePositive('lower', lower)
  requirePositive('upper', upper)
  if (lower <= 1 && upper >= 1) return 1
  return eValue(lower > 1 ? lower : upper)
}

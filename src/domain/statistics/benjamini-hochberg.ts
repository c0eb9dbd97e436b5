import { requireShare } from './refusals.ts'

/**
 * p values adjusted for how many were looked at (Benjamini and Hochberg 1995, JRSS B 57:289): those up to q form a list
 * with an expected share of false discoveries of at most q.
 *
 * In the order given, whatever it is; never below the p value itself, never above 1, and in the same ranking. Leave out
 * what was not tested. No values give none. Throws a RangeError for a value outside 0 to 1. Costs one sort.
 */
export function adjustedPValues(pValues: readonly number[]): number[] {
  for (const [index, p] of pValues.entries()) requireShare(`pValues[${index}]`, p)
  const descending = pValues.map((p, index) => ({ p, index })).sort((x, y) => y.p - x.p)
  const adjusted = new Array<number>(pValues.length)
  let least = 1
  for (const [from, { p, index }] of descending.entries()) {
    const rank = pValues.length - from
    // The last factor is exactly 1 when divided first, so that the largest stays what it is.
    least = Math.min(least, p * (pValues.length / rank))
    adjusted[index] = least
  }
  return adjusted
}

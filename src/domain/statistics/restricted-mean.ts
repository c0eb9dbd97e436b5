import { type Interval, standardErrorsAt } from './interval.ts'
import { kaplanMeier } from './kaplan-meier.ts'
import { requirePositive } from './refusals.ts'
import type { Durations } from './risk-sets.ts'

/** A mean in the unit of the durations. */
export interface RestrictedMean {
  readonly mean: number
  readonly variance: number
}

/**
 * The mean time to the end within the first `until`, what lasts longer counted as `until`: the area under the
 * Kaplan–Meier curve (Klein and Moeschberger 2003, Survival Analysis, formulas 4.5.1 and 4.5.2).
 *
 * Between 0 and `until`. `null` where observation stops before `until` with somebody left, and for nobody. Durations
 * count from 0. Throws a RangeError unless `until` is above 0 and finite, for a duration below 0, and as `riskSets` does.
 */
export function restrictedMean(durations: readonly Durations[], until: number): RestrictedMean | null {
  requirePositive('until', until)
  let lastSeen = 0
  for (const { at, ended, censored } of durations) {
    if (at < 0) throw new RangeError(`at is ${at}; a restricted mean needs durations from 0 up`)
    if (ended + censored > 0) lastSeen = Math.max(lastSeen, at)
  }
  const all = kaplanMeier(durations)
  const nobody = !durations.some(({ ended, censored }) => ended + censored > 0)
  if (nobody || (lastSeen < until && all.at(-1)?.survival !== 0)) return null
  // From the far end back: the area to the right of each step is what its variance is weighed with.
  let area = 0
  let variance = 0
  let right = until
  for (const { at, atRisk, ended, survival } of all.filter((step) => step.at < until).reverse()) {
    area += survival * (right - at)
    if (ended < atRisk) variance += (area * area * ended) / atRisk / (atRisk - ended)
    right = at
  }
  return { mean: area + right, variance }
}

/**
 * How much longer the first lasts than the second within the first `until`, with a normal interval: in days, readable,
 * and true without proportional hazards. `null` where either mean is. Throws as `restrictedMean` does.
 */
export function restrictedMeanDifference(
  first: readonly Durations[],
  second: readonly Durations[],
  until: number,
  level = 0.95,
): (Interval & { readonly difference: number }) | null {
  const z = standardErrorsAt(level)
  const one = restrictedMean(first, until)
  const other = restrictedMean(second, until)
  if (one === null || other === null) return null
  const difference = one.mean - other.mean
  const reach = z * Math.sqrt(one.variance + other.variance)
  return { difference, lower: difference - reach, upper: difference + reach }
}

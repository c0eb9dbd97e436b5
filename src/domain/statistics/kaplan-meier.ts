import { type Interval, logInterval, logLogInterval } from './interval.ts'
import { type Durations, riskSets } from './risk-sets.ts'

/** From `at` on (until the next step), the share that lasts longer than `at`. */
export interface SurvivalStep {
  readonly at: number
  readonly atRisk: number
  readonly ended: number
  readonly survival: number
  /** Of `survival` (Greenwood 1926); `null` once nothing survives, where the formula has no value. */
  readonly variance: number | null
}

/** The scale on which an interval of survival is symmetric. R's `survfit` takes `log` unless told otherwise. */
export type SurvivalScale = 'log-log' | 'log'

/** A duration with its interval; an end is `null` where the data does not reach it. */
export interface SurvivalQuantile {
  readonly at: number | null
  readonly lower: number | null
  readonly upper: number | null
}

// A product of exact fractions that is one half may come out a few units in the last place above it.
const ROUNDING = 1e-12

/**
 * The Kaplan–Meier product-limit estimate (Kaplan and Meier, JASA 53, 1958) with Greenwood's variance: one step for each
 * duration at which something ended, ascending; none where nothing did. Input, cost and errors as in `riskSets`.
 *
 * With delayed entry, an early risk set of one can take the whole curve to 0, where it stays: look at `atRisk`.
 */
export function kaplanMeier(durations: readonly Durations[]): SurvivalStep[] {
  let survival = 1
  let hazards = 0
  const steps: SurvivalStep[] = []
  for (const { at, atRisk, ended } of riskSets(durations)) {
    if (ended === 0) continue
    survival *= 1 - ended / atRisk
    hazards += ended === atRisk ? 0 : ended / atRisk / (atRisk - ended)
    steps.push({ at, atRisk, ended, survival, variance: survival === 0 ? null : survival * survival * hazards })
  }
  return steps
}

/**
 * The pointwise interval of a step: on log(−log S) unless another scale is asked for. `null` once nothing survives.
 * Throws a RangeError when the level is not between 0 and 1.
 */
export function survivalInterval(
  { survival, variance }: SurvivalStep,
  level = 0.95,
  scale: SurvivalScale = 'log-log',
): Interval | null {
  return scale === 'log' ? logInterval(survival, variance, level) : logLogInterval(survival, variance, level)
}

/**
 * The shortest duration that at most half outlast; `undefined` while more than half do at the longest one seen to end.
 */
export function medianSurvival(durations: readonly Durations[]): number | undefined {
  return kaplanMeier(durations).find(({ survival }) => survival <= 0.5 + ROUNDING)?.at
}

/**
 * The shortest duration by which at least `share` have ended, with the interval of Brookmeyer and Crowley (1982,
 * Biometrics 38:29): the durations at which the limits of the curve come down as far.
 *
 * `share` 0.5 is the median. An end is `null` where the curve, or its limit, stays above. Throws a RangeError when
 * `share` or the level is not between 0 and 1, and as `riskSets` does.
 */
export function survivalQuantile(
  durations: readonly Durations[],
  share: number,
  level = 0.95,
  scale: SurvivalScale = 'log-log',
): SurvivalQuantile {
  if (!(share > 0 && share < 1)) throw new RangeError(`share is ${share}; it must lie above 0 and below 1`)
  const left = 1 - share + ROUNDING
  const steps = kaplanMeier(durations).map((step) => ({ ...step, interval: survivalInterval(step, level, scale) }))
  return {
    at: steps.find(({ survival }) => survival <= left)?.at ?? null,
    // Once nothing survives there is no interval, and the lower limit is as low as it gets.
    lower: steps.find(({ interval }) => (interval?.lower ?? 0) <= left)?.at ?? null,
    upper: steps.find(({ interval }) => interval !== null && interval.upper <= left)?.at ?? null,
  }
}

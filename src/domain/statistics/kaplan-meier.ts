/** What was seen at one duration: how many ended there, and how many were last seen there, not yet ended. */
export interface Durations {
  readonly at: number
  readonly ended: number
  readonly censored: number
}

/** From `at` on (until the next step), the share that lasts longer than `at`. */
export interface SurvivalStep {
  readonly at: number
  readonly survival: number
}

/**
 * The Kaplan–Meier product-limit estimate (Kaplan and Meier, JASA 53, 1958): one step for each duration at which
 * something ended, ascending. `durations` may come in any order, but name each duration once. At equal durations an
 * end precedes a censoring.
 */
export function kaplanMeier(durations: readonly Durations[]): SurvivalStep[] {
  const sorted = durations.toSorted((a, b) => a.at - b.at)
  let atRisk = 0
  for (const { ended, censored } of sorted) atRisk += ended + censored
  let survival = 1
  const steps: SurvivalStep[] = []
  for (const { at, ended, censored } of sorted) {
    if (ended > 0) {
      survival *= 1 - ended / atRisk
      steps.push({ at, survival })
    }
    atRisk -= ended + censored
  }
  return steps
}

/**
 * The shortest duration that at most half outlast; `undefined` while more than half do at the longest one seen to end.
 */
export function medianSurvival(durations: readonly Durations[]): number | undefined {
  // A product of exact fractions that is one half may come out a few units in the last place above it.
  return kaplanMeier(durations).find(({ survival }) => survival <= 0.5 + 1e-12)?.at
}

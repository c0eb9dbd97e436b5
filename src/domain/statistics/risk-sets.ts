import { requireCount, requireFinite } from './refusals.ts'

/**
 * What was seen at one duration: how many ended there, how many were last seen there, not yet ended, and how many were
 * seen from just after it on (delayed entry; those who leave without having entered were seen from the beginning).
 *
 * One that is exposed from its day s on is censored at s among the unexposed and enters at s among the exposed.
 */
export interface Durations {
  readonly at: number
  readonly ended: number
  readonly censored: number
  readonly entered?: number
}

/** How many were under observation just before a duration, and how many of them ended at it. */
export interface RiskSet {
  readonly at: number
  readonly atRisk: number
  readonly ended: number
}

/** The risk sets of two groups at one duration; the first is the one with the exposure. */
export interface PairedRiskSet {
  readonly at: number
  readonly atRisk: readonly [number, number]
  readonly ended: readonly [number, number]
}

/**
 * One risk set for each duration named, ascending. `durations` may come in any order, but name each duration once. At
 * equal durations an end precedes a censoring, and both precede an entry.
 *
 * Costs one sort of the distinct durations. Throws a RangeError when a count is no whole number from 0 up, a duration is
 * named twice or is not finite, more leave than are under observation, or some that entered never leave.
 */
export function riskSets(durations: readonly Durations[]): RiskSet[] {
  let fromStart = 0
  for (const { at, ended, censored, entered = 0 } of durations) {
    requireFinite('at', at)
    requireCount('ended', ended)
    requireCount('censored', censored)
    requireCount('entered', entered)
    fromStart += ended + censored - entered
  }
  if (fromStart < 0) throw new RangeError(`${-fromStart} entered and never left; count them as censored when last seen`)
  let atRisk = fromStart
  let previous = -Infinity
  return durations
    .toSorted((a, b) => a.at - b.at)
    .map(({ at, ended, censored, entered = 0 }) => {
      if (at === previous) throw new RangeError(`The duration ${at} is named twice; add its counts up`)
      previous = at
      if (ended + censored > atRisk) {
        throw new RangeError(`${ended + censored} leave at ${at}, where only ${atRisk} are under observation`)
      }
      const set = { at, atRisk, ended }
      atRisk += entered - ended - censored
      return set
    })
}

/**
 * The risk sets of two groups at each duration at which something ended in either, ascending. Input, cost and errors as
 * in `riskSets`.
 */
export function pairedRiskSets(exposed: readonly Durations[], others: readonly Durations[]): PairedRiskSet[] {
  const times = [...exposed, ...others].map(({ at }) => at)
  const second = riskSets(withTimes(others, times))
  return riskSets(withTimes(exposed, times))
    .map(({ at, atRisk, ended }, index): PairedRiskSet => {
      const other = second[index] ?? { atRisk: 0, ended: 0 }
      return { at, atRisk: [atRisk, other.atRisk], ended: [ended, other.ended] }
    })
    .filter(({ ended }) => ended[0] + ended[1] > 0)
}

/** The durations with an empty one for each of `times` that is not among them. */
function withTimes(durations: readonly Durations[], times: readonly number[]): Durations[] {
  const named = new Set(durations.map(({ at }) => at))
  const missing = [...new Set(times)].filter((at) => !named.has(at))
  return [...durations, ...missing.map((at) => ({ at, ended: 0, censored: 0 }))]
}

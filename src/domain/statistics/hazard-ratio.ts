import { chiSquareUpperTail } from './chi-square.ts'
import { type Interval, standardErrorsAt } from './interval.ts'
import type { PairedRiskSet } from './risk-sets.ts'

export interface HazardRatio {
  /** Of the first group over the second. */
  readonly ratio: number
  readonly interval: Interval
  readonly logRatio: number
  readonly standardError: number
  /** Of Wald's test. */
  readonly p: number
  readonly likelihoodRatio: number
  readonly wald: number
  readonly score: number
}

/**
 * The hazard ratio of two groups by Cox's partial likelihood (Cox 1972, JRSS B 34:187), ties by Efron (1977) or Breslow
 * (1974), over strata. Exposure that begins in time is compared within risk sets: give `pairedRiskSets` of start–stop
 * durations, never whole lives sorted by what happened later (immortal time).
 *
 * Exchanging the groups gives the inverse; the order of strata does not matter. `null` where there is no finite estimate:
 * wherever both groups are at risk, the same one does all the ending. Costs a pass over the ends for each of about five
 * rounds. Throws a RangeError when the level is not between 0 and 1.
 */
export function hazardRatio(
  strata: readonly (readonly PairedRiskSet[])[],
  level = 0.95,
  ties: 'efron' | 'breslow' = 'efron',
): HazardRatio | null {
  const z = standardErrorsAt(level)
  const sets = strata.flat().filter(({ atRisk }) => atRisk[0] > 0 && atRisk[1] > 0)
  if (!sets.some(({ ended }) => ended[0] > 0) || !sets.some(({ ended }) => ended[1] > 0)) return null
  const start = likelihoodAt(sets, 0, ties)
  let logRatio = 0
  let here = start
  for (let round = 0; round < 100; round += 1) {
    // The likelihood is concave; a bounded step cannot run away from where it is flat.
    const step = Math.max(-1, Math.min(1, here.slope / here.information))
    logRatio += step
    here = likelihoodAt(sets, logRatio, ties)
    if (Math.abs(step) < 1e-12) break
  }
  const standardError = 1 / Math.sqrt(here.information)
  const wald = (logRatio / standardError) ** 2
  return {
    ratio: Math.exp(logRatio),
    interval: { lower: Math.exp(logRatio - z * standardError), upper: Math.exp(logRatio + z * standardError) },
    logRatio,
    standardError,
    p: chiSquareUpperTail(wald),
    likelihoodRatio: 2 * Math.max(0, here.logLikelihood - start.logLikelihood),
    wald,
    score: start.slope ** 2 / start.information,
  }
}

interface Likelihood {
  readonly logLikelihood: number
  readonly slope: number
  readonly information: number
}

function likelihoodAt(sets: readonly PairedRiskSet[], logRatio: number, ties: 'efron' | 'breslow'): Likelihood {
  const ratio = Math.exp(logRatio)
  let logLikelihood = 0
  let slope = 0
  let information = 0
  for (const { atRisk, ended } of sets) {
    const d = ended[0] + ended[1]
    logLikelihood += ended[0] * logRatio
    slope += ended[0]
    for (let tie = 0; tie < d; tie += 1) {
      const gone = ties === 'efron' ? tie / d : 0
      const exposed = (atRisk[0] - gone * ended[0]) * ratio
      const all = exposed + atRisk[1] - gone * ended[1]
      const share = exposed / all
      logLikelihood -= Math.log(all)
      slope -= share
      information += share * (1 - share)
    }
  }
  return { logLikelihood, slope, information }
}

import { chiSquareUpperTail } from './chi-square.ts'
import type { PairedRiskSet } from './risk-sets.ts'

/**
 * What a difference at one duration counts: `log-rank` 1, `gehan-wilcoxon` the number at risk, `tarone-ware` its root,
 * `peto` the share surviving, by Peto and Peto's estimate.
 */
export type RankWeight = 'log-rank' | 'gehan-wilcoxon' | 'tarone-ware' | 'peto'

export interface RankTest {
  /** Ends seen, and ends expected were there no difference, in each group (unweighted, over all strata). */
  readonly observed: readonly [number, number]
  readonly expected: readonly [number, number]
  /** Of observed minus expected, weighted. */
  readonly variance: number
  readonly chiSquare: number
  readonly p: number
}

/**
 * The log-rank test of two groups and its weighted kin, one degree of freedom (Mantel 1966; Tarone and Ware 1977,
 * Biometrika 64:156; Peto and Peto 1972), over strata: each stratum's risk sets are compared within it.
 *
 * Exchanging the groups, or the order of strata, changes nothing in the test. With exposure that begins in time, give
 * `pairedRiskSets` of start–stop durations. `null` where no risk set could show a difference: nothing ended, or one group
 * is never at risk beside the other. Costs one pass over the risk sets.
 */
export function rankTest(
  strata: readonly (readonly PairedRiskSet[])[],
  weight: RankWeight = 'log-rank',
): RankTest | null {
  const observed: [number, number] = [0, 0]
  const expected: [number, number] = [0, 0]
  let distance = 0
  let variance = 0
  for (const sets of strata) {
    let peto = 1
    for (const { atRisk, ended } of sets) {
      const n = atRisk[0] + atRisk[1]
      const d = ended[0] + ended[1]
      if (n === 0) continue
      peto *= 1 - d / (n + 1)
      const w = weightAt(weight, n, peto)
      for (const group of [0, 1] as const) {
        observed[group] += ended[group]
        expected[group] += (d * atRisk[group]) / n
      }
      distance += w * (ended[0] - (d * atRisk[0]) / n)
      if (n > 1) variance += (w * w * d * (n - d) * (atRisk[0] / n) * (atRisk[1] / n)) / (n - 1)
    }
  }
  if (variance === 0) return null
  const chiSquare = (distance * distance) / variance
  return { observed, expected, variance, chiSquare, p: chiSquareUpperTail(chiSquare) }
}

function weightAt(weight: RankWeight, atRisk: number, peto: number): number {
  switch (weight) {
    case 'log-rank':
      return 1
    case 'gehan-wilcoxon':
      return atRisk
    case 'tarone-ware':
      return Math.sqrt(atRisk)
    case 'peto':
      return peto
  }
}

import { chiSquareUpperTail } from './chi-square.ts'
import { type FourFold, marginsOf } from './mantel-haenszel.ts'

/** A test statistic with the chance of one at least as large where there is no association. */
export interface TestResult {
  readonly chiSquare: number
  readonly p: number
}

/**
 * The Cochran–Mantel–Haenszel test of no association within strata, one degree of freedom (Mantel and Haenszel 1959,
 * JNCI 22:719).
 *
 * `corrected` takes one half off the distance between observed and expected (Yates), down to 0 at most; R's
 * `mantelhaen.test` leaves a distance below one half uncorrected instead. The order of strata does not matter; a stratum
 * with one arm only adds nothing. `null` where no stratum could show a difference. Throws a RangeError when a count is
 * no whole number from 0 up.
 */
export function cochranMantelHaenszel(strata: readonly FourFold[], { corrected = false } = {}): TestResult | null {
  let distance = 0
  let variance = 0
  for (const stratum of strata) {
    const { m1, m0, n } = marginsOf(stratum)
    if (m1 === 0 || m0 === 0) continue
    const happened = stratum.a + stratum.c
    distance += stratum.a - (m1 * happened) / n
    variance += ((m1 / n) * (m0 / n) * happened * (n - happened)) / (n - 1)
  }
  if (variance === 0) return null
  const far = corrected ? Math.max(0, Math.abs(distance) - 0.5) : Math.abs(distance)
  const chiSquare = (far * far) / variance
  return { chiSquare, p: chiSquareUpperTail(chiSquare) }
}

/**
 * Pearson's chi-square test of one four-fold table, one degree of freedom, with or without Yates's correction (Fleiss
 * 1981, formula 2.7 and 2.5; the corrected distance goes down to 0 at most).
 *
 * `null` where a row or a column is empty. Throws as `cochranMantelHaenszel` does.
 */
export function pearsonChiSquare(table: FourFold, { corrected = false } = {}): TestResult | null {
  const { m1, m0, n } = marginsOf(table)
  const { a, b, c, d } = table
  if (m1 === 0 || m0 === 0 || a + c === 0 || b + d === 0) return null
  const distance = Math.max(0, Math.abs(a * d - b * c) - (corrected ? n / 2 : 0))
  const chiSquare = (distance / m1 / m0) * (distance / (a + c) / (b + d)) * n
  return { chiSquare, p: chiSquareUpperTail(chiSquare) }
}

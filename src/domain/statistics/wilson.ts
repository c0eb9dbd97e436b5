import { type Interval, standardErrorsAt } from './interval.ts'
import { requirePart } from './refusals.ts'

/**
 * The Wilson score interval of a rate (Newcombe 1998, Statistics in Medicine 17:857, method 3), as shares.
 *
 * It holds the observed rate, stays within 0 to 1, and begins at exactly 0 where nothing happened and ends at exactly 1
 * where everything did. `null` when `total` is 0. Throws a RangeError when a count is no whole number from 0 up,
 * `successes` exceeds `total`, or the level is not between 0 and 1.
 */
export function wilsonInterval(successes: number, total: number, level = 0.95): Interval | null {
  requirePart('successes', successes, 'total', total)
  const z = standardErrorsAt(level)
  if (total === 0) return null
  const centre = (successes + (z * z) / 2) / (total + z * z)
  const half = (z / (total + z * z)) * Math.sqrt((successes * (total - successes)) / total + (z * z) / 4)
  return {
    lower: successes === 0 ? 0 : Math.max(0, centre - half),
    upper: successes === total ? 1 : Math.min(1, centre + half),
  }
}

/**
 * The Wilson score interval with continuity correction (Newcombe 1998, Statistics in Medicine 17:857, method 4): wider
 * than the one without, and it holds it. Edges and errors as there.
 */
export function wilsonIntervalCorrected(successes: number, total: number, level = 0.95): Interval | null {
  requirePart('successes', successes, 'total', total)
  const z = standardErrorsAt(level)
  if (total === 0) return null
  const lowerEnd = (count: number): number => {
    const rate = count / total
    const root = z * z - 2 - 1 / total + 4 * rate * (total - count + 1)
    return Math.max(0, (2 * count + z * z - 1 - z * Math.sqrt(root)) / (2 * (total + z * z)))
  }
  return {
    lower: successes === 0 ? 0 : lowerEnd(successes),
    upper: successes === total ? 1 : 1 - lowerEnd(total - successes),
  }
}

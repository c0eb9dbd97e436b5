import type { Interval } from './interval.ts'
import { requirePart, requireShare } from './refusals.ts'
import { wilsonInterval } from './wilson.ts'

/** Of `total` forecasts of one probability, how many came true. */
export interface Forecasts {
  readonly probability: number
  readonly happened: number
  readonly total: number
}

/** Forecasts of about one probability, and what came of them. */
export interface CalibrationRow {
  /** The bin holds its lower end; the last one its upper end too. */
  readonly from: number
  readonly to: number
  readonly total: number
  readonly happened: number
  readonly meanProbability: number
  readonly observed: number
  /** Of `observed` (Wilson). */
  readonly interval: Interval
}

/**
 * The Brier score (Brier 1950, Monthly Weather Review 78:1, for two outcomes): the mean square of probability minus
 * outcome. 0 is perfect, 1 is always wrong, and saying one half each time gives 0.25.
 *
 * `null` without forecasts. Order and grouping of forecasts do not matter. Throws a RangeError for a probability outside
 * 0 to 1, or counts that are no whole numbers from 0 up or exceed their total.
 */
export function brierScore(forecasts: readonly Forecasts[]): number | null {
  let sum = 0
  let all = 0
  for (const { probability, happened, total } of forecasts) {
    requireShare('probability', probability)
    requirePart('happened', happened, 'total', total)
    sum += happened * (1 - probability) ** 2 + (total - happened) * probability ** 2
    all += total
  }
  return all === 0 ? null : sum / all
}

/**
 * What came of forecasts, by their probability in `bins` bins of equal width (the reliability table of Murphy 1973,
 * Journal of Applied Meteorology 12:595), ascending; bins without forecasts are left out.
 *
 * Totals and happenings of the rows sum to those given. Order and grouping do not matter. Throws as `brierScore` does,
 * for bins that are no whole number from 1 up, and when the level is not between 0 and 1.
 */
export function calibrationTable(forecasts: readonly Forecasts[], bins = 10, level = 0.95): CalibrationRow[] {
  if (!Number.isSafeInteger(bins) || bins < 1)
    throw new RangeError(`bins is ${bins}; it must be a whole number from 1 up`)
  const sums = new Map<number, { total: number; happened: number; probability: number }>()
  for (const { probability, happened, total } of forecasts) {
    requireShare('probability', probability)
    requirePart('happened', happened, 'total', total)
    const bin = binOf(probability, bins)
    const sum = sums.get(bin) ?? { total: 0, happened: 0, probability: 0 }
    sums.set(bin, sum)
    sum.total += total
    sum.happened += happened
    sum.probability += probability * total
  }
  const rows: CalibrationRow[] = []
  for (const [bin, { total, happened, probability }] of [...sums].sort(([a], [b]) => a - b)) {
    const interval = wilsonInterval(happened, total, level)
    if (interval === null) continue
    const meanProbability = probability / total
    rows.push({
      from: bin / bins,
      to: (bin + 1) / bins,
      total,
      happened,
      meanProbability,
      observed: happened / total,
      interval,
    })
  }
  return rows
}

/** The bin whose printed ends hold a probability, however the product rounds. */
function binOf(probability: number, bins: number): number {
  let bin = Math.min(bins - 1, Math.floor(probability * bins))
  if (probability < bin / bins) bin -= 1
  else if (bin < bins - 1 && probability >= (bin + 1) / bins) bin += 1
  return bin
}

/** A series taken apart: value = trend × season × rest. */
export interface Decomposition {
  /** One factor for each place in the cycle, beginning with that of the first value; their mean is 1. */
  readonly season: readonly number[]
  /** The centred moving average; `null` for half a cycle at both ends, and beside gaps. */
  readonly trend: readonly (number | null)[]
  /** Each value with its season taken out; `null` in gaps, and where a season of 0 says nothing. */
  readonly adjusted: readonly (number | null)[]
}

/**
 * Classical multiplicative decomposition, as R's `decompose` does it (Kendall and Stuart 1983, The Advanced Theory of
 * Statistics 3): a centred moving average over one cycle of `period` values, the mean ratio to it for each place in the
 * cycle, scaled to mean 1.
 *
 * Values at equal distances, ascending in time, none below 0; `null` is a gap, which takes no part. Scaling all values
 * leaves the season as it is. `null` where the season cannot be told: fewer than two full cycles of values, a place in
 * the cycle with no ratio, or nothing but zeros. Costs `period` steps for each value. Throws a RangeError for a value
 * below 0 or not finite, or a period that is no whole number from 2 up.
 */
export function decomposeSeason(values: readonly (number | null)[], period: number): Decomposition | null {
  if (!Number.isSafeInteger(period) || period < 2) {
    throw new RangeError(`period is ${period}; a cycle is a whole number of values from 2 up`)
  }
  for (const [index, value] of values.entries()) {
    if (value !== null && !(value >= 0 && value < Infinity)) {
      throw new RangeError(`values[${index}] is ${value}; a season of ratios needs finite numbers from 0 up`)
    }
  }
  if (values.filter((value) => value !== null).length < 2 * period) return null
  const trend = values.map((_, index) => centredAverage(values, index, period))
  const raw: number[] = []
  for (let place = 0; place < period; place += 1) {
    const ratios: number[] = []
    for (let index = place; index < values.length; index += period) {
      const value = values[index] ?? null
      const level = trend[index] ?? null
      if (value !== null && level !== null && level > 0) ratios.push(value / level)
    }
    if (ratios.length === 0) return null
    raw.push(ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length)
  }
  const mean = raw.reduce((sum, factor) => sum + factor, 0) / period
  if (mean === 0) return null
  const season = raw.map((factor) => factor / mean)
  const adjusted = values.map((value, index) => {
    const factor = season[index % period] ?? 0
    return value === null || factor === 0 ? null : value / factor
  })
  return { season, trend, adjusted }
}

/** The mean over one cycle around `index`; with an even period both ends count half. */
function centredAverage(values: readonly (number | null)[], index: number, period: number): number | null {
  const half = Math.floor(period / 2)
  if (index < half || index + half >= values.length) return null
  let sum = 0
  for (let at = index - half; at <= index + half; at += 1) {
    const value = values[at] ?? null
    if (value === null) return null
    const isEnd = period % 2 === 0 && Math.abs(at - index) === half
    sum += isEnd ? value / 2 : value
  }
  return sum / period
}

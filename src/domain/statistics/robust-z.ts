import { requireCount, requireFinite } from './refusals.ts'

/** A value, and how often it was seen. */
export interface CountedValue {
  readonly value: number
  readonly count: number
}

/**
 * The median: the middle value, or the mean of the two middle ones. `null` where nothing was counted.
 *
 * The order of values does not matter, and a value may be named more than once. Costs one sort of the values named.
 * Throws a RangeError for a value that is not finite, or a count that is no whole number from 0 up.
 */
export function medianOf(values: readonly CountedValue[]): number | null {
  let total = 0
  for (const { value, count } of values) {
    requireFinite('value', value)
    requireCount('count', count)
    total += count
  }
  if (total === 0) return null
  const sorted = values.filter(({ count }) => count > 0).sort((a, b) => a.value - b.value)
  let passed = 0
  for (const [index, { value, count }] of sorted.entries()) {
    passed += count
    if (2 * passed > total) return value
    if (2 * passed === total) return value / 2 + (sorted[index + 1]?.value ?? value) / 2
  }
  return null
}

/** The median distance from the median. `null` where nothing was counted. Input, cost and errors as in `medianOf`. */
export function medianDeviation(values: readonly CountedValue[]): number | null {
  const median = medianOf(values)
  if (median === null) return null
  return medianOf(values.map(({ value, count }) => ({ value: Math.abs(value - median), count })))
}

/**
 * How far a value lies from the others, 0.6745 (value − median) / MAD (Iglewicz and Hoaglin 1993, How to Detect and
 * Handle Outliers): beyond 3.5 either way is an alarm.
 *
 * 0 at the median. `null` where more than half of the others are equal and this one differs (the distance has no unit),
 * and where there are no others. Errors as in `medianOf`.
 */
export function robustZ(value: number, others: readonly CountedValue[]): number | null {
  requireFinite('value', value)
  const median = medianOf(others)
  const deviation = medianDeviation(others)
  if (median === null || deviation === null) return null
  if (value === median) return 0
  return deviation === 0 ? null : (0.6745 * (value - median)) / deviation
}

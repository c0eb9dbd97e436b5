import fc from 'fast-check'
import type { CompetingDurations } from '../../../src/domain/statistics/cumulative-incidence.ts'
import type { Durations } from '../../../src/domain/statistics/risk-sets.ts'

/** One subject under observation after `start`, up to and including `stop`; `way` it ended, or `null`. */
export interface Span {
  readonly start: number
  readonly stop: number
  readonly way: number | null
}

/** Before every duration: seen from the beginning. */
export const BEGINNING = -1

/** Subjects of whom some enter late; two ways to end. */
export const someSpans = fc.array(
  fc
    .record({
      late: fc.boolean(),
      start: fc.nat(15),
      length: fc.integer({ min: 1, max: 20 }),
      way: fc.constantFrom(0, 1, null),
    })
    .map(({ late, start, length, way }): Span => {
      const from = late ? start : BEGINNING
      return { start: from, stop: from + length, way }
    }),
  { maxLength: 60 },
)

/** Added up by duration, as day histograms hold them. */
export function competingOfSpans(spans: readonly Span[]): CompetingDurations[] {
  const days = new Map<number, { at: number; ended: [number, number]; censored: number; entered: number }>()
  const dayAt = (at: number) => {
    const day = days.get(at) ?? { at, ended: [0, 0], censored: 0, entered: 0 }
    days.set(at, day)
    return day
  }
  for (const { start, stop, way } of spans) {
    if (start > BEGINNING) dayAt(start).entered += 1
    if (way === 0) dayAt(stop).ended[0] += 1
    else if (way === 1) dayAt(stop).ended[1] += 1
    else dayAt(stop).censored += 1
  }
  return [...days.values()]
}

/** As `competingOfSpans`, with both ways to end taken together, or only one and the other as a censoring. */
export function durationsOfSpans(spans: readonly Span[], only?: number): Durations[] {
  return competingOfSpans(spans).map(({ at, ended, censored, entered = 0 }) => {
    const [one = 0, other = 0] = ended
    if (only === undefined) return { at, ended: one + other, censored, entered }
    return { at, ended: only === 0 ? one : other, censored: censored + (only === 0 ? other : one), entered }
  })
}

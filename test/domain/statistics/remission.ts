import type { Durations } from '../../../src/domain/statistics/risk-sets.ts'

/** A duration, and 1 where it ended, 0 where it was censored. */
export type DurationRow = readonly [at: number, ended: number]

const rowsOf = (text: string): DurationRow[] =>
  text.split(' ').map((one) => [Number.parseInt(one, 10), one.endsWith('+') ? 0 : 1])

/** Freireich and others, Blood 21 (1963): weeks of remission under 6-mercaptopurine; `6+` is censored at 6. */
export const REMISSION_ROWS = rowsOf('6 6 6 6+ 7 9+ 10 10+ 11+ 13 16 17+ 19+ 20+ 22 23 25+ 32+ 32+ 34+ 35+')
/** The same, under placebo. */
export const PLACEBO_ROWS = rowsOf('1 1 2 2 3 4 4 5 5 8 8 8 8 11 11 12 12 15 17 22 23')

/** Rows added up by duration. */
export function durationsOfRows(rows: readonly DurationRow[]): Durations[] {
  const days = new Map<number, { at: number; ended: number; censored: number }>()
  for (const [at, ended] of rows) {
    const day = days.get(at) ?? { at, ended: 0, censored: 0 }
    days.set(at, day)
    if (ended === 1) day.ended += 1
    else day.censored += 1
  }
  return [...days.values()]
}

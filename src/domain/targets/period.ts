import type { Month } from '../day.ts'

const MONTHS_PER_YEAR = 12
const MONTHS_PER_QUARTER = 3

/** The months of a period. */
export interface Period {
  readonly from: Month
  readonly to: Month
}

/** The period that `2026-11`, `2026-Q4` or `2026` names, by the calendar; `undefined` for other texts. */
export function parsePeriod(text: string): Period | undefined {
  const match = /^(\d{4})(?:-(?:Q([1-4])|(0[1-9]|1[0-2])))?$/.exec(text.trim())
  if (match === null) return undefined
  const [, year, quarter, month] = match
  const start = (Number(year) - 1970) * MONTHS_PER_YEAR
  if (quarter !== undefined) {
    const from = start + (Number(quarter) - 1) * MONTHS_PER_QUARTER
    return { from, to: from + MONTHS_PER_QUARTER - 1 }
  }
  if (month !== undefined) return { from: start + Number(month) - 1, to: start + Number(month) - 1 }
  return { from: start, to: start + MONTHS_PER_YEAR - 1 }
}

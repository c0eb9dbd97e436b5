import { formatMonth } from '../day.ts'
import { type Period, quarterName, quarterOf, quarterPeriod, type YearStart, yearName, yearPeriod } from '../fiscal.ts'

/**
 * The period that `2026-11`, `2026-Q4` or `2026` names; `undefined` for other texts. Quarters and years are the company's, so that
 * where its year is not the calendar's, `2027-Q1` is `FY2027-Q1`.
 */
export function parsePeriod(text: string, yearStart: YearStart): Period | undefined {
  const match = /^(FY)?(\d{4})(?:-Q([1-4])|-(0[1-9]|1[0-2]))?$/.exec(text.trim())
  if (match === null) return undefined
  const [, fiscal, year, quarter, month] = match
  if (quarter !== undefined) return quarterPeriod(Number(year), Number(quarter), yearStart)
  if (month === undefined) return yearPeriod(Number(year), yearStart)
  // A month is the calendar's.
  if (fiscal !== undefined) return undefined
  const from = yearPeriod(Number(year), 0).from + Number(month) - 1
  return { from, to: from }
}

/** A month, quarter or year, as `parsePeriod` takes it. */
export function periodName({ from, to }: Period, yearStart: YearStart): string {
  if (from === to) return formatMonth(from)
  return to === quarterOf(from, yearStart).to ? quarterName(from, yearStart) : yearName(from, yearStart)
}

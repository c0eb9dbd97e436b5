import type { Month } from './day.ts'

const MONTHS_PER_QUARTER = 3
const MONTHS_PER_YEAR = 12

/** The month of the calendar year with which the company's year begins: 0 is January, and then it is the calendar's. */
export type YearStart = number

/** What months are called in `model.yaml`, by place in the calendar year. */
export const MONTH_NAMES = [
  ...(['january', 'february', 'march', 'april', 'may', 'june'] as const),
  ...(['july', 'august', 'september', 'october', 'november', 'december'] as const),
] as const

/** The months of a period, both inclusive. */
export interface Period {
  readonly from: Month
  readonly to: Month
}

/** The first month of the quarter that holds a month. */
export function quarterStart(month: Month, yearStart: YearStart): Month {
  return month - place(month - yearStart, MONTHS_PER_QUARTER)
}

/** The quarter that holds a month. */
export function quarterOf(month: Month, yearStart: YearStart): Period {
  const from = quarterStart(month, yearStart)
  return { from, to: from + MONTHS_PER_QUARTER - 1 }
}

/** The quarter so many quarters after (before: negative) the one that holds a month. */
export function quarterAfter(month: Month, quarters: number, yearStart: YearStart): Period {
  return quarterOf(month + quarters * MONTHS_PER_QUARTER, yearStart)
}

/** The year that a month is in, by the calendar year in which it ends: of one that starts in February 2026 that is 2027. */
export function yearOf(month: Month, yearStart: YearStart): number {
  const last = month + MONTHS_PER_YEAR - 1 - place(month - yearStart, MONTHS_PER_YEAR)
  return 1970 + Math.floor(last / MONTHS_PER_YEAR)
}

/** `2026-Q4` for the quarter that holds a month; `FY2027-Q1` where the year is not the calendar's. */
export function quarterName(month: Month, yearStart: YearStart): string {
  const quarter = 1 + Math.floor(place(month - yearStart, MONTHS_PER_YEAR) / MONTHS_PER_QUARTER)
  return `${yearName(month, yearStart)}-Q${quarter}`
}

/** `2026` for the year that holds a month; `FY2027` where it is not the calendar's. */
export function yearName(month: Month, yearStart: YearStart): string {
  return `${yearStart === 0 ? '' : 'FY'}${yearOf(month, yearStart)}`
}

/** The year of this number: that which ends in the calendar year. */
export function yearPeriod(year: number, yearStart: YearStart): Period {
  const from = (year - 1970 - (yearStart === 0 ? 0 : 1)) * MONTHS_PER_YEAR + yearStart
  return { from, to: from + MONTHS_PER_YEAR - 1 }
}

/** A quarter (1 to 4) of a year. */
export function quarterPeriod(year: number, quarter: number, yearStart: YearStart): Period {
  return quarterOf(yearPeriod(year, yearStart).from + (quarter - 1) * MONTHS_PER_QUARTER, yearStart)
}

/** How far into its span of so many months something is. */
function place(months: number, span: number): number {
  return ((months % span) + span) % span
}

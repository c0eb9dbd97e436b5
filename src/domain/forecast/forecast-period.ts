import type { Month } from '../day.ts'

/** What a forecast is about, seen from the month at whose beginning it is made. */
export const FORECAST_PERIODS = ['month', 'quarter', 'next_quarter', 'quarter_after_next'] as const
export type ForecastPeriod = (typeof FORECAST_PERIODS)[number]

const MONTHS_PER_QUARTER = 3

/** The months that are still to come of a period, at the beginning of `month`; quarters are those of the calendar. */
export function spanOf(period: ForecastPeriod, month: Month): { readonly from: Month; readonly to: Month } {
  if (period === 'month') return { from: month, to: month }
  const next = quarterStart(month) + MONTHS_PER_QUARTER
  if (period === 'quarter') return { from: month, to: next - 1 }
  const from = period === 'next_quarter' ? next : next + MONTHS_PER_QUARTER
  return { from, to: from + MONTHS_PER_QUARTER - 1 }
}

/** The first month of the calendar quarter that holds a month. */
export function quarterStart(month: Month): Month {
  return Math.floor(month / MONTHS_PER_QUARTER) * MONTHS_PER_QUARTER
}

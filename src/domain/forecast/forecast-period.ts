import type { Month } from '../day.ts'
import { type Period, quarterAfter, quarterOf, type YearStart } from '../fiscal.ts'

/** What a forecast is about, seen from the month at whose beginning it is made. */
export const FORECAST_PERIODS = ['month', 'quarter', 'next_quarter', 'quarter_after_next'] as const
export type ForecastPeriod = (typeof FORECAST_PERIODS)[number]

/** The months that are still to come of a period, at the beginning of `month`. */
export function spanOf(period: ForecastPeriod, month: Month, yearStart: YearStart): Period {
  if (period === 'month') return { from: month, to: month }
  if (period === 'quarter') return { from: month, to: quarterOf(month, yearStart).to }
  return quarterAfter(month, period === 'next_quarter' ? 1 : 2, yearStart)
}

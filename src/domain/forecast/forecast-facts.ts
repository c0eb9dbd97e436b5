import type { Target } from '../company-records.ts'
import { type Day, firstDayOf, formatMonth, type Month, monthIndexOf } from '../day.ts'
import type { FactValues } from '../facts.ts'
import { quarterStart, type YearStart } from '../fiscal.ts'
import type { Model } from '../model.ts'
import { PIPELINE_HEAD, PipelineSeries, parsePipelineKey } from '../pipeline/pipeline-totals.ts'
import { brierScore, calibrationTable, type Forecasts } from '../statistics/calibration.ts'
import { sumsUnder } from '../tally.ts'
import { readCalls } from './call-totals.ts'
import { addCalls, type Row } from './calls.ts'
import { FORECAST_PERIODS, type ForecastPeriod, spanOf } from './forecast-period.ts'
import { readStageSeries, type StageSeries } from './forecast-totals.ts'
import { createPresentForecasts, type PresentForecast } from './present-forecast.ts'
import { LEARN_MONTHS, MIN_LEARNT, rateAt } from './stage-rates.ts'

/** How forecasts are reckoned, in the words that are printed beside them. */
export const FORECAST_METHOD = `what stood open at the start × the share that was won, by stage, over the latest ${LEARN_MONTHS} months known then (below ${MIN_LEARNT}: of the pipeline); nothing created later`

/** Earlier forecasts a range is told from, at least. */
const MIN_EARLIER = 6
const BINS = 10
const MONTHS_PER_YEAR = 12

/**
 * Forecasts made at the beginning of the newest `funnelMonths` months, the current one last: for the month, its
 * quarter and the next two quarters. Each is learnt from what was over when it was made, so that earlier ones are a back-test:
 * their months were held out. By id; where nothing stood open then or stands open now, and nothing was won, there is no row.
 */
export function forecastFacts(
  totals: ReadonlyMap<string, number>,
  model: Model,
  day: Day,
  targets: readonly Target[] = [],
): FactValues[] {
  const current = monthIndexOf(day)
  const stages = readStageSeries(totals)
  const won = readWon(totals, current)
  const { openDue, ofKind } = readCalls(totals, current)
  const present = createPresentForecasts(totals, stages, day)
  const rows: FactValues[] = []
  for (const period of FORECAST_PERIODS) {
    const ratios: { readonly over: Month; readonly ratio: number }[] = []
    for (let month = current - model.funnelMonths - LEARN_MONTHS + 1; month <= current; month += 1) {
      const made = forecast(stages, period, month, current, model.yearStart)
      if (made.isOver && made.expectedKnownArr > 0) {
        ratios.push({ over: made.to, ratio: made.wonKnownArr / made.expectedKnownArr })
      }
      if (month <= current - model.funnelMonths) continue
      const known = ratios.filter(({ over }) => over < month).map(({ ratio }) => ratio)
      const now = month === current ? present(made.from, made.to) : undefined
      const row = rowOf(made, won, known.slice(-LEARN_MONTHS), current, now !== undefined, model.yearStart)
      if (row === undefined) continue
      addCalls(row, made, month === current ? openDue : null, ofKind, targets, model)
      if (now !== undefined) addPresent(row, now)
      rows.push(row)
    }
  }
  return rows.sort((a, b) => (String(a.id) < String(b.id) ? -1 : 1))
}

/**
 * What came of forecasts that are over, by the chance they gave: the calibration table over the newest `funnelMonths` months
 * in which they were made, each beside the Brier score of all forecasts of its period. By id.
 */
export function calibrationFacts(totals: ReadonlyMap<string, number>, model: Model, day: Day): FactValues[] {
  const current = monthIndexOf(day)
  const stages = readStageSeries(totals)
  const rows: FactValues[] = []
  for (const period of FORECAST_PERIODS) {
    const made: Forecasts[] = []
    for (let month = current - model.funnelMonths + 1; month <= current; month += 1) {
      const one = forecast(stages, period, month, current, model.yearStart)
      if (one.isOver) made.push(...one.chances)
    }
    const brier = brierScore(made)
    if (brier === null) continue
    const total = made.reduce((sum, one) => sum + one.total, 0)
    const share = made.reduce((sum, one) => sum + one.happened, 0) / total
    for (const bin of calibrationTable(made, BINS)) {
      const percent = `${Math.round(bin.from * 100)}–${Math.round(bin.to * 100)} %`
      rows.push({
        id: `${period}:${Math.round(bin.from * 100)}`,
        name: `${period.replaceAll('_', ' ')}, ${percent}`,
        period,
        from: bin.from,
        to: bin.to,
        opportunities: bin.total,
        won: bin.happened,
        expected: bin.meanProbability,
        observed: bin.observed,
        low: bin.interval.lower,
        high: bin.interval.upper,
        brier,
        brierOfOneRate: share * (1 - share),
      })
    }
  }
  return rows.sort((a, b) => (String(a.id) < String(b.id) ? -1 : 1))
}

interface Made {
  readonly period: ForecastPeriod
  readonly month: Month
  readonly from: Month
  readonly to: Month
  readonly isOver: boolean
  readonly open: number
  readonly openArr: number
  readonly withoutRate: number
  readonly byPipeline: number
  readonly expected: number
  readonly expectedArr: number
  /** Opportunities that a rate was had for. */
  readonly rated: number
  /** Of what stood open in stages that are known, not guessed, and that a rate was had for; with what was won of it so far. */
  readonly expectedKnownArr: number
  readonly wonKnownArr: number
  readonly chances: readonly Forecasts[]
}

function forecast(
  stages: readonly StageSeries[],
  period: ForecastPeriod,
  month: Month,
  current: Month,
  yearStart: YearStart,
): Made {
  const { from, to } = spanOf(period, month, yearStart)
  const sums = { open: 0, openArr: 0, withoutRate: 0, byPipeline: 0, rated: 0, expected: 0 }
  let [expectedArr, expectedKnownArr, wonKnownArr] = [0, 0, 0]
  const chances: Forecasts[] = []
  for (const stage of stages) {
    const { open, arr, known, knownArr } = stage.at(month)
    if (open === 0) continue
    sums.open += open
    sums.openArr += arr
    const rate = rateAt(stage, stages, month, from - month, to - month)
    if (rate === undefined) {
      sums.withoutRate += arr
      continue
    }
    if (rate.ofPipeline) sums.byPipeline += arr
    sums.rated += open
    sums.expected += open * rate.rate
    expectedArr += arr * rate.rate
    expectedKnownArr += knownArr * rate.rate
    const won = stage.won(month, from - month, Math.min(to, current) - month)
    wonKnownArr += won.arr
    if (known > 0) chances.push({ probability: rate.rate, happened: won.count, total: known })
  }
  const isOver = to < current
  expectedArr = Math.round(expectedArr)
  return { period, month, from, to, isOver, ...sums, expectedArr, expectedKnownArr, wonKnownArr, chances }
}

/** What is won by month; what is dated ahead counts in the current one. */
function readWon(totals: ReadonlyMap<string, number>, current: Month): PipelineSeries {
  const won = new PipelineSeries()
  for (const [key, value] of sumsUnder(totals, PIPELINE_HEAD)) {
    const parsed = parsePipelineKey(key)
    if (parsed?.window === 'all_open') won.add(parsed.place, Math.min(parsed.month, current), value)
  }
  return won
}

function rowOf(
  made: Made,
  won: PipelineSeries,
  earlier: readonly number[],
  current: Month,
  isOpenNow: boolean,
  yearStart: YearStart,
): Row | undefined {
  const { period, month, from, to, open, openArr, expected, expectedArr } = made
  const wonIn = (first: Month, last: Month) => {
    let sum = 0
    for (let of = first; of <= last; of += 1) sum += won.netWon(of)
    return sum
  }
  const start = period === 'quarter' ? quarterStart(month, yearStart) : from
  const wonBefore = wonIn(start, month - 1)
  const wonSince = wonIn(from, Math.min(to, current))
  if (open === 0 && wonBefore === 0 && wonSince === 0 && !isOpenNow) return undefined
  const name = formatMonth(month)
  const row: Row = {
    id: `${period}:${name}`,
    name: `${name}: ${from === to ? formatMonth(from) : `${formatMonth(from)} to ${formatMonth(to)}`}`,
    period,
    month: name,
    madeOn: firstDayOf(month),
    fromOn: firstDayOf(start),
    toOn: firstDayOf(to + 1) - 1,
    isCurrent: month === current,
    isOver: made.isOver,
    open,
    openArr,
    wonBefore,
    wonSince,
    wonOfOpen: made.wonKnownArr,
    wonLastYear: wonIn(start - MONTHS_PER_YEAR, to - MONTHS_PER_YEAR),
    withoutRate: made.withoutRate,
    byPipelineRate: made.byPipeline,
    method: FORECAST_METHOD,
    earlierForecasts: earlier.length,
  }
  if (made.rated > 0 || open === 0) {
    row.expectedCount = expected
    row.expected = expectedArr
    row.forecast = wonBefore + expectedArr
    if (earlier.length >= MIN_EARLIER && expectedArr >= 0) {
      row.low = wonBefore + Math.round(expectedArr * quantile(earlier, 0.1))
      row.high = wonBefore + Math.round(expectedArr * quantile(earlier, 0.9))
    }
    const brier = made.isOver ? brierScore(made.chances) : null
    if (brier !== null) row.brier = brier
  }
  return row
}

/** What stands open today may add to what is won so far; where no chance is known of any of it, only how much there is. */
function addPresent(row: Row, present: PresentForecast): void {
  const { distribution, arrBy, openArr } = present
  row.openNow = present.open
  row.openArrNow = openArr
  row.nowByAge = arrBy.age
  row.nowByStage = arrBy.stage
  row.nowByCrm = arrBy.crm
  row.nowWithoutChance = arrBy.nothing
  if (openArr !== 0 && arrBy.nothing === openArr) return
  const won = row.won as number
  row.now = won + Math.round(distribution.mean)
  row.p10 = won + Math.round(distribution.quantile(0.1))
  row.p50 = won + Math.round(distribution.quantile(0.5))
  row.p90 = won + Math.round(distribution.quantile(0.9))
  row.nowError = Math.ceil(distribution.amountError)
  row.nowMethod = present.method
}

/** Between order statistics, in proportion (Hyndman and Fan 1996, type 7). */
function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (sorted.length - 1) * share
  const low = sorted[Math.floor(at)] ?? 0
  return low + (at - Math.floor(at)) * ((sorted[Math.ceil(at)] ?? low) - low)
}

import { type Day, firstDayOf, formatMonth, type Month, monthIndexOf } from '../day.ts'
import type { FactValues } from '../facts.ts'
import type { Model } from '../model.ts'
import { sumsUnder } from '../tally.ts'
import { PIPELINE_HEAD, PipelineSeries, type PipelineSum, parsePipelineKey } from './pipeline-totals.ts'
import { PIPELINE_PARTS, type PipelineWindow } from './pipeline-walk.ts'

const MONTHS_PER_YEAR = 12
/** Whether a part of the waterfall adds to the pipeline or takes from it. */
export const PART_SIGNS: Readonly<Record<(typeof PIPELINE_PARTS)[number], 1 | -1>> = {
  created: 1,
  pulledIn: 1,
  dated: 1,
  reopened: 1,
  increased: 1,
  decreased: -1,
  pushedOut: -1,
  won: -1,
  lost: -1,
}
/** Parts that change what opportunities are worth, not how many there are. */
const OF_AMOUNT: readonly PipelineSum[] = ['increased', 'decreased']

/**
 * The pipeline waterfall: the newest `funnelMonths` months up to `day`, in three windows, for all accounts together and for each
 * segment, by id. In every row start + created + pulledIn + dated + reopened + increased − decreased − pushedOut − won −
 * lost = end, in ARR; and so do counts, without the two of amounts.
 *
 * - `all_open`: every open opportunity. Months join: the end of one is the start of the next. What is dated ahead (a close
 *   date still to come of what is closed already) counts in the current month, as in the funnel's snapshot.
 * - `due_in_quarter`: open ones with a close date in the quarter of the month. Months of one quarter join.
 * - `due_in_month`: open ones with a close date in the month. Months do not join.
 *
 * The current month goes up to `day` and says that it is open. A row of zeros alone is left out. `totals` may hold other
 * things.
 */
export function pipelineMonthFacts(totals: ReadonlyMap<string, number>, model: Model, day: Day): FactValues[] {
  const current = monthIndexOf(day)
  const rows: FactValues[] = []
  for (const slice of readSlices(totals, current)) {
    const ends = endsOf(slice, current)
    for (let month = current - model.funnelMonths + 1; month <= current; month += 1) {
      const row = rowOf(slice, ends, month, month === current)
      if (row !== undefined) rows.push(row)
    }
  }
  return rows.sort((a, b) => (String(a.id) < String(b.id) ? -1 : 1))
}

interface Slice {
  readonly window: PipelineWindow
  readonly segment: string
  readonly series: PipelineSeries
}

function readSlices(totals: ReadonlyMap<string, number>, current: Month): Slice[] {
  const slices = new Map<string, Slice>()
  const seriesOf = (window: PipelineWindow, segment: string) => {
    const id = `${window}:${segment}`
    let slice = slices.get(id)
    if (slice === undefined) {
      slice = { window, segment, series: new PipelineSeries() }
      slices.set(id, slice)
    }
    return slice.series
  }
  for (const [key, value] of sumsUnder(totals, PIPELINE_HEAD)) {
    const parsed = parsePipelineKey(key)
    if (parsed === undefined || value === 0) continue
    const { place, window, segment } = parsed
    const month = window === 'all_open' ? Math.min(parsed.month, current) : parsed.month
    for (const slice of ['all', segment]) seriesOf(window, slice).add(place, month, value)
  }
  return [...slices.values()]
}

interface Ends {
  readonly arr: ReadonlyMap<Month, number>
  readonly count: ReadonlyMap<Month, number>
}

/** What is in `all_open` at the end of months up to the current one: the sum of all parts up to then. */
function endsOf({ window, series }: Slice, current: Month): Ends {
  const [arr, count] = [new Map<Month, number>(), new Map<Month, number>()]
  const [first] = series.months()
  if (window !== 'all_open' || first === undefined) return { arr, count }
  let [sum, items] = [0, 0]
  for (let month = first; month <= current; month += 1) {
    sum += changeOf(series, month)
    items += countChangeOf(series, month)
    arr.set(month, sum)
    count.set(month, items)
  }
  return { arr, count }
}

function changeOf(series: PipelineSeries, month: Month): number {
  return PIPELINE_PARTS.reduce((sum, part) => sum + PART_SIGNS[part] * series.arr(part, month), 0)
}

function countChangeOf(series: PipelineSeries, month: Month): number {
  return PIPELINE_PARTS.reduce(
    (sum, part) => sum + (OF_AMOUNT.includes(part) ? 0 : PART_SIGNS[part] * series.count(part, month)),
    0,
  )
}

type Row = Record<string, string | number | boolean>

function rowOf({ window, segment, series }: Slice, ends: Ends, month: Month, isOpen: boolean): Row | undefined {
  const startOf = (of: Month) => (window === 'all_open' ? (ends.arr.get(of - 1) ?? 0) : series.arr('start', of))
  const start = startOf(month)
  const startCount = window === 'all_open' ? (ends.count.get(month - 1) ?? 0) : series.count('start', month)
  if (startCount === 0 && PIPELINE_PARTS.every((part) => series.count(part, month) === 0)) return undefined
  const name = formatMonth(month)
  const row: Row = {
    id: `${window}:${name}:${segment}`,
    name: `${name}${segment === 'all' ? '' : `, ${segment}`} (${window.replaceAll('_', ' ')})`,
    window,
    month: name,
    monthOn: firstDayOf(month),
    segment,
    isOpen,
    start,
    end: start + changeOf(series, month),
    startCount,
    endCount: startCount + countChangeOf(series, month),
  }
  for (const part of PIPELINE_PARTS) {
    row[part] = series.arr(part, month)
    row[`${part}Count`] = series.count(part, month)
  }
  const lastYear = month - MONTHS_PER_YEAR
  row.endLastYear = startOf(lastYear) + changeOf(series, lastYear)
  if (window !== 'all_open') addSlippage(row)
  return row
}

function addSlippage(row: Row): void {
  const [start, pushedOut, startCount] = [row.start as number, row.pushedOut as number, row.startCount as number]
  // Amounts below zero make no share.
  if (start > 0 && pushedOut >= 0 && pushedOut <= start) row.slippage = pushedOut / start
  if (startCount > 0) row.slippageByCount = (row.pushedOutCount as number) / startCount
}

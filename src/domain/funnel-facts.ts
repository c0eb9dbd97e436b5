import { type Day, firstDayOf, formatMonth, type Month, monthIndexOf } from './day.ts'
import type { FunnelSegment, FunnelView } from './fact-fields.ts'
import type { FactValues } from './facts.ts'
import { FUNNEL_HEADS, funnelTail, NO_STAGE, parseCrmTail, parseFunnelTail } from './funnel-cells.ts'
import { ANY_PIPELINE, type Ladder, ladderOf } from './ladder.ts'
import { FUNNEL_STAGES, type FunnelStage, type Model } from './model.ts'
import { medianSurvival } from './statistics/kaplan-meier.ts'
import { parseKey, sumsUnder } from './tally.ts'

/** The name of what is open in no stage that `model.yaml` knows. */
export const NO_STAGE_NAME = '(no known stage)'

/**
 * The rows of the funnel: the newest `funnelMonths` months up to `day`, in three views, by id.
 *
 * - `entry_cohort`: what entered the stage in the month, with what came of it so far: reached the next stage, still
 *   open, win rate of the closed ones (or of all, by `winRateOf`), median days in the stage. Reconstructed ones are left out and counted.
 * - `active`: what was in the stage at any time of the month, with the win rate of those that closed in the month
 *   while in it. Never less than what entered.
 * - `snapshot`: what was in the stage when the month ended; of the current month, what is in it now. Over all stages
 *   of the CRM this is every open opportunity.
 *
 * Stages of the one funnel come for all segments together and for each; stages of the CRM for all together, along with
 * what is open in no known stage. Won and lost have entry cohorts only. What is dated ahead (a close date still to
 * come) counts in the current month. A row without anything to count is left out. `totals` may hold other things.
 */
export function funnelFacts(totals: ReadonlyMap<string, number>, model: Model, day: Day): FactValues[] {
  const current = monthIndexOf(day)
  const series = readSeries(totals, current)
  const rows: FactValues[] = []
  for (const [key, found] of series) {
    const stage = stageOf(key, model)
    if (stage !== undefined) addRows(rows, stage, found, model, current, day)
  }
  return rows.sort((a, b) => (String(a.id) < String(b.id) ? -1 : 1))
}

/** A stage that rows are made for. */
interface Stage {
  readonly level: 'funnel_stage' | 'crm_stage'
  readonly id: string
  readonly segment: FunnelSegment
  /** Of a CRM stage: its source and pipeline. */
  readonly pipeline: string | undefined
  readonly stage: string
  readonly order: number
  readonly funnelStage: FunnelStage
  /** Whether there is a next stage to reach. */
  readonly hasNext: boolean
}

/** The stage that totals under a key are about; `undefined` where the model has no such stage any more. */
function stageOf(key: string, model: Model): Stage | undefined {
  const tail = key.slice(1)
  if (key.startsWith('F')) {
    const { stage, segment } = parseFunnelTail(tail)
    const order = FUNNEL_STAGES.indexOf(stage) + 1
    const hasNext = stage !== 'expansion' && stage !== 'lost'
    const id = `${segment}:${stage}`
    return { level: 'funnel_stage', id, segment, pipeline: undefined, stage, order, funnelStage: stage, hasNext }
  }
  const { source, place, pipeline } = parseCrmTail(tail)
  const ladder = ladderOf(model, source, pipeline)
  if (place === NO_STAGE) return crmStage(ladder, ladder.stages.length, NO_STAGE_NAME, 'opportunity', false)
  const definition = ladder.stages[place]
  if (definition === undefined) return undefined
  return crmStage(ladder, place, definition.name, definition.funnelStage, definition.state === 'open')
}

function crmStage(ladder: Ladder, place: number, stage: string, funnelStage: FunnelStage, hasNext: boolean): Stage {
  const { source, pipeline } = ladder
  return {
    level: 'crm_stage',
    id: `all:${source}:${pipeline}:${stage}`,
    segment: 'all',
    pipeline: pipeline === ANY_PIPELINE ? source : `${source}: ${pipeline}`,
    stage,
    order: place + 1,
    funnelStage,
    hasNext,
  }
}

/** The totals of one stage by month; months ahead are counted in the current one. */
class Series {
  readonly #values = new Map<string, Map<Month, number>>()
  /** Stays by month of entry: days of those that ended, first days of those that go on, with their counts. */
  readonly ended = new Map<Month, Map<number, number>>()
  readonly goingOn = new Map<Month, Map<Day, number>>()

  add(month: Month, measure: string, value: number): void {
    const kind = measure[0]
    if (kind === 'd' || kind === 'q') {
      const stays = entryOf(kind === 'd' ? this.ended : this.goingOn, month, () => new Map<number, number>())
      const days = Number(measure.slice(1))
      stays.set(days, (stays.get(days) ?? 0) + value)
      return
    }
    const values = entryOf(this.#values, measure, () => new Map<Month, number>())
    values.set(month, (values.get(month) ?? 0) + value)
  }

  in(month: Month, measure: string): number {
    return this.#values.get(measure)?.get(month) ?? 0
  }

  before(month: Month, measure: string): number {
    let sum = 0
    for (const [of, value] of this.#values.get(measure) ?? []) if (of < month) sum += value
    return sum
  }
}

function readSeries(totals: ReadonlyMap<string, number>, current: Month): Map<string, Series> {
  const series = new Map<string, Series>()
  const seriesOf = (key: string) => entryOf(series, key, () => new Series())
  for (const [key, value] of sumsUnder(totals, FUNNEL_HEADS)) {
    const parsed = parseKey(key, FUNNEL_HEADS)
    if (parsed === undefined) continue
    const { head, measure, tail } = parsed
    const month = Math.min(parsed.month, current)
    seriesOf(head + tail).add(month, measure, value)
    if (head === 'F') {
      seriesOf(`F${funnelTail(parseFunnelTail(tail).stage, 'all')}`).add(month, measure, value)
    }
  }
  return series
}

function addRows(rows: FactValues[], stage: Stage, series: Series, model: Model, current: Month, day: Day): void {
  const first = current - model.funnelMonths + 1
  let count = series.before(first, 'n') - series.before(first, 'm')
  let arr = series.before(first, 'a') - series.before(first, 'b')
  for (let month = first; month <= current; month += 1) {
    const active = count + series.in(month, 'n') - series.in(month, 'y')
    const activeArr = arr + series.in(month, 'a') - series.in(month, 'z')
    count += series.in(month, 'n') - series.in(month, 'm')
    arr += series.in(month, 'a') - series.in(month, 'b')
    addCohortRow(rows, stage, series, model, month, day)
    if (active > 0) {
      const row = startRow(stage, 'active', month, active, activeArr)
      const [won, lost] = [series.in(month, 'c'), series.in(month, 'k')]
      rows.push(addWinRates(row, won, lost, series.in(month, 'C'), series.in(month, 'K')))
    }
    if (count > 0) rows.push(startRow(stage, 'snapshot', month, count, arr))
  }
}

function addCohortRow(rows: FactValues[], stage: Stage, series: Series, model: Model, month: Month, day: Day): void {
  const count = series.in(month, 'e')
  const leftOut = series.in(month, 'r')
  if (count === 0 && leftOut === 0) return
  const row = startRow(stage, 'entry_cohort', month, count, series.in(month, 'v'))
  row.reconstructedLeftOut = leftOut
  if (count > 0) {
    const stillOpen = series.in(month, 'o')
    if (stage.hasNext) {
      row.reachedNext = series.in(month, 'x')
      row.conversion = row.reachedNext / count
    }
    row.stillOpen = stillOpen
    row.stillOpenShare = stillOpen / count
    // Counted, not divided: 0.95 of 20 must not fail by a rounding of 1 − 0.05.
    row.isMature = count - stillOpen >= model.matureAt * count - 1e-9
    addMedian(row, series, month, day)
    const [won, lost, wonArr] = [series.in(month, 'w'), series.in(month, 'l'), series.in(month, 'W')]
    if (model.winRateOf === 'closed') addWinRates(row, won, lost, wonArr, series.in(month, 'L'))
    // Nothing closes of what has arrived at the end: that is no rate of 0.
    else if (won + lost + stillOpen > 0) addWinRates(row, won, count - won, wonArr, (row.arr as number) - wonArr)
  }
  rows.push(row)
}

type Row = Record<string, string | number | boolean>

function startRow(stage: Stage, view: FunnelView, month: Month, count: number, arr: number): Row {
  const name = formatMonth(month)
  const row: Row = {
    id: `${view}:${name}:${stage.id}`,
    name: nameOf(stage, view, name),
    view,
    level: stage.level,
    month: name,
    monthOn: firstDayOf(month),
    segment: stage.segment,
    stage: stage.stage,
    stageOrder: stage.order,
    funnelStage: stage.funnelStage,
    count,
    arr,
  }
  if (stage.pipeline !== undefined) row.pipeline = stage.pipeline
  return row
}

function nameOf({ stage, segment, pipeline }: Stage, view: FunnelView, month: string): string {
  const of = pipeline ?? (segment === 'all' ? undefined : segment)
  return `${month} ${stage}${of === undefined ? '' : `, ${of}`} (${view.replace('_', ' ')})`
}

function addWinRates(row: Row, won: number, lost: number, wonArr: number, lostArr: number): Row {
  if (won + lost > 0) row.winRateByCount = won / (won + lost)
  if (wonArr + lostArr > 0) row.winRateByAmount = wonArr / (wonArr + lostArr)
  return row
}

function addMedian(row: Row, series: Series, month: Month, day: Day): void {
  const durations = new Map<number, { at: number; ended: number; censored: number }>()
  const at = (days: number) => entryOf(durations, days, () => ({ at: days, ended: 0, censored: 0 }))
  for (const [days, count] of series.ended.get(month) ?? []) at(days).ended += count
  for (const [since, count] of series.goingOn.get(month) ?? []) at(Math.max(0, day - since)).censored += count
  const stays = [...durations.values()]
  const counted = stays.reduce((sum, { ended, censored }) => sum + ended + censored, 0)
  if (counted === 0) return
  row.dwellCounted = counted
  const median = medianSurvival(stays)
  if (median !== undefined) row.medianDays = median
}

function entryOf<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let value = map.get(key)
  if (value === undefined) {
    value = make()
    map.set(key, value)
  }
  return value
}

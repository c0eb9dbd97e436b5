import type { Month } from '../day.ts'
import type { StageSeries } from './forecast-totals.ts'

/** Over how many months, the latest that are told, rates are learnt. */
export const LEARN_MONTHS = 12
/** A rate rests on at least so many opportunities at the beginnings of months; with fewer, on those of the whole pipeline. */
export const MIN_LEARNT = 30

/** How likely what stands open in a stage is won in a span of months. */
export interface StageRate {
  readonly rate: number
  /** Whether it is that of the whole pipeline, for want of enough in the stage. */
  readonly ofPipeline: boolean
  /** Opportunities at the beginnings of months it rests on, counted once for each month. */
  readonly learntFrom: number
}

/**
 * The rate at which what stood in a stage when a month began was won from `from` to `to` months later, as it was known when
 * `month` began: learnt from the `LEARN_MONTHS` latest months whose span was over by then, and from stages that are known, not
 * guessed. `undefined` where stage and pipeline have fewer than `MIN_LEARNT`.
 */
export function rateAt(
  series: StageSeries,
  all: readonly StageSeries[],
  month: Month,
  from: number,
  to: number,
): StageRate | undefined {
  const own = learn([series], month, from, to)
  if (own.known >= MIN_LEARNT) return { rate: own.won / own.known, ofPipeline: false, learntFrom: own.known }
  const { source, pipeline } = series
  const siblings = all.filter((one) => one.source === source && one.pipeline === pipeline)
  const pooled = learn(siblings, month, from, to)
  if (pooled.known < MIN_LEARNT) return undefined
  return { rate: pooled.won / pooled.known, ofPipeline: true, learntFrom: pooled.known }
}

function learn(list: readonly StageSeries[], month: Month, from: number, to: number): { known: number; won: number } {
  let [known, won] = [0, 0]
  const last = month - 1 - to
  for (const one of list) {
    for (let of = last - LEARN_MONTHS + 1; of <= last; of += 1) {
      known += one.at(of).known
      won += one.won(of, from, to).count
    }
  }
  return { known, won }
}

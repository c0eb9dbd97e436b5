import type { Month } from '../day.ts'
import { ageAfter, ageTail, MONTHS_AHEAD, type StageSeries } from './forecast-totals.ts'
import { LEARN_MONTHS, MIN_LEARNT } from './stage-rates.ts'

/** What a chance is taken from: what was of that stage and age, of that stage; what the CRM says; or there is none. */
export const CHANCES_BY = ['age', 'stage', 'crm', 'nothing'] as const
export type ChanceBy = (typeof CHANCES_BY)[number]

/** How likely what is open is won between two times from now. */
export interface StageChances {
  /** `start` and `end` in months from now; `undefined` where even the stage has too little history. */
  of(
    stage: string,
    since: Month,
    start: number,
    end: number,
  ): { readonly chance: number; readonly by: 'age' | 'stage' } | undefined
}

/**
 * Chances from the share of what stood in a stage when months began that was won within one month, two … nine: those cumulative shares
 * at the two times, between whole months in proportion. Both won and lost take an opportunity out of the stage: it is the share of all,
 * not of those that stayed. Learnt from the `LEARN_MONTHS` latest months whose span is over; of those of one age where there were
 * `MIN_LEARNT`, else of the stage.
 */
export function createChances(
  stages: readonly StageSeries[],
  ages: ReadonlyMap<string, StageSeries>,
  current: Month,
): StageChances {
  const byStage = new Map(stages.map((one) => [one.tail, one]))
  const learnt = new Map<StageSeries, readonly (number | undefined)[]>()
  const sharesOf = (series: StageSeries | undefined) => {
    if (series === undefined) return []
    let shares = learnt.get(series)
    if (shares === undefined) {
      shares = wonWithin(series, current)
      learnt.set(series, shares)
    }
    return shares
  }
  return {
    of(stage, since, start, end) {
      const age = ageAfter(current - since)
      const ofAge = between(sharesOf(ages.get(ageTail(age, stage))), start, end)
      if (ofAge !== undefined) return { chance: ofAge, by: 'age' }
      const ofStage = between(sharesOf(byStage.get(stage)), start, end)
      return ofStage === undefined ? undefined : { chance: ofStage, by: 'stage' }
    },
  }
}

/** The share won within 0, 1 … 9 months of standing there when a month began; never falling. `undefined` where too few are known. */
function wonWithin(series: StageSeries, current: Month): (number | undefined)[] {
  const shares: (number | undefined)[] = [0]
  for (let months = 1; months <= MONTHS_AHEAD; months += 1) {
    let [known, won] = [0, 0]
    for (let of = current - months - LEARN_MONTHS + 1; of <= current - months; of += 1) {
      known += series.at(of).known
      won += series.won(of, 0, months - 1).count
    }
    // Each span is learnt from months of its own, so that a longer one may come to less.
    shares.push(known < MIN_LEARNT ? undefined : Math.max(won / known, shares[months - 1] ?? 0))
  }
  return shares
}

function between(shares: readonly (number | undefined)[], start: number, end: number): number | undefined {
  const [from, to] = [shareAt(shares, start), shareAt(shares, end)]
  return from === undefined || to === undefined ? undefined : to - from
}

function shareAt(shares: readonly (number | undefined)[], months: number): number | undefined {
  const [low, high] = [shares[Math.floor(months)], shares[Math.ceil(months)]]
  return low === undefined || high === undefined ? undefined : low + (months - Math.floor(months)) * (high - low)
}

import type { CountedOpportunity } from '../counted.ts'
import { type Day, firstDayOf, type Month, monthIndexOf } from '../day.ts'
import type { FactValues } from '../facts.ts'
import { quarterName, quarterStart } from '../fiscal.ts'
import { crmTail, NO_STAGE } from '../funnel-cells.ts'
import { keyPart, readKeyPart } from '../key-part.ts'
import type { Ladder } from '../ladder.ts'
import type { Model } from '../model.ts'
import { UNKNOWN_STAGE } from '../path.ts'
import { sumsUnder, type Tally } from '../tally.ts'
import { spanOf } from './forecast-period.ts'
import { readStageSeries } from './forecast-totals.ts'
import { rateAt } from './stage-rates.ts'

const HEAD = 'M'

/**
 * Adds an open opportunity that is large enough to be among the largest of some quarter, under a key of its own. Few are, by the
 * least ARR of model.yaml: keys by the hundred thousand would weigh on every run.
 */
export function addToMustWin(tally: Tally, ladder: Ladder, { largeId, path }: CountedOpportunity): void {
  const last = path[path.length - 1]
  if (largeId === undefined || last?.dueOn === undefined) return
  const stage = crmTail(ladder, last.stage === UNKNOWN_STAGE ? NO_STAGE : last.stage)
  tally.addKey(`${HEAD}|${monthIndexOf(last.dueOn)}|${keyPart(stage)}|${keyPart(largeId)}`, last.arr)
}

/** The largest open opportunities due in the quarter of `day`, with their odds; by rank. */
export function mustWinFacts(totals: ReadonlyMap<string, number>, model: Model, day: Day): FactValues[] {
  const current = monthIndexOf(day)
  const from = quarterStart(current, model.yearStart)
  const { from: next, to } = spanOf('quarter', current, model.yearStart)
  const large: { readonly id: string; readonly stage: string; readonly arr: number }[] = []
  for (const [key, arr] of sumsUnder(totals, HEAD)) {
    const parsed = parse(key)
    if (parsed !== undefined && parsed.due >= from && parsed.due <= to) large.push({ ...parsed, arr })
  }
  large.sort((a, b) => b.arr - a.arr || (a.id < b.id ? -1 : 1))
  const stages = readStageSeries(totals)
  const odds = new Map<string, number | undefined>()
  return large.slice(0, model.forecast.mustWin.count).map(({ id, stage, arr }, i) => {
    if (!odds.has(stage)) {
      const series = stages.find(({ tail }) => tail === stage)
      odds.set(
        stage,
        series === undefined ? undefined : rateAt(series, stages, current, next - current, to - current)?.rate,
      )
    }
    const row: Record<string, string | number | boolean> = {
      id,
      rank: i + 1,
      opportunityId: id,
      quarter: quarterName(from, model.yearStart),
      fromOn: firstDayOf(from),
      toOn: firstDayOf(to + 1) - 1,
      arr,
    }
    const rate = odds.get(stage)
    if (rate !== undefined) {
      row.odds = rate
      row.expected = Math.round(arr * rate)
    }
    return row
  })
}

function parse(key: string): { readonly due: Month; readonly stage: string; readonly id: string } | undefined {
  if (!key.startsWith(`${HEAD}|`)) return undefined
  const [, due = '', stage = '', id = ''] = key.split('|')
  return { due: Number(due), stage: readKeyPart(stage) ?? '', id: readKeyPart(id) ?? '' }
}

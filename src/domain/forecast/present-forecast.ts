import { type Day, firstDayOf, type Month, monthIndexOf } from '../day.ts'
import { type AmountDistribution, amountDistribution, EXACT_UP_TO } from '../statistics/amount-distribution.ts'
import { type AmountGroup, GROUP_GRID_STEPS, groupedDistribution } from '../statistics/grouped-distribution.ts'
import { MONTHS_AHEAD, readAgeSeries } from './forecast-totals.ts'
import { type DueInStage, type OpenGroup, readOpen } from './open-totals.ts'
import { type OpenOpportunity, readBack } from './read-back.ts'
import { type ChanceBy, createChances, type StageChances } from './stage-chances.ts'

/** What is open now may come to in a period: what is won and closed by its end. */
export interface PresentForecast {
  readonly open: number
  readonly openArr: number
  readonly distribution: AmountDistribution
  /** ARR by what its chance is taken from. */
  readonly arrBy: Readonly<Record<ChanceBy, number>>
  readonly method: string
}

/** So many are convolved one by one; more take time that grows with the square. */
const ONE_BY_ONE = 500

/**
 * Forecasts of what is open on a day, for spans of months: the convolution of open opportunities, each won and closed by then with the
 * chance that its stage and age had before, else its stage, else the CRM's own where it is due by then. While they are few enough each is
 * reckoned by itself, below 25 exactly; beyond that by stage, age and band of ARR.
 */
export function createPresentForecasts(
  totals: ReadonlyMap<string, number>,
  stages: Parameters<typeof createChances>[0],
  day: Day,
): (from: Month, to: Month) => PresentForecast | undefined {
  const current = monthIndexOf(day)
  const chances = createChances(stages, readAgeSeries(totals), current)
  const { groups, due } = readOpen(totals)
  const single = readBack(totals, due.keys())
  // Today is still to come, and with it the rest of the month.
  const left = (firstDayOf(current + 1) - day) / (firstDayOf(current + 1) - firstDayOf(current))
  return (from, to) => {
    if (groups.length === 0) return undefined
    const span = {
      first: current,
      from,
      to,
      start: from === current ? 0 : left + from - current - 1,
      end: Math.min(MONTHS_AHEAD, left + to - current),
    }
    return single === undefined ? byGroups(groups, due, chances, span) : oneByOne(single, chances, span)
  }
}

interface Span {
  readonly first: Month
  readonly from: Month
  readonly to: Month
  /** In months from now. */
  readonly start: number
  readonly end: number
}

function oneByOne(
  list: readonly (OpenOpportunity & { readonly count: number })[],
  chances: StageChances,
  span: Span,
): PresentForecast {
  const sums = new Sums()
  const amounts: { readonly amount: number; readonly probability: number }[] = []
  const groups: AmountGroup[] = []
  for (const { stage, since, due, chance, arr, count } of list) {
    const learnt = chances.of(stage, since, span.start, span.end)
    // What is overdue is due now.
    const isDue = due !== undefined && due <= span.to && Math.max(due, span.first) >= span.from
    const said = chance === undefined ? undefined : isDue ? chance / 100 : 0
    const by = learnt?.by ?? (said === undefined ? 'nothing' : 'crm')
    const probability = learnt?.chance ?? said ?? 0
    sums.add(by, count, count * arr)
    groups.push({ count, sum: count * arr, low: arr, high: arr, probability })
    for (let i = 0; i < count && amounts.length <= ONE_BY_ONE; i += 1) amounts.push({ amount: arr, probability })
  }
  if (amounts.length > ONE_BY_ONE) return sums.told(groupedDistribution(groups), `${each(sums.open)}, ${ON_GRID}`)
  const distribution = amountDistribution(amounts)
  const how = distribution.method === 'exact' ? `every total exactly (up to ${EXACT_UP_TO} uncertain ones)` : FINE_GRID
  return sums.told(distribution, `${each(sums.open)}, ${how}`)
}

function byGroups(
  groups: readonly OpenGroup[],
  due: ReadonlyMap<string, DueInStage>,
  chances: StageChances,
  span: Span,
): PresentForecast {
  const sums = new Sums()
  /** Groups of one band that come with one chance are one: the months they began in are past caring. */
  const merged = new Map<string, AmountGroup>()
  for (const { stage, since, band, count, arr, low, high } of groups) {
    const learnt = chances.of(stage, since, span.start, span.end)
    const said = due.get(stage)
    // What is overdue is due now.
    const earliest = span.from === span.first ? Number.NEGATIVE_INFINITY : span.from
    const ofCrm = said === undefined || said.told === 0 ? undefined : said.chances(earliest, span.to) / said.count
    const probability = learnt?.chance ?? ofCrm ?? 0
    const by = learnt?.by ?? (ofCrm === undefined ? 'nothing' : 'crm')
    sums.add(by, count, arr)
    const key = `${probability}|${band}`
    const before = merged.get(key)
    merged.set(key, {
      count: count + (before?.count ?? 0),
      sum: arr + (before?.sum ?? 0),
      low: Math.min(low, before?.low ?? low),
      high: Math.max(high, before?.high ?? high),
      probability,
    })
  }
  return sums.told(groupedDistribution([...merged.values()]), `by stage, age and band of ARR, ${ON_GRID}`)
}

const FINE_GRID = 'convolved on a grid of 131,072 steps and more'
const ON_GRID = `convolved on a grid of ${GROUP_GRID_STEPS.toLocaleString('en-US')} steps`

function each(open: number): string {
  return open === 1 ? 'the one open opportunity by itself' : `each of ${open} open opportunities by itself`
}

class Sums {
  open = 0
  #arr = 0
  readonly #by: Record<ChanceBy, number> = { age: 0, stage: 0, crm: 0, nothing: 0 }

  add(by: ChanceBy, count: number, arr: number): void {
    this.open += count
    this.#arr += arr
    this.#by[by] += arr
  }

  told(distribution: AmountDistribution, method: string): PresentForecast {
    return { open: this.open, openArr: this.#arr, distribution, arrBy: this.#by, method }
  }
}

import { readActive } from '../activity/active-weeks.ts'
import { BucketSeries, readBuckets } from '../buckets/bucket-totals.ts'
import type { BucketMovement } from '../buckets/bucket-walk.ts'
import type { Company } from '../company.ts'
import type { Target } from '../company-records.ts'
import { type Day, firstDayOf, type Month, monthIndexOf } from '../day.ts'
import type { FactValues } from '../facts.ts'
import type { Period } from '../fiscal.ts'
import { EVERY_SEGMENT, readInfluence } from '../influence/read-totals.ts'
import { ALL_FEATURES } from '../influence/subject-sums.ts'
import type { Model } from '../model.ts'
import { PIPELINE_HEAD, PipelineSeries, parsePipelineKey } from '../pipeline/pipeline-totals.ts'
import { ARR_HEAD, ArrSeries, parseArrKey } from '../revenue/arr-contributions.ts'
import { weekOf } from '../support/office-hours.ts'
import { sumsUnder } from '../tally.ts'
import { parsePeriod } from './period.ts'

/** What is measured against targets, by the names that records of kind `target` bear. */
export const MEASURES = [
  ...['arr_new', 'arr_expansion', 'arr_green', 'graduations', 'arr_won', 'pipeline_created', 'pipeline_influenced'],
  ...['wapp', 'wapp_sales_assisted', 'wapp_self_serve', 'active_share'],
] as const
type Measure = (typeof MEASURES)[number]
/** Those that are no money. */
const NUMBERS: readonly string[] = ['graduations', 'wapp', 'wapp_sales_assisted', 'wapp_self_serve', 'active_share']

/** Measures that people say of a period: no targets. */
const CALLS: readonly string[] = ['rep_call', 'manager_call']
const MONTHS_PER_YEAR = 12

/**
 * Each target of a period that reaches into the newest `funnelMonths` months or lies ahead, beside what is reached of it, by id. One of a
 * measure that nothing counts, or nothing by team or owner, stands there without.
 */
export function attainmentFacts(
  totals: ReadonlyMap<string, number>,
  model: Model,
  day: Day,
  company: Company,
): FactValues[] {
  // Totals are many: they are not gone through for nothing.
  if (company.targets.length === 0) return []
  const current = monthIndexOf(day)
  const reached = new Reached(totals, day)
  const rows: FactValues[] = []
  for (const target of company.targets) {
    const period = parsePeriod(target.period ?? '', model.yearStart)
    if (period === undefined || target.measure === undefined || CALLS.includes(target.measure)) continue
    if (period.to <= current - model.funnelMonths) continue
    rows.push(rowOf(target, period, reached, day, company))
  }
  return rows.sort((a, b) => (String(a.id) < String(b.id) ? -1 : 1))
}

function rowOf(target: Target, period: Period, reached: Reached, day: Day, { user, userId }: Company): FactValues {
  const { subject = 'company', subjectName, measure = '' } = target
  const ownerId = subject === 'user' && subjectName !== undefined ? userId(subjectName) : undefined
  const whose = ownerId === undefined ? subjectName : String(user(ownerId).name)
  const [fromOn, toOn] = [firstDayOf(period.from), firstDayOf(period.to + 1) - 1]
  const row: Record<string, string | number | boolean> = {
    id: target.id,
    name: [measure, subject === 'company' ? undefined : whose, target.period].filter(Boolean).join(', '),
    subject,
    measure,
    period: String(target.period),
    fromOn,
    toOn,
    isOver: toOn < day,
    elapsed: Math.min(1, Math.max(0, (day - fromOn + 1) / (toOn - fromOn + 1))),
  }
  if (subjectName !== undefined && subject !== 'company') row.subjectName = subjectName
  if (ownerId !== undefined) row.ownerId = ownerId
  const of = { subject, name: subject === 'user' ? ownerId : subjectName }
  const isCount = NUMBERS.includes(measure)
  const goal = target.amount ?? target.value
  if (goal !== undefined) row[target.amount === undefined ? 'targetNumber' : 'target'] = goal
  const now = reached.of(measure, of, period)
  if (now === undefined) return row
  row[isCount ? 'reachedNumber' : 'reached'] = now
  const lastYear = { from: period.from - MONTHS_PER_YEAR, to: period.to - MONTHS_PER_YEAR }
  const then = reached.of(measure, of, lastYear) ?? (STANDING.includes(measure) ? undefined : 0)
  if (then !== undefined) row[isCount ? 'reachedNumberLastYear' : 'reachedLastYear'] = then
  // A target in money of what is counted, or the other way round, is a slip: nothing is told of it.
  if (goal !== undefined && goal > 0 && isCount === (target.amount === undefined)) row.attainment = now / goal
  return row
}

/** Measures of how things stand at a time: where nothing tells it, it is not 0. */
const STANDING: readonly string[] = [
  'pipeline_influenced',
  'wapp',
  'wapp_sales_assisted',
  'wapp_self_serve',
  'active_share',
]

interface Of {
  readonly subject: string
  readonly name: string | undefined
}

/** What totals say is reached. */
class Reached {
  readonly #arr = new ArrSeries()
  readonly #pipeline = new PipelineSeries()
  /** By `team Central`, `user U1`, `company`. */
  readonly #buckets = new Map<string, BucketSeries>()

  readonly #active: ReturnType<typeof readActive>
  readonly #influenced: number
  readonly #current: Month
  readonly #week: number

  /** What is dated ahead (a win whose close date is still to come) counts in the current month. */
  constructor(totals: ReadonlyMap<string, number>, day: Day) {
    const current = monthIndexOf(day)
    this.#current = current
    this.#week = weekOf(day)
    this.#active = readActive(totals)
    this.#influenced = readInfluence(totals).subject(EVERY_SEGMENT, ALL_FEATURES).sum('openArr')
    for (const [key, value] of sumsUnder(totals, ARR_HEAD + PIPELINE_HEAD)) {
      const arr = parseArrKey(key)
      if (arr !== undefined) this.#arr.add(arr.measure, arr.month, value)
      const pipeline = parsePipelineKey(key)
      if (pipeline?.window === 'all_open') this.#pipeline.add(pipeline.place, Math.min(pipeline.month, current), value)
    }
    readBuckets(totals, (ownerId, team) =>
      ['company', `team ${team ?? ''}`, `user ${ownerId ?? ''}`].map((whose) => this.#bucketsOf(whose)),
    )
  }

  of(measure: string, { subject, name }: Of, { from, to }: Period): number | undefined {
    const sum = (inMonth: (month: Month) => number) => {
      let total = 0
      for (let month = from; month <= to; month += 1) total += inMonth(month)
      return total
    }
    const isCompany = subject === 'company'
    if (!isCompany && (name === undefined || !['team', 'user'].includes(subject))) return undefined
    const buckets = this.#bucketsOf(isCompany ? 'company' : `${subject} ${name}`)
    const moved = (kind: BucketMovement) =>
      sum((month) => buckets.change('orange', kind, month) + buckets.change('green', kind, month))
    switch (measure as Measure) {
      case 'arr_new':
        return isCompany ? sum((month) => this.#arr.change('new', month)) : moved('new')
      case 'arr_expansion':
        return isCompany ? sum((month) => this.#arr.change('expansion', month)) : moved('expansion')
      case 'arr_green':
        return (
          buckets.end('green', to) -
          buckets.end('green', from - 1) -
          sum((month) => buckets.change('green', 'opening', month))
        )
      case 'graduations':
        return sum((month) => buckets.graduations(month))
      case 'arr_won':
        return isCompany ? sum((month) => this.#pipeline.netWon(month)) : undefined
      case 'pipeline_created':
        return isCompany ? sum((month) => this.#pipeline.arr('created', month)) : undefined
      case 'pipeline_influenced':
        // Nobody kept what it was.
        return isCompany && from <= this.#current && this.#current <= to ? this.#influenced : undefined
      case 'wapp':
      case 'wapp_sales_assisted':
      case 'wapp_self_serve': {
        const slice = measure === 'wapp' ? 'all' : measure === 'wapp_self_serve' ? 'self_serve' : 'sales_assisted'
        return isCompany ? this.#active[slice].last(from, to, this.#week)?.people : undefined
      }
      case 'active_share':
        return isCompany ? this.#active.sales_assisted.last(from, to, this.#week)?.share : undefined
      default:
        return undefined
    }
  }

  #bucketsOf(of: string): BucketSeries {
    let series = this.#buckets.get(of)
    if (series === undefined) {
      series = new BucketSeries()
      this.#buckets.set(of, series)
    }
    return series
  }
}

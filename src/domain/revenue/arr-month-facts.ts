import { type Day, firstDayOf, formatMonth, type Month, monthIndexOf } from '../day.ts'
import type { FactValues } from '../facts.ts'
import type { Model } from '../model.ts'
import { sumsUnder } from '../tally.ts'
import { ARR_HEAD, ArrSeries, COHORT_MONTHS, parseArrKey } from './arr-contributions.ts'
import { ARR_MOVEMENTS } from './arr-movements.ts'
import { countCustomers } from './customers.ts'

/** How NRR and GRR are reckoned, in the words that are printed beside them. */
export const RETENTION_METHOD =
  'cohort: accounts with ARR at the start; their ARR at the end ÷ at the start, for GRR none above its start'

const MONTHS_PER_YEAR = 12

/**
 * The rows of ARR movements: the newest `funnelMonths` months up to `day`, for all accounts together, for each segment
 * and for each motion, by id. In every row start + new + expansion + contraction + churn + reactivation = end. The
 * current month goes up to `day` and says that it is open. Before a slice first had
 * ARR it has no rows. Accounts are counted as customers, as the model says; ARR moves by account. What snapshots begin with is in the
 * start of that month: it is not known when it came.
 */
export function arrMonthFacts(totals: ReadonlyMap<string, number>, model: Model, day: Day): FactValues[] {
  const current = monthIndexOf(day)
  const rows: FactValues[] = []
  for (const slice of readSlices(totals, model)) {
    for (let month = current - model.funnelMonths + 1; month <= current; month += 1) {
      const row = rowOf(slice, month, month === current)
      if (row !== undefined) rows.push(row)
    }
  }
  return rows.sort((a, b) => (String(a.id) < String(b.id) ? -1 : 1))
}

interface Slice {
  readonly segment: string
  readonly motion: string
  readonly all: ArrSeries
  readonly bySubscription: ArrSeries
  readonly bySnapshots: ArrSeries
  /** What is counted of customers: accounts, or families as one. */
  readonly customers: ArrSeries
}

function readSlices(totals: ReadonlyMap<string, number>, { customer }: Model): Slice[] {
  const slices = new Map<string, Slice>()
  const slice = (segment: string, motion: string) => {
    const id = `${segment}:${motion}`
    let found = slices.get(id)
    if (found === undefined) {
      const all = new ArrSeries()
      const customers = customer === 'parent' ? new ArrSeries() : all
      found = { segment, motion, all, customers, bySubscription: new ArrSeries(), bySnapshots: new ArrSeries() }
      slices.set(id, found)
    }
    return found
  }
  const slicesOf = (segment: string, motion: string) => [
    slice('all', 'all'),
    slice(segment, 'all'),
    slice('all', motion),
  ]
  for (const [key, value] of sumsUnder(totals, ARR_HEAD)) {
    const parsed = parseArrKey(key)
    if (parsed === undefined || value === 0) continue
    const { measure, month, segment, motion, method } = parsed
    for (const into of slicesOf(segment, motion)) {
      into.all.add(measure, month, value)
      if (into.customers !== into.all) into.customers.add(measure, month, value)
      if (method === 'subscription_periods') into.bySubscription.add(measure, month, value)
      if (method === 'snapshots') into.bySnapshots.add(measure, month, value)
    }
  }
  if (customer === 'parent')
    countCustomers(totals, (segment, motion) => slicesOf(segment, motion).map(({ customers }) => customers))
  return [...slices.values()]
}

type Row = Record<string, string | number | boolean>

function rowOf(slice: Slice, month: Month, isOpen: boolean): Row | undefined {
  const { segment, motion, all, customers } = slice
  const opening = all.opening(month)
  const [start, end] = [all.end(month - 1) + opening, all.end(month)]
  const startAccounts = customers.active(month - 1) + customers.openingAccounts(month)
  if (!all.everPaid(month)) return undefined
  const name = formatMonth(month)
  const row: Row = {
    id: `${name}:${segment}:${motion}`,
    name: [name, segment === 'all' ? '' : segment, motion === 'all' ? '' : motion].filter(Boolean).join(', '),
    month: name,
    monthOn: firstDayOf(month),
    segment,
    motion,
    isOpen,
    start,
    opening,
    end,
    startAccounts,
    endAccounts: customers.active(month),
    fromSubscriptions: slice.bySubscription.end(month),
    fromSnapshots: slice.bySnapshots.end(month),
    retentionMethod: RETENTION_METHOD,
  }
  for (const kind of ARR_MOVEMENTS) {
    row[kind] = all.change(kind, month)
    row[`${kind}Accounts`] = customers.accounts(kind, month)
  }
  addRates(row, all, customers, month)
  return row
}

function addRates(row: Row, all: ArrSeries, customers: ArrSeries, month: Month): void {
  const value = (name: string) => row[name] as number
  if (value('start') > 0) {
    const lost = value('contraction') + value('churn')
    row.nrr = (value('start') + value('expansion') + lost) / value('start')
    row.grr = (value('start') + lost) / value('start')
  }
  const { base, net, gross } = all.retained(month)
  if (base > 0) {
    row.nrrYear = net / base
    row.grrYear = gross / base
  }
  const baseAccounts = customers.active(month - COHORT_MONTHS)
  if (baseAccounts > 0) row.accountsKeptYear = customers.retained(month).accounts / baseAccounts
  const lost = -(value('contraction') + value('churn'))
  if (lost > 0) row.quickRatio = (value('new') + value('expansion') + value('reactivation')) / lost
  const lastYear = all.end(month - MONTHS_PER_YEAR)
  row.endLastYear = lastYear
  if (lastYear > 0 && !hasOpened(all, month)) row.growthYear = value('end') / lastYear - 1
}

/** Whether histories opened within the year: then what is there now was not all told of a year ago. */
function hasOpened(all: ArrSeries, month: Month): boolean {
  for (let of = month - MONTHS_PER_YEAR + 1; of <= month; of += 1) if (all.opening(of) !== 0) return true
  return false
}

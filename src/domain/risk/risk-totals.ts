import { type Month, monthIndexOf } from '../day.ts'
import { quarterStart, type YearStart } from '../fiscal.ts'
import { Cell, parseKey, sumsUnder, type Tally } from '../tally.ts'
import type { CountedRenewal, CountedRisk } from './counted-risk.ts'

/** First letters of keys: risks by quarter and cause, renewals by month and health. */
const [RISK, RENEWAL] = ['k', 'v'] as const

/** How risks are looked at, besides all together. */
export const RISK_VIEWS = ['all', 'group', 'reason', 'feature', 'competitor'] as const

/**
 * Of a quarter: `o` opened, `s` saved, `t` contracted, `c` churned, `f` false alarms, by the quarter in which they closed, each as risks and,
 * as a capital, with its ARR; `n` `N` those opened in it that are still open.
 */
const OF_RISKS = [...'ostcfnOSTCFN']
const KINDS = ['opened', 'saved', 'contracted', 'churned', 'falseAlarms', 'stillOpen'] as const
/** Of a month: accounts, ARR, at risk, weighted. */
const OF_RENEWALS = [...'nvrw']

const cells = new Map<string, Cell>()

function cellOf(head: string, tail: string, measures: readonly string[]): Cell {
  let cell = cells.get(head + tail)
  if (cell === undefined) {
    cell = new Cell(head, tail, measures)
    cells.set(head + tail, cell)
  }
  return cell
}

/** Adds what a risk contributes to quarters; integers only. */
export function addToRisks(tally: Tally, risk: CountedRisk, yearStart: YearStart): void {
  const [openedOn, closedOn, group, reason, feature, competitor, resolution, isOpen, isFalseAlarm, arr] = risk
  // Names are free: JSON keeps them apart.
  const cell = cellOf(RISK, JSON.stringify([group, reason, feature, competitor]), OF_RISKS)
  const count = (on: number, kind: (typeof KINDS)[number]) => {
    const row = tally.row(cell, quarterStart(monthIndexOf(on), yearStart))
    const place = KINDS.indexOf(kind)
    tally.add(row, place, 1)
    tally.add(row, place + KINDS.length, arr)
  }
  if (openedOn !== null) count(openedOn, 'opened')
  if (openedOn !== null && isOpen === 1) count(openedOn, 'stillOpen')
  if (closedOn === null) return
  if (isFalseAlarm === 1) count(closedOn, 'falseAlarms')
  if (resolution === 'saved' || resolution === 'contracted' || resolution === 'churned') count(closedOn, resolution)
}

/** Adds what the renewal of an account contributes to its month. */
export function addToRenewals(tally: Tally, [on, ...values]: CountedRenewal): void {
  const [arr, atRisk, weighted, health] = values
  const row = tally.row(cellOf(RENEWAL, health, OF_RENEWALS), monthIndexOf(on))
  for (const [measure, value] of [1, arr, atRisk, weighted].entries()) tally.add(row, measure, value)
}

/** Counts and ARR of one quarter and cause, by name: `opened`, `openedArr` … */
export type QuarterSums = Record<string, number>

/** Risks by the first month of the quarter, then by view and cause: `all:`, `reason:price`. */
export function readRisks(totals: ReadonlyMap<string, number>): Map<Month, Map<string, QuarterSums>> {
  const quarters = new Map<Month, Map<string, QuarterSums>>()
  for (const [key, value] of sumsUnder(totals, RISK)) {
    const parsed = value === 0 ? undefined : parseKey(key, RISK)
    if (parsed === undefined) continue
    const place = OF_RISKS.indexOf(parsed.measure)
    const name = `${KINDS[place % KINDS.length]}${place < KINDS.length ? '' : 'Arr'}`
    const causes = JSON.parse(parsed.tail) as string[]
    const slices = quarters.get(parsed.month) ?? new Map<string, QuarterSums>()
    quarters.set(parsed.month, slices)
    RISK_VIEWS.forEach((view, i) => {
      const cause = i === 0 ? '' : (causes[i - 1] ?? '')
      if (i > 0 && cause === '') return
      const sums = slices.get(`${view}:${cause}`) ?? {}
      slices.set(`${view}:${cause}`, sums)
      sums[name] = (sums[name] ?? 0) + value
    })
  }
  return quarters
}

/** Renewals by month, then by health (empty where nobody knows): accounts, ARR, at risk, weighted. */
export function readRenewals(totals: ReadonlyMap<string, number>): Map<number, Map<string, number[]>> {
  const months = new Map<number, Map<string, number[]>>()
  for (const [key, value] of sumsUnder(totals, RENEWAL)) {
    const parsed = value === 0 ? undefined : parseKey(key, RENEWAL)
    if (parsed === undefined) continue
    const byHealth = months.get(parsed.month) ?? new Map<string, number[]>()
    months.set(parsed.month, byHealth)
    const sums = byHealth.get(parsed.tail) ?? [0, 0, 0, 0]
    byHealth.set(parsed.tail, sums)
    const place = OF_RENEWALS.indexOf(parsed.measure)
    sums[place] = (sums[place] ?? 0) + value
  }
  return months
}

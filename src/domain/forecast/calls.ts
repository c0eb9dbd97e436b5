import type { Target } from '../company-records.ts'
import { type Period, quarterStart, type YearStart } from '../fiscal.ts'
import type { Model } from '../model.ts'
import { OF_COMPANY, type TargetOf, targetFor } from '../targets/targets.ts'
import type { KindArr, OpenDue } from './call-totals.ts'
import type { ForecastPeriod } from './forecast-period.ts'

/** A fact while it is put together. */
export type Row = Record<string, string | number | boolean>

/** Under these measures records of kind `target` bear what people say a period will come to. */
export const CALL_MEASURES = { rep: 'rep_call', manager: 'manager_call' } as const

const MONTHS_AGO = 12
/** The measure whose targets everything won helps to reach, and those that only new business, or expansions, do. */
const [ALL_WON, NEW, EXPANSION] = ['arr_won', 'arr_new', 'arr_expansion'] as const

/**
 * Adds what is to be reached, what is lacking, and what people say beside what the model does. `openDue`: what is open now, for the
 * forecast of today; an earlier one has no such thing, since nobody kept what was said then. What fills the gap is what
 * the target is of: of new ARR no expansions, of expansions no new business, and of neither renewals, unless it is of all that is won.
 */
export function addCalls(
  row: Row,
  {
    period,
    month,
    from,
    to,
  }: { readonly period: ForecastPeriod; readonly month: number; readonly from: number; readonly to: number },
  openDue: OpenDue | null,
  ofKind: KindArr,
  targets: readonly Target[],
  { forecast: settings, yearStart }: Model,
): void {
  const whole: Period = { from: period === 'quarter' ? quarterStart(month, yearStart) : from, to }
  const won = (row.wonBefore as number) + (row.wonSince as number)
  row.won = won
  row.renewalsWon = ofKind('renewal', 'won', whole.from, whole.to)
  row.expansionsWon = ofKind('expansion', 'won', whole.from, whole.to)
  const counting = (all: number, of: 'due' | 'won') =>
    countingOf(settings.targetMeasures, all, (kind) => ofKind(kind, of, whole.from, whole.to))
  const target = sumOf(
    settings.targetMeasures.map((measure) => targetFor(targets, OF_COMPANY, measure, whole, yearStart)),
  )
  if (target !== undefined) {
    row.target = target
    row.gap = Math.max(0, target - counting(won, 'won'))
    const lastYear = { from: whole.from - MONTHS_AGO, to: whole.to - MONTHS_AGO }
    const before = sumOf(
      settings.targetMeasures.map((measure) => targetFor(targets, OF_COMPANY, measure, lastYear, yearStart)),
    )
    if (before !== undefined) row.targetLastYear = before
  }
  const rep = callOf(targets, 'user', CALL_MEASURES.rep, whole, yearStart)
  if (rep !== undefined) row.repCall = rep
  const manager =
    callOf(targets, 'team', CALL_MEASURES.manager, whole, yearStart) ??
    targetFor(targets, OF_COMPANY, CALL_MEASURES.manager, whole, yearStart)
  if (manager !== undefined) row.managerCall = manager
  if (openDue === null) return
  const due = { pipeline: 0, commit: 0, best_case: 0 }
  for (const category of Object.keys(due) as (keyof typeof due)[])
    due[category] = openDue(category, whole.from, whole.to)
  row.openDue = due.pipeline + due.commit + due.best_case
  row.commit = won + due.commit
  row.bestCase = won + due.commit + due.best_case
  const gap = row.gap
  if (typeof gap !== 'number' || gap <= 0) return
  row.coverage = counting(row.openDue, 'due') / gap
}

/** How much of some ARR counts towards a target of these measures. One of a measure of the company's own is of new business and expansions. */
function countingOf(measures: readonly string[], all: number, of: (kind: 'renewal' | 'expansion') => number): number {
  if (measures.includes(ALL_WON)) return all
  const [hasNew, hasExpansion] = [measures.includes(NEW), measures.includes(EXPANSION)]
  if (hasNew && !hasExpansion) return all - of('renewal') - of('expansion')
  return hasExpansion && !hasNew ? of('expansion') : all - of('renewal')
}

/** What all users, or all teams, say together: each of them by name. */
function callOf(
  targets: readonly Target[],
  subject: TargetOf['subject'],
  measure: string,
  period: Period,
  yearStart: YearStart,
): number | undefined {
  const names = new Set<string>()
  for (const one of targets)
    if (one.subject === subject && one.measure === measure && one.subjectName !== undefined) names.add(one.subjectName)
  let sum: number | undefined
  for (const name of names) {
    const call = targetFor(targets, { subject, names: [name] }, measure, period, yearStart)
    if (call !== undefined) sum = (sum ?? 0) + call
  }
  return sum
}

/** What is known of several; `undefined` where nothing is. */
function sumOf(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined)
  return known.length === 0 ? undefined : known.reduce((sum, value) => sum + value, 0)
}

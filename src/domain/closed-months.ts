import { formatMonth, type Month, monthIndexOf } from './day.ts'
import type { FactValues, TotalsKind } from './facts.ts'

/**
 * Kinds of facts that tell what was in a month, and are done with once it is over. Cohorts are not: a funnel's, tickets' and risks'
 * rows of a month tell what has come of it since, and go on for as long as anything is open.
 */
const MONTH_OF: Readonly<Partial<Record<TotalsKind, (row: FactValues) => Month | null>>> = {
  arr_month: monthOfRow,
  bucket_month: monthOfRow,
  pipeline_month: monthOfRow,
  funnel_stage: (row) => (row.view === 'entry_cohort' ? null : monthOfRow(row)),
  // A quarter is closed with its last month.
  attainment: ({ toOn }) => monthIndexOf(Number(toOn)),
}

/** The kinds whose rows of closed months stay as they were reported. */
export const CLOSING_KINDS = Object.keys(MONTH_OF) as readonly TotalsKind[]

/** Whether rows of closed months stay as they were reported. */
export function isClosing(kind: string): boolean {
  return (CLOSING_KINDS as readonly string[]).includes(kind)
}

function monthOfRow({ monthOn }: FactValues): Month {
  return monthIndexOf(Number(monthOn))
}

/** The rows of each month that can be closed; a month without any is left out. */
export function byClosingMonth(kind: TotalsKind, facts: readonly FactValues[]): ReadonlyMap<Month, FactValues[]> {
  const months = new Map<Month, FactValues[]>()
  for (const fact of facts) {
    const month = MONTH_OF[kind]?.(fact) ?? null
    if (month === null) continue
    const rows = months.get(month)
    if (rows === undefined) months.set(month, [fact])
    else rows.push(fact)
  }
  return months
}

/** The last month that is closed on a day, by what `model.yaml` says: one that goes on is not. */
export function lastClosed(closedThrough: Month | null, day: number): Month | null {
  return closedThrough === null ? null : Math.min(closedThrough, monthIndexOf(day) - 1)
}

/** What was reported of months of one kind. */
export type Reported = ReadonlyMap<Month, readonly FactValues[]>

/**
 * Facts as they are shown: those of a month that was reported and is closed are as they were reported, all others as they are now.
 * Rows of months before `first` are left out. By id.
 */
export function asReported(
  kind: TotalsKind,
  facts: readonly FactValues[],
  reported: Reported,
  closed: Month | null,
  first: Month,
): readonly FactValues[] {
  const months = [...reported].filter(([month]) => closed !== null && month <= closed)
  if (months.length === 0) return facts
  const kept = new Set(months.map(([month]) => month))
  const monthOf = MONTH_OF[kind]
  const now = facts.filter((fact) => {
    const month = monthOf?.(fact) ?? null
    return month === null || !kept.has(month)
  })
  const then = months.flatMap(([month, rows]) => (month < first ? [] : rows))
  return [...now, ...then].sort((a, b) => (String(a.id) < String(b.id) ? -1 : 1))
}

/** A number of a closed month that would be another one now. */
export interface Restatement {
  readonly kind: TotalsKind
  /** `2026-03`. */
  readonly month: string
  readonly id: string
  /** The row in words. */
  readonly name: string
  readonly field: string
  /** `null`: there was no such row or number, or there is none now. */
  readonly reported: number | null
  readonly now: number | null
  /** What is there now less what was reported; what is not there counts as 0. */
  readonly difference: number
}

/**
 * Numbers of closed months from `first` on that are not what was reported, by month, row and field; they sum up to the difference of
 * each field. `facts` must hold what there is of these months.
 */
export function restatementsOf(
  kind: TotalsKind,
  facts: readonly FactValues[],
  reported: Reported,
  closed: Month | null,
  first: Month,
): Restatement[] {
  const now = byClosingMonth(kind, facts)
  const found: Restatement[] = []
  for (const [month, rows] of [...reported].sort(([a], [b]) => a - b)) {
    if (closed === null || month > closed || month < first) continue
    const before = new Map(rows.map((row) => [String(row.id), row]))
    const after = new Map((now.get(month) ?? []).map((row) => [String(row.id), row]))
    for (const id of [...new Set([...before.keys(), ...after.keys()])].sort()) {
      const [was, is] = [before.get(id), after.get(id)]
      const name = String((is ?? was)?.name ?? id)
      for (const field of [...new Set(Object.keys({ ...was, ...is }))].sort()) {
        // Days and places in an order are numbers and tell of no other amount.
        if (NO_AMOUNTS.has(field)) continue
        const [then, today] = [numberIn(was, field), numberIn(is, field)]
        const difference = (today ?? 0) - (then ?? 0)
        if (then === today || (difference === 0 && (then === null || today === null))) continue
        found.push({ kind, month: formatMonth(month), id, name, field, reported: then, now: today, difference })
      }
    }
  }
  return found
}

const NO_AMOUNTS: ReadonlySet<string> = new Set(['monthOn', 'fromOn', 'toOn', 'stageOrder', 'elapsed'])

function numberIn(row: FactValues | undefined, field: string): number | null {
  const value = row?.[field]
  return typeof value === 'number' ? value : null
}

/** The first month that boards show on a day; targets are shown whatever their period. */
export function firstShown(kind: TotalsKind, months: number, day: number): Month {
  return kind === 'attainment' ? Number.NEGATIVE_INFINITY : monthIndexOf(day) - months + 1
}

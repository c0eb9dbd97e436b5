import {
  asReported,
  byClosingMonth,
  CLOSING_KINDS,
  firstShown,
  isClosing,
  lastClosed,
  type Reported,
  restatementsOf,
} from '../domain/closed-months.ts'
import type { Company } from '../domain/company.ts'
import { type Day, type Month, monthIndexOf } from '../domain/day.ts'
import type { Context } from '../domain/derive.ts'
import type { FactValues, TotalsKind } from '../domain/facts.ts'
import { factsOfTotals } from '../domain/totals.ts'
import { PARTS_OF } from '../domain/totals-parts.ts'
import type { Clock } from '../platform/clock.ts'
import type { ReportedMonth, Store } from '../store/store.ts'

/** How many months back a month can be kept: as many as boards can show. */
export const MONTHS_KEPT = 60

/** What facts of totals are told from. */
export interface TotalsNow {
  sums(): Promise<ReadonlyMap<string, number>>
  /** The last month that is closed, by `model.yaml`. */
  readonly closedThrough: Month | null
}

/** Facts made from totals as boards show them: closed months as they were reported. `restated`: how many of their rows would differ now. */
export async function factsShown(
  store: Pick<Store, 'reported'>,
  kind: TotalsKind,
  { sums, closedThrough }: TotalsNow,
  { model, zone }: Pick<Context, 'model' | 'zone'>,
  company: Company,
  today: Day,
): Promise<{ readonly facts: readonly FactValues[]; readonly restated: number }> {
  const facts = factsOfTotals(kind, await sums(), model, today, zone, company)
  const closed = lastClosed(closedThrough, today)
  if (closed === null || !isClosing(kind)) return { facts, restated: 0 }
  const reported = await readReported(store, kind)
  const first = firstShown(kind, model.funnelMonths, today)
  const rows = new Set(restatementsOf(kind, facts, reported, closed, first).map(({ id }) => id))
  return { facts: asReported(kind, facts, reported, closed, first), restated: rows.size }
}

/** What was reported of closed months of a kind. */
export async function readReported(store: Pick<Store, 'reported'>, kind: TotalsKind): Promise<Reported> {
  const months = new Map<Month, readonly FactValues[]>()
  for await (const page of store.reported(kind))
    for (const { month, body } of page) months.set(month, JSON.parse(body) as FactValues[])
  return months
}

/** When a closed month was reported, ms: the first of its kinds; `null`: nothing is kept of it. */
export async function reportedAt(store: Pick<Store, 'reported'>, month: Month): Promise<number | null> {
  let first: number | null = null
  for (const kind of CLOSING_KINDS)
    for await (const page of store.reported(kind))
      for (const one of page) if (one.month === month) first = Math.min(first ?? one.at, one.at)
  return first
}

/** What is kept of closed months so far. */
interface Kept {
  readonly through: Month
  readonly kinds: readonly TotalsKind[]
}

const NOTE = 'closed-months'

/**
 * Keeps what is reported of months that were closed since the last run, of every kind that is counted, and forgets what was kept
 * of months that are open again. What was kept once stays: it follows from nothing that could be derived again.
 */
export async function closeMonths(
  { store, clock }: { readonly store: Store; readonly clock: Clock },
  parts: readonly string[],
  { sums, closedThrough }: TotalsNow,
  { model, zone }: Pick<Context, 'model' | 'zone'>,
  company: Company,
  today: Day,
): Promise<void> {
  const note = await store.note(NOTE)
  const kept = note === null ? null : (JSON.parse(note) as Kept)
  const through = lastClosed(closedThrough, today)
  if (through === null) {
    if (kept === null) return
    await store.forgetReported(Number.MIN_SAFE_INTEGER)
    await store.setNote(NOTE, null)
    return
  }
  const kinds = CLOSING_KINDS.filter((kind) => PARTS_OF[kind].every((part) => parts.includes(part)))
  if (kept?.through === through && kinds.every((kind) => kept.kinds.includes(kind))) return
  if (kept !== null && kept.through > through) await store.forgetReported(through)
  const first = monthIndexOf(today) - MONTHS_KEPT + 1
  const at = clock.now()
  for (const kind of kinds) {
    const facts = factsOfTotals(kind, await sums(), { ...model, funnelMonths: MONTHS_KEPT }, today, zone, company)
    const byMonth = byClosingMonth(kind, facts)
    const months: ReportedMonth[] = []
    for (let month = first; month <= through; month += 1)
      months.push({ kind, month, at, body: JSON.stringify(byMonth.get(month) ?? []) })
    await store.keepReported(months)
  }
  // Kinds that no board shows any more keep what was reported of them.
  const all = new Set([...(kept?.through === through ? kept.kinds : []), ...kinds])
  await store.setNote(NOTE, JSON.stringify({ through, kinds: [...all] } satisfies Kept))
}

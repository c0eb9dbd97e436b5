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
import { partsOf } from '../domain/totals-parts.ts'
import type { Clock } from '../platform/clock.ts'
import type { ReportedMonth, Store } from '../store/store.ts'
import { readBoardsMapped, saveBoardsMapped } from './boards-mapped.ts'

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
  /** The last month that was closed when any was closed last. */
  readonly through: Month
  readonly kinds: readonly TotalsKind[]
  /** The last month of which anything is kept; absent: `through`. */
  readonly last?: Month
}

/** Months that were reported when they were closed, and are open now. */
export interface Reopened {
  /** `null`: all of them, since none is closed. */
  readonly from: Month | null
  readonly through: Month
}

const NOTE = 'closed-months'

/**
 * Keeps what is reported of months that were closed since the last run, of every kind that is counted. What was kept once stays, also
 * of months that are open again, which are told: it follows from nothing that could be derived again, and is there for when they are
 * closed once more. Only a person has it forgotten (`reportAnew`).
 */
export async function closeMonths(
  { store, clock }: { readonly store: Store; readonly clock: Clock },
  parts: readonly string[],
  { sums, closedThrough }: TotalsNow,
  { model, zone }: Pick<Context, 'model' | 'zone'>,
  company: Company,
  today: Day,
): Promise<Reopened | null> {
  const kept = await readKept(store)
  const through = lastClosed(closedThrough, today)
  const last = kept === null ? null : (kept.last ?? kept.through)
  if (through === null) return last === null ? null : { from: null, through: last }
  const reopened = last === null || last <= through ? null : { from: through + 1, through: last }
  const kinds = CLOSING_KINDS.filter((kind) => partsOf(kind, model).every((part) => parts.includes(part)))
  if (kept?.through === through && kinds.every((kind) => kept.kinds.includes(kind))) return reopened
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
  await writeKept(store, { through, kinds: [...all], last: Math.max(last ?? through, through) })
  return reopened
}

/**
 * Forgets what was reported of a month and all later ones, so that those of them that are closed are reported anew by the next run.
 * Returns whether there was anything. A run that closes months must not be at work meanwhile.
 */
export async function reportAnew(store: Store, from: Month): Promise<boolean> {
  const kept = await readKept(store)
  if (kept === null) return false
  const through = Math.min(kept.through, from - 1)
  // Wherever this is cut short, what is closed is kept by the next run, and what is still there is told.
  await writeKept(store, { ...kept, through, last: kept.last ?? kept.through })
  const forgotten = await store.forgetReported(from - 1)
  const last = await lastReported(store)
  if (last === null) await store.setNote(NOTE, null)
  else await writeKept(store, { ...kept, through, last })
  // Boards on which closed months stand are told anew.
  const mapped = await readBoardsMapped(store)
  const open = Object.entries(mapped).filter(([, board]) => board?.closed === undefined)
  if (forgotten > 0) await saveBoardsMapped(store, Object.fromEntries(open))
  return forgotten > 0
}

/** The last month of which anything is kept. */
async function lastReported(store: Store): Promise<Month | null> {
  let last: Month | null = null
  for (const kind of CLOSING_KINDS)
    for await (const page of store.reported(kind)) for (const { month } of page) last = Math.max(last ?? month, month)
  return last
}

async function readKept(store: Pick<Store, 'note'>): Promise<Kept | null> {
  const note = await store.note(NOTE)
  return note === null ? null : (JSON.parse(note) as Kept)
}

function writeKept(store: Pick<Store, 'setNote'>, kept: Kept): Promise<void> {
  return store.setNote(NOTE, JSON.stringify(kept))
}

import type { SubscriptionPeriod } from '../customer-records.ts'
import { type Day, firstDayOf, monthIndexOf } from '../day.ts'
import { type Derivation, TODAY } from '../derivation.ts'
import type { FactValues } from '../facts.ts'
import { ARR_SOURCES, type ArrSource } from '../model.ts'
import type { Account } from '../records.ts'
import type { ArrPath, ArrPoint } from './arr-path.ts'
import { type SeenArr, snapshotPath } from './arr-snapshots.ts'

const MONTHS_PER_YEAR = 12

/** What an account's ARR history may be told by. */
export interface ArrTold {
  readonly account: Account
  /** With its ARR by its own field, if any. */
  readonly fact: FactValues
  readonly paid: ArrPath | null
  readonly seen: SeenArr
  readonly opportunities: readonly FactValues[]
}

/**
 * The ARR history of an account, up to today: of the sources of its ARR, in the order of the model, from the first that tells anything;
 * `null` where none does. Its own field tells by snapshots, from the first of them on, the next source of the days before. Won
 * opportunities, renewals left out, tell where nothing else does, and so do periods. What a won opportunity brought stays for good:
 * nothing tells that it ended.
 */
export function readArrHistory(told: ArrTold, derivation: Derivation): ArrPath | null {
  return tellFrom(0, told, derivation)
}

/** Those of the model first, then the others; a field that the model does not name is no ARR. */
function tellFrom(place: number, told: ArrTold, derivation: Derivation): ArrPath | null {
  const { arrFrom } = derivation.context.model
  for (let at = place; at < arrFrom.length + ARR_SOURCES.length; at += 1) {
    const source = arrFrom[at] ?? (ARR_SOURCES[at - arrFrom.length] as ArrSource)
    if (at >= arrFrom.length && (source === 'account_field' || arrFrom.includes(source))) continue
    const path = pathBy(source, at, told, derivation)
    if (path !== null) return path
  }
  return null
}

function pathBy(source: ArrSource, at: number, told: ArrTold, derivation: Derivation): ArrPath | null {
  if (source === 'subscription_periods') return told.paid
  if (source === 'won_opportunities') return wonPath(told.opportunities, derivation)
  const { account, fact, seen } = told
  if (seen.series.length === 0) return null
  const path = snapshotPath(seen, tellFrom(at + 1, told, derivation), account, fact, derivation)
  if (path !== null) wakeAtMonthEnd(path.points.filter(isMovement), derivation)
  return path
}

/**
 * What an account paid for by its subscription periods, up to today; `null` where none tells.
 *
 * Periods that run side by side add up, so that one of several ending is a contraction and only the end of the last one
 * churn. Their money is taken at today's rate: a rate that moves makes no movement. A period without ARR (a trial) pays
 * for no seats. The last day of a period is paid for, unless another one begins on it: then it hands over on that day. Where churn
 * is at notice, a period is over on the day of its notice, if that comes earlier. Nothing ahead of today is in
 * it, so that an end that is agreed on is no churn before it comes; that day is one on which facts change.
 */
export function paidPath(periods: readonly SubscriptionPeriod[], derivation: Derivation): ArrPath | null {
  const paid = periods.length === 0 ? undefined : changesOfPeriods(periods, derivation)
  return paid === undefined ? null : { method: 'subscription_periods', points: pointsOf(paid, derivation) }
}

function wonPath(opportunities: readonly FactValues[], derivation: Derivation): ArrPath | null {
  let changes: ArrPoint[] | undefined
  for (const { isWon, kind, arr, closedOn, seats } of opportunities) {
    if (isWon !== true || kind === 'renewal' || typeof arr !== 'number' || typeof closedOn !== 'number') continue
    changes ??= []
    changes.push({ day: closedOn, arr, seats: typeof seats === 'number' ? seats : 0 })
  }
  if (changes === undefined) return null
  return { method: 'won_opportunities', points: pointsOf(changes, derivation) }
}

/** `undefined` where not one of them tells what was paid. */
function changesOfPeriods(periods: readonly SubscriptionPeriod[], derivation: Derivation): ArrPoint[] | undefined {
  const changes: ArrPoint[] = []
  const starts = new Set(periods.map(({ startOn }) => startOn))
  const endOf = ({ startOn, endOn }: SubscriptionPeriod): Day | undefined =>
    startOn === undefined || endOn === undefined || (startOn < endOn && starts.has(endOn)) ? endOn : endOn + 1
  const notices = derivation.context.model.churnAt === 'notice' ? noticesOf(periods, endOf) : undefined
  let isTold = false
  for (const period of periods) {
    const { id, startOn, endOn, mrr, seats = 0 } = period
    if (startOn === undefined || mrr === undefined) {
      const missing = startOn === undefined ? 'first day' : 'monthly amount'
      derivation.find('incomplete-period', 'subscription_period', id, `has no ${missing}`)
      continue
    }
    if (endOn !== undefined && endOn < startOn) {
      derivation.find('incomplete-period', 'subscription_period', id, 'ends before it begins')
      continue
    }
    const currency = period.currency ?? derivation.context.model.currency
    const converted = derivation.converter(currency, TODAY, 'subscription_period', period)(mrr)
    if (converted === undefined) continue
    isTold = true
    if (converted === 0) continue
    const arr = converted * MONTHS_PER_YEAR
    changes.push({ day: startOn, arr, seats })
    const end = endOf(period)
    const notice = notices?.get(period)
    if (end === undefined && notice === undefined) continue
    const goneOn = Math.min(end ?? Number.POSITIVE_INFINITY, Math.max(startOn, notice ?? Number.POSITIVE_INFINITY))
    changes.push({ day: goneOn, arr: -arr, seats: -seats })
  }
  return isTold ? changes : undefined
}

/**
 * The day of notice of each period that it holds for. One that paid periods follow without a gap goes on with them: what counts is the
 * notice of all of those, so that an account that is billed month by month is gone when it gave notice, and one that changes its plan is not.
 */
function noticesOf(
  periods: readonly SubscriptionPeriod[],
  endOf: (period: SubscriptionPeriod) => Day | undefined,
): ReadonlyMap<SubscriptionPeriod, Day> | undefined {
  if (periods.every(({ noticeOn }) => noticeOn === undefined)) return undefined
  const notices = new Map<SubscriptionPeriod, Day>()
  const paid = periods.filter(
    ({ startOn, endOn, mrr = 0 }) => startOn !== undefined && mrr > 0 && (endOn === undefined || endOn >= startOn),
  )
  const byStart = Map.groupBy(paid, ({ startOn }) => startOn)
  // What follows starts later: it is seen before what it follows.
  for (const period of paid.toSorted((a, b) => (b.startOn ?? 0) - (a.startOn ?? 0))) {
    const end = endOf(period)
    const after = (end === undefined ? undefined : byStart.get(end)) ?? []
    const days = after.length === 0 ? [period.noticeOn] : after.map((one) => notices.get(one))
    if (days.every((day) => day !== undefined)) notices.set(period, Math.max(...days))
  }
  return notices
}

/** Running sums of changes up to today; days on which nothing changes in the end are left out. */
function pointsOf(changes: readonly ArrPoint[], derivation: Derivation): ArrPoint[] {
  const points: ArrPoint[] = []
  let arr = 0
  let seats = 0
  for (const change of changes.length < 2 ? changes : changes.toSorted(byDay)) {
    if (change.day > derivation.day) {
      derivation.wakeOn(change.day)
      break
    }
    arr += change.arr
    seats += change.seats
    if (points.at(-1)?.day === change.day) points.pop()
    const before = points.at(-1)
    if ((before?.arr ?? 0) !== arr || (before?.seats ?? 0) !== seats) points.push({ day: change.day, arr, seats })
  }
  wakeAtMonthEnd(points, derivation)
  return points
}

function isMovement({ arr, opening }: ArrPoint, at: number, points: readonly ArrPoint[]): boolean {
  return opening === undefined || arr - (points[at - 1]?.arr ?? 0) !== opening
}

/** The month of the latest movement is open until it ends. */
function wakeAtMonthEnd(points: readonly ArrPoint[], derivation: Derivation): void {
  const last = points.at(-1)
  if (last !== undefined) derivation.wakeOn(firstDayOf(monthIndexOf(last.day) + 1))
}

function byDay(a: { readonly day: Day }, b: { readonly day: Day }): number {
  return a.day - b.day
}

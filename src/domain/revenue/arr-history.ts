import type { SubscriptionPeriod } from '../customer-records.ts'
import { type Day, firstDayOf, monthIndexOf } from '../day.ts'
import { type Derivation, TODAY } from '../derivation.ts'
import type { FactValues } from '../facts.ts'
import type { ArrPath, ArrPoint } from './arr-path.ts'

const MONTHS_PER_YEAR = 12

/**
 * The ARR history of an account, up to today: from its subscription periods where any tells what was paid, else from its won
 * opportunities, renewals left out; `null` where neither tells anything.
 *
 * Periods that run side by side add up, so that one of several ending is a contraction and only the end of the last one
 * churn. Their money is taken at today's rate: a rate that moves makes no movement. A period without ARR (a trial) pays
 * for no seats. The last day of a period is paid for, unless another one begins on it: then it hands over on that day. Where churn
 * is at notice, a period is over on the day of its notice, if that comes earlier. What a won opportunity brought stays for good: nothing tells that it ended. Nothing ahead of today is in
 * it, so that an end that is agreed on is no churn before it comes; that day is one on which facts change.
 */
export function readArrHistory(
  periods: readonly SubscriptionPeriod[],
  opportunities: readonly FactValues[],
  derivation: Derivation,
): ArrPath | null {
  const paid = periods.length === 0 ? undefined : changesOfPeriods(periods, derivation)
  if (paid !== undefined) return { method: 'subscription_periods', points: pointsOf(paid, derivation) }
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
  // The month of the latest movement is open until it ends.
  const last = points.at(-1)
  if (last !== undefined) derivation.wakeOn(firstDayOf(monthIndexOf(last.day) + 1))
  return points
}

function byDay(a: { readonly day: Day }, b: { readonly day: Day }): number {
  return a.day - b.day
}

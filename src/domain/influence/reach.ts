import type { Day } from '../day.ts'
import type { FactValues } from '../facts.ts'
import { numberOf } from './links.ts'
import { Sums } from './subject-sums.ts'

const DAYS_PER_WEEK = 7
/** How many of the newest weeks that are known of an account tell whether it uses a feature now. */
export const REACH_WEEKS = 4

/** Most people who used a feature in one week, by week. */
type Weeks = ReadonlyMap<Day, number>

/** The weeks in which an account used features, by the id of the feature; weeks in which nobody did are left out. */
export function weeksByFeature(usage: readonly FactValues[]): Map<string, Map<Day, number>> {
  const features = new Map<string, Map<Day, number>>()
  for (const { featureId, week, activeUsers, events } of usage) {
    if (typeof featureId !== 'string' || typeof week !== 'number') continue
    const users = numberOf(activeUsers) ?? 0
    if (users <= 0 && (numberOf(events) ?? 0) <= 0) continue
    let weeks = features.get(featureId)
    if (weeks === undefined) {
      weeks = new Map()
      features.set(featureId, weeks)
    }
    weeks.set(week, Math.max(weeks.get(week) ?? 0, users))
  }
  return features
}

/**
 * What an account adds to the use of a feature: now, that is in the newest weeks of which any use of it is known; before and after
 * its first win; and whether it uses what it had asked for before it shipped.
 */
export function reachOf(
  weeks: Weeks,
  newestWeek: Day,
  firstWonOn: Day | undefined,
  asked: { readonly on: Day; readonly shippedOn: Day } | undefined,
): [number, number][] {
  const sums = new Sums()
  const most = (is: (week: Day) => boolean): number | undefined => {
    let users: number | undefined
    for (const [week, count] of weeks) if (is(week)) users = Math.max(users ?? 0, count)
    return users
  }
  const add = (accounts: string, people: string, users: number | undefined) => {
    if (users === undefined) return
    sums.add(accounts, 1)
    sums.add(people, users)
  }
  add(
    'usedBy',
    'users',
    most((week) => week > newestWeek - REACH_WEEKS * DAYS_PER_WEEK),
  )
  if (firstWonOn !== undefined) {
    add(
      'usedBefore',
      'usersBefore',
      most((week) => week + DAYS_PER_WEEK <= firstWonOn),
    )
    add(
      'usedAfter',
      'usersAfter',
      most((week) => week > firstWonOn),
    )
  }
  if (asked !== undefined && asked.on < asked.shippedOn) {
    sums.add('askedFirst', 1)
    if (most((week) => week + DAYS_PER_WEEK > asked.shippedOn) !== undefined) sums.add('adopters', 1)
  }
  return sums.take()
}

import type { Day } from '../day.ts'
import type { FactValues } from '../facts.ts'
import { numberOf } from './links.ts'
import { Sums } from './subject-sums.ts'

const DAYS_PER_WEEK = 7
/** How many of the newest weeks that are known of an account tell whether it uses a feature now. */
export const REACH_WEEKS = 4

/** Week and people, one after the other; of a week that is told twice the larger number counts. */
export type UsedWeeks = readonly number[]

/** The weeks in which an account used features, by the id of the feature; weeks in which nobody did are left out. */
export function weeksByFeature(usage: readonly FactValues[]): Map<string, number[]> {
  const features = new Map<string, number[]>()
  for (const { featureId, week, activeUsers, events } of usage) {
    if (typeof featureId !== 'string' || typeof week !== 'number') continue
    const users = numberOf(activeUsers) ?? 0
    if (users <= 0 && (numberOf(events) ?? 0) <= 0) continue
    const weeks = features.get(featureId)
    if (weeks === undefined) features.set(featureId, [week, users])
    else weeks.push(week, users)
  }
  return features
}

/**
 * What an account adds to the use of a feature: now, that is in the newest weeks of which any use of it is known; before and after
 * its first win; and whether it uses what it had asked for before it shipped.
 */
export function reachOf(
  weeks: UsedWeeks,
  newestWeek: Day,
  firstWonOn: Day | undefined,
  asked: { readonly on: Day; readonly shippedOn: Day } | undefined,
): [number, number][] {
  const [won, shipped] = [firstWonOn ?? Number.NaN, asked?.shippedOn ?? Number.NaN]
  // Most people of one week; below 0: there is none.
  let [now, before, after, adopted] = [-1, -1, -1, -1]
  for (let i = 0; i < weeks.length; i += 2) {
    const [week, users] = [weeks[i] as Day, weeks[i + 1] as number]
    if (week > newestWeek - REACH_WEEKS * DAYS_PER_WEEK) now = Math.max(now, users)
    if (week + DAYS_PER_WEEK <= won) before = Math.max(before, users)
    if (week > won) after = Math.max(after, users)
    if (week + DAYS_PER_WEEK > shipped) adopted = Math.max(adopted, users)
  }
  const sums = new Sums()
  const add = (accounts: string, people: string, users: number) => {
    if (users < 0) return
    sums.add(accounts, 1)
    sums.add(people, users)
  }
  add('usedBy', 'users', now)
  add('usedBefore', 'usersBefore', before)
  add('usedAfter', 'usersAfter', after)
  if (asked !== undefined && asked.on < asked.shippedOn) {
    sums.add('askedFirst', 1)
    if (adopted >= 0) sums.add('adopters', 1)
  }
  return sums.take()
}

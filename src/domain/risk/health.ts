import { comparable } from '../catalogue.ts'
import type { UsageWeek } from '../customer-records.ts'
import type { Calendar, Day } from '../day.ts'
import { robustZ } from '../statistics/robust-z.ts'
import { mondayOf, weekOf } from '../support/office-hours.ts'
import type { HealthModel } from './risk-model.ts'
import { wholeWeeks } from './usage-weeks.ts'

export const HEALTHS = ['very_weak', 'medium', 'high'] as const
export type HealthBand = (typeof HEALTHS)[number]

/** Weeks that are looked at, and those before them that they are held against. */
const RECENT = 4
const BASE = 12
const FEWEST_BASE = 4
/** Iglewicz and Hoaglin's cut: beyond it a value is no accident. */
const CUT = 3.5
/** So many weeks after the last use nothing changes any more. */
export const FOLLOWED_WEEKS = 26

/** How well an account does by its use; measures that cannot be told are absent. */
export interface Health {
  readonly band?: HealthBand
  /** 0 to 100: the weighted mean of the measures there are; in quiet times there may be none. */
  readonly score?: number
  /** Share of the weights that the measures there are bear. */
  readonly coverage: number
  /** Active ÷ paid seats. */
  readonly seatsUsed?: number
  /** Use of the last weeks ÷ what was to be expected. */
  readonly trend?: number
  /** Features in use in the last weeks. */
  readonly features?: number
  /** Use fell below what was to be expected, beyond accident and outside quiet times. */
  readonly hasDropped: boolean
  /** Quiet times are over, and use is not back. */
  readonly didNotReturn: boolean
}

/**
 * Health from use in whole weeks up to a day; `undefined` where nothing is known of use. Quiet weeks of the account's country
 * (with two years of its own, its own season) are no drop: they are in neither what is looked at nor what it is held against.
 */
export function healthOf(
  usage: readonly UsageWeek[],
  { country, seatsPaid }: { readonly country: string | undefined; readonly seatsPaid: number | undefined },
  day: Day,
  calendar: Calendar,
  model: HealthModel,
): Health | undefined {
  const weeks = wholeWeeks(usage, country, day, calendar, model)
  if (weeks.length === 0) return undefined
  const recent = weeks.slice(-RECENT)
  const active = mean(recent.map((week) => week.active))
  const base = weeks
    .slice(0, -RECENT)
    .filter(({ isQuiet }) => !isQuiet)
    .slice(-BASE)
  const expected = base.length < FEWEST_BASE ? 0 : mean(base.map((week) => week.active))
  const isQuiet = recent.some((week) => week.isQuiet)
  const seatsUsed = seatsPaid === undefined || seatsPaid <= 0 || isQuiet ? undefined : active / seatsPaid
  const trend = expected > 0 && !isQuiet ? active / expected : undefined
  const features = featuresIn(usage, day)
  const { weights } = model
  const measures = [
    { weight: weights.seats, value: seatsUsed },
    // Half of what was to be expected is nothing left.
    { weight: weights.trend, value: trend === undefined ? undefined : 2 * trend - 1 },
    { weight: weights.breadth, value: features === undefined || isQuiet ? undefined : features / model.features },
  ]
  let [sum, there, all] = [0, 0, 0]
  for (const { weight, value } of measures) {
    all += weight
    if (value === undefined) continue
    there += weight
    sum += weight * Math.min(1, Math.max(0, value))
  }
  const z =
    expected > 0
      ? robustZ(
          active,
          base.map((week) => ({ value: week.active, count: 1 })),
        )
      : null
  const score = there === 0 ? undefined : Math.round((100 * sum) / there)
  return {
    ...(score === undefined ? {} : { score, band: bandOf(score, model) }),
    coverage: there / all,
    ...(seatsUsed === undefined ? {} : { seatsUsed }),
    ...(trend === undefined ? {} : { trend }),
    ...(features === undefined ? {} : { features }),
    hasDropped: trend !== undefined && trend <= 1 - model.drop && (z === null || z <= -CUT),
    didNotReturn: didNotReturn(weeks, expected, model),
  }
}

function bandOf(score: number, { highFrom, mediumFrom }: HealthModel): HealthBand {
  return score >= highFrom ? 'high' : score >= mediumFrom ? 'medium' : 'very_weak'
}

/** The last two weeks are no longer quiet, one of the four before them was, and use is not even half of what it was before. */
function didNotReturn(
  weeks: readonly { readonly active: number; readonly isQuiet: boolean }[],
  expected: number,
  model: HealthModel,
): boolean {
  const back = weeks.slice(-2)
  const before = weeks.slice(-6, -2)
  if (expected === 0 || back.length < 2 || back.some(({ isQuiet }) => isQuiet)) return false
  return before.some(({ isQuiet }) => isQuiet) && mean(back.map(({ active }) => active)) <= (1 - model.drop) * expected
}

/** Features used in the last whole weeks; `undefined` where use is not told by feature. */
function featuresIn(usage: readonly UsageWeek[], day: Day): number | undefined {
  const until = weekOf(day)
  const used = new Set<string>()
  let isTold = false
  for (const { week, featureId, feature, activeUsers = 0, events = 0 } of usage) {
    const name = featureId ?? feature
    if (name === undefined || week === undefined) continue
    isTold = true
    if (weekOf(week) >= until - RECENT && weekOf(week) < until && activeUsers + events > 0) used.add(comparable(name))
  }
  return isTold ? used.size : undefined
}

/**
 * The day that health is told of: today, while use is not long past, and then the last such day. The second: the day on which
 * it may change though nothing happens, the next Monday.
 */
export function healthDay(
  usage: readonly UsageWeek[],
  day: Day,
): { readonly day: Day; readonly changesOn: Day | null } {
  let last = Number.NEGATIVE_INFINITY
  for (const { week } of usage) if (week !== undefined) last = Math.max(last, weekOf(week))
  const end = last + FOLLOWED_WEEKS
  return weekOf(day) > end ? { day: mondayOf(end), changesOn: null } : { day, changesOn: mondayOf(weekOf(day) + 1) }
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length
}

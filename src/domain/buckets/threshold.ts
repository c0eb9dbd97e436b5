import type { Day } from '../day.ts'
import type { BucketRules, BucketSettings, Threshold } from '../model.ts'

/** The rules that hold on a day: those of then, where they changed since. */
export function rulesOn(settings: BucketSettings, day: Day): BucketRules {
  return settings.earlier.find(({ until }) => day < until) ?? settings
}

/** Whether so many seats and so much ARR meet a threshold; limits are inclusive, and one that is `null` does not count. */
export function meets({ seats, arr }: Threshold, match: BucketRules['match'], paid: Paid): boolean {
  const bySeats = seats === null ? null : paid.seats >= seats
  const byArr = arr === null ? null : paid.arr >= arr
  if (bySeats === null || byArr === null) return bySeats ?? byArr ?? false
  return match === 'any' ? bySeats || byArr : bySeats && byArr
}

/** What an account pays for. */
export interface Paid {
  readonly seats: number
  /** Minor units of company currency. */
  readonly arr: number
}

/** Whether an orange account is near the threshold: `nearWithin` of it is lacking at most. */
export function isNear(rules: BucketRules, paid: Paid): boolean {
  let near = nearOf.get(rules)
  if (near === undefined) {
    const { green, nearWithin } = rules
    const part = (limit: number | null) => (limit === null ? null : limit * (1 - nearWithin))
    near = { seats: part(green.seats), arr: part(green.arr) }
    nearOf.set(rules, near)
  }
  return meets(near, rules.match, paid)
}

const nearOf = new WeakMap<BucketRules, Threshold>()

/**
 * Whether an account could meet the threshold if all its `employees` paid as its seats do now; `undefined` where that cannot
 * be told: the number of employees is unknown, or ARR decides and no seat tells a price.
 */
export function canReach(
  { green, match }: BucketRules,
  paid: Paid,
  employees: number | undefined,
): boolean | undefined {
  if (meets(green, match, paid)) return true
  if (employees === undefined) return undefined
  const bySeats = green.seats === null ? null : Math.max(employees, paid.seats) >= green.seats
  const byArr = green.arr === null ? null : arrCanReach(green.arr, paid, employees)
  if (bySeats === null) return byArr ?? undefined
  if (byArr === null) return bySeats
  const [sure, other] = match === 'any' ? [true, false] : [false, true]
  if (bySeats === sure || byArr === sure) return sure
  return byArr === undefined ? undefined : other
}

function arrCanReach(limit: number, { seats, arr }: Paid, employees: number): boolean | undefined {
  if (arr >= limit) return true
  return seats > 0 && arr > 0 ? (arr / seats) * Math.max(employees, seats) >= limit : undefined
}

import type { UsageWeek } from '../customer-records.ts'
import { monthIndexOf } from '../day.ts'
import type { FactValues } from '../facts.ts'
import type { Motion } from '../records.ts'
import { type ArrPath, arrOn } from '../revenue/arr-path.ts'
import { mondayOf, weekOf } from '../support/office-hours.ts'
import { Cell, type Tally } from '../tally.ts'

/** Who was active in weeks in which the account paid: week, people, seats (0 where nobody knows), one after the other. */
export interface CountedActive {
  readonly motion: Motion
  readonly weeks: readonly number[]
}

const PER_WEEK = 3

/**
 * The people of an account who used the whole product in weeks in which it paid, by week; `null` where there are none. Whether it paid
 * is told by its ARR history on the week's Monday; without a history, by whether it is a customer today.
 */
export function countedActive(
  usage: readonly UsageWeek[],
  account: FactValues | null,
  arr: ArrPath | null,
  unknownMotion: Motion,
): CountedActive | null {
  if (usage.length === 0 || account === null) return null
  const people = new Map<number, number>()
  for (const { week, featureId, feature, activeUsers = 0 } of usage) {
    if (week === undefined || featureId !== undefined || feature !== undefined || activeUsers <= 0) continue
    const at = weekOf(week)
    people.set(at, Math.max(people.get(at) ?? 0, activeUsers))
  }
  const weeks: number[] = []
  for (const week of [...people.keys()].sort((a, b) => a - b)) {
    const active = people.get(week) as number
    const monday = mondayOf(week)
    const isPaying = arr === null ? account.isCustomer === true : arrOn(arr, monday) > 0
    if (!isPaying) continue
    const paid = arr?.points.findLast(({ day }) => day <= monday)?.seats ?? 0
    weeks.push(week, active, paid > 0 ? paid : Number(account.seatsPaid ?? 0))
  }
  return weeks.length === 0 ? null : { motion: (account.motion as Motion | undefined) ?? unknownMotion, weeks }
}

export const ACTIVE_HEAD = 'W'
/** By week: `p` people, `n` accounts they are of; of accounts whose seats are known, `q` people and `s` seats. */
export const ACTIVE_MEASURES = [...'pnqs'] as const
const cells: Readonly<Record<Motion, Cell>> = {
  sales_assisted: new Cell(ACTIVE_HEAD, 'sales_assisted', ACTIVE_MEASURES),
  self_serve: new Cell(ACTIVE_HEAD, 'self_serve', ACTIVE_MEASURES),
}

/** Adds who was active to weeks; integers only. Weeks are counted where months are elsewhere. */
export function addToActive(tally: Tally, { motion, weeks }: CountedActive): void {
  for (let i = 0; i < weeks.length; i += PER_WEEK) {
    const [week, people, seats] = weeks.slice(i, i + PER_WEEK) as [number, number, number]
    const row = tally.row(cells[motion], week)
    tally.add(row, 0, people)
    tally.add(row, 1, 1)
    if (seats <= 0) continue
    tally.add(row, 2, people)
    tally.add(row, 3, seats)
  }
}

/** The month that a week counts for: that of its Monday. */
export function monthOfWeek(week: number): number {
  return monthIndexOf(mondayOf(week))
}

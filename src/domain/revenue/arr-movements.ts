import { type Month, monthIndexOf } from '../day.ts'
import type { ArrPath } from './arr-path.ts'

/** The ways in which an account's ARR may differ at the end of a month from the end of the month before. */
export const ARR_MOVEMENTS = ['new', 'expansion', 'contraction', 'churn', 'reactivation'] as const
export type ArrMovementKind = (typeof ARR_MOVEMENTS)[number]

/** What happened to the ARR of one account in one month. */
export interface ArrMovement {
  readonly month: Month
  readonly kind: ArrMovementKind
  /** Minor units of company currency. `start` + `change` = `end`. */
  readonly start: number
  readonly change: number
  readonly end: number
}

/**
 * The months in which an account's ARR moved, ascending: at most one movement for each, from the end of the month before
 * to the end of the month.
 *
 * *New* is the first ARR the account ever had at a month's end, *churn* the end of all of it, *reactivation* ARR after
 * churn; *expansion* and *contraction* are changes in between. What came and went within one month is no movement.
 */
export function arrMovements({ points }: ArrPath): ArrMovement[] {
  const movements: ArrMovement[] = []
  let start = 0
  let hasPaid = false
  for (let i = 0; i < points.length; i += 1) {
    const { day, arr: end } = points[i] as { day: number; arr: number }
    const month = monthIndexOf(day)
    const next = points[i + 1]
    if (next !== undefined && monthIndexOf(next.day) === month) continue
    if (end !== start) {
      const kind = kindOfChange(start, end, hasPaid)
      movements.push({ month, kind, start, change: end - start, end })
      if (end > 0) hasPaid = true
      start = end
    }
  }
  return movements
}

/** What a change of ARR is; `hasPaid`: whether there was any before, whenever. */
export function kindOfChange(start: number, end: number, hasPaid: boolean): ArrMovementKind {
  if (start <= 0 && end > 0) return hasPaid ? 'reactivation' : 'new'
  if (start > 0 && end <= 0) return 'churn'
  return end > start ? 'expansion' : 'contraction'
}

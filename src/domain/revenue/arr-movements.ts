import { type Month, monthIndexOf } from '../day.ts'
import type { ArrPath, ArrPoint } from './arr-path.ts'

/** The ways in which an account's ARR may differ at the end of a month from the end of the month before. */
export const ARR_MOVEMENTS = ['new', 'expansion', 'contraction', 'churn', 'reactivation'] as const
export type ArrMovementKind = (typeof ARR_MOVEMENTS)[number]

/** What happened to the ARR of one account in one month. */
export interface ArrMovement {
  readonly month: Month
  /** `opening`: nothing happened but that snapshots began. */
  readonly kind: ArrMovementKind | 'opening'
  /** Minor units of company currency. `start` + `change` = `end`. */
  readonly start: number
  /** How much of `start` was not there at the end of the month before: what snapshots began with in this month, and nothing had told. */
  readonly opening: number
  readonly change: number
  readonly end: number
}

/**
 * The months in which an account's ARR moved, ascending: at most one movement for each, from the end of the month before
 * to the end of the month.
 *
 * *New* is the first ARR the account ever had at a month's end, *churn* the end of all of it, *reactivation* ARR after
 * churn; *expansion* and *contraction* are changes in between. What came and went within one month is no movement.
 * A month in which snapshots begin starts with what they begin with.
 */
export function arrMovements({ points }: ArrPath): ArrMovement[] {
  const movements: ArrMovement[] = []
  let before = 0
  let opening = 0
  let hasPaid = false
  for (let i = 0; i < points.length; i += 1) {
    const point = points[i] as ArrPoint
    const end = point.arr
    const month = monthIndexOf(point.day)
    opening += point.opening ?? 0
    const next = points[i + 1]
    if (next !== undefined && monthIndexOf(next.day) === month) continue
    const start = before + opening
    if (start > 0) hasPaid = true
    if (end !== start || opening !== 0) {
      const kind = end === start ? 'opening' : kindOfChange(start, end, hasPaid)
      movements.push({ month, kind, start, opening, change: end - start, end })
      if (end > 0) hasPaid = true
      before = end
      opening = 0
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

import { firstDayOf, formatMonth, monthIndexOf } from '../day.ts'
import type { DossierFacts, FactValues } from '../facts.ts'
import { type ArrMovement, arrMovements } from './arr-movements.ts'
import { type ArrMethod, methodOn } from './arr-path.ts'

/**
 * One fact for each month in which the account's ARR moved, by month: the accounts behind the rows of ARR movements.
 *
 * A movement belongs to the owner of the opportunity that was won last by the end of its month (of two on one day, the
 * later id), whoever owns the account now; without one, to the account's owner.
 */
export function arrMovementFacts({ account, counted, opportunities, asOf }: DossierFacts): FactValues[] {
  const arr = counted.arr?.path ?? null
  if (account === null || arr === null) return []
  const facts: FactValues[] = []
  for (const movement of arrMovements(arr)) {
    if (movement.kind === 'opening') continue
    const method = methodOn(arr, firstDayOf(movement.month + 1) - 1)
    facts.push(movementFact(movement, method, account, opportunities, asOf))
  }
  return facts
}

function movementFact(
  { month, kind, start, opening, change, end }: ArrMovement,
  method: ArrMethod,
  account: FactValues,
  opportunities: readonly FactValues[],
  asOf: number,
): FactValues {
  const name = formatMonth(month)
  const fact: Record<string, string | number | boolean> = {
    id: `${account.id}:${name}`,
    accountId: String(account.id),
    month: name,
    monthOn: firstDayOf(month),
    kind,
    start,
    change,
    end,
    method,
    isOpen: month === monthIndexOf(asOf),
  }
  if (opening !== 0) fact.opening = opening
  const ownerId = wonBefore(opportunities, firstDayOf(month + 1))?.ownerId ?? account.ownerId
  if (typeof ownerId === 'string') fact.ownerId = ownerId
  return fact
}

/** The opportunity that was won last before a day. */
export function wonBefore(opportunities: readonly FactValues[], day: number): FactValues | undefined {
  let last: FactValues | undefined
  for (const opportunity of opportunities) {
    const { isWon, closedOn } = opportunity
    if (isWon !== true || typeof closedOn !== 'number' || closedOn >= day) continue
    if (last === undefined || closedOn >= (last.closedOn as number)) last = opportunity
  }
  return last
}

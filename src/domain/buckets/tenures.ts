import type { Day } from '../day.ts'
import type { Derivation } from '../derivation.ts'
import type { FactValues } from '../facts.ts'

/** From `since` on an account counts for an owner and the owner's team of that day. */
export interface Tenure {
  readonly since: Day
  readonly ownerId: string | undefined
  readonly team: string | undefined
}

/**
 * Whom an account counts for over time: the owner of the opportunity that was won last (of two on one day, the later id);
 * before the first win the account's owner, since nothing tells who that was earlier. Never empty; `from` is the first day
 * that anything counts. Teams are those of the day.
 */
export function tenuresOf(
  accountOwner: string | undefined,
  opportunities: readonly FactValues[],
  from: Day,
  derivation: Derivation,
): Tenure[] {
  const tenures = [tenure(from, accountOwner, derivation)]
  const wins = opportunities.filter(({ isWon, closedOn }) => {
    if (isWon !== true || typeof closedOn !== 'number') return false
    derivation.wakeOn(closedOn)
    return closedOn <= derivation.day
  })
  for (const { closedOn, ownerId } of wins.length < 2 ? wins : wins.toSorted(byClosing)) {
    const next = tenure(closedOn as Day, typeof ownerId === 'string' ? ownerId : accountOwner, derivation)
    if ((closedOn as Day) <= from) tenures.length = 0
    else if (tenures.at(-1)?.since === closedOn) tenures.pop()
    const last = tenures.at(-1)
    if (last === undefined || last.ownerId !== next.ownerId || last.team !== next.team) tenures.push(next)
  }
  return tenures
}

function tenure(since: Day, ownerId: string | undefined, derivation: Derivation): Tenure {
  return { since, ownerId, team: ownerId === undefined ? undefined : teamOn(ownerId, since, derivation) }
}

/** The team a user was in on a day: as the periods of the user tell, else as the user is now. Owners are named already. */
function teamOn(userId: string, day: Day, { context }: Derivation): string | undefined {
  const period = context
    .periodsOf(userId)
    .findLast(({ startOn = day, endOn = day, team }) => team !== undefined && startOn <= day && day <= endOn)
  return period?.team ?? context.user(userId)?.team
}

/** Opportunities come by id, and sorting keeps that order within a day. */
function byClosing(a: FactValues, b: FactValues): number {
  return (a.closedOn as Day) - (b.closedOn as Day)
}

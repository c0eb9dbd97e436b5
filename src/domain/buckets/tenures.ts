import type { Day } from '../day.ts'
import type { Derivation } from '../derivation.ts'
import type { FactValues } from '../facts.ts'

/** From `since` on an account counts for an owner and the team that owner is in. */
export interface Tenure {
  readonly since: Day
  readonly ownerId: string | undefined
  readonly team: string | undefined
}

/**
 * Whom an account counts for over time: the owner of the opportunity that was won last (of two on one day, the later id);
 * before the first win the account's owner, since nothing tells who that was earlier. An owner who comes to another team takes
 * the account there on that day. Never empty; `from` is the first day that anything counts.
 */
export function tenuresOf(
  accountOwner: string | undefined,
  opportunities: readonly FactValues[],
  from: Day,
  derivation: Derivation,
): Tenure[] {
  const owners: { readonly since: Day; readonly ownerId: string | undefined }[] = [
    { since: from, ownerId: accountOwner },
  ]
  const wins = opportunities.filter(({ isWon, closedOn }) => {
    if (isWon !== true || typeof closedOn !== 'number') return false
    derivation.wakeOn(closedOn)
    return closedOn <= derivation.day
  })
  for (const { closedOn, ownerId } of wins.length < 2 ? wins : wins.toSorted(byClosing)) {
    const since = closedOn as Day
    if (since <= from) owners.length = 0
    else if (owners.at(-1)?.since === since) owners.pop()
    owners.push({ since, ownerId: typeof ownerId === 'string' ? ownerId : accountOwner })
  }
  const tenures: Tenure[] = []
  owners.forEach(({ since, ownerId }, i) => {
    for (const day of [
      since,
      ...movesOf(ownerId, since, owners[i + 1]?.since ?? Number.POSITIVE_INFINITY, derivation),
    ]) {
      const team = ownerId === undefined ? undefined : teamOn(ownerId, day, derivation)
      const last = tenures.at(-1)
      if (last === undefined || last.ownerId !== ownerId || last.team !== team)
        tenures.push({ since: day, ownerId, team })
    }
  })
  return tenures
}

/** The days after `since` and before `until` on which a user may have come to another team, ascending. */
function movesOf(userId: string | undefined, since: Day, until: Day, derivation: Derivation): readonly Day[] {
  const periods = userId === undefined ? [] : derivation.context.periodsOf(userId)
  if (periods.length === 0) return []
  const days = periods.flatMap(({ startOn, endOn }) => [startOn, endOn === undefined ? undefined : endOn + 1])
  const ahead = days.filter((day) => day !== undefined && day > since && day < until) as Day[]
  for (const day of ahead) derivation.wakeOn(day)
  return [...new Set(ahead)].filter((day) => day <= derivation.day).sort((a, b) => a - b)
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

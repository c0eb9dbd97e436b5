import type { UsageSum } from './customer-facts.ts'

/** All usage, and how much of it is of no account that is known: such usage is in no account's numbers. */
export interface UsageTotals {
  readonly points: number
  readonly events: number
  readonly pointsWithoutAccount: number
  readonly eventsWithoutAccount: number
}

type Key = `U|${'points' | 'events'}|${'account' | 'none'}`

/** What a dossier's usage adds to the totals, by key; integers, in any order. */
export function usageContributions({ points, events, hasAccount }: UsageSum): readonly (readonly [Key, number])[] {
  const of = hasAccount ? 'account' : 'none'
  return [
    [`U|points|${of}`, points],
    [`U|events|${of}`, events],
  ]
}

/** Reads what `usageContributions` added up to; `totals` may hold other things. */
export function usageTotals(totals: ReadonlyMap<string, number>): UsageTotals {
  const of = (key: Key) => totals.get(key) ?? 0
  return {
    points: of('U|points|account') + of('U|points|none'),
    events: of('U|events|account') + of('U|events|none'),
    pointsWithoutAccount: of('U|points|none'),
    eventsWithoutAccount: of('U|events|none'),
  }
}

import type { UsageSum } from './customer-facts.ts'
import type { Day } from './day.ts'
import type { DossierFacts, FactValues, Finding } from './facts.ts'

/**
 * What is stored of a dossier's facts: its findings, and all that taking the dossier out of the totals needs
 * (`addContributions`). The rest is had again by deriving the same records with the same context on the same day.
 */
export interface KeptFacts {
  /** `null` without account, or where it adds to no totals of its own. */
  readonly account: FactValues | null
  readonly opportunities: readonly FactValues[]
  readonly leads: readonly FactValues[]
  readonly usageSum: UsageSum
  readonly findings: readonly Finding[]
  /** The day these facts hold for. */
  readonly asOf: Day
}

// Any change here moves DERIVE_VERSION on: facts that were written with other fields are then never taken for these.
const OPPORTUNITY = [
  'id',
  'source',
  'pipeline',
  'segment',
  'funnelStage',
  'isOpen',
  'isWon',
  'arr',
  'createdAt',
  'closedAt',
  'leadId',
  '_path',
] as const
const ACCOUNT = ['segment', 'motion', '_arr'] as const
const LEAD = ['segment', 'isBot', 'createdOn', 'convertedOn', 'opportunityId', '_since', '_until'] as const

/** `[asOf, findings, points, events, 1 where they have an account, number of opportunities, 0 or 1 accounts, its fields …, fields of the opportunities …, of the leads …]`, one flat list: it is written fastest. */
type Kept = readonly [Day, readonly Finding[], number, number, 0 | 1, number, 0 | 1, ...(FactValues[string] | null)[]]

/** Writes facts down as text: values in place of objects, a third of the bytes. */
export function writeKeptFacts({ account, opportunities, leads, usageSum, findings, asOf }: DossierFacts): string {
  const adds = account?._arr !== undefined
  const kept: (Kept[number] | undefined)[] = [
    asOf,
    findings,
    usageSum.points,
    usageSum.events,
    usageSum.hasAccount ? 1 : 0,
    opportunities.length,
    adds ? 1 : 0,
  ]
  if (adds) for (const name of ACCOUNT) kept.push(account?.[name])
  for (const fact of opportunities) for (const name of OPPORTUNITY) kept.push(fact[name])
  for (const fact of leads) for (const name of LEAD) kept.push(fact[name])
  // In an array `undefined` is written as `null`.
  return JSON.stringify(kept)
}

/** Reads what `writeKeptFacts` wrote: each fact with the fields that are kept, empty ones absent. */
export function readKeptFacts(text: string): KeptFacts {
  const [asOf, findings, points, events, hasAccount, count, accounts, ...values] = JSON.parse(text) as Kept
  const opportunitiesAt = accounts * ACCOUNT.length
  const leadsAt = opportunitiesAt + count * OPPORTUNITY.length
  return {
    account: toFacts(ACCOUNT, values, 0, opportunitiesAt)[0] ?? null,
    opportunities: toFacts(OPPORTUNITY, values, opportunitiesAt, leadsAt),
    leads: toFacts(LEAD, values, leadsAt, values.length),
    usageSum: { points, events, hasAccount: hasAccount === 1 },
    findings,
    asOf,
  }
}

function toFacts(
  names: readonly string[],
  values: readonly (FactValues[string] | null)[],
  from: number,
  to: number,
): FactValues[] {
  const facts: FactValues[] = []
  for (let at = from; at < to; at += names.length) {
    const fact: Record<string, FactValues[string]> = {}
    for (let i = 0; i < names.length; i += 1) {
      const value = values[at + i] ?? null
      if (value !== null) fact[names[i] as string] = value
    }
    facts.push(fact)
  }
  return facts
}

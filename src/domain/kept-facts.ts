import type { UsageSum } from './customer-facts.ts'
import type { Day } from './day.ts'
import type { DossierFacts, FactValues, Finding } from './facts.ts'
import { formatPath, type Path, parsePath } from './path.ts'
import { type ArrPath, formatArrPath, parseArrPath } from './revenue/arr-path.ts'

/**
 * What is stored of a dossier's facts: its findings, and all that taking the dossier out of the totals needs
 * (`addToTotals`). The rest is had again by deriving the same records with the same context on the same day.
 */
export interface KeptFacts {
  /** `null` where it adds to no totals of its own: without account, or without ARR. */
  readonly account: FactValues | null
  readonly arr: ArrPath | null
  readonly opportunities: readonly FactValues[]
  /** For each opportunity the stages it was in. */
  readonly paths: readonly Path[]
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
] as const
const ACCOUNT = ['segment', 'motion'] as const
const LEAD = ['segment', 'isBot', 'createdOn', 'convertedOn', 'opportunityId', '_since', '_until'] as const

/** `[asOf, findings, points, events, 1 where they have an account, number of opportunities, ARR history or null, the account's fields where there is one …, path and fields of each opportunity …, fields of the leads …]`, one flat list: it is written fastest. */
type Kept = readonly [
  Day,
  readonly Finding[],
  number,
  number,
  0 | 1,
  number,
  string | null,
  ...(FactValues[string] | null)[],
]

/** Writes facts down as text: values in place of objects, a third of the bytes. */
export function writeKeptFacts({
  account,
  arr,
  opportunities,
  paths,
  leads,
  usageSum,
  findings,
  asOf,
}: DossierFacts): string {
  const kept: (Kept[number] | undefined)[] = [
    asOf,
    findings,
    usageSum.points,
    usageSum.events,
    usageSum.hasAccount ? 1 : 0,
    opportunities.length,
    arr === null ? null : formatArrPath(arr),
  ]
  if (arr !== null) for (const name of ACCOUNT) kept.push(account?.[name])
  for (let i = 0; i < opportunities.length; i += 1) {
    kept.push(formatPath(paths[i] as Path))
    for (const name of OPPORTUNITY) kept.push((opportunities[i] as FactValues)[name])
  }
  for (const fact of leads) for (const name of LEAD) kept.push(fact[name])
  // In an array `undefined` is written as `null`.
  return JSON.stringify(kept)
}

/** Reads what `writeKeptFacts` wrote: each fact with the fields that are kept, empty ones absent. */
export function readKeptFacts(text: string): KeptFacts {
  const [asOf, findings, points, events, hasAccount, count, arr, ...values] = JSON.parse(text) as Kept
  let at = 0
  const next = (names: readonly string[]) => {
    const fact: Record<string, FactValues[string]> = {}
    for (const name of names) {
      const value = values[at++] ?? null
      if (value !== null) fact[name] = value
    }
    return fact
  }
  const account = arr === null ? null : next(ACCOUNT)
  const paths: Path[] = []
  const opportunities: FactValues[] = []
  while (opportunities.length < count) {
    paths.push(parsePath(String(values[at++])))
    opportunities.push(next(OPPORTUNITY))
  }
  const leads: FactValues[] = []
  while (at < values.length) leads.push(next(LEAD))
  return {
    account,
    arr: arr === null ? null : parseArrPath(arr),
    opportunities,
    paths,
    leads,
    usageSum: { points, events, hasAccount: hasAccount === 1 },
    findings,
    asOf,
  }
}

import type { Day } from './day.ts'
import type { DossierFacts, FactValues, Finding } from './facts.ts'

/**
 * What is stored of a dossier's facts: its findings, and all that taking the dossier out of the totals needs
 * (`addContributions`). The rest is had again by deriving the same records with the same context on the same day.
 */
export interface KeptFacts {
  readonly opportunities: readonly FactValues[]
  readonly leads: readonly FactValues[]
  readonly findings: readonly Finding[]
  /** The day these facts hold for. */
  readonly asOf: Day
}

// Their order is that of the stored arrays: a new field goes to the end, and DERIVE_VERSION moves on.
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
const LEAD = [
  'id',
  'segment',
  'funnelStage',
  'isBot',
  'createdOn',
  'convertedOn',
  'opportunityId',
  '_since',
  '_until',
] as const

type Kept = readonly [asOf: Day, opportunities: Row[], leads: Row[], findings: readonly Finding[]]
type Row = (FactValues[string] | null)[]

/** Writes facts down as text: arrays in place of objects, a third of the bytes. */
export function writeKeptFacts({ opportunities, leads, findings, asOf }: DossierFacts): string {
  const kept: Kept = [
    asOf,
    opportunities.map((fact) => OPPORTUNITY.map((name) => fact[name] ?? null)),
    leads.map((fact) => LEAD.map((name) => fact[name] ?? null)),
    findings,
  ]
  return JSON.stringify(kept)
}

/** Reads what `writeKeptFacts` wrote: each fact with the fields that are kept, empty ones absent. */
export function readKeptFacts(text: string): KeptFacts {
  const [asOf, opportunities, leads, findings] = JSON.parse(text) as Kept
  return {
    opportunities: opportunities.map((row) => toFact(OPPORTUNITY, row)),
    leads: leads.map((row) => toFact(LEAD, row)),
    findings,
    asOf,
  }
}

function toFact(names: readonly string[], row: Row): FactValues {
  const fact: Record<string, FactValues[string]> = {}
  for (let i = 0; i < names.length; i += 1) {
    const value = row[i] ?? null
    if (value !== null) fact[names[i] as string] = value
  }
  return fact
}

import { bucketMovementFacts } from './buckets/bucket-movement-facts.ts'
import { type Company, NO_COMPANY } from './company.ts'
import type { DossierFacts, FactKind, FactValues, Scope, TotalsKind } from './facts.ts'
import { pipelineMovementFacts } from './pipeline/pipeline-movement-facts.ts'
import { arrMovementFacts } from './revenue/arr-movement-facts.ts'

/** What a board of `kind` makes items of, out of one dossier, by id. A board of totals has nothing to take from a dossier. */
export function scopesOf(kind: FactKind, facts: DossierFacts): Scope[] {
  switch (kind) {
    case 'account':
      return facts.account === null ? [] : [scopeOf(kind, facts.account, facts)]
    case 'opportunity':
      return facts.opportunities.map((fact) => scopeOf(kind, fact, facts))
    case 'lead':
      return facts.leads.map((fact) => scopeOf(kind, fact, facts))
    case 'contact':
      return facts.contacts.map((fact) => scopeOf(kind, fact, facts))
    case 'request':
      return facts.requests.map((fact) => scopeOf(kind, fact, facts))
    case 'ticket':
      return facts.tickets.map((fact) => scopeOf(kind, fact, facts))
    case 'usage_week':
      return facts.usage.map((fact) => scopeOf(kind, fact, facts))
    case 'arr_movement':
      return arrMovementFacts(facts).map((fact) => scopeOf(kind, fact, facts))
    case 'pipeline_movement':
      return pipelineMovementFacts(facts).map((fact) => scopeOf(kind, fact, facts))
    case 'bucket_movement':
      return bucketMovementFacts(facts).map((fact) => scopeOf(kind, fact, facts))
    case 'risk':
      return facts.risks.map((fact) => scopeOf(kind, fact, facts))
    case 'risk_signal':
      return facts.signals.map((fact) => scopeOf(kind, fact, facts))
    case 'implementation':
      return facts.implementations.map((fact) => scopeOf(kind, fact, facts))
    case 'implementation_signal':
      return facts.implementationSignals.map((fact) => scopeOf(kind, fact, facts))
    case 'feature_deal':
      return facts.featureDeals.map((fact) => scopeOf(kind, fact, facts))
    case 'funnel_stage':
    case 'arr_month':
    case 'arr_family':
    case 'wapp_month':
    case 'book':
    case 'lead_decile':
    case 'shared_cause':
    case 'seat_rung':
    case 'pipeline_month':
    case 'forecast':
    case 'forecast_calibration':
    case 'bucket_month':
    case 'attainment':
    case 'must_win':
    case 'support_period':
    case 'support_agent':
    case 'support_hour':
    case 'support_staffing':
    case 'risk_quarter':
    case 'renewal_month':
    case 'feature_voice':
    case 'partner':
    case 'feature':
    case 'theme':
    case 'priority':
      return []
  }
}

/** What a board of totals makes items of; of a fact about a person, with that person. */
export function totalsScopes(
  kind: TotalsKind,
  facts: readonly FactValues[],
  { user }: Pick<Company, 'user'> = NO_COMPANY,
): Scope[] {
  return facts.map((fact) => {
    const names: Record<string, FactValues> = { [kind]: fact }
    if (typeof fact.ownerId === 'string') names.owner = user(fact.ownerId)
    return { kind, id: String(fact.id), names }
  })
}

/** The record that a fact made from totals is about, whose names are to come into scope (`withNames`). */
export function behind({
  kind,
  names,
}: Scope): { readonly kind: 'opportunity' | 'account'; readonly id: string } | undefined {
  const of = kind === 'must_win' ? 'opportunity' : kind === 'arr_family' ? 'account' : undefined
  const id = of === undefined ? undefined : names[kind]?.[`${of}Id`]
  return of === undefined || typeof id !== 'string' ? undefined : { kind: of, id }
}

/** A scope with the names of another; its own count. */
export function withNames(scope: Scope, names: Scope['names'] | undefined): Scope {
  return names === undefined ? scope : { ...scope, names: { ...names, ...scope.names } }
}

function scopeOf(kind: FactKind, fact: FactValues, { account, users }: DossierFacts): Scope {
  const names: Record<string, FactValues> = { [kind]: fact }
  if (account !== null) names.account = account
  const { ownerId } = fact
  const owner = typeof ownerId === 'string' ? users.get(ownerId) : undefined
  if (owner !== undefined) names.owner = owner
  return { kind, id: String(fact.id), names }
}

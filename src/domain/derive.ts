import { accountFact, addDossier } from './account-fact.ts'
import { countedActive } from './activity/counted-active.ts'
import { type CountedBook, countedBooks } from './books/book.ts'
import { addBucket } from './buckets/account-bucket.ts'
import type { CountedBuckets } from './buckets/bucket-walk.ts'
import { careOf } from './care.ts'
import { type CountedLead, type CountedOpportunity, lastExpansion, NO_INFLUENCE } from './counted.ts'
import { addCustomer, customerFacts } from './customer-facts.ts'
import type { Day } from './day.ts'
import { type Context, Derivation, type Draft } from './derivation.ts'
import type { Dossier } from './dossier.ts'
import type { DossierFacts, FactValues } from './facts.ts'
import { influenceOf } from './influence/influence-of.ts'
import { joinRecords } from './joined-records.ts'
import { leadFact } from './lead-fact.ts'
import { addHandOver } from './leads/hand-over.ts'
import { type CountedProof, countedProof } from './leads/score-proof.ts'
import { opportunityFact } from './opportunity-fact.ts'
import type { Lead, StageChange } from './records.ts'
import { familiesOf } from './revenue/arr-families.ts'
import { paidPath, readArrHistory } from './revenue/arr-history.ts'
import type { ArrPath } from './revenue/arr-path.ts'
import { type ArrSnapshot, arrLastSeen, isEmptied, seeArr } from './revenue/arr-snapshots.ts'
import { ALL_PARTS, type TotalsParts } from './totals-parts.ts'

export type { Context }

export interface Derived {
  readonly facts: DossierFacts
  /**
   * The next day on which some fact may change though nothing happens; `null` when none ever will. On every day before
   * it the same dossier gives the same facts, `asOf` apart.
   */
  readonly changesOn: Day | null
  /** Context entries the facts were made from, known or not: `user:005…`. */
  readonly uses: readonly string[]
  /** What was seen of the account's ARR that is to be kept: it is told by no record once it is no longer so. */
  readonly snapshots: readonly ArrSnapshot[]
}

const NO_SNAPSHOTS: readonly ArrSnapshot[] = []

/**
 * The facts of one dossier as of a day.
 *
 * A pure function: the same records, context and day give the same facts to the byte, in whatever order the records
 * arrived. Nothing is dropped: what cannot be placed (no account, unknown stage, missing rate, unknown owner) is kept,
 * counted where it can be, and listed as a finding. Of `parts` of the totals that are not asked for nothing is counted; facts and
 * findings are the same. `kept`: the snapshots of the ARR of its accounts and of those merged into them, by account and day; with
 * what they say of today they are part of what the facts are made of.
 */
export function deriveDossier(
  delivered: Dossier,
  context: Context,
  day: Day,
  parts: TotalsParts = ALL_PARTS,
  kept: readonly ArrSnapshot[] = NO_SNAPSHOTS,
): Derived {
  const derivation = new Derivation(context, day, parts)
  const { dossier, aside } = joinRecords(delivered, context.model)
  for (const { opportunity, leading } of aside) {
    const detail = `is in ${opportunity.source} alone, and ${leading} leads in its account`
    derivation.find('unmatched-opportunity', 'opportunity', opportunity.id, detail)
  }
  const account = dossier.account === null ? null : arrLastSeen(dossier.account, kept, day)
  const fact = account === null ? null : accountFact(account, derivation)
  const changes = dossier.changes.length === 0 ? undefined : Map.groupBy(dossier.changes, byOpportunity)
  const converted = dossier.leads.length === 0 ? undefined : firstLeads(dossier.leads)

  const opportunities: Draft[] = []
  const countedOpportunities: Writable<CountedOpportunity>[] = []
  for (const opportunity of dossier.opportunities) {
    const { id } = opportunity
    const one = opportunityFact(opportunity, changes?.get(id), fact, converted?.get(id), derivation)
    opportunities.push(one.fact)
    countedOpportunities.push(one.counted)
  }
  markExpanded(countedOpportunities, opportunities)
  const places = converted === undefined ? undefined : new Map(opportunities.map(({ id }, place) => [id, place]))
  const leads: FactValues[] = []
  const countedLeads: CountedLead[] = []
  for (const lead of dossier.leads) {
    const became = places?.get(lead.opportunityId ?? '') ?? -1
    const one = leadFact(lead, fact, opportunities[became], became, dossier, derivation)
    leads.push(one.fact)
    if (one.counted !== null) countedLeads.push(one.counted)
  }
  const customer = customerFacts(dossier, fact, derivation)
  let arr: ArrPath | null = null
  let buckets: CountedBuckets | null = null
  let snapshots = NO_SNAPSHOTS
  if (account !== null && fact !== null) {
    const paid = paidPath(dossier.periods, derivation)
    const seen = seeArr(account, kept, paid !== null, derivation)
    snapshots = seen.fresh
    if (isEmptied(seen)) fact.arrByField = 0
    arr = readArrHistory({ account, fact, paid, seen, opportunities }, derivation)
    addDossier(fact, opportunities, leads, paid, derivation)
    addCustomer(fact, customer)
    buckets = addBucket(fact, account.motionSince, opportunities, arr, derivation)
    addHandOver(fact, opportunities, derivation)
  }
  const care = careOf(dossier, fact, arr, opportunities, customer, derivation)

  const influence = influenceOf(
    {
      dossier,
      account: fact,
      opportunities,
      counted: countedOpportunities,
      requests: customer.requests,
      usage: customer.usage,
      risks: care.risks,
    },
    derivation,
  )

  const { users, findings, changesOn, uses } = derivation
  const { contacts, requests, tickets, usage, usageSum } = customer
  const counted = {
    arr:
      fact === null || arr === null
        ? null
        : {
            ...{ segment: text(fact.segment), motion: text(fact.motion), path: arr, buckets },
            parentId: text(fact.parentId),
            families: familiesOf(fact.id, text(fact.parentId), context.parents),
          },
    opportunities: countedOpportunities,
    leads: countedLeads,
    usage: usageSum,
    active: parts.has('active') ? countedActive(dossier.usage, fact, arr, context.model.buckets.unknownMotion) : null,
    books: parts.has('books') ? countedBooks(fact, opportunities, countedOpportunities, leads) : NO_BOOKS,
    proofs: parts.has('lead_scores') ? proofsOf(leads, fact, arr, context) : NO_PROOFS,
    care: care.counted,
    influence:
      influence.counted.length === 0 ? NO_INFLUENCE : { segment: text(fact?.segment), subjects: influence.counted },
    priority: influence.priority,
  }
  return {
    facts: {
      account: fact,
      opportunities,
      leads,
      contacts,
      requests,
      tickets,
      usage,
      risks: care.risks,
      signals: care.signals,
      implementations: care.implementations,
      implementationSignals: care.implementationSignals,
      featureDeals: influence.featureDeals,
      counted,
      users,
      findings,
      asOf: day,
      model: context.model,
    },
    changesOn,
    uses,
    snapshots,
  }
}

type Writable<T> = { -readonly [K in keyof T]: T[K] }

const NO_BOOKS: readonly CountedBook[] = []
const NO_PROOFS: readonly CountedProof[] = []

function proofsOf(
  leads: readonly FactValues[],
  account: FactValues | null,
  arr: ArrPath | null,
  { model }: Context,
): readonly CountedProof[] {
  if (leads.length === 0) return NO_PROOFS
  return leads.map((lead) => countedProof(lead, account, arr, model.leads)).filter((proof) => proof !== null)
}

/** A win counts as expanded when the account grew after it. */
function markExpanded(counted: readonly Writable<CountedOpportunity>[], facts: readonly FactValues[]): void {
  const expandedAt = lastExpansion(facts)
  if (expandedAt === Number.NEGATIVE_INFINITY) return
  for (let i = 0; i < facts.length; i += 1) {
    const { isWon, closedAt } = facts[i] as FactValues
    const one = counted[i]
    if (one !== undefined) one.expanded = isWon === true && typeof closedAt === 'number' && expandedAt > closedAt
  }
}

function text(value: FactValues[string] | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined
}

function byOpportunity({ opportunityId = '' }: StageChange): string {
  return opportunityId
}

function firstLeads(leads: readonly Lead[]): Map<string, string> {
  const first = new Map<string, string>()
  for (const { id, opportunityId } of leads) {
    if (opportunityId !== undefined && !first.has(opportunityId)) first.set(opportunityId, id)
  }
  return first
}

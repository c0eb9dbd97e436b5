import { type Derivation, type Draft, segmentByEmployees, TODAY } from './derivation.ts'
import type { FactValues } from './facts.ts'
import type { ArrSource, FunnelStage } from './model.ts'
import type { Account } from './records.ts'
import type { ArrPath } from './revenue/arr-path.ts'

/** The fact of an account as far as it can be told from its own record; `addDossier` tells the rest. */
export function accountFact(account: Account, derivation: Derivation): Draft {
  const { zone, model } = derivation.context
  const { id } = account
  const byEmployees = account.segment === undefined ? segmentByEmployees(model, account.employees) : undefined

  const toCompany = () => derivation.converter(account.currency ?? model.currency, TODAY, 'account', account)
  // In one piece, with what nearly every account is told later: an object that grows field by field takes several times the memory.
  const fact: Draft = {
    id,
    source: account.source,
    name: account.name,
    domain: account.domain,
    country: account.country,
    industry: account.industry,
    employees: account.employees,
    segment: account.segment ?? byEmployees,
    segmentFrom: account.segment !== undefined ? 'account_field' : byEmployees === undefined ? undefined : 'employees',
    seatsPaid: account.seatsPaid,
    plan: account.plan,
    arrByField: account.arr === undefined ? undefined : toCompany()(account.arr),
    renewalOn: account.renewalOn,
    motion: account.motion,
    parentId: account.parentId === undefined ? undefined : derivation.survivor('account', account.parentId),
    ownerId: account.ownerId,
    accountManagerId: account.accountManagerId,
    csmId: account.csmId,
    businessGoal: account.businessGoal,
    createdOn: account.createdAt === undefined ? undefined : zone.dayOf(account.createdAt),
    url: account.url,
    extra: account.extra,
    arrByOpportunities: undefined,
    arr: undefined,
    arrFrom: undefined,
    isCustomer: undefined,
    funnelStage: undefined,
    openOpportunities: 0,
    openPipeline: 0,
    wonOpportunities: 0,
    wonArr: 0,
    lostOpportunities: 0,
    winRateByCount: undefined,
    winRateByAmount: undefined,
    firstWonOn: undefined,
    lastWonOn: undefined,
    leads: 0,
    contacts: 0,
    requests: 0,
    tickets: 0,
    openTickets: 0,
    bucket: undefined,
    seatsToGreen: undefined,
    arrToGreen: undefined,
    isNearGreen: undefined,
    openRisks: 0,
    hasOpenRisk: false,
    signals: 0,
  }
  derivation.nameOwner(account.ownerId, 'account', id)
  return fact
}

/** Adds what an account's opportunities and leads add up to. `paid` is what it paid for by its subscription periods. */
export function addDossier(
  fact: Draft,
  opportunities: readonly FactValues[],
  leads: readonly FactValues[],
  paid: ArrPath | null,
  derivation: Derivation,
): void {
  let open = 0
  let pipeline = 0
  let won = 0
  let wonArr = 0
  let lost = 0
  let lostArr = 0
  let soldArr: number | undefined
  let firstWonOn = Number.POSITIVE_INFINITY
  let lastWonOn = Number.NEGATIVE_INFINITY
  let reached: FunnelStage | undefined
  for (const opportunity of opportunities) {
    const worth = numberOf(opportunity.arr) ?? 0
    if (opportunity.isOpen === true) {
      open += 1
      pipeline += worth
    } else if (opportunity.isWon === true) {
      won += 1
      wonArr += worth
      if (opportunity.kind !== 'renewal' && opportunity.arr !== undefined) soldArr = (soldArr ?? 0) + worth
      const closedOn = numberOf(opportunity.closedOn)
      if (closedOn !== undefined) {
        firstWonOn = Math.min(firstWonOn, closedOn)
        lastWonOn = Math.max(lastWonOn, closedOn)
      }
    } else {
      lost += 1
      lostArr += worth
    }
    reached = furthest(reached, opportunity.funnelStage as FunnelStage)
  }
  for (const lead of leads) if (lead.isOpen === true) reached = furthest(reached, 'lead')

  if (paid !== null) {
    const now = paid.points.at(-1)
    fact.arrBySubscription = now?.arr ?? 0
    if (fact.seatsPaid === undefined && now !== undefined && now.seats > 0) fact.seatsPaid = now.seats
  }
  fact.arrByOpportunities = soldArr
  chooseArr(fact, derivation.context.model.arrFrom)
  fact.isCustomer =
    fact.arr !== undefined && fact.arrFrom !== 'won_opportunities'
      ? (numberOf(fact.arr) ?? 0) > 0
      : won > 0 || (numberOf(fact.seatsPaid) ?? 0) > 0
  fact.funnelStage = reached
  fact.openOpportunities = open
  fact.openPipeline = pipeline
  fact.wonOpportunities = won
  fact.wonArr = wonArr
  fact.lostOpportunities = lost
  const isOfAll = derivation.context.model.winRateOf === 'all'
  const [of, ofArr] = [won + lost + (isOfAll ? open : 0), wonArr + lostArr + (isOfAll ? pipeline : 0)]
  if (of > 0) fact.winRateByCount = won / of
  if (ofArr > 0) fact.winRateByAmount = wonArr / ofArr
  if (lastWonOn >= firstWonOn) {
    fact.firstWonOn = firstWonOn
    fact.lastWonOn = lastWonOn
  }
  fact.leads = leads.length
}

const ARR_FIELDS: Readonly<Record<ArrSource, string>> = {
  subscription_periods: 'arrBySubscription',
  account_field: 'arrByField',
  won_opportunities: 'arrByOpportunities',
}

function chooseArr(fact: Draft, sources: readonly ArrSource[]): void {
  for (const source of sources) {
    const arr = numberOf(fact[ARR_FIELDS[source]])
    if (arr === undefined) continue
    if (fact.arrFrom === undefined) {
      fact.arr = arr
      fact.arrFrom = source
    } else {
      fact.arrDifference = (numberOf(fact.arr) ?? 0) - arr
      return
    }
  }
}

const FURTHER: readonly FunnelStage[] = ['lost', 'lead', 'opportunity', 'won', 'expansion']

function furthest(a: FunnelStage | undefined, b: FunnelStage): FunnelStage {
  return a === undefined || FURTHER.indexOf(b) > FURTHER.indexOf(a) ? b : a
}

function numberOf(value: FactValues[string] | undefined): number | undefined {
  return typeof value === 'number' ? value : undefined
}

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

  const fact: Draft = { id, source: account.source }
  if (account.name !== undefined) fact.name = account.name
  if (account.domain !== undefined) fact.domain = account.domain
  if (account.country !== undefined) fact.country = account.country
  if (account.industry !== undefined) fact.industry = account.industry
  if (account.employees !== undefined) fact.employees = account.employees
  if (account.segment !== undefined) {
    fact.segment = account.segment
    fact.segmentFrom = 'account_field'
  } else if (byEmployees !== undefined) {
    fact.segment = byEmployees
    fact.segmentFrom = 'employees'
  }
  if (account.seatsPaid !== undefined) fact.seatsPaid = account.seatsPaid
  if (account.plan !== undefined) fact.plan = account.plan
  if (account.arr !== undefined) {
    const arr = derivation.converter(account.currency ?? model.currency, TODAY, 'account', account)(account.arr)
    if (arr !== undefined) fact.arrByField = arr
  }
  if (account.renewalOn !== undefined) fact.renewalOn = account.renewalOn
  if (account.motion !== undefined) fact.motion = account.motion
  if (account.parentId !== undefined) fact.parentId = derivation.survivor('account', account.parentId)
  if (account.ownerId !== undefined) fact.ownerId = account.ownerId
  if (account.accountManagerId !== undefined) fact.accountManagerId = account.accountManagerId
  if (account.csmId !== undefined) fact.csmId = account.csmId
  if (account.businessGoal !== undefined) fact.businessGoal = account.businessGoal
  if (account.createdAt !== undefined) fact.createdOn = zone.dayOf(account.createdAt)
  if (account.url !== undefined) fact.url = account.url
  if (account.extra !== undefined) fact.extra = account.extra

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
  if (soldArr !== undefined) fact.arrByOpportunities = soldArr
  chooseArr(fact, derivation.context.model.arrFrom)
  fact.isCustomer =
    fact.arr !== undefined && fact.arrFrom !== 'won_opportunities'
      ? (numberOf(fact.arr) ?? 0) > 0
      : won > 0 || (numberOf(fact.seatsPaid) ?? 0) > 0
  if (reached !== undefined) fact.funnelStage = reached
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

import { IMPLEMENTATION_STAGES, type Implementation, type ImplementationStage } from '../customer-records.ts'
import type { Day } from '../day.ts'
import { type Derivation, type Draft, TODAY } from '../derivation.ts'
import type { FactValues } from '../facts.ts'
import { matchPartners } from './partner-match.ts'

/** The context entry of which partners there are: whoever looked for one is derived again when that changes. */
export const PARTNER_LIST = 'partner-list:all'
/** How many partners are suggested. */
const SUGGESTED = 3
const OVER: readonly ImplementationStage[] = ['live', 'ongoing', 'declined']
const DAY_OF = {
  qualified: 'qualifiedOn',
  scoped: 'scopedOn',
  sow: 'sowOn',
  signed: 'signedOn',
  delivering: 'deliveringOn',
  live: 'liveOn',
  ongoing: 'ongoingOn',
  declined: 'declinedOn',
} as const

/** The fact of an implementation: how far it is and since when, who may do it, what hangs on it. */
export function implementationFact(
  project: Implementation,
  account: FactValues | null,
  opportunities: readonly FactValues[],
  derivation: Derivation,
): FactValues {
  const { context } = derivation
  const { zone } = context
  const fact: Draft = { id: project.id, source: project.source, hasAccount: account !== null }
  const accountId = project.accountId ?? account?.id
  if (accountId !== undefined) fact.accountId = context.survivor('account', String(accountId))
  const requestedOn = project.requestedAt === undefined ? undefined : zone.dayOf(project.requestedAt)
  if (requestedOn !== undefined) fact.requestedOn = requestedOn
  const stage = project.stage ?? furthest(project, derivation)
  fact.stage = stage
  const since = sinceOf(project, stage, requestedOn)
  if (since !== undefined) fact.stageSinceOn = since
  for (const name of Object.values(DAY_OF)) if (project[name] !== undefined) fact[name] = project[name]
  const isLive = hasCome(project.liveOn, derivation)
  if (requestedOn !== undefined && project.liveOn !== undefined && isLive)
    fact.daysToLive = project.liveOn - requestedOn
  fact.isOpen = !OVER.includes(stage)
  fact.isBlocker = project.isBlocker ?? false
  for (const name of ['industry', 'region', 'language', 'product', 'requiredCertification', 'hours', 'csat'] as const)
    if (project[name] !== undefined) fact[name] = project[name]
  if (project.servicesAmount !== undefined) {
    const currency = project.currency ?? context.model.currency
    const amount = derivation.converter(currency, TODAY, 'implementation', project)(project.servicesAmount)
    if (amount !== undefined) fact.servicesAmount = amount
  }
  checkCsat(project, derivation)
  addPartner(fact, project, derivation)
  const opportunity = opportunities.find(({ id }) => id === project.opportunityId)
  if (project.opportunityId !== undefined) fact.opportunityId = project.opportunityId
  if (opportunity?.isOpen === true && typeof opportunity.arr === 'number') fact.openArr = opportunity.arr
  if (project.requestedBy !== undefined) {
    fact.ownerId = project.requestedBy
    derivation.nameOwner(project.requestedBy, 'implementation', project.id)
  }
  if (project.url !== undefined) fact.url = project.url
  if (project.extra !== undefined) fact.extra = project.extra
  return fact
}

function checkCsat({ id, csat }: Implementation, derivation: Derivation): void {
  const { from, to } = derivation.context.model.support.satisfaction
  if (csat === undefined || (csat >= from && csat <= to)) return
  derivation.find(
    'off-scale',
    'implementation',
    id,
    `has csat ${csat}, which is not on the scale from ${from} to ${to}`,
  )
}

function addPartner(fact: Draft, project: Implementation, { context, uses }: Derivation): void {
  const { partnerId } = project
  if (partnerId !== undefined) {
    uses.push(`partner:${partnerId}`)
    fact.partnerId = partnerId
    fact.partner = context.partners.get(partnerId)?.name ?? partnerId
    return
  }
  if (fact.isOpen !== true) return
  uses.push(PARTNER_LIST)
  const matches = matchPartners(project, context.partners.values())
  fact.isInHouse = matches.length === 0
  const names = matches.slice(0, SUGGESTED).map(({ partner, fits }) => `${partner.name ?? partner.id} (${fits})`)
  if (names.length > 0) fact.partnerMatches = names.join(', ')
}

/** The furthest stage whose day has come; declined wins. */
function furthest(project: Implementation, derivation: Derivation): ImplementationStage {
  const reached = IMPLEMENTATION_STAGES.filter(
    (stage) => stage === 'requested' || hasCome(project[DAY_OF[stage]], derivation),
  )
  return reached.at(-1) ?? 'requested'
}

/** Days ahead are plans; each is a day on which facts change. */
function hasCome(on: Day | undefined, derivation: Derivation): boolean {
  if (on !== undefined) derivation.wakeOn(on)
  return on !== undefined && on <= derivation.day
}

function sinceOf(project: Implementation, stage: ImplementationStage, requestedOn: Day | undefined): Day | undefined {
  return stage === 'requested' ? requestedOn : project[DAY_OF[stage]]
}

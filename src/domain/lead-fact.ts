import type { CountedLead } from './counted.ts'
import { type Derivation, type Draft, segmentByEmployees } from './derivation.ts'
import type { FactValues } from './facts.ts'
import { addLeadScore, type LeadSurroundings } from './leads/lead-score.ts'
import type { Lead } from './records.ts'

/**
 * The fact of one lead, and what totals count of it: nothing of a bot. `opportunity` is the fact of the opportunity it became,
 * where that is in the same dossier, `became` its place there.
 */
export function leadFact(
  lead: Lead,
  account: FactValues | null,
  opportunity: FactValues | undefined,
  became: number,
  surroundings: LeadSurroundings,
  derivation: Derivation,
): { readonly fact: FactValues; readonly counted: CountedLead | null } {
  const { zone, model } = derivation.context
  const { id, createdAt } = lead
  const isBot = lead.isBot ?? false
  const isConverted =
    lead.isConverted ??
    (lead.convertedAt !== undefined || lead.convertedOn !== undefined || lead.opportunityId !== undefined)
  const convertedAt = isConverted ? conversionOf(lead, opportunity, (day) => zone.startOf(day)) : undefined
  const createdOn = createdAt === undefined ? undefined : zone.dayOf(createdAt)
  const convertedOn = convertedAt === undefined ? undefined : zone.dayOf(convertedAt)

  const fact: Draft = { id, source: lead.source }
  if (lead.name !== undefined) fact.name = lead.name
  if (lead.email !== undefined) fact.email = lead.email
  if (lead.company !== undefined) fact.company = lead.company
  if (lead.origin !== undefined) fact.origin = lead.origin
  if (lead.leadSource !== undefined) fact.leadSource = lead.leadSource
  if (lead.campaign !== undefined) fact.campaign = lead.campaign
  if (lead.country !== undefined) fact.country = lead.country
  if (lead.employees !== undefined) fact.employees = lead.employees
  const segment = account?.segment ?? segmentByEmployees(model, lead.employees)
  if (segment !== undefined) fact.segment = segment
  if (lead.title !== undefined) fact.title = lead.title
  if (lead.status !== undefined) fact.status = lead.status
  if (createdAt !== undefined) fact.createdAt = createdAt
  if (createdOn !== undefined) fact.createdOn = createdOn
  if (lead.qualifiedAt !== undefined) fact.qualifiedOn = zone.dayOf(lead.qualifiedAt)
  if (convertedAt !== undefined) fact.convertedAt = convertedAt
  if (convertedOn !== undefined) fact.convertedOn = convertedOn
  fact.isConverted = isConverted
  fact.isOpen = !isConverted && !isBot
  if (lead.routedTo !== undefined) fact.routedTo = lead.routedTo
  if (lead.opportunityId !== undefined) fact.opportunityId = lead.opportunityId
  if (lead.accountId !== undefined) fact.accountId = derivation.context.survivor('account', lead.accountId)
  if (lead.ownerId !== undefined) fact.ownerId = lead.ownerId
  fact.isBot = isBot
  if (createdOn !== undefined && convertedOn !== undefined) fact.daysToConvert = Math.max(0, convertedOn - createdOn)
  if (!isBot) {
    fact.funnelStage =
      isConverted && lead.opportunityId !== undefined ? (opportunity?.funnelStage ?? 'opportunity') : 'lead'
  }
  addLeadScore(fact, lead, account, surroundings, derivation)
  if (lead.url !== undefined) fact.url = lead.url
  if (lead.extra !== undefined) fact.extra = lead.extra

  derivation.nameOwner(lead.ownerId, 'lead', id)
  if (isBot) return { fact, counted: null }
  const counted = {
    segment: typeof segment === 'string' ? segment : undefined,
    since: createdOn ?? convertedOn ?? zone.dayOf(lead.changedAt),
    until: isConverted ? (convertedOn ?? zone.dayOf(lead.changedAt)) : undefined,
    isDated: createdOn !== undefined,
    isConversionDated: convertedOn !== undefined,
    became: lead.opportunityId === undefined ? undefined : became,
  }
  return { fact, counted }
}

/** An opportunity that was there before the lead cannot date its conversion: the lead was added to it later. */
function conversionOf(
  lead: Lead,
  opportunity: FactValues | undefined,
  startOf: (day: number) => number,
): number | undefined {
  if (lead.convertedAt !== undefined) return lead.convertedAt
  const created = opportunity?.createdAt
  if (typeof created === 'number' && created >= (lead.createdAt ?? created)) return created
  return lead.convertedOn === undefined ? undefined : startOf(lead.convertedOn)
}

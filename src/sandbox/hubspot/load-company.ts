import type { Company, CompanyAccount, CompanyDeal, CompanyLead } from '../company/company.ts'
import type { DealStep } from '../company/walk-deal.ts'
import { createRandom, type Random } from '../engine/random.ts'
import { makeId } from '../salesforce/ids.ts'
import type { Portal, Properties } from './portal.ts'
import { type PipelineDef, property } from './standard.ts'

/**
 * The company's one sales pipeline. Ids say nothing: two that a new account has for won and lost are used for something
 * else here, as people do.
 */
const SALES: PipelineDef = {
  id: 'default',
  label: 'Sales Pipeline',
  stages: [
    stage('appointmentscheduled', 'Prospecting', '0.1'),
    stage('qualifiedtobuy', 'Qualification', '0.1'),
    stage('1043511', 'Needs Analysis', '0.2'),
    stage('1043512', 'Value Proposition', '0.5'),
    stage('closedwon', 'Proposal/Price Quote', '0.75'),
    stage('closedlost', 'Negotiation/Review', '0.9'),
    stage('98117211', 'Closed Won', '1.0', true),
    stage('98117212', 'Closed Lost', '0.0', true),
  ],
}

function stage(id: string, label: string, probability: string, isClosed = false) {
  return { id, label, metadata: { isClosed: String(isClosed), probability } }
}

const STAGE_IDS = new Map(SALES.stages.map(({ id, label }) => [label, id]))
const DEAL_TYPES = { new_business: 'newbusiness', expansion: 'existingbusiness', renewal: 'renewal' } as const
const FIRST_OWNER = 71_000_000
/** An owner that no list holds. */
const UNKNOWN_OWNER = '79999999'
const LEAD_STATUS: Readonly<Record<string, string>> = {
  'Open - Not Contacted': 'NEW',
  'Working - Contacted': 'IN_PROGRESS',
  'Closed - Not Converted': 'UNQUALIFIED',
  'Closed - Converted': 'OPEN_DEAL',
}
const SUBJECTS = [
  'Cannot sign in',
  'Export is empty',
  'Invoice question',
  'Need SSO',
  'Board loads slowly',
  'API limits',
]
const DAY_MS = 86_400_000

/**
 * Puts the example company into an account as its HubSpot would know it, beside the Salesforce org of the same company: ids
 * of Salesforce stand in nine of ten companies, contacts and deals (in all that hang on no company), names differ a little
 * here and there, some deals have a second company that is not the primary one, and people who left are archived owners.
 */
export function loadCompany(portal: Portal, company: Company, seed: number): void {
  portal.setPipelines('deals', [SALES])
  portal.addProperties('companies', [
    ...['number seats', 'number arr', 'plan', 'enumeration segment', 'enumeration customer_tier'].map((p) =>
      property(p),
    ),
    ...['date renewal_date', 'salesforceaccountid'].map((p) => property(p)),
  ])
  portal.addProperties(
    'contacts',
    ['lead_source', 'salesforcecontactid', 'salesforceleadid'].map((p) => property(p)),
  )
  portal.addProperties(
    'deals',
    ['number seats', 'competitor', 'lead_source', 'salesforceopportunityid'].map((p) => property(p)),
  )
  portal.setOwners(
    company.users.map((user, place) => ({
      id: ownerId(place),
      email: user.email,
      firstName: user.firstName,
      lastName: user.lastName,
      userId: 5_000_000 + place,
      teams: [user.team],
      createdAt: portal.engine.clock.now() - 1_200 * DAY_MS,
      archived: !user.isActive,
    })),
  )
  const ids = salesforceIds()
  let before: number | null = null
  let index = 0
  for (const account of company.accounts()) {
    before = addAccount(portal, account, { ids, index, before, random: createRandom(`${seed}/hubspot/${index}`) })
    index += 1
  }
}

/** Ids in the order in which the Salesforce org of the company gives them. */
function salesforceIds() {
  const last = { account: 0, contact: 0, opportunity: 0, lead: 0 }
  const prefixes = { account: '001', contact: '003', opportunity: '006', lead: '00Q' }
  return (kind: keyof typeof last): string => {
    last[kind] += 1
    return makeId(prefixes[kind], last[kind])
  }
}

interface Placed {
  readonly ids: ReturnType<typeof salesforceIds>
  readonly index: number
  /** The company before this one. */
  readonly before: number | null
  readonly random: Random
}

function ownerId(place: number): string {
  return String(FIRST_OWNER + place)
}

function addAccount(portal: Portal, account: CompanyAccount, { ids, index, before, random }: Placed): number {
  const salesforceId = ids('account')
  const owner = account.owner === null ? UNKNOWN_OWNER : ownerId(account.owner)
  const id = portal.create(
    'companies',
    {
      name: index % 12 === 5 ? account.name.toUpperCase() : account.name,
      domain: account.domain,
      website: account.domain,
      type: account.type.toUpperCase().replaceAll(' ', '_'),
      industry: account.industry,
      numberofemployees: String(account.employees),
      city: account.city,
      country: account.country,
      seats: String(account.seats),
      arr: decimal(account.arr),
      plan: account.plan,
      segment: account.segment,
      customer_tier: account.tier,
      renewal_date: account.renewalOn === null ? null : new Date(account.renewalOn).toISOString().slice(0, 10),
      hubspot_owner_id: owner,
      lifecyclestage: account.type === 'Customer' ? 'customer' : 'opportunity',
      salesforceaccountid: index % 10 === 3 ? null : salesforceId,
    },
    { createdAt: account.createdAt, updatedAt: account.changedAt },
  )
  const contacts: number[] = []
  for (const contact of account.contacts) {
    const salesforceContactId = ids('contact')
    const made = portal.create(
      'contacts',
      {
        firstname: contact.firstName,
        lastname: contact.lastName,
        email: contact.email,
        jobtitle: contact.title,
        company: account.name,
        hubspot_owner_id: owner,
        lifecyclestage: account.type === 'Customer' ? 'customer' : 'opportunity',
        salesforcecontactid: (index + contacts.length) % 10 === 7 ? null : salesforceContactId,
      },
      { createdAt: contact.createdAt, updatedAt: contact.createdAt },
    )
    portal.associate('contacts', made, 'companies', id, true)
    contacts.push(made)
  }
  for (const [place, deal] of account.deals.entries()) {
    const isLinked = deal.isOrphan || (index + place) % 10 !== 1
    const dealId = addDeal(portal, deal, isLinked ? ids('opportunity') : (ids('opportunity'), null))
    if (!deal.isOrphan) {
      // The primary one comes second.
      if (before !== null && (index + place) % 40 === 2) portal.associate('deals', dealId, 'companies', before)
      portal.associate('deals', dealId, 'companies', id, true)
    }
    if (contacts[0] !== undefined) portal.associate('deals', dealId, 'contacts', contacts[0])
    if (deal.lead !== null) {
      const leadId = addLead(portal, deal.lead, ids('lead'))
      portal.associate('contacts', leadId, 'companies', id, true)
      portal.associate('contacts', leadId, 'deals', dealId)
    }
  }
  for (const lead of account.leads) addLead(portal, lead, ids('lead'))
  addTickets(portal, account, id, contacts, random)
  return id
}

function addDeal(portal: Portal, deal: CompanyDeal, salesforceId: string | null): number {
  const first = deal.steps[0] as DealStep
  const last = deal.steps.at(-1) as DealStep
  const values = (step: DealStep): Properties => ({
    dealstage: STAGE_IDS.get(step.stage) ?? step.stage,
    pipeline: SALES.id,
    amount: step.amount === null ? null : decimal(step.amount),
    closedate: new Date(step.closeOn + DAY_MS / 2).toISOString(),
    hs_deal_stage_probability: String(step.probability / 100),
  })
  const id = portal.create(
    'deals',
    {
      ...values(last),
      dealname: deal.name,
      dealtype: DEAL_TYPES[deal.kind],
      deal_currency_code: 'USD',
      hs_arr: decimal(deal.arr),
      seats: String(deal.seats),
      hs_next_step: deal.nextStep,
      closed_lost_reason: deal.lossReason,
      competitor: deal.competitor,
      lead_source: deal.leadSource,
      hubspot_owner_id: ownerId(deal.owner),
      hs_is_closed_won: String(last.stage === 'Closed Won'),
      salesforceopportunityid: salesforceId,
    },
    { createdAt: first.at, updatedAt: last.at },
  )
  const before = new Map<string, string | null>()
  for (const step of deal.steps) {
    for (const [name, value] of Object.entries(values(step))) {
      if (before.get(name) === value || (value === null && !before.has(name))) continue
      portal.addHistory('deals', id, name, [{ value: value ?? '', at: step.at }])
      before.set(name, value)
    }
  }
  return id
}

/** Someone who may become a customer: a contact with a lead status. */
function addLead(portal: Portal, lead: CompanyLead, salesforceId: string): number {
  const isConverted = lead.status === 'Closed - Converted'
  return portal.create(
    'contacts',
    {
      firstname: lead.firstName,
      lastname: lead.lastName,
      email: lead.email,
      jobtitle: lead.title,
      company: lead.company,
      country: lead.country,
      industry: lead.industry,
      numemployees: String(lead.employees),
      lead_source: lead.source,
      hs_lead_status: LEAD_STATUS[lead.status] ?? 'NEW',
      lifecyclestage: isConverted ? 'opportunity' : 'lead',
      hs_v2_date_entered_opportunity: isConverted ? new Date(lead.changedAt).toISOString() : null,
      hubspot_owner_id: ownerId(lead.owner),
      salesforceleadid: salesforceId,
    },
    { createdAt: lead.createdAt, updatedAt: lead.changedAt },
  )
}

/** Customers write in; Salesforce knows nothing of it. */
function addTickets(
  portal: Portal,
  account: CompanyAccount,
  companyId: number,
  contacts: readonly number[],
  random: Random,
): void {
  if (account.type !== 'Customer') return
  const { asOf } = portal
  for (let left = random.int(0, 3); left > 0; left--) {
    const createdAt = account.createdAt + Math.floor(random.next() * (asOf - account.createdAt - 3_600_000))
    const answeredAt = createdAt + random.int(3, 900) * 60_000
    const closedAt = answeredAt + random.int(10, 6_000) * 60_000
    const isClosed = closedAt < asOf && random.chance(0.85)
    const isAnswered = answeredAt < asOf
    const id = portal.create(
      'tickets',
      {
        subject: random.pick(SUBJECTS),
        hs_pipeline: '0',
        hs_pipeline_stage: isClosed ? '4' : isAnswered ? '2' : '1',
        hs_ticket_priority: random.pick(['LOW', 'MEDIUM', 'HIGH']),
        source_type: random.pick(['EMAIL', 'CHAT', 'FORM']),
        first_agent_reply_date: isAnswered ? new Date(answeredAt).toISOString() : null,
        closed_date: isClosed ? new Date(closedAt).toISOString() : null,
        hubspot_owner_id: account.owner === null ? null : ownerId(account.owner),
      },
      { createdAt, updatedAt: isClosed ? closedAt : isAnswered ? answeredAt : createdAt },
    )
    portal.associate('tickets', id, 'companies', companyId, true)
    if (contacts[0] !== undefined) portal.associate('tickets', id, 'contacts', contacts[0])
  }
}

/** Cents as HubSpot writes amounts. */
function decimal(cents: number): string {
  return String(cents / 100)
}

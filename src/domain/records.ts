import { COMPANY_RECORDS } from './company-records.ts'
import { CUSTOMER_RECORDS } from './customer-records.ts'
import { DEMAND_RECORDS } from './demand-records.ts'
import type { Fields } from './fields.ts'
import { boolean, day, id, instant, integer, money, oneOf, ratio, text } from './record-field.ts'

/** Every kind of record this program knows, by the names of `domain.md`. */
export const RECORD_KINDS = [
  'account',
  'contact',
  'lead',
  'opportunity',
  'stage_change',
  'subscription_period',
  'usage_week',
  'feature',
  'request',
  'commitment',
  'ticket',
  'risk',
  'activity',
  'implementation',
  'partner',
  'target',
  'user',
  'user_period',
  'exchange_rate',
  'dated_exchange_rate',
] as const
export type RecordKind = (typeof RECORD_KINDS)[number]

/** What every record carries beside its own fields. */
export interface RecordBase {
  readonly id: string
  readonly source: string
  readonly sourceId: string
  /** Instant, ms. */
  readonly changedAt: number
  /** ISO 4217 code of the record's money; absent when the source names none (then the company's). */
  readonly currency?: string
  /** Where a person can open it in the source. */
  readonly url?: string
  /** The same thing in other sources, by ids that this record holds of them. */
  readonly sameAs?: readonly { readonly source: string; readonly id: string }[]
  /** Further fields by the admin's own names, typed in the source mapping. */
  readonly extra?: Readonly<Record<string, string | number | boolean>>
  /** Fields whose values are there and could not be read: absent here, and not empty at the source. */
  readonly unread?: readonly string[]
}

export interface Account extends RecordBase {
  readonly name?: string
  readonly domain?: string
  readonly country?: string
  readonly industry?: string
  readonly employees?: number
  readonly segment?: Segment
  readonly ownerId?: string
  readonly accountManagerId?: string
  readonly csmId?: string
  readonly seatsPaid?: number
  readonly plan?: string
  readonly arr?: number
  readonly renewalOn?: number
  readonly parentId?: string
  readonly motion?: Motion
  /** The first day of its present motion; before it was the other one. */
  readonly motionSince?: number
  readonly businessGoal?: string
  readonly successPlanOn?: number
  readonly lastBusinessReviewOn?: number
  readonly createdAt?: number
  /** The same company in other sources, whose values fill the gaps; absent where it is in one only. */
  readonly joined?: readonly { readonly source: string; readonly id: string }[]
}

export interface Lead extends RecordBase {
  readonly accountId?: string
  readonly name?: string
  readonly email?: string
  readonly company?: string
  readonly origin?: LeadOrigin
  readonly leadSource?: string
  readonly campaign?: string
  readonly country?: string
  readonly employees?: number
  readonly title?: string
  readonly status?: string
  readonly createdAt?: number
  readonly qualifiedAt?: number
  readonly routedTo?: LeadRoute
  readonly isConverted?: boolean
  /** The day of conversion where the source knows no instant (Salesforce). */
  readonly convertedOn?: number
  readonly convertedAt?: number
  readonly opportunityId?: string
  readonly ownerId?: string
  readonly isBot?: boolean
}

export interface Opportunity extends RecordBase {
  readonly accountId?: string
  readonly name?: string
  readonly kind?: OpportunityKind
  /** The CRM's own stage. */
  readonly stage?: string
  readonly pipeline?: string
  readonly amount?: number
  readonly arr?: number
  readonly seats?: number
  readonly probability?: number
  readonly forecastCategory?: string
  readonly createdAt?: number
  readonly closeOn?: number
  readonly state?: OpportunityState
  readonly lossReason?: string
  readonly competitor?: string
  readonly nextStep?: string
  readonly ownerId?: string
  readonly leadId?: string
  readonly motion?: Motion
}

/** What an opportunity was from `at` on: the then-current values, one per change. */
export interface StageChange extends RecordBase {
  readonly opportunityId?: string
  readonly at?: number
  readonly stage?: string
  readonly amount?: number
  readonly closeOn?: number
  readonly probability?: number
  readonly forecastCategory?: string
}

/** What a currency is worth: `perCorporate` of it for one unit of the source's corporate currency, or a `rate`. */
export interface ExchangeRate extends RecordBase {
  /** The currency it is about. */
  readonly currency?: string
  /** The first day it holds; absent: on every day for which no dated rate holds. */
  readonly from?: number
  readonly perCorporate?: number
  /** Units of company currency for one unit of it. */
  readonly rate?: number
}

export const SEGMENTS = ['smb', 'mid_market', 'enterprise'] as const
export type Segment = (typeof SEGMENTS)[number]
export const MOTIONS = ['sales_assisted', 'self_serve'] as const
export type Motion = (typeof MOTIONS)[number]
export const LEAD_ORIGINS = ['signup', 'contact_form', 'outbound', 'partner', 'event'] as const
export type LeadOrigin = (typeof LEAD_ORIGINS)[number]
export const LEAD_ROUTES = ['sdr', 'ae', 'partner', 'self_serve'] as const
export type LeadRoute = (typeof LEAD_ROUTES)[number]
export const OPPORTUNITY_KINDS = ['new_business', 'expansion', 'renewal'] as const
export type OpportunityKind = (typeof OPPORTUNITY_KINDS)[number]
export const OPPORTUNITY_STATES = ['open', 'won', 'lost'] as const
export type OpportunityState = (typeof OPPORTUNITY_STATES)[number]

/** The field by which a record shares the dossier of another; `undefined`: it heads its own, or is in none. */
export function parentField(
  { place }: Pick<RecordSchema, 'place'>,
  record: Readonly<Record<string, unknown>>,
): string | undefined {
  if (place.as !== 'child') return undefined
  if (place.or === undefined || record[place.by] !== undefined) return place.by
  return place.or.find((name) => record[name] !== undefined) ?? place.by
}

/** How a kind of record is laid out and where it belongs. */
export interface RecordSchema {
  readonly fields: Fields
  /**
   * Where records of this kind live: `root` heads a dossier, `context` belongs to none; a child names the reference
   * field whose record's dossier it shares, else the first of the fields `or` that is not empty, and heads its own when
   * all of them are. Context records with one value of a field `by` make up one context entry, `<entry>:<value>`; others
   * are each one of their own.
   */
  readonly place:
    | { readonly as: 'root' }
    | { readonly as: 'context'; readonly entry?: string; readonly by?: string }
    | { readonly as: 'child'; readonly by: string; readonly or?: readonly string[] }
  /** The instant or day field that orders records of this kind within a dossier. */
  readonly orderedBy: string
  /** One sentence: what a record of this kind is. */
  readonly meaning: string
}

const rateFields = (from: string): Fields => ({
  currency: text('The currency it is about, ISO 4217.', 'EUR'),
  from: day(from),
  perCorporate: {
    type: 'number',
    positive: true,
    meaning: 'Units of it for one unit of the source’s corporate currency, as Salesforce keeps rates.',
    example: '0.92',
  },
  rate: {
    type: 'number',
    positive: true,
    meaning: 'Units of company currency for one unit of it, in place of perCorporate.',
    example: '1.08',
  },
})
const RATE_PLACE = { as: 'context', entry: 'rate', by: 'currency' } as const

export const RECORDS: Readonly<Record<RecordKind, RecordSchema>> = {
  account: {
    meaning: 'A company you sell to, or may.',
    place: { as: 'root' },
    orderedBy: 'createdAt',
    fields: {
      name: text('What the company is called.', 'Acme Corporation'),
      domain: text('Its web address; only the registrable domain is kept.', 'acme.com'),
      country: text('Country of its head office, ISO 3166-1 alpha-2.', 'SE'),
      industry: text('Its industry, as the source spells it.', 'Electronics'),
      employees: integer('How many people work there.', '1200'),
      segment: oneOf('Size class of the company.', SEGMENTS),
      ownerId: id('The user who owns the account.', 'user'),
      accountManagerId: id('The user who manages the account after the first win.', 'user'),
      csmId: id('The customer success manager.', 'user'),
      seatsPaid: integer('Seats the account pays for now.', '25'),
      plan: text('The plan it is on.', 'Pro'),
      arr: money('Annual recurring revenue of the account now.'),
      renewalOn: day('When the subscription renews.'),
      parentId: id('The parent company.', 'account'),
      motion: oneOf('Whether sales takes part (sales_assisted) or not (self_serve).', MOTIONS),
      motionSince: day('The first day of its present motion; before, it was the other one. Empty: it always was.'),
      businessGoal: text('What the customer wants to reach.', 'Cut onboarding time by half'),
      successPlanOn: day('When the success plan was agreed.'),
      lastBusinessReviewOn: day('When the last business review was held.'),
      createdAt: instant('When the account was created in the source.'),
    },
  },
  contact: CUSTOMER_RECORDS.contact,
  lead: {
    meaning: 'A person or company that may become a customer.',
    place: { as: 'child', by: 'accountId' },
    orderedBy: 'createdAt',
    fields: {
      accountId: id('The account it belongs to, or was converted to.', 'account'),
      name: text('The person’s name.', 'Bertha Boxer'),
      email: text('E-mail address.', 'bertha@fcof.net'),
      company: text('The company as the lead gave it.', 'Farmers Coop. of Florida'),
      origin: oneOf('How the lead came to you.', LEAD_ORIGINS),
      leadSource: text('The source’s own word for where it came from.', 'Web'),
      campaign: text('The campaign that brought it.', 'Spring webinar'),
      country: text('Country, ISO 3166-1 alpha-2.', 'US'),
      employees: integer('How many people work at the company.', '130'),
      title: text('Job title.', 'Director of Vendor Relations'),
      status: text('The source’s own status.', 'Working - Contacted'),
      createdAt: instant('When the lead was created.'),
      qualifiedAt: instant('When it was found worth a salesperson’s time.'),
      routedTo: oneOf('Who takes care of it.', LEAD_ROUTES),
      isConverted: boolean('Whether it became an opportunity or an account.'),
      convertedOn: day('The day it was converted, where the source knows no instant.'),
      convertedAt: instant('When it was converted.'),
      opportunityId: id('The opportunity it became.', 'opportunity'),
      ownerId: id('The user who owns the lead.', 'user'),
      isBot: boolean('Whether it is a bot or spam.'),
    },
  },
  opportunity: {
    meaning: 'A possible sale.',
    place: { as: 'child', by: 'accountId' },
    orderedBy: 'createdAt',
    fields: {
      accountId: id('The account it would be sold to.', 'account'),
      name: text('What the opportunity is called.', 'Acme - 50 seats'),
      kind: oneOf('First sale, growth of a customer, or renewal.', OPPORTUNITY_KINDS),
      stage: text('The CRM’s own stage.', 'Negotiation'),
      pipeline: text('The pipeline it runs in, where the CRM has several.', 'Enterprise'),
      amount: money('What it is worth.'),
      arr: money('Its annual recurring revenue; an expansion holds the increase. Not mapped: the amount counts.'),
      seats: integer('Seats sold.', '50'),
      probability: ratio('The CRM’s probability of winning.'),
      forecastCategory: text('The CRM’s forecast category.', 'Commit'),
      createdAt: instant('When it was created.'),
      closeOn: day('The day it is expected to close, or closed.'),
      state: oneOf('Open, won or lost. Not mapped: the stage decides, by model.yaml.', OPPORTUNITY_STATES),
      lossReason: text('Why it was lost.', 'No SSO'),
      competitor: text('Who else is in it.', 'Initech'),
      nextStep: text('What sales does next.', 'Call legal'),
      ownerId: id('The user who owns it.', 'user'),
      leadId: id('The lead it came from.', 'lead'),
      motion: oneOf('Whether sales takes part (sales_assisted) or not (self_serve).', MOTIONS),
    },
  },
  stage_change: {
    meaning: 'What an opportunity was from a moment on; one per change.',
    place: { as: 'child', by: 'opportunityId' },
    orderedBy: 'at',
    fields: {
      opportunityId: id('The opportunity.', 'opportunity'),
      at: instant('When it changed.'),
      stage: text('The stage from then on.', 'Proposal'),
      amount: money('The amount from then on.'),
      closeOn: day('The close date from then on.'),
      probability: ratio('The probability from then on.'),
      forecastCategory: text('The forecast category from then on.', 'Best Case'),
    },
  },
  subscription_period: CUSTOMER_RECORDS.subscription_period,
  usage_week: CUSTOMER_RECORDS.usage_week,
  feature: DEMAND_RECORDS.feature,
  request: DEMAND_RECORDS.request,
  commitment: DEMAND_RECORDS.commitment,
  ticket: CUSTOMER_RECORDS.ticket,
  risk: DEMAND_RECORDS.risk,
  activity: CUSTOMER_RECORDS.activity,
  implementation: CUSTOMER_RECORDS.implementation,
  partner: COMPANY_RECORDS.partner,
  target: COMPANY_RECORDS.target,
  user: COMPANY_RECORDS.user,
  user_period: COMPANY_RECORDS.user_period,
  exchange_rate: {
    meaning:
      'What a currency is worth. A rate in model.yaml for the currency and day wins; then dated rates, then undated ones.',
    place: RATE_PLACE,
    orderedBy: 'changedAt',
    fields: rateFields('The first day it holds. Empty: on every day for which no dated rate holds.'),
  },
  dated_exchange_rate: {
    meaning: 'What a currency is worth from a day on, where the source keeps dated rates apart.',
    place: RATE_PLACE,
    orderedBy: 'changedAt',
    fields: rateFields('The first day it holds, until the next one of its currency.'),
  },
}

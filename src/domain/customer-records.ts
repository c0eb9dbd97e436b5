import { boolean, day, id, instant, integer, money, number, oneOf, text } from './record-field.ts'
import type { RecordBase, RecordSchema } from './records.ts'

/** A person at an account. */
export interface Contact extends RecordBase {
  readonly accountId?: string
  readonly name?: string
  readonly email?: string
  readonly title?: string
  readonly role?: string
  readonly lastTwoWayContactAt?: number
  readonly createdAt?: number
}

/** What an account paid for over a time. */
export interface SubscriptionPeriod extends RecordBase {
  readonly accountId?: string
  readonly startOn?: number
  /** The last day; absent while it runs. */
  readonly endOn?: number
  /** The day on which notice was given. */
  readonly noticeOn?: number
  readonly mrr?: number
  readonly seats?: number
  readonly plan?: string
}

/** How much an account used one feature, or the whole product, in one week. */
export interface UsageWeek extends RecordBase {
  readonly accountId?: string
  /** Absent, with `feature`: the whole product. */
  readonly featureId?: string
  readonly feature?: string
  /** The Monday of the ISO week. */
  readonly week?: number
  readonly activeUsers?: number
  readonly events?: number
}

/** A question or complaint of a customer. */
export interface Ticket extends RecordBase {
  readonly accountId?: string
  readonly contactId?: string
  readonly email?: string
  readonly subject?: string
  readonly text?: string
  readonly channel?: string
  readonly status?: string
  readonly priority?: string
  readonly createdAt?: number
  readonly firstPublicReplyAt?: number
  readonly solvedAt?: number
  readonly agentId?: string
  readonly satisfaction?: number
  /** Separated by commas. */
  readonly tags?: string
  readonly sentiment?: Sentiment
  readonly isBot?: boolean
  readonly isEscalated?: boolean
  readonly isOnHold?: boolean
}

/** A call, meeting or message between us and a customer. */
export interface Activity extends RecordBase {
  readonly accountId?: string
  readonly opportunityId?: string
  readonly contactId?: string
  readonly userId?: string
  readonly kind?: ActivityKind
  readonly at?: number
  readonly twoWay?: boolean
}

/** Work by which a customer gets the product running. */
export interface Implementation extends RecordBase {
  readonly accountId?: string
  readonly opportunityId?: string
  readonly partnerId?: string
  readonly requestedBy?: string
  readonly requestedAt?: number
  readonly stage?: ImplementationStage
  readonly qualifiedOn?: number
  readonly scopedOn?: number
  readonly sowOn?: number
  readonly signedOn?: number
  readonly deliveringOn?: number
  readonly liveOn?: number
  readonly ongoingOn?: number
  readonly declinedOn?: number
  readonly industry?: string
  readonly region?: string
  readonly language?: string
  readonly product?: string
  readonly requiredCertification?: string
  readonly hours?: number
  readonly servicesAmount?: number
  readonly csat?: number
  readonly isBlocker?: boolean
}

export const SENTIMENTS = ['positive', 'neutral', 'negative'] as const
export type Sentiment = (typeof SENTIMENTS)[number]
export const ACTIVITY_KINDS = ['call', 'meeting', 'email', 'business_review'] as const
export type ActivityKind = (typeof ACTIVITY_KINDS)[number]
export const IMPLEMENTATION_STAGES = [
  'requested',
  'qualified',
  'scoped',
  'sow',
  'signed',
  'delivering',
  'live',
  'ongoing',
  'declined',
] as const
export type ImplementationStage = (typeof IMPLEMENTATION_STAGES)[number]

const OF_ACCOUNT = { as: 'child', by: 'accountId' } as const

export const CUSTOMER_RECORDS = {
  contact: {
    meaning: 'A person at an account.',
    place: OF_ACCOUNT,
    orderedBy: 'changedAt',
    fields: {
      accountId: id('The account the person belongs to.', 'account'),
      name: text('The person’s name.', 'Emma Brown'),
      email: text('E-mail address.', 'emma@acme.com'),
      title: text('Job title.', 'Director of Sales'),
      role: text('Part in a purchase: champion, economic_buyer, user.', 'champion'),
      lastTwoWayContactAt: instant('When the person last answered us.'),
      createdAt: instant('When the person was written down.'),
    },
  },
  subscription_period: {
    meaning: 'What an account paid for over a time.',
    place: OF_ACCOUNT,
    orderedBy: 'startOn',
    fields: {
      accountId: id('The account that pays.', 'account'),
      startOn: day('The first day it holds.'),
      endOn: day('The last day it holds; empty while it runs.'),
      noticeOn: day('The day on which notice was given that it ends; counts with `arr: { churn_at: notice }`.'),
      mrr: money('Monthly recurring revenue.'),
      seats: integer('Seats paid for.', '25'),
      plan: text('The plan.', 'Pro'),
    },
  },
  usage_week: {
    meaning: 'How much an account used one feature, or the whole product, in one week.',
    place: OF_ACCOUNT,
    orderedBy: 'week',
    fields: {
      accountId: id('The account that used it.', 'account'),
      featureId: id('The feature of the catalogue; empty for the whole product.', 'feature'),
      feature: text('The feature as usage names it: an id, name or alias of the catalogue.', 'sso_login'),
      week: day('The Monday of the ISO week, in the company’s zone.'),
      activeUsers: integer('How many people used it.', '12'),
      events: integer('How often it was used.', '340'),
    },
  },
  ticket: {
    meaning: 'A question or complaint of a customer.',
    place: { as: 'child', by: 'accountId', or: ['contactId'] },
    orderedBy: 'createdAt',
    fields: {
      accountId: id('The account it comes from.', 'account'),
      contactId: id('The person who wrote it.', 'contact'),
      email: text('E-mail address of the person who wrote it.', 'emma@acme.com'),
      subject: text('What it is about.', 'SSO does not work'),
      text: text('What was written first.', 'Since Monday nobody can log in'),
      channel: text('Where it came in: mail, chat, phone.', 'mail'),
      status: text('The source’s own status.', 'solved'),
      priority: text('The source’s own priority.', 'urgent'),
      createdAt: instant('When it came in.'),
      firstPublicReplyAt: instant('When a person first answered where the customer can see it.'),
      solvedAt: instant('When it was solved.'),
      agentId: id('The user who takes care of it.', 'user'),
      satisfaction: number('How satisfied the customer was, on the source’s own scale.', '4.5'),
      tags: text('Its tags, separated by commas.', 'sso, login'),
      sentiment: oneOf('The mood of it.', SENTIMENTS),
      isBot: boolean('Whether a bot or a machine wrote it.'),
      isEscalated: boolean('Whether it was escalated.'),
      isOnHold: boolean('Whether it waits for somebody else: the customer, a developer.'),
    },
  },
  activity: {
    meaning: 'A call, meeting or message between you and a customer.',
    place: { as: 'child', by: 'accountId', or: ['opportunityId', 'contactId'] },
    orderedBy: 'at',
    fields: {
      accountId: id('The account it was with.', 'account'),
      opportunityId: id('The opportunity it was about.', 'opportunity'),
      contactId: id('The person it was with.', 'contact'),
      userId: id('The user who took part.', 'user'),
      kind: oneOf('What it was.', ACTIVITY_KINDS),
      at: instant('When it was.'),
      twoWay: boolean('Whether the customer took part or answered.'),
    },
  },
  implementation: {
    meaning: 'Work by which a customer gets the product running, alone or with a partner.',
    place: { as: 'child', by: 'accountId', or: ['opportunityId'] },
    orderedBy: 'requestedAt',
    fields: {
      accountId: id('The account it is for.', 'account'),
      opportunityId: id('The opportunity that hangs on it.', 'opportunity'),
      partnerId: id('The partner who does it.', 'partner'),
      requestedBy: id('The user who asked for it.', 'user'),
      requestedAt: instant('When it was asked for.'),
      stage: oneOf('How far it is.', IMPLEMENTATION_STAGES),
      qualifiedOn: day('The day it was found to fit the product.'),
      scopedOn: day('The day its scope was settled.'),
      sowOn: day('The day the statement of work was handed over.'),
      signedOn: day('The day it was signed.'),
      deliveringOn: day('The day delivery began.'),
      liveOn: day('The day it went live.'),
      ongoingOn: day('The day it turned into ongoing work.'),
      declinedOn: day('The day it was declined.'),
      industry: text('Industry of the customer.', 'Electronics'),
      region: text('Region of the customer.', 'Nordics'),
      language: text('Language it is done in.', 'Swedish'),
      product: text('Product it is about.', 'Platform'),
      requiredCertification: text('Certificate that whoever does it must have.', 'ISO 27001'),
      hours: integer('Hours of work.', '120'),
      servicesAmount: money('What the work costs; the partner’s money, never ARR.'),
      csat: number('How satisfied the customer was, on the source’s own scale.', '4.5'),
      isBlocker: boolean('Whether the opportunity waits for it.'),
    },
  },
} as const satisfies Readonly<Record<string, RecordSchema>>

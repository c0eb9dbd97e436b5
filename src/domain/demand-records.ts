import { boolean, day, id, instant, integer, money, oneOf, ratio, text } from './record-field.ts'
import type { RecordBase, RecordSchema } from './records.ts'

/** What the product can do, will do, or is asked to do; a bug that blocks is one, too. */
export interface Feature extends RecordBase {
  readonly name?: string
  /** Other names, separated by commas. */
  readonly aliases?: string
  readonly theme?: string
  readonly status?: FeatureStatus
  readonly etaQuarter?: string
  readonly shippedOn?: number
  readonly effortHours?: number
  readonly audience?: FeatureAudience
  readonly supersededById?: string
  readonly enabledById?: string
  readonly isBug?: boolean
  readonly squad?: string
  readonly ownerId?: string
  readonly createdAt?: number
}

/** That an account wants a feature. */
export interface FeatureRequest extends RecordBase {
  readonly featureId?: string
  /** The feature as it was written, where no id of the catalogue was. */
  readonly feature?: string
  readonly accountId?: string
  readonly opportunityId?: string
  readonly role?: RequestRole
  readonly certainty?: number
  /** 3: the buyer's own words or a signed requirement; 2: a rep's note before close; 1: a reason entered at or after close. */
  readonly evidence?: number
  readonly createdAt?: number
  readonly author?: string
  readonly channel?: RequestChannel
  readonly text?: string
  readonly votes?: number
  readonly need?: string
  readonly workaround?: string
}

/** That an account may leave or shrink. */
export interface Risk extends RecordBase {
  readonly accountId?: string
  readonly reason?: string
  readonly subReason?: string
  readonly featureId?: string
  readonly competitor?: string
  readonly channel?: RiskChannel
  readonly kind?: RiskKind
  readonly likelihood?: RiskLikelihood
  readonly probability?: number
  readonly seatsAtRisk?: number
  readonly arrAtRisk?: number
  readonly status?: RiskStatus
  /** Separated by commas. */
  readonly plays?: string
  readonly openedAt?: number
  readonly closedAt?: number
  readonly resolution?: RiskResolution
  readonly ownerId?: string
  readonly escalatedTo?: string
}

/** That somebody promised a feature to an account. */
export interface Commitment extends RecordBase {
  readonly featureId?: string
  readonly accountId?: string
  readonly opportunityId?: string
  readonly madeBy?: string
  readonly madeAt?: number
  readonly dueOn?: number
  readonly customerCondition?: string
  readonly status?: CommitmentStatus
}

export const FEATURE_STATUSES = ['idea', 'planned', 'building', 'shipped', 'declined'] as const
export type FeatureStatus = (typeof FEATURE_STATUSES)[number]
export const FEATURE_AUDIENCES = ['everyone', 'enterprise'] as const
export type FeatureAudience = (typeof FEATURE_AUDIENCES)[number]
export const REQUEST_ROLES = ['blocker', 'wanted', 'shown'] as const
export type RequestRole = (typeof REQUEST_ROLES)[number]
export const REQUEST_CHANNELS = ['sales', 'support', 'success'] as const
export type RequestChannel = (typeof REQUEST_CHANNELS)[number]
export const RISK_CHANNELS = ['data', 'news', 'conversation'] as const
export type RiskChannel = (typeof RISK_CHANNELS)[number]
export const RISK_KINDS = ['churn', 'contraction'] as const
export type RiskKind = (typeof RISK_KINDS)[number]
export const RISK_LIKELIHOODS = ['definite', 'high', 'medium', 'low'] as const
export type RiskLikelihood = (typeof RISK_LIKELIHOODS)[number]
export const RISK_STATUSES = ['identified', 'assessed', 'planned', 'mitigating', 'closed'] as const
export type RiskStatus = (typeof RISK_STATUSES)[number]
export const RISK_RESOLUTIONS = ['saved', 'contracted', 'churned'] as const
export type RiskResolution = (typeof RISK_RESOLUTIONS)[number]
export const COMMITMENT_STATUSES = ['open', 'kept', 'late', 'withdrawn'] as const
export type CommitmentStatus = (typeof COMMITMENT_STATUSES)[number]

/** Of an account; of an opportunity's, where only that is named. */
const BY_ACCOUNT_OR_OPPORTUNITY = { as: 'child', by: 'accountId', or: ['opportunityId'] } as const

export const DEMAND_RECORDS = {
  feature: {
    meaning: 'What the product can do, will do, or is asked to do; a bug that blocks is one, too.',
    place: { as: 'context' },
    orderedBy: 'createdAt',
    fields: {
      name: text('What the feature is called.', 'Single sign-on'),
      aliases: text('Other names people use for it, separated by commas.', 'SSO, SAML login'),
      theme: text('The bigger need it is part of.', 'Enterprise security'),
      status: oneOf('How far it is.', FEATURE_STATUSES),
      etaQuarter: text('The quarter in which it should ship.', '2026-Q4'),
      shippedOn: day('The day it shipped.'),
      effortHours: integer('Hours of work it takes.', '320'),
      audience: oneOf('Who gets it.', FEATURE_AUDIENCES),
      supersededById: id('The bigger feature that takes its place.', 'feature'),
      enabledById: id('The feature that must come first.', 'feature'),
      isBug: boolean('Whether it is a bug rather than something new.'),
      squad: text('The squad that builds it.', 'Growth'),
      ownerId: id('The product manager.', 'user'),
      createdAt: instant('When it was written down.'),
    },
  },
  request: {
    meaning: 'That an account wants a feature, in whose words, and how much hangs on it.',
    place: BY_ACCOUNT_OR_OPPORTUNITY,
    orderedBy: 'createdAt',
    fields: {
      featureId: id('The feature of the catalogue.', 'feature'),
      feature: text('The feature as it was written: an id, name or alias of the catalogue.', 'SSO'),
      accountId: id('The account that asks.', 'account'),
      opportunityId: id('The opportunity that hangs on it.', 'opportunity'),
      role: oneOf('Whether it blocks the purchase, is wanted, or was shown.', REQUEST_ROLES),
      certainty: ratio('How sure it is that the feature decides.'),
      evidence: integer(
        '3 for the buyer’s own words or a signed requirement, 2 for a rep’s note before close, 1 for a reason entered at or after close.',
        '3',
      ),
      createdAt: instant('When it was asked for.'),
      author: text('Who wrote it down.', 'Anna Snelling'),
      channel: oneOf('Where it was heard.', REQUEST_CHANNELS),
      text: text('The words.', 'We cannot sign without SSO'),
      votes: integer('How many voted for it, where the source counts votes.', '12'),
      need: text('The need behind it.', 'Leavers must lose access the same day'),
      workaround: text('What was given in its place.', 'A script that locks accounts'),
    },
  },
  risk: {
    meaning: 'That an account may leave or shrink, why, and what is done about it.',
    place: { as: 'child', by: 'accountId' },
    orderedBy: 'openedAt',
    fields: {
      accountId: id('The account that may leave or shrink.', 'account'),
      reason: text('Why.', 'product'),
      subReason: text('Why, more exactly.', 'missing feature'),
      featureId: id('The feature it is about.', 'feature'),
      competitor: text('Where the customer would go.', 'Initech'),
      channel: oneOf('How it came to light.', RISK_CHANNELS),
      kind: oneOf('Whether all of it may go, or a part.', RISK_KINDS),
      likelihood: oneOf('How likely it is, in a word.', RISK_LIKELIHOODS),
      probability: ratio('How likely it is, as a number.'),
      seatsAtRisk: integer('Seats that may go.', '40'),
      arrAtRisk: money('Annual recurring revenue that may go.'),
      status: oneOf('How far it is dealt with.', RISK_STATUSES),
      plays: text('What is done about it, separated by commas.', 'roadmap commitment, ramped price'),
      openedAt: instant('When it was raised.'),
      closedAt: instant('When it was closed.'),
      resolution: oneOf('What came of it.', RISK_RESOLUTIONS),
      ownerId: id('The user who owns it.', 'user'),
      escalatedTo: id('The user who took it up.', 'user'),
    },
  },
  commitment: {
    meaning: 'That a feature was promised to an account, by whom and until when.',
    place: BY_ACCOUNT_OR_OPPORTUNITY,
    orderedBy: 'madeAt',
    fields: {
      featureId: id('The feature that was promised.', 'feature'),
      accountId: id('The account it was promised to.', 'account'),
      opportunityId: id('The opportunity it was promised for.', 'opportunity'),
      madeBy: id('The user who promised it.', 'user'),
      madeAt: instant('When it was promised.'),
      dueOn: day('The day it is due.'),
      customerCondition: text('What the buyer promised in return.', 'Signs for 200 seats'),
      status: oneOf('Whether it is still open, was kept, is late, or was withdrawn.', COMMITMENT_STATUSES),
    },
  },
} as const satisfies Readonly<Record<string, RecordSchema>>

import type { Day } from './day.ts'
import type { YearStart } from './fiscal.ts'
import type { ImplementationModel } from './implementations/implementation-signals.ts'
import type { InfluenceSettings } from './influence/settings.ts'
import type { JoinedKind } from './joined-records.ts'
import type { PrioritySettings } from './priority/settings.ts'
import type { LeadOrigin, LeadRoute, Motion, OpportunityState, Segment } from './records.ts'
import type { RiskModel } from './risk/risk-model.ts'
import type { SupportModel } from './support/support-model.ts'

export const FUNNEL_STAGES = ['lead', 'opportunity', 'won', 'expansion', 'lost'] as const
export type FunnelStage = (typeof FUNNEL_STAGES)[number]

/** The checked form of `mappings/model.yaml`, as far as the domain computes with it. Nothing optional: defaults are filled in. */
export interface Model {
  /** ISO 4217. */
  readonly currency: string
  /** IANA name of the company's time zone. */
  readonly timeZone: string
  /** The month that quarters and years are counted from. */
  readonly yearStart: YearStart
  /** Per source, then per pipeline (`*` for any other): the CRM's stages in order. */
  readonly stages: Readonly<Record<string, Readonly<Record<string, readonly StageDefinition[]>>>>
  /** Units of company currency for one unit of a currency, by first day of validity, ascending; per currency. */
  readonly rates: Readonly<Record<string, readonly { readonly from: Day; readonly rate: number }[]>>
  /** First that fits wins, largest first; used where an account has no segment of its own. */
  readonly segments: readonly { readonly segment: Segment; readonly minEmployees: number }[]
  /** How many months of funnel are kept as facts, newest first. */
  readonly funnelMonths: number
  /** A cohort is mature when at least this share of it is closed. */
  readonly matureAt: number
  /** What a win rate is a share of: what is closed, or all there is. */
  readonly winRateOf: WinRateOf
  /** What an account's ARR is taken from: the first that is known. */
  readonly arrFrom: readonly ArrSource[]
  /** What is counted as one customer. */
  readonly customer: Customer
  /** When ARR that ends is gone. */
  readonly churnAt: ChurnAt
  readonly buckets: BucketSettings
  readonly forecast: ForecastSettings
  readonly leads: LeadSettings
  /** How many accounts a book of an account executive and of an account manager holds: below is free, above too many. */
  readonly books: Readonly<Record<'ae' | 'am', { readonly from: number; readonly to: number }>>
  readonly handOver: { readonly at: HandOverAt; readonly withinDays: number }
  /** When support answers, and what it promises. */
  readonly support: SupportModel
  /** Why accounts leave, how likely words are, what health is made of. */
  readonly risks: RiskModel
  readonly implementations: ImplementationModel
  readonly influence: InfluenceSettings
  /** By kind that several sources deliver, those sources: the values of the first win. Kinds of one source are left out. */
  readonly leading: Readonly<Partial<Record<JoinedKind, readonly string[]>>>
  /** How features are planned. */
  readonly priority: PrioritySettings
}

/** What a win rate may be a share of. */
export const WIN_RATE_OF = ['closed', 'all'] as const
export type WinRateOf = (typeof WIN_RATE_OF)[number]

/** Where an account's ARR may come from, in the usual order. */
export const ARR_SOURCES = ['subscription_periods', 'account_field', 'won_opportunities'] as const
export type ArrSource = (typeof ARR_SOURCES)[number]

/** A single account, or a parent with the accounts that name it as theirs. */
export const CUSTOMER = ['account', 'parent'] as const
export type Customer = (typeof CUSTOMER)[number]

/** On the day after the last one that is paid for, or on the day on which notice was given. */
export const CHURN_AT = ['end', 'notice'] as const
export type ChurnAt = (typeof CHURN_AT)[number]

/** From where on an account is worth having had a salesperson. */
export interface Threshold {
  readonly seats: number | null
  /** Minor units of company currency, whatever currency it is written in: one rate for all days. */
  readonly arr: number | null
}

/** When an account is green. */
export interface BucketRules {
  /** Inclusive. */
  readonly green: Threshold
  /** Whether one of seats and ARR is enough, or both are needed. */
  readonly match: 'any' | 'all'
  /** A green account that stays below these limits for so many days is orange again; `null`: never. */
  readonly fallBack: { readonly below: Threshold; readonly afterDays: number } | null
  /** How near the threshold is near, as a share of it. */
  readonly nearWithin: number
}

export interface BucketSettings extends BucketRules {
  /** The rules of days before those above, oldest first; each holds up to the day before `until`. */
  readonly earlier: readonly Dated<BucketRules>[]
  /** What an account is whose motion no source tells. */
  readonly unknownMotion: Motion
}

/** What held before a definition changed from a day on. */
export type Dated<T> = T & {
  /** The first day on which the next one holds. */
  readonly until: Day
}

export interface LeadSettings {
  /** Which leads are of the kind looked for. */
  readonly icp: IcpRules
  /** Which ones were, of those that came earlier: oldest first. */
  readonly earlierIcp: readonly Dated<IcpRules>[]
  /** Words of job titles of people who decide, whatever their case. */
  readonly titles: readonly string[]
  readonly engagement: {
    /** How many days after a lead came its score is made. */
    readonly days: number
    readonly halfLifeDays: number
    /** So many people who use the product in a week are full marks. */
    readonly fullUsers: number
  }
  /** In order. */
  readonly routes: readonly RouteRule[]
}

/** Which leads are of the kind looked for. */
export interface IcpRules {
  readonly countries: readonly string[]
  readonly minEmployees: number
}

/** Conditions that are `null` do not matter. */
export interface RouteRule {
  readonly isIcp: boolean | null
  readonly origins: readonly LeadOrigin[] | null
  readonly countries: readonly string[] | null
  readonly minEmployees: number | null
  readonly minScore: number | null
  readonly to: LeadRoute
}

/** From when on an account is its account manager's. */
export const HAND_OVER_AT = ['green', 'first_win'] as const
export type HandOverAt = (typeof HAND_OVER_AT)[number]

/** What the CRM's forecast categories mean: its words for each. A category that is not named is pipeline. */
export interface ForecastSettings {
  readonly commit: readonly string[]
  readonly bestCase: readonly string[]
  /** Not counted as open pipeline. */
  readonly omitted: readonly string[]
  /** Measures of targets that together are the target of what is won. */
  readonly targetMeasures: readonly string[]
  /** How many must-win opportunities there are, and the least ARR, in minor units, that can be one. */
  readonly mustWin: { readonly count: number; readonly minArr: number }
}

export interface StageDefinition {
  readonly name: string
  readonly funnelStage: FunnelStage
  readonly state: OpportunityState
}

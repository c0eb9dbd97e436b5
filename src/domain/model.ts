import type { Day } from './day.ts'
import type { JoinedKind } from './joined-records.ts'
import type { PrioritySettings } from './priority/settings.ts'
import type { OpportunityState, Segment } from './records.ts'

export const FUNNEL_STAGES = ['lead', 'opportunity', 'won', 'expansion', 'lost'] as const
export type FunnelStage = (typeof FUNNEL_STAGES)[number]

/** The checked form of `mappings/model.yaml`, as far as the domain computes with it. Nothing optional: defaults are filled in. */
export interface Model {
  /** ISO 4217. */
  readonly currency: string
  /** IANA name of the company's time zone. */
  readonly timeZone: string
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
  /** What an account's ARR is taken from: the first that is known. */
  readonly arrFrom: readonly ArrSource[]
  /** By kind that several sources deliver, those sources: the values of the first win. Kinds of one source are left out. */
  readonly leading: Readonly<Partial<Record<JoinedKind, readonly string[]>>>
  /** How features are planned. */
  readonly priority: PrioritySettings
}

/** Where an account's ARR may come from, in the usual order. */
export const ARR_SOURCES = ['subscription_periods', 'account_field', 'won_opportunities'] as const
export type ArrSource = (typeof ARR_SOURCES)[number]

export interface StageDefinition {
  readonly name: string
  readonly funnelStage: FunnelStage
  readonly state: OpportunityState
}

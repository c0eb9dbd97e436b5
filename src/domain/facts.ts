import type { Counted } from './counted.ts'
import type { Day } from './day.ts'
import type { FactField, Fields } from './fields.ts'
import type { Model } from './model.ts'

/** Kinds of fact that one dossier gives. */
export const DOSSIER_KINDS = [
  'account',
  'opportunity',
  'lead',
  'contact',
  'request',
  'ticket',
  'usage_week',
  'arr_movement',
  'pipeline_movement',
  'bucket_movement',
  'risk',
  'risk_signal',
  'implementation',
  'implementation_signal',
  'feature_deal',
] as const
/** Kinds of fact that are made from the totals of all dossiers. */
export const TOTALS_KINDS = [
  'funnel_stage',
  'arr_month',
  'arr_family',
  'seat_rung',
  'pipeline_month',
  'forecast',
  'forecast_calibration',
  'bucket_month',
  'attainment',
  'wapp_month',
  'book',
  'lead_decile',
  'must_win',
  'support_period',
  'support_agent',
  'support_hour',
  'support_staffing',
  'risk_quarter',
  'renewal_month',
  'shared_cause',
  'feature_voice',
  'partner',
  'feature',
  'theme',
  'priority',
] as const
export type TotalsKind = (typeof TOTALS_KINDS)[number]

/** Every kind of fact that a board mapping can be made of (`items:`). */
export const FACT_KINDS = [...DOSSIER_KINDS, ...TOTALS_KINDS] as const
export type FactKind = (typeof FACT_KINDS)[number]

/** Whether facts of a kind are made from totals: they are of no dossier and of no record. */
export function isOfTotals(kind: string): kind is TotalsKind {
  return (TOTALS_KINDS as readonly string[]).includes(kind)
}

/** Whether facts of a kind are made of the catalogue besides: they change with it, though no dossier does. */
export function isOfCatalogue(kind: string): boolean {
  return kind === 'feature' || kind === 'theme' || kind === 'priority'
}

/** Field values of one fact: text, numbers and booleans as `Field` lays down; empty fields are absent, or `undefined`. */
export type FactValues = Readonly<
  Record<string, string | number | boolean | Readonly<Record<string, string | number | boolean>> | undefined>
>

export interface FactSchema {
  /** One sentence: what one fact of this kind is. */
  readonly meaning: string
  readonly fields: Fields<FactField>
  /** The other things in scope beside the fact itself: name in mappings → fact or record kind (`account`, `user`). */
  readonly scope: Readonly<Record<string, 'account' | 'user' | 'opportunity'>>
  /** The record kind whose further fields (`extra.<name>`, typed by the source mapping) the fact carries along; absent: none. */
  readonly extra?: Exclude<FactKind, 'funnel_stage'>
}

/** What is derived from one dossier: what mappings see. `KeptFacts` is the part of it that is stored. */
export interface DossierFacts {
  readonly account: FactValues | null
  readonly opportunities: readonly FactValues[]
  readonly leads: readonly FactValues[]
  readonly contacts: readonly FactValues[]
  readonly requests: readonly FactValues[]
  readonly tickets: readonly FactValues[]
  readonly usage: readonly FactValues[]
  readonly risks: readonly FactValues[]
  readonly signals: readonly FactValues[]
  readonly implementations: readonly FactValues[]
  readonly implementationSignals: readonly FactValues[]
  /** Each opportunity with each feature it has to do with. */
  readonly featureDeals: readonly FactValues[]
  /** What totals count; opportunities in the order of `opportunities`. */
  readonly counted: Counted
  /** Users who own something here, by id; one that no source delivered has its id for a name, and is not `known`. */
  readonly users: ReadonlyMap<string, FactValues>
  /** What a person should look at: missing rates, unknown stages, records without account. Never silently dropped. */
  readonly findings: readonly Finding[]
  /** The day these facts hold for. */
  readonly asOf: Day
  /** The model they were derived with. */
  readonly model: Model
}

/**
 * The record without which a fact is not there: its own, or that of the account or opportunity it is about. `null` for facts made from
 * totals.
 */
export function recordBehind(kind: string, id: string): { readonly kind: string; readonly id: string } | null {
  if (isOfTotals(kind)) return null
  if (kind === 'arr_movement' || kind === 'risk_signal')
    return { kind: 'account', id: id.slice(0, id.lastIndexOf(':')) }
  if (kind === 'bucket_movement') return { kind: 'account', id: id.split(':').slice(0, -2).join(':') }
  if (kind === 'implementation_signal') return { kind: 'opportunity', id }
  if (kind === 'feature_deal') return { kind: 'opportunity', id: id.slice(0, id.lastIndexOf(':')) }
  // Ids of sources may hold colons; what follows them does not.
  if (kind === 'pipeline_movement') return { kind: 'opportunity', id: id.split(':').slice(0, -3).join(':') }
  return { kind, id }
}

export interface Finding {
  readonly code: string
  readonly kind: string
  readonly id: string
  /** The rest of the sentence, with the offending value. */
  readonly detail: string
}

/** One thing a board mapping turns into an item: the names in scope with their values. */
export interface Scope {
  readonly kind: FactKind
  readonly id: string
  /** `opportunity`, `account`, `owner` …; a name whose thing is unknown is absent. */
  readonly names: Readonly<Record<string, FactValues>>
}

import type { TotalsKind } from './facts.ts'
import type { Model } from './model.ts'

/** What is counted over all dossiers, each part for kinds of facts of its own. Usage is counted in any case. */
export const TOTALS_PARTS = [
  'funnel',
  'arr',
  'families',
  'seat_ladder',
  'pipeline',
  'forecast',
  'buckets',
  'must_win',
  'active',
  'books',
  'lead_scores',
  'support',
  'risk',
  'renewal',
  'causes',
  'voice',
  'partners',
  'influence',
  'priority',
] as const
export type TotalsPart = (typeof TOTALS_PARTS)[number]

const PARTS_OF: Readonly<Record<TotalsKind, readonly TotalsPart[]>> = {
  funnel_stage: ['funnel'],
  arr_month: ['arr'],
  arr_family: ['families'],
  seat_rung: ['seat_ladder'],
  pipeline_month: ['pipeline'],
  forecast: ['pipeline', 'forecast'],
  forecast_calibration: ['pipeline', 'forecast'],
  bucket_month: ['buckets'],
  attainment: ['arr', 'pipeline', 'buckets', 'active', 'influence'],
  wapp_month: ['active', 'arr'],
  book: ['books'],
  lead_decile: ['lead_scores'],
  must_win: ['forecast', 'must_win'],
  support_period: ['support', 'arr'],
  support_agent: ['support'],
  support_hour: ['support'],
  support_staffing: ['support'],
  risk_quarter: ['risk'],
  renewal_month: ['renewal'],
  shared_cause: ['causes'],
  feature_voice: ['voice'],
  partner: ['partners'],
  feature: ['influence'],
  theme: ['influence'],
  priority: ['funnel', 'priority'],
}

/** The parts of the totals that facts of a kind are made from: those of customers need families where these are customers. */
export function partsOf(kind: TotalsKind, { customer }: Pick<Model, 'customer'>): readonly TotalsPart[] {
  const parts = PARTS_OF[kind]
  return customer === 'parent' && parts.includes('arr') ? [...parts, 'families'] : parts
}

export type TotalsParts = ReadonlySet<TotalsPart>

/** Everything that can be counted. */
export const ALL_PARTS: TotalsParts = new Set(TOTALS_PARTS)
/** For who tells facts and counts nothing. */
export const NO_PARTS: TotalsParts = new Set()

/** Something that can be built. */
export interface PriorityFeature {
  readonly id: string
  readonly name: string
  /** What it takes of each capacity, by the capacity's name, in whole units of effort; absent: nobody has said. */
  readonly effort?: Readonly<Record<string, number>>
  /** Features that must be there before it, by id. */
  readonly requires: readonly string[]
  /** Shipped features block nothing; declined ones are never built. */
  readonly status: 'shipped' | 'declined' | 'open'
  /** What people have decided already: it is built, or not, whatever it is worth. */
  readonly decided?: 'yes' | 'no'
}

/** A deal, or an account at risk: it counts when all its blockers ship, and not before. */
export interface PriorityDeal {
  readonly id: string
  readonly kind: 'opportunity' | 'risk'
  /** Minor units: what it is worth to clear it, as `dealWorth` and `riskWorth` have it. */
  readonly worth: number
  /** Minor units. */
  readonly arr: number
  readonly accountId?: string
  /** Features, by id. */
  readonly blockers: readonly string[]
}

/** What can be built in a time: a team's hours, a quarter's, or everybody's. */
export interface Capacity {
  readonly name: string
  /** Whole units of effort. */
  readonly limit: number
}

export interface PriorityInput {
  readonly features: readonly PriorityFeature[]
  readonly deals: readonly PriorityDeal[]
  /** The times to plan for, the next one first, each with its capacities; all have capacities of the same names. */
  readonly periods: readonly { readonly name: string; readonly capacities: readonly Capacity[] }[]
}

/** Why something can be in no plan. */
export const LEFT_OUT_REASONS = [
  'no-effort',
  'no-period',
  'declined',
  'unknown-feature',
  'needs-what-is-left-out',
  'no-worth',
  'not-blocked',
] as const
export type LeftOutReason = (typeof LEFT_OUT_REASONS)[number]

export interface LeftOut {
  readonly kind: 'feature' | PriorityDeal['kind']
  readonly id: string
  readonly reason: LeftOutReason
  /** The feature that is the reason, where it is another one. */
  readonly because?: string
}

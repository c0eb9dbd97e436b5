/** What is known of an open deal that waits for features. */
export interface DealOdds {
  /** Minor units. */
  readonly arr: number
  /** The chance, 0..1, that it is won by the horizon once nothing blocks it. */
  readonly ifUnblocked: number
  /** The chance, 0..1, that it is won although it is blocked. */
  readonly ifBlocked: number
  /** How sure it is, 0..1, of each of its blockers that it decides. */
  readonly certainties: readonly number[]
}

/** What is known of an account that may leave or shrink for want of a feature. */
export interface RiskOdds {
  /** Minor units: what may go. */
  readonly arr: number
  /** The chance, 0..1, that it goes. */
  readonly churn: number
  readonly certainties: readonly number[]
}

/**
 * What it is worth to clear a deal, in minor units: ARR × P(won by the horizon if unblocked) × c − ARR × P(won if not), where c
 * is the least certainty over its blockers.
 *
 * Never below 0 and never above the ARR; rounded once, to the nearest minor unit. Others who wait for the same features are no
 * factor: they are the sum over deals.
 */
export function dealWorth({ arr, ifUnblocked, ifBlocked, certainties }: DealOdds): number {
  return rounded(arr * (ratio(ifUnblocked) * leastOf(certainties) - ratio(ifBlocked)))
}

/** What it is worth to clear an account at risk, in minor units: ARR × P(churn) × c; never below 0, rounded once. */
export function riskWorth({ arr, churn, certainties }: RiskOdds): number {
  return rounded(arr * ratio(churn) * leastOf(certainties))
}

/** The least certainty over blockers; nothing is certain of a thing that has none. */
function leastOf(certainties: readonly number[]): number {
  return certainties.length === 0 ? 0 : ratio(Math.min(...certainties))
}

function ratio(value: number): number {
  return Math.min(1, Math.max(0, value))
}

function rounded(value: number): number {
  return Math.max(0, Math.round(value))
}

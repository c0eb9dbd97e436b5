import { formatDay } from '../day.ts'
import type { Commitment } from '../demand-records.ts'
import type { Derivation, Draft } from '../derivation.ts'
import type { FeatureState } from './feature-state.ts'
import type { FeatureLink } from './links.ts'

/** A promise with the feature it is about, as far as the catalogue has it. */
export type Promised = Commitment & { readonly state: FeatureState | undefined }

/** Adds to the fact of an opportunity which features block it, how far they are, and when the last of them shipped. */
export function addBlockers(fact: Draft, links: readonly FeatureLink[]): void {
  const blockers = links.flatMap(({ role, feature }) => (role === 'blocker' ? [feature] : []))
  if (blockers.length === 0) return
  // What is still missing comes first.
  blockers.sort((a, b) => Number(a.isShipped) - Number(b.isShipped) || (a.id < b.id ? -1 : 1))
  const missing = blockers.filter(({ isShipped }) => !isShipped)
  fact.blockers = blockers.map(({ id }) => id).join(', ')
  fact.blockerNames = blockers.map(({ name }) => name).join(', ')
  fact.blockerStatuses = blockers.map(inWords).join('; ')
  fact.openBlockers = missing.length
  fact.isCleared = missing.length === 0
  if (missing.length > 0) {
    const quarters = missing.map(({ etaQuarter }) => etaQuarter)
    // A blocker without one may ship whenever.
    if (quarters.every((quarter) => quarter !== undefined)) fact.blockersEta = quarters.sort(byTime).at(-1) as string
    return
  }
  const days = blockers.flatMap(({ shippedOn }) => (shippedOn === undefined ? [] : [shippedOn]))
  if (days.length === blockers.length) fact.blockersClearedOn = Math.max(...days)
}

/** Quarters as people write them: `2026-Q4`, `Q4 2026`, `Q4/26`; other texts as texts. */
function byTime(a: string, b: string): number {
  return placeOf(a) - placeOf(b) || (a < b ? -1 : a > b ? 1 : 0)
}

function placeOf(quarter: string): number {
  const year = /(?<!\d)(?:20)?(\d{2})(?!\d)/.exec(quarter)?.[1]
  const number = /Q([1-4])(?!\d)/i.exec(quarter)?.[1]
  return year === undefined || number === undefined ? 0 : Number(year) * 4 + Number(number)
}

function inWords({ name, status, isShipped, shippedOn, etaQuarter }: FeatureState): string {
  if (isShipped) return `${name}: shipped${shippedOn === undefined ? '' : ` ${formatDay(shippedOn)}`}`
  return `${name}: ${status ?? 'no status'}${etaQuarter === undefined ? '' : `, ${etaQuarter}`}`
}

/**
 * Adds the promise that counts for an opportunity: made for itself, or for its account and a feature it is linked to; of several
 * an open one, then the one due first.
 */
export function addCommitment(
  fact: Draft,
  promises: readonly Promised[],
  links: readonly FeatureLink[],
  derivation: Derivation,
): void {
  const linked = new Set(links.map(({ feature }) => feature.id))
  const [promise] = promises
    .filter(({ opportunityId, state }) =>
      opportunityId === undefined ? state !== undefined && linked.has(state.id) : opportunityId === fact.id,
    )
    .toSorted(
      (a, b) =>
        Number((a.status ?? 'open') !== 'open') - Number((b.status ?? 'open') !== 'open') ||
        (a.dueOn ?? Infinity) - (b.dueOn ?? Infinity) ||
        (a.id < b.id ? -1 : 1),
    )
  if (promise === undefined) return
  const { zone } = derivation.context
  const feature = promise.state?.name ?? promise.featureId
  if (feature !== undefined) fact.commitmentFeature = feature
  fact.commitmentStatus = promise.status ?? 'open'
  if (promise.madeAt !== undefined) fact.commitmentMadeOn = zone.dayOf(promise.madeAt)
  if (promise.dueOn !== undefined) fact.commitmentDueOn = promise.dueOn
  if (promise.customerCondition !== undefined) fact.commitmentCondition = promise.customerCondition
  if (promise.madeBy !== undefined) {
    derivation.uses.push(`user:${promise.madeBy}`)
    fact.commitmentBy = derivation.context.user(promise.madeBy)?.name ?? promise.madeBy
  }
}

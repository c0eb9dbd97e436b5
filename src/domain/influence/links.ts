import type { Day } from '../day.ts'
import { REQUEST_ROLES, type RequestRole } from '../demand-records.ts'
import type { FactValues } from '../facts.ts'
import type { CertaintyByEvidence } from '../priority/settings.ts'
import type { FeatureState } from './feature-state.ts'

/** Why a link earns no credit for an opportunity that was won. */
export const EXCLUSIONS = {
  no_ask_day: 'nobody wrote down when it was asked for',
  no_close_day: 'nothing tells when the opportunity was won',
  asked_after_close: 'it was asked for after the opportunity was won',
  ship_day_unknown: 'it shipped, and nobody wrote down when',
  not_shipped_by_close: 'it had not shipped when the opportunity was won',
} as const
export type Exclusion = keyof typeof EXCLUSIONS

/** That an opportunity is about a feature: all its requests for it in one. */
export interface FeatureLink {
  readonly feature: FeatureState
  /** The strongest role it was asked for in, by close where any request is as old. */
  readonly role: RequestRole
  /** The largest; without any, by the evidence. */
  readonly certainty: number
  /** The best; what was entered at or after close is 1, unless it is the buyer's own words. */
  readonly evidence: number
  /** When it was first asked for, where anything tells. */
  readonly askedAt: number | undefined
  readonly askedOn: Day | undefined
  readonly words: string | undefined
  readonly author: string | undefined
  readonly channel: string | undefined
}

/** Makes one link of the requests (facts) of one opportunity for one feature. `certainty`: by evidence, where nobody said. */
export function linkOf(
  feature: FeatureState,
  requests: readonly FactValues[],
  opportunity: FactValues,
  certainty: CertaintyByEvidence,
): FeatureLink {
  const inTime = requests.filter((one) => isAskedByClose(one, opportunity))
  const counted = inTime.length > 0 ? inTime : requests
  const inOrder = counted.toSorted(
    (a, b) => (numberOf(a.createdAt) ?? Infinity) - (numberOf(b.createdAt) ?? Infinity) || byId(a, b),
  )
  const evidence = Math.max(...requests.map((one) => evidenceOf(one, opportunity)))
  // The buyer's own words before anybody else's, then the oldest.
  const told = inOrder.filter(({ text }) => text !== undefined)
  const words = told.find((one) => one.evidence === 3) ?? told[0]
  const [first] = inOrder
  return {
    feature,
    role: strongest(counted.map(({ role }) => roleOf(role))),
    certainty: Math.max(...counted.map((one) => certaintyOf(one, evidence, certainty))),
    evidence,
    askedAt: numberOf(first?.createdAt),
    askedOn: numberOf(first?.createdOn),
    words: textOf(words?.text),
    author: textOf((words ?? first)?.author),
    channel: textOf((words ?? first)?.channel),
  }
}

/** Why a link earns no credit for an opportunity that was won; `undefined`: it earns some. */
export function exclusionOf(link: FeatureLink, opportunity: FactValues): Exclusion | undefined {
  const { feature, askedAt, askedOn } = link
  const closedOn = numberOf(opportunity.closedOn)
  if (askedAt === undefined) return 'no_ask_day'
  if (closedOn === undefined) return 'no_close_day'
  if (!isAskedByClose({ createdAt: askedAt, createdOn: askedOn as Day }, opportunity)) return 'asked_after_close'
  if (feature.isShipped && feature.shippedOn === undefined) return 'ship_day_unknown'
  return feature.shippedOn === undefined || feature.shippedOn > closedOn ? 'not_shipped_by_close' : undefined
}

/** Whether a closed opportunity was closed when the feature was not shipped yet. */
export function wasMissingAtClose({ isShipped, shippedOn }: FeatureState, closedOn: Day | undefined): boolean {
  if (!isShipped) return true
  return shippedOn !== undefined && closedOn !== undefined && shippedOn > closedOn
}

/** Where only the day of closing is known, what was asked on that day was asked in time. */
function isAskedByClose({ createdAt, createdOn }: FactValues, opportunity: FactValues): boolean {
  if (opportunity.isOpen === true) return true
  const [askedAt, askedOn] = [numberOf(createdAt), numberOf(createdOn)]
  const [closedAt, closedOn] = [numberOf(opportunity.closedAt), numberOf(opportunity.closedOn)]
  if (askedAt === undefined || askedOn === undefined || closedAt === undefined || closedOn === undefined) return false
  return opportunity.reconstructed === true ? askedOn <= closedOn : askedAt <= closedAt
}

/** How sure a request is that its feature decides; without a word about it, by evidence. */
export function certaintyOf(request: FactValues, evidence: number, byEvidence: CertaintyByEvidence): number {
  return numberOf(request.certainty) ?? byEvidence[evidence === 3 || evidence === 2 ? evidence : 1]
}

/** A number that is no grade of evidence says no more than none. */
function evidenceOf(request: FactValues, opportunity: FactValues): number {
  const { evidence } = request
  if (evidence === 3) return 3
  return evidence === 2 && isAskedByClose(request, opportunity) ? 2 : 1
}

function strongest(roles: readonly RequestRole[]): RequestRole {
  return REQUEST_ROLES.find((role) => roles.includes(role)) ?? 'wanted'
}

/** Who asks and does not say how much depends on it wants it. */
function roleOf(role: unknown): RequestRole {
  return REQUEST_ROLES.find((one) => one === role) ?? 'wanted'
}

function byId(a: FactValues, b: FactValues): number {
  return String(a.id) < String(b.id) ? -1 : 1
}

export function numberOf(value: FactValues[string] | undefined): number | undefined {
  return typeof value === 'number' ? value : undefined
}

export function textOf(value: FactValues[string] | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined
}

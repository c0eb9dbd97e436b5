import type { CountedOpportunity } from '../counted.ts'
import { arrToday } from '../counted.ts'
import type { Day } from '../day.ts'
import type { Commitment } from '../demand-records.ts'
import type { Derivation } from '../derivation.ts'
import type { FactValues } from '../facts.ts'
import { ladderOf } from '../ladder.ts'
import type { PathPoint } from '../path.ts'
import type { StageChange } from '../records.ts'
import { type Claim, foremost, splitCredit } from './attribution.ts'
import type { FeatureState } from './feature-state.ts'
import { type Exclusion, exclusionOf, type FeatureLink, numberOf, wasMissingAtClose } from './links.ts'
import { forwardWithin, type Stay, staysOf, wasOpenOn } from './stays.ts'

/** What an opportunity is to a feature it is linked to, as long as it is open and when it was closed. */
export const STAKE_PARTS = ['blocked', 'waiting', 'supported', 'renewal', 'won', 'lost'] as const
export type StakePart = (typeof STAKE_PARTS)[number]

/** One opportunity and one feature: what each did for, or to, the other. */
export interface Stake {
  readonly opportunity: FactValues
  readonly counted: CountedOpportunity
  readonly feature: FeatureState
  /** Absent where the opportunity is here because its account had asked, and it opened after the feature shipped. */
  readonly link: FeatureLink | undefined
  readonly part: StakePart | undefined
  /** Opened within the window after the feature shipped, by an account that had asked before. */
  readonly isCreated: boolean
  /** Stood open when the feature shipped, linked by then. */
  readonly wasOpenAtShip: boolean
  readonly advancedOn: Day | undefined
  /** Stood open when the feature was promised. */
  readonly promisedOn: Day | undefined
  readonly advancedByPromiseOn: Day | undefined
  readonly improvedOn: Day | undefined
  /** The day the feature, as the last blocker, shipped, of an opportunity that then moved. */
  readonly unblockedOn: Day | undefined
  /** Whether it was one of the blockers of an opportunity that another feature unblocked. */
  readonly hasHelped: boolean
  /** Of a won opportunity: what the feature is credited with, in minor units. */
  readonly credit: number
  readonly exclusion: Exclusion | undefined
  /** Of a lost one: the feature was named as a blocker, and was not shipped. */
  readonly isMissed: boolean
  /** Ids of all blockers of the opportunity that are not shipped. */
  readonly missing: readonly string[]
}

/** What an opportunity needs to be looked at. */
export interface StakeInput {
  readonly opportunity: FactValues
  readonly counted: CountedOpportunity
  /** By id of the feature, once each. */
  readonly links: readonly FeatureLink[]
  /** Features that the account asked for at all, with the first day it did. */
  readonly askedOn: ReadonlyMap<string, { readonly feature: FeatureState; readonly on: Day }>
  readonly changes: readonly StageChange[]
  /** Days on which a feature was promised for it, by feature. */
  readonly promises: ReadonlyMap<string, readonly Day[]>
}

/** What an opportunity and the features it is about did for each other, by feature. */
export function stakesOf(input: StakeInput, derivation: Derivation): Stake[] {
  const { opportunity, counted, links, askedOn } = input
  const { model, zone } = derivation.context
  const { windowDays } = model.influence
  const stays = staysOf(counted.path, ladderOf(model, counted.source, counted.pipeline))
  const missing = links.flatMap(({ role, feature }) => (role === 'blocker' && !feature.isShipped ? [feature.id] : []))
  const unblocking = unblockingOf(links, stays, windowDays)
  const exclusions = links.map((link) => (opportunity.isWon === true ? exclusionOf(link, opportunity) : undefined))
  const credits = creditsOf(links, exclusions, input, derivation)
  const openedOn = counted.path[0]?.day
  const createdBy = ({ feature, on }: { readonly feature: FeatureState; readonly on: Day }) => {
    const { shippedOn } = feature
    if (shippedOn === undefined || openedOn === undefined || on > shippedOn) return false
    return openedOn >= shippedOn && openedOn <= shippedOn + windowDays
  }
  const stakes = links.map((link, i): Stake => {
    const { feature } = link
    const { shippedOn } = feature
    const asked = askedOn.get(feature.id)
    const isLinkedByShip = shippedOn !== undefined && link.askedOn !== undefined && link.askedOn <= shippedOn
    const wasOpenAtShip = isLinkedByShip && wasOpenOn(stays, shippedOn)
    const promises = (input.promises.get(feature.id) ?? []).filter((on) => wasOpenOn(stays, on))
    return {
      opportunity,
      counted,
      feature,
      link,
      part: partOf(opportunity, link),
      isCreated: asked !== undefined && createdBy(asked),
      wasOpenAtShip,
      advancedOn: wasOpenAtShip ? forwardWithin(stays, shippedOn, windowDays) : undefined,
      promisedOn: promises[0],
      advancedByPromiseOn: earliest(promises.map((on) => forwardWithin(stays, on, windowDays))),
      improvedOn: wasOpenAtShip
        ? improvedOn(counted.path, input.changes, shippedOn, windowDays, (at) => zone.dayOf(at))
        : undefined,
      unblockedOn: unblocking?.by === link ? unblocking.on : undefined,
      hasHelped: unblocking?.helpers.includes(link) ?? false,
      credit: credits[i] ?? 0,
      exclusion: exclusions[i],
      isMissed:
        opportunity.state === 'lost' &&
        link.role === 'blocker' &&
        wasMissingAtClose(feature, numberOf(opportunity.closedOn)),
      missing,
    }
  })
  for (const [id, asked] of askedOn) {
    if (links.some(({ feature }) => feature.id === id) || !createdBy(asked)) continue
    stakes.push({
      opportunity,
      counted,
      feature: asked.feature,
      link: undefined,
      part: undefined,
      isCreated: true,
      wasOpenAtShip: false,
      advancedOn: undefined,
      promisedOn: undefined,
      advancedByPromiseOn: undefined,
      improvedOn: undefined,
      unblockedOn: undefined,
      hasHelped: false,
      credit: 0,
      exclusion: undefined,
      isMissed: false,
      missing,
    })
  }
  return stakes.sort((a, b) => (a.feature.id < b.feature.id ? -1 : 1))
}

function partOf(opportunity: FactValues, { feature, role }: FeatureLink): StakePart {
  if (opportunity.isOpen !== true) return opportunity.isWon === true ? 'won' : 'lost'
  if (opportunity.kind === 'renewal') return 'renewal'
  if (feature.isShipped) return 'supported'
  return role === 'blocker' ? 'blocked' : 'waiting'
}

function creditsOf(
  links: readonly FeatureLink[],
  exclusions: readonly (Exclusion | undefined)[],
  { opportunity, counted }: StakeInput,
  derivation: Derivation,
): readonly number[] {
  if (opportunity.isWon !== true) return []
  const claims = links.flatMap(({ feature, role, certainty, askedAt }, i): (Claim & { readonly place: number })[] =>
    exclusions[i] === undefined && askedAt !== undefined && feature.shippedOn !== undefined
      ? [{ place: i, featureId: feature.id, role, certainty, askedAt, shippedOn: feature.shippedOn }]
      : [],
  )
  const credits: number[] = []
  const split = splitCredit(arrToday(counted), claims, derivation.context.model.influence)
  claims.forEach(({ place }, i) => {
    credits[place] = split?.[i] ?? 0
  })
  return credits
}

interface Unblocking {
  readonly by: FeatureLink
  readonly on: Day
  readonly helpers: readonly FeatureLink[]
}

/**
 * The feature that unblocked an opportunity, if any did: on the day it shipped the opportunity stood open, none of the blockers
 * known by then was left unshipped, and within the window it moved forward or was won. Of several such days the last one
 * counts; of several features on that day the one with the larger certainty, then the older request.
 */
function unblockingOf(links: readonly FeatureLink[], stays: readonly Stay[], windowDays: number): Unblocking | null {
  const blockers = links.filter(({ role }) => role === 'blocker')
  const days = new Set(blockers.flatMap(({ feature: { shippedOn } }) => (shippedOn === undefined ? [] : [shippedOn])))
  for (const day of [...days].sort((a, b) => b - a)) {
    // One that nobody dated may have been there from the beginning.
    const known = blockers.filter(({ askedOn }) => askedOn === undefined || askedOn <= day)
    if (!known.every(({ feature: { shippedOn } }) => shippedOn !== undefined && shippedOn <= day)) continue
    const candidates = known.flatMap((link) =>
      link.feature.shippedOn === day && link.askedAt !== undefined
        ? [{ link, featureId: link.feature.id, certainty: link.certainty, askedAt: link.askedAt }]
        : [],
    )
    const [by] = candidates.sort(foremost)
    if (by === undefined || forwardWithin(stays, day, windowDays) === undefined) continue
    const opened = (stays[0] as Stay).day
    const helpers = known.filter((link) => link !== by.link && (link.feature.shippedOn as Day) >= opened)
    return { by: by.link, on: day, helpers }
  }
  return null
}

/** The day within the window after shipping on which its ARR, or its probability, rose above what it was when the day began. */
function improvedOn(
  path: readonly PathPoint[],
  changes: readonly StageChange[],
  shippedOn: Day,
  windowDays: number,
  dayOf: (instant: number) => Day,
): Day | undefined {
  const until = shippedOn + windowDays
  const arr = path.findLast(({ day }) => day < shippedOn)?.arr ?? 0
  const raised = path.find((point) => point.day >= shippedOn && point.day <= until && point.arr > arr)?.day
  let before: number | undefined
  let likelier: Day | undefined
  for (const { at, probability } of changes) {
    if (at === undefined || probability === undefined) continue
    const on = dayOf(at)
    if (on < shippedOn) before = probability
    else if (on <= until && before !== undefined && probability > before) {
      likelier = on
      break
    }
  }
  return earliest([raised, likelier])
}

function earliest(days: readonly (Day | undefined)[]): Day | undefined {
  let first: Day | undefined
  for (const day of days) if (day !== undefined && (first === undefined || day < first)) first = day
  return first
}

/** Days on which features were promised for an opportunity, by feature, ascending: for itself, or for its account. */
export function promisesFor(
  opportunity: FactValues,
  commitments: readonly (Commitment & { readonly state: FeatureState | undefined })[],
  dayOf: (instant: number) => Day,
): Map<string, Day[]> {
  const promises = new Map<string, Day[]>()
  for (const { state, opportunityId, madeAt } of commitments) {
    if (state === undefined || madeAt === undefined) continue
    if (opportunityId !== undefined && opportunityId !== opportunity.id) continue
    const days = promises.get(state.id)
    if (days === undefined) promises.set(state.id, [dayOf(madeAt)])
    else days.push(dayOf(madeAt))
  }
  for (const days of promises.values()) days.sort((a, b) => a - b)
  return promises
}

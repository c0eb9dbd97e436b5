import { arrToday } from '../counted.ts'
import type { Day } from '../day.ts'
import { associationCounts } from './association-counts.ts'
import type { FeatureState } from './feature-state.ts'
import { numberOf } from './links.ts'
import { type Count, lostBy, placeOf } from './measures.ts'
import type { InfluenceSettings } from './settings.ts'
import type { Stake } from './stakes.ts'

/** What a dossier adds for one feature, theme, or all features together. */
export interface CountedSubject {
  /** `F:<id>`, `T:<theme>`, or `A`. */
  readonly subject: string
  /** Places of measures with their sums, those that are 0 left out, ascending. */
  readonly sums: readonly (readonly [place: number, value: number])[]
  readonly counts: readonly Count[]
}

/** All features together, each opportunity once. */
export const ALL_FEATURES = 'A'
export const featureSubject = (id: string): string => `F:${id}`
export const themeSubject = (theme: string): string => `T:${theme}`

/** What is known of a dossier's interest in features. */
export interface Demand {
  readonly feature: FeatureState
  readonly requests: number
  /** Whether an account that is known asked. */
  readonly isAccount: boolean
  /** Minor units that may be lost with the account for want of the feature; `undefined`: nothing is at risk. */
  readonly atRisk: number | undefined
}

/** Adds up what a dossier's opportunities and requests come to for the features of one subject. */
export function sumSubject(
  subject: string,
  stakes: readonly Stake[],
  demands: readonly Demand[],
  settings: InfluenceSettings,
  bounds: readonly number[],
): CountedSubject {
  const sums = new Sums()
  const counts: Count[] = []
  for (const { requests } of demands) sums.add('requests', requests)
  if (demands.some(({ isAccount, requests }) => isAccount && requests > 0)) sums.add('accounts', 1)
  const ids = new Set(demands.map(({ feature }) => feature.id))
  for (const of of Map.groupBy(stakes, ({ opportunity }) => opportunity.id).values()) addOpportunity(sums, of, ids)
  const atRisk = demands.flatMap((one) => (one.atRisk === undefined ? [] : [one.atRisk]))
  if (atRisk.length > 0 && !stakes.some(isRenewalAtRisk)) {
    sums.add('renewals', 1)
    sums.add('renewalsArr', Math.max(...atRisk))
  }
  if (subject.startsWith('F:')) {
    for (const stake of stakes) {
      if (stake.unblockedOn !== undefined) counts.push(...daysOf(stake, stake.unblockedOn))
      const { arm, counts: ages } = associationCounts(stake, settings.linkDays, bounds)
      if (arm !== undefined) sums.add(arm, 1)
      counts.push(...ages)
    }
  }
  return { subject, sums: sums.take(), counts }
}

/** One opportunity and those features of the subject that it has to do with. */
function addOpportunity(sums: Sums, stakes: readonly Stake[], ids: ReadonlySet<string>): void {
  const [{ opportunity, counted, missing }] = stakes as [Stake]
  const arr = arrToday(counted)
  const some = (is: (stake: Stake) => boolean) => stakes.some(is)
  const count = (measure: string, is: boolean) => {
    if (!is) return
    sums.add(measure, 1)
    sums.add(`${measure}Arr`, arr)
  }
  const parts = new Set(stakes.flatMap(({ part }) => (part === undefined ? [] : [part])))
  const isBlocked = parts.has('blocked')
  count('open', isBlocked || parts.has('waiting') || parts.has('supported'))
  count('blocked', isBlocked)
  count('sole', isBlocked && missing.every((id) => ids.has(id)))
  count('supported', parts.has('supported') && !isBlocked && !parts.has('waiting'))
  count('renewals', some(isRenewalAtRisk))
  if (isBlocked) {
    const probability = numberOf(opportunity.probability)
    if (probability === undefined) sums.add('without', 1)
    else sums.add('expected', Math.round(arr * probability))
  }
  count(
    'created',
    some(({ isCreated }) => isCreated),
  )
  sums.add('standing', some(({ wasOpenAtShip }) => wasOpenAtShip) ? 1 : 0)
  count(
    'advanced',
    some(({ advancedOn }) => advancedOn !== undefined),
  )
  sums.add('promised', some(({ promisedOn }) => promisedOn !== undefined) ? 1 : 0)
  count(
    'byPromise',
    some(({ advancedByPromiseOn }) => advancedByPromiseOn !== undefined),
  )
  count(
    'improved',
    some(({ improvedOn }) => improvedOn !== undefined),
  )
  const isUnblocked = some(({ unblockedOn }) => unblockedOn !== undefined)
  count('unblocked', isUnblocked)
  sums.add('helped', !isUnblocked && some(({ hasHelped }) => hasHelped) ? 1 : 0)
  count(
    'won',
    some(({ part, exclusion }) => part === 'won' && exclusion === undefined),
  )
  for (const { credit } of stakes) sums.add('credit', credit)
  sums.add('excluded', stakes.filter(({ exclusion }) => exclusion !== undefined).length)
  const missed = stakes.filter(({ isMissed }) => isMissed)
  count('lost', missed.length > 0)
  if (missed.length > 0) sums.add(lostBy(Math.max(...missed.map(({ link }) => link?.evidence ?? 1))), arr)
}

function isRenewalAtRisk({ part, feature }: Stake): boolean {
  return part === 'renewal' && !feature.isShipped
}

function daysOf({ link, opportunity }: Stake, unblockedOn: Day): Count[] {
  const counts: Count[] = [['ka', unblockedOn - (link?.askedOn ?? unblockedOn)]]
  const closedOn = numberOf(opportunity.closedOn)
  if (opportunity.isWon === true && closedOn !== undefined) counts.push(['kw', Math.max(0, closedOn - unblockedOn)])
  return counts
}

/** Sums by measure. */
export class Sums {
  readonly #values = new Map<number, number>()

  add(measure: string, value: number): void {
    if (value === 0) return
    const place = placeOf(measure)
    this.#values.set(place, (this.#values.get(place) ?? 0) + value)
  }

  take(): [number, number][] {
    return [...this.#values].filter(([, value]) => value !== 0).sort(([a], [b]) => a - b)
  }
}

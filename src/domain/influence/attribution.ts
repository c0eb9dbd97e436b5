import type { Day } from '../day.ts'
import type { RequestRole } from '../demand-records.ts'
import { splitByWeights } from '../statistics/largest-remainder.ts'
import type { InfluenceSettings, RoleWeights } from './settings.ts'

/** What credit depends on, of a feature that may earn some. */
export interface Claim {
  readonly featureId: string
  readonly role: RequestRole
  readonly certainty: number
  readonly askedAt: number
  readonly shippedOn: Day
}

const IMPORTANCE: RoleWeights = { blocker: 3, wanted: 2, shown: 1 }

/**
 * Splits the ARR of a won opportunity over the features that may earn credit: whole minor units that sum to it exactly, in the order
 * of the claims. `null`: none of them earns any, and all of it goes to *no feature linked*.
 *
 * Among the blockers where there are any, else among all: `even` in equal parts (which is the Shapley value when the sale
 * needs every blocker), `last` to the one that shipped last, `primary` to the most certain one. Among all: `first` to the one
 * asked for first, `importance` as 3 : 2 : 1 for blocker, wanted, shown, `custom` by the weights of the settings. Equals are
 * told apart by the larger certainty, then the older request, then the id.
 */
export function splitCredit(
  arr: number,
  claims: readonly Claim[],
  { attribution, weights }: Pick<InfluenceSettings, 'attribution' | 'weights'>,
): number[] | null {
  if (claims.length === 0) return null
  const blockers = claims.filter(({ role }) => role === 'blocker')
  const among = blockers.length > 0 ? blockers : claims
  const whole = (chosen: Claim | undefined) => claims.map((claim) => (claim === chosen ? 1 : 0))
  const first = (compare: (a: Claim, b: Claim) => number, list: readonly Claim[]) => list.toSorted(compare)[0]
  const shares = (): number[] => {
    switch (attribution) {
      case 'even':
        return claims.map((claim) => (among.includes(claim) ? 1 : 0))
      case 'first':
        return whole(first((a, b) => a.askedAt - b.askedAt || foremost(a, b), claims))
      case 'last':
        return whole(first((a, b) => b.shippedOn - a.shippedOn || foremost(a, b), among))
      case 'primary':
        return whole(first(foremost, among))
      case 'importance':
        return claims.map(({ role }) => IMPORTANCE[role])
      case 'custom':
        return claims.map(({ role }) => weights[role])
    }
  }
  return splitByWeights(arr, shares())
}

/** The larger certainty first, then the older request, then the smaller id. */
export function foremost(
  a: Pick<Claim, 'certainty' | 'askedAt' | 'featureId'>,
  b: Pick<Claim, 'certainty' | 'askedAt' | 'featureId'>,
): number {
  return b.certainty - a.certainty || a.askedAt - b.askedAt || (a.featureId < b.featureId ? -1 : 1)
}

/** The model and its weights, in the words that are printed beside the numbers. */
export function attributionInWords({ attribution, weights }: InfluenceSettings): string {
  const roles = ({ blocker, wanted, shown }: RoleWeights) => `blocker ${blocker} : wanted ${wanted} : shown ${shown}`
  switch (attribution) {
    case 'even':
      return 'even: equal parts to its blockers, without any to all features linked'
    case 'first':
      return 'first: 100 % to the feature asked for first'
    case 'last':
      return 'last: 100 % to the blocker that shipped last, without any to the feature that did'
    case 'primary':
      return 'primary: 100 % to the most certain blocker, without any to the most certain feature'
    case 'importance':
      return `importance: ${roles(IMPORTANCE)}`
    case 'custom':
      return `custom: ${roles(weights)}`
  }
}

import { type Day, monthIndexOf } from '../day.ts'
import { bandOf, type Count, MAX_AGE, openKey, withLost, withWon } from './measures.ts'
import type { Stake } from './stakes.ts'

/** What the comparison of opportunities with a feature to those without needs of one of them. */
export interface AssociationCounts {
  /** `withWonA` and the like; `undefined`: it is in neither arm. */
  readonly arm: string | undefined
  readonly counts: readonly Count[]
}

const NONE: AssociationCounts = { arm: undefined, counts: [] }

/**
 * Counts one opportunity that is linked to a feature.
 *
 * It is in the arm *with* when the feature was there all its life: opened in a month after the one of shipping, linked within
 * `linkDays` of opening, and still open then, since nobody can be linked early who closes before (no immortal time). By age it is
 * seen from the day it was linked on: *before* until the feature ships, *with* from then on. One that is linked on or after the day it
 * closed is not seen at all. `bounds`: where sizes begin, in minor units, told by the ARR it opened with.
 */
export function associationCounts(
  { counted, opportunity, feature, link }: Stake,
  linkDays: number,
  bounds: readonly number[],
): AssociationCounts {
  const { path, state } = counted
  const [opening] = path
  if (link?.askedOn === undefined || opening === undefined) return NONE
  const openedOn = opening.day
  const closed = state === 'open' ? undefined : Math.max(0, (path.at(-1)?.day ?? openedOn) - openedOn)
  const linked = Math.max(0, link.askedOn - openedOn)
  const isInTime = opportunity.isOpen === true || closed === undefined || linked < closed || linked === 0
  if (!isInTime) return NONE
  const { shippedOn } = feature
  if (feature.isShipped && shippedOn === undefined) return NONE
  const ship = shippedOn === undefined ? undefined : shippedOn - openedOn
  const counts: Count[] = []
  if (ship === undefined || ship > linked) addSpell(counts, 'b', openedOn, linked, ship, closed, state)
  if (ship !== undefined) addSpell(counts, 'w', openedOn, Math.max(linked, ship), undefined, closed, state)
  const isWith =
    shippedOn !== undefined &&
    monthIndexOf(openedOn) > monthIndexOf(shippedOn) &&
    linked <= linkDays &&
    closed !== undefined
  const arm =
    isWith && closed > linkDays ? (state === 'won' ? withWon : withLost)(bandOf(opening.arr, bounds)) : undefined
  return { arm, counts }
}

/** One opportunity under observation from one age until another, or until it closed; open ones until today. */
function addSpell(
  counts: Count[],
  arm: 'b' | 'w',
  openedOn: Day,
  from: number,
  until: number | undefined,
  closed: number | undefined,
  state: string,
): void {
  // Whoever closes at the age at which it would come in is not seen, but for those seen from the beginning.
  if (from > MAX_AGE || (closed !== undefined && closed <= from && from > 0)) return
  const end = Math.min(until ?? Infinity, MAX_AGE + 1)
  if (closed === undefined && until === undefined) {
    counts.push([`${arm}O`, openKey(openedOn, from)])
    return
  }
  if (from > 0) counts.push([`${arm}E`, from])
  if (closed !== undefined && closed <= end && closed <= MAX_AGE)
    counts.push([`${arm}${state === 'won' ? 'W' : 'L'}`, closed])
  else counts.push([`${arm}C`, end])
}

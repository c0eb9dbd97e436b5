import { MAX_BANDS } from './settings.ts'

const BANDS = [...'ABCDEF'].slice(0, MAX_BANDS)

/**
 * What is summed for a feature, a theme, or all features together; the names are part of stored keys. Each opportunity, and each
 * account, counts once, however many features of a theme it is about.
 *
 * `standing`: stood open when the feature shipped; `promised`: when it was promised. `without`: blocked ones that no
 * probability is known of. `lost3` to `lost1`: ARR lost by evidence. `with…`: opportunities that opened after shipping and
 * were linked early, won and lost, by size.
 */
export const MEASURES = [
  ...['requests', 'accounts', 'open', 'openArr', 'blocked', 'blockedArr', 'sole', 'soleArr', 'expected', 'without'],
  ...['supported', 'supportedArr', 'renewals', 'renewalsArr', 'created', 'createdArr'],
  ...['standing', 'advanced', 'advancedArr', 'promised', 'byPromise', 'byPromiseArr', 'improved', 'improvedArr'],
  ...['unblocked', 'unblockedArr', 'helped', 'won', 'wonArr', 'credit', 'excluded'],
  ...['lost', 'lostArr', 'lostC', 'lostB', 'lostA'],
  ...['usedBy', 'users', 'usedBefore', 'usersBefore', 'usedAfter', 'usersAfter', 'askedFirst', 'adopters'],
  ...BANDS.flatMap((band) => [`withWon${band}`, `withLost${band}`]),
] as const

const PLACES = new Map<string, number>(MEASURES.map((name, place) => [name, place]))

/** The place of a measure in the list. */
export function placeOf(measure: string): number {
  const place = PLACES.get(measure)
  if (place === undefined) throw new RangeError(`"${measure}" is no measure of influence`)
  return place
}

/** The measures of one size of opportunities. */
export function withWon(band: number): string {
  return `withWon${BANDS[band]}`
}

export function withLost(band: number): string {
  return `withLost${BANDS[band]}`
}

/** ARR lost by evidence: `lostC` for 3, `lostB` for 2, `lostA` for 1. */
export function lostBy(evidence: number): string {
  return `lost${'ABC'[evidence - 1]}`
}

/** The size of an opportunity: how many bounds, in minor units, it reaches. */
export function bandOf(arr: number, bounds: readonly number[]): number {
  let band = 0
  while (band < bounds.length && arr >= (bounds[band] as number)) band += 1
  return band
}

/**
 * What is counted by days besides, two letters and a number: `ka` days from asking to shipping, `kw` from shipping to the win, of
 * unblocked ones. By age in days of linked opportunities, before (`b`) and with (`w`) the feature: `E` seen from then on, `W`
 * won, `L` lost, `C` not seen any longer; `O` open ones, by `openKey`.
 */
export type Count = readonly [measure: string, of: number]

/** Ages are told apart up to this one; what goes on is not looked at any longer. */
export const MAX_AGE = 90
const AGES = 128

/** An opportunity that is open: the day it opened and the age from which it is seen, as one number. */
export function openKey(openedOn: number, age: number): number {
  return openedOn * AGES + age
}

export function readOpenKey(key: number): { readonly openedOn: number; readonly age: number } {
  const openedOn = Math.floor(key / AGES)
  return { openedOn, age: key - openedOn * AGES }
}

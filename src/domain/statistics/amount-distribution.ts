import { gridTotals } from './amount-grid.ts'
import { exactTotals, type UncertainAmount } from './amount-totals.ts'
import { requireShare } from './refusals.ts'

/** What the total of uncertain amounts may come to, in minor units. */
export interface AmountDistribution {
  readonly mean: number
  readonly standardDeviation: number
  readonly method: 'exact' | 'grid'
  /** How far the totals behind `atMost` and `quantile` may be off, either way; 0 when exact. */
  readonly amountError: number
  /** The chance that a total is off by more than `amountError`: 0 when exact, else about one in a billion at most. */
  readonly chanceError: number
  /** The chance of a total of at most this much. */
  atMost(amount: number): number
  /** The smallest total that is not exceeded with at least this chance: 0.1 is the P10. */
  quantile(share: number): number
}

/** So many uncertain amounts are still reckoned exactly: half of them have 2^12 totals. */
export const EXACT_UP_TO = 24

/** Chances that should be equal may come out a few units in the last place apart. */
const ROUNDING = 1e-12

/**
 * The distribution of the total of amounts that come independently of each other, or do not.
 *
 * Mean and standard deviation are never rounded to a grid. With fewer than 25 uncertain amounts (probability neither 0
 * nor 1) nor is the rest: two lists of up to 4,096 totals meet in the middle (Horowitz and Sahni 1974, JACM 21:277).
 * With more, amounts are rounded to a grid of at least 2,000 steps (131,072 and more) and convolved; the true quantile of
 * a share lies within `amountError` of the one told (of that share, give or take `chanceError`).
 *
 * The order of amounts does not matter. Amounts below 0 are allowed. No amounts give a total of 0. Costs 0.2 s for
 * 1,000 amounts, some seconds for 100,000. Throws a RangeError for an amount that is no whole number, a probability
 * outside 0 to 1, or amounts too large to sum. Real deals depend on each other: the true spread is wider.
 */
export function amountDistribution(amounts: readonly UncertainAmount[]): AmountDistribution {
  let certain = 0
  let mean = 0
  let variance = 0
  const uncertain: UncertainAmount[] = []
  for (const { amount, probability } of amounts.toSorted(byAmount)) {
    if (!Number.isSafeInteger(amount))
      throw new RangeError(`amount is ${amount}; it must be a whole number of minor units`)
    requireShare('probability', probability)
    mean += amount * probability
    variance += amount * amount * probability * (1 - probability)
    if (amount < 0) {
      // Losing it with p is to lose it for certain and to get it back with 1 − p.
      certain += probability === 0 ? 0 : amount
      if (probability > 0 && probability < 1) uncertain.push({ amount: -amount, probability: 1 - probability })
    } else if (probability === 1) certain += amount
    else if (amount > 0 && probability > 0) uncertain.push({ amount, probability })
  }
  uncertain.sort(byAmount)
  if (!Number.isSafeInteger(uncertain.reduce((sum, { amount }) => sum + amount, Math.abs(certain)))) {
    throw new RangeError('The amounts sum to more than whole numbers hold exactly; reckon in larger units')
  }
  const exact = uncertain.length <= EXACT_UP_TO
  const totals = exact ? exactTotals(uncertain) : gridTotals(uncertain)
  return {
    mean,
    standardDeviation: Math.sqrt(variance),
    method: exact ? 'exact' : 'grid',
    amountError: totals.amountError,
    chanceError: totals.chanceError,
    atMost: (amount) => Math.min(1, totals.atMost(amount - certain)),
    quantile(share) {
      requireShare('share', share)
      return certain + leastWhole(totals.largest, (amount) => totals.atMost(amount) >= share - ROUNDING)
    },
  }
}

/** A fixed order, so that sums round the same whatever order amounts came in. */
function byAmount(a: UncertainAmount, b: UncertainAmount): number {
  return a.amount - b.amount || a.probability - b.probability
}

/** The chances of how many of independent events happen, none to all (the Poisson binomial). Costs the square. */
export function countDistribution(probabilities: readonly number[]): number[] {
  const chances = [1]
  for (const probability of probabilities) {
    requireShare('probability', probability)
    chances.push(0)
    for (let count = chances.length - 1; count >= 0; count -= 1) {
      chances[count] = (chances[count] ?? 0) * (1 - probability) + (chances[count - 1] ?? 0) * probability
    }
  }
  return chances
}

/** The smallest whole number from 0 to `largest` that `holds`; it holds from somewhere on, at `largest` at the latest. */
function leastWhole(largest: number, holds: (amount: number) => boolean): number {
  let low = 0
  let high = largest
  while (low < high) {
    const middle = Math.floor(low + (high - low) / 2)
    if (holds(middle)) high = middle
    else low = middle + 1
  }
  return low
}

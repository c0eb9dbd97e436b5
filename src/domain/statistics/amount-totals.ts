/** An amount in minor units that comes with a probability, whole or not at all. */
export interface UncertainAmount {
  readonly amount: number
  readonly probability: number
}

/** Chances of totals, from 0 to `largest`, of amounts above 0; with how far they may be off, and how likely further. */
export interface Totals {
  readonly largest: number
  readonly amountError: number
  readonly chanceError: number
  atMost(amount: number): number
}

/**
 * Chances of totals of a few amounts above 0, exactly, by meeting in the middle (Horowitz and Sahni 1974, JACM 21:277):
 * each half has 2^(n/2) totals, and one sweep over both finds the chance of a sum.
 */
export function exactTotals(amounts: readonly UncertainAmount[]): Totals {
  const low = allTotals(amounts.filter((_, index) => index % 2 === 0))
  const high = allTotals(amounts.filter((_, index) => index % 2 === 1))
  return {
    largest: amounts.reduce((sum, { amount }) => sum + amount, 0),
    amountError: 0,
    chanceError: 0,
    atMost(amount) {
      let chance = 0
      let upTo = 0
      let next = 0
      for (let index = low.totals.length - 1; index >= 0; index -= 1) {
        const left = amount - (low.totals[index] ?? 0)
        for (; next < high.totals.length && (high.totals[next] ?? 0) <= left; next += 1) upTo += high.chances[next] ?? 0
        chance += (low.chances[index] ?? 0) * upTo
      }
      return chance
    },
  }
}

/** Every total that a few amounts may come to, ascending, with its chance. */
function allTotals(amounts: readonly UncertainAmount[]): { totals: Float64Array; chances: Float64Array } {
  let pairs = [{ total: 0, chance: 1 }]
  for (const { amount, probability } of amounts) {
    pairs = pairs.flatMap(({ total, chance }) => [
      { total, chance: chance * (1 - probability) },
      { total: total + amount, chance: chance * probability },
    ])
  }
  pairs.sort((a, b) => a.total - b.total)
  return {
    totals: Float64Array.from(pairs, ({ total }) => total),
    chances: Float64Array.from(pairs, ({ chance }) => chance),
  }
}

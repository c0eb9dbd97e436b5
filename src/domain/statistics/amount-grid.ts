import type { Totals, UncertainAmount } from './amount-totals.ts'

/** Far above the 2,000 that the forecast asks for: with chances cut off at both ends, fineness costs little. */
const FEWEST_STEPS = 2 ** 17
const STEPS_PER_AMOUNT = 4

/** Totals less likely than this are dropped at both ends, and what was dropped is told. */
const NEGLIGIBLE = 1e-20

/** One in a billion: the chance that Hoeffding's bound is allowed to fail. */
const HOEFFDING_FAILS = 1e-9

/**
 * Chances of totals of amounts above 0 (ascending), each rounded to the nearest of equal steps, and convolved.
 *
 * What rounding adds to a total is Σ e·B, where e is the error of an amount and B whether it comes. Its mean is taken
 * off again; `amountError` bounds the rest: by the worst that can come, or by Hoeffding's inequality (1963, JASA 58:13).
 */
export function gridTotals(amounts: readonly UncertainAmount[]): Totals {
  const largest = amounts.reduce((sum, { amount }) => sum + amount, 0)
  const step = largest / (FEWEST_STEPS + STEPS_PER_AMOUNT * amounts.length)
  const inSteps = amounts.map(({ amount, probability }) => ({ amount, probability, steps: Math.round(amount / step) }))
  const chances = new Float64Array(inSteps.reduce((sum, { steps }) => sum + steps, 0) + 1)
  chances[0] = 1
  let from = 0
  let to = 0
  let dropped = 0
  let bias = 0
  let up = 0
  let down = 0
  let squares = 0
  for (const { amount, probability, steps } of inSteps) {
    convolve(chances, from, to, steps, probability)
    to += steps
    for (; (chances[from] ?? 1) < NEGLIGIBLE; from += 1) dropped += takeOut(chances, from)
    for (; (chances[to] ?? 1) < NEGLIGIBLE; to -= 1) dropped += takeOut(chances, to)
    const error = steps * step - amount
    bias += error * probability
    up += Math.max(0, error)
    down += Math.max(0, -error)
    squares += error * error
  }
  const atWorst = Math.max(up - bias, down + bias)
  const likely = Math.sqrt((squares * Math.log(2 / HOEFFDING_FAILS)) / 2)
  for (let at = 1; at < chances.length; at += 1) chances[at] = (chances[at] ?? 0) + (chances[at - 1] ?? 0)
  return {
    largest,
    // One more, for the whole minor unit that a quantile is rounded to.
    amountError: Math.min(atWorst, likely) + 1,
    chanceError: dropped + (likely < atWorst ? HOEFFDING_FAILS : 0),
    atMost(amount) {
      if (amount >= largest) return 1
      const at = Math.floor((amount + bias) / step)
      return amount < 0 || at < 0 ? 0 : (chances[Math.min(at, chances.length - 1)] ?? 1)
    },
  }
}

/** Adds one amount to totals that lie between `from` and `to`, in place: from above, so that none is used twice. */
function convolve(chances: Float64Array, from: number, to: number, steps: number, probability: number): void {
  const without = 1 - probability
  for (let at = to + steps; at >= from + steps; at -= 1) {
    chances[at] = (chances[at] ?? 0) * without + (chances[at - steps] ?? 0) * probability
  }
  for (let at = Math.min(from + steps - 1, to); at >= from; at -= 1) chances[at] = (chances[at] ?? 0) * without
}

function takeOut(chances: Float64Array, at: number): number {
  const chance = chances[at] ?? 0
  chances[at] = 0
  return chance
}

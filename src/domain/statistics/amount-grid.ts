import type { Totals, UncertainAmount } from './amount-totals.ts'

/** Never fewer steps than this many; more where there are many amounts, for each of them is rounded. */
const FEWEST_STEPS = 2000
const STEPS_PER_AMOUNT = 32
/** Steps times amounts; beyond it the grid gets coarser again, down to the fewest steps. */
const MOST_WORK = 2e9

/** One in a billion: the chance that Hoeffding's bound is allowed to fail. */
const CHANCE_ERROR = 1e-9

/**
 * Chances of totals of amounts above 0 (ascending), each rounded to the nearest of equal steps, and convolved.
 *
 * What rounding adds to a total is Σ e·B, where e is the error of an amount and B whether it comes. Its mean is taken
 * off again; `amountError` bounds the rest.
 */
export function gridTotals(amounts: readonly UncertainAmount[]): Totals {
  const largest = amounts.reduce((sum, { amount }) => sum + amount, 0)
  const wanted = Math.min(amounts.length * STEPS_PER_AMOUNT, MOST_WORK / amounts.length)
  const step = largest / Math.max(FEWEST_STEPS, Math.floor(wanted))
  const inSteps = amounts.map(({ amount, probability }) => ({ amount, probability, steps: Math.round(amount / step) }))
  const chances = new Float64Array(inSteps.reduce((sum, { steps }) => sum + steps, 0) + 1)
  chances[0] = 1
  let reached = 0
  let bias = 0
  let up = 0
  let down = 0
  let squares = 0
  for (const { amount, probability, steps } of inSteps) {
    convolve(chances, reached, steps, probability)
    reached += steps
    const error = steps * step - amount
    bias += error * probability
    up += Math.max(0, error)
    down += Math.max(0, -error)
    squares += error * error
  }
  const atWorst = Math.max(up - bias, down + bias)
  const likely = Math.sqrt((squares * Math.log(2 / CHANCE_ERROR)) / 2)
  for (let index = 1; index < chances.length; index += 1)
    chances[index] = (chances[index] ?? 0) + (chances[index - 1] ?? 0)
  return {
    largest,
    // One more, for the whole minor unit that a quantile is rounded to.
    amountError: Math.min(atWorst, likely) + 1,
    chanceError: likely < atWorst ? CHANCE_ERROR : 0,
    atMost(amount) {
      if (amount >= largest) return 1
      const index = Math.floor((amount + bias) / step)
      return amount < 0 || index < 0 ? 0 : (chances[Math.min(index, chances.length - 1)] ?? 1)
    },
  }
}

function convolve(chances: Float64Array, reached: number, steps: number, probability: number): void {
  const without = 1 - probability
  for (let index = reached + steps; index >= steps; index -= 1) {
    chances[index] = (chances[index] ?? 0) * without + (chances[index - steps] ?? 0) * probability
  }
  for (let index = Math.min(steps, reached + 1) - 1; index >= 0; index -= 1)
    chances[index] = (chances[index] ?? 0) * without
}

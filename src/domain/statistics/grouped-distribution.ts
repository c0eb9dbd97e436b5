import type { AmountDistribution } from './amount-distribution.ts'
import { requireShare } from './refusals.ts'

/** Amounts of one size that come with one probability, each whole or not at all: no single amount of them is known. */
export interface AmountGroup {
  readonly count: number
  /** What they come to together, in minor units. */
  readonly sum: number
  /** What each is at least and at most. */
  readonly low: number
  readonly high: number
  readonly probability: number
}

/** Steps of the grid; the forecast asks for 2,000 at least. */
export const GROUP_GRID_STEPS = 4096
/** One in a billion: how likely each of the bounds may fail. */
const BOUND_FAILS = 1e-9

/**
 * The distribution of the total of many amounts of which only groups are known, as if each were the mean of its group.
 *
 * The mean is exact. The rest is read off the total's characteristic function, Π (1 − p + p·e^{iθa})^n, on a grid of
 * `GROUP_GRID_STEPS` steps (Davies 1973, Biometrika 60:415). The grid spans all that may come, or as much as the total stays within but
 * for once in a billion (Bernstein's inequality, as in Boucheron, Lugosi and Massart 2013, § 2.8). Where the total is smooth on that grid,
 * as that of many is, amounts need no rounding to steps; else they are rounded, and what that adds on average is taken off. `amountError`
 * bounds what comes of steps and of amounts that differ from their group's mean: Hoeffding's inequality (1963, JASA 58:13), where the
 * squares of differences within a group are at most n·(high − mean)·(mean − low) (Bhatia and Davis 2000). Costs groups × 2,048, whatever
 * the counts.
 */
export function groupedDistribution(groups: readonly AmountGroup[]): AmountDistribution {
  const sure = groups.filter(({ count, probability }) => count > 0 && probability > 0)
  const mean = sure.reduce((total, { sum, probability }) => total + sum * probability, 0)
  const variance = sure.reduce((total, one) => total + one.count * meanOf(one) ** 2 * varianceOf(one), 0)
  const largest = sure.reduce((most, one) => Math.max(most, Math.abs(meanOf(one))), 0)
  const everything = sure.reduce((total, { sum }) => total + Math.abs(sum), 0)
  const failsBy = Math.log(2 / BOUND_FAILS)
  const reach = (failsBy * largest) / 3 + Math.sqrt(((failsBy * largest) / 3) ** 2 + 2 * failsBy * variance)
  const span = Math.min(2 * reach, everything) + 2 * largest
  const step = span === 0 ? 1 : span / (GROUP_GRID_STEPS - 2)
  const isSmooth = smoothOn(sure, step)
  const inSteps = (one: AmountGroup) => (isSmooth ? meanOf(one) / step : Math.round(meanOf(one) / step))
  let [squares, bias] = [0, 0]
  for (const one of sure) {
    const off = isSmooth ? 0 : inSteps(one) * step - meanOf(one)
    bias += one.count * off * one.probability
    squares += one.count * (off ** 2 + (one.high - meanOf(one)) * (meanOf(one) - one.low))
  }
  const below = sure.reduce((total, one) => total + (one.sum < 0 ? one.count * inSteps(one) : 0), 0)
  const centre = Math.round((mean + bias) / step)
  const first = span >= everything + 2 * largest ? Math.floor(below) - 1 : centre - GROUP_GRID_STEPS / 2
  const upTo = lattice(sure, inSteps, first)
  const atMost = (amount: number) => upTo(Math.floor((amount + bias) / step))
  return {
    mean,
    standardDeviation: Math.sqrt(variance),
    method: 'grid',
    amountError: Math.sqrt((squares * failsBy) / 2) + 2 * step + 1,
    chanceError: 2 * BOUND_FAILS,
    atMost,
    quantile(share) {
      requireShare('share', share)
      let [low, high] = [first, first + GROUP_GRID_STEPS - 1]
      while (low < high) {
        const middle = low + Math.floor((high - low) / 2)
        if (upTo(middle) >= share) high = middle
        else low = middle + 1
      }
      return Math.round(low * step - bias)
    },
  }
}

/** The chance of a total of at most so many steps, of totals that lie within the grid from `first` on. */
function lattice(
  groups: readonly AmountGroup[],
  inSteps: (one: AmountGroup) => number,
  first: number,
): (steps: number) => number {
  const half = GROUP_GRID_STEPS / 2
  const [real, imaginary] = [new Float64Array(half + 1), new Float64Array(half + 1)]
  for (let at = 1; at <= half; at += 1) {
    const angle = (2 * Math.PI * at) / GROUP_GRID_STEPS
    let [size, turn] = [0, 0]
    for (const one of groups) {
      const [x, y] = wave(one, angle * inSteps(one))
      size += (one.count / 2) * Math.log(x * x + y * y)
      turn += one.count * Math.atan2(y, x)
    }
    // Divided by 1 − e^{−iθ}, which sums over all steps up to one.
    const [a, b] = [1 - Math.cos(angle), Math.sin(angle)]
    const [c, d] = [Math.exp(size) * Math.cos(turn - angle * first), Math.exp(size) * Math.sin(turn - angle * first)]
    const over = a * a + b * b
    real[at] = (c * a + d * b) / over
    imaginary[at] = (d * a - c * b) / over
  }
  return (steps) => {
    if (steps < first) return 0
    const places = Math.min(GROUP_GRID_STEPS, steps - first + 1)
    let sum = places
    for (let at = 1; at <= half; at += 1) {
      const angle = (2 * Math.PI * at * places) / GROUP_GRID_STEPS
      const [x, y] = [1 - Math.cos(angle), Math.sin(angle)]
      sum += (at === half ? 1 : 2) * ((real[at] as number) * x - (imaginary[at] as number) * y)
    }
    return Math.min(1, Math.max(0, sum / GROUP_GRID_STEPS))
  }
}

function meanOf({ sum, count }: AmountGroup): number {
  return sum / count
}

/** The characteristic function of one amount of a group. */
function wave({ probability }: AmountGroup, angle: number): readonly [real: number, imaginary: number] {
  return [1 - probability + probability * Math.cos(angle), probability * Math.sin(angle)]
}

/** Whether a total moves so little within two steps that nothing of it is lost between them: nothing is left of its higher half. */
function smoothOn(groups: readonly AmountGroup[], step: number): boolean {
  for (let at = GROUP_GRID_STEPS / 4; at <= GROUP_GRID_STEPS / 2; at += GROUP_GRID_STEPS / 64) {
    let size = 0
    for (const one of groups) {
      const [x, y] = wave(one, ((2 * Math.PI * at) / GROUP_GRID_STEPS) * (meanOf(one) / step))
      size += (one.count / 2) * Math.log(x * x + y * y)
    }
    if (size > Math.log(NOTHING)) return false
  }
  return true
}

const NOTHING = 1e-12

function varianceOf({ probability }: AmountGroup): number {
  return probability * (1 - probability)
}

import { effortOf, isFeasible, type Problem, worthOf } from './problem.ts'
import { EVERYBODY } from './settings.ts'

/** Features by worth per effort, with the numbers that explain it. */
export interface Ranking {
  readonly places: readonly number[]
  /** What following the ranking, and skipping what does not fit, is worth. */
  readonly value: number
  numbers(place: number): RankNumbers
}

export interface RankNumbers {
  readonly effort: number
  readonly worth: number
  readonly worthAlone: number
  readonly deals: number
  readonly accounts: number
  readonly perEffort?: number
}

/**
 * Features in the order of the worth that waits for them per unit of effort; equal ones by id.
 *
 * An explanation, not a plan: it counts a deal at each of its blockers, and building the first of them brings nothing. How much less
 * it is worth to follow it than the plan is part of the explanation.
 */
export function rankFeatures(problem: Problem, limits: readonly number[]): Ranking {
  const numbers = problem.features.map((_, place) => numbersOf(problem, place))
  const rate = (place: number) => numbers[place]?.perEffort ?? (numbers[place]?.worth ? Number.POSITIVE_INFINITY : 0)
  const places = [...problem.features.keys()].sort((a, b) => {
    const [first, second] = [rate(a), rate(b)]
    return first === second ? a - b : second > first ? 1 : -1
  })
  const followed = new Set<number>()
  for (const place of places) {
    const next = new Set([...followed, place, ...(problem.needs[place] ?? [])])
    if (isFeasible(problem, next, limits)) for (const one of next) followed.add(one)
  }
  return { places, value: worthOf(problem, followed), numbers: (place) => numbers[place] as RankNumbers }
}

function numbersOf(problem: Problem, place: number): RankNumbers {
  const efforts = effortOf(problem, [place])
  // What a squad builds is part of what everybody does.
  const ofAll = efforts[problem.capacities.indexOf(EVERYBODY)]
  const effort = ofAll ?? efforts.reduce((sum, one) => sum + one, 0)
  let [worth, worthAlone, deals] = [0, 0, 0]
  const accounts = new Set<string>()
  for (const at of problem.bundlesOf[place] ?? []) {
    const bundle = problem.bundles[at] as Problem['bundles'][number]
    worth += bundle.worth
    if (bundle.blockers.length === 1) worthAlone += bundle.worth
    deals += bundle.deals.length
    for (const { accountId } of bundle.deals) if (accountId !== undefined) accounts.add(accountId)
  }
  const row = { effort, worth, worthAlone, deals, accounts: accounts.size }
  return effort > 0 ? { ...row, perEffort: worth / effort } : row
}

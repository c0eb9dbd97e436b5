import { effortOf, isFeasible, type Problem, totalWorth, worthOf } from './problem.ts'
import {
  boundBy,
  chosenBy,
  columnsOf,
  type Forced,
  inMinorUnits,
  type PriorityProgram,
  type Program,
  type Solve,
  toProgram,
} from './program.ts'
import { searchPlan } from './search.ts'

/** A set of features with what it is worth, and what no set is worth more than. */
export interface BestSet {
  /** `null` where not even what is forced can be built. */
  readonly chosen: ReadonlySet<number> | null
  /** Minor units. */
  readonly value: number
  /** Minor units; equal to the value where the set is proven best. */
  readonly bound: number
  readonly isExact: boolean
}

export interface SetFound extends BestSet {
  /** A price for each row of the program, where it was asked for and found. */
  readonly prices: Float64Array | null
}

/** What solves programs, and how much time is left for all of them; a clock behind it, or a number. */
export interface SolverTime {
  readonly solve: Solve
  readonly leftMs: () => number
}

export const NOT_FORCED: Forced = { inside: [], outside: [] }
/** A solver takes as much for nothing, in sums of thousands of columns. */
const SOLVER_LOST = 1e-7
/** How often a search tries to better what it has, and in how much of the time. */
const SEARCH_ROUNDS = 300
const SEARCH_SHARE = 0.25

/**
 * The set of features that is worth most within the limits, as far as a share of the time that is left allows; of sets worth the same, one of little effort.
 *
 * What it names as its worth and effort is counted anew from the set, in whole numbers; a solver is never believed in that. Its bound
 * is the smallest of what the solver proves and what row prices prove (`boundBy`).
 */
export async function bestSet(
  problem: Problem,
  limits: readonly number[],
  forced: Forced,
  { solve, leftMs }: SolverTime,
  share: number,
  begin: ReadonlySet<number> | null = null,
): Promise<SetFound> {
  const [start, limitMs] = [leftMs(), leftMs() * share]
  const isTime = () => start - leftMs() < limitMs * SEARCH_SHARE
  const found = searchPlan(problem, limits, forced, SEARCH_ROUNDS, begin, isTime)
  if (found === null) return { chosen: null, value: 0, bound: 0, isExact: true, prices: null }
  // Solvers do not take a program without columns.
  if (problem.features.length === 0) return { chosen: found, value: 0, bound: 0, isExact: true, prices: null }
  const program = toProgram(problem, limits, forced)
  const answer = await solve({ ...program, start: columnsOf(problem, found) }, limitMs * (1 - SEARCH_SHARE), {
    withPrices: true,
  })
  const solved = answer.values === null ? null : chosenBy(problem, answer.values)
  const isUsable = solved !== null && isFeasible(problem, solved, limits) && keeps(solved, forced)
  let chosen = isUsable && worthOf(problem, solved) > worthOf(problem, found) ? solved : found
  chosen = withoutIdle(problem, chosen, forced)
  const value = worthOf(problem, chosen)
  const proven = inMinorUnits(answer.bound, program.scale, SOLVER_LOST)
  const priced = answer.prices === null ? Number.POSITIVE_INFINITY : boundBy(program, answer.prices)
  const most = Math.min(proven, priced, totalWorth(problem))
  const isExact = (answer.status === 'optimal' && isUsable) || most <= value
  const bound = isExact ? value : most
  return { chosen, value, bound, isExact, prices: answer.prices }
}

/** Of the sets worth as much as one that is proven best, one of least effort; the same set where that is not found in time. */
export async function leastEffort(
  problem: Problem,
  limits: readonly number[],
  forced: Forced,
  { chosen, value, isExact }: BestSet,
  { solve, leftMs }: SolverTime,
  share: number,
): Promise<ReadonlySet<number> | null> {
  if (chosen === null || !isExact || chosen.size === 0) return chosen
  const program = toProgram(problem, limits, forced)
  const answer = await solve(cheapest(program, problem, value, columnsOf(problem, chosen)), leftMs() * share)
  if (answer.values === null) return chosen
  const other = withoutIdle(problem, chosenBy(problem, answer.values), forced)
  const isBetter =
    isFeasible(problem, other, limits) &&
    keeps(other, forced) &&
    worthOf(problem, other) === value &&
    total(problem, other) < total(problem, chosen)
  return isBetter ? other : chosen
}

/** The program with its objective as a row, to be kept, and effort as what is to be small. */
function cheapest(program: PriorityProgram, problem: Problem, value: number, start: Float64Array): Program {
  const count = problem.features.length
  const cost = new Float64Array(program.cost.length)
  for (let place = 0; place < count; place += 1) cost[place] = -total(problem, [place])
  const worth = [...program.cost.keys()].filter((column) => program.cost[column] !== 0)
  const kept = -(value - 0.5) / program.scale
  return {
    ...program,
    cost,
    start,
    rowUpper: Float64Array.from([...program.rowUpper, kept]),
    starts: Int32Array.from([...program.starts, program.indices.length + worth.length]),
    indices: Int32Array.from([...program.indices, ...worth]),
    values: Float64Array.from([...program.values, ...worth.map((column) => -(program.cost[column] ?? 0))]),
  }
}

/** A set without what nothing that counts waits for. */
export function withoutIdle(problem: Problem, chosen: ReadonlySet<number>, forced: Forced): ReadonlySet<number> {
  const used = new Set<number>()
  const use = (place: number) => {
    used.add(place)
    for (const need of problem.needs[place] ?? []) used.add(need)
  }
  for (const place of forced.inside) use(place)
  for (const { blockers } of problem.bundles)
    if (blockers.every((place) => chosen.has(place))) for (const place of blockers) use(place)
  return new Set([...chosen].filter((place) => used.has(place)))
}

function keeps(chosen: ReadonlySet<number>, { inside, outside }: Forced): boolean {
  return inside.every((place) => chosen.has(place)) && !outside.some((place) => chosen.has(place))
}

function total(problem: Problem, chosen: Iterable<number>): number {
  return effortOf(problem, chosen).reduce((sum, effort) => sum + effort, 0)
}

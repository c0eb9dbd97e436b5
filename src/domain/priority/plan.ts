import { type BestSet, bestSet, leastEffort, type SetFound, type SolverTime, withoutIdle } from './best-set.ts'
import type { LeftOut, PriorityDeal, PriorityInput } from './priority-input.ts'
import { effortOf, type Problem, toProblem, totalWorth, worthOf } from './problem.ts'
import { boundBy, type Forced, toProgram } from './program.ts'
import { rankFeatures } from './ranking.ts'
import { searchPlan } from './search.ts'

/** What to build next, and why: the answer to `PriorityInput`. Money is in minor units, effort in the input's own unit. */
export interface PriorityPlan {
  /** The set of the next period that is worth most. */
  readonly best: Plan
  readonly features: readonly FeaturePriority[]
  /** The same with a tenth of every capacity less, and more. */
  readonly withLess: OtherLimits
  readonly withMore: OtherLimits
  /** What shares of every capacity would be worth, from small to large; never less for more. */
  readonly frontier: readonly FrontierPoint[]
  /** What following the ranking by worth per effort, and skipping what does not fit, would be worth. */
  readonly byRanking: number
  readonly leftOut: readonly LeftOut[]
}

export interface Plan {
  /** False where not even what people decided for fits: then nothing is chosen. */
  readonly isPossible: boolean
  /** Features, by id. */
  readonly chosen: readonly string[]
  readonly value: number
  /** No set is worth more. */
  readonly bound: number
  /** Whether the set is proven best. */
  readonly isExact: boolean
  /** By capacity. */
  readonly effort: Readonly<Record<string, number>>
  /** What counts because all its blockers are in the set. */
  readonly deals: readonly PriorityDeal[]
}

export interface OtherLimits extends Plan {
  /** How much more (less: below 0) it is worth than the plan. */
  readonly difference: number
  readonly added: readonly string[]
  readonly removed: readonly string[]
}

export interface FrontierPoint extends Plan {
  /** Of every capacity of the next period. */
  readonly share: number
}

export interface FeaturePriority {
  readonly id: string
  readonly isChosen: boolean
  /** The period it is planned for; `null`: none that is looked at. Beyond the next period by the ranking, not by an exact plan. */
  readonly period: string | null
  /** Place in the ranking, from 1. */
  readonly rank: number
  readonly effort: number
  /** Of all that waits for it, alone or with others: overlaps between features. */
  readonly worth: number
  /** Of what waits for it and for nothing else. */
  readonly worthAlone: number
  readonly deals: number
  readonly accounts: number
  /** Worth per unit of effort; absent where there is no effort. */
  readonly perEffort?: number
  /** The opposite of the plan: to leave it out of it, or to take it in. */
  readonly otherwise: Otherwise
}

/** What it costs to decide about a feature otherwise than the plan, dated by the plan's day. */
export interface Otherwise {
  /** `yes`: it is built in the next period, come what may; `no`: it is not. */
  readonly decision: 'yes' | 'no'
  /** False where it does not fit, or where people decided against what it needs, or for what needs it. */
  readonly isPossible: boolean
  /**
   * What the plan is worth less; between the least and the most it can be where not all is proven. Below 0 only where people decided
   * about the feature: then it is what their decision costs.
   */
  readonly cost: number
  readonly costAtLeast: number
  readonly costAtMost: number
  readonly isExact: boolean
  readonly dealsLost: readonly PriorityDeal[]
  readonly dealsGained: readonly PriorityDeal[]
  readonly moved: readonly Moved[]
}

/** A feature that ships in another period; `null`: in none that is looked at. */
export interface Moved {
  readonly id: string
  readonly from: string | null
  readonly to: string | null
}

/** Rounds of the search for what-ifs, which begin with a good plan. */
const OTHERWISE_ROUNDS = 20
const TENTH = 10
/** Shares of the capacities that are looked at beside the plan’s own, and a tenth less and more. */
const FRONTIER_SHARE = 0.04
const SHARES = [0.25, 0.5, 0.75, 0.9, 1, 1.1, 1.25, 1.5, 2] as const

/**
 * The set of features of the next period that is worth most, with what explains it.
 *
 * Exact where time allows, and always with a true bound. A decision against the plan has a cost that is never below 0, unless it is
 * against what people decided: where one is found to be worth more than an unproven plan, it becomes the plan. The same input gives the same plan, as long as time does not
 * run out; time changes how much is proven.
 */
export async function planPriority(input: PriorityInput, time: SolverTime): Promise<PriorityPlan> {
  const problem = toProblem(input)
  const limits = limitsOf(problem, input, 0)
  const forced = decided(problem)
  let found = await bestSet(problem, limits, forced, time, 0.45)
  found = { ...found, chosen: await leastEffort(problem, limits, forced, found, time, 0.1) }
  const less = limits.map((limit) => limit - Math.ceil(limit / TENTH))
  const more = limits.map((limit) => limit + Math.floor(limit / TENTH))
  const withLess = await bestSet(problem, less, forced, time, 0.2, found.chosen)
  let withMore: BestSet = await bestSet(problem, more, forced, time, 0.2, found.chosen)

  let others = lookOtherwise(problem, limits, forced, found, time)
  for (;;) {
    const free = [...others].filter(([place]) => problem.features[place]?.decided === undefined)
    const better = [...free.map(([, one]) => one), withLess].reduce(
      (most: BestSet, one) => (one.value > most.value ? one : most),
      found,
    )
    if (better === found) break
    // Each time it is worth more, so that it ends.
    found = { ...found, chosen: better.chosen, value: better.value, isExact: better.value >= found.bound }
    others = lookOtherwise(problem, limits, forced, found, time)
  }
  // What fits now fits with more.
  if (withMore.value < found.value) withMore = { ...withMore, chosen: found.chosen, value: found.value }
  const frontier = await alongFrontier(problem, limits, forced, [withLess, found, withMore], time)
  await proveOtherwise(problem, limits, forced, found, others, time)
  return { ...report(input, problem, limits, found, others, withLess, withMore), frontier }
}

/** What other shares of the capacities are worth, beside what is planned already. */
async function alongFrontier(
  problem: Problem,
  limits: readonly number[],
  forced: Forced,
  [less, same, more]: readonly [BestSet, BestSet, BestSet],
  time: SolverTime,
): Promise<FrontierPoint[]> {
  const planned = new Map<number, BestSet>([
    [0.9, less],
    [1, same],
    [1.1, more],
  ])
  let before: BestSet = { chosen: null, value: 0, bound: 0, isExact: true }
  const points: FrontierPoint[] = []
  for (const share of SHARES) {
    const other = limits.map((limit) => Math.floor(limit * share))
    const one = planned.get(share) ?? (await bestSet(problem, other, forced, time, FRONTIER_SHARE, before.chosen))
    // What fits in less fits in more.
    before = one.value >= before.value ? one : { ...before, bound: Math.max(one.bound, before.value), isExact: false }
    points.push({ share, ...planOf(problem, before) })
  }
  return points
}

/** For each feature the best set that decides about it otherwise, by search, with a bound by the prices of the plan. */
function lookOtherwise(
  problem: Problem,
  limits: readonly number[],
  forced: Forced,
  found: SetFound,
  { leftMs }: SolverTime,
): Map<number, BestSet> {
  const others = new Map<number, BestSet>()
  for (const place of problem.features.keys()) {
    const other = otherwise(forced, found, place)
    const chosen = searchPlan(problem, limits, other, OTHERWISE_ROUNDS, found.chosen, () => leftMs() > 0)
    if (chosen === null) {
      others.set(place, { chosen, value: 0, bound: 0, isExact: true })
      continue
    }
    const value = worthOf(problem, chosen)
    // Without what people decided there may be more than with it.
    const known = problem.features[place]?.decided === undefined ? found.bound : totalWorth(problem)
    const priced = found.prices === null ? known : boundBy(toProgram(problem, limits, other), found.prices)
    const bound = Math.max(value, Math.min(known, priced))
    others.set(place, { chosen: withoutIdle(problem, chosen, other), value, bound, isExact: bound <= value })
  }
  return others
}

/** Replaces what is not proven by what a solver proves, what is worth most first, until time is over. */
async function proveOtherwise(
  problem: Problem,
  limits: readonly number[],
  forced: Forced,
  found: SetFound,
  others: Map<number, BestSet>,
  time: SolverTime,
): Promise<void> {
  if (!found.isExact) return
  const open = [...others].filter(([, { isExact }]) => !isExact)
  open.sort(([, a], [, b]) => b.value - a.value)
  for (const [place, before] of open) {
    if (time.leftMs() < LEAST_MS || before.chosen === null) return
    const proven = await bestSet(problem, limits, otherwise(forced, found, place), time, 1, before.chosen)
    const isBetter = proven.value > before.value
    const value = isBetter ? proven.value : before.value
    const bound = Math.max(value, Math.min(before.bound, proven.bound))
    others.set(place, { chosen: isBetter ? proven.chosen : before.chosen, value, bound, isExact: bound <= value })
  }
}

/** With less time than this a solver is not asked. */
const LEAST_MS = 100

function otherwise(forced: Forced, { chosen }: SetFound, place: number): Forced {
  return chosen?.has(place) === true
    ? { inside: forced.inside.filter((other) => other !== place), outside: [...forced.outside, place] }
    : { inside: [...forced.inside, place], outside: forced.outside.filter((other) => other !== place) }
}

function decided(problem: Problem): Forced {
  const places = (decision: 'yes' | 'no') =>
    [...problem.features.keys()].filter((place) => problem.features[place]?.decided === decision)
  return { inside: places('yes'), outside: places('no') }
}

/** The limits of a period in the order of the problem's capacities; one it does not name has none left. */
function limitsOf(problem: Problem, { periods }: PriorityInput, period: number): number[] {
  const capacities = new Map(periods[period]?.capacities.map(({ name, limit }) => [name, limit]))
  return problem.capacities.map((name) => capacities.get(name) ?? 0)
}

/** When each feature ships if the next period builds `chosen`: what is left is planned for the periods after it, one by one. */
function outlook(problem: Problem, input: PriorityInput, chosen: ReadonlySet<number>): Map<number, string> {
  const periods = new Map<number, string>()
  let built: ReadonlySet<number> = chosen
  input.periods.forEach(({ name }, period) => {
    if (period > 0) {
      const used = effortOf(problem, built)
      const limits = limitsOf(problem, input, period).map((limit, row) => limit + (used[row] ?? 0))
      built = searchPlan(problem, limits, { inside: [...built], outside: [] }, 0) ?? built
    }
    for (const place of built) if (!periods.has(place)) periods.set(place, name)
  })
  return periods
}

function report(
  input: PriorityInput,
  problem: Problem,
  limits: readonly number[],
  found: SetFound,
  others: ReadonlyMap<number, BestSet>,
  withLess: BestSet,
  withMore: BestSet,
): Omit<PriorityPlan, 'frontier'> {
  const chosen = found.chosen ?? new Set<number>()
  const periods = outlook(problem, input, chosen)
  const counting = dealsOf(problem, chosen)
  const isDecided = (place: number) => problem.features[place]?.decided !== undefined
  const ranking = rankFeatures(problem, limits)
  const features = ranking.places.map((place, at): FeaturePriority => {
    const other = others.get(place)
    const set = other?.chosen ?? null
    const bound = other?.bound ?? 0
    const base = {
      decision: chosen.has(place) ? ('no' as const) : ('yes' as const),
      isPossible: set !== null,
      cost: 0,
      costAtLeast: 0,
      costAtMost: 0,
      isExact: true,
      dealsLost: [],
      dealsGained: [],
      moved: [],
    }
    return {
      id: problem.features[place]?.id ?? '',
      isChosen: chosen.has(place),
      period: periods.get(place) ?? null,
      rank: at + 1,
      ...ranking.numbers(place),
      otherwise:
        other === undefined || set === null
          ? base
          : {
              ...base,
              cost: found.value - other.value,
              costAtLeast: isDecided(place) ? found.value - bound : Math.max(0, found.value - bound),
              costAtMost: Math.max(found.value, found.bound) - other.value,
              isExact: found.isExact && other.isExact,
              ...difference(counting, dealsOf(problem, set)),
              moved: movedBetween(problem, periods, outlook(problem, input, set)),
            },
    }
  })
  return {
    best: planOf(problem, found),
    features,
    withLess: otherLimits(problem, found, withLess),
    withMore: otherLimits(problem, found, withMore),
    byRanking: ranking.value,
    leftOut: problem.leftOut,
  }
}

function planOf(problem: Problem, { chosen, value, bound, isExact }: BestSet): Plan {
  const set = chosen ?? new Set<number>()
  const effort = effortOf(problem, set)
  return {
    isPossible: chosen !== null,
    chosen: idsOf(problem, set),
    value,
    bound,
    isExact,
    effort: Object.fromEntries(problem.capacities.map((name, row) => [name, effort[row] ?? 0])),
    deals: dealsOf(problem, set),
  }
}

function otherLimits(problem: Problem, found: BestSet, other: BestSet): OtherLimits {
  const [before, after] = [found.chosen ?? new Set<number>(), other.chosen ?? new Set<number>()]
  return {
    ...planOf(problem, other),
    difference: other.value - found.value,
    added: idsOf(problem, without(after, before)),
    removed: idsOf(problem, without(before, after)),
  }
}

function without(set: ReadonlySet<number>, other: ReadonlySet<number>): number[] {
  return [...set].filter((place) => !other.has(place))
}

function idsOf(problem: Problem, set: Iterable<number>): string[] {
  return [...set].sort((a, b) => a - b).map((place) => problem.features[place]?.id ?? '')
}

function dealsOf(problem: Problem, chosen: ReadonlySet<number>): PriorityDeal[] {
  return problem.bundles
    .filter(({ blockers }) => blockers.every((place) => chosen.has(place)))
    .flatMap(({ deals }) => deals)
    .sort((a, b) => b.worth - a.worth || (a.id < b.id ? -1 : 1))
}

function difference(
  before: readonly PriorityDeal[],
  after: readonly PriorityDeal[],
): Pick<Otherwise, 'dealsLost' | 'dealsGained'> {
  const [kept, had] = [new Set(after), new Set(before)]
  return {
    dealsLost: before.filter((deal) => !kept.has(deal)),
    dealsGained: after.filter((deal) => !had.has(deal)),
  }
}

function movedBetween(
  problem: Problem,
  before: ReadonlyMap<number, string>,
  after: ReadonlyMap<number, string>,
): Moved[] {
  return problem.features.flatMap(({ id }, place) => {
    const [from, to] = [before.get(place) ?? null, after.get(place) ?? null]
    return from === to ? [] : [{ id, from, to }]
  })
}

import type { Problem } from './problem.ts'

/** A linear program with whole-number columns: make the sum of `cost` greatest with every row at most `rowUpper`. */
export interface Program {
  readonly cost: Float64Array
  readonly lower: Float64Array
  readonly upper: Float64Array
  /** 1 where a column must be whole. */
  readonly isWhole: Uint8Array
  readonly rowUpper: Float64Array
  /** Row by row: where each row begins in `indices` and `values`, and where the last one ends. */
  readonly starts: Int32Array
  readonly indices: Int32Array
  readonly values: Float64Array
  /** A solution to begin with. */
  readonly start?: Float64Array
}

/** What a solver found out about a program. */
export interface Answer {
  /** `limit`: time was over before it was sure. */
  readonly status: 'optimal' | 'limit' | 'infeasible'
  /** The best solution found; `null` where there is none. */
  readonly values: Float64Array | null
  /** No solution is better than this, as far as the solver knows; infinite where it knows nothing. */
  readonly bound: number
  /** A price for each row, from the program without whole numbers; `null` where it was not solved. `boundBy` makes a bound of it. */
  readonly prices: Float64Array | null
}

/** How programs are solved: a thread, in the end. Answers within `limitMs` and a little. */
export type Solve = (program: Program, limitMs: number, options?: { readonly withPrices?: boolean }) => Promise<Answer>

/** What is laid down before solving, by feature. */
export interface Forced {
  readonly inside: readonly number[]
  readonly outside: readonly number[]
}

export interface PriorityProgram extends Program {
  /** Minor units that one unit of the objective stands for: solvers are at their best near 1. */
  readonly scale: number
}

/**
 * The program of a problem: a column for each feature, whole, and one for each bundle of several blockers, which is whole by
 * itself; rows for the capacities, for what features need, and for each blocker of a bundle.
 *
 * What one feature alone blocks is worth of the feature.
 */
export function toProgram(problem: Problem, limits: readonly number[], forced: Forced): PriorityProgram {
  const count = problem.features.length
  const several = problem.bundles.filter(({ blockers }) => blockers.length > 1)
  const columns = count + several.length
  const cost = new Float64Array(columns)
  for (const { blockers, worth } of problem.bundles) {
    const [first = 0, second] = blockers
    if (second === undefined) cost[first] = (cost[first] ?? 0) + worth
  }
  several.forEach(({ worth }, at) => {
    cost[count + at] = worth
  })
  const scale = Math.max(1, cost.reduce((most, value) => Math.max(most, value), 0) / LARGEST_COST)
  for (let i = 0; i < columns; i += 1) cost[i] = (cost[i] ?? 0) / scale

  const rowUpper: number[] = []
  const starts: number[] = []
  const indices: number[] = []
  const values: number[] = []
  const startRow = (upper: number) => {
    starts.push(indices.length)
    rowUpper.push(upper)
  }
  const put = (column: number, value: number) => {
    indices.push(column)
    values.push(value)
  }
  problem.capacities.forEach((_, row) => {
    startRow(limits[row] ?? 0)
    problem.effort.forEach((effort, place) => {
      if (effort[row] !== 0) put(place, effort[row] ?? 0)
    })
  })
  const requires = (column: number, place: number) => {
    startRow(0)
    put(column, 1)
    put(place, -1)
  }
  problem.needs.forEach((needs, place) => {
    for (const need of needs) requires(place, need)
  })
  several.forEach(({ blockers }, at) => {
    for (const place of blockers) requires(count + at, place)
  })
  starts.push(indices.length)

  const lower = new Float64Array(columns)
  const upper = new Float64Array(columns).fill(1)
  for (const place of forced.inside) lower[place] = 1
  for (const place of forced.outside) upper[place] = 0
  const isWhole = new Uint8Array(columns).fill(1, 0, count)
  return {
    cost,
    lower,
    upper,
    isWhole,
    rowUpper: Float64Array.from(rowUpper),
    starts: Int32Array.from(starts),
    indices: Int32Array.from(indices),
    values: Float64Array.from(values),
    scale,
  }
}

/** In the objective, so that a hundredth of a currency stays well above what solvers take for nothing. */
const LARGEST_COST = 10_000

/** The values of all columns of a program that choose a set of features. */
export function columnsOf(problem: Problem, chosen: ReadonlySet<number>): Float64Array {
  const several = problem.bundles.filter(({ blockers }) => blockers.length > 1)
  const columns = new Float64Array(problem.features.length + several.length)
  for (const place of chosen) columns[place] = 1
  several.forEach(({ blockers }, at) => {
    if (blockers.every((place) => chosen.has(place))) columns[problem.features.length + at] = 1
  })
  return columns
}

/** The features that values of a program's columns choose. */
export function chosenBy(problem: Problem, values: Float64Array): Set<number> {
  return new Set(problem.features.keys().filter((place) => (values[place] ?? 0) > 0.5))
}

/**
 * A bound on the value of every solution of a program, in minor units, from one price per row, whoever named the prices: what all rows
 * hold at these prices, and for each column what it brings above its own.
 *
 * True for any prices by the weak duality of linear programs (Schrijver 1986, §7.4); negative ones count as 0. It needs no trust
 * in a solver; good prices make it the bound of the program without whole numbers.
 */
export function boundBy(program: PriorityProgram, prices: Float64Array): number {
  const left = Float64Array.from(program.cost)
  let bound = 0
  for (let row = 0; row < program.rowUpper.length; row += 1) {
    const price = Math.max(0, prices[row] ?? 0)
    if (price === 0) continue
    bound += price * (program.rowUpper[row] ?? 0)
    for (let at = program.starts[row] ?? 0; at < (program.starts[row + 1] ?? 0); at += 1) {
      const column = program.indices[at] ?? 0
      left[column] = (left[column] ?? 0) - price * (program.values[at] ?? 0)
    }
  }
  for (let column = 0; column < left.length; column += 1) {
    const value = left[column] ?? 0
    bound += value * ((value > 0 ? program.upper[column] : program.lower[column]) ?? 0)
  }
  return inMinorUnits(bound, program.scale, 1e-12)
}

/** A bound of the objective in minor units. Values are whole, so it is rounded down, after what computing may have lost: a share of it. */
export function inMinorUnits(bound: number, scale: number, lost: number): number {
  const minor = bound * scale
  return Number.isFinite(minor) ? Math.floor(minor + Math.abs(minor) * lost + 0.01) : Number.POSITIVE_INFINITY
}

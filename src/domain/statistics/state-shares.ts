import { requireCount, requireFinite } from './refusals.ts'

/** How many moved from one state to another at one duration. States are numbered from 0. */
export interface Move {
  readonly from: number
  readonly to: number
  readonly count: number
}

/** What was seen at one duration. `entered` and `censored` have one count for each state; absent means none. */
export interface StateChanges {
  readonly at: number
  readonly moves: readonly Move[]
  /** Last seen there, in this state. */
  readonly censored?: readonly number[]
  /** Seen from just after it on, in this state. */
  readonly entered?: readonly number[]
}

/** From `at` on (until the next step), the share in each state, and how many were seen in each just before. */
export interface StateStep {
  readonly at: number
  readonly atRisk: readonly number[]
  readonly shares: readonly number[]
}

/**
 * The share in each state over time (Aalen and Johansen 1978, Scandinavian Journal of Statistics 5:141), from start–stop
 * rows added up by duration: subjects may enter late, be in any state, and return to one they left. One step for each
 * duration named, ascending.
 *
 * `initial` are the shares at the beginning, `atStart` how many were seen in each state from the beginning on. Shares of
 * a step sum to what `initial` sums to; a state that nobody is seen in keeps its share. Moves precede censorings, which
 * precede entries, at equal durations; a subject that moves is in its new state just after. `changes` may come in any
 * order, but name each duration once.
 *
 * Costs one sort of the durations and a pass over the moves. Throws a RangeError when a count is no whole number from 0
 * up, a state has no number below the length of `initial`, a duration is named twice or not finite, or more leave a
 * state than are in it.
 */
export function stateShares(
  initial: readonly number[],
  atStart: readonly number[],
  changes: readonly StateChanges[],
): StateStep[] {
  requireCounts('atStart', atStart, initial.length)
  const inState = initial.map((_, state) => atStart[state] ?? 0)
  let shares = [...initial]
  let previous = -Infinity
  return changes
    .toSorted((a, b) => a.at - b.at)
    .map(({ at, moves, censored = [], entered = [] }) => {
      requireFinite('at', at)
      if (at === previous) throw new RangeError(`The duration ${at} is named twice; add its counts up`)
      previous = at
      const atRisk = [...inState]
      const next = [...shares]
      const leaving = initial.map(() => 0)
      const allLeft = (state: number) => leaving[state] !== 0 && leaving[state] === atRisk[state]
      for (const { from, to, count } of moves) {
        requireCount('count', count)
        if (count === 0) continue
        const there = atRisk[from] ?? 0
        if (!(to in next))
          throw new RangeError(`A move goes to state ${to}; states are numbered 0 to ${next.length - 1}`)
        leaving[from] = (leaving[from] ?? 0) + count
        refuseOverdraw(at, from, leaving[from] ?? 0, there)
        const part = (shares[from] ?? 0) * (count / there)
        next[from] = (next[from] ?? 0) - part
        next[to] = (next[to] ?? 0) + part
        inState[from] = (inState[from] ?? 0) - count
        inState[to] = (inState[to] ?? 0) + count
      }
      // A state that all have left holds nothing, whatever rounding says.
      shares = next.map((share, state) => (allLeft(state) && !entersBy(moves, state) ? 0 : share))
      requireCounts('censored', censored, initial.length)
      requireCounts('entered', entered, initial.length)
      for (const [state, count] of censored.entries()) {
        refuseOverdraw(at, state, count, inState[state] ?? 0)
        inState[state] = (inState[state] ?? 0) - count
      }
      for (const [state, count] of entered.entries()) inState[state] = (inState[state] ?? 0) + count
      return { at, atRisk, shares }
    })
}

function requireCounts(name: string, counts: readonly number[], states: number): void {
  if (counts.length > states) throw new RangeError(`${name} has ${counts.length} counts; there are ${states} states`)
  for (const [state, count] of counts.entries()) requireCount(`${name}[${state}]`, count)
}

function entersBy(moves: readonly Move[], state: number): boolean {
  return moves.some(({ to, count }) => to === state && count > 0)
}

function refuseOverdraw(at: number, state: number, leaving: number, there: number): void {
  if (leaving > there) throw new RangeError(`${leaving} leave state ${state} at ${at}, where only ${there} are`)
}

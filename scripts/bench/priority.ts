import { bestSet, NOT_FORCED } from '../../src/domain/priority/best-set.ts'
import { planPriority } from '../../src/domain/priority/plan.ts'
import type { PriorityInput } from '../../src/domain/priority/priority-input.ts'
import { toProblem } from '../../src/domain/priority/problem.ts'
import { toProgram } from '../../src/domain/priority/program.ts'
import { openSolver } from '../../src/platform/solver.ts'
import { type Figure, seededRandom } from './figures.ts'

/** Of a plan's time, half goes into the plan itself, the rest into what explains it. */
const LIMIT_MS = 14_000

/**
 * The program of 200 features and 1,000 opportunities, built; and a hard instance, 60 features and 900 opportunities of 2 to 6
 * blockers each, planned: with everything that explains the plan, whose bound is held against a second one that needs no solver.
 */
export async function benchPriority(): Promise<Figure[]> {
  const wide = company(200, 1_000, 1, 3)
  // Once before, since nothing is fast the first time.
  for (let i = 0; i < 2; i += 1) build(wide)
  const built = Math.min(...Array.from({ length: 5 }, () => timed(() => build(wide))))
  const hard = company(60, 900, 2, 6)
  await using solver = openSolver()
  const started = performance.now()
  const { best, features } = await planPriority(hard, {
    solve: solver.solve,
    leftMs: () => started + LIMIT_MS - performance.now(),
  })
  const planned = performance.now() - started
  if (best.value > best.bound) throw new Error(`A plan worth ${best.value} is above its bound ${best.bound}`)
  const problem = toProblem(hard)
  // A set found by other means must not be above the bound either.
  const other = await bestSet(
    problem,
    [hard.periods[0]?.capacities[0]?.limit ?? 0],
    NOT_FORCED,
    { solve: solver.solve, leftMs: () => 1_000 },
    1,
  )
  if (other.value > best.bound) throw new Error(`A set worth ${other.value} is above the bound ${best.bound}`)
  const proven = features.filter(({ otherwise }) => otherwise.isExact).length
  return [
    {
      name: 'the program of 200 features and 1,000 opportunities, built',
      value: built / 1000,
      target: 0.2,
      unit: 's',
      detail: 'the fastest of five',
    },
    {
      name: 'a plan with a true bound of 60 features and 900 opportunities with 2 to 6 blockers each',
      value: planned / 1000,
      target: 20,
      unit: 's',
      detail: `value ${best.value}, bound ${best.bound} (${(best.bound / best.value).toPrecision(3)} ×), ${best.isExact ? 'proven best' : 'not proven best'}; ${proven} of ${features.length} decisions proven`,
    },
  ]
}

function build(input: PriorityInput): void {
  const problem = toProblem(input)
  toProgram(problem, [input.periods[0]?.capacities[0]?.limit ?? 0], NOT_FORCED)
}

function timed(work: () => void): number {
  const started = performance.now()
  work()
  return performance.now() - started
}

/** Hours for a third of what there is to build. */
function company(features: number, opportunities: number, fewest: number, most: number): PriorityInput {
  const random = seededRandom(7)
  const under = (limit: number) => Math.floor(random() * limit)
  const efforts = Array.from({ length: features }, () => 20 + under(300))
  return {
    features: efforts.map((hours, at) => ({
      id: `f${at}`,
      name: `Feature ${at}`,
      effort: { hours },
      requires: [],
      status: 'open',
    })),
    deals: Array.from({ length: opportunities }, (_, at) => {
      const blockers = new Set<string>()
      for (const count = fewest + under(most - fewest + 1); blockers.size < count; ) blockers.add(`f${under(features)}`)
      const worth = 1_000_00 + under(200_000_00)
      return { id: `o${at}`, kind: 'opportunity', worth, arr: worth, accountId: `a${at}`, blockers: [...blockers] }
    }),
    periods: [
      {
        name: '2026-Q4',
        capacities: [{ name: 'hours', limit: Math.round(efforts.reduce((sum, one) => sum + one) / 3) }],
      },
    ],
  }
}

import fc from 'fast-check'
import type { PriorityDeal, PriorityFeature, PriorityInput } from '../../../src/domain/priority/priority-input.ts'
import type { Problem } from '../../../src/domain/priority/problem.ts'

export function aFeature(id: string, hours: number, more: Partial<PriorityFeature> = {}): PriorityFeature {
  return { id, name: `Feature ${id}`, effort: { hours }, requires: [], status: 'open', ...more }
}

/** `AB` waits for the features A and B. */
export function aDeal(blockers: string, worth: number, more: Partial<PriorityDeal> = {}): PriorityDeal {
  return { id: `deal ${blockers}`, kind: 'opportunity', worth, arr: worth, blockers: [...blockers], ...more }
}

export function hoursOf(limit: number, name = '2026-Q4') {
  return { name, capacities: [{ name: 'hours', limit }] }
}

/** Hours A100 B80 C60 D40 E120; what waits for them, in thousands: AB 90, B 60, CD 50, D 40, AE 100, C 30. */
export function worked(limit: number): PriorityInput {
  const features = Object.entries({ A: 100, B: 80, C: 60, D: 40, E: 120 }).map(([id, hours]) => aFeature(id, hours))
  const deals = Object.entries({ AB: 90, B: 60, CD: 50, D: 40, AE: 100, C: 30 }).map(([on, worth]) => aDeal(on, worth))
  return { features, deals, periods: [hoursOf(limit)] }
}

/** Features that need others, two capacities, deals with up to four blockers. */
export function inputs(most: number): fc.Arbitrary<PriorityInput> {
  return fc.integer({ min: 1, max: most }).chain((count) => {
    const ids = Array.from({ length: count }, (_, at) => `f${String(at).padStart(2, '0')}`)
    const some = fc.subarray(ids, { minLength: 1, maxLength: Math.min(4, count) })
    const capacity = (name: string) =>
      fc.record({ name: fc.constant(name), limit: fc.integer({ min: 0, max: 60 * count }) })
    return fc.record({
      features: fc.tuple(
        ...ids.map((id) =>
          fc.record({
            id: fc.constant(id),
            name: fc.constant(id),
            effort: fc.record({ web: fc.integer({ min: 0, max: 100 }), core: fc.integer({ min: 0, max: 100 }) }),
            requires: fc.oneof({ weight: 4, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: some }),
            status: fc.constant('open' as const),
          }),
        ),
      ),
      deals: fc.array(
        fc.record({
          id: fc.uuid(),
          kind: fc.constantFrom('opportunity' as const, 'risk' as const),
          worth: fc.oneof(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 5_000_000_00 })),
          arr: fc.constant(0),
          blockers: some,
        }),
        { maxLength: 3 * count },
      ),
      periods: fc.tuple(
        fc.record({ name: fc.constant('2026-Q4'), capacities: fc.tuple(capacity('web'), capacity('core')) }),
      ),
    })
  })
}

export interface BruteForce {
  readonly best: number
  /** By feature: the greatest worth of sets with it, and of sets without it; `null` where none is possible. */
  readonly having: readonly (number | null)[]
  readonly lacking: readonly (number | null)[]
}

/** The greatest worth of any set that is possible, found by trying them all; written apart from what it is to judge. */
export function bruteForce(problem: Problem, limits: readonly number[]): BruteForce {
  const count = problem.features.length
  const bitsOf = (places: readonly number[]) => places.reduce((bits, place) => bits | (1 << place), 0)
  const bundles = problem.bundles.map(({ blockers, worth }) => ({ bits: bitsOf(blockers), worth }))
  const needs = problem.needs.map(bitsOf)
  const having: (number | null)[] = Array.from({ length: count }, () => null)
  const lacking: (number | null)[] = Array.from({ length: count }, () => null)
  let best = 0
  for (let set = 0; set < 2 ** count; set += 1) {
    const places = needs.keys().filter((place) => (set >> place) & 1)
    const used = limits.map(() => 0)
    let isPossible = true
    for (const place of places) {
      isPossible &&= ((needs[place] ?? 0) & ~set) === 0
      limits.forEach((_, row) => {
        used[row] = (used[row] ?? 0) + (problem.effort[place]?.[row] ?? 0)
      })
    }
    if (!isPossible || used.some((sum, row) => sum > (limits[row] ?? 0))) continue
    let worth = 0
    for (const bundle of bundles) if ((bundle.bits & ~set) === 0) worth += bundle.worth
    best = Math.max(best, worth)
    for (let place = 0; place < count; place += 1) {
      const side = (set >> place) & 1 ? having : lacking
      side[place] = Math.max(side[place] ?? 0, worth)
    }
  }
  return { best, having, lacking }
}

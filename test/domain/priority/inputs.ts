import fc from 'fast-check'
import type { PriorityDeal, PriorityFeature, PriorityInput } from '../../../src/domain/priority/priority-input.ts'
import { isFeasible, type Problem, worthOf } from '../../../src/domain/priority/problem.ts'

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

/** The greatest worth of any set that is possible, found by trying them all. */
export function bruteForce(
  problem: Problem,
  limits: readonly number[],
  allowed: (chosen: ReadonlySet<number>) => boolean = () => true,
): number | null {
  let best: number | null = null
  for (let bits = 0; bits < 2 ** problem.features.length; bits += 1) {
    const chosen = new Set(problem.features.keys().filter((place) => (bits >> place) & 1))
    if (!isFeasible(problem, chosen, limits) || !allowed(chosen)) continue
    best = Math.max(best ?? 0, worthOf(problem, chosen))
  }
  return best
}

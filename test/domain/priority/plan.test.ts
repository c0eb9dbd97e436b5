import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { bestSet, NOT_FORCED } from '../../../src/domain/priority/best-set.ts'
import { planPriority } from '../../../src/domain/priority/plan.ts'
import { toProblem } from '../../../src/domain/priority/problem.ts'
import { boundBy, columnsOf, toProgram } from '../../../src/domain/priority/program.ts'
import { searchPlan } from '../../../src/domain/priority/search.ts'
import { openSolver } from '../../../src/platform/solver.ts'
import { isThorough } from '../../thorough.ts'
import { aDeal, aFeature, bruteForce, hoursOf, inputs, worked } from './inputs.ts'

const solver = openSolver()
afterAll(() => solver[Symbol.asyncDispose]())
/** Far more than it takes: no test is about time. */
const options = { solve: solver.solve, leftMs: () => 600_000 }

const RUNS = isThorough ? 60 : 8
const LARGEST = isThorough ? 16 : 8

describe('the plan', () => {
  test.each([
    [100, 120],
    [140, 120],
    [180, 180],
    [240, 190],
    [300, 270],
    [400, 370],
  ])('of the worked instance with %i hours is worth %i', async (hours, value) => {
    const problem = toProblem(worked(hours))
    const found = await bestSet(problem, [hours], NOT_FORCED, options, 1)
    expect(found).toMatchObject({ value, bound: value, isExact: true })
  })

  test('is the best of all sets, and its bound is true, whatever the input', async () => {
    await fc.assert(
      fc.asyncProperty(inputs(LARGEST), async (input) => {
        const problem = toProblem(input)
        const limits = problem.capacities.map(
          (name) => input.periods[0]?.capacities.find((one) => one.name === name)?.limit ?? 0,
        )
        const { best, having, lacking } = bruteForce(problem, limits)
        const plan = await planPriority(input, options)
        expect(plan.best).toMatchObject({ value: best, bound: best, isExact: true })
        for (const { id, otherwise } of plan.features) {
          const place = problem.features.findIndex((one) => one.id === id)
          const other = (otherwise.decision === 'yes' ? having : lacking)[place] ?? null
          expect(otherwise.isPossible).toBe(other !== null)
          if (other !== null) expect(otherwise).toMatchObject({ cost: best - other, isExact: true })
        }
      }),
      { numRuns: RUNS },
    )
  }, 300_000)
})

test('the bound by row prices is true for any prices', () => {
  fc.assert(
    fc.property(inputs(7), fc.infiniteStream(fc.double({ min: -2, max: 2_000, noNaN: true })), (input, stream) => {
      const problem = toProblem(input)
      const limits = problem.capacities.map(() => 100)
      const program = toProgram(problem, limits, NOT_FORCED)
      const prices = Float64Array.from(program.rowUpper, () => Number(stream.next().value))
      expect(boundBy(program, prices)).toBeGreaterThanOrEqual(bruteForce(problem, limits).best)
    }),
    { numRuns: isThorough ? 500 : 40 },
  )
})

test('a search gives a possible set, never worth more than the best, and of what is forced', () => {
  fc.assert(
    fc.property(inputs(8), (input) => {
      const problem = toProblem(input)
      const limits = problem.capacities.map(() => 120)
      const found = searchPlan(problem, limits, NOT_FORCED, 20)
      expect(found).not.toBeNull()
      if (found === null) return
      const columns = columnsOf(problem, found)
      const program = toProgram(problem, limits, NOT_FORCED)
      for (let row = 0; row < program.rowUpper.length; row += 1) {
        let sum = 0
        for (let at = program.starts[row] ?? 0; at < (program.starts[row + 1] ?? 0); at += 1)
          sum += (program.values[at] ?? 0) * (columns[program.indices[at] ?? 0] ?? 0)
        expect(sum).toBeLessThanOrEqual(program.rowUpper[row] ?? 0)
      }
    }),
    { numRuns: isThorough ? 500 : 60 },
  )
})

describe('what explains the plan', () => {
  test('following the ranking by worth per hour is worth less: 40 where the plan is worth 180', async () => {
    const plan = await planPriority(worked(180), options)
    expect(plan.features.map(({ id }) => id)).toEqual(['D', 'A', 'B', 'C', 'E'])
    expect(plan.byRanking).toBe(40)
    expect(plan.best).toMatchObject({ value: 180, chosen: ['B', 'C', 'D'], effort: { hours: 180 } })
  })

  test('a no costs what the best plan without it is worth less, with the deals lost and what moves', async () => {
    const { features } = await planPriority(
      { ...worked(180), periods: [hoursOf(180), hoursOf(100, '2027-Q1')] },
      options,
    )
    const b = features.find(({ id }) => id === 'B')
    expect(b).toMatchObject({ isChosen: true, period: '2026-Q4', worth: 150, worthAlone: 60, deals: 2 })
    expect(b?.otherwise).toMatchObject({ decision: 'no', isPossible: true, cost: 60, isExact: true })
    expect(b?.otherwise.dealsLost.map(({ id }) => id)).toEqual(['deal B'])
    expect(b?.otherwise.moved).toContainEqual({ id: 'B', from: '2026-Q4', to: '2027-Q1' })
  })

  test('a yes costs what it displaces, by name', async () => {
    const { features } = await planPriority(worked(180), options)
    const a = features.find(({ id }) => id === 'A')
    expect(a).toMatchObject({ isChosen: false, period: null })
    expect(a?.otherwise).toMatchObject({ decision: 'yes', isPossible: true, cost: 30, isExact: true })
    const e = features.find(({ id }) => id === 'E')
    expect(e?.otherwise).toMatchObject({ cost: 140, isExact: true })
    expect(e?.otherwise.moved).toEqual([
      { id: 'B', from: '2026-Q4', to: null },
      { id: 'C', from: '2026-Q4', to: null },
      { id: 'E', from: null, to: '2026-Q4' },
    ])
  })

  test('what a tenth of the hours more would add, and a tenth less would take', async () => {
    const { withMore, withLess } = await planPriority(worked(164), options)
    expect(withMore).toMatchObject({ value: 180, difference: 60, added: ['B'], removed: [] })
    expect(withLess).toMatchObject({ difference: 0 })
  })
})

describe('what cannot be planned', () => {
  const input = {
    features: [
      aFeature('A', 10, { status: 'shipped' }),
      aFeature('B', 10, { status: 'declined' }),
      { id: 'C', name: 'C', requires: [], status: 'open' as const },
      aFeature('D', 10, { requires: ['C'] }),
      aFeature('E', 10, { requires: ['A'] }),
    ],
    deals: [aDeal('A', 5), aDeal('B', 5), aDeal('D', 5), aDeal('X', 5), aDeal('E', 0), aDeal('AE', 7)],
    periods: [hoursOf(100)],
  }

  test('is listed with the reason; what is shipped blocks nothing', async () => {
    const plan = await planPriority(input, options)
    expect(plan.best).toMatchObject({ chosen: ['E'], value: 7 })
    expect(plan.leftOut).toEqual([
      { kind: 'feature', id: 'B', reason: 'declined' },
      { kind: 'feature', id: 'C', reason: 'no-effort' },
      { kind: 'feature', id: 'D', reason: 'needs-what-is-left-out', because: 'C' },
      { kind: 'opportunity', id: 'deal A', reason: 'not-blocked' },
      { kind: 'opportunity', id: 'deal B', reason: 'needs-what-is-left-out', because: 'B' },
      { kind: 'opportunity', id: 'deal D', reason: 'needs-what-is-left-out', because: 'D' },
      { kind: 'opportunity', id: 'deal E', reason: 'no-worth' },
      { kind: 'opportunity', id: 'deal X', reason: 'unknown-feature', because: 'X' },
    ])
  })

  test('what people decided is kept; what it costs is below 0', async () => {
    const { features, deals } = worked(180)
    const plan = await planPriority(
      {
        features: features.map((one) => (one.id === 'E' ? { ...one, decided: 'yes' as const } : one)),
        deals,
        periods: [hoursOf(180)],
      },
      options,
    )
    expect(plan.best).toMatchObject({ value: 40, chosen: ['D', 'E'] })
    expect(plan.features.find(({ id }) => id === 'E')?.otherwise).toMatchObject({ decision: 'no', cost: -140 })
  })

  test('a decision that does not fit is no plan', async () => {
    const plan = await planPriority(
      { features: [aFeature('A', 10, { decided: 'yes' })], deals: [aDeal('A', 5)], periods: [hoursOf(5)] },
      options,
    )
    expect(plan.best).toMatchObject({ isPossible: false, chosen: [], value: 0 })
  })
})

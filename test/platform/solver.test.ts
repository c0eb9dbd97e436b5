import { describe, expect, test } from 'vitest'
import { type LinearProgram, openSolver } from '../../src/platform/solver.ts'

/** x + y greatest, with 2x + 2y ≤ `upper`. */
function pair(upper: number, lower = 0): LinearProgram {
  return {
    cost: Float64Array.of(3, 2),
    lower: Float64Array.of(lower, lower),
    upper: Float64Array.of(1, 1),
    isWhole: Uint8Array.of(1, 1),
    rowUpper: Float64Array.of(upper),
    starts: Int32Array.of(0, 2),
    indices: Int32Array.of(0, 1),
    values: Float64Array.of(2, 2),
  }
}

/** Whole columns whose sum is twice a half: a classic of which branching alone never gets through. */
function endless(columns: number): LinearProgram {
  const all = Array.from({ length: columns }, (_, column) => column)
  const odd = all.map((column) => 1_000_003 + 7919 * column + ((column * column * 104_729) % 9_973))
  return {
    cost: Float64Array.from(odd),
    lower: new Float64Array(columns),
    upper: new Float64Array(columns).fill(1),
    isWhole: new Uint8Array(columns).fill(1),
    rowUpper: Float64Array.of(Math.floor(odd.reduce((sum, one) => sum + one, 0) / 2)),
    starts: Int32Array.of(0, columns),
    indices: Int32Array.from(all),
    values: Float64Array.from(odd),
  }
}

describe('the solver', () => {
  test('gives the best whole solution, and the price of each row where it is asked for', async () => {
    await using solver = openSolver()
    const answer = await solver.solve(pair(3), 600_000, { withPrices: true })
    expect(answer).toMatchObject({ status: 'optimal', bound: 3 })
    expect([...(answer.values ?? [])].map(Math.round)).toEqual([1, 0])
    expect([...(answer.prices ?? [])]).toEqual([1])
    expect((await solver.solve(pair(4), 600_000)).prices).toBeNull()
  })

  test('answers what was asked at once one after the other', async () => {
    await using solver = openSolver()
    const answers = await Promise.all([2, 3, 4].map((upper) => solver.solve(pair(upper), 600_000)))
    expect(answers.map(({ bound }) => Math.round(bound))).toEqual([3, 3, 5])
  })

  test('says so where there is no solution', async () => {
    await using solver = openSolver()
    expect(await solver.solve(pair(3, 1), 600_000)).toMatchObject({ status: 'infeasible', values: null })
  })

  test('stops at its limit with a bound that no solution is above, and goes on with the next', async () => {
    await using solver = openSolver()
    const program = endless(60)
    const answer = await solver.solve(program, 300, { withPrices: true })
    expect(answer.bound).toBeGreaterThanOrEqual(value(program, answer.values))
    expect(answer.status === 'limit' || answer.bound <= (program.rowUpper[0] ?? 0) + 1).toBe(true)
    expect(await solver.solve(pair(3), 600_000)).toMatchObject({ status: 'optimal' })
  })

  test('is closed for good', async () => {
    const solver = openSolver()
    await solver[Symbol.asyncDispose]()
    await expect(solver.solve(pair(3), 1_000)).rejects.toMatchObject({ code: 'solver-closed' })
  })
})

function value({ cost }: LinearProgram, values: Float64Array | null): number {
  return values === null ? 0 : cost.reduce((sum, one, column) => sum + one * Math.round(values[column] ?? 0), 0)
}

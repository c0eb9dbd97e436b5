import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import { bestSet, NOT_FORCED } from '../../../src/domain/priority/best-set.ts'
import { toProblem } from '../../../src/domain/priority/problem.ts'
import { openSolver } from '../../../src/platform/solver.ts'
import { isThorough } from '../../thorough.ts'

const FOLDER = fileURLToPath(new URL('../../../../shared/oracles/', import.meta.url))
const HAS_ORACLES = existsSync(`${FOLDER}petersen_mknap1.txt`)

const solver = openSolver()
afterAll(() => solver[Symbol.asyncDispose]())

/** What one feature alone is worth, what it takes of each capacity, and how much there is. */
async function optimum(worths: readonly number[], rows: readonly (readonly number[])[], limits: readonly number[]) {
  const id = (at: number) => `f${String(at).padStart(3, '0')}`
  const problem = toProblem({
    features: worths.map((_, at) => ({
      id: id(at),
      name: id(at),
      effort: Object.fromEntries(rows.map((row, of) => [`row ${of}`, row[at] ?? 0])),
      requires: [],
      status: 'open',
    })),
    deals: worths.map((worth, at) => ({ id: id(at), kind: 'opportunity', worth, arr: worth, blockers: [id(at)] })),
    periods: [{ name: 'now', capacities: limits.map((limit, of) => ({ name: `row ${of}`, limit })) }],
  })
  return bestSet(problem, limits, NOT_FORCED, { solve: solver.solve, leftMs: () => 600_000 }, 1)
}

describe.skipIf(!HAS_ORACLES)('published optima come out', () => {
  test('of one capacity: knapsack instances P01 to P08 (Burkardt, after Kreher and Stinson)', async () => {
    const { knapsack01_burkardt: instances } = JSON.parse(readFileSync(`${FOLDER}oracles.json`, 'utf8')) as {
      knapsack01_burkardt: [number, number[], number[], number][]
    }
    expect(instances).toHaveLength(8)
    for (const [limit, efforts, worths, best] of instances)
      expect(await optimum(worths, [efforts], [limit])).toMatchObject({ value: best, bound: best, isExact: true })
  })

  test('of several, teams or quarters: selection of research projects (Petersen 1967)', async () => {
    const numbers = readFileSync(`${FOLDER}petersen_mknap1.txt`, 'utf8').trim().split(/\s+/).map(Number)
    let at = 0
    const take = (count: number) => {
      at += count
      return numbers.slice(at - count, at)
    }
    const [instances = 0] = take(1)
    for (let i = 0; i < (isThorough ? instances : 4); i += 1) {
      const [count = 0, rows = 0, best = 0] = take(3)
      const worths = take(count).map(tenfold)
      const efforts = Array.from({ length: rows }, () => take(count))
      const found = await optimum(worths, efforts, take(rows))
      expect(found).toMatchObject({ value: tenfold(best), bound: tenfold(best), isExact: true })
    }
  })
})

/** Some of the numbers have a decimal, and worth is whole. */
function tenfold(value: number): number {
  return Math.round(value * 10)
}

import { describe, expect, test } from 'vitest'
import { Budget, parseWindows } from '../../../src/board/monday/budget.ts'

const NOW = Date.parse('2026-11-22T10:00:00Z')
const POLICY =
  '"minuteRate";q=5000;w=60, "concurrency";q=250;qu="concurrent-requests", "complexityMinute";q=5000000;w=60;qu="content-bytes"'

function told(limits: string): Budget {
  const budget = new Budget()
  budget.read({ 'ratelimit-policy': POLICY, ratelimit: limits }, NOW)
  return budget
}

describe('what monday says', () => {
  test('is read from its headers', () => {
    expect(parseWindows('"minuteRate";r=4999, "complexityMinute";r=4950000;t=45')).toEqual({
      minuteRate: { r: 4999 },
      complexityMinute: { r: 4_950_000, t: 45 },
    })
    expect(parseWindows(undefined)).toEqual({})
    expect(parseWindows('nonsense;;=, "a";r=x')).toEqual({ nonsense: {}, a: {} })
  })

  test('makes the budget that is told, and a window that is over is full again', () => {
    const budget = told('"minuteRate";r=4999, "concurrency";r=249, "complexityMinute";r=4950000;t=45')
    expect(budget.told(NOW)).toEqual({
      day: null,
      minute: { limit: 5000, left: 4999 },
      complexity: { limit: 5_000_000, left: 4_950_000 },
    })
    expect(budget.told(NOW + 46_000).complexity).toEqual({ limit: 5_000_000, left: 5_000_000 })
    expect(new Budget().told(NOW)).toEqual({ day: null, minute: null, complexity: null })
  })

  test('counts calls of the UTC day from what was told', () => {
    const budget = new Budget()
    budget.countCall(NOW)
    expect(budget.told(NOW).day).toBeNull()
    budget.setDay(1000, 40, NOW)
    budget.countCall(NOW)
    expect(budget.told(NOW).day).toEqual({ limit: 1000, used: 41 })
    const tomorrow = NOW + 86_400_000
    expect(budget.told(tomorrow).day).toEqual({ limit: 1000, used: 0 })
    budget.countCall(tomorrow)
    expect(budget.told(tomorrow).day).toEqual({ limit: 1000, used: 1 })
  })

  test('says how long to wait before a request that the minute does not carry', () => {
    const budget = told('"minuteRate";r=4999, "complexityMinute";r=1000;t=45')
    expect(budget.waitFor(1000, NOW)).toBe(0)
    expect(budget.waitFor(1001, NOW)).toBe(45_000)
    expect(budget.waitFor(1001, NOW + 45_000)).toBe(0)
    expect(budget.waitFor(null, NOW)).toBe(0)
    expect(told('"minuteRate";r=0;t=12').waitFor(null, NOW)).toBe(12_000)
    expect(new Budget().waitFor(900_000, NOW)).toBe(0)
  })
})

describe('the batch size', () => {
  test('starts at 25, and is 100 once mutations proved cheap', () => {
    const budget = new Budget()
    expect(budget.batch).toBe(25)
    budget.wentWell(25, 25 * 5000, 500)
    expect(budget.batch).toBe(100)
  })

  test('keeps a request below 900,000 points, and below half of what a minute has', () => {
    const budget = told('"complexityMinute";r=5000000')
    budget.wentWell(25, 25 * 30_000, 500)
    expect(budget.batch).toBe(30)
    budget.read({ 'ratelimit-policy': '"complexityMinute";q=1000000' }, NOW)
    expect(budget.batch).toBe(16)
  })

  test('follows what a mutation costs now', () => {
    const budget = new Budget()
    budget.wentWell(25, 25 * 5000, 500)
    for (let n = 0; n < 6; n += 1) budget.wentWell(50, 50 * 30_000, 500)
    expect(budget.batch).toBe(30)
  })

  test('halves when no answer comes, one at last, and grows again by half', () => {
    const budget = new Budget()
    budget.wasTooMuch(25)
    expect(budget.batch).toBe(12)
    for (let n = 0; n < 9; n += 1) budget.wasTooMuch(budget.batch)
    expect(budget.batch).toBe(1)
    for (let n = 0; n < 20; n += 1) budget.wentWell(budget.batch, budget.batch, 10)
    expect(budget.batch).toBe(100)
  })

  test('a batch that was not full says nothing about fuller ones', () => {
    const budget = new Budget()
    budget.wentWell(3, 3 * 5000, 100)
    expect(budget.batch).toBe(25)
  })

  test('stays below the points that were refused', () => {
    const budget = new Budget()
    budget.wentWell(25, 25 * 5000, 500)
    budget.wasTooComplex(80)
    for (let n = 0; n < 9; n += 1) budget.wentWell(budget.batch, budget.batch * 5000, 500)
    expect(budget.batch).toBe(40)
  })

  test('is smaller when monday takes long to answer', () => {
    const budget = new Budget()
    budget.wentWell(25, 25, 25_000)
    expect(budget.batch).toBe(20)
  })
})

describe('what was measured', () => {
  test('is where a later process starts, which then measures for itself', () => {
    const first = new Budget()
    expect(first.learned).toBeNull()
    first.wentWell(25, 25 * 5_000, 2_500)
    const next = new Budget()
    next.recall(first.learned ?? { points: 0, ms: 0, batch: 0, maxPoints: 0 })
    expect(next.batch).toBe(first.batch)
    expect(next.batch).toBeGreaterThan(new Budget().batch)
    next.recall({ points: 900_000, ms: 1, batch: 1, maxPoints: 1 })
    expect(next.batch).toBe(first.batch)
  })
})

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { dealWorth, riskWorth } from '../../../src/domain/priority/worth.ts'

const ratio = fc.double({ min: 0, max: 1, noNaN: true })
const arr = fc.integer({ min: 0, max: 100_000_000_00 })
const certainties = fc.array(ratio, { minLength: 1, maxLength: 5 })
const deal = fc.record({ arr, ifUnblocked: ratio, ifBlocked: ratio, certainties })

describe('what it is worth to clear a deal', () => {
  test('is ARR × P(won if unblocked) × the least certainty over its blockers − ARR × P(won if not)', () => {
    const odds = { arr: 100_000_00, ifUnblocked: 0.6, ifBlocked: 0.1, certainties: [0.8, 0.5] }
    expect(dealWorth(odds)).toBe(20_000_00)
  })

  test('is never below 0, never above the ARR, and whole minor units', () => {
    fc.assert(
      fc.property(deal, (odds) => {
        const worth = dealWorth(odds)
        expect(Number.isSafeInteger(worth)).toBe(true)
        expect(worth).toBeGreaterThanOrEqual(0)
        expect(worth).toBeLessThanOrEqual(odds.arr)
      }),
    )
  })

  test('never grows by another blocker, nor by a better chance to win without', () => {
    fc.assert(
      fc.property(deal, ratio, ratio, (odds, certainty, chance) => {
        const worth = dealWorth(odds)
        expect(dealWorth({ ...odds, certainties: [...odds.certainties, certainty] })).toBeLessThanOrEqual(worth)
        const ifBlocked = Math.max(odds.ifBlocked, chance)
        expect(dealWorth({ ...odds, ifBlocked })).toBeLessThanOrEqual(worth)
      }),
    )
  })

  test('is nothing without blockers, and for ARR below 0', () => {
    expect(dealWorth({ arr: 100, ifUnblocked: 1, ifBlocked: 0, certainties: [] })).toBe(0)
    expect(dealWorth({ arr: -100, ifUnblocked: 1, ifBlocked: 0, certainties: [1] })).toBe(0)
  })
})

describe('what it is worth to clear an account at risk', () => {
  test('is ARR × P(churn) × the least certainty', () => {
    expect(riskWorth({ arr: 50_000_00, churn: 0.4, certainties: [0.5, 1] })).toBe(10_000_00)
  })

  test('is never below 0 and never above the ARR', () => {
    fc.assert(
      fc.property(arr, ratio, certainties, (amount, churn, list) => {
        const worth = riskWorth({ arr: amount, churn, certainties: list })
        expect(worth).toBeGreaterThanOrEqual(0)
        expect(worth).toBeLessThanOrEqual(amount)
      }),
    )
  })
})

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { splitByWeights } from '../../../src/domain/statistics/largest-remainder.ts'
import { HAS_ORACLES, isAsPrinted, readOracles } from './oracles.ts'

const someWeights = fc.array(fc.oneof(fc.nat(5), fc.double({ min: 0, max: 1e6, noNaN: true })), {
  minLength: 1,
  maxLength: 12,
})

describe('a split by weights', () => {
  test('gives 33.34, 33.33, 33.33 of 100.00 in three: the earlier part is served first', () => {
    expect(splitByWeights(10_000, [1, 1, 1])).toEqual([3334, 3333, 3333])
    expect(splitByWeights(20_000, [0.1, 0.1, 0.1])).toEqual([6667, 6667, 6666])
  })

  test('serves the largest remainders first', () => {
    // Quotas 1.4, 2.8, 2.8.
    expect(splitByWeights(7, [1, 2, 2])).toEqual([1, 3, 3])
    // Quotas 0.6, 3.3, 5.1.
    expect(splitByWeights(9, [2, 11, 17])).toEqual([1, 3, 5])
  })

  test('is whole, sums to the amount exactly, and no part is a unit or more off its quota', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1e12, max: 1e12 }), someWeights, (amount, weights) => {
        const parts = splitByWeights(amount, weights)
        const sum = weights.reduce((all, weight) => all + weight, 0)
        expect(parts === null).toBe(sum === 0)
        if (parts === null) return
        expect(parts.reduce((all, part) => all + part, 0)).toBe(amount)
        for (const [index, part] of parts.entries()) {
          expect(Number.isSafeInteger(part)).toBe(true)
          expect(Math.abs(part - amount * ((weights[index] ?? 0) / sum))).toBeLessThan(1 + 1e-3)
          if (weights[index] === 0) expect(part).toBe(0)
        }
      }),
    )
  })

  test('is exact up to the largest whole number', () => {
    const parts = splitByWeights(Number.MAX_SAFE_INTEGER, [1, 1])
    expect(parts).toEqual([2 ** 52, 2 ** 52 - 1])
    expect(splitByWeights(3, [Number.MIN_VALUE, Number.MAX_VALUE])).toEqual([0, 3])
  })

  test('does not change when all weights are scaled by a power of two', () => {
    fc.assert(
      fc.property(fc.nat(1e9), someWeights, fc.integer({ min: -20, max: 20 }), (amount, weights, power) => {
        const scaled = weights.map((weight) => weight * 2 ** power)
        // The smallest doubles lose digits when scaled down.
        if (weights.some((weight) => weight > 0 && weight < 1e-290)) return
        expect(splitByWeights(amount, scaled)).toEqual(splitByWeights(amount, weights))
      }),
    )
  })

  test('of a negative amount is that of the positive one, with the signs turned', () => {
    fc.assert(
      fc.property(fc.nat(1e9), someWeights, (amount, weights) => {
        const positive = splitByWeights(amount, weights)
        expect(splitByWeights(-amount, weights)).toEqual(positive?.map((part) => (part === 0 ? 0 : -part)) ?? null)
      }),
    )
  })

  test.skipIf(!HAS_ORACLES)('by time decay is 8/15, 4/15, 2/15, 1/15 for half-lives 0 to 3', () => {
    const parts =
      splitByWeights(
        1_500_000,
        [0, 7, 14, 21].map((age) => 2 ** (-age / 7)),
      ) ?? []
    for (const [index, share] of readOracles().attribution.time_decay_hl7_ages_0_7_14_21.entries()) {
      expect(isAsPrinted((parts[index] ?? 0) / 1_500_000, share, 15)).toBe(true)
    }
  })

  test('is null where no weight is above 0', () => {
    expect(splitByWeights(100, [])).toBeNull()
    expect(splitByWeights(100, [0, 0])).toBeNull()
  })

  test('refuses an amount that is no whole number, or a weight below 0 or not finite', () => {
    expect(() => splitByWeights(0.5, [1])).toThrow('amount is 0.5; it must be a whole number of minor units')
    expect(() => splitByWeights(1, [1, -1])).toThrow('weights[1] is -1; a weight is a finite number from 0 up')
    expect(() => splitByWeights(1, [Number.NaN])).toThrow(RangeError)
    expect(() => splitByWeights(1, [Infinity])).toThrow(RangeError)
  })
})

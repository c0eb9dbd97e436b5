import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type CountedValue, medianDeviation, medianOf, robustZ } from '../../../src/domain/statistics/robust-z.ts'

const each = (...values: number[]): CountedValue[] => values.map((value) => ({ value, count: 1 }))
const someCounts = fc.array(fc.record({ value: fc.integer({ min: -50, max: 50 }), count: fc.nat(4) }), {
  maxLength: 20,
})

describe('the median', () => {
  test('is the middle value, or the mean of the two middle ones', () => {
    expect(medianOf(each(9, 1, 5))).toBe(5)
    expect(medianOf(each(9, 1, 5, 6))).toBe(5.5)
    expect(medianOf([{ value: 3, count: 2 }, ...each(8, 100)])).toBe(5.5)
  })

  test('is the same from counts as from each value, whatever the order', () => {
    fc.assert(
      fc.property(someCounts, (counts) => {
        const single = counts.flatMap(({ value, count }) => each(...new Array<number>(count).fill(value)))
        expect(medianOf(counts)).toBe(medianOf(single))
        expect(medianOf(counts.toReversed())).toBe(medianOf(counts))
        expect(medianDeviation(counts)).toBe(medianDeviation(single))
      }),
    )
  })

  test('is null where nothing was counted', () => {
    expect(medianOf([])).toBeNull()
    expect(medianOf([{ value: 4, count: 0 }])).toBeNull()
    expect(medianDeviation([])).toBeNull()
  })

  test('refuses a value that is not finite, or a count that is no whole number from 0 up', () => {
    expect(() => medianOf(each(Number.NaN))).toThrow('value is NaN; it must be a finite number')
    expect(() => medianOf([{ value: 1, count: -2 }])).toThrow('count is -2; a count is a whole number from 0 up')
  })
})

describe('the robust z', () => {
  test('is 0.6745 times the distance from the median, in median deviations', () => {
    // Median 5, deviations 4 2 0 2 4: MAD 2.
    expect(robustZ(20, each(1, 3, 5, 7, 9))).toBeCloseTo((0.6745 * 15) / 2, 12)
    expect(robustZ(-10, each(1, 3, 5, 7, 9))).toBeCloseTo(-(0.6745 * 15) / 2, 12)
  })

  test('is not moved by one wild value', () => {
    expect(robustZ(20, each(1, 3, 5, 7, 1e9))).toBeCloseTo(robustZ(20, each(1, 3, 5, 7, 9)) ?? 0, 12)
  })

  test('is 0 at the median', () => {
    expect(robustZ(5, each(5, 5, 5))).toBe(0)
    expect(robustZ(5, each(1, 5, 9))).toBe(0)
  })

  test('is null where more than half of the others are equal and this one differs, and where there are no others', () => {
    expect(robustZ(6, each(5, 5, 5, 9))).toBeNull()
    expect(robustZ(6, [])).toBeNull()
  })

  test('does not change when all values are shifted or scaled', () => {
    fc.assert(
      fc.property(fc.integer({ min: -50, max: 50 }), someCounts, (value, others) => {
        const moved = others.map((other) => ({ ...other, value: 8 * other.value + 3 }))
        expect(robustZ(8 * value + 3, moved)).toBe(robustZ(value, others))
      }),
    )
  })

  test('refuses a value that is not finite', () => {
    expect(() => robustZ(Infinity, each(1))).toThrow('value is Infinity; it must be a finite number')
  })
})

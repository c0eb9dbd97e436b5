import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decomposeSeason } from '../../../src/domain/statistics/seasonal.ts'
import { HAS_ORACLES, isAsPrinted, readOracles } from './oracles.ts'

/** Box and Jenkins 1976, series G: passengers of airlines by month, in thousands, 1949 to 1960. */
const AIR_PASSENGERS = [
  [112, 118, 132, 129, 121, 135, 148, 148, 136, 119, 104, 118],
  [115, 126, 141, 135, 125, 149, 170, 170, 158, 133, 114, 140],
  [145, 150, 178, 163, 172, 178, 199, 199, 184, 162, 146, 166],
  [171, 180, 193, 181, 183, 218, 230, 242, 209, 191, 172, 194],
  [196, 196, 236, 235, 229, 243, 264, 272, 237, 211, 180, 201],
  [204, 188, 235, 227, 234, 264, 302, 293, 259, 229, 203, 229],
  [242, 233, 267, 269, 270, 315, 364, 347, 312, 274, 237, 278],
  [284, 277, 317, 313, 318, 374, 413, 405, 355, 306, 271, 306],
  [315, 301, 356, 348, 355, 422, 465, 467, 404, 347, 305, 336],
  [340, 318, 362, 348, 363, 435, 491, 505, 404, 359, 310, 337],
  [360, 342, 406, 396, 420, 472, 548, 559, 463, 407, 362, 405],
  [417, 391, 419, 461, 472, 535, 622, 606, 508, 461, 390, 432],
].flat()

test.skipIf(!HAS_ORACLES)('the season of the air passengers is R’s', () => {
  const season = decomposeSeason(AIR_PASSENGERS, 12)?.season ?? []
  for (const [month, factor] of readOracles().decompose_airpassengers_mult_seasonal.entries()) {
    expect(isAsPrinted(season[month] ?? 0, factor, 7), `${month}: ${season[month]}`).toBe(true)
  }
})

describe('a decomposition', () => {
  test('has the trend that R prints from 1949-07 on, and none for half a cycle at both ends', () => {
    const trend = decomposeSeason(AIR_PASSENGERS, 12)?.trend ?? []
    expect(trend.slice(6, 9).map((level) => level?.toFixed(4))).toEqual(['126.7917', '127.2500', '127.9583'])
    expect(trend.slice(0, 6)).toEqual(new Array(6).fill(null))
    expect(trend.slice(-6)).toEqual(new Array(6).fill(null))
    expect(trend.slice(6, -6)).not.toContain(null)
  })

  const someSeason = fc.array(fc.double({ min: 0.2, max: 3, noNaN: true }), { minLength: 2, maxLength: 9 })

  test('finds a season that repeats on a level, and takes it out', () => {
    fc.assert(
      fc.property(someSeason, fc.integer({ min: 3, max: 6 }), (factors, cycles) => {
        const mean = factors.reduce((sum, factor) => sum + factor, 0) / factors.length
        const values = Array.from(
          { length: cycles * factors.length },
          (_, i) => 100 * (factors[i % factors.length] ?? 0),
        )
        const found = decomposeSeason(values, factors.length)
        for (const [place, factor] of factors.entries()) expect(found?.season[place]).toBeCloseTo(factor / mean, 9)
        for (const level of found?.adjusted ?? []) expect(level).toBeCloseTo(100 * mean, 6)
      }),
    )
  })

  test('has factors of mean 1, which scaling all values leaves as they are', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(500), { minLength: 21, maxLength: 50 }), (values) => {
        const found = decomposeSeason(values, 7)
        const scaled = decomposeSeason(
          values.map((value) => value * 8),
          7,
        )
        expect(scaled === null).toBe(found === null)
        if (found === null) return
        expect(found.season.reduce((sum, factor) => sum + factor, 0)).toBeCloseTo(7, 10)
        expect(scaled?.season).toEqual(found.season)
      }),
    )
  })

  test('leaves gaps out, and the trend beside them', () => {
    const values: (number | null)[] = AIR_PASSENGERS.map((value, i) => (i === 40 ? null : value))
    const found = decomposeSeason(values, 12)
    expect(found?.adjusted[40]).toBeNull()
    expect(found?.trend.slice(34, 47)).toEqual(new Array(13).fill(null))
    expect(found?.trend[33]).not.toBeNull()
    expect(found?.season[7]).toBeCloseTo(1.22, 2)
  })

  test('is null for fewer than two full cycles, a place with no ratio, or nothing but zeros', () => {
    expect(decomposeSeason(AIR_PASSENGERS.slice(0, 23), 12)).toBeNull()
    expect(decomposeSeason(AIR_PASSENGERS.slice(0, 24), 12)).not.toBeNull()
    expect(decomposeSeason([1, null, 2, null, 1, null, 2, null], 2)).toBeNull()
    expect(decomposeSeason(new Array<number>(24).fill(0), 4)).toBeNull()
    expect(decomposeSeason([], 4)).toBeNull()
  })

  test('says nothing of values in a season of 0', () => {
    const found = decomposeSeason([5, 0, 5, 0, 5, 0, 5, 0], 2)
    expect(found?.season).toEqual([2, 0])
    expect(found?.adjusted).toEqual([2.5, null, 2.5, null, 2.5, null, 2.5, null])
  })

  test('refuses a value below 0 or not finite, or a period that is no whole number from 2 up', () => {
    expect(() => decomposeSeason([1, -1], 2)).toThrow(
      'values[1] is -1; a season of ratios needs finite numbers from 0 up',
    )
    expect(() => decomposeSeason([Number.NaN], 2)).toThrow(RangeError)
    expect(() => decomposeSeason([1, 2, 3], 1)).toThrow('period is 1; a cycle is a whole number of values from 2 up')
    expect(() => decomposeSeason([1, 2, 3], 2.5)).toThrow(RangeError)
  })
})

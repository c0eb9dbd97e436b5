import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { cochranMantelHaenszel, pearsonChiSquare } from '../../../src/domain/statistics/cochran-mantel-haenszel.ts'
import { eValue, eValueOfInterval } from '../../../src/domain/statistics/e-value.ts'
import {
  type FourFold,
  oddsRatio,
  overlapOf,
  type Pooled,
  riskDifference,
  riskRatio,
} from '../../../src/domain/statistics/mantel-haenszel.ts'
import { HAS_ORACLES, isAsPrinted, readOracles } from './oracles.ts'

const fourFoldOf = ([a = 0, b = 0, c = 0, d = 0]: readonly number[]): FourFold => ({ a, b, c, d })
const swapped = ({ a, b, c, d }: FourFold): FourFold => ({ a: c, b: d, c: a, d: b })

function expectPrinted(
  pooled: Pooled | null,
  estimate: number,
  [lower = 0, upper = 0]: readonly number[],
  decimals: number,
) {
  expect(isAsPrinted(pooled?.estimate ?? Number.NaN, estimate, decimals), `${pooled?.estimate}`).toBe(true)
  expect(isAsPrinted(pooled?.interval?.lower ?? Number.NaN, lower, decimals), `${pooled?.interval?.lower}`).toBe(true)
  expect(isAsPrinted(pooled?.interval?.upper ?? Number.NaN, upper, decimals), `${pooled?.interval?.upper}`).toBe(true)
}

describe.skipIf(!HAS_ORACLES)('Berkeley 1973, as R prints it', () => {
  const berkeley = HAS_ORACLES ? readOracles().mh_berkeley : undefined
  const strata = berkeley?.['strata_male_adm,male_rej,female_adm,female_rej'].map(fourFoldOf) ?? []
  const crude: FourFold = { a: 1198, b: 2691 - 1198, c: 557, d: 1835 - 557 }

  test('has the odds ratio with its interval', () => {
    expectPrinted(oddsRatio(strata), berkeley?.mh_or ?? 0, berkeley?.mh_or_ci_rbg ?? [], 7)
  })

  test('has the risk difference with its interval', () => {
    const derived = berkeley?.derived
    expectPrinted(riskDifference(strata), derived?.mh_rd ?? 0, derived?.mh_rd_ci_greenland_robins ?? [], 7)
  })

  test('has the test with and without continuity correction', () => {
    const plain = cochranMantelHaenszel(strata)
    const corrected = cochranMantelHaenszel(strata, { corrected: true })
    expect([plain?.chiSquare.toFixed(4), plain?.p.toFixed(4)]).toEqual(berkeley?.cmh_no_cc.map(String))
    expect([corrected?.chiSquare.toFixed(4), corrected?.p.toFixed(4)]).toEqual(berkeley?.cmh_cc.map(String))
  })

  test('has the odds ratio of each department, and of all taken together', () => {
    const each = strata.map((stratum) => oddsRatio([stratum])?.estimate ?? Number.NaN)
    expect(each.map((ratio) => ratio.toFixed(4))).toEqual(berkeley?.stratum_or.map((ratio) => ratio.toFixed(4)))
    expect(isAsPrinted(oddsRatio([crude])?.estimate ?? 0, berkeley?.crude.or ?? 1, 5)).toBe(true)
  })

  test('has the chi-square of all taken together, with and without correction', () => {
    expect(isAsPrinted(pearsonChiSquare(crude)?.chiSquare ?? 0, berkeley?.crude.pearson ?? 1)).toBe(true)
    const corrected = pearsonChiSquare(crude, { corrected: true })
    expect(isAsPrinted(corrected?.chiSquare ?? 0, berkeley?.crude.yates ?? 1)).toBe(true)
  })

  test('turns its sign once departments are compared within themselves', () => {
    expect(riskDifference([crude])?.estimate).toBeGreaterThan(0.14)
    expect(riskDifference(strata)?.estimate).toBeLessThan(0)
  })
})

describe.skipIf(!HAS_ORACLES)('Doll and Hill 1950', () => {
  const published = HAS_ORACLES ? readOracles().mh_doll_hill : undefined
  const strata = published?.strata.map(fourFoldOf) ?? []

  test('has the interval of Robins, Breslow and Greenland, not the one with the wrong cell', () => {
    expectPrinted(oddsRatio(strata), published?.mh_or ?? 0, [2.4171, 8.4671], 4)
  })

  test('has the risk difference, the risk ratio and the test', () => {
    expectPrinted(riskDifference(strata), published?.mh_rd ?? 0, published?.mh_rd_ci ?? [], 4)
    expectPrinted(riskRatio(strata), published?.mh_rr ?? 0, published?.mh_rr_ci ?? [], 4)
    expect(isAsPrinted(cochranMantelHaenszel(strata)?.chiSquare ?? 0, published?.cmh_no_cc ?? 1, 3)).toBe(true)
  })
})

const someCount = fc.integer({ min: 0, max: 60 })
const someStratum = fc.record({ a: someCount, b: someCount, c: someCount, d: someCount })
const someStrata = fc.array(someStratum, { maxLength: 6 })

describe.each([
  ['odds ratio', oddsRatio, (estimate: number) => 1 / estimate],
  ['risk ratio', riskRatio, (estimate: number) => 1 / estimate],
  ['risk difference', riskDifference, (estimate: number) => -estimate],
])('the common %s', (_, estimateOf, turned) => {
  test('does not depend on the order of strata', () => {
    fc.assert(
      fc.property(someStrata, (strata) => {
        const one = estimateOf(strata)
        const other = estimateOf(strata.toReversed())
        expect(other === null).toBe(one === null)
        if (one !== null) expect(other?.estimate).toBeCloseTo(one.estimate, 10)
      }),
    )
  })

  test('turns around when the arms are exchanged', () => {
    fc.assert(
      fc.property(someStrata, (strata) => {
        const one = estimateOf(strata)
        const other = estimateOf(strata.map(swapped))
        if (one?.interval == null || other?.interval == null) return
        expect(other.estimate).toBeCloseTo(turned(one.estimate), 9)
        expect(other.interval.lower / turned(one.interval.upper)).toBeCloseTo(1, 8)
      }),
    )
  })

  test('takes nothing from a stratum with one arm only', () => {
    fc.assert(
      fc.property(someStrata, someCount, someCount, (strata, a, b) => {
        expect(estimateOf([...strata, { a, b, c: 0, d: 0 }, { a: 0, b: 0, c: a, d: b }])).toEqual(estimateOf(strata))
      }),
    )
  })

  test('lies in its interval, and is never NaN', () => {
    fc.assert(
      fc.property(someStrata, (strata) => {
        const { estimate, interval } = estimateOf(strata) ?? { estimate: 0, interval: null }
        expect(estimate).not.toBeNaN()
        if (interval === null) return
        expect(interval.lower).toBeLessThanOrEqual(estimate)
        expect(interval.upper).toBeGreaterThanOrEqual(estimate)
      }),
    )
  })

  test('is null for no strata', () => {
    expect(estimateOf([])).toBeNull()
  })

  test('refuses counts that are no whole numbers from 0 up, and levels not between 0 and 1', () => {
    expect(() => estimateOf([{ a: 1, b: -1, c: 1, d: 1 }])).toThrow('b is -1; a count is a whole number from 0 up')
    expect(() => estimateOf([], 1)).toThrow('level is 1; it must lie above 0 and below 1')
  })
})

describe('at the edges of a comparison', () => {
  test('an odds ratio with no b·c is null, one with no a·d is 0 without interval', () => {
    expect(oddsRatio([{ a: 5, b: 0, c: 3, d: 2 }])).toBeNull()
    expect(oddsRatio([{ a: 0, b: 5, c: 3, d: 2 }])).toEqual({ estimate: 0, interval: null })
  })

  test('a risk ratio is null where nothing happened without the exposure, 0 where nothing happened with it', () => {
    expect(riskRatio([{ a: 5, b: 1, c: 0, d: 2 }])).toBeNull()
    expect(riskRatio([{ a: 0, b: 5, c: 3, d: 2 }])).toEqual({ estimate: 0, interval: null })
  })

  test('a risk difference has no interval where every arm is all or nothing', () => {
    expect(riskDifference([{ a: 9, b: 0, c: 0, d: 7 }])).toEqual({ estimate: 1, interval: null })
  })

  test('a stratum with one arm only is left out, and counted', () => {
    const strata = [
      fourFoldOf([1, 2, 3, 4]),
      fourFoldOf([5, 6, 0, 0]),
      fourFoldOf([0, 0, 0, 3]),
      fourFoldOf([0, 0, 0, 0]),
    ]
    expect(overlapOf(strata)).toEqual({ compared: 10, leftOut: 14 })
    expect(() => overlapOf([fourFoldOf([0.5])])).toThrow(RangeError)
  })
})

describe('the Cochran–Mantel–Haenszel test', () => {
  test('takes one half off the distance, down to 0 at most', () => {
    const balanced = { a: 5, b: 5, c: 5, d: 5 }
    expect(cochranMantelHaenszel([balanced], { corrected: true })).toEqual({ chiSquare: 0, p: 1 })
    // Observed 3, expected 2.6: closer than one half.
    expect(cochranMantelHaenszel([{ a: 3, b: 10, c: 1, d: 6 }], { corrected: true })?.chiSquare).toBe(0)
  })

  test('is the same whatever the order of strata, and when the arms are exchanged', () => {
    fc.assert(
      fc.property(someStrata, fc.boolean(), (strata, corrected) => {
        const one = cochranMantelHaenszel(strata, { corrected })
        const other = cochranMantelHaenszel(strata.toReversed().map(swapped), { corrected })
        expect(other === null).toBe(one === null)
        if (one !== null) expect(other?.chiSquare).toBeCloseTo(one.chiSquare, 8)
      }),
    )
  })

  test('is null where no stratum could show a difference', () => {
    expect(cochranMantelHaenszel([])).toBeNull()
    expect(
      cochranMantelHaenszel([fourFoldOf([5, 0, 7, 0]), fourFoldOf([0, 5, 0, 7]), fourFoldOf([1, 1, 0, 0])]),
    ).toBeNull()
  })

  test('refuses counts that are no whole numbers from 0 up', () => {
    expect(() => cochranMantelHaenszel([fourFoldOf([1, 1, 1, -1])])).toThrow(RangeError)
    expect(() => pearsonChiSquare(fourFoldOf([1, 1, 1, 0.5]))).toThrow(RangeError)
  })

  test('of one table is Pearson’s, but for n − 1 in place of n', () => {
    fc.assert(
      fc.property(someStratum, (table) => {
        const n = table.a + table.b + table.c + table.d
        const pearson = pearsonChiSquare(table)
        const stratified = cochranMantelHaenszel([table])
        expect(stratified === null).toBe(pearson === null)
        if (pearson !== null) expect(((stratified?.chiSquare ?? -1) * n) / (n - 1)).toBeCloseTo(pearson.chiSquare, 8)
      }),
    )
  })

  test('of one table is null where a row or a column is empty', () => {
    expect(
      [
        [1, 2, 0, 0],
        [0, 0, 1, 2],
        [1, 0, 2, 0],
        [0, 1, 0, 2],
      ].map((cells) => pearsonChiSquare(fourFoldOf(cells))),
    ).toEqual([null, null, null, null])
  })
})

describe('the E-value', () => {
  test.skipIf(!HAS_ORACLES)('is the published one', () => {
    for (const [ratio = 0, value = 0] of readOracles().evalue)
      expect(isAsPrinted(eValue(ratio), value), `${ratio}`).toBe(true)
  })

  test('is at least 1, and the same for a ratio and its inverse', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.001, max: 1000, noNaN: true }), (ratio) => {
        expect(eValue(ratio)).toBeGreaterThanOrEqual(1)
        expect(eValue(1 / ratio)).toBeCloseTo(eValue(ratio), 8)
      }),
    )
  })

  test('of an interval is that of its end nearer to 1, and exactly 1 where it holds 1', () => {
    expect(eValueOfInterval(1.8, 5)).toBe(eValue(1.8))
    expect(eValueOfInterval(0.2, 0.5)).toBe(eValue(0.5))
    expect(eValueOfInterval(0.9, 1.1)).toBe(1)
  })

  test('refuses a ratio that is not above 0', () => {
    expect(() => eValue(0)).toThrow('ratio is 0; it must be a finite number above 0')
    expect(() => eValueOfInterval(0, 2)).toThrow(RangeError)
    expect(() => eValueOfInterval(1, Infinity)).toThrow(RangeError)
  })
})

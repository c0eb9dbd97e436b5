import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type RankWeight, rankTest } from '../../../src/domain/statistics/log-rank.ts'
import { type PairedRiskSet, pairedRiskSets } from '../../../src/domain/statistics/risk-sets.ts'
import { HAS_ORACLES, isAsPrinted, readOracles } from './oracles.ts'
import { durationsOfRows, PLACEBO_ROWS, REMISSION_ROWS } from './remission.ts'
import { durationsOfSpans, someSpans } from './spans.ts'

const remission = pairedRiskSets(durationsOfRows(REMISSION_ROWS), durationsOfRows(PLACEBO_ROWS))
const WEIGHTS: readonly RankWeight[] = ['log-rank', 'gehan-wilcoxon', 'tarone-ware', 'peto']
const someSets = fc
  .tuple(someSpans, someSpans)
  .map(([one, other]) => pairedRiskSets(durationsOfSpans(one), durationsOfSpans(other)))

describe.skipIf(!HAS_ORACLES)('the log-rank test of 6-mercaptopurine against placebo', () => {
  const published = HAS_ORACLES ? readOracles().km_6mp.logrank : undefined

  test('has the published observed and expected ends, variance, chi-square and p', () => {
    const found = rankTest([remission])
    expect(found?.observed).toEqual(published?.O)
    expect(found?.expected.map((ends) => ends.toFixed(4))).toEqual(published?.E.map((ends) => ends.toFixed(4)))
    expect(isAsPrinted(found?.variance ?? 0, published?.V ?? 1, 4)).toBe(true)
    expect(isAsPrinted(found?.chiSquare ?? 0, published?.chi2 ?? 1, 6)).toBe(true)
    expect(isAsPrinted(found?.p ?? 0, published?.p ?? 1, 9)).toBe(true)
  })

  test('has the published chi-square with the other weights', () => {
    const [wilcoxon, taroneWare, peto] = WEIGHTS.slice(1).map((weight) => rankTest([remission], weight)?.chiSquare ?? 0)
    expect(isAsPrinted(wilcoxon ?? 0, published?.wilcoxon ?? 1, 6)).toBe(true)
    expect(isAsPrinted(taroneWare ?? 0, published?.tarone_ware ?? 1, 6)).toBe(true)
    // The source cut 14.0841398… off.
    expect(Math.trunc((peto ?? 0) * 1e6) / 1e6).toBe(published?.peto)
  })
})

describe.each(WEIGHTS)('the %s test', (weight) => {
  test('is the same when the groups are exchanged', () => {
    fc.assert(
      fc.property(someSets, (sets) => {
        const exchanged = sets.map(
          ({ at, atRisk, ended }): PairedRiskSet => ({
            at,
            atRisk: [atRisk[1], atRisk[0]],
            ended: [ended[1], ended[0]],
          }),
        )
        const one = rankTest([sets], weight)
        const other = rankTest([exchanged], weight)
        expect(other === null).toBe(one === null)
        if (one !== null) expect(other?.chiSquare).toBeCloseTo(one.chiSquare, 8)
      }),
    )
  })

  test('is the same whatever the order of strata, and expects as many ends as were seen', () => {
    fc.assert(
      fc.property(fc.array(someSets, { maxLength: 4 }), (strata) => {
        const one = rankTest(strata, weight)
        const other = rankTest(strata.toReversed(), weight)
        expect(other === null).toBe(one === null)
        if (one === null) return
        expect(other?.chiSquare).toBeCloseTo(one.chiSquare, 8)
        expect(one.expected[0] + one.expected[1]).toBeCloseTo(one.observed[0] + one.observed[1], 8)
      }),
    )
  })
})

describe('the log-rank test', () => {
  test('compares strata within themselves: two that hide a difference when mixed show it', () => {
    const stratum = (with_: number[], without: number[]) =>
      pairedRiskSets(durationsOfRows(with_.map((at) => [at, 1])), durationsOfRows(without.map((at) => [at, 1])))
    // In each stratum those with it last longer; but most with it are in the stratum that ends early.
    const early = stratum([3, 3, 4, 4, 5, 5, 6, 6], [1, 2])
    const late = stratum([30, 31], [20, 21, 22, 23, 24, 25, 26, 27])
    const mixed = stratum([3, 3, 4, 4, 5, 5, 6, 6, 30, 31], [1, 2, 20, 21, 22, 23, 24, 25, 26, 27])
    const apart = rankTest([early, late])
    const together = rankTest([mixed])
    expect(apart?.observed[0]).toBeLessThan(apart?.expected[0] ?? 0)
    expect(together?.observed[0]).toBeGreaterThan(together?.expected[0] ?? 99)
  })

  test('is null where nothing ended, or one group is never at risk beside the other', () => {
    expect(rankTest([])).toBeNull()
    expect(
      rankTest([pairedRiskSets([{ at: 1, ended: 0, censored: 3 }], [{ at: 2, ended: 0, censored: 3 }])]),
    ).toBeNull()
    expect(rankTest([pairedRiskSets([{ at: 1, ended: 3, censored: 0 }], [])])).toBeNull()
  })
})

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type HazardRatio, hazardRatio } from '../../../src/domain/statistics/hazard-ratio.ts'
import { rankTest } from '../../../src/domain/statistics/log-rank.ts'
import { type PairedRiskSet, pairedRiskSets } from '../../../src/domain/statistics/risk-sets.ts'
import { HAS_ORACLES, isAsPrinted, readOracles, readOracleTable } from './oracles.ts'
import { type DurationRow, durationsOfRows, PLACEBO_ROWS, REMISSION_ROWS } from './remission.ts'
import { BEGINNING, durationsOfSpans, type Span, someSpans } from './spans.ts'

const remission = pairedRiskSets(durationsOfRows(REMISSION_ROWS), durationsOfRows(PLACEBO_ROWS))

function expectPrinted(
  found: HazardRatio | null,
  coef: number,
  se: number,
  hr: number,
  ci: readonly number[],
  decimals: number,
) {
  const printed = [found?.logRatio, found?.standardError, found?.ratio, found?.interval.lower, found?.interval.upper]
  for (const [index, published] of [coef, se, hr, ...ci].entries()) {
    expect(isAsPrinted(printed[index] ?? Number.NaN, published, decimals), `${printed[index]} ${published}`).toBe(true)
  }
}

describe.skipIf(!HAS_ORACLES)('the hazard ratio of 6-mercaptopurine against placebo', () => {
  const published = HAS_ORACLES ? readOracles().km_6mp.cox : undefined

  test('is the published one, with ties by Efron and by Breslow', () => {
    for (const ties of ['efron', 'breslow'] as const) {
      const [coef = 0, se = 0, hr = 0, ...ci] = published?.[ties] ?? []
      expectPrinted(hazardRatio([remission], 0.95, ties), coef, se, hr, ci, 4)
    }
  })

  test('has the published tests', () => {
    const found = hazardRatio([remission])
    expect(isAsPrinted(found?.likelihoodRatio ?? 0, published?.LR_efron ?? 1, 2)).toBe(true)
    expect(isAsPrinted(found?.wald ?? 0, published?.wald_efron ?? 1, 2)).toBe(true)
    expect(isAsPrinted(found?.score ?? 0, published?.score_efron ?? 1, 2)).toBe(true)
  })
})

describe.skipIf(!HAS_ORACLES)('the heart transplants of Stanford', () => {
  const published = HAS_ORACLES ? readOracles().immortal_time_stanford : undefined
  const patients = HAS_ORACLES ? readOracleTable('jasa_futime_fustat_transplant_wait.csv') : []
  const intervals = HAS_ORACLES ? readOracleTable('jasa1_start_stop_event_transplant.csv') : []

  test('look like a cure when whole lives are sorted by what happened later', () => {
    const group = (transplant: number): DurationRow[] =>
      patients.filter((row) => row.transplant === transplant).map((row) => [row.futime ?? 0, row.fustat ?? 0])
    const { coef = 0, se = 0, hr = 0, ci = [] } = published?.naive_time_fixed_cox_efron ?? {}
    const sets = pairedRiskSets(durationsOfRows(group(1)), durationsOfRows(group(0)))
    expectPrinted(hazardRatio([sets]), coef, se, hr, ci, 4)
    expect([patients.length, group(1).length]).toEqual([published?.counts.n, published?.counts.tx])
  })

  test('do no such thing when exposure begins on its day', () => {
    const spans = (transplant: number): Span[] =>
      intervals
        .filter((row) => row.transplant === transplant)
        .map(({ start = 0, stop = 0, event }) => ({
          start: start === 0 ? BEGINNING : start,
          stop,
          way: event === 1 ? 0 : null,
        }))
    const { coef = 0, se = 0, hr = 0, ci = [], p = 0 } = published?.time_dependent_cox_efron ?? {}
    const sets = pairedRiskSets(durationsOfSpans(spans(1)), durationsOfSpans(spans(0)))
    const found = hazardRatio([sets])
    expectPrinted(found, coef, se, hr, ci, 4)
    expect(isAsPrinted(found?.p ?? 0, p, 3)).toBe(true)
    expect(rankTest([sets])?.observed).toEqual([published?.counts.deaths_tx, published?.counts.deaths_no])
  })

  test('show about nothing from a landmark at 30 days', () => {
    const group = (exposed: boolean): DurationRow[] =>
      patients
        .filter(({ futime = 0, wait = Number.NaN }) => futime > 30 && wait <= 30 === exposed)
        .map((row) => [row.futime ?? 0, row.fustat ?? 0])
    const sets = pairedRiskSets(durationsOfRows(group(true)), durationsOfRows(group(false)))
    const found = hazardRatio([sets])
    expect([group(true).length + group(false).length, group(true).length]).toEqual([78, 35])
    expect([found?.logRatio.toFixed(3), found?.standardError.toFixed(3), found?.ratio.toFixed(3)]).toEqual([
      '-0.089',
      '0.282',
      '0.915',
    ])
  })
})

describe('a hazard ratio', () => {
  const someSets = fc
    .tuple(someSpans, someSpans)
    .map(([one, other]) => pairedRiskSets(durationsOfSpans(one), durationsOfSpans(other)))
  const exchange = ({ at, atRisk, ended }: PairedRiskSet): PairedRiskSet => ({
    at,
    atRisk: [atRisk[1], atRisk[0]],
    ended: [ended[1], ended[0]],
  })

  test('is the inverse when the groups are exchanged, whatever the order of strata, and lies in its interval', () => {
    fc.assert(
      fc.property(fc.array(someSets, { maxLength: 3 }), (strata) => {
        const one = hazardRatio(strata)
        const other = hazardRatio(strata.toReversed().map((sets) => sets.map(exchange)))
        expect(other === null).toBe(one === null)
        if (one === null) return
        expect(other?.logRatio).toBeCloseTo(-one.logRatio, 7)
        expect(one.interval.lower).toBeLessThanOrEqual(one.ratio)
        expect(one.interval.upper).toBeGreaterThanOrEqual(one.ratio)
        expect(Number.isFinite(one.standardError)).toBe(true)
      }),
    )
  })

  test('has a score test that is the log-rank test where no ends are tied', () => {
    const rows = (ends: readonly number[]): DurationRow[] => ends.map((at) => [at, at % 5 === 0 ? 0 : 1])
    const sets = pairedRiskSets(
      durationsOfRows(rows([1, 4, 10, 15, 22, 31])),
      durationsOfRows(rows([2, 3, 6, 7, 12, 20])),
    )
    expect(hazardRatio([sets])?.score).toBeCloseTo(rankTest([sets])?.chiSquare ?? 0, 10)
  })

  test('is null where, with both groups at risk, the same one does all the ending', () => {
    expect(hazardRatio([])).toBeNull()
    const sets = pairedRiskSets([{ at: 9, ended: 4, censored: 1 }], [{ at: 2, ended: 3, censored: 1 }])
    expect(hazardRatio([sets])).toBeNull()
  })

  test('refuses a level not between 0 and 1', () => {
    expect(() => hazardRatio([remission], 1)).toThrow('level is 1; it must lie above 0 and below 1')
  })
})

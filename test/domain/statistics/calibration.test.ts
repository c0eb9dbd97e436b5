import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { brierScore, calibrationTable, type Forecasts } from '../../../src/domain/statistics/calibration.ts'

const someForecasts = fc.array(
  fc
    .record({ probability: fc.double({ min: 0, max: 1, noNaN: true }), happened: fc.nat(6), failed: fc.nat(6) })
    .map(({ probability, happened, failed }): Forecasts => ({ probability, happened, total: happened + failed })),
  { maxLength: 20 },
)
const each = (forecasts: readonly Forecasts[]): Forecasts[] =>
  forecasts.flatMap(({ probability, happened, total }) =>
    Array.from({ length: total }, (_, i) => ({ probability, happened: i < happened ? 1 : 0, total: 1 })),
  )

describe('the Brier score', () => {
  test('is 0 when perfect, 1 when always wrong, 0.25 for saying one half each time', () => {
    expect(
      brierScore([
        { probability: 1, happened: 3, total: 3 },
        { probability: 0, happened: 0, total: 2 },
      ]),
    ).toBe(0)
    expect(brierScore([{ probability: 0, happened: 3, total: 3 }])).toBe(1)
    expect(brierScore([{ probability: 0.5, happened: 1, total: 7 }])).toBe(0.25)
  })

  test('is the mean square of probability minus outcome, however forecasts are ordered or grouped', () => {
    fc.assert(
      fc.property(someForecasts, (forecasts) => {
        const single = each(forecasts)
        const score = brierScore(forecasts)
        expect(score === null).toBe(single.length === 0)
        if (score === null) return
        const sum = single.reduce((all, { probability, happened }) => all + (probability - happened) ** 2, 0)
        expect(score).toBeCloseTo(sum / single.length, 12)
        expect(brierScore(single.toReversed())).toBeCloseTo(score, 12)
      }),
    )
  })

  test('is null without forecasts', () => {
    expect(brierScore([])).toBeNull()
  })

  test('refuses a probability outside 0 to 1, and wrong counts', () => {
    expect(() => brierScore([{ probability: 1.1, happened: 0, total: 1 }])).toThrow(
      'probability is 1.1; a share lies between 0 and 1',
    )
    expect(() => brierScore([{ probability: 0.5, happened: 2, total: 1 }])).toThrow(
      'happened is 2, more than total, which is 1',
    )
  })
})

describe('the calibration table', () => {
  test('puts each probability into the bin whose printed ends hold it', () => {
    fc.assert(
      fc.property(someForecasts, fc.integer({ min: 1, max: 40 }), (forecasts, bins) => {
        for (const forecast of each(forecasts)) {
          const [row] = calibrationTable([forecast], bins)
          expect(row?.from).toBeLessThanOrEqual(forecast.probability)
          if (row?.to === 1) expect(forecast.probability).toBeLessThanOrEqual(1)
          else expect(row?.to).toBeGreaterThan(forecast.probability)
        }
      }),
    )
    // Just below an end, where the product with the number of bins rounds up to it.
    for (let bins = 2; bins < 40; bins += 1) {
      for (let end = 1; end < bins; end += 1) {
        const probability = (end / bins) * (1 - Number.EPSILON / 2)
        const [row] = calibrationTable([{ probability, happened: 1, total: 1 }], bins)
        expect(row?.to).toBe(end / bins)
      }
    }
    expect(calibrationTable([{ probability: 0.3, happened: 1, total: 1 }])).toMatchObject([{ from: 0.3, to: 0.4 }])
    expect(calibrationTable([{ probability: 1, happened: 1, total: 1 }])).toMatchObject([{ from: 0.9, to: 1 }])
  })

  test('has totals and happenings that sum to those given, ascending, without empty bins', () => {
    fc.assert(
      fc.property(someForecasts, (forecasts) => {
        const rows = calibrationTable(forecasts)
        expect(rows.reduce((sum, { total }) => sum + total, 0)).toBe(
          forecasts.reduce((sum, { total }) => sum + total, 0),
        )
        expect(rows.reduce((sum, { happened }) => sum + happened, 0)).toBe(
          forecasts.reduce((sum, { happened }) => sum + happened, 0),
        )
        expect(rows.map(({ from }) => from)).toEqual(rows.map(({ from }) => from).toSorted((a, b) => a - b))
        expect(rows.every(({ total }) => total > 0)).toBe(true)
      }),
    )
  })

  test('is the same however forecasts are ordered or grouped', () => {
    fc.assert(
      fc.property(someForecasts, (forecasts) => {
        const rows = calibrationTable(forecasts)
        const single = calibrationTable(each(forecasts).toReversed())
        expect(single.map((row) => ({ ...row, meanProbability: 0 }))).toEqual(
          rows.map((row) => ({ ...row, meanProbability: 0 })),
        )
        for (const [i, row] of rows.entries()) expect(single[i]?.meanProbability).toBeCloseTo(row.meanProbability, 12)
      }),
    )
  })

  test('tells what was observed, with its Wilson interval', () => {
    const [row] = calibrationTable([
      { probability: 0.62, happened: 8, total: 10 },
      { probability: 0.68, happened: 10, total: 10 },
    ])
    expect(row?.meanProbability).toBeCloseTo(0.65, 14)
    expect(row?.observed).toBe(0.9)
    expect(row?.interval.lower).toBeCloseTo(0.6989663547715, 12)
  })

  test('refuses bins that are no whole number from 1 up, and what the Brier score refuses', () => {
    expect(() => calibrationTable([], 0)).toThrow('bins is 0; it must be a whole number from 1 up')
    expect(() => calibrationTable([{ probability: -0.1, happened: 0, total: 1 }])).toThrow(RangeError)
    expect(() => calibrationTable([{ probability: 0.1, happened: 0, total: 1 }], 5, 2)).toThrow(RangeError)
  })
})

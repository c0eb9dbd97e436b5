import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  kaplanMeier,
  medianSurvival,
  survivalInterval,
  survivalQuantile,
} from '../../../src/domain/statistics/kaplan-meier.ts'
import type { Durations } from '../../../src/domain/statistics/risk-sets.ts'
import { HAS_ORACLES, isAsPrinted, readOracles } from './oracles.ts'

/** A hundred or so subjects, ended or censored, added up by day. */
const someDurations = fc
  .array(fc.record({ at: fc.nat(40), ended: fc.nat(3), censored: fc.nat(3) }), { maxLength: 30 })
  .map((rows) => [...new Map(rows.map((row) => [row.at, row])).values()])

/** `6+` is censored at 6. */
function durationsOf(text: string): Durations[] {
  const byTime = new Map<number, { at: number; ended: number; censored: number }>()
  for (const one of text.split(',')) {
    const at = Number.parseInt(one, 10)
    const found = byTime.get(at) ?? { at, ended: 0, censored: 0 }
    if (one.endsWith('+')) found.censored += 1
    else found.ended += 1
    byTime.set(at, found)
  }
  return [...byTime.values()]
}

/** Freireich and others, Blood 21 (1963): weeks of remission of leukaemia patients. */
const MERCAPTOPURINE = '6,6,6,6+,7,9+,10,10+,11+,13,16,17+,19+,20+,22,23,25+,32+,32+,34+,35+'
const PLACEBO = '1,1,2,2,3,4,4,5,5,8,8,8,8,11,11,12,12,15,17,22,23'

describe('the Kaplan–Meier estimate', () => {
  test('is the published one for 6-mercaptopurine', () => {
    const steps = kaplanMeier(durationsOf(MERCAPTOPURINE)).map(({ at, survival }) => [at, survival.toFixed(4)])
    expect(steps).toEqual([
      [6, '0.8571'],
      [7, '0.8067'],
      [10, '0.7529'],
      [13, '0.6902'],
      [16, '0.6275'],
      [22, '0.5378'],
      [23, '0.4482'],
    ])
  })

  test('is the plain share where nothing is censored', () => {
    const steps = kaplanMeier(durationsOf(PLACEBO)).map(({ at, survival }) => [at, survival.toFixed(4)])
    expect(steps.slice(0, 6)).toEqual([
      [1, '0.9048'],
      [2, '0.8095'],
      [3, '0.7619'],
      [4, '0.6667'],
      [5, '0.5714'],
      [8, '0.3810'],
    ])
    expect(steps.at(-1)).toEqual([23, '0.0000'])
  })

  test('does not depend on the order of durations', () => {
    const durations = durationsOf(MERCAPTOPURINE)
    expect(kaplanMeier(durations.toReversed())).toEqual(kaplanMeier(durations))
  })

  test('lets an end precede a censoring at the same duration', () => {
    expect(kaplanMeier([{ at: 5, ended: 1, censored: 1 }])).toMatchObject([{ at: 5, atRisk: 2, survival: 0.5 }])
  })
})

describe('the median', () => {
  test('is 23 weeks against 8, as published', () => {
    expect(medianSurvival(durationsOf(MERCAPTOPURINE))).toBe(23)
    expect(medianSurvival(durationsOf(PLACEBO))).toBe(8)
  })

  test('is none while more than half last longer than the longest one seen to end', () => {
    expect(medianSurvival(durationsOf('3,9+,9+'))).toBeUndefined()
    expect(medianSurvival([])).toBeUndefined()
  })

  test('is where exactly half are left, however the factors round', () => {
    for (let half = 1; half <= 200; half += 1) {
      const durations = Array.from({ length: 2 * half }, (_, i) => ({ at: i + 1, ended: 1, censored: 0 }))
      expect(medianSurvival(durations)).toBe(half)
    }
  })
})

describe.skipIf(!HAS_ORACLES)('the curves of 6-mercaptopurine and placebo', () => {
  const published = HAS_ORACLES ? readOracles().km_6mp : undefined
  const both = [
    [durationsOf(MERCAPTOPURINE), published?.mp_S ?? {}],
    [durationsOf(PLACEBO), published?.placebo_S ?? {}],
  ] as const

  test('have the published survival and standard errors', () => {
    for (const [durations, expected] of both) {
      const steps = kaplanMeier(durations)
      expect(steps.map(({ at }) => at)).toEqual(Object.keys(expected).map(Number))
      for (const { at, survival, variance } of steps) {
        const [share, error] = expected[at] ?? []
        expect(isAsPrinted(survival, share ?? -1, 4), `S(${at})`).toBe(true)
        if (error == null) expect(variance).toBeNull()
        else expect(isAsPrinted(Math.sqrt(variance ?? -1), error, 4), `se(${at})`).toBe(true)
      }
    }
  })

  test('have the published medians with limits on the logarithm', () => {
    const medians = both.map(([durations]) => survivalQuantile(durations, 0.5, 0.95, 'log'))
    const { mp, placebo } = published?.median ?? { mp: [], placebo: [] }
    expect(medians.map(({ at, lower, upper }) => [at, lower, upper])).toEqual([mp, placebo])
  })

  test('have the published quartiles', () => {
    const quartiles = both.map(([durations]) => [0.25, 0.5, 0.75].map((share) => survivalQuantile(durations, share).at))
    expect(quartiles).toEqual([published?.quartiles_mp, published?.quartiles_placebo])
  })
})

describe('a survival curve', () => {
  test('falls from at most 1 to at least 0, within its intervals', () => {
    fc.assert(
      fc.property(someDurations, (durations) => {
        let before = 1
        for (const step of kaplanMeier(durations)) {
          expect(step.survival).toBeLessThan(before)
          expect(step.survival).toBeGreaterThanOrEqual(0)
          before = step.survival
          for (const interval of [survivalInterval(step), survivalInterval(step, 0.9, 'log')]) {
            expect(interval === null).toBe(step.survival === 0)
            if (interval === null) continue
            expect(interval.lower).toBeLessThanOrEqual(step.survival)
            expect(interval.upper).toBeGreaterThanOrEqual(step.survival)
            expect(interval.upper).toBeLessThanOrEqual(1)
          }
        }
      }),
    )
  })

  test('has the variance of a binomial share where nothing is censored', () => {
    const durations = Array.from({ length: 40 }, (_, i) => ({ at: i, ended: 3, censored: 0 }))
    for (const { survival, variance } of kaplanMeier(durations).slice(0, -1)) {
      expect(variance).toBeCloseTo((survival * (1 - survival)) / 120, 14)
    }
  })

  test('has the limits on log(−log S) that its formula gives', () => {
    // S(6) = 6/7 with se 0.0764: exp(−exp(log(−log S) ± 1.96 se / (S |log S|))).
    const [first] = kaplanMeier(durationsOf(MERCAPTOPURINE))
    const interval = first === undefined ? null : survivalInterval(first)
    expect([interval?.lower.toFixed(3), interval?.upper.toFixed(3)]).toEqual(['0.620', '0.952'])
  })

  test('has no steps where nothing ended', () => {
    expect(kaplanMeier([])).toEqual([])
    expect(kaplanMeier([{ at: 3, ended: 0, censored: 4 }])).toEqual([])
  })

  test('counts one who enters late only from then on', () => {
    const steps = kaplanMeier([
      { at: 1, ended: 1, censored: 0 },
      { at: 2, ended: 0, censored: 0, entered: 2 },
      { at: 3, ended: 1, censored: 2 },
    ])
    expect(steps.map(({ atRisk, survival }) => [atRisk, survival.toFixed(12)])).toEqual([
      [2, (1 / 2).toFixed(12)],
      [3, (1 / 3).toFixed(12)],
    ])
  })

  test('is taken to 0 by an early risk set of one, where it stays', () => {
    const steps = kaplanMeier([
      { at: 1, ended: 1, censored: 0, entered: 5 },
      { at: 3, ended: 1, censored: 4 },
    ])
    expect(steps.map(({ survival }) => survival)).toEqual([0, 0])
  })
})

describe('a quantile of survival', () => {
  test('at one half is the median, between its limits', () => {
    fc.assert(
      fc.property(someDurations, (durations) => {
        const { at, lower, upper } = survivalQuantile(durations, 0.5)
        expect(at ?? undefined).toBe(medianSurvival(durations))
        if (at !== null) expect(lower).toBeLessThanOrEqual(at)
        if (at !== null && upper !== null) expect(upper).toBeGreaterThanOrEqual(at)
      }),
    )
  })

  test('has a null end where the curve, or its limit, stays above', () => {
    expect(survivalQuantile([], 0.5)).toEqual({ at: null, lower: null, upper: null })
    expect(survivalQuantile(durationsOf('3,9+,9+'), 0.5)).toMatchObject({ at: null, upper: null })
  })

  test('refuses a share or a level not between 0 and 1', () => {
    expect(() => survivalQuantile([], 1)).toThrow('share is 1; it must lie above 0 and below 1')
    expect(() => survivalQuantile(durationsOf('1,2'), 0.5, 0)).toThrow('level is 0; it must lie above 0 and below 1')
  })
})

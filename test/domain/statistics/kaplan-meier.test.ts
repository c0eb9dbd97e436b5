import { describe, expect, test } from 'vitest'
import { type Durations, kaplanMeier, medianSurvival } from '../../../src/domain/statistics/kaplan-meier.ts'

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
    expect(kaplanMeier([{ at: 5, ended: 1, censored: 1 }])).toEqual([{ at: 5, survival: 0.5 }])
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

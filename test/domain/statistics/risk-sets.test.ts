import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Durations, pairedRiskSets, riskSets } from '../../../src/domain/statistics/risk-sets.ts'
import { durationsOfSpans, someSpans } from './spans.ts'

describe('risk sets', () => {
  test('are the same from day histograms as from one row for each subject', () => {
    fc.assert(
      fc.property(someSpans, (spans) => {
        for (const { at, atRisk, ended } of riskSets(durationsOfSpans(spans))) {
          expect(atRisk).toBe(spans.filter(({ start, stop }) => start < at && at <= stop).length)
          expect(ended).toBe(spans.filter((span) => span.stop === at && span.way !== null).length)
        }
      }),
    )
  })

  test('do not depend on the order of durations', () => {
    fc.assert(
      fc.property(someSpans, (spans) => {
        const durations = durationsOfSpans(spans)
        expect(riskSets(durations.toReversed())).toEqual(riskSets(durations))
      }),
    )
  })

  test('let an end precede a censoring, and both precede an entry, at equal durations', () => {
    const sets = riskSets([
      { at: 5, ended: 1, censored: 1, entered: 3 },
      { at: 6, ended: 1, censored: 2 },
    ])
    expect(sets).toEqual([
      { at: 5, atRisk: 2, ended: 1 },
      { at: 6, atRisk: 3, ended: 1 },
    ])
  })

  test('are none for nobody', () => {
    expect(riskSets([])).toEqual([])
  })

  test.each<[string, Durations[], string]>([
    ['a negative count', [{ at: 1, ended: -1, censored: 0 }], 'ended is -1; a count is a whole number from 0 up'],
    ['a broken count', [{ at: 1, ended: 1, censored: 0.5 }], 'censored is 0.5; a count is a whole number from 0 up'],
    ['no duration', [{ at: Number.NaN, ended: 1, censored: 0 }], 'at is NaN; it must be a finite number'],
    [
      'a duration named twice',
      [
        { at: 1, ended: 1, censored: 0 },
        { at: 1, ended: 0, censored: 1 },
      ],
      'The duration 1 is named twice; add its counts up',
    ],
    [
      'one who entered and never left',
      [{ at: 1, ended: 1, censored: 0, entered: 2 }],
      '1 entered and never left; count them as censored when last seen',
    ],
    [
      'more leaving than there are',
      [
        { at: 1, ended: 2, censored: 0, entered: 0 },
        { at: 2, ended: 0, censored: 0, entered: 1 },
      ],
      '2 leave at 1, where only 1 are under observation',
    ],
  ])('refuse %s', (_, durations, message) => {
    expect(() => riskSets(durations)).toThrow(new RangeError(message))
  })
})

test('paired risk sets count both groups at each duration at which something ended in either', () => {
  const sets = pairedRiskSets(
    [
      { at: 2, ended: 1, censored: 0 },
      { at: 4, ended: 0, censored: 1 },
    ],
    [
      { at: 3, ended: 2, censored: 1 },
      { at: 1, ended: 0, censored: 1 },
    ],
  )
  expect(sets).toEqual([
    { at: 2, atRisk: [2, 3], ended: [1, 0] },
    { at: 3, atRisk: [1, 3], ended: [0, 2] },
  ])
  expect(pairedRiskSets([], [])).toEqual([])
})

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { cumulativeIncidence, incidenceAt } from '../../../src/domain/statistics/cumulative-incidence.ts'
import { kaplanMeier } from '../../../src/domain/statistics/kaplan-meier.ts'
import { BEGINNING, competingOfSpans, durationsOfSpans, type Span, someSpans } from './spans.ts'

const whole = (stop: number, way: number | null): Span => ({ start: BEGINNING, stop, way })
const someWhole = fc.array(fc.record({ stop: fc.nat(20), way: fc.constantFrom(0, 1) }), { minLength: 2, maxLength: 80 })

/** Gaynor's sum as it is printed, going back over all earlier steps. */
function varianceByDefinition(spans: readonly Span[], way: number, until: number): number {
  const { steps } = cumulativeIncidence(competingOfSpans(spans))
  const upTo = steps.filter(({ at }) => at <= until)
  const now = upTo.at(-1)?.incidence[way] ?? 0
  let sum = 0
  for (const [i, step] of upTo.entries()) {
    const open = upTo[i - 1]?.open ?? 1
    const own = ((step.incidence[way] ?? 0) - (upTo[i - 1]?.incidence[way] ?? 0)) / (open || 1)
    const all = 1 - step.open / (open || 1)
    const later = now - (step.incidence[way] ?? 0)
    sum += (open * open * own * (1 - own)) / step.atRisk - (2 * later * open * own) / step.atRisk
    if (step.open > 0) sum += (later * later * all) / (1 - all) / step.atRisk
  }
  return sum
}

describe('cumulative incidence', () => {
  test('of won and lost and the share still open sum to 1 at each step, and no incidence ever falls', () => {
    fc.assert(
      fc.property(someSpans, (spans) => {
        let before: readonly number[] = [0, 0]
        for (const { incidence, open, variance } of cumulativeIncidence(competingOfSpans(spans)).steps) {
          expect(incidence.reduce((sum, share) => sum + share, open)).toBeCloseTo(1, 12)
          for (const [way, share] of incidence.entries()) {
            expect(share).toBeGreaterThanOrEqual(before[way] ?? 0)
            expect(variance[way]).toBeGreaterThanOrEqual(0)
          }
          before = incidence
        }
      }),
    )
  })

  test('never exceeds one minus Kaplan–Meier with the other ends censored', () => {
    fc.assert(
      fc.property(someSpans, (spans) => {
        const { steps } = cumulativeIncidence(competingOfSpans(spans))
        const alone = kaplanMeier(durationsOfSpans(spans, 0))
        for (const { at, incidence } of steps) {
          const survival = alone.findLast((step) => step.at <= at)?.survival ?? 1
          expect(incidence[0]).toBeLessThanOrEqual(1 - survival + 1e-12)
        }
      }),
    )
  })

  test('leaves open what Kaplan–Meier says of both ends together', () => {
    fc.assert(
      fc.property(someSpans, (spans) => {
        const { steps } = cumulativeIncidence(competingOfSpans(spans))
        const survival = kaplanMeier(durationsOfSpans(spans))
        expect(steps.map(({ at, atRisk, open }) => [at, atRisk, open])).toEqual(
          survival.map((step) => [step.at, step.atRisk, step.survival]),
        )
      }),
    )
  })

  test('is the plain share where nobody is censored or enters late, with the variance of a binomial share', () => {
    fc.assert(
      fc.property(someWhole, (subjects) => {
        const spans = subjects.map(({ stop, way }) => whole(stop, way))
        for (const { at, incidence, variance } of cumulativeIncidence(competingOfSpans(spans)).steps) {
          for (const way of [0, 1]) {
            const share = spans.filter((span) => span.way === way && span.stop <= at).length / spans.length
            expect(incidence[way]).toBeCloseTo(share, 12)
            expect(variance[way]).toBeCloseTo((share * (1 - share)) / spans.length, 12)
          }
        }
      }),
    )
  })

  test('has the variance of Gaynor and others', () => {
    fc.assert(
      fc.property(someSpans, (spans) => {
        for (const { at, variance } of cumulativeIncidence(competingOfSpans(spans)).steps) {
          expect(variance[0]).toBeCloseTo(Math.max(0, varianceByDefinition(spans, 0, at)), 11)
        }
      }),
    )
  })

  test('has the variance of Greenwood where there is one way to end', () => {
    const durations = [
      { at: 2, ended: 3, censored: 1 },
      { at: 5, ended: 2, censored: 4, entered: 3 },
      { at: 9, ended: 1, censored: 5 },
    ]
    const { steps } = cumulativeIncidence(durations.map((row) => ({ ...row, ended: [row.ended] })))
    const greenwood = kaplanMeier(durations).map(({ variance }) => variance ?? -1)
    for (const [i, step] of steps.entries()) expect(step.variance[0]).toBeCloseTo(greenwood[i] ?? -1, 14)
  })

  test('is the same whatever the order of durations', () => {
    fc.assert(
      fc.property(someSpans, (spans) => {
        const durations = competingOfSpans(spans)
        expect(cumulativeIncidence(durations.toReversed())).toEqual(cumulativeIncidence(durations))
      }),
    )
  })

  test('counts a subject without exposure until its day, and with it from then on', () => {
    // Four opportunities; the feature ships on day 10 of the third and fourth. One is won on day 5, one lost on day 12,
    // the two others are won on days 15 and 20 with the feature.
    const before = cumulativeIncidence([
      { at: 5, ended: [1, 0], censored: 0 },
      { at: 10, ended: [0, 0], censored: 2 },
      { at: 12, ended: [0, 1], censored: 0 },
    ])
    const after = cumulativeIncidence([
      { at: 10, ended: [0, 0], censored: 0, entered: 2 },
      { at: 15, ended: [1, 0], censored: 0 },
      { at: 20, ended: [1, 0], censored: 0 },
    ])
    expect(before.steps.map(({ atRisk, incidence }) => [atRisk, ...incidence])).toEqual([
      [4, 0.25, 0],
      [1, 0.25, 0.75],
    ])
    expect(after.steps.map(({ atRisk, incidence }) => [atRisk, ...incidence])).toEqual([
      [2, 0.5, 0],
      [1, 1, 0],
    ])
  })

  test('has no steps where nothing ended, and none for nobody', () => {
    expect(cumulativeIncidence([])).toEqual({ steps: [], waysToEnd: 0, seenUntil: -Infinity })
    expect(cumulativeIncidence([{ at: 4, ended: [0, 0], censored: 3 }])).toEqual({
      steps: [],
      waysToEnd: 2,
      seenUntil: 4,
    })
  })

  test('refuses rows that tell a different number of ways to end, and what risk sets refuse', () => {
    expect(() =>
      cumulativeIncidence([
        { at: 1, ended: [1, 0], censored: 0 },
        { at: 2, ended: [1], censored: 0 },
      ]),
    ).toThrow('At 2 there are 1 ways to end, elsewhere 2; name them all everywhere')
    expect(() => cumulativeIncidence([{ at: 1, ended: [2, -1], censored: 0 }])).toThrow(
      'ended[1] is -1; a count is a whole number from 0 up',
    )
    expect(() => cumulativeIncidence([{ at: 1, ended: [1, 0], censored: 0, entered: 4 }])).toThrow(RangeError)
  })
})

describe('what a curve says at a duration', () => {
  const curve = cumulativeIncidence([
    { at: 10, ended: [2, 1], censored: 1 },
    { at: 40, ended: [0, 2], censored: 4 },
    { at: 90, ended: [0, 0], censored: 10 },
  ])

  test('is the step before it, with intervals that hold the shares', () => {
    const found = incidenceAt(curve, 60)
    expect(found?.incidence[0]).toBeCloseTo(0.1, 14)
    const [won] = found?.intervals ?? []
    expect(won?.lower).toBeGreaterThan(0)
    expect(won?.lower).toBeLessThan(0.1)
    expect(won?.upper).toBeGreaterThan(0.1)
    expect(won?.upper).toBeLessThan(1)
  })

  test('is all open before the first end', () => {
    expect(incidenceAt(curve, 9)).toEqual({ incidence: [0, 0], open: 1, intervals: [null, null] })
  })

  test('is null past the last duration at which anyone was under observation, unless everything has ended', () => {
    expect(incidenceAt(curve, 90)).not.toBeNull()
    expect(incidenceAt(curve, 91)).toBeNull()
    expect(incidenceAt(cumulativeIncidence([{ at: 3, ended: [1, 1], censored: 0 }]), 91)?.incidence).toEqual([0.5, 0.5])
    expect(incidenceAt(cumulativeIncidence([]), 5)).toBeNull()
  })

  test('has no interval where a share is 0 or 1', () => {
    expect(incidenceAt(cumulativeIncidence([{ at: 3, ended: [2, 0], censored: 0 }]), 3)?.intervals).toEqual([
      null,
      null,
    ])
  })

  test('refuses a level not between 0 and 1', () => {
    expect(() => incidenceAt(curve, 60, 0)).toThrow(RangeError)
  })
})

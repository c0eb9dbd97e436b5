import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type BetaBinomialGroup,
  betaBinomialLogLikelihood,
  fitBetaBinomial,
  STRONGEST,
  WEAKEST,
} from '../../../src/domain/statistics/beta-binomial-fit.ts'
import { fitRatePrior, momentsOf, type RatePrior, shrinkRate } from '../../../src/domain/statistics/beta-prior.ts'
import { wilsonInterval } from '../../../src/domain/statistics/wilson.ts'
import { HAS_ORACLES, isAsPrinted, readOracles } from './oracles.ts'

const group = (successes: number, total: number, groups = 1): BetaBinomialGroup => ({ successes, total, groups })
const someGroup = fc
  .integer({ min: 0, max: 40 })
  .chain((total) => fc.record({ successes: fc.integer({ min: 0, max: total }), total: fc.constant(total) }))
const someGroups = fc.array(someGroup, { maxLength: 25 })

describe.skipIf(!HAS_ORACLES)('the rats of Tarone 1982', () => {
  const published = HAS_ORACLES ? readOracles().eb_rats : undefined
  const rats = (published?.data ?? '').split(' ').map((text) => {
    const [successes = 0, total = 0] = text.split('/').map(Number)
    return { successes, total }
  })

  test('have the prior of Bayesian Data Analysis by moments', () => {
    const prior = momentsOf(rats)
    expect([prior?.alpha.toFixed(3), prior?.beta.toFixed(3)]).toEqual(['1.356', '8.615'])
    const [alpha = 0, beta = 0] = [prior?.alpha, prior?.beta]
    expect((alpha / (alpha + beta)).toFixed(4)).toBe('0.1360')
    expect(Math.sqrt((alpha * beta) / (alpha + beta) ** 2 / (alpha + beta + 1)).toFixed(4)).toBe('0.1035')
  })

  test('have the prior and the log-likelihood of maximum likelihood', () => {
    const [alpha = 0, beta = 0, logLikelihood = 0] = published?.derived_mle_70 ?? []
    const prior = fitRatePrior(rats)
    expect(prior).toMatchObject({ kind: 'maximum-likelihood' })
    if (prior?.kind !== 'maximum-likelihood') return
    expect(isAsPrinted(prior.alpha, alpha, 4), `${prior.alpha}`).toBe(true)
    expect(isAsPrinted(prior.beta, beta, 4), `${prior.beta}`).toBe(true)
    expect(isAsPrinted(betaBinomialLogLikelihood(rats, prior), logLikelihood)).toBe(true)
  })

  test('draw 4 of 14 to the mean, deviation and interval of the book', () => {
    const shrunk = shrinkRate({ kind: 'moments', alpha: 1.4, beta: 8.6 }, 4, 14)
    const [lower = 0, upper = 0] = published?.['beta_ppf(5.4,18.6)'] ?? []
    expect([shrunk.rate.toFixed(4), shrunk.standardDeviation.toFixed(3)]).toEqual(['0.2250', '0.084'])
    expect(isAsPrinted(shrunk.interval.lower, lower, 8)).toBe(true)
    expect(isAsPrinted(shrunk.interval.upper, upper, 8)).toBe(true)
    const unrounded = shrinkRate({ kind: 'moments', ...(momentsOf(rats) ?? { alpha: 0, beta: 0 }) }, 4, 14)
    expect([unrounded.rate.toFixed(3), unrounded.standardDeviation.toFixed(3)]).toEqual(['0.223', '0.083'])
  })

  test('have the same prior whatever their order, and when equal groups are given once', () => {
    const counted = new Map<string, BetaBinomialGroup>()
    for (const { successes, total } of rats) {
      const key = `${successes}/${total}`
      counted.set(key, group(successes, total, (counted.get(key)?.groups ?? 0) + 1))
    }
    const prior = fitRatePrior(rats)
    for (const other of [fitRatePrior(rats.toReversed()), fitRatePrior([...counted.values()])]) {
      if (prior?.kind !== 'maximum-likelihood' || other?.kind !== 'maximum-likelihood') throw new Error('not fitted')
      expect(other.alpha).toBeCloseTo(prior.alpha, 8)
      expect(other.beta).toBeCloseTo(prior.beta, 8)
    }
  })
})

describe('a prior', () => {
  test('is at the top of the likelihood: no neighbour is likelier', () => {
    fc.assert(
      fc.property(someGroups, (groups) => {
        const prior = fitRatePrior(groups)
        if (prior?.kind !== 'maximum-likelihood') return
        const { alpha, beta } = prior
        if (alpha + beta < 2 * WEAKEST) return
        const here = betaBinomialLogLikelihood(groups, prior)
        for (const [u, v] of [
          [1.02, 1],
          [0.98, 1],
          [1, 1.02],
          [1, 0.98],
          [1.02, 1.02],
          [0.98, 0.98],
        ] as const) {
          const there = betaBinomialLogLikelihood(groups, { alpha: alpha * u, beta: beta * v })
          expect(there).toBeLessThanOrEqual(here + 1e-9)
        }
      }),
      { numRuns: 300 },
    )
  })

  test('is pooled where the groups differ no more than chance makes them', () => {
    expect(fitRatePrior([group(3, 10, 5)])).toEqual({ kind: 'pooled', successes: 15, total: 50 })
    expect(fitRatePrior([group(2, 10), group(3, 10), group(4, 10)])).toMatchObject({ kind: 'pooled' })
    expect(momentsOf([group(2, 10), group(3, 10), group(4, 10)])).toBeNull()
  })

  test('is pooled by the likelihood where raw rates of tiny groups only look spread', () => {
    const groups = [group(0, 1, 20), group(1, 1, 20), group(500, 1000, 2)]
    expect(momentsOf(groups)).not.toBeNull()
    expect(fitRatePrior(groups)).toEqual({ kind: 'pooled', successes: 1020, total: 2040 })
  })

  test('is pooled where fewer than two groups have anything in them, and where all or none succeeded', () => {
    expect(fitRatePrior([group(3, 10), group(0, 0, 7)])).toEqual({ kind: 'pooled', successes: 3, total: 10 })
    expect(fitRatePrior([group(0, 10), group(0, 20)])).toEqual({ kind: 'pooled', successes: 0, total: 30 })
    expect(fitRatePrior([group(9, 9), group(4, 4)])).toEqual({ kind: 'pooled', successes: 13, total: 13 })
    expect(momentsOf([group(3, 10)])).toBeNull()
  })

  test('is the weakest there is where every group is all or nothing: it shrinks next to nothing', () => {
    const prior = fitRatePrior([group(0, 10, 4), group(10, 10, 6)]) as RatePrior
    expect(prior).toMatchObject({ kind: 'maximum-likelihood' })
    expect(shrinkRate(prior, 10, 10).rate).toBeGreaterThan(0.999)
    expect(shrinkRate(prior, 0, 10).rate).toBeLessThan(0.001)
  })

  test('finds the truth behind many groups', () => {
    // The expected numbers of groups with 0 to 20 of 20 under Beta(3, 5), a million groups in all.
    const chance = (x: number) => Math.exp(betaBinomialLogLikelihood([group(x, 20)], { alpha: 3, beta: 5 }))
    const groups = Array.from({ length: 21 }, (_, x) => group(x, 20, Math.round(1e6 * chance(x))))
    const prior = fitBetaBinomial(groups, { alpha: 1, beta: 1 })
    expect(prior?.alpha).toBeCloseTo(3, 3)
    expect(prior?.beta).toBeCloseTo(5, 3)
  })

  test('is null for no group with anything in it', () => {
    expect(fitRatePrior([])).toBeNull()
    expect(fitRatePrior([group(0, 0)])).toBeNull()
  })

  test('has a sum between the weakest and the strongest, and never a NaN', () => {
    fc.assert(
      fc.property(someGroups, (groups) => {
        const prior = fitRatePrior(groups)
        if (prior === null || prior.kind === 'pooled') return
        expect(prior.alpha).toBeGreaterThan(0)
        expect(prior.beta).toBeGreaterThan(0)
        if (prior.kind === 'moments') return
        expect(prior.alpha + prior.beta).toBeGreaterThanOrEqual(WEAKEST * (1 - 1e-12))
        expect(prior.alpha + prior.beta).toBeLessThanOrEqual(STRONGEST)
      }),
      { numRuns: 300 },
    )
  })

  test('refuses counts that are no whole numbers from 0 up, and successes above a total', () => {
    for (const wrong of [group(1.5, 2), group(3, 2), group(1, 2, -1)]) {
      for (const use of [() => fitRatePrior([wrong]), () => momentsOf([wrong])]) expect(use).toThrow(RangeError)
      expect(() => fitBetaBinomial([wrong], { alpha: 1, beta: 1 })).toThrow(RangeError)
      expect(() => betaBinomialLogLikelihood([wrong], { alpha: 1, beta: 1 })).toThrow(RangeError)
    }
  })
})

test('the beta-binomial probabilities of all outcomes sum to 1', () => {
  const chances = Array.from({ length: 13 }, (_, x) =>
    Math.exp(betaBinomialLogLikelihood([group(x, 12)], { alpha: 0.7, beta: 2.2 })),
  )
  expect(chances.reduce((sum, chance) => sum + chance, 0)).toBeCloseTo(1, 12)
})

describe('a shrunk rate', () => {
  const somePrior = fc.record({
    kind: fc.constant('moments' as const),
    alpha: fc.double({ min: 0.05, max: 60, noNaN: true }),
    beta: fc.double({ min: 0.05, max: 60, noNaN: true }),
  })

  test('lies between the raw rate and the prior’s mean, and is closer to the latter the smaller the group', () => {
    fc.assert(
      fc.property(somePrior, fc.nat(30), fc.integer({ min: 1, max: 30 }), (prior, successes, failures) => {
        const mean = prior.alpha / (prior.alpha + prior.beta)
        const raw = successes / (successes + failures)
        const { rate } = shrinkRate(prior, successes, successes + failures)
        const larger = shrinkRate(prior, successes * 10, (successes + failures) * 10).rate
        expect(rate).toBeGreaterThanOrEqual(Math.min(mean, raw) - 1e-12)
        expect(rate).toBeLessThanOrEqual(Math.max(mean, raw) + 1e-12)
        expect(Math.abs(rate - mean)).toBeLessThanOrEqual(Math.abs(larger - mean) + 1e-12)
      }),
    )
  })

  test('of a group with nothing in it is the prior’s own', () => {
    expect(shrinkRate({ kind: 'moments', alpha: 2, beta: 6 }, 0, 0).rate).toBe(0.25)
  })

  test('has an interval with the level between its ends, wider at a higher level', () => {
    fc.assert(
      fc.property(somePrior, fc.nat(30), fc.nat(30), (prior, successes, failures) => {
        const narrow = shrinkRate(prior, successes, successes + failures, 0.8).interval
        const wide = shrinkRate(prior, successes, successes + failures, 0.95).interval
        expect(wide.lower).toBeLessThanOrEqual(narrow.lower)
        expect(narrow.lower).toBeLessThanOrEqual(narrow.upper)
        expect(narrow.upper).toBeLessThanOrEqual(wide.upper)
      }),
    )
  })

  test('with a pooled prior is the pooled rate, with its Wilson interval', () => {
    const shrunk = shrinkRate({ kind: 'pooled', successes: 15, total: 50 }, 1, 2)
    expect(shrunk.rate).toBe(0.3)
    expect(shrunk.standardDeviation).toBeCloseTo(Math.sqrt(0.21 / 50), 14)
    expect(shrunk.interval).toEqual(wilsonInterval(15, 50))
  })

  test('refuses wrong counts, and a level not between 0 and 1', () => {
    const prior: RatePrior = { kind: 'pooled', successes: 15, total: 50 }
    expect(() => shrinkRate(prior, 3, 2)).toThrow('successes is 3, more than total, which is 2')
    expect(() => shrinkRate(prior, 1, 2, 1)).toThrow('level is 1; it must lie above 0 and below 1')
  })
})

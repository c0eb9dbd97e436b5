import {
  type BetaBinomialGroup,
  type BetaParameters,
  betaBinomialLogLikelihood,
  fitBetaBinomial,
  requireGroup,
  STRONGEST,
  WEAKEST,
} from './beta-binomial-fit.ts'
import { betaQuantile } from './beta-distribution.ts'
import type { Interval } from './interval.ts'
import { requireInnerShare, requirePart } from './refusals.ts'
import { wilsonInterval } from './wilson.ts'

/** What groups have in common. `pooled`: they differ no more than chance makes them, so one rate stands for all. */
export type RatePrior =
  | { readonly kind: 'maximum-likelihood' | 'moments'; readonly alpha: number; readonly beta: number }
  | { readonly kind: 'pooled'; readonly successes: number; readonly total: number }

export interface ShrunkRate {
  readonly rate: number
  readonly standardDeviation: number
  readonly interval: Interval
}

/**
 * The Beta prior that the groups themselves suggest: by maximum likelihood of the beta-binomial (Griffiths 1973,
 * Biometrics 29:637), by moments should that not settle; pooled where the groups differ no more than chance makes them
 * (Tarone 1979, Biometrika 66:585: the likelihood does not rise away from one common rate), and where fewer than two
 * groups have anything in them. Where every group is all or nothing, the weakest prior there is: it shrinks next to
 * nothing.
 *
 * The order of groups does not matter; equal groups may be given once, with how many there are of them. `null` for no
 * group with anything in it. Costs some ten passes over the largest `total`. Throws a RangeError when a count is no whole
 * number from 0 up, or successes exceed a total.
 */
export function fitRatePrior(groups: readonly BetaBinomialGroup[]): RatePrior | null {
  let successes = 0
  let total = 0
  let howMany = 0
  groups.forEach(requireGroup)
  for (const group of groups) {
    const many = group.groups ?? 1
    if (group.total === 0) continue
    successes += group.successes * many
    total += group.total * many
    howMany += many
  }
  if (total === 0) return null
  if (howMany < 2 || !spreadsBeyondChance(groups, successes / total)) return { kind: 'pooled', successes, total }
  const rate = successes / total
  const start = momentsOf(groups)
  const fitted = fitBetaBinomial(groups, start ?? priorWorth(1, rate))
  if (fitted !== null) return { kind: 'maximum-likelihood', ...fitted }
  if (start !== null) return { kind: 'moments', ...start }
  const weakest = priorWorth(WEAKEST, rate)
  return betaBinomialLogLikelihood(groups, weakest) > betaBinomialLogLikelihood(groups, priorWorth(STRONGEST, rate))
    ? { kind: 'maximum-likelihood', ...weakest }
    : { kind: 'pooled', successes, total }
}

/**
 * The Beta prior whose mean and variance are those of the groups' raw rates (Gelman and others, Bayesian Data Analysis,
 * section 5.1): overstates the spread where totals are small. `null` where the rates spread no more than chance makes
 * them: s² ≤ m (1 − m) / n̄.
 */
export function momentsOf(groups: readonly BetaBinomialGroup[]): BetaParameters | null {
  let howMany = 0
  let subjects = 0
  let sum = 0
  groups.forEach(requireGroup)
  for (const { successes, total, groups: many = 1 } of groups) {
    if (total === 0) continue
    howMany += many
    subjects += total * many
    sum += (successes / total) * many
  }
  if (howMany < 2) return null
  const mean = sum / howMany
  let squares = 0
  for (const { successes, total, groups: many = 1 } of groups) {
    if (total > 0) squares += (successes / total - mean) ** 2 * many
  }
  const variance = squares / (howMany - 1)
  const byChance = (mean * (1 - mean)) / (subjects / howMany)
  const strength = (mean * (1 - mean)) / variance - 1
  if (variance <= byChance || !(strength > 0)) return null
  return { alpha: mean * strength, beta: (1 - mean) * strength }
}

/**
 * A group's rate drawn towards what groups have in common, with the central interval of its posterior, Beta(alpha +
 * successes, beta + failures): between the raw rate and the prior's mean, and closer to the latter the smaller the group.
 *
 * With a pooled prior every group gets the pooled rate, its binomial standard deviation and its Wilson interval. A group
 * with nothing in it gets the prior's own. Throws a RangeError as `fitRatePrior` does, and when the level is not between
 * 0 and 1.
 */
export function shrinkRate(prior: RatePrior, successes: number, total: number, level = 0.95): ShrunkRate {
  requirePart('successes', successes, 'total', total)
  requireInnerShare('level', level)
  if (prior.kind === 'pooled') {
    const rate = prior.successes / prior.total
    const interval = wilsonInterval(prior.successes, prior.total, level) ?? { lower: 0, upper: 1 }
    return { rate, standardDeviation: Math.sqrt((rate * (1 - rate)) / prior.total), interval }
  }
  const alpha = prior.alpha + successes
  const beta = prior.beta + total - successes
  const strength = alpha + beta
  const rate = alpha / strength
  return {
    rate,
    standardDeviation: Math.sqrt((rate * (beta / strength)) / (strength + 1)),
    interval: {
      lower: betaQuantile((1 - level) / 2, alpha, beta),
      upper: betaQuantile((1 + level) / 2, alpha, beta),
    },
  }
}

function priorWorth(subjects: number, rate: number): BetaParameters {
  return { alpha: subjects * rate, beta: subjects * (1 - rate) }
}

/** Tarone's score: whether the likelihood rises as the groups' rates are let to differ. */
function spreadsBeyondChance(groups: readonly BetaBinomialGroup[], rate: number): boolean {
  if (rate === 0 || rate === 1) return false
  let score = 0
  for (const { successes, total, groups: many = 1 } of groups) {
    const failures = total - successes
    const seen = (successes * (successes - 1)) / rate + (failures * (failures - 1)) / (1 - rate)
    score += (seen - total * (total - 1)) * many
  }
  return score > 0
}

import { logGamma } from './gamma.ts'
import { requireCount, requirePart } from './refusals.ts'

/** `groups` groups (one, unless said otherwise) that each had `successes` of `total`. */
export interface BetaBinomialGroup {
  readonly successes: number
  readonly total: number
  readonly groups?: number
}

export interface BetaParameters {
  readonly alpha: number
  readonly beta: number
}

/** A prior is never worth less than this many subjects (it then shrinks next to nothing), nor more than that many. */
export const WEAKEST = 0.01
export const STRONGEST = 1e7

/**
 * The parameters under which the groups are likeliest (beta-binomial maximum likelihood, Griffiths 1973, Biometrics
 * 29:637): damped Newton steps on their logarithms from `start`. Their sum stays between 0.01 and 10,000,000. `null`
 * where the steps do not settle, or run into one of these ends.
 *
 * Costs some ten passes over the largest `total`, whatever the number of groups.
 */
export function fitBetaBinomial(groups: readonly BetaBinomialGroup[], start: BetaParameters): BetaParameters | null {
  const ladders = laddersOf(groups)
  let u = Math.log(start.alpha)
  let v = Math.log(start.beta)
  let here = slopesAt(ladders, u, v)
  let damping = 1e-3
  for (let round = 0; round < 200; round += 1) {
    const top = stepFrom(here, 0)
    // Twice what is left to gain; the last step is taken, too small to be worth a look.
    if (top !== null && top.u * here.u + top.v * here.v < 1e-16) {
      return { alpha: Math.exp(u + top.u), beta: Math.exp(v + top.v) }
    }
    // Away from the top the curvature may have the wrong sign: damping bends the step towards the slope.
    const step = stepFrom(here, damping)
    const there = step === null ? null : slopesAt(ladders, u + step.u, v + step.v)
    const strength = step === null ? 0 : Math.exp(u + step.u) + Math.exp(v + step.v)
    const gains = there !== null && there.value >= here.value - 1e-13 * Math.abs(here.value)
    if (step !== null && gains && strength > WEAKEST && strength < STRONGEST) {
      u += step.u
      v += step.v
      here = there
      damping /= 10
    } else {
      damping = Math.max(1e-6, damping * 4)
    }
  }
  return null
}

/** The damped Newton step; `null` where the damped curvature does not bend down both ways. */
function stepFrom({ u, v, uu, uv, vv }: Slopes, damping: number): { u: number; v: number } | null {
  const huu = uu - damping
  const hvv = vv - damping
  const determinant = huu * hvv - uv * uv
  if (!(huu < 0 && determinant > 0)) return null
  return { u: (uv * v - hvv * u) / determinant, v: (uv * u - huu * v) / determinant }
}

/** Throws a RangeError unless the counts are whole numbers from 0 up, and successes no more than the total. */
export function requireGroup({ successes, total, groups = 1 }: BetaBinomialGroup): void {
  requirePart('successes', successes, 'total', total)
  requireCount('groups', groups)
}

/** The logarithm of the beta-binomial probability of the groups, binomial coefficients included. */
export function betaBinomialLogLikelihood(groups: readonly BetaBinomialGroup[], prior: BetaParameters): number {
  groups.forEach(requireGroup)
  let coefficients = 0
  for (const { successes, total, groups: many = 1 } of groups) {
    coefficients += many * (logGamma(total + 1) - logGamma(successes + 1) - logGamma(total - successes + 1))
  }
  return coefficients + slopesAt(laddersOf(groups), Math.log(prior.alpha), Math.log(prior.beta)).value
}

/** For each j, how many groups have more than j successes, failures, subjects. */
interface Ladders {
  readonly successes: Float64Array
  readonly failures: Float64Array
  readonly totals: Float64Array
}

function laddersOf(groups: readonly BetaBinomialGroup[]): Ladders {
  groups.forEach(requireGroup)
  const ladder = (countOf: (group: BetaBinomialGroup) => number): Float64Array => {
    const more = new Float64Array(groups.reduce((most, group) => Math.max(most, countOf(group)), 0))
    for (const group of groups) {
      const last = countOf(group) - 1
      if (last >= 0) more[last] = (more[last] ?? 0) + (group.groups ?? 1)
    }
    for (let j = more.length - 2; j >= 0; j -= 1) more[j] = (more[j] ?? 0) + (more[j + 1] ?? 0)
    return more
  }
  return {
    successes: ladder((group) => group.successes),
    failures: ladder((group) => group.total - group.successes),
    totals: ladder((group) => group.total),
  }
}

interface Slopes {
  readonly value: number
  readonly u: number
  readonly v: number
  readonly uu: number
  readonly uv: number
  readonly vv: number
}

/** The log-likelihood without coefficients at α = e^u, β = e^v, with its first and second derivatives in u and v. */
function slopesAt({ successes, failures, totals }: Ladders, u: number, v: number): Slopes {
  const alpha = Math.exp(u)
  const beta = Math.exp(v)
  const a = sumsOf(successes, alpha)
  const b = sumsOf(failures, beta)
  const n = sumsOf(totals, alpha + beta)
  const slopeU = alpha * (a.first - n.first)
  const slopeV = beta * (b.first - n.first)
  return {
    value: a.value + b.value - n.value,
    u: slopeU,
    v: slopeV,
    uu: slopeU - alpha * alpha * (a.second - n.second),
    uv: alpha * beta * n.second,
    vv: slopeV - beta * beta * (b.second - n.second),
  }
}

/** Over j: the sums of count · ln(x + j), count / (x + j), count / (x + j)². */
function sumsOf(counts: Float64Array, x: number): { value: number; first: number; second: number } {
  let value = 0
  let first = 0
  let second = 0
  for (let j = 0; j < counts.length; j += 1) {
    const count = counts[j] ?? 0
    const at = x + j
    value += count * Math.log(at)
    first += count / at
    second += count / (at * at)
  }
  return { value, first, second }
}

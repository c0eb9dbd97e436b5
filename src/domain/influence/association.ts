import { type Day, monthIndexOf } from '../day.ts'
import { adjustedPValues } from '../statistics/benjamini-hochberg.ts'
import { fitRatePrior, type ShrunkRate, shrinkRate } from '../statistics/beta-prior.ts'
import { cochranMantelHaenszel } from '../statistics/cochran-mantel-haenszel.ts'
import { type CompetingDurations, cumulativeIncidence, incidenceAt } from '../statistics/cumulative-incidence.ts'
import type { Interval } from '../statistics/interval.ts'
import { type FourFold, overlapOf, type Pooled, riskDifference } from '../statistics/mantel-haenszel.ts'
import { type RateDifference, rateDifference } from '../statistics/rate-difference.ts'
import { wilsonInterval } from '../statistics/wilson.ts'
import type { SubjectTotals } from './influence-totals.ts'
import { MAX_AGE, readOpenKey, withLost, withWon } from './measures.ts'
import { EVERY_SEGMENT, type InfluenceTotals } from './read-totals.ts'
import { featureSubject } from './subject-sums.ts'

/** Fewer in an arm are counted and not compared. */
export const MIN_IN_ARM = 10

/** Whether the interval of the adjusted difference leaves 0 out, and on which side. */
export const VERDICTS = ['not enough data', 'interval contains 0', 'above 0', 'below 0'] as const
export type Verdict = (typeof VERDICTS)[number]

/** How opportunities with a feature fared beside comparable ones without. */
export interface Association {
  readonly withWon: number
  readonly withClosed: number
  readonly withoutWon: number
  readonly withoutClosed: number
  /** Of those compared, in strata with one arm only. */
  readonly leftOut: number
  readonly verdict: Verdict
  /** All below only where there is enough data. */
  readonly compared: Compared | undefined
  readonly wonBy: WonBy
}

export interface Compared {
  readonly withInterval: Interval
  readonly withoutInterval: Interval
  /** Of the rates as they are, whatever segment and size. */
  readonly crude: RateDifference
  /** Adjusted for segment and size. */
  readonly adjusted: Pooled
  readonly p: number
  /** Adjusted for how many features are compared; filled in by `compareFeatures`. */
  readonly adjustedP: number
  readonly shrunk: ShrunkRate
}

/** Share won by an age of 90 days of linked opportunities, before and with the feature; `undefined` where too few were seen. */
export interface WonBy {
  readonly beforeSeen: number
  readonly withSeen: number
  readonly before: { readonly share: number; readonly interval: Interval | null } | undefined
  readonly with: { readonly share: number; readonly interval: Interval | null } | undefined
}

export interface ComparedFeature {
  readonly id: string
  readonly shippedOn: Day | undefined
}

/**
 * Compares, for every feature, opportunities that had it all their life with those that opened in the same months and had not: by
 * segment and size, all features adjusted for each other's number.
 *
 * Of a feature with fewer than `MIN_IN_ARM` in an arm, or no win or no loss in one, there are counts only.
 */
export function compareFeatures(
  features: readonly ComparedFeature[],
  totals: InfluenceTotals,
  bands: number,
  day: Day,
): Map<string, Association> {
  const found = features.map((feature) => ({ feature, strata: strataOf(feature, totals, bands) }))
  const arms = found.map(({ feature, strata }) => ({ feature, strata, arm: sumOf(strata) }))
  const prior = fitRatePrior(arms.map(({ arm }) => ({ successes: arm.a, total: arm.a + arm.b })))
  const tested = arms.flatMap(({ feature, strata, arm }) => {
    const { a, b, c, d } = arm
    const isEnough = a + b >= MIN_IN_ARM && c + d >= MIN_IN_ARM && a > 0 && b > 0 && c > 0 && d > 0
    const adjusted = isEnough ? riskDifference(strata) : null
    const test = isEnough ? cochranMantelHaenszel(strata) : null
    const crude = rateDifference(a, a + b, c, c + d)
    const [withInterval, withoutInterval] = [wilsonInterval(a, a + b), wilsonInterval(c, c + d)]
    if (adjusted === null || test === null || crude === null || prior === null) return []
    if (withInterval === null || withoutInterval === null) return []
    const shrunk = shrinkRate(prior, a, a + b)
    return [{ id: feature.id, compared: { withInterval, withoutInterval, crude, adjusted, p: test.p, shrunk } }]
  })
  const adjustedP = adjustedPValues(tested.map(({ compared }) => compared.p))
  const byId = new Map(
    tested.map(({ id, compared }, i): [string, Compared] => [id, { ...compared, adjustedP: adjustedP[i] ?? 1 }]),
  )
  return new Map(
    arms.map(({ feature, strata, arm }) => {
      const compared = byId.get(feature.id)
      return [
        feature.id,
        {
          withWon: arm.a,
          withClosed: arm.a + arm.b,
          withoutWon: arm.c,
          withoutClosed: arm.c + arm.d,
          leftOut: overlapOf(strata).leftOut,
          verdict: verdictOf(compared),
          compared,
          wonBy: wonByOf(totals.subject(EVERY_SEGMENT, featureSubject(feature.id)), day),
        },
      ]
    }),
  )
}

function verdictOf(compared: Compared | undefined): Verdict {
  if (compared === undefined) return 'not enough data'
  const { interval } = compared.adjusted
  if (interval === null || (interval.lower <= 0 && interval.upper >= 0)) return 'interval contains 0'
  return interval.lower > 0 ? 'above 0' : 'below 0'
}

/** One table for each segment and size: won and lost with the feature, won and lost without. */
function strataOf({ id, shippedOn }: ComparedFeature, totals: InfluenceTotals, bands: number): FourFold[] {
  if (shippedOn === undefined) return []
  const after = monthIndexOf(shippedOn)
  return totals.segments
    .filter((segment) => segment !== EVERY_SEGMENT)
    .flatMap((segment) =>
      Array.from({ length: bands }, (_, band): FourFold => {
        const subject = totals.subject(segment, featureSubject(id))
        const { won, lost } = totals.base(segment).closedAfter(after, band)
        const [a, b] = [subject.sum(withWon(band)), subject.sum(withLost(band))]
        return { a, b, c: won - a, d: lost - b }
      }),
    )
}

function sumOf(strata: readonly FourFold[]): FourFold {
  const sum = (name: keyof FourFold) => strata.reduce((total, one) => total + one[name], 0)
  return { a: sum('a'), b: sum('b'), c: sum('c'), d: sum('d') }
}

function wonByOf(subject: SubjectTotals, day: Day): WonBy {
  const [before, after] = [armOf(subject, 'b', day), armOf(subject, 'w', day)]
  return { beforeSeen: before.seen, withSeen: after.seen, before: before.won, with: after.won }
}

/** Won and lost are competing ends; who is linked late, or was there when the feature shipped, comes in late. */
function armOf(
  subject: SubjectTotals,
  arm: 'b' | 'w',
  day: Day,
): { readonly seen: number; readonly won: WonBy['before'] } {
  const ages = new Map<number, { won: number; lost: number; censored: number; entered: number }>()
  const at = (age: number) => {
    const one = ages.get(age) ?? { won: 0, lost: 0, censored: 0, entered: 0 }
    ages.set(age, one)
    return one
  }
  let seen = 0
  for (const [age, count] of subject.counts(`${arm}W`)) {
    at(age).won += count
    seen += count
  }
  for (const [age, count] of subject.counts(`${arm}L`)) {
    at(age).lost += count
    seen += count
  }
  for (const [age, count] of subject.counts(`${arm}C`)) {
    at(age).censored += count
    seen += count
  }
  for (const [age, count] of subject.counts(`${arm}E`)) at(age).entered += count
  for (const [key, count] of subject.counts(`${arm}O`)) {
    const { openedOn, age } = readOpenKey(key)
    const today = Math.min(day - openedOn, MAX_AGE + 1)
    // What came in today, or is dated ahead, was not seen for a day yet.
    if (today <= age && !(age === 0 && today === 0)) continue
    if (age > 0) at(age).entered += count
    at(today).censored += count
    seen += count
  }
  if (seen < MIN_IN_ARM) return { seen, won: undefined }
  const durations = [...ages].map(
    ([age, { won, lost, censored, entered }]): CompetingDurations => ({
      at: age,
      ended: [won, lost],
      censored,
      entered,
    }),
  )
  const shares = incidenceAt(cumulativeIncidence(durations), MAX_AGE)
  if (shares === null) return { seen, won: undefined }
  return { seen, won: { share: shares.incidence[0] ?? 0, interval: shares.intervals[0] ?? null } }
}

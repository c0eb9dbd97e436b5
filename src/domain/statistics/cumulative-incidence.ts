import { type Interval, logLogInterval } from './interval.ts'
import { requireCount } from './refusals.ts'
import { riskSets } from './risk-sets.ts'

/** What was seen at one duration, where there is more than one way to end: won, lost. As `Durations` in all else. */
export interface CompetingDurations {
  readonly at: number
  /** One count for each way to end, in one order throughout. */
  readonly ended: readonly number[]
  readonly censored: number
  readonly entered?: number
}

/** From `at` on (until the next step), the share that has ended each way by then, and the share still open. */
export interface IncidenceStep {
  readonly at: number
  readonly atRisk: number
  readonly incidence: readonly number[]
  /** Of `incidence`. */
  readonly variance: readonly number[]
  readonly open: number
}

export interface CumulativeIncidence {
  readonly steps: readonly IncidenceStep[]
  readonly waysToEnd: number
  /** The longest duration at which anyone was under observation; −∞ for nobody. */
  readonly seenUntil: number
}

/**
 * The Aalen–Johansen cumulative incidence of competing ways to end (Aalen and Johansen 1978, Scandinavian Journal of
 * Statistics 5:141), with delayed entry and exposure that begins or stops in time, and the variance of Gaynor and others
 * (1993, JASA 88:400): one step for each duration at which something ended, ascending.
 *
 * At each step the incidences and `open` sum to 1, no incidence ever falls, and none exceeds one minus Kaplan–Meier with
 * the other ends censored. Where nobody is censored or enters late, an incidence is the plain share, and its variance
 * that of a binomial share. Ends precede censorings, which precede entries, at equal durations. With delayed entry, an
 * early risk set of one can settle everything: look at `atRisk`.
 *
 * Costs one sort of the distinct durations, whatever the number of subjects. Throws as `riskSets` does, and a RangeError
 * when two rows tell a different number of ways to end.
 */
export function cumulativeIncidence(durations: readonly CompetingDurations[]): CumulativeIncidence {
  const ways = durations[0]?.ended.length ?? 0
  const endedAt = new Map<number, readonly number[]>()
  let seenUntil = -Infinity
  const totals = durations.map(({ at, ended, censored, entered = 0 }) => {
    if (ended.length !== ways) {
      throw new RangeError(
        `At ${at} there are ${ended.length} ways to end, elsewhere ${ways}; name them all everywhere`,
      )
    }
    for (const [way, count] of ended.entries()) requireCount(`ended[${way}]`, count)
    endedAt.set(at, ended)
    const total = ended.reduce((sum, count) => sum + count, 0)
    if (total + censored > 0) seenUntil = Math.max(seenUntil, at)
    return { at, ended: total, censored, entered }
  })
  const curves = Array.from({ length: ways }, createCurve)
  const steps: IncidenceStep[] = []
  let open = 1
  for (const { at, atRisk, ended } of riskSets(totals)) {
    if (ended === 0) continue
    const counts = endedAt.get(at) ?? []
    for (const [way, curve] of curves.entries()) curve.add(open, counts[way] ?? 0, ended, atRisk)
    open *= 1 - ended / atRisk
    steps.push({
      at,
      atRisk,
      incidence: curves.map((curve) => curve.incidence()),
      variance: curves.map((curve) => curve.variance()),
      open,
    })
  }
  return { steps, waysToEnd: ways, seenUntil }
}

/** The shares at one duration. */
export interface IncidenceAt {
  readonly incidence: readonly number[]
  readonly open: number
  readonly intervals: readonly (Interval | null)[]
}

/**
 * What a curve says at a duration ("won by day 90"), with intervals on log(−log) (Kalbfleisch and Prentice 1980): no
 * interval where a share is 0 or 1. Before the first end all are open. `null` past the last duration at which anyone was
 * under observation, unless everything has ended. Throws a RangeError when the level is not between 0 and 1.
 */
export function incidenceAt(curve: CumulativeIncidence, at: number, level = 0.95): IncidenceAt | null {
  const step = curve.steps.findLast((candidate) => candidate.at <= at)
  const open = step?.open ?? 1
  if (at > curve.seenUntil && open > 0) return null
  const incidence = step?.incidence ?? new Array<number>(curve.waysToEnd).fill(0)
  const intervals = incidence.map((share, way) => logLogInterval(share, step?.variance[way] ?? null, level))
  return { incidence, open, intervals }
}

/**
 * One way's incidence F with its variance. In Gaynor's sum each earlier duration j counts with (F − F_j) and its square,
 * where F is today's; sums of the powers of F_j let every step be told without going back.
 */
function createCurve() {
  let f = 0
  let own = 0
  const cross = [0, 0]
  const all = [0, 0, 0]
  return {
    add(open: number, count: number, ended: number, atRisk: number): void {
      const hazard = count / atRisk
      f += open * hazard
      own += (open * open * hazard * (1 - hazard)) / atRisk
      const weight = (open * hazard) / atRisk
      cross[0] = (cross[0] ?? 0) + weight
      cross[1] = (cross[1] ?? 0) + weight * f
      // Once all have ended F stays: the term would be 0 times infinity.
      const later = ended === atRisk ? 0 : ended / (atRisk - ended) / atRisk
      for (let power = 0; power < 3; power += 1) all[power] = (all[power] ?? 0) + later * f ** power
    },
    incidence: () => f,
    variance(): number {
      const [c0 = 0, c1 = 0] = cross
      const [a0 = 0, a1 = 0, a2 = 0] = all
      return Math.max(0, own - 2 * (f * c0 - c1) + f * f * a0 - 2 * f * a1 + a2)
    },
  }
}

import { type Day, firstDayOf, type Month, monthIndexOf } from '../day.ts'
import type { FactValues } from '../facts.ts'
import { quarterOf, quarterStart, type YearStart } from '../fiscal.ts'
import type { LeadSettings, Model } from '../model.ts'
import { type ArrPath, arrOn } from '../revenue/arr-path.ts'
import { wilsonInterval } from '../statistics/wilson.ts'
import { Cell, parseKey, sumsUnder, type Tally } from '../tally.ts'

/**
 * What came of a lead within a year, beside its score; numbers alone, stored as they stand: the day it came, its score, then 1 or 0: whether its
 * account was below the threshold and not converted on the score's day, whether it turned green and was converted after that day; and what its
 * account grew by.
 */
export type CountedProof = readonly [
  createdOn: Day,
  score: number,
  canGrow: 0 | 1,
  grew: 0 | 1,
  canConvert: 0 | 1,
  converted: 0 | 1,
  hasGrowth: 0 | 1,
  growth: number,
]

const YEAR = 365

/**
 * What proves or disproves a lead's score, or `null` where it has none: reached green, and conversion, within a year of coming. Only what came
 * after the score's day counts for it, and what had come by then is left out: a score may use nothing later, and proves nothing earlier.
 */
export function countedProof(
  lead: FactValues,
  account: FactValues | null,
  arr: ArrPath | null,
  { engagement }: LeadSettings,
): CountedProof | null {
  const { createdOn, score, convertedOn, isConverted, isBot } = lead
  if (typeof createdOn !== 'number' || typeof score !== 'number' || isBot === true) return null
  const scoredOn = createdOn + engagement.days
  const within = (on: FactValues[string] | undefined) =>
    typeof on === 'number' && on > scoredOn && on <= createdOn + YEAR ? 1 : 0
  const by = (on: FactValues[string] | undefined) => typeof on === 'number' && on <= scoredOn
  const greenOn = account?.greenOn
  const isGreenUndated = account?.bucket === 'green' && greenOn === undefined
  const growth = arr === null || isConverted !== true ? 0 : arrOn(arr, createdOn + YEAR) - arrOn(arr, scoredOn)
  return [
    createdOn,
    score,
    by(greenOn) || isGreenUndated ? 0 : 1,
    within(greenOn),
    by(convertedOn) || (isConverted === true && convertedOn === undefined) ? 0 : 1,
    within(convertedOn),
    isConverted === true && account !== null ? 1 : 0,
    growth,
  ]
}

const HEAD = 'V'
/** By the quarter leads came in and their score: `n` that could grow, `g` grew; `m` that could convert, `c` converted; `k` converted, `w` what their accounts grew by. */
const MEASURES = ['n', 'g', 'm', 'c', 'k', 'w'] as const
type Sums = Record<(typeof MEASURES)[number], number>
const cells = new Map<number, Cell>()

/** Adds what came of a lead; integers only. */
export function addToProof(tally: Tally, proof: CountedProof, yearStart: YearStart): void {
  const [createdOn, score, canGrow, grew, canConvert, converted, hasGrowth, growth] = proof
  let cell = cells.get(score)
  if (cell === undefined) {
    cell = new Cell(HEAD, String(score), MEASURES)
    cells.set(score, cell)
  }
  const row = tally.row(cell, quarterStart(monthIndexOf(createdOn), yearStart))
  const values = [canGrow, canGrow * grew, canConvert, canConvert * converted, hasGrowth, growth]
  for (const [measure, value] of values.entries()) if (value !== 0) tally.add(row, measure, value)
}

const DECILES = 10
/** Fewer leads, or accounts, than these are counted, and nothing is told of them. */
export const MIN_IN_DECILE = 10
export const NOT_ENOUGH = 'not enough data'

/**
 * Leads of quarters that ended a year ago or longer, in ten groups by score, from the lowest: how many of each grew and converted within a
 * year, by id. All leads of one score are in one group, so that groups are of unequal size, and fewer where scores are few. `totals` may hold other things.
 */
export function decileFacts(totals: ReadonlyMap<string, number>, { yearStart }: Model, day: Day): FactValues[] {
  const byScore = new Map<number, Sums>()
  for (const [key, value] of sumsUnder(totals, HEAD)) {
    const parsed = value === 0 ? undefined : parseKey(key, HEAD)
    if (parsed === undefined || !isOver(quarterOf(parsed.month, yearStart).to, day)) continue
    const score = Number(parsed.tail)
    const sums = byScore.get(score) ?? noSums()
    byScore.set(score, sums)
    sums[parsed.measure as keyof Sums] += value
  }
  const all = [...byScore.values()].reduce(plus, noSums())
  const deciles = new Map<number, { from: number; to: number; sums: Sums }>()
  let before = 0
  const sizeOf = ({ n, m }: Sums) => Math.max(n, m)
  const total = [...byScore.values()].reduce((sum, one) => sum + sizeOf(one), 0)
  for (const [score, sums] of [...byScore].sort(([a], [b]) => a - b)) {
    const middle = total === 0 ? 0 : (before + sizeOf(sums) / 2) / total
    before += sizeOf(sums)
    const at = Math.min(DECILES, 1 + Math.floor(DECILES * middle))
    const one = deciles.get(at)
    deciles.set(at, { from: one?.from ?? score, to: score, sums: one === undefined ? sums : plus(one.sums, sums) })
  }
  return [...deciles].map(([decile, { from, to, sums }]) => rowOf(decile, from, to, sums, all))
}

/** Whether a year has passed since the last day of a month. */
function isOver(month: Month, day: Day): boolean {
  return firstDayOf(month + 1) - 1 + YEAR < day
}

function rowOf(decile: number, fromScore: number, toScore: number, sums: Sums, all: Sums): FactValues {
  const row: Record<string, FactValues[string]> = {
    id: `decile-${String(decile).padStart(2, '0')}`,
    name: `Scores ${fromScore} to ${toScore}`,
    decile,
    ...{ fromScore, toScore, leads: sums.n, grew: sums.g, unconverted: sums.m, converted: sums.c, customers: sums.k },
    note: sums.n < MIN_IN_DECILE || all.g === 0 || all.g === all.n ? NOT_ENOUGH : 'enough to compare',
  }
  if (sums.n >= MIN_IN_DECILE) {
    row.grewShare = sums.g / sums.n
    const interval = wilsonInterval(sums.g, sums.n)
    if (interval !== null) Object.assign(row, { grewLow: interval.lower, grewHigh: interval.upper })
    if (all.g > 0) row.gain = sums.g / sums.n / (all.g / all.n)
  }
  if (sums.m >= MIN_IN_DECILE) {
    row.convertedShare = sums.c / sums.m
    const interval = wilsonInterval(sums.c, sums.m)
    if (interval !== null) Object.assign(row, { convertedLow: interval.lower, convertedHigh: interval.upper })
  }
  if (sums.k >= MIN_IN_DECILE) row.growthArr = Math.round(sums.w / sums.k)
  return row
}

function noSums(): Sums {
  return { n: 0, g: 0, m: 0, c: 0, k: 0, w: 0 }
}

function plus(a: Sums, b: Sums): Sums {
  return { n: a.n + b.n, g: a.g + b.g, m: a.m + b.m, c: a.c + b.c, k: a.k + b.k, w: a.w + b.w }
}

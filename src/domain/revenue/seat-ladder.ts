import type { CountedArr } from '../counted.ts'
import type { Day } from '../day.ts'
import type { FactValues } from '../facts.ts'
import { medianSurvival } from '../statistics/kaplan-meier.ts'
import { Cell, parseKey, sumsUnder, type Tally } from '../tally.ts'
import type { ArrPath } from './arr-path.ts'

/** From how many seats on an account stands on the next rung; the first one is below all of them. */
export const SEAT_RUNGS = [1, 5, 10, 25, 50, 100, 200] as const
const UNKNOWN = -1

const HEAD = 'T'
/**
 * What is counted per rung; the letters are part of stored keys. `n` accounts that stand on it now, `a` their ARR; `r` accounts that
 * reached it as the highest so far. Besides, of these: `u<days>` went further up after so many days, `l<days>` left after so many,
 * `s<day>` have gone no further since that day.
 */
const MEASURES = [...'nar']
const [NOW, NOW_ARR, REACHED] = [0, 1, 2] as const
const cells = new Map<number, Cell>(
  [UNKNOWN, ...SEAT_RUNGS.keys()].map((rung) => [rung, new Cell(HEAD, String(rung), MEASURES)]),
)

/** Adds where an account stands on the ladder, and how it got there; integers only. One without an ARR history is on none. */
export function addToSeatLadder(tally: Tally, { path }: Pick<CountedArr, 'path'>): void {
  const last = path.points.at(-1)
  if (last === undefined) return
  if (last.arr > 0) {
    const row = tally.row(cells.get(rungOf(last.seats)) as Cell, 0)
    tally.add(row, NOW, 1)
    tally.add(row, NOW_ARR, last.arr)
  }
  for (const { rung, since, until, is } of staysOf(path)) {
    const row = tally.row(cells.get(rung) as Cell, 0)
    tally.add(row, REACHED, 1)
    if (is === 'stays') tally.count(row, 's', since)
    else tally.count(row, is === 'up' ? 'u' : 'l', until - since)
  }
}

interface RungStay {
  readonly rung: number
  readonly since: Day
  readonly until: Day
  readonly is: 'up' | 'left' | 'stays'
}

/**
 * The rungs an account stood on as the highest so far, from when to when: what shrinks and grows again climbs nothing anew. One that it
 * stood on when snapshots began is left out: nobody knows since when.
 */
function staysOf({ points }: ArrPath): RungStay[] {
  const stays: RungStay[] = []
  let top = UNKNOWN
  let since: Day | undefined
  for (const { day, seats, arr, opening } of points) {
    const rung = arr > 0 ? rungOf(seats) : UNKNOWN
    if (rung <= top) continue
    if (top !== UNKNOWN && since !== undefined && opening === undefined)
      stays.push({ rung: top, since, until: day, is: 'up' })
    top = rung
    since = opening === undefined ? day : undefined
  }
  const last = points.at(-1)
  if (top !== UNKNOWN && last !== undefined && since !== undefined)
    stays.push({ rung: top, since, until: last.day, is: last.arr > 0 ? 'stays' : 'left' })
  return stays
}

function rungOf(seats: number): number {
  return SEAT_RUNGS.findLastIndex((from) => seats >= from)
}

interface Rung {
  readonly sums: Map<string, number>
  /** By how many days they lasted. */
  readonly stays: Map<number, { ended: number; censored: number }>
  up: number
  left: number
}

/** The rungs of the ladder as of a day, by id: who stands on each, and how long it took to the next. `totals` may hold other things. */
export function seatRungFacts(totals: ReadonlyMap<string, number>, day: Day): FactValues[] {
  const rungs = new Map<number, Rung>()
  for (const [key, value] of sumsUnder(totals, HEAD)) {
    const parsed = parseKey(key, HEAD)
    if (parsed === undefined || value === 0) continue
    const { measure, tail } = parsed
    const rung = rungs.get(Number(tail)) ?? { sums: new Map(), stays: new Map(), up: 0, left: 0 }
    rungs.set(Number(tail), rung)
    const [letter = '', of] = [measure.slice(0, 1), Number(measure.slice(1))]
    if (MEASURES.includes(measure)) rung.sums.set(measure, value)
    else {
      const at = letter === 's' ? Math.max(0, day - of) : of
      const stay = rung.stays.get(at) ?? { ended: 0, censored: 0 }
      rung.stays.set(at, stay)
      if (letter === 'u') stay.ended += value
      else stay.censored += value
      if (letter === 'u') rung.up += value
      if (letter === 'l') rung.left += value
    }
  }
  return [...rungs]
    .sort(([a], [b]) => a - b)
    .map(([rung, { sums, stays, up, left }]) => {
      const [from, next] = [SEAT_RUNGS[rung], SEAT_RUNGS[rung + 1]]
      const row: Record<string, FactValues[string]> = {
        id: rung === UNKNOWN ? 'unknown' : `rung-${rung + 1}`,
        name: nameOf(from, next),
        accounts: sums.get('n') ?? 0,
        arr: sums.get('a') ?? 0,
        reached: sums.get('r') ?? 0,
        movedUp: up,
        left,
      }
      if (from !== undefined) row.fromSeats = from
      if (next !== undefined) row.toSeats = next - 1
      const median = medianSurvival([...stays].map(([at, stay]) => ({ at, ...stay })))
      if (median !== undefined) row.medianDays = median
      return row
    })
}

function nameOf(from: number | undefined, next: number | undefined): string {
  if (from === undefined) return 'Seats unknown'
  return next === undefined ? `${from} seats and more` : `${from} to ${next - 1} seats`
}

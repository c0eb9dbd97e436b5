import type { CountedOpportunity } from '../counted.ts'
import { type Month, monthIndexOf } from '../day.ts'
import { crmTail, NO_STAGE } from '../funnel-cells.ts'
import type { Ladder } from '../ladder.ts'
import { UNKNOWN_STAGE } from '../path.ts'
import { Cell, parseKey, sumsUnder, type Tally } from '../tally.ts'
import { stageSince } from './forecast-totals.ts'
import { addToReadBack } from './read-back.ts'

const [OPEN, DUE] = ['o', 'd'] as const
/** What is open by stage, band of ARR and the month it came into the stage: `n` opportunities, `a` their ARR. */
const OPEN_MEASURES = [...'na'] as const
/** The same by stage and month of the close date (0: none): `n` opportunities, `q` those of which the CRM tells a chance, `p` its percents. */
const DUE_MEASURES = [...'nqp'] as const
const NO_DATE = 0

/** Where bands of ARR begin, as the first two digits: each is about an eighth wide (the series R20 of ISO 3). */
const BAND_STARTS = [10, 11, 12, 14, 16, 18, 20, 22, 25, 28, 31, 35, 40, 45, 50, 56, 63, 71, 80, 90, 100] as const
const BANDS = BAND_STARTS.length - 1
/** The place of each pair of leading digits among them. */
const PLACE_OF = Array.from({ length: 100 }, (_, lead) => BAND_STARTS.findLastIndex((start) => lead >= start))

/** The cells of one stage. */
interface StageCells {
  readonly stage: string
  readonly due: Cell
  readonly bands: Map<number, Cell>
}

const cellsOfLadder = new WeakMap<Ladder, Map<number, StageCells>>()

function cellsOf(ladder: Ladder, place: number): StageCells {
  let ofLadder = cellsOfLadder.get(ladder)
  if (ofLadder === undefined) {
    ofLadder = new Map()
    cellsOfLadder.set(ladder, ofLadder)
  }
  let cells = ofLadder.get(place)
  if (cells === undefined) {
    const stage = crmTail(ladder, place === UNKNOWN_STAGE ? NO_STAGE : place)
    cells = { stage, due: new Cell(DUE, stage, DUE_MEASURES), bands: new Map() }
    ofLadder.set(place, cells)
  }
  return cells
}

function cellOfBand({ stage, bands }: StageCells, band: number): Cell {
  let cell = bands.get(band)
  if (cell === undefined) {
    cell = new Cell(OPEN, `${band}|${stage}`, OPEN_MEASURES)
    bands.set(band, cell)
  }
  return cell
}

/**
 * Adds an open opportunity to what the forecast of today is made from; integers only. How many are open decides nothing here: as long as
 * they are few each is read back by itself (`read-back.ts`), beyond that the sums by stage, age and band of ARR are what is left of them.
 */
export function addToOpen(tally: Tally, ladder: Ladder, { state, path, chance }: CountedOpportunity): void {
  const last = path[path.length - 1]
  if (state !== 'open' || last === undefined) return
  const cells = cellsOf(ladder, last.stage)
  const since = stageSince(path, path.length - 1)
  const due = last.dueOn === undefined ? undefined : monthIndexOf(last.dueOn)
  addToReadBack(tally, { stage: cells.stage, since, due, chance, arr: last.arr })
  tally.addEach(tally.row(cellOfBand(cells, bandOf(last.arr)), since), [1, last.arr])
  const isTold = chance !== undefined
  tally.addEach(tally.row(cells.due, due ?? NO_DATE), [1, isTold ? 1 : 0, isTold ? chance : 0])
}

/** The band of an ARR, below 0 for those below 0: an ARR of one digit is its own, others go by digits beyond the first two. */
function bandOf(arr: number): number {
  let [lead, beyond] = [Math.abs(arr), 0]
  while (lead >= 100) {
    lead = Math.floor(lead / 10)
    beyond += 1
  }
  const band = lead < 10 ? lead : 10 + beyond * BANDS + (PLACE_OF[lead] as number)
  return arr < 0 ? -band : band
}

/** The least and the largest ARR of a band. */
function boundsOf(band: number): readonly [low: number, high: number] {
  if (band < 0) {
    const [low, high] = boundsOf(-band)
    return [-high, -low]
  }
  if (band < 10) return [band, band]
  const [beyond, place] = [Math.floor((band - 10) / BANDS), (band - 10) % BANDS]
  return [(BAND_STARTS[place] ?? 0) * 10 ** beyond, (BAND_STARTS[place + 1] ?? 0) * 10 ** beyond - 1]
}

/** Open opportunities that came into a stage in one month, of one band of ARR. */
export interface OpenGroup {
  readonly stage: string
  readonly since: Month
  /** Number of the band of their ARR. */
  readonly band: number
  readonly count: number
  readonly arr: number
  /** What each of them is worth at least and at most. */
  readonly low: number
  readonly high: number
}

/** What is open in a stage, by the month it is due in, and what the CRM says of it. */
export interface DueInStage {
  readonly count: number
  /** Those that the CRM tells a chance of. */
  readonly told: number
  /** Σ of the chances of those that are due in some months; one without a close date is due in none. */
  chances(from: Month, to: Month): number
}

/** Reads what `addToOpen` added up to by groups and stages; `totals` may hold other things. */
export function readOpen(totals: ReadonlyMap<string, number>): {
  readonly groups: readonly OpenGroup[]
  readonly due: ReadonlyMap<string, DueInStage>
} {
  const groups = new Map<string, { stage: string; band: number; since: Month; n: number; a: number }>()
  const stages = new Map<string, Map<Month, { n: number; q: number; p: number }>>()
  for (const [key, value] of sumsUnder(totals, OPEN + DUE)) {
    const parsed = value === 0 ? undefined : parseKey(key, OPEN + DUE)
    if (parsed === undefined) continue
    const { head, measure, month, tail } = parsed
    if (head === OPEN) {
      const at = `${month}|${tail}`
      const bar = tail.indexOf('|')
      const [band, stage] = [Number(tail.slice(0, bar)), tail.slice(bar + 1)]
      const group = groups.get(at) ?? { stage, band, since: month, n: 0, a: 0 }
      groups.set(at, group)
      group[measure as 'n' | 'a'] = value
    } else {
      const months = stages.get(tail) ?? new Map<Month, { n: number; q: number; p: number }>()
      stages.set(tail, months)
      const sums = months.get(month) ?? { n: 0, q: 0, p: 0 }
      months.set(month, sums)
      sums[measure as 'n' | 'q' | 'p'] = value
    }
  }
  return {
    groups: [...groups]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, { stage, band, since, n, a }]) => {
        const [low, high] = n === 1 ? [a, a] : boundsOf(band)
        return { stage, since, band, count: n, arr: a, low, high }
      }),
    due: new Map([...stages].map(([stage, months]) => [stage, dueInStage(months)])),
  }
}

function dueInStage(months: ReadonlyMap<Month, { readonly n: number; readonly q: number; readonly p: number }>) {
  let [count, told] = [0, 0]
  for (const { n, q } of months.values()) {
    count += n
    told += q
  }
  return {
    count,
    told,
    chances(from: Month, to: Month) {
      let sum = 0
      for (const [due, { p }] of months) if (due !== NO_DATE && due >= from && due <= to) sum += p
      return sum / 100
    },
  }
}

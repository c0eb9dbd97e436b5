import type { CountedOpportunity } from '../counted.ts'
import type { Month } from '../day.ts'
import { crmTail, NO_STAGE, parseCrmTail } from '../funnel-cells.ts'
import type { Ladder } from '../ladder.ts'
import { type Path, type PathPoint, stateOf, UNKNOWN_STAGE } from '../path.ts'
import { Cell, parseKey, type Tally } from '../tally.ts'

/** How many months ahead, the month itself among them, wins are told by what stood open: to the end of the next quarter. */
export const MONTHS_AHEAD = 6

const HEAD = 'S'
/**
 * What is counted per stage of the CRM and month; the letters are part of stored keys. Changes, from the month before, of
 * what stood in the stage when the month began: `o` opportunities whose stage history tells, `a` their ARR; `g` and `h` those
 * whose stage is guessed. Of the known ones `1` to `6` were won in the month, the next, …, `A` to `F` their ARR.
 */
const MEASURES = [...'oagh123456ABCDEF']
/** The first four are read in this order. */
const [KNOWN, KNOWN_ARR, GUESSED, GUESSED_ARR, WON, WON_ARR] = [0, 1, 2, 3, 4, 4 + MONTHS_AHEAD] as const

/**
 * Adds what an opportunity contributes to what forecasts are learnt from; integers only. One that was closed when some month
 * began counts as closed for good to those who looked at it before.
 */
export function addToForecast(tally: Tally, ladder: Ladder, { path }: CountedOpportunity): void {
  const cells = cellsOf(ladder)
  let before: PathPoint | undefined
  let wasOpen = false
  for (let i = 0; i < path.length; i += 1) {
    const point = path[i] as PathPoint
    const state = stateOf(ladder, point.stage)
    wasOpen ||= state === 'open'
    if (path[i + 1]?.month === point.month) continue
    if (before !== undefined) addStanding(tally, cells, before, point.month + 1, -1)
    if (state === 'won' && wasOpen) addWin(tally, ladder, cells, path, i)
    before = state === 'open' ? point : undefined
    if (before !== undefined) addStanding(tally, cells, before, point.month + 1, 1)
    // What stands open at the end of a month does so until something happens.
    wasOpen = before !== undefined
  }
}

function addStanding(tally: Tally, cells: Cells, { stage, arr, guessed }: PathPoint, month: Month, sign: 1 | -1): void {
  const row = tally.row(cells(stage), month)
  tally.add(row, guessed ? GUESSED : KNOWN, sign)
  tally.add(row, guessed ? GUESSED_ARR : KNOWN_ARR, sign * arr)
}

/** A win, seen from the beginnings of the months before it, as long as it was open then. */
function addWin(tally: Tally, ladder: Ladder, cells: Cells, path: Path, at: number): void {
  const { month, arr } = path[at] as PathPoint
  let seen = at
  for (let ahead = 0; ahead < MONTHS_AHEAD; ahead += 1) {
    while (seen >= 0 && (path[seen] as PathPoint).month >= month - ahead) seen -= 1
    const then = path[seen]
    if (then === undefined || stateOf(ladder, then.stage) !== 'open') return
    if (then.guessed) continue
    const row = tally.row(cells(then.stage), month - ahead)
    tally.add(row, WON + ahead, 1)
    tally.add(row, WON_ARR + ahead, arr)
  }
}

type Cells = (stage: number) => Cell

const cellsOfLadder = new WeakMap<Ladder, Cells>()

function cellsOf(ladder: Ladder): Cells {
  let cells = cellsOfLadder.get(ladder)
  if (cells === undefined) {
    const known = ladder.stages.map((_, place) => new Cell(HEAD, crmTail(ladder, place), MEASURES))
    const unknown = new Cell(HEAD, crmTail(ladder, NO_STAGE), MEASURES)
    cells = (stage) => (stage === UNKNOWN_STAGE ? unknown : (known[stage] ?? unknown))
    cellsOfLadder.set(ladder, cells)
  }
  return cells
}

/** What stood in one stage of the CRM when months began, and what of it was won. */
export class StageSeries {
  readonly source: string
  readonly pipeline: string
  /** As in keys: `salesforce|3|Enterprise`. */
  readonly tail: string
  readonly #changes = new Map<Month, number[]>()
  readonly #standing = new Map<Month, number[]>()

  constructor(tail: string) {
    const { source, pipeline } = parseCrmTail(tail)
    this.source = source
    this.pipeline = pipeline
    this.tail = tail
  }

  add(measure: number, month: Month, value: number): void {
    let changes = this.#changes.get(month)
    if (changes === undefined) {
      changes = MEASURES.map(() => 0)
      this.#changes.set(month, changes)
    }
    changes[measure] = (changes[measure] as number) + value
    this.#standing.clear()
  }

  /** Opportunities, and their ARR, when a month began; `known`: those among them whose stage is known, not guessed. */
  at(month: Month): { readonly open: number; readonly arr: number; readonly known: number; readonly knownArr: number } {
    const [known = 0, knownArr = 0, guessed = 0, guessedArr = 0] = this.#upTo(month)
    return { open: known + guessed, arr: knownArr + guessedArr, known, knownArr }
  }

  /** Of the known ones when a month began: how many were won from `from` to `to` months later, and their ARR at the win. */
  won(month: Month, from: number, to: number): { readonly count: number; readonly arr: number } {
    let [count, arr] = [0, 0]
    for (let ahead = from; ahead <= to; ahead += 1) {
      count += this.#changes.get(month)?.[WON + ahead] ?? 0
      arr += this.#changes.get(month)?.[WON_ARR + ahead] ?? 0
    }
    return { count, arr }
  }

  #upTo(month: Month): readonly number[] {
    let sums = this.#standing.get(month)
    if (sums === undefined) {
      sums = [0, 0, 0, 0]
      for (const [of, changes] of this.#changes) {
        if (of <= month) sums = sums.map((sum, measure) => sum + (changes[measure] as number))
      }
      this.#standing.set(month, sums)
    }
    return sums
  }
}

/** The stages in totals, which may hold other things, in a fixed order. */
export function readStageSeries(totals: ReadonlyMap<string, number>): StageSeries[] {
  const series = new Map<string, StageSeries>()
  for (const [key, value] of totals) {
    const parsed = parseKey(key, HEAD)
    if (parsed === undefined || value === 0) continue
    const measure = MEASURES.indexOf(parsed.measure)
    if (measure < 0) continue
    let one = series.get(parsed.tail)
    if (one === undefined) {
      one = new StageSeries(parsed.tail)
      series.set(parsed.tail, one)
    }
    one.add(measure, parsed.month, value)
  }
  return [...series].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one)
}

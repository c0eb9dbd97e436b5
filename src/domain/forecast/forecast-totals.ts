import type { CountedOpportunity } from '../counted.ts'
import type { Month } from '../day.ts'
import { crmTail, NO_STAGE, parseCrmTail } from '../funnel-cells.ts'
import type { Ladder } from '../ladder.ts'
import { type Path, type PathPoint, stateOf, UNKNOWN_STAGE } from '../path.ts'
import { Cell, parseKey, sumsUnder, type Tally } from '../tally.ts'

/** How many months ahead, the month itself among them, wins are told by what stood open: to the end of the quarter after next. */
export const MONTHS_AHEAD = 9

const HEAD = 'S'
/**
 * What is counted per stage of the CRM and month; the letters are part of stored keys. Changes, from the month before, of
 * what stood in the stage when the month began: `o` opportunities whose stage history tells, `a` their ARR; `g` and `h` those
 * whose stage is guessed. Of the known ones `1` to `9` were won in the month, the next, …, `A` to `I` their ARR.
 */
const MEASURES = [...'oagh123456789ABCDEFGHI']
const AGE_HEAD = 'Y'
/** Of the known ones, by how long they had stood in the stage: how many, and how many of them were won when. Letters as above. */
const AGE_MEASURES = [...'o123456789']
/** From how many months begun since it came into its stage on an opportunity is of each age; the last has no end. */
export const AGES = [1, 2, 4] as const
/** The first four are read in this order. */
const [KNOWN, KNOWN_ARR, GUESSED, GUESSED_ARR, WON, WON_ARR] = [0, 1, 2, 3, 4, 4 + MONTHS_AHEAD] as const

/**
 * Adds what an opportunity contributes to what forecasts are learnt from; integers only. One that was closed when some month
 * began counts as closed for good to those who looked at it before.
 */
export function addToForecast(tally: Tally, ladder: Ladder, { path }: CountedOpportunity): void {
  const cells = cellsOf(ladder)
  let before: PathPoint | undefined
  let beforeSince = 0
  let wasOpen = false
  let since = 0
  for (let i = 0; i < path.length; i += 1) {
    const point = path[i] as PathPoint
    if (path[i - 1]?.stage !== point.stage) since = point.month
    const state = stateOf(ladder, point.stage)
    wasOpen ||= state === 'open'
    if (path[i + 1]?.month === point.month) continue
    if (before !== undefined) {
      addStanding(tally, cells, before, point.month + 1, -1)
      addAges(tally, cells, before, beforeSince, point.month)
    }
    if (state === 'won' && wasOpen) addWin(tally, ladder, cells, path, i)
    before = state === 'open' ? point : undefined
    beforeSince = since
    if (before !== undefined) addStanding(tally, cells, before, point.month + 1, 1)
    // What stands open at the end of a month does so until something happens.
    wasOpen = before !== undefined
  }
  if (before !== undefined) addAges(tally, cells, before, beforeSince, Number.POSITIVE_INFINITY)
}

/** That it stood at the beginnings of months up to `until`, at each age it had then. */
function addAges(tally: Tally, cells: Cells, { stage, month, guessed }: PathPoint, since: Month, until: Month): void {
  if (guessed) return
  const { ages } = cells(stage)
  for (let age = 0; age < AGES.length; age += 1) {
    const from = Math.max(month + 1, since + (AGES[age] as number))
    const to = Math.min(until, since + (AGES[age + 1] ?? Number.POSITIVE_INFINITY) - 1)
    if (from > to) continue
    tally.add(tally.row(ages[age] as Cell, from), 0, 1)
    if (to !== Number.POSITIVE_INFINITY) tally.add(tally.row(ages[age] as Cell, to + 1), 0, -1)
  }
}

/** Which of the ages something is of, so many months begun after it came into its stage. */
export function ageAfter(months: number): number {
  return Math.max(
    0,
    AGES.findLastIndex((from) => months >= from),
  )
}

/** The month in which the point at a place of a path came into its stage. */
export function stageSince(path: Path, at: number): Month {
  let first = at
  while (first > 0 && path[first - 1]?.stage === path[at]?.stage) first -= 1
  return path[first]?.month ?? 0
}

function addStanding(tally: Tally, cells: Cells, { stage, arr, guessed }: PathPoint, month: Month, sign: 1 | -1): void {
  const row = tally.row(cells(stage).all, month)
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
    const { all, ages } = cells(then.stage)
    const row = tally.row(all, month - ahead)
    tally.add(row, WON + ahead, 1)
    tally.add(row, WON_ARR + ahead, arr)
    const age = ages[ageAfter(month - ahead - stageSince(path, seen))] as Cell
    tally.add(tally.row(age, month - ahead), 1 + ahead, 1)
  }
}

interface StageCells {
  readonly all: Cell
  readonly ages: readonly Cell[]
}
type Cells = (stage: number) => StageCells

const cellsOfLadder = new WeakMap<Ladder, Cells>()

function cellsOf(ladder: Ladder): Cells {
  let cells = cellsOfLadder.get(ladder)
  if (cells === undefined) {
    const create = (tail: string): StageCells => ({
      all: new Cell(HEAD, tail, MEASURES),
      ages: AGES.map((_, age) => new Cell(AGE_HEAD, ageTail(age, tail), AGE_MEASURES)),
    })
    const known = ladder.stages.map((_, place) => create(crmTail(ladder, place)))
    const unknown = create(crmTail(ladder, NO_STAGE))
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
  const series = readSeries(totals, HEAD, (tail) => tail)
  return [...series].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one)
}

/** What is known of stages by age, by `ageTail`; guessed stages are of no age. `totals` may hold other things. */
export function readAgeSeries(totals: ReadonlyMap<string, number>): ReadonlyMap<string, StageSeries> {
  return readSeries(totals, AGE_HEAD, (tail) => tail.slice(tail.indexOf('|') + 1))
}

/** The key of a stage (as in keys) and one of the ages. */
export function ageTail(age: number, stage: string): string {
  return `${age}|${stage}`
}

function readSeries(
  totals: ReadonlyMap<string, number>,
  head: string,
  stageOf: (tail: string) => string,
): Map<string, StageSeries> {
  const series = new Map<string, StageSeries>()
  for (const [key, value] of sumsUnder(totals, head)) {
    const parsed = parseKey(key, head)
    if (parsed === undefined || value === 0) continue
    const measure = MEASURES.indexOf(parsed.measure)
    if (measure < 0) continue
    let one = series.get(parsed.tail)
    if (one === undefined) {
      one = new StageSeries(stageOf(parsed.tail))
      series.set(parsed.tail, one)
    }
    one.add(measure, parsed.month, value)
  }
  return series
}

import { arrToday, type CountedOpportunity } from '../counted.ts'
import type { Day, Month } from '../day.ts'
import type { Ladder } from '../ladder.ts'
import type { Model } from '../model.ts'
import type { PathPoint } from '../path.ts'
import { Cell, type Row, type Tally } from '../tally.ts'
import { sizeBounds } from './bounds.ts'
import { bandOf, MEASURES } from './measures.ts'
import { MAX_BANDS } from './settings.ts'
import { forwardAfter, isOpenStay, type Stay, staysOf } from './stays.ts'
import type { CountedSubject } from './subject-sums.ts'

/**
 * First letters of keys: sums of subjects; all opportunities, by what they are today; by day; and closed ones by size and the month
 * they opened in. What is told of features is thus compared with all opportunities, and those are counted once, not once for each
 * feature.
 */
const [SUBJECTS, STATES, DAYS, SIZES] = ['I', 'D', 'E', 'L'] as const
/** Everything but subjects. */
export const BASE_HEADS = STATES + DAYS + SIZES
export const SUBJECT_HEAD = SUBJECTS

/** Of all opportunities as they are today, with their ARR; open ones without renewals, which are apart. */
export const STATE_MEASURES = [
  'open',
  'openArr',
  'won',
  'wonArr',
  'lost',
  'lostArr',
  'renewals',
  'renewalsArr',
] as const
const [OPEN, WON, LOST, RENEWALS] = [0, 2, 4, 6] as const
/**
 * By day: opened, with their ARR today; by how much the number of those that stood open when the day began moved, and the
 * number of those among them that moved forward within the window from that day on.
 */
export const DAY_MEASURES = ['opened', 'openedArr', 'stood', 'moving'] as const
const [OPENED, OPENED_ARR, STOOD, MOVING] = [0, 1, 2, 3] as const
const SIZE_MEASURES = [...'ABCDEF'].slice(0, MAX_BANDS).flatMap((band) => [`won${band}`, `lost${band}`])

interface BaseCells {
  readonly states: Cell
  readonly days: Cell
  readonly sizes: Cell
}

const baseCells = new Map<string | undefined, BaseCells>()

function baseOf(segment: string | undefined): BaseCells {
  let cells = baseCells.get(segment)
  if (cells === undefined) {
    const tail = segment ?? 'none'
    cells = {
      states: new Cell(STATES, tail, STATE_MEASURES),
      days: new Cell(DAYS, tail, DAY_MEASURES),
      sizes: new Cell(SIZES, tail, SIZE_MEASURES),
    }
    baseCells.set(segment, cells)
  }
  return cells
}

/** Adds an opportunity to what features are compared with, and the row of no feature is made from; integers only. */
export function addToInfluenceBase(tally: Tally, model: Model, ladder: Ladder, one: CountedOpportunity): void {
  const { path, state, segment } = one
  const { windowDays, linkDays } = model.influence
  const cells = baseOf(segment)
  const arr = arrToday(one)
  const states = tally.row(cells.states, 0)
  const measure = state === 'won' ? WON : state === 'lost' ? LOST : one.isRenewal ? RENEWALS : OPEN
  tally.add(states, measure, 1)
  tally.add(states, measure + 1, arr)
  const opening = path[0] as PathPoint
  const opened = tally.row(cells.days, opening.day)
  tally.add(opened, OPENED, 1)
  tally.add(opened, OPENED_ARR, arr)
  addDays(tally, cells.days, staysOf(path, ladder), windowDays)
  if (state === 'open') return
  const closing = path[path.length - 1] as PathPoint
  if (closing.day - opening.day <= linkDays) return
  const place = 2 * bandOf(opening.arr, sizeBounds(model)) + (state === 'won' ? 0 : 1)
  tally.add(tally.row(cells.sizes, opening.month), place, 1)
}

/** On which days it stood open when they began, and from which of them it moved forward within the window. */
function addDays(tally: Tally, cell: Cell, stays: readonly Stay[], windowDays: number): void {
  let isOpen = false
  for (let i = 0; i < stays.length; i += 1) {
    const stay = stays[i] as Stay
    const next = stays[i + 1]
    const isOpenNow = isOpenStay(stay)
    if (isOpenNow !== isOpen) tally.add(dayRow(tally, cell, stay.day + 1), STOOD, isOpenNow ? 1 : -1)
    isOpen = isOpenNow
    if (!isOpenNow || next === undefined) continue
    const move = stays[forwardAfter(stays, i)]
    if (move === undefined) continue
    const from = Math.max(stay.day + 1, move.day - windowDays)
    if (from > next.day) continue
    tally.add(dayRow(tally, cell, from), MOVING, 1)
    tally.add(dayRow(tally, cell, next.day + 1), MOVING, -1)
  }
}

/** Days are counted where months are elsewhere. */
function dayRow(tally: Tally, cell: Cell, day: Day): Row {
  return tally.row(cell, day)
}

const subjectCells = new Map<string, Cell>()

/** Adds what a dossier counted of one subject. */
export function addSubject(tally: Tally, segment: string | undefined, { subject, sums, counts }: CountedSubject): void {
  const tail = `${segment ?? 'none'}|${subject}`
  let cell = subjectCells.get(tail)
  if (cell === undefined) {
    cell = new Cell(SUBJECTS, tail, MEASURES)
    subjectCells.set(tail, cell)
  }
  const row = tally.row(cell, 0)
  for (const [place, value] of sums) tally.add(row, place, value)
  for (const [measure, of] of counts) tally.count(row, measure, of)
}

/** What is known of one subject in one segment, or in all. */
export class SubjectTotals {
  readonly #sums = new Map<string, number>()
  /** By measure, then by what it is counted by. */
  readonly #counts = new Map<string, Map<number, number>>()

  add(measure: string, value: number): void {
    const number = /^([a-z][A-Za-z])(-?\d+)$/.exec(measure)
    if (number === null) {
      this.#sums.set(measure, (this.#sums.get(measure) ?? 0) + value)
      return
    }
    const [, name = '', of = ''] = number
    let counts = this.#counts.get(name)
    if (counts === undefined) {
      counts = new Map()
      this.#counts.set(name, counts)
    }
    counts.set(Number(of), (counts.get(Number(of)) ?? 0) + value)
  }

  sum(measure: string): number {
    return this.#sums.get(measure) ?? 0
  }

  counts(measure: string): ReadonlyMap<number, number> {
    return this.#counts.get(measure) ?? NO_COUNTS
  }
}

const NO_COUNTS: ReadonlyMap<number, number> = new Map()

/** What all opportunities of one segment, or of all, are. */
export class BaseTotals {
  readonly #states = new Map<string, number>()
  readonly #days = new Map<Day, number[]>()
  #sorted: Day[] | undefined
  readonly #sizes = new Map<Month, Map<string, number>>()

  add(head: string, measure: string, at: number, value: number): void {
    if (head === STATES) this.#states.set(measure, (this.#states.get(measure) ?? 0) + value)
    else if (head === DAYS) this.#addDay(measure, at, value)
    else {
      const sizes = this.#sizes.get(at) ?? new Map<string, number>()
      sizes.set(measure, (sizes.get(measure) ?? 0) + value)
      this.#sizes.set(at, sizes)
    }
  }

  #addDay(measure: string, day: Day, value: number): void {
    const place = (DAY_MEASURES as readonly string[]).indexOf(measure)
    if (place < 0) return
    let values = this.#days.get(day)
    if (values === undefined) {
      values = DAY_MEASURES.map(() => 0)
      this.#days.set(day, values)
      this.#sorted = undefined
    }
    values[place] = (values[place] as number) + value
  }

  state(measure: (typeof STATE_MEASURES)[number]): number {
    return this.#states.get(measure) ?? 0
  }

  /** Opened on days from `first` to `last`, and their ARR today. */
  opened(first: Day, last: Day): { readonly count: number; readonly arr: number } {
    let [count, arr] = [0, 0]
    for (const [day, values] of this.#days) {
      if (day < first || day > last) continue
      count += values[OPENED] as number
      arr += values[OPENED_ARR] as number
    }
    return { count, arr }
  }

  /** How many stood open when a day began, and how many of them moved forward within the window from it. */
  standing(on: Day): { readonly stood: number; readonly moved: number } {
    this.#sorted ??= [...this.#days.keys()].sort((a, b) => a - b)
    let [stood, moved] = [0, 0]
    for (const day of this.#sorted) {
      if (day > on) break
      const values = this.#days.get(day) as number[]
      stood += values[STOOD] as number
      moved += values[MOVING] as number
    }
    return { stood, moved }
  }

  /** Closed ones of one size that opened after a month, won and lost. */
  closedAfter(month: Month, band: number): { readonly won: number; readonly lost: number } {
    const [wonKey, lostKey] = [SIZE_MEASURES[2 * band] as string, SIZE_MEASURES[2 * band + 1] as string]
    let [won, lost] = [0, 0]
    for (const [of, sizes] of this.#sizes) {
      if (of <= month) continue
      won += sizes.get(wonKey) ?? 0
      lost += sizes.get(lostKey) ?? 0
    }
    return { won, lost }
  }
}

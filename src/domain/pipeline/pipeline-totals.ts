import type { CountedOpportunity } from '../counted.ts'
import type { Month } from '../day.ts'
import type { Ladder } from '../ladder.ts'
import type { Model } from '../model.ts'
import { Cell, parseKey, type Tally } from '../tally.ts'
import {
  PIPELINE_PARTS,
  PIPELINE_WINDOWS,
  type PipelineSink,
  type PipelineWindow,
  walkPipeline,
} from './pipeline-walk.ts'

/** What is summed per month, window and segment; the start of the month first. Wins taken back are of `all_open` alone. */
const SUMS = ['start', ...PIPELINE_PARTS, 'takenBack'] as const
export type PipelineSum = (typeof SUMS)[number]

/** First letter of the keys that `parsePipelineKey` reads. */
export const PIPELINE_HEAD = 'P'
/** Letters of the sums, in their order, and their capitals for how many opportunities they are of; part of stored keys. */
const LETTERS = 'snpdriexwlb'
const MEASURES = [...LETTERS, ...LETTERS.toUpperCase()]
const PLACE = Object.fromEntries(SUMS.map((sum, place) => [sum, place])) as Readonly<Record<PipelineSum, number>>

const ALL_OPEN = PIPELINE_WINDOWS.indexOf('all_open')

/** By place of the window. */
type Cells = readonly Cell[]

const cellsOf = new Map<unknown, Cells>()

/** Puts what opportunities do to the pipeline into a tally. */
class TallySink implements PipelineSink {
  readonly #tally: Tally
  readonly #cells: Cells

  constructor(tally: Tally, cells: Cells) {
    this.#tally = tally
    this.#cells = cells
  }

  start(window: number, month: Month, arr: number): void {
    this.#add(window, month, 0, arr)
  }

  part(window: number, month: Month, part: number, arr: number): void {
    this.#add(window, month, part + 1, arr)
  }

  takenBack(month: Month, arr: number): void {
    this.#add(ALL_OPEN, month, PLACE.takenBack, arr)
  }

  #add(window: number, month: Month, place: number, arr: number): void {
    const row = this.#tally.row(this.#cells[window] as Cell, month)
    this.#tally.add(row, place, arr)
    this.#tally.add(row, place + SUMS.length, 1)
  }
}

/** Adds what an opportunity contributes to the pipeline of months; integers only. */
export function addToPipeline(
  tally: Tally,
  { yearStart }: Model,
  ladder: Ladder,
  { path, segment }: CountedOpportunity,
): void {
  walkPipeline(path, ladder, yearStart, new TallySink(tally, cellsFor(segment)))
}

function cellsFor(segment: unknown): Cells {
  let cells = cellsOf.get(segment)
  if (cells === undefined) {
    cells = PIPELINE_WINDOWS.map((window) => new Cell(PIPELINE_HEAD, `${window}|${segment ?? 'none'}`, MEASURES))
    cellsOf.set(segment, cells)
  }
  return cells
}

/** The pipeline of one window and slice by month. */
export class PipelineSeries {
  readonly #values = new Map<Month, number[]>()

  add(place: number, month: Month, value: number): void {
    let values = this.#values.get(month)
    if (values === undefined) {
      values = MEASURES.map(() => 0)
      this.#values.set(month, values)
    }
    values[place] = (values[place] as number) + value
  }

  arr(sum: PipelineSum, month: Month): number {
    return this.#values.get(month)?.[PLACE[sum]] ?? 0
  }

  /** ARR won in a month, less that of wins of earlier months that were taken back in it. */
  netWon(month: Month): number {
    return this.arr('won', month) - this.arr('takenBack', month)
  }

  count(sum: PipelineSum, month: Month): number {
    return this.#values.get(month)?.[PLACE[sum] + SUMS.length] ?? 0
  }

  /** Every month in which there is anything, ascending. */
  months(): Month[] {
    return [...this.#values.keys()].sort((a, b) => a - b)
  }
}

/** Reads a stored key; `undefined` for totals of other things. */
export function parsePipelineKey(key: string):
  | {
      /** For `PipelineSeries.add`. */
      readonly place: number
      readonly month: Month
      readonly window: PipelineWindow
      readonly segment: string
    }
  | undefined {
  const parsed = parseKey(key, PIPELINE_HEAD)
  if (parsed === undefined) return undefined
  const [window = '', segment = ''] = parsed.tail.split('|')
  const place = MEASURES.indexOf(parsed.measure)
  if (place < 0 || !(PIPELINE_WINDOWS as readonly string[]).includes(window)) return undefined
  return { place, month: parsed.month, window: window as PipelineWindow, segment }
}

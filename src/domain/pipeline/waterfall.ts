import type { CountedOpportunity } from '../counted.ts'
import { type Day, formatDay } from '../day.ts'
import type { DossierFacts, FactValues } from '../facts.ts'
import { ladderOf } from '../ladder.ts'
import type { Segment } from '../records.ts'
import { type Move, moveBetween, type Stretch } from './pipeline-between.ts'
import { PART_SIGNS } from './pipeline-month-facts.ts'
import { PIPELINE_PARTS, type PipelinePart } from './pipeline-walk.ts'

/** ARR in minor units of company currency, and of how many opportunities it is. */
export interface Sum {
  readonly arr: number
  readonly count: number
}

/** What one opportunity adds to a part. Days as `2026-11-22`; `null` where nothing tells. */
export interface MovedOpportunity {
  readonly id: string
  readonly name: string | null
  readonly account: string | null
  readonly owner: string | null
  /** ARR that came (above 0) or went (below 0). */
  readonly change: number
  /** When the first day began; `null`: it was not there yet. */
  readonly arrBefore: number | null
  readonly arr: number
  readonly closeOnBefore: string | null
  /** Of what was closed between the days: when it was. */
  readonly closeOn: string | null
  /** Whether no history row tells the day it moved on. */
  readonly isGuessed: boolean
  readonly url: string | null
}

export interface WaterfallPart extends Sum {
  readonly part: PipelinePart
  /** Whether it adds to the pipeline or takes from it. */
  readonly sign: 1 | -1
  /** How many of them moved on a day that no history row tells. */
  readonly guessed: number
  /** Those of the largest change first. */
  readonly opportunities: readonly MovedOpportunity[]
}

/** The open pipeline on two days, and why it moved: start + Σ sign × arr of the parts = end, to the minor unit. */
export interface WaterfallFacts {
  readonly start: Sum
  /** All parts, in their order. */
  readonly parts: readonly WaterfallPart[]
  readonly end: Sum
}

/** Kinds of records a waterfall is made from; no other changes it. */
export const WATERFALL_RECORDS: ReadonlySet<string> = new Set(['account', 'opportunity', 'stage_change'])

export interface WaterfallLimits {
  /** Segment of the account, as it is today; `none`: of those without one; `null`: all. */
  readonly segment: Segment | 'none' | null
  /** So many opportunities are kept of each part; sums are of all. */
  readonly most: number
}

/**
 * The pipeline waterfall between any two days. Takes facts dossier by dossier and keeps sums and the largest opportunities
 * of each part, and no more.
 */
export class Waterfall {
  readonly #stretch: Stretch
  readonly #limits: WaterfallLimits
  readonly #start = { arr: 0, count: 0 }
  readonly #end = { arr: 0, count: 0 }
  readonly #parts = new Map(
    PIPELINE_PARTS.map((part) => [part, { arr: 0, count: 0, guessed: 0, largest: new Array<MovedOpportunity>() }]),
  )

  constructor(stretch: Stretch, limits: WaterfallLimits) {
    this.#stretch = stretch
    this.#limits = limits
  }

  add({ opportunities, counted, account, users, model, asOf }: DossierFacts): void {
    for (let i = 0; i < opportunities.length; i += 1) {
      const { source, pipeline, path, segment } = counted.opportunities[i] as CountedOpportunity
      if (this.#limits.segment !== null && (segment ?? 'none') !== this.#limits.segment) continue
      const move = moveBetween(path, ladderOf(model, source, pipeline), this.#stretch, asOf)
      if (move === undefined) continue
      if (move.start !== undefined) addTo(this.#start, move.start)
      if (move.end !== undefined) addTo(this.#end, move.end)
      const fact = opportunities[i] as FactValues
      for (const { part, arr } of move.parts)
        this.#addPart(part, arr, move, () => movedOf(fact, account, users, part, arr, move))
    }
  }

  #addPart(part: PipelinePart, arr: number, { now }: Move, describe: () => MovedOpportunity): void {
    const sums = this.#parts.get(part)
    if (sums === undefined) throw new RangeError(`The waterfall has no part ${part}`)
    addTo(sums, arr)
    if (now.guessed) sums.guessed += 1
    sums.largest.push(describe())
    if (sums.largest.length >= 2 * this.#limits.most + MARGIN) trim(sums.largest, this.#limits.most)
  }

  take(): WaterfallFacts {
    return {
      start: { ...this.#start },
      parts: [...this.#parts].map(([part, { arr, count, guessed, largest }]) => {
        trim(largest, this.#limits.most)
        return { part, sign: PART_SIGNS[part], arr, count, guessed, opportunities: [...largest] }
      }),
      end: { ...this.#end },
    }
  }
}

/** So many more than are kept are looked through at once. */
const MARGIN = 64

function addTo(sum: { arr: number; count: number }, arr: number): void {
  sum.arr += arr
  sum.count += 1
}

function trim(list: MovedOpportunity[], most: number): void {
  list.sort((a, b) => Math.abs(b.change) - Math.abs(a.change) || (a.id < b.id ? -1 : 1))
  if (list.length > most) list.length = most
}

function movedOf(
  fact: FactValues,
  account: FactValues | null,
  users: DossierFacts['users'],
  part: PipelinePart,
  arr: number,
  { before, now, closedOn }: Move,
): MovedOpportunity {
  return {
    id: String(fact.id),
    name: textOf(fact.name),
    account: textOf(account?.name),
    owner: textOf(users.get(String(fact.ownerId))?.name),
    change: arr === 0 ? 0 : PART_SIGNS[part] * arr,
    arrBefore: before?.arr ?? null,
    arr: now.arr,
    closeOnBefore: dayText(before?.dueOn),
    closeOn: dayText(closedOn ?? now.dueOn),
    isGuessed: now.guessed,
    url: textOf(fact.url),
  }
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}

function dayText(day: Day | undefined): string | null {
  return day === undefined ? null : formatDay(day)
}

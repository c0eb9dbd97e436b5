import type { CountedArr } from '../counted.ts'
import { type Day, type Month, monthIndexOf } from '../day.ts'
import { keyPart, readKeyPart } from '../key-part.ts'
import type { BucketSettings } from '../model.ts'
import { Cell, parseKey, type Tally } from '../tally.ts'
import {
  BUCKET_MOVEMENTS,
  type Bucket,
  type BucketMovement,
  type BucketSink,
  STANDINGS,
  type Standing,
  walkBuckets,
} from './bucket-walk.ts'
import type { Tenure } from './tenures.ts'

const HEAD = 'B'
/**
 * What is counted per month, owner and team; the letters are part of stored keys. `o` (orange) and `g` (green) with the letter of a movement: ARR that
 * moved; `G`, `F`, `B`: how many graduated, fell back, were born green; `s` and a letter: by how much a running count moved.
 */
const LETTERS: Readonly<Record<BucketMovement, string>> = {
  new: 'n',
  expansion: 'e',
  contraction: 'k',
  churn: 'c',
  reactivation: 'r',
  entered: 'i',
  left: 'l',
  reassigned: 'a',
  graduated: 'p',
  fell_back: 'f',
}
const STANDING_LETTERS: Readonly<Record<Standing, string>> = { orange: 'o', green: 'g', near: 'n', out_of_reach: 'x' }
const GRADUATIONS = 'G'
const FALL_BACKS = 'F'
const BORN_GREEN = 'B'

const arrMeasure = (bucket: Bucket, kind: BucketMovement) => (bucket === 'orange' ? 'o' : 'g') + LETTERS[kind]
const standingMeasure = (standing: Standing) => `s${STANDING_LETTERS[standing]}`

const MEASURES: readonly string[] = [
  ...BUCKET_MOVEMENTS.flatMap((kind) => [arrMeasure('orange', kind), arrMeasure('green', kind)]),
  ...STANDINGS.map(standingMeasure),
  GRADUATIONS,
  FALL_BACKS,
  BORN_GREEN,
]
const PLACE: Readonly<Record<string, number>> = Object.fromEntries(MEASURES.map((measure, place) => [measure, place]))

/** Adds what an account does to the buckets of months; integers only. */
export function addToBuckets(tally: Tally, { path, buckets }: CountedArr, settings: BucketSettings): void {
  if (buckets !== null) walkBuckets(path.points, buckets, buckets.until, settings, new TallySink(tally))
}

class TallySink implements BucketSink {
  readonly #tally: Tally

  constructor(tally: Tally) {
    this.#tally = tally
  }

  move(kind: BucketMovement, bucket: Bucket, day: Day, change: number, of: Tenure): void {
    if (kind === 'graduated' || kind === 'fell_back') {
      this.#add(arrMeasure('orange', kind), day, kind === 'graduated' ? -change : change, of)
      this.#add(arrMeasure('green', kind), day, kind === 'graduated' ? change : -change, of)
      this.#add(kind === 'graduated' ? GRADUATIONS : FALL_BACKS, day, 1, of)
    } else this.#add(arrMeasure(bucket, kind), day, change, of)
  }

  bornGreen(day: Day, of: Tenure): void {
    this.#add(BORN_GREEN, day, 1, of)
  }

  stands(as: Standing, day: Day, count: 1 | -1, of: Tenure): void {
    this.#add(standingMeasure(as), day, count, of)
  }

  #add(measure: string, day: Day, value: number, of: Tenure): void {
    const row = this.#tally.row(cellOf(of), monthIndexOf(day))
    this.#tally.add(row, PLACE[measure] as number, value)
  }
}

const cells = new Map<string, Cell>()

function cellOf({ ownerId, team }: Tenure): Cell {
  const tail = `${keyPart(ownerId)}|${keyPart(team)}`
  let cell = cells.get(tail)
  if (cell === undefined) {
    cell = new Cell(HEAD, tail, MEASURES)
    cells.set(tail, cell)
  }
  return cell
}

/** The buckets of one owner, team or the whole company by month. */
export class BucketSeries {
  readonly #values = new Map<string, Map<Month, number>>()

  add(measure: string, month: Month, value: number): void {
    let months = this.#values.get(measure)
    if (months === undefined) {
      months = new Map()
      this.#values.set(measure, months)
    }
    months.set(month, (months.get(month) ?? 0) + value)
  }

  /** By how much a movement changed a bucket in a month. */
  change(bucket: Bucket, kind: BucketMovement, month: Month): number {
    return this.#in(arrMeasure(bucket, kind), month)
  }

  /** ARR of a bucket at the end of a month. */
  end(bucket: Bucket, month: Month): number {
    return BUCKET_MOVEMENTS.reduce((sum, kind) => sum + this.#upTo(arrMeasure(bucket, kind), month), 0)
  }

  graduations(month: Month): number {
    return this.#in(GRADUATIONS, month)
  }

  fallBacks(month: Month): number {
    return this.#in(FALL_BACKS, month)
  }

  bornGreen(month: Month): number {
    return this.#in(BORN_GREEN, month)
  }

  /** How many accounts stand so at the end of a month. */
  standing(as: Standing, month: Month): number {
    return this.#upTo(standingMeasure(as), month)
  }

  /** Whether anything ever happened up to the end of a month. */
  hasBegun(month: Month): boolean {
    for (const months of this.#values.values()) for (const of of months.keys()) if (of <= month) return true
    return false
  }

  #in(measure: string, month: Month): number {
    return this.#values.get(measure)?.get(month) ?? 0
  }

  #upTo(measure: string, month: Month): number {
    let sum = 0
    for (const [of, value] of this.#values.get(measure) ?? []) if (of <= month) sum += value
    return sum
  }
}

/** Reads a stored key; `undefined` for totals of other things. */
export function parseBucketKey(key: string):
  | {
      readonly measure: string
      readonly month: Month
      readonly ownerId: string | undefined
      readonly team: string | undefined
    }
  | undefined {
  const parsed = parseKey(key, HEAD)
  if (parsed === undefined) return undefined
  const [owner = '', team = ''] = parsed.tail.split('|')
  return { measure: parsed.measure, month: parsed.month, ownerId: readKeyPart(owner), team: readKeyPart(team) }
}

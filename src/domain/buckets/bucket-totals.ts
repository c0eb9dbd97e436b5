import type { CountedArr } from '../counted.ts'
import { type Day, type Month, monthIndexOf } from '../day.ts'
import { keyPart, readKeyPart } from '../key-part.ts'
import type { BucketSettings } from '../model.ts'
import { Cell, parseKey, type Row, sumsUnder, type Tally } from '../tally.ts'
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
  opening: 'h',
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
const placeOf = (measure: string) => PLACE[measure] as number

type PlacesOfMovements = Readonly<Record<BucketMovement, number>>
const movementsOf = (bucket: Bucket) =>
  Object.fromEntries(BUCKET_MOVEMENTS.map((kind) => [kind, placeOf(arrMeasure(bucket, kind))])) as PlacesOfMovements
const MOVED: Readonly<Record<Bucket, PlacesOfMovements>> = {
  orange: movementsOf('orange'),
  green: movementsOf('green'),
}
const STANDING = Object.fromEntries(STANDINGS.map((as) => [as, placeOf(standingMeasure(as))])) as Readonly<
  Record<Standing, number>
>
const [GRADUATED, FELL_BACK, BORN] = [placeOf(GRADUATIONS), placeOf(FALL_BACKS), placeOf(BORN_GREEN)] as const

/** Adds what an account does to the buckets of months; integers only. */
export function addToBuckets(tally: Tally, { path, buckets }: CountedArr, settings: BucketSettings): void {
  if (buckets !== null) walkBuckets(path.points, buckets, buckets.until, settings, new TallySink(tally))
}

class TallySink implements BucketSink {
  readonly #tally: Tally
  /** The row that was counted in last: what happens to an account on one day is of one row mostly. */
  #row: Row | undefined
  #day: Day | undefined
  #of: Tenure | undefined

  constructor(tally: Tally) {
    this.#tally = tally
  }

  move(kind: BucketMovement, bucket: Bucket, day: Day, change: number, of: Tenure): void {
    if (kind === 'graduated' || kind === 'fell_back') {
      const toGreen = kind === 'graduated' ? change : -change
      this.#add(MOVED.orange[kind], day, -toGreen, of)
      this.#add(MOVED.green[kind], day, toGreen, of)
      this.#add(kind === 'graduated' ? GRADUATED : FELL_BACK, day, 1, of)
    } else this.#add(MOVED[bucket][kind], day, change, of)
  }

  bornGreen(day: Day, of: Tenure): void {
    this.#add(BORN, day, 1, of)
  }

  stands(as: Standing, day: Day, count: 1 | -1, of: Tenure): void {
    this.#add(STANDING[as], day, count, of)
  }

  #add(place: number, day: Day, value: number, of: Tenure): void {
    if (this.#row === undefined || this.#day !== day || this.#of !== of) {
      this.#row = this.#tally.row(cellOf(of), monthIndexOf(day))
      this.#day = day
      this.#of = of
    }
    this.#tally.add(this.#row, place, value)
  }
}

/** By owner, then by team. */
const cells = new Map<string | undefined, Map<string | undefined, Cell>>()

function cellOf({ ownerId, team }: Tenure): Cell {
  let ofOwner = cells.get(ownerId)
  if (ofOwner === undefined) {
    ofOwner = new Map()
    cells.set(ownerId, ofOwner)
  }
  let cell = ofOwner.get(team)
  if (cell === undefined) {
    cell = new Cell(HEAD, `${keyPart(ownerId)}|${keyPart(team)}`, MEASURES)
    ofOwner.set(team, cell)
  }
  return cell
}

/** The buckets of one owner, team or the whole company by month. */
export class BucketSeries {
  readonly #moved = new Map<Month, number[]>()
  /** Sums up to the end of each month in which anything happened, ascending; made when first asked for. */
  #sums: { readonly month: Month; readonly upTo: readonly number[] }[] | undefined

  add(place: number, month: Month, value: number): void {
    let moved = this.#moved.get(month)
    if (moved === undefined) {
      moved = MEASURES.map(() => 0)
      this.#moved.set(month, moved)
    }
    moved[place] = (moved[place] as number) + value
    this.#sums = undefined
  }

  /** By how much a movement changed a bucket in a month. */
  change(bucket: Bucket, kind: BucketMovement, month: Month): number {
    return this.#in(MOVED[bucket][kind], month)
  }

  /** ARR of a bucket at the end of a month. */
  end(bucket: Bucket, month: Month): number {
    const upTo = this.#upTo(month)
    if (upTo === undefined) return 0
    const places = MOVED[bucket]
    return BUCKET_MOVEMENTS.reduce((sum, kind) => sum + (upTo[places[kind]] as number), 0)
  }

  graduations(month: Month): number {
    return this.#in(GRADUATED, month)
  }

  fallBacks(month: Month): number {
    return this.#in(FELL_BACK, month)
  }

  bornGreen(month: Month): number {
    return this.#in(BORN, month)
  }

  /** How many accounts stand so at the end of a month. */
  standing(as: Standing, month: Month): number {
    return this.#upTo(month)?.[STANDING[as]] ?? 0
  }

  /** Whether anything ever happened up to the end of a month. */
  hasBegun(month: Month): boolean {
    return this.#upTo(month) !== undefined
  }

  #in(place: number, month: Month): number {
    return this.#moved.get(month)?.[place] ?? 0
  }

  #upTo(month: Month): readonly number[] | undefined {
    this.#sums ??= runningSums(this.#moved)
    return this.#sums.findLast((one) => one.month <= month)?.upTo
  }
}

function runningSums(moved: ReadonlyMap<Month, readonly number[]>) {
  let before = MEASURES.map(() => 0)
  return [...moved]
    .sort(([a], [b]) => a - b)
    .map(([month, values]) => {
      before = before.map((sum, place) => sum + (values[place] as number))
      return { month, upTo: before }
    })
}

/** Reads totals, which may hold other things, into series: `seriesOf` tells in which an owner and team count, and is asked once. */
export function readBuckets(
  totals: ReadonlyMap<string, number>,
  seriesOf: (ownerId: string | undefined, team: string | undefined) => readonly BucketSeries[],
): void {
  const byTail = new Map<string, readonly BucketSeries[]>()
  for (const [key, value] of sumsUnder(totals, HEAD)) {
    const parsed = value === 0 ? undefined : parseKey(key, HEAD)
    const place = parsed === undefined ? undefined : PLACE[parsed.measure]
    if (parsed === undefined || place === undefined) continue
    let series = byTail.get(parsed.tail)
    if (series === undefined) {
      const [owner = '', team = ''] = parsed.tail.split('|')
      series = seriesOf(readKeyPart(owner), readKeyPart(team))
      byTail.set(parsed.tail, series)
    }
    for (const one of series) one.add(place, parsed.month, value)
  }
}

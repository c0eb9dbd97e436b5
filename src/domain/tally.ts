import type { Month } from './day.ts'

/**
 * Sums on their way into the totals, which are kept under texts: `Fn|671|won|smb`. While they are added up they are counted in
 * numbers, by cell and month; texts are made once for each sum that moved, when the sums are taken.
 */
export class Tally {
  /** By number of the cell, then by month. */
  readonly #rows: Map<Month, Row>[] = []
  readonly #touched: Row[] = []
  #keyed = new Map<string, number>()
  #sign: 1 | -1 = 1

  /** Whether what follows is added (1) or taken away (-1). */
  turn(sign: 1 | -1): void {
    this.#sign = sign
  }

  /** Where the measures of a cell in a month are counted. */
  row(cell: Cell, month: Month): Row {
    let months = this.#rows[cell.number]
    if (months === undefined) {
      months = new Map()
      this.#rows[cell.number] = months
    }
    let row = months.get(month)
    if (row === undefined) {
      row = new Row(cell, month)
      months.set(month, row)
    }
    return row
  }

  /** Adds to one of the measures of a cell in a month. Integers only. */
  add(row: Row, measure: number, value: number): void {
    this.#touch(row)
    row.sums[measure] = (row.sums[measure] as number) + this.#sign * value
  }

  /** Adds to each measure of a cell in a month, in their order. Integers only. */
  addEach(row: Row, values: ArrayLike<number>): void {
    this.#touch(row)
    const { sums } = row
    for (let measure = 0; measure < values.length; measure += 1)
      sums[measure] = (sums[measure] as number) + this.#sign * (values[measure] as number)
  }

  /** Counts one more under a measure that has a number in its name: `d12`. */
  count(row: Row, measure: string, of: number): void {
    this.#touch(row)
    row.countOne(measure, of, this.#sign)
  }

  /** Adds to a sum that has a key of its own. */
  addKey(key: string, value: number): void {
    this.#keyed.set(key, (this.#keyed.get(key) ?? 0) + this.#sign * value)
  }

  /** By how much each sum moved since the last call; those that did not are left out. */
  take(): Map<string, number> {
    const moved = this.#keyed
    this.#keyed = new Map()
    for (const [key, value] of moved) if (value === 0) moved.delete(key)
    for (const row of this.#touched) row.carryTo(moved)
    this.#touched.length = 0
    return moved
  }

  #touch(row: Row): void {
    if (row.isTouched) return
    row.isTouched = true
    this.#touched.push(row)
  }
}

let cells = 0

/** One place where things are counted by month. Made once for each, since rows are found by its number. */
export class Cell {
  readonly number = cells++
  /** First letter of its keys: what it is a cell of. */
  readonly head: string
  readonly tail: string
  readonly measures: readonly string[]

  constructor(head: string, tail: string, measures: readonly string[]) {
    this.head = head
    this.tail = tail
    this.measures = measures
  }

  key(month: Month, measure: string): string {
    return `${this.head}${measure}|${month}|${this.tail}`
  }
}

/** What came to one cell in one month since the sums were last taken. */
export class Row {
  readonly cell: Cell
  readonly month: Month
  readonly sums: Float64Array
  /** By measure, made when first needed. */
  readonly #keys: string[] = []
  /** Made when first needed: most rows have none. */
  #counts: Map<string, Map<number, number>> | undefined
  isTouched = false

  constructor(cell: Cell, month: Month) {
    this.cell = cell
    this.month = month
    this.sums = new Float64Array(cell.measures.length)
  }

  countOne(measure: string, of: number, sign: 1 | -1): void {
    this.#counts ??= new Map()
    let counts = this.#counts.get(measure)
    if (counts === undefined) {
      counts = new Map()
      this.#counts.set(measure, counts)
    }
    counts.set(of, (counts.get(of) ?? 0) + sign)
  }

  /** Carries everything that is not 0 over, and begins anew. */
  carryTo(totals: Map<string, number>): void {
    this.isTouched = false
    for (let measure = 0; measure < this.sums.length; measure += 1) {
      const sum = this.sums[measure] as number
      if (sum === 0) continue
      this.sums[measure] = 0
      let key = this.#keys[measure]
      if (key === undefined) {
        key = this.cell.key(this.month, this.cell.measures[measure] as string)
        this.#keys[measure] = key
      }
      totals.set(key, sum)
    }
    if (this.#counts === undefined) return
    for (const [measure, counts] of this.#counts) {
      for (const [of, count] of counts) if (count !== 0) totals.set(this.cell.key(this.month, measure + of), count)
      counts.clear()
    }
  }
}

/** What a key of a cell says; `undefined` for keys with another first letter than those of `heads`. */
export function parseKey(
  key: string,
  heads: string,
): { readonly head: string; readonly measure: string; readonly month: Month; readonly tail: string } | undefined {
  const head = key[0]
  // Most keys are of other things: there are many, and whoever tells one kind of facts looks at all of them.
  if (head === undefined || !heads.includes(head)) return undefined
  const first = key.indexOf('|')
  const second = key.indexOf('|', first + 1)
  if (first < 0 || second < 0) return undefined
  return {
    head,
    measure: key.slice(1, first),
    month: Number(key.slice(first + 1, second)),
    tail: key.slice(second + 1),
  }
}

/** Totals, found by the first letter of their keys: there are many, and each kind of facts is made from a few of them. */
export class Sums extends Map<string, number> {
  #byHead: Map<string, [key: string, value: number][]> | undefined

  /** Empty: a map that is filled while it is made would not know its letters yet. */
  constructor() {
    super()
  }

  override set(key: string, value: number): this {
    this.#byHead = undefined
    return super.set(key, value)
  }

  override delete(key: string): boolean {
    this.#byHead = undefined
    return super.delete(key)
  }

  override clear(): void {
    this.#byHead = undefined
    super.clear()
  }

  /** Those under some first letters. */
  under(heads: string): Iterable<readonly [key: string, value: number]> {
    this.#byHead ??= Map.groupBy(this, ([key]) => key[0] ?? '')
    const found = this.#byHead
    return heads.length === 1 ? (found.get(heads) ?? []) : [...heads].flatMap((head) => found.get(head) ?? [])
  }
}

/** Totals whose keys begin with one of some letters; of a map that does not find them, all there are. */
export function sumsUnder(
  totals: ReadonlyMap<string, number>,
  heads: string,
): Iterable<readonly [key: string, value: number]> {
  return totals instanceof Sums ? totals.under(heads) : totals
}

import type { Month } from './day.ts'

/**
 * Sums on their way into the totals, which are kept under texts: `Fn|671|won|smb`. While a batch is added up it is
 * counted in numbers, by cell and month; texts are made once for each sum that moved.
 */
export class Tally {
  readonly #totals: Map<string, number>
  readonly #sign: 1 | -1
  readonly #touched: Row[] = []

  /** Adds (`sign` 1) to `totals`, or takes away (-1). Nothing of it is there before `finish`, but for what `addKey` added. */
  constructor(totals: Map<string, number>, sign: 1 | -1) {
    this.#totals = totals
    this.#sign = sign
  }

  /** Adds to one of the measures of a cell in a month. Integers only. */
  add(row: Row, measure: number, value: number): void {
    if (!row.isTouched) {
      row.isTouched = true
      this.#touched.push(row)
    }
    row.sums[measure] = (row.sums[measure] as number) + this.#sign * value
  }

  /** Adds to a sum that has a key of its own. */
  addKey(key: string, value: number): void {
    this.#totals.set(key, (this.#totals.get(key) ?? 0) + this.#sign * value)
  }

  /** Carries everything over, and leaves nothing behind in the rows, which serve the next batch. */
  finish(): void {
    for (const row of this.#touched) row.carryTo(this.#totals)
    this.#touched.length = 0
  }
}

/** One place where things are counted by month. */
export class Cell {
  /** First letter of its keys: what it is a cell of. */
  readonly head: string
  readonly tail: string
  readonly measures: readonly string[]
  readonly #rows = new Map<Month, Row>()

  constructor(head: string, tail: string, measures: readonly string[]) {
    this.head = head
    this.tail = tail
    this.measures = measures
  }

  row(month: Month): Row {
    let row = this.#rows.get(month)
    if (row === undefined) {
      row = new Row(this, month)
      this.#rows.set(month, row)
    }
    return row
  }

  key(month: Month, measure: string): string {
    return `${this.head}${measure}|${month}|${this.tail}`
  }
}

/** What a batch adds to one cell in one month, until it is carried over to the totals. */
export class Row {
  readonly cell: Cell
  readonly month: Month
  readonly sums: Float64Array
  /** By measure, made when first needed. */
  readonly #keys: string[] = []
  isTouched = false

  constructor(cell: Cell, month: Month) {
    this.cell = cell
    this.month = month
    this.sums = new Float64Array(cell.measures.length)
  }

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
      totals.set(key, (totals.get(key) ?? 0) + sum)
    }
  }
}

/** What a key of a cell says; `undefined` for keys with another first letter than those of `heads`. */
export function parseKey(
  key: string,
  heads: string,
): { readonly head: string; readonly measure: string; readonly month: Month; readonly tail: string } | undefined {
  const head = key[0]
  const first = key.indexOf('|')
  const second = key.indexOf('|', first + 1)
  if (head === undefined || !heads.includes(head) || first < 0 || second < 0) return undefined
  return {
    head,
    measure: key.slice(1, first),
    month: Number(key.slice(first + 1, second)),
    tail: key.slice(second + 1),
  }
}

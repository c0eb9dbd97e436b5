import type { CountedArr } from '../counted.ts'
import { type Month, monthIndexOf } from '../day.ts'
import { Cell, parseKey, type Tally } from '../tally.ts'
import { ARR_MOVEMENTS, type ArrMovement, type ArrMovementKind, arrMovements } from './arr-movements.ts'
import { ARR_METHODS, type ArrMethod } from './arr-path.ts'

/** Over how many months NRR and GRR of a cohort are told, beside those of the month. */
export const COHORT_MONTHS = 12

/**
 * What is counted per month, segment, motion and method of the history; the letters are part of stored keys.
 *
 * Movements: their letter with the ARR, and its capital with the accounts. How much of the ARR of `COHORT_MONTHS` months
 * ago is still there, as changes from month to month: `p` all of it with its growth (NRR), `g` no account above what it
 * had (GRR), `l` accounts; `b` is what they are told of: the ARR of accounts that have any, those below zero left out.
 * `o` is what histories opened with, and `O` how many accounts more had ARR by that.
 */
export const ARR_MEASURES = [...'neckrNECKRpglboO']
const [KEPT, KEPT_AT_MOST, KEPT_ACCOUNTS, BASE, OPENING, OPENING_ACCOUNTS] = [10, 11, 12, 13, 14, 15] as const
/** Places of movements among the measures: here their ARR, `ACCOUNTS` further on the accounts. */
const PLACE: Readonly<Record<ArrMovementKind, number>> = {
  new: 0,
  expansion: 1,
  contraction: 2,
  churn: 3,
  reactivation: 4,
}
const ACCOUNTS = 5
const [OPENED, OPENED_ACCOUNTS] = ['o', 'O'] as const
/** First letter of the keys that `parseArrKey` reads. */
export const ARR_HEAD = 'R'

const arrLetter = (kind: ArrMovementKind) => ARR_MEASURES[PLACE[kind]] as string
const accountsLetter = (kind: ArrMovementKind) => ARR_MEASURES[PLACE[kind] + ACCOUNTS] as string

/** Adds what an account contributes to the ARR of months; integers only. */
export function addToArr(tally: Tally, { segment, motion, path }: CountedArr): void {
  const movements = arrMovements(path)
  if (movements.length === 0) return
  const slice = `${segment ?? 'none'}|${motion ?? 'none'}`
  const { before } = path
  addMovements(
    tally,
    cellOf(`${slice}|${path.method}`),
    movements,
    before === undefined ? undefined : { cell: cellOf(`${slice}|${before.method}`), until: monthIndexOf(before.until) },
  )
}

/**
 * Adds the movements of one account, or of several as one, to a cell of `ARR_MEASURES`; those of months before `until`, which another
 * method told, to one of its own.
 */
export function addMovements(
  tally: Tally,
  cell: Cell,
  movements: readonly ArrMovement[],
  toldBefore?: { readonly cell: Cell; readonly until: Month },
): void {
  const { cell: earlier, until: handedOver } = toldBefore ?? { cell, until: Number.NEGATIVE_INFINITY }
  let told = 0
  for (const { month, kind, start, opening, change, end } of movements) {
    const row = tally.row(month < handedOver ? earlier : cell, month)
    const before = start - opening
    if (month < handedOver) told = end
    tally.add(row, BASE, Math.max(0, end) - Math.max(0, before))
    if (opening !== 0) {
      tally.add(row, OPENING, opening)
      tally.add(row, OPENING_ACCOUNTS, (start > 0 ? 1 : 0) - (before > 0 ? 1 : 0))
    }
    if (kind === 'opening') continue
    tally.add(row, PLACE[kind], change)
    tally.add(row, PLACE[kind] + ACCOUNTS, 1)
  }
  if (earlier !== cell && told !== 0) {
    // From one method to the other: in all it comes to nothing.
    for (const [of, sign] of [
      [earlier, -1],
      [cell, 1],
    ] as const) {
      const row = tally.row(of, handedOver)
      tally.add(row, OPENING, sign * told)
      if (told > 0) tally.add(row, OPENING_ACCOUNTS, sign)
    }
  }
  addRetained(tally, cell, movements)
}

/** The ARR of those who paid `COHORT_MONTHS` ago moves only in months in which theirs moves, and as long after those. */
function addRetained(tally: Tally, cell: Cell, movements: readonly ArrMovement[]): void {
  let [ofNow, ofThen] = [0, 0]
  let [now, then] = [0, 0]
  let [net, gross, accounts] = [0, 0, 0]
  while (ofThen < movements.length) {
    const nextNow = movements[ofNow]?.month ?? Number.POSITIVE_INFINITY
    const nextThen = (movements[ofThen] as ArrMovement).month + COHORT_MONTHS
    const month = Math.min(nextNow, nextThen)
    if (nextNow === month) now = (movements[ofNow++] as ArrMovement).end
    if (nextThen === month) then = (movements[ofThen++] as ArrMovement).end
    const paid = then > 0
    const [netNow, grossNow, accountsNow] = paid ? [now, Math.min(then, now), now > 0 ? 1 : 0] : [0, 0, 0]
    if (netNow !== net || grossNow !== gross || accountsNow !== accounts) {
      const row = tally.row(cell, month)
      tally.add(row, KEPT, netNow - net)
      tally.add(row, KEPT_AT_MOST, grossNow - gross)
      tally.add(row, KEPT_ACCOUNTS, accountsNow - accounts)
      net = netNow
      gross = grossNow
      accounts = accountsNow
    }
  }
}

const cells = new Map<string, Cell>()

function cellOf(tail: string): Cell {
  let cell = cells.get(tail)
  if (cell === undefined) {
    cell = new Cell(ARR_HEAD, tail, ARR_MEASURES)
    cells.set(tail, cell)
  }
  return cell
}

/** The totals of one slice by month. Months ahead there are none: paths end today. */
export class ArrSeries {
  readonly #values = new Map<string, Map<Month, number>>()

  add(measure: string, month: Month, value: number): void {
    let months = this.#values.get(measure)
    if (months === undefined) {
      months = new Map()
      this.#values.set(measure, months)
    }
    months.set(month, (months.get(month) ?? 0) + value)
  }

  /** What moved in a month, in ARR. */
  change(kind: ArrMovementKind, month: Month): number {
    return this.#values.get(arrLetter(kind))?.get(month) ?? 0
  }

  accounts(kind: ArrMovementKind, month: Month): number {
    return this.#values.get(accountsLetter(kind))?.get(month) ?? 0
  }

  /** What histories that open in a month begin with, beyond what had been told of those accounts. */
  opening(month: Month): number {
    return this.#values.get(OPENED)?.get(month) ?? 0
  }

  /** How many accounts more have ARR by that. */
  openingAccounts(month: Month): number {
    return this.#values.get(OPENED_ACCOUNTS)?.get(month) ?? 0
  }

  /** ARR at the end of a month. */
  end(month: Month): number {
    return ARR_MOVEMENTS.reduce((sum, kind) => sum + this.#upTo(arrLetter(kind), month), this.#upTo(OPENED, month))
  }

  /** Whether any account had ARR at the end of a month, or of one before, or history opened with any. */
  everPaid(month: Month): boolean {
    return this.#hasAny(accountsLetter('new'), month) || this.#hasAny(OPENED, month)
  }

  #hasAny(measure: string, month: Month): boolean {
    for (const [of, value] of this.#values.get(measure) ?? []) if (of <= month && value !== 0) return true
    return false
  }

  /** Accounts with ARR at the end of a month. */
  active(month: Month): number {
    const count = (kind: ArrMovementKind) => this.#upTo(accountsLetter(kind), month)
    return count('new') + count('reactivation') - count('churn') + this.#upTo(OPENED_ACCOUNTS, month)
  }

  /** What is there at the end of a month of the ARR (`base`) and accounts of `COHORT_MONTHS` before. */
  retained(month: Month): {
    readonly base: number
    readonly net: number
    readonly gross: number
    readonly accounts: number
  } {
    const base = this.#upTo('b', month - COHORT_MONTHS)
    return { base, net: this.#upTo('p', month), gross: this.#upTo('g', month), accounts: this.#upTo('l', month) }
  }

  #upTo(measure: string, month: Month): number {
    let sum = 0
    for (const [of, value] of this.#values.get(measure) ?? []) if (of <= month) sum += value
    return sum
  }
}

/** Reads a stored key; `undefined` for totals of other things. */
export function parseArrKey(key: string):
  | {
      readonly measure: string
      readonly month: Month
      readonly segment: string
      readonly motion: string
      readonly method: ArrMethod
    }
  | undefined {
  const parsed = parseKey(key, ARR_HEAD)
  if (parsed === undefined) return undefined
  const [segment = '', motion = '', method = ''] = parsed.tail.split('|')
  if (!(ARR_METHODS as readonly string[]).includes(method)) return undefined
  return { measure: parsed.measure, month: parsed.month, segment, motion, method: method as ArrMethod }
}

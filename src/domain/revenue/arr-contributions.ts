import type { Month } from '../day.ts'
import type { FactValues } from '../facts.ts'
import { ARR_MOVEMENTS, type ArrMovement, type ArrMovementKind } from './arr-movements.ts'
import { ARR_METHODS, type ArrMethod, type ArrPath } from './arr-path.ts'

/** Over how many months NRR and GRR of a cohort are told, beside those of the month. */
export const COHORT_MONTHS = 12

/**
 * What is counted per month, segment, motion and method of the history; part of stored keys.
 *
 * Movements: their letter with the ARR, and its capital with the accounts. How much of the ARR of `COHORT_MONTHS` months
 * ago is still there, as changes from month to month: `p` all of it with its growth (NRR), `g` no account above what it
 * had (GRR), `l` accounts.
 */
const LETTERS: Readonly<Record<ArrMovementKind, string>> = {
  new: 'n',
  expansion: 'e',
  contraction: 'c',
  churn: 'k',
  reactivation: 'r',
}
const HEAD = 'R'

/**
 * Adds (`sign` 1) or takes away (-1) what an account contributes to the ARR of months. Depends on the account's kept fact
 * alone; integers only; adding commutes.
 */
export function addArr(
  totals: Map<string, number>,
  account: FactValues,
  path: ArrPath,
  movements: readonly ArrMovement[],
  sign: 1 | -1,
): void {
  const tail = `${account.segment ?? 'none'}|${account.motion ?? 'none'}|${path.method}`
  const add = (month: Month, measure: string, value: number) => {
    if (value === 0) return
    const key = `${HEAD}${measure}|${month}|${tail}`
    totals.set(key, (totals.get(key) ?? 0) + sign * value)
  }
  for (const { month, kind, change } of movements) {
    add(month, LETTERS[kind], change)
    add(month, LETTERS[kind].toUpperCase(), 1)
  }
  addRetained(movements, add)
}

/** The ARR of those who paid `COHORT_MONTHS` ago moves only in months in which theirs moves, and as long after those. */
function addRetained(
  movements: readonly ArrMovement[],
  add: (month: Month, measure: string, value: number) => void,
): void {
  const months = new Set(movements.flatMap(({ month }) => [month, month + COHORT_MONTHS]))
  const endOf = (month: Month) => movements.findLast((movement) => movement.month <= month)?.end ?? 0
  let before = { net: 0, gross: 0, accounts: 0 }
  for (const month of [...months].sort((a, b) => a - b)) {
    const [then, now] = [endOf(month - COHORT_MONTHS), endOf(month)]
    const here =
      then > 0 ? { net: now, gross: Math.min(then, now), accounts: now > 0 ? 1 : 0 } : { net: 0, gross: 0, accounts: 0 }
    add(month, 'p', here.net - before.net)
    add(month, 'g', here.gross - before.gross)
    add(month, 'l', here.accounts - before.accounts)
    before = here
  }
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
    return this.#values.get(LETTERS[kind])?.get(month) ?? 0
  }

  accounts(kind: ArrMovementKind, month: Month): number {
    return this.#values.get(LETTERS[kind].toUpperCase())?.get(month) ?? 0
  }

  /** ARR at the end of a month. */
  end(month: Month): number {
    return ARR_MOVEMENTS.reduce((sum, kind) => sum + this.#upTo(LETTERS[kind], month), 0)
  }

  /** Whether any account had ARR at the end of a month, or of one before. */
  everPaid(month: Month): boolean {
    return this.#upTo('N', month) > 0
  }

  /** Accounts with ARR at the end of a month. */
  active(month: Month): number {
    const count = (kind: ArrMovementKind) => this.#upTo(LETTERS[kind].toUpperCase(), month)
    return count('new') + count('reactivation') - count('churn')
  }

  /** What is there at the end of a month of the ARR and accounts of `COHORT_MONTHS` before. */
  retained(month: Month): { readonly net: number; readonly gross: number; readonly accounts: number } {
    return { net: this.#upTo('p', month), gross: this.#upTo('g', month), accounts: this.#upTo('l', month) }
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
  if (key[0] !== HEAD) return undefined
  const [measure = '', month = '', segment = '', motion = '', method = ''] = key.slice(1).split('|')
  if (!(ARR_METHODS as readonly string[]).includes(method)) return undefined
  return { measure, month: Number(month), segment, motion, method: method as ArrMethod }
}

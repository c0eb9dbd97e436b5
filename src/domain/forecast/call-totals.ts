import { CATEGORIES, type Category, type CountedOpportunity } from '../counted.ts'
import { type Month, monthIndexOf } from '../day.ts'
import { Cell, parseKey, type Tally } from '../tally.ts'

const HEAD = 'K'
/** What is open by category and month of its close date, as it is now: `a` ARR, `n` opportunities; part of stored keys. */
const MEASURES = ['a', 'n'] as const
const [ARR, COUNT] = [0, 1] as const

/** Renewals among what is open, omitted ones left out, by close date; and among what is won, by the month of the win. */
const RENEWALS = { due: 'renewal_due', won: 'renewal_won' } as const
const RENEWAL_CELLS = { due: new Cell(HEAD, RENEWALS.due, MEASURES), won: new Cell(HEAD, RENEWALS.won, MEASURES) }
const CELLS: Readonly<Record<Category, Cell>> = Object.fromEntries(
  CATEGORIES.map((category) => [category, new Cell(HEAD, category, MEASURES)]),
) as Record<Category, Cell>

/** Adds an open opportunity with a close date to what sales says of the month it is due in, and tells renewals apart; integers only. */
export function addToCalls(tally: Tally, { state, category, path, isRenewal }: CountedOpportunity): void {
  const last = path[path.length - 1]
  if (last === undefined) return
  const add = (cell: Cell, month: Month) => {
    const row = tally.row(cell, month)
    tally.add(row, ARR, last.arr)
    tally.add(row, COUNT, 1)
  }
  if (state === 'won' && isRenewal) add(RENEWAL_CELLS.won, last.month)
  if (state !== 'open' || last.dueOn === undefined) return
  const month = monthIndexOf(last.dueOn)
  add(CELLS[category], month)
  if (isRenewal && category !== 'omitted') add(RENEWAL_CELLS.due, month)
}

/** What is open now and due in some months, by what sales says of it, in ARR. */
export type OpenDue = (category: Category, from: Month, to: Month) => number

/** ARR of renewals in some months: of those that are open and due, and of those that are won. */
export type RenewalArr = (of: keyof typeof RENEWALS, from: Month, to: Month) => number

/** Reads what `addToCalls` added up to; `totals` may hold other things. What is won on a day ahead counts in the current month. */
export function readCalls(
  totals: ReadonlyMap<string, number>,
  current: Month,
): { readonly openDue: OpenDue; readonly renewals: RenewalArr } {
  const sums = new Map<string, number>()
  for (const [key, value] of totals) {
    const parsed = parseKey(key, HEAD)
    if (parsed?.measure !== MEASURES[ARR]) continue
    const month = parsed.tail === RENEWALS.won ? Math.min(parsed.month, current) : parsed.month
    const at = `${parsed.tail}|${month}`
    sums.set(at, (sums.get(at) ?? 0) + value)
  }
  const sumOf = (tail: string, from: Month, to: Month) => {
    let sum = 0
    for (let month = from; month <= to; month += 1) sum += sums.get(`${tail}|${month}`) ?? 0
    return sum
  }
  return { openDue: sumOf, renewals: (of, from, to) => sumOf(RENEWALS[of], from, to) }
}

import { CATEGORIES, type Category, type CountedOpportunity } from '../counted.ts'
import { type Month, monthIndexOf } from '../day.ts'
import { Cell, parseKey, type Tally } from '../tally.ts'

const HEAD = 'K'
/** What is open by category and month of its close date, as it is now: `a` ARR, `n` opportunities; part of stored keys. */
const MEASURES = ['a', 'n'] as const
const [ARR, COUNT] = [0, 1] as const

const CELLS: Readonly<Record<Category, Cell>> = Object.fromEntries(
  CATEGORIES.map((category) => [category, new Cell(HEAD, category, MEASURES)]),
) as Record<Category, Cell>

/** Adds an open opportunity with a close date to what sales says of the month it is due in; integers only. */
export function addToCalls(tally: Tally, { state, category, path }: CountedOpportunity): void {
  const last = path[path.length - 1]
  if (state !== 'open' || last?.dueOn === undefined) return
  const row = tally.row(CELLS[category], monthIndexOf(last.dueOn))
  tally.add(row, ARR, last.arr)
  tally.add(row, COUNT, 1)
}

/** What is open now and due in some months, by what sales says of it, in ARR. */
export type OpenDue = (category: Category, from: Month, to: Month) => number

/** Reads what `addToCalls` added up to; `totals` may hold other things. */
export function readOpenDue(totals: ReadonlyMap<string, number>): OpenDue {
  const sums = new Map<string, number>()
  for (const [key, value] of totals) {
    const parsed = parseKey(key, HEAD)
    if (parsed?.measure === MEASURES[ARR]) sums.set(`${parsed.tail}|${parsed.month}`, value)
  }
  return (category, from, to) => {
    let sum = 0
    for (let month = from; month <= to; month += 1) sum += sums.get(`${category}|${month}`) ?? 0
    return sum
  }
}

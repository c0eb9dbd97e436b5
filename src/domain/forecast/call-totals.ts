import { CATEGORIES, type Category, type CountedOpportunity } from '../counted.ts'
import { type Month, monthIndexOf } from '../day.ts'
import { Cell, parseKey, sumsUnder, type Tally } from '../tally.ts'

const HEAD = 'K'
/** What is open by category and month of its close date, as it is now: `a` ARR, `n` opportunities; part of stored keys. */
const MEASURES = ['a', 'n'] as const
const [ARR, COUNT] = [0, 1] as const

/** What fills only some targets: the others are new business. */
const KINDS = ['renewal', 'expansion'] as const
type Kind = (typeof KINDS)[number]
/** Those among what is open, omitted ones left out, by close date; and among what is won, by the month of the win. */
const DUE: Readonly<Record<Kind, string>> = { renewal: 'renewal_due', expansion: 'expansion_due' }
const WON: Readonly<Record<Kind, string>> = { renewal: 'renewal_won', expansion: 'expansion_won' }
const KIND_CELLS: Readonly<Record<Kind, { readonly due: Cell; readonly won: Cell }>> = {
  renewal: { due: new Cell(HEAD, DUE.renewal, MEASURES), won: new Cell(HEAD, WON.renewal, MEASURES) },
  expansion: { due: new Cell(HEAD, DUE.expansion, MEASURES), won: new Cell(HEAD, WON.expansion, MEASURES) },
}
const CELLS: Readonly<Record<Category, Cell>> = Object.fromEntries(
  CATEGORIES.map((category) => [category, new Cell(HEAD, category, MEASURES)]),
) as Record<Category, Cell>

/** Adds an open opportunity with a close date to what sales says of the month it is due in, and tells renewals and expansions apart; integers only. */
export function addToCalls(tally: Tally, one: CountedOpportunity): void {
  const { state, category, path } = one
  const last = path[path.length - 1]
  if (last === undefined) return
  const add = (cell: Cell, month: Month) => {
    const row = tally.row(cell, month)
    tally.add(row, ARR, last.arr)
    tally.add(row, COUNT, 1)
  }
  const cells = one.isRenewal ? KIND_CELLS.renewal : one.isExpansion ? KIND_CELLS.expansion : undefined
  if (state === 'won' && cells !== undefined) add(cells.won, last.month)
  if (state !== 'open' || last.dueOn === undefined) return
  const month = monthIndexOf(last.dueOn)
  add(CELLS[category], month)
  if (cells !== undefined && category !== 'omitted') add(cells.due, month)
}

/** What is open now and due in some months, by what sales says of it, in ARR. */
export type OpenDue = (category: Category, from: Month, to: Month) => number

/** ARR of renewals, or of expansions, in some months: of those that are open and due, and of those that are won. */
export type KindArr = (kind: Kind, of: 'due' | 'won', from: Month, to: Month) => number

/** Reads what `addToCalls` added up to; `totals` may hold other things. What is won on a day ahead counts in the current month. */
export function readCalls(
  totals: ReadonlyMap<string, number>,
  current: Month,
): { readonly openDue: OpenDue; readonly ofKind: KindArr } {
  const sums = new Map<string, number>()
  for (const [key, value] of sumsUnder(totals, HEAD)) {
    const parsed = parseKey(key, HEAD)
    if (parsed?.measure !== MEASURES[ARR]) continue
    const month = Object.values(WON).includes(parsed.tail) ? Math.min(parsed.month, current) : parsed.month
    const at = `${parsed.tail}|${month}`
    sums.set(at, (sums.get(at) ?? 0) + value)
  }
  const sumOf = (tail: string, from: Month, to: Month) => {
    let sum = 0
    for (let month = from; month <= to; month += 1) sum += sums.get(`${tail}|${month}`) ?? 0
    return sum
  }
  return { openDue: sumOf, ofKind: (kind, of, from, to) => sumOf((of === 'due' ? DUE : WON)[kind], from, to) }
}

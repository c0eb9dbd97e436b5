import type { CountedArr } from '../counted.ts'
import type { Month } from '../day.ts'
import { keyPart } from '../key-part.ts'
import { Cell, parseKey, sumsUnder, Tally } from '../tally.ts'
import { ARR_MEASURES, type ArrSeries, addMovements } from './arr-contributions.ts'
import { type ArrMovement, arrMovements, kindOfChange } from './arr-movements.ts'

/** First letters of keys: what accounts of families come to one by one, and by how much the ARR of each family moved (`a`), and what its histories opened with (`o`). */
const [ALONE, FAMILY] = ['j', 'J'] as const

/**
 * Adds what it takes to count a family as one customer; integers only. An account is of one family: its parent’s, where it has one, else
 * its own, where others name it as theirs. One without a family adds nothing: it is a customer by itself, as an account is.
 */
export function addToCustomers(tally: Tally, { segment, motion, path, families: [family] }: CountedArr): void {
  if (family === undefined) return
  const movements = arrMovements(path)
  if (movements.length === 0) return
  const slice = `${segment ?? 'none'}|${motion ?? 'none'}`
  addMovements(tally, cellOf(ALONE, slice, ARR_MEASURES), movements)
  const cell = cellOf(FAMILY, `${slice}|${keyPart(family)}`, ['a', 'o'])
  for (const { month, change, opening } of movements) tally.addEach(tally.row(cell, month), [change, opening])
}

const cells = new Map<string, Cell>()

function cellOf(head: string, tail: string, measures: readonly string[]): Cell {
  let cell = cells.get(head + tail)
  if (cell === undefined) {
    cell = new Cell(head, tail, measures)
    cells.set(head + tail, cell)
  }
  return cell
}

/**
 * Makes series of accounts those of customers: accounts of families are taken out, and each family is put in as if it were one
 * account. `seriesOf`: which series accounts of a segment and motion are in; a family is in each of them with its accounts there.
 */
export function countCustomers(
  totals: ReadonlyMap<string, number>,
  seriesOf: (segment: string, motion: string) => readonly ArrSeries[],
): void {
  const families = new Map<ArrSeries, Map<string, Map<Month, Moved>>>()
  for (const [key, value] of sumsUnder(totals, ALONE + FAMILY)) {
    const parsed = value === 0 ? undefined : parseKey(key, ALONE + FAMILY)
    if (parsed === undefined) continue
    const { head, measure, month } = parsed
    const [segment = '', motion = '', family = ''] = parsed.tail.split('|')
    for (const series of seriesOf(segment, motion)) {
      if (head === ALONE) {
        series.add(measure, month, -value)
        continue
      }
      const ofSeries = families.get(series) ?? new Map<string, Map<Month, Moved>>()
      families.set(series, ofSeries)
      const months = ofSeries.get(family) ?? new Map<Month, Moved>()
      ofSeries.set(family, months)
      const moved = months.get(month) ?? { a: 0, o: 0 }
      months.set(month, moved)
      moved[measure as keyof Moved] += value
    }
  }
  for (const [series, ofSeries] of families) {
    const tally = new Tally()
    for (const months of ofSeries.values()) addMovements(tally, TOGETHER, movementsOf(months))
    for (const [key, value] of tally.take()) {
      const { measure, month } = parseKey(key, ALONE) ?? { measure: '', month: 0 }
      series.add(measure, month, value)
    }
  }
}

const TOGETHER = new Cell(ALONE, 'together', ARR_MEASURES)

/** What a family changed by in a month, and opened with. */
type Moved = Record<'a' | 'o', number>

/** The movements of a family, by what its ARR changed in each month. */
function movementsOf(months: ReadonlyMap<Month, Moved>): ArrMovement[] {
  const movements: ArrMovement[] = []
  let [before, hasPaid] = [0, false]
  for (const [month, { a: change, o: opening }] of [...months].sort(([a], [b]) => a - b)) {
    if (change === 0 && opening === 0) continue
    const start = before + opening
    const end = start + change
    hasPaid ||= start > 0
    const kind = change === 0 ? 'opening' : kindOfChange(start, end, hasPaid)
    movements.push({ month, kind, start, opening, change, end })
    hasPaid ||= end > 0
    before = end
  }
  return movements
}

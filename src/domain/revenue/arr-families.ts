import type { CountedArr } from '../counted.ts'
import { type Day, firstDayOf, formatMonth, type Month, monthIndexOf } from '../day.ts'
import type { FactValues } from '../facts.ts'
import { keyPart, readKeyPart } from '../key-part.ts'
import type { Model } from '../model.ts'
import { Cell, parseKey, sumsUnder, type Tally } from '../tally.ts'
import { type ArrMovementKind, arrMovements, kindOfChange } from './arr-movements.ts'

const [MOVED, PARENT] = ['f', 'e'] as const
/** By family and month: `a` by how much its ARR moved, `n` by how many its accounts with ARR, `o` what histories opened with. */
const MEASURES = [...'ano'] as const

/**
 * Which families an account counts for: that of its parent, and its own where others name it as theirs. One in the middle counts for
 * both, each time as itself alone: what is below it is told in its own family.
 */
export function familiesOf(id: string, parentId: string | undefined, parents: ReadonlySet<string>): string[] {
  const families = parentId === undefined || parentId === id ? [] : [parentId]
  if (parents.has(id)) families.push(id)
  return families
}

/** Adds an account's ARR movements to its families, and that it names a parent; integers only. One without a family adds nothing. */
export function addToFamilies(tally: Tally, { path, families, parentId }: CountedArr): void {
  if (parentId !== undefined) tally.addKey(`${PARENT}|${keyPart(parentId)}`, 1)
  if (families.length === 0) return
  const movements = arrMovements(path)
  for (const family of families) {
    const cell = cellOf(family)
    for (const { month, start, opening, change, end } of movements) {
      const row = tally.row(cell, month)
      tally.add(row, 0, change)
      tally.add(row, 1, (end > 0 ? 1 : 0) - (start - opening > 0 ? 1 : 0))
      if (opening !== 0) tally.add(row, 2, opening)
    }
  }
}

const cells = new Map<string, Cell>()

function cellOf(family: string): Cell {
  let cell = cells.get(family)
  if (cell === undefined) {
    cell = new Cell(MOVED, keyPart(family), MEASURES)
    cells.set(family, cell)
  }
  return cell
}

/** The accounts that others with an ARR history name as their parent, in order; `totals` may hold other things. */
export function readParents(totals: ReadonlyMap<string, number>): string[] {
  const parents: string[] = []
  for (const [key, value] of sumsUnder(totals, PARENT)) {
    if (value > 0 && key.startsWith(`${PARENT}|`)) parents.push(readKeyPart(key.slice(PARENT.length + 1)) ?? '')
  }
  return parents.sort()
}

/**
 * One fact for each month in which the ARR of a family, a parent with the accounts that name it, moved as that of one customer; of the
 * newest `funnelMonths` months, by id. A family is new with its first ARR and churns with the end of its last: one account of several that
 * leaves is a contraction. In each row start + change = end; what snapshots begin with in a month is in its start.
 */
export function familyFacts(totals: ReadonlyMap<string, number>, model: Model, day: Day): FactValues[] {
  const current = monthIndexOf(day)
  const families = new Map<string, Map<Month, FamilyMonth>>()
  for (const [key, value] of sumsUnder(totals, MOVED)) {
    const parsed = value === 0 ? undefined : parseKey(key, MOVED)
    if (parsed === undefined) continue
    const months = families.get(parsed.tail) ?? new Map<Month, FamilyMonth>()
    families.set(parsed.tail, months)
    const moved = months.get(parsed.month) ?? { a: 0, n: 0, o: 0 }
    months.set(parsed.month, moved)
    moved[parsed.measure as keyof FamilyMonth] = value
  }
  const rows: FactValues[] = []
  for (const [tail, months] of families) {
    const accountId = readKeyPart(tail) ?? ''
    let [before, accounts, hasPaid] = [0, 0, false]
    for (const [month, { a, n, o }] of [...months].sort(([x], [y]) => x - y)) {
      const start = before + o
      const end = start + a
      hasPaid ||= start > 0
      accounts += n
      if (a !== 0 && month > current - model.funnelMonths)
        rows.push(rowOf(accountId, month, kindOfChange(start, end, hasPaid), start, end, accounts, month === current))
      hasPaid ||= end > 0
      before = end
    }
  }
  return rows.sort((x, y) => (String(x.id) < String(y.id) ? -1 : 1))
}

type FamilyMonth = Record<'a' | 'n' | 'o', number>

function rowOf(
  accountId: string,
  month: Month,
  kind: ArrMovementKind,
  start: number,
  end: number,
  accounts: number,
  isOpen: boolean,
): FactValues {
  const name = formatMonth(month)
  const id = `${accountId}:${name}`
  return {
    id,
    accountId,
    month: name,
    monthOn: firstDayOf(month),
    kind,
    start,
    change: end - start,
    end,
    accounts,
    isOpen,
  }
}

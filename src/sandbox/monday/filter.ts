import { invalidArgument, invalidColumn } from './errors.ts'
import type { ColumnRow, ItemRow, MondayState } from './state.ts'

/** `query_params` of a page of items, as GraphQL coerced it. */
export interface ItemsQuery {
  readonly groups?: readonly QueryGroup[] | null
  readonly ids?: readonly string[] | null
  readonly operator?: 'and' | 'or' | null
  readonly order_by?: readonly { readonly column_id: string; readonly direction?: 'asc' | 'desc' | null }[] | null
  readonly rules?: readonly QueryRule[] | null
}

interface QueryGroup {
  readonly groups?: readonly QueryGroup[] | null
  readonly operator?: 'and' | 'or' | null
  readonly rules?: readonly QueryRule[] | null
}

interface QueryRule {
  readonly column_id: string
  readonly compare_value: unknown
  readonly operator?: string | null
}

type Test = (item: ItemRow) => boolean

/** A test for the items that a query asks for; throws for what monday refuses. */
export function itemTest(query: ItemsQuery | null | undefined, boardId: number, state: MondayState): Test {
  if (query == null) return () => true
  const ids = query.ids == null ? null : new Set(query.ids.map(String))
  const test = groupTest(query, boardId, state)
  return (item) => (ids === null || ids.has(String(item.id))) && test(item)
}

function groupTest(group: QueryGroup, boardId: number, state: MondayState): Test {
  const tests = [
    ...(group.rules ?? []).map((rule) => ruleTest(rule, boardId, state)),
    ...(group.groups ?? []).map((inner) => groupTest(inner, boardId, state)),
  ]
  if (tests.length === 0) return () => true
  return group.operator === 'or'
    ? (item) => tests.some((test) => test(item))
    : (item) => tests.every((test) => test(item))
}

function ruleTest(rule: QueryRule, boardId: number, state: MondayState): Test {
  const operands = valuesOf(boardId, rule.column_id, state)
  const wanted = Array.isArray(rule.compare_value)
    ? rule.compare_value.map(operandText)
    : [operandText(rule.compare_value)]
  const first = wanted[0] ?? ''
  const compare = (test: (difference: number) => boolean): Test => {
    return (item) => operands(item).some((value) => test(compareValues(value, first)))
  }
  const contains: Test = (item) => operands.text(item).toLowerCase().includes(first.toLowerCase())
  switch (rule.operator ?? 'any_of') {
    case 'any_of':
      return (item) => operands(item).some((value) => wanted.includes(value))
    case 'not_any_of':
      return (item) => !operands(item).some((value) => wanted.includes(value))
    case 'is_empty':
      return (item) => operands.text(item) === ''
    case 'is_not_empty':
      return (item) => operands.text(item) !== ''
    case 'contains_text':
    case 'contains_terms':
      return contains
    case 'not_contains_text':
      return (item) => !contains(item)
    case 'starts_with':
      return (item) => operands.text(item).toLowerCase().startsWith(first.toLowerCase())
    case 'greater_than':
      return compare((difference) => difference > 0)
    case 'greater_than_or_equals':
      return compare((difference) => difference >= 0)
    case 'lower_than':
      return compare((difference) => difference < 0)
    case 'lower_than_or_equal':
      return compare((difference) => difference <= 0)
    case 'between':
      return (item) =>
        operands(item).some(
          (value) => compareValues(value, first) >= 0 && compareValues(value, wanted[1] ?? first) <= 0,
        )
    default:
      throw invalidArgument(`Operator ${rule.operator} is not supported for column ${rule.column_id}`, {
        column_id: rule.column_id,
      })
  }
}

/** `["EXACT", "2026-07-01"]` and `["person-123"]` are how monday wants dates and people compared. */
function operandText(value: unknown): string {
  return value === null ? '' : String(value)
}

interface Operands {
  (item: ItemRow): string[]
  readonly text: (item: ItemRow) => string
}

/** What rules compare of a column: label ids for status and dropdown (texts match nothing), texts for the others. */
function valuesOf(boardId: number, columnId: string, state: MondayState): Operands {
  const plain = (read: (item: ItemRow) => string): Operands =>
    Object.assign((item: ItemRow) => [read(item)], { text: read })
  if (columnId === 'name') return plain((item) => item.name)
  if (columnId === '__creation_log__') return plain((item) => item.created_at)
  if (columnId === '__last_updated__') return plain((item) => item.updated_at)
  if (columnId === 'group') return plain((item) => item.group_id)
  const column = state.column(boardId, columnId)
  if (column === undefined) throw invalidColumn(columnId, boardId)
  const text = (item: ItemRow) => state.text(column, item.cells[column.id])
  return Object.assign((item: ItemRow) => cellOperands(column, item, text), { text })
}

function cellOperands(column: ColumnRow, item: ItemRow, text: (item: ItemRow) => string): string[] {
  const cell = item.cells[column.id]
  if (column.type === 'status') return [cell?.type === 'status' ? String(cell.index) : '5']
  if (cell?.type === 'dropdown') return cell.ids.map(String)
  if (cell?.type === 'people') return cell.people.map((person) => `person-${person.id}`)
  // A checkbox never matches `any_of`: only is_empty and is_not_empty tell.
  if (column.type === 'checkbox') return []
  return [cell?.type === 'date' ? cell.date : text(item)]
}

function compareValues(a: string, b: string): number {
  const [x, y] = [Number(a), Number(b)]
  if (a !== '' && b !== '' && Number.isFinite(x) && Number.isFinite(y)) return x - y
  if (a === '' || b === '') return Number.NaN
  return a < b ? -1 : a > b ? 1 : 0
}

/** Compares items by `order_by`, then by age; empty values last. */
export function itemOrder(
  order: NonNullable<ItemsQuery['order_by']>,
  boardId: number,
  state: MondayState,
): (a: ItemRow, b: ItemRow) => number {
  const keys = order.map(({ column_id, direction }) => ({
    operands: valuesOf(boardId, column_id, state),
    sign: direction === 'desc' ? -1 : 1,
  }))
  return (a, b) => {
    for (const { operands, sign } of keys) {
      const [x, y] = [operands.text(a), operands.text(b)]
      if (x === y) continue
      if (x === '' || y === '') return x === '' ? 1 : -1
      const difference = compareValues(x, y)
      if (difference !== 0) return difference * sign
    }
    return a.id - b.id
  }
}

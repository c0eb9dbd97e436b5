import { MondayError } from './errors.ts'
import type { ItemRow, MondayState, ValidationRule } from './state.ts'

/** Plans that have validation rules; on others they are neither told nor held. */
export const PLANS_WITH_RULES: ReadonlySet<string> = new Set(['pro', 'enterprise'])

/**
 * Throws `DATA_VALIDATIONS_ERROR` for an item that lacks a required column or breaks a rule of its board. Of an item that was
 * there `before`, only columns that were changed are looked at.
 */
export function assertValid(item: ItemRow, before: ItemRow | null, state: MondayState, plan: string): void {
  if (!PLANS_WITH_RULES.has(plan)) return
  const { required, rules } = state.validations(item.board_id)
  const isNew = (id: string) => before === null || before.cells[id] !== item.cells[id]
  const lacking = required.filter((id) => isNew(id) && textOf(item, id, state) === '')
  if (lacking.length > 0) throw invalid(item, lacking, 'Required columns are missing a value')
  for (const rule of rules) {
    const broken = rule.then.groups.filter(
      (one) => isNew(one.column_id) && !holds(one, textOf(item, one.column_id, state)),
    )
    const columns = broken.map((one) => one.column_id)
    if (broken.length > 0) throw invalid(item, columns, 'The value does not meet a validation rule of the board')
  }
}

function textOf(item: ItemRow, columnId: string, state: MondayState): string {
  if (columnId === 'name') return item.name
  const column = state.column(item.board_id, columnId)
  return column === undefined ? '' : state.text(column, item.cells[columnId])
}

function holds(constraint: ValidationRule['then']['groups'][number], text: string): boolean {
  const values = (constraint.compare_value ?? []).map(String)
  switch (constraint.operator) {
    case 'IS_NOT_EMPTY':
      return text !== ''
    case 'ANY_OF':
      return values.includes(text)
    case 'NOT_ANY_OF':
      return !values.includes(text)
    case 'GREATER_THAN':
      return text !== '' && Number(text) > Number(values[0])
    case 'LOWER_THAN':
      return text !== '' && Number(text) < Number(values[0])
  }
}

function invalid(item: ItemRow, columnIds: readonly string[], message: string): MondayError {
  return new MondayError('DATA_VALIDATIONS_ERROR', message, 422, [{ itemId: String(item.id), columnIds, message }])
}

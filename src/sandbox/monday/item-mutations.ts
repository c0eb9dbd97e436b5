import { type Cell, readCell, type WriteRules } from './cells.ts'
import { invalidArgument, invalidColumn, invalidGroup, invalidItem, MondayError } from './errors.ts'
import { isRecord, labelRules } from './settings.ts'
import type { BoardRow, ItemRow } from './state.ts'
import { activeBoard, activeItem, groupOf, itemOf } from './targets.ts'
import { assertValid } from './validations.ts'
import { type Context, itemView, type Write } from './views.ts'

interface CellArgs {
  readonly board_id: string
  readonly item_id?: string | null
  readonly create_labels_if_missing?: boolean | null
}

/** Resolvers of mutations of items. */
export const itemMutations = {
  create_item: (
    args: {
      board_id: string
      group_id?: string | null
      item_name: string
      column_values?: unknown
      create_labels_if_missing?: boolean | null
    },
    context: Context,
  ) =>
    context.perform('create_item', (write) => {
      const board = activeBoard(args.board_id, context)
      const archived = context.limits.get('monday.archivedItemsCount') * board.archived_items
      if (board.active_items + archived >= context.limits.get('monday.itemsPerBoard')) {
        throw new MondayError('ItemsLimitationException', 'The board has reached its maximum number of items', 200, {
          board_id: String(board.id),
        })
      }
      const [top] = context.state.groups(board.id)
      const group = args.group_id == null ? top : groupOf(args.group_id, board, context)
      if (group === undefined) throw invalidGroup('', board.id)
      const draft: ItemRow = {
        id: context.state.nextId('item'),
        board_id: board.id,
        group_id: group.id,
        name: checkedName(args.item_name, context),
        state: 'active',
        creator_id: context.user.id,
        created_at: write.at,
        updated_at: write.at,
        cells: {},
      }
      const values = args.column_values == null ? {} : readColumnValues(args.column_values)
      const item = withValues(draft, values, args.create_labels_if_missing === true, context, write)
      assertValid(item, null, context.state, context.plan)
      saveItem(item, undefined, context, write)
      return itemView(context, item)
    }),

  change_multiple_column_values: (args: CellArgs & { column_values: unknown }, context: Context) =>
    changeItem('change_multiple_column_values', args, () => readColumnValues(args.column_values), context),

  change_simple_column_value: (args: CellArgs & { column_id: string; value?: string | null }, context: Context) =>
    changeItem('change_simple_column_value', args, () => ({ [args.column_id]: args.value ?? '' }), context),

  change_column_value: (args: CellArgs & { column_id: string; value: unknown }, context: Context) =>
    changeItem('change_column_value', args, () => ({ [args.column_id]: readJson(args.value, 'value') }), context),

  move_item_to_group: (args: { item_id?: string | null; group_id: string }, context: Context) =>
    context.perform('move_item_to_group', (write) => {
      const before = activeItem(args.item_id, context)
      const group = groupOf(args.group_id, context.state.board(before.board_id) as BoardRow, context)
      if (group.id === before.group_id) return itemView(context, before)
      const item = { ...before, group_id: group.id, updated_at: write.at }
      saveItem(item, before, context, write)
      return itemView(context, item)
    }),

  archive_item: (args: { item_id?: string | null }, context: Context) =>
    leaveItem('archive_item', 'archived', args, context),

  delete_item: (args: { item_id?: string | null }, context: Context) =>
    leaveItem('delete_item', 'deleted', args, context),
}

function changeItem(name: string, args: CellArgs, values: () => Readonly<Record<string, unknown>>, context: Context) {
  return context.perform(name, (write) => {
    const board = activeBoard(args.board_id, context)
    const before = activeItem(args.item_id, context)
    if (before.board_id !== board.id) throw invalidItem(String(before.id), `is not on board ${board.id}`)
    const item = withValues(before, values(), args.create_labels_if_missing === true, context, write)
    assertValid(item, before, context.state, context.plan)
    saveItem({ ...item, updated_at: write.at }, before, context, write)
    return itemView(context, { ...item, updated_at: write.at })
  })
}

/** The item with `values` written into it; throws at the first value monday would not take. */
function withValues(
  item: ItemRow,
  values: Readonly<Record<string, unknown>>,
  createLabels: boolean,
  context: Context,
  write: Write,
): ItemRow {
  const rules: WriteRules = {
    at: write.at,
    longTextChars: context.limits.get('monday.longTextChars'),
    labels: labelRules(context.limits),
    createLabels,
    userName: context.state.userName,
    tagName: context.state.tagName,
    itemNamed: (id) => context.state.linkable(id),
  }
  const cells: Record<string, Cell> = { ...item.cells }
  let name = item.name
  for (const [columnId, value] of Object.entries(values)) {
    const column = context.state.column(item.board_id, columnId)
    if (column === undefined) throw invalidColumn(columnId, item.board_id)
    if (column.type === 'name') {
      name = checkedName(value, context)
      continue
    }
    const written = readCell(column, value, rules)
    if (written.settings !== undefined) context.state.saveColumn({ ...column, settings: written.settings })
    if (written.cell === null) delete cells[columnId]
    else cells[columnId] = written.cell
  }
  return { ...item, name, cells }
}

function checkedName(name: unknown, context: Context): string {
  const most = context.limits.get('monday.itemNameChars')
  if (typeof name !== 'string' || name.length < 1 || name.length > most) {
    throw new MondayError('ItemNameTooLongException', `Item name must have 1 to ${most} characters`, 200)
  }
  return name
}

function readColumnValues(value: unknown): Record<string, unknown> {
  const values = readJson(value, 'column_values')
  if (isRecord(values)) return values
  throw new MondayError('JsonParseException', 'column_values must be a JSON object', 400)
}

/** A `JSON` argument: monday takes the text of it, never the object itself. */
function readJson(value: unknown, argument: string): unknown {
  if (typeof value !== 'string') {
    throw invalidArgument(`${argument} must be a JSON string`, { argument })
  }
  try {
    return JSON.parse(value)
  } catch {
    throw new MondayError('JsonParseException', `${argument} is not valid JSON`, 400, { argument })
  }
}

function leaveItem(name: string, to: string, args: { item_id?: string | null }, context: Context) {
  return context.perform(name, (write) => {
    const before = itemOf(args.item_id, context)
    // Archiving what is archived already changes nothing and is no error.
    if (before.state === to || before.state === 'deleted') return itemView(context, before)
    if (before.state === 'active') activeItem(args.item_id, context)
    const item = { ...before, state: to, updated_at: write.at }
    saveItem(item, before, context, write)
    return itemView(context, item)
  })
}

function saveItem(item: ItemRow, before: ItemRow | undefined, context: Context, write: Write): void {
  context.state.saveItem(item, before, { now: context.now, from: write.findableFrom })
  write.done(`item ${item.id} on board ${item.board_id}`)
}

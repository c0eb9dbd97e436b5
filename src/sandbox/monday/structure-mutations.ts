import { GROUP_COLOR_NAMES, GROUP_COLORS } from './colors.ts'
import { invalidArgument, invalidGroup, MondayError } from './errors.ts'
import {
  type DropdownSettings,
  initialSettings,
  type LabelInput,
  labelRules,
  replaceDropdownLabels,
  replaceStatusLabels,
  type Settings,
  type StatusSettings,
} from './settings.ts'
import type { BoardRow, ColumnRow, GroupRow, WorkspaceRow } from './state.ts'
import { activeBoard, columnOf, groupOf } from './targets.ts'
import { boardView, type Context, columnView, groupView, MAIN_WORKSPACE, type Write, workspaceView } from './views.ts'

interface ColumnArgs {
  readonly board_id: string
  readonly id?: string | null
  readonly title: string
  readonly description?: string | null
  readonly after_column_id?: string | null
  readonly defaults?: unknown
}

interface ColumnUpdate {
  readonly board_id: string
  readonly id: string
  readonly title?: string | null
  readonly description?: string | null
  readonly width?: number | null
  readonly revision: string
}

/** Resolvers of mutations of what holds items: workspaces, boards, columns, groups. */
export const structureMutations = {
  create_or_get_tag: (args: { tag_name?: string | null }, context: Context) =>
    context.perform('create_or_get_tag', (write) => {
      const name = (args.tag_name ?? '').trim()
      if (name === '') throw invalidArgument('tag_name must not be empty')
      const tag = context.state.tag(name)
      write.done(`tag ${tag.id}`)
      return { ...tag, color: '#037f4c' }
    }),

  create_workspace: (args: { name: string; kind: string; description?: string | null }, context: Context) =>
    context.perform('create_workspace', (write) => {
      const workspace: WorkspaceRow = {
        id: context.state.nextId('workspace'),
        name: args.name,
        description: args.description ?? null,
        kind: args.kind,
        state: 'active',
        created_at: write.at,
      }
      context.state.run(
        'INSERT INTO monday_workspaces VALUES (?, ?, ?, ?, ?, ?)',
        workspace.id,
        workspace.name,
        workspace.description,
        workspace.kind,
        workspace.state,
        workspace.created_at,
      )
      write.done(`workspace ${workspace.id}`)
      return workspaceView(workspace)
    }),

  create_board: (
    args: {
      board_name: string
      board_kind: string
      board_owner_ids?: readonly string[] | null
      description?: string | null
      empty?: boolean | null
      workspace_id?: string | null
    },
    context: Context,
  ) => context.perform('create_board', (write) => boardView(context, createBoard(args, context, write))),

  archive_board: (args: { board_id: string }, context: Context) =>
    leaveBoard('archive_board', 'archived', args, context),

  delete_board: (args: { board_id: string }, context: Context) => leaveBoard('delete_board', 'deleted', args, context),

  create_column: (args: ColumnArgs & { column_type: string }, context: Context) =>
    context.perform('create_column', (write) => columnView(createColumn(args.column_type, args, context, write))),

  create_status_column: (args: ColumnArgs, context: Context) =>
    context.perform('create_status_column', (write) => columnView(createColumn('status', args, context, write))),

  create_dropdown_column: (args: ColumnArgs, context: Context) =>
    context.perform('create_dropdown_column', (write) => columnView(createColumn('dropdown', args, context, write))),

  update_status_column: (
    args: ColumnUpdate & { settings?: { readonly labels: readonly LabelInput[] } | null },
    context: Context,
  ) =>
    context.perform('update_status_column', (write) =>
      updateColumn('status', args, context, write, (settings) => {
        if (args.settings == null) return settings
        const { labels } = settings as StatusSettings
        return { labels: replaceStatusLabels(labels, args.settings.labels, labelRules(context.limits)) }
      }),
    ),

  update_dropdown_column: (
    args: ColumnUpdate & {
      settings?: {
        readonly labels: readonly LabelInput[]
        readonly limit_select?: boolean | null
        readonly label_limit_count?: number | null
      } | null
    },
    context: Context,
  ) =>
    context.perform('update_dropdown_column', (write) =>
      updateColumn('dropdown', args, context, write, (settings) => {
        if (args.settings == null) return settings
        const old = settings as DropdownSettings
        const limit_select = args.settings.limit_select ?? old.limit_select
        const label_limit_count = args.settings.label_limit_count ?? old.label_limit_count
        return {
          labels: replaceDropdownLabels(old.labels, args.settings.labels, labelRules(context.limits)),
          ...(limit_select === undefined ? {} : { limit_select }),
          ...(label_limit_count === undefined ? {} : { label_limit_count }),
        }
      }),
    ),

  change_column_title: (args: { board_id: string; column_id: string; title: string }, context: Context) =>
    context.perform('change_column_title', (write) => {
      const column = columnOf(args.column_id, activeBoard(args.board_id, context), context)
      write.done(`column ${column.id} of board ${column.board_id}`)
      return columnView(context.state.saveColumn({ ...column, title: args.title }))
    }),

  change_column_metadata: (
    args: {
      board_id: string
      column_id: string
      column_property?: 'description' | 'title' | null
      value?: string | null
    },
    context: Context,
  ) =>
    context.perform('change_column_metadata', (write) => {
      const column = columnOf(args.column_id, activeBoard(args.board_id, context), context)
      const { column_property: property, value = null } = args
      write.done(`column ${column.id} of board ${column.board_id}`)
      if (property === 'title') return columnView(context.state.saveColumn({ ...column, title: value ?? '' }))
      return columnView(context.state.saveColumn({ ...column, description: value }))
    }),

  delete_column: (args: { board_id: string; column_id: string }, context: Context) =>
    context.perform('delete_column', (write) => {
      const column = columnOf(args.column_id, activeBoard(args.board_id, context), context)
      if (column.type === 'name') throw invalidArgument('The name column cannot be deleted')
      context.state.deleteColumn(column.board_id, column.id)
      write.done(`column ${column.id} of board ${column.board_id}`)
      return columnView(column)
    }),

  create_group: (
    args: {
      board_id: string
      group_name: string
      group_color?: string | null
      position?: string | null
      position_relative_method?: 'after_at' | 'before_at' | null
      relative_to?: string | null
    },
    context: Context,
  ) =>
    context.perform('create_group', (write) => {
      const board = activeBoard(args.board_id, context)
      if (args.group_name.length > context.limits.get('monday.groupNameChars')) {
        throw invalidArgument('Group name is too long', { group_name_length: args.group_name.length })
      }
      const groups = context.state.groups(board.id)
      const color = args.group_color ?? (GROUP_COLORS[groups.length % GROUP_COLORS.length] as string)
      if (!/^#[0-9a-f]{6}$/i.test(color))
        throw invalidArgument('group_color must be a HEX code', { group_color: color })
      const group: GroupRow = {
        board_id: board.id,
        id: context.state.nextName('group'),
        title: args.group_name,
        color,
        position: newGroupPosition(groups, args, board.id),
        state: 'active',
      }
      saveGroup(group, context)
      context.state.touchBoard(board.id, write.at)
      write.done(`group ${group.id} on board ${board.id}`)
      return groupView(context, group)
    }),

  update_group: (
    args: { board_id: string; group_id: string; group_attribute: string; new_value: string },
    context: Context,
  ) =>
    context.perform('update_group', (write) => {
      const board = activeBoard(args.board_id, context)
      const group = { ...groupOf(args.group_id, board, context), ...groupChange(args, board, context) }
      saveGroup(group, context)
      write.done(`group ${group.id} on board ${board.id}`)
      return groupView(context, group)
    }),

  archive_group: (args: { board_id: string; group_id: string }, context: Context) =>
    leaveGroup('archive_group', 'archived', args, context),

  delete_group: (args: { board_id: string; group_id: string }, context: Context) =>
    leaveGroup('delete_group', 'deleted', args, context),
}

function createBoard(
  args: Parameters<typeof structureMutations.create_board>[0],
  context: Context,
  write: Write,
): BoardRow {
  const { state } = context
  if (!context.budget.admitBoard()) {
    throw new MondayError('RATE_LIMIT_EXCEEDED', 'Call limit exceeded for CreateBoard', 429)
  }
  const workspaceId = args.workspace_id == null ? MAIN_WORKSPACE : Number(args.workspace_id)
  if (state.get('SELECT 1 FROM monday_workspaces WHERE id = ?', workspaceId) === undefined) {
    throw new MondayError('CreateBoardException', `Workspace ${args.workspace_id} does not exist`, 200)
  }
  const owner = args.board_owner_ids?.[0] == null ? context.user : state.user(Number(args.board_owner_ids[0]))
  if (owner === undefined) {
    throw new MondayError('InvalidUserIdException', 'A board owner does not exist', 200, {
      user_ids: args.board_owner_ids,
    })
  }
  const id = state.nextId('board')
  state.run(
    'INSERT INTO monday_boards VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0)',
    id,
    args.board_name,
    args.description ?? null,
    args.board_kind,
    'active',
    workspaceId,
    owner.id,
    write.at,
    write.at,
  )
  saveGroup(
    { board_id: id, id: 'topics', title: 'Group Title', color: '#037f4c', position: 65_536, state: 'active' },
    context,
  )
  const columns = args.empty === true ? FIRST_COLUMNS.slice(0, 1) : FIRST_COLUMNS
  for (const [columnId, title, type] of columns) {
    const settings = initialSettings(type, undefined, labelRules(context.limits))
    state.addColumn({ board_id: id, id: columnId, title, type, description: null, settings }, null)
  }
  write.done(`board ${id}`)
  return state.board(id) as BoardRow
}

const FIRST_COLUMNS = [
  ['name', 'Name', 'name'],
  ['person', 'Owner', 'people'],
  ['status', 'Status', 'status'],
  ['date4', 'Date', 'date'],
] as const

function leaveBoard(name: string, to: string, args: { board_id: string }, context: Context) {
  return context.perform(name, (write) => {
    const board = activeBoard(args.board_id, context)
    context.state.run('UPDATE monday_boards SET state = ?, updated_at = ? WHERE id = ?', to, write.at, board.id)
    write.done(`board ${board.id}`)
    return boardView(context, { ...board, state: to })
  })
}

function createColumn(type: string, args: ColumnArgs, context: Context, write: Write): ColumnRow {
  const board = activeBoard(args.board_id, context)
  const id = args.id ?? context.state.nextName(type)
  if (args.id != null) {
    const most = context.limits.get('monday.columnIdChars')
    if (!/^[a-z_][a-z0-9_]*$/.test(id) || id.length > most) {
      throw invalidArgument(`Column id must match ^[a-z_][a-z0-9_]*$ and have at most ${most} characters`, { id })
    }
    if (context.state.hadColumn(board.id, id)) throw invalidArgument('Column id is already in use on the board', { id })
  }
  if (args.after_column_id != null) columnOf(args.after_column_id, board, context)
  if (type === 'dependency' && context.state.columns(board.id).some((one) => one.type === 'dependency'))
    throw invalidArgument('A board has one dependency column', { id })
  // monday passes over what a dependency column is asked to be like.
  const defaults = type === 'dependency' ? undefined : args.defaults
  const settings = initialSettings(type, defaults, labelRules(context.limits))
  const column = context.state.addColumn(
    { board_id: board.id, id, title: args.title, type, description: args.description ?? null, settings },
    args.after_column_id ?? null,
  )
  context.state.touchBoard(board.id, write.at)
  write.done(`column ${id} of board ${board.id}`)
  return column
}

function updateColumn(
  type: string,
  args: ColumnUpdate,
  context: Context,
  write: Write,
  change: (settings: Settings) => Settings,
) {
  const column = columnOf(args.id, activeBoard(args.board_id, context), context)
  if (column.type !== type) throw invalidArgument(`Column ${column.id} is of type ${column.type}, not ${type}`)
  if (args.revision !== column.revision) {
    throw new MondayError('REVISION_MISMATCH', 'The column was changed since this revision; read it again', 200, {
      column_id: column.id,
    })
  }
  const saved = context.state.saveColumn({
    ...column,
    title: args.title ?? column.title,
    description: args.description ?? column.description,
    width: args.width ?? column.width,
    settings: change(column.settings),
  })
  write.done(`column ${column.id} of board ${column.board_id}`)
  return columnView(saved)
}

function saveGroup(group: GroupRow, context: Context): void {
  context.state.run(
    `INSERT INTO monday_groups VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (board_id, id) DO UPDATE SET
     title = excluded.title, color = excluded.color, position = excluded.position, state = excluded.state`,
    group.board_id,
    group.id,
    group.title,
    group.color,
    group.position,
    group.state,
  )
}

/** Where a new group goes: on top, at a position given as a number, or beside another. */
function newGroupPosition(
  groups: readonly GroupRow[],
  args: {
    readonly position?: string | null
    readonly position_relative_method?: string | null
    readonly relative_to?: string | null
  },
  boardId: number,
): number {
  if (args.position_relative_method != null && args.relative_to != null) {
    return positionBeside(groups, args.relative_to, args.position_relative_method === 'after_at', boardId)
  }
  if (args.position != null) {
    const position = Number(args.position)
    if (!Number.isFinite(position)) throw invalidArgument('position must be a number', { position: args.position })
    return position
  }
  const [top] = groups
  return top === undefined ? 65_536 : top.position / 2
}

function positionBeside(groups: readonly GroupRow[], id: string, after: boolean, boardId: number): number {
  const i = groups.findIndex((group) => group.id === id)
  const at = groups[i]
  if (at === undefined) throw invalidGroup(id, boardId)
  const neighbour = groups[after ? i + 1 : i - 1]
  if (neighbour !== undefined) return (at.position + neighbour.position) / 2
  return after ? at.position + 65_536 : at.position / 2
}

function groupChange(
  args: { readonly group_id: string; readonly group_attribute: string; readonly new_value: string },
  board: BoardRow,
  context: Context,
): Partial<GroupRow> {
  const others = () => context.state.groups(board.id).filter((group) => group.id !== args.group_id)
  switch (args.group_attribute) {
    case 'title':
      return { title: args.new_value }
    case 'color': {
      const color = GROUP_COLOR_NAMES[args.new_value]
      if (color === undefined) throw invalidArgument(`Group color "${args.new_value}" is not one of monday's names`)
      return { color }
    }
    case 'position': {
      const position = Number(args.new_value)
      if (!Number.isFinite(position)) throw invalidArgument('position must be a number')
      return { position }
    }
    case 'relative_position_after':
      return { position: positionBeside(others(), args.new_value, true, board.id) }
    default:
      return { position: positionBeside(others(), args.new_value, false, board.id) }
  }
}

function leaveGroup(name: string, to: string, args: { board_id: string; group_id: string }, context: Context) {
  return context.perform(name, (write) => {
    const board = activeBoard(args.board_id, context)
    const group = groupOf(args.group_id, board, context)
    if (context.state.groups(board.id).length === 1) {
      throw new MondayError('DeleteLastGroupException', 'The last group of a board cannot be deleted', 409)
    }
    saveGroup({ ...group, state: to }, context)
    context.state.leaveWithGroup(board.id, group.id, to, write.at)
    write.done(`group ${group.id} on board ${board.id}`)
    return groupView(context, { ...group, state: to })
  })
}

import type { Limits } from '../engine/engine.ts'
import type { Budget } from './budget.ts'
import { cellView } from './cells.ts'
import { invalidArgument } from './errors.ts'
import type { ItemsQuery } from './filter.ts'
import type { Imports } from './imports.ts'
import { firstPage, nextPage, type Page, type PageRules } from './pages.ts'
import { settingsJson, settingsText } from './settings.ts'
import type { BoardRow, ColumnRow, GroupRow, ItemRow, MondayState, UpdateRow, UserRow, WorkspaceRow } from './state.ts'

/** What resolvers know of the request they work for. */
export interface Context {
  readonly state: MondayState
  readonly limits: Limits
  readonly budget: Budget
  readonly imports: Imports
  readonly plan: string
  /** Virtual time at which the request arrived. */
  readonly now: number
  readonly user: UserRow
  /** `http://127.0.0.1:1234`: where boards are to be seen. */
  readonly baseUrl: string
  readonly complexity: { readonly before: number; readonly query: number }
  /** Carries out one mutation: with its faults, atomically, and counted as a side effect. */
  readonly perform: <R>(name: string, work: (write: Write) => R) => R
}

/** One mutation while it runs. */
export interface Write {
  /** Virtual instant of the change. */
  readonly at: string
  /** Virtual ms from which look-ups see it. */
  readonly findableFrom: number
  /** Says that something changed; a mutation that changes nothing leaves no side effect. */
  done(detail: string): void
}

type View = Readonly<Record<string, unknown>>

export function second(instant: string): string {
  return `${instant.slice(0, 19)}Z`
}

export function pageRules(context: Context): PageRules {
  return {
    now: context.now,
    cursorMs: context.limits.get('monday.cursorMs'),
    maxLimit: context.limits.get('monday.itemsPage'),
    maxIds: context.limits.get('monday.itemIds'),
  }
}

export function userView(context: Context, user: UserRow): View {
  return {
    id: String(user.id),
    name: user.name,
    email: user.email,
    created_at: second(user.created_at),
    title: '',
    kind: 'member',
    status: 'ACTIVE',
    is_deleted: false,
    url: `${context.baseUrl}/users/${user.id}`,
    account: () => accountView(context),
  }
}

export function accountView(context: Context): View {
  const members = () => (context.state.get<{ n: number }>('SELECT count(*) AS n FROM monday_users') as { n: number }).n
  return {
    id: '17000001',
    name: 'Sandbox',
    slug: 'sandbox',
    tier: context.plan,
    active_members_count: members,
    plan: () => ({ max_users: Math.max(members(), 40), period: 'yearly', tier: context.plan, version: 8 }),
  }
}

export function workspaceView(workspace: WorkspaceRow): View {
  return {
    id: String(workspace.id),
    name: workspace.name,
    description: workspace.description,
    kind: workspace.kind,
    state: workspace.state,
    created_at: second(workspace.created_at),
    is_default_workspace: workspace.id === MAIN_WORKSPACE,
  }
}

/** Id of the workspace that boards land in when nobody names one. */
export const MAIN_WORKSPACE = 6_502_900

export function boardView(context: Context, board: BoardRow): View {
  const { state } = context
  const columns = () => state.columns(board.id)
  const user = () => userView(context, state.user(board.owner_id) ?? context.user)
  return {
    id: String(board.id),
    name: board.name,
    description: board.description,
    board_kind: board.kind,
    state: board.state,
    permissions: state.permissions(board.id),
    url: `${context.baseUrl}/boards/${board.id}`,
    created_at: second(board.created_at),
    updated_at: second(board.updated_at),
    creator: user,
    owners: () => [user()],
    workspace_id: String(board.workspace_id),
    workspace: () => {
      const workspace = state.get<WorkspaceRow>('SELECT * FROM monday_workspaces WHERE id = ?', board.workspace_id)
      return workspace === undefined ? null : workspaceView(workspace)
    },
    columns: (args: { ids?: readonly (string | null)[] | null; types?: readonly string[] | null }) =>
      columns()
        .filter((column) => args.ids == null || args.ids.includes(column.id))
        .filter((column) => args.types == null || args.types.includes(column.type))
        .map(columnView),
    groups: (args: { ids?: readonly (string | null)[] | null }) =>
      state
        .groups(board.id)
        .filter((group) => args.ids == null || args.ids.includes(group.id))
        .map((group) => groupView(context, group)),
    top_group: () => {
      const [top] = state.groups(board.id)
      return top === undefined ? null : groupView(context, top)
    },
    items_count: board.active_items,
    items_limit: context.limits.get('monday.itemsPerBoard'),
    items_page: (args: PageArgs) => boardPage(context, board.id, null, args),
  }
}

export interface PageArgs {
  readonly cursor?: string | null
  readonly limit: number
  readonly query_params?: ItemsQuery | null
}

function boardPage(context: Context, board: number, group: string | null, args: PageArgs): View {
  const rules = pageRules(context)
  if (args.cursor != null) {
    if (args.query_params != null) throw invalidArgument('Use either cursor or query_params, not both')
    return pageView(context, nextPage(context.state, args.cursor, args.limit, rules))
  }
  return pageView(
    context,
    firstPage(context.state, { board, group, query: args.query_params ?? null }, args.limit, rules),
  )
}

export function pageView(context: Context, page: Page): View {
  return { cursor: page.cursor, items: () => page.items.map((item) => itemView(context, item)) }
}

export function columnView(column: ColumnRow): View {
  return {
    id: column.id,
    title: column.title,
    type: column.type,
    description: column.description,
    width: column.width,
    archived: false,
    revision: column.revision,
    settings: () => settingsJson(column.type, column.settings),
    settings_str: () => settingsText(column.type, column.settings),
  }
}

export function groupView(context: Context, group: GroupRow): View {
  return {
    id: group.id,
    title: group.title,
    color: group.color,
    position: String(group.position),
    archived: group.state === 'archived',
    deleted: group.state === 'deleted',
    items_page: (args: PageArgs) => boardPage(context, group.board_id, group.id, args),
  }
}

export function itemView(context: Context, item: ItemRow): View {
  const { state } = context
  const link = `/boards/${item.board_id}/pulses/${item.id}`
  return {
    id: String(item.id),
    name: item.name,
    state: item.state,
    created_at: second(item.created_at),
    updated_at: second(item.updated_at),
    creator_id: String(item.creator_id),
    creator: () => {
      const creator = state.user(item.creator_id)
      return creator === undefined ? null : userView(context, creator)
    },
    relative_link: link,
    url: `${context.baseUrl}${link}`,
    board: () => {
      const board = state.board(item.board_id)
      return board === undefined ? null : boardView(context, board)
    },
    group: () => {
      const group = state.group(item.board_id, item.group_id)
      return group === undefined ? null : groupView(context, group)
    },
    updates: (args: { limit?: number | null; page?: number | null }) => updatesOf(context, item.id, args),
    column_values: (args: { ids?: readonly string[] | null; types?: readonly string[] | null }) =>
      state
        .columns(item.board_id)
        .filter((column) => column.type !== 'name')
        .filter((column) => args.ids == null || args.ids.includes(column.id))
        .filter((column) => args.types == null || args.types.includes(column.type))
        .map((column) => cellView(column, () => columnView(column), item.cells[column.id], state.userName)),
  }
}

/** Updates under an item, newest first. */
function updatesOf(
  context: Context,
  itemId: number,
  { limit, page }: { readonly limit?: number | null; readonly page?: number | null },
): unknown[] {
  const most = limit ?? 25
  if (most > 100) throw invalidArgument('The pagination limit of updates is 100')
  const from = ((page ?? 1) - 1) * most
  return context.state
    .updatesOf(itemId)
    .slice(from, from + most)
    .map((update) => updateView(context, update))
}

export function updateView(context: Context, update: UpdateRow): Record<string, unknown> {
  return {
    id: String(update.id),
    body: update.body,
    text_body: textOf(update.body),
    creator_id: String(update.user_id),
    creator: () => userView(context, context.state.user(update.user_id) ?? context.user),
    created_at: second(update.created_at),
    updated_at: second(update.created_at),
    item_id: String(update.item_id),
  }
}

/** HTML as people read it. */
export function textOf(body: string): string {
  return body
    .replaceAll(/<br\s*\/?>/gi, '\n')
    .replaceAll(/<[^>]*>/g, '')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
}

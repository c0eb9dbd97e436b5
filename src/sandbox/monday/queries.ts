import { invalidArgument, invalidBoard } from './errors.ts'
import { jobStatusView } from './import-operations.ts'
import { lookupPage, nextPage } from './pages.ts'
import type { BoardRow, UserRow, WorkspaceRow } from './state.ts'
import { PLANS_WITH_RULES } from './validations.ts'
import { versionsAt } from './versions.ts'
import {
  accountView,
  boardView,
  type Context,
  itemView,
  pageRules,
  pageView,
  userView,
  workspaceView,
} from './views.ts'

interface Paged {
  readonly limit?: number | null
  readonly page?: number | null
}

type Ids = readonly (string | null)[] | null | undefined

/** Resolvers of `Query`, by field. */
export const queries = {
  me: (_: unknown, context: Context) => userView(context, context.user),

  account: (_: unknown, context: Context) => accountView(context),

  fetch_job_status: (args: { job_id: string }, context: Context) => jobStatusView(args.job_id, context),

  users(args: Paged & { ids?: Ids; emails?: readonly string[] | null; name?: string | null }, context: Context) {
    const most = context.limits.get('monday.usersPage')
    if ((args.limit ?? 0) > most) throw invalidArgument(`The pagination limit of users is ${most}`)
    const emails = args.emails?.map((email) => email.toLowerCase())
    const users = context.state
      .all<UserRow>('SELECT * FROM monday_users ORDER BY id')
      .filter((user) => args.ids == null || args.ids.includes(String(user.id)))
      .filter((user) => emails == null || emails.includes(user.email.toLowerCase()))
      .filter((user) => args.name == null || user.name.toLowerCase().includes(args.name.toLowerCase()))
    return pageOf(users, args, 200).map((user) => userView(context, user))
  },

  workspaces(args: Paged & { ids?: Ids; kind?: string | null; state?: string | null }, context: Context) {
    const workspaces = context.state
      .all<WorkspaceRow>('SELECT * FROM monday_workspaces ORDER BY id')
      .filter((workspace) => args.ids == null || args.ids.includes(String(workspace.id)))
      .filter((workspace) => args.kind == null || workspace.kind === args.kind)
      .filter((workspace) => args.state == null || args.state === 'all' || workspace.state === args.state)
    return pageOf(workspaces, args, 25).map(workspaceView)
  },

  boards(
    args: Paged & {
      board_kind?: string | null
      ids?: Ids
      order_by?: 'created_at' | 'used_at' | null
      state?: string | null
      workspace_ids?: Ids
    },
    context: Context,
  ) {
    const order = args.order_by === 'used_at' ? 'updated_at DESC, id DESC' : 'id DESC'
    const boards = context.state
      .all<BoardRow>(`SELECT * FROM monday_boards ORDER BY ${order}`)
      .filter((board) => args.ids == null || args.ids.includes(String(board.id)))
      .filter((board) => args.board_kind == null || board.kind === args.board_kind)
      .filter((board) => args.state === 'all' || board.state === (args.state ?? 'active'))
      .filter((board) => args.workspace_ids == null || args.workspace_ids.includes(String(board.workspace_id)))
    return pageOf(boards, args, 25).map((board) => boardView(context, board))
  },

  items(
    args: Paged & { ids?: readonly string[] | null; exclude_nonactive?: boolean | null; newest_first?: boolean | null },
    context: Context,
  ) {
    const ids = args.ids ?? []
    const most = context.limits.get('monday.itemIds')
    if (ids.length > most)
      throw invalidArgument(`At most ${most} items can be queried by id, ${ids.length} were asked for`)
    const items = ids
      .flatMap((id) => context.state.item(Number(id)) ?? [])
      .filter((item) => args.exclude_nonactive !== true || item.state === 'active')
    if (args.newest_first === true) items.sort((a, b) => b.id - a.id)
    return pageOf(items, args, 25).map((item) => itemView(context, item))
  },

  /** Told neither where there are none nor where the plan has none. */
  validations(args: { id: string }, context: Context) {
    const { required, rules } = context.state.validations(Number(args.id))
    if (!PLANS_WITH_RULES.has(context.plan) || required.length + rules.length === 0) return null
    return { required_column_ids: required, rules }
  },

  next_items_page(args: { cursor: string; limit: number }, context: Context) {
    return pageView(context, nextPage(context.state, args.cursor, args.limit, pageRules(context)))
  },

  items_page_by_column_values(
    args: {
      board_id: string
      columns?: readonly { column_id: string; column_values: readonly (string | null)[] }[] | null
      cursor?: string | null
      limit: number
    },
    context: Context,
  ) {
    const rules = pageRules(context)
    if (args.cursor != null) {
      if (args.columns != null) throw invalidArgument('Use either cursor or columns, not both')
      return pageView(context, nextPage(context.state, args.cursor, args.limit, rules))
    }
    const board = context.state.board(Number(args.board_id))
    if (board === undefined || board.state !== 'active') throw invalidBoard(args.board_id)
    return pageView(context, lookupPage(context.state, board.id, args.columns ?? [], args.limit, rules))
  },

  complexity: (_: unknown, context: Context) => complexityView(context),

  platform_api: (_: unknown, context: Context) => {
    const limit = context.limits.get('monday.callsPerDay')
    return {
      daily_limit: { base: limit, total: limit, addon: { is_active: false, quantity: 0 } },
      daily_analytics: () => ({
        last_updated: new Date(context.now).toISOString(),
        by_day: () =>
          context.state
            .all<{ day: string; tenths: number }>(
              'SELECT day, sum(tenths) AS tenths FROM monday_calls GROUP BY day ORDER BY day',
            )
            .map(({ day, tenths }) => ({ day, usage: Math.floor(tenths / 10) })),
        by_user: () =>
          context.state
            .all<{ user_id: number; tenths: number }>(
              'SELECT user_id, sum(tenths) AS tenths FROM monday_calls GROUP BY user_id ORDER BY user_id',
            )
            .map(({ user_id, tenths }) => {
              const user = context.state.user(user_id)
              return { user: user === undefined ? null : userView(context, user), usage: Math.floor(tenths / 10) }
            }),
      }),
    }
  },

  version: (_: unknown, context: Context) => versionsAt(context.now).find((version) => version.kind === 'current'),

  versions: (_: unknown, context: Context) => versionsAt(context.now),
}

export function complexityView(context: Context): Record<string, number> {
  const { before, query } = context.complexity
  return {
    before,
    query,
    after: before - query,
    reset_in_x_seconds: context.budget.seconds(context.budget.complexityResetsIn()),
  }
}

function pageOf<R>(rows: readonly R[], args: Paged, standard: number): R[] {
  const limit = args.limit ?? standard
  const page = args.page ?? 1
  if (limit < 1 || page < 1) throw invalidArgument('limit and page start at 1')
  return rows.slice((page - 1) * limit, page * limit)
}

/**
 * Every GraphQL document we send. A test holds each against the official schema of the pinned version.
 * Ids and texts travel as variables, so that nothing a record holds is ever read as GraphQL.
 */

const ITEM = `fragment item on Item { id name state created_at group { title } board { id } column_values(ids: $columns) { id type text value } }`

const BOARD = `id name state url items_count items_limit columns { id title type description archived settings revision } groups { id title archived deleted }`

export const LIST_BOARDS = `query ($page: Int!) { boards(limit: 100, page: $page) { id name workspace { id name } } }`

export const READ_BOARD = `query ($ids: [ID!]) { boards(ids: $ids) { ${BOARD} } }`

/** With who may change the board, and with what it demands of its items: `null` where that is nothing, or the plan has no such rules. */
export const READ_BOARD_AND_RULES = `query ($ids: [ID!], $id: ID!) { me { id } boards(ids: $ids) { ${BOARD} permissions owners { id } } validations(id: $id) { required_column_ids rules } }`

export const LIST_WORKSPACES = `query ($page: Int!) { workspaces(limit: 100, page: $page) { id name } }`

export const CREATE_WORKSPACE = `mutation ($name: String!) { create_workspace(name: $name, kind: open) { id } }`

/** `empty`: else monday fills a new board with items and columns of its own. What it has all the same is read at once. */
export const CREATE_BOARD = `mutation ($name: String!, $workspace: ID) { create_board(board_name: $name, board_kind: public, workspace_id: $workspace, empty: true) { ${BOARD} } }`

export const RENAME_GROUP = `mutation ($board: ID!, $group: String!, $title: String!) { update_group(board_id: $board, group_id: $group, group_attribute: title, new_value: $title) { id } }`

export const UPDATE_STATUS_LABELS = `mutation ($board: ID!, $column: String!, $revision: String!, $settings: UpdateStatusColumnSettingsInput) { update_status_column(board_id: $board, id: $column, revision: $revision, settings: $settings) { id title type description settings revision } }`

export const UPDATE_DROPDOWN_LABELS = `mutation ($board: ID!, $column: String!, $revision: String!, $settings: UpdateDropdownColumnSettingsInput) { update_dropdown_column(board_id: $board, id: $column, revision: $revision, settings: $settings) { id title type description settings revision } }`

export const USERS_BY_EMAIL = `query ($emails: [String!], $limit: Int!) { users(emails: $emails, limit: $limit) { id email } }`

/** People whom cells name although no mapping did. Deactivated ones are not among the answers. */
export const USERS_BY_ID = `query ($ids: [ID!], $limit: Int!) { users(ids: $ids, limit: $limit) { id email } }`

export const FIRST_ITEMS = `query ($ids: [ID!], $limit: Int!, $columns: [String!]) { boards(ids: $ids) { items_page(limit: $limit) { cursor items { ...item } } } } ${ITEM}`

export const NEXT_ITEMS = `query ($cursor: String!, $limit: Int!, $columns: [String!]) { next_items_page(cursor: $cursor, limit: $limit) { cursor items { ...item } } } ${ITEM}`

export const READ_BUDGET = `query { platform_api { daily_limit { base total } daily_analytics { by_day { day usage } } } }`

/** Opens an import: rows whose key an item of the board carries change it, the others make items in the group. */
export const INGEST_ITEMS = `mutation ($board: ID!, $group: ID!, $key: String!) { ingest_items(board_id: $board, group_id: $group, on_match: { match_column_id: $key, behaviour: UPSERT }) { job_id upload_url } }`

export const IMPORT_STATUS = `query ($job: ID!) { fetch_job_status(job_id: $job) { ... on ItemsJobStatus { status counts { created updated } progress_percentage failure_reason failure_message report_url } } }`

/** A document that reads items, with the links that cells hold: their text and value are always null. Others do not pay for it. */
export function readingLinks(query: string): string {
  const linked = '... on BoardRelationValue { linked_item_ids } ... on DependencyValue { linked_item_ids }'
  return query.replaceAll('id type text value }', `id type text value ${linked} }`)
}

/** A document with its variables. */
export interface Operation {
  readonly query: string
  readonly variables: Readonly<Record<string, unknown>>
}

/** Items by the value of one column, a chunk of values per alias `k0`, `k1` …. */
export function findItemsByValue(
  board: string,
  column: string,
  chunks: readonly (readonly string[])[],
  columns: readonly string[],
): Operation {
  const params = chunks.map((_, n) => `, $v${n}: [String]!`).join('')
  const fields = chunks
    .map(
      (_, n) =>
        `k${n}: items_page_by_column_values(board_id: $board, limit: $limit, columns: [{ column_id: $column, column_values: $v${n} }]) { cursor items { ...item } }`,
    )
    .join(' ')
  // The price follows what is asked for, not what comes: a key has one item, or a few where it was copied.
  const limit = Math.min(500, 2 * Math.max(...chunks.map((chunk) => chunk.length)))
  return {
    query: `query ($board: ID!, $column: String!, $columns: [String!], $limit: Int!${params}) { ${fields} } ${ITEM}`,
    variables: { board, column, columns, limit, ...Object.fromEntries(chunks.map((chunk, n) => [`v${n}`, chunk])) },
  }
}

/** Items by id in any state, a chunk of at most 100 ids per alias `i0`, `i1` …. */
export function findItemsById(chunks: readonly (readonly string[])[], columns: readonly string[]): Operation {
  const params = chunks.map((_, n) => `, $v${n}: [ID!]`).join('')
  const fields = chunks.map((_, n) => `i${n}: items(ids: $v${n}, limit: 100) { ...item }`).join(' ')
  return {
    query: `query ($columns: [String!]${params}) { ${fields} } ${ITEM}`,
    variables: { columns, ...Object.fromEntries(chunks.map((chunk, n) => [`v${n}`, chunk])) },
  }
}

/** A column to make. */
export interface NewColumn {
  /** The id we ask for; monday makes one up when absent. */
  readonly id?: string
  readonly title: string
  readonly type: string
  readonly description?: string
  readonly labels?: readonly { readonly label: string; readonly color?: string; readonly index: number }[]
  /** Boards whose items cells of a `board_relation` column may name. */
  readonly boardIds?: readonly string[]
}

/** A group to make; where exactly, as monday's relative positions have it. Without `beside` it goes to the top. */
export interface NewGroup {
  readonly title: string
  readonly beside?: { readonly id: string; readonly method: 'after_at' | 'before_at' }
}

/** Columns (aliases `c0` …) and groups (`g0` …) of one board in one request; carried out in this order. */
export function createStructure(board: string, columns: readonly NewColumn[], groups: readonly NewGroup[]): Operation {
  const params: string[] = ['$board: ID!']
  const fields: string[] = []
  const variables: Record<string, unknown> = { board }
  columns.forEach((column, n) => {
    params.push(`$ci${n}: String`, `$ct${n}: String!`)
    variables[`ci${n}`] = column.id
    variables[`ct${n}`] = column.title
    if (column.description !== undefined) {
      params.push(`$cx${n}: String`)
      variables[`cx${n}`] = column.description
    }
    const about = column.description === undefined ? '' : `, description: $cx${n}`
    const named = `board_id: $board, id: $ci${n}, title: $ct${n}${about}`
    const made = `{ id title type description settings revision }`
    if (column.type === 'status' || column.type === 'dropdown') {
      const type = column.type === 'status' ? 'CreateStatusColumnSettingsInput' : 'CreateDropdownColumnSettingsInput'
      params.push(`$cd${n}: ${type}`)
      variables[`cd${n}`] = newLabels(column)
      fields.push(`c${n}: create_${column.type}_column(${named}, defaults: $cd${n}) ${made}`)
    } else if (column.boardIds !== undefined) {
      params.push(`$cl${n}: JSON`)
      variables[`cl${n}`] = { boardIds: column.boardIds.map(Number), allowMultipleItems: true }
      fields.push(`c${n}: create_column(${named}, column_type: board_relation, defaults: $cl${n}) ${made}`)
    } else {
      params.push(`$ck${n}: ColumnType!`)
      variables[`ck${n}`] = column.type
      fields.push(`c${n}: create_column(${named}, column_type: $ck${n}) ${made}`)
    }
  })
  groups.forEach((group, n) => {
    params.push(`$gt${n}: String!`)
    variables[`gt${n}`] = group.title
    let position = ''
    if (group.beside !== undefined) {
      params.push(`$gr${n}: String!`)
      variables[`gr${n}`] = group.beside.id
      position = `, position_relative_method: ${group.beside.method}, relative_to: $gr${n}`
    }
    fields.push(`g${n}: create_group(board_id: $board, group_name: $gt${n}${position}) { id title }`)
  })
  return { query: `mutation (${params.join(', ')}) { ${fields.join(' ')} }`, variables }
}

function newLabels(column: NewColumn): unknown {
  if (column.labels === undefined || column.labels.length === 0) return undefined
  if (column.type === 'dropdown') return { labels: column.labels.map(({ label }) => ({ label })) }
  return {
    labels: column.labels.map(({ label, color, index }) => ({ label, color, index, is_done: color === 'done_green' })),
  }
}

/** What people read of columns of one board, in one request: aliases `d0`, `d1` …. */
export function describeColumns(
  board: string,
  columns: readonly { readonly id: string; readonly description: string }[],
): Operation {
  const params = columns.map((_, n) => `, $i${n}: String!, $v${n}: String`).join('')
  const fields = columns
    .map(
      (_, n) =>
        `d${n}: change_column_metadata(board_id: $board, column_id: $i${n}, column_property: description, value: $v${n}) { id title type description settings revision }`,
    )
    .join(' ')
  return {
    query: `mutation ($board: ID!${params}) { ${fields} }`,
    variables: {
      board,
      ...Object.fromEntries(
        columns.flatMap(({ id, description }, n) => [
          [`i${n}`, id],
          [`v${n}`, description],
        ]),
      ),
    },
  }
}

/** Tags of the account by name, made where they are not there: aliases `t0`, `t1` …. */
export function getTags(names: readonly string[]): Operation {
  const params = names.map((_, n) => `$t${n}: String`).join(', ')
  const fields = names.map((_, n) => `t${n}: create_or_get_tag(tag_name: $t${n}) { id name }`).join(' ')
  return {
    query: `mutation (${params}) { ${fields} }`,
    variables: Object.fromEntries(names.map((name, n) => [`t${n}`, name])),
  }
}

/** The newest updates under items, as people read them. */
export const UPDATES_BY_ID = `query ($ids: [ID!], $limit: Int!) { items(ids: $ids, limit: $limit) { id updates(limit: 25) { text_body created_at } } }`

/** One change to one item in vendor's terms; `columnValues` is a JSON text, `board` a position in `boards`. */
export type ItemMutation =
  | {
      readonly kind: 'create'
      readonly board: number
      readonly group: string
      readonly name: string
      readonly columnValues: string
    }
  | { readonly kind: 'update'; readonly board: number; readonly itemId: string; readonly columnValues: string }
  | { readonly kind: 'move'; readonly board: number; readonly itemId: string; readonly group: string }
  | { readonly kind: 'archive'; readonly board: number; readonly itemId: string }
  | { readonly kind: 'post'; readonly board: number; readonly itemId: string; readonly body: string }
  | {
      readonly kind: 'notify'
      readonly board: number
      readonly itemId: string
      readonly userId: string
      readonly text: string
    }

/**
 * Changes to items of several boards in one request, aliases `m0`, `m1` … in order, each reading its item back;
 * `complexity` says what it cost.
 */
export function changeItems(
  boards: readonly { readonly id: string; readonly columns: readonly string[] }[],
  mutations: readonly ItemMutation[],
): Operation {
  const params: string[] = []
  const variables: Record<string, unknown> = {}
  const fragments: string[] = []
  boards.forEach((board, n) => {
    params.push(`$b${n}: ID!`, `$r${n}: [String!]`)
    variables[`b${n}`] = board.id
    variables[`r${n}`] = board.columns
    fragments.push(
      `fragment b${n} on Item { id name state created_at group { title } column_values(ids: $r${n}) { id type text value } }`,
    )
  })
  const use = (n: number, name: string, type: string, value: string): string => {
    params.push(`$${name}${n}: ${type}`)
    variables[`${name}${n}`] = value
    return `$${name}${n}`
  }
  const usedBoards = new Set<number>()
  const readBoards = new Set<number>()
  const fields = mutations.map((one, n) => {
    const board = `board_id: $b${one.board}`
    if (one.kind === 'create' || one.kind === 'update') usedBoards.add(one.board)
    if (one.kind === 'create' || one.kind === 'update' || one.kind === 'move') readBoards.add(one.board)
    switch (one.kind) {
      case 'create':
        return `m${n}: create_item(${board}, group_id: ${use(n, 'g', 'String!', one.group)}, item_name: ${use(n, 'n', 'String!', one.name)}, column_values: ${use(n, 'v', 'JSON!', one.columnValues)}) { ...b${one.board} }`
      case 'update':
        return `m${n}: change_multiple_column_values(${board}, item_id: ${use(n, 'i', 'ID!', one.itemId)}, column_values: ${use(n, 'v', 'JSON!', one.columnValues)}) { ...b${one.board} }`
      case 'move':
        return `m${n}: move_item_to_group(item_id: ${use(n, 'i', 'ID!', one.itemId)}, group_id: ${use(n, 'g', 'String!', one.group)}) { ...b${one.board} }`
      case 'post':
        return `m${n}: create_update(item_id: ${use(n, 'i', 'ID!', one.itemId)}, body: ${use(n, 'u', 'String!', one.body)}) { id }`
      case 'notify':
        return `m${n}: create_notification(user_id: ${use(n, 'p', 'ID!', one.userId)}, target_id: ${use(n, 'i', 'ID!', one.itemId)}, target_type: Project, text: ${use(n, 't', 'String!', one.text)}) { text }`
      default:
        return `m${n}: archive_item(item_id: ${use(n, 'i', 'ID!', one.itemId)}) { id state }`
    }
  })
  // A variable or fragment that nothing uses is an error in GraphQL.
  const unused = boards.flatMap((_, n) => [
    ...(usedBoards.has(n) ? [] : [`$b${n}: ID!`]),
    ...(readBoards.has(n) ? [] : [`$r${n}: [String!]`]),
  ])
  boards.forEach((_, n) => {
    if (!usedBoards.has(n)) delete variables[`b${n}`]
    if (!readBoards.has(n)) delete variables[`r${n}`]
  })
  const kept = params.filter((param) => !unused.includes(param))
  const usedFragments = fragments.filter((_, n) => readBoards.has(n))
  return {
    query:
      `mutation (${kept.join(', ')}) { complexity { query after } ${fields.join(' ')} } ${usedFragments.join(' ')}`.trim(),
    variables,
  }
}

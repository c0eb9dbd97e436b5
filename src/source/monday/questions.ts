/** Every GraphQL document of the source. A test holds each against the official schema of the pinned version. */

/** By name, with as little else as can be: an account may have hundreds. */
export const LIST_BOARDS = `query ($page: Int!) { boards(limit: 100, page: $page) { id name workspace { name } } }`

/** What boards are made of. */
export const READ_BOARDS = `query ($ids: [ID!], $limit: Int!) { boards(ids: $ids, limit: $limit) { id name state columns { id title type archived settings } } }`

export const READ_USERS = `query ($ids: [ID!], $limit: Int!) { users(ids: $ids, limit: $limit) { id email } }`

/** What only some types of columns hold, and their text does not: asked for where such a column is read, and nowhere else. */
const PARTS: Readonly<Record<string, string>> = {
  board_relation: '... on BoardRelationValue { linked_item_ids }',
  dependency: '... on DependencyValue { linked_item_ids }',
  mirror: '... on MirrorValue { display_value }',
  formula: '... on FormulaValue { display_value }',
  vote: '... on VoteValue { vote_count }',
}

function item(types: ReadonlySet<string>): string {
  const parts = Object.keys(PARTS)
    .filter((type) => types.has(type))
    .map((type) => ` ${PARTS[type]}`)
    .join('')
  return `fragment item on Item { id name state created_at updated_at url creator_id group { id title } board { id } column_values(ids: $columns) { id type text value${parts} } }`
}

/**
 * The first page of everything a board has, with its number of items and the newest change before: changes from there on
 * are read again by the next read, so that what changes meanwhile is not missed.
 */
export function firstOfAll(types: ReadonlySet<string>): string {
  return `query ($ids: [ID!], $limit: Int!, $columns: [String!]) { boards(ids: $ids) { id items_count newest: items_page(limit: 1, query_params: { order_by: [{ column_id: "__last_updated__", direction: desc }] }) { items { updated_at } } items_page(limit: $limit) { cursor items { ...item } } } } ${item(types)}`
}

/** The first page of a board's items, those that changed last first, with their number. */
export function firstOfNewest(types: ReadonlySet<string>): string {
  return `query ($ids: [ID!], $limit: Int!, $columns: [String!]) { boards(ids: $ids) { id items_count items_page(limit: $limit, query_params: { order_by: [{ column_id: "__last_updated__", direction: desc }] }) { cursor items { ...item } } } } ${item(types)}`
}

export function nextItems(types: ReadonlySet<string>): string {
  return `query ($cursor: String!, $limit: Int!, $columns: [String!]) { next_items_page(cursor: $cursor, limit: $limit) { cursor items { ...item } } } ${item(types)}`
}

/** Items in any state, by at most 100 ids. */
export function itemsById(types: ReadonlySet<string>): string {
  return `query ($ids: [ID!], $limit: Int!, $columns: [String!]) { items(ids: $ids, limit: $limit) { ...item } } ${item(types)}`
}

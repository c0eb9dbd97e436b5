import { searchTerms } from './cells.ts'
import { invalidArgument, invalidColumn, MondayError } from './errors.ts'
import { type ItemsQuery, itemOrder, itemTest } from './filter.ts'
import { SHAPES } from './shaped-cells.ts'
import type { ItemRow, MondayState } from './state.ts'

/** What is being paged through, and how far it got; a cursor is this, encoded. */
interface Listing {
  readonly board: number
  readonly group: string | null
  readonly query: ItemsQuery | null
  /** Set when the listing is a look-up by column values: per column, terms of which one must fit. */
  readonly lookup: readonly { readonly column: string; readonly terms: readonly string[] }[] | null
  /** Virtual time of the first page: 60 minutes later the cursor is dead, however far it got. */
  readonly startedAt: number
  /** Id of the last item seen, or how many were seen where `order_by` sorts. */
  readonly after: number
}

export interface Page {
  readonly items: readonly ItemRow[]
  readonly cursor: string | null
}

export interface PageRules {
  readonly now: number
  readonly cursorMs: number
  readonly maxLimit: number
  readonly maxIds: number
}

/** How many rows are read at a time while a filter looks for fitting ones. */
const CHUNK = 500

/** The first page of a board's or a group's items. */
export function firstPage(
  state: MondayState,
  from: { readonly board: number; readonly group: string | null; readonly query: ItemsQuery | null },
  limit: number,
  rules: PageRules,
): Page {
  if ((from.query?.ids?.length ?? 0) > rules.maxIds) throw invalidArgument(`At most ${rules.maxIds} ids can be queried`)
  return readPage(state, { ...from, lookup: null, startedAt: rules.now, after: 0 }, limit, rules)
}

/** The first page of the items that hold one of the values in each of the columns, as far as look-ups see them by now. */
export function lookupPage(
  state: MondayState,
  board: number,
  columns: readonly { readonly column_id: string; readonly column_values: readonly (string | null)[] }[],
  limit: number,
  rules: PageRules,
): Page {
  if (columns.length === 0) throw invalidArgument('columns must name at least one column')
  const lookup = columns.map(({ column_id, column_values }) => {
    const column = state.column(board, column_id)
    if (column === undefined) throw invalidColumn(column_id, board)
    if (!SEARCHABLE.has(column.type)) {
      throw invalidArgument(`Columns of type ${column.type} cannot be searched by value`, { column_id })
    }
    return { column: column_id, terms: column_values.flatMap((value) => searchTerms(column, value ?? '')) }
  })
  return readPage(state, { board, group: null, query: null, lookup, startedAt: rules.now, after: 0 }, limit, rules)
}

const SEARCHABLE: ReadonlySet<string> = new Set([
  'name',
  'text',
  'long_text',
  'numbers',
  'status',
  'dropdown',
  'date',
  'people',
  'checkbox',
  'link',
  ...Object.keys(SHAPES).filter((type) => SHAPES[type]?.term !== undefined),
])

/** The page after the one that `cursor` came with. */
export function nextPage(state: MondayState, cursor: string, limit: number, rules: PageRules): Page {
  const listing = decode(cursor)
  if (rules.now - listing.startedAt >= rules.cursorMs) {
    throw new MondayError(
      'CursorExpiredError',
      'The cursor provided for pagination has expired. Please refresh your query and obtain a new cursor to continue fetching items',
    )
  }
  return readPage(state, listing, limit, rules)
}

function readPage(state: MondayState, listing: Listing, limit: number, rules: PageRules): Page {
  if (limit < 1 || limit > rules.maxLimit) {
    throw invalidArgument(`The pagination limit must be between 1 and ${rules.maxLimit}, it is ${limit}`)
  }
  // One more than asked for tells whether there is a next page.
  const found = find(state, listing, limit + 1, rules.now)
  const items = found.slice(0, limit)
  const last = items.at(-1)
  if (found.length <= limit || last === undefined) return { items, cursor: null }
  const after = isSorted(listing) ? listing.after + limit : last.id
  return { items, cursor: encode({ ...listing, after }) }
}

function find(state: MondayState, listing: Listing, limit: number, now: number): ItemRow[] {
  if (listing.lookup !== null) return findByValues(state, listing, limit, now)
  const test = itemTest(listing.query, listing.board, state)
  if (isSorted(listing)) {
    const order = itemOrder(listing.query?.order_by ?? [], listing.board, state)
    return [...scan(state, listing, 0)]
      .filter(test)
      .sort(order)
      .slice(listing.after, listing.after + limit)
  }
  const found: ItemRow[] = []
  for (const item of scan(state, listing, listing.after, limit)) {
    if (test(item)) found.push(item)
    if (found.length === limit) break
  }
  return found
}

function* scan(state: MondayState, listing: Listing, start: number, first = CHUNK): Generator<ItemRow> {
  let after = start
  for (let size = first; ; size = CHUNK) {
    const items = state.itemsAfter(listing.board, listing.group, after, size)
    yield* items
    const last = items.at(-1)
    if (items.length < size || last === undefined) return
    after = last.id
  }
}

function findByValues(state: MondayState, listing: Listing, limit: number, now: number): ItemRow[] {
  const sets = (listing.lookup ?? []).map(({ column, terms }) => state.lookup(listing.board, column, terms, now))
  const [first = [], ...others] = sets
  const rest = others.map((ids) => new Set(ids))
  return first
    .filter((id) => id > listing.after && rest.every((ids) => ids.has(id)))
    .slice(0, limit)
    .map((id) => state.item(id) as ItemRow)
}

function isSorted(listing: Listing): boolean {
  return (listing.query?.order_by?.length ?? 0) > 0
}

function encode(listing: Listing): string {
  return Buffer.from(JSON.stringify(listing)).toString('base64url')
}

function decode(cursor: string): Listing {
  try {
    const listing = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as Listing
    if (typeof listing.board === 'number' && typeof listing.startedAt === 'number') return listing
  } catch {
    // Falls through: whatever it was, it is no cursor of ours.
  }
  throw new MondayError('InvalidArgumentException', 'The cursor is not valid')
}

import { z } from 'zod'
import { Fault } from '../../platform/errors.ts'
import { type BoardItem, type BoardLayout, type BoardUpdate, isLink } from '../board.ts'
import { type CellColumn, cellColumn, decodeCell, peopleOf } from './cells.ts'
import { CursorExpired, type MondayClient, type QueryOptions } from './client.ts'
import {
  FIRST_ITEMS,
  findItemsById,
  findItemsByValue,
  NEXT_ITEMS,
  type Operation,
  readingLinks,
  UPDATES_BY_ID,
} from './operations.ts'
import type { People } from './people.ts'
import { type WireItem, wireItem, wireItemsPage, wireItemUpdates } from './wire.ts'

/** How the columns of a board are read: by id, with the title that cells go by. */
export interface ReadColumns {
  readonly keyColumnId: string
  readonly byId: ReadonlyMap<string, CellColumn & { readonly title: string }>
  /** Titles that people gave to groups of ours, with the title by which we know each. */
  readonly groups?: ReadonlyMap<string, string>
}

export function readColumnsOf(layout: BoardLayout): ReadColumns {
  return {
    keyColumnId: layout.keyColumnId,
    byId: new Map(
      Object.entries(layout.columns).map(([title, column]) => [column.id, { ...cellColumn(column), title }]),
    ),
    groups: new Map(Object.entries(layout.shownGroups ?? {}).map(([title, shown]) => [shown, title])),
  }
}

/** Ids to ask values of: the key's first. */
export function columnIds(columns: ReadColumns): string[] {
  return [columns.keyColumnId, ...columns.byId.keys()].filter((id) => id !== '')
}

/** An item as read, cells in canonical text. */
export function toBoardItem(wire: WireItem, columns: ReadColumns, people: People): BoardItem {
  const cells: Record<string, string> = {}
  let key = ''
  for (const value of wire.column_values) {
    if (value.id === columns.keyColumnId) key = value.text ?? ''
    const column = columns.byId.get(value.id)
    if (column !== undefined) cells[column.title] = decodeCell(column, value, (id) => people.emailOf(id))
  }
  return {
    itemId: wire.id,
    key,
    name: wire.name,
    group: columns.groups?.get(wire.group?.title ?? '') ?? wire.group?.title ?? '',
    cells,
    state: wire.state === 'archived' || wire.state === 'deleted' ? wire.state : 'active',
    createdAt: wire.created_at ?? '',
  }
}

/** Users that people cells of these items name. */
export function userIdsIn(items: readonly WireItem[], columns: ReadColumns): string[] {
  return items.flatMap((item) =>
    item.column_values
      .filter((value) => columns.byId.get(value.id)?.type === 'people')
      .flatMap((value) =>
        peopleOf(value.value)
          .filter((one) => one.kind === 'person')
          .map((one) => one.id),
      ),
  )
}

/** Only boards with links ask for them. */
function withLinks(operation: Operation, { columns }: BoardLayout): Operation {
  const hasLinks = Object.values(columns).some(({ type }) => isLink(type))
  return hasLinks ? { ...operation, query: readingLinks(operation.query) } : operation
}

const PAGE = 500
const SMALLEST_PAGE = 25
const RESTARTS = 5

const firstAnswer = z.object({ boards: z.array(z.object({ items_page: wireItemsPage }).nullable()).nullish() })
const updatesAnswer = z.object({ items: z.array(wireItemUpdates.nullable()).nullish() })
const nextAnswer = z.object({ next_items_page: wireItemsPage })

/** Reads items of boards. */
export class ItemReader {
  readonly #client: MondayClient
  readonly #people: People

  constructor(client: MondayClient, people: People) {
    this.#client = client
    this.#people = people
  }

  /** Every active item with a key, once each, also when the cursor expires on the way and the listing starts again. */
  async *own(layout: BoardLayout, options: QueryOptions): AsyncGenerator<BoardItem> {
    if (layout.keyColumnId === '') return
    const columns = readColumnsOf(layout)
    const seen = new Set<string>()
    let limit = PAGE
    let restarts = 0
    let cursor: string | null = null
    for (;;) {
      let page: z.infer<typeof wireItemsPage>
      try {
        page = await this.#page(layout, columns, cursor, limit, options)
      } catch (error) {
        const tooComplex = error instanceof Fault && error.code === 'monday-too-complex' && limit > SMALLEST_PAGE
        if (!tooComplex && !(error instanceof CursorExpired)) throw error
        restarts += 1
        if (restarts > RESTARTS) throw tooSlow(layout)
        if (tooComplex) limit = Math.max(SMALLEST_PAGE, Math.floor(limit / 2))
        else cursor = null
        continue
      }
      const fresh = page.items.filter((item) => !seen.has(item.id))
      await this.#people.findIds(userIdsIn(fresh, columns), options)
      for (const wire of fresh) {
        seen.add(wire.id)
        const item = toBoardItem(wire, columns, this.#people)
        if (item.key !== '' && item.state === 'active') yield item
      }
      if (page.cursor == null) return
      cursor = page.cursor
    }
  }

  async #page(
    layout: BoardLayout,
    columns: ReadColumns,
    cursor: string | null,
    limit: number,
    options: QueryOptions,
  ): Promise<z.infer<typeof wireItemsPage>> {
    const ids = columnIds(columns)
    if (cursor !== null) {
      const data = await this.#client.query(
        withLinks({ query: NEXT_ITEMS, variables: { cursor, limit, columns: ids } }, layout),
        options,
      )
      return nextAnswer.parse(data).next_items_page
    }
    const data = await this.#client.query(
      withLinks({ query: FIRST_ITEMS, variables: { ids: [layout.boardId], limit, columns: ids } }, layout),
      options,
    )
    const board = firstAnswer.parse(data).boards?.[0]
    if (board == null) throw boardAbsent(layout.title)
    return board.items_page
  }

  async byKeys(layout: BoardLayout, keys: readonly string[], options: QueryOptions): Promise<BoardItem[]> {
    const columns = readColumnsOf(layout)
    const wanted = new Set(keys.filter((key) => key !== ''))
    if (layout.keyColumnId === '') return []
    const found: WireItem[] = []
    await this.#inChunks([...wanted], async (chunks) => {
      const operation = withLinks(
        findItemsByValue(layout.boardId, layout.keyColumnId, chunks, columnIds(columns)),
        layout,
      )
      const answer = z.record(z.string(), wireItemsPage)
      for (const page of Object.values(answer.parse(await this.#client.query(operation, options)))) {
        found.push(...page.items)
        let cursor = page.cursor ?? null
        while (cursor !== null) {
          const next = await this.#page(layout, columns, cursor, PAGE, options)
          found.push(...next.items)
          cursor = next.cursor ?? null
        }
      }
    })
    // monday compares without case: `006A` is found for `006a`, and is not it.
    const items = await this.#toItems(found, columns, options)
    return items.filter((item) => wanted.has(item.key) && item.state === 'active')
  }

  async byIds(layout: BoardLayout, itemIds: readonly string[], options: QueryOptions): Promise<BoardItem[]> {
    const columns = readColumnsOf(layout)
    const found: WireItem[] = []
    await this.#inChunks([...new Set(itemIds)], async (chunks) => {
      const answer = z.record(z.string(), z.array(wireItem.nullable()).nullable())
      const data = answer.parse(
        await this.#client.query(withLinks(findItemsById(chunks, columnIds(columns)), layout), options),
      )
      for (const items of Object.values(data)) found.push(...(items ?? []).filter((item) => item !== null))
    })
    // An item that was moved to another board is no longer ours to look after.
    const here = found.filter((item) => item.board == null || item.board.id === layout.boardId)
    return this.#toItems(here, columns, options)
  }

  async updates(itemIds: readonly string[], options: QueryOptions): Promise<BoardUpdate[]> {
    const found: BoardUpdate[] = []
    for (const ids of chunked([...new Set(itemIds)], SMALLEST_PAGE)) {
      const data = await this.#client.query({ query: UPDATES_BY_ID, variables: { ids, limit: ids.length } }, options)
      for (const item of updatesAnswer.parse(data).items ?? [])
        for (const update of item?.updates ?? [])
          found.push({ itemId: item?.id ?? '', text: update.text_body ?? '', createdAt: update.created_at ?? '' })
    }
    return found
  }

  /** Several chunks of 100 to a request; fewer, then smaller ones, when monday finds that too complex. */
  async #inChunks(all: readonly string[], ask: (chunks: string[][]) => Promise<void>): Promise<void> {
    let per = 100
    let together = 5
    for (let at = 0; at < all.length; ) {
      const slice = all.slice(at, at + per * together)
      try {
        await ask(chunked(slice, per))
      } catch (error) {
        const tooComplex = error instanceof Fault && error.code === 'monday-too-complex'
        if (!tooComplex || per <= SMALLEST_PAGE) throw error
        if (together > 1) together = 1
        else per = Math.max(SMALLEST_PAGE, Math.floor(per / 2))
        continue
      }
      at += slice.length
    }
  }

  async #toItems(wires: readonly WireItem[], columns: ReadColumns, options: QueryOptions): Promise<BoardItem[]> {
    await this.#people.findIds(userIdsIn(wires, columns), options)
    const seen = new Set<string>()
    return wires
      .filter((wire) => !seen.has(wire.id) && seen.add(wire.id))
      .map((wire) => toBoardItem(wire, columns, this.#people))
  }
}

export function boardAbsent(name: string): Fault {
  return new Fault('board-absent', `monday shows no board "${name}" to this token`, {
    blame: 'operator',
    hint: "Check the name or id in the mapping and that the token's user may see the board, or write create: true",
  })
}

function tooSlow(layout: BoardLayout): Fault {
  return new Fault(
    'monday-listing-expired',
    `Reading board "${layout.title}" took longer than monday keeps its place`,
    {
      blame: 'remote',
      exit: 75,
      hint: 'Run again when less of the minute and day budgets is used by others',
    },
  )
}

function chunked<T>(all: readonly T[], size: number): T[][] {
  const chunks: T[][] = []
  for (let at = 0; at < all.length; at += size) chunks.push(all.slice(at, at + size))
  return chunks
}

import type { BoardHost, BoardItem, BoardLayout } from '../board/board.ts'
import type { Day } from '../domain/day.ts'
import { rereadKnown, writeKnownCells } from '../plan/known.ts'
import { GONE_GROUP, LEFT_GROUP } from '../plan/plan.ts'
import type { CallOptions } from '../platform/call-options.ts'
import type { LedgerEntry, Store } from '../store/store.ts'

export interface Reread {
  readonly items: number
  /** Items found that the ledger did not know: taken over instead of created again. */
  readonly adopted: number
  /** Items whose text differs from what the ledger believed. */
  readonly differing: number
  /** Items the ledger believed in that are no longer on the board. */
  readonly missing: number
  readonly duplicates: readonly DuplicateItem[]
}

/** A second, younger item with a key that an older item has: to be archived by plan. */
export interface DuplicateItem {
  readonly key: string
  readonly itemId: string
}

/**
 * Reads a board whole and brings the ledger up to what is on it, so that hand edits, items that people removed,
 * and keys that occur twice are seen. Writes nothing to the board.
 */
export async function rereadBoard(
  host: BoardHost,
  store: Store,
  layout: BoardLayout,
  today: Day,
  now: number,
  options?: CallOptions,
): Promise<Reread> {
  const board = layout.board
  const titles = Object.keys(layout.columns)
  const seen = new Map<string, { itemId: string; createdAt: string }>()
  const duplicates: DuplicateItem[] = []
  let items = 0
  let adopted = 0
  let differing = 0

  const take = async (page: readonly BoardItem[]) => {
    const known = await Promise.all(page.map((item) => store.ledgerEntry(board, item.key)))
    const entries: LedgerEntry[] = []
    const list: string[] = []
    page.forEach((item, index) => {
      const first = seen.get(item.key)
      if (first !== undefined && !isOlder(item, first)) {
        duplicates.push({ key: item.key, itemId: item.itemId })
        return
      }
      if (first !== undefined) duplicates.push({ key: item.key, itemId: first.itemId })
      seen.set(item.key, { itemId: item.itemId, createdAt: item.createdAt })
      const before = known[index] ?? null
      const entry = toEntry(board, item, before, titles, today, now)
      if (before === null) adopted += 1
      if (entry === null) return
      if (before !== null) differing += 1
      entries.push(entry)
      list.push(item.key)
    })
    await store.saveReread(board, entries)
    await store.listKeys(board, list)
  }

  let page: BoardItem[] = []
  for await (const item of host.ownItems(layout, options)) {
    items += 1
    page.push(item)
    if (page.length === 500) {
      await take(page)
      page = []
    }
  }
  await take(page)
  const missing = await settleMissing(host, store, layout, seen, now, options)
  await store.listKeys(
    board,
    duplicates.map((duplicate) => duplicate.key),
  )
  return { items, adopted, differing, missing, duplicates }
}

/** Ledger items that the board did not show: looked up by id before they are believed gone, since a look-up by id does not lag. */
async function settleMissing(
  host: BoardHost,
  store: Store,
  layout: BoardLayout,
  seen: ReadonlyMap<string, unknown>,
  now: number,
  options?: CallOptions,
): Promise<number> {
  let missing = 0
  for await (const page of store.pairs(layout.board, 'all')) {
    const unseen = page.flatMap(({ ledger }) =>
      ledger !== null &&
      ledger.state === 'settled' &&
      ledger.itemId !== null &&
      ledger.place !== 'archived' &&
      !seen.has(ledger.key)
        ? [{ ...ledger, itemId: ledger.itemId }]
        : [],
    )
    for (let from = 0; from < unseen.length; from += 100) {
      const chunk = unseen.slice(from, from + 100)
      const found = await host.findByIds(
        layout,
        chunk.map((entry) => entry.itemId),
        options,
      )
      const active = new Set(found.filter((item) => item.state === 'active').map((item) => item.itemId))
      const gone = chunk.filter((entry) => !active.has(entry.itemId))
      await store.saveReread(
        layout.board,
        gone.map((entry) => ({ ...entry, place: 'archived', at: now })),
      )
      await store.listKeys(
        layout.board,
        gone.map((entry) => entry.key),
      )
      missing += gone.length
    }
  }
  return missing
}

function isOlder(a: { createdAt: string; itemId: string }, b: { createdAt: string; itemId: string }): boolean {
  if (a.createdAt !== b.createdAt) return a.createdAt < b.createdAt
  return a.itemId.length === b.itemId.length ? a.itemId < b.itemId : a.itemId.length < b.itemId.length
}

/** The entry after an item was read; `null` when it says nothing new. Text that people changed is marked as edited by hand. */
function toEntry(
  board: string,
  item: BoardItem,
  before: LedgerEntry | null,
  titles: readonly string[],
  today: Day,
  now: number,
): LedgerEntry | null {
  if (before !== null && before.itemId === item.itemId && before.place !== 'archived') {
    const { changed, known } = rereadKnown(before, item, titles)
    return changed || before.unread ? { ...before, ...known, at: now } : null
  }
  const place = item.group === LEFT_GROUP ? 'left' : item.group === GONE_GROUP ? 'gone' : 'active'
  return {
    board,
    key: item.key,
    version: before?.version ?? 0,
    state: 'settled',
    request: null,
    itemId: item.itemId,
    place,
    name: item.name,
    group: item.group,
    cells: writeKnownCells(item.cells),
    unread: false,
    leftOn: place === 'left' ? today : null,
    desired: null,
    from: before?.from ?? null,
    at: now,
  }
}

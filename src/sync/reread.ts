import type { BoardHost, BoardItem, BoardLayout } from '../board/board.ts'
import type { Day } from '../domain/day.ts'
import type { BoardMapping } from '../mapping/mapping.ts'
import { type ItemDrift, NO_DRIFT } from '../plan/drift.ts'
import { readKnownCells, rereadKnown, writeKnownCells } from '../plan/known.ts'
import { GONE_GROUP, GROUP, KEY, LEFT_GROUP, LOST, NAME } from '../plan/plan.ts'
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
  /** What people did to items that the ledger knew. */
  readonly drift: ItemDrift
}

/** A second, younger item with a key that an older item has: to be archived by plan. */
export interface DuplicateItem {
  readonly key: string
  readonly itemId: string
}

/** What a reading is made with. */
export interface Look {
  readonly today: Day
  readonly now: number
  /** The board as last seen; `null`: never. */
  readonly before: BoardLayout | null
  readonly mapping: Pick<BoardMapping, 'columns'>
}

/**
 * Reads a board whole and brings the ledger up to what is on it, so that hand edits, items that people removed,
 * and keys that occur twice are seen. Writes nothing to the board. Only columns that the mapping keeps are read; those
 * of people are their own.
 */
export async function rereadBoard(
  host: BoardHost,
  store: Store,
  whole: BoardLayout,
  look: Look,
  options?: CallOptions,
): Promise<Reread> {
  const { today, now, before, mapping } = look
  const layout = keptColumns(whole, mapping)
  const board = layout.board
  const titles = sameColumns(before, layout)
  const once = new Set(mapping.columns.filter((column) => column.once).map((column) => column.title))
  const drift: Counting = { ...NO_DRIFT }
  const seen = new Map<string, { itemId: string; createdAt: string }>()
  const duplicates: DuplicateItem[] = []
  const replaced: Replaced[] = []
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
      // An entry that never had an item stands for a key that was typed over one of ours: a look before this one undid it.
      else if (before.place === 'archived') drift.restored += before.itemId === null ? 0 : 1
      else if (before.itemId !== null && before.itemId !== item.itemId)
        replaced.push({ was: before.itemId, is: item.itemId })
      else if (entry !== null) countEdits(drift, before, entry, once)
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
  drift.exchanged = exchangedAmong(replaced)
  drift.replaced = replaced.length - drift.exchanged
  const missing = await settleMissing(host, store, { layout, titles, once, seen, duplicates, drift, now }, options)
  drift.copies = duplicates.length
  await store.listKeys(
    board,
    duplicates.map((duplicate) => duplicate.key),
  )
  return { items, adopted, differing, missing, duplicates, drift }
}

function keptColumns(layout: BoardLayout, mapping: Look['mapping']): BoardLayout {
  const kept = mapping.columns.flatMap(({ title }) => {
    const column = layout.columns[title]
    return column === undefined ? [] : [[title, column] as const]
  })
  return { ...layout, columns: Object.fromEntries(kept) }
}

/** Titles of columns that are the ones they were; without a look before, all. */
function sameColumns(before: BoardLayout | null, now: BoardLayout): string[] {
  const titles = Object.keys(now.columns)
  if (before === null || before.boardId !== now.boardId) return titles
  return titles.filter((title) => (before.columns[title]?.id ?? now.columns[title]?.id) === now.columns[title]?.id)
}

/** An item that has the key of another. */
interface Replaced {
  readonly was: string
  readonly is: string
}

/** How many of the items that have another's key gave theirs to one of the others. */
function exchangedAmong(replaced: readonly Replaced[]): number {
  const given = new Set(replaced.map(({ was }) => was))
  const taken = new Set(replaced.map(({ is }) => is))
  return replaced.filter(({ was, is }) => given.has(is) && taken.has(was)).length
}

type Counting = { -readonly [way in keyof ItemDrift]: ItemDrift[way] }

/** Counts marks that are new on an entry. Cells that people own from the start are theirs to change. */
function countEdits(
  drift: Counting,
  before: LedgerEntry,
  after: Pick<LedgerEntry, 'cells'>,
  once: ReadonlySet<string>,
): void {
  const known = readKnownCells(before.cells).edited
  for (const mark of readKnownCells(after.cells).edited) {
    if (known.includes(mark) || mark === LOST || once.has(mark)) continue
    const way = mark === NAME ? 'names' : mark === GROUP ? 'moved' : mark === KEY ? 'keys' : 'cells'
    drift[way] += 1
    if (way === 'cells' && drift.columns?.includes(mark) !== true) drift.columns = [...(drift.columns ?? []), mark]
  }
}

/** What is known after all items of a board were read. */
interface Found {
  readonly layout: BoardLayout
  readonly titles: readonly string[]
  /** Titles of columns that are written once. */
  readonly once: ReadonlySet<string>
  readonly seen: ReadonlyMap<string, unknown>
  /** Corrected where an item only seemed to be a copy, since its key was changed to that of another. */
  readonly duplicates: DuplicateItem[]
  readonly drift: Counting
  readonly now: number
}

/** Ledger items that the board did not show: looked up by id before they are believed gone, since a look-up by id does not lag. */
async function settleMissing(host: BoardHost, store: Store, found: Found, options?: CallOptions): Promise<number> {
  const { layout, seen } = found
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
      const ids = chunk.map((entry) => entry.itemId)
      const byId = new Map((await host.findByIds(layout, ids, options)).map((item) => [item.itemId, item]))
      const settled: LedgerEntry[] = []
      for (const entry of chunk) {
        const item = byId.get(entry.itemId)
        if (item?.state === 'active') settled.push(...(await rekey(store, found, entry, item)))
        else {
          found.drift[item === undefined ? 'elsewhere' : item.state === 'archived' ? 'archived' : 'deleted'] += 1
          settled.push({ ...entry, place: 'archived', at: found.now })
          missing += 1
        }
      }
      await store.saveReread(layout.board, settled)
      await store.listKeys(
        layout.board,
        settled.map((entry) => entry.key),
      )
    }
  }
  return missing
}

/**
 * Entries after an item of ours was found without our key, or with another: the item stays that of its entry, and gets its
 * key again. What it was taken for meanwhile, an item of the other key, is undone.
 */
async function rekey(store: Store, found: Found, entry: LedgerEntry, item: BoardItem): Promise<LedgerEntry[]> {
  // Its own key, seen by id alone: a listing may lag behind.
  if (item.key === entry.key) return []
  const { known } = rereadKnown(entry, item, found.titles, entry.key)
  const own: LedgerEntry = { ...entry, ...known, at: found.now }
  countEdits(found.drift, entry, own, found.once)
  if (item.key === '') return [own]
  const board = found.layout.board
  const at = found.duplicates.findIndex((copy) => copy.key === item.key)
  const copy = at < 0 ? undefined : found.duplicates.splice(at, 1)[0]
  const taken = await store.ledgerEntry(board, item.key)
  if (taken === null || taken.itemId !== item.itemId) return [own]
  // It seemed to stand in the place of the other key's item, which is there.
  if (copy !== undefined) found.drift.replaced -= 1
  const other: LedgerEntry = {
    ...taken,
    itemId: copy?.itemId ?? null,
    place: copy === undefined ? 'archived' : 'active',
    cells: writeKnownCells({}),
    desired: null,
    unread: true,
    at: found.now,
  }
  return [own, other]
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
    ...(before?.told === undefined ? {} : { told: before.told }),
  }
}

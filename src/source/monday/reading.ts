import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { CallOptions } from '../../platform/call-options.ts'
import { Fault } from '../../platform/errors.ts'
import { instantText } from '../canonical.ts'
import type { Cursor, Page, ReadRequest, SourceRecord } from '../source.ts'
import type { MondayAccount } from './account.ts'
import { Asking, tooComplex } from './asking.ts'
import type { KnownBoard } from './boards.ts'
import { RecordMaker, stampOf, type Wanted, wantedOf } from './items.ts'
import { firstOfAll, firstOfNewest, nextItems } from './questions.ts'
import { type WireItem, type WirePage, wireFirst, wireNext } from './wire.ts'

const SMALLEST_PAGE = 25
const RESTARTS = 5
/** Stamps are whole seconds, and made by more than one machine: so far back is read again. */
const OVERLAP_MS = 60_000

/** Where reading of a board stands. */
const Standing = z.object({
  v: z.literal(1),
  /** Set while everything is being read: where monday goes on, an hour at most. */
  under: z.string().nullable(),
  /** The newest change before the read that this one goes on from. */
  mark: z.string(),
  /** How many items the board had then. */
  count: z.number(),
  /** Of what a board on one page held; `null` where it was more. */
  digest: z.string().nullable(),
})
type Standing = z.output<typeof Standing>

/** One read of a board: what it asks, and what it makes of the answers. */
interface Reading {
  readonly board: string
  readonly wanted: Wanted
  readonly asking: Asking
  readonly maker: RecordMaker
  limit: number
}

/**
 * Reads a board. A board that fits a page is compared as a whole: nothing is handed over where nothing changed, all of it
 * where anything did, so that archived and deleted items are noticed at once. Of a larger one, those that changed last are
 * asked for first, until one is met that was known; where the number of items is not what it should be, one went or came
 * without a change, and everything is read.
 *
 * A listing lives for an hour from its first page on: one that expired begins anew.
 */
export async function* readBoard(
  account: MondayAccount,
  known: KnownBoard,
  request: ReadRequest,
  pageSize: number,
  options: CallOptions,
): AsyncGenerator<Page> {
  const asking = new Asking(account, options)
  const wanted = wantedOf(known, request.fields)
  const { board } = known
  const reading = { board: board.name, wanted, asking, maker: new RecordMaker(wanted, asking), limit: pageSize }
  const stood = request.after === null ? null : readStanding(request.after)
  if (stood === null || stood.under !== null) yield* readEverything(reading, stood)
  else yield* readChanges(reading, stood)
}

async function* readEverything(reading: Reading, stood: Standing | null): AsyncGenerator<Page> {
  const { asking, maker, wanted } = reading
  let standing = stood
  for (let restarts = 0; ; ) {
    const page =
      standing === null ? await firstPage(reading, firstOfAll(wanted.types)) : await nextPage(reading, standing)
    if (page === 'expired') {
      restarts += 1
      if (restarts > RESTARTS) throw listingExpired(reading.board)
      // What was handed over no longer counts: items may have moved past the place where the listing stood.
      yield { records: [], cursor: NOWHERE, snapshot: false, requests: asking.takeCalls() }
      standing = null
      continue
    }
    const records = await maker.records(page.items.filter(isHere(wanted)))
    const isFirst = standing === null
    const begun = standing ?? page.begun
    const isWhole = page.cursor == null
    const digest = isFirst && isWhole ? digestOf(wanted, records) : null
    standing = { ...begun, under: page.cursor ?? null, digest }
    yield { records, cursor: writeStanding(standing), snapshot: true, requests: asking.takeCalls() }
    if (isWhole) return
  }
}

async function* readChanges(reading: Reading, stood: Standing): AsyncGenerator<Page> {
  const { asking, maker, wanted } = reading
  const from = new Date(Date.parse(stood.mark) - OVERLAP_MS).toISOString()
  let page: FoundPage | 'expired' = await firstPage(reading, firstOfNewest(wanted.types))
  if (page.cursor == null) {
    const records = await maker.records(page.items.filter(isHere(wanted)))
    const digest = digestOf(wanted, records)
    const cursor = writeStanding({ ...page.begun, mark: newestOf(page.items) ?? stood.mark, digest })
    const isSame = digest === stood.digest
    if (!isSame) yield { records: [], cursor: NOWHERE, snapshot: false, requests: 0 }
    yield { records: isSame ? [] : records, cursor, snapshot: !isSame, requests: asking.takeCalls() }
    return
  }
  const begun = { ...page.begun, mark: newestOf(page.items) ?? stood.mark }
  const made = new Set<string>()
  for (;;) {
    const fresh = page.items.filter((item) => stampOf(item) >= from)
    for (const item of fresh) if (instantText(item.created_at ?? '') > stood.mark) made.add(item.id)
    const isLast: boolean = fresh.length < page.items.length || page.cursor == null
    const records = await maker.records(fresh.filter(isHere(wanted)))
    if (isLast && begun.count !== stood.count + made.size) {
      yield { records, cursor: NOWHERE, snapshot: false, requests: asking.takeCalls() }
      yield* readEverything(reading, null)
      return
    }
    // Newest first: until the last page, the next read has to begin where this one did.
    const standing: Standing = isLast ? { ...begun, digest: null } : stood
    yield { records, cursor: writeStanding(standing), snapshot: false, requests: asking.takeCalls() }
    if (isLast) return
    page = await nextPage(reading, { ...begun, under: page.cursor ?? null })
    if (page === 'expired') {
      yield { records: [], cursor: NOWHERE, snapshot: false, requests: asking.takeCalls() }
      yield* readEverything(reading, null)
      return
    }
  }
}

/** An item that was moved to another board meanwhile is none of ours, nor is one that was archived. */
function isHere({ board }: Wanted): (item: WireItem) => boolean {
  return (item) => (item.state == null || item.state === 'active') && (item.board == null || item.board.id === board)
}

interface FoundPage extends WirePage {
  /** Where the next read starts, as far as this page tells. */
  readonly begun: Standing
}

async function firstPage(reading: Reading, query: string): Promise<FoundPage> {
  const { wanted } = reading
  const page = await asked(reading, query, { ids: [wanted.board] }, (data) => {
    const board = wireFirst.parse(data).boards?.[0]
    if (board == null) throw boardGone(reading.board)
    const mark = instantText(board.newest?.items[0]?.updated_at ?? EPOCH)
    const begun: Standing = { v: 1, under: null, mark, count: board.items_count ?? 0, digest: null }
    return { ...board.items_page, begun }
  })
  // A first page names no cursor that could have expired.
  if (page === 'expired') throw listingExpired(reading.board)
  return page
}

function nextPage(reading: Reading, standing: Standing): Promise<FoundPage | 'expired'> {
  return asked(reading, nextItems(reading.wanted.types), { cursor: standing.under }, (data) => ({
    ...wireNext.parse(data).next_items_page,
    begun: standing,
  }))
}

/** Asks for a page; for a smaller one, where monday finds it too complex. */
async function asked<T>(
  reading: Reading,
  query: string,
  variables: Readonly<Record<string, unknown>>,
  read: (data: Readonly<Record<string, unknown>>) => T,
): Promise<T | 'expired'> {
  for (;;) {
    const { limit, wanted } = reading
    const reply = await reading.asking.reply(query, { ...variables, limit, columns: wanted.columns })
    if (reply.is === 'answer') return read(reply.data)
    if (reply.is === 'expired') return 'expired'
    if (limit <= SMALLEST_PAGE) throw tooComplex()
    reading.limit = Math.max(SMALLEST_PAGE, Math.floor(limit / 2))
  }
}

const EPOCH = '1970-01-01T00:00:00.000Z'

function newestOf(items: readonly WireItem[]): string | null {
  return items.reduce<string | null>((newest, item) => {
    const stamp = stampOf(item)
    return newest === null || stamp > newest ? stamp : newest
  }, null)
}

/** The same whatever the order, and for the same fields only. */
function digestOf({ fields }: Wanted, records: readonly SourceRecord[]): string {
  const sorted = records.map((record) => JSON.stringify(record)).sort()
  return createHash('sha256')
    .update(JSON.stringify([fields.map(({ name }) => name), sorted]))
    .digest('hex')
}

/** A cursor that stands nowhere: the next read begins anew. */
const NOWHERE = 'nowhere' as Cursor

function writeStanding(standing: Standing): Cursor {
  return JSON.stringify(standing) as Cursor
}

function readStanding(cursor: Cursor): Standing | null {
  try {
    return Standing.parse(JSON.parse(cursor))
  } catch {
    return null
  }
}

function listingExpired(board: string): Fault {
  return new Fault('monday-listing-expired', `Reading board "${board}" took longer than monday keeps its place`, {
    blame: 'remote',
    exit: 75,
    hint: 'Run again when less of the minute and day budgets is used by others',
  })
}

function boardGone(board: string): Fault {
  return new Fault('monday-board-missing', `monday no longer shows the board "${board}" to this token`, {
    blame: 'operator',
    hint: "Check that the board is there and that the token's user may see it",
  })
}

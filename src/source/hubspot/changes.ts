import type { Page, SourceRecord } from '../source.ts'
import { type Account, type AskedBy, take } from './account.ts'
import { type Changes, remember, writeCursor } from './cursor.ts'
import { listArchived, readBatch, searchChanged } from './fetching.ts'
import { associationsOf, mergedRecords, type RawObject, type Shape, toRecords } from './shape.ts'

/** A list of deleted records that takes longer than this is not read in each run: a page of it for each minute. */
const ARCHIVED_PAGES = 3
const PER_ARCHIVED_PAGE_MS = 60_000

/**
 * What was deleted and what changed, up to now. A window that a read broke off in stays as it is; whoever goes on there gets
 * what came after its end as well, however long ago that is.
 */
export async function* readChanges(
  account: Account,
  shape: Shape,
  stood: Changes,
  asked: AskedBy,
): AsyncGenerator<Page> {
  const standing = stood.underWay === null ? stood : yield* readWindow(account, shape, stood, asked)
  yield* readWindow(account, shape, standing, asked)
}

/**
 * What was deleted, by the list of archived records, which searches leave out and whose stamps did not move; then what
 * changed in one window of time, up to now and from a while before the last one's end, since the index lags. Each record
 * that is found is read itself. Answers where reading then stands.
 */
async function* readWindow(
  account: Account,
  shape: Shape,
  stood: Changes,
  asked: AskedBy,
): AsyncGenerator<Page, Changes> {
  let standing = stood
  const underWay = () => standing.underWay ?? { to: now, id: null, archivedRead: false }
  // Never back, whatever the server's clock says.
  const now = Math.max(account.client.serverNow(), stood.from)
  const { to } = underWay()
  const window = { from: stood.from - account.lookBackMs, to }
  const page = (records: readonly SourceRecord[]): Page => ({
    records,
    cursor: writeCursor(standing),
    snapshot: false,
    ...take(asked.tally),
  })

  let gone: readonly SourceRecord[] = []
  if (!underWay().archivedRead) {
    const read = to < standing.archived.notBefore ? null : await readArchived(account, shape, standing, to, asked)
    gone = read?.records ?? []
    standing = {
      ...standing,
      seen: read?.seen ?? standing.seen,
      archived: read?.archived ?? standing.archived,
      underWay: { ...underWay(), archivedRead: true },
    }
  }
  for (;;) {
    asked.signal?.throwIfAborted()
    const { changed, isLast } = await searchChanged(account, shape, window, underWay().id, asked)
    const unread = changed.filter(({ id, stamp }) => standing.seen[id] !== stamp)
    const { records, stamps } = await readChanged(account, shape, unread, asked)
    const ids = new Set(records.map(({ id }) => id))
    // A record that was deleted and restored is there in the end.
    const all = [...gone.filter(({ id }) => !ids.has(id)), ...records]
    gone = []
    // The next read looks back from the end of this window; until then this one's own beginning counts.
    const seen = remember(standing.seen, stamps, isLast ? to - account.lookBackMs : window.from)
    if (isLast) {
      standing = { ...standing, from: to, seen, underWay: null }
      yield page(all)
      return standing
    }
    standing = { ...standing, seen, underWay: { ...underWay(), id: changed.at(-1)?.id ?? null } }
    if (all.length > 0) yield page(all)
  }
}

type Stamp = readonly [id: string, stamp: string]

async function readChanged(
  account: Account,
  shape: Shape,
  changed: readonly { readonly id: string; readonly stamp: string }[],
  asked: AskedBy,
): Promise<{ readonly records: readonly SourceRecord[]; readonly stamps: readonly Stamp[] }> {
  const ids = changed.map(({ id }) => id)
  if (ids.length === 0) return { records: [], stamps: [] }
  const { found, missing } = await readBatch(account, shape, ids, asked)
  const associations = await associationsOf(
    account,
    shape,
    found.map(({ id }) => id),
    asked,
  )
  const present = found.flatMap((raw) => [...mergedRecords(shape, raw), ...toRecords(shape, raw, associations)])
  const stamps = new Map(changed.map(({ id, stamp }) => [id, stamp]))
  // The index still knows them, and they are gone.
  const gone = await goneRecords(account, shape, missing, (id) => stamps.get(id) ?? '', asked)
  for (const { id, updatedAt } of found) stamps.set(id, updatedAt.toISOString())
  return { records: [...gone, ...present], stamps: [...stamps] }
}

/** Records to delete for objects that are gone: of a history, all that was handed over for them. */
async function goneRecords(
  account: Account,
  shape: Shape,
  ids: readonly string[],
  goneAt: (id: string) => string,
  asked: AskedBy,
): Promise<SourceRecord[]> {
  if (shape.reading.as !== 'history') return ids.map((id) => ({ kind: 'deleted', id, changedAt: goneAt(id) }))
  const { found } = await readBatch(account, shape, ids, asked, true)
  return found.flatMap((raw: RawObject) =>
    toRecords({ ...shape, condition: null }, raw, new Map()).map(
      ({ id }): SourceRecord => ({ kind: 'deleted', id, changedAt: goneAt(raw.id) }),
    ),
  )
}

interface ReadArchived {
  readonly records: readonly SourceRecord[]
  readonly seen: Changes['seen']
  readonly archived: Changes['archived']
}

async function readArchived(
  account: Account,
  shape: Shape,
  { seen, archived }: Changes,
  to: number,
  asked: AskedBy,
): Promise<ReadArchived> {
  const since = archived.from - account.lookBackMs
  const gone = new Map<string, string>()
  let pages = 0
  let after: string | null = null
  do {
    asked.signal?.throwIfAborted()
    const page: Awaited<ReturnType<typeof listArchived>> = await listArchived(account, shape, after, asked)
    for (const { id, archivedAt, updatedAt } of page.raws) {
      const at = archivedAt ?? updatedAt
      if (at.getTime() >= since && seen[archivedName(id)] !== at.toISOString()) gone.set(id, at.toISOString())
    }
    pages += 1
    after = page.after
  } while (after !== null)
  const ids = [...gone.keys()]
  const stamps = [...gone].map(([id, at]) => [archivedName(id), at] as const)
  return {
    records: await goneRecords(account, shape, ids, (id) => gone.get(id) ?? '', asked),
    seen: remember(seen, stamps, since),
    archived: { from: to, notBefore: pages <= ARCHIVED_PAGES ? 0 : to + pages * PER_ARCHIVED_PAGE_MS },
  }
}

function archivedName(id: string): string {
  return `archived ${id}`
}

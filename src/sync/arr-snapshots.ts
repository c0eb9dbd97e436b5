import type { Day } from '../domain/day.ts'
import type { Context } from '../domain/derivation.ts'
import type { ArrSnapshot, Watched } from '../domain/revenue/arr-snapshots.ts'
import type { SourceMapping } from '../mapping/mapping.ts'
import type { Snapshot, Store, StoredDossier } from '../store/store.ts'

const KIND = 'account'
const NONE: readonly ArrSnapshot[] = []

/** Gives the snapshots that are kept of the accounts of a dossier, and of those merged into them, by account and day. */
export type KeptOf = (dossier: Pick<StoredDossier, 'records'>) => readonly ArrSnapshot[]

/**
 * Reads the snapshots of dossiers, a page of dossiers at a time. Whether there are any is asked once: a company whose accounts have no ARR
 * field pays for nothing else.
 */
export async function openArrSnapshots(
  store: Pick<Store, 'hasSnapshots' | 'snapshots'>,
  context: Pick<Context, 'mergedInto'>,
): Promise<(page: readonly Pick<StoredDossier, 'records'>[]) => Promise<KeptOf>> {
  if (!(await store.hasSnapshots(KIND))) return async () => () => NONE
  const accountsOf: (dossier: Pick<StoredDossier, 'records'>) => string[] = ({ records }) =>
    records.flatMap(({ kind, id }) => (kind === KIND ? [id, ...context.mergedInto(id)] : []))
  return async (page) => {
    const found = await store.snapshots(KIND, page.flatMap(accountsOf))
    if (found.length === 0) return () => NONE
    const byAccount = Map.groupBy(found, ({ id }) => id)
    return (dossier) => [...new Set(accountsOf(dossier))].flatMap((id) => byAccount.get(id)?.map(readSnapshot) ?? NONE)
  }
}

function readSnapshot({ id, day, body }: Snapshot): ArrSnapshot {
  return { accountId: id, day, ...(JSON.parse(body) as Omit<ArrSnapshot, 'accountId' | 'day'>) }
}

/** As the store keeps it. */
export function storedSnapshot({ accountId, day, ...rest }: ArrSnapshot): Snapshot {
  return { kind: KIND, id: accountId, day, body: JSON.stringify(rest) }
}

/** What is noted of sources whose accounts have an ARR field, by source: `isKept` once snapshots of it are. */
type Noted = Record<string, Watched & { readonly isKept: boolean }>
const NOTE = 'arr-watched'

async function readNote(store: Pick<Store, 'note'>): Promise<Noted> {
  return JSON.parse((await store.note(NOTE)) ?? '{}') as Noted
}

/** The sources whose accounts have an ARR field. */
export async function readWatched(store: Pick<Store, 'note'>): Promise<ReadonlyMap<string, Watched>> {
  return new Map(Object.entries(await readNote(store)))
}

/** Notes which sources are to fill the ARR of accounts; one that no longer does was not watched in between, should it do so again. */
export async function watchSources(store: Pick<Store, 'note' | 'setNote'>, sources: readonly string[]): Promise<void> {
  const before = await readNote(store)
  if (Object.keys(before).sort().join('\n') === [...sources].sort().join('\n')) return
  const now = Object.fromEntries(sources.map((source) => [source, before[source] ?? { since: null, isKept: false }]))
  await store.setNote(NOTE, JSON.stringify(now))
}

/**
 * Notes of which sources snapshots were kept, and that whoever is first seen with ARR after today had none before: from when on
 * everything was read to its end once (`isWhole`), and snapshots are kept at all. A field that is filled for the first time
 * some days after it was mapped tells of no new ARR.
 */
export async function noteKept(
  store: Pick<Store, 'note' | 'setNote'>,
  kept: ReadonlySet<string>,
  isWhole: boolean,
  today: Day,
): Promise<void> {
  const before = await readNote(store)
  const now = Object.fromEntries(
    Object.entries(before).map(([source, { since, isKept }]) => {
      const isKeptNow = isKept || kept.has(source)
      return [source, { since: since ?? (isWhole && isKeptNow ? today : null), isKept: isKeptNow }]
    }),
  )
  if (JSON.stringify(now) !== JSON.stringify(before)) await store.setNote(NOTE, JSON.stringify(now))
}

/** The sources whose mapping fills the ARR of accounts. */
export function sourcesWithArr(sources: readonly Pick<SourceMapping, 'source' | 'records'>[]): string[] {
  return sources
    .filter(({ records }) => records.some(({ kind, fields }) => kind === KIND && fields.arr !== undefined))
    .map(({ source }) => source)
}

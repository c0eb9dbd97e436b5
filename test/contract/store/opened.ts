import { onTestFinished } from 'vitest'
import type { Cursor } from '../../../src/source/source.ts'
import type { Place, SavedEntry, SavedPage, Store, StoredDossier, Stream } from '../../../src/store/store.ts'
import type { StillClock } from '../../board/still-clock.ts'

/** A store under test, with the clock it was given. */
export interface OpenedStore {
  readonly store: Store
  readonly clock: StillClock
  /** Another store on the same data, as a second process would open it. */
  another(): Promise<Store>
  close(): Promise<void>
}

export type OpenStore = () => Promise<OpenedStore>

/** Opens a store that is closed when the test ends, however it ends. */
export async function opened(open: OpenStore): Promise<OpenedStore> {
  const it = await open()
  onTestFinished(() => it.close())
  return it
}

export async function all<T>(pages: AsyncIterable<readonly T[]>): Promise<T[]> {
  const found: T[] = []
  for await (const page of pages) found.push(...page)
  return found
}

export const OPPORTUNITIES: Stream = { source: 'salesforce', kind: 'opportunity' }
export const ACCOUNTS: Stream = { source: 'salesforce', kind: 'account' }
export const CHANGES: Stream = { source: 'salesforce', kind: 'stage_change' }
export const USERS: Stream = { source: 'salesforce', kind: 'user' }

export function below(kind: string, id: string): Place {
  return { as: 'child', of: { kind, id } }
}

export const ROOT: Place = { as: 'root' }
export const CONTEXT: Place = { as: 'context' }

/** A delivered record; `text` stands for its content, raw and mapped. */
export function present(id: string, place: Place, text = '', at = 0): SavedEntry {
  return {
    kind: 'present',
    id,
    changedAt: '2026-11-22T10:00:00.000Z',
    fields: JSON.stringify({ text }),
    record: { at, place, body: JSON.stringify({ id, text }) },
    rejections: [],
  }
}

/** A delivered record that the mapping rejects as a whole. */
export function unmappable(id: string): SavedEntry {
  return {
    kind: 'present',
    id,
    changedAt: '2026-11-22T10:00:00.000Z',
    fields: '{}',
    record: null,
    rejections: [{ field: '', from: 'Id', value: '', code: 'required', reason: 'has no name' }],
  }
}

export function gone(id: string, mergedInto?: string): SavedEntry {
  return {
    kind: 'deleted',
    id,
    changedAt: '2026-11-22T11:00:00.000Z',
    ...(mergedInto === undefined ? {} : { mergedInto }),
  }
}

export function page(stream: Stream, entries: readonly SavedEntry[], rest: Partial<SavedPage> = {}): SavedPage {
  return {
    stream,
    object: stream.kind,
    cursor: 'cursor-1' as Cursor,
    snapshot: false,
    mapping: 'mapping-1',
    request: 'request-1',
    entries,
    ...rest,
  }
}

/** Dossiers as `id → ["kind id text", …]`. */
export async function contents(store: Store): Promise<Record<string, string[]>> {
  const dossiers = await all(store.dossiers('all'))
  return Object.fromEntries(dossiers.map((it) => [it.id, listed(it)]))
}

export function listed(dossier: StoredDossier): string[] {
  return dossier.records.map((it) => `${it.kind} ${it.id}`)
}

/** Ids of dirty dossiers. */
export async function dirty(store: Store): Promise<string[]> {
  return (await all(store.dossiers('dirty'))).map((it) => it.id)
}

/** Derives every dirty dossier to nothing, so that a test sees only what comes after. */
export async function settleDirt(store: Store): Promise<void> {
  for await (const batch of store.dossiers('dirty')) {
    await store.saveDerived({
      boards: [],
      dossiers: batch.map((it) => ({ id: it.id, mark: it.mark, facts: '{}', changesOn: null, uses: [], items: [] })),
      totals: [],
    })
  }
}

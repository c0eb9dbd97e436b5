import type { Place, RecordToStore, Rejection, SavedEntry, SavedPage } from '../store.ts'

/** The entries of a page in columns: thousands of small objects through the thread boundary cost more than saving them. */
export interface EntryColumns {
  readonly ids: readonly string[]
  readonly changedAts: readonly string[]
  readonly fields: readonly string[]
  /** `null`: rejected as a whole, or deleted. */
  readonly bodies: readonly (string | null)[]
  readonly ats: readonly number[]
  /** Every way in which records of the page are placed, but for the parent's id. */
  readonly places: readonly { readonly as: Place['as']; readonly kind: string | null }[]
  /** Per entry: an index into `places`. */
  readonly placed: readonly number[]
  readonly parentIds: readonly (string | null)[]
  /** Of those that have any, by the entry's index. */
  readonly keys: ReadonlyMap<number, readonly string[]>
  /** Of the few that have any, by the entry's index. */
  readonly rejections: ReadonlyMap<number, readonly Rejection[]>
  /** Of those deleted at their source, by the entry's index: what each was merged into. */
  readonly deleted: ReadonlyMap<number, string | null>
}

/** A page as it goes to the store's thread. */
export type PageColumns = Omit<SavedPage, 'entries'> & { readonly columns: EntryColumns }

export function toEntryColumns(entries: readonly SavedEntry[]): EntryColumns {
  const places: { as: Place['as']; kind: string | null }[] = []
  const indexOf = (as: Place['as'], kind: string | null) => {
    const found = places.findIndex((it) => it.as === as && it.kind === kind)
    return found === -1 ? places.push({ as, kind }) - 1 : found
  }
  const records = entries.map((entry) => (entry.kind === 'present' ? entry.record : null))
  const parents = records.map((record) => (record === null || record.place.as === 'root' ? null : record.place.of))
  const keys = new Map<number, readonly string[]>()
  records.forEach((record, i) => {
    if (record?.keys !== undefined) keys.set(i, record.keys)
  })
  const rejections = new Map<number, readonly Rejection[]>()
  const deleted = new Map<number, string | null>()
  entries.forEach((entry, i) => {
    if (entry.kind === 'present') {
      if (entry.rejections.length > 0) rejections.set(i, entry.rejections)
    } else deleted.set(i, entry.mergedInto ?? null)
  })
  return {
    ids: entries.map(({ id }) => id),
    changedAts: entries.map(({ changedAt }) => changedAt),
    fields: entries.map((entry) => (entry.kind === 'present' ? entry.fields : '')),
    bodies: records.map((record) => record?.body ?? null),
    ats: records.map((record) => record?.at ?? 0),
    placed: records.map((record, i) => indexOf(record?.place.as ?? 'root', parents[i]?.kind ?? null)),
    places,
    parentIds: parents.map((parent) => parent?.id ?? null),
    keys,
    rejections,
    deleted,
  }
}

const NO_REJECTIONS: readonly Rejection[] = []

export function fromEntryColumns(columns: EntryColumns): SavedEntry[] {
  return columns.ids.map((id, i): SavedEntry => {
    const changedAt = columns.changedAts[i] as string
    const mergedInto = columns.deleted.get(i)
    if (mergedInto !== undefined)
      return { kind: 'deleted', id, changedAt, ...(mergedInto === null ? {} : { mergedInto }) }
    const fields = columns.fields[i] as string
    const rejections = columns.rejections.get(i) ?? NO_REJECTIONS
    return { kind: 'present', id, changedAt, fields, record: recordAt(columns, i), rejections }
  })
}

function recordAt({ bodies, ats, places, placed, parentIds, keys }: EntryColumns, i: number): RecordToStore | null {
  const body = bodies[i] ?? null
  if (body === null) return null
  const { as, kind } = places[placed[i] as number] as EntryColumns['places'][number]
  const id = parentIds[i] ?? null
  const of = kind === null || id === null ? null : { kind, id }
  // A child always names its parent.
  const place = of === null ? { as } : { as, of }
  const own = keys.get(i)
  return { at: ats[i] as number, place: place as Place, body, ...(own === undefined ? {} : { keys: own }) }
}

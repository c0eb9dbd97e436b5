import type { GatheredEntries, Place, RecordToStore, Rejection, SavedEntry, SavedPage } from '../store.ts'
import { misuse } from './faults.ts'
import { assertJoinable, SEPARATOR } from './pages.ts'

/**
 * The entries of a page in columns: thousands of small objects through the thread boundary cost more than saving them. The
 * long texts are bytes in a row, which the thread takes over as they are.
 */
export interface EntryColumns {
  readonly ids: readonly string[]
  /** Change stamp, raw fields and record of one entry after the other, in UTF-8; of those deleted only the stamp. */
  readonly text: Uint8Array<ArrayBuffer>
  /** Where each of the three ends in `text`. */
  readonly ends: Uint32Array<ArrayBuffer>
  readonly ats: readonly number[]
  /** Every way in which records of the page are placed, but for the parent's id. */
  readonly places: readonly { readonly as: Place['as']; readonly kind: string | null }[]
  /** Per entry: an index into `places`; `NO_RECORD` for those deleted, or rejected as a whole. */
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

export const NO_RECORD = -1

const FIRST_BYTES = 16 * 1024
const TEXTS_EACH = 3

/** Entries put into columns as they come: a record that is added is no longer held, so its garbage is young and costs nothing. */
export class EntriesInColumns implements GatheredEntries {
  readonly #ids: string[] = []
  readonly #ats: number[] = []
  readonly #places: { as: Place['as']; kind: string | null }[] = []
  readonly #placed: number[] = []
  readonly #parentIds: (string | null)[] = []
  readonly #keys = new Map<number, readonly string[]>()
  readonly #rejections = new Map<number, readonly Rejection[]>()
  readonly #deleted = new Map<number, string | null>()
  readonly #ends: number[] = []
  #text = Buffer.allocUnsafeSlow(FIRST_BYTES)
  #end = 0

  get size(): number {
    return this.#ids.length
  }

  add(entry: SavedEntry): void {
    const nth = this.#ids.length
    const record = entry.kind === 'present' ? entry.record : null
    const parent = record === null || record.place.as === 'root' ? undefined : record.place.of
    this.#write(entry.changedAt)
    this.#write(entry.kind === 'present' ? entry.fields : '')
    this.#write(record?.body ?? '')
    this.#ids.push(entry.id)
    this.#ats.push(record?.at ?? 0)
    this.#placed.push(record === null ? NO_RECORD : this.#indexOf(record.place.as, parent?.kind ?? null))
    this.#parentIds.push(parent?.id ?? null)
    if (record?.keys !== undefined) this.#keys.set(nth, record.keys)
    if (entry.kind === 'deleted') this.#deleted.set(nth, entry.mergedInto ?? null)
    else if (entry.rejections.length > 0) this.#rejections.set(nth, entry.rejections)
  }

  /** What was added, to be handed over; nothing can be added after it. */
  columns(): EntryColumns {
    const { buffer } = this.#text
    return {
      ids: this.#ids,
      text: new Uint8Array(buffer, 0, this.#end),
      ends: Uint32Array.from(this.#ends),
      ats: this.#ats,
      places: this.#places,
      placed: this.#placed,
      parentIds: this.#parentIds,
      keys: this.#keys,
      rejections: this.#rejections,
      deleted: this.#deleted,
    }
  }

  #indexOf(as: Place['as'], kind: string | null): number {
    const found = this.#places.findIndex((it) => it.as === as && it.kind === kind)
    return found === -1 ? this.#places.push({ as, kind }) - 1 : found
  }

  #write(text: string): void {
    // As many bytes as UTF-8 can take.
    const needed = this.#end + 3 * text.length
    if (needed > this.#text.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.#text.length))
      this.#text.copy(larger, 0, 0, this.#end)
      this.#text = larger
    }
    this.#end += this.#text.write(text, this.#end)
    this.#ends.push(this.#end)
  }
}

/** Gathered entries are used up by it. */
export function toEntryColumns(entries: SavedPage['entries']): EntryColumns {
  if (entries instanceof EntriesInColumns) return entries.columns()
  if (!isList(entries))
    throw misuse(
      'entries-of-another-store',
      'Entries were gathered for another store',
      'Gather them with the store that saves them',
    )
  const columns = new EntriesInColumns()
  for (const entry of entries) columns.add(entry)
  return columns.columns()
}

function isList(entries: SavedPage['entries']): entries is readonly SavedEntry[] {
  return Array.isArray(entries)
}

/** The bytes of one text of an entry: 0 its change stamp, 1 its raw fields, 2 its record. */
export function textOf({ text, ends }: EntryColumns, nth: number, which: 0 | 1 | 2): Uint8Array {
  const at = nth * TEXTS_EACH + which
  return text.subarray(at === 0 ? 0 : (ends[at - 1] as number), ends[at] as number)
}

/** Refuses texts that could not be joined to others (`assertJoinable`). */
export function assertAllJoinable({ text }: EntryColumns): void {
  if (text.includes(SEPARATOR.charCodeAt(0))) assertJoinable(SEPARATOR)
}

const NO_REJECTIONS: readonly Rejection[] = []

export function fromEntryColumns(columns: EntryColumns): SavedEntry[] {
  return columns.ids.map((id, i): SavedEntry => {
    const changedAt = told(columns, i, 0)
    const mergedInto = columns.deleted.get(i)
    if (mergedInto !== undefined)
      return { kind: 'deleted', id, changedAt, ...(mergedInto === null ? {} : { mergedInto }) }
    const rejections = columns.rejections.get(i) ?? NO_REJECTIONS
    return { kind: 'present', id, changedAt, fields: told(columns, i, 1), record: recordAt(columns, i), rejections }
  })
}

function told(columns: EntryColumns, nth: number, which: 0 | 1 | 2): string {
  const { buffer, byteOffset, byteLength } = textOf(columns, nth, which)
  return Buffer.from(buffer, byteOffset, byteLength).toString('utf8')
}

function recordAt(columns: EntryColumns, i: number): RecordToStore | null {
  const { ats, places, placed, parentIds, keys } = columns
  const where = places[placed[i] as number]
  if (where === undefined) return null
  const { as, kind } = where
  const id = parentIds[i] ?? null
  const of = kind === null || id === null ? null : { kind, id }
  // A child always names its parent.
  const place = of === null ? { as } : { as, of }
  const own = keys.get(i)
  const body = told(columns, i, 2)
  return { at: ats[i] as number, place: place as Place, body, ...(own === undefined ? {} : { keys: own }) }
}

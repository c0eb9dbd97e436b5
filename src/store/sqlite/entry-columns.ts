import type { GatheredEntries, Place, RecordToStore, Rejection, SavedEntry, SavedPage } from '../store.ts'
import { misuse } from './faults.ts'
import { assertJoinable, SEPARATOR } from './pages.ts'

/**
 * The entries of a page in columns: thousands of small objects through the thread boundary cost more than saving them. The
 * long texts are bytes in a row, which the thread takes over as they are.
 */
export interface EntryColumns {
  /** The texts of one entry after the other, in UTF-8 (`TEXTS`); those it does not have are empty. */
  readonly text: Uint8Array<ArrayBuffer>
  /** Where each text ends in `text`. */
  readonly ends: Uint32Array<ArrayBuffer>
  readonly ats: Float64Array<ArrayBuffer>
  /** Every way in which records of the page are placed, but for the parent's id. */
  readonly places: readonly { readonly as: Place['as']; readonly kind: string | null }[]
  /** Per entry: an index into `places`; `NO_RECORD` for those deleted, or rejected as a whole. */
  readonly placed: Int32Array<ArrayBuffer>
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

/** What is told of each entry as text, in this order. */
export const TEXTS = ['id', 'changedAt', 'fields', 'body', 'parentId'] as const
export type Text = 0 | 1 | 2 | 3 | 4

/** Entries put into columns as they come: a record that is added is no longer held, so its garbage is young and costs nothing. */
export class EntriesInColumns implements GatheredEntries {
  readonly #ats: number[] = []
  readonly #places: { as: Place['as']; kind: string | null }[] = []
  readonly #placed: number[] = []
  readonly #keys = new Map<number, readonly string[]>()
  readonly #rejections = new Map<number, readonly Rejection[]>()
  readonly #deleted = new Map<number, string | null>()
  readonly #ends: number[] = []
  #text = Buffer.allocUnsafeSlow(FIRST_BYTES)
  #end = 0

  get size(): number {
    return this.#ats.length
  }

  add(entry: SavedEntry): void {
    const nth = this.#ats.length
    const record = entry.kind === 'present' ? entry.record : null
    const parent = record === null || record.place.as === 'root' ? undefined : record.place.of
    this.#write(entry.id)
    this.#write(entry.changedAt)
    this.#write(entry.kind === 'present' ? entry.fields : '')
    this.#write(record?.body ?? '')
    this.#write(parent?.id ?? '')
    this.#ats.push(record?.at ?? 0)
    this.#placed.push(record === null ? NO_RECORD : this.#indexOf(record.place.as, parent?.kind ?? null))
    if (record?.keys !== undefined) this.#keys.set(nth, record.keys)
    if (entry.kind === 'deleted') this.#deleted.set(nth, entry.mergedInto ?? null)
    else if (entry.rejections.length > 0) this.#rejections.set(nth, entry.rejections)
  }

  /** What was added, to be handed over; nothing can be added after it. */
  columns(): EntryColumns {
    const { buffer } = this.#text
    return {
      text: new Uint8Array(buffer, 0, this.#end),
      ends: Uint32Array.from(this.#ends),
      ats: Float64Array.from(this.#ats),
      places: this.#places,
      placed: Int32Array.from(this.#placed),
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

/** What the thread takes over as it is. */
export function buffersOf({ text, ends, ats, placed }: EntryColumns): ArrayBuffer[] {
  return [text.buffer, ends.buffer, ats.buffer, placed.buffer]
}

/** The bytes of one text of an entry. */
export function bytesOf({ text, ends }: EntryColumns, nth: number, which: Text): Uint8Array {
  const at = nth * TEXTS.length + which
  return text.subarray(at === 0 ? 0 : (ends[at - 1] as number), ends[at] as number)
}

export function textOf({ text, ends }: EntryColumns, nth: number, which: Text): string {
  const at = nth * TEXTS.length + which
  const { buffer, byteOffset } = text
  return Buffer.from(buffer, byteOffset).toString('utf8', at === 0 ? 0 : (ends[at - 1] as number), ends[at] as number)
}

export function idsOf(columns: EntryColumns): string[] {
  return Array.from(columns.ats, (_, nth) => textOf(columns, nth, 0))
}

/** The id of the parent of an entry whose place has one. */
export function parentIdOf(columns: EntryColumns, nth: number): string | null {
  const place = columns.places[columns.placed[nth] as number]
  return place === undefined || place.kind === null ? null : textOf(columns, nth, 4)
}

/** Refuses texts that could not be joined to others (`assertJoinable`). */
export function assertAllJoinable(columns: EntryColumns): void {
  if (!columns.text.includes(SEPARATOR.charCodeAt(0))) return
  for (let nth = 0; nth < columns.ats.length; nth += 1) {
    assertJoinable(textOf(columns, nth, 2))
    assertJoinable(textOf(columns, nth, 3))
  }
}

const NO_REJECTIONS: readonly Rejection[] = []

export function fromEntryColumns(columns: EntryColumns): SavedEntry[] {
  return idsOf(columns).map((id, i): SavedEntry => {
    const changedAt = textOf(columns, i, 1)
    const mergedInto = columns.deleted.get(i)
    if (mergedInto !== undefined)
      return { kind: 'deleted', id, changedAt, ...(mergedInto === null ? {} : { mergedInto }) }
    const rejections = columns.rejections.get(i) ?? NO_REJECTIONS
    return { kind: 'present', id, changedAt, fields: textOf(columns, i, 2), record: recordAt(columns, i), rejections }
  })
}

function recordAt(columns: EntryColumns, i: number): RecordToStore | null {
  const { ats, places, placed, keys } = columns
  const where = places[placed[i] as number]
  if (where === undefined) return null
  const { as, kind } = where
  const id = parentIdOf(columns, i)
  const of = kind === null || id === null ? null : { kind, id }
  // A child always names its parent.
  const place = of === null ? { as } : { as, of }
  const own = keys.get(i)
  const body = textOf(columns, i, 3)
  return { at: ats[i] as number, place: place as Place, body, ...(own === undefined ? {} : { keys: own }) }
}

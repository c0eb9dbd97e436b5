import type { SQLInputValue } from 'node:sqlite'
import type { Connection } from './connection.ts'
import { misuse } from './faults.ts'

/**
 * Joins the bodies of a page. JSON text never holds this character (RFC 8259 §7: control characters are escaped in
 * strings and stand nowhere else), so splitting gives the same bodies back.
 */
export const SEPARATOR = '\u001e'

export function assertJoinable(body: string): void {
  if (!body.includes(SEPARATOR)) return
  throw misuse(
    'body-not-json',
    'A body handed to the store is no JSON: it holds the control character U+001E',
    'Write bodies with JSON.stringify',
  )
}

/** Some rows of a list and where to go on; `next` is `null` when these were the last. */
export interface RowPage<Row, Place> {
  readonly rows: readonly Row[]
  readonly next: Place | null
}

/**
 * A page as two texts in UTF-8, made by SQLite itself and handed over without a copy: a million small objects through
 * the thread boundary would cost more than reading them.
 */
export interface PackedPage {
  /** A flat JSON array; what it holds per row is up to the list. */
  readonly head: Uint8Array
  /** Bodies joined by `SEPARATOR`. */
  readonly bodies: Uint8Array
  readonly count: number
  readonly next: string | null
}

export function rowPage<Row, Place>(
  rows: readonly Row[],
  limit: number,
  placeOf: (row: Row) => Place,
): RowPage<Row, Place> {
  const last = rows[rows.length - 1]
  return { rows, next: last === undefined || rows.length < limit ? null : placeOf(last) }
}

interface PackedRow {
  readonly head: Uint8Array | null
  readonly bodies: Uint8Array | null
  readonly count: number
  readonly last: string | null
}

const EMPTY = new Uint8Array()

/**
 * A query whose rows are packed: `sql` selects `head` (JSON values joined by commas), `body` and `last` (its keyset
 * place), ordered by `last`, and takes the limit as its last parameter.
 */
export function packedPage(
  connection: Connection,
  sql: string,
): (values: readonly SQLInputValue[], limit: number) => PackedPage {
  const page = connection.one<PackedRow>(
    `select cast('[' || group_concat(head, ',') || ']' as blob) as head, cast(group_concat(body, char(30)) as blob) as bodies,
       count(*) as count, max(last) as last from (${sql})`,
  )
  return (values, limit) => {
    const row = page(...values, limit)
    const count = row?.count ?? 0
    return {
      head: row?.head ?? EMPTY,
      bodies: row?.bodies ?? EMPTY,
      count,
      next: count < limit ? null : (row?.last ?? null),
    }
  }
}

/** The values and bodies of a packed page. Frees the memory it came in. */
export function unpack(page: PackedPage): { readonly head: readonly unknown[]; readonly bodies: readonly string[] } {
  if (page.count === 0) return { head: [], bodies: [] }
  return { head: JSON.parse(takeText(page.head)) as unknown[], bodies: takeText(page.bodies).split(SEPARATOR) }
}

export function takeText(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')
  // The collector does not hurry for memory that lies outside its heap.
  if (bytes.buffer instanceof ArrayBuffer) bytes.buffer.transfer(0)
  return text
}

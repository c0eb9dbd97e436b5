import type { Cells, ColumnType } from '../board/board.ts'

export type { Cells, ColumnType }

/** In place of a desired item whose mapping failed for this fact: the item keeps its place and is refused by name, never removed. */
export interface RejectedItem {
  readonly key: string
  readonly rejected: { readonly code: string; readonly message: string; readonly column: string | null }
  readonly from: string
}

/** What one item of a board should look like. Cells by column title, canonical text (see `Cells`). */
export interface DesiredItem {
  readonly key: string
  readonly name: string
  /** Group title. */
  readonly group: string
  /** Cells we keep equal. */
  readonly cells: Cells
  /** Cells written when the item is created and never after (`write: once`). */
  readonly once: Cells
  /** Higher goes first when the quota does not carry all. */
  readonly urgency: number
  /** For "why": the fact behind it, `opportunity 006…`. */
  readonly from: string
  /** What is to be said of it, each once; absent where nothing is. */
  readonly says?: readonly Said[]
}

/** One thing to say of an item: an update under it, or, with `to`, a notification. */
export interface Said {
  /** `updates Won`, `notify Won`: tells it from others of the board. */
  readonly name: string
  /** What tells one occasion from the next; empty when there is but one. */
  readonly token: string
  readonly text: string
  /** E-mail addresses, sorted. */
  readonly to?: readonly string[]
}

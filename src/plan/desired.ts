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
}

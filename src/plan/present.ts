import type { BoardColumn, BoardLayout, Cells, ColumnType } from '../board/board.ts'
import type { DesiredItem } from './desired.ts'
import type { Note } from './plan.ts'

/** An item as this board can show it now. */
export interface Presented {
  readonly name: string
  readonly cells: Cells
  readonly notes: readonly Note[]
  /** False when something of the item cannot be shown yet. */
  readonly complete: boolean
}

/**
 * The desired item as the board can show it: cells of columns that the board lacks, and of labels that it does not
 * have, are left out (the board keeps what it shows), people whom nobody knows are left out of their cell, an empty
 * name becomes the key and a long one is cut. Links name keys, and become the ids of the items that have them on the other
 * board (`linkedItem`). What was left out is said in `notes`.
 */
export function presentItem(
  item: DesiredItem,
  board: {
    readonly layout: BoardLayout | null
    readonly unknownPeople: ReadonlySet<string>
    readonly nameLength: number
    readonly linkedItem?: (title: string, key: string) => string | null
  },
): Presented {
  const notes: Note[] = []
  const cells: Record<string, string> = {}
  for (const [title, text] of Object.entries(item.cells)) {
    if (board.layout === null) {
      cells[title] = text
      continue
    }
    const column = board.layout.columns[title]
    if (column === undefined) {
      notes.push({ code: 'column-missing', column: title, message: `The board has no column "${title}" to write to` })
      continue
    }
    const missing = text === '' ? undefined : missingLabel(column, text)
    if (missing !== undefined) {
      notes.push({
        code: 'label-missing',
        column: title,
        message: `Column "${title}" has no label "${missing}" and could not be given one`,
      })
      continue
    }
    if (isLink(column.type)) {
      cells[title] = linkedItems(title, ownLeftOut(column, text, item.key), board.linkedItem, notes)
      continue
    }
    cells[title] = column.type === 'people' ? knownPeople(title, text, board.unknownPeople, notes) : text
  }
  return { name: cut(item.name.trim() || item.key, board.nameLength), cells, notes, complete: notes.length === 0 }
}

function knownPeople(title: string, text: string, unknown: ReadonlySet<string>, notes: Note[]): string {
  if (text === '' || unknown.size === 0) return text
  const known: string[] = []
  for (const email of text.split(', ')) {
    if (!unknown.has(email)) known.push(email)
    else notes.push({ code: 'person-unknown', column: title, message: `Nobody on the account has the e-mail ${email}` })
  }
  return known.join(', ')
}

/** Whether cells of a column are keys of other items. */
export function isLink(type: ColumnType | undefined): boolean {
  return type === 'board_relation' || type === 'dependency'
}

/** No item waits for itself. */
function ownLeftOut({ type }: BoardColumn, text: string, own: string): string {
  if (type !== 'dependency') return text
  return text
    .split(', ')
    .filter((key) => key !== own)
    .join(', ')
}

/** Keys as the ids of the items that carry them, those that are there. */
function linkedItems(
  title: string,
  text: string,
  find: ((title: string, key: string) => string | null) | undefined,
  notes: Note[],
): string {
  const ids: string[] = []
  for (const key of text === '' ? [] : text.split(', ')) {
    const id = find?.(title, key) ?? null
    if (id !== null) ids.push(id)
    else
      notes.push({ code: 'link-missing', column: title, message: `The linked board has no item with the key "${key}"` })
  }
  return ids.sort((a, b) => Number(a) - Number(b)).join(', ')
}

function missingLabel(column: BoardColumn, text: string): string | undefined {
  const { labels } = column
  if (labels === undefined || Object.hasOwn(labels, text)) return undefined
  if (column.type === 'status') return text
  return column.type === 'dropdown' || column.type === 'tags'
    ? text.split(', ').find((label) => !Object.hasOwn(labels, label))
    : undefined
}

/** Cuts by UTF-16 units, never through the middle of a character, ending in an ellipsis. */
function cut(text: string, length: number): string {
  if (text.length <= length) return text
  const end = length - 1
  const code = text.charCodeAt(end - 1)
  return `${text.slice(0, code >= 0xd800 && code <= 0xdbff ? end - 1 : end)}…`
}

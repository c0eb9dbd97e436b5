import { nearestName } from '../../platform/nearest.ts'
import type { WireBoard, WireColumn } from './wire.ts'

/** Where a field of the mapping is found: of the item itself, in a column, in a part of one, or behind a link. */
export type FieldPlace =
  | { readonly of: 'item'; readonly part: string }
  | { readonly of: 'column'; readonly column: WireColumn; readonly part: string | null }
  /** Of the items that a column links: a column of theirs, by id on each board that may be linked; `null` is their name. */
  | {
      readonly of: 'linked'
      readonly column: WireColumn
      readonly field: string
      readonly places: readonly LinkedPlace[]
    }

export interface LinkedPlace {
  readonly board: string
  readonly place: Exclude<FieldPlace, { of: 'linked' }>
}

/** What can be asked of an item beside its columns. */
export const ITEM_PARTS = ['id', 'name', 'group', 'created_at', 'updated_at', 'creator_id', 'url'] as const

/** Parts of a column, by its type; a column as such is written without one. */
const PARTS: Readonly<Record<string, readonly string[]>> = {
  status: ['id'],
  dropdown: ['id'],
  people: ['email', 'id'],
  timeline: ['from', 'to'],
  link: ['text'],
}

const LINKS: ReadonlySet<string> = new Set(['board_relation', 'dependency'])
/** What changes without the item's change stamp. */
const UNSTAMPED: ReadonlySet<string> = new Set(['mirror', 'formula'])

export function isLink({ type }: Pick<WireColumn, 'type'>): boolean {
  return LINKS.has(type)
}

/** The boards that a column may link. */
export function linkedBoards(column: WireColumn): readonly string[] {
  return isLink(column) ? (column.settings?.boardIds ?? []) : []
}

/** Columns of a board that people see. */
export function liveColumns(board: WireBoard): readonly WireColumn[] {
  return board.columns.filter(({ archived }) => archived !== true)
}

/**
 * Finds a field: by `item.…`, by the title of a column or its id, with a part of it behind a dot, or with a column of the
 * linked board behind a dot. `null`: there is none. `boards`: those that are linked, by id.
 */
export function findField(board: WireBoard, name: string, boards: ReadonlyMap<string, WireBoard>): FieldPlace | null {
  const own = findColumn(board, name)
  if (own !== null) return { of: 'column', column: own, part: null }
  if (name.startsWith('item.')) {
    const part = name.slice('item.'.length)
    return (ITEM_PARTS as readonly string[]).includes(part) ? { of: 'item', part } : null
  }
  const dot = dots(name).find((at) => findColumn(board, name.slice(0, at)) !== null)
  if (dot === undefined) return null
  const column = findColumn(board, name.slice(0, dot)) as WireColumn
  const rest = name.slice(dot + 1)
  if (PARTS[column.type]?.includes(rest) === true) return { of: 'column', column, part: rest }
  if (!isLink(column)) return null
  const places = linkedBoards(column).flatMap((id): LinkedPlace[] => {
    const linked = boards.get(id)
    const place = linked === undefined ? null : findField(linked, rest, new Map())
    return place === null || place.of === 'linked' ? [] : [{ board: id, place }]
  })
  return places.length === 0 ? null : { of: 'linked', column, field: rest, places }
}

function dots(name: string): number[] {
  return [...name].flatMap((letter, at) => (letter === '.' && at > 0 ? [at] : []))
}

function findColumn(board: WireBoard, name: string): WireColumn | null {
  const columns = liveColumns(board)
  const wanted = name.trim()
  return (
    columns.find(({ title }) => title.trim() === wanted) ??
    columns.find(({ id }) => id === wanted) ??
    columns.find(({ title }) => title.trim().toLowerCase() === wanted.toLowerCase()) ??
    null
  )
}

export function isStamped(place: FieldPlace): boolean {
  if (place.of === 'item') return true
  return place.of === 'column' && !UNSTAMPED.has(place.column.type)
}

export function typeOf(place: FieldPlace): string {
  return place.of === 'item' ? 'text' : place.of === 'column' && place.part === null ? place.column.type : 'text'
}

export function fieldHint(board: WireBoard, name: string): string {
  const titles = liveColumns(board).map(({ title }) => title)
  const nearest = nearestName(name, titles)
  const listed = `Columns: ${titles.join(', ')}`
  return nearest === null ? listed : `Did you mean "${nearest}"? ${listed}`
}

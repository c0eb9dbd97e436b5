import { invalidBoard, invalidColumn, invalidGroup, invalidItem, MondayError } from './errors.ts'
import type { BoardRow, ColumnRow, GroupRow, ItemRow } from './state.ts'
import type { Context } from './views.ts'

// What a mutation is to work on, by the ids it was given; throws monday's error when that is not there or not active.

export function activeBoard(id: string, context: Context): BoardRow {
  const board = context.state.board(Number(id))
  if (board === undefined || board.state !== 'active') throw invalidBoard(id)
  assertMayChange(board, context)
  return board
}

/** A board that only owners may change is closed to everybody else. */
function assertMayChange(board: BoardRow, { state, user }: Context): void {
  if (state.permissions(board.id) !== 'owners' || board.owner_id === user.id) return
  throw new MondayError('UserUnauthorizedException', 'User unauthorized to perform action', 200, {
    board_id: String(board.id),
  })
}

export function columnOf(id: string, board: BoardRow, context: Context): ColumnRow {
  const column = context.state.column(board.id, id)
  if (column === undefined) throw invalidColumn(id, board.id)
  return column
}

export function groupOf(id: string, board: BoardRow, context: Context): GroupRow {
  const group = context.state.group(board.id, id)
  if (group === undefined || group.state !== 'active') throw invalidGroup(id, board.id)
  return group
}

export function itemOf(id: string | null | undefined, context: Context): ItemRow {
  const item = context.state.item(Number(id))
  if (item === undefined) throw invalidItem(String(id))
  return item
}

export function activeItem(id: string | null | undefined, context: Context): ItemRow {
  const item = itemOf(id, context)
  if (item.state !== 'active') throw invalidItem(String(id), `is ${item.state} and cannot be changed`)
  const board = context.state.board(item.board_id)
  if (board !== undefined) assertMayChange(board, context)
  return item
}

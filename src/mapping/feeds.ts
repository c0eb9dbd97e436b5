import { originsOf } from '../domain/fact-origins.ts'
import type { BoardMapping, RecordMapping } from './mapping.ts'

/** What of one board a field of a source decides. */
export interface FedBoard {
  /** As people know it: its name, where it has one. */
  readonly board: string
  /** Titles of columns, in the mapping's order. */
  readonly columns: readonly string[]
  readonly name: boolean
  readonly group: boolean
  /** Which items are on it. */
  readonly where: boolean
}

/**
 * What boards show of a field of a source, by the vendor's name for it: along the source mapping to fields of records,
 * from there to every fact that is made of them, to whatever reads these. Boards whose items are such records come first, then
 * the others in order; such as are not fed are left out.
 */
export function boardsFedBy(
  record: Pick<RecordMapping, 'kind' | 'feeds'>,
  vendorField: string,
  boards: readonly BoardMapping[],
): FedBoard[] {
  const ours = (record.feeds[vendorField] ?? []).map((field) => `${record.kind}.${field}`)
  const [nearest, others] = [
    boards.filter(({ items }) => items === record.kind),
    boards.filter(({ items }) => items !== record.kind),
  ]
  return [...nearest, ...others].flatMap((board) => {
    const isFed = (reads: readonly string[]) =>
      reads.some((path) => {
        const origins = originsOf(board.items, path)
        return ours.some((field) => origins.has(field))
      })
    const fed: FedBoard = {
      board: 'name' in board.ref ? board.ref.name : board.board,
      columns: board.columns.filter(({ reads }) => isFed(reads)).map(({ title }) => title),
      name: isFed(board.nameReads),
      group: isFed(board.groupReads),
      where: isFed(board.where?.reads ?? []),
    }
    return fed.columns.length > 0 || fed.name || fed.group || fed.where ? [fed] : []
  })
}

/** Whether anything that a board shows, or what is on it, is made of records of this kind. */
export function feedsBoard(record: Pick<RecordMapping, 'kind' | 'feeds'>, board: BoardMapping): boolean {
  return Object.keys(record.feeds).some((field) => boardsFedBy(record, field, [board]).length > 0)
}

/** How many things of one board are named; the rest is counted. */
const MOST = 6
/** Of how many boards these are named; of further ones there are only names. */
const MOST_BOARDS = 4

/** `feeds "ARR" on Deals and "Total ARR" on Accounts`; of many boards, the first in full and the names of the others. */
export function feedsSentence(fed: readonly FedBoard[]): string {
  if (fed.length === 0) return 'feeds no board'
  const parts = fed.slice(0, MOST_BOARDS).map(({ board, columns, name, group, where }) => {
    const things = [
      ...columns.map((title) => `"${title}"`),
      ...(name ? ['the names'] : []),
      ...(group ? ['the groups'] : []),
      ...(where ? ['which items there are'] : []),
    ]
    const more = things.length > MOST ? [...things.slice(0, MOST), `${things.length - MOST} more`] : things
    return { text: `${listed(more)} on ${board}`, isList: more.length > 1 }
  })
  const texts = parts.map(({ text }) => text)
  // A list of lists is told apart by commas.
  const said = parts.some(({ isList }) => isList) && texts.length > 1 ? texts.join('; ') : listed(texts)
  const others = fed.slice(MOST_BOARDS).map(({ board }) => board)
  return `feeds ${said}${others.length > 0 ? `; and ${listed(others)}` : ''}`
}

/** `a, b and c`. */
export function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`
}

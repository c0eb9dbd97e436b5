import type { BoardColumn, BoardLayout, BoardProblem, ColumnType } from '../board/board.ts'
import { GONE_GROUP, LEFT_GROUP } from './plan.ts'

/** What people did to our items since the board was last read, in numbers. */
export interface ItemDrift {
  readonly archived: number
  readonly deleted: number
  /** Neither on the board nor among what was archived or deleted there: moved to another board, or gone for good. */
  readonly elsewhere: number
  /** Items that were away and are on the board again. */
  readonly restored: number
  /** Items that are gone, and of which a copy with the same key is on the board. */
  readonly replaced: number
  readonly cells: number
  /** In which columns cells were changed. */
  readonly columns?: readonly string[]
  readonly names: number
  readonly moved: number
  /** Items whose key was emptied or written over. */
  readonly keys: number
  /** Items that hold each other's keys: each becomes the item of the key that it has now. */
  readonly exchanged: number
  /** Further items with a key that another has. */
  readonly copies: number
}

export const NO_DRIFT: ItemDrift = {
  archived: 0,
  deleted: 0,
  elsewhere: 0,
  restored: 0,
  replaced: 0,
  cells: 0,
  names: 0,
  moved: 0,
  keys: 0,
  exchanged: 0,
  copies: 0,
}

type Way = Exclude<keyof ItemDrift, 'columns'>

const SENTENCES: Readonly<Record<Way, (n: number, drift: ItemDrift) => string>> = {
  archived: (n) => `${items(n)} archived on the board by hand; what is still wanted is made anew`,
  deleted: (n) => `${items(n)} deleted on the board by hand; what is still wanted is made anew`,
  elsewhere: (n) => `${items(n)} moved to another board, or deleted for good; what is still wanted is made anew`,
  restored: (n) => `${items(n)} brought back to the board by hand; ${n === 1 ? 'it is' : 'they are'} kept again`,
  replaced: (n) =>
    `${items(n)} taken off the board by hand, and a copy left in ${n === 1 ? 'its' : 'their'} place; the ${n === 1 ? 'copy is' : 'copies are'} kept`,
  cells: (n, { columns = [] }) => `${n === 1 ? '1 cell was' : `${n} cells were`} changed by hand${inColumns(columns)}`,
  names: (n) => `${items(n)} renamed by hand`,
  moved: (n) => `${items(n)} moved to another group by hand`,
  keys: (n) =>
    n === 1
      ? 'The key of 1 item was emptied or changed by hand; it is written again, so that the item stays ours'
      : `The keys of ${n} items were emptied or changed by hand; they are written again, so that the items stay ours`,
  exchanged: (n) => `The keys of ${n} items were exchanged by hand; each item shows what belongs to its key now`,
  copies: (n) => `${items(n)} copied by hand, key included; the ${n === 1 ? 'copy is' : 'copies are'} archived`,
}

/** As many as are read at a glance. */
const NAMED = 4

function inColumns(columns: readonly string[]): string {
  if (columns.length === 0) return ''
  const more = columns.length > NAMED ? ` and ${columns.length - NAMED} more columns` : ''
  return ` in ${columns.slice(0, NAMED).join(', ')}${more}`
}

function items(n: number): string {
  return n === 1 ? '1 item was' : `${n} items were`
}

/** What people did to items, a sentence for each way; none for what nobody did. */
export function itemSentences(drift: ItemDrift): BoardProblem[] {
  return (Object.keys(SENTENCES) as Way[])
    .filter((way) => drift[way] > 0)
    .map((way) => ({ level: 'warning', code: `items-${way}`, message: SENTENCES[way](drift[way], drift) }))
}

/** What of a board the mapping keeps. */
export interface KeptParts {
  readonly columns: readonly { readonly title: string; readonly type: ColumnType }[]
  readonly groups: readonly string[]
}

/**
 * What people did to the board itself between two looks at it: title, columns, labels, groups. Only what the mapping
 * keeps is looked at. Columns, labels and groups are known by their ids, so that a renamed one is told from a deleted.
 * `before` is as kept (`followRenamed`), `after` as the board has it.
 */
export function layoutSentences(kept: KeptParts, before: BoardLayout, after: BoardLayout): BoardProblem[] {
  return [
    ...boardSentences(before, after),
    ...kept.columns.flatMap((column) => columnSentences(column, before, after)),
    ...[...kept.groups, LEFT_GROUP, GONE_GROUP].flatMap((title) => groupSentences(title, before, after)),
  ]
}

function boardSentences(before: BoardLayout, after: BoardLayout): BoardProblem[] {
  const found: BoardProblem[] = []
  if (before.title !== after.title) {
    found.push({
      level: 'warning',
      code: 'board-renamed',
      message: `The board "${before.title}" is now called "${after.title}"; it is known by its id and is kept`,
      hint: `Write the new name in the mapping, or id: ${after.boardId}, or rename the board back`,
    })
  }
  if (before.keyColumnId !== '' && after.keyColumnId !== before.keyColumnId) {
    found.push({
      level: 'warning',
      code: 'key-column-deleted',
      message: 'The column that holds our keys was deleted; it is made anew, and every key is written again',
    })
  }
  return found
}

function columnSentences(
  { title, type }: KeptParts['columns'][number],
  before: BoardLayout,
  after: BoardLayout,
): BoardProblem[] {
  const was = before.columns[title]
  const is = after.columns[title]
  if (was === undefined) return []
  const told = (code: string, message: string, hint?: string): BoardProblem => ({
    level: 'warning',
    code,
    column: title,
    message,
    ...(hint === undefined ? {} : { hint }),
  })
  const renamed = Object.values(after.columns).find((column) => column.id === was.id)
  if (is === undefined && renamed === undefined) {
    return [told('column-deleted', `Column "${title}" was deleted from the board; it is made anew and filled`)]
  }
  const now = is ?? renamed
  if (now?.id === was.id) {
    const sentences = labelSentences(title, was, now, told)
    if (now.title === was.title) return sentences
    return [
      told(
        'column-renamed',
        `Column "${title}" is now called "${now.title}" on the board; it is known by its id and is kept up to date`,
        'Nothing to do; to have one name for it, write the new title in the mapping, or rename it back',
      ),
      ...sentences,
    ]
  }
  if (is === undefined) return []
  if (is.type === type)
    return [told('column-replaced', `Column "${title}" was deleted, and another made in its place; it is filled`)]
  return [
    told(
      'column-type',
      `Column "${title}" was deleted, and one of type ${is.type} made in its place; the mapping says ${type}`,
      `Rename the column on the board, so that one of type ${type} is made, or write type: ${is.type} in the mapping`,
    ),
  ]
}

function labelSentences(
  title: string,
  was: BoardColumn,
  is: BoardColumn,
  told: (code: string, message: string) => BoardProblem,
): BoardProblem[] {
  const labels = is.labels ?? {}
  return Object.entries(was.labels ?? {}).flatMap(([label, id]) => {
    const before = was.shown?.[label] ?? label
    if (Object.hasOwn(labels, before)) return []
    const now = Object.entries(labels).find(([, other]) => other === id)?.[0]
    if (now === undefined) {
      return [told('label-deleted', `Label "${label}" of column "${title}" was deleted or hidden; it is made anew`)]
    }
    const kept = 'it is known by its id and is kept'
    return [told('label-renamed', `Label "${label}" of column "${title}" is now called "${now}" on the board; ${kept}`)]
  })
}

function groupSentences(title: string, before: BoardLayout, after: BoardLayout): BoardProblem[] {
  const id = before.groups[title]
  if (id === undefined || Object.hasOwn(after.groups, title)) return []
  const renamed = Object.entries(after.groups).find(([, other]) => other === id)?.[0]
  if (renamed === undefined) {
    const message = `Group "${title}" was archived or deleted with what was in it; both are made anew`
    return [{ level: 'warning', code: 'group-deleted', message }]
  }
  if (before.shownGroups?.[title] === renamed) return []
  return [
    {
      level: 'warning',
      code: 'group-renamed',
      message: `Group "${title}" is now called "${renamed}" on the board; it is known by its id and is kept`,
      hint: 'Nothing to do; to have one name for it, write the new title in the mapping (group: titles:), or rename it back',
    },
  ]
}

/** That more is to be made than the board has room for; `null` when it fits or has no limit that is known. */
export function fullSentence(layout: BoardLayout | null, creates: number, archives: number): BoardProblem | null {
  if (layout === null || layout.itemsLimit === null || creates === 0) return null
  const over = layout.itemsCount + creates - archives - layout.itemsLimit
  if (over <= 0) return null
  return {
    level: 'warning',
    code: 'board-full',
    message: `The board holds ${layout.itemsCount} of ${layout.itemsLimit} items: ${Math.min(over, creates)} of the ${creates} to create will be refused`,
    hint: 'Narrow the mapping with where, lower left_for, archive items on the board, or ask monday for a higher limit',
  }
}

import { Fault } from '../../platform/errors.ts'
import { type BoardChange, type BoardColumn, type ChangeOutcome, isLink, type Refused } from '../board.ts'
import { type CellColumn, cellColumn, encodeCell } from './cells.ts'
import { isRefusal, type Meaning, meaningOf, reasonOf, toldBy } from './errors.ts'
import type { ReadColumns } from './items.ts'
import { changeItems, type ItemMutation, type Operation, readingLinks } from './operations.ts'
import type { WireError } from './wire.ts'

/**
 * A composed request as the ledger keeps it: `http` is sent byte for byte, the rest is what it takes to read the answer
 * in a later process, when no layout is at hand.
 */
export interface Batch {
  readonly http: string
  readonly parts: readonly BatchPart[]
  readonly boards: readonly BatchBoard[]
  /** User id to e-mail, of people the cells name. */
  readonly people: Readonly<Record<string, string>>
}

export interface BatchPart {
  readonly kind: BoardChange['kind']
  readonly key: string
  /** Position in `boards`. */
  readonly board: number
  readonly itemId?: string
}

export interface BatchBoard {
  readonly title: string
  readonly keyColumnId: string
  /** By column id. */
  readonly columns: Readonly<Record<string, CellColumn & { readonly title: string }>>
  /** Our titles of groups that people renamed, each with the title that the board has. */
  readonly shownGroups?: Readonly<Record<string, string>>
}

/** monday does not keep the answer of a request for replaying when it is above 1 MB. */
const MAX_ANSWER_BYTES = 800_000
/** monday's own programs notify so many people in one request. */
const SAID_AT_ONCE = 30
/** About what a cell's id, type and value cost in an answer besides its text. */
const BYTES_PER_CELL = 140

/**
 * How many of `changes` go into one request: `size` at most, what keeps the answer below 1 MB, and never so that changes
 * which follow each other for one item of one board are parted. At least the first item's.
 */
export function takeChanges(changes: readonly BoardChange[], size: number): number {
  let bytes = 0
  let taken = 0
  const isSaying = changes[0]?.kind === 'post' || changes[0]?.kind === 'notify'
  const most = isSaying ? Math.min(size, SAID_AT_ONCE) : size
  while (taken < changes.length) {
    let end = taken + 1
    while (end < changes.length && sameItem(changes[end - 1], changes[end])) end += 1
    for (const change of changes.slice(taken, end)) bytes += answerBytes(change)
    if (taken > 0 && (end > most || bytes > MAX_ANSWER_BYTES)) break
    taken = end
  }
  return taken
}

function sameItem(a: BoardChange | undefined, b: BoardChange | undefined): boolean {
  return a !== undefined && b !== undefined && a.key === b.key && a.layout.boardId === b.layout.boardId
}

function answerBytes(change: BoardChange): number {
  if (change.kind === 'archive' || change.kind === 'post' || change.kind === 'notify') return BYTES_PER_CELL
  const texts = 'cells' in change ? Object.values(change.cells).reduce((sum, text) => sum + text.length, 0) : 0
  // Text and value both hold a text, and letters beyond ASCII take more than a byte.
  return BYTES_PER_CELL * (3 + Object.keys(change.layout.columns).length) + 4 * texts
}

/** Builds one request out of all of `changes`. */
export function composeBatch(changes: readonly BoardChange[], userId: (email: string) => string | undefined): Batch {
  const positions = new Map<string, number>()
  const boards: { readonly id: string; readonly columns: readonly string[]; readonly batch: BatchBoard }[] = []
  const people: Record<string, string> = {}
  const idOf = (email: string) => {
    const id = userId(email)
    if (id !== undefined) people[id] = email
    return id
  }
  const parts: BatchPart[] = []
  const mutations: ItemMutation[] = changes.map((change) => {
    const { layout } = change
    let board = positions.get(layout.boardId)
    if (board === undefined) {
      board = boards.length
      positions.set(layout.boardId, board)
      const byId = Object.fromEntries(
        Object.entries(layout.columns).map(([title, column]) => [column.id, { ...batchColumn(column), title }]),
      )
      const columns = [layout.keyColumnId, ...Object.keys(byId)]
      boards.push({
        id: layout.boardId,
        columns,
        batch: {
          title: layout.title,
          keyColumnId: layout.keyColumnId,
          columns: byId,
          ...(layout.shownGroups === undefined ? {} : { shownGroups: layout.shownGroups }),
        },
      })
    }
    parts.push({
      kind: change.kind,
      key: change.key,
      board,
      ...(change.kind === 'create' ? {} : { itemId: change.itemId }),
    })
    return toMutation(change, board, idOf)
  })
  return {
    http: JSON.stringify(withLinks(changeItems(boards, mutations), changes)),
    parts,
    boards: boards.map((board) => board.batch),
    people,
  }
}

function withLinks(operation: Operation, changes: readonly BoardChange[]): Operation {
  const hasLinks = changes.some(({ layout }) => Object.values(layout.columns).some(({ type }) => isLink(type)))
  return hasLinks ? { ...operation, query: readingLinks(operation.query) } : operation
}

/** Labels tell dropdown texts apart when reading; statuses read back as their label, unless people renamed it. */
function batchColumn(column: BoardColumn): CellColumn {
  return column.type === 'dropdown' || column.type === 'tags' || column.shown !== undefined
    ? cellColumn(column)
    : { type: column.type }
}

function toMutation(change: BoardChange, board: number, userId: (email: string) => string | undefined): ItemMutation {
  switch (change.kind) {
    case 'create': {
      const values = columnValues(change, userId)
      return {
        kind: 'create',
        board,
        group: groupId(change, change.group),
        name: change.name.toWellFormed(),
        columnValues: JSON.stringify({ ...values, [change.layout.keyColumnId]: change.key }),
      }
    }
    case 'update': {
      const name = change.name === undefined ? {} : { name: change.name.toWellFormed() }
      return {
        kind: 'update',
        board,
        itemId: change.itemId,
        columnValues: JSON.stringify({ ...name, ...columnValues(change, userId), ...keyValue(change) }),
      }
    }
    case 'move':
      return { kind: 'move', board, itemId: change.itemId, group: groupId(change, change.group) }
    case 'archive':
      return { kind: 'archive', board, itemId: change.itemId }
    case 'post':
      return { kind: 'post', board, itemId: change.itemId, body: htmlOf(change.text) }
    case 'notify': {
      const user = userId(change.email)
      // Whom nobody knows is left out while planning; an id that is none makes monday say so.
      return { kind: 'notify', board, itemId: change.itemId, userId: user ?? '0', text: change.text.toWellFormed() }
    }
  }
}

/** monday takes updates as HTML: what a record holds must not be read as such. */
function htmlOf(text: string): string {
  const escaped = text.toWellFormed().replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
  return escaped.replaceAll(/\r?\n/g, '<br>')
}

function keyValue(change: Extract<BoardChange, { kind: 'update' }>): Record<string, string> {
  return change.restoresKey === true ? { [change.layout.keyColumnId]: change.key } : {}
}

function columnValues(
  change: Extract<BoardChange, { kind: 'create' | 'update' }>,
  userId: (email: string) => string | undefined,
): Record<string, unknown> {
  const values: Record<string, unknown> = {}
  for (const [title, text] of Object.entries(change.cells)) {
    const column = change.layout.columns[title]
    if (column === undefined) throw notOnBoard(change, `column "${title}"`)
    const value = encodeCell(column, text, userId)
    // A new item has nothing to clear.
    if (value !== null || change.kind === 'update') values[column.id] = value
  }
  return values
}

function groupId(change: BoardChange, title: string): string {
  const id = Object.hasOwn(change.layout.groups, title) ? change.layout.groups[title] : undefined
  if (id === undefined) throw notOnBoard(change, `group "${title}"`)
  return id
}

/** Planning leaves out what a board lacks; that it is asked for all the same is a mistake of ours. */
function notOnBoard(change: BoardChange, what: string): Fault {
  return new Fault('board-layout-differs', `Board "${change.layout.title}" has no ${what} to write to`, {
    blame: 'us',
    hint: 'Run plan again; if it stays, report this with the mapping of the board',
  })
}

/** Reads what `composeBatch` wrote, however long ago. */
export function parseBatch(body: string): Batch {
  const batch: unknown = JSON.parse(body)
  if (typeof batch === 'object' && batch !== null && 'http' in batch && 'parts' in batch && 'boards' in batch) {
    return batch as Batch
  }
  throw new Fault('board-request-unreadable', 'A stored request is not one that this program composed', {
    blame: 'us',
    hint: 'Report this with the version of the program that stored it',
  })
}

export function batchColumns(board: BatchBoard): ReadColumns {
  return {
    keyColumnId: board.keyColumnId,
    byId: new Map(Object.entries(board.columns)),
    groups: new Map(Object.entries(board.shownGroups ?? {}).map(([title, shown]) => [shown, title])),
  }
}

/** The outcome of one alias whose answer is `null`, from the errors that name it. */
export function outcomeOfError(part: BatchPart, board: BatchBoard, errors: readonly WireError[]): ChangeOutcome {
  const error = errors.find((one) => one.path.length === 1) ?? errors[0]
  if (error === undefined)
    return { status: 'unknown', message: 'monday answered neither with the item nor with an error' }
  const meaning = meaningOf(error)
  // An error below the alias is one of reading back: the change itself went through, or so it seems.
  if (error.path.length > 1 || !isRefusal(meaning, error)) return { status: 'unknown', message: toldBy(error) }
  return refusalOf(part, board, meaning, error)
}

const HINTS: Partial<
  Readonly<Record<Meaning, { readonly code: string; readonly says: string; readonly hint: string }>>
> = {
  rule: {
    code: 'board-rule',
    says: 'does not meet the rules of the board',
    hint: "Map the columns that the board requires, or loosen the board's validation rules",
  },
  'item-missing': {
    code: 'item-missing',
    says: 'is no longer on the board',
    hint: 'Nothing to do: the next run makes the item anew where it is still wanted',
  },
  'not-found': {
    code: 'not-found',
    says: 'names something that monday does not find',
    hint: 'Look whether item, group and columns are still on the board; then run refused --retry',
  },
  'column-missing': {
    code: 'column-missing',
    says: 'names a column that is no longer on the board',
    hint: 'Run again: the column is made anew',
  },
  'group-missing': {
    code: 'group-missing',
    says: 'names a group that is no longer on the board',
    hint: 'Run again: the group is made anew',
  },
  'board-missing': {
    code: 'board-missing',
    says: 'is on a board that is gone',
    hint: 'Restore the board in monday, or take it out of the mappings',
  },
  'user-unknown': {
    code: 'person-refused',
    says: 'names a person who cannot be put on this board',
    hint: "Give that person access to the board, or map the owner's name to a text column",
  },
  'name-length': {
    code: 'name-length',
    says: 'has a name that monday does not take (1 to 255 characters)',
    hint: 'Shorten the name in the mapping',
  },
  'board-full': {
    code: 'board-full',
    says: 'does not fit: the board is at its item limit',
    hint: 'Narrow the mapping with where, lower left_for, or archive items on the board',
  },
  forbidden: {
    code: 'board-forbidden',
    says: "may not be changed by this token's user",
    hint: 'Give that user edit rights on the board, then run refused --retry',
  },
}

/** The refusal of one change, in words for whoever has to mend it. */
export function refusalOf(part: BatchPart, board: BatchBoard, meaning: Meaning, error: WireError): Refused {
  const reason = reasonOf(error)
  const told = reason === '' ? '' : `: ${reason}`
  const column = columnOf(board, error)
  if (meaning === 'value') {
    const subject = column === undefined ? 'A cell' : `Column "${column.title}" (${column.type})`
    return {
      status: 'refused',
      code: 'cell-refused',
      message: `${subject} on board "${board.title}" does not take the value of "${part.key}"${told}`,
      ...(column === undefined ? {} : { column: column.title }),
      hint: 'Correct the value at its source or the column in the mapping; run explain to see where the value is from',
    }
  }
  const known = HINTS[meaning]
  return {
    status: 'refused',
    code: known?.code ?? 'board-refused',
    message: `Item "${part.key}" on board "${board.title}" ${known?.says ?? `was refused by monday (${error.code})`}${told}`,
    ...(column === undefined ? {} : { column: column.title }),
    hint: known?.hint ?? 'Run refused --retry after looking at the item; if it stays, report the code',
  }
}

function columnOf(board: BatchBoard, error: WireError): (CellColumn & { title: string }) | undefined {
  const ids = error.data['columnIds']
  const id = error.data['column_id'] ?? (Array.isArray(ids) ? ids[0] : undefined)
  return typeof id === 'string' ? board.columns[id] : undefined
}

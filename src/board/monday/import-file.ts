import { Fault } from '../../platform/errors.ts'
import type { BoardChange, BoardColumn, ColumnType } from '../board.ts'
import { cellColumn } from './cells.ts'

/** An import as the ledger keeps it: the file to the byte, and what it takes to read the report in a later process. */
export interface ImportBody {
  readonly import: {
    readonly boardId: string
    readonly title: string
    readonly groupId: string
    readonly keyColumnId: string
    /** By column id. */
    readonly columns: Readonly<Record<string, { readonly title: string; readonly type: ColumnType }>>
  }
  readonly rows: readonly ImportedRow[]
  readonly csv: string
  /** `null` until the job is opened. */
  readonly job: ImportJob | null
}

export interface ImportedRow {
  readonly key: string
  readonly kind: 'create' | 'update'
}

export interface ImportJob {
  readonly id: string
  /** Where the file goes; it is signed for some minutes. */
  readonly url: string
  /** ms. */
  readonly openedAt: number
}

export const ROWS_PER_FILE = 10_000
/** monday takes 150 MB; a body is held in memory and kept in the ledger. */
const MAX_BYTES = 24_000_000
/** What empties a cell; an empty text leaves it as it is. */
const CLEARED = '<NULL>'

type Row = Extract<BoardChange, { kind: 'create' | 'update' }>
type UserId = (email: string) => string | undefined

/**
 * Whether a file carries this change, `userId` aside: people nobody has looked up are no reason against it. `refused` are
 * types of column that monday was seen not to take.
 */
export function isRow(change: BoardChange, refused: Pick<ReadonlySet<ColumnType>, 'has'>): change is Row {
  if (change.kind !== 'create' && change.kind !== 'update') return false
  const { layout, key } = change
  if (layout.keyColumnId === '' || !isPlain(key)) return false
  if (change.kind === 'update' && change.restoresKey === true) return false
  if (change.name !== undefined && !isPlain(change.name)) return false
  return Object.entries(change.cells).every(([title, text]) => {
    const column = layout.columns[title]
    if (column === undefined || refused.has(column.type)) return false
    return encodeText(column, text, change.kind, () => '1') !== null
  })
}

/** Text that reads the same however a reader of files trims it, and that means nothing special. */
function isPlain(text: string): boolean {
  return text !== '' && text !== CLEARED && text.trim() === text
}

/**
 * A cell in the words of monday's files; `null` where they have none for it. An empty result leaves the cell alone.
 * Texts that could be read in several ways have none: a date with a time, labels and links with the signs that part them.
 */
function encodeText(column: BoardColumn, text: string, kind: Row['kind'], userId: UserId): string | null {
  if (text === '') return kind === 'create' ? '' : column.type === 'checkbox' ? 'false' : CLEARED
  if (text === CLEARED) return null
  switch (column.type) {
    case 'text':
    case 'long_text':
    case 'numbers':
      return text.toWellFormed()
    case 'date':
      return text.includes(' ') ? null : text
    case 'timeline':
      return text
    case 'status':
      return Object.hasOwn(cellColumn(column).labels ?? {}, text) ? text : null
    case 'dropdown':
      return dropdown(column, text)
    case 'people': {
      const ids = text.split(', ').flatMap((email) => userId(email) ?? [])
      return ids.length === 0 ? (kind === 'create' ? '' : CLEARED) : ids.map((id) => `user:${id}`).join(',')
    }
    case 'checkbox':
      return 'true'
    case 'link': {
      const space = text.indexOf(' ')
      const [url, words] = space < 0 ? [text, text] : [text.slice(0, space), text.slice(space + 1)]
      return /[()[\]]/.test(text) ? null : `[${words}](${url})`
    }
    case 'email':
      return text.includes(' ') ? null : text
    default:
      return null
  }
}

/** Labels are parted by commas: one that has a comma in it cannot be told. */
function dropdown(column: BoardColumn, text: string): string | null {
  const labels = text.split(', ')
  const known = column.labels ?? {}
  return labels.every((label) => Object.hasOwn(known, label) && !label.includes(',')) ? labels.join(',') : null
}

/** Makes a file of the leading ones of `changes`, which are of one board and make items in one group. */
export function composeFile(
  changes: readonly BoardChange[],
  userId: UserId,
): { readonly body: ImportBody; readonly taken: number } {
  const [first] = changes
  if (first === undefined) throw notARow()
  const { layout } = first
  const ids = new Map<string, BoardColumn>()
  for (const change of changes.slice(0, ROWS_PER_FILE)) {
    if (change.kind !== 'create' && change.kind !== 'update') throw notARow()
    if (change.layout.boardId !== layout.boardId) throw notARow()
    for (const title of Object.keys(change.cells)) {
      const column = change.layout.columns[title]
      if (column !== undefined) ids.set(column.id, column)
    }
  }
  const columns = [...ids.values()].sort((a, b) => (a.id < b.id ? -1 : 1))
  const rows: ImportedRow[] = []
  const lines = [csvLine(['name', layout.keyColumnId, ...columns.map(({ id }) => id)])]
  let group: string | undefined
  let bytes = 0
  for (const change of changes as readonly Row[]) {
    const line = csvLine([
      change.name?.toWellFormed() ?? '',
      change.key,
      ...columns.map((column) => cellText(change, column, userId)),
    ])
    bytes += Buffer.byteLength(line) + 1
    if (rows.length === ROWS_PER_FILE || (rows.length > 0 && bytes > MAX_BYTES)) break
    if (change.kind === 'create') {
      if (group !== undefined && group !== change.group) throw notARow()
      group = change.group
    }
    rows.push({ key: change.key, kind: change.kind })
    lines.push(line)
  }
  const groupId = group === undefined ? Object.values(layout.groups)[0] : layout.groups[group]
  if (groupId === undefined) throw notARow()
  return {
    taken: rows.length,
    body: {
      import: {
        boardId: layout.boardId,
        title: layout.title,
        groupId,
        keyColumnId: layout.keyColumnId,
        columns: Object.fromEntries(columns.map(({ id, title, type }) => [id, { title, type }])),
      },
      rows,
      csv: `${lines.join('\n')}\n`,
      job: null,
    },
  }
}

function cellText(change: Row, column: BoardColumn, userId: UserId): string {
  const text = change.cells[column.title]
  if (text === undefined) return ''
  const encoded = encodeText(column, text, change.kind, userId)
  if (encoded === null) throw notARow()
  return encoded
}

/** RFC 4180, every field that needs it in quotes. */
function csvLine(fields: readonly string[]): string {
  return fields.map((field) => (/[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field)).join(',')
}

function notARow(): Fault {
  return new Fault('import-cannot-carry', 'An import was asked to carry a change that no file holds', {
    blame: 'us',
    hint: 'Report this with the mapping of the board',
  })
}

/** Reads what `open` returned, however long ago. */
export function parseImport(text: string): ImportBody {
  const body: unknown = JSON.parse(text)
  if (typeof body === 'object' && body !== null && 'import' in body && 'csv' in body && 'rows' in body)
    return body as ImportBody
  throw new Fault('board-request-unreadable', 'A stored import is not one that this program composed', {
    blame: 'us',
    hint: 'Report this with the version of the program that stored it',
  })
}

import type { BoardColumn, ColumnType } from '../board.ts'
import { decodeShaped, encodeShaped } from './shaped-cells.ts'
import type { WireColumnValue } from './wire.ts'

/** What a cell needs beside its text: labels of its column and who is who. */
export interface CellColumn {
  readonly type: ColumnType
  /** Label text to label id. */
  readonly labels?: Readonly<Record<string, string>> | undefined
}

/**
 * Canonical text as monday wants it in `column_values`; `null` empties the cell.
 *
 * A status goes by label id, since a label that is a number would be read as an id. A label that the column lacks, or
 * text that is none of the type, is sent as it is, so that monday refuses the item and says why. People whom `userId`
 * does not know are left out.
 */
export function encodeCell(column: CellColumn, text: string, userId: (email: string) => string | undefined): unknown {
  if (text === '') return null
  switch (column.type) {
    case 'text':
    case 'numbers':
      return text.toWellFormed()
    case 'long_text':
      return { text: text.toWellFormed() }
    case 'status': {
      const id = labelId(column, text)
      return id === undefined ? { label: text } : { index: Number(id) }
    }
    case 'dropdown': {
      const labels = splitLabels(column, text)
      const ids = labels.map((label) => labelId(column, label))
      return ids.includes(undefined) ? { labels } : { ids: ids.map(Number) }
    }
    case 'tags':
      // A tag that was not looked up goes as it is, so that monday refuses the item.
      return { tag_ids: splitLabels(column, text).map((name) => Number(labelId(column, name) ?? Number.NaN)) }
    case 'board_relation':
    case 'dependency':
      return { item_ids: text.split(', ').map(Number) }
    case 'date': {
      const [date, time] = text.split(' ')
      return time === undefined ? { date } : { date, time: `${time}:00` }
    }
    case 'people': {
      const ids = text.split(', ').flatMap((email) => userId(email) ?? [])
      return ids.length === 0 ? null : { personsAndTeams: ids.map((id) => ({ id: Number(id), kind: 'person' })) }
    }
    case 'checkbox':
      return { checked: 'true' }
    case 'link': {
      const space = text.indexOf(' ')
      return space < 0 ? { url: text, text } : { url: text.slice(0, space), text: text.slice(space + 1) }
    }
    default:
      return encodeShaped(column.type, text.toWellFormed())
  }
}

/**
 * What monday reads back, as canonical text. Made so that a cell written with `encodeCell` reads back as the text it was
 * written from. `emailOf` names users; a user it does not know stands as `#id`, a team as `team #id`.
 */
export function decodeCell(
  column: CellColumn,
  read: Pick<WireColumnValue, 'text' | 'value' | 'linked_item_ids'>,
  emailOf: (userId: string) => string | undefined,
): string {
  const value = asObject(read.value)
  switch (column.type) {
    case 'text':
      return read.text ?? ''
    case 'long_text':
      return textOf(value['text']) ?? read.text ?? ''
    case 'numbers':
      return canonicalDecimal(read.text ?? '')
    case 'status':
      return statusText(column, read.text ?? '', value)
    case 'dropdown':
      return dropdownText(column, read.text ?? '', value['ids'])
    case 'tags':
      return dropdownText(column, read.text ?? '', value['tag_ids'])
    case 'board_relation':
    case 'dependency':
      return [...(read.linked_item_ids ?? [])].sort((a, b) => Number(a) - Number(b)).join(', ')
    case 'date':
      return dateText(read.text ?? '', value)
    case 'people':
      return peopleOf(read.value)
        .map((one) => (one.kind === 'team' ? `team #${one.id}` : (emailOf(one.id) ?? `#${one.id}`)))
        .sort()
        .join(', ')
    case 'checkbox':
      return value['checked'] === true || value['checked'] === 'true' ? 'v' : ''
    case 'link': {
      const url = textOf(value['url']) ?? ''
      const text = textOf(value['text']) ?? ''
      return text === '' || text === url ? url : `${url} ${text}`
    }
    default:
      return decodeShaped(column.type, value, canonicalDecimal)
  }
}

/** People and teams of a people value as read. */
export function peopleOf(value: unknown): { readonly id: string; readonly kind: string }[] {
  const list = asObject(value)['personsAndTeams']
  if (!Array.isArray(list)) return []
  return list.map((one) => {
    const person = asObject(one)
    return { id: String(person['id']), kind: textOf(person['kind']) ?? 'person' }
  })
}

/** By the id of the label: people may have renamed it, and its text on the board with it. */
function statusText(column: CellColumn, text: string, value: Record<string, unknown>): string {
  const id = String(value['index'] ?? '')
  return Object.entries(column.labels ?? {}).find(([, other]) => other === id)?.[0] ?? text
}

function dropdownText(column: CellColumn, text: string, listed: unknown): string {
  const names = new Map(Object.entries(column.labels ?? {}).map(([label, id]) => [id, label]))
  const ids = Array.isArray(listed) ? listed.map(String) : null
  const labels = ids?.map((id) => names.get(id))
  // Ids tell labels with commas apart; where one is not known, the text must do.
  const known = labels?.includes(undefined) === false ? (labels as string[]) : splitLabels(column, text)
  return [...known].sort().join(', ')
}

/** monday's `text` is in each user's time zone; its value is UTC. */
function dateText(text: string, value: Record<string, unknown>): string {
  const date = textOf(value['date'])
  if (date === undefined || date === '') return value['date'] === undefined ? text : ''
  const time = textOf(value['time'])
  return time === undefined || time === '' ? date : `${date} ${time.slice(0, 5)}`
}

/** A label with a comma in it is one label when the column has it. */
function splitLabels(column: CellColumn, text: string): string[] {
  if (text === '') return []
  return labelId(column, text) === undefined ? text.split(', ') : [text]
}

function labelId(column: CellColumn, label: string): string | undefined {
  return column.labels !== undefined && Object.hasOwn(column.labels, label) ? column.labels[label] : undefined
}

/** Plain decimal without exponent, leading or trailing zeros, `+` or `-0`. Text that is no number stays as it is. */
export function canonicalDecimal(text: string): string {
  const parts = /^([+-]?)(\d*)(?:\.(\d*))?(?:e([+-]?\d+))?$/i.exec(text.trim())
  if (parts === null || `${parts[2]}${parts[3] ?? ''}` === '') return text.trim()
  const fraction = parts[3] ?? ''
  const point = (parts[2] ?? '').length + Number(parts[4] ?? 0)
  const digits = `${parts[2]}${fraction}`
  // Beyond this an exponent is an attack on memory, not a number on a board.
  if (Math.abs(point) > 400) return text.trim()
  const whole = point <= 0 ? '0' : digits.slice(0, point).padEnd(point, '0')
  const rest = point <= 0 ? '0'.repeat(-point) + digits : digits.slice(point)
  const plain = `${whole.replace(/^0+(?=\d)/, '')}${rest.replace(/0+$/, '').replace(/^(?=.)/, '.')}`
  return parts[1] === '-' && plain !== '0' ? `-${plain}` : plain
}

function asObject(value: unknown): Record<string, unknown> {
  if (typeof value === 'string') {
    try {
      return asObject(JSON.parse(value) as object)
    } catch {
      return {}
    }
  }
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

/** Narrows a layout's column to what cells need. */
export function cellColumn(column: BoardColumn): CellColumn {
  return column.labels === undefined ? { type: column.type } : { type: column.type, labels: column.labels }
}

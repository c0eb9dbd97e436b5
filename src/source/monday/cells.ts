import { decimalText, instantText } from '../canonical.ts'
import type { FieldValue } from '../source.ts'
import type { FieldPlace } from './fields.ts'
import { jsonOf, type WireCell, type WireColumn, type WireItem } from './wire.ts'

type OwnPlace = Exclude<FieldPlace, { of: 'linked' }>

/** The value of a field of an item, in the form of sources. `emailOf` names users; one it does not know is left out. */
export function fieldValue(item: WireItem, place: OwnPlace, emailOf: (id: string) => string | undefined): FieldValue {
  if (place.of === 'item') return emptyIsNull(itemPart(item, place.part))
  if (place.column.type === 'name') return emptyIsNull(item.name)
  const cell = item.column_values.find(({ id }) => id === place.column.id)
  return cell === undefined ? null : emptyOrBoolean(cellValue(place.column, place.part, cell, emailOf))
}

function itemPart(item: WireItem, part: string): string {
  switch (part) {
    case 'id':
      return item.id
    case 'name':
      return item.name
    case 'group':
      return item.group?.title ?? ''
    case 'created_at':
      return instantText(item.created_at ?? '')
    case 'updated_at':
      return instantText(item.updated_at ?? '')
    case 'creator_id':
      return item.creator_id ?? ''
    default:
      return item.url ?? ''
  }
}

function cellValue(
  column: WireColumn,
  part: string | null,
  cell: WireCell,
  emailOf: (id: string) => string | undefined,
): string | boolean {
  const text = cell.text ?? ''
  const value = objectOf(cell.value)
  switch (column.type) {
    case 'numbers':
    case 'rating':
      return decimalText(textAt(value, 'rating') ?? text)
    case 'status':
      return part === 'id' ? (textAt(value, 'index') ?? '') : labelsOf(column, text, [value['index']])
    case 'dropdown': {
      const ids = Array.isArray(value['ids']) ? value['ids'].map(String) : []
      return part === 'id' ? ids.join(', ') : labelsOf(column, text, ids)
    }
    case 'date':
      return dateOf(value) ?? text
    case 'timeline':
      return part === null ? text : (textAt(value, part) ?? '')
    case 'week':
      return textAt(objectOf(value['week']), 'startDate') ?? textAt(value, 'startDate') ?? text
    case 'people':
      return part === null ? text : peopleOf(value, part, emailOf)
    case 'checkbox':
      return value['checked'] === true || value['checked'] === 'true'
    case 'link':
      return textAt(value, part === 'text' ? 'text' : 'url') ?? text
    case 'email':
      return textAt(value, 'email') ?? text
    case 'phone':
      return textAt(value, 'phone') ?? text
    case 'country':
      return textAt(value, 'countryCode') ?? text
    case 'location':
      return textAt(value, 'address') ?? text
    case 'long_text':
      return textAt(value, 'text') ?? text
    case 'board_relation':
    case 'dependency':
      // Text and value are always null there.
      return (cell.linked_item_ids ?? []).join(', ')
    case 'mirror':
    case 'formula':
      return cell.display_value ?? ''
    case 'vote':
      return cell.vote_count == null ? '' : String(cell.vote_count)
    default:
      return text
  }
}

/** By the ids of labels: what a cell says of them may be older than their names. A label that is gone goes by its text. */
function labelsOf(column: WireColumn, text: string, ids: readonly unknown[]): string {
  const known = new Map((column.settings?.labels ?? []).map(({ id, label }) => [String(id), label ?? '']))
  const labels = ids.map((id) => known.get(String(id)))
  return labels.length === 0 || labels.includes(undefined) ? text : labels.join(', ')
}

/** A date with a time is an instant in UTC; without one it is a day, whoever looks at it. */
function dateOf(value: Readonly<Record<string, unknown>>): string | undefined {
  const date = textAt(value, 'date')
  const time = textAt(value, 'time')
  if (date === undefined || time === undefined || time === '') return date
  return instantText(`${date}T${time.length === 5 ? `${time}:00` : time}Z`)
}

/** People of a cell; teams are none. */
export function personsOf(cell: Pick<WireCell, 'value'>): string[] {
  const list = objectOf(cell.value)['personsAndTeams']
  if (!Array.isArray(list)) return []
  return list
    .map((one) => objectOf(one))
    .filter((one) => one['kind'] !== 'team')
    .map((one) => String(one['id']))
}

function peopleOf(
  value: Readonly<Record<string, unknown>>,
  part: string,
  emailOf: (id: string) => string | undefined,
): string {
  const ids = personsOf({ value })
  return part === 'id' ? ids.join(', ') : ids.flatMap((id) => emailOf(id) ?? []).join(', ')
}

function emptyOrBoolean(value: string | boolean): FieldValue {
  return typeof value === 'boolean' ? value : emptyIsNull(value)
}

function emptyIsNull(text: string): string | null {
  return text === '' ? null : text
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  const read = typeof value === 'string' ? jsonOf(value) : value
  return typeof read === 'object' && read !== null ? (read as Record<string, unknown>) : {}
}

function textAt(value: Readonly<Record<string, unknown>>, key: string): string | undefined {
  const found = value[key]
  return typeof found === 'string' ? found : typeof found === 'number' ? String(found) : undefined
}

import { colorById, EMPTY_LABEL_ID } from './colors.ts'
import { MondayError } from './errors.ts'
import {
  addStatusLabel,
  type DropdownSettings,
  isRecord,
  type LabelRules,
  type NumbersSettings,
  replaceDropdownLabels,
  type Settings,
  type StatusLabel,
  type StatusSettings,
} from './settings.ts'
import { isDay, SHAPES } from './shaped-cells.ts'

/** What a cell holds; no entry in an item's cells is an empty cell. `at` is when it was last changed. */
export type Cell =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'long_text'; readonly text: string; readonly at: string }
  | { readonly type: 'numbers'; readonly number: string }
  | { readonly type: 'status'; readonly index: number; readonly at: string }
  | { readonly type: 'dropdown'; readonly ids: readonly number[]; readonly at: string }
  | { readonly type: 'date'; readonly date: string; readonly time: string | null; readonly at: string }
  | { readonly type: 'people'; readonly people: readonly Person[]; readonly at: string }
  | { readonly type: 'checkbox'; readonly at: string }
  | { readonly type: 'link'; readonly url: string; readonly text: string; readonly at: string }
  | {
      readonly type: 'shaped'
      readonly of: string
      readonly value: Readonly<Record<string, unknown>>
      readonly at: string
    }

export interface Person {
  readonly id: number
  readonly kind: 'person'
}

/** A column as cells need it. */
export interface CellColumn {
  readonly board_id: number
  readonly id: string
  readonly title: string
  readonly type: string
  readonly settings: Settings
}

export interface WriteRules {
  readonly at: string
  readonly longTextChars: number
  readonly labels: LabelRules
  /** `create_labels_if_missing`. */
  readonly createLabels: boolean
  readonly userName: (id: number) => string | undefined
  readonly tagName: (id: number) => string | undefined
  /** An item that is there, for links to it. */
  readonly itemNamed: (id: number) => { readonly board_id: number; readonly name: string } | undefined
}

/** The cell that was asked for, and the column's settings when a label had to be made for it. */
export interface Written {
  readonly cell: Cell | null
  readonly settings?: Settings
}

export const WRITABLE_TYPES: ReadonlySet<string> = new Set([
  'text',
  'long_text',
  'numbers',
  'status',
  'dropdown',
  'date',
  'people',
  'checkbox',
  'link',
  ...Object.keys(SHAPES),
])

/**
 * The cell that `value` asks for: JSON as in `column_values`, or the plain text that simple writes use.
 *
 * `null`, an empty text and an empty object clear the cell. Anything monday would not take throws
 * `ColumnValueException`, or `InvalidUserIdException` for a person nobody knows.
 */
export function readCell(column: CellColumn, value: unknown, rules: WriteRules): Written {
  if (!WRITABLE_TYPES.has(column.type)) {
    throw valueError(column, value, `Columns of type ${column.type} cannot be changed through the API`, 'readOnly')
  }
  if (value === null || value === '' || (isRecord(value) && Object.keys(value).length === 0)) return { cell: null }
  switch (column.type) {
    case 'text':
      if (typeof value !== 'string') throw badShape(column, value)
      return { cell: { type: 'text', text: value } }
    case 'long_text':
      return { cell: readLongText(column, value, rules) }
    case 'numbers':
      return { cell: readNumber(column, value) }
    case 'status':
      return readStatus(column, value, rules)
    case 'dropdown':
      return readDropdown(column, value, rules)
    case 'date':
      return { cell: readDate(column, value, rules) }
    case 'people':
      return { cell: readPeople(column, value, rules) }
    case 'checkbox':
      return { cell: readCheckbox(column, value, rules) }
    case 'link':
      return { cell: readLink(column, value, rules) }
    case 'tags':
      return { cell: readTags(column, value, rules) }
    case 'board_relation':
    case 'dependency':
      return { cell: readLinks(column, value, rules) }
    default:
      return { cell: readShaped(column, value, rules) }
  }
}

function readLongText(column: CellColumn, value: unknown, rules: WriteRules): Cell | null {
  const text = typeof value === 'string' ? value : isRecord(value) ? value.text : undefined
  if (typeof text !== 'string') throw badShape(column, value)
  if (text.length > rules.longTextChars) {
    throw valueError(column, value, `Text is longer than ${rules.longTextChars} characters`, 'textTooLong')
  }
  return text === '' ? null : { type: 'long_text', text, at: rules.at }
}

function readNumber(column: CellColumn, value: unknown): Cell {
  const text = typeof value === 'number' ? String(value) : typeof value === 'string' ? value.trim() : ''
  if (!/^[+-]?(\d+\.?\d*|\.\d+)$/.test(text)) {
    throw valueError(column, value, 'invalid value, please provide a number', 'invalidNumber')
  }
  return { type: 'numbers', number: text.replace(/^\+/, '') }
}

function readStatus(column: CellColumn, value: unknown, rules: WriteRules): Written {
  const { labels } = column.settings as StatusSettings
  const wanted = typeof value === 'string' || typeof value === 'number' ? { label: String(value) } : value
  if (!isRecord(wanted)) throw badShape(column, value)
  // A label text that is a number is taken as a label id: monday does not look whether a label has that text.
  const index = wanted.index ?? (/^\d+$/.test(String(wanted.label ?? '')) ? wanted.label : undefined)
  if (index !== undefined && index !== null) {
    const id = Number(index)
    const known = labels.find((label) => label.id === id)
    if (!Number.isInteger(id) || (known === undefined && id !== EMPTY_LABEL_ID)) throw noLabel(column, value, labels)
    if (known?.is_deactivated) throw valueError(column, value, 'This label is deactivated', 'deactivatedLabel')
    return { cell: { type: 'status', index: id, at: rules.at } }
  }
  if (typeof wanted.label !== 'string') throw badShape(column, value)
  if (wanted.label === '') return { cell: null }
  const known = labels.find((label) => label.label === wanted.label)
  if (known?.is_deactivated) throw valueError(column, value, 'This label is deactivated', 'deactivatedLabel')
  if (known !== undefined) return { cell: { type: 'status', index: known.id, at: rules.at } }
  if (!rules.createLabels) throw noLabel(column, value, labels)
  const more = addStatusLabel(labels, wanted.label, rules.labels)
  const made = more.find((label) => label.label === wanted.label) as StatusLabel
  return { cell: { type: 'status', index: made.id, at: rules.at }, settings: { labels: more } }
}

function readDropdown(column: CellColumn, value: unknown, rules: WriteRules): Written {
  const settings = column.settings as DropdownSettings
  let labels = settings.labels
  const { texts, ids } = dropdownParts(column, value)
  if (texts.length > 0 && ids.length > 0) throw badShape(column, value)
  const found = new Set<number>()
  for (const id of ids) {
    if (!labels.some((label) => label.id === id)) throw noLabel(column, value, labels)
    found.add(id)
  }
  for (const text of texts) {
    if (!labels.some((label) => label.label === text)) {
      if (!rules.createLabels) throw noLabel(column, value, labels)
      labels = replaceDropdownLabels(labels, [...labels, { label: text }], rules.labels)
    }
    found.add((labels.find((label) => label.label === text) as { id: number }).id)
  }
  const most = settings.limit_select ? (settings.label_limit_count ?? 1) : Number.POSITIVE_INFINITY
  if (found.size > most) throw valueError(column, value, `At most ${most} labels can be selected`, 'tooManyLabels')
  const cell: Cell | null =
    found.size === 0 ? null : { type: 'dropdown', ids: [...found].sort((a, b) => a - b), at: rules.at }
  return labels === settings.labels ? { cell } : { cell, settings: { ...settings, labels } }
}

function dropdownParts(column: CellColumn, value: unknown): { texts: string[]; ids: number[] } {
  if (typeof value === 'string') {
    const parts = value.split(',').map((part) => part.trim())
    return parts.every((part) => /^\d+$/.test(part)) ? { texts: [], ids: parts.map(Number) } : { texts: parts, ids: [] }
  }
  if (!isRecord(value)) throw badShape(column, value)
  const texts = value.labels ?? []
  const ids = value.ids ?? []
  if (!Array.isArray(texts) || !Array.isArray(ids)) throw badShape(column, value)
  return { texts: texts.map(String), ids: ids.map(Number) }
}

function readDate(column: CellColumn, value: unknown, rules: WriteRules): Cell | null {
  const parts = typeof value === 'string' ? value.trim().split(/[ T]/) : isRecord(value) ? [value.date, value.time] : []
  const [date, time] = parts
  if (date === undefined || date === null || date === '') return null
  if (typeof date !== 'string' || !isDay(date)) throw badShape(column, value)
  if (time === undefined || time === null || time === '') return { type: 'date', date, time: null, at: rules.at }
  if (typeof time !== 'string' || !/^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?$/.test(time)) throw badShape(column, value)
  return { type: 'date', date, time: time.length === 5 ? `${time}:00` : time, at: rules.at }
}

function readPeople(column: CellColumn, value: unknown, rules: WriteRules): Cell | null {
  const entries =
    typeof value === 'string'
      ? value.split(',').map((id) => ({ id: id.trim(), kind: 'person' }))
      : isRecord(value)
        ? value.personsAndTeams
        : undefined
  if (!Array.isArray(entries)) throw badShape(column, value)
  const people = new Map<number, Person>()
  for (const entry of entries) {
    if (!isRecord(entry) || !/^\d+$/.test(String(entry.id))) throw badShape(column, value)
    const id = Number(entry.id)
    if ((entry.kind ?? 'person') !== 'person' || rules.userName(id) === undefined) {
      throw new MondayError('InvalidUserIdException', `User with ID ${id} does not exist`, 200, {
        user_id: String(id),
        column_id: column.id,
      })
    }
    people.set(id, { id, kind: 'person' })
  }
  return people.size === 0 ? null : { type: 'people', people: [...people.values()], at: rules.at }
}

function readCheckbox(column: CellColumn, value: unknown, rules: WriteRules): Cell {
  const checked = isRecord(value) ? value.checked : value
  if (checked !== true && checked !== 'true') throw badShape(column, value)
  return { type: 'checkbox', at: rules.at }
}

function readLink(column: CellColumn, value: unknown, rules: WriteRules): Cell {
  const [first = '', ...rest] = typeof value === 'string' ? value.trim().split(' ') : []
  const link = typeof value === 'string' ? { url: first, text: rest.join(' ') } : value
  if (!isRecord(link) || typeof link.url !== 'string' || !/^\S+$/.test(link.url)) throw badShape(column, value)
  if (link.text !== undefined && link.text !== null && typeof link.text !== 'string') throw badShape(column, value)
  return { type: 'link', url: link.url, text: link.text ?? '', at: rules.at }
}

/** The names are kept beside the ids, for the text that people see. */
function readTags(column: CellColumn, value: unknown, rules: WriteRules): Cell | null {
  const ids = isRecord(value) ? value.tag_ids : undefined
  if (!Array.isArray(ids)) throw badShape(column, value)
  const names = ids.map((id) => rules.tagName(Number(id)))
  if (names.includes(undefined)) throw valueError(column, value, 'Tag does not exist', 'missingTag')
  return ids.length === 0
    ? null
    : { type: 'shaped', of: 'tags', value: { tag_ids: ids.map(Number), names }, at: rules.at }
}

/** Items of boards that the column's settings name, and of no other; of a dependency, of its own board. */
function readLinks(column: CellColumn, value: unknown, rules: WriteRules): Cell | null {
  const ids = isRecord(value) ? value.item_ids : undefined
  if (!Array.isArray(ids)) throw badShape(column, value)
  const { boardIds } = column.settings as { readonly boardIds?: readonly unknown[] }
  const names = ids.map((id) => {
    const item = rules.itemNamed(Number(id))
    const boards = column.type === 'dependency' ? [column.board_id] : (boardIds ?? []).map(Number)
    const isLinked = item !== undefined && boards.includes(item.board_id)
    if (!isLinked) throw valueError(column, value, `Item ${id} is not on a connected board`, 'notLinked')
    return item.name
  })
  return ids.length === 0
    ? null
    : { type: 'shaped', of: column.type, value: { ids: ids.map(Number), names }, at: rules.at }
}

function readShaped(column: CellColumn, value: unknown, rules: WriteRules): Cell | null {
  const shape = SHAPES[column.type]
  const asked = typeof value === 'string' ? shape?.simple?.(value) : value
  const taken = isRecord(asked) ? shape?.take(asked) : undefined
  if (taken === undefined) throw badShape(column, value)
  return taken === null ? null : { type: 'shaped', of: column.type, value: taken, at: rules.at }
}

function badShape(column: CellColumn, value: unknown): MondayError {
  return valueError(
    column,
    value,
    'invalid value, please check our API documentation for the correct data structure for this column. https://developer.monday.com/api-reference/docs/change-column-values',
    'invalidFormat',
  )
}

function noLabel(
  column: CellColumn,
  value: unknown,
  labels: readonly { readonly id: number; readonly label: string }[],
): MondayError {
  const possible = labels.map((label) => `${label.id}: ${label.label}`).join(', ')
  const [what, plural] = column.type === 'status' ? ['status', 'statuses'] : ['dropdown', 'labels']
  return valueError(
    column,
    value,
    `This ${what} label doesn't exist, possible ${plural} are: {${possible}}`,
    'missingLabel',
  )
}

function valueError(column: CellColumn, value: unknown, message: string, problem: string): MondayError {
  return new MondayError('ColumnValueException', message, 200, {
    board_id: String(column.board_id),
    column_id: column.id,
    column_name: column.title,
    // monday's inner name of a status column, as its changelog of 2025-04-28 shows it.
    column_type: column.type === 'status' ? 'color' : column.type,
    column_value: JSON.stringify(value),
    column_validation_error_code: problem,
  })
}

/** `text` of a cell, as monday shows it: empty text for an empty cell. The account's time zone is UTC. */
export function cellText(
  column: CellColumn,
  cell: Cell | undefined,
  userName: (id: number) => string | undefined,
): string | null {
  if (column.type === 'status') return labelOf(column, cell)?.label ?? ''
  if (ALWAYS_NULL_TEXT.has(column.type)) return null
  if (cell === undefined) return ''
  switch (cell.type) {
    case 'text':
    case 'long_text':
      return cell.text
    case 'numbers':
      return cell.number
    case 'dropdown':
      return dropdownOptions(column, cell)
        .map((option) => option.label)
        .join(', ')
    case 'date':
      return cell.time === null ? cell.date : `${cell.date} ${cell.time.slice(0, 5)}`
    case 'people':
      return cell.people.map((person) => userName(person.id) ?? '').join(', ')
    case 'checkbox':
      return 'v'
    case 'link':
      return cell.text === '' || cell.text === cell.url ? cell.url : `${cell.text} - ${cell.url}`
    case 'shaped':
      return SHAPES[cell.of]?.text(cell.value) ?? ''
    default:
      return ''
  }
}

const ALWAYS_NULL_TEXT: ReadonlySet<string> = new Set(['board_relation', 'dependency', 'mirror', 'subtasks'])

/** `value` of a cell: JSON text, or null for an empty cell. */
export function cellValue(cell: Cell | undefined): string | null {
  if (cell === undefined) return null
  switch (cell.type) {
    case 'text':
      return JSON.stringify(cell.text)
    case 'numbers':
      return JSON.stringify(cell.number)
    case 'long_text':
      return JSON.stringify({ text: cell.text, changed_at: cell.at })
    case 'status':
      return JSON.stringify({ index: cell.index, post_id: null, changed_at: cell.at })
    case 'dropdown':
      return JSON.stringify({ ids: cell.ids, changed_at: cell.at })
    case 'date':
      return JSON.stringify({ date: cell.date, time: cell.time, icon: null, changed_at: cell.at })
    case 'people':
      return JSON.stringify({ changed_at: cell.at, personsAndTeams: cell.people })
    case 'checkbox':
      return JSON.stringify({ checked: true, changed_at: cell.at })
    case 'link':
      return JSON.stringify({ url: cell.url, text: cell.text, changed_at: cell.at })
    case 'shaped': {
      if (cell.of === 'board_relation' || cell.of === 'dependency') return null
      const { names: _, ...value } = cell.value
      return JSON.stringify({ ...value, changed_at: cell.at })
    }
  }
}

/** The label a status cell shows; an empty one shows that of id 5, when the column has one. */
export function labelOf(column: CellColumn, cell: Cell | undefined): StatusLabel | undefined {
  const id = cell?.type === 'status' ? cell.index : EMPTY_LABEL_ID
  return (column.settings as StatusSettings).labels.find((label) => label.id === id)
}

function dropdownOptions(column: CellColumn, cell: Cell & { readonly type: 'dropdown' }) {
  const { labels } = column.settings as DropdownSettings
  return cell.ids.flatMap((id) => {
    const label = labels.find((candidate) => candidate.id === id)
    return label === undefined ? [] : [{ id: String(id), label: label.label }]
  })
}

/** The GraphQL value of one cell, typed fragments included. */
export function cellView(
  column: CellColumn,
  columnView: unknown,
  cell: Cell | undefined,
  userName: (id: number) => string | undefined,
): Readonly<Record<string, unknown>> {
  const at = cell !== undefined && 'at' in cell ? cell.at : null
  return {
    __typename: VALUE_TYPES[column.type] ?? SHAPES[column.type]?.typename ?? 'UnsupportedValue',
    id: column.id,
    type: column.type,
    column: columnView,
    is_leaf: true,
    text: () => cellText(column, cell, userName),
    value: () => cellValue(cell),
    updated_at: at,
    ...typedFields(column, cell),
  }
}

const VALUE_TYPES: Readonly<Record<string, string>> = {
  text: 'TextValue',
  long_text: 'LongTextValue',
  numbers: 'NumbersValue',
  status: 'StatusValue',
  dropdown: 'DropdownValue',
  date: 'DateValue',
  people: 'PeopleValue',
  checkbox: 'CheckboxValue',
  link: 'LinkValue',
}

function typedFields(column: CellColumn, cell: Cell | undefined): Readonly<Record<string, unknown>> {
  switch (column.type) {
    case 'numbers': {
      const { unit } = column.settings as NumbersSettings
      return {
        number: cell?.type === 'numbers' ? Number(cell.number) : null,
        symbol: unit?.symbol === 'custom' ? (unit.custom_unit ?? null) : (unit?.symbol ?? null),
        direction: unit?.direction ?? null,
      }
    }
    case 'status': {
      const label = labelOf(column, cell)
      const color = label === undefined ? undefined : colorById(label.color)
      return {
        index: cell?.type === 'status' ? cell.index : null,
        label: label?.label ?? null,
        is_done: label?.is_done ?? false,
        label_style: color === undefined ? null : { color: color.hex, border: color.border },
      }
    }
    case 'dropdown':
      return { values: cell?.type === 'dropdown' ? dropdownOptions(column, cell) : [] }
    case 'date': {
      const date = cell?.type === 'date' ? cell : null
      return { date: date?.date ?? null, time: date?.time?.slice(0, 5) ?? null, icon: null }
    }
    case 'people':
      return { persons_and_teams: cell?.type === 'people' ? cell.people : [] }
    case 'checkbox':
      return { checked: cell?.type === 'checkbox' }
    case 'link':
      return cell?.type === 'link' ? { url: cell.url, url_text: cell.text } : { url: null, url_text: null }
    default:
      return SHAPES[column.type]?.fields(cell?.type === 'shaped' ? cell.value : {}) ?? {}
  }
}

/** What a look-up by column value finds a cell by: what `searchTerms` makes of a searched text. */
export function lookupTerms(cell: Cell | undefined, userName: (id: number) => string | undefined): string[] {
  if (cell === undefined) return []
  switch (cell.type) {
    case 'text':
      return [cell.text.toLowerCase()]
    case 'long_text':
      return [cell.text]
    case 'numbers':
      return [cell.number]
    case 'status':
      return [String(cell.index)]
    case 'dropdown':
      return cell.ids.map(String)
    case 'date':
      return [cell.date]
    case 'people':
      return cell.people.map((person) => userName(person.id) ?? '')
    case 'checkbox':
      return ['v']
    case 'link':
      return [cell.text === '' ? cell.url : cell.text]
    case 'shaped': {
      const term = SHAPES[cell.of]?.term?.(cell.value)
      return term === undefined ? [] : [term]
    }
  }
}

/**
 * A searched text in the form that cells are found by: labels by their id, `text` and names without regard to case.
 * No term at all when a label is unknown.
 */
export function searchTerms(column: CellColumn, searched: string): string[] {
  if (column.type === 'text' || column.type === 'name') return [searched.toLowerCase()]
  if (column.type !== 'status' && column.type !== 'dropdown') return [searched]
  const { labels } = column.settings as StatusSettings | DropdownSettings
  return labels.filter((label) => label.label === searched).map((label) => String(label.id))
}

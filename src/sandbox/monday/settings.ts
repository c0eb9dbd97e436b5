import type { Limits } from '../engine/engine.ts'
import { colorById, colorByName, EMPTY_LABEL_ID, LABEL_COLORS } from './colors.ts'
import { invalidArgument, MondayError } from './errors.ts'

/** A label of a status column. `id` is what cells hold; `index` is its place in the list that people see. */
export interface StatusLabel {
  readonly id: number
  readonly label: string
  /** Number of a colour of the palette. */
  readonly color: number
  readonly index: number
  readonly is_done: boolean
  readonly is_deactivated: boolean
  readonly description?: string
}

export interface DropdownLabel {
  readonly id: number
  readonly label: string
  readonly is_deactivated: boolean
}

export interface StatusSettings {
  readonly labels: readonly StatusLabel[]
}

export interface DropdownSettings {
  readonly labels: readonly DropdownLabel[]
  readonly limit_select?: boolean
  readonly label_limit_count?: number
}

export interface NumbersSettings {
  readonly unit?: { readonly symbol?: string; readonly custom_unit?: string; readonly direction?: 'left' | 'right' }
}

export type Settings = StatusSettings | DropdownSettings | NumbersSettings | Readonly<Record<string, unknown>>

/** A label as a person or a program asks for it. */
export interface LabelInput {
  readonly label: string
  readonly id?: number | null
  readonly color?: string | null
  readonly index?: number | null
  readonly description?: string | null
  readonly is_done?: boolean | null
  readonly is_deactivated?: boolean | null
}

export interface LabelRules {
  readonly labels: number
  readonly chars: number
  readonly descriptionChars: number
}

/** What labels may be, by the engine's limits. */
export function labelRules(limits: Limits): LabelRules {
  return {
    labels: limits.get('monday.statusLabels'),
    chars: limits.get('monday.labelChars'),
    descriptionChars: limits.get('monday.labelDescriptionChars'),
  }
}

/**
 * The labels that a status column has after `wanted` replaced `existing`.
 *
 * A wanted label is an existing one when it names its id, or else its text; then it keeps its id. A new one takes the
 * number of its colour as id, or the first free number when that is taken. What `wanted` leaves out is gone.
 */
export function replaceStatusLabels(
  existing: readonly StatusLabel[],
  wanted: readonly LabelInput[],
  rules: LabelRules,
): StatusLabel[] {
  if (wanted.length > rules.labels) {
    throw inputError(`A status column has at most ${rules.labels} labels, ${wanted.length} were given`)
  }
  assertDistinct(wanted.map((input) => input.label))
  const old = wanted.map((input) => findOld(existing, input))
  const taken = new Set(old.flatMap((label) => (label === undefined ? [] : [label.id])))
  return wanted.map((input, i) => {
    checkLabel(input, rules)
    const known = old[i]
    const color = input.color == null ? undefined : colorByName(input.color)
    const id = known?.id ?? freeId(taken, color?.id)
    taken.add(id)
    const index = input.index ?? i
    if (index < 0 || index >= rules.labels)
      throw inputError(`Label index ${index} is not between 0 and ${rules.labels - 1}`)
    const description = input.description ?? known?.description
    return {
      id,
      label: input.label,
      color: color?.id ?? known?.color ?? colorById(id).id,
      index,
      is_done: input.is_done ?? known?.is_done ?? id === 1,
      is_deactivated: input.is_deactivated ?? false,
      ...(description === undefined ? {} : { description }),
    }
  })
}

function findOld<L extends { readonly id: number; readonly label: string }>(
  existing: readonly L[],
  input: LabelInput,
): L | undefined {
  if (input.id == null) return existing.find((label) => label.label === input.label)
  const known = existing.find((label) => label.id === input.id)
  if (known === undefined) throw inputError(`Label id ${input.id} does not exist in the column`)
  return known
}

/** A label id that nothing has: that of the colour, else the first of the palette, never the empty one's. */
function freeId(taken: ReadonlySet<number>, preferred: number | undefined): number {
  if (preferred !== undefined && !taken.has(preferred)) return preferred
  const free = LABEL_COLORS.find((color) => color.id !== EMPTY_LABEL_ID && !taken.has(color.id))
  return free?.id ?? EMPTY_LABEL_ID
}

/** The labels a status column has with `text` added, for `create_labels_if_missing`. */
export function addStatusLabel(existing: readonly StatusLabel[], text: string, rules: LabelRules): StatusLabel[] {
  const asInput = existing.map((label) => ({ ...label, color: colorById(label.color).name }))
  return replaceStatusLabels(existing, [...asInput, { label: text, index: nextIndex(existing) }], rules)
}

function nextIndex(existing: readonly StatusLabel[]): number {
  return existing.reduce((highest, label) => Math.max(highest, label.index + 1), 0)
}

/**
 * The labels that a dropdown column has after `wanted` replaced `existing`. One request may take away one label at
 * most, and may not add and take away together.
 */
export function replaceDropdownLabels(
  existing: readonly DropdownLabel[],
  wanted: readonly LabelInput[],
  rules: LabelRules,
): DropdownLabel[] {
  assertDistinct(wanted.map((input) => input.label))
  const old = wanted.map((input) => findOld(existing, input))
  const kept = new Set(old.flatMap((label) => (label === undefined ? [] : [label.id])))
  const removed = existing.filter((label) => !kept.has(label.id)).length
  const added = old.filter((label) => label === undefined).length
  if (removed > 1) throw inputError(`Only one dropdown label can be deleted in one request, ${removed} were left out`)
  if (removed > 0 && added > 0) throw inputError('Dropdown labels cannot be added and deleted in one request')
  let next = existing.reduce((highest, label) => Math.max(highest, label.id), 0)
  return wanted.map((input, i) => {
    checkLabel(input, rules)
    const known = old[i]
    if (known === undefined) next += 1
    return { id: known?.id ?? next, label: input.label, is_deactivated: input.is_deactivated ?? false }
  })
}

function checkLabel(input: LabelInput, rules: LabelRules): void {
  if (input.label.length > rules.chars) {
    throw inputError(`Label is ${input.label.length} characters long; at most ${rules.chars} are allowed`)
  }
  if ((input.description ?? '').length > rules.descriptionChars) {
    throw inputError(`Label description is longer than ${rules.descriptionChars} characters`)
  }
}

function assertDistinct(labels: readonly string[]): void {
  if (new Set(labels).size !== labels.length) throw inputError('Label names must be unique')
}

function inputError(message: string): MondayError {
  return new MondayError('INVALID_INPUT', message)
}

/** What a new column of `type` has when it was asked for with `defaults`, an object or a JSON text of one. */
export function initialSettings(type: string, defaults: unknown, rules: LabelRules): Settings {
  const given = readDefaults(defaults)
  if (type === 'status') return { labels: statusLabels(given.labels, rules) }
  if (type === 'dropdown') {
    return {
      labels: replaceDropdownLabels([], dropdownInputs(given.labels), rules),
      ...(typeof given.limit_select === 'boolean' ? { limit_select: given.limit_select } : {}),
      ...(typeof given.label_limit_count === 'number' ? { label_limit_count: given.label_limit_count } : {}),
    }
  }
  return given
}

function readDefaults(defaults: unknown): Record<string, unknown> {
  let value = defaults
  if (typeof value === 'string') {
    try {
      value = JSON.parse(value)
    } catch {
      throw new MondayError('JsonParseException', 'defaults is not valid JSON', 400)
    }
  }
  if (value == null) return {}
  if (!isRecord(value)) throw invalidArgument('defaults must be an object')
  return isRecord(value.settings) ? value.settings : value
}

function statusLabels(given: unknown, rules: LabelRules): StatusLabel[] {
  if (given === undefined) {
    return replaceStatusLabels(
      [],
      [
        { label: 'Working on it', color: 'working_orange' },
        { label: 'Done', color: 'done_green', is_done: true },
        { label: 'Stuck', color: 'stuck_red' },
      ],
      rules,
    )
  }
  if (Array.isArray(given)) return replaceStatusLabels([], given.map(labelInput), rules)
  if (!isRecord(given)) throw invalidArgument('labels must be a list, or an object of texts by label id')
  return replaceStatusLabels(
    [],
    Object.entries(given).map(([id, label]) => labelInput({ label, color: colorById(Number(id)).name })),
    rules,
  )
}

function dropdownInputs(given: unknown): LabelInput[] {
  if (given === undefined) return []
  if (!Array.isArray(given)) throw invalidArgument('labels must be a list')
  return given.map((label) => labelInput(isRecord(label) && 'name' in label ? { label: label.name } : label))
}

function labelInput(value: unknown): LabelInput {
  if (typeof value === 'string') return { label: value }
  if (isRecord(value) && typeof value.label === 'string') return value as unknown as LabelInput
  throw invalidArgument('A label must be a text or an object with "label"')
}

/** `settings` of a column as 2025-10 and later tell it. */
export function settingsJson(type: string, settings: Settings): unknown {
  if (type !== 'status') return settings
  return {
    labels: (settings as StatusSettings).labels.map((label) => ({ ...label, hex: colorById(label.color).hex })),
  }
}

/** `settings_str` of a column, the older form of the same. */
export function settingsText(type: string, settings: Settings): string {
  if (type === 'dropdown') {
    const { labels, ...rest } = settings as DropdownSettings
    return JSON.stringify({ ...rest, labels: labels.map(({ id, label }) => ({ id, name: label })) })
  }
  if (type !== 'status') return JSON.stringify(settings)
  const labels = (settings as StatusSettings).labels
  const byId = <V>(pick: (label: StatusLabel) => V) =>
    Object.fromEntries(labels.map((label) => [label.id, pick(label)]))
  return JSON.stringify({
    done_colors: labels.filter((label) => label.is_done).map((label) => label.id),
    labels: byId((label) => label.label),
    labels_positions_v2: byId((label) => label.index),
    labels_colors: byId((label) => {
      const color = colorById(label.color)
      return { color: color.hex, border: color.border, var_name: color.name.replaceAll('_', '-') }
    }),
  })
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

import type { BoardProblem, ColumnSpec } from '../board.ts'
import type { WireColumn, WireLabel } from './wire.ts'

export const LABEL_LENGTH = 30
export const LABELS_PER_STATUS = 40

/** Colours by name, with the numbers that column settings use in their place. A colour serves one label of a column. */
const COLOURS: Readonly<Record<string, number>> = {
  working_orange: 0,
  done_green: 1,
  stuck_red: 2,
  dark_blue: 3,
  purple: 4,
  explosive: 5,
  grass_green: 6,
  bright_blue: 7,
  saladish: 8,
  egg_yolk: 9,
  blackish: 10,
  dark_red: 11,
  sofia_pink: 12,
  lipstick: 13,
  dark_purple: 14,
  bright_green: 15,
  chili_blue: 16,
  american_gray: 17,
  brown: 18,
  dark_orange: 19,
  sunset: 101,
  bubble: 102,
  peach: 103,
  berry: 104,
  winter: 105,
  river: 106,
  navy: 107,
  aquamarine: 108,
  indigo: 109,
  dark_indigo: 110,
  pecan: 151,
  lavender: 152,
  royal: 153,
  steel: 154,
  orchid: 155,
  lilac: 156,
  tan: 157,
  sky: 158,
  coffee: 159,
  teal: 160,
}
const NAMES = new Map(Object.entries(COLOURS).map(([name, id]) => [id, name]))

/** The grey of a status nobody set. monday gives its label the id 5, which every empty cell has: it is never handed out. */
const EMPTY_COLOUR = 'explosive'
const EMPTY_ID = 5

/** A label as `update_status_column` and `update_dropdown_column` take it; they replace the whole set. */
export interface LabelInput {
  readonly id?: number
  readonly label: string
  readonly color?: string
  readonly index?: number
  readonly description?: string
  readonly is_done?: boolean
  readonly is_deactivated?: boolean
}

export interface LabelPlan {
  /** All labels the column should have, the ones it has included; `null` when nothing is missing. */
  readonly labels: readonly LabelInput[] | null
  /** The ones that are new, for people. */
  readonly added: readonly string[]
  readonly problems: readonly BoardProblem[]
}

/** Labels of a column, text to id; hidden ones and the nameless are left out. */
export function labelIds(column: WireColumn): Record<string, string> {
  const ids: Record<string, string> = {}
  for (const label of column.settings?.labels ?? []) {
    if (label.id === undefined || !label.label || label.is_deactivated) continue
    ids[label.label] = String(label.id)
  }
  return ids
}

/** Labels of a spec that the column has under another text, by their ids: people renamed them. */
export function renamedLabels(
  has: Readonly<Record<string, string>>,
  wanted: NonNullable<ColumnSpec['labels']>,
): { readonly label: string; readonly id: string; readonly shown: string }[] {
  const own = new Set(wanted.map(({ label }) => label))
  return wanted.flatMap(({ label, id }) => {
    if (id === undefined || Object.hasOwn(has, label)) return []
    const shown = Object.entries(has).find(([, other]) => other === id)?.[0]
    return shown === undefined || own.has(shown) ? [] : [{ label, id, shown }]
  })
}

/** What labels a status or dropdown column has to get so that `spec` can be shown. `column` is `null` for one yet to be made. */
export function planLabels(spec: ColumnSpec, column: WireColumn | null): LabelPlan {
  const existing = column?.settings?.labels ?? []
  const active = new Set(existing.filter((one) => !one.is_deactivated).map((one) => one.label))
  if (column !== null) for (const { label } of renamedLabels(labelIds(column), spec.labels ?? [])) active.add(label)
  const problems: BoardProblem[] = []
  const wanted = new Map<string, string | undefined>()
  for (const { label, color } of spec.labels ?? []) {
    if (label === '' || active.has(label) || wanted.has(label)) continue
    if (label.length > LABEL_LENGTH && spec.type === 'status') problems.push(tooLong(spec.title, label))
    else wanted.set(label, color)
  }
  if (spec.type === 'dropdown') return planDropdown(existing, wanted, problems)

  const labels = existing.map((one) => keepStatus(one, wanted))
  const reused = [...wanted.keys()].filter((label) => existing.some((one) => one.label === label))
  const free = freeColours(labels)
  const asked = new Set([...wanted.values()].flatMap((color) => (color === undefined ? [] : [canonicalColour(color)])))
  const fresh: LabelInput[] = []
  for (const [label, color] of wanted) {
    if (reused.includes(label)) continue
    if (labels.length + fresh.length >= LABELS_PER_STATUS || free.size === 0) {
      problems.push(tooMany(spec.title, label))
      continue
    }
    const chosen = chooseColour(color, free, asked)
    if (color !== undefined && chosen !== canonicalColour(color)) problems.push(colourTaken(spec.title, label, color))
    free.delete(chosen)
    fresh.push({ label, color: chosen, index: nextIndex(labels, fresh), is_done: chosen === 'done_green' })
  }
  const added = [...reused, ...fresh.map((one) => one.label)]
  return { labels: added.length === 0 ? null : [...labels, ...fresh], added, problems }
}

function planDropdown(
  existing: readonly WireLabel[],
  wanted: ReadonlyMap<string, string | undefined>,
  problems: BoardProblem[],
): LabelPlan {
  const added = [...wanted.keys()]
  if (added.length === 0) return { labels: null, added, problems }
  const labels: LabelInput[] = existing.map((one) => ({
    ...(one.id === undefined ? {} : { id: one.id }),
    label: one.label ?? '',
    ...(one.is_deactivated && !wanted.has(one.label ?? '') ? { is_deactivated: true } : {}),
  }))
  for (const label of added) if (!existing.some((one) => one.label === label)) labels.push({ label })
  return { labels, added, problems }
}

function keepStatus(one: WireLabel, wanted: ReadonlyMap<string, string | undefined>): LabelInput {
  const label = one.label ?? ''
  return {
    ...(one.id === undefined ? {} : { id: one.id }),
    label,
    color: colourName(one.color) ?? EMPTY_COLOUR,
    index: one.index ?? 0,
    ...(one.description ? { description: one.description } : {}),
    ...(one.is_done == null ? {} : { is_done: one.is_done }),
    ...(one.is_deactivated && !wanted.has(label) ? { is_deactivated: true } : {}),
  }
}

/** monday's name for a colour, however a mapping or a setting spells it. */
export function canonicalColour(color: string): string {
  return color.trim().toLowerCase().replaceAll('-', '_').replaceAll(' ', '_')
}

function colourName(color: string | number | null | undefined): string | undefined {
  if (color === null || color === undefined) return undefined
  const byNumber = NAMES.get(Number(color))
  if (byNumber !== undefined) return byNumber
  const name = canonicalColour(String(color))
  return name in COLOURS ? name : undefined
}

function freeColours(labels: readonly LabelInput[]): Set<string> {
  const used = new Set(labels.map((one) => one.color))
  const ids = new Set(labels.map((one) => one.id))
  // A new label takes its colour's number for an id: one whose number is taken would get another, so it is passed over.
  return new Set(
    Object.entries(COLOURS)
      .filter(([name, id]) => id !== EMPTY_ID && !used.has(name) && !ids.has(id))
      .map(([name]) => name),
  )
}

/** Green and red say done and stuck: a label that nobody gave a colour gets them last, and never one that another label asks for. */
const TELLING = new Set(['done_green', 'stuck_red'])

function chooseColour(wish: string | undefined, free: ReadonlySet<string>, asked: ReadonlySet<string>): string {
  const name = wish === undefined ? undefined : canonicalColour(wish)
  if (name !== undefined && free.has(name)) return name
  const rest = [...free].filter((colour) => !asked.has(colour))
  return rest.find((colour) => !TELLING.has(colour)) ?? rest[0] ?? [...free][0] ?? EMPTY_COLOUR
}

function nextIndex(labels: readonly LabelInput[], fresh: readonly LabelInput[]): number {
  const used = new Set([...labels, ...fresh].map((one) => one.index))
  let index = labels.length + fresh.length
  while (used.has(index) && index > 0) index -= 1
  return index
}

function tooLong(column: string, label: string): BoardProblem {
  return {
    level: 'error',
    code: 'label-too-long',
    column,
    message: `Label "${label}" of column "${column}" has ${label.length} characters; monday takes ${LABEL_LENGTH}`,
    hint: 'Give it a shorter name in the mapping, or use a text column',
  }
}

function tooMany(column: string, label: string): BoardProblem {
  return {
    level: 'error',
    code: 'too-many-labels',
    column,
    message: `Label "${label}" does not fit into column "${column}": a status column has at most ${LABELS_PER_STATUS} labels, the empty one included`,
    hint: 'Map rare values to one label, or use a dropdown or text column',
  }
}

function colourTaken(column: string, label: string, color: string): BoardProblem {
  return {
    level: 'warning',
    code: 'colour-taken',
    column,
    message: `Label "${label}" of column "${column}" cannot be ${color}: monday has no such colour, or another label has it`,
    hint: 'Choose another colour in the mapping; the label has one of its own meanwhile',
  }
}

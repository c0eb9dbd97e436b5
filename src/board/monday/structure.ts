import {
  type BoardColumn,
  type BoardLayout,
  type BoardProblem,
  type BoardSpec,
  COLUMN_TYPES,
  type ColumnSpec,
  type ColumnType,
} from '../board.ts'
import { labelIds, planLabels, renamedLabels } from './labels.ts'
import type { NewColumn, NewGroup } from './operations.ts'
import type { WireBoard, WireColumn } from './wire.ts'

/** Id of the text column that holds our key, unless that id was used up on this board before. */
export const KEY_COLUMN_ID = 'boardsync_key'
const KEY_TITLE = 'boardsync key'

/** A column of the mapping beside the board's own, as far as there is one that fits. */
export interface ColumnMatch {
  readonly spec: ColumnSpec
  readonly column: WireColumn | null
  readonly problem: BoardProblem | null
}

/** What a board lacks of a spec. */
export interface StructurePlan {
  readonly keyColumn: WireColumn | null
  readonly matches: readonly ColumnMatch[]
  readonly newColumns: readonly NewColumn[]
  readonly newGroups: readonly NewGroup[]
  readonly problems: readonly BoardProblem[]
}

/** Compares a board with a spec. Titles are compared as people see them: without outer blanks, case counting last. */
export function planStructure(board: WireBoard, spec: BoardSpec): StructurePlan {
  const columns = (board.columns ?? []).filter((column) => !column.archived)
  const keySpec = spec.columns.find((column) => column.key)
  const keyColumn = findKeyColumn(columns, keySpec?.title)
  const matches = spec.columns
    .filter((column) => !column.key)
    .map((column) =>
      matchColumn(
        board,
        columns.filter((one) => one.id !== keyColumn?.id),
        column,
      ),
    )
  const problems: BoardProblem[] = matches.flatMap((match) => match.problem ?? [])
  const newColumns: NewColumn[] = []
  for (const { spec: column, column: found, problem } of matches) {
    if (found !== null || problem !== null) continue
    if (column.type === 'board_relation') {
      newColumns.push({
        ...named(column),
        boardIds: column.linksTo === undefined ? [] : [column.linksTo],
      })
      continue
    }
    if (column.type === 'tags' || column.type === 'dependency') {
      newColumns.push(named(column))
      continue
    }
    const plan = planLabels(column, null)
    problems.push(...plan.problems)
    const labels = (plan.labels ?? []).map((one) => ({
      label: one.label,
      index: one.index ?? 0,
      ...(one.color === undefined ? {} : { color: one.color }),
    }))
    newColumns.push({ ...named(column), labels })
  }
  // Last, so that it stands behind the columns people look at.
  if (keyColumn === null) newColumns.push({ id: KEY_COLUMN_ID, title: keySpec?.title ?? KEY_TITLE, type: 'text' })
  return { keyColumn, matches, newColumns, newGroups: planGroups(board, spec), problems }
}

function named({ title, type, description }: ColumnSpec): NewColumn {
  return { title, type, ...(description === undefined ? {} : { description }) }
}

/** By its id; one made after that id was used up by its title, whoever asks and with or without a spec. */
export function findKeyColumn(columns: readonly WireColumn[], title: string | undefined): WireColumn | null {
  const texts = columns.filter((column) => column.type === 'text' && !column.archived)
  return (
    texts.find((column) => column.id === KEY_COLUMN_ID) ??
    texts.find((column) =>
      [title ?? KEY_TITLE, KEY_TITLE, KEY_COLUMN_ID].some((one) => sameTitle(column.title, one)),
    ) ??
    null
  )
}

function matchColumn(board: WireBoard, columns: readonly WireColumn[], spec: ColumnSpec): ColumnMatch {
  const named = columns.filter((column) => column.title.trim() === spec.title.trim())
  const similar = named.length > 0 ? named : columns.filter((column) => sameTitle(column.title, spec.title))
  const renamed = similar.length > 0 ? undefined : columns.find((one) => one.id === spec.id && one.type === spec.type)
  const column = similar.find((one) => one.type === spec.type) ?? renamed ?? null
  const other = similar[0]
  if (column !== null && !isLinked(column, spec)) return { spec, column: null, problem: notLinked(board, column) }
  if (column !== null || other === undefined) return { spec, column, problem: null }
  return {
    spec,
    column: null,
    problem: {
      level: 'error',
      code: 'column-type-differs',
      column: spec.title,
      message: `Column "${other.title}" of board "${board.name}" is of type ${other.type}, not ${spec.type}`,
      hint: `Rename the column on the board, or write type: ${other.type} in the mapping`,
    },
  }
}

/** Which boards a column links is set on the board, and nobody but a person may widen what was set by one. */
function isLinked({ settings }: WireColumn, { linksTo }: ColumnSpec): boolean {
  const boards: unknown = settings?.['boardIds']
  return linksTo === undefined || !Array.isArray(boards) || boards.map(String).includes(linksTo)
}

function notLinked(board: WireBoard, column: WireColumn): BoardProblem {
  return {
    level: 'error',
    code: 'column-not-linked',
    column: column.title,
    message: `Column "${column.title}" of board "${board.name}" is not linked to the board that the mapping names`,
    hint: "Link it in the column's settings on the board, or rename the column so that a new one is made",
  }
}

/**
 * Groups that are missing, in an order and place that puts them top first as the spec has them, beside those that are
 * there already. Without any of ours there they come to the top, last one first, since monday adds on top.
 */
function planGroups(board: WireBoard, spec: BoardSpec): NewGroup[] {
  const { groups: ids } = groupsOf(board, spec)
  const wanted = [...new Set(spec.groups)]
  const plan: NewGroup[] = []
  let run: string[] = []
  let before: string | undefined
  const flush = (after: string | undefined) => {
    // Each is put right behind `before`, the last one first, and so ends up in order.
    if (before !== undefined) {
      const id = before
      for (const title of run.reverse()) plan.push({ title, beside: { id, method: 'after_at' } })
    } else if (after !== undefined) {
      for (const title of run) plan.push({ title, beside: { id: after, method: 'before_at' } })
    } else {
      for (const title of run.reverse()) plan.push({ title })
    }
    run = []
  }
  for (const title of wanted) {
    const id = ids[title]
    if (id === undefined) {
      run.push(title)
      continue
    }
    flush(id)
    before = id
  }
  flush(undefined)
  return plan
}

/** Group title to id; of several with one title the first, which people see on top. */
export function groupIds(board: WireBoard): Record<string, string> {
  const ids: Record<string, string> = {}
  for (const group of board.groups ?? []) {
    if (group.archived || group.deleted || Object.hasOwn(ids, group.title)) continue
    ids[group.title] = group.id
  }
  return ids
}

/** The same, with groups that people renamed under the titles by which the spec knows them. */
function groupsOf(board: WireBoard, spec: BoardSpec | null): Pick<BoardLayout, 'groups' | 'shownGroups'> {
  const groups = groupIds(board)
  const shownGroups: Record<string, string> = {}
  for (const [title, id] of Object.entries(spec?.groupIds ?? {})) {
    if (Object.hasOwn(groups, title)) continue
    const shown = Object.entries(groups).find(([, other]) => other === id)?.[0]
    // A title that the spec names as well is a group of its own.
    if (shown === undefined || spec?.groups.includes(shown)) continue
    delete groups[shown]
    groups[title] = id
    shownGroups[title] = shown
  }
  return Object.keys(shownGroups).length === 0 ? { groups } : { groups, shownGroups }
}

/** The layout to push with: of the spec's columns those that are there and fit; without a spec all of types we know. */
export function layoutOf(board: WireBoard, name: string, spec: BoardSpec | null): BoardLayout {
  const live = (board.columns ?? []).filter((column) => !column.archived)
  const keyTitle = spec?.columns.find((column) => column.key)?.title
  const keyColumn = findKeyColumn(live, keyTitle)
  const columns: Record<string, BoardColumn> = {}
  if (spec === null) {
    for (const column of live) {
      const type = COLUMN_TYPES.find((one) => one === column.type)
      if (type === undefined || column.id === keyColumn?.id || Object.hasOwn(columns, column.title)) continue
      columns[column.title] = boardColumn(column, type)
    }
  } else {
    for (const match of planStructure(board, spec).matches) {
      if (match.column !== null) {
        columns[match.spec.title] = boardColumn(match.column, match.spec.type, match.spec)
      }
    }
  }
  return {
    board: name,
    boardId: board.id,
    title: board.name,
    url: board.url ?? null,
    keyColumnId: keyColumn?.id ?? '',
    columns,
    ...groupsOf(board, spec),
    itemsCount: board.items_count ?? 0,
    itemsLimit: board.items_limit ?? null,
  }
}

function boardColumn(column: WireColumn, type: ColumnType, spec?: ColumnSpec): BoardColumn {
  const { id, title, description } = column
  const base = { id, title, type, ...(description ? { description } : {}) }
  if (type !== 'status' && type !== 'dropdown') return base
  const labels = labelIds(column)
  const renamed = renamedLabels(labels, spec?.labels ?? [])
  const shown = Object.fromEntries(renamed.map(({ label, shown }) => [label, shown]))
  for (const { label, id, shown } of renamed) {
    delete labels[shown]
    labels[label] = id
  }
  return renamed.length === 0 ? { ...base, labels } : { ...base, labels, shown }
}

function sameTitle(a: string, b: string): boolean {
  return a.trim().toLowerCase() === b.trim().toLowerCase()
}

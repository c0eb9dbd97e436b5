import type { Day } from '../domain/day.ts'
import { isOfTotals, type Scope } from '../domain/facts.ts'
import type { DesiredItem } from '../plan/desired.ts'
import { compileAnnouncements } from './announcements.ts'
import { type Compiled, Values } from './board-values.ts'
import {
  type Cell,
  type CellOptions,
  cellWriter,
  cut,
  LABEL_LENGTH,
  SHOWABLE,
  textWriter,
  type Value,
} from './cells.ts'
import { digestOf } from './digest.ts'
import { durationMs } from './duration.ts'
import { evaluationMessage } from './expression.ts'
import type { BoardMapping, ColumnMapping, ItemProblem, ItemResult } from './mapping.ts'
import { didYouMean } from './nearest.ts'
import type { BoardFile, ColumnFile } from './schema/board-file.ts'
import type { Given, Names } from './scope.ts'
import type { Shaped } from './shape.ts'
import { type Environment, fillVariables } from './variables.ts'
import type { Path, Problems } from './yaml-file.ts'

/** Changes when this program shows the same values in another way than it did, so that boards are mapped again. */
const SHOWING_VERSION = 1

/** Longest name of an item, in UTF-16 units. */
const NAME_LENGTH = 255
/** Groups this program itself moves items to. */
export const GROUP_LEFT = 'Left'
export const GROUP_GONE = 'Gone'

/** Turns a board file into a mapping, reporting everything that is wrong with it. */
export function compileBoard(
  file: Shaped<BoardFile>,
  board: string,
  names: Names,
  environment: Environment,
  problems: Problems,
): BoardMapping {
  const { data } = file
  const values = new Values(file, names, problems)
  const options: CellOptions = { moneyDecimals: names.moneyDecimals }
  const ref = boardRef(file, environment, problems)

  const where =
    data.where === undefined ? null : values.compile(data.where, ['where'], ['boolean'], 'where needs a condition')
  const key = values.path(data.key ?? `${data.items}.id`, ['key'])
  if (key.path !== null && key.optional) {
    problems.error(
      file.file,
      file.at(['key']),
      'key-may-be-empty',
      `"${data.key}" can be empty, and every item needs a key`,
      `Use a field that is always there, such as ${data.items}.id`,
    )
  }
  const name = values.template(data.name, ['name'], options)
  const group = compileGroup(file, values, options, problems)
  const columns = Object.entries(data.columns).map(([title, column]) =>
    compileColumn(file, board, title, column, values, options, problems),
  )
  const announcements = compileAnnouncements(file, values, options, problems)
  checkTitles(file, problems)
  const urgency =
    data.urgency === undefined
      ? null
      : values.compile(data.urgency, ['urgency'], ['number', 'integer', 'ratio', 'money'], 'urgency needs a number')

  const digest = digestOf({
    version: SHOWING_VERSION,
    items: data.items,
    where: where?.describe,
    key: key.describe,
    name: name.describe,
    group: data.group,
    groupBy: group.describe,
    columns: columns.map(({ describe }) => describe),
    urgency: urgency?.describe,
    ...(announcements.length === 0 ? {} : { announcements: announcements.map(({ describe }) => describe) }),
    moneyDecimals: names.moneyDecimals,
    ...(names.yearStart === 0 ? {} : { yearStart: names.yearStart }),
  })
  const kept = columns.filter(({ mapping }) => !mapping.once)
  const once = columns.filter(({ mapping }) => mapping.once)
  const usesToday = [where, group.value, urgency, ...columns, ...announcements].some((value) => value?.usesToday)

  const itemFor = (scope: Scope, today: Day): ItemResult => {
    const given: Given = { names: scope.names, today }
    const keyText = textOf(key.read(given))
    if (where && doing('where', null, () => where.read(given)) !== true) return LEFT
    if (keyText === '') throw new Failure('no-key', 'The key is empty', null)
    const warnings: ItemProblem[] = []
    const cellsOf = (list: readonly CompiledColumn[]) => {
      const cells: Record<string, string> = {}
      for (const column of list) {
        const { title } = column.mapping
        const cell = doing(`column "${title}"`, title, () => column.write(given))
        cells[title] = cell.text
        if (cell.problem) warnings.push({ ...cell.problem, column: title })
      }
      return cells
    }
    const item: DesiredItem = {
      key: keyText,
      name: cut(name.write(given), NAME_LENGTH) || keyText,
      group: doing('group', null, () => group.write(given)),
      cells: cellsOf(kept),
      once: cellsOf(once),
      urgency: urgency ? Number(doing('urgency', null, () => urgency.read(given)) ?? 0) : 0,
      from: `${scope.kind} ${scope.id}`,
    }
    const says = announcements.flatMap(
      (one) => doing(`announcement "${one.mapping.title}"`, null, () => one.write(given)) ?? [],
    )
    return { is: 'item', item: says.length === 0 ? item : { ...item, says }, warnings }
  }

  return {
    board,
    file: file.file,
    ref,
    create: data.board.create,
    items: data.items,
    where: where === null ? null : { value: String(data.where), reads: where.reads },
    columns: columns.map(({ mapping }) => mapping),
    announcements: announcements.map(({ mapping }) => mapping),
    nameReads: name.reads,
    groupReads: group.value?.reads ?? [],
    groups: group.titles,
    everyGroup: group.every,
    whenGone: data.when_gone,
    whenEditedByHand: data.when_edited_by_hand,
    freshWithinMs: data.fresh_within === undefined ? null : durationMs(data.fresh_within),
    leftFor: durationMs(data.left_for) / 86_400_000,
    ofTotals: isOfTotals(data.items),
    digest,
    usesToday,
    toItem(scope, today): ItemResult {
      try {
        return itemFor(scope, today)
      } catch (error) {
        if (!(error instanceof Failure)) throw error
        const given: Given = { names: scope.names, today }
        return {
          is: 'rejected',
          key: textOf(key.read(given)) || null,
          problem: { code: error.code, message: error.message, column: error.column },
        }
      }
    },
  }
}

const LEFT: ItemResult = { is: 'left' }

/** Why one item cannot be made; caught where the item is made, so that the others are. */
class Failure extends Error {
  readonly code: string
  readonly column: string | null
  constructor(code: string, message: string, column: string | null) {
    super(message)
    this.code = code
    this.column = column
  }
}

function doing<T>(what: string, column: string | null, work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw new Failure('expression-failed', `The ${what} cannot be computed: ${evaluationMessage(error)}`, column)
  }
}

function textOf(value: Value): string {
  return value === undefined ? '' : String(value).trim()
}

function boardRef(file: Shaped<BoardFile>, environment: Environment, problems: Problems): BoardMapping['ref'] {
  const { id, name, workspace, create } = file.data.board
  if ((id === undefined) === (name === undefined)) {
    problems.error(
      file.file,
      file.at(['board']),
      'missing-key',
      id === undefined ? 'The board has neither id nor name' : 'The board has both id and name',
      'Write board: { id: 1234567890 }, or board: { name: Deals, workspace: BizOps, create: true }',
    )
  }
  if (typeof id === 'string' && !/^(\d+|\$\{.*\})$/.test(id)) {
    const hint = 'Write the number at the end of the board’s address: id: 1234567890'
    problems.error(file.file, file.at(['board', 'id']), 'bad-value', `"${id}" is no number of a board`, hint)
  }
  if (id !== undefined) {
    for (const key of [workspace === undefined ? undefined : 'workspace', create ? 'create' : undefined]) {
      if (key === undefined) continue
      problems.error(
        file.file,
        file.atKey(['board', key]),
        'key-not-for-type',
        `"${key}" means nothing to a board that is known by its id`,
        'Remove it, or name the board',
      )
    }
    return { id: fillVariables(String(id), file, ['board', 'id'], environment, problems) }
  }
  return {
    name: fillVariables(name ?? '', file, ['board', 'name'], environment, problems),
    workspace:
      workspace === undefined ? null : fillVariables(workspace, file, ['board', 'workspace'], environment, problems),
  }
}

function checkTitles(file: Shaped<BoardFile>, problems: Problems): void {
  const seen = new Map<string, string>()
  const [, ...more] = Object.entries(file.data.columns).filter(([, { type }]) => type === 'dependency')
  for (const [title] of more)
    problems.error(
      file.file,
      file.atKey(['columns', title]),
      'second-dependency',
      `"${title}" is a second dependency column, and boards have one`,
      'Keep one of them; several keys go into one column with split:',
    )
  for (const title of Object.keys(file.data.columns)) {
    const plain = title.trim().toLowerCase()
    const other = seen.get(plain)
    if (other !== undefined) {
      problems.error(
        file.file,
        file.atKey(['columns', title]),
        'duplicate-column',
        `The columns "${other}" and "${title}" have the same title`,
        'Titles must differ by more than capital letters and blanks',
      )
    }
    seen.set(plain, title)
    if (plain === 'name' || plain === 'boardsync_key' || plain === 'boardsync key') {
      problems.error(
        file.file,
        file.atKey(['columns', title]),
        'reserved-title',
        `The column "${title}" is kept by this program itself`,
        plain === 'name' ? 'The item’s name is set by name:' : 'Choose another title',
      )
    }
  }
  if (seen.size === 0) {
    problems.error(file.file, file.at(['columns']), 'no-columns', 'The board has no columns', 'Name at least one')
  }
}

interface CompiledColumn {
  readonly mapping: ColumnMapping
  readonly usesToday: boolean
  readonly describe: unknown
  write(given: Given): Cell
}

function compileColumn(
  file: Shaped<BoardFile>,
  board: string,
  title: string,
  column: ColumnFile,
  values: Values,
  options: CellOptions,
  problems: Problems,
): CompiledColumn {
  const path = ['columns', title]
  const { type } = column
  const value = values.compile(column.value, [...path, 'value'], SHOWABLE[type], `${aOrAn(type)} column cannot show it`)
  checkColumnKeys(file, path, column, problems)
  const written = cellWriter(type, value.type, {
    ...options,
    decimals: column.decimals,
    split: column.split,
    weekStarts: column.week_starts,
  })
  const beside = compileBeside(file, path, column, values, options, problems)
  const labels = type === 'status' || type === 'dropdown' ? value.labels : []
  for (const label of [...labels, ...Object.keys(column.colors)]) {
    if (label.length <= LABEL_LENGTH) continue
    const inColors = label in column.colors
    problems.error(
      file.file,
      inColors ? file.atKey([...path, 'colors', label]) : file.at([...path, 'value']),
      'label-too-long',
      `The label "${label}" has ${label.length} characters; boards take ${LABEL_LENGTH}`,
      'Shorten it in the source, or with values: or aliases: in the source mapping',
    )
  }
  const given = labels.length > 0 ? labels : value.gives
  if (given.length > 0) {
    for (const label of Object.keys(column.colors)) {
      if (given.includes(label)) continue
      problems.warning(
        file.file,
        file.atKey([...path, 'colors', label]),
        'unexpected-value',
        `"${label}" is no label this column will have`,
        didYouMean(label, given, 'labels'),
      )
    }
  }
  if (type === 'people' && value.path !== null && !/e-?mail/i.test(value.path)) {
    problems.error(
      file.file,
      file.at([...path, 'value']),
      'people-need-email',
      `"${value.path}" is no e-mail address, and people columns find people by theirs`,
      `Use ${value.path.split('.')[0]}.email, or a text column`,
    )
  }
  return {
    write: (given) => written(value.read(given), beside?.write(given)),
    usesToday: value.usesToday || beside?.usesToday === true,
    describe: [
      title,
      type,
      value.describe,
      beside?.describe,
      column.split,
      column.decimals,
      column.write,
      ...(column.week_starts === undefined ? [] : [column.week_starts]),
      ...(column.board === undefined ? [] : [column.board]),
    ],
    mapping: {
      title,
      type,
      ...(type === 'dependency'
        ? { linksTo: board }
        : column.board === undefined
          ? {}
          : { linksTo: column.board.replace(/\.ya?ml$/, '') }),
      once: column.write === 'once',
      colors: column.colors,
      labels: labels.filter((label) => label.length <= LABEL_LENGTH),
      every: ['text', 'status', 'dropdown'].includes(type) && column.split === undefined ? value.gives : [],
      value: String(column.value),
      reads: [...new Set([...value.reads, ...(beside?.reads ?? [])])],
      line: file.atKey(path).line,
    },
  }
}

/** What a column shows beside its value: words of a link, address of a location, country of a phone, end of a timeline. */
function compileBeside(
  file: Shaped<BoardFile>,
  path: Path,
  column: ColumnFile,
  values: Values,
  options: CellOptions,
  problems: Problems,
): { describe: unknown; reads: readonly string[]; usesToday: boolean; write(given: Given): string } | null {
  const missing = (key: string, hint: string) =>
    problems.error(file.file, file.at(path), 'missing-key', `A ${column.type} column needs "${key}"`, hint)
  if (column.type === 'timeline') {
    if (column.to === undefined) {
      missing('to', 'Name the last day: to: opportunity.closeOn')
      return null
    }
    const end = values.compile(column.to, [...path, 'to'], SHOWABLE.timeline, 'a timeline ends on a day')
    const text = textWriter(end.type, options)
    return { ...end, write: (given) => text(end.read(given)) }
  }
  if (column.type === 'board_relation' && column.board === undefined) {
    missing('board', 'Name the mapping of the board whose items are linked: board: accounts.yaml')
  }
  if (column.type === 'phone' && column.country === undefined) {
    missing('country', "Name the country of the numbers: country: '{account.country}', or country: US")
  }
  const [key, words] =
    column.type === 'phone' ? (['country', column.country] as const) : (['text', column.text] as const)
  return words === undefined ? null : { usesToday: false, ...values.template(words, [...path, key], options) }
}

/** Keys that only some types of column know. */
function checkColumnKeys(file: Shaped<BoardFile>, path: Path, column: ColumnFile, problems: Problems): void {
  const only = [
    ['text', ['link', 'location'], column.text !== undefined],
    ['country', ['phone'], column.country !== undefined],
    ['to', ['timeline'], column.to !== undefined],
    ['week_starts', ['week'], column.week_starts !== undefined],
    ['board', ['board_relation'], column.board !== undefined],
    ['split', ['dropdown', 'tags', 'board_relation', 'dependency'], column.split !== undefined],
    ['decimals', ['numbers'], column.decimals !== undefined],
    ['colors', ['status'], Object.keys(column.colors).length > 0],
  ] as const
  for (const [key, types, used] of only) {
    if (!used || types.some((type) => type === column.type)) continue
    problems.error(
      file.file,
      file.atKey([...path, key]),
      'key-not-for-type',
      `"${key}" means nothing to ${aOrAn(column.type)} column`,
      `Remove it, or make it ${aOrAn(types.join(' or '))} column`,
    )
  }
}

interface CompiledGroup {
  readonly titles: readonly string[]
  readonly every: readonly string[] | null
  readonly value: Compiled | null
  readonly describe: unknown
  write(given: Given): string
}

function compileGroup(
  file: Shaped<BoardFile>,
  values: Values,
  options: CellOptions,
  problems: Problems,
): CompiledGroup {
  const { group } = file.data
  const reserved = (title: string, path: Path, atKey = false) => {
    if (title !== GROUP_LEFT && title !== GROUP_GONE) return
    problems.error(
      file.file,
      atKey ? file.atKey(path) : file.at(path),
      'reserved-title',
      `The group "${title}" is kept by this program itself`,
      'Choose another title',
    )
  }
  if (typeof group === 'string') {
    reserved(group, ['group'])
    return { titles: [group], every: [group], value: null, describe: group, write: () => group }
  }
  const value = values.compile(
    group.by,
    ['group', 'by'],
    ['text', 'id', 'enum', 'boolean', 'day', 'integer', 'number'],
    'a group needs text',
  )
  const text = textWriter(value.type, options)
  const known = value.values
  const gives = value.gives
  const check = (name: string, path: Path, atKey: boolean) => {
    if (gives.length === 0 || gives.includes(name)) return
    problems.error(
      file.file,
      atKey ? file.atKey(path) : file.at(path),
      'unknown-value',
      `"${name}" is not a value of ${value.path ?? 'group > by'}`,
      didYouMean(name, gives, 'values'),
    )
  }
  group.order.forEach((name, i) => {
    check(name, ['group', 'order', i], false)
    if (group.order.indexOf(name) < i) {
      problems.error(
        file.file,
        file.at(['group', 'order', i]),
        'duplicate-value',
        `"${name}" stands twice in the order`,
        'Keep one of the two',
      )
    }
  })
  for (const [name, title] of Object.entries(group.titles)) {
    check(name, ['group', 'titles', name], true)
    reserved(title, ['group', 'titles', name])
  }
  reserved(group.otherwise, ['group', 'otherwise'])
  const titleOf = (name: string) => group.titles[name] ?? name
  const ordered = [...new Set([...group.order, ...known])].map(titleOf)
  const titles = value.values.length > 0 && value.optional ? [...ordered, group.otherwise] : ordered
  return {
    titles: [...new Set(titles)],
    every: gives.length === 0 ? null : [...new Set([...group.order, ...gives].map(titleOf)), group.otherwise],
    value,
    describe: [value.describe],
    write(given) {
      const name = text(value.read(given)).trim()
      const title = name === '' ? group.otherwise : titleOf(name)
      return title === GROUP_LEFT || title === GROUP_GONE ? `${title} (${value.path ?? 'value'})` : title
    },
  }
}

function aOrAn(word: string): string {
  return `${/^[aeiou]/.test(word) ? 'an' : 'a'} ${word}`
}

import { parseDay, type Zone } from '../domain/day.ts'
import type { FactField, Field, Fields } from '../domain/fields.ts'
import { RECORDS, type RecordKind } from '../domain/records.ts'
import { fromMinor } from './cells.ts'
import type { BoardMapping, ColumnMapping } from './mapping.ts'
import { didYouMean, editsApart } from './nearest.ts'
import { READINGS_OF, readerFor, Unreadable } from './readings.ts'
import type { CasesFile } from './schema/cases-file.ts'
import type { Shaped } from './shape.ts'
import type { Path, Problems } from './yaml-file.ts'

/** What records carry beside the fields of their kind. */
const BASE_FIELDS: Fields = {
  id: { type: 'id', meaning: 'The id.', example: 'O1' },
  currency: { type: 'text', meaning: 'Currency of its money.', example: 'USD' },
  url: { type: 'text', meaning: 'Where it can be opened.', example: 'https://x.example' },
  changedAt: { type: 'instant', meaning: 'When it last changed.', example: '2026-11-22T10:00:00Z' },
}

type Extras = Readonly<Record<string, Fields<FactField> | null>>

/** Reports what is wrong with the cases of a board before any is run. */
export function checkCases(
  file: Shaped<CasesFile>,
  board: BoardMapping,
  { extras, stages }: { readonly extras: Extras; readonly stages: readonly string[] },
  problems: Problems,
): void {
  checkDay(file, ['today'], file.data.today, problems)
  const titles = board.columns.map(({ title }) => title)
  file.data.cases.forEach((one, i) => {
    const base: Path = ['cases', i]
    if (one.today !== undefined) checkDay(file, [...base, 'today'], one.today, problems)
    for (const [kind, records] of Object.entries(one.records) as [
      RecordKind,
      Record<string, unknown>[] | undefined,
    ][]) {
      for (const [j, record] of records?.entries() ?? []) {
        const at: Path = [...base, 'records', kind, j]
        checkRecord(file, at, kind, record, extras, problems)
        if (kind === 'opportunity' || kind === 'stage_change') checkStage(file, at, record.stage, stages, problems)
      }
    }
    one.items.forEach((item, j) => {
      const at: Path = [...base, 'items', j]
      if (item.group !== undefined && board.everyGroup !== null && !board.everyGroup.includes(item.group)) {
        problems.error(
          file.file,
          file.at([...at, 'group']),
          'unknown-group',
          `The board has no group "${item.group}"`,
          didYouMean(item.group, board.everyGroup, 'groups'),
        )
      }
      for (const [title, cell] of Object.entries(item.cells)) {
        if (titles.includes(title)) {
          const column = board.columns.find((one) => one.title === title)
          if (column !== undefined) checkCell(file, [...at, 'cells', title], column, cell, problems)
          continue
        }
        problems.error(
          file.file,
          file.atKey([...at, 'cells', title]),
          'unknown-column',
          `The board has no column "${title}"`,
          didYouMean(title, titles, 'columns'),
        )
      }
    })
  })
}

/** A stage that is nearly one of model.yaml. Others are fine: cases that ship play at stages that a company may lack. */
function checkStage(
  file: Shaped<CasesFile>,
  path: Path,
  stage: unknown,
  stages: readonly string[],
  problems: Problems,
): void {
  if (typeof stage !== 'string' || stages.includes(stage)) return
  if (!stages.some((known) => editsApart(stage.toLowerCase(), known.toLowerCase()) <= Math.max(2, known.length / 4)))
    return
  problems.warning(
    file.file,
    file.at([...path, 'stage']),
    'unexpected-value',
    `model.yaml knows no stage "${stage}"`,
    didYouMean(stage, stages, 'stages'),
  )
}

/** That a cell can be what the case expects: true or false in a checkbox, and a label that the column has. */
function checkCell(
  file: Shaped<CasesFile>,
  path: Path,
  { title, type, every }: ColumnMapping,
  cell: string | number | boolean,
  problems: Problems,
): void {
  const known = type === 'checkbox' ? ['true', 'false'] : every
  if (cell === '' || known.length === 0 || known.includes(String(cell))) return
  problems.error(
    file.file,
    file.at(path),
    'unknown-value',
    `"${cell}" is not a value of the column "${title}"`,
    didYouMean(String(cell), known, 'values'),
  )
}

function checkDay(file: Shaped<CasesFile>, path: Path, day: string, problems: Problems): void {
  if (parseDay(day) !== undefined) return
  problems.error(file.file, file.at(path), 'bad-day', `"${day}" is no day`, 'Write it as 2026-11-22')
}

function checkRecord(
  file: Shaped<CasesFile>,
  path: Path,
  kind: RecordKind,
  record: Readonly<Record<string, unknown>>,
  extras: Extras,
  problems: Problems,
): void {
  if (record.id === undefined) {
    problems.error(file.file, file.at(path), 'missing-key', `"id" is missing in the ${kind}`, 'For example id: O1')
  }
  const fields = { ...BASE_FIELDS, ...RECORDS[kind].fields }
  const noZone: Zone = { name: 'UTC', dayOf: (ms) => Math.floor(ms / 86_400_000), startOf: (day) => day * 86_400_000 }
  for (const [name, value] of Object.entries(record)) {
    if (name === 'extra' && typeof value === 'object' && value !== null) {
      const known = extras[kind]
      for (const inner of Object.keys(value)) {
        if (!known || known[inner]) continue
        problems.error(
          file.file,
          file.atKey([...path, 'extra', inner]),
          'unknown-field',
          `No source mapping gives ${kind} a field "extra.${inner}"`,
          didYouMean(inner, Object.keys(known), 'further fields'),
        )
      }
      continue
    }
    const field = fields[name]
    if (!field || typeof value === 'object') {
      problems.error(
        file.file,
        file.atKey([...path, name]),
        'unknown-field',
        `"${name}" is not a field of ${kind}`,
        didYouMean(name, [...Object.keys(fields), 'extra'], 'fields'),
      )
      continue
    }
    const read = readValue(field, value as string | number | boolean, noZone, 'USD')
    // A currency with other decimals is told when the case runs: here only what could never be read counts.
    if (read instanceof Unreadable && read.code !== 'too-many-decimals') {
      const isWord = read.known.length > 0
      problems.error(
        file.file,
        file.at([...path, name]),
        isWord ? 'unknown-value' : 'wrong-type',
        isWord ? `"${value}" is not a value of ${kind} > ${name}` : `"${name}" cannot be read: ${read.reason}`,
        isWord ? didYouMean(String(value), read.known, 'values') : `For example ${name}: ${field.example}`,
      )
    }
  }
}

function readValue(field: Field, value: string | number | boolean, zone: Zone, currency: string) {
  const reading = READINGS_OF[field.type][0]
  if (reading === undefined) return new Unreadable('no-reading', 'nothing reads it')
  const text = typeof value === 'number' ? plainNumber(value) : String(value)
  return readerFor(reading, field, { count: false, keepMajor: false })(text, zone, currency)
}

function plainNumber(value: number): string {
  return Number.isInteger(value) ? fromMinor(value, 0) : String(value)
}

/** A record of a case in the form in which the store keeps records; values that cannot be read are left out. */
export function caseRecord(
  kind: RecordKind,
  record: Readonly<Record<string, unknown>>,
  given: {
    readonly source: string
    readonly zone: Zone
    readonly currency: string
    readonly extras: Fields<FactField>
  },
): { readonly id: string } & Readonly<Record<string, unknown>> {
  const currency = typeof record.currency === 'string' ? record.currency : given.currency
  const id = String(record.id)
  const body: { id: string } & Record<string, unknown> = { id, source: given.source, sourceId: id, changedAt: 0 }
  const fields = { ...BASE_FIELDS, ...RECORDS[kind].fields }
  const read = (field: Field, value: unknown) => {
    const result = readValue(field, value as string | number | boolean, given.zone, currency)
    return result instanceof Unreadable ? undefined : result
  }
  for (const [name, value] of Object.entries(record)) {
    if (name === 'extra') {
      body.extra = Object.fromEntries(
        Object.entries(value as Record<string, unknown>).map(([inner, written]) => {
          const field = given.extras[inner]
          return [inner, field ? read(field, written) : written]
        }),
      )
    } else if (name !== 'id' && fields[name]) body[name] = read(fields[name], value)
  }
  return body
}

import { parseDay, type Zone } from '../domain/day.ts'
import type { FactField, Field, Fields } from '../domain/fields.ts'
import { RECORDS, type RecordKind } from '../domain/records.ts'
import { fromMinor } from './cells.ts'
import type { BoardMapping } from './mapping.ts'
import { didYouMean } from './nearest.ts'
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
export function checkCases(file: Shaped<CasesFile>, board: BoardMapping, extras: Extras, problems: Problems): void {
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
        checkRecord(file, [...base, 'records', kind, j], kind, record, extras, problems)
      }
    }
    one.items.forEach((item, j) => {
      for (const title of Object.keys(item.cells)) {
        if (titles.includes(title)) continue
        problems.error(
          file.file,
          file.atKey([...base, 'items', j, 'cells', title]),
          'unknown-column',
          `The board has no column "${title}"`,
          didYouMean(title, titles, 'columns'),
        )
      }
    })
  })
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
      problems.error(
        file.file,
        file.at([...path, name]),
        'wrong-type',
        `"${name}" cannot be read: ${read.reason}`,
        `For example ${name}: ${field.example}`,
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

import type { Engine } from '../engine/engine.ts'
import type { FieldDef } from './schema.ts'
import type { ShownRecord } from './soql-select.ts'
import { formatDouble, formatInstant, type Stored } from './values.ts'

export const DELIMITERS: Readonly<Record<string, string>> = {
  BACKQUOTE: '`',
  CARET: '^',
  COMMA: ',',
  PIPE: '|',
  SEMICOLON: ';',
  TAB: '\t',
}
export const LINE_ENDINGS: Readonly<Record<string, string>> = { LF: '\n', CRLF: '\r\n' }

/** How a job wants its CSV. */
export interface CsvForm {
  readonly delimiter: string
  readonly lineEnding: string
}

export function formOf(columnDelimiter: string, lineEnding: string): CsvForm {
  return { delimiter: DELIMITERS[columnDelimiter] as string, lineEnding: LINE_ENDINGS[lineEnding] as string }
}

export interface CsvColumn {
  /** `Name`, `Account.Owner.Name`. */
  readonly name: string
  readonly field: FieldDef
  /** Where the value is in the rows of the SQL. */
  readonly column: number
}

/** What a query shows, flat and in the order of its SELECT list. */
export function columnsOf(record: ShownRecord, path = ''): CsvColumn[] {
  const columns = record.shown.flatMap((each) =>
    each.kind === 'column'
      ? [{ name: path + each.name, field: each.field, column: each.column }]
      : columnsOf(each.record, `${path}${each.name}.`),
  )
  return columns.sort((a, b) => a.column - b.column)
}

export function headerLine(names: readonly string[], form: CsvForm): string {
  return names.map(quoted).join(form.delimiter) + form.lineEnding
}

/** Writes rows as lines: every value quoted, nothing for null. */
export function createLineWriter(
  columns: readonly CsvColumn[],
  form: CsvForm,
  limits: Engine['limits'],
): (row: readonly Stored[]) => string {
  const endsInZ = limits.get('salesforce.bulkInstantsEndInZ') === 1
  const cells = columns.map(({ field, column }) => ({ column, show: cellWriter(field, endsInZ) }))
  const { delimiter, lineEnding } = form
  return (row) => {
    let line = ''
    for (const { column, show } of cells) {
      const value = row[column] ?? null
      line += `${line === '' ? '"' : `${delimiter}"`}${value === null ? '' : show(value)}"`
    }
    return line + lineEnding
  }
}

function cellWriter(field: FieldDef, endsInZ: boolean): (value: string | number) => string {
  switch (field.type) {
    case 'boolean':
      return (value) => (value === 0 ? 'false' : 'true')
    case 'int':
    case 'date':
    case 'id':
    case 'reference':
      return String
    case 'double':
    case 'currency':
    case 'percent':
      return (value) => formatDouble(Number(value))
    case 'datetime':
      return endsInZ ? (value) => new Date(Number(value)).toISOString() : (value) => formatInstant(Number(value))
    default:
      return (value) => doubled(String(value))
  }
}

function quoted(text: string): string {
  return `"${doubled(text)}"`
}

function doubled(text: string): string {
  return text.includes('"') ? text.replaceAll('"', '""') : text
}

const QUOTE = 0x22
const LF = 0x0a

/** The bytes of some lines of CSV in which every value is quoted; lines count from 0, and a line may hold line ends. */
export function linesOf(csv: Buffer, from: number, to: number): Buffer {
  let start = 0
  let line = 0
  let isQuoted = false
  for (let at = 0; at < csv.length; at++) {
    const byte = csv[at]
    if (byte === QUOTE) isQuoted = !isQuoted
    else if (byte === LF && !isQuoted) {
      line += 1
      if (line === from) start = at + 1
      if (line === to) return csv.subarray(start, at + 1)
    }
  }
  return csv.subarray(start)
}

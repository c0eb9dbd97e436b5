import { pipeline, Readable } from 'node:stream'
import { CsvError, parse } from 'csv-parse'
import { Fault } from '../../platform/errors.ts'
import { decimalText, parseExactJson } from '../canonical.ts'
import type { FieldValue } from '../source.ts'
import { findDelimiter } from './delimiter.ts'
import { type Encoding, type FoundFile, readText } from './file.ts'

/** One row of a file, before it has an id. */
export interface FileRow {
  /** From 1, without the header. */
  readonly number: number
  /** What the row holds, for a digest. */
  readonly text: string
  /** `undefined` for a column the file does not have. */
  readonly get: (field: string) => FieldValue | undefined
  /** What is wrong with it as a row; what could be read of it is there all the same. */
  readonly problem: string | null
}

export interface RowReading {
  readonly delimiter: string | null
  readonly encoding: Encoding | null
}

/**
 * The rows of a file in their order. `onColumns` is told the columns of a CSV file before its first row.
 *
 * Nothing that has the form of a row is left out: one with too few or too many cells, or a line that is no JSON object,
 * comes with a `problem`. Empty lines are no rows.
 */
export function readRows(
  file: FoundFile,
  reading: RowReading,
  onColumns: (columns: readonly string[]) => void,
): AsyncGenerator<FileRow> {
  return file.format === 'csv' ? readCsv(file, reading, onColumns) : readNdjson(file, reading)
}

async function* readCsv(
  file: FoundFile,
  reading: RowReading,
  onColumns: (columns: readonly string[]) => void,
): AsyncGenerator<FileRow> {
  const text = readText(file, reading.encoding)
  const first = await text.next()
  if (first.done) throw noHeader(file)
  const { said, beginning } = withoutSaid(first.value)
  const parser = parse({
    delimiter: reading.delimiter ?? said ?? findDelimiter(beginning),
    relax_quotes: true,
    relax_column_count: true,
    skip_empty_lines: true,
  })
  const failure: { error: unknown } = { error: null }
  const input = Readable.from(chain(beginning, text))
  pipeline(input, parser, (error) => {
    failure.error = error
  })
  let columns: ReadonlyMap<string, number> | null = null
  let width = 0
  let number = 0
  try {
    for await (const cells of parser as AsyncIterable<string[]>) {
      if (columns === null) {
        const names = readHeader(file, cells)
        onColumns(names)
        columns = new Map(names.map((name, i) => [name, i]))
        width = names.length
        continue
      }
      number += 1
      yield csvRow(number, cells, columns, width)
    }
  } catch (error) {
    throw csvFault(file, number, error)
  } finally {
    input.destroy()
    await text.return(undefined)
  }
  if (columns === null) throw noHeader(file)
}

async function* chain(first: string, rest: AsyncGenerator<string>): AsyncGenerator<string> {
  yield first
  yield* rest
}

/** Excel writes what stands between columns into a line of its own above the header: `sep=;`. */
function withoutSaid(text: string): { readonly said: string | null; readonly beginning: string } {
  const found = /^(\uFEFF?)"?sep=(.)"?\r?\n/i.exec(text)
  if (found === null) return { said: null, beginning: text }
  return { said: found[2] ?? null, beginning: text.slice(found[0].length) }
}

function readHeader(file: FoundFile, cells: readonly string[]): readonly string[] {
  const columns = cells.map((cell) => cell.trim())
  if (columns.every((column) => column === '')) throw noHeader(file)
  return columns
}

/** Two columns of one name are no harm where nobody asks for it. */
export function refuseTwice(file: FoundFile, columns: readonly string[], asked: readonly string[]): void {
  const twice = asked.find((column) => columns.indexOf(column) !== columns.lastIndexOf(column))
  if (twice === undefined) return
  throw new Fault('files-duplicate-column', `"${file.object}" has two columns named "${twice}"`, {
    blame: 'operator',
    hint: 'Rename one of them in the file: it cannot be told which one a mapping means',
  })
}

function noHeader(file: FoundFile): Fault {
  return new Fault('files-no-header', `"${file.object}" has no first line with the names of its columns`, {
    blame: 'operator',
    hint: 'Write the names of the columns into the first line',
  })
}

function csvRow(
  number: number,
  cells: readonly string[],
  columns: ReadonlyMap<string, number>,
  width: number,
): FileRow {
  return {
    number,
    text: JSON.stringify(cells),
    get: (field) => {
      const i = field === '' ? undefined : columns.get(field)
      return i === undefined ? undefined : emptyIsNull(cells[i] ?? '')
    },
    problem: cells.length === width ? null : `row ${number} has ${cells.length} cells and the header ${width}`,
  }
}

function csvFault(file: FoundFile, number: number, error: unknown): unknown {
  if (!(error instanceof CsvError)) return error
  const what = error.code === 'CSV_QUOTE_NOT_CLOSED' ? 'a quote is opened and never closed' : error.code
  return new Fault('files-malformed', `"${file.object}" cannot be read after row ${number}: ${what}`, {
    blame: 'operator',
    hint: 'Check the quotes of the row that follows; a quote inside a cell is written twice',
  })
}

async function* readNdjson(file: FoundFile, reading: RowReading): AsyncGenerator<FileRow> {
  let number = 0
  for await (const line of linesOf(readText(file, reading.encoding))) {
    if (line.trim() === '') continue
    number += 1
    yield jsonRow(number, line)
  }
}

async function* linesOf(text: AsyncGenerator<string>): AsyncGenerator<string> {
  let rest = ''
  for await (const piece of text) {
    const lines = (rest + piece).split('\n')
    rest = lines.pop() ?? ''
    yield* lines
  }
  if (rest !== '') yield rest
}

function jsonRow(number: number, line: string): FileRow {
  const value = parseLine(line)
  if (value === null) {
    return { number, text: line, get: () => undefined, problem: `row ${number} is no JSON object` }
  }
  return { number, text: line, get: (field) => canonical(valueAt(value, field)), problem: null }
}

function parseLine(line: string): Readonly<Record<string, unknown>> | null {
  try {
    const value = parseExactJson(line)
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
    return isObject ? (value as Readonly<Record<string, unknown>>) : null
  } catch {
    return null
  }
}

/** `owner.email` is a key of that name, else the way into nested objects. */
function valueAt(value: Readonly<Record<string, unknown>>, field: string): unknown {
  if (Object.hasOwn(value, field)) return value[field]
  let found: unknown = value
  for (const part of field.split('.')) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, part)) return undefined
    found = (found as Readonly<Record<string, unknown>>)[part]
  }
  return found
}

function canonical(value: unknown): FieldValue | undefined {
  if (value === undefined || value === null || typeof value === 'boolean') return value
  if (typeof value === 'object') return JSON.stringify(value)
  return typeof value === 'number' ? decimalText(String(value)) : emptyIsNull(String(value))
}

function emptyIsNull(text: string): string | null {
  return text === '' ? null : text
}

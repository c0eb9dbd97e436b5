import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { CallOptions } from '../../platform/call-options.ts'
import { Fault } from '../../platform/errors.ts'
import { nearestName } from '../../platform/nearest.ts'
import { instantText } from '../canonical.ts'
import type {
  ByIdRequest,
  CheckProblem,
  Cursor,
  FieldValue,
  ObjectDescription,
  ObjectNeed,
  Page,
  ReadRequest,
  RecordsById,
  Source,
  SourceRecord,
} from '../source.ts'
import { digestOf, type Encoding, type FoundFile, findFile } from './file.ts'
import { type FileRow, readRows, refuseTwice } from './rows.ts'

export interface FilesSourceOptions {
  readonly name: string
  readonly folder: string
  /** How a file is read, by the object as the mapping names it; what is not given is found out. */
  readonly objects?: Readonly<Record<string, FileReading>>
  /** Rows to a page. Default 1000. */
  readonly pageSize?: number
}

export interface FileReading {
  /** The column that holds the id; without one, a digest of the row's content is its id. */
  readonly id?: string
  /** `,` `;` `|` or a tab (`tab` will do). */
  readonly delimiter?: string
  /** `utf-8`, `utf-16le`, `utf-16be` or `latin1` (which is read as Windows-1252, its superset). */
  readonly encoding?: string
  /** The column that tells when a row changed; else the file's own time. */
  readonly changedAt?: string
}

/** The field of a record that says what is wrong with its row; absent from rows that are whole. */
export const PROBLEM_FIELD = '__problem'

/**
 * Reads files of a folder: CSV and NDJSON, zipped (`.gz`) or not. An object is a file name.
 *
 * A file that changed is read whole, as a snapshot; one that did not gives one empty page. No row is left out: one that
 * does not fit its header, has no id, or has that of an earlier row comes with `__problem`; a second row of one id is
 * `<id>#2`, and so on, in the order of the file.
 */
export function createFilesSource(options: FilesSourceOptions): Source {
  return {
    name: options.name,
    check: (needs, callOptions) => checkFiles(options, needs, callOptions),
    read: (request, callOptions) => readFile(options, request, callOptions),
    describe: (need, callOptions) => describeFile(options, need, callOptions),
    readByIds: (request, callOptions) => readRowsById(options, request, callOptions),
    estimate: async () => ({ requests: 0, uncounted: [] }),
    quota: () => null,
  }
}

async function* readFile(
  options: FilesSourceOptions,
  request: ReadRequest,
  callOptions: CallOptions = {},
): AsyncGenerator<Page> {
  const { signal } = callOptions
  signal?.throwIfAborted()
  if (request.where !== null) throw noConditions(request.object)
  const reading = readingOf(options, request.object)
  const file = await findFile(options.folder, request.object)
  const stood = serving(readCursor(request.after), request, reading)

  const isSameTime = stood !== null && stood.size === file.size && stood.mtimeMs === file.mtimeMs
  const sha256 = isSameTime ? stood.sha256 : await digestOf(file)
  const isSame = stood !== null && stood.sha256 === sha256
  const now: Standing = { size: file.size, mtimeMs: file.mtimeMs, sha256, row: null, fields: request.fields, reading }
  if (isSame && stood.row === null) {
    yield { records: [], cursor: writeCursor(now), snapshot: false, requests: 0 }
    return
  }

  const brokenOff = readCursor(request.after)
  if (brokenOff !== null && brokenOff.row !== null && !isSame) {
    yield { records: [], cursor: NOWHERE, snapshot: false, requests: 0 }
  }
  const handedOver = isSame ? (stood.row ?? 0) : 0
  const pageSize = options.pageSize ?? 1000
  const toRecord = recordMaker(file, request.fields, reading)
  let records: SourceRecord[] = []
  for await (const row of readRows(file, rowReading(reading), (columns) =>
    checkColumns(file, columns, request, reading),
  )) {
    const record = toRecord(row)
    if (row.number <= handedOver) continue
    if (records.length === pageSize) {
      yield { records, cursor: writeCursor({ ...now, row: row.number - 1 }), snapshot: true, requests: 0 }
      records = []
      signal?.throwIfAborted()
    }
    records.push(record)
  }
  await refuseIfChanged(options, file)
  yield { records, cursor: writeCursor(now), snapshot: true, requests: 0 }
}

function noConditions(object: string): Fault {
  return new Fault('files-where', `A condition is given for the file "${object}", and files know none`, {
    blame: 'operator',
    hint: 'Remove where from the source mapping; boards have a where of their own',
  })
}

async function refuseIfChanged(options: FilesSourceOptions, file: FoundFile): Promise<void> {
  const now = await findFile(options.folder, file.object)
  if (now.size === file.size && now.mtimeMs === file.mtimeMs) return
  throw new Fault('files-changed-while-read', `"${file.object}" changed while it was read`, {
    blame: 'remote',
    hint: 'Run again; write such files under another name and rename them when they are whole',
  })
}

/** The columns of a CSV; of NDJSON, what its first rows name. All of it is text, and a file that changed is read whole. */
async function describeFile(
  options: FilesSourceOptions,
  need: ObjectNeed,
  callOptions: CallOptions = {},
): Promise<ObjectDescription> {
  const reading = readingOf(options, need.object)
  const file = await findFile(options.folder, need.object)
  const header: { names: readonly string[] } = { names: [] }
  const asked = new Set<string>()
  for await (const row of readRows(file, rowReading(reading), (names) => {
    header.names = names ?? []
  })) {
    for (const name of need.fields) if (row.get(name) !== undefined) asked.add(name)
    if (row.number >= DESCRIBED_ROWS) break
    callOptions.signal?.throwIfAborted()
  }
  const names = header.names.filter((name) => name !== '')
  const known = new Set([...names, ...asked])
  const text = (name: string) => ({ name, type: 'text' })
  return {
    asked: need.fields.filter((name) => known.has(name)).map((name) => ({ ...text(name), stamped: true })),
    fields: [...known].map(text),
    alwaysWhole: true,
    requests: 0,
    sharedRequests: 0,
  }
}

/** Rows of an NDJSON that are looked at for what it names. */
const DESCRIBED_ROWS = 100

async function* readRowsById(
  options: FilesSourceOptions,
  { ids, ...request }: ByIdRequest,
  callOptions: CallOptions = {},
): AsyncGenerator<RecordsById> {
  const missing = new Set(ids)
  let changedAt = ''
  for await (const page of readFile(options, { ...request, after: null }, callOptions)) {
    changedAt = page.records.at(-1)?.changedAt ?? changedAt
    yield { records: page.records.filter((record) => missing.delete(record.id)), requests: 0 }
  }
  if (changedAt === '') changedAt = new Date((await findFile(options.folder, request.object)).mtimeMs).toISOString()
  yield { records: [...missing].map((id) => ({ kind: 'deleted', id, changedAt })), requests: 0 }
}

/** Where reading of one file stands: `row` rows were handed over, `null` all of them. */
interface Standing {
  readonly size: number
  readonly mtimeMs: number
  readonly sha256: string
  readonly row: number | null
  readonly fields: readonly string[]
  readonly reading: FileReading
}

const Written = z.object({
  v: z.literal(1),
  size: z.number(),
  mtimeMs: z.number(),
  sha256: z.string(),
  row: z.number().int().nullable(),
  fields: z.array(z.string()),
  reading: z.record(z.string(), z.string()),
})

function writeCursor(standing: Standing): Cursor {
  return JSON.stringify({ v: 1, ...standing }) as Cursor
}

/** A cursor that stands nowhere: the next read begins anew. */
const NOWHERE = 'nowhere' as Cursor

/** `null` where there is none, or one that this program cannot read: the file is read whole then. */
function readCursor(cursor: Cursor | null): Standing | null {
  if (cursor === null) return null
  try {
    return Written.parse(JSON.parse(cursor))
  } catch {
    return null
  }
}

/** A cursor serves a request for no further field that reads the file in the same way. */
function serving(stood: Standing | null, request: ReadRequest, reading: FileReading): Standing | null {
  if (stood === null) return null
  const had = new Set(stood.fields)
  const serves = request.fields.every((field) => had.has(field)) && inOrder(stood.reading) === inOrder(reading)
  return serves ? stood : null
}

function inOrder(reading: FileReading): string {
  return JSON.stringify(Object.entries(reading).sort(([a], [b]) => (a < b ? -1 : 1)))
}

const ENCODINGS: Readonly<Record<string, Encoding>> = {
  'utf-8': 'utf-8',
  utf8: 'utf-8',
  'utf-16le': 'utf-16le',
  'utf-16be': 'utf-16be',
  latin1: 'latin1',
  'iso-8859-1': 'latin1',
  'windows-1252': 'latin1',
}

function readingOf(options: FilesSourceOptions, object: string): FileReading {
  const { id, delimiter, encoding, changedAt } = options.objects?.[object] ?? {}
  if (encoding !== undefined && ENCODINGS[encoding.toLowerCase()] === undefined) {
    throw new Fault('files-unknown-encoding', `"${encoding}", given for the file "${object}", is no known encoding`, {
      blame: 'operator',
      hint: `Write one of ${Object.keys(ENCODINGS).join(', ')}`,
    })
  }
  return {
    ...(id === undefined ? {} : { id }),
    ...(delimiter === undefined ? {} : { delimiter: delimiter === 'tab' ? '\t' : delimiter }),
    ...(encoding === undefined ? {} : { encoding: encoding.toLowerCase() }),
    ...(changedAt === undefined ? {} : { changedAt }),
  }
}

function rowReading(reading: FileReading) {
  return { delimiter: reading.delimiter ?? null, encoding: ENCODINGS[reading.encoding ?? ''] ?? null }
}

function checkColumns(file: FoundFile, columns: readonly string[], request: ReadRequest, reading: FileReading): void {
  refuseTwice(file, columns, namedColumns(request.fields, reading))
  const [first, ...others] = missingColumns(columns, request.fields, reading)
  if (first === undefined) return
  const more = others.map((column) => `, nor "${column}"`).join('')
  throw new Fault('files-field-missing', `"${file.object}" has no column "${first}"${more}`, {
    blame: 'operator',
    hint: columnsHint(first, columns),
  })
}

function missingColumns(columns: readonly string[], fields: readonly string[], reading: FileReading): string[] {
  return namedColumns(fields, reading).filter((column) => !columns.includes(column) || column === '')
}

function namedColumns(fields: readonly string[], { id, changedAt }: FileReading): string[] {
  return [...new Set([...fields, ...[id, changedAt].filter((column) => column !== undefined)])]
}

function columnsHint(name: string, columns: readonly string[]): string {
  const nearest = nearestName(name, columns)
  const listed = `Columns: ${columns.filter((column) => column !== '').join(', ')}`
  return nearest === null ? listed : `Did you mean "${nearest}"? ${listed}`
}

/** Makes records of one file's rows, in their order. Keeps the ids it gave: a million of them are about 100 MB. */
function recordMaker(file: FoundFile, fields: readonly string[], reading: FileReading) {
  const given = new Map<string, number>()
  const fileTime = new Date(file.mtimeMs).toISOString()

  const unused = (id: string): string => {
    let count = (given.get(id) ?? 0) + 1
    let candidate = count === 1 ? id : `${id}#${count}`
    while (count > 1 && given.has(candidate)) {
      count += 1
      candidate = `${id}#${count}`
    }
    given.set(id, count)
    if (candidate !== id) given.set(candidate, 1)
    return candidate
  }

  return (row: FileRow): Extract<SourceRecord, { kind: 'present' }> => {
    const values: Record<string, FieldValue> = {}
    for (const field of fields) values[field] = row.get(field) ?? null
    const named = reading.id === undefined ? null : (row.get(reading.id) ?? null)
    const hasNoId = reading.id !== undefined && (named === null || String(named).trim() === '')
    const own = named === null || hasNoId ? null : String(named).trim()
    const id = unused(own ?? contentId(row))
    const isTwice = own !== null && id !== own
    const problem =
      row.problem ??
      (hasNoId
        ? `row ${row.number} has no "${reading.id}"`
        : isTwice
          ? `row ${row.number} has the "${reading.id}" of another row`
          : null)
    if (problem !== null) values[PROBLEM_FIELD] = problem
    return { kind: 'present', id, changedAt: changedAtOf(row, reading) ?? fileTime, fields: values }
  }
}

function contentId(row: FileRow): string {
  return createHash('sha256').update(row.text).digest('hex').slice(0, 32)
}

function changedAtOf(row: FileRow, reading: FileReading): string | null {
  if (reading.changedAt === undefined) return null
  const value = row.get(reading.changedAt)
  if (typeof value !== 'string') return null
  const text = instantText(/^\d{4}-\d\d-\d\d$/.test(value.trim()) ? `${value.trim()}T00:00Z` : value.trim())
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(text) ? text : null
}

/** Reads every file that is needed from end to end, so that what is wrong with its rows is known before it is used. */
async function checkFiles(
  options: FilesSourceOptions,
  needs: readonly ObjectNeed[],
  callOptions: CallOptions = {},
): Promise<CheckProblem[]> {
  const problems: CheckProblem[] = []
  for (const need of needs) {
    callOptions.signal?.throwIfAborted()
    try {
      problems.push(...(await checkFile(options, need, callOptions)))
    } catch (error) {
      if (!(error instanceof Fault)) throw error
      const { code, message, hint } = error
      problems.push({ level: 'error', code, message, object: need.object, ...(hint === undefined ? {} : { hint }) })
    }
  }
  return problems.map((problem) => {
    const place = needs.find((need) => need.object === problem.object)?.place
    return place === undefined ? problem : { ...problem, message: `${problem.message} (${place})` }
  })
}

async function checkFile(
  options: FilesSourceOptions,
  need: ObjectNeed,
  callOptions: CallOptions,
): Promise<CheckProblem[]> {
  const { object } = need
  const reading = readingOf(options, object)
  const file = await findFile(options.folder, object)
  const columnsOfFile: { names: readonly string[] | null } = { names: null }
  const seen = new Set<string>()
  const ids = new Set<string>()
  const odd: number[] = []
  const twice: number[] = []
  const empty: number[] = []
  for await (const row of readRows(file, rowReading(reading), (names) => {
    columnsOfFile.names = names
    refuseTwice(file, names, namedColumns(need.fields, reading))
  })) {
    if (row.number % 10_000 === 0) callOptions.signal?.throwIfAborted()
    if (row.problem !== null) odd.push(row.number)
    for (const field of need.fields) if (row.get(field) !== undefined && !seen.has(field)) seen.add(field)
    const id = reading.id === undefined ? null : row.get(reading.id)
    if (reading.id === undefined || (row.problem !== null && id === undefined)) continue
    if (id === null || id === undefined) empty.push(row.number)
    else if (ids.has(String(id))) twice.push(row.number)
    else ids.add(String(id))
  }
  const columns = columnsOfFile.names
  const missing =
    columns === null ? need.fields.filter((field) => !seen.has(field)) : missingColumns(columns, need.fields, reading)
  const known = columns ?? [...seen]
  return [
    ...missing.map((field): CheckProblem => {
      const message = columns === null ? `No row of "${object}" has "${field}"` : `"${object}" has no column "${field}"`
      return { level: 'error', code: 'files-field-missing', message, hint: columnsHint(field, known), object, field }
    }),
    ...rowsProblem(
      need,
      'files-odd-rows',
      odd,
      'that do not fit the header or are no JSON objects',
      'Correct them in the file; what can be read of them is taken',
    ),
    ...rowsProblem(
      need,
      'files-id-twice',
      twice,
      'with the id of another row',
      'Name another column as id, or correct the file; until then all but the first of each are rejected',
    ),
    ...rowsProblem(need, 'files-id-empty', empty, 'without an id', 'Fill the id column, or name another one'),
  ]
}

function rowsProblem(
  need: ObjectNeed,
  code: string,
  rows: readonly number[],
  which: string,
  hint: string,
): CheckProblem[] {
  if (rows.length === 0) return []
  const listed = `${rows.slice(0, 5).join(', ')}${rows.length > 5 ? ', …' : ''}`
  const message = `"${need.object}" has rows ${which}: ${rows.length} (row ${listed})`
  return [{ level: 'warning', code, message, hint, object: need.object }]
}

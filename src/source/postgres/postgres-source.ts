import { z } from 'zod'
import type { CallOptions } from '../../platform/call-options.ts'
import { Fault } from '../../platform/errors.ts'
import { nearestName } from '../../platform/nearest.ts'
import type {
  ByIdRequest,
  CheckProblem,
  Cursor,
  ObjectDescription,
  ObjectNeed,
  Page,
  ReadRequest,
  RecordsById,
  Source,
  SourceRecord,
} from '../source.ts'
import { type Look, type LookOptions, openLook, withLook } from './client.ts'
import {
  type Bounds,
  digestOf,
  FROM_THE_START,
  inOrderOfKeys,
  noRows,
  type Reading,
  readingOf,
  rowsOf,
  type Statement,
  withIds,
} from './query.ts'
import { recordMaker, type Shape } from './to-records.ts'

export interface PostgresSourceOptions {
  readonly name: string
  /** `postgres://user:password@host:5432/database`. */
  readonly url: string
  /** How an object is read, by its name in the mapping; one that is not named is a table with a column `id`. */
  readonly objects?: Readonly<Record<string, Readonly<Record<string, string>>>>
  /** The company's zone, in which weeks begin. */
  readonly timeZone: string
  /** The company's day, in days since 1970-01-01. */
  readonly today: () => number
  /** How long a server may be silent; see `LookOptions`. */
  readonly silentMs?: number
  /** Rows to a page. Default 2000. */
  readonly pageSize?: number
}

/**
 * Reads any PostgreSQL by queries of the mapping, in transactions that can only read, streamed by a cursor.
 *
 * Without `recent_weeks` a first question, answered with one row, tells whether anything changed; if so everything is read,
 * as a snapshot, in the order of ids. With it, reads after the first go over the weeks from `:from` on again, so that events
 * that come late are counted; what changed or went in older weeks, a sweep finds.
 */
export function createPostgresSource(options: PostgresSourceOptions): Source {
  return {
    name: options.name,
    check: (needs, callOptions) => checkNeeds(options, needs, callOptions),
    read: (request, callOptions) => readRows(options, request, callOptions),
    describe: (need, callOptions) =>
      withLook(options.url, (look) => describeObject(options, look, need), lookOptions(options, callOptions)),
    readByIds: (request, callOptions) => readRowsById(options, request, callOptions),
    estimate: async () => ({ requests: 0, uncounted: [] }),
    quota: () => null,
  }
}

/** Where reading of an object stands. */
const Standing = z.object({
  v: z.literal(1),
  /** `everything`, or `recent` weeks only. */
  mode: z.enum(['everything', 'recent']),
  /** The keys up to which rows were handed over; `null`: all were. */
  keys: z.array(z.string()).nullable(),
  /** What the rows were when the read began; `null`: nobody asked. */
  digest: z.string().nullable(),
  /** The company's day when it began. */
  day: z.number().int(),
  from: z.string(),
})
type Standing = z.output<typeof Standing>

async function* readRows(
  options: PostgresSourceOptions,
  request: ReadRequest,
  callOptions: CallOptions = {},
): AsyncGenerator<Page> {
  const { signal } = callOptions
  signal?.throwIfAborted()
  const reading = readingOf(request.object, options.objects?.[request.object])
  const stood = request.after === null ? null : readStanding(request.after)
  const look = await openLook(options.url, lookOptions(options, callOptions))
  try {
    const start = await startOf(options, look, request, reading, stood)
    if (start === null) {
      // The day stays: recent weeks are counted from the last read that went over them.
      yield { records: [], cursor: request.after as Cursor, snapshot: false, unchanged: true, requests: 0 }
      return
    }
    const snapshot = start.mode === 'everything'
    if (snapshot && stood !== null && stood.keys === null)
      yield { records: [], cursor: NOWHERE, snapshot: false, requests: 0 }
    const statement = inOrderOfKeys(statementOf(options, request, reading, start.from), reading, start.keys)
    const toRecord = recordMaker(request.fields, reading)
    const pageSize = options.pageSize ?? 2000
    let held: Page | null = null
    for await (const { shape, rows } of look.stream(statement, request.object, pageSize)) {
      signal?.throwIfAborted()
      needColumns(request, shape)
      if (held !== null && rows.length > 0) {
        yield held
        signal?.throwIfAborted()
        held = null
      }
      if (rows.length === 0) continue
      const made = rows.map((row) => toRecord(shape, row))
      const records: SourceRecord[] = made.map(({ record }) => record)
      held = {
        records,
        cursor: writeStanding({ ...start, keys: [...(made.at(-1)?.keys ?? [])] }),
        snapshot,
        requests: 0,
      }
    }
    yield { records: held?.records ?? [], cursor: writeStanding({ ...start, keys: null }), snapshot, requests: 0 }
  } finally {
    await look.close()
  }
}

/** Where a read begins; `null`: nothing changed since the last one. */
async function startOf(
  options: PostgresSourceOptions,
  look: Look,
  request: ReadRequest,
  reading: Reading,
  stood: Standing | null,
): Promise<Standing | null> {
  if (stood !== null && stood.keys !== null) return stood
  const day = options.today()
  const isRecent = stood !== null && reading.recentWeeks !== null
  const from = isRecent ? dayText(mondayOf(Math.min(day, stood.day)) - 7 * (reading.recentWeeks ?? 0)) : FROM_THE_START
  const mode = isRecent ? 'recent' : 'everything'
  // A first read of everything that is never asked about again needs no digest.
  const isAsked = reading.recentWeeks === null || isRecent
  const digest = isAsked ? await readDigest(look, request.object, statementOf(options, request, reading, from)) : null
  if (stood !== null && stood.digest !== null && stood.digest === digest && stood.from === from) return null
  return { v: 1, mode, keys: null, digest, day, from }
}

async function readDigest(look: Look, object: string, rows: Statement): Promise<string> {
  const [row] = (await look.rows(digestOf(rows), object)).rows
  return `${row?.[0]}:${row?.[1]}`
}

function statementOf(
  { timeZone }: PostgresSourceOptions,
  { object, where }: Pick<ReadRequest, 'object' | 'where'>,
  reading: Reading,
  from: string,
): Statement {
  const bounds: Bounds = { from, zone: timeZone }
  return rowsOf(object, reading, where, bounds)
}

async function* readRowsById(
  options: PostgresSourceOptions,
  request: ByIdRequest,
  callOptions: CallOptions = {},
): AsyncGenerator<RecordsById> {
  const { signal } = callOptions
  const reading = readingOf(request.object, options.objects?.[request.object])
  const missing = new Set(request.ids)
  const toRecord = recordMaker(request.fields, reading)
  const statement = withIds(statementOf(options, request, reading, FROM_THE_START), reading, [...missing])
  const look = await openLook(options.url, lookOptions(options, callOptions))
  try {
    for await (const { shape, rows } of look.stream(statement, request.object, options.pageSize ?? 2000)) {
      signal?.throwIfAborted()
      const records = rows.map((row) => toRecord(shape, row).record).filter(({ id }) => missing.delete(id))
      if (records.length > 0) yield { records, requests: 0 }
    }
  } finally {
    await look.close()
  }
  const changedAt = new Date(options.today() * MS_PER_DAY).toISOString()
  yield { records: [...missing].map((id) => ({ kind: 'deleted', id, changedAt })), requests: 0 }
}

async function describeObject(
  options: PostgresSourceOptions,
  look: Look,
  need: ObjectNeed,
): Promise<ObjectDescription> {
  const reading = readingOf(need.object, options.objects?.[need.object])
  const shape = await shapeOf(options, look, need.object, reading)
  const isRecent = reading.recentWeeks !== null
  const describe = (name: string) => ({ name, type: shape.columns.get(name)?.type ?? 'text' })
  return {
    asked: need.fields
      .filter((name) => shape.columns.has(name))
      // Of older weeks no read of changes tells.
      .map((name) => ({ ...describe(name), stamped: !isRecent })),
    fields: [...shape.columns.keys()].map(describe),
    alwaysWhole: !isRecent,
    requests: 0,
    sharedRequests: 0,
  }
}

async function shapeOf(options: PostgresSourceOptions, look: Look, object: string, reading: Reading): Promise<Shape> {
  const rows = statementOf(options, { object, where: null }, reading, FROM_THE_START)
  return (await look.rows(noRows(rows), object)).shape
}

/** Each object on a look of its own: after an error a transaction answers nothing more. */
async function checkNeeds(
  options: PostgresSourceOptions,
  needs: readonly ObjectNeed[],
  callOptions: CallOptions = {},
): Promise<CheckProblem[]> {
  const { signal } = callOptions
  const problems: CheckProblem[] = []
  for (const need of needs) {
    signal?.throwIfAborted()
    try {
      const reading = readingOf(need.object, options.objects?.[need.object])
      const { columns } = await withLook(
        options.url,
        (look) => shapeOf(options, look, need.object, reading),
        lookOptions(options, callOptions),
      )
      const named = [...need.fields, ...reading.id, ...(reading.changedAt === null ? [] : [reading.changedAt])]
      for (const field of new Set(named)) {
        if (columns.has(field)) continue
        const message = `"${need.object}" has no column "${field}"${need.place === undefined ? '' : ` (${need.place})`}`
        const hint = columnsHint(field, [...columns.keys()])
        problems.push({ level: 'error', code: 'postgres-field-missing', message, hint, object: need.object, field })
      }
    } catch (error) {
      if (!(error instanceof Fault)) throw error
      const { code, message, hint } = error
      problems.push({ level: 'error', code, message, object: need.object, ...(hint === undefined ? {} : { hint }) })
    }
  }
  return problems
}

function needColumns({ object, fields }: ReadRequest, { columns }: Shape): void {
  const missing = columns.size === 0 ? undefined : fields.find((field) => !columns.has(field))
  if (missing === undefined) return
  throw new Fault('postgres-field-missing', `"${object}" has no column "${missing}"`, {
    blame: 'operator',
    hint: columnsHint(missing, [...columns.keys()]),
  })
}

function columnsHint(name: string, columns: readonly string[]): string {
  const own = columns.filter((column) => !column.startsWith('boardsync_key_'))
  const nearest = nearestName(name, own)
  const listed = `Columns: ${own.join(', ')}`
  return nearest === null ? listed : `Did you mean "${nearest}"? ${listed}`
}

function lookOptions({ silentMs }: PostgresSourceOptions, callOptions: CallOptions | undefined): LookOptions {
  return { ...callOptions, ...(silentMs === undefined ? {} : { silentMs }) }
}

function writeStanding(standing: Standing): Cursor {
  return JSON.stringify(standing) as Cursor
}

/** One that this program cannot read stands nowhere. */
/** Where a read of everything stands that begins anew. */
const NOWHERE = 'nowhere' as Cursor

function readStanding(cursor: Cursor): Standing | null {
  try {
    return Standing.parse(JSON.parse(cursor))
  } catch {
    return null
  }
}

const MS_PER_DAY = 86_400_000

/** 1970-01-01 was a Thursday. */
function mondayOf(day: number): number {
  return day - ((((day + 3) % 7) + 7) % 7)
}

function dayText(day: number): string {
  return new Date(day * MS_PER_DAY).toISOString().slice(0, 10)
}

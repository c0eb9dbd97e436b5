import { Socket } from 'node:net'
import pg from 'pg'
import Cursor from 'pg-cursor'
import { Fault } from '../../platform/errors.ts'
import type { Statement } from './query.ts'
import { type Row, type Shape, toShape } from './to-records.ts'

/** Everything one statement may take: long enough for a warehouse, short enough to be noticed. */
const STATEMENT_MS = 15 * 60_000
const CONNECT_MS = 20_000
const CLOSE_MS = 5_000
/** How much longer than a statement may take the server may be silent: who ends a statement still has to say so. */
const SILENCE_MS = 60_000

/** Every value as the server writes it: what becomes of it is decided here, column by column. */
const AS_TEXT = { getTypeParser: () => (value: string | Buffer) => String(value) } as unknown as pg.CustomTypesConfig

/** A look at the database that does not change while it is looked at, and changes nothing. */
export interface Look {
  rows(statement: Statement, object: string): Promise<{ readonly shape: Shape; readonly rows: readonly Row[] }>
  /** The rows of a statement, some at a time, by a cursor of the server: memory stays flat. */
  stream(statement: Statement, object: string, atOnce: number): AsyncGenerator<{ shape: Shape; rows: readonly Row[] }>
}

export interface LookOptions {
  /** Breaks the connection off, and with it whatever is waited for. */
  readonly signal?: AbortSignal
  /** How long an answer is waited for after which the connection is taken for dead. Default: a little longer than the server lets a statement run. */
  readonly silentMs?: number
}

/** Opens a read-only transaction on a connection of its own, and closes both whatever happens. */
export async function withLook<T>(url: string, use: (look: Look) => Promise<T>, options?: LookOptions): Promise<T> {
  const look = await openLook(url, options)
  try {
    return await use(look)
  } finally {
    await look.close()
  }
}

export async function openLook(
  url: string,
  { signal, silentMs = STATEMENT_MS + SILENCE_MS }: LookOptions = {},
): Promise<Look & { close(): Promise<void> }> {
  signal?.throwIfAborted()
  const socket = new Socket()
  const client = new pg.Client({
    stream: () => socket,
    connectionString: url,
    application_name: 'boardsync',
    connectionTimeoutMillis: CONNECT_MS,
    statement_timeout: STATEMENT_MS,
    keepAlive: true,
  })
  // A connection that breaks between statements tells the next one.
  client.on('error', () => {})
  let isSilent = false
  // Whatever is waited for fails with it: `end` would wait for a server that is not there.
  const breakOff = () => void socket.destroy()
  signal?.addEventListener('abort', breakOff, { once: true })
  const answered = async <T>(subject: string, ask: () => Promise<T>): Promise<T> => {
    const timer = setTimeout(() => {
      isSilent = true
      breakOff()
    }, silentMs)
    try {
      return await ask()
    } catch (error) {
      signal?.throwIfAborted()
      throw isSilent ? silent(subject, silentMs, error) : faultOf(error, subject)
    } finally {
      clearTimeout(timer)
    }
  }
  const close = async () => {
    signal?.removeEventListener('abort', breakOff)
    const timer = setTimeout(breakOff, CLOSE_MS)
    await client.end().catch(() => {})
    clearTimeout(timer)
  }
  try {
    await answered('the database', async () => {
      await client.connect()
      await client.query(`set timezone = 'UTC'; set datestyle = 'ISO, YMD'; set intervalstyle = 'iso_8601'`)
      await client.query('begin transaction isolation level repeatable read read only')
    })
  } catch (error) {
    await close()
    throw error
  }
  return {
    rows: (statement, object) =>
      answered(`"${object}"`, async () => {
        const query = { ...toQuery(statement), rowMode: 'array', types: AS_TEXT } as const
        const { fields, rows } = await client.query<string[]>(query)
        return { shape: toShape(fields), rows }
      }),
    async *stream(statement, object, atOnce) {
      const { text, values } = toQuery(statement)
      const cursor = client.query(new Cursor<string[]>(text, values, { rowMode: 'array', types: AS_TEXT }))
      try {
        for (;;) {
          const { rows, fields } = await answered(`"${object}"`, () => readSome(cursor, atOnce))
          yield { shape: toShape(fields), rows }
          if (rows.length < atOnce) return
        }
      } finally {
        if (!isSilent && signal?.aborted !== true) await cursor.close().catch(() => {})
      }
    },
    close,
  }
}

function toQuery({ text, values }: Statement): { text: string; values: unknown[] } {
  return { text, values: [...values] }
}

function readSome(cursor: Cursor<string[]>, count: number) {
  return new Promise<{ rows: string[][]; fields: readonly pg.FieldDef[] }>((resolve, reject) => {
    cursor.read(count, (error: Error | undefined, rows: string[][], result?: pg.QueryResult) => {
      if (error) reject(error)
      else resolve({ rows, fields: result?.fields ?? [] })
    })
  })
}

interface Reaction {
  readonly code: string
  readonly blame: 'operator' | 'remote'
  readonly hint: string
}

const UNREACHABLE: Reaction = {
  code: 'postgres-unreachable',
  blame: 'remote',
  hint: 'Check host and port in the address of the database, and that it runs; the next run tries again',
}
const BUSY: Reaction = { code: 'postgres-busy', blame: 'remote', hint: 'The next run tries again' }
const LOGIN: Reaction = {
  code: 'postgres-login-refused',
  blame: 'operator',
  hint: 'Check user, password and name of the database in its address',
}

/** What is done about each answer of the server, by SQLSTATE, its first two letters, or the system's own code. */
const REACTIONS: Readonly<Record<string, Reaction>> = {
  ECONNREFUSED: UNREACHABLE,
  ECONNRESET: UNREACHABLE,
  ENOTFOUND: UNREACHABLE,
  EAI_AGAIN: UNREACHABLE,
  ETIMEDOUT: UNREACHABLE,
  EHOSTUNREACH: UNREACHABLE,
  '08': UNREACHABLE,
  '57P03': UNREACHABLE,
  '28': LOGIN,
  '3D000': LOGIN,
  '42P01': {
    code: 'postgres-object-missing',
    blame: 'operator',
    hint: 'Check the names of tables in the source mapping, and the search path of the user',
  },
  '42703': {
    code: 'postgres-field-missing',
    blame: 'operator',
    hint: 'Check the names of columns in the source mapping: query, id, changed_at and fields',
  },
  '42501': {
    code: 'postgres-forbidden',
    blame: 'operator',
    hint: 'Give the user the right to read what the query reads: grant select on …',
  },
  '42': { code: 'postgres-query-invalid', blame: 'operator', hint: 'Try the query of the source mapping in psql' },
  '22': { code: 'postgres-query-failed', blame: 'operator', hint: 'Try the query of the source mapping in psql' },
  '25006': {
    code: 'postgres-writes',
    blame: 'operator',
    hint: 'A source is read and never written: take out of the query what changes the database',
  },
  '57014': {
    code: 'postgres-too-slow',
    blame: 'operator',
    hint: 'Let the query go over less (:from with recent_weeks), or give the database an index or a summary table',
  },
  '40': BUSY,
  '53': BUSY,
  '57': BUSY,
  '55': BUSY,
}

function silent(subject: string, silentMs: number, cause: unknown): Fault {
  return new Fault(
    'postgres-silent',
    `PostgreSQL gave no answer about ${subject} for ${Math.round(silentMs / 1000)} s`,
    {
      blame: 'remote',
      hint: 'Check the network between here and the database; the next run tries again',
      cause,
    },
  )
}

/** The server's own message may quote a value of a row: of those only the code is told. */
function faultOf(error: unknown, subject: string): unknown {
  if (!(error instanceof Error) || error instanceof Fault) return error
  const state = 'code' in error && typeof error.code === 'string' ? error.code : ''
  const reaction = REACTIONS[state] ?? REACTIONS[state.slice(0, 2)] ?? (state === '' ? UNREACHABLE : undefined)
  const said = state.startsWith('22') || state === '' ? `code ${state || 'none'}` : `${state}, ${error.message}`
  return new Fault(reaction?.code ?? 'postgres-failed', `PostgreSQL cannot deliver ${subject}: ${said}`, {
    blame: reaction?.blame ?? 'operator',
    hint: reaction?.hint ?? 'Look the code up in the list of PostgreSQL error codes',
    cause: error,
  })
}

import { crc32 } from 'node:zlib'
import { createLineWriter, formOf, headerLine } from './bulk-csv.ts'
import { deflatePiece } from './bulk-deflate.ts'
import { type BulkQuery, compileBulkQuery } from './bulk-soql.ts'
import { notFound, SalesforceError } from './errors.ts'
import { makeId, normaliseId } from './ids.ts'
import type { Org } from './org.ts'

export type JobState = 'UploadComplete' | 'InProgress' | 'JobComplete' | 'Failed' | 'Aborted'

/** What a client asks a job for, checked. */
export interface JobRequest {
  readonly operation: 'query' | 'queryAll'
  readonly query: string
  readonly columnDelimiter: string
  readonly lineEnding: string
}

/** A job as it is kept. */
export interface Job {
  /** Running number; never used twice. */
  readonly n: number
  readonly id: string
  readonly operation: JobRequest['operation']
  readonly object: string
  readonly query: string
  readonly column_delimiter: string
  readonly line_ending: string
  readonly version: number
  readonly created_at: number
  /** When it leaves UploadComplete. */
  readonly starts_at: number
  /** When it is over; `null` while its rows are being read. */
  readonly ends_at: number | null
  /** When somebody ends it; ahead of time where a fault does. */
  readonly aborted_at: number | null
  /** What fails it. */
  readonly error: string | null
  /** What a fault keeps it InProgress for, beyond its time; -1: for ever. */
  readonly held_ms: number
  readonly supports_chunking: number
  readonly retries: number
  readonly rows: number
  readonly bytes: number
  /** Rows of a page when the client names no number; the same as long as the job exists, so that pages are. */
  readonly page_rows: number
  /** The first line of every page. */
  readonly header: string
}

/** Rows of one stored piece of CSV. */
export const PIECE_ROWS = 2_000
/** Batches that are read before the job's creation is answered; the rest is read in between other requests. */
const BATCHES_AT_ONCE = 5
const DAY_MS = 86_400_000
const BYTES_PER_MB = 1_048_576
/** A time that never comes. */
const NEVER = Number.MAX_SAFE_INTEGER

/**
 * The query jobs of an org, in the engine's database.
 *
 * A job reads its rows when it is created, those that are visible then, and keeps them as compressed CSV. The rows of a
 * large table are read in chunks, between which the org lives on: each row is as it was when its chunk was read, as
 * with Salesforce. State is a matter of virtual time: nothing has to happen for a job to go on. One that a stopped
 * process left half read is read anew.
 */
export class BulkJobs {
  readonly #org: Org

  constructor(org: Org) {
    this.#org = org
    org.engine.db.exec(`
      CREATE TABLE IF NOT EXISTS sf_bulk_job (
        n INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE, operation TEXT NOT NULL, object TEXT NOT NULL,
        query TEXT NOT NULL, column_delimiter TEXT NOT NULL, line_ending TEXT NOT NULL, version INTEGER NOT NULL,
        created_at INTEGER NOT NULL, starts_at INTEGER NOT NULL, ends_at INTEGER, aborted_at INTEGER, error TEXT,
        held_ms INTEGER NOT NULL, supports_chunking INTEGER NOT NULL, retries INTEGER NOT NULL DEFAULT 0,
        rows INTEGER NOT NULL DEFAULT 0, bytes INTEGER NOT NULL DEFAULT 0, page_rows INTEGER NOT NULL, header TEXT NOT NULL
      );
      CREATE TABLE IF NOT EXISTS sf_bulk_piece (
        job INTEGER NOT NULL, n INTEGER NOT NULL, rows INTEGER NOT NULL, bytes INTEGER NOT NULL, crc INTEGER NOT NULL,
        deflated BLOB NOT NULL
      );
      CREATE UNIQUE INDEX IF NOT EXISTS sf_bulk_piece_place ON sf_bulk_piece (job, n);
      CREATE TABLE IF NOT EXISTS sf_bulk_spent (job INTEGER PRIMARY KEY, at INTEGER NOT NULL, bytes INTEGER NOT NULL);
    `)
    const halfRead = org.engine.db
      .prepare('SELECT * FROM sf_bulk_job WHERE ends_at IS NULL AND aborted_at IS NULL')
      .all() as unknown as Job[]
    for (const job of halfRead) this.#readAgain(job)
  }

  /** Makes a job, or throws what Salesforce answers one with that it does not take. */
  create(request: JobRequest, version: number): Job {
    const { db, clock, limits, faults } = this.#org.engine
    const query = compileBulkQuery(this.#org, request.query, { isAll: request.operation === 'queryAll' })
    this.#refuseWhenSpent()
    const rule = faults.hit('salesforce.bulkJob')
    const isAborted = rule?.action === 'error' && rule.with?.code === 'Aborted'
    const failed = rule?.action === 'error' && !isAborted
    const error = failed ? String(rule.with?.message ?? 'Query job failed by a fault rule') : null
    const held = rule?.action === 'hang' ? Number(rule.with?.ms ?? -1) : 0
    const now = clock.now()
    const startsAt = now + Math.round(limits.get('salesforce.bulkQueueMs'))
    const n = this.#org.transaction(() => {
      const { lastInsertRowid } = db
        .prepare(
          `INSERT INTO sf_bulk_job (operation, object, query, column_delimiter, line_ending, version, created_at,
            starts_at, aborted_at, error, held_ms, supports_chunking, page_rows, header)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        )
        .run(
          request.operation,
          query.object.name,
          request.query,
          request.columnDelimiter,
          request.lineEnding,
          version,
          now,
          startsAt,
          isAborted ? startsAt : null,
          error,
          held,
          Number(query.supportsChunking),
          Math.max(1, Math.floor(limits.get('salesforce.bulkPageRows'))),
          headerLine(
            query.columns.map((column) => column.name),
            formOf(request.columnDelimiter, request.lineEnding),
          ),
        )
      const number = Number(lastInsertRowid)
      db.prepare('UPDATE sf_bulk_job SET id = ? WHERE n = ?').run(makeId('750', number), number)
      db.prepare('INSERT INTO sf_bulk_spent (job, at, bytes) VALUES (?, ?, 0)').run(number, now)
      return number
    })
    this.#read(this.#byNumber(n), query)
    return this.#byNumber(n)
  }

  /** A job by its id, or the answer that there is none: never made, deleted, or older than jobs are kept. */
  get(id: string): Job {
    this.#forgetOld()
    const sql = 'SELECT * FROM sf_bulk_job WHERE id = ?'
    const job = this.#org.engine.db.prepare(sql).get(normaliseId(id)) as Job | undefined
    if (job === undefined) throw notFound()
    return job
  }

  /** Jobs made after the one with number `after`, the oldest first. */
  list(after: number, most: number): Job[] {
    this.#forgetOld()
    const sql = 'SELECT * FROM sf_bulk_job WHERE n > ? ORDER BY n LIMIT ?'
    return this.#org.engine.db.prepare(sql).all(after, most) as unknown as Job[]
  }

  abort(job: Job): Job {
    const state = this.stateOf(job).state
    if (state === 'JobComplete' || state === 'Failed') {
      throw new SalesforceError(400, 'INVALIDJOBSTATE', 'Aborting already Completed Job not allowed')
    }
    const { db, clock } = this.#org.engine
    const now = clock.now()
    db.prepare('UPDATE sf_bulk_job SET aborted_at = min(coalesce(aborted_at, ?), ?) WHERE n = ?').run(now, now, job.n)
    db.prepare('DELETE FROM sf_bulk_piece WHERE job = ?').run(job.n)
    return this.#byNumber(job.n)
  }

  delete(job: Job): void {
    if (this.stateOf(job).state === 'InProgress') {
      throw new SalesforceError(400, 'INVALIDJOBSTATE', 'Deleting Job in state InProgress not allowed')
    }
    this.#forget(job.n)
  }

  /** The state that a job is in now, and when it came into it. */
  stateOf(job: Job): { readonly state: JobState; readonly since: number } {
    const now = this.#org.engine.clock.now()
    if (job.aborted_at !== null && now >= job.aborted_at) return { state: 'Aborted', since: job.aborted_at }
    if (now < job.starts_at) return { state: 'UploadComplete', since: job.created_at }
    if (job.ends_at === null || now < job.ends_at) return { state: 'InProgress', since: job.starts_at }
    return { state: job.error === null ? 'JobComplete' : 'Failed', since: job.ends_at }
  }

  /** What is spent of the allowances of 24 hours. */
  spent(): { readonly jobs: number; readonly megabytes: number } {
    const { db, clock } = this.#org.engine
    const since = clock.now() - DAY_MS
    const sql = 'SELECT count(*) AS jobs, coalesce(sum(bytes), 0) AS bytes FROM sf_bulk_spent WHERE at > ?'
    const { jobs, bytes } = db.prepare(sql).get(since) as { jobs: number; bytes: number }
    return { jobs, megabytes: Math.floor(bytes / BYTES_PER_MB) }
  }

  #refuseWhenSpent(): void {
    const { limits } = this.#org.engine
    const { jobs, megabytes } = this.spent()
    const mostJobs = limits.get('salesforce.bulkJobsPerDay')
    const mostMb = limits.get('salesforce.bulkStorageMb')
    const code = limits.get('salesforce.bulkQuotaCodeIsDocumented') === 1 ? 'ExceededQuota' : 'LIMIT_EXCEEDED'
    if (jobs >= mostJobs) {
      throw new SalesforceError(400, code, `Max bulk v2 query jobs (${mostJobs}) per 24 hrs has been reached (${jobs})`)
    }
    if (megabytes >= mostMb) {
      const message = `Max bulk v2 query result size stored (${mostMb * 1024}) kb per 24 hrs has been exceeded`
      throw new SalesforceError(400, code, message)
    }
  }

  #byNumber(n: number): Job {
    return this.#org.engine.db.prepare('SELECT * FROM sf_bulk_job WHERE n = ?').get(n) as unknown as Job
  }

  #forgetOld(): void {
    const { db, clock, limits } = this.#org.engine
    const oldest = clock.now() - limits.get('salesforce.bulkResultsMs')
    const old = db.prepare('SELECT n FROM sf_bulk_job WHERE created_at < ?').all(oldest) as { n: number }[]
    for (const { n } of old) this.#forget(n)
  }

  #forget(n: number): void {
    const { db } = this.#org.engine
    this.#org.transaction(() => {
      db.prepare('DELETE FROM sf_bulk_piece WHERE job = ?').run(n)
      db.prepare('DELETE FROM sf_bulk_job WHERE n = ?').run(n)
    })
  }

  #readAgain(job: Job): void {
    const { db } = this.#org.engine
    db.prepare('DELETE FROM sf_bulk_piece WHERE job = ?').run(job.n)
    db.prepare('UPDATE sf_bulk_job SET rows = 0, bytes = 0, retries = retries + 1 WHERE n = ?').run(job.n)
    try {
      const query = compileBulkQuery(this.#org, job.query, { isAll: job.operation === 'queryAll' })
      this.#read(this.#byNumber(job.n), query)
    } catch (error) {
      this.#fail(job.n, error)
    }
  }

  /** Reads some batches at once, and the rest in between other requests. */
  #read(job: Job, query: BulkQuery): void {
    const pieces = this.#pieces(job, query)
    const goOn = (batches: number): void => {
      try {
        for (let i = 0; i < batches; i++) if (pieces.next().done === true) return
      } catch (error) {
        this.#fail(job.n, error)
        return
      }
      setImmediate(() => {
        const { db } = this.#org.engine
        if (!db.isOpen) return
        const isWanted = db.prepare('SELECT 1 FROM sf_bulk_job WHERE n = ? AND aborted_at IS NULL').get(job.n)
        if (isWanted !== undefined) goOn(1)
      })
    }
    goOn(BATCHES_AT_ONCE)
  }

  /** Stores all rows of the query as pieces of CSV, and pauses after each batch. */
  *#pieces(job: Job, query: BulkQuery): Generator<void> {
    const { db, limits } = this.#org.engine
    const form = formOf(job.column_delimiter, job.line_ending)
    const writeLine = createLineWriter(query.columns, form, limits)
    const insert = db.prepare(
      'INSERT INTO sf_bulk_piece (job, n, rows, bytes, crc, deflated) VALUES (?, ?, ?, ?, ?, ?)',
    )
    let text = ''
    let inPiece = 0
    let n = 0
    let rows = 0
    let bytes = 0
    const store = () => {
      const csv = Buffer.from(text)
      insert.run(job.n, n++, inPiece, csv.length, crc32(csv), deflatePiece(csv))
      bytes += csv.length
      text = ''
      inPiece = 0
    }
    for (const batch of query.batches()) {
      for (const row of batch) {
        text += writeLine(row)
        rows += 1
        inPiece += 1
        if (inPiece === PIECE_ROWS) store()
      }
      yield
    }
    if (inPiece > 0) store()
    this.#finish(job, rows, bytes)
  }

  #finish(job: Job, rows: number, bytes: number): void {
    const { db, clock, limits } = this.#org.engine
    const runMs = limits.get('salesforce.bulkJobMs') + (rows * limits.get('salesforce.bulkRowMicros')) / 1000
    const endsAt = job.held_ms < 0 ? NEVER : Math.max(clock.now(), Math.round(job.starts_at + runMs + job.held_ms))
    this.#org.transaction(() => {
      db.prepare('UPDATE sf_bulk_job SET rows = ?, bytes = ?, ends_at = ? WHERE n = ?').run(rows, bytes, endsAt, job.n)
      db.prepare('UPDATE sf_bulk_spent SET bytes = ? WHERE job = ?').run(bytes, job.n)
    })
  }

  #fail(n: number, error: unknown): void {
    const { db, clock } = this.#org.engine
    const message = error instanceof SalesforceError ? `${error.code}: ${error.message}` : `UNKNOWN_EXCEPTION: ${error}`
    db.prepare('UPDATE sf_bulk_job SET error = ?, ends_at = ? WHERE n = ?').run(message, clock.now(), n)
  }
}

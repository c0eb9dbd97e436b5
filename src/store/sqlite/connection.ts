import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'

/** Of a new file. In pages of 4 KB rows of 1 KB and more spill over: a store of a million opportunities was 1.6 times as large. */
const PAGE_BYTES = 8_192
/** Pages that are kept in memory: enough for the leaves that a day's changes touch. */
const CACHE_KB = 8 * 1024
/**
 * Pages of the write-ahead log after which it is written back though work goes on (128 MB); mostly it is written back
 * in a moment of rest (`writeBackLog`), when nobody waits for it.
 */
const CHECKPOINT_PAGES = 16_000
/** While much is sorted: one thread more has no other work then. */
const SORTERS = 1
const SORTING_KB = 3 * 1024
const LOG_KEPT_BYTES = 64 * 1024 * 1024

export interface ConnectionOptions {
  readonly path: string
  readonly readOnly: boolean
  /** How long to wait for another process's write. */
  readonly busyMs: number
}

/** The one connection to the file, with typed prepared statements. Everything is synchronous: it lives in the worker. */
export class Connection {
  readonly db: DatabaseSync
  readonly isReadOnly: boolean
  #isLogged = false
  readonly #peek: (...values: SQLInputValue[]) => { value: number } | undefined
  readonly #advance: (...values: SQLInputValue[]) => { value: number } | undefined

  constructor(options: ConnectionOptions) {
    this.db = new DatabaseSync(options.path, { readOnly: options.readOnly, timeout: options.busyMs })
    try {
      this.db.exec(`pragma cache_size = -${CACHE_KB}; pragma synchronous = normal`)
      if (options.readOnly) {
        this.db.prepare('select count(*) from sqlite_schema').get() // opening is lazy: a file that is no store shows here
      } else {
        this.db.exec(
          `pragma page_size = ${PAGE_BYTES}; pragma journal_mode = wal; pragma wal_autocheckpoint = ${CHECKPOINT_PAGES}; pragma journal_size_limit = ${LOG_KEPT_BYTES}`,
        )
      }
    } catch (error) {
      this.db.close()
      throw error
    }
    this.isReadOnly = options.readOnly
    this.#peek = this.one('select value from sequence where name = ?')
    this.#advance = this.one(
      'insert into sequence (name, value) values (?, ?) on conflict do update set value = value + excluded.value returning value',
    )
  }

  /** A query of which at most one row is wanted. */
  one<Row>(sql: string): (...values: SQLInputValue[]) => Row | undefined {
    const prepared = this.#lazily(sql)
    return (...values) => prepared().get(...values) as Row | undefined
  }

  many<Row>(sql: string): (...values: SQLInputValue[]) => Row[] {
    const prepared = this.#lazily(sql)
    return (...values) => prepared().all(...values) as unknown as Row[]
  }

  /** A statement that writes; answers how many rows it changed. */
  run(sql: string): (...values: SQLInputValue[]) => number {
    const prepared = this.#lazily(sql)
    return (...values) => Number(prepared().run(...values).changes)
  }

  /** A statement that writes and answers nothing: telling what it changed takes a fifth of adding a row. */
  put(sql: string): (...values: SQLInputValue[]) => void {
    const prepared = this.#lazily(sql)
    return (...values) => void prepared().get(...values)
  }

  /** Everything `work` writes, or nothing of it. */
  write<T>(work: () => T): T {
    this.db.exec('begin immediate')
    try {
      const result = work()
      this.db.exec('commit')
      this.#isLogged = true
      return result
    } catch (error) {
      if (this.db.isTransaction) this.db.exec('rollback')
      throw error
    }
  }

  /**
   * As `write`, and on the disk before it returns: a power cut after it takes nothing back. What bulk writes committed
   * before is then on the disk as well, since all share one log.
   */
  writeDurably<T>(work: () => T): T {
    this.db.exec('pragma synchronous = full')
    try {
      return this.write(work)
    } finally {
      this.db.exec('pragma synchronous = normal')
    }
  }

  /** As `write` within one: sorting takes as much memory as the cache may, and each thread that helps again. */
  sorting<T>(work: () => T): T {
    this.db.exec(`pragma cache_size = -${SORTING_KB}; pragma threads = ${SORTERS}`)
    try {
      return work()
    } finally {
      this.db.exec(`pragma cache_size = -${CACHE_KB}; pragma threads = 0`)
    }
  }

  /** Writes the log back into the file as far as nobody else reads from it. */
  writeBackLog(): void {
    if (!this.#isLogged || this.isReadOnly) return
    this.#isLogged = false
    try {
      this.db.exec('pragma wal_checkpoint(passive)')
    } catch {
      // Another process is at it; the log stays, and loses nothing.
    }
  }

  /** Reserves `count` numbers of a sequence that only rises, and answers the first. */
  next(sequence: string, count = 1): number {
    return (this.#advance(sequence, count)?.value ?? 0) - count + 1
  }

  /** The last number given out of a sequence. */
  last(sequence: string): number {
    return this.#peek(sequence)?.value ?? 0
  }

  close(): void {
    this.db.close()
  }

  /** Prepared on first use: tables may not be there yet when a part of the engine is made. */
  #lazily(sql: string): () => StatementSync {
    let statement: StatementSync | undefined
    return () => (statement ??= this.db.prepare(sql))
  }
}

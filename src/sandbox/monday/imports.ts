import { parse } from 'csv-parse/sync'
import type { Engine } from '../engine/engine.ts'
import { readCell, type WriteRules } from './cells.ts'
import { importableTypes, importedValue } from './import-cells.ts'
import { labelRules } from './settings.ts'
import type { BoardRow, ItemRow, MondayState } from './state.ts'

export interface ImportRow {
  readonly id: string
  readonly board_id: number
  readonly group_id: string
  readonly user_id: number
  readonly match_column: string | null
  readonly skips: number
  readonly created_ms: number
  readonly uploaded_ms: number | null
  readonly csv: string | null
  /** Rows worked on. */
  readonly done: number
  readonly status: 'UPLOAD_PENDING' | 'PROCESSING' | 'COMPLETED' | 'REJECTED' | 'FAILED'
  readonly reason: string | null
  readonly message: string | null
  /** JSON of one entry per row worked on. */
  readonly report: string
}

export interface ReportRow {
  readonly status: 'created' | 'updated' | 'skipped' | 'invalid'
  readonly itemId: number | null
  readonly error: string
}

const HOUR = 3_600_000

/** The import jobs of an account. They go on by themselves: whoever looks at the account lets them catch up first. */
export class Imports {
  readonly #state: MondayState
  readonly #engine: Engine

  constructor(state: MondayState, engine: Engine) {
    this.#state = state
    this.#engine = engine
  }

  job(id: string): ImportRow | undefined {
    const job = this.#state.get<ImportRow>('SELECT * FROM monday_imports WHERE id = ?', id)
    const { clock, limits } = this.#engine
    return job === undefined || clock.now() - job.created_ms >= limits.get('monday.importJobMs') ? undefined : job
  }

  /** Takes a file; what comes after the first one of a job changes nothing. */
  upload(job: ImportRow, csv: string): void {
    const now = this.#engine.clock.now()
    if (job.uploaded_ms !== null) return
    this.#state.run(
      `UPDATE monday_imports SET uploaded_ms = ?, csv = ?, status = 'PROCESSING' WHERE id = ?`,
      now,
      csv,
      job.id,
    )
    this.#engine.sideEffects.record('monday.upload', `job ${job.id} on board ${job.board_id}`)
  }

  /** Works on the rows of all jobs whose time has come. */
  catchUp(): void {
    const open = this.#state.all<ImportRow>(
      `SELECT * FROM monday_imports WHERE status = 'PROCESSING' ORDER BY uploaded_ms`,
    )
    for (const job of open) this.#state.atomically(() => this.#goOn(job))
  }

  #goOn(job: ImportRow): void {
    const { clock, limits } = this.#engine
    const began = (job.uploaded_ms ?? 0) + limits.get('monday.importStartMs')
    const now = clock.now()
    if (now < began) return
    const rows = readRows(job.csv ?? '')
    if (job.done === 0) {
      const refusal = rows === null ? 'INVALID_UPLOAD: the file is no CSV' : this.#refusal(job, rows)
      if (refusal !== null) {
        this.#reject(job, refusal)
        return
      }
    }
    if (rows === null) return
    const each = limits.get('monday.importRowMs')
    const due = each === 0 ? rows.length : Math.min(rows.length, Math.floor((now - began) / each))
    const report = JSON.parse(job.report) as ReportRow[]
    for (let at = job.done; at < due; at++) report.push(this.#importRow(job, rows[at] ?? {}, began + at * each))
    this.#count(report.slice(job.done), now)
    this.#state.run(
      'UPDATE monday_imports SET done = ?, report = ?, status = ? WHERE id = ?',
      due,
      JSON.stringify(report),
      due === rows.length ? 'COMPLETED' : 'PROCESSING',
      job.id,
    )
  }

  /** Why a file is not worked on at all: `REASON: words`. */
  #refusal(job: ImportRow, rows: readonly Row[]): string | null {
    const { limits } = this.#engine
    const board = this.#state.board(job.board_id) as BoardRow
    if (Buffer.byteLength(job.csv ?? '') > limits.get('monday.importBytes')) return 'FILE_TOO_LARGE: too many bytes'
    const most = limits.get('monday.importRows')
    if (rows.length === 0 || rows.length > most) return `INVALID_UPLOAD: a file has 1 to ${most} rows`
    const header = Object.keys(rows[0] ?? {})
    if (!header.includes('name')) return 'INVALID_UPLOAD: the header has no column "name"'
    const types = importableTypes(limits)
    for (const id of header) {
      const column = this.#state.column(board.id, id)
      if (id !== 'name' && column === undefined) return `INVALID_UPLOAD: the board has no column "${id}"`
      if (column !== undefined && !types.has(column.type)) return `INVALID_UPLOAD: column "${id}" cannot be imported`
    }
    if (job.match_column !== null && !header.includes(job.match_column))
      return `INVALID_UPLOAD: the header has no column "${job.match_column}" to match on`
    if (this.usedItems() + rows.length > limits.get('monday.importItemsPerHour'))
      return 'ACCOUNT_CAPACITY_EXCEEDED: too many items in this hour'
    const archived = limits.get('monday.archivedItemsCount') * board.archived_items
    const fresh = rows.filter((row) => this.#matches(job, row, this.#engine.clock.now()).length === 0).length
    if (board.active_items + archived + fresh > limits.get('monday.itemsPerBoard'))
      return 'BOARD_CAPACITY_EXCEEDED: the board cannot hold so many items'
    return null
  }

  #reject(job: ImportRow, refusal: string): void {
    const [reason = '', ...words] = refusal.split(': ')
    this.#state.run(
      `UPDATE monday_imports SET status = 'REJECTED', reason = ?, message = ? WHERE id = ?`,
      reason,
      words.join(': '),
      job.id,
    )
  }

  #importRow(job: ImportRow, row: Row, at: number): ReportRow {
    const before = this.#matches(job, row, at).at(-1)
    if (before !== undefined && job.skips > 0) return { status: 'skipped', itemId: before.id, error: '' }
    let item: ItemRow
    try {
      item = this.#written(job, row, before, new Date(at).toISOString())
    } catch (error) {
      return { status: 'invalid', itemId: null, error: error instanceof Error ? error.message : String(error) }
    }
    const { limits } = this.#engine
    const lag = limits.get('monday.lookupLagMs')
    if (before === undefined || before.name !== item.name || !sameCells(before.cells, item.cells)) {
      this.#state.saveItem(item, before, { now: at, from: at + lag })
      return { status: before === undefined ? 'created' : 'updated', itemId: item.id, error: '' }
    }
    return {
      status: limits.get('monday.importCountsUnchanged') > 0 ? 'updated' : 'skipped',
      itemId: item.id,
      error: '',
    }
  }

  #written(job: ImportRow, row: Row, before: ItemRow | undefined, at: string): ItemRow {
    const { limits } = this.#engine
    const name = row.name === '' || row.name === undefined ? before?.name : row.name
    const most = limits.get('monday.itemNameChars')
    if (name === undefined || name.length > most) throw new Error(`Column "name": a name has 1 to ${most} characters`)
    const rules: WriteRules = {
      at,
      longTextChars: limits.get('monday.longTextChars'),
      labels: labelRules(limits),
      createLabels: false,
      userName: this.#state.userName,
      tagName: this.#state.tagName,
      itemNamed: (id) => this.#state.linkable(id),
    }
    const cells = { ...before?.cells }
    for (const [id, text] of Object.entries(row)) {
      const column = this.#state.column(job.board_id, id)
      if (column === undefined || column.type === 'name') continue
      const value = importedValue(column, text, this.#state)
      if (value === undefined) continue
      const { cell } = cellOf(() => readCell(column, value, rules), id)
      if (cell === null) delete cells[id]
      else cells[id] = cell
    }
    if (before !== undefined) return { ...before, name, cells, updated_at: at }
    return {
      id: this.#state.nextId('item'),
      board_id: job.board_id,
      group_id: job.group_id,
      name,
      state: 'active',
      creator_id: job.user_id,
      created_at: at,
      updated_at: at,
      cells,
    }
  }

  /** Active items of the whole board that a row stands for, oldest first. */
  #matches(job: ImportRow, row: Row, at: number): ItemRow[] {
    const text = row[job.match_column ?? '']
    if (job.match_column === null || text === undefined || text === '') return []
    const { limits } = this.#engine
    const seen = limits.get('monday.importMatchLagMs') > 0 ? at : Number.MAX_SAFE_INTEGER
    const ids = this.#state.lookup(job.board_id, job.match_column, [text.toLowerCase()], seen)
    const found = ids.flatMap((id) => this.#state.item(id) ?? [])
    if (limits.get('monday.importMatchIgnoresCase') > 0) return found
    return found.filter((item) => {
      const cell = item.cells[job.match_column ?? '']
      return cell?.type !== 'text' || cell.text === text
    })
  }

  #count(rows: readonly ReportRow[], now: number): void {
    const items = rows.filter(({ status }) => status === 'created' || status === 'updated').length
    if (items > 0) this.#state.run('INSERT INTO monday_imported VALUES (?, ?)', now, items)
  }

  /** Items made or changed by imports in the last hour. */
  usedItems(): number {
    const row = this.#state.get<{ items: number | null }>(
      'SELECT sum(items) AS items FROM monday_imported WHERE at_ms > ?',
      this.#engine.clock.now() - HOUR,
    )
    return row?.items ?? 0
  }

  /** Virtual ms until another job may be started; 0 when one may now. */
  nextJobIn(): number {
    const now = this.#engine.clock.now()
    const most = this.#engine.limits.get('monday.importJobsPerHour')
    const jobs = this.#state.all<{ created_ms: number }>(
      'SELECT created_ms FROM monday_imports WHERE created_ms > ? ORDER BY created_ms DESC LIMIT ?',
      now - HOUR,
      most,
    )
    return jobs.length < most ? 0 : (jobs.at(-1)?.created_ms ?? now) + HOUR - now
  }
}

type Row = Readonly<Record<string, string>>

/** The rows of a file by header; `null` when it is none. */
function readRows(csv: string): Row[] | null {
  try {
    return parse(csv, { columns: true, bom: true, skip_empty_lines: true }) as Row[]
  } catch {
    return null
  }
}

/** How many rows a file has, and the report's text. */
export function reportOf(job: ImportRow, serialBase: number): { rows: number; csv: string; entries: ReportRow[] } {
  const entries = JSON.parse(job.report) as ReportRow[]
  const lines = entries.map(({ status, itemId, error }, at) =>
    [at + serialBase, status, itemId ?? '', `"${error.replaceAll('"', '""')}"`].join(','),
  )
  return {
    rows: readRows(job.csv ?? '')?.length ?? 0,
    csv: `${['serialNo,status,itemId,error', ...lines].join('\n')}\n`,
    entries,
  }
}

function cellOf<T>(read: () => T, id: string): T {
  try {
    return read()
  } catch (error) {
    throw new Error(`Column "${id}": ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** Equal but for when they were written. */
function sameCells(a: ItemRow['cells'], b: ItemRow['cells']): boolean {
  const plain = (cells: ItemRow['cells']) =>
    JSON.stringify(Object.entries(cells).sort(), (name, value: unknown) => (name === 'at' ? undefined : value))
  return plain(a) === plain(b)
}

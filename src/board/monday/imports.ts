import type { CallOptions } from '../../platform/call-options.ts'
import type { Clock } from '../../platform/clock.ts'
import { Fault } from '../../platform/errors.ts'
import type { HttpClient } from '../../platform/http.ts'
import { HttpFault } from '../../platform/http-fault.ts'
import type {
  BoardChange,
  BoardImports,
  ColumnType,
  ComposedRequest,
  FinishOptions,
  ImportLimits,
  ImportResult,
  OpenedImport,
  WayCost,
} from '../board.ts'
import type { Meter, MondayClient } from './client.ts'
import { meaningOf, toldBy } from './errors.ts'
import { composeFile, type ImportBody, type ImportJob, isRow, parseImport, ROWS_PER_FILE } from './import-file.ts'
import { ImportPace } from './import-pace.ts'
import { outcomesOf } from './import-report.ts'
import { IMPORT_STATUS, INGEST_ITEMS } from './operations.ts'
import { wireImportStatus, wireIngest } from './wire.ts'

/** What imports were seen to take, and types of column that files were refused for, with since when (ms). */
export interface LearnedImports {
  readonly msPerRow: number | null
  readonly refused: readonly (readonly [type: string, since: number])[]
}

/** All in ms. */
export interface ImportTimes {
  /** Between two looks at a job, at least: monday's documents say about 10 seconds. */
  readonly pollMs: number
  /** An upload link is good for so long. */
  readonly linkMs: number
  /** The hour that budgets are for. */
  readonly hourMs: number
  /** No job of whatever size is thought to be at work for longer than this. */
  readonly mostMs: number
}

const MINUTE = 60_000
const DAY = 1_440 * MINUTE

/** As documented, for a monday whose clock runs `speed` times as fast as ours. */
export function importTimesAt(speed: number): ImportTimes {
  return {
    pollMs: 10_000 / speed,
    linkMs: (10 * MINUTE) / speed,
    mostMs: (30 * MINUTE) / speed,
    hourMs: (60 * MINUTE) / speed,
  }
}

const LIMITS = { rowsPerFile: ROWS_PER_FILE, jobsPerHour: 100, itemsPerHour: 19_000 }
/** One file may take its time. */
const UPLOAD_MS = 5 * MINUTE
const UPLOADS = 4
/** Faults that say nothing of the job that was asked about. */
const PASSING: ReadonlySet<string> = new Set([
  'monday-token-refused',
  'monday-daily-limit',
  'monday-limited',
  'monday-blocked',
  'monday-unavailable',
  'http-timeout',
  'http-reset',
  'http-truncated',
  'http-unreachable',
  'http-certificate',
])
/** Reasons that are found before the first row is worked on. */
const BEFORE_ROWS: ReadonlySet<string> = new Set([
  'INVALID_UPLOAD',
  'FILE_TOO_LARGE',
  'AUTHORIZATION_FAILED',
  'PERMISSION_DENIED',
])
/** Types of which monday's pages disagree whether files carry them. */
const DISPUTED: readonly ColumnType[] = ['checkbox']

export interface MondayImportsOptions {
  readonly client: MondayClient
  /** For the storage that takes files and gives out reports, which must not see the token. */
  readonly http: HttpClient
  readonly clock: Clock
  readonly times: ImportTimes
  readonly userId: (email: string) => string | undefined
}

type Status = NonNullable<ReturnType<typeof wireImportStatus.parse>['fetch_job_status']>
type Upload = 'taken' | 'refused' | 'unknown'

/** Imports by `ingest_items`: open a job, PUT its file, look at it every now and then, read the report. */
export class MondayImports implements BoardImports {
  readonly limits: ImportLimits
  readonly #options: MondayImportsOptions
  readonly #pace: ImportPace
  /** Types that monday refused a file for, and since when. */
  readonly #refused = new Map<ColumnType, number>()
  /** Boards that monday took no file for, whatever is in it. */
  readonly #closed = new Set<string>()

  constructor(options: MondayImportsOptions) {
    this.#options = options
    this.limits = { ...LIMITS, hourMs: options.times.hourMs }
    this.#pace = new ImportPace(options.times.pollMs)
  }

  takes(change: BoardChange): boolean {
    return !this.#closed.has(change.layout.boardId) && isRow(change, this.#refused)
  }

  learned(): LearnedImports {
    return { msPerRow: this.#pace.learned, refused: [...this.#refused] }
  }

  /** Starts with what an earlier process saw in the last day. */
  recall({ msPerRow, refused: types }: LearnedImports): void {
    if (msPerRow !== null) this.#pace.recall(msPerRow)
    for (const [type, since] of types) {
      const known = DISPUTED.find((one) => one === type)
      if (known !== undefined && this.#options.clock.now() - since < DAY) this.#refused.set(known, since)
    }
  }

  compose(changes: readonly BoardChange[]): ComposedRequest {
    const { body, taken } = composeFile(changes, this.#options.userId)
    return { body: JSON.stringify(body), taken, points: null }
  }

  isImport(body: string): boolean {
    return body.startsWith('{"import":')
  }

  estimate(rows: number): WayCost {
    const { polls, ms } = this.#pace.estimate(rows)
    return { calls: 1 + polls, ms }
  }

  async open(text: string, idempotencyKey: string, options: CallOptions = {}): Promise<OpenedImport> {
    const body = parseImport(text)
    const { boardId, groupId, keyColumnId, title } = body.import
    const meter: Meter = { calls: 0 }
    const variables = { board: boardId, group: groupId, key: keyColumnId }
    const { client, clock } = this.#options
    const openedAt = clock.now()
    let answer: Awaited<ReturnType<MondayClient['writeSurely']>>
    try {
      answer = await client.writeSurely({ query: INGEST_ITEMS, variables }, idempotencyKey, {
        signal: options.signal,
        mayWrite: options.mayWrite,
        meter,
      })
    } catch (error) {
      // monday's general limits have words of their own: a wait so long is that of imports.
      if (error instanceof Fault && error.code === 'monday-limited' && (error.retryAfterMs ?? 0) > 2 * MINUTE)
        throw hourUsed(error.retryAfterMs)
      if (error instanceof Fault && (error.code === 'monday-request-refused' || error.code === 'monday-forbidden'))
        throw this.#close(boardId, title, error.message)
      throw error
    }
    const made = wireIngest.safeParse(answer.data).data?.ingest_items
    if (made != null) {
      const job: ImportJob = { id: made.job_id, url: made.upload_url, openedAt }
      return { body: JSON.stringify({ ...body, job } satisfies ImportBody), calls: meter.calls }
    }
    const [error] = answer.errors
    if (error !== undefined && meaningOf(error) === 'limited') throw hourUsed(error.retryAfterMs ?? undefined)
    throw this.#close(boardId, title, error === undefined ? 'no reason given' : toldBy(error))
  }

  async finish(text: string, options: FinishOptions = {}): Promise<ImportResult> {
    const meter: Meter = { calls: 0 }
    let body: ImportBody | null = null
    try {
      body = parseImport(text)
      if (body.job === null)
        throw new Fault('import-not-opened', 'An import is to be finished that was never opened', { blame: 'us' })
      return await this.#finish(body, body.job, meter, options)
    } catch (error) {
      if (error instanceof Refused) throw error.fault
      if (body !== null && options.signal?.aborted) return { is: 'open', fault: underWay(body), calls: meter.calls }
      // The job goes on, whether or not it can be asked about.
      if (error instanceof Fault) return { is: 'open', fault: error, calls: meter.calls }
      throw error
    }
  }

  async #finish(body: ImportBody, job: ImportJob, meter: Meter, options: FinishOptions): Promise<ImportResult> {
    const { clock, times } = this.#options
    const began = clock.now()
    const linkOver = job.openedAt + times.linkMs
    // An upload may have begun while the link was good, and monday take a while to see that it arrived.
    const surelyOver = linkOver + times.linkMs / 2
    const sleep = (ms: number) => clock.sleep(ms, options.signal === undefined ? {} : { signal: options.signal })
    let uploads: Upload[] = []
    // Another process may have taken over from one that slept too long.
    options.signal?.throwIfAborted()
    if (options.fresh === true) {
      uploads = [await this.#upload(job, body.csv, options)]
      // A file of which nobody knows whether it arrived may have to be handed over again while the link lives.
      if (uploads[0] === 'taken') await sleep(this.#pace.first(body.rows.length))
      else if (uploads[0] === 'unknown') await sleep(times.pollMs)
    }
    for (let looks = 1; ; looks++) {
      options.signal?.throwIfAborted()
      const now = clock.now()
      const status = await this.#status(job, meter, options)
      const waited = now - began
      if (status === null) return this.#lost(job, meter, 'monday no longer knows the job')
      switch (status.status) {
        case 'COMPLETED':
          if (options.fresh === true) this.#pace.learn(body.rows.length, clock.now() - began)
          return this.#completed(
            { body, job, repeated: uploads.length > (options.fresh === true ? 1 : 0) },
            status,
            meter,
            options,
          )
        case 'REJECTED':
          if (didNothing(status)) throw new Refused(this.#rejected(body, status))
          return { ...this.#lost(job, meter, `the job was rejected half-way (${toldOf(status)})`), overAt: clock.now() }
        case 'FAILED':
          return { ...this.#lost(job, meter, `the job failed (${toldOf(status)})`), overAt: clock.now() }
        case 'UPLOAD_PENDING': {
          if (uploads.at(-1) === 'taken' && waited < times.linkMs) break
          if (uploads.includes('taken')) return this.#lost(job, meter, 'monday has its file and does not begin')
          const allRefused = uploads.length > 0 && uploads.every((one) => one === 'refused')
          if (now >= surelyOver || (options.fresh === true && allRefused)) throw new Refused(expired(body))
          const mayTry = now < linkOver && uploads.length < UPLOADS && uploads.at(-1) !== 'refused'
          if (mayTry) uploads.push(await this.#upload(job, body.csv, options))
          // What does not arrive by itself surely never will once the link is over.
          await sleep(mayTry ? times.pollMs : Math.max(0, surelyOver - clock.now()))
          continue
        }
        case 'PROCESSING':
          if (now - job.openedAt > this.#dayMs) return this.#lost(job, meter, 'it is at work for more than a day')
          options.watch?.(Math.floor((body.rows.length * (status.progress_percentage ?? 0)) / 100))
      }
      if (waited > times.mostMs) return { is: 'open', fault: underWay(body), calls: meter.calls }
      await sleep(this.#pace.next(waited, status.progress_percentage ?? 0, looks))
    }
  }

  get #dayMs(): number {
    return 24 * this.#options.times.hourMs
  }

  #lost(job: ImportJob, meter: Meter, message: string): Extract<ImportResult, { is: 'lost' }> {
    // Its file was handed over before the link ended, and worked on from then.
    const overAt = job.openedAt + this.#options.times.linkMs + this.#options.times.mostMs
    return { is: 'lost', message, overAt, calls: meter.calls }
  }

  /** `null`: monday knows no such job. */
  async #status(job: ImportJob, meter: Meter, options: CallOptions): Promise<Status | null> {
    const { client } = this.#options
    try {
      const data = await client.query(
        { query: IMPORT_STATUS, variables: { job: job.id } },
        { signal: options.signal, meter },
      )
      const status = wireImportStatus.safeParse(data)
      if (status.success) return status.data.fetch_job_status ?? null
      throw new Fault('monday-answer-unreadable', 'monday tells of an import in words that are not known', {
        blame: 'us',
        exit: 75,
        hint: 'Run sync again in an hour; if it stays, report this with the version of this program',
      })
    } catch (error) {
      if (!(error instanceof Fault)) throw error
      if (error.code === 'monday-not-found') return null
      // In whatever words monday says so: what it does not tell of an old job it never will.
      const isOld = this.#options.clock.now() - job.openedAt > this.#dayMs
      if (isOld && !PASSING.has(error.code)) return null
      throw error
    }
  }

  /** A PUT with the one header the link was signed for. */
  async #upload(job: ImportJob, csv: string, options: CallOptions): Promise<Upload> {
    await options.mayWrite?.()
    try {
      const { status } = await this.#options.http.request({
        method: 'PUT',
        url: job.url,
        headers: { 'Content-Type': 'text/csv' },
        body: csv,
        totalTimeoutMs: UPLOAD_MS,
      })
      if (status >= 200 && status < 300) return 'taken'
      return status >= 400 && status < 500 && status !== 408 && status !== 429 ? 'refused' : 'unknown'
    } catch (error) {
      if (error instanceof HttpFault) return 'unknown'
      throw error
    }
  }

  async #completed(
    { body, job, repeated }: { readonly body: ImportBody; readonly job: ImportJob; readonly repeated: boolean },
    first: Status,
    meter: Meter,
    options: FinishOptions,
  ): Promise<ImportResult> {
    const { clock, times } = this.#options
    let status: Status | null = first
    for (let attempt = 1; attempt <= 3; attempt++) {
      const report = status?.report_url == null ? null : await this.#download(status.report_url)
      if (report !== null) return { is: 'done', outcomes: outcomesOf(body, report), repeated, calls: meter.calls }
      await clock.sleep(times.pollMs, options.signal === undefined ? {} : { signal: options.signal })
      status = await this.#status(job, meter, options)
    }
    return { ...this.#lost(job, meter, 'the report of the import could not be had'), overAt: clock.now() }
  }

  async #download(url: string): Promise<string | null> {
    try {
      const { status, body } = await this.#options.http.request({ method: 'GET', url, totalTimeoutMs: UPLOAD_MS })
      return status === 200 ? body : null
    } catch (error) {
      if (error instanceof HttpFault) return null
      throw error
    }
  }

  #rejected(body: ImportBody, status: Status): Fault {
    if (status.failure_reason === 'ACCOUNT_CAPACITY_EXCEEDED') return hourUsed(undefined)
    const types = Object.values(body.import.columns).map(({ type }) => type)
    const disputed = DISPUTED.filter((type) => types.includes(type) && !this.#refused.has(type))
    if (status.failure_reason === 'INVALID_UPLOAD' && disputed.length > 0) {
      for (const type of disputed) this.#refused.set(type, this.#options.clock.now())
      return refused(body.import.title, toldOf(status))
    }
    return this.#close(body.import.boardId, body.import.title, toldOf(status))
  }

  #close(boardId: string, title: string, reason: string): Fault {
    this.#closed.add(boardId)
    return refused(title, reason)
  }
}

/** Carries a fault that tells that nothing was done out of where others only tell that nothing can be asked. */
class Refused extends Error {
  readonly fault: Fault
  constructor(fault: Fault) {
    super(fault.message)
    this.fault = fault
  }
}

/** monday's pages say that a job is rejected "before processing completed": that need not be before the first row. */
function didNothing({ counts, failure_reason: reason }: Status): boolean {
  if (counts?.created != null || counts?.updated != null) return (counts.created ?? 0) + (counts.updated ?? 0) === 0
  return BEFORE_ROWS.has(reason ?? '')
}

function toldOf({ failure_reason: reason, failure_message: words }: Status): string {
  return [reason ?? 'no reason given', ...(words == null ? [] : [words])].join(': ')
}

function hourUsed(retryAfterMs: number | undefined): Fault {
  return new Fault('import-hour-used', 'monday takes no more imports in this hour', {
    blame: 'remote',
    exit: 75,
    hint: 'Run sync again in an hour: what is left is planned again then',
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  })
}

function refused(title: string, reason: string): Fault {
  return new Fault('import-refused', `monday does not take an import for board "${title}" (${reason})`, {
    blame: 'remote',
    hint: 'Nothing to do: the changes are sent one by one',
  })
}

function expired({ rows, import: { title } }: ImportBody): Fault {
  return new Fault('import-expired', `The file with ${rows.length} rows for board "${title}" did not reach monday`, {
    blame: 'remote',
    exit: 75,
    hint: 'Run sync again; if it stays, let the network of this machine reach the storage that monday hands out links to',
  })
}

function underWay({ rows, import: { title } }: ImportBody): Fault {
  return new Fault('import-under-way', `monday is still importing ${rows.length} rows into board "${title}"`, {
    blame: 'remote',
    exit: 75,
    hint: 'Run sync again: it looks at the import before it sends anything',
  })
}

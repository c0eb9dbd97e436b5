import type { Clock } from '../../platform/clock.ts'
import { Fault } from '../../platform/errors.ts'
import type { HttpStream } from '../../platform/http.ts'
import type { Log } from '../../platform/log.ts'
import type { SalesforceClient, Tally } from './client.ts'
import { BulkJob, CreatedJob, parseWith } from './wire.ts'

/** Settings of reading in bulk. */
export interface BulkSettings {
  /** Objects of so many records and more are read by a Bulk job, others over REST, 2,000 records to a request. Default 20,000. */
  readonly fromRecords: number
  /** Rows asked for per results page. Default 50,000. */
  readonly maxRecords: number
  /** How many results pages are asked for ahead while one is read. Default 2. */
  readonly lookAhead: number
  /** How long a job is waited for before it is asked after for the first time; doubles each time. Default 1 s. */
  readonly pollMs: number
  /** The longest wait between two questions. Default 10 s. */
  readonly maxPollMs: number
  /** How long a job is waited for in one read; the next read goes on waiting for the same job. Default 1 h. */
  readonly waitMs: number
}

export const BULK_DEFAULTS: BulkSettings = {
  fromRecords: 20_000,
  maxRecords: 50_000,
  lookAhead: 2,
  pollMs: 1000,
  maxPollMs: 10_000,
  waitMs: 3_600_000,
}

/** Whom and what a request is for. */
export interface JobCall {
  readonly object: string
  readonly tally: Tally
  readonly signal: AbortSignal | undefined
}

/** A job whose results cannot be had (any more). Another job may do. */
export class LostJob extends Error {
  /** `failed`: Salesforce gave up on it. `gone`: it is no longer there. `damaged`: what it gives is not whole. */
  readonly how: 'failed' | 'gone' | 'damaged'
  readonly fault: Fault

  constructor(how: LostJob['how'], fault: Fault) {
    super(fault.message)
    this.how = how
    this.fault = fault
  }
}

/** What Salesforce says of a job, or of one of its pages, that is no longer to be had. */
const GONE = new Set([
  'salesforce-not-found',
  'salesforce-job-version',
  'salesforce-job-not-complete',
  'salesforce-locator-expired',
  'salesforce-refused',
])

/** Salesforce itself ends the handing over of a page after so long. */
const LONGEST_PAGE_MS = 20 * 60_000

/** The query jobs of Bulk API 2.0 of one org. */
export interface BulkJobs {
  /** `queryAll` finds deleted records too. */
  create(soql: string, operation: 'query' | 'queryAll', call: JobCall): Promise<string>
  /**
   * Waits until a job is done, and returns how many rows it found. A job that failed or is gone throws `LostJob`; one that
   * takes longer than `waitMs` a fault: it is left running, to be waited for again.
   */
  waitUntilDone(job: string, call: JobCall, isNew: boolean): Promise<number>
  /** One results page, to be disposed of. A page or job that is gone throws `LostJob`. */
  results(job: string, locator: string | null, call: JobCall): Promise<HttpStream>
  /** How many pages may be asked for ahead now: none while the org has too many long requests. */
  pagesAhead(): number
  /** Deletes a job that nobody needs any more, its results with it. What goes wrong is logged: Salesforce drops it in 7 days. */
  drop(job: string, call: JobCall): Promise<void>
}

export interface BulkJobsOptions {
  readonly client: SalesforceClient
  /** `/services/data/v68.0`. */
  readonly root: string
  readonly settings: BulkSettings
  readonly clock: Clock
  readonly random: () => number
  readonly log: Log
}

export function createBulkJobs({ client, root, settings, clock, random, log }: BulkJobsOptions): BulkJobs {
  const path = `${root}/jobs/query`
  const asking = ({ object, tally, signal }: JobCall) => ({ what: `${object} in bulk`, tally, signal })

  async function create(soql: string, operation: 'query' | 'queryAll', call: JobCall): Promise<string> {
    const parse = parseWith(CreatedJob, `the creation of a Bulk job for ${call.object}`)
    // Stated although they are the defaults: the parser relies on them.
    const form = { contentType: 'CSV', columnDelimiter: 'COMMA', lineEnding: 'LF' }
    const created = await client.post({ path, parse, ...asking(call) }, { operation, query: soql, ...form })
    log.info({ object: call.object, job: created.id }, 'Bulk job created')
    return created.id
  }

  async function waitUntilDone(job: string, call: JobCall, isNew: boolean): Promise<number> {
    const parse = parseWith(BulkJob, `the state of a Bulk job for ${call.object}`)
    const until = clock.now() + settings.waitMs
    let wait = settings.pollMs
    if (isNew) wait = await pause(wait, call)
    for (;;) {
      const told = await orGone(client.get({ path: `${path}/${job}`, parse, ...asking(call) }))
      if (told.state === 'JobComplete') return told.numberRecordsProcessed
      if (told.state === 'Failed' || told.state === 'Aborted')
        throw new LostJob('failed', failed(job, call.object, told))
      if (clock.now() >= until) throw tooSlow(job, call.object, told, settings.waitMs)
      wait = await pause(wait, call)
    }
  }

  /** A little less than `ms`, by chance, so that many readers do not ask at once. Returns the wait after this one. */
  async function pause(ms: number, { signal }: JobCall): Promise<number> {
    const drawn = Math.round(ms * (1 - random() / 5))
    await clock.sleep(drawn, signal === undefined ? {} : { signal })
    return Math.min(ms * 2, settings.maxPollMs)
  }

  function results(job: string, locator: string | null, call: JobCall): Promise<HttpStream> {
    const query = { maxRecords: String(settings.maxRecords), ...(locator === null ? {} : { locator }) }
    return orGone(client.stream({ path: `${path}/${job}/results`, query, ...asking(call) }, LONGEST_PAGE_MS))
  }

  async function drop(job: string, call: JobCall): Promise<void> {
    try {
      await client.delete({ path: `${path}/${job}`, ...asking(call) })
    } catch (error) {
      call.signal?.throwIfAborted()
      if (!(error instanceof Fault)) throw error
      log.info(
        { object: call.object, job, code: error.code },
        'Bulk job not deleted; Salesforce drops it within 7 days',
      )
    }
  }

  const pagesAhead = () => (client.isCalm() ? 0 : settings.lookAhead)

  return { create, waitUntilDone, results, pagesAhead, drop }
}

async function orGone<T>(asked: Promise<T>): Promise<T> {
  try {
    return await asked
  } catch (error) {
    if (error instanceof Fault && GONE.has(error.code)) throw new LostJob('gone', error)
    throw error
  }
}

function failed(job: string, object: string, { state, errorMessage }: BulkJob): Fault {
  const why = errorMessage == null || errorMessage === '' ? 'no reason given' : errorMessage.slice(0, 300)
  return new Fault('salesforce-bulk-failed', `Salesforce ended its Bulk job ${job} for ${object} as ${state}: ${why}`, {
    blame: 'remote',
    hint: 'Run again; when it stays, make the where of this object simpler (indexed fields, no leading %)',
    exit: 1,
  })
}

function tooSlow(job: string, object: string, told: BulkJob, ms: number): Fault {
  const minutes = Math.round(ms / 60_000)
  return new Fault(
    'salesforce-bulk-slow',
    `Salesforce has not finished its Bulk job ${job} for ${object} after ${minutes} min (${told.state}, ${told.numberRecordsProcessed} records so far)`,
    { blame: 'remote', hint: 'Run again: the read goes on with the same job, which stays in Salesforce' },
  )
}

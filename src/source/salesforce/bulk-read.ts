import { createHash } from 'node:crypto'
import type { Clock } from '../../platform/clock.ts'
import { Fault, type FaultDetails } from '../../platform/errors.ts'
import { HttpFault } from '../../platform/http-fault.ts'
import type { Log } from '../../platform/log.ts'
import type { SourceRecord } from '../source.ts'
import { type BulkJobs, type JobCall, LostJob } from './bulk-jobs.ts'
import { type BulkPages, pagesAhead } from './bulk-pages.ts'
import { DamagedPage, nextLocator, readResults } from './bulk-results.ts'
import { type BulkStanding, finished, type Standing, type Step } from './cursor.ts'
import type { RowPlan } from './to-records.ts'

/** What a read in bulk works with. */
export interface BulkRead {
  readonly jobs: BulkJobs
  readonly clock: Clock
  readonly log: Log
  readonly apiVersion: string
  readonly soql: string
  /** The columns of the query, in its order. */
  readonly columns: readonly string[]
  readonly plan: RowPlan
  /** Records handed over at a time. */
  readonly portion: number
  readonly call: JobCall
}

/** How often a results page is asked for that is cut off or not what it says. */
const PAGE_ATTEMPTS = 4
const FIRST_WAIT_MS = 1000

/** Whether a read that stands there can be taken up: its job has the same query, under the same version. */
export function continues(standing: BulkStanding, read: Pick<BulkRead, 'apiVersion' | 'soql'>): boolean {
  return standing.apiVersion === read.apiVersion && standing.soql === digest(read.soql)
}

/**
 * Reads everything, or all changes, by a Bulk job, from where `start` stands. Before the job is deleted every row is accounted for: as many
 * as each page says, and in all as many as the job processed.
 *
 * What was handed over stands at the beginning of a results page: a page that breaks off is read again from there, here or
 * after a crash. A job that failed, is gone, or whose pages stay damaged is followed by one new job. Returns `unfit` when
 * Salesforce does not serve this query in bulk, or fails at it twice: it is to be read over REST.
 */
export async function* readInBulk(read: BulkRead, start: Standing): AsyncGenerator<Step, 'read' | 'unfit'> {
  const { jobs, log, call } = read
  let bulk = start.bulk
  for (let jobsLost = 0; ; ) {
    const isNew = bulk === null
    try {
      bulk ??= await begun(read, start.mode)
    } catch (error) {
      if (!(error instanceof Fault) || !isUnfit(error)) throw error
      log.info({ object: call.object, code: error.code }, 'not served in bulk; reading over REST')
      return 'unfit'
    }
    try {
      // Saved before it is waited for: a read that dies goes on with this job.
      if (isNew) yield { records: [], at: { ...start, bulk } }
      let standing = bulk
      for await (const { at, ...handed } of resultsFrom(read, bulk, isNew)) {
        standing = at
        yield { ...handed, at: { ...start, bulk: at } }
      }
      // Who reads this may still be saving the last records when asking for more: the job goes once it asks again.
      yield { records: [], at: { ...start, bulk: standing } }
      await jobs.drop(bulk.job, call)
      yield { records: [], at: finished(start) }
      return 'read'
    } catch (error) {
      if (!(error instanceof LostJob)) throw error
      jobsLost += 1
      log.info({ object: call.object, job: bulk.job, lost: error.how, why: error.message }, 'Bulk job lost')
      await jobs.drop(bulk.job, call)
      bulk = null
      // Changes that were handed over are so all the same; of everything, what was handed over no longer counts.
      yield { records: [], at: start.mode === 'changes' ? { ...start, bulk: null } : 'anew' }
      if (jobsLost < 2) continue
      if (error.how === 'damaged') throw error.fault
      return 'unfit'
    }
  }
}

async function begun({ jobs, soql, apiVersion, call }: BulkRead, mode: Standing['mode']): Promise<BulkStanding> {
  const job = await jobs.create(soql, mode === 'everything' ? 'query' : 'queryAll', call)
  return { job, apiVersion, soql: digest(soql), locator: null, rows: 0, done: false }
}

/** REST may do what Bulk refuses, or tells better what is wrong; what is over or late for now is so for both. */
function isUnfit(fault: Fault): boolean {
  return fault.blame !== 'remote' || fault.code === 'salesforce-bulk-quota'
}

interface Handed {
  readonly records: readonly SourceRecord[]
  readonly at: BulkStanding
  readonly more?: true
}

async function* resultsFrom(read: BulkRead, from: BulkStanding, isNew: boolean): AsyncGenerator<Handed> {
  if (from.done) return
  const processed = await read.jobs.waitUntilDone(from.job, read.call, isNew)
  const { jobs, call } = read
  await using pages = pagesAhead(jobs, from.job, call, () => jobs.pagesAhead())
  let standing = from
  while (!standing.done) standing = yield* readPage(read, pages, standing, processed)
}

/** Hands over one results page, and returns where the next one stands. */
async function* readPage(
  read: BulkRead,
  pages: BulkPages,
  standing: BulkStanding,
  processed: number,
): AsyncGenerator<Handed, BulkStanding> {
  const { clock, log, call } = read
  for (let attempt = 1; ; attempt += 1) {
    await using page = await pages.take(standing.locator)
    try {
      const locator = nextLocator(page)
      let rows = standing.rows
      for await (const { records, isLast } of readResults(page, read.columns, read.plan, read.portion)) {
        rows += records.length
        if (!isLast) {
          yield { records, at: standing, more: true }
          continue
        }
        const next = { ...standing, locator, rows, done: locator === null }
        if (next.done && rows !== processed)
          throw new LostJob('damaged', incomplete(standing.job, call, rows, processed))
        yield { records, at: next }
        return next
      }
    } catch (error) {
      if (!(error instanceof DamagedPage || error instanceof HttpFault)) throw error
      if (attempt >= PAGE_ATTEMPTS) throw neverWhole(error, standing.job, call)
      const why = error.message
      log.info({ object: call.object, job: standing.job, attempt, why }, 'Bulk page not whole; asking again')
      await clock.sleep(FIRST_WAIT_MS * 2 ** (attempt - 1), call.signal === undefined ? {} : { signal: call.signal })
    }
  }
}

/** A page that stays damaged will be so in the next run too: its job is lost. One that was cut off each time is not. */
function neverWhole(error: DamagedPage | HttpFault, job: string, { object }: JobCall): LostJob | HttpFault {
  const what = `A results page of Bulk job ${job} for ${object}`
  if (error instanceof HttpFault) {
    const message = `${what} was cut off, asked for ${PAGE_ATTEMPTS} times: ${error.message}`
    const hint =
      'Run again: the read goes on at this page; when it stays, check the network and proxy between here and Salesforce'
    return new HttpFault(error.code, message, { blame: error.blame, sent: true, hint, cause: error })
  }
  const message = `${what} is not whole, asked for ${PAGE_ATTEMPTS} times: ${error.message}`
  return new LostJob('damaged', new Fault('salesforce-bulk-damaged', message, readAnew(object)))
}

function incomplete(job: string, { object }: JobCall, rows: number, processed: number): Fault {
  const message = `Salesforce found ${processed} records of ${object} in its Bulk job ${job} and gave ${rows} of them`
  return new Fault('salesforce-bulk-incomplete', message, readAnew(object))
}

function readAnew(object: string): FaultDetails {
  const hint = `Run again: ${object} is read anew; when it stays, open a case at Salesforce with the job's id`
  return { blame: 'remote', exit: 1, hint }
}

function digest(soql: string): string {
  return createHash('sha256').update(soql).digest('hex').slice(0, 16)
}

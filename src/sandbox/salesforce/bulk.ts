import { z } from 'zod'
import type { FaultRule, SandboxAnswer, SandboxRequest } from '../engine/engine.ts'
import { DELIMITERS, LINE_ENDINGS } from './bulk-csv.ts'
import type { BulkJobs, Job } from './bulk-jobs.ts'
import { locatorsFrom, readPage } from './bulk-results.ts'
import { JSON_HEADERS, notFound, SalesforceError } from './errors.ts'
import { makeId, numberOfId } from './ids.ts'
import type { Org } from './org.ts'
import { formatInstant, wholeSecond } from './values.ts'

/** Query jobs exist from this version on, and their result pages from the other. */
const OLDEST_VERSION = 47
const OLDEST_VERSION_OF_PAGES = 58

/** One request to `/jobs/query`, as the vendor carries requests out. */
export interface BulkCall {
  readonly operation: string
  readonly run: (rule: FaultRule | null) => SandboxAnswer
}

/** What a request below `/jobs/query` asks for; `null` when there is no such resource. */
export function bulkCall(
  org: Org,
  jobs: BulkJobs,
  request: SandboxRequest,
  parts: readonly string[],
  base: string,
): BulkCall | null {
  const [id, part, extra] = parts
  const { method, query } = request
  const version = Number(/\/v(\d+)/.exec(base)?.[1])
  if (version < OLDEST_VERSION || extra !== undefined) return null
  if (id === undefined) {
    if (method === 'POST') return { operation: 'salesforce.bulkCreate', run: () => create(org, jobs, request, version) }
    if (method === 'GET') return { operation: 'salesforce.bulkList', run: () => list(org, jobs, query, base) }
    return null
  }
  switch (`${method} ${(part ?? '').toLowerCase()}`) {
    case 'GET ':
      return { operation: 'salesforce.bulkStatus', run: () => json(statusOf(org, jobs, jobs.get(id))) }
    case 'PATCH ':
      return { operation: 'salesforce.bulkAbort', run: () => abort(org, jobs, id, request) }
    case 'DELETE ':
      return { operation: 'salesforce.bulkDelete', run: () => remove(org, jobs, id) }
    case 'GET results':
      return {
        operation: 'salesforce.bulkResults',
        run: (rule) => {
          const job = jobs.get(id)
          return notReady(org, jobs, job, version) ?? results(org, job, request, rule)
        },
      }
    case 'GET resultpages':
      if (version < OLDEST_VERSION_OF_PAGES) return null
      return {
        operation: 'salesforce.bulkResultPages',
        run: () => {
          const job = jobs.get(id)
          return notReady(org, jobs, job, version) ?? resultPages(org, job, query, base)
        },
      }
    default:
      return null
  }
}

function json(value: unknown): SandboxAnswer {
  // Versions are numbers with a decimal: 68.0.
  const body = JSON.stringify(value).replaceAll(/"apiVersion":(\d+)/g, '"apiVersion":$1.0')
  return { status: 200, headers: JSON_HEADERS, body }
}

const NEW_JOB = z.strictObject({
  operation: z.enum(['query', 'queryAll']),
  query: z.string().min(1),
  contentType: z.literal('CSV').optional(),
  columnDelimiter: z.enum(Object.keys(DELIMITERS)).default('COMMA'),
  lineEnding: z.enum(Object.keys(LINE_ENDINGS)).default('LF'),
})

function create(org: Org, jobs: BulkJobs, request: SandboxRequest, version: number): SandboxAnswer {
  const parsed = NEW_JOB.safeParse(parseBody(request))
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    if (issue?.code === 'unrecognized_keys') {
      throw new SalesforceError(400, 'JSON_PARSER_ERROR', `Unrecognized field "${issue.keys[0]}"`)
    }
    throw new SalesforceError(400, 'INVALIDJOB', `InvalidJob : ${issue?.path.join('.')}: ${issue?.message}`)
  }
  const job = jobs.create(parsed.data, version)
  org.engine.sideEffects.record('salesforce.bulkCreate', `${job.object} ${job.id}`)
  return json({ ...basicsOf(org, jobs, job), state: 'UploadComplete' })
}

function parseBody(request: SandboxRequest): unknown {
  try {
    return JSON.parse(request.body)
  } catch {
    throw new SalesforceError(400, 'JSON_PARSER_ERROR', 'Unexpected character or end-of-input in the request body')
  }
}

/** What every answer about a job says of it. */
function basicsOf(org: Org, jobs: BulkJobs, job: Job): Record<string, unknown> {
  const { state, since } = jobs.stateOf(job)
  return {
    id: job.id,
    operation: job.operation,
    object: job.object,
    createdById: org.apiUserId,
    createdDate: formatInstant(wholeSecond(job.created_at)),
    systemModstamp: formatInstant(wholeSecond(since)),
    state,
    concurrencyMode: 'Parallel',
    contentType: 'CSV',
    apiVersion: job.version,
    lineEnding: job.line_ending,
    columnDelimiter: job.column_delimiter,
  }
}

function statusOf(org: Org, jobs: BulkJobs, job: Job): Record<string, unknown> {
  const { state, since } = jobs.stateOf(job)
  const now = org.engine.clock.now()
  const isOver = state === 'JobComplete' || state === 'Failed'
  const elapsed = state === 'InProgress' ? now - since : isOver ? since - job.starts_at : 0
  const part = state === 'InProgress' && job.ends_at !== null ? elapsed / (job.ends_at - job.starts_at) : 0
  return {
    ...basicsOf(org, jobs, job),
    jobType: 'V2Query',
    numberRecordsProcessed: state === 'JobComplete' ? job.rows : Math.floor(job.rows * part),
    retries: job.retries,
    totalProcessingTime: Math.round(elapsed),
    isPkChunkingSupported: job.supports_chunking === 1,
    ...(state === 'Failed' ? { errorMessage: job.error } : {}),
  }
}

function list(org: Org, jobs: BulkJobs, query: URLSearchParams, base: string): SandboxAnswer {
  const locator = query.get('queryLocator')
  const after = locator === null ? 0 : numberOfId(locator.split('-')[0] as string)
  if (after === null) throw notFound()
  const most = Math.max(1, org.engine.limits.get('salesforce.bulkJobsPage'))
  // Only jobs of this kind are here, none of them classic or cut into chunks by its client.
  const isOther = (query.get('jobType') ?? 'V2Query') !== 'V2Query' || query.get('isPkChunkingEnabled') === 'true'
  const found = isOther ? [] : jobs.list(after, most + 1)
  const page = found.slice(0, most)
  const next = `${base}/jobs/query?queryLocator=${makeId('01g', page.at(-1)?.n ?? 0)}-${most}`
  return json({
    done: found.length <= most,
    records: page.map((job) => ({ ...basicsOf(org, jobs, job), jobType: 'V2Query' })),
    nextRecordsUrl: found.length <= most ? null : next,
  })
}

function abort(org: Org, jobs: BulkJobs, id: string, request: SandboxRequest): SandboxAnswer {
  const job = jobs.get(id)
  const asked = z.strictObject({ state: z.literal('Aborted') }).safeParse(parseBody(request))
  if (!asked.success) throw new SalesforceError(400, 'INVALIDJOB', 'InvalidJob : A query job can only be aborted')
  const aborted = jobs.abort(job)
  org.engine.sideEffects.record('salesforce.bulkAbort', `${job.object} ${job.id}`)
  return json(basicsOf(org, jobs, aborted))
}

function remove(org: Org, jobs: BulkJobs, id: string): SandboxAnswer {
  const job = jobs.get(id)
  jobs.delete(job)
  org.engine.sideEffects.record('salesforce.bulkDelete', `${job.object} ${job.id}`)
  return { status: 204, headers: {}, body: '' }
}

/** The answer in place of results, when there are none to give: another version, or a job that is not complete. */
function notReady(org: Org, jobs: BulkJobs, job: Job, version: number): SandboxAnswer {
  if (version !== job.version) {
    const message = 'The API version differs from the one that the job was created with'
    throw new SalesforceError(409, 'INVALID_VERSION', message)
  }
  if (jobs.stateOf(job).state === 'JobComplete') return null
  const status = org.engine.limits.get('salesforce.bulkNotReadyStatus')
  if (status === 204) return { status, headers: {}, body: '' }
  const message = 'can only download query results of successfully completed bulk job'
  throw new SalesforceError(status, 'JOB_NOT_COMPLETE', message)
}

function results(org: Org, job: Job, request: SandboxRequest, rule: FaultRule | null): SandboxAnswer {
  const asked = request.query.get('maxRecords')
  if (asked !== null && !/^[1-9]\d*$/.test(asked)) {
    throw new SalesforceError(400, 'INVALID_PARAMETER', `maxRecords is no number of records: ${asked}`)
  }
  const isGzip = /\bgzip\b/.test(request.headers['accept-encoding'] ?? '')
  const page = readPage(org, job, {
    locator: request.query.get('locator'),
    maxRecords: asked === null ? job.page_rows : Number(asked),
    isGzip,
    rule,
  })
  return {
    status: 200,
    headers: {
      'Content-Type': 'text/csv; charset=UTF-8',
      'Sforce-NumberOfRecords': String(page.rows),
      'Sforce-Locator': String(page.next),
      ...(isGzip ? { 'Content-Encoding': 'gzip' } : {}),
    },
    body: '',
    stream: page.body,
  }
}

function resultPages(org: Org, job: Job, query: URLSearchParams, base: string): SandboxAnswer {
  const most = Math.max(1, org.engine.limits.get('salesforce.bulkResultPages'))
  const locators: string[] = []
  for (const locator of locatorsFrom(job, query.get('locator'))) if (locators.push(locator) > most) break
  const path = `${base}/jobs/query/${job.id}`
  const next = locators[most]
  return json({
    resultPages: locators.slice(0, most).map((locator) => ({ resultUrl: `${path}/results?locator=${locator}` })),
    // Small letters, as in the vendor's own example.
    nextRecordsUrl: next === undefined ? null : `${path}/resultpages?locator=${next}`,
    done: next === undefined,
  })
}

import { randomBytes } from 'node:crypto'
import type { SandboxAnswer, SandboxRequest } from '../engine/engine.ts'
import { invalidColumn, MondayError } from './errors.ts'
import { MATCH_TYPES } from './import-cells.ts'
import { type Imports, reportOf } from './imports.ts'
import { activeBoard, groupOf } from './targets.ts'
import type { Context } from './views.ts'

/** Where files go and reports come from: monday hands out links to a storage of its own, which knows no token. */
export const UPLOADS = '/monday-uploads'
export const REPORTS = '/monday-reports'

interface IngestArgs {
  readonly board_id: string
  readonly group_id: string
  readonly on_match?: { readonly match_column_id: string; readonly behaviour: 'UPSERT' | 'SKIP' } | null
}

/** Resolvers of mutations that start imports. */
export const importMutations = {
  ingest_items: (args: IngestArgs, context: Context) =>
    context.perform('ingest_items', (write) => {
      const board = activeBoard(args.board_id, context)
      const group = groupOf(args.group_id, board, context)
      const match = args.on_match?.match_column_id
      if (match !== undefined && !MATCH_TYPES.has(context.state.column(board.id, match)?.type ?? ''))
        throw invalidColumn(match, board.id)
      const waitMs = context.imports.nextJobIn()
      if (waitMs > 0) throw jobsUsedUp(waitMs)
      const id = randomBytes(12).toString('hex')
      context.state.run(
        `INSERT INTO monday_imports VALUES (?, ?, ?, ?, ?, ?, ?, NULL, NULL, 0, 'UPLOAD_PENDING', NULL, NULL, '[]')`,
        id,
        board.id,
        group.id,
        context.user.id,
        match ?? null,
        args.on_match?.behaviour === 'SKIP' ? 1 : 0,
        context.now,
      )
      write.done(`job ${id} on board ${board.id}`)
      const until = context.now + context.limits.get('monday.importUrlMs')
      return { job_id: id, upload_url: `${context.baseUrl}${UPLOADS}/${id}?until=${until}` }
    }),
}

function jobsUsedUp(waitMs: number): MondayError {
  const error = new MondayError('RATE_LIMIT_EXCEEDED', 'Too many import jobs in this hour', 429)
  Object.assign(error.extensions, { retryAfterMs: waitMs })
  return error
}

export function jobStatusView(id: string, context: Context) {
  const job = context.imports.job(id)
  if (job === undefined) throw new MondayError('ResourceNotFoundException', 'Job not found', 404, { job_id: id })
  const { rows, entries } = reportOf(job, 0)
  const count = (status: string) => entries.filter((entry) => entry.status === status).length
  const done = job.status === 'COMPLETED'
  const until = context.now + context.limits.get('monday.importUrlMs')
  return {
    __typename: 'ItemsJobStatus',
    status: job.status,
    counts: {
      submitted: rows,
      invalid: count('invalid'),
      skipped: count('skipped'),
      created: count('created'),
      updated: count('updated'),
      failed: 0,
    },
    progress_percentage: done ? 100 : rows === 0 ? 0 : Math.floor((100 * job.done) / rows),
    failure_reason: job.reason,
    failure_message: job.message,
    // Also with rows that are invalid: it tells that the job is over.
    fully_imported: done,
    report_created: done,
    report_url: done ? `${context.baseUrl}${REPORTS}/${job.id}?until=${until}` : null,
  }
}

/** What the storage answers to an upload, or to who fetches a report. */
export function answerStorage(
  imports: Imports,
  request: SandboxRequest,
  now: number,
  serialBase: number,
): SandboxAnswer {
  const job = imports.job(request.path.split('/')[2] ?? '')
  const isUpload = request.path.startsWith(UPLOADS)
  if (request.method !== (isUpload ? 'PUT' : 'GET')) return plain(405, 'MethodNotAllowed')
  if (job === undefined || Number(request.query.get('until')) <= now) return plain(403, 'Request has expired')
  if (!isUpload) return { status: 200, headers: { 'Content-Type': 'text/csv' }, body: reportOf(job, serialBase).csv }
  if (!isSigned(request)) return plain(403, 'SignatureDoesNotMatch')
  imports.upload(job, request.body)
  return { status: 200, headers: { ETag: `"${job.id}"` }, body: '' }
}

/** The link was signed for this one header; others that mean something to the storage break the signature. */
function isSigned({ headers }: SandboxRequest): boolean {
  const others = Object.keys(headers).some((name) => name.startsWith('x-amz-') || name === 'authorization')
  return headers['content-type'] === 'text/csv' && !others
}

function plain(status: number, words: string): SandboxAnswer {
  return { status, headers: { 'Content-Type': 'application/xml' }, body: `<Error><Code>${words}</Code></Error>` }
}

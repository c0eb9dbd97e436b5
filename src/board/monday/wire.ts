import { z } from 'zod'

/** One error of an answer, whatever shape it came in. */
export interface WireError {
  /** monday's code as sent, or `HTTP_502` and the like where the body told none. */
  readonly code: string
  readonly message: string
  readonly statusCode: number | null
  /** Alias first; empty when the error is about the whole request. */
  readonly path: readonly (string | number)[]
  readonly retryAfterMs: number | null
  readonly data: Readonly<Record<string, unknown>>
}

/** An answer taken apart. `data` is `null` where there was none or it could not be read. */
export interface WireAnswer {
  readonly data: Readonly<Record<string, unknown>> | null
  readonly errors: readonly WireError[]
  readonly requestId: string | null
  /** False when the body is none of monday's: no JSON, or JSON of no shape that is known. */
  readonly isAnswer: boolean
}

const seconds = z.coerce.number().nonnegative()

const extensions = z
  .looseObject({
    code: z.string().optional(),
    status_code: z.coerce.number().optional(),
    retry_in_seconds: seconds.optional(),
    retryAfterMs: seconds.optional(),
    error_data: z.unknown().optional(),
  })
  .nullish()

const graphqlError = z.union([
  z.string().transform((message) => ({ message, path: [], extensions: undefined })),
  z.looseObject({
    message: z.string().default(''),
    path: z.array(z.union([z.string(), z.number()])).nullish(),
    extensions,
  }),
])

/** Both shapes: `errors` of objects with `extensions` (2025-01 and later), and the older `error_code` at the top. */
const envelope = z.looseObject({
  data: z.record(z.string(), z.unknown()).nullish(),
  errors: z.array(graphqlError).nullish(),
  extensions: z.looseObject({ request_id: z.string().optional() }).nullish(),
  error_code: z.string().nullish(),
  error_message: z.string().nullish(),
  status_code: z.coerce.number().nullish(),
  error_data: z.unknown().optional(),
})

/** Reads an answer's body. Never throws: a body that is no JSON (HTML, cut, empty) is one error with code `HTTP_<status>`. */
export function parseAnswer(status: number, body: string): WireAnswer {
  const parsed = envelope.safeParse(parseJson(body))
  if (!parsed.success) return { data: null, errors: [unreadable(status, body)], requestId: null, isAnswer: false }
  const wire = parsed.data
  const errors: WireError[] = (wire.errors ?? []).map((error) => {
    const details = error.extensions ?? {}
    return {
      code: details.code ?? wire.error_code ?? guessCode(error.message, status),
      message: error.message,
      statusCode: details.status_code ?? null,
      path: error.path ?? [],
      retryAfterMs: retryHint(details.retryAfterMs, details.retry_in_seconds ?? inData(details.error_data)),
      data: asRecord(details.error_data ?? wire.error_data),
    }
  })
  if (errors.length === 0 && (wire.error_code != null || wire.error_message != null || status >= 400)) {
    const message = wire.error_message ?? ''
    errors.push({
      code: wire.error_code ?? guessCode(message, status),
      message,
      statusCode: wire.status_code ?? null,
      path: [],
      retryAfterMs: retryHint(undefined, inData(wire.error_data) ?? inText(message)),
      data: asRecord(wire.error_data),
    })
  }
  const isAnswer = errors.length > 0 || wire.data != null
  if (!isAnswer) errors.push(unreadable(status, body))
  return { data: wire.data ?? null, errors, requestId: wire.extensions?.request_id ?? null, isAnswer }
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}

/** The body itself stays out of the message: it may hold anything. */
function unreadable(status: number, body: string): WireError {
  const kind = body === '' ? 'no body' : /^\s*</.test(body) ? 'an HTML page' : 'a body that is no answer'
  return {
    code: `HTTP_${status}`,
    message: `${status} with ${kind}`,
    statusCode: status,
    path: [],
    retryAfterMs: null,
    data: {},
  }
}

/** Codes by the words of messages that came without one (old versions, subgraphs). */
const BY_WORDS: readonly (readonly [RegExp, string])[] = [
  [/^(Variable|Argument|Field) "|^Cannot query field|^Syntax Error/, 'GRAPHQL_VALIDATION_FAILED'],
  [/complexity/i, 'COMPLEXITY_BUDGET_EXHAUSTED'],
  [/daily limit/i, 'DAILY_LIMIT_EXCEEDED'],
  [/concurren/i, 'MAX_CONCURRENCY_EXCEEDED'],
  [/(minute|call) (limit|rate)|rate limit/i, 'MINUTE_RATE_LIMIT_EXCEEDED'],
  [/currently locked/i, 'RESOURCE_LOCKED'],
  [/cursor.*(expired|invalid)/i, 'CursorExpiredError'],
  [/internal server error/i, 'INTERNAL_SERVER_ERROR'],
  [/not authenticated|unauthorized|ip is restricted/i, 'NOT_AUTHENTICATED'],
]

function guessCode(message: string, status: number): string {
  return BY_WORDS.find(([words]) => words.test(message))?.[1] ?? `HTTP_${status}`
}

function retryHint(ms: number | undefined, inSeconds: number | undefined): number | null {
  if (ms !== undefined) return ms
  return inSeconds === undefined ? null : Math.ceil(inSeconds * 1000)
}

function inData(data: unknown): number | undefined {
  const parsed = seconds.safeParse(asRecord(data)['retry_in_seconds'])
  return parsed.success ? parsed.data : undefined
}

/** Old complexity errors say it in the sentence: `… reset in 3 seconds`. */
function inText(message: string): number | undefined {
  const found = /reset in (\d+) seconds/.exec(message)?.[1]
  return found === undefined ? undefined : Number(found)
}

function asRecord(value: unknown): Record<string, unknown> {
  if (Array.isArray(value)) return asRecord(value[0])
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}

const id = z.union([z.string(), z.number()]).transform(String)

/** A column value in the four fields that every type has; `value` is JSON, mostly as text. */
export const wireColumnValue = z.object({
  id: z.string(),
  type: z.string().optional(),
  text: z.string().nullish(),
  value: z.unknown(),
  linked_item_ids: z.array(id).nullish(),
})
export type WireColumnValue = z.infer<typeof wireColumnValue>

export const wireItem = z.object({
  id,
  name: z.string(),
  state: z.enum(['active', 'archived', 'deleted', 'all']).nullish(),
  created_at: z.string().nullish(),
  group: z.object({ title: z.string() }).nullish(),
  board: z.object({ id }).nullish(),
  column_values: z.array(wireColumnValue),
})
export type WireItem = z.infer<typeof wireItem>

export const wireItemsPage = z.object({ cursor: z.string().nullish(), items: z.array(wireItem) })

const wireLabel = z.object({
  id: z.coerce.number().optional(),
  label: z.string().nullish(),
  /** A name, or the number that settings use in its place. */
  color: z.union([z.string(), z.number()]).nullish(),
  index: z.coerce.number().nullish(),
  description: z.string().nullish(),
  is_done: z.boolean().nullish(),
  is_deactivated: z.boolean().nullish(),
})
export type WireLabel = z.infer<typeof wireLabel>

/** Settings of status and dropdown columns; other types' are not looked at. Some versions send them as text. */
export const wireSettings = z.union([z.string().transform((text) => parseJson(text)), z.unknown()]).pipe(
  z
    .looseObject({ labels: z.array(wireLabel).nullish() })
    .nullish()
    .catch(null),
)

export const wireColumn = z.object({
  id: z.string(),
  title: z.string(),
  type: z.string(),
  description: z.string().nullish(),
  archived: z.boolean().nullish(),
  settings: wireSettings.optional(),
  revision: z.union([z.string(), z.number()]).transform(String).nullish(),
})
export type WireColumn = z.infer<typeof wireColumn>

export const wireGroup = z.object({
  id: z.string(),
  title: z.string(),
  archived: z.boolean().nullish(),
  deleted: z.boolean().nullish(),
})

export const wireBoard = z.object({
  id,
  name: z.string(),
  state: z.string().nullish(),
  url: z.string().nullish(),
  items_count: z.number().nullish(),
  items_limit: z.number().nullish(),
  columns: z.array(wireColumn).nullish(),
  groups: z.array(wireGroup).nullish(),
  /** `everyone`, `collaborators`, `assignee`, `owners`. */
  permissions: z.string().nullish(),
  owners: z.array(z.object({ id }).nullable()).nullish(),
})
export type WireBoard = z.infer<typeof wireBoard>

/** What a board demands of its items; rules of any shape, since only their number is looked at. */
export const wireValidations = z
  .object({ required_column_ids: z.array(z.string()).nullish(), rules: z.array(z.unknown()).nullish().catch(null) })
  .nullish()
  .catch(null)
export type WireValidations = z.infer<typeof wireValidations>

export const wireBoardName = z.object({
  id,
  name: z.string(),
  workspace: z.object({ id: id.nullish(), name: z.string().nullish() }).nullish(),
})

export const wireItemUpdates = z.object({
  id,
  updates: z.array(z.object({ text_body: z.string().nullish(), created_at: z.string().nullish() })).nullish(),
})

export const wireNamed = z.object({ id, name: z.string() })
export const wireCreated = z.object({ id })
export const wireUser = z.object({ id, email: z.string() })

export const wirePlatform = z.object({
  platform_api: z
    .object({
      daily_limit: z.object({ base: z.number().nullish(), total: z.number().nullish() }).nullish(),
      daily_analytics: z
        .object({ by_day: z.array(z.object({ day: z.string(), usage: z.number() })).nullish() })
        .nullish(),
    })
    .nullish(),
})

export const wireComplexity = z.object({ query: z.number(), after: z.number().nullish() })

export const wireIngest = z.object({ ingest_items: z.object({ job_id: id, upload_url: z.string() }).nullish() })

export const wireImportStatus = z.object({
  fetch_job_status: z
    .object({
      status: z.enum(['UPLOAD_PENDING', 'PROCESSING', 'COMPLETED', 'REJECTED', 'FAILED']),
      counts: z.object({ created: z.number().nullish(), updated: z.number().nullish() }).nullish(),
      progress_percentage: z.number().nullish(),
      failure_reason: z.string().nullish(),
      failure_message: z.string().nullish(),
      report_url: z.string().nullish(),
    })
    .nullish(),
})

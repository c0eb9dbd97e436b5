import { z } from 'zod'
import { Fault } from '../../platform/errors.ts'
import { instantText } from '../canonical.ts'

/** Answers as Salesforce spells them: parsed, never cast. What is not named here is not looked at. */

export const TokenReply = z.object({
  access_token: z.string().min(1),
  instance_url: z.string().min(1),
  id: z.string().optional(),
})

export const OAuthError = z.object({ error: z.string(), error_description: z.string().optional() })

export const UserInfo = z.object({ user_id: z.string(), preferred_username: z.string().optional() })

export const ApiErrors = z.array(z.object({ errorCode: z.string(), message: z.string().default('') })).min(1)

export const DescribedField = z.object({
  name: z.string(),
  type: z.string(),
  calculated: z.boolean().default(false),
  /** Set for formulas; roll-up summaries are `calculated` without one. */
  calculatedFormula: z.string().nullish(),
  relationshipName: z.string().nullish(),
  referenceTo: z.array(z.string()).default([]),
})
export type DescribedField = z.infer<typeof DescribedField>

export const Describe = z.object({
  name: z.string(),
  queryable: z.boolean(),
  replicateable: z.boolean().default(false),
  /** What ids of this object begin with; history objects share one. */
  keyPrefix: z.string().nullish(),
  fields: z.array(DescribedField),
})
export type Describe = z.infer<typeof Describe>

export const DescribeGlobal = z.object({
  sobjects: z.array(z.object({ name: z.string(), queryable: z.boolean().default(true) })),
})

/** Stamps are compared as text: one that is no instant must not get so far. */
const Instant = z.string().transform((text, context) => {
  const instant = instantText(text)
  if (/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(instant)) return instant
  context.addIssue('no instant')
  return z.NEVER
})

export const Updated = z.object({ latestDateCovered: Instant })

export const Deleted = z.object({
  deletedRecords: z.array(z.object({ id: z.string(), deletedDate: Instant })),
  latestDateCovered: Instant,
})

/** Numbers of a query answer are decimal text (`parseExactJson`), its own counters included. */
export const QueryPage = z.object({
  totalSize: z.string(),
  done: z.boolean(),
  nextRecordsUrl: z.string().nullish(),
  records: z.array(z.record(z.string(), z.unknown())),
})
export type QueryPage = z.infer<typeof QueryPage>

/** A Bulk job as its creation is answered. Its id goes into addresses. */
export const CreatedJob = z.object({ id: z.string().regex(/^\w{15,18}$/) })

export const BulkJob = z.object({
  state: z.string(),
  /** Of a job that is not done yet: so far. */
  numberRecordsProcessed: z.number(),
  errorMessage: z.string().nullish(),
})
export type BulkJob = z.infer<typeof BulkJob>

/** Answers of one request that asked for several things, in the order of asking. */
export const Composite = z.object({
  compositeResponse: z.array(z.object({ httpStatusCode: z.string(), body: z.unknown().optional() })),
})

/** A record as it comes: fields, and parents as nested objects. */
export type Row = Readonly<Record<string, unknown>>

/** Reads an answer's JSON; a text that is none throws a `SyntaxError`. */
export function parseWith<T>(schema: z.ZodType<T>, what: string, read = parseJson): (body: string) => T {
  return (body) => readWith(schema, what, read(body))
}

/** The same of what is JSON no more. */
export function readWith<T>(schema: z.ZodType<T>, what: string, value: unknown): T {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  throw unexpectedAnswer(what, issue?.path.join('.') ?? '', issue?.message ?? 'unreadable')
}

export function unexpectedAnswer(what: string, path: string, problem: string): Fault {
  return new Fault(
    'salesforce-unexpected-answer',
    `Salesforce answered ${what} in an unknown shape: at ${path === '' ? 'its top' : `"${path}"`}, ${problem}`,
    { blame: 'us', hint: 'Check SALESFORCE_LOGIN_URL and the API version, then report this message' },
  )
}

function parseJson(body: string): unknown {
  return JSON.parse(body)
}

import { z } from 'zod'
import type { Engine, FaultRule, SandboxAnswer, SandboxRequest } from '../engine/engine.ts'
import { underFaults } from '../engine/faults.ts'
import { errorAnswer, faultAnswer, JSON_HEADERS, notFound, SalesforceError } from './errors.ts'

/** What one part of a request asks for. */
export interface PartCall {
  readonly operation: string
  readonly run: (rule: FaultRule | null) => SandboxAnswer | Promise<SandboxAnswer>
}

/** Finds what a part asks for by its method, address and body; `null`: nothing that there is. */
export type FindPart = (request: SandboxRequest, parts: string[]) => PartCall | null

const BODY = z.object({
  allOrNone: z.boolean().default(false),
  collateSubrequests: z.boolean().default(true),
  compositeRequest: z
    .array(
      z.object({
        method: z.enum(['GET', 'POST', 'PATCH', 'DELETE']),
        url: z.string(),
        referenceId: z.string().regex(/^[A-Za-z]\w*$/),
        body: z.unknown().optional(),
      }),
    )
    .min(1),
})

type Told = z.infer<typeof BODY>['compositeRequest'][number]

/**
 * `/composite`: several requests in one, carried out in their order, which counts as one call. A part that goes wrong is told
 * in its place; one whose connection a fault cuts takes the whole answer along.
 *
 * Left out: parts that name results of others (`@{…}`), and `allOrNone`, which is refused: rolling back is for writers.
 */
export async function composite(
  engine: Engine,
  request: SandboxRequest,
  version: number,
  find: FindPart,
): Promise<SandboxAnswer> {
  const told = readBody(engine, request.body)
  const answers: string[] = []
  let broken: Pick<NonNullable<SandboxAnswer>, 'cutAt' | 'slow'> = {}
  for (const part of told) {
    const answer = await answerPart(engine, request, part, version, find)
    if (answer === null) return null
    const { cutAt, slow } = answer
    broken = { ...broken, ...(cutAt === undefined ? {} : { cutAt }), ...(slow === undefined ? {} : { slow }) }
    answers.push(said(part, answer))
  }
  return { status: 200, headers: JSON_HEADERS, body: `{"compositeResponse":[${answers.join()}]}`, ...broken }
}

function readBody(engine: Engine, body: string): readonly Told[] {
  const parsed = BODY.safeParse(parseJson(body))
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw new SalesforceError(400, 'JSON_PARSER_ERROR', `${issue?.path.join('.')}: ${issue?.message}`)
  }
  const { allOrNone, compositeRequest: parts } = parsed.data
  if (allOrNone) throw new SalesforceError(400, 'INVALID_INPUT', 'allOrNone is not simulated')
  const most = engine.limits.get('salesforce.compositeParts')
  const mostQueries = engine.limits.get('salesforce.compositeQueries')
  const queries = parts.filter(({ url }) => /^\/services\/data\/v[\d.]+\/query/i.test(url)).length
  if (parts.length > most) throw refused(`Limit of ${most} subrequests exceeded`)
  if (queries > mostQueries) throw refused(`Limit of ${mostQueries} query subrequests exceeded`)
  if (new Set(parts.map(({ referenceId }) => referenceId)).size < parts.length) throw refused('Duplicate referenceId')
  return parts
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    throw new SalesforceError(400, 'JSON_PARSER_ERROR', 'Unexpected character or end-of-input in the request body')
  }
}

function refused(message: string): SalesforceError {
  return new SalesforceError(400, 'PROCESSING_HALTED', message)
}

async function answerPart(
  engine: Engine,
  request: SandboxRequest,
  { method, url, body }: Told,
  version: number,
  find: FindPart,
): Promise<SandboxAnswer> {
  const address = new URL(url, 'http://part')
  const part: SandboxRequest = {
    ...request,
    method,
    path: address.pathname,
    query: address.searchParams,
    body: body === undefined ? '' : JSON.stringify(body),
  }
  const [services, data, named = '', ...rest] = address.pathname.split('/').filter((piece) => piece !== '')
  const isServed = services === 'services' && data === 'data' && isVersion(named, version) && isComposable(engine, rest)
  const call = isServed ? find(part, rest) : null
  if (call === null) return errorAnswer(notFound())
  return underFaults({
    faults: engine.faults,
    request: part,
    operation: call.operation,
    error: faultAnswer,
    run: async (rule) => {
      try {
        return await call.run(rule)
      } catch (error) {
        if (error instanceof SalesforceError) return errorAnswer(error)
        throw error
      }
    },
  })
}

function isVersion(named: string, most: number): boolean {
  const version = Number(/^v(\d+)\.0$/.exec(named)?.[1] ?? Number.NaN)
  return version <= most
}

/** Resources of objects and queries. Whether the two of replication are among the former is said nowhere. */
function isComposable(engine: Engine, [resource = '', _object, last]: readonly string[]): boolean {
  if (last === 'updated' || last === 'deleted') return engine.limits.get('salesforce.compositeReplication') === 1
  return ['sobjects', 'query', 'queryAll'].includes(resource)
}

/** Bodies go in as they stand: numbers keep their digits. */
function said({ referenceId }: Told, { status, body }: NonNullable<SandboxAnswer>): string {
  const text = String(body)
  const json = text === '' ? 'null' : isJson(text) ? text : JSON.stringify(text)
  return `{"body":${json},"httpHeaders":{},"httpStatusCode":${status},"referenceId":${JSON.stringify(referenceId)}}`
}

function isJson(text: string): boolean {
  return /^\s*[[{]/.test(text)
}

import type { FaultRule, SandboxAnswer, SandboxRequest, Vendor } from '../engine/engine.ts'
import { htmlAnswer, underFaults } from '../engine/faults.ts'
import { limits, NEWEST_VERSION, OLDEST_VERSION, resources, type Spent, userInfo, versions } from './about-org.ts'
import { type ConnectedApp, Sessions } from './auth.ts'
import { bulkCall } from './bulk.ts'
import { BulkJobs } from './bulk-jobs.ts'
import { composite } from './composite.ts'
import { DailyCalls } from './daily-calls.ts'
import { describe, describeBriefly } from './describe.ts'
import { errorAnswer, faultAnswer, JSON_HEADERS, notFound, OAuthError, SalesforceError } from './errors.ts'
import { normaliseId } from './ids.ts'
import type { Org } from './org.ts'
import { columnMetadata, readLocator, readRecord, runQuery } from './query.ts'
import { createRecord, deleteRecord, updateRecord } from './records.ts'
import { readDeleted, readUpdated } from './replication.ts'
import { RunningCalls } from './running-calls.ts'

/** One request, once it is known what it asks for. */
interface Call {
  /** What fault rules and side effects call it. */
  readonly operation: string
  readonly run: (rule: FaultRule | null) => SandboxAnswer | Promise<SandboxAnswer>
  /** Counted against the day's calls, and told so in a header. */
  readonly isCounted: boolean
  readonly needsToken: boolean
}

/** Answers as one Salesforce org does, over the records of `org`. */
export function createSalesforceVendor(org: Org, app: ConnectedApp): Vendor {
  const sessions = new Sessions(org, app)
  const calls = new DailyCalls(org.engine)
  const bulk = new BulkJobs(org)
  const running = new RunningCalls(org.engine)
  return {
    name: 'salesforce',
    paths: ['/services', '/id'],
    env: (baseUrl) => ({
      SALESFORCE_LOGIN_URL: baseUrl,
      SALESFORCE_CLIENT_ID: app.clientId,
      SALESFORCE_CLIENT_SECRET: app.clientSecret,
    }),
    async handle(request) {
      const tooLong = refuseLongAddress(org, request)
      if (tooLong !== null) return tooLong
      let call: Call
      try {
        call = findCall(org, sessions, { calls, bulk }, request)
      } catch (error) {
        if (error instanceof SalesforceError) return calls.told(errorAnswer(error))
        throw error
      }
      const told = (answer: SandboxAnswer) => (call.isCounted ? calls.told(answer) : answer)
      const end = running.begin()
      try {
        return await underFaults({
          faults: org.engine.faults,
          request,
          operation: call.operation,
          error: (rule) => told(faultAnswer(rule)),
          run: async (rule) => told(await carryOut(sessions, { calls, running }, request, call, rule)),
        })
      } finally {
        end()
      }
    },
  }
}

async function carryOut(
  sessions: Sessions,
  { calls, running }: { readonly calls: DailyCalls; readonly running: RunningCalls },
  request: SandboxRequest,
  call: Call,
  rule: FaultRule | null,
): Promise<SandboxAnswer> {
  try {
    if (call.needsToken) sessions.check(request)
    if (call.isCounted && running.isFull()) {
      throw new SalesforceError(403, 'REQUEST_LIMIT_EXCEEDED', 'ConcurrentPerOrgLongTxn Limit exceeded.')
    }
    if (call.isCounted && !calls.take()) {
      throw new SalesforceError(403, 'REQUEST_LIMIT_EXCEEDED', 'TotalRequests Limit exceeded.')
    }
    return await call.run(rule)
  } catch (error) {
    if (error instanceof SalesforceError || error instanceof OAuthError) return errorAnswer(error)
    throw error
  }
}

function json(value: unknown, status = 200, headers: Record<string, string> = {}): SandboxAnswer {
  const body = typeof value === 'string' ? value : JSON.stringify(value)
  return { status, headers: { ...JSON_HEADERS, ...headers }, body }
}

function findCall(org: Org, sessions: Sessions, spent: Spent, request: SandboxRequest): Call {
  const parts = request.path.split('/').filter((part) => part !== '')
  const route = `${request.method} ${parts.slice(0, 3).join('/')}`
  if (route === 'POST services/oauth2/token') {
    return open('salesforce.token', async () => json(await sessions.issue(request)))
  }
  if (route === 'GET services/oauth2/userinfo' || parts[0] === 'id') {
    const run = () => json(userInfo(org, request))
    return { operation: 'salesforce.userinfo', needsToken: true, isCounted: false, run }
  }
  if (request.method === 'GET' && parts.length === 2 && parts[1] === 'data') {
    return open('salesforce.versions', () => json(versions()))
  }
  const version = /^v(\d+)\.0$/.exec(parts[2] ?? '')?.[1]
  if (parts[1] !== 'data' || version === undefined || Number(version) > NEWEST_VERSION) throw notFound()
  if (Number(version) < OLDEST_VERSION) {
    throw new SalesforceError(410, 'GONE', `API version ${version}.0 is retired. Use a later one.`)
  }
  const base = `/services/data/v${version}.0`
  const call = resourceCall(org, spent, request, parts.slice(3), base)
  if (call === null) throw notFound()
  return { operation: call.operation, needsToken: true, isCounted: true, run: call.run }
}

function open(operation: string, run: Call['run']): Call {
  return { operation, needsToken: false, isCounted: false, run }
}

type Resource = Pick<Call, 'operation' | 'run'> | null

function resourceCall(org: Org, spent: Spent, request: SandboxRequest, parts: string[], base: string): Resource {
  const [resource, name, last] = parts
  if (request.method === 'GET' && parts.length === 0)
    return { operation: 'salesforce.resources', run: () => json(resources(base)) }
  if (resource === 'sobjects') return sobjectCall(org, request, parts.slice(1), base)
  if (resource === 'composite' && name === undefined && request.method === 'POST') {
    const find = (part: SandboxRequest, of: string[]) => resourceCall(org, spent, part, of, base)
    const version = Number(/v(\d+)/.exec(base)?.[1])
    return { operation: 'salesforce.composite', run: () => composite(org.engine, request, version, find) }
  }
  if (resource === 'jobs' && name === 'query') return bulkCall(org, spent.bulk, request, parts.slice(2), base)
  if (request.method !== 'GET' || last !== undefined) return null
  if (resource === 'limits' && name === undefined)
    return { operation: 'salesforce.limits', run: () => json(limits(org, spent)) }
  if (resource !== 'query' && resource !== 'queryAll') return null
  if (name !== undefined) return { operation: 'salesforce.queryMore', run: () => json(readLocator(org, name, base)) }
  const isAll = resource === 'queryAll'
  const soql = request.query.get('q') ?? ''
  const run = () =>
    request.query.get('columns') === 'true'
      ? json(columnMetadata(org, soql, isAll))
      : json(runQuery(org, { soql, isAll, base, batchSize: batchSizeOf(request) }))
  return { operation: `salesforce.${resource}`, run }
}

function sobjectCall(org: Org, request: SandboxRequest, parts: string[], base: string): Resource {
  const [objectName, id, extra] = parts
  const { method, query } = request
  if (objectName === undefined) {
    if (method !== 'GET') return null
    const all = () => org.objects.map((object) => describeBriefly(object, base))
    return {
      operation: 'salesforce.sobjects',
      run: () => json({ encoding: 'UTF-8', maxBatchSize: 200, sobjects: all() }),
    }
  }
  if (extra !== undefined) return null
  if (id === undefined) {
    if (method === 'POST') return { operation: 'salesforce.create', run: () => created(org, objectName, request) }
    if (method !== 'GET') return null
    return {
      operation: 'salesforce.basics',
      run: () => json({ objectDescribe: describeBriefly(objectOf(org, objectName), base), recentItems: [] }),
    }
  }
  if (method === 'GET' && id === 'describe') {
    return { operation: 'salesforce.describe', run: () => described(org, objectName, request, base) }
  }
  if (method === 'GET' && id === 'updated') {
    const run = () => json(readUpdated(org, objectName, query.get('start'), query.get('end')))
    return { operation: 'salesforce.updated', run }
  }
  if (method === 'GET' && id === 'deleted') {
    const run = () => json(readDeleted(org, objectName, query.get('start'), query.get('end')))
    return { operation: 'salesforce.deleted', run }
  }
  switch (method) {
    case 'GET':
      return { operation: 'salesforce.read', run: () => readOne(org, objectName, id, request, base) }
    case 'PATCH':
      return {
        operation: 'salesforce.update',
        run: () => {
          updateRecord(org, objectName, id, readBody(request), { isApi: true })
          return done(org, 'salesforce.update', `${objectName} ${id}`)
        },
      }
    case 'DELETE':
      return {
        operation: 'salesforce.delete',
        run: () => {
          deleteRecord(org, objectName, id, { isApi: true })
          return done(org, 'salesforce.delete', `${objectName} ${id}`)
        },
      }
    default:
      return null
  }
}

function objectOf(org: Org, name: string) {
  const object = org.object(name)
  if (object === undefined) throw notFound()
  return object
}

function created(org: Org, objectName: string, request: SandboxRequest): SandboxAnswer {
  const id = createRecord(org, objectName, readBody(request), { isApi: true })
  org.engine.sideEffects.record('salesforce.create', `${objectName} ${id}`)
  return json({ id, success: true, errors: [] }, 201)
}

function done(org: Org, operation: string, detail: string): SandboxAnswer {
  org.engine.sideEffects.record(operation, detail)
  return { status: 204, headers: {}, body: '' }
}

function described(org: Org, objectName: string, request: SandboxRequest, base: string): SandboxAnswer {
  const object = objectOf(org, objectName)
  const changedAt = org.tellSchemaChange()
  const since = Date.parse(request.headers['if-modified-since'] ?? '')
  const headers = { 'Last-Modified': new Date(changedAt).toUTCString() }
  if (since >= changedAt) return { status: 304, headers, body: '' }
  return json(describe(object, org.objects, base), 200, headers)
}

function readOne(org: Org, objectName: string, id: string, request: SandboxRequest, base: string): SandboxAnswer {
  const object = objectOf(org, objectName)
  const id18 = normaliseId(id)
  const record = id18 === null ? undefined : org.find(object.name, id18)
  if (record === undefined || !org.sharing.isShared(object, id18 as string)) {
    throw new SalesforceError(404, 'NOT_FOUND', `Provided external ID field does not exist or is not accessible: ${id}`)
  }
  if (record.IsDeleted === 1) throw new SalesforceError(404, 'ENTITY_IS_DELETED', 'entity is deleted')
  const asked = request.query.get('fields')
  const fields = asked === null ? object.fields.map((field) => field.name) : asked.split(',')
  return json(readRecord(org, object.name, id18 as string, fields, base) as string)
}

function readBody(request: SandboxRequest): object {
  try {
    const value: unknown = JSON.parse(request.body)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
  } catch {
    // Answered below, as any other body that is no JSON object.
  }
  throw new SalesforceError(400, 'JSON_PARSER_ERROR', 'Unexpected character or end-of-input in the request body')
}

function batchSizeOf(request: SandboxRequest): number | undefined {
  const asked = /batchSize=(\d+)/i.exec(request.headers['sforce-query-options'] ?? '')?.[1]
  return asked === undefined ? undefined : Number(asked)
}

/** The page with which the edge refuses an address that is too long, alone or with its headers; it is no call to the org. */
function refuseLongAddress(org: Org, request: SandboxRequest): SandboxAnswer {
  const most = org.engine.limits.get('salesforce.uriBytes')
  const uri = request.uriBytes ?? request.path.length + request.query.toString().length + 1
  if (uri > most) return htmlAnswer(414)
  const headers = Object.entries(request.headers).reduce(
    (sum, [name, value]) => sum + name.length + value.length + 4,
    0,
  )
  return uri + headers > most ? htmlAnswer(431) : null
}

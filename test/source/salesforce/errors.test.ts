import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Blame, type ExitCode, type Fault, formatFault } from '../../../src/platform/errors.ts'
import { createHttpClient } from '../../../src/platform/http.ts'
import { type Log, silentLog } from '../../../src/platform/log.ts'
import type { FaultRule } from '../../../src/sandbox/engine/engine.ts'
import { faultAnswer, NAMED_FAULTS } from '../../../src/sandbox/salesforce/errors.ts'
import { createRecord, deleteRecord, updateRecord } from '../../../src/sandbox/salesforce/records.ts'
import { type Sandbox, startSandbox } from '../../../src/sandbox/sandbox.ts'
import { REACTIONS, reactionTo, readError } from '../../../src/source/salesforce/reactions.ts'
import {
  createSalesforceSource,
  type SalesforceSourceOptions,
} from '../../../src/source/salesforce/salesforce-source.ts'
import type { Cursor, Page } from '../../../src/source/source.ts'

const NOW = Date.UTC(2026, 10, 22, 10)
const MINUTE_MS = 60_000
const QUARTER_MS = 15 * MINUTE_MS
const HOUR_MS = 60 * MINUTE_MS

/** An org of seven accounts on three pages and one contact. */
interface SmallOrg {
  readonly sandbox: Sandbox
  readonly ids: readonly string[]
  /** What arrived at the org, in order: operations as fault rules name them. */
  readonly arrived: string[]
}

async function startOrg(): Promise<SmallOrg> {
  const sandbox = await startSandbox({ accounts: 0, now: NOW })
  const { engine, org } = sandbox
  engine.limits.set('salesforce.queryPageRows', 3)
  const ids = Array.from({ length: 7 }, (_, i) => createRecord(org, 'Account', { Name: `Account ${i}` }))
  createRecord(org, 'Contact', { LastName: 'Doe' })
  const arrived: string[] = []
  const hit = engine.faults.hit
  engine.faults.hit = (operation) => {
    arrived.push(operation)
    return hit(operation)
  }
  return { sandbox, ids, arrived }
}

/** Of all tests that leave it as it was, but for what `openOrg` sets back. */
let common: SmallOrg

beforeAll(async () => {
  common = await startOrg()
})

afterAll(() => common.sandbox.close())

/** How long an answer is waited for, where not five seconds. */
interface Limits {
  readonly totalMs?: number
  readonly idleMs?: number
}

interface Opening extends Partial<SalesforceSourceOptions> {
  readonly limits?: Limits
  /** For which addresses the limits hold; others have their time on a busy machine. Default: all. */
  readonly hurries?: (url: string) => boolean
  /** For a test that leaves something behind, or runs beside others. */
  readonly ownOrg?: true
}

/**
 * A source as a new process makes it, with a login of its own, that reads such an org over real sockets, waiting in no
 * time. Nothing is wrong there yet, nothing was asked, and it is three minutes past a full hour.
 */
async function openOrg({ limits = {}, hurries = () => true, ownOrg, ...more }: Opening = {}) {
  const { sandbox, ids, arrived } = ownOrg ? await startOrg() : common
  const { engine, org, env } = sandbox
  engine.faults.clear()
  arrived.length = 0
  engine.clock.advance(HOUR_MS - (engine.clock.now() % HOUR_MS) + 3 * MINUTE_MS)
  const waits: number[] = []
  /** Requests that were under way at the same time. */
  const flights = { now: 0, most: 0 }
  const duringWait: { does: () => Promise<unknown> } = { does: async () => {} }
  const waiting = ({ totalMs = 5000, idleMs = 5000 }: Limits) =>
    createHttpClient({
      totalTimeoutMs: totalMs,
      idleTimeoutMs: idleMs,
      redact: (text) => text,
      log: silentLog,
      userAgent: 'boardsync-test',
    })
  const hurried = waiting(limits)
  const patient = waiting({})
  const source = createSalesforceSource({
    name: 'salesforce',
    credentials: {
      flow: 'client-credentials',
      clientId: env['SALESFORCE_CLIENT_ID'] ?? '',
      clientSecret: env['SALESFORCE_CLIENT_SECRET'] ?? '',
    },
    loginUrl: env['SALESFORCE_LOGIN_URL'] ?? '',
    http: {
      ...hurried,
      request: async (request) => {
        flights.most = Math.max(flights.most, ++flights.now)
        return (hurries(request.url) ? hurried : patient).request(request).finally(() => {
          flights.now -= 1
        })
      },
    },
    clock: {
      now: () => engine.clock.now(),
      sleep: async (ms, options) => {
        options?.signal?.throwIfAborted()
        waits.push(ms)
        engine.clock.advance(ms)
        const { does } = duringWait
        duringWait.does = async () => {}
        await does()
      },
    },
    log: silentLog,
    random: () => 0.5,
    ...more,
  })
  const read = async (after: Cursor | null = null, object = 'Account'): Promise<Page[]> => {
    const pages: Page[] = []
    const fields = object === 'Contact' ? ['LastName'] : ['Id']
    for await (const page of source.read({ object, fields, where: null, after })) pages.push(page)
    return pages
  }
  return {
    sandbox,
    source,
    ids,
    waits,
    flights,
    duringWait,
    read,
    /** Touches every account, in order. */
    change: () => {
      for (const id of ids) updateRecord(org, 'Account', id, { Name: 'New' })
      engine.clock.advance(3 * MINUTE_MS)
    },
    fail: (rule: Omit<FaultRule, 'operation'>, operation = 'salesforce.query') =>
      engine.faults.add([{ operation, ...rule }]),
    count: (operation: string) => arrived.filter((one) => one === operation).length,
    arrived,
    /** The text of a fault, with the address of this sandbox made to be the same in every run. */
    said: (fault: Fault) => formatFault(fault).replaceAll(/127\.0\.0\.1:\d+/g, 'ORG'),
    [Symbol.asyncDispose]: async () => {
      if (ownOrg) await sandbox.close()
    },
  }
}

type Opened = Awaited<ReturnType<typeof openOrg>>

/** Pages of a query: all, or the one that is asked for as this one. */
function pagesAsked(nth?: number): (url: string) => boolean {
  let asked = 0
  return (url) => url.includes('/query') && (nth === undefined || ++asked === nth)
}

const idsOf = (pages: readonly Page[]) => pages.flatMap((page) => page.records.map((record) => record.id))

/** Up to when this cursor is sure of all changes. */
const coveredBy = (cursor: Cursor | null | undefined) => (JSON.parse(cursor ?? '{}') as { covered?: string }).covered

async function faultOf(promise: Promise<unknown>): Promise<Fault> {
  try {
    await promise
  } catch (error) {
    return error as Fault
  }
  throw new Error('it went well')
}

/**
 * What becomes of the reads when the error stays. `object`: this read ends, those of other objects go on. `run`: this read
 * ends with 75, try later, whereupon a run asks for no further object; a later one may at once. `org`: no request leaves
 * for a quarter of an hour at least.
 */
type Stops = 'object' | 'run' | 'org'

interface Row {
  /** As the reference names it. */
  readonly title: string
  readonly answer: Omit<FaultRule, 'operation' | 'nth' | 'times'>
  /** How often a page of the query is asked for when the error stays, and how long is waited in between. */
  readonly requests: number
  readonly waits: readonly number[]
  readonly renewals?: number
  readonly stops: Stops
  /** A read of everything goes on as a Bulk job; this is about a read of changes, which does not. */
  readonly tooMuch?: true
  /** A read of changes tries smaller windows of time. */
  readonly inWindows?: true
  /** How long the org stays closed. Default a quarter of an hour. */
  readonly closedMs?: number
  readonly blame: Blame
  readonly exit: ExitCode
  readonly says: string
}

const named = (code: string, more: Readonly<Record<string, string | number>> = {}): Row['answer'] => ({
  action: 'error',
  with: { code, ...more },
})
/** A random half of ceilings that double from one second. */
const BACKOFF = [500, 1000, 2000, 4000, 8000]
const forGood = { requests: 1, waits: [], stops: 'object', blame: 'operator', exit: 1 } as const
const passing = { stops: 'run', blame: 'remote', exit: 75 } as const
const often = (requests: number) => ({ requests, waits: BACKOFF.slice(0, requests - 1) })

const ROWS: readonly Row[] = [
  {
    title: 'INVALID_SESSION_ID',
    answer: named('INVALID_SESSION_ID'),
    ...forGood,
    requests: 2,
    renewals: 1,
    stops: 'org',
    says: `salesforce-session-refused: Salesforce refuses the session, and no new one helps, asked for Account (401 INVALID_SESSION_ID)
  Check that the user is active and the app (or the token that was given) still allowed, then run check salesforce`,
  },
  {
    title: 'INVALID_SESSION_ID, not valid for use with the REST API',
    answer: named('session-not-for-rest'),
    ...forGood,
    stops: 'org',
    says: `salesforce-session-refused: Salesforce does not let this session use the REST API, asked for Account (401 INVALID_SESSION_ID)
  Check the session policies of the external client app and the user, then run check salesforce`,
  },
  {
    title: 'REQUEST_LIMIT_EXCEEDED of the day',
    answer: named('REQUEST_LIMIT_EXCEEDED'),
    ...passing,
    ...often(1),
    stops: 'org',
    says: `salesforce-request-limit: Salesforce has no requests left for today (counted over 24 hours, all programs of the org together), asked for Account (403 REQUEST_LIMIT_EXCEEDED)
  Wait, or find in Setup > System Overview who uses the quota; the read goes on from where it stopped`,
  },
  {
    title: 'REQUEST_LIMIT_EXCEEDED of the day with a Retry-After of a minute',
    answer: named('REQUEST_LIMIT_EXCEEDED', { retryAfter: 60 }),
    ...passing,
    ...often(1),
    stops: 'org',
    says: `salesforce-request-limit: Salesforce has no requests left for today (counted over 24 hours, all programs of the org together), asked for Account (403 REQUEST_LIMIT_EXCEEDED)
  Wait, or find in Setup > System Overview who uses the quota; the read goes on from where it stopped`,
  },
  {
    title: 'REQUEST_LIMIT_EXCEEDED of the day with a Retry-After of an hour',
    answer: named('REQUEST_LIMIT_EXCEEDED', { retryAfter: 3600 }),
    ...passing,
    ...often(1),
    stops: 'org',
    closedMs: 60 * MINUTE_MS,
    says: `salesforce-request-limit: Salesforce has no requests left for today (counted over 24 hours, all programs of the org together), asked for Account (403 REQUEST_LIMIT_EXCEEDED)
  Wait, or find in Setup > System Overview who uses the quota; the read goes on from where it stopped`,
  },
  {
    title: 'REQUEST_LIMIT_EXCEEDED of long requests at once',
    answer: named('concurrent-limit'),
    ...passing,
    requests: 4,
    // From half a minute up to a minute, then up to two, and a twentieth on top: half of the tenth that it may be.
    waits: [47_250, 72_975, 72_975],
    says: `salesforce-busy: Salesforce runs too many long requests at once, asked for Account 4 times (403 REQUEST_LIMIT_EXCEEDED)
  Wait and run again; other integrations of this org may be reading too`,
  },
  {
    title: 'API_DISABLED_FOR_ORG',
    answer: named('API_DISABLED_FOR_ORG'),
    ...forGood,
    stops: 'org',
    says: `salesforce-api-disabled: Salesforce has its API switched off for this org or user, asked for Account (403 API_DISABLED_FOR_ORG)
  Give the user the permission "API Enabled"; editions below Enterprise need the API as an add-on`,
  },
  {
    title: 'API_CURRENTLY_DISABLED',
    answer: named('API_CURRENTLY_DISABLED'),
    ...forGood,
    stops: 'org',
    says: `salesforce-api-disabled: Salesforce has its API switched off for this org or user, asked for Account (403 API_CURRENTLY_DISABLED)
  Give the user the permission "API Enabled"; editions below Enterprise need the API as an add-on`,
  },
  {
    title: 'INSUFFICIENT_ACCESS',
    answer: named('INSUFFICIENT_ACCESS'),
    ...forGood,
    says: `salesforce-access-refused: Salesforce does not let the user read this, asked for Account (403 INSUFFICIENT_ACCESS)
  In Setup > Permission Sets give the user read access, then run check salesforce`,
  },
  {
    title: 'INVALID_TYPE',
    answer: named('INVALID_TYPE', { message: "sObject type 'Account' is not supported." }),
    ...forGood,
    says: `salesforce-object-hidden: Salesforce shows no such object to the user, asked for Account (400 INVALID_TYPE: sObject type 'Account' is not supported.)
  Check the spelling, and give the user read access to the object in Setup > Permission Sets`,
  },
  {
    title: 'MALFORMED_QUERY',
    answer: named('MALFORMED_QUERY', {
      message: "\nSELECT Id FROM x\n^\nERROR at Row:1:Column:4\nunexpected token: 'x'",
    }),
    ...forGood,
    says: `salesforce-malformed-query: Salesforce cannot read the query, asked for Account (400 MALFORMED_QUERY: unexpected token: 'x')
  Check the where of this object in the source mapping: it is passed on to Salesforce as it is`,
  },
  {
    title: 'QUERY_TOO_COMPLICATED',
    answer: named('QUERY_TOO_COMPLICATED'),
    ...forGood,
    says: `salesforce-query-too-complicated: Salesforce finds the query too complicated, asked for Account (400 QUERY_TOO_COMPLICATED)
  Map fewer formula fields of this object`,
  },
  {
    title: 'QUERY_TIMEOUT',
    answer: named('QUERY_TIMEOUT'),
    ...forGood,
    ...often(2),
    blame: 'remote',
    tooMuch: true,
    inWindows: true,
    says: `salesforce-query-timeout: Salesforce did not finish the query in time, asked for Account 2 times (400 QUERY_TIMEOUT)
  Make the where of this object simpler (indexed fields, no leading %), or run again at a quieter hour`,
  },
  {
    title: 'OPERATION_TOO_LARGE',
    answer: named('OPERATION_TOO_LARGE'),
    ...forGood,
    tooMuch: true,
    inWindows: true,
    says: `salesforce-operation-too-large: Salesforce has to check sharing for too many records, asked for Account (400 OPERATION_TOO_LARGE)
  In Setup > Permission Sets give the user "View All" on this object, or make its where narrower`,
  },
  {
    title: 'INVALID_QUERY_LOCATOR, of a query that names none',
    answer: named('INVALID_QUERY_LOCATOR'),
    ...passing,
    ...often(1),
    says: `salesforce-locator-expired: Salesforce no longer knows the page that comes next, asked for Account (400 INVALID_QUERY_LOCATOR)
  Run again: the read goes on from where it stopped`,
  },
  {
    title: 'INVALID_QUERY_LOCATOR with 404',
    answer: named('locator-not-found'),
    ...passing,
    ...often(1),
    says: `salesforce-locator-expired: Salesforce no longer knows the page that comes next, asked for Account (404 INVALID_QUERY_LOCATOR)
  Run again: the read goes on from where it stopped`,
  },
  {
    title: 'UNABLE_TO_LOCK_ROW',
    answer: named('UNABLE_TO_LOCK_ROW'),
    ...passing,
    ...often(6),
    says: `salesforce-unavailable: Salesforce is not available, asked for Account 6 times (400 UNABLE_TO_LOCK_ROW)
  Wait and run again; status.salesforce.com tells of outages`,
  },
  {
    title: 'SERVER_UNAVAILABLE',
    answer: named('SERVER_UNAVAILABLE'),
    ...passing,
    ...often(6),
    says: `salesforce-unavailable: Salesforce is not available, asked for Account 6 times (503 SERVER_UNAVAILABLE)
  Wait and run again; status.salesforce.com tells of outages`,
  },
  {
    title: '503 with a page of HTML (maintenance)',
    answer: named('maintenance'),
    ...passing,
    ...often(6),
    says: `salesforce-unavailable: Salesforce is not available, or asks to wait, asked for Account 6 times (503)
  Wait and run again; status.salesforce.com tells of outages`,
  },
  {
    title: '503 with Retry-After',
    answer: named('maintenance', { retryAfter: 20 }),
    ...passing,
    requests: 6,
    // And a twentieth on top, so that not all return at once.
    waits: Array(5).fill(21_000),
    says: `salesforce-unavailable: Salesforce is not available, or asks to wait, asked for Account 6 times (503)
  Wait and run again; status.salesforce.com tells of outages`,
  },
  {
    title: '503 with a Retry-After of twenty minutes',
    answer: named('maintenance', { retryAfter: 1200 }),
    ...passing,
    ...often(1),
    stops: 'org',
    closedMs: 20 * MINUTE_MS,
    says: `salesforce-unavailable: Salesforce is not available, or asks to wait, asked for Account (503)
  Wait and run again; status.salesforce.com tells of outages`,
  },
  {
    title: '429 without a body',
    answer: { action: 'status', with: { status: 429, retryAfter: 2 } },
    ...passing,
    requests: 6,
    waits: Array(5).fill(2100),
    says: `salesforce-unavailable: Salesforce is not available, or asks to wait, asked for Account 6 times (429)
  Wait and run again; status.salesforce.com tells of outages`,
  },
  {
    title: '500 with a page of HTML',
    answer: named('server-error'),
    ...passing,
    ...often(5),
    says: `salesforce-server-error: Salesforce failed with an error of its own, asked for Account 5 times (500)
  Run again; status.salesforce.com tells of outages`,
  },
  {
    title: '502 with a page of HTML',
    answer: named('bad-gateway'),
    ...passing,
    ...often(5),
    says: `salesforce-server-error: Salesforce failed with an error of its own, asked for Account 5 times (502)
  Run again; status.salesforce.com tells of outages`,
  },
  {
    title: '504 with a page of HTML',
    answer: named('gateway-timeout'),
    ...passing,
    ...often(5),
    says: `salesforce-server-error: Salesforce failed with an error of its own, asked for Account 5 times (504)
  Run again; status.salesforce.com tells of outages`,
  },
  {
    title: '420, the edge has no route',
    answer: named('edge-no-route'),
    ...passing,
    ...often(3),
    says: `salesforce-org-unreachable: Salesforce has no route to this org, asked for Account 3 times (420)
  Check that the org still exists and that SALESFORCE_LOGIN_URL is its My Domain`,
  },
  {
    title: 'UNKNOWN_EXCEPTION',
    answer: named('UNKNOWN_EXCEPTION'),
    ...forGood,
    ...often(3),
    blame: 'remote',
    says: `salesforce-unknown-exception: Salesforce failed with an error of its own, asked for Account 3 times (500 UNKNOWN_EXCEPTION: An unexpected error occurred. ErrorId: 1234567890-12345 (-1234567890))
  Run again; when it stays, open a case at Salesforce with the ErrorId`,
  },
  {
    title: 'GONE',
    answer: named('GONE'),
    ...forGood,
    says: `salesforce-api-version: Salesforce does not serve this API version (any more), asked for Account (410 GONE)
  Update boardsync: it asks for a version that this org does not serve (its /services/data lists those it does)`,
  },
  {
    title: '410 without a body',
    answer: { action: 'status', with: { status: 410 } },
    ...forGood,
    says: `salesforce-api-version: Salesforce does not serve this API version (any more), asked for Account (410)
  Update boardsync: it asks for a version that this org does not serve (its /services/data lists those it does)`,
  },
  {
    title: 'UNSUPPORTED_API_VERSION',
    answer: named('UNSUPPORTED_API_VERSION'),
    ...forGood,
    says: `salesforce-api-version: Salesforce does not serve this API version (any more), asked for Account (500 UNSUPPORTED_API_VERSION)
  Update boardsync: it asks for a version that this org does not serve (its /services/data lists those it does)`,
  },
  {
    title: 'NOT_FOUND',
    answer: named('NOT_FOUND'),
    ...forGood,
    says: `salesforce-not-found: Salesforce knows nothing at this address, asked for Account (404 NOT_FOUND)
  Check the spelling of the object, and that the user has read access to it in Setup > Permission Sets`,
  },
  {
    title: '414, the address is too long',
    answer: named('uri-too-long'),
    ...forGood,
    tooMuch: true,
    says: `salesforce-query-too-long: Salesforce finds the query too long, asked for Account (414)
  Map fewer fields of this object`,
  },
  {
    title: '431, the headers are too long',
    answer: named('headers-too-long'),
    ...forGood,
    tooMuch: true,
    says: `salesforce-query-too-long: Salesforce finds the query too long, asked for Account (431)
  Map fewer fields of this object`,
  },
  {
    title: '302, the org has moved',
    answer: named('moved-away'),
    ...forGood,
    says: `salesforce-moved: Salesforce sends us to another address, where the token does not go, asked for Account (302)
  Set SALESFORCE_LOGIN_URL (or SALESFORCE_INSTANCE_URL) to the My Domain of the org as it is now`,
  },
  {
    title: 'Bulk: 409, the version differs from creation',
    answer: named('job-version'),
    ...forGood,
    blame: 'remote',
    says: `salesforce-job-version: Salesforce holds this Bulk job under another API version, asked for Account (409 INVALID_VERSION: The API version differs from the one that the job was created with)
  Run again: a new job is made; keep one API version per org where two programs share a job`,
  },
  {
    title: 'Bulk: INVALIDENTITY',
    answer: named('INVALIDENTITY', { message: "Entity 'Account' is not supported by the Bulk API." }),
    ...forGood,
    says: `salesforce-bulk-object: Salesforce does not offer this object in bulk, asked for Account (400 INVALIDENTITY: Entity 'Account' is not supported by the Bulk API.)
  Report this message: such an object is to be read over REST`,
  },
  {
    title: 'Bulk: compound column',
    answer: named('bulk-compound'),
    ...forGood,
    says: `salesforce-bulk-compound: Salesforce does not offer a field of this query in bulk: it is made of several, asked for Account (400 API_ERROR: Selecting compound data not supported in Bulk Query)
  Map its parts (BillingCity in place of BillingAddress), then run check salesforce`,
  },
  {
    title: 'Bulk: ExceededQuota',
    answer: named('ExceededQuota'),
    ...passing,
    ...often(1),
    says: `salesforce-bulk-quota: Salesforce has no Bulk jobs or results left for today (counted over 24 hours, all programs of the org together), asked for Account (400 ExceededQuota)
  Wait for older jobs to fall out of the 24 hours, or find in Setup > Bulk Data Load Jobs who uses them`,
  },
  {
    title: 'Bulk: LIMIT_EXCEEDED',
    answer: named('LIMIT_EXCEEDED'),
    ...passing,
    ...often(1),
    says: `salesforce-bulk-quota: Salesforce has no Bulk jobs or results left for today (counted over 24 hours, all programs of the org together), asked for Account (400 LIMIT_EXCEEDED)
  Wait for older jobs to fall out of the 24 hours, or find in Setup > Bulk Data Load Jobs who uses them`,
  },
  {
    title: 'Bulk: JOB_NOT_COMPLETE with 412',
    answer: named('JOB_NOT_COMPLETE'),
    ...passing,
    ...often(6),
    says: `salesforce-job-not-complete: Salesforce has the results of this Bulk job not ready, asked for Account 6 times (412 JOB_NOT_COMPLETE)
  Wait and run again: the job goes on in Salesforce`,
  },
  {
    title: 'Bulk: JOB_NOT_COMPLETE with 400',
    answer: named('JOB_NOT_COMPLETE', { status: 400 }),
    ...passing,
    ...often(6),
    says: `salesforce-job-not-complete: Salesforce has the results of this Bulk job not ready, asked for Account 6 times (400 JOB_NOT_COMPLETE)
  Wait and run again: the job goes on in Salesforce`,
  },
  {
    title: 'Bulk: results not ready with 204',
    answer: { action: 'status', with: { status: 204 } },
    ...passing,
    ...often(6),
    says: `salesforce-job-not-complete: Salesforce has the results of this Bulk job not ready, asked for Account 6 times (204)
  Wait and run again: the job goes on in Salesforce`,
  },
  {
    title: 'Bulk: results not ready with 412 and no body',
    answer: { action: 'status', with: { status: 412 } },
    ...passing,
    ...often(6),
    says: `salesforce-job-not-complete: Salesforce has the results of this Bulk job not ready, asked for Account 6 times (412)
  Wait and run again: the job goes on in Salesforce`,
  },
  {
    title: 'an error that no row knows',
    answer: named('SOMETHING_NEW', { message: 'nobody knows' }),
    ...forGood,
    blame: 'us',
    says: `salesforce-refused: Salesforce refuses the request, asked for Account (400 SOMETHING_NEW: nobody knows)
  Report this message`,
  },
]

const WINDOWS = 8

for (const row of ROWS) {
  const operation = row.tooMuch ? 'salesforce.queryAll' : 'salesforce.query'
  const begin = async ({ read, change, arrived }: Opened) => {
    if (!row.tooMuch) return null
    const whole = await read()
    change()
    arrived.length = 0
    return whole.at(-1)?.cursor ?? null
  }

  test(`${row.title}, for good`, async () => {
    await using opened = await openOrg()
    const { sandbox, waits, count, read, said, arrived } = opened
    const after = await begin(opened)
    opened.fail(row.answer, operation)
    const fault = await faultOf(read(after))
    // All that is left, then halves of it down to a second.
    const windows = row.inWindows ? WINDOWS : 1
    const [, sentence] = row.says.split(/^[a-z-]+: /)
    const noWindow = `Salesforce gives no changes of Account, not even those of one second (from ${coveredBy(after)})`
    expect(said(fault)).toBe(row.inWindows ? `salesforce-changes-too-much: ${noWindow}: ${sentence}` : row.says)
    expect([fault.blame, fault.exit]).toEqual([row.blame, row.exit])
    expect(count(operation)).toBe(row.requests * windows)
    expect(waits).toEqual(Array.from({ length: windows }, () => row.waits).flat())
    expect(count('salesforce.token')).toBe((after === null ? 1 : 0) + (row.renewals ?? 0))

    sandbox.engine.faults.clear()
    const before = arrived.length
    // What a run goes by.
    const stopsRun = fault.exit === 75 || fault.retryAfterMs !== undefined
    if (row.stops === 'org') {
      for (const ms of [0, (row.closedMs ?? QUARTER_MS) - MINUTE_MS]) {
        sandbox.engine.clock.advance(ms)
        const next = await faultOf(read(null, 'Contact'))
        expect(said(next)).toBe(row.says)
        expect([next.blame, next.exit]).toEqual([row.blame, row.exit])
      }
      expect(arrived.length).toBe(before)
      sandbox.engine.clock.advance(MINUTE_MS)
    } else expect(stopsRun).toBe(row.stops === 'run')
    expect(idsOf(await read(null, 'Contact'))).toHaveLength(1)
  })

  if (row.requests > 1)
    test(`${row.title}, passing: the read goes on, no record missing or twice`, async () => {
      await using opened = await openOrg()
      const after = await begin(opened)
      opened.fail({ ...row.answer, nth: 1, times: row.requests - 1 }, operation)
      expect(idsOf(await opened.read(after))).toEqual(opened.ids)
      expect(opened.count(operation)).toBeGreaterThanOrEqual(row.requests)
      expect(opened.waits).toEqual(row.waits)
    })

  if (row.tooMuch)
    test(`${row.title}, of a read of everything: it goes on as a Bulk job`, async () => {
      await using opened = await openOrg()
      opened.fail(row.answer)
      expect(new Set(idsOf(await opened.read()))).toEqual(new Set(opened.ids))
      expect(opened.count('salesforce.query')).toBe(row.requests)
      expect(opened.count('salesforce.bulkCreate')).toBe(1)
    })
}

test('a session that ended is renewed once, and the page in hand asked for again', async () => {
  await using opened = await openOrg()
  opened.fail({ ...named('INVALID_SESSION_ID'), nth: 2 }, 'salesforce.queryMore')
  expect(idsOf(await opened.read())).toEqual(opened.ids)
  expect([opened.count('salesforce.token'), opened.count('salesforce.queryMore')]).toEqual([2, 3])
})

describe('a session that stays refused', () => {
  test('is renewed once for a request, whatever else befalls it in between', async () => {
    await using opened = await openOrg()
    opened.fail({ ...named('maintenance'), nth: 2 })
    opened.fail(named('INVALID_SESSION_ID'))
    expect((await faultOf(opened.read())).code).toBe('salesforce-session-refused')
    expect([opened.count('salesforce.query'), opened.count('salesforce.token')]).toEqual([3, 2])
  })

  test('is renewed once, however many reads meet it, and all end with the same fault', async () => {
    await using opened = await openOrg()
    opened.fail(named('INVALID_SESSION_ID'), 'salesforce.describe')
    const faults = await Promise.all(Array.from({ length: 8 }, () => faultOf(opened.read())))
    expect(new Set(faults.map((fault) => fault.code))).toEqual(new Set(['salesforce-session-refused']))
    expect(opened.count('salesforce.token')).toBe(2)
    await faultOf(opened.read(null, 'Contact'))
    expect(opened.count('salesforce.token')).toBe(2)
  })
})

describe('what the source mends itself', () => {
  test('INVALID_FIELD: the object is described anew and the query built again, once', async () => {
    await using opened = await openOrg()
    opened.fail({ ...named('INVALID_FIELD'), nth: 1 })
    expect(idsOf(await opened.read())).toEqual(opened.ids)
    expect([opened.count('salesforce.describe'), opened.count('salesforce.query')]).toEqual([2, 2])
  })

  test('INVALID_FIELD for good ends the read of this object, in the words of Salesforce', async () => {
    await using opened = await openOrg()
    const message =
      "\nSELECT Id, Foo FROM Account\n ^\nERROR at Row:1:Column:12\nNo such column 'Foo' on entity 'Account'."
    opened.fail(named('INVALID_FIELD', { message }))
    const fault = await faultOf(opened.read())
    expect(opened.said(fault)).toBe(
      `salesforce-invalid-field: Salesforce does not know a field of the query, asked for Account (400 INVALID_FIELD: No such column 'Foo' on entity 'Account'.)
  Check the fields and the where of this object in the source mapping, then run check salesforce`,
    )
    expect([fault.exit, opened.count('salesforce.query')]).toEqual([1, 2])
    opened.sandbox.engine.faults.clear()
    expect(idsOf(await opened.read(null, 'Contact'))).toHaveLength(1)
  })

  for (const code of ['INVALID_QUERY_LOCATOR', 'locator-not-found']) {
    test(`${code}: the query is asked again after the last record handed over`, async () => {
      await using opened = await openOrg()
      opened.fail({ ...named(code), nth: 2 }, 'salesforce.queryMore')
      expect(idsOf(await opened.read())).toEqual(opened.ids)
      expect([opened.count('salesforce.query'), opened.waits]).toEqual([2, []])
    })
  }

  for (const code of ['EXCEEDED_ID_LIMIT', 'INVALID_REPLICATION_DATE']) {
    test(`${code} of /deleted: everything is read again, as a snapshot`, async () => {
      await using opened = await openOrg()
      const first = await opened.read()
      opened.fail(named(code), 'salesforce.deleted')
      const second = await opened.read(first.at(-1)?.cursor ?? null)
      expect(idsOf(second)).toEqual(opened.ids)
      expect(second.every((page) => page.snapshot)).toBe(true)
      expect(opened.count('salesforce.deleted')).toBe(1)
    })

    test(`${code} of /updated: the cursor stays ten minutes behind the clock of the org`, async () => {
      await using opened = await openOrg()
      opened.fail(named(code), 'salesforce.updated')
      const pages = await opened.read()
      expect(idsOf(pages)).toEqual(opened.ids)
      const behind = opened.sandbox.engine.clock.now() - Date.parse(coveredBy(pages.at(-1)?.cursor) ?? '')
      expect(Math.round(behind / MINUTE_MS)).toBe(10)
    })
  }
})

interface PartRow {
  readonly title: string
  readonly part: 'updated' | 'deleted'
  readonly answer: Row['answer']
  /** What comes of it when it is refused alone, too; `without`: the org keeps no such log of this object. */
  readonly alone: 'mended' | 'without' | 'told'
}

/** Answers to one part of a request that asks several things together, while its other parts are told. */
const PARTS: readonly PartRow[] = (['updated', 'deleted'] as const).flatMap((part) =>
  (
    [
      ['EXCEEDED_ID_LIMIT', named('EXCEEDED_ID_LIMIT'), 'mended'],
      ['INVALID_REPLICATION_DATE', named('INVALID_REPLICATION_DATE'), 'mended'],
      ['NOT_FOUND', named('NOT_FOUND'), 'without'],
      ['INSUFFICIENT_ACCESS', named('INSUFFICIENT_ACCESS'), 'without'],
      ['UNKNOWN_EXCEPTION', named('UNKNOWN_EXCEPTION'), 'told'],
      ['503 and a page of HTML', named('maintenance'), 'told'],
    ] as const
  ).map(([what, answer, alone]) => ({ title: `/${part} with ${what}`, part, answer, alone })),
)

describe('what is refused among other things asked together:', () => {
  /** As a sync does it: what an object is, and what its read begins with, is asked for together. */
  const sync = async ({ source, read }: Opened, after: Cursor | null) => {
    await source.describe({ object: 'Account', fields: ['Id'], reads: { where: null, after } })
    return read(after)
  }
  const operations = (...names: string[]) => names.map((name) => `salesforce.${name}`)

  for (const row of PARTS.filter(({ part }) => part === 'updated')) {
    test(`${row.title} is asked for alone; what else was told is not asked for again`, async () => {
      await using opened = await openOrg({ bulk: { fromRecords: 1 } })
      opened.fail({ ...row.answer, nth: 1 }, 'salesforce.updated')
      const pages = await sync(opened, null)
      expect(new Set(idsOf(pages))).toEqual(new Set(opened.ids))
      const together = operations('composite', 'describe', 'updated', 'query')
      // The count that was told calls for a job: no page is asked for over REST.
      const alone = operations('updated', 'bulkCreate')
      expect(opened.arrived.slice(0, 7)).toEqual([...operations('token'), ...together, ...alone])
      expect([opened.count('salesforce.query'), opened.count('salesforce.describe')]).toEqual([1, 1])
      // As far as without the refusal.
      const behind = opened.sandbox.engine.clock.now() - Date.parse(coveredBy(pages.at(-1)?.cursor) ?? '')
      expect(behind).toBeLessThan(MINUTE_MS)
      // The next ones are asked together again.
      await sync(opened, pages.at(-1)?.cursor ?? null)
      expect(opened.count('salesforce.composite')).toBe(2)
    })
  }

  for (const row of PARTS.filter(({ part }) => part === 'deleted')) {
    test(`${row.title} is asked for alone; what else was told is not asked for again`, async () => {
      await using opened = await openOrg({ ownOrg: true })
      const { org, engine } = opened.sandbox
      // So that /deleted alone tells.
      engine.limits.set('salesforce.deletionMovesStamp', 0)
      const after = (await opened.read()).at(-1)?.cursor ?? null
      const [gone = '', changed = ''] = opened.ids
      engine.clock.advance(5 * MINUTE_MS)
      deleteRecord(org, 'Account', gone)
      updateRecord(org, 'Account', changed, { Name: 'New' })
      engine.clock.advance(5 * MINUTE_MS)
      opened.arrived.length = 0
      opened.fail({ ...row.answer, nth: 1 }, 'salesforce.deleted')
      const pages = await sync(opened, after)
      expect(pages.flatMap((page) => page.records)).toMatchObject([
        { kind: 'deleted', id: gone },
        { kind: 'present', id: changed },
      ])
      expect(opened.arrived.slice(0, 4)).toEqual(operations('composite', 'describe', 'deleted', 'deleted'))
      expect([opened.count('salesforce.describe'), opened.waits]).toEqual([1, []])
    })
  }

  for (const row of PARTS) {
    const mended = row.part === 'updated' ? 'ten minutes are left for the next read' : 'everything is read again'
    const without = row.part === 'updated' ? mended : 'changes are read all the same'
    const comes = { mended, without, told: 'the read ends with its fault' }[row.alone]
    test(`${row.title}, alone too: ${comes}`, async () => {
      await using opened = await openOrg()
      const after = row.part === 'updated' ? null : ((await opened.read()).at(-1)?.cursor ?? null)
      opened.arrived.length = 0
      opened.fail(row.answer, `salesforce.${row.part}`)
      const reading = sync(opened, after)
      if (row.alone === 'told') {
        const fault = await faultOf(reading)
        expect(fault.message).toMatch(/^Salesforce .* asked for (changes|deletions) of Account/)
      } else {
        const pages = await reading
        if (row.part === 'updated' || row.alone === 'mended') expect(idsOf(pages)).toEqual(opened.ids)
        const behind = opened.sandbox.engine.clock.now() - Date.parse(coveredBy(pages.at(-1)?.cursor) ?? '')
        if (row.part === 'updated') expect(Math.round(behind / MINUTE_MS)).toBe(10)
        else expect(pages.every((page) => page.snapshot)).toBe(row.alone === 'mended')
        expect(opened.count(`salesforce.${row.part}`)).toBe(2)
      }
      expect([opened.count('salesforce.composite'), opened.count('salesforce.describe')]).toEqual([1, 1])
    })
  }
})

interface JobRow {
  readonly title: string
  readonly operation: string
  readonly answer: Omit<FaultRule, 'operation'>
  /** How many jobs are created. */
  readonly jobs: number
  /** Where the records come from in the end. */
  readonly over: 'Bulk' | 'REST'
  readonly renewals?: number
  readonly limits?: Limits
  /** Why jobs were lost, as the log tells. */
  readonly lost?: readonly string[]
}

const onResults = { operation: 'salesforce.bulkResults', over: 'Bulk' } as const
const onCreate = { operation: 'salesforce.bulkCreate', jobs: 1, over: 'REST' } as const
const onJob = { operation: 'salesforce.bulkJob', jobs: 2 } as const
const slow = 'Salesforce ended its Bulk job JOB for Account as Failed: too slow'
const aborted = 'Salesforce ended its Bulk job JOB for Account as Aborted: no reason given'

/** What the Bulk client makes of the answers that are meant for it. */
const JOBS: readonly JobRow[] = [
  {
    title: 'a job that fails',
    ...onJob,
    answer: { ...named('x', { message: 'too slow' }), nth: 1 },
    over: 'Bulk',
    lost: [slow],
  },
  {
    title: 'jobs that fail for good',
    ...onJob,
    answer: named('x', { message: 'too slow' }),
    over: 'REST',
    lost: [slow, slow],
  },
  { title: 'a job that is aborted', ...onJob, answer: { ...named('Aborted'), nth: 1 }, over: 'Bulk', lost: [aborted] },
  { title: 'jobs that are all aborted', ...onJob, answer: named('Aborted'), over: 'REST', lost: [aborted, aborted] },
  { title: 'a job that is gone', ...onResults, answer: { ...named('NOT_FOUND'), nth: 1 }, jobs: 2 },
  { title: 'a job of another version', ...onResults, answer: { ...named('job-version'), nth: 1 }, jobs: 2 },
  { title: 'results not ready, 412', ...onResults, answer: { ...named('JOB_NOT_COMPLETE'), nth: 1 }, jobs: 1 },
  {
    title: 'results not ready, 400',
    ...onResults,
    answer: { ...named('JOB_NOT_COMPLETE', { status: 400 }), nth: 1 },
    jobs: 1,
  },
  {
    title: 'results not ready, 204',
    ...onResults,
    answer: { action: 'status', with: { status: 204 }, nth: 1 },
    jobs: 1,
  },
  {
    title: 'results that stop coming',
    ...onResults,
    answer: { action: 'stall', nth: 1 },
    limits: { idleMs: 200 },
    jobs: 1,
  },
  { title: 'results that are cut', ...onResults, answer: { action: 'truncate', nth: 1 }, jobs: 1 },
  {
    title: 'a session that ends before the results',
    ...onResults,
    answer: { ...named('INVALID_SESSION_ID'), nth: 1 },
    jobs: 1,
    renewals: 1,
  },
  { title: 'an object that Bulk does not serve', ...onCreate, answer: named('INVALIDENTITY') },
  { title: 'a compound column', ...onCreate, answer: named('bulk-compound') },
  { title: 'no jobs left for today', ...onCreate, answer: named('ExceededQuota') },
  { title: 'no jobs left for today, as others saw it', ...onCreate, answer: named('LIMIT_EXCEEDED') },
]

for (const row of JOBS) {
  test(`in bulk, ${row.title}: every record arrives over ${row.over}, of ${row.jobs} jobs`, async () => {
    const lost: string[] = []
    const info: Log['info'] = ({ why }, message) => {
      if (message === 'Bulk job lost') lost.push(String(why).replaceAll(/\b750\w+/g, 'JOB'))
    }
    await using opened = await openOrg({
      limits: row.limits ?? {},
      bulk: { fromRecords: 1 },
      log: { ...silentLog, info },
    })
    opened.fail(row.answer, row.operation)
    const pages = await opened.read()
    // A job that is lost calls off what it had handed over.
    expect(new Set(idsOf(pages))).toEqual(new Set(opened.ids))
    expect(opened.count('salesforce.bulkCreate')).toBe(row.jobs)
    expect(opened.count('salesforce.queryMore')).toBe(row.over === 'REST' ? 2 : 0)
    expect(opened.count('salesforce.token')).toBe(1 + (row.renewals ?? 0))
    if (row.lost !== undefined) expect(lost).toEqual(row.lost)
    // None is left behind.
    expect(opened.count('salesforce.bulkDelete')).toBe(row.operation === 'salesforce.bulkCreate' ? 0 : row.jobs)
  })
}

interface Login {
  readonly title: string
  readonly answer: Row['answer']
  readonly requests: number
  readonly waits: readonly number[]
  readonly exit: ExitCode
  /** For how long no other token is asked for. */
  readonly stays: number
  readonly says: string
}

const refusedLogin = { requests: 1, waits: [], exit: 1, stays: MINUTE_MS } as const

const LOGINS: readonly Login[] = [
  {
    title: 'OAuth invalid_grant',
    answer: named('invalid_grant'),
    ...refusedLogin,
    says: `salesforce-login-refused: Salesforce refuses to log in at http://ORG: the credentials are not accepted (invalid_grant: authentication failure)
  Check SALESFORCE_USERNAME, the app and the login history of the user in Setup`,
  },
  {
    title: 'OAuth invalid_grant, expired',
    answer: named('token-expired'),
    ...refusedLogin,
    says: `salesforce-login-approval: Salesforce refuses to log in at http://ORG: what the user had approved has ended or was taken back (invalid_grant: expired access/refresh token)
  In Setup > External Client Apps > Policies let admin-approved users in, and assign the user a permission set of the app`,
  },
  {
    title: 'OAuth invalid_grant, not approved',
    answer: named('user-not-approved'),
    ...refusedLogin,
    says: `salesforce-login-approval: Salesforce refuses to log in at http://ORG: the user has not approved the app (invalid_grant: user hasn't approved this consumer)
  In Setup > External Client Apps > Policies let admin-approved users in, and assign the user a permission set of the app`,
  },
  {
    title: 'OAuth invalid_grant, inactive user',
    answer: named('user-inactive'),
    ...refusedLogin,
    says: `salesforce-login-user: Salesforce refuses to log in at http://ORG: the user is inactive, locked or frozen (invalid_grant: inactive user)
  In Setup > Users activate and unlock that user`,
  },
  {
    title: 'OAuth invalid_client_id',
    answer: named('invalid_client_id'),
    ...refusedLogin,
    says: `salesforce-login-client: Salesforce refuses to log in at http://ORG: the client id is not known (invalid_client_id: client identifier invalid)
  Set SALESFORCE_CLIENT_ID to the consumer key of the external client app (new apps need up to ten minutes)`,
  },
  {
    title: 'OAuth invalid_client with 401',
    answer: named('invalid_client', { status: 401 }),
    ...refusedLogin,
    says: `salesforce-login-client: Salesforce refuses to log in at http://ORG: the client id and secret do not match (invalid_client: invalid client credentials)
  Set SALESFORCE_CLIENT_ID and SALESFORCE_CLIENT_SECRET to the consumer key and secret of the external client app`,
  },
  {
    title: 'OAuth unsupported_grant_type',
    answer: named('unsupported_grant_type'),
    ...refusedLogin,
    says: `salesforce-login-flow: Salesforce refuses to log in at http://ORG: the app does not allow this way to log in (unsupported_grant_type: grant type not supported)
  In Setup > External Client Apps > OAuth Settings enable the client credentials or JWT bearer flow`,
  },
  {
    title: 'OAuth client credentials at a shared login page',
    answer: named('login-domain'),
    ...refusedLogin,
    says: `salesforce-login-domain: Salesforce refuses to log in at http://ORG: client credentials do not work at this address (invalid_grant: request not supported on this domain)
  Set SALESFORCE_LOGIN_URL to your My Domain, like https://acme.my.salesforce.com`,
  },
  {
    title: 'OAuth rate_limit_exceeded',
    answer: named('rate_limit_exceeded'),
    ...refusedLogin,
    exit: 75,
    stays: HOUR_MS,
    says: `salesforce-login-limited: Salesforce refuses to log in at http://ORG: too many logins in the last hour (rate_limit_exceeded: login rate exceeded)
  Wait an hour; run one worker with this user instead of several`,
  },
  {
    title: 'OAuth 503 with a page of HTML',
    answer: named('maintenance'),
    requests: 4,
    waits: [250, 500, 1000],
    exit: 75,
    stays: MINUTE_MS,
    says: `salesforce-login-busy: Salesforce answered 503 when asked for a token at http://ORG
  Wait and run again; status.salesforce.com tells of outages`,
  },
  {
    title: 'OAuth 420, the edge has no route',
    answer: named('edge-no-route'),
    requests: 4,
    waits: [250, 500, 1000],
    exit: 75,
    stays: MINUTE_MS,
    says: `salesforce-login-busy: Salesforce answered 420 when asked for a token at http://ORG
  Wait and run again; status.salesforce.com tells of outages`,
  },
  {
    title: 'OAuth 200 with a page of HTML',
    answer: { action: 'html', with: { status: 200 } },
    ...refusedLogin,
    says: `salesforce-login-address: Salesforce answered 200 when asked for a token at http://ORG, with what is no JSON (text/html; charset=utf-8)
  Check that SALESFORCE_LOGIN_URL is the My Domain of the org, and that no proxy answers in its place`,
  },
]

for (const row of LOGINS) {
  test(`${row.title}: whoever comes next gets the same fault, and no token is asked for`, async () => {
    await using opened = await openOrg()
    opened.fail(row.answer, 'salesforce.token')
    const fault = await faultOf(opened.read())
    expect(opened.said(fault)).toBe(row.says)
    expect([fault.exit, fault.blame]).toEqual([row.exit, row.exit === 75 ? 'remote' : 'operator'])
    expect(opened.arrived).toEqual(Array(row.requests).fill('salesforce.token'))
    expect(opened.waits).toEqual(row.waits)

    opened.sandbox.engine.faults.clear()
    opened.sandbox.engine.clock.advance(row.stays - 30_000)
    expect(await faultOf(opened.read(null, 'Contact'))).toBe(fault)
    expect(opened.arrived).toHaveLength(row.requests)
    opened.sandbox.engine.clock.advance(30_000)
    expect(idsOf(await opened.read())).toEqual(opened.ids)
  })
}

interface Break {
  readonly title: string
  readonly answer: Row['answer']
  readonly requests: number
  readonly waits: readonly number[]
  readonly limits?: Limits
  readonly says: string
}

/** Over real sockets, in real time; what takes longest first. */
const BREAKS: readonly Break[] = [
  {
    title: 'an answer that never comes',
    answer: { action: 'hang' },
    ...often(3),
    limits: { totalMs: 400 },
    says: `http-timeout: Salesforce gave no whole answer, asked for Account 3 times: GET ORG/services/data/v68.0/query gave no whole answer within 0.4 s
  Run again: the read goes on from where it stopped; when it stays, check the network and proxy between here and Salesforce`,
  },
  {
    title: 'a body that drips',
    answer: { action: 'drip', with: { bytes: 1, ms: 50 } },
    ...often(3),
    limits: { totalMs: 400 },
    says: `http-timeout: Salesforce gave no whole answer, asked for Account 3 times: GET ORG/services/data/v68.0/query gave no whole answer within 0.4 s
  Run again: the read goes on from where it stopped; when it stays, check the network and proxy between here and Salesforce`,
  },
  {
    title: 'a body that stops coming',
    answer: { action: 'stall', with: { bytes: 100 } },
    ...often(3),
    limits: { idleMs: 200 },
    says: `http-timeout: Salesforce gave no whole answer, asked for Account 3 times: GET ORG/services/data/v68.0/query sent nothing more for 0.2 s
  Run again: the read goes on from where it stopped; when it stays, check the network and proxy between here and Salesforce`,
  },
  {
    title: 'a reset before the answer',
    answer: { action: 'cut-before' },
    ...often(5),
    says: `http-reset: Salesforce gave no whole answer, asked for Account 5 times: GET ORG/services/data/v68.0/query dropped the connection without an answer (ECONNRESET)
  Run again: the read goes on from where it stopped; when it stays, check the network and proxy between here and Salesforce`,
  },
  {
    title: 'a truncated body of whole length',
    answer: { action: 'html', with: { status: 200 } },
    ...often(5),
    says: `http-truncated: Salesforce gave no whole answer, asked for Account 5 times: Salesforce answered Account with a body that is no whole JSON (text/html; charset=utf-8)
  Run again; when it stays, check that SALESFORCE_LOGIN_URL is the My Domain of the org`,
  },
  {
    title: 'a truncated body',
    answer: { action: 'truncate' },
    ...often(5),
    says: `http-truncated: Salesforce gave no whole answer, asked for Account 5 times: GET ORG/services/data/v68.0/query answered with a body that ends early (ECONNRESET)
  Run again: the read goes on from where it stopped; when it stays, check the network and proxy between here and Salesforce`,
  },
]

// Beside each other: most of their time is waiting.
describe.concurrent('a connection that breaks:', () => {
  test('a login that never answers is tried twice', async () => {
    await using opened = await openOrg({ limits: { totalMs: 400 }, ownOrg: true })
    opened.fail({ action: 'hang' }, 'salesforce.token')
    const fault = await faultOf(opened.read())
    expect(
      opened.said(fault),
    ).toBe(`salesforce-login-unanswered: Salesforce gave no whole answer, asked for a token at http://ORG 2 times: POST ORG/services/oauth2/token gave no whole answer within 0.4 s
  Run again; when it stays, check the network and proxy between here and Salesforce`)
    expect([fault.exit, opened.arrived]).toEqual([75, ['salesforce.token', 'salesforce.token']])
  })

  for (const row of BREAKS) {
    test(`${row.title}, for good: tried a few times and told, with 75`, async () => {
      await using opened = await openOrg({ limits: row.limits ?? {}, hurries: pagesAsked(), ownOrg: true })
      opened.fail(row.answer)
      const fault = await faultOf(opened.read())
      expect(opened.said(fault)).toBe(row.says)
      expect([fault.blame, fault.exit]).toEqual(['remote', 75])
      expect(opened.count('salesforce.query')).toBe(row.requests)
      expect(opened.waits).toEqual(row.waits)
    })

    test(`${row.title} in the middle of a read: that page is asked for again, no record missing or twice`, async () => {
      await using opened = await openOrg({ limits: row.limits ?? {}, hurries: pagesAsked(2), ownOrg: true })
      opened.fail({ ...row.answer, nth: 1 }, 'salesforce.queryMore')
      expect(idsOf(await opened.read())).toEqual(opened.ids)
      expect(opened.count('salesforce.queryMore')).toBe(3)
    })
  }
})

describe('a closed org', () => {
  const OBJECTS = ['Account', 'Contact', 'Lead', 'Opportunity', 'User', 'Account', 'Contact', 'Lead']

  test('refuses all readers at once, with one fault, and no request leaves', async () => {
    await using opened = await openOrg()
    opened.fail(named('REQUEST_LIMIT_EXCEEDED'), 'salesforce.describe')
    const faults = await Promise.all(OBJECTS.map((object) => faultOf(opened.read(null, object))))
    expect(new Set(faults.map((fault) => fault.code))).toEqual(new Set(['salesforce-request-limit']))
    // Those that were under way already.
    expect(opened.count('salesforce.describe')).toBeLessThanOrEqual(4)
    const before = opened.arrived.length
    const next = await Promise.all(OBJECTS.map((object) => faultOf(opened.read(null, object))))
    expect(new Set(next.map((fault) => fault.message)).size).toBe(1)
    expect(next.map((fault) => Math.ceil((fault.retryAfterMs ?? 0) / MINUTE_MS))).toEqual(OBJECTS.map(() => 15))
    expect(opened.arrived).toHaveLength(before)
  })

  test('stays closed for the longest time that was named', async () => {
    await using opened = await openOrg()
    opened.fail({ ...named('REQUEST_LIMIT_EXCEEDED', { retryAfter: 3600 }), nth: 1 }, 'salesforce.describe')
    opened.fail({ ...named('REQUEST_LIMIT_EXCEEDED'), nth: 2 }, 'salesforce.describe')
    await Promise.all(['Account', 'Contact'].map((object) => faultOf(opened.read(null, object))))
    expect(opened.count('salesforce.describe')).toBe(2)
    opened.sandbox.engine.clock.advance(59 * MINUTE_MS)
    expect((await faultOf(opened.read())).code).toBe('salesforce-request-limit')
    expect(opened.count('salesforce.describe')).toBe(2)
  })

  test('refuses a request that was waiting while it was closed', async () => {
    await using opened = await openOrg()
    await opened.read(null, 'Contact')
    opened.fail({ ...named('maintenance', { retryAfter: 20 }), nth: 1 })
    opened.fail(named('REQUEST_LIMIT_EXCEEDED'))
    opened.duringWait.does = () => faultOf(opened.read(null, 'Contact'))
    const fault = await faultOf(opened.read())
    expect(fault.code).toBe('salesforce-request-limit')
    expect(opened.count('salesforce.query')).toBe(3)
  })

  test('is one whose share of ours is used, too: no request leaves for a quarter of an hour', async () => {
    await using opened = await openOrg({ quotaShare: 0.5, ownOrg: true })
    opened.sandbox.engine.limits.set('salesforce.callsPerDay', 4)
    const fault = await faultOf(opened.read())
    expect([fault.code, fault.exit]).toEqual(['salesforce-quota-share-used', 75])
    const before = opened.arrived.length
    expect((await faultOf(opened.read(null, 'Contact'))).message).toBe(fault.message)
    expect(opened.arrived).toHaveLength(before)
    opened.sandbox.engine.limits.set('salesforce.callsPerDay', 1000)
    opened.sandbox.engine.clock.advance(QUARTER_MS)
    expect(idsOf(await opened.read())).toEqual(opened.ids)
  })
})

test('after too many long requests at once, ours go one at a time for a quarter of an hour', async () => {
  await using opened = await openOrg()
  const { flights, sandbox } = opened
  const readAll = () =>
    Promise.all(['Account', 'Contact', 'Lead', 'Opportunity', 'User'].map((one) => opened.read(null, one)))
  await readAll()
  expect(flights.most).toBeGreaterThan(1)
  opened.fail({ ...named('concurrent-limit'), nth: 1 })
  await opened.read()
  flights.most = 0
  await readAll()
  expect(flights.most).toBe(1)
  sandbox.engine.clock.advance(QUARTER_MS)
  await readAll()
  expect(flights.most).toBeGreaterThan(1)
})

/** By which rows above each row of the reference is met; where its reaction is not one of an answer, by which other test. */
const COVERED: Readonly<Record<string, readonly string[]>> = {
  INVALID_SESSION_ID: ['INVALID_SESSION_ID'],
  'INVALID_SESSION_ID, "This session is not valid for use with the REST API"': [
    'INVALID_SESSION_ID, not valid for use with the REST API',
  ],
  'REQUEST_LIMIT_EXCEEDED (daily)': ['REQUEST_LIMIT_EXCEEDED of the day'],
  'REQUEST_LIMIT_EXCEEDED (≥20 s calls)': ['REQUEST_LIMIT_EXCEEDED of long requests at once'],
  'API_DISABLED_FOR_ORG, API_CURRENTLY_DISABLED, INSUFFICIENT_ACCESS': [
    'API_DISABLED_FOR_ORG',
    'API_CURRENTLY_DISABLED',
    'INSUFFICIENT_ACCESS',
  ],
  INVALID_FIELD: ['INVALID_FIELD'],
  INVALID_TYPE: ['INVALID_TYPE'],
  MALFORMED_QUERY: ['MALFORMED_QUERY'],
  QUERY_TOO_COMPLICATED: ['QUERY_TOO_COMPLICATED'],
  QUERY_TIMEOUT: ['QUERY_TIMEOUT'],
  OPERATION_TOO_LARGE: ['OPERATION_TOO_LARGE'],
  INVALID_QUERY_LOCATOR: ['INVALID_QUERY_LOCATOR'],
  UNABLE_TO_LOCK_ROW: ['UNABLE_TO_LOCK_ROW'],
  SERVER_UNAVAILABLE: ['SERVER_UNAVAILABLE', '503 with a page of HTML (maintenance)', '503 with Retry-After'],
  '500 / 502 / 420 (Edge has no route)': [
    '500 with a page of HTML',
    '502 with a page of HTML',
    '420, the edge has no route',
  ],
  UNKNOWN_EXCEPTION: ['UNKNOWN_EXCEPTION'],
  'GONE / UNSUPPORTED_API_VERSION': ['GONE', 'UNSUPPORTED_API_VERSION'],
  NOT_FOUND: ['NOT_FOUND', 'a job that is gone'],
  'URI too long': ['414, the address is too long', '431, the headers are too long'],
  'Bulk: version differs from creation': ['Bulk: 409, the version differs from creation', 'a job of another version'],
  'Bulk: object unsupported': ['Bulk: INVALIDENTITY', 'an object that Bulk does not serve'],
  'Bulk: compound column': ['Bulk: compound column', 'a compound column'],
  'Bulk: quota': ['Bulk: ExceededQuota', 'Bulk: LIMIT_EXCEEDED', 'no jobs left for today'],
  'Bulk: results not ready': [
    'Bulk: JOB_NOT_COMPLETE with 412',
    'Bulk: JOB_NOT_COMPLETE with 400',
    'Bulk: results not ready with 204',
  ],
  'Bulk: state Failed / Aborted': [
    'a job that fails',
    'jobs that fail for good',
    'a job that is aborted',
    'jobs that are all aborted',
  ],
  'EXCEEDED_ID_LIMIT / INVALID_REPLICATION_DATE (`/updated`,`/deleted`)': [
    'EXCEEDED_ID_LIMIT',
    'INVALID_REPLICATION_DATE',
    '/updated with EXCEEDED_ID_LIMIT',
    '/updated with INVALID_REPLICATION_DATE',
    '/deleted with EXCEEDED_ID_LIMIT',
    '/deleted with INVALID_REPLICATION_DATE',
  ],
  'truncated body, reset': ['a truncated body', 'a reset before the answer'],
  'OAuth `invalid_grant`': [
    'OAuth invalid_grant',
    'OAuth invalid_grant, expired',
    'OAuth invalid_grant, not approved',
    'OAuth invalid_grant, inactive user',
  ],
  'OAuth `invalid_client_id` / `invalid_client`': ['OAuth invalid_client_id', 'OAuth invalid_client with 401'],
  'OAuth `unsupported_grant_type`': ['OAuth unsupported_grant_type'],
  'OAuth client credentials on login.salesforce.com': ['OAuth client credentials at a shared login page'],
  'OAuth `rate_limit_exceeded` / 503': ['OAuth rate_limit_exceeded', 'OAuth 503 with a page of HTML'],
}

describe('nothing is left out:', () => {
  /** Met by the tests of `what the source mends itself`. */
  const MENDED = ['INVALID_FIELD', 'INVALID_QUERY_LOCATOR', 'EXCEEDED_ID_LIMIT', 'INVALID_REPLICATION_DATE']
  const rules = [...ROWS, ...LOGINS].map((row) => row.answer)

  test('every fault that the sandbox has a name for', () => {
    const asked = new Set([...rules.map((rule) => rule.with?.['code']), ...MENDED])
    expect(NAMED_FAULTS.filter((name) => !asked.has(name))).toEqual([])
  })

  test('every reaction', () => {
    const met = [...rules, ...MENDED.map((code) => named(code))].map((rule) => {
      const answer =
        rule.action === 'error'
          ? faultAnswer({ operation: 'salesforce.query', ...rule })
          : { status: rule.with?.['status'], body: '' }
      return reactionTo(readError(Number(answer?.status), String(answer?.body)))
    })
    expect(REACTIONS.filter((reaction) => !met.includes(reaction))).toEqual([])
  })

  const reference = path.resolve(import.meta.dirname, '../../../../shared/reference/salesforce.md')
  test.skipIf(!existsSync(reference))('every row of the reference (skipped where ../shared is not there)', () => {
    const [, chapter = ''] = readFileSync(reference, 'utf8').split('\n## 3. Errors\n')
    const [table = ''] = chapter.split('\n---')
    const rows = table
      .split('\n')
      .filter((line) => line.startsWith('| ') && !line.startsWith('| Error |'))
      .map((line) => line.split(' | ')[0]?.slice(2) ?? '')
    expect(rows.filter((row) => COVERED[row] === undefined)).toEqual([])
    const titles = new Set([...ROWS, ...JOBS, ...PARTS, ...LOGINS, ...BREAKS].map((row) => row.title))
    const elsewhere = new Set(MENDED)
    const untested = Object.values(COVERED)
      .flat()
      .filter((title) => !titles.has(title) && !elsewhere.has(title))
    expect(untested).toEqual([])
  })
})

test('an error that stands alone, outside a list, is read as well', () => {
  const alone = JSON.stringify({ errorCode: 'INVALIDENTITY', message: "Entity 'X' is not supported by the Bulk API." })
  expect(reactionTo(readError(400, alone)).code).toBe('salesforce-bulk-object')
})

import nock from 'nock'
import { afterEach, describe, expect, test } from 'vitest'
import type { Fault } from '../../../src/platform/errors.ts'
import { REACTIONS } from '../../../src/source/salesforce/reactions.ts'
import {
  answerDescribe,
  answerToken,
  answerUpdated,
  DATE,
  lead,
  page,
  pagesOf,
  query,
  scriptedOrg,
} from './scripted-org.ts'

afterEach(() => {
  const left = nock.pendingMocks()
  nock.cleanAll()
  expect(left, 'requests that were expected and not made').toEqual([])
})

function readyOrg(options: Parameters<typeof scriptedOrg>[0] = {}) {
  const scripted = scriptedOrg(options)
  answerToken(scripted.org)
  answerDescribe(scripted.org)
  answerUpdated(scripted.org)
  return scripted
}

async function faultOf(promise: Promise<unknown>): Promise<Fault> {
  try {
    await promise
  } catch (error) {
    return error as Fault
  }
  throw new Error('it went well')
}

interface Row {
  readonly status: number
  readonly errorCode: string | null
  readonly message?: string
  /** How often the same request is made before it is given up. */
  readonly requests: number
  readonly code: string
  readonly exit: number
}

/** Every error of the reference that a read can meet. */
const ROWS: readonly Row[] = [
  {
    status: 401,
    errorCode: 'INVALID_SESSION_ID',
    message: 'This session is not valid for use with the REST API',
    requests: 1,
    code: 'salesforce-session-refused',
    exit: 1,
  },
  {
    status: 403,
    errorCode: 'REQUEST_LIMIT_EXCEEDED',
    message: 'TotalRequests Limit exceeded.',
    requests: 1,
    code: 'salesforce-request-limit',
    exit: 75,
  },
  {
    status: 403,
    errorCode: 'REQUEST_LIMIT_EXCEEDED',
    message: 'ConcurrentPerOrgLongTxn Limit exceeded.',
    requests: 4,
    code: 'salesforce-busy',
    exit: 75,
  },
  { status: 403, errorCode: 'API_DISABLED_FOR_ORG', requests: 1, code: 'salesforce-api-disabled', exit: 1 },
  { status: 403, errorCode: 'API_CURRENTLY_DISABLED', requests: 1, code: 'salesforce-api-disabled', exit: 1 },
  { status: 403, errorCode: 'INSUFFICIENT_ACCESS', requests: 1, code: 'salesforce-access-refused', exit: 1 },
  {
    status: 400,
    errorCode: 'INVALID_TYPE',
    message: "sObject type 'Lead' is not supported.",
    requests: 1,
    code: 'salesforce-object-hidden',
    exit: 1,
  },
  {
    status: 400,
    errorCode: 'MALFORMED_QUERY',
    message: "unexpected token: 'x'",
    requests: 1,
    code: 'salesforce-malformed-query',
    exit: 1,
  },
  { status: 400, errorCode: 'QUERY_TOO_COMPLICATED', requests: 1, code: 'salesforce-query-too-complicated', exit: 1 },
  {
    status: 400,
    errorCode: 'QUERY_TIMEOUT',
    message: 'Your query request was running for too long.',
    requests: 3,
    code: 'salesforce-query-timeout',
    exit: 75,
  },
  { status: 400, errorCode: 'OPERATION_TOO_LARGE', requests: 1, code: 'salesforce-operation-too-large', exit: 1 },
  { status: 400, errorCode: 'UNABLE_TO_LOCK_ROW', requests: 6, code: 'salesforce-unavailable', exit: 75 },
  { status: 503, errorCode: 'SERVER_UNAVAILABLE', requests: 6, code: 'salesforce-unavailable', exit: 75 },
  {
    status: 503,
    errorCode: null,
    message: '<html>Maintenance</html>',
    requests: 6,
    code: 'salesforce-unavailable',
    exit: 75,
  },
  { status: 429, errorCode: null, requests: 6, code: 'salesforce-unavailable', exit: 75 },
  {
    status: 500,
    errorCode: 'UNKNOWN_EXCEPTION',
    message: 'An unexpected error occurred. ErrorId: 1-2',
    requests: 3,
    code: 'salesforce-unknown-exception',
    exit: 75,
  },
  { status: 500, errorCode: null, requests: 5, code: 'salesforce-server-error', exit: 75 },
  {
    status: 502,
    errorCode: null,
    message: '<html>Bad gateway</html>',
    requests: 5,
    code: 'salesforce-server-error',
    exit: 75,
  },
  { status: 504, errorCode: null, requests: 5, code: 'salesforce-server-error', exit: 75 },
  { status: 420, errorCode: null, requests: 3, code: 'salesforce-org-unreachable', exit: 75 },
  { status: 410, errorCode: 'GONE', requests: 1, code: 'salesforce-api-version', exit: 1 },
  { status: 404, errorCode: 'UNSUPPORTED_API_VERSION', requests: 1, code: 'salesforce-api-version', exit: 1 },
  {
    status: 404,
    errorCode: 'NOT_FOUND',
    message: 'The requested resource does not exist',
    requests: 1,
    code: 'salesforce-not-found',
    exit: 1,
  },
  { status: 414, errorCode: null, requests: 1, code: 'salesforce-query-too-long', exit: 1 },
  { status: 431, errorCode: null, requests: 1, code: 'salesforce-query-too-long', exit: 1 },
  { status: 302, errorCode: null, requests: 1, code: 'salesforce-moved', exit: 1 },
  {
    status: 400,
    errorCode: 'SOMETHING_NEW',
    message: 'nobody knows',
    requests: 1,
    code: 'salesforce-refused',
    exit: 1,
  },
]

describe('an error is met as the table says:', () => {
  for (const { status, errorCode, message = '', requests, code, exit } of ROWS) {
    test(`${status} ${errorCode ?? '(no error code)'} ${message.slice(0, 40)}`, async () => {
      const { source, org } = readyOrg()
      const body = errorCode === null ? message : [{ errorCode, message }]
      query(org).times(requests).reply(status, body)
      const fault = await faultOf(pagesOf(source))
      expect([fault.code, fault.exit]).toEqual([code, exit])
      expect(fault.message).toMatch(/^Salesforce .+, asked for Lead \(\d+/)
      expect(fault.hint).toMatch(/^[A-Z].+/)
    })
  }

  test('every reaction has a row above, or a test of its own', () => {
    const elsewhere = [
      'salesforce-invalid-field',
      'salesforce-locator-expired',
      'salesforce-replication-date',
      'salesforce-id-limit',
    ]
    const tested = new Set([...ROWS.map((row) => row.code), ...elsewhere])
    expect(REACTIONS.map((reaction) => reaction.code).filter((code) => !tested.has(code))).toEqual([])
  })

  test('one that passes is not noticed but in the count of requests', async () => {
    const { source, org } = readyOrg()
    query(org).times(2).reply(503, 'later')
    query(org).reply(200, page([lead(1)]))
    const pages = await pagesOf(source)
    expect(pages.map((one) => [one.records.length, one.requests])).toEqual([[1, 5]])
  })
})

describe('waiting', () => {
  test('is as long as Retry-After says, in seconds or as a date', async () => {
    const { source, org, clock } = readyOrg()
    query(org).reply(429, '', { 'retry-after': '7' })
    query(org).reply(503, '', { 'retry-after': 'Sun, 22 Nov 2026 10:00:41 GMT', date: DATE })
    query(org).reply(200, page([]))
    await pagesOf(source)
    expect(clock.slept).toEqual([7000, 11_000])
  })

  test('longer than two minutes is not ours: the read ends, and says for how long', async () => {
    const { source, org, clock } = readyOrg()
    query(org).reply(503, '', { 'retry-after': '600' })
    await expect(pagesOf(source)).rejects.toMatchObject({ exit: 75, retryAfterMs: 600_000 })
    // No request while Salesforce said wait: not by another read either.
    await expect(pagesOf(source)).rejects.toMatchObject({ code: 'salesforce-unavailable', retryAfterMs: 600_000 })
    expect(clock.slept).toEqual([])
  })

  test('for too many long requests takes half a minute at least', async () => {
    const { source, org, clock } = readyOrg()
    query(org).reply(403, [{ errorCode: 'REQUEST_LIMIT_EXCEEDED', message: 'ConcurrentRequests Limit exceeded.' }])
    query(org).reply(200, page([]))
    await pagesOf(source)
    expect(clock.slept).toEqual([30_000])
  })

  test('holds back all requests to the org, not only the one that was told to', async () => {
    const { source, org, clock } = readyOrg()
    query(org).reply(429, '', { 'retry-after': '20' })
    query(org).reply(200, page([]))
    await pagesOf(source)
    clock.slept.length = 0
    clock.at -= 10_000
    answerUpdated(org)
    query(org).reply(200, page([]))
    await pagesOf(source)
    expect(clock.slept).toEqual([10_000])
  })

  test('ends at once when aborted', async () => {
    const stop = new AbortController()
    const reason = new Error('enough')
    const { source, org, clock } = readyOrg()
    clock.sleep = async (_, options) => {
      stop.abort(reason)
      options?.signal?.throwIfAborted()
    }
    query(org).reply(503, '')
    const reading = source.read({ object: 'Lead', fields: ['Name'], where: null, after: null }, { signal: stop.signal })
    await expect(reading[Symbol.asyncIterator]().next()).rejects.toBe(reason)
  })
})

describe('the daily quota', () => {
  test('used up by anybody closes the org: no further request is made for a quarter of an hour', async () => {
    const { source, org, clock } = readyOrg()
    query(org).reply(403, [{ errorCode: 'REQUEST_LIMIT_EXCEEDED', message: 'TotalRequests Limit exceeded.' }])
    await expect(pagesOf(source)).rejects.toMatchObject({ code: 'salesforce-request-limit', retryAfterMs: 900_000 })
    clock.at += 60_000
    await expect(pagesOf(source)).rejects.toMatchObject({
      code: 'salesforce-request-limit',
      exit: 75,
      retryAfterMs: 840_000,
    })
    clock.at += 840_000
    answerDescribe(org)
    answerUpdated(org)
    query(org).reply(200, page([lead(1)]))
    expect(await pagesOf(source)).toHaveLength(1)
  })

  test('used up to our share stops the read after the page in hand, whose cursor is kept', async () => {
    const { source, org } = readyOrg({ quotaShare: 0.5 })
    query(org).reply(200, page([lead(1)], 'L-1', 2), { 'sforce-limit-info': 'api-usage=500/1000', date: DATE })
    const reading = source.read({ object: 'Lead', fields: ['Name'], where: null, after: null })[Symbol.asyncIterator]()
    const first = await reading.next()
    expect(first.value.records).toHaveLength(1)
    const fault = await faultOf(reading.next())
    expect(fault).toMatchObject({
      code: 'salesforce-quota-share-used',
      exit: 75,
      message:
        'Salesforce counts 500 of 1000 requests in the last 24 hours, by all programs; boardsync stops at 500 (a share of 0.5)',
      hint: 'Wait for older requests to fall out of the 24 hours (the read goes on from where it stopped), or raise the quota share of this source in model.yaml',
    })
  })

  test('used up to our share is asked about again after a quarter of an hour', async () => {
    const { source, org, clock } = readyOrg({ quotaShare: 0.5 })
    query(org).reply(200, page([]), { 'sforce-limit-info': 'api-usage=900/1000', date: DATE })
    await pagesOf(source)
    await expect(pagesOf(source)).rejects.toMatchObject({ code: 'salesforce-quota-share-used', retryAfterMs: 900_000 })
    clock.at += 900_000
    answerDescribe(org)
    answerUpdated(org)
    query(org).reply(200, page([]), { 'sforce-limit-info': 'api-usage=100/1000', date: DATE })
    expect(await pagesOf(source)).toHaveLength(1)
  })
})

test('too many changes at once for /updated: the read goes on, ten minutes behind', async () => {
  const { source, org } = scriptedOrg()
  answerToken(org)
  answerDescribe(org)
  org
    .get('/services/data/v68.0/sobjects/Lead/updated/')
    .query(true)
    .reply(400, [{ errorCode: 'EXCEEDED_ID_LIMIT', message: 'x' }])
  query(org).reply(200, page([]))
  const [one] = await pagesOf(source)
  expect(JSON.parse(one?.cursor ?? '').from.stamp).toBe('2026-11-22T09:50:30.000Z')
})

test('neither tokens nor what records hold get into logs or errors', async () => {
  const { source, org, lines } = readyOrg()
  query(org, /ann@acme\.example/).reply(200, page([lead(1, { Name: 'Ann Secret' })], 'L-1', 2))
  org.get('/services/data/v68.0/query/L-1').times(5).reply(502, '<html>Ann Secret</html>')
  const fault = await faultOf(pagesOf(source, { where: "Email = 'ann@acme.example'" }))
  const said = JSON.stringify([lines, fault.message, fault.hint, String(fault.cause)])
  expect(lines.length).toBeGreaterThan(5)
  expect(said).not.toMatch(/token-1|hush-hush|Ann Secret|ann@acme/)
})

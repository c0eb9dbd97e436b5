import nock from 'nock'
import { afterEach, describe, expect, test } from 'vitest'
import type { Fault } from '../../../src/platform/errors.ts'
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

test('an error that passes is not noticed but in the count of requests', async () => {
  const { source, org } = readyOrg()
  query(org).times(2).reply(503, 'later')
  query(org).reply(200, page([lead(1)]))
  const pages = await pagesOf(source)
  expect(pages.map((one) => [one.records.length, one.requests])).toEqual([[1, 5]])
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

import nock from 'nock'
import { afterEach, describe, expect, test } from 'vitest'
import { createHttpClient } from '../../../src/platform/http.ts'
import { silentLog } from '../../../src/platform/log.ts'
import { createConnections } from '../../../src/source/salesforce/connections.ts'
import type { SalesforceSourceOptions } from '../../../src/source/salesforce/salesforce-source.ts'
import { QuickClock } from '../../platform/quick-clock.ts'
import { answerDescribe, answerUpdated, DATE, ORG, page, pagesOf, query, scriptedOrg } from './scripted-org.ts'

afterEach(() => nock.cleanAll())

const ONE = '00D000000000001EAA'
const OTHER = '00D000000000002EAA'
const by = (clientId: string): Partial<SalesforceSourceOptions> => ({
  credentials: { flow: 'client-credentials', clientId, clientSecret: 'hush-hush' },
})

/** Sources that share their connections, each made with these options. */
function sources(...options: readonly Partial<SalesforceSourceOptions>[]) {
  const clock = new QuickClock()
  const http = createHttpClient({
    totalTimeoutMs: 2000,
    idleTimeoutMs: 1000,
    redact: (text) => text,
    log: silentLog,
    userAgent: 'boardsync-test',
  })
  const connections = createConnections({ http, clock, random: () => 0, log: silentLog, learnSecret: () => {} })
  const made = options.map((more) => scriptedOrg({ clock, connections, ...more }).source)
  return { clock, made, org: nock(ORG) }
}

function answerToken(org: nock.Scope, clientId: string, orgId: string): void {
  const id = `https://login.salesforce.com/id/${orgId}/005000000000001AAA`
  org
    .post('/services/oauth2/token', (body) => body.client_id === clientId)
    .reply(200, { access_token: `token of ${clientId}`, instance_url: ORG, id }, { date: DATE })
}

function answerRead(org: nock.Scope, usage = 'api-usage=10/100'): void {
  answerDescribe(org)
  answerUpdated(org)
  query(org).reply(200, page([]), { date: DATE, 'sforce-limit-info': usage })
}

function answerRefusal(org: nock.Scope): void {
  answerDescribe(org)
  answerUpdated(org)
  query(org).reply(403, [{ errorCode: 'REQUEST_LIMIT_EXCEEDED', message: 'TotalRequests Limit exceeded.' }])
}

const codeOf = (reading: Promise<unknown>) =>
  reading.then(
    () => 'read',
    (fault) => fault.code,
  )

describe('two sources of one org', () => {
  test('with the same login share its session, and know the quota that the other was told', async () => {
    const { made, org } = sources(by('a'), { ...by('a'), quotaShare: 0.2 })
    const [first, second] = made
    if (first === undefined || second === undefined) throw new Error('no sources')
    answerToken(org, 'a', ONE)
    answerRead(org)
    await pagesOf(first)
    expect(second.quota()).toEqual({ used: 10, limit: 100, ours: 20 })
    answerRead(org)
    await pagesOf(second)
    expect(org.pendingMocks()).toEqual([])
  })

  for (const [login, title] of [
    ['a', 'the same login'],
    ['b', 'logins of their own'],
  ] as const) {
    test(`with ${title} are closed together: no request leaves of either`, async () => {
      const { made, org, clock } = sources(by('a'), by(login))
      const [first, second] = made
      if (first === undefined || second === undefined) throw new Error('no sources')
      answerToken(org, 'a', ONE)
      if (login === 'b') {
        answerToken(org, 'b', ONE)
        answerRead(org)
        await pagesOf(second)
      }
      answerRefusal(org)
      expect(await codeOf(pagesOf(first))).toBe('salesforce-request-limit')
      // Nothing is answered now: a request would be another fault.
      expect(await codeOf(pagesOf(second))).toBe('salesforce-request-limit')
      clock.at += 15 * 60_000
      answerRead(org)
      expect(await codeOf(pagesOf(second))).toBe('read')
    })
  }

  test('stop each at its own share of the day', async () => {
    const { made, org } = sources({ ...by('a'), quotaShare: 0.5 }, { ...by('a'), quotaShare: 0.9 })
    const [first, second] = made
    if (first === undefined || second === undefined) throw new Error('no sources')
    answerToken(org, 'a', ONE)
    answerRead(org, 'api-usage=60/100')
    expect(await codeOf(pagesOf(first))).toBe('read')
    expect(await codeOf(pagesOf(first))).toBe('salesforce-quota-share-used')
    answerRead(org, 'api-usage=61/100')
    expect(await codeOf(pagesOf(second))).toBe('read')
  })
})

test('a source of another org goes on when one is closed', async () => {
  const { made, org } = sources(by('a'), by('b'))
  const [first, second] = made
  if (first === undefined || second === undefined) throw new Error('no sources')
  answerToken(org, 'a', ONE)
  answerRefusal(org)
  expect(await codeOf(pagesOf(first))).toBe('salesforce-request-limit')
  answerToken(org, 'b', OTHER)
  answerRead(org)
  expect(await codeOf(pagesOf(second))).toBe('read')
})

test('a given token tells its org itself', async () => {
  const given = { credentials: { flow: 'token', accessToken: `${ONE.slice(0, 15)}!abc`, instanceUrl: ORG } } as const
  const { made, org } = sources(by('a'), given)
  const [first, second] = made
  if (first === undefined || second === undefined) throw new Error('no sources')
  answerToken(org, 'a', ONE)
  answerRefusal(org)
  expect(await codeOf(pagesOf(first))).toBe('salesforce-request-limit')
  expect(await codeOf(pagesOf(second))).toBe('salesforce-request-limit')
})

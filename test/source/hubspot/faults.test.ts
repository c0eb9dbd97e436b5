import nock from 'nock'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Fault, formatFault } from '../../../src/platform/errors.ts'
import { createHttpClient } from '../../../src/platform/http.ts'
import { silentLog } from '../../../src/platform/log.ts'
import type { FaultRule } from '../../../src/sandbox/engine/engine.ts'
import { createBudgets } from '../../../src/source/hubspot/budgets.ts'
import { REACTIONS, reactionTo, readError } from '../../../src/source/hubspot/reactions.ts'
import { datedAddress } from '../../../src/source/hubspot/sdk.ts'
import type { Page } from '../../../src/source/source.ts'
import { cursorOf, HOUR, MINUTE, openPortal, pagesOf, recordsOf, SECOND, type VirtualPortal } from './virtual-portal.ts'

let virtual: VirtualPortal

beforeEach(() => {
  virtual = openPortal()
  for (let i = 0; i < 3; i++) virtual.portal.create('deals', { dealname: `Deal ${i}` })
})
afterEach(() => virtual[Symbol.dispose]())

async function faultOf(reading: Promise<unknown>): Promise<Fault> {
  return reading.then(
    () => {
      throw new Error('it went well')
    },
    (error: Fault) => error,
  )
}

type Answer = Omit<FaultRule, 'operation' | 'nth' | 'times'>
const error = (code: string, more: Record<string, string | number> = {}): Answer => ({
  action: 'error',
  with: { code, ...more },
})
const status = (code: number): Answer => ({ action: 'status', with: { status: code } })

describe('what passes is waited for, and the read goes on:', () => {
  test.each<[name: string, answer: Answer, leastMs: number]>([
    ['a burst that is used up', error('ten-secondly'), 10 * SECOND],
    ['a burst, with a time to wait', error('ten-secondly', { retryAfter: 3 }), 3 * SECOND],
    ['429 of the edge, which is a line of text', error('edge-1015'), 10 * SECOND],
    ['429 without a body', status(429), 10 * SECOND],
    ['a lock', error('locked'), 2 * SECOND],
    ['a lock without a body', status(423), 2 * SECOND],
    ['500 without a body', status(500), SECOND],
    ['502 of a proxy, in HTML', { action: 'html', with: { status: 502 } }, SECOND],
    ['503', status(503), SECOND],
    ['504', status(504), SECOND],
    ['521', status(521), SECOND],
    ['525', status(525), 0],
    ['a connection that is cut', { action: 'cut-before' }, 0],
    ['a body that breaks off', { action: 'truncate' }, 0],
    ['an answer that never comes', { action: 'stall' }, 0],
  ])('%s', async (_name, answer, leastMs) => {
    virtual.fault('list', { ...answer, nth: 1 })
    expect(recordsOf(await pagesOf(virtual.connect()))).toHaveLength(3)
    expect(virtual.clock.slept).toBeGreaterThanOrEqual(leastMs)
    expect(virtual.asked).toHaveLength(3)
  })

  test.each(['secondly', 'secondly-old'])(
    'searches that are too many (%s) hold back searches, and nothing else',
    async (code) => {
      const source = virtual.connect()
      const first = await pagesOf(source)
      virtual.clock.advance(HOUR)
      virtual.fault('search', { ...error(code), nth: 1, times: 2 })
      expect(recordsOf(await pagesOf(source, { after: cursorOf(first) }))).toEqual([])
      // One second, then two.
      expect(virtual.clock.slept).toBeGreaterThanOrEqual(3 * SECOND)
      expect(virtual.clock.slept).toBeLessThan(4 * SECOND)
    },
  )
})

describe('what does not pass is said in words:', () => {
  test.each<[name: string, answer: Answer, code: string, exit: number, requests: number]>([
    ['a token that nobody knows', error('token-wrong'), 'hubspot-token-refused', 1, 1],
    ['a token that died', error('token-expired'), 'hubspot-token-expired', 1, 1],
    ['a token that "expired in 1970" is a wrong one', error('token-of-1970'), 'hubspot-token-refused', 1, 1],
    ['scopes that are missing', error('scopes'), 'hubspot-scope-missing', 1, 1],
    ['an account without this API', error('banned'), 'hubspot-forbidden', 1, 1],
    ['the day’s requests are used up', error('daily'), 'hubspot-daily-limit', 75, 1],
    ['the account is being moved', error('moving', { retryAfter: 7_200 }), 'hubspot-moving', 75, 1],
    ['the account is being moved, and nobody says for how long', status(477), 'hubspot-moving', 75, 1],
    ['a request that is wrong', error('validation'), 'hubspot-request-invalid', 1, 1],
    ['an address that is too long', error('uri-too-long'), 'hubspot-address-too-long', 1, 1],
    ['HubSpot is down for long', status(503), 'hubspot-server-error', 75, 6],
    ['the edge does not reach it', status(522), 'hubspot-edge', 75, 3],
    ['a burst that never ends', error('ten-secondly'), 'hubspot-limited', 75, 6],
    ['a status that nobody knows', status(418), 'hubspot-refused', 1, 1],
  ])('%s', async (_name, answer, code, exit, requests) => {
    virtual.fault('list', answer)
    const fault = await faultOf(pagesOf(virtual.connect()))
    expect([fault.code, fault.exit, virtual.asked.length - 1]).toEqual([code, exit, requests])
    expect(fault.hint).not.toBe('')
  })

  test('as these', async () => {
    const said: string[] = []
    for (const answer of [
      error('token-wrong'),
      error('scopes'),
      error('daily'),
      error('moving', { retryAfter: 7_200 }),
    ]) {
      using other = openPortal()
      other.fault('list', answer)
      said.push(formatFault(await faultOf(pagesOf(other.connect()))))
    }
    expect(said.join('\n')).toMatchInlineSnapshot(`
      "hubspot-token-refused: HubSpot refuses the token, asked for deals (401 INVALID_AUTHENTICATION)
        In HubSpot > Settings > Integrations > Service Keys (or Private Apps) look the token up, set HUBSPOT_ACCESS_TOKEN, then run check hubspot
      hubspot-scope-missing: HubSpot does not let the token read this, asked for deals (403 MISSING_SCOPES); it lacks crm.objects.deals.read
        In HubSpot > Settings > Integrations > Service Keys give the key the scopes that are missing, then run check hubspot
      hubspot-daily-limit: HubSpot has no requests left for today (counted by the account’s own day, all private apps together), asked for deals (429 RATE_LIMIT)
        Wait for midnight in the account’s time zone, or find in HubSpot > Settings > Integrations who uses the quota; the read goes on from where it stopped
      hubspot-moving: HubSpot moves this account to another data centre, asked for deals (477 MIGRATION)
        Wait; the read goes on from where it stopped"
    `)
  })

  test('an account that said wait is left alone, by every source with its token', async () => {
    const budgets = createBudgets(virtual.clock)
    virtual.fault('list', { ...error('moving', { retryAfter: 7_200 }), nth: 1 })
    await faultOf(pagesOf(virtual.connect({ budgets })))
    const { length } = virtual.asked
    virtual.clock.advance(HOUR)
    const fault = await faultOf(pagesOf(virtual.connect({ budgets }), { object: 'companies', fields: ['name'] }))
    expect([fault.code, fault.retryAfterMs, virtual.asked.length]).toEqual(['hubspot-moving', HOUR, length])
    virtual.clock.advance(HOUR)
    expect(recordsOf(await pagesOf(virtual.connect({ budgets })))).toHaveLength(3)
  })

  test('a token that dies in the midst of a read leaves what was handed over, and a new one goes on from there', async () => {
    virtual.portal.transaction(() => {
      for (let i = 3; i < 250; i++) virtual.portal.create('deals', { dealname: `Deal ${i}` })
    })
    virtual.fault('list', { ...error('token-expired'), nth: 2 })
    const pages: Page[] = []
    const reading = (async () => {
      const request = { object: 'deals', fields: ['dealname'], where: null, after: null }
      for await (const page of virtual.connect().read(request)) pages.push(page)
    })()
    expect((await faultOf(reading)).code).toBe('hubspot-token-expired')
    const rest = await pagesOf(virtual.connect(), { after: cursorOf(pages) })
    expect(rest.every(({ snapshot }) => snapshot)).toBe(true)
    expect(new Set([...recordsOf(pages), ...recordsOf(rest)].map(({ id }) => id)).size).toBe(250)
  })
})

describe('budgets', () => {
  test('a burst stays below what HubSpot told, whatever is asked for', async () => {
    virtual.portal.engine.limits.set('hubspot.callsPerTenSeconds', 40)
    virtual.portal.transaction(() => {
      for (let i = 0; i < 12_000; i++) virtual.portal.create('contacts', { lastname: `${i}` })
    })
    const started = virtual.clock.now()
    expect(recordsOf(await pagesOf(virtual.connect(), { object: 'contacts', fields: ['lastname'] }))).toHaveLength(
      12_000,
    )
    // 121 requests at 38 in ten seconds: no 429 was met, and no more than a twentieth of what is allowed was left.
    expect(virtual.asked).toHaveLength(121)
    expect(virtual.clock.now() - started).toBeLessThanOrEqual(31 * SECOND)
  }, 60_000)

  test('searches stay below five a second, and apart from the burst', async () => {
    virtual.portal.transaction(() => {
      for (let i = 0; i < 2_500; i++) virtual.portal.create('contacts', { lastname: `${i}` })
    })
    const source = virtual.connect()
    const request = { object: 'contacts', fields: ['lastname'] }
    const first = await pagesOf(source, request)
    virtual.clock.advance(2 * HOUR)
    virtual.portal.transaction(() => {
      for (const { id } of virtual.portal.page('contacts', false, 0, 2_500))
        virtual.portal.update('contacts', id, { lastname: 'x' })
    })
    virtual.clock.advance(MINUTE)
    virtual.portal.engine.limits.set('hubspot.searchesPerSecond', 4)
    expect(recordsOf(await pagesOf(source, { ...request, after: cursorOf(first) }))).toHaveLength(2_500)
  }, 60_000)

  test('requests stop at the configured share of the day, by all programs, and the read goes on the next day', async () => {
    virtual.portal.engine.limits.set('hubspot.callsPerDay', 10)
    virtual.portal.transaction(() => {
      for (let i = 3; i < 950; i++) virtual.portal.create('deals', { dealname: `Deal ${i}` })
    })
    const source = virtual.connect({ quotaShare: 0.5 })
    const pages: Page[] = []
    const reading = (async () => {
      for await (const page of source.read({ object: 'deals', fields: ['dealname'], where: null, after: null }))
        pages.push(page)
    })()
    const fault = await faultOf(reading)
    expect([fault.code, fault.exit, virtual.asked.length]).toEqual(['hubspot-quota-share-used', 75, 5])
    expect(source.quota()).toEqual({ used: 5, limit: 10, ours: 5 })
    virtual.portal.engine.limits.set('hubspot.callsPerDay', 1_000)
    virtual.clock.advance(20 * HOUR)
    const rest = await pagesOf(source, { after: cursorOf(pages) })
    expect(new Set([...recordsOf(pages), ...recordsOf(rest)].map(({ id }) => id)).size).toBe(950)
  })
})

test('every row of the reactions is reached by an answer that it is for', () => {
  const bodies = [
    '',
    '{"policyName":"DAILY"}',
    '{"message":"You have reached your secondly limit."}',
    '{"category":"EXPIRED_AUTHENTICATION"}',
  ]
  bodies.push('{"message":"expired 20705 day(s) ago"}', '{"category":"MISSING_SCOPES"}', 'error code: 1015', '<html>')
  for (const row of REACTIONS) {
    const statuses = row.when.status ?? []
    expect(statuses.length).toBeGreaterThan(0)
    const reached = statuses.flatMap((code) => bodies.map((body) => reactionTo(readError(code, body))))
    expect(reached, row.code).toContain(row)
  }
})

test('numbered addresses of the client become dated ones', () => {
  const base = 'https://api.hubapi.com'
  const dated = (path: string) => datedAddress(base + path, '2026-09').slice(base.length)
  expect(dated('/crm/v3/objects/deals?limit=10')).toBe('/crm/objects/2026-09/deals?limit=10')
  expect(dated('/crm/v3/objects/deals/batch/read')).toBe('/crm/objects/2026-09/deals/batch/read')
  expect(dated('/crm/v4/associations/deals/companies/batch/read')).toBe(
    '/crm/associations/2026-09/deals/companies/batch/read',
  )
  expect(dated('/crm/v3/owners?limit=100')).toBe('/crm/owners/2026-09?limit=100')
  expect(dated('/crm/v3/owners')).toBe('/crm/owners/2026-09')
  expect(dated('/crm/v3/pipelines/deals')).toBe('/crm/pipelines/2026-09/deals')
  expect(dated('/crm/v3/properties/deals?archived=false')).toBe('/crm/properties/2026-09/deals?archived=false')
})

describe('over real sockets', () => {
  afterEach(() => nock.cleanAll())

  test('a 200 without a content type, half of a JSON, and one without a list are asked for again', async () => {
    const http = createHttpClient({
      totalTimeoutMs: 5_000,
      idleTimeoutMs: 5_000,
      redact: (text) => text,
      log: silentLog,
      userAgent: 'boardsync-test',
    })
    const at = nock('http://127.0.0.1:9')
    const list = '/crm/properties/2026-09/deals?archived=false'
    at.get(list).reply(200, '{"results":[{"name":"deal')
    at.get(list).reply(200, '{}')
    at.get(list).reply(200, 'null')
    at.get(list).reply(200, '{"results":[{"name":"dealname","type":"string"}]}')
    const source = virtual.connect({ http, baseUrl: 'http://127.0.0.1:9' })
    const { fields, requests } = await source.describe({ object: 'deals', fields: [] })
    expect([fields, requests]).toEqual([[{ name: 'dealname', type: 'string', isOwn: true }], 4])
    expect(at.isDone()).toBe(true)
  })
})

import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type { Clock } from '../../../src/platform/clock.ts'
import type { HttpAnswer, HttpRequest, StreamingHttpClient } from '../../../src/platform/http.ts'
import { HttpFault } from '../../../src/platform/http-fault.ts'
import { silentLog } from '../../../src/platform/log.ts'
import type { SalesforceCredentials } from '../../../src/source/salesforce/auth.ts'
import { createSalesforceClient } from '../../../src/source/salesforce/client.ts'
import { createConnections } from '../../../src/source/salesforce/connections.ts'

const ORG = 'https://org.example'
const APP: SalesforceCredentials = { flow: 'client-credentials', clientId: 'id', clientSecret: 'hush-hush' }
const GIVEN: SalesforceCredentials = { flow: 'token', accessToken: 'token-1', instanceUrl: ORG }
const BUSY = { status: 503, headers: { 'retry-after': '90' }, body: '' }
const USED_UP = {
  status: 403,
  headers: {},
  body: JSON.stringify([{ errorCode: 'REQUEST_LIMIT_EXCEEDED', message: '' }]),
}
const FINE = { status: 200, headers: {}, body: '{}' }
const REFUSED = { status: 401, headers: {}, body: JSON.stringify([{ errorCode: 'INVALID_SESSION_ID', message: '' }]) }
const QUARTER_MS = 15 * 60_000

type Answer = Omit<HttpAnswer, 'ms'>

/** A clock on which several can sleep at once: it goes on once nothing else is left to do. */
class SharedClock implements Clock {
  at = Date.parse('2026-11-22T10:00:30Z')
  #ends: number[] = []

  now(): number {
    return this.at
  }

  async sleep(ms: number): Promise<void> {
    const end = this.at + ms
    this.#ends.push(end)
    while (this.at < end) {
      await setImmediate()
      if (this.at < end && Math.min(...this.#ends) === end) this.at = end
    }
    this.#ends.splice(this.#ends.indexOf(end), 1)
  }
}

/** A client of an org that answers as `answer` says; `early` holds each request made while it had been told to wait. */
function patientClient(credentials: SalesforceCredentials, answer: (path: string) => Answer | Promise<Answer>) {
  const clock = new SharedClock()
  const early: string[] = []
  let notBefore = 0
  const request = async ({ url }: HttpRequest): Promise<HttpAnswer> => {
    const path = new URL(url).pathname
    if (clock.now() < notBefore) early.push(path)
    const { status, headers, body } = await answer(path)
    return {
      status,
      body,
      ms: 0,
      // Whoever reads them has been told.
      get headers() {
        const waitMs = status === 403 ? QUARTER_MS : Number(headers['retry-after'] ?? 0) * 1000
        if (status !== 200) notBefore = Math.max(notBefore, clock.now() + waitMs)
        return headers
      },
    }
  }
  const http: StreamingHttpClient = { request, stream: request }
  const shared = { http, clock, random: () => 0, log: silentLog, learnSecret: () => {} }
  const connection = createConnections(shared).of({ credentials, loginUrl: ORG })
  const client = createSalesforceClient({ ...shared, connection, quotaShare: 1 })
  const get = (path: string) =>
    client
      .get({ path, what: path, tally: { requests: 0, sharedRequests: 0 }, parse: () => path })
      .catch(({ code }) => code)
  return { clock, early, get }
}

async function steps(n: number): Promise<void> {
  for (let step = 0; step < n; step += 1) await null
}

test('no request is made once an answer that says wait is in hand, however close another was to being made', async () => {
  for (let apart = 0; apart < 40; apart += 1) {
    const answers = [BUSY, FINE, FINE]
    const { early, get } = patientClient(GIVEN, () => answers.shift() ?? FINE)
    const first = get('/services/data/one')
    await steps(apart)
    expect(await Promise.all([first, get('/services/data/two')])).toEqual(['/services/data/one', '/services/data/two'])
    expect(early, `${apart} steps apart`).toEqual([])
  }
})

test('nor once it says that the calls of the day are used up', async () => {
  for (let apart = 0; apart < 40; apart += 1) {
    const { early, get } = patientClient(GIVEN, () => USED_UP)
    const first = get('/services/data/one')
    await steps(apart)
    const code = 'salesforce-request-limit'
    expect(await Promise.all([first, get('/services/data/two')])).toEqual([code, code])
    expect(early, `${apart} steps apart`).toEqual([])
  }
})

test('a token that is being asked for waits as well when another request was told to', async () => {
  const slow = Promise.withResolvers<Answer>()
  let tokens = 0
  let isRefused = false
  const opened = patientClient(APP, (path) => {
    if (path === '/services/data/slow' && !isRefused) return slow.promise
    if (path === '/services/data/refused' && !isRefused) {
      isRefused = true
      return REFUSED
    }
    if (path !== '/services/oauth2/token') return FINE
    tokens += 1
    if (tokens !== 2) return { ...FINE, body: JSON.stringify({ access_token: `token-${tokens}`, instance_url: ORG }) }
    // While this one is cut off, the other request is answered.
    slow.resolve(BUSY)
    return steps(20).then(() => {
      throw new HttpFault('http-reset', 'cut off', { blame: 'remote', sent: true })
    })
  })
  await opened.get('/services/data/first')
  const both = ['/services/data/slow', '/services/data/refused']
  expect(await Promise.all(both.map(opened.get))).toEqual(both)
  expect(tokens).toBe(3)
  expect(opened.early).toEqual([])
})

test('a refusal whose body breaks off is heeded as long as it asked to wait, by every request', async () => {
  const cut = { blame: 'remote', sent: true, retryAfterMs: 90_000 } as const
  const times: number[] = []
  const { clock, get } = patientClient(GIVEN, () => {
    times.push(clock.now())
    if (times.length > 1) return FINE
    throw new HttpFault('http-truncated', 'ends early', cut)
  })
  const first = get('/services/data/one')
  await steps(40)
  const paths = ['/services/data/one', '/services/data/two']
  expect(await Promise.all([first, get('/services/data/two')])).toEqual(paths)
  expect(times.map((at) => at - (times[0] ?? 0))).toEqual([0, 90_000, 90_000])
})

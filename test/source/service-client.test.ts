import { describe, expect, test } from 'vitest'
import type { HttpAnswer, StreamingHttpClient } from '../../src/platform/http.ts'
import { silentLog } from '../../src/platform/log.ts'
import { ServiceClient } from '../../src/source/service-client.ts'

/** A service that gives these answers in turn, the last one for ever; time passes only by waiting. */
function service(answers: readonly Partial<HttpAnswer>[], paces: { requests: number; perMs: number }[] = []) {
  let now = 0
  const sentAt: number[] = []
  const request = async (): Promise<HttpAnswer> => {
    sentAt.push(now)
    const answer = answers[Math.min(sentAt.length, answers.length) - 1]
    return { status: 200, headers: {}, body: '{}', ms: 1, ...answer }
  }
  const client = new ServiceClient({
    vendor: 'acme',
    title: 'Acme',
    url: 'https://acme.example',
    headers: {},
    http: { request, stream: request } as StreamingHttpClient,
    clock: {
      now: () => now,
      sleep: async (ms) => {
        now += ms
      },
    },
    random: () => 0.5,
    log: silentLog,
    atOnce: 4,
    paces,
    variables: { url: 'ACME_URL', key: 'ACME_KEY' },
  })
  return { client, sentAt }
}

const ask = { method: 'GET', path: '/things' } as const

describe('what is done about each answer', () => {
  test.each([
    [401, 'acme-key-refused', 'operator', 1],
    [402, 'acme-payment', 'operator', 1],
    [403, 'acme-forbidden', 'operator', 1],
    [404, 'acme-not-found', 'operator', 1],
    [302, 'acme-moved', 'operator', 1],
    [400, 'acme-refused', 'us', 1],
    [429, 'acme-limited', 'remote', 6],
    [408, 'acme-unavailable', 'remote', 6],
    [500, 'acme-unavailable', 'remote', 6],
    [503, 'acme-unavailable', 'remote', 6],
  ])('%s is %s, to be mended by the %s, after %s requests', async (status, code, blame, requests) => {
    const { client, sentAt } = service([{ status, body: '' }])
    await expect(client.ask(ask)).rejects.toMatchObject({ code, blame })
    expect(sentAt).toHaveLength(requests)
  })

  test('a status that the request takes is an answer', async () => {
    const { client } = service([{ status: 404, body: 'none' }])
    expect((await client.ask({ ...ask, takes: [404] })).body).toBe('none')
  })

  test('a body that is no JSON is asked for again', async () => {
    const { client, sentAt } = service([{ body: '<html>' }, { body: '{"a":1}' }])
    expect(await client.json(ask)).toEqual({ a: 1 })
    expect([sentAt.length, client.takeRequests(), client.takeRequests()]).toEqual([2, 2, 0])
  })

  test('what a service says is told, without addresses of people', async () => {
    const { client } = service([{ status: 400, body: '{"code":"bad","detail":"no field x for anna@acme.com"}' }])
    await expect(client.ask(ask)).rejects.toThrow('Acme refuses /things (400: bad, no field x for …)')
  })
})

describe('waiting', () => {
  test('nothing is sent while the service said wait', async () => {
    const { client, sentAt } = service([{ status: 429, headers: { 'retry-after': '30' } }, {}])
    await Promise.all([client.ask(ask), client.ask(ask)])
    expect(sentAt.filter((at) => at > 0).every((at) => at >= 30_000)).toBe(true)
  })

  test('a wait of more than two minutes ends the run, with how long it is', async () => {
    const { client, sentAt } = service([{ status: 429, headers: { 'retry-after': '3600' } }])
    await expect(client.ask(ask)).rejects.toMatchObject({ code: 'acme-limited', retryAfterMs: 3_600_000, exit: 75 })
    expect(sentAt).toHaveLength(1)
  })

  test('no more requests are sent in a time than the service takes', async () => {
    const { client, sentAt } = service([{}], [{ requests: 3, perMs: 1_000 }])
    for (let i = 0; i < 7; i += 1) await client.ask(ask)
    expect(sentAt).toEqual([0, 0, 0, 1_000, 1_000, 1_000, 2_000])
  })
})

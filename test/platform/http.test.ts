import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterEach, describe, expect, test } from 'vitest'
import { createHttpClient, type HttpClientOptions, type HttpRequest, type HttpStream } from '../../src/platform/http.ts'
import { HttpFault } from '../../src/platform/http-fault.ts'
import { type Log, silentLog } from '../../src/platform/log.ts'
import { createRedactor } from '../../src/platform/redaction.ts'

type Answer = (request: http.IncomingMessage, response: http.ServerResponse) => void

const servers: http.Server[] = []
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
})

async function serve(answer: Answer): Promise<string> {
  const server = http.createServer(answer).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  servers.push(server)
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

function client(options: Partial<HttpClientOptions> = {}) {
  return createHttpClient({
    totalTimeoutMs: 5000,
    idleTimeoutMs: 5000,
    redact: (text) => text,
    log: silentLog,
    userAgent: 'boardsync-test',
    ...options,
  })
}

async function faultOf(promise: Promise<unknown>): Promise<HttpFault> {
  try {
    await promise
  } catch (error) {
    if (error instanceof HttpFault) return error
    throw error
  }
  throw new Error('there was an answer')
}

/** Bodies that end early, and how. */
const cut: readonly (readonly [string, Answer])[] = [
  [
    'shorter than its content-length',
    (_, response) => response.writeHead(200, { 'content-length': 100 }).write('abc', () => response.destroy()),
  ],
  ['broken off between chunks', (_, response) => response.write('abc', () => response.destroy())],
  [
    'a gzip that ends early',
    (_, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('x'.repeat(9999)).subarray(0, 20)),
  ],
]

describe('an HTTP client', () => {
  test('resolves with whatever status the vendor answered, and names of headers in lower case', async () => {
    const url = await serve((_, response) => {
      response.writeHead(503, { 'Retry-After': '7', 'X-Two': ['a', 'b'] })
      response.end('later')
    })
    const answer = await client().request({ method: 'GET', url })
    expect(answer).toMatchObject({ status: 503, body: 'later', headers: { 'retry-after': '7', 'x-two': 'a, b' } })
  })

  test('sends method, query, headers and the body as it is', async () => {
    const seen: string[] = []
    const url = await serve((request, response) => {
      seen.push(
        `${request.method} ${request.url}`,
        String(request.headers['user-agent']),
        String(request.headers['x-one']),
      )
      request.on('data', (piece) => seen.push(String(piece)))
      request.on('end', () => response.end())
    })
    await client({ headers: { 'x-one': '1' } }).request({
      method: 'POST',
      url: `${url}/path?a=1`,
      query: { q: "SELECT Id FROM A WHERE N = 'ü&+'", none: undefined },
      headers: { 'content-type': 'application/json' },
      body: '{"a": 1}',
    })
    expect(seen).toEqual([
      `POST /path?a=1&q=${encodeURIComponent("SELECT Id FROM A WHERE N = 'ü&+'").replaceAll("'", '%27')}`,
      'boardsync-test',
      '1',
      '{"a": 1}',
    ])
  })

  test('unzips an answer', async () => {
    const url = await serve((request, response) => {
      expect(request.headers['accept-encoding']).toBe('gzip')
      response.writeHead(200, { 'content-encoding': 'gzip' })
      response.end(gzipSync('zipped ü'))
    })
    expect((await client().request({ method: 'GET', url })).body).toBe('zipped ü')
  })

  test('never follows a redirect: a token must not travel to a host nobody named', async () => {
    let visits = 0
    const url = await serve((_, response) => {
      visits += 1
      response.writeHead(302, { location: '/elsewhere' })
      response.end()
    })
    const answer = await client().request({ method: 'GET', url })
    expect([answer.status, visits]).toEqual([302, 1])
  })

  for (const [how, answer] of cut) {
    test(`calls a body that ends early (${how}) http-truncated, which was sent`, async () => {
      const fault = await faultOf(client().request({ method: 'GET', url: await serve(answer) }))
      expect([fault.code, fault.sent, fault.blame]).toEqual(['http-truncated', true, 'remote'])
    })
  }

  test('tells how long a refusal asks to wait, also when its body ends early', async () => {
    const url = await serve((_, response) => {
      response.writeHead(503, { 'retry-after': '90', 'content-length': '100' })
      response.write('busy')
      setTimeout(() => response.destroy(), 20)
    })
    const fault = await faultOf(client().request({ method: 'GET', url }))
    expect([fault.code, fault.retryAfterMs]).toEqual(['http-truncated', 90_000])
  })

  test('calls a connection dropped without an answer http-reset, which may have been carried out', async () => {
    const url = await serve((request) => request.socket.destroy())
    const fault = await faultOf(client().request({ method: 'POST', url, body: 'x' }))
    expect([fault.code, fault.sent]).toEqual(['http-reset', true])
  })

  test('calls a refused connection http-unreachable, which surely was not sent', async () => {
    const url = await serve(() => {})
    const server = servers.pop()
    await new Promise((resolve) => server?.close(resolve))
    const fault = await faultOf(client().request({ method: 'GET', url }))
    expect([fault.code, fault.sent, fault.exit]).toEqual(['http-unreachable', false, 75])
  })

  test('ends a request without an answer after the total timeout', async () => {
    const fault = await faultOf(client({ totalTimeoutMs: 50 }).request({ method: 'GET', url: await serve(() => {}) }))
    expect([fault.code, fault.sent]).toEqual(['http-timeout', true])
    expect(fault.message).toMatch(/^GET 127\.0\.0\.1:\d+\/ gave no whole answer within 0\.1 s$/)
  })

  test('ends a body that dries up after the idle timeout, however long the total one is', async () => {
    const url = await serve((_, response) => void response.write('abc'))
    const fault = await faultOf(client({ idleTimeoutMs: 50 }).request({ method: 'GET', url }))
    expect([fault.code, fault.sent]).toEqual(['http-timeout', true])
    expect(fault.message).toContain('sent nothing more for')
  })

  test('cuts off a body that is longer than the limit', async () => {
    const url = await serve((_, response) => void response.end('x'.repeat(2000)))
    const fault = await faultOf(client({ maxBodyBytes: 1000 }).request({ method: 'GET', url }))
    expect(fault.code).toBe('http-too-large')
  })

  test("rejects with the signal's reason when aborted, before and while waiting", async () => {
    const url = await serve(() => {})
    const reason = new Error('enough')
    await expect(client().request({ method: 'GET', url, signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    const stop = new AbortController()
    const waiting = client().request({ method: 'GET', url, signal: stop.signal })
    setTimeout(() => stop.abort(reason), 20)
    await expect(waiting).rejects.toBe(reason)
  })

  test('refuses plain http but to this machine', async () => {
    const fault = await faultOf(client().request({ method: 'GET', url: 'http://acme.example/' }))
    expect([fault.code, fault.sent, fault.blame]).toEqual(['http-insecure', false, 'operator'])
    expect(fault.message).toBe('http://acme.example is not encrypted')
  })

  test('with a base URL, refuses any other host', async () => {
    const bound = client({ baseUrl: await serve((_, response) => void response.end('here')) })
    expect((await bound.request({ method: 'GET', url: '/v2' })).body).toBe('here')
    const fault = await faultOf(bound.request({ method: 'GET', url: 'https://elsewhere.example/v2' }))
    expect([fault.code, fault.sent]).toEqual(['http-foreign-host', false])
  })

  test('keeps tokens, bodies and query strings out of logs and errors', async () => {
    const lines: string[] = []
    const note = (fields: object, message: string) => void lines.push(JSON.stringify([fields, message]))
    const log: Log = { debug: note, info: note, warn: note, error: note }
    const redact = createRedactor(['s3cret-token']).text
    const url = await serve((request, response) => {
      if (request.url?.startsWith('/cut')) request.socket.destroy()
      else response.end('body with ann@acme.example')
    })
    const request = {
      method: 'POST',
      query: { q: 'ann@acme.example' },
      headers: { authorization: 'Bearer s3cret-token' },
      body: 'ann@acme.example',
    } as const
    await client({ log, redact }).request({ ...request, url: `${url}/s3cret-token/x` })
    const fault = await faultOf(client({ log, redact }).request({ ...request, url: `${url}/cut` }))
    const said = [...lines, fault.message, String(fault.cause)].join('\n')
    expect(lines).toHaveLength(2)
    expect(said).toContain('[redacted]/x')
    expect(said).not.toMatch(/s3cret|ann@acme/)
  })
})

describe('an answer that is streamed', () => {
  async function streamOf(url: string, options: Partial<HttpClientOptions> = {}, request: Partial<HttpRequest> = {}) {
    const answer = await client(options).stream({ method: 'GET', url, ...request })
    if ('body' in answer) throw new Error('the answer came whole')
    return answer
  }

  async function textOf(stream: HttpStream): Promise<string> {
    const pieces: Buffer[] = []
    for await (const piece of stream.pieces) pieces.push(piece)
    return Buffer.concat(pieces).toString()
  }

  test('comes piece by piece, unzipped', async () => {
    const url = await serve((_, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip', 'X-Rows': '3' })
      response.end(gzipSync('zipped ü'.repeat(9999)))
    })
    await using stream = await streamOf(url)
    expect(stream.headers['x-rows']).toBe('3')
    expect(await textOf(stream)).toBe('zipped ü'.repeat(9999))
  })

  test('comes whole where its status is not 200', async () => {
    const url = await serve((_, response) => void response.writeHead(404).end('no such page'))
    expect(await client().stream({ method: 'GET', url })).toMatchObject({ status: 404, body: 'no such page' })
  })

  for (const [how, answer] of cut) {
    test(`is http-truncated when its body ends early (${how})`, async () => {
      await using stream = await streamOf(await serve(answer))
      expect((await faultOf(textOf(stream))).code).toBe('http-truncated')
    })
  }

  test('is not sent faster than it is taken: the vendor waits', async () => {
    let sent = 0
    const piece = Buffer.alloc(64 * 1024)
    const url = await serve((_, response) => {
      const more = () => {
        while (!response.destroyed && response.write(piece)) sent += piece.length
      }
      response.on('drain', more)
      more()
    })
    await using stream = await streamOf(url)
    for await (const _ of stream.pieces) break
    const before = sent
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(before).toBeLessThan(16 * 1024 * 1024)
    expect(sent - before).toBeLessThan(16 * 1024 * 1024)
  })

  test('that dries up ends after the idle timeout', async () => {
    const url = await serve((_, response) => void response.write('abc'))
    await using stream = await streamOf(url, { idleTimeoutMs: 50 })
    const fault = await faultOf(textOf(stream))
    expect(fault).toMatchObject({ code: 'http-timeout', message: expect.stringContaining('sent nothing more for') })
  })

  test('is not timed out as idle while nobody waits for a piece', async () => {
    const url = await serve((_, response) => {
      response.write('abc')
      setTimeout(() => response.end('def'), 100)
    })
    await using stream = await streamOf(url, { idleTimeoutMs: 70 })
    const pieces: string[] = []
    for await (const piece of stream.pieces) {
      pieces.push(piece.toString())
      await new Promise((resolve) => setTimeout(resolve, 150))
    }
    expect(pieces.join('')).toBe('abcdef')
  })

  test('that drips ends after its own total timeout, counted from its beginning', async () => {
    const url = await serve((_, response) => {
      const drip = setInterval(() => (response.destroyed ? clearInterval(drip) : response.write('.')), 10)
    })
    await using stream = await streamOf(url, {}, { totalTimeoutMs: 100 })
    expect((await faultOf(textOf(stream))).message).toContain('gave no whole answer within 0.1 s')
  })

  test('lets go of its connection when it is disposed of, wherever reading stands', async () => {
    const closed = Promise.withResolvers<void>()
    const url = await serve((request, response) => {
      request.socket.once('close', () => closed.resolve())
      response.write('abc')
    })
    const stream = await streamOf(url)
    await stream[Symbol.asyncDispose]()
    await closed.promise
  })

  test('lets go of its connection when it is aborted before anybody reads it', async () => {
    const closed = Promise.withResolvers<void>()
    const url = await serve((request, response) => {
      request.socket.once('close', () => closed.resolve())
      response.write('abc')
    })
    const stop = new AbortController()
    const stream = await streamOf(url, {}, { signal: stop.signal })
    const reason = new Error('enough')
    stop.abort(reason)
    await closed.promise
    await expect(textOf(stream)).rejects.toBe(reason)
  })

  test("ends with the signal's reason when aborted", async () => {
    const url = await serve((_, response) => void response.write('abc'))
    const stop = new AbortController()
    await using stream = await streamOf(url, {}, { signal: stop.signal })
    const reason = new Error('enough')
    setTimeout(() => stop.abort(reason), 20)
    await expect(textOf(stream)).rejects.toBe(reason)
  })
})

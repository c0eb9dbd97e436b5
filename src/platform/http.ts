import { pipeline, type Readable } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import { createGunzip } from 'node:zlib'
import type { AxiosInstance } from 'axios'
import { Attempt } from './http-attempt.ts'
import { faultOf, HttpFault } from './http-fault.ts'
import type { Log } from './log.ts'
import { retryAfterMs } from './retry.ts'

/** Talks to one vendor. Makes each request once: trying again is `retrying`'s. */
export interface HttpClient {
  /**
   * Resolves with whatever status the vendor answered, redirects included (they are never followed: a token must not
   * travel to a host nobody named). Rejects with an `HttpFault` when no whole answer arrived, and with the signal's
   * reason when aborted.
   */
  request(request: HttpRequest): Promise<HttpAnswer>
}

export interface StreamingHttpClient extends HttpClient {
  /**
   * The same as `request`, for a body too long to be held: one with status 200 comes piece by piece, any other answer comes whole.
   *
   * Until there is an answer the client's own total timeout holds; from then on the request's, to the last byte. The
   * idle timeout runs only while a piece is waited for: who takes pieces slowly slows the vendor, and is not timed out.
   */
  stream(request: HttpRequest): Promise<HttpAnswer | HttpStream>
}

export interface HttpClientOptions {
  /** What relative URLs start from; absolute URLs must then be of the same origin. */
  readonly baseUrl?: string
  /** Sent with every request. */
  readonly headers?: Readonly<Record<string, string>>
  /** From start to last byte. */
  readonly totalTimeoutMs: number
  /** Between two pieces of the body, and between its end and the headers. */
  readonly idleTimeoutMs: number
  /** A longer body is cut off with `http-too-large`. Default 128 MiB. */
  readonly maxBodyBytes?: number
  /** Applied to every text that leaves this client in errors and logs. */
  readonly redact: (text: string) => string
  readonly log: Log
  readonly userAgent: string
}

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE' | 'HEAD'
  readonly url: string
  readonly query?: Readonly<Record<string, string | number | undefined>>
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as it is; the caller names its `content-type`. */
  readonly body?: string
  readonly signal?: AbortSignal | undefined
  readonly totalTimeoutMs?: number
  readonly responseType?: 'text'
}

export interface HttpAnswer {
  readonly status: number
  /** Names in lower case; several of one name joined by `, `. */
  readonly headers: Readonly<Record<string, string>>
  /** Unzipped, read as UTF-8. */
  readonly body: string
  readonly ms: number
}

/** An answer whose body is still to come. Disposing of it lets go of the connection, wherever reading stands. */
export interface HttpStream extends AsyncDisposable {
  readonly status: number
  /** Names in lower case; several of one name joined by `, `. */
  readonly headers: Readonly<Record<string, string>>
  /**
   * Unzipped; to be read once. Ends only when the whole body came; rejects with an `HttpFault` when it did not, and with
   * the signal's reason when aborted.
   */
  readonly pieces: AsyncIterable<Buffer>
}

const MAX_BODY_BYTES = 128 * 1024 * 1024
/** Unzipped at a time: each piece costs a way through the thread pool, four times as many in Node's own size. */
const UNZIPPED_BYTES = 64 * 1024
/** So many bytes are unzipped before they are wanted. (The types of Node know no options of the stream.) */
const UNZIPPED_AHEAD: object = { readableHighWaterMark: 4 * UNZIPPED_BYTES }

export function createHttpClient(options: HttpClientOptions): StreamingHttpClient {
  return {
    request: async (request) => exchange(begin(options, request)),
    stream: async (request) => openStream(begin(options, request)),
  }
}

let instance: Promise<AxiosInstance> | undefined

/** Loaded with the first request: most commands make none. */
async function loadAxios(): Promise<AxiosInstance> {
  const { default: axios } = await import('axios')
  return axios.create({
    adapter: 'http',
    responseType: 'stream',
    maxRedirects: 0,
    // Its own unzipping takes a gzip that ends early for a whole one.
    decompress: false,
    validateStatus: () => true,
    transformRequest: [(body) => body],
    transformResponse: [(body) => body],
  })
}

/** One request on its way. */
interface Exchange {
  readonly options: HttpClientOptions
  readonly request: HttpRequest
  readonly url: URL
  /** Method and address, for messages. */
  readonly subject: string
  readonly started: number
  readonly attempt: Attempt
}

function begin(options: HttpClientOptions, request: HttpRequest): Exchange {
  const url = targetOf(options, request)
  const subject = options.redact(`${request.method} ${url.host}${url.pathname}`)
  return { options, request, url, subject, started: performance.now(), attempt: new Attempt(request.signal) }
}

async function exchange(one: Exchange): Promise<HttpAnswer> {
  try {
    one.attempt.limit(one.request.totalTimeoutMs ?? one.options.totalTimeoutMs)
    return await readWhole(await send(one), one)
  } catch (error) {
    throw told(error, one)
  } finally {
    one.attempt.end()
  }
}

async function openStream(one: Exchange): Promise<HttpAnswer | HttpStream> {
  const { attempt, options } = one
  let isOpen = false
  try {
    attempt.limit(options.totalTimeoutMs)
    const answer = await send(one)
    if (answer.status !== 200) return await readWhole(answer, one)
    attempt.limit(one.request.totalTimeoutMs ?? options.totalTimeoutMs)
    isOpen = true
    // It may be stopped before anybody reads it: that must neither leave it open nor end the process.
    answer.body.on('error', () => {})
    attempt.signal.addEventListener('abort', () => answer.body.destroy(), { once: true })
    return {
      status: answer.status,
      headers: answer.headers,
      pieces: piecesOf(answer, one),
      [Symbol.asyncDispose]: async () => {
        attempt.end()
        answer.body.destroy()
      },
    }
  } catch (error) {
    throw told(error, one)
  } finally {
    if (!isOpen) attempt.end()
  }
}

interface OpenAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** Unzipped. */
  readonly body: Readable
}

async function send({ options, request, url, attempt }: Exchange): Promise<OpenAnswer> {
  instance ??= loadAxios()
  const axios = await instance
  attempt.throwIfAborted()
  const response = await axios.request<Readable>({
    method: request.method,
    url: url.href,
    headers: {
      Accept: '*/*',
      'Accept-Encoding': 'gzip',
      ...options.headers,
      'User-Agent': options.userAgent,
      ...request.headers,
    },
    ...(request.body === undefined ? {} : { data: request.body }),
    signal: attempt.signal,
    transport: attempt.transport,
    ...(isLoopback(url) ? { proxy: false } : {}),
  })
  attempt.answered()
  const headers = lowerCase(response.headers)
  if (response.status >= 400) attempt.retryAfterMs = retryAfterMs(headers, Date.now())
  return { status: response.status, headers, body: unzipped(response.data, headers) }
}

async function readWhole(answer: OpenAnswer, one: Exchange): Promise<HttpAnswer> {
  const { status, headers } = answer
  const body = await readBody(answer.body, one)
  const ms = Math.round(performance.now() - one.started)
  one.options.log.debug({ request: one.subject, status, bytes: body.length, ms }, 'http answer')
  return { status, headers, body, ms }
}

async function* piecesOf({ status, body }: OpenAnswer, one: Exchange): AsyncGenerator<Buffer> {
  let bytes = 0
  try {
    for await (const piece of arriving(body, one)) {
      bytes += piece.length
      yield piece
    }
    const ms = Math.round(performance.now() - one.started)
    one.options.log.debug({ request: one.subject, status, bytes, ms }, 'http answer')
  } catch (error) {
    throw told(error, one)
  } finally {
    one.attempt.end()
  }
}

/** The error as the caller gets it: an `HttpFault`, or the reason why the caller aborted. */
function told(error: unknown, { request, attempt, subject, options, started }: Exchange): unknown {
  if (request.signal?.aborted) return request.signal.reason
  const fault = error instanceof HttpFault ? error : faultOf(error, attempt, subject, options.redact)
  const ms = Math.round(performance.now() - started)
  options.log.debug({ request: subject, code: fault.code, sent: fault.sent, ms }, 'http fault')
  return fault
}

function unzipped(body: Readable, headers: Readonly<Record<string, string>>): Readable {
  if (!/^(x-)?gzip$/i.test(headers['content-encoding'] ?? '')) return body
  return pipeline(body, createGunzip({ chunkSize: UNZIPPED_BYTES, ...UNZIPPED_AHEAD }), () => {})
}

/** The pieces of a body, each waited for no longer than the idle timeout. */
async function* arriving(body: Readable, { attempt, options }: Exchange): AsyncGenerator<Buffer> {
  const stop = () => body.destroy(new Error('stopped'))
  attempt.signal.addEventListener('abort', stop, { once: true })
  const pieces = body[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  try {
    if (attempt.signal.aborted) stop()
    for (;;) {
      attempt.waits(options.idleTimeoutMs)
      const next = await pieces.next()
      attempt.rests()
      if (next.done) return
      yield next.value
      // What was unzipped meanwhile is taken note of, and more of it begun: else each piece would be waited for.
      await setImmediate()
    }
  } finally {
    attempt.rests()
    attempt.signal.removeEventListener('abort', stop)
    body.destroy()
  }
}

async function readBody(body: Readable, one: Exchange): Promise<string> {
  const limit = one.options.maxBodyBytes ?? MAX_BODY_BYTES
  const pieces: Buffer[] = []
  let bytes = 0
  for await (const piece of arriving(body, one)) {
    bytes += piece.length
    if (bytes > limit) {
      throw new HttpFault('http-too-large', `${one.subject} answered with more than ${limit} bytes`, {
        blame: 'us',
        hint: 'Report this with the object or board it happened on',
        sent: true,
      })
    }
    pieces.push(piece)
  }
  return Buffer.concat(pieces).toString('utf8')
}

function targetOf(options: HttpClientOptions, request: HttpRequest): URL {
  const base = options.baseUrl === undefined ? undefined : new URL(options.baseUrl)
  const url = base === undefined ? new URL(request.url) : new URL(request.url, base)
  if (base !== undefined && url.origin !== base.origin) {
    throw new HttpFault('http-foreign-host', `${url.host} is not ${base.host}; requests stay on the host configured`, {
      blame: 'us',
      sent: false,
    })
  }
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(url))) {
    throw new HttpFault('http-insecure', `${url.protocol}//${url.host} is not encrypted`, {
      blame: 'operator',
      hint: 'Use an address that starts with https:// (plain http:// works for 127.0.0.1 only)',
      sent: false,
    })
  }
  for (const [name, value] of Object.entries(request.query ?? {})) {
    if (value === undefined) continue
    const pair = `${encodeURIComponent(name)}=${encodeURIComponent(value)}`
    url.search = url.search === '' ? pair : `${url.search.slice(1)}&${pair}`
  }
  return url
}

function isLoopback(url: URL): boolean {
  return url.hostname === 'localhost' || url.hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(url.hostname)
}

function lowerCase(headers: object): Record<string, string> {
  const result: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || value === null) continue
    result[name.toLowerCase()] = Array.isArray(value) ? value.join(', ') : String(value)
  }
  return result
}

import http from 'node:http'
import https from 'node:https'
import { pipeline, type Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import axios, { type AxiosInstance } from 'axios'
import { type Blame, Fault } from './errors.ts'
import type { Log } from './log.ts'

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

export type HttpFaultCode =
  | 'http-timeout'
  | 'http-reset'
  | 'http-truncated'
  | 'http-unreachable'
  | 'http-certificate'
  | 'http-too-large'
  | 'http-insecure'
  | 'http-foreign-host'

/** No whole answer arrived. */
export class HttpFault extends Fault {
  declare readonly code: HttpFaultCode
  /** False: the request surely never reached the vendor. True: it may have been carried out. */
  readonly sent: boolean

  constructor(
    code: HttpFaultCode,
    message: string,
    details: { readonly blame: Blame; readonly hint?: string; readonly sent: boolean; readonly cause?: unknown },
  ) {
    super(code, message, details)
    this.sent = details.sent
  }
}

const MAX_BODY_BYTES = 128 * 1024 * 1024

/** Errors of finding and reaching a host: nothing was sent. */
const UNREACHABLE = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EAI_FAIL', 'EHOSTUNREACH', 'ENETUNREACH'])

export function createHttpClient(options: HttpClientOptions): StreamingHttpClient {
  const instance = axios.create({
    adapter: 'http',
    responseType: 'stream',
    maxRedirects: 0,
    // Its own unzipping takes a gzip that ends early for a whole one.
    decompress: false,
    validateStatus: () => true,
    transformRequest: [(body) => body],
    transformResponse: [(body) => body],
  })
  return {
    request: async (request) => exchange(instance, begin(options, request)),
    stream: async (request) => openStream(instance, begin(options, request)),
  }
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

async function exchange(instance: AxiosInstance, one: Exchange): Promise<HttpAnswer> {
  try {
    one.attempt.limit(one.request.totalTimeoutMs ?? one.options.totalTimeoutMs)
    return await readWhole(await send(instance, one), one)
  } catch (error) {
    throw told(error, one)
  } finally {
    one.attempt.end()
  }
}

async function openStream(instance: AxiosInstance, one: Exchange): Promise<HttpAnswer | HttpStream> {
  const { attempt, options } = one
  let isOpen = false
  try {
    attempt.limit(options.totalTimeoutMs)
    const answer = await send(instance, one)
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

async function send(instance: AxiosInstance, { options, request, url, attempt }: Exchange): Promise<OpenAnswer> {
  attempt.throwIfAborted()
  const response = await instance.request<Readable>({
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

/** One exchange's timers and what is known of how far it came. */
class Attempt {
  readonly #caller: AbortSignal | undefined
  readonly #controller = new AbortController()
  readonly #onCallerAbort = () => {
    this.end()
    this.#controller.abort()
  }
  #totalTimer: NodeJS.Timeout | undefined
  #idleTimer: NodeJS.Timeout | undefined
  /** `connecting` until a connection stands: then nothing can have been sent. */
  state: 'new' | 'connecting' | 'connected' | 'answered' = 'new'
  /** Which limit ended it, and how long that was. */
  timedOut: { readonly what: 'total' | 'idle'; readonly ms: number } | null = null

  constructor(caller: AbortSignal | undefined) {
    this.#caller = caller
    caller?.addEventListener('abort', this.#onCallerAbort, { once: true })
  }

  /** From now on. */
  limit(totalTimeoutMs: number): void {
    clearTimeout(this.#totalTimer)
    this.#totalTimer = setTimeout(() => this.#expire('total', totalTimeoutMs), totalTimeoutMs)
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  throwIfAborted(): void {
    this.#caller?.throwIfAborted()
  }

  /** Node's own http and https, watched for the moment when a connection stands. */
  readonly transport = {
    request: (options: https.RequestOptions, onAnswer: (answer: http.IncomingMessage) => void) => {
      const secure = options.protocol === 'https:'
      const request = (secure ? https : http).request(options, onAnswer)
      this.state = 'connecting'
      request.once('socket', (socket) => {
        if (!socket.connecting) this.#connected()
        else socket.once(secure ? 'secureConnect' : 'connect', () => this.#connected())
      })
      return request
    },
  }

  answered(): void {
    this.state = 'answered'
  }

  /** A piece of the body is waited for; `rests` when it arrived. */
  waits(idleTimeoutMs: number): void {
    this.#idleTimer = setTimeout(() => this.#expire('idle', idleTimeoutMs), idleTimeoutMs)
  }

  rests(): void {
    clearTimeout(this.#idleTimer)
  }

  end(): void {
    clearTimeout(this.#totalTimer)
    clearTimeout(this.#idleTimer)
    this.#caller?.removeEventListener('abort', this.#onCallerAbort)
  }

  #connected(): void {
    if (this.state === 'connecting') this.state = 'connected'
  }

  #expire(what: 'total' | 'idle', ms: number): void {
    this.timedOut = { what, ms }
    this.#controller.abort()
  }
}

function unzipped(body: Readable, headers: Readonly<Record<string, string>>): Readable {
  if (!/^(x-)?gzip$/i.test(headers['content-encoding'] ?? '')) return body
  return pipeline(body, createGunzip(), () => {})
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

function faultOf(error: unknown, attempt: Attempt, subject: string, redact: (text: string) => string): HttpFault {
  if (attempt.timedOut !== null) {
    const sent = attempt.state !== 'connecting'
    const seconds = Math.round(attempt.timedOut.ms / 100) / 10
    const what = attempt.timedOut.what === 'total' ? 'gave no whole answer within' : 'sent nothing more for'
    return new HttpFault('http-timeout', `${subject} ${what} ${seconds} s`, { blame: 'remote', sent })
  }
  const reason = reasonOf(error)
  const cause = new Error(redact(reason.message))
  const evidence = reason.code ?? 'no reason given'
  if (reason.code !== undefined && isCertificateCode(reason.code)) {
    return new HttpFault('http-certificate', `${subject} is not trusted: ${reason.code}`, {
      blame: 'operator',
      hint: 'Set NODE_EXTRA_CA_CERTS to the certificate of your proxy, or check the host name',
      sent: false,
      cause,
    })
  }
  if (attempt.state === 'answered') {
    return new HttpFault('http-truncated', `${subject} answered with a body that ends early (${evidence})`, {
      blame: 'remote',
      sent: true,
      cause,
    })
  }
  if (provesUnsent(reason)) {
    return new HttpFault('http-unreachable', `${subject} cannot be reached (${evidence})`, {
      blame: 'remote',
      hint: 'Check the address and the network of this machine, then run again',
      sent: false,
      cause,
    })
  }
  return new HttpFault('http-reset', `${subject} dropped the connection without an answer (${evidence})`, {
    blame: 'remote',
    sent: true,
    cause,
  })
}

/** The connection never stood. Anything else may have carried the request, whatever it looks like. */
function provesUnsent(reason: Reason): boolean {
  return (
    reason.syscall === 'connect' ||
    (reason.code !== undefined && UNREACHABLE.has(reason.code)) ||
    reason.message.includes('before secure TLS connection was established')
  )
}

function isCertificateCode(code: string): boolean {
  return /^(CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|ERR_TLS_|ERR_SSL_|HOSTNAME_MISMATCH)/.test(code)
}

interface Reason {
  readonly code?: string
  readonly syscall?: string
  readonly message: string
}

function reasonOf(error: unknown): Reason {
  if (!(error instanceof Error)) return { message: String(error) }
  // Several addresses of one host failed: the first tells enough.
  const inner = error instanceof AggregateError ? error.errors[0] : (error.cause ?? error)
  const source = inner instanceof AggregateError ? inner.errors[0] : inner
  const code = textAt(source, 'code') ?? textAt(error, 'code')
  const syscall = textAt(source, 'syscall')
  const message = textAt(source, 'message') ?? error.message
  return { ...(code === undefined ? {} : { code }), ...(syscall === undefined ? {} : { syscall }), message }
}

function textAt(value: unknown, key: string): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const found = (value as Record<string, unknown>)[key]
  return typeof found === 'string' ? found : undefined
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

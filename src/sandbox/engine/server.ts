import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setTimeout } from 'node:timers/promises'
import { promisify } from 'node:util'
import { gunzip, gzip } from 'node:zlib'
import { Fault, formatFault } from '../../platform/errors.ts'
import { type Control, standardControls } from './control.ts'
import type { Engine, SandboxAnswer, SandboxRequest, StreamedBody, Vendor } from './engine.ts'

/** Below this many bytes compressing costs more than it saves. */
const GZIP_FROM_BYTES = 1_024

export interface ServeOptions {
  readonly engine: Engine
  readonly vendors: readonly Vendor[]
  /** 0 or absent: any free port. */
  readonly port?: number
  readonly host?: string
  /** More requests under `/__sandbox/`, by `METHOD name`; `METHOD name/*` answers whatever is below. */
  readonly controls?: Readonly<Record<string, Control>>
}

export interface SandboxServer {
  readonly port: number
  readonly baseUrl: string
  /** Drops open connections and frees the port. */
  close(): Promise<void>
}

/** Serves the vendors by the first path that fits, and `/__sandbox/…` for whoever steers the sandbox. */
export async function serve(options: ServeOptions): Promise<SandboxServer> {
  const host = options.host ?? '127.0.0.1'
  const controls = { ...standardControls(options.engine), ...options.controls }
  const server = createServer({ keepAliveTimeout: 60_000, maxHeaderSize: 131_072 }, (message, response) => {
    void respond(message, response, options, controls)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => reject(cannotListen(`${host}:${options.port ?? 0}`, cause)))
    server.listen(options.port ?? 0, host, () => resolve())
  })
  const { port } = server.address() as AddressInfo
  return {
    port,
    baseUrl: `http://${host}:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function cannotListen(address: string, cause: NodeJS.ErrnoException): Fault {
  const isTaken = cause.code === 'EADDRINUSE'
  const problem = isTaken ? 'another program listens there already' : cause.message
  return new Fault('sandbox-port', `The sandbox cannot listen at ${address}: ${problem}`, {
    blame: 'operator',
    hint: isTaken ? 'Give another --port, or none for any free one' : 'Give another --port',
    cause,
  })
}

async function respond(
  message: IncomingMessage,
  response: ServerResponse,
  { engine, vendors }: ServeOptions,
  controls: Readonly<Record<string, Control>>,
): Promise<void> {
  const leaving = new AbortController()
  response.once('close', () => leaving.abort())
  let answer: SandboxAnswer
  try {
    const request = await readRequest(message, leaving.signal)
    answer = await route(request, vendors, controls)
  } catch (error) {
    if (leaving.signal.aborted) return
    answer = failed(error)
  }
  await send(message, response, answer, new Date(engine.clock.now()))
}

async function readRequest(message: IncomingMessage, signal: AbortSignal): Promise<SandboxRequest> {
  const chunks: Buffer[] = []
  for await (const chunk of message) chunks.push(chunk as Buffer)
  const raw = Buffer.concat(chunks)
  const body = message.headers['content-encoding'] === 'gzip' ? await promisify(gunzip)(raw) : raw
  // The command line client of one vendor asks for `//services/data`: a base URL that ends in a slash.
  const target = (message.url ?? '/').replace(/^\/+/, '/')
  const [path = '/', ...query] = target.split('?')
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(message.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value
  }
  return {
    method: message.method ?? 'GET',
    path,
    query: new URLSearchParams(query.join('?')),
    uriBytes: target.length,
    headers,
    body: body.toString('utf8'),
    signal,
  }
}

async function route(
  request: SandboxRequest,
  vendors: readonly Vendor[],
  controls: Readonly<Record<string, Control>>,
): Promise<SandboxAnswer> {
  if (request.path.startsWith('/__sandbox/')) {
    const name = request.path.slice('/__sandbox/'.length)
    const control = controls[`${request.method} ${name}`] ?? controls[`${request.method} ${name.split('/')[0]}/*`]
    if (control !== undefined) return control(request)
    throw new Fault('sandbox-unknown-control', `The sandbox knows no "${request.method} /__sandbox/${name}"`, {
      blame: 'operator',
      hint: `Use one of: ${Object.keys(controls).sort().join(', ')}`,
    })
  }
  const vendor = vendors.find((candidate) => candidate.paths.some((path) => isUnder(request.path, path)))
  if (vendor !== undefined) return vendor.handle(request)
  return { status: 404, headers: { 'Content-Type': 'text/plain' }, body: `Nothing is served at ${request.path}\n` }
}

function isUnder(path: string, prefix: string): boolean {
  return path === prefix || path.startsWith(prefix.endsWith('/') ? prefix : `${prefix}/`)
}

function failed(error: unknown): SandboxAnswer {
  if (error instanceof Fault) {
    const body = JSON.stringify({ error: { code: error.code, message: error.message, hint: error.hint } })
    return { status: 400, headers: { 'Content-Type': 'application/json' }, body }
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
  process.stderr.write(`${formatFault({ code: 'sandbox-broken', message: text })}\n`)
  return { status: 500, headers: { 'Content-Type': 'text/plain' }, body: `sandbox-broken: ${text}\n` }
}

async function send(
  message: IncomingMessage,
  response: ServerResponse,
  answer: SandboxAnswer,
  now: Date,
): Promise<void> {
  if (answer === null) {
    message.socket.destroy()
    return
  }
  if (response.destroyed) return
  if (answer.stream !== undefined) return sendStream(message, response, answer, answer.stream, now)
  const headers: Record<string, string> = { Date: now.toUTCString(), ...answer.headers }
  let body: Buffer = Buffer.isBuffer(answer.body) ? answer.body : Buffer.from(answer.body)
  if (body.length >= GZIP_FROM_BYTES && acceptsGzip(message) && headers['Content-Encoding'] === undefined) {
    body = await promisify(gzip)(body, { level: 1 })
    headers['Content-Encoding'] = 'gzip'
    headers.Vary = 'Accept-Encoding'
  }
  if (answer.status !== 204 && answer.status !== 304) headers['Content-Length'] = String(body.length)
  response.writeHead(answer.status, headers)
  if (answer.slow !== undefined) {
    await sendSlowly(response, body, answer.slow)
    return
  }
  if (answer.cutAt === undefined) {
    response.end(message.method === 'HEAD' ? undefined : body)
    return
  }
  const part = body.subarray(0, Math.min(answer.cutAt, Math.max(0, body.length - 1)))
  response.flushHeaders()
  response.write(part, () => message.socket.destroy())
}

/** Stops when the client leaves. */
async function sendSlowly(
  response: ServerResponse,
  body: Buffer,
  { bytes, pauseMs }: NonNullable<NonNullable<SandboxAnswer>['slow']>,
): Promise<void> {
  response.flushHeaders()
  if (pauseMs === null) {
    response.write(body.subarray(0, Math.min(bytes, Math.max(0, body.length - 1))))
    return
  }
  response.write(body.subarray(0, bytes))
  for (let sent = bytes; sent < body.length && !response.destroyed; sent += bytes) {
    await setTimeout(pauseMs)
    response.write(body.subarray(sent, sent + bytes))
  }
  response.end()
}

async function sendStream(
  message: IncomingMessage,
  response: ServerResponse,
  answer: NonNullable<SandboxAnswer>,
  stream: StreamedBody,
  now: Date,
): Promise<void> {
  response.writeHead(answer.status, {
    Date: now.toUTCString(),
    'Content-Length': String(stream.bytes),
    ...answer.headers,
  })
  const { cutAt, slow } = answer
  const isCut = cutAt !== undefined || slow?.pauseMs === null
  const sentBytes = Math.min(cutAt ?? slow?.bytes ?? 0, stream.bytes - 1)
  const pieces = isCut ? firstBytes(stream.pieces(), sentBytes) : stream.pieces()
  try {
    const paced = slow === undefined || isCut ? pieces : dripped(pieces, slow.bytes, slow.pauseMs ?? 0)
    await pipeline(Readable.from(paced, { objectMode: true }), response, { end: !isCut })
  } catch {
    // The client left, or what is sent was deleted meanwhile: either way nobody can be told but by the connection.
    response.destroy()
    return
  }
  if (cutAt !== undefined) response.write('', () => message.socket.destroy())
}

async function* dripped(pieces: Iterable<Buffer>, bytes: number, pauseMs: number): AsyncGenerator<Buffer> {
  for (const piece of pieces) {
    for (let at = 0; at < piece.length; at += bytes) {
      yield piece.subarray(at, at + bytes)
      await setTimeout(pauseMs)
    }
  }
}

function* firstBytes(pieces: Iterable<Buffer>, bytes: number): Generator<Buffer> {
  let rest = bytes
  for (const piece of pieces) {
    if (rest <= 0) return
    yield piece.subarray(0, rest)
    rest -= piece.length
  }
}

function acceptsGzip(message: IncomingMessage): boolean {
  return /\bgzip\b/.test(String(message.headers['accept-encoding'] ?? ''))
}

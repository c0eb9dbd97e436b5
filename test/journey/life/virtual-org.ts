import type { Clock } from '../../../src/platform/clock.ts'
import type { HttpAnswer, HttpRequest, HttpStream, StreamingHttpClient } from '../../../src/platform/http.ts'
import { HttpFault } from '../../../src/platform/http-fault.ts'
import { silentLog } from '../../../src/platform/log.ts'
import { createEngine } from '../../../src/sandbox/engine/create-engine.ts'
import type { Limits, SandboxAnswer, Vendor, VirtualClock } from '../../../src/sandbox/engine/engine.ts'
import { Org } from '../../../src/sandbox/salesforce/org.ts'
import { createSalesforceVendor } from '../../../src/sandbox/salesforce/salesforce-vendor.ts'
import { createSalesforceSource } from '../../../src/source/salesforce/salesforce-source.ts'
import type { Source } from '../../../src/source/source.ts'

const APP = { clientId: 'life', clientSecret: 'of an org' }
const HOST = 'life.example'
/** How long a client waits for a body that has stopped coming. */
const IDLE_MS = 65_000
/** For so long nothing is asked of an org whose calls of the day are used up. */
const CLOSED_MS = 15 * 60_000

/** Small enough that some hundred records reach windows, locators and jobs. */
const BULK = { fromRecords: 90, maxRecords: 40 }
const PAGE_ROWS = 25

/** Time that passes only when somebody lets it: the same life is the same to the millisecond. */
class LifeClock implements VirtualClock, Clock {
  readonly speed = 1
  #now: number

  constructor(now: number) {
    this.#now = now
  }

  now(): number {
    return this.#now
  }

  real(virtualMs: number): number {
    return virtualMs
  }

  advance(virtualMs: number): void {
    this.#now += virtualMs
  }

  async sleep(ms: number, options?: { readonly signal?: AbortSignal }): Promise<void> {
    options?.signal?.throwIfAborted()
    this.#now += Math.max(0, ms)
  }
}

/** An org whose requests are answered in this process, without a network. */
export interface VirtualOrg extends Disposable {
  readonly org: Org
  readonly clock: VirtualClock & Clock
  /**
   * A source as a new process would make it. `onRequest` comes before each request is carried out, and `onAnswer` after
   * it; what they throw ends the request.
   */
  connect(hooks: Hooks): Source
}

export interface Hooks {
  onRequest(request: HttpRequest): void
  onAnswer(request: HttpRequest): void
  /** A request was made though the org had said wait. */
  onImpatience(sentence: string): void
}

export function openVirtualOrg(options: {
  readonly seed: number
  readonly reading: Limits['reading']
  readonly now: number
}): VirtualOrg {
  const clock = new LifeClock(options.now)
  const engine = { ...createEngine(options), clock }
  engine.limits.set('salesforce.queryPageRows', PAGE_ROWS)
  const org = new Org(engine)
  const vendor = createSalesforceVendor(org, APP)
  return {
    org,
    clock,
    connect: (hooks) =>
      createSalesforceSource({
        name: 'salesforce',
        credentials: { flow: 'client-credentials', ...APP },
        loginUrl: `https://${HOST}`,
        quotaShare: 1,
        http: httpTo(vendor, clock, hooks),
        clock,
        log: silentLog,
        random: () => 0,
        bulk: BULK,
      }),
    [Symbol.dispose]: () => engine.db.close(),
  }
}

/** What `createHttpClient` does, as far as the source can tell; that it does so over a real network is tested elsewhere. */
function httpTo(vendor: Vendor, clock: VirtualClock, hooks: Hooks): StreamingHttpClient {
  let notBefore = 0

  async function exchange(request: HttpRequest): Promise<NonNullable<SandboxAnswer>> {
    hooks.onRequest(request)
    if (clock.now() < notBefore) {
      hooks.onImpatience(`${request.method} ${request.url} was asked ${notBefore - clock.now()} ms too early`)
    }
    const url = new URL(request.url)
    for (const [name, value] of Object.entries(request.query ?? {})) {
      if (value !== undefined) url.searchParams.append(name, String(value))
    }
    const answer = await vendor.handle({
      method: request.method,
      path: url.pathname,
      query: url.searchParams,
      uriBytes: url.pathname.length + url.search.length,
      headers: { host: HOST, ...request.headers },
      body: request.body ?? '',
    })
    hooks.onAnswer(request)
    if (answer === null) throw faultOf('http-reset', request)
    return answer
  }

  /**
   * The answer as it comes to hand: whoever reads its headers has been told to wait. Until then it is on its way, and so are
   * requests that were made at the same time; the clock tells them apart only because it moves on for each of them.
   */
  function told(request: HttpRequest, answer: NonNullable<SandboxAnswer>) {
    return {
      status: answer.status,
      get headers() {
        const waitMs = waitAskedFor(new URL(request.url), answer)
        if (waitMs !== null) notBefore = Math.max(notBefore, clock.now() + waitMs)
        return headersOf(answer, clock)
      },
    }
  }

  return {
    async request(request): Promise<HttpAnswer> {
      const answer = await exchange(request)
      if (answer.cutAt !== undefined) throw faultOf('http-truncated', request)
      if (answer.slow?.pauseMs === null) {
        clock.advance(IDLE_MS)
        throw faultOf('http-timeout', request)
      }
      const { stream } = answer
      const body = stream === undefined ? String(answer.body) : Buffer.concat([...stream.pieces()]).toString('utf8')
      return Object.assign(told(request, answer), { body, ms: 0 })
    },
    async stream(request): Promise<HttpAnswer | HttpStream> {
      const answer = await exchange(request)
      const head = told(request, answer)
      if (answer.status !== 200) return Object.assign(head, { body: String(answer.body), ms: 0 })
      return Object.assign(head, { pieces: piecesOf(answer, request, clock), [Symbol.asyncDispose]: async () => {} })
    },
  }
}

async function* piecesOf(
  { body, stream, cutAt, slow }: NonNullable<SandboxAnswer>,
  request: HttpRequest,
  clock: VirtualClock,
): AsyncGenerator<Buffer> {
  const isStalled = slow?.pauseMs === null
  let left = cutAt ?? (isStalled ? slow.bytes : Number.POSITIVE_INFINITY)
  for (const piece of stream?.pieces() ?? [Buffer.from(body)]) {
    if (left < piece.length) {
      yield piece.subarray(0, left)
      if (isStalled) clock.advance(IDLE_MS)
      throw faultOf(isStalled ? 'http-timeout' : 'http-truncated', request)
    }
    left -= piece.length
    yield piece
  }
}

function headersOf({ headers }: NonNullable<SandboxAnswer>, clock: VirtualClock): Record<string, string> {
  const lower = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])
  return { date: new Date(clock.now()).toUTCString(), ...Object.fromEntries(lower) }
}

function faultOf(code: HttpFault['code'], { method, url }: HttpRequest): HttpFault {
  return new HttpFault(code, `${method} ${url} broke off`, { blame: 'remote', sent: true })
}

/** How long the org wants to be left alone; `null` where it said nothing of it. */
function waitAskedFor({ pathname }: URL, { status, headers, body }: NonNullable<SandboxAnswer>): number | null {
  const seconds = headers['Retry-After']
  if (seconds !== undefined) return Number(seconds) * 1000
  // Who asks for a token is told nothing of calls.
  const isUsedUp = status === 403 && pathname.includes('/data/') && String(body).includes('REQUEST_LIMIT_EXCEEDED')
  return isUsedUp && !String(body).includes('Concurrent') ? CLOSED_MS : null
}

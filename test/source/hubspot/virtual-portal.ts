import type { Clock } from '../../../src/platform/clock.ts'
import type { HttpAnswer, HttpClient, HttpRequest } from '../../../src/platform/http.ts'
import { HttpFault } from '../../../src/platform/http-fault.ts'
import { type Log, silentLog } from '../../../src/platform/log.ts'
import { createEngine } from '../../../src/sandbox/engine/create-engine.ts'
import type { FaultRule, Limits, SandboxAnswer, Vendor, VirtualClock } from '../../../src/sandbox/engine/engine.ts'
import { createHubSpotVendor } from '../../../src/sandbox/hubspot/hubspot-vendor.ts'
import { Portal } from '../../../src/sandbox/hubspot/portal.ts'
import { createHubSpotSource, type HubSpotSourceOptions } from '../../../src/source/hubspot/hubspot-source.ts'
import type { Cursor, Page, ReadRequest, Source, SourceRecord } from '../../../src/source/source.ts'

export const NOW = Date.UTC(2026, 10, 22, 10)
export const SECOND = 1_000
export const MINUTE = 60 * SECOND
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR
const BASE_URL = 'https://api.hubapi.example'

/** Time that passes only when somebody lets it, or waits. */
export class PortalClock implements VirtualClock, Clock {
  readonly speed = 1
  #now: number
  /** All that was waited for, ms. */
  slept = 0

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
    this.slept += Math.max(0, ms)
    this.#now += Math.max(0, ms)
  }
}

export interface Hooks {
  onRequest?(request: HttpRequest): void
  onAnswer?(request: HttpRequest): void
}

/** One HubSpot account whose requests are answered in this process. */
export interface VirtualPortal extends Disposable {
  readonly portal: Portal
  readonly clock: PortalClock
  /** `GET /crm/objects/2026-09/deals`, one for each request that was made. */
  readonly asked: HttpRequest[]
  readonly http: HttpClient
  fault(operation: string, rule: Omit<FaultRule, 'operation'>): void
  /** A source as a new process would make it. */
  connect(more?: Partial<HubSpotSourceOptions>, hooks?: Hooks): Source
}

export function openPortal(
  options: { readonly reading?: Limits['reading']; readonly now?: number; readonly log?: Log } = {},
): VirtualPortal {
  const { reading = 'optimistic', now = NOW, log = silentLog } = options
  const clock = new PortalClock(now)
  const engine = { ...createEngine({ reading, now }), clock }
  const portal = new Portal(engine).open()
  const vendor = createHubSpotVendor(portal)
  const asked: HttpRequest[] = []
  const http = httpTo(vendor, clock, asked)
  return {
    portal,
    clock,
    asked,
    http,
    fault: (operation, rule) => engine.faults.add([{ operation: `hubspot.${operation}`, ...rule }]),
    connect: (more = {}, hooks = {}) =>
      createHubSpotSource({
        name: 'hubspot',
        accessToken: vendor.env('')['HUBSPOT_ACCESS_TOKEN'] ?? '',
        baseUrl: BASE_URL,
        quotaShare: 1,
        http: {
          request: async (request) => {
            hooks.onRequest?.(request)
            const answer = await http.request(request)
            hooks.onAnswer?.(request)
            return answer
          },
        },
        clock,
        log,
        random: () => 0,
        ...more,
      }),
    [Symbol.dispose]: () => engine.db.close(),
  }
}

/** What `createHttpClient` does, as far as the source can tell; that it does so over a real network is tested elsewhere. */
function httpTo(vendor: Vendor, clock: PortalClock, asked: HttpRequest[]): HttpClient {
  return {
    async request(request): Promise<HttpAnswer> {
      request.signal?.throwIfAborted()
      asked.push(request)
      const url = new URL(request.url)
      const answer = await vendor.handle({
        method: request.method,
        path: url.pathname,
        query: url.searchParams,
        uriBytes: url.pathname.length + url.search.length,
        headers: lowerCase(request.headers ?? {}),
        body: request.body ?? '',
      })
      if (answer === null) throw broken('http-reset', request)
      if (answer.cutAt !== undefined) throw broken('http-truncated', request)
      if (answer.slow?.pauseMs === null) throw broken('http-timeout', request)
      return { status: answer.status, headers: headersOf(answer, clock), body: String(answer.body), ms: 0 }
    },
  }
}

function broken(code: HttpFault['code'], { method, url }: HttpRequest): HttpFault {
  return new HttpFault(code, `${method} ${url} broke off`, { blame: 'remote', sent: true })
}

function headersOf({ headers }: NonNullable<SandboxAnswer>, clock: PortalClock): Record<string, string> {
  return { date: new Date(clock.now()).toUTCString(), ...lowerCase(headers) }
}

function lowerCase(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
}

export async function pagesOf(source: Source, request: Partial<ReadRequest> = {}): Promise<Page[]> {
  const pages: Page[] = []
  const whole = { object: 'deals', fields: ['dealname'], where: null, after: null, ...request }
  for await (const page of source.read(whole)) pages.push(page)
  return pages
}

export const cursorOf = (pages: readonly Page[]): Cursor => pages.at(-1)?.cursor as Cursor
export const recordsOf = (pages: readonly Page[]): SourceRecord[] => pages.flatMap((page) => page.records)
export const requestsOf = (pages: readonly Page[]): number => pages.reduce((sum, { requests }) => sum + requests, 0)

/** `dealname` of what is present, ids of what was deleted. */
export function shown(records: readonly SourceRecord[], field = 'dealname'): string[] {
  return records.map((record) => (record.kind === 'present' ? String(record.fields[field]) : `${record.id} deleted`))
}

/** What is asked for, without the host: `GET deals`, `POST deals/search`. */
export function ways(asked: readonly HttpRequest[]): string[] {
  return asked.map(({ method, url }) => {
    const path = new URL(url).pathname.replace(/^\/crm\/(objects\/)?/, '').replace(/2026-09\//, '')
    return `${method} ${path}${url.includes('archived=true') ? ' archived' : ''}`
  })
}

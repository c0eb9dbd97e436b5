import type { Clock } from '../../../src/platform/clock.ts'
import { createHttpClient, type HttpAnswer, type HttpRequest } from '../../../src/platform/http.ts'
import type { Log } from '../../../src/platform/log.ts'
import type { FaultRule } from '../../../src/sandbox/engine/engine.ts'
import { createRecord } from '../../../src/sandbox/salesforce/records.ts'
import { type Sandbox, type SandboxOptions, startSandbox } from '../../../src/sandbox/sandbox.ts'
import {
  createSalesforceSource,
  type SalesforceSourceOptions,
} from '../../../src/source/salesforce/salesforce-source.ts'
import type { Cursor, Page, ReadRequest, Source, SourceRecord } from '../../../src/source/source.ts'

const NOW = Date.UTC(2026, 10, 22, 10)
export const MINUTE = 60_000
/** Small enough that ten accounts make three results pages. */
export const BULK = { fromRecords: 5, maxRecords: 4 }
export const FIELDS = ['Name', 'AnnualRevenue', 'Owner.Email', 'Description', 'ParentId']

export interface LogLine {
  readonly message: string
  readonly fields: Readonly<Record<string, unknown>>
}

/** Sees each request, with its SOQL, before it is made, and may answer in place of the org. */
export type Meddler = (soql: string, request: HttpRequest) => HttpAnswer | null

export async function open(
  more: Partial<SalesforceSourceOptions> = {},
  options: SandboxOptions = {},
  meddle: Meddler = () => null,
) {
  const sandbox = await startSandbox({ accounts: 0, now: NOW, ...options })
  sandbox.engine.limits.set('salesforce.queryPageRows', 3)
  const lines: LogLine[] = []
  const note = (fields: Readonly<Record<string, unknown>>, message: string) => void lines.push({ fields, message })
  const log: Log = { debug: () => {}, info: note, warn: note, error: note }
  const asked: string[] = []
  const streams = { open: 0 }
  const again = (other: Partial<SalesforceSourceOptions> = {}) =>
    sourceOf(sandbox, log, { asked, streams, meddle }, { ...more, ...other })
  return { sandbox, source: again(), again, lines, asked, streams, [Symbol.asyncDispose]: () => sandbox.close() }
}

/** A source as a new process would make it. */
function sourceOf(
  { env, engine }: Sandbox,
  log: Log,
  seen: { readonly asked: string[]; readonly streams: { open: number }; readonly meddle: Meddler },
  more: Partial<SalesforceSourceOptions>,
): Source {
  const { SALESFORCE_LOGIN_URL = '', SALESFORCE_CLIENT_ID = '', SALESFORCE_CLIENT_SECRET = '' } = env
  // Time passes for source and org alike; waiting passes it at once.
  const clock: Clock = {
    now: () => engine.clock.now(),
    sleep: async (ms, options) => {
      options?.signal?.throwIfAborted()
      engine.clock.advance(ms)
    },
  }
  const http = createHttpClient({
    totalTimeoutMs: 5000,
    idleTimeoutMs: 5000,
    redact: (text) => text,
    log,
    userAgent: 'boardsync-test',
  })
  return createSalesforceSource({
    name: 'salesforce',
    credentials: {
      flow: 'client-credentials',
      clientId: SALESFORCE_CLIENT_ID,
      clientSecret: SALESFORCE_CLIENT_SECRET,
    },
    loginUrl: SALESFORCE_LOGIN_URL,
    http: {
      request: async (request) => {
        noted(request, seen.asked)
        return seen.meddle(String(request.query?.['q'] ?? ''), request) ?? http.request(request)
      },
      stream: async (request) => {
        const answer = await http.stream(noted(request, seen.asked))
        if ('body' in answer) return answer
        seen.streams.open += 1
        return {
          ...answer,
          [Symbol.asyncDispose]: async () => {
            seen.streams.open -= 1
            await answer[Symbol.asyncDispose]()
          },
        }
      },
    },
    clock,
    log,
    random: () => 0,
    bulk: BULK,
    ...more,
  })
}

/** Notes `POST jobs/query`, `GET results`, `GET results of <locator>`: the end of the address, and the page that is asked for. */
function noted(request: HttpRequest, asked: string[]): HttpRequest {
  const { pathname } = new URL(request.url)
  const name = /jobs\/query$|oauth2\/token$|\w+\/?$/.exec(pathname)?.[0] ?? pathname
  const locator = request.query?.['locator']
  asked.push(
    `${request.method} ${name.startsWith('750') ? 'job' : name}${locator === undefined ? '' : ` of ${locator}`}`,
  )
  return request
}

export type Opened = Awaited<ReturnType<typeof open>>

export function addAccounts({ sandbox }: Opened, count: number): string[] {
  const ids = Array.from({ length: count }, (_, i) =>
    createRecord(sandbox.org, 'Account', { Name: `Account ${i}`, AnnualRevenue: i * 1e7 }),
  )
  sandbox.engine.clock.advance(3 * MINUTE)
  return ids
}

export function read(source: Source, request: Partial<ReadRequest> = {}): AsyncIterable<Page> {
  return source.read({ object: 'Account', fields: FIELDS, where: null, after: null, ...request })
}

export async function pagesOf(source: Source, request: Partial<ReadRequest> = {}): Promise<Page[]> {
  const pages: Page[] = []
  for await (const page of read(source, request)) pages.push(page)
  return pages
}

/** Pages up to the fault that ends the read. */
export async function pagesAndFault(source: Source, request: Partial<ReadRequest> = {}) {
  const pages: Page[] = []
  try {
    for await (const page of read(source, request)) pages.push(page)
  } catch (fault) {
    return { pages, fault }
  }
  throw new Error('the read ended without a fault')
}

/** What a store holds after saving these pages of a whole read. */
export function held(pages: readonly Page[]): Map<string, SourceRecord> {
  const records = new Map<string, SourceRecord>()
  for (const page of pages) {
    if (!page.snapshot) records.clear()
    for (const record of page.records) records.set(record.id, record)
  }
  return records
}

export const idsOf = (pages: readonly Page[]) => [...held(pages).keys()].sort()
export const cursorOf = (pages: readonly Page[]): Cursor | null => pages.at(-1)?.cursor ?? null
export const said = ({ lines }: Opened) => lines.map((line) => line.message)

export const requestsOf = (pages: readonly Page[]) => pages.reduce((sum, page) => sum + page.requests, 0)
export const count = ({ asked }: Opened, what: RegExp) => asked.filter((line) => what.test(line)).length
export const jobsMade = (opened: Opened) => said(opened).filter((message) => message === 'Bulk job created').length

export function addFault({ sandbox }: Opened, operation: string, fault: Omit<FaultRule, 'operation'>): void {
  sandbox.engine.faults.add([{ operation: `salesforce.${operation}`, ...fault }])
}

/** How many jobs the org holds, asked as anybody would. */
export async function jobsLeft({ sandbox }: Opened): Promise<number> {
  const { SALESFORCE_LOGIN_URL: url, SALESFORCE_CLIENT_ID, SALESFORCE_CLIENT_SECRET } = sandbox.env
  const form = { client_id: SALESFORCE_CLIENT_ID ?? '', client_secret: SALESFORCE_CLIENT_SECRET ?? '' }
  const body = new URLSearchParams({ grant_type: 'client_credentials', ...form })
  const token = await (await fetch(`${url}/services/oauth2/token`, { method: 'POST', body })).json()
  const headers = { authorization: `Bearer ${token.access_token}` }
  const list = await (await fetch(`${token.instance_url}/services/data/v68.0/jobs/query`, { headers })).json()
  return list.records.length
}

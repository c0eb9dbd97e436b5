import { rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { parse } from 'graphql'
import { importTimesAt } from '../../src/board/monday/imports.ts'
import { createMondayHost } from '../../src/board/monday/monday-host.ts'
import { parseMappings } from '../../src/mapping/parse.ts'
import { type Clock, systemClock } from '../../src/platform/clock.ts'
import { createHttpClient, type HttpClient } from '../../src/platform/http.ts'
import { createLog } from '../../src/platform/logging.ts'
import { systemRandom } from '../../src/platform/random.ts'
import { createRedactor } from '../../src/platform/redaction.ts'
import { openSolver } from '../../src/platform/solver.ts'
import { createZone } from '../../src/platform/zone.ts'
import type { Limits } from '../../src/sandbox/engine/engine.ts'
import { costOf } from '../../src/sandbox/monday/cost.ts'
import { type Sandbox, type SandboxOptions, startSandbox } from '../../src/sandbox/sandbox.ts'
import { createMemorySource } from '../../src/source/memory-source.ts'
import type { FieldValue } from '../../src/source/source.ts'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import type { Store } from '../../src/store/store.ts'
import { type RunResult, type SyncPorts, type SyncRequest, sync } from '../../src/sync/run.ts'

const MINUTE = 60_000
const DAY = 1_440 * MINUTE

const SOURCE = `
source: crm
type: salesforce
records:
  user: { object: User, fields: { name: Name, email: Email } }
  account:
    object: Account
    fields: { name: Name, ownerId: OwnerId, createdAt: CreatedDate, industry: Industry, seatsPaid: Seats, arr: Arr, renewalOn: Renewal }
`

const MODEL = `
company: { name: Bench, currency: USD, time_zone: UTC }
stages:
  crm: [{ name: Prospecting, funnelStage: opportunity }]
reread_every: 24h
`

export interface PushWorldOptions extends Omit<SandboxOptions, 'accounts' | 'speed'> {
  readonly items: number
  readonly boards?: number
}

/** Requests of the API since it was last emptied. */
export interface Traffic {
  requests: number
  /** By the first thing they ask for: `next_items_page`, `change_multiple_column_values`. */
  readonly byField: Map<string, number>
  /** Of changes of items, in the order they were sent: how many one request held. */
  readonly batches: number[]
  /** What the requests cost by the sandbox's prices. */
  points: number
  /** Rows of files that were handed over. */
  imported: number
  clear(): void
}

/**
 * Boards of accounts in the sandbox's monday, kept from records that a test holds in its hand. Each run is a process of its own:
 * a new host, the same store. Time is the sandbox's: it passes with the wall's, and at once when somebody sleeps.
 */
export interface PushWorld extends AsyncDisposable {
  readonly sandbox: Sandbox
  readonly store: Store
  readonly boards: readonly string[]
  readonly traffic: Traffic
  /** Calls that the account was charged on the UTC day of `at`: requests that cost many points may count several times. */
  charged(at: number): number
  /** ms that work of this process has taken: what it waited by its clock, and processor time, the sandbox's too. */
  spent(): number
  /** Gives some accounts another value: one cell of an item on each board. */
  change(from: number, count: number, fields: Readonly<Record<string, FieldValue>>): void
  /** A run that must go without a problem. */
  run(boards?: readonly string[]): Promise<RunResult>
}

export async function openPushWorld({ items, boards: count = 1, ...options }: PushWorldOptions): Promise<PushWorld> {
  const file = path.join(tmpdir(), `boardsync-bench-push-${process.pid}.db`)
  const sandbox = await startSandbox({ mondayPlan: 'standard', ...options, accounts: 20 })
  const clock = clockOf(sandbox)
  const store = await openSqliteStore({ path: file, clock })
  await store.migrate()

  const boards = Array.from({ length: count }, (_, n) => `accounts-${String(n + 1).padStart(2, '0')}`)
  const { mappings, problems } = parseMappings(
    [
      { path: 'mappings/sources/crm.yaml', text: SOURCE },
      { path: 'mappings/model.yaml', text: MODEL },
      ...boards.map((board) => ({ path: `mappings/boards/${board}.yaml`, text: mappingOf(board) })),
    ],
    {},
  )
  if (mappings === null) throw new Error(JSON.stringify(problems, null, 1))

  const crm = createMemorySource({ name: 'crm', pageSize: 2_000 })
  const owners = sandbox.org.findAll('User', 'IsActive', 1).slice(0, 10)
  for (const [n, { Email, Name }] of owners.entries())
    crm.put('User', `u${n}`, { Name: String(Name), Email: String(Email) })
  const accounts = new Map<string, Readonly<Record<string, FieldValue>>>()
  const put = (n: number, fields: Readonly<Record<string, FieldValue>>) => {
    const id = `a${String(n).padStart(6, '0')}`
    const account = { ...(accounts.get(id) ?? accountOf(n, owners.length)), ...fields }
    accounts.set(id, account)
    crm.put('Account', id, account)
  }
  for (let n = 0; n < items; n++) put(n, {})

  const traffic = noTraffic()
  const url = sandbox.env['MONDAY_API_URL'] ?? ''
  const log = createLog({ level: 'error', redactor: createRedactor([]) })
  const http = createHttpClient({
    totalTimeoutMs: MINUTE,
    idleTimeoutMs: MINUTE,
    redact: (text) => text,
    log,
    userAgent: 'boardsync-bench',
  })
  const ports = (): SyncPorts => ({
    store,
    host: createMondayHost({
      token: sandbox.env['MONDAY_API_TOKEN'] ?? '',
      url,
      http: watched(http, url, traffic, sandbox.engine.limits),
      clock,
      log,
      random: systemRandom,
      importTimes: importTimesAt(1),
    }),
    sources: new Map([['crm', crm]]),
    mappings,
    zone: createZone(mappings.model.timeZone),
    clock,
    // A lease that is prolonged now and then would move the clock each time.
    times: { replayMs: 25 * MINUTE, lookupLagMs: 40_000, retryMs: [1_000, 5_000, 15_000], leaseMs: 20 * DAY },
    openSolver,
    onEvent: () => {},
    run: `run-${Math.random()}`,
  })
  const request: SyncRequest = { sources: 'all', boards: 'all', allowEmpty: false, reread: false, sweep: false }
  return {
    sandbox,
    store,
    boards,
    traffic,
    charged: (at) => {
      const day = new Date(at).toISOString().slice(0, 10)
      const row = sandbox.engine.db.prepare('SELECT sum(tenths) AS tenths FROM monday_calls WHERE day = ?').get(day)
      return Number(row?.['tenths'] ?? 0) / 10
    },
    spent: () => clock.slept + (process.cpuUsage().user + process.cpuUsage().system) / 1_000,
    change: (from, many, fields) => {
      for (let n = from; n < from + many; n++) put(n % items, fields)
    },
    run: async (some) => {
      const result = await sync(ports(), { ...request, boards: some ?? 'all' })
      const bad = result.problems.filter((problem) => problem.exit !== 0)
      if (bad.length > 0) throw new Error(JSON.stringify(bad))
      return result
    },
    [Symbol.asyncDispose]: async () => {
      await store[Symbol.asyncDispose]()
      await sandbox.close()
      for (const suffix of ['', '-wal', '-shm']) rmSync(`${file}${suffix}`, { force: true })
    },
  }
}

interface SleepingClock extends Clock {
  /** What was slept so far, ms. */
  slept: number
}

/** The sandbox's time; whoever sleeps moves it on, but for who sleeps for days: that is a lease, held until the work is over. */
function clockOf({ engine }: Sandbox): SleepingClock {
  const clock: SleepingClock = {
    slept: 0,
    now: () => engine.clock.now(),
    sleep: async (ms, options) => {
      options?.signal?.throwIfAborted()
      if (ms > DAY) return systemClock.sleep(ms, options)
      engine.clock.advance(Math.max(0, ms))
      clock.slept += Math.max(0, ms)
    },
  }
  return clock
}

/** Requests of a client, counted on their way out. */
function watched(http: HttpClient, url: string, traffic: Traffic, limits: Limits): HttpClient {
  return {
    ...http,
    request: (request) => {
      const body = String(request.body)
      if (request.url === url) note(traffic, body, limits)
      else if (request.method === 'PUT') traffic.imported += body.trimEnd().split('\n').length - 1
      return http.request(request)
    },
  }
}

function note(traffic: Traffic, body: string, limits: Limits): void {
  const { query, variables } = JSON.parse(body) as { query: string; variables: Record<string, unknown> }
  const field = /\{\s*(?:complexity\s*\{[^}]*\}\s*)?(?:\w+:\s*)?(\w+)/.exec(query.replace(/^[^{]*/, ''))?.[1] ?? '?'
  traffic.requests += 1
  traffic.byField.set(field, (traffic.byField.get(field) ?? 0) + 1)
  const changes = query.match(/\bm\d+:/g)?.length ?? 0
  if (changes > 0) traffic.batches.push(changes)
  const document = parse(query)
  for (const definition of document.definitions)
    if (definition.kind === 'OperationDefinition') traffic.points += costOf(document, definition, variables, limits)
}

function noTraffic(): Traffic {
  const traffic: Traffic = {
    requests: 0,
    byField: new Map(),
    batches: [],
    points: 0,
    imported: 0,
    clear: () => {
      Object.assign(traffic, { requests: 0, points: 0, imported: 0 })
      traffic.byField.clear()
      traffic.batches.length = 0
    },
  }
  return traffic
}

/** Without a column of boxes: monday's pages disagree whether files carry them, and ticking one takes a change of its own. */
function mappingOf(board: string): string {
  return `
board: { name: ${board}, create: true }
items: account
key: account.id
name: '{account.name}'
group: Accounts
columns:
  ARR: { type: numbers, value: account.arr }
  Seats: { type: numbers, value: account.seatsPaid }
  Industry: { type: text, value: account.industry }
  Renewal: { type: date, value: account.renewalOn }
  Owner: { type: people, value: owner.email }
`
}

function accountOf(n: number, owners: number): Record<string, FieldValue> {
  return {
    Name: `Company number ${n}`,
    OwnerId: `u${n % owners}`,
    CreatedDate: '2026-01-05T08:00:00.000Z',
    Industry: ['Software', 'Retail', 'Energy'][n % 3] ?? '',
    Seats: String(n % 500),
    Arr: '1200',
    Renewal: '2027-03-31',
  }
}

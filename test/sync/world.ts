import type { BoardItem } from '../../src/board/board.ts'
import { MemoryHost, type MemoryHostOptions } from '../../src/board/memory-board.ts'
import type { Mappings } from '../../src/mapping/mapping.ts'
import { parseMappings } from '../../src/mapping/parse.ts'
import type { Clock } from '../../src/platform/clock.ts'
import { openSolver } from '../../src/platform/solver.ts'
import { createZone } from '../../src/platform/zone.ts'
import { createMemorySource, type MemorySource } from '../../src/source/memory-source.ts'
import type { FieldValue } from '../../src/source/source.ts'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import type { Store } from '../../src/store/store.ts'
import type { SyncEvent } from '../../src/sync/events.ts'
import { type RunResult, type SyncPorts, type SyncRequest, sync } from '../../src/sync/run.ts'

export const EVERYTHING: SyncRequest = { sources: 'all', boards: 'all', allowEmpty: false, reread: false, sweep: false }

/** Time that passes only when somebody sleeps or moves it. */
export class TestClock implements Clock {
  #now: number
  constructor(now: number) {
    this.#now = now
  }
  now(): number {
    return this.#now
  }
  async sleep(ms: number, options?: { readonly signal?: AbortSignal }): Promise<void> {
    options?.signal?.throwIfAborted()
    if (ms >= 10_000 && options?.signal !== undefined && ms === 20_000) return holdLease(options.signal)
    this.#now += ms
  }
  move(ms: number): void {
    this.#now += ms
  }
}

/** A lease is prolonged every 20 s of a time that stands still here: it waits until the work is over. */
function holdLease(signal: AbortSignal): Promise<void> {
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }))
}

const SOURCE = `
source: crm
type: salesforce
records:
  user: { object: User, fields: { name: Name, email: Email } }
  account:
    object: Account
    currency: { field: CurrencyIsoCode, optional: true }
    fields:
      name: Name
      employees: NumberOfEmployees
      ownerId: OwnerId
      parentId: { field: ParentId, optional: true }
      arr: { field: ARR, optional: true }
      createdAt: CreatedDate
  exchange_rate: { object: CurrencyType, optional: true, fields: { currency: IsoCode, perCorporate: ConversionRate } }
  dated_exchange_rate:
    object: DatedConversionRate
    optional: true
    fields: { currency: IsoCode, from: StartDate, perCorporate: ConversionRate }
  opportunity:
    object: Opportunity
    currency: { field: CurrencyIsoCode, optional: true }
    fields: { accountId: AccountId, name: Name, stage: StageName, amount: Amount, closeOn: CloseDate, ownerId: OwnerId, createdAt: CreatedDate }
  stage_change:
    object: OpportunityHistory
    fields: { opportunityId: OpportunityId, at: CreatedDate, stage: StageName, amount: Amount, closeOn: CloseDate }
`

const DEALS = `
board: { name: Deals, create: true }
items: opportunity
where: opportunity.isOpen
key: opportunity.id
name: '{account.name}: {opportunity.name}'
group: { by: opportunity.funnelStage, order: [lead, opportunity, won, expansion, lost] }
columns:
  Stage: { type: status, value: opportunity.stage }
  ARR: { type: numbers, value: opportunity.arr }
  Close date: { type: date, value: opportunity.closeOn }
  Owner: { type: text, value: owner.name }
`

const ACCOUNTS = `
board: { name: Accounts, create: true }
items: account
key: account.id
name: '{account.name}'
group: Accounts
columns:
  Open: { type: numbers, value: account.openOpportunities }
  Won ARR: { type: numbers, value: account.wonArr }
  ARR: { type: numbers, value: account.arr }
  Parent: { type: text, value: account.parentId }
`

const FUNNEL = `
board: { name: Funnel, create: true }
items: funnel_stage
key: funnel_stage.id
name: '{funnel_stage.month} {funnel_stage.stage}'
group: Funnel
columns:
  Count: { type: numbers, value: funnel_stage.count }
  ARR: { type: numbers, value: funnel_stage.arr }
`

const MODEL = `
company: { name: Test, currency: USD, time_zone: Europe/Stockholm }
stages:
  crm:
    '*':
      - { name: Prospecting, funnelStage: opportunity }
      - { name: Negotiation, funnelStage: opportunity }
      - { name: Closed Won, funnelStage: won }
      - { name: Closed Lost, funnelStage: lost }
`

export const FILES: Files = {
  source: SOURCE,
  deals: DEALS,
  accounts: ACCOUNTS,
  funnel: FUNNEL,
  model: MODEL,
  others: {},
}

export interface Files {
  readonly source: string
  readonly deals: string
  readonly accounts: string
  readonly funnel: string
  readonly model: string
  /** Further boards by the name of their file: `arr`. */
  readonly others: Readonly<Record<string, string>>
}

/** A board of any kind of facts, with one column. */
export function boardOf(items: string, column: string): string {
  return `
board: { name: '${items}', create: true }
items: ${items}
key: ${items}.id
name: '{${items}.id}'
group: All
columns:
  Value: { type: numbers, value: ${items}.${column} }
`
}

export const START = Date.parse('2026-03-02T09:00:00Z')

/** A small company with one CRM and one account of boards, all in this process. */
export interface World extends AsyncDisposable {
  readonly crm: MemorySource
  readonly host: MemoryHost
  readonly store: Store
  readonly clock: TestClock
  readonly events: SyncEvent[]
  /** Changes mapping files from the next run on. */
  edit(files: Partial<Files>): void
  ports(run?: string): SyncPorts
  sync(request?: Partial<SyncRequest>): Promise<RunResult>
  items(board: string): Promise<BoardItem[]>
}

export async function openWorld(
  options: Omit<MemoryHostOptions, 'clock'> & { readonly start?: number } = {},
): Promise<World> {
  const clock = new TestClock(options.start ?? START)
  const store = await openSqliteStore({ path: ':memory:', clock })
  await store.migrate()
  const crm = createMemorySource({ name: 'crm', pageSize: 7 })
  const host = new MemoryHost({ ...options, clock })
  const events: SyncEvent[] = []
  let files: Files = FILES
  let mappings: Mappings | undefined
  let runs = 0
  for (const object of ['User', 'Account', 'Opportunity', 'OpportunityHistory']) {
    crm.put(object, 'seed', {})
    crm.remove(object, 'seed')
  }
  const ports = (run = `run-${++runs}`): SyncPorts => {
    mappings ??= read(files)
    return {
      store,
      host,
      sources: new Map([['crm', crm]]),
      mappings,
      zone: createZone(mappings.model.timeZone),
      clock,
      times: { replayMs: 25 * 60_000, lookupLagMs: 40_000, retryMs: [1_000, 5_000], leaseMs: 60_000 },
      openSolver,
      onEvent: (event) => events.push(event),
      run,
    }
  }
  return {
    crm,
    host,
    store,
    clock,
    events,
    edit: (some) => {
      files = { ...files, ...some }
      mappings = undefined
    },
    ports,
    sync: (request = {}) => sync(ports(), { ...EVERYTHING, ...request }),
    items: async (board) => {
      const layout = await host.inspect({ name: board, workspace: null })
      const items: BoardItem[] = []
      if (layout !== null) for await (const item of host.ownItems(layout)) items.push(item)
      return items.sort((a, b) => (a.key < b.key ? -1 : 1))
    },
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  }
}

function read(files: Files): Mappings {
  const { mappings, problems } = parseMappings(
    [
      { path: 'mappings/sources/crm.yaml', text: files.source },
      { path: 'mappings/boards/deals.yaml', text: files.deals },
      { path: 'mappings/boards/accounts.yaml', text: files.accounts },
      { path: 'mappings/boards/funnel.yaml', text: files.funnel },
      { path: 'mappings/model.yaml', text: files.model },
      ...Object.entries(files.others).map(([name, text]) => ({ path: `mappings/boards/${name}.yaml`, text })),
    ],
    {},
  )
  if (mappings === null || problems.some((problem) => problem.level === 'error'))
    throw new Error(JSON.stringify(problems, null, 1))
  return mappings
}

export function putUser(world: World, id: string, name: string): void {
  world.crm.put('User', id, { Name: name, Email: `${id}@you.example` })
}

export function putAccount(world: World, id: string, fields: Readonly<Record<string, FieldValue>> = {}): void {
  world.crm.put('Account', id, {
    Name: `Company ${id}`,
    NumberOfEmployees: '120',
    OwnerId: 'u1',
    CreatedDate: '2026-01-05T08:00:00.000Z',
    ...fields,
  })
}

export function putOpportunity(world: World, id: string, fields: Readonly<Record<string, FieldValue>> = {}): void {
  world.crm.put('Opportunity', id, {
    AccountId: 'a1',
    Name: `Sale ${id}`,
    StageName: 'Prospecting',
    Amount: '1200.50',
    CloseDate: '2026-06-30',
    OwnerId: 'u1',
    CreatedDate: '2026-02-01T08:00:00.000Z',
    ...fields,
  })
}

import { spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { MemoryHost } from '../../src/board/memory-board.ts'
import { defaultModel } from '../../src/domain/default-model.ts'
import { readDossier } from '../../src/domain/dossier.ts'
import { isOfTotals } from '../../src/domain/facts.ts'
import { loadMappingFiles } from '../../src/mapping/load.ts'
import type { BoardMapping } from '../../src/mapping/mapping.ts'
import { parseMappings } from '../../src/mapping/parse.ts'
import type { DesiredItem } from '../../src/plan/desired.ts'
import { writeKnownCells } from '../../src/plan/known.ts'
import { systemClock } from '../../src/platform/clock.ts'
import { whileStreaming } from '../../src/platform/footprint.ts'
import { openSolver } from '../../src/platform/solver.ts'
import { createZone } from '../../src/platform/zone.ts'
import type { Cursor } from '../../src/source/source.ts'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import type { LedgerEntry, SavedEntry, Store } from '../../src/store/store.ts'
import { readMemory, saveMemory } from '../../src/sync/board-memory.ts'
import { derive } from '../../src/sync/derive.ts'
import { planBoard } from '../../src/sync/plan-board.ts'
import { type Figure, START_SMALL, seededRandom } from './figures.ts'

const ACCOUNTS = 300_000
const OPPORTUNITIES = 1_000_000
const STAGES = [
  'Prospecting',
  'Qualification',
  'Proposal/Price Quote',
  'Negotiation/Review',
  'Closed Won',
  'Closed Lost',
]
const DAY_MS = 86_400_000
const FEATURES = 120
const REQUESTS = 200_000
const USAGE_POINTS = 5_000_000
/** Of an account that uses the product: one of it as a whole, the others of features. */
const POINTS_PER_WEEK = 3
const TICKETS = 200_000
const ROLES = ['blocker', 'wanted', 'wanted']

/** `sales`: accounts with opportunities. `whole`: also a catalogue, requests for its features, usage and tickets. */
type Kind = 'sales' | 'whole'

/**
 * From scratch over 300,000 accounts with 1,000,000 opportunities, facts written, against iterating and decoding the
 * same records, each the median of some turns; then with 1 % of the accounts changed, on boards that show all the rest: totals, mapping and plan
 * included.
 */
export async function benchDerive(scale = 1): Promise<Figure[]> {
  return withMeasured('sales', scale, ({ iterate, scratch, allTotals, whole, changed, mb }) => [
    {
      name: 'derive from scratch ÷ iterating and decoding',
      value: scratch / iterate,
      target: 3,
      unit: '×',
      detail: `${ms(scratch)} ÷ ${ms(iterate)}; facts of every kind of record, the totals of the funnel`,
    },
    {
      name: 'derive from scratch with every total that a board shows ÷ iterating and decoding',
      value: allTotals / iterate,
      target: 6,
      unit: '×',
      detail: `${ms(allTotals)} ÷ ${ms(iterate)}; the target is that of the whole model`,
    },
    changedFigure(changed, whole, scratch),
    { name: 'peak memory of derive', value: mb, target: 400, unit: 'MB', detail: '' },
  ])
}

/** As `benchDerive`, of a company that also has a catalogue, requests, 5,000,000 points of usage and tickets. */
export async function benchModel(scale = 1): Promise<Figure[]> {
  return withMeasured('whole', scale, ({ iterate, scratch, allTotals, whole, changed, mb }) => [
    {
      name: 'the whole model from scratch ÷ iterating and decoding',
      value: allTotals / iterate,
      target: 6,
      unit: '×',
      detail: `${ms(allTotals)} ÷ ${ms(iterate)}; with the totals of the funnel alone ${(scratch / iterate).toPrecision(3)} ×`,
    },
    changedFigure(changed, whole, allTotals),
    { name: 'peak memory of the whole model', value: mb, target: 500, unit: 'MB', detail: '' },
  ])
}

function changedFigure(changed: number, whole: number, scratch: number): Figure {
  return {
    name: '1 % changed ÷ from scratch, both with totals, mapping and plan',
    value: changed / whole,
    target: 1 / 50,
    unit: '×',
    detail: `${ms(changed)} ÷ ${ms(whole)}; ÷ facts and totals alone (${ms(scratch)}): ${(changed / scratch).toPrecision(2)}`,
  }
}

/** The store is filled by another process, whose memory is not the worker's. */
function withMeasured(kind: Kind, scale: number, figures: (measured: Measured) => Figure[]): Figure[] {
  const file = process.env.KEEP ?? path.join(tmpdir(), `boardsync-bench-${process.pid}.db`)
  const step = (name: 'fill' | 'measure'): string => {
    const child = spawnSync(
      process.execPath,
      [...START_SMALL, fileURLToPath(import.meta.url), name, file, String(scale), kind],
      {
        encoding: 'utf8',
        env: { ...process.env, NODE_COMPILE_CACHE: path.join(tmpdir(), 'boardsync-bench-cache') },
      },
    )
    if (child.status !== 0) throw new Error(child.stderr)
    return child.stdout
  }
  try {
    step('fill')
    return figures(JSON.parse(step('measure')) as Measured)
  } finally {
    if (process.env.KEEP === undefined)
      for (const suffix of ['', '-wal', '-shm']) rmSync(`${file}${suffix}`, { force: true })
  }
}

/** How often deriving is timed, between iterations. */
const TURNS = 3

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (sorted.length - 1) / 2
  return ((sorted[Math.floor(at)] as number) + (sorted[Math.ceil(at)] as number)) / 2
}

/** Times in ms. */
interface Measured {
  readonly iterate: number
  readonly scratch: number
  readonly allTotals: number
  readonly whole: number
  readonly changed: number
  readonly mb: number
}

async function measure(store: Store, accounts: number, opportunities: number): Promise<Measured> {
  const now = Date.now()
  const iterate = async () => {
    let records = 0
    for await (const page of store.dossiers('all'))
      for (const { records: rows } of page) records += readDossier(rows).opportunities.length
    if (records !== opportunities) throw new Error(`Iterated ${records} of ${opportunities} opportunities`)
  }
  const { mappings, problems } = parseMappings(await loadMappingFiles('mappings'), {})
  if (mappings === null) throw new Error(JSON.stringify(problems))
  const { boards, settings } = mappings
  const zone = createZone('UTC')
  const ports = {
    store,
    zone,
    clock: systemClock,
    model: defaultModel(),
    closedThrough: null,
    isWhole: true,
    sourcesWithArr: [],
    openSolver,
    onEvent: () => {},
  }
  const host = new MemoryHost({ clock: systemClock })
  const planAll = async () => {
    const changes: number[] = []
    for (const board of boards) {
      const { summary } = await planBoard({ host, store, clock: systemClock, onEvent: () => {} }, board, {
        today: zone.dayOf(now),
        limits: settings.guard,
        rereadEveryMs: DAY_MS,
        mayPrepare: false,
        definitions: [],
        reread: false,
      })
      changes.push(summary.planned)
    }
    return changes
  }

  // By turns, since a machine is not equally fast all the time.
  const iterating = [await timed(store, () => whileStreaming('deriving', iterate))]
  const deriving: number[] = []
  const ofTotals = boards.filter(({ items }) => isOfTotals(items))
  const fromScratch = async (shown: readonly BoardMapping[]) => {
    await store.setNote('derived-with', 'nothing')
    return timed(store, async () => {
      const { dossiers } = await derive({ ...ports, boards: shown })
      if (dossiers !== accounts) throw new Error(`Derived ${dossiers} of ${accounts} dossiers`)
    })
  }
  for (let i = 0; i < TURNS; i += 1) {
    deriving.push(await fromScratch(ofTotals.filter(({ items }) => items === 'funnel_stage')))
    iterating.push(await timed(store, () => whileStreaming('deriving', iterate)))
  }
  const scratch = median(deriving)
  const allTotals = await fromScratch(ofTotals)
  const mapping = await timed(store, async () => {
    await derive({ ...ports, boards })
    await planAll()
  })
  for (const { board, digest } of boards) await showAll(store, board, digest)

  const count = Math.round(accounts / 100)
  await touch(store, count, accounts, opportunities, now)
  const changed = await timed(store, async () => {
    const { dossiers } = await derive({ ...ports, boards })
    if (dossiers < count * 0.9) throw new Error(`Derived ${dossiers} of ${count} changed dossiers`)
    const changes = await planAll()
    if (changes.some((n) => n > 3 * count)) throw new Error(`Planned ${changes.join(', ')} changes`)
  })
  return {
    iterate: median(iterating),
    scratch,
    allTotals,
    whole: scratch + mapping,
    changed,
    mb: process.resourceUsage().maxRSS / 1024,
  }
}

/** As if a board had been told everything it should show. */
async function showAll(store: Store, board: string, digest: string): Promise<void> {
  let itemId = 1
  for await (const page of store.pairs(board, 'all')) {
    await store.saveReread(
      board,
      page.map(({ key, desired: [item] }): LedgerEntry => {
        const {
          name = '',
          group = '',
          cells = {},
          once = {},
          from = null,
        } = JSON.parse(item?.body ?? '{}') as Partial<DesiredItem>
        return {
          board,
          key,
          version: 0,
          state: 'settled',
          request: null,
          itemId: String(itemId++),
          place: 'active',
          name,
          group,
          cells: writeKnownCells({ ...cells, ...once }),
          unread: false,
          leftOn: null,
          desired: item?.digest ?? null,
          from,
          at: 0,
        }
      }),
    )
    await store.unlistKeys(
      board,
      page.map(({ key }) => key),
    )
  }
  await saveMemory(store, board, { ...(await readMemory(store, board)), pushed: digest })
}

function ms(value: number): string {
  return `${Math.round(value)} ms`
}

/** After a rest, as between a worker's syncs: what the store put off is done, and not counted as another's work. */
async function timed(store: Store, work: () => Promise<void>): Promise<number> {
  await systemClock.sleep(500)
  await store.note('rested')
  const started = performance.now()
  await work()
  return performance.now() - started
}

async function fill(store: Store, kind: Kind, scale: number, now: number): Promise<void> {
  const random = seededRandom(7)
  const [accounts, opportunities] = [Math.round(ACCOUNTS * scale), Math.round(OPPORTUNITIES * scale)]
  await save(store, 'user', range(0, 500), (n) => ({
    place: { as: 'context' },
    at: 0,
    body: { name: `User ${n}`, email: `u${n}@you.example`, active: true },
  }))
  await save(store, 'account', range(0, accounts), (n) => ({
    place: { as: 'root' },
    at: now - n * 1000,
    body: {
      name: `Company number ${n}`,
      domain: `company-${n}.example`,
      country: 'SE',
      industry: 'Electronics',
      employees: 10 + (n % 4000),
      ownerId: id('user', n % 500),
      seatsPaid: n % 300,
      createdAt: now - n * 60_000,
    },
  }))
  await save(store, 'opportunity', range(0, opportunities), (n) => opportunity(n, accounts, now, random))
  if (kind === 'whole') await fillRest(store, scale, accounts, opportunities, now, random)
  // What a first read put down is brought to its dossiers when it is looked at: here, and not where time is taken.
  for await (const _ of store.dossiers('all')) break
}

/** A third of the accounts use the product; most of what they ask for is wanted for one of their opportunities. */
async function fillRest(
  store: Store,
  scale: number,
  accounts: number,
  opportunities: number,
  now: number,
  random: () => number,
): Promise<void> {
  const ofAccount = (n: number) => {
    const accountId = id('account', n)
    return { accountId, place: { as: 'child', of: { kind: 'account', id: accountId } } as const }
  }
  const someDay = () => now - Math.floor(random() * 700) * DAY_MS
  const monday = Math.floor((now / DAY_MS - 4) / 7) * 7 + 4
  await save(store, 'feature', range(0, FEATURES), (n) => ({
    place: { as: 'context' },
    at: 0,
    body: {
      name: `Feature ${n}`,
      theme: `Theme ${n % 12}`,
      ...(n % 3 === 0 ? { status: 'planned' } : { status: 'shipped', shippedOn: monday - 7 * (1 + (n % 80)) }),
    },
  }))
  await save(store, 'request', range(0, Math.round(REQUESTS * scale)), (n) => {
    const { accountId, place } = ofAccount(n % accounts)
    const at = someDay()
    return {
      place,
      at,
      body: {
        accountId,
        featureId: id('feature', Math.floor(random() ** 2 * FEATURES)),
        ...(n < opportunities ? { opportunityId: id('opportunity', n) } : {}),
        role: ROLES[n % ROLES.length],
        certainty: 0.5,
        evidence: 1 + (n % 3),
        createdAt: at,
        text: 'They need it before they roll it out to the whole company',
      },
    }
  })
  const users = Math.ceil(accounts / 3)
  await save(store, 'usage_week', range(0, Math.round(USAGE_POINTS * scale)), (n) => {
    const { accountId, place } = ofAccount(3 * (n % users))
    const of = Math.floor(n / users)
    const week = monday - 7 * (1 + Math.floor(of / POINTS_PER_WEEK))
    const feature = of % POINTS_PER_WEEK
    return {
      place,
      at: week * DAY_MS,
      body: {
        accountId,
        week,
        ...(feature === 0 ? {} : { featureId: id('feature', (n + 7 * feature) % FEATURES) }),
        activeUsers: 1 + (n % 60),
        events: 10 * (1 + (n % 90)),
      },
    }
  })
  await save(store, 'ticket', range(0, Math.round(TICKETS * scale)), (n) => {
    const { accountId, place } = ofAccount(3 * (n % users))
    const at = someDay()
    return {
      place,
      at,
      body: {
        accountId,
        subject: 'The export does not end',
        channel: 'email',
        status: 'solved',
        priority: 'normal',
        createdAt: at,
        firstPublicReplyAt: at + 3_600_000,
        solvedAt: at + DAY_MS,
        agentId: id('user', n % 40),
        satisfaction: n % 2,
        tags: `export,Feature ${n % FEATURES}`,
      },
    }
  })
}

function opportunity(n: number, accounts: number, now: number, random: () => number) {
  const stage = STAGES[Math.floor(random() * STAGES.length)] ?? ''
  const createdAt = now - Math.floor(random() * 700) * DAY_MS
  const accountId = id('account', n % accounts)
  return {
    place: { as: 'child', of: { kind: 'account', id: accountId } } as const,
    at: createdAt,
    body: {
      accountId,
      name: `Company number ${n % accounts} - ${n % 90} seats`,
      kind: 'new_business',
      stage,
      amount: 100_00 + (n % 50_000) * 100,
      seats: n % 90,
      probability: 0.2,
      forecastCategory: 'Pipeline',
      createdAt,
      closeOn: Math.floor(createdAt / DAY_MS) + 90,
      nextStep: 'Call the buyer and ask for the paper process',
      ownerId: id('user', n % 500),
    },
  }
}

async function touch(
  store: Store,
  changed: number,
  accounts: number,
  opportunities: number,
  now: number,
): Promise<void> {
  const random = seededRandom(99)
  const chosen = Array.from({ length: changed }, () => Math.floor(random() * Math.min(accounts, opportunities)))
  const more = (n: number) => {
    const one = opportunity(n, accounts, now, random)
    return { ...one, body: { ...one.body, amount: one.body.amount + 100_00 } }
  }
  await savePages(store, 'opportunity', chosen, more, false)
}

type Made = {
  place: { as: 'root' } | { as: 'context' } | { as: 'child'; of: { kind: string; id: string } }
  at: number
  body: object
}

/** As a first read leaves records. */
async function save(store: Store, kind: string, numbers: Iterable<number>, make: (n: number) => Made): Promise<void> {
  await savePages(store, kind, numbers, make, true)
  await store.finishSnapshot({ source: 'salesforce', kind })
}

async function savePages(
  store: Store,
  kind: string,
  numbers: Iterable<number>,
  make: (n: number) => Made,
  snapshot: boolean,
): Promise<void> {
  let entries: SavedEntry[] = []
  const flush = async () => {
    await store.savePage({
      stream: { source: 'salesforce', kind },
      object: kind,
      cursor: 'c' as Cursor,
      snapshot,
      mapping: 'm',
      request: 'r',
      entries,
    })
    entries = []
  }
  for (const n of numbers) {
    const { place, at, body } = make(n)
    const own = id(kind, n)
    const record = {
      at,
      place,
      body: JSON.stringify({ ...body, id: own, source: 'salesforce', sourceId: own, changedAt: at }),
    }
    entries.push({
      kind: 'present',
      id: own,
      changedAt: new Date(at).toISOString(),
      fields: `{"Amount":"${n}"}`,
      record,
      rejections: [],
    })
    if (entries.length === 2_000) await flush()
  }
  await flush()
}

function id(kind: string, n: number): string {
  const prefix = PREFIXES[kind] ?? '001'
  return `${prefix}${String(n).padStart(12, '0')}AAA`
}

const PREFIXES: Readonly<Record<string, string>> = {
  account: '001',
  user: '005',
  opportunity: '006',
  feature: 'a01',
  request: 'a02',
  usage_week: 'a03',
  ticket: '500',
}

function* range(from: number, to: number): Iterable<number> {
  for (let n = from; n < to; n++) yield n
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [, , step, file = '', text = '1', kind = 'sales'] = process.argv
  const scale = Number(text)
  await using store = await openSqliteStore({ path: file, clock: systemClock })
  await store.migrate()
  if (step === 'fill') await fill(store, kind as Kind, scale, Date.now())
  else {
    const [accounts, opportunities] = [Math.round(ACCOUNTS * scale), Math.round(OPPORTUNITIES * scale)]
    console.log(JSON.stringify(await measure(store, accounts, opportunities)))
  }
}

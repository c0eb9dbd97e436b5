import { rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { MemoryHost } from '../../src/board/memory-board.ts'
import { defaultModel } from '../../src/domain/default-model.ts'
import { readDossier } from '../../src/domain/dossier.ts'
import { loadMappingFiles } from '../../src/mapping/load.ts'
import { parseMappings } from '../../src/mapping/parse.ts'
import { systemClock } from '../../src/platform/clock.ts'
import { keepFootprintSmall } from '../../src/platform/footprint.ts'
import { createZone } from '../../src/platform/zone.ts'
import type { Cursor } from '../../src/source/source.ts'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import type { SavedEntry, Store } from '../../src/store/store.ts'
import { derive } from '../../src/sync/derive.ts'
import { planBoard, readMemory, saveMemory } from '../../src/sync/plan-board.ts'
import { type Figure, seededRandom } from './figures.ts'

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

/**
 * From scratch over 300,000 accounts with 1,000,000 opportunities, facts written, against iterating and decoding the
 * same records; then with 1 % of the accounts changed, totals, mapping and plan included.
 */
export async function benchDerive(scale = 1): Promise<Figure[]> {
  keepFootprintSmall()
  const file = process.env.KEEP ?? path.join(tmpdir(), `boardsync-bench-${process.pid}.db`)
  const accounts = Math.round(ACCOUNTS * scale)
  const opportunities = Math.round(OPPORTUNITIES * scale)
  try {
    await using store = await openSqliteStore({ path: file, clock: systemClock })
    await store.migrate()
    const now = Date.now()
    await fill(store, accounts, opportunities, now)

    const iterate = await timed(async () => {
      let records = 0
      for await (const page of store.dossiers('all')) {
        for (const { records: rows } of page) {
          const dossier = readDossier(rows)
          records += dossier.opportunities.length
        }
      }
      if (records !== opportunities) throw new Error(`Iterated ${records} of ${opportunities} opportunities`)
    })

    const { mappings, problems } = parseMappings(await loadMappingFiles('mappings'), {})
    if (mappings === null) throw new Error(JSON.stringify(problems))
    const zone = createZone('UTC')
    const model = defaultModel()
    const ports = { store, zone, clock: systemClock, model, onEvent: () => {} }
    const scratch = await timed(async () => {
      const { dossiers } = await derive({ ...ports, boards: [] })
      if (dossiers !== accounts) throw new Error(`Derived ${dossiers} of ${accounts} dossiers`)
    })

    // The boards are mapped and planned once, so that what follows is the steady state.
    const { boards, settings } = mappings
    await derive({ ...ports, boards })
    const host = new MemoryHost({ clock: systemClock })
    const plan = (board: (typeof boards)[number]) =>
      planBoard({ host, store, clock: systemClock, onEvent: () => {} }, board, {
        today: zone.dayOf(now),
        limits: settings.guard,
        rereadEveryMs: DAY_MS,
        mayPrepare: false,
        reread: false,
      })
    const settle = async () => {
      for (const board of boards) {
        await plan(board)
        await saveMemory(store, board.board, { ...(await readMemory(store, board.board)), pushed: board.digest })
        for await (const page of store.pairs(board.board, 'listed'))
          await store.unlistKeys(
            board.board,
            page.map((pair) => pair.key),
          )
      }
    }
    await settle()

    const changed = Math.round(accounts / 100)
    await touch(store, changed, accounts, opportunities, now)
    const incremental = await timed(async () => {
      const { dossiers } = await derive({ ...ports, boards })
      if (dossiers < changed * 0.9) throw new Error(`Derived ${dossiers} of ${changed} changed dossiers`)
      for (const board of boards) await plan(board)
    })
    return [
      {
        name: 'derive from scratch ÷ iterating and decoding',
        value: scratch / iterate,
        target: 3,
        unit: '×',
        detail: `${ms(scratch)} ÷ ${ms(iterate)}`,
      },
      {
        name: '1 % changed, with totals, mapping and plan ÷ from scratch',
        value: incremental / scratch,
        target: 1 / 50,
        unit: '×',
        detail: `${ms(incremental)} ÷ ${ms(scratch)}`,
      },
      { name: 'peak memory of derive', value: peakMb(), target: 400, unit: 'MB', detail: '' },
    ]
  } finally {
    if (process.env.KEEP === undefined)
      for (const suffix of ['', '-wal', '-shm']) rmSync(`${file}${suffix}`, { force: true })
  }
}

function peakMb(): number {
  return process.resourceUsage().maxRSS / 1024
}

function ms(value: number): string {
  return `${Math.round(value)} ms`
}

async function timed(work: () => Promise<void>): Promise<number> {
  const started = performance.now()
  await work()
  return performance.now() - started
}

async function fill(store: Store, accounts: number, opportunities: number, now: number): Promise<void> {
  const random = seededRandom(7)
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
  await save(store, 'opportunity', chosen, (n) => {
    const one = opportunity(n, accounts, now, random)
    return { ...one, body: { ...one.body, amount: one.body.amount + 100_00 } }
  })
}

type Made = {
  place: { as: 'root' } | { as: 'context' } | { as: 'child'; of: { kind: string; id: string } }
  at: number
  body: object
}

async function save(store: Store, kind: string, numbers: Iterable<number>, make: (n: number) => Made): Promise<void> {
  let entries: SavedEntry[] = []
  const flush = async () => {
    await store.savePage({
      stream: { source: 'salesforce', kind },
      object: kind,
      cursor: 'c' as Cursor,
      snapshot: false,
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
  const prefix = kind === 'account' ? '001' : kind === 'user' ? '005' : '006'
  return `${prefix}${String(n).padStart(12, '0')}AAA`
}

function* range(from: number, to: number): Iterable<number> {
  for (let n = from; n < to; n++) yield n
}

import { rmSync } from 'node:fs'
import { systemClock } from '../src/platform/clock.ts'
import type { Cursor } from '../src/source/source.ts'
import { openSqliteStore } from '../src/store/sqlite/sqlite-store.ts'
import type { DerivedBatch, SavedEntry, StoredDossier } from '../src/store/store.ts'

const ACCOUNTS = Number(process.argv[2] ?? 300_000)
const PER = 10 / 3
const path = '/tmp/bench-store.db'
const reuse = process.argv.includes('--reuse')
if (!reuse) for (const end of ['', '-wal', '-shm']) rmSync(path + end, { force: true })

let peak = 0
const timer = setInterval(() => (peak = Math.max(peak, process.memoryUsage.rss())), 50)
const mb = () => {
  peak = Math.max(peak, process.memoryUsage.rss())
  const it = `${Math.round(peak / 1e6)} MB`
  peak = 0
  return it
}
async function timed<T>(name: string, work: () => Promise<T>): Promise<number> {
  const cpu0 = process.cpuUsage()
  const main0 = process.threadCpuUsage()
  const at = performance.now()
  const result = await work()
  const ms = performance.now() - at
  const cpu = process.cpuUsage(cpu0)
  const main = process.threadCpuUsage(main0)
  console.log(
    name.padEnd(34),
    `${ms.toFixed(0)} ms, cpu ${((cpu.user + cpu.system) / 1000).toFixed(0)} ms (main ${((main.user + main.system) / 1000).toFixed(0)}), peak ${mb()}`,
    typeof result === 'object' ? '' : result,
  )
  return ms
}
const id = (n: number) => `006${n.toString(36).padStart(12, '0')}AAS`
const store = await openSqliteStore({ path, clock: systemClock })
await store.migrate()

const pad = 'x'.repeat(90)
const body = (n: number) =>
  JSON.stringify({
    id: id(n),
    source: 'salesforce',
    sourceId: id(n),
    changedAt: 1763800000000 + n,
    name: `Acme ${n} - ${pad}`,
    stage: 'Negotiation',
    amount: n * 100,
    createdAt: 1763800000000,
    closeOn: 20000,
    ownerId: `005${n % 500}`,
    probability: 0.25,
    currency: 'USD',
    accountId: `a${n}`,
  })
if (!reuse) {
  await timed('save accounts', async () => {
    for (let from = 0; from < ACCOUNTS; from += 2000) {
      const entries: SavedEntry[] = []
      for (let n = from; n < Math.min(ACCOUNTS, from + 2000); n += 1)
        entries.push({
          kind: 'present',
          id: `001${id(n)}`,
          changedAt: 'x',
          fields: body(n),
          record: { at: 1, place: { as: 'root' }, body: body(n) },
          rejections: [],
        })
      await store.savePage({
        stream: { source: 'salesforce', kind: 'account' },
        object: 'Account',
        cursor: `${from}` as Cursor,
        snapshot: true,
        mapping: 'm',
        request: 'r',
        entries,
      })
    }
  })
  await timed('save opportunities', async () => {
    const total = Math.round(ACCOUNTS * PER)
    for (let from = 0; from < total; from += 2000) {
      const entries: SavedEntry[] = []
      for (let n = from; n < Math.min(total, from + 2000); n += 1) {
        const account = (n * 7919) % ACCOUNTS
        entries.push({
          kind: 'present',
          id: id(n),
          changedAt: 'x',
          fields: body(n),
          record: { at: n, place: { as: 'child', of: { kind: 'account', id: `001${id(account)}` } }, body: body(n) },
          rejections: [],
        })
      }
      await store.savePage({
        stream: { source: 'salesforce', kind: 'opportunity' },
        object: 'Opportunity',
        cursor: `${from}` as Cursor,
        snapshot: true,
        mapping: 'm',
        request: 'r',
        entries,
      })
    }
  })
}

const filler = 'y'.repeat(1300)
let shown = 0
function derive(batch: readonly StoredDossier[]): DerivedBatch {
  const dossiers = []
  for (const it of batch) {
    let sum = 0
    for (const record of it.records) sum += (JSON.parse(record.body) as { amount: number }).amount
    const n = Number.parseInt(it.id.slice(-8, -3), 36)
    const facts = JSON.stringify({
      account: { id: it.id, sum, count: it.records.length, filler },
      opportunities: it.records.map((r) => r.id),
      leads: [],
      asOf: 20000,
    })
    dossiers.push({
      id: it.id,
      mark: it.mark,
      facts,
      changesOn: 20000 + (n % 90),
      uses: [`user:005${n % 500}`, `user:005${(n * 7) % 500}`],
    })
  }
  const totals: [string, number][] = []
  for (let k = 0; k < 3000; k += 1) totals.push([`funnel/2026-11/enterprise/stage ${k}`, k + 1])
  return { dossiers, totals }
}

const baseline = async () => {
  let n = 0
  for await (const page of store.dossiers('all'))
    for (const it of page)
      for (const record of it.records) n += (JSON.parse(record.body) as { amount: number }).amount > -1 ? 1 : 0
  return n
}
async function deriveDirty(readOld: boolean): Promise<number> {
  let n = 0
  let saving: Promise<void> = Promise.resolve()
  for await (const page of store.dossiers('dirty')) {
    if (readOld)
      for await (const old of store.facts({ dossiers: page.map((it) => it.id) }))
        for (const it of old) JSON.parse(it.facts)
    if (process.env['MEM'] && ++shown % 10 === 0) console.log(Object.entries(process.memoryUsage()).map(([k, v]) => `${k} ${Math.round(v / 1e6)}`).join(' '))
    const batch = derive(page)
    await saving
    saving = store.saveDerived(batch)
    n += page.length
  }
  await saving
  return n
}
const b1 = await timed('B iterate + parse', baseline)
const b2 = await timed('B iterate + parse', baseline)
const b = Math.min(b1, b2)
const reset = await timed('resetDerived', () => store.resetDerived())
const full = await timed('derive from scratch', () => deriveDirty(process.argv.includes('--old')))
console.log(`from scratch / B = ${(full / b).toFixed(2)} (with reset ${((full + reset) / b).toFixed(2)})`)
for (let round = 0; round < 4; round += 1) {
  const entries: SavedEntry[] = []
  for (let k = 0; k < ACCOUNTS / 100; k += 1) {
    const n = k * 100 + ((k * 31 + round * 17) % 100)
    entries.push({
      kind: 'present',
      id: `001${id(n)}`,
      changedAt: `${Date.now()}`,
      fields: body(n),
      record: { at: 1, place: { as: 'root' }, body: body(n).replace('Acme', `Acme ${Date.now()}`) },
      rejections: [],
    })
  }
  await timed('save 1 %', () =>
    store.savePage({
      stream: { source: 'salesforce', kind: 'account' },
      object: 'Account',
      cursor: 'x' as Cursor,
      snapshot: false,
      mapping: 'm',
      request: 'r',
      entries,
    }),
  )
  const inc = await timed('derive 1 %', () => deriveDirty(true))
  console.log(`1 % / from scratch = 1/${(full / inc).toFixed(0)}`)
}
await timed('facts all', async () => {
  let n = 0
  for await (const p of store.facts('all')) n += p.length
  return n
})
await timed('contextual: streamCounts', async () => JSON.stringify(await store.streamCounts()).length)
await store[Symbol.asyncDispose]()
clearInterval(timer)

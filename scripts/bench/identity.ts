import { rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { domainKey, type IdentityRules, idKey } from '../../src/domain/identity.ts'
import { systemClock } from '../../src/platform/clock.ts'
import type { Cursor } from '../../src/source/source.ts'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import type { SavedEntry } from '../../src/store/store.ts'
import { identifyAccounts } from '../../src/sync/identify.ts'
import type { Figure } from './figures.ts'

const ACCOUNTS = 300_000
const PER_PAGE = 2_000
/** Of so many accounts, each by itself, the middle one counts. */
const TURNS = 101
const RULES: IdentityRules = {
  order: ['salesforce', 'hubspot'],
  ways: { hubspot: ['id', 'domain'] },
  same: [],
  different: [],
  byDomain: true,
}

/**
 * 300,000 accounts, half of each of two CRMs: time to match one whose key changed beside matching all. Nine of ten name the other
 * by its id, the rest have its domain.
 */
export async function benchIdentity(scale: number): Promise<Figure[]> {
  const pairs = Math.round((ACCOUNTS * scale) / 2)
  const file = path.join(tmpdir(), `boardsync-bench-identity-${process.pid}.db`)
  try {
    await using store = await openSqliteStore({ path: file, clock: systemClock })
    await store.migrate()
    const save = (source: string, entries: readonly SavedEntry[]) =>
      store.savePage({
        stream: { source, kind: 'account' },
        ...{ object: 'account', cursor: 'c' as Cursor, snapshot: false, mapping: 'm', request: 'r', entries },
      })
    for (let from = 0; from < pairs; from += PER_PAGE) {
      const some = Array.from({ length: Math.min(PER_PAGE, pairs - from) }, (_, i) => from + i)
      await save(
        'salesforce',
        some.map((n) => account('salesforce', `sf-${n}`, [domainKey(domainOf(n))])),
      )
      await save('hubspot', some.map(ofHubSpot))
    }
    const started = performance.now()
    const all = await identifyAccounts(store, RULES)
    const allMs = performance.now() - started
    const { linked } = await store.linkCounts()
    if (linked < pairs) throw new Error(`Of ${pairs} accounts of HubSpot ${linked} were matched`)
    const turns: number[] = []
    for (let turn = 0; turn < TURNS; turn += 1) {
      const n = (turn * 7_919) % pairs
      // It named nobody, and then it does again: one account is matched anew.
      await save('hubspot', [account('hubspot', `hs-${n}`, [domainKey(`moved-${turn}.example`)], turn + 1)])
      const began = performance.now()
      const { changed } = await identifyAccounts(store, RULES)
      turns.push(performance.now() - began)
      if (changed === 0) throw new Error(`Account hs-${n} was not matched anew`)
    }
    const one = turns.toSorted((a, b) => a - b)[(TURNS - 1) / 2] as number
    return [
      {
        name: `matching one of ${(2 * pairs).toLocaleString('en')} accounts anew ÷ matching all`,
        value: (1_000 * one) / allMs,
        target: 1,
        unit: 'thousandths',
        detail: `${one.toFixed(2)} ms ÷ ${(allMs / 1_000).toFixed(1)} s, ${all.keys} keys`,
      },
    ]
  } finally {
    for (const end of ['', '-wal', '-shm']) rmSync(file + end, { force: true })
  }
}

function domainOf(n: number): string {
  return `company-${n}.example`
}

function ofHubSpot(n: number): SavedEntry {
  const key = n % 10 === 0 ? domainKey(domainOf(n)) : idKey('salesforce', `sf-${n}`)
  return account('hubspot', `hs-${n}`, [key])
}

function account(source: string, id: string, keys: readonly string[], version = 0): SavedEntry {
  const body = JSON.stringify({ id, source, name: `Company ${id}`, version })
  return {
    kind: 'present',
    id,
    changedAt: new Date(Date.UTC(2026, 10, 1) + version).toISOString(),
    fields: JSON.stringify({ keys, version }),
    record: { at: 0, place: { as: 'root' }, body, keys: [idKey(source, id), ...keys] },
    rejections: [],
  }
}

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { domainKey, type IdentityRules, idKey } from '../../src/domain/identity.ts'
import type { Cursor } from '../../src/source/source.ts'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import type { SavedEntry, Store } from '../../src/store/store.ts'
import { identifyAccounts } from '../../src/sync/identify.ts'
import { isThorough } from '../thorough.ts'

const rules: IdentityRules = {
  order: ['salesforce', 'hubspot', 'usage'],
  ways: { hubspot: ['id', 'domain'], usage: ['id', 'domain'] },
  same: [],
  different: [],
  byDomain: true,
}
const clock = { now: () => 0, sleep: async () => {} }

async function open(): Promise<Store> {
  const store = await openSqliteStore({ path: ':memory:', clock })
  await store.migrate()
  return store
}

type Entry = Extract<SavedEntry, { kind: 'present' }>
const at = { changedAt: '2026-11-01T00:00:00.000Z', rejections: [] }

const account = (source: string, id: string, keys: readonly string[] = []): Entry => ({
  kind: 'present',
  id,
  ...at,
  fields: JSON.stringify({ keys }),
  record: { at: 0, place: { as: 'root' }, body: JSON.stringify({ id }), keys: [idKey(source, id), ...keys] },
})
const child = (id: string, accountId: string): Entry => ({
  kind: 'present',
  id,
  ...at,
  fields: JSON.stringify({ accountId }),
  record: { at: 0, place: { as: 'child', of: { kind: 'account', id: accountId } }, body: JSON.stringify({ id }) },
})

async function save(store: Store, source: string, kind: string, entries: readonly SavedEntry[]): Promise<void> {
  const page = { object: kind, cursor: 'c' as Cursor, snapshot: false, mapping: 'm', request: 'r', entries }
  await store.savePage({ stream: { source, kind }, ...page })
}

/** Which records each dossier holds. */
async function dossiersOf(store: Store): Promise<Record<string, string[]>> {
  const found: Record<string, string[]> = {}
  for await (const page of store.dossiers('all')) {
    for (const { id, records } of page) found[id] = records.map((one) => `${one.kind}:${one.id}`)
  }
  return found
}

async function conflictsOf(store: Store): Promise<string[]> {
  const found: string[] = []
  for await (const page of store.openLinks()) found.push(...page.map(({ id }) => id))
  return found
}

const gone = (id: string): SavedEntry => ({ kind: 'deleted', id, changedAt: '2026-11-02T00:00:00.000Z' })
const acme = domainKey('acme.com')

describe('accounts of several sources that are one company', () => {
  test('share a dossier with everything that hangs on any of them', async () => {
    await using store = await open()
    await save(store, 'salesforce', 'account', [account('salesforce', '001', [acme, idKey('usage', 'w-1')])])
    await save(store, 'salesforce', 'opportunity', [child('O1', '001')])
    await save(store, 'usage', 'usage_week', [child('w-1|sso', 'w-1')])
    await save(store, 'support', 'ticket', [child('T1', 'domain:acme.com'), child('T2', 'domain:other.com')])
    await save(store, 'hubspot', 'account', [account('hubspot', '55', [acme])])
    await identifyAccounts(store, rules)
    expect(await dossiersOf(store)).toEqual({
      'account:001': ['account:001', 'account:55', 'opportunity:O1', 'ticket:T1', 'usage_week:w-1|sso'],
      'account:domain:other.com': ['ticket:T2'],
    })
    expect(await store.linkCounts()).toEqual({ linked: 3, open: 0 })
  })

  test('come apart when what made them one is gone, and both dossiers are derived again', async () => {
    await using store = await open()
    await save(store, 'salesforce', 'account', [account('salesforce', '001', [acme])])
    await save(store, 'usage', 'account', [account('usage', 'w-1', [acme])])
    await save(store, 'usage', 'usage_week', [child('U1', 'w-1')])
    await identifyAccounts(store, rules)
    expect(Object.keys(await dossiersOf(store))).toEqual(['account:001'])
    await clean(store)
    await save(store, 'usage', 'account', [account('usage', 'w-1', [])])
    await identifyAccounts(store, rules)
    expect(await dossiersOf(store)).toEqual({
      'account:001': ['account:001'],
      'account:w-1': ['account:w-1', 'usage_week:U1'],
    })
    expect(await store.dirtyCount()).toBe(2)
  })

  test('a conflict is listed and never guessed, until one of the candidates is gone', async () => {
    await using store = await open()
    await save(
      store,
      'salesforce',
      'account',
      ['001', '002'].map((id) => account('salesforce', id, [acme])),
    )
    await save(store, 'usage', 'account', [account('usage', 'w-1', [acme])])
    await identifyAccounts(store, rules)
    expect(await conflictsOf(store)).toEqual(['domain:acme.com', 'w-1'])
    expect(Object.keys(await dossiersOf(store))).toHaveLength(3)
    await save(store, 'salesforce', 'account', [gone('002')])
    await identifyAccounts(store, rules)
    expect(await conflictsOf(store)).toEqual([])
    expect((await dossiersOf(store))['account:001']).toEqual(['account:001', 'account:w-1'])
  })

  test('changed rules are followed without anything being read again, and no rules take everything apart', async () => {
    await using store = await open()
    await save(
      store,
      'salesforce',
      'account',
      ['001', '002'].map((id) => account('salesforce', id, [acme])),
    )
    await save(store, 'usage', 'account', [account('usage', 'w-1', [acme])])
    const same = [
      [
        { source: 'salesforce', id: '002' },
        { source: 'usage', id: 'w-1' },
      ],
    ] as const
    await identifyAccounts(store, { ...rules, same })
    expect((await dossiersOf(store))['account:002']).toEqual(['account:002', 'account:w-1'])
    await identifyAccounts(store, 'keep')
    expect((await dossiersOf(store))['account:002']).toEqual(['account:002', 'account:w-1'])
    await identifyAccounts(store, null)
    expect(Object.keys(await dossiersOf(store))).toHaveLength(3)
  })

  test('facts that name an id by which the company is known elsewhere are derived again when that changes', async () => {
    await using store = await open()
    await save(store, 'salesforce', 'account', [account('salesforce', '001', [idKey('usage', 'w-1')])])
    await identifyAccounts(store, rules)
    const survivors: unknown[] = []
    for await (const page of store.survivors()) survivors.push(...page)
    expect(survivors).toEqual([{ kind: 'account', id: 'w-1', survivor: '001' }])
  })
})

test('whatever the order and the portions in which accounts come, change and go, they end up as if all had come at once', async () => {
  const key = fc.constantFrom(
    acme,
    domainKey('b.com'),
    idKey('salesforce', 's0'),
    idKey('salesforce', 's1'),
    idKey('usage', 'u0'),
  )
  const change = fc.record({
    source: fc.constantFrom('salesforce', 'hubspot', 'usage'),
    n: fc.nat(2),
    keys: fc.option(fc.uniqueArray(key, { maxLength: 2 }), { freq: 4 }),
    settle: fc.boolean(),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 12 }), async (changes) => {
      await using bit = await open()
      const last = new Map<string, { source: string; id: string; keys: readonly string[] }>()
      const children = ['s0', 's1', 'u0', 'h0', 'domain:acme.com'].map((id) => child(`of ${id}`, id))
      await save(bit, 'x', 'ticket', children)
      for (const { source, n, keys, settle } of changes) {
        const id = `${source[0]}${n}`
        if (keys === null) last.delete(id)
        else last.set(id, { source, id, keys })
        await save(bit, source, 'account', [keys === null ? gone(id) : account(source, id, keys)])
        if (settle) await identifyAccounts(bit, rules)
      }
      await identifyAccounts(bit, rules)
      await using whole = await open()
      for (const { source, id, keys } of [...last.values()].reverse())
        await save(whole, source, 'account', [account(source, id, keys)])
      await save(whole, 'x', 'ticket', children)
      await identifyAccounts(whole, rules)
      expect(await dossiersOf(bit)).toEqual(await dossiersOf(whole))
      expect(await conflictsOf(bit)).toEqual(await conflictsOf(whole))
    }),
    { numRuns: isThorough ? 100 : 10 },
  )
}, 120_000)

test('matching one account again looks at what it touches, not at all of them', async () => {
  await using store = await open()
  const many = Array.from({ length: 3_000 }, (_, i) => `${i}`.padStart(5, '0'))
  await save(
    store,
    'salesforce',
    'account',
    many.map((i) => account('salesforce', `s${i}`, [domainKey(`d${i}.com`)])),
  )
  await save(
    store,
    'usage',
    'account',
    many.map((i) => account('usage', `u${i}`, [domainKey(`d${i}.com`)])),
  )
  const all = await counted(store)
  expect(all.identified.changed).toBe(6_000)
  await save(store, 'usage', 'account', [account('usage', 'u00001', [domainKey('d00002.com')])])
  const one = await counted(store)
  // The one it lost, the one it gained, and that of its own id.
  expect(one.identified.keys).toBe(3)
  expect(one.rows).toBeLessThan(all.rows / 1_000)
  const none = await counted(store)
  expect(none.rows).toBe(0)
})

test('a company of one source pays two questions and nothing else', async () => {
  await using store = await open()
  await save(store, 'salesforce', 'account', [{ ...account('salesforce', '001'), record: null }])
  expect(await counted(store, null)).toMatchObject({ rows: 0, calls: 1 })
})

/** How many rows and calls matching took. */
async function counted(store: Store, with_: IdentityRules | null = rules) {
  let rows = 0
  let calls = 0
  const counting = new Proxy(store, {
    get(target, name) {
      const found = Reflect.get(target, name) as (...args: unknown[]) => Promise<unknown>
      if (typeof found !== 'function') return found
      return async (...args: unknown[]) => {
        calls += 1
        const answer = await found.apply(target, args)
        if (Array.isArray(answer)) rows += answer.length
        return answer
      }
    },
  })
  const identified = await identifyAccounts(counting, with_)
  return { identified, rows, calls }
}

async function clean(store: Store): Promise<void> {
  for await (const page of store.dossiers('dirty')) {
    const dossiers = page.map(({ id, mark }) => ({ id, mark, facts: null, changesOn: null, uses: [], items: [] }))
    await store.saveDerived({ boards: [], dossiers, totals: [] })
  }
}

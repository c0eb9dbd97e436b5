import { describe, expect, test } from 'vitest'
import type { DerivedBatch, Store } from '../../../src/store/store.ts'
import {
  ACCOUNTS,
  all,
  CONTEXT,
  dirty,
  gone,
  OPPORTUNITIES,
  type OpenStore,
  opened,
  page,
  present,
  ROOT,
  settleDirt,
  USERS,
} from './opened.ts'

type Derived = DerivedBatch['dossiers'][number]

/** Saves one dossier's facts. */
function derive(store: Store, id: string, rest: Partial<Derived> = {}, totals: DerivedBatch['totals'] = []) {
  return store.saveDerived({
    boards: [],
    dossiers: [{ id, mark: 0, facts: JSON.stringify({ of: id }), changesOn: null, uses: [], items: [], ...rest }],
    totals,
  })
}

async function factsOf(store: Store): Promise<string[]> {
  return (await all(store.facts())).map((it) => it.dossier)
}

export function derivedContract(open: OpenStore): void {
  describe('what was derived', () => {
    test('facts come by dossier', async () => {
      const { store } = await opened(open)
      await derive(store, 'account:b', { facts: '{"text":"é😀"}' })
      await derive(store, 'account:a')
      await derive(store, 'account:c')
      expect(await all(store.facts())).toEqual([
        { dossier: 'account:a', facts: '{"of":"account:a"}' },
        { dossier: 'account:b', facts: '{"text":"é😀"}' },
        { dossier: 'account:c', facts: '{"of":"account:c"}' },
      ])
    })

    test('a dossier with no facts loses its old ones', async () => {
      const { store } = await opened(open)
      await derive(store, 'account:a')
      await derive(store, 'account:b')
      await derive(store, 'account:a', { facts: null })
      expect(await factsOf(store)).toEqual(['account:b'])
    })

    test('a dirty dossier comes with the facts it has', async () => {
      const { store } = await opened(open)
      await store.savePage(page(OPPORTUNITIES, [present('1', ROOT), present('2', ROOT), present('3', ROOT)]))
      await derive(store, 'opportunity:2', { facts: '{"of":"é😀"}' })
      const factsByDossier = async () =>
        Object.fromEntries((await all(store.dossiers('dirty'))).map(({ id, facts }) => [id, facts]))
      expect(await factsByDossier()).toEqual({
        'opportunity:1': null,
        'opportunity:2': '{"of":"é😀"}',
        'opportunity:3': null,
      })
      expect((await all(store.dossiers('all'))).map(({ facts }) => facts)).toEqual([null, null, null])
      await derive(store, 'opportunity:2', { facts: null })
      expect((await factsByDossier())['opportunity:2']).toBe(null)
    })

    test('deriving clears the dirty mark', async () => {
      const { store } = await opened(open)
      await store.savePage(page(ACCOUNTS, [present('a', ROOT)]))
      const [it] = await all(store.dossiers('dirty'))
      await derive(store, 'account:a', { mark: it?.mark ?? 0 })
      expect(await store.dirtyCount()).toBe(0)
    })

    for (const which of ['dirty', 'all', 'named'] as const) {
      test(`a dossier that was marked again since it was read stays dirty (read as ${which})`, async () => {
        const { store } = await opened(open)
        await store.savePage(page(ACCOUNTS, [present('a', ROOT)]))
        await store.savePage(page(OPPORTUNITIES, [present('o', ROOT)]))
        const read = await all(store.dossiers(which === 'named' ? { ids: ['account:a'] } : which))
        const mark = read.find((it) => it.id === 'account:a')?.mark ?? 0
        await store.savePage(page(ACCOUNTS, [present('a', ROOT, 'changed meanwhile')]))
        await derive(store, 'account:a', { mark })
        expect(await dirty(store)).toContain('account:a')
      })
    }

    test('a dossier that got dirty after it was read clean stays dirty', async () => {
      const { store } = await opened(open)
      await store.savePage(page(ACCOUNTS, [present('a', ROOT)]))
      await settleDirt(store)
      const [read] = await all(store.dossiers('all'))
      await store.savePage(page(ACCOUNTS, [present('a', ROOT, 'changed')]))
      await derive(store, 'account:a', { mark: read?.mark ?? 0 })
      expect(await dirty(store)).toEqual(['account:a'])
    })

    test('a changed context record dirties the dossiers that used it, a new or deleted one too', async () => {
      const { store } = await opened(open)
      await derive(store, 'account:a', { uses: ['user:u', 'user:v', 'user:u'] })
      await derive(store, 'account:b', { uses: ['user:v'] })
      await derive(store, 'account:c', { facts: null, uses: ['user:u'] })
      await derive(store, 'account:d')
      const after = async (entry: Parameters<typeof page>[1][number]) => {
        await settleUses(store)
        await store.savePage(page(USERS, [entry]))
        return dirty(store)
      }
      expect(await after(present('u', CONTEXT))).toEqual(['account:a', 'account:c'])
      expect(await after(present('u', CONTEXT))).toEqual([])
      expect(await after(present('u', CONTEXT, 'renamed'))).toEqual(['account:a', 'account:c'])
      expect(await after(gone('u'))).toEqual(['account:a', 'account:c'])
      expect(await after(present('v', CONTEXT))).toEqual(['account:a', 'account:b'])
    })

    test('a dossier uses what its newest facts were made from', async () => {
      const { store } = await opened(open)
      await derive(store, 'account:a', { uses: ['user:old'] })
      await derive(store, 'account:a', { uses: ['user:new'] })
      await store.savePage(page(USERS, [present('new', CONTEXT)]))
      expect(await dirty(store)).toEqual(['account:a'])
    })

    test('waking dirties the dossiers whose facts change on or before that day', async () => {
      const { store } = await opened(open)
      await derive(store, 'account:a', { changesOn: 20_000 })
      await derive(store, 'account:b', { changesOn: 20_001 })
      await derive(store, 'account:c', { changesOn: null })
      await derive(store, 'account:d', { changesOn: 19_000, facts: null })
      expect(await store.wake(18_999)).toBe(0)
      expect(await store.wake(20_000)).toBe(2)
      expect(await dirty(store)).toEqual(['account:a', 'account:d'])
      await derive(store, 'account:a', { changesOn: 20_005, mark: await markOf(store, 'account:a') })
      expect(await store.wake(20_000)).toBe(1)
    })

    test('totals are added up, come by key, and one that reaches zero is removed', async () => {
      const { store } = await opened(open)
      await derive(store, 'account:a', {}, [
        ['won', 5],
        ['lost', 2],
        ['none', 0],
      ])
      await derive(store, 'account:b', {}, [
        ['won', -2],
        ['lost', -2],
        ['big', 9_007_199_254_740_991],
      ])
      expect(await all(store.totals())).toEqual([
        ['big', 9_007_199_254_740_991],
        ['won', 3],
      ])
    })

    test('totals are whole numbers: anything else is refused, and nothing of the batch is saved', async () => {
      const { store } = await opened(open)
      await expect(derive(store, 'account:a', {}, [['won', 0.5]])).rejects.toThrow()
      expect(await factsOf(store)).toEqual([])
      expect(await all(store.totals())).toEqual([])
    })

    test('a reset dirties every dossier that holds a record or facts, and empties totals and facts', async () => {
      const { store } = await opened(open)
      await store.savePage(page(ACCOUNTS, [present('a', ROOT), present('b', ROOT)]))
      await settleDirt(store)
      await derive(store, 'account:left-over', { uses: ['user:u'] }, [['won', 5]])
      await store.resetDerived()
      expect(await dirty(store)).toEqual(['account:a', 'account:b', 'account:left-over'])
      expect(await factsOf(store)).toEqual([])
      expect(await all(store.totals())).toEqual([])
      await store.resetDerived()
      expect(await store.dirtyCount()).toBe(3)
    })

    test('what boards should show is saved with the facts, or neither is', async () => {
      const { store } = await opened(open)
      const item = (key: string, digest = 'd') => ({ key, digest, body: JSON.stringify({ key, digest }) })
      const save = (dossiers: readonly (Pick<Derived, 'id' | 'items'> & Partial<Derived>)[], totals: number) =>
        store.saveDerived({
          boards: ['deals', 'accounts'],
          dossiers: dossiers.map((it) => ({ mark: 0, facts: '{}', changesOn: null, uses: [], ...it })),
          totals: [['n', totals]],
        })
      const shown = async (board: string) =>
        (await all(store.pairs(board, 'all'))).map(({ key, desired }) => [key, ...desired.map((it) => it.digest)])

      await save(
        [
          { id: 'account:a', items: [[item('1'), item('2')], [item('a')]] },
          { id: 'account:b', items: [[], [item('b')]] },
        ],
        1,
      )
      await store.saveDesired('leads', [{ dossier: 'account:a', items: [item('9')] }])
      expect(await shown('deals')).toEqual([
        ['1', 'd'],
        ['2', 'd'],
      ])
      for (const board of ['deals', 'accounts']) await store.unlistKeys(board, ['1', '2', 'a', 'b'])

      await save([{ id: 'account:a', items: [[item('2', 'changed'), item('3')], []] }], 1)
      expect(await shown('deals')).toEqual([
        ['2', 'changed'],
        ['3', 'd'],
      ])
      expect(await shown('accounts')).toEqual([['b', 'd']])
      expect(await shown('leads')).toEqual([['9', 'd']])
      expect((await all(store.pairs('deals', 'listed'))).map(({ key }) => key)).toEqual(['1', '2', '3'])
      expect((await all(store.pairs('accounts', 'listed'))).map(({ key }) => key)).toEqual(['a'])
      expect([await store.desiredCount('deals'), await store.desiredCount('accounts')]).toEqual([2, 1])

      await expect(save([{ id: 'account:b', items: [[item('4')], []], facts: '{}' }], 0.5)).rejects.toThrow()
      expect(await shown('accounts')).toEqual([['b', 'd']])
      expect(await store.desiredCount('deals')).toBe(2)
    })

    test('a batch that does not give items for each of its boards is refused', async () => {
      const { store } = await opened(open)
      const one = { id: 'account:a', mark: 0, facts: '{}', changesOn: null, uses: [], items: [[]] }
      const saved = store.saveDerived({ boards: ['deals', 'accounts'], dossiers: [one], totals: [] })
      await expect(saved).rejects.toMatchObject({ code: 'items-not-by-board', blame: 'us' })
      expect(await all(store.facts())).toEqual([])
    })

    test('batches may be handed over without waiting, and are saved in order', async () => {
      const { store } = await opened(open)
      await Promise.all([1, 2, 3].map((n) => derive(store, 'account:a', { facts: `{"n":${n}}` }, [['n', n]])))
      expect(await all(store.facts())).toEqual([{ dossier: 'account:a', facts: '{"n":3}' }])
      expect(await all(store.totals())).toEqual([['n', 6]])
    })

    test('many facts come in pages, every dossier once', async () => {
      const { store } = await opened(open)
      const ids = Array.from({ length: 6000 }, (_, n) => `account:${String(n).padStart(5, '0')}`)
      await store.saveDerived({
        boards: [],
        dossiers: ids.map((id) => ({ id, mark: 0, facts: '{}', changesOn: null, uses: [], items: [] })),
        totals: ids.map((id) => [id, 1] as const),
      })
      expect(await factsOf(store)).toEqual(ids)
      expect(await all(store.totals())).toHaveLength(6000)
    })
  })
}

async function markOf(store: Store, id: string): Promise<number> {
  return (await all(store.dossiers('dirty'))).find((it) => it.id === id)?.mark ?? 0
}

/** Clears marks, keeping what dossiers use. */
async function settleUses(store: Store): Promise<void> {
  const uses: Record<string, readonly string[]> = {
    'account:a': ['user:u', 'user:v'],
    'account:b': ['user:v'],
    'account:c': ['user:u'],
  }
  for (const it of await all(store.dossiers('dirty')))
    await derive(store, it.id, { mark: it.mark, uses: uses[it.id] ?? [] })
}

import { describe, expect, test } from 'vitest'
import type { SavedEntry, Stream } from '../../../src/store/store.ts'
import {
  ACCOUNTS,
  all,
  below,
  contents,
  dirty,
  gone,
  OPPORTUNITIES,
  type OpenStore,
  opened,
  page,
  present,
  ROOT,
  settleDirt,
} from './opened.ts'

const OTHERS: Stream = { source: 'usage', kind: 'account' }

function keyed(id: string, ...keys: string[]): SavedEntry {
  const entry = present(id, ROOT)
  if (entry.kind !== 'present' || entry.record === null) throw new Error('no record')
  return { ...entry, record: { ...entry.record, keys } }
}

const same = (id: string, target: string | null) => ({ kind: 'account', id, target, reason: 'because' })
const apart = (id: string) => ({ kind: 'account', id, target: null, reason: null })

export function linkContract(open: OpenStore): void {
  describe('links', () => {
    test('keys of a record that gained or lost any are touched until they are settled, with their holders', async () => {
      const { store } = await opened(open)
      await store.savePage(page(ACCOUNTS, [keyed('a', 'd:acme', 'i:1'), keyed('b', 'd:acme')]))
      const touched = await store.touchedKeys('', 10)
      expect(touched.map(({ name }) => name)).toEqual(['d:acme', 'i:1'])
      expect(await store.keyHolders(['d:acme'])).toEqual([
        { kind: 'account', id: 'a', source: 'salesforce', keys: ['d:acme', 'i:1'] },
        { kind: 'account', id: 'b', source: 'salesforce', keys: ['d:acme'] },
      ])
      await store.saveLinks({ links: [], settled: touched })
      expect(await store.touchedKeys('', 10)).toEqual([])
      await store.savePage(page(ACCOUNTS, [keyed('a', 'd:acme', 'i:1'), gone('b')]))
      expect((await store.touchedKeys('', 10)).map(({ name }) => name)).toEqual(['d:acme'])
      expect((await store.keyHolders(['d:acme'])).map(({ id }) => id)).toEqual(['a'])
    })

    test('a key that is touched again while it is settled stays touched', async () => {
      const { store } = await opened(open)
      await store.savePage(page(ACCOUNTS, [keyed('a', 'd:acme')]))
      const touched = await store.touchedKeys('', 10)
      await store.savePage(page(ACCOUNTS, [keyed('b', 'd:acme')]))
      await store.saveLinks({ links: [], settled: touched })
      expect((await store.touchedKeys('', 10)).map(({ name }) => name)).toEqual(['d:acme'])
    })

    test('bring everything that hangs on an id, held or not, to what it stands for, and back', async () => {
      const { store } = await opened(open)
      await store.savePage(page(ACCOUNTS, [present('a', ROOT)]))
      await store.savePage(page(OTHERS, [present('w', ROOT)]))
      await store.savePage(
        page(OPPORTUNITIES, [present('o1', below('account', 'w')), present('o2', below('account', 'x'))]),
      )
      const before = await contents(store)
      await settleDirt(store)
      await store.saveLinks({ links: [same('w', 'a'), same('x', 'a')], settled: [] })
      expect(Object.keys(await contents(store))).toEqual(['account:a'])
      expect(await dirty(store)).toEqual(['account:a', 'account:w', 'account:x'])
      expect(await store.linkCounts()).toEqual({ linked: 2, open: 0 })
      expect((await all(store.survivors())).map(({ id, survivor }) => [id, survivor])).toEqual([
        ['w', 'a'],
        ['x', 'a'],
      ])
      await store.savePage(page(OPPORTUNITIES, [present('o3', below('account', 'x'))]))
      expect(Object.keys(await contents(store))).toEqual(['account:a'])
      await store.savePage(page(OPPORTUNITIES, [gone('o3')]))
      await store.saveLinks({ links: [apart('w'), apart('x')], settled: [] })
      expect(await contents(store)).toEqual(before)
    })

    test('that nobody can say are listed and lead nowhere', async () => {
      const { store } = await opened(open)
      await store.savePage(page(OTHERS, [present('w', ROOT)]))
      await store.saveLinks({ links: [same('w', null)], settled: [] })
      expect(Object.keys(await contents(store))).toEqual(['account:w'])
      expect(await all(store.openLinks())).toEqual([same('w', null)])
      expect(await store.links('account', ['w', 'v'])).toEqual([same('w', null)])
    })
  })
}

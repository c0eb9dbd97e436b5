import { describe, expect, test } from 'vitest'
import type { Snapshot, Store } from '../../../src/store/store.ts'
import { ACCOUNTS, gone, type OpenStore, opened, page, present, ROOT } from './opened.ts'

const seen = (id: string, day: number, body = '{}', kind = 'account'): Snapshot => ({ kind, id, day, body })

function keep(store: Store, snapshots: readonly Snapshot[]): Promise<void> {
  return store.saveDerived({ boards: [], dossiers: [], totals: [], snapshots })
}

export function snapshotContract(open: OpenStore): void {
  describe('what was seen of records on days', () => {
    test('is told of the records asked for, by id and day; of others, and of other kinds, nothing', async () => {
      const { store } = await opened(open)
      await keep(store, [seen('b', 7), seen('a', 9, '[1]'), seen('a', -3), seen('c', 1), seen('a', 9, '[2]', 'lead')])
      expect(await store.snapshots('account', ['b', 'a', 'none'])).toEqual([
        seen('a', -3),
        seen('a', 9, '[1]'),
        seen('b', 7),
      ])
      expect(await store.snapshots('account', [])).toEqual([])
    })

    test('is, of a day, what was seen last', async () => {
      const { store } = await opened(open)
      await keep(store, [seen('a', 9, '[1]')])
      await keep(store, [seen('a', 9, '[2]')])
      expect(await store.snapshots('account', ['a'])).toEqual([seen('a', 9, '[2]')])
    })

    test('is there at all, or not, of a kind', async () => {
      const { store } = await opened(open)
      expect(await store.hasSnapshots('account')).toBe(false)
      await keep(store, [seen('a', 9)])
      expect(await store.hasSnapshots('account')).toBe(true)
      expect(await store.hasSnapshots('lead')).toBe(false)
    })

    test('is kept with what was derived, or neither is', async () => {
      const { store } = await opened(open)
      const facts = { id: 'account:a', mark: 0, facts: '{}', changesOn: null, uses: [], items: [] }
      const wrong = { boards: [], dossiers: [facts], totals: [['total', 0.5]] as const, snapshots: [seen('a', 9)] }
      await expect(store.saveDerived(wrong)).rejects.toThrow()
      expect(await store.hasSnapshots('account')).toBe(false)
    })

    test('outlives all that is derived, and the record', async () => {
      const { store } = await opened(open)
      await store.savePage(page(ACCOUNTS, [present('a', ROOT)]))
      await keep(store, [seen('a', 9)])
      await store.resetDerived()
      await store.savePage(page(ACCOUNTS, [gone('a')]))
      expect(await store.snapshots('account', ['a'])).toEqual([seen('a', 9)])
    })
  })
}

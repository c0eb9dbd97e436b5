import { describe, expect, test } from 'vitest'
import type { Cursor } from '../../../src/source/source.ts'
import type { SavedEntry, Store, SweptPage } from '../../../src/store/store.ts'
import {
  ACCOUNTS,
  all,
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
  unmappable,
} from './opened.ts'

type Present = Extract<SavedEntry, { kind: 'present' }>

function swept(rest: Partial<SweptPage>): SweptPage {
  return { stream: ACCOUNTS, mapping: 'mapping-1', read: null, same: [], entries: [], gone: [], ...rest }
}

const read = (cursor: string, isLast = false) => ({ cursor: cursor as Cursor, isLast })

async function unswept(store: Store): Promise<string[]> {
  return all(store.unswept(ACCOUNTS))
}

/** Accounts a to e, all derived, and a sweep of them under way. */
async function sweeping(open: OpenStore) {
  const it = await opened(open)
  await it.store.savePage(
    page(
      ACCOUNTS,
      [...'abcde'].map((id) => present(id, ROOT)),
    ),
  )
  await settleDirt(it.store)
  await it.store.beginSweep(ACCOUNTS, 'request-1')
  return it
}

export function sweepContract(open: OpenStore): void {
  describe('a sweep', () => {
    test('of a stream that was never read cannot begin', async () => {
      const { store } = await opened(open)
      expect(await store.sweepState(ACCOUNTS)).toEqual({ underWay: null, sweptAt: null })
      await expect(store.beginSweep(ACCOUNTS, 'request-1')).rejects.toMatchObject({ code: 'no-sweep' })
      await store.savePage(page(ACCOUNTS, [present('a', ROOT)]))
      await expect(store.saveSwept(swept({ same: ['a'] }))).rejects.toMatchObject({ code: 'no-sweep' })
      expect(await unswept(store)).toEqual([])
    })

    test('stands where its newest page left it, apart from the stream’s own cursor', async () => {
      const { store, clock } = await sweeping(open)
      const beganAt = clock.now()
      const underWay = async () => (await store.sweepState(ACCOUNTS)).underWay
      expect(await underWay()).toEqual({ request: 'request-1', cursor: null, isRead: false, beganAt })
      await store.saveSwept(swept({ same: ['a'], read: read('sweep-1') }))
      expect(await underWay()).toEqual({ request: 'request-1', cursor: 'sweep-1', isRead: false, beganAt })
      await store.saveSwept(swept({ same: ['b'], read: read('sweep-2', true) }))
      await store.saveSwept(swept({ same: ['c'] }))
      expect(await underWay()).toEqual({ request: 'request-1', cursor: 'sweep-2', isRead: true, beganAt })
      expect((await store.readState(ACCOUNTS))?.cursor).toBe('cursor-1')
    })

    test('writes nothing of a record that is as it was, but that it was seen', async () => {
      const { store } = await sweeping(open)
      const before = [await contents(store), await all(store.rawRecords(ACCOUNTS)), await store.readState(ACCOUNTS)]
      expect(await store.saveSwept(swept({ same: ['a', 'c'] }))).toEqual({
        read: 2,
        stored: 0,
        unchanged: 2,
        rejected: 0,
        deleted: 0,
      })
      expect([await contents(store), await all(store.rawRecords(ACCOUNTS)), await store.readState(ACCOUNTS)]).toEqual(
        before,
      )
      expect(await dirty(store)).toEqual([])
      expect(await unswept(store)).toEqual(['b', 'd', 'e'])
    })

    test('saves entries as a page does: raw, record and rejections, and their dossiers are dirty', async () => {
      const { store } = await sweeping(open)
      const entries = [present('a', ROOT, 'patched'), present('new', ROOT), unmappable('b') as Present] as Present[]
      expect(await store.saveSwept(swept({ entries }))).toEqual({
        read: 3,
        stored: 2,
        unchanged: 0,
        rejected: 1,
        deleted: 0,
      })
      expect(await store.rawRecord('account', 'a')).toMatchObject({ fields: '{"text":"patched"}', state: 'mapped' })
      expect(await store.record('account', 'b')).toBeNull()
      expect(await dirty(store)).toEqual(['account:a', 'account:b', 'account:new'])
      expect(await store.streamCounts()).toMatchObject([{ mapped: 5, rejected: 1, deleted: 0 }])
      expect(await unswept(store)).toEqual(['c', 'd', 'e'])
    })

    test('saving the same page twice changes nothing but counts', async () => {
      const { store } = await sweeping(open)
      const it = swept({ same: ['b'], entries: [present('a', ROOT, 'x') as Present], gone: ['c'], read: read('s') })
      await store.saveSwept(it)
      const before = [await contents(store), await unswept(store), await store.streamCounts()]
      await settleDirt(store)
      expect(await store.saveSwept(it)).toMatchObject({ read: 2, unchanged: 2 })
      expect([await contents(store), await unswept(store), await store.streamCounts()]).toEqual(before)
      expect(await dirty(store)).toEqual([])
    })

    test('a page and the sweep’s cursor are saved together, or neither is', async () => {
      const { store } = await sweeping(open)
      const broken = { ...present('b', ROOT), fields: null } as unknown as Present
      const it = swept({ same: ['a'], entries: [broken], read: read('sweep-9') })
      await expect(store.saveSwept(it)).rejects.toThrow()
      expect((await store.sweepState(ACCOUNTS)).underWay?.cursor).toBeNull()
      expect(await unswept(store)).toEqual(['a', 'b', 'c', 'd', 'e'])
    })

    test('what it found gone is deleted when it ends, not before', async () => {
      const { store, clock } = await sweeping(open)
      const began = clock.now()
      await clock.sleep(60_000)
      await store.saveSwept(swept({ same: ['a', 'b', 'c'], read: read('s', true) }))
      await store.saveSwept(swept({ gone: ['d', 'e', 'nobody'] }))
      expect(await unswept(store)).toEqual([])
      expect(await dirty(store)).toEqual([])
      expect(await store.finishSweep(ACCOUNTS, { dryRun: true })).toEqual({ gone: 2, held: 5 })
      expect(Object.keys(await contents(store))).toHaveLength(5)
      expect(await store.finishSweep(ACCOUNTS)).toEqual({ gone: 2, held: 5 })
      expect(Object.keys(await contents(store))).toEqual(['account:a', 'account:b', 'account:c'])
      expect(await dirty(store)).toEqual(['account:d', 'account:e'])
      expect(await store.streamCounts()).toMatchObject([{ mapped: 3, deleted: 2, sweptAt: began }])
      expect(await store.sweepState(ACCOUNTS)).toEqual({ underWay: null, sweptAt: began })
    })

    test('what was found gone can be forgotten, and is asked for again', async () => {
      const { store } = await sweeping(open)
      await store.saveSwept(swept({ same: ['a', 'b', 'c'], gone: ['d', 'e'] }))
      await store.forgetGone(ACCOUNTS)
      expect(await unswept(store)).toEqual(['d', 'e'])
      expect(await store.finishSweep(ACCOUNTS, { dryRun: true })).toEqual({ gone: 0, held: 5 })
    })

    test('a record found gone and seen after all is kept', async () => {
      const { store } = await sweeping(open)
      await store.saveSwept(swept({ gone: ['a', 'b'] }))
      await store.saveSwept(swept({ same: ['a'], entries: [present('b', ROOT) as Present] }))
      expect(await store.finishSweep(ACCOUNTS)).toEqual({ gone: 0, held: 5 })
    })

    test('begun anew has seen nothing', async () => {
      const { store, clock } = await sweeping(open)
      await store.saveSwept(swept({ same: ['a', 'b'], gone: ['c'], read: read('s', true) }))
      await clock.sleep(60_000)
      const beganAt = clock.now()
      await store.beginSweep(ACCOUNTS, 'request-2')
      expect((await store.sweepState(ACCOUNTS)).underWay).toEqual({
        request: 'request-2',
        cursor: null,
        isRead: false,
        beganAt,
      })
      expect(await unswept(store)).toEqual(['a', 'b', 'c', 'd', 'e'])
    })

    test('ending one that is not under way deletes nothing', async () => {
      const { store } = await sweeping(open)
      await store.saveSwept(swept({ gone: ['a'] }))
      await store.finishSweep(ACCOUNTS)
      const state = await store.sweepState(ACCOUNTS)
      expect(await store.finishSweep(ACCOUNTS)).toEqual({ gone: 0, held: 4 })
      expect(await store.sweepState(ACCOUNTS)).toEqual(state)
      expect(await store.finishSweep(OPPORTUNITIES)).toEqual({ gone: 0, held: 0 })
    })

    test('leaves another stream’s records alone', async () => {
      const { store } = await sweeping(open)
      await store.savePage(page(OPPORTUNITIES, [present('a', ROOT)]))
      await store.beginSweep(OPPORTUNITIES, 'request-1')
      await store.saveSwept(swept({ same: ['a'] }))
      expect(await all(store.unswept(OPPORTUNITIES))).toEqual(['a'])
      await store.beginSweep(OPPORTUNITIES, 'request-1')
      expect(await unswept(store)).toEqual(['b', 'c', 'd', 'e'])
    })

    test('a snapshot that ends counts as one, and drops the one under way', async () => {
      const { store, clock } = await sweeping(open)
      await store.saveSwept(swept({ gone: ['a'] }))
      await clock.sleep(60_000)
      await store.savePage(
        page(
          ACCOUNTS,
          [...'abcd'].map((id) => present(id, ROOT)),
          { snapshot: true },
        ),
      )
      const sweptAt = clock.now()
      await clock.sleep(60_000)
      expect(await store.finishSnapshot(ACCOUNTS)).toEqual({ vanished: 1, held: 5 })
      expect(await store.sweepState(ACCOUNTS)).toEqual({ underWay: null, sweptAt })
      expect(await store.finishSweep(ACCOUNTS)).toEqual({ gone: 0, held: 4 })
    })

    test('unswept ids come in order, in as many pages as it takes', async () => {
      const { store } = await opened(open)
      const ids = Array.from({ length: 4_500 }, (_, n) => `id${String(n).padStart(5, '0')}`)
      await store.savePage(
        page(
          ACCOUNTS,
          ids.map((id) => present(id, ROOT)),
        ),
      )
      await store.beginSweep(ACCOUNTS, 'request-1')
      await store.saveSwept(swept({ same: ids.slice(0, 10) }))
      // Asked for while more are marked: nothing is left out, nothing comes twice.
      const found: string[] = []
      for await (const some of store.unswept(ACCOUNTS)) {
        found.push(...some)
        await store.saveSwept(swept({ same: some }))
      }
      expect(found).toEqual(ids.slice(10))
      expect(await unswept(store)).toEqual([])
    })

    test('raw records are found by id, deleted ones and other streams’ left out', async () => {
      const { store } = await opened(open)
      await store.savePage(page(ACCOUNTS, [present('a', ROOT, 'é'), present('b', ROOT), unmappable('c')]))
      await store.savePage(page(ACCOUNTS, [gone('b')]))
      await store.savePage(page(OPPORTUNITIES, [present('o', ROOT)]))
      const found = await store.rawRecordsById(ACCOUNTS, ['c', 'b', 'a', 'o', 'nobody', 'a'])
      expect(found.toSorted((x, y) => (x.id < y.id ? -1 : 1))).toEqual([
        { id: 'a', changedAt: '2026-11-22T10:00:00.000Z', fields: '{"text":"é"}' },
        { id: 'c', changedAt: '2026-11-22T10:00:00.000Z', fields: '{}' },
      ])
      expect(await store.rawRecordsById(ACCOUNTS, [])).toEqual([])
    })
  })
}

import { describe, expect, test } from 'vitest'
import type { Cursor } from '../../../src/source/source.ts'
import type { RecordToStore, SavedEntry } from '../../../src/store/store.ts'
import {
  ACCOUNTS,
  all,
  below,
  CONTEXT,
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
  USERS,
  unmappable,
} from './opened.ts'

const NONE = { read: 0, stored: 0, unchanged: 0, rejected: 0, deleted: 0 }

export function recordContract(open: OpenStore): void {
  describe('what sources delivered', () => {
    test('there is no read state before the first page, and after it the state is that page’s', async () => {
      const { store, clock } = await opened(open)
      expect(await store.readState(ACCOUNTS)).toBeNull()
      await store.savePage(page(ACCOUNTS, [], { object: 'Account', snapshot: true }))
      expect(await store.readState(ACCOUNTS)).toEqual({
        cursor: 'cursor-1',
        object: 'Account',
        snapshot: true,
        mapping: 'mapping-1',
        request: 'request-1',
        at: clock.now(),
      })
    })

    test('a page and its cursor are saved together, or neither is', async () => {
      const { store } = await opened(open)
      await store.savePage(page(ACCOUNTS, [present('a', ROOT)]))
      const broken = { ...present('c', ROOT), fields: null } as unknown as SavedEntry
      const next = page(ACCOUNTS, [present('b', ROOT), broken], { cursor: 'cursor-2' as Cursor })
      await expect(store.savePage(next)).rejects.toThrow()
      expect(await contents(store)).toEqual({ 'account:a': ['account a'] })
      expect(await store.rawRecord('account', 'b')).toBeNull()
      expect((await store.readState(ACCOUNTS))?.cursor).toBe('cursor-1')
    })

    test('of pages handed over one after the other none is saved after one that was not', async () => {
      const { store } = await opened(open)
      const refused = { ...present('b', ROOT), fields: '\u001e' } as SavedEntry
      const pages = [[present('a', ROOT)], [refused], [present('c', ROOT)], [present('d', ROOT)]]
      const saved = pages.map((entries, n) =>
        store.savePage(page(ACCOUNTS, entries, { cursor: `cursor-${n}` as Cursor })),
      )
      const other = store.savePage(page(OPPORTUNITIES, [present('o', ROOT)]))
      const outcomes = (await Promise.allSettled(saved)).map(({ status }) => status)
      expect(outcomes).toEqual(['fulfilled', 'rejected', 'rejected', 'rejected'])
      expect((await store.readState(ACCOUNTS))?.cursor).toBe('cursor-0')
      // That is about pages of this stream, and such as were under way.
      await other
      await store.savePage(page(ACCOUNTS, [present('e', ROOT)]))
      expect(await contents(store)).toEqual({
        'account:a': ['account a'],
        'account:e': ['account e'],
        'opportunity:o': ['opportunity o'],
      })
    })

    test('saving the same page twice changes nothing but counts', async () => {
      const { store } = await opened(open)
      const it = page(ACCOUNTS, [present('a', ROOT), unmappable('b'), gone('c'), present('d', ROOT, 'x'), gone('d')])
      expect(await store.savePage(it)).toEqual({ read: 5, stored: 1, unchanged: 3, rejected: 1, deleted: 0 })
      const before = [await contents(store), await all(store.rawRecords(ACCOUNTS)), await all(store.rejections())]
      await settleDirt(store)
      expect(await store.savePage(it)).toEqual({ read: 5, stored: 0, unchanged: 4, rejected: 1, deleted: 0 })
      expect([await contents(store), await all(store.rawRecords(ACCOUNTS)), await all(store.rejections())]).toEqual(
        before,
      )
      expect(await dirty(store)).toEqual([])
    })

    test('a record is unchanged only when raw and mapped are as we had them', async () => {
      const { store } = await opened(open)
      const first = present('a', ROOT, 'x')
      await store.savePage(page(ACCOUNTS, [first]))
      const save = (entry: SavedEntry) => store.savePage(page(ACCOUNTS, [entry]))
      expect(await save(first)).toMatchObject({ stored: 0, unchanged: 1 })
      expect(await save({ ...first, changedAt: '2026-11-22T12:00:00.000Z' } as SavedEntry)).toMatchObject({ stored: 1 })
      expect(await save({ ...present('a', ROOT, 'x'), fields: '{"other":1}' } as SavedEntry)).toMatchObject({
        stored: 1,
      })
      await save(first)
      const remapped: RecordToStore = { at: 0, place: ROOT, body: '{"mapped":"otherwise"}' }
      expect(await save({ ...first, record: remapped } as SavedEntry)).toMatchObject({ stored: 1 })
      expect(await save({ ...first, record: { ...remapped, at: 1 } } as SavedEntry)).toMatchObject({ stored: 1 })
    })

    test('a dossier is dirty when it gained, lost or changed a record, and only then', async () => {
      const { store } = await opened(open)
      await store.savePage(page(ACCOUNTS, [present('a', ROOT), present('b', ROOT), present('c', ROOT)]))
      expect(await dirty(store)).toEqual(['account:a', 'account:b', 'account:c'])
      await settleDirt(store)
      await store.savePage(page(ACCOUNTS, [present('a', ROOT, 'changed'), present('b', ROOT), gone('c')]))
      expect(await dirty(store)).toEqual(['account:a', 'account:c'])
      await settleDirt(store)
      await store.savePage(page(OPPORTUNITIES, [present('o', below('account', 'b'))]))
      expect(await dirty(store)).toEqual(['account:b'])
    })

    test('a raw change that the mapping does not see leaves the dossier clean', async () => {
      const { store } = await opened(open)
      await store.savePage(page(ACCOUNTS, [present('a', ROOT)]))
      await settleDirt(store)
      const other = { ...present('a', ROOT), fields: '{"unmapped":1}' } as SavedEntry
      expect(await store.savePage(page(ACCOUNTS, [other]))).toMatchObject({ stored: 1 })
      expect(await dirty(store)).toEqual([])
    })

    test('what was read is stored, unchanged, rejected or deleted, and the counts per stream agree', async () => {
      const { store, clock } = await opened(open)
      const counts = await store.savePage(
        page(ACCOUNTS, [present('a', ROOT), present('b', ROOT), unmappable('c'), gone('nobody'), withBadValue('e')]),
      )
      expect(counts).toEqual({ read: 5, stored: 3, unchanged: 1, rejected: 1, deleted: 0 })
      const again = await store.savePage(page(ACCOUNTS, [gone('b'), gone('b'), unmappable('c'), present('e', ROOT)]))
      expect(again).toEqual({ read: 4, stored: 1, unchanged: 1, rejected: 1, deleted: 1 })
      expect(await store.savePage(page(ACCOUNTS, [gone('b'), withBadValue('a')]))).toMatchObject({
        unchanged: 1,
        stored: 1,
      })
      expect(await store.streamCounts()).toEqual([
        {
          stream: ACCOUNTS,
          object: 'account',
          mapped: 2,
          rejected: 1,
          deleted: 1,
          rejectedValues: 1,
          at: clock.now(),
          sweptAt: null,
        },
      ])
    })

    test('a rejected record can be mapped later, and a mapped one be rejected', async () => {
      const { store } = await opened(open)
      await store.savePage(page(ACCOUNTS, [unmappable('a'), present('b', ROOT)]))
      expect(await store.savePage(page(ACCOUNTS, [present('a', ROOT), unmappable('b')]))).toMatchObject({
        stored: 1,
        rejected: 1,
      })
      expect(await contents(store)).toEqual({ 'account:a': ['account a'] })
      expect(await all(store.rejections())).toMatchObject([{ id: 'b' }])
    })

    test('rejections come by source, kind and id, and can be asked for by source and kind', async () => {
      const { store } = await opened(open)
      const files = { source: 'files', kind: 'account' }
      await store.savePage(page(OPPORTUNITIES, [unmappable('o')]))
      await store.savePage(page(ACCOUNTS, [withBadValue('b'), unmappable('a')]))
      await store.savePage(page(files, [unmappable('z')]))
      const found = async (filter?: { source?: string; kind?: string }) =>
        (await all(store.rejections(filter))).map((it) => `${it.source} ${it.kind} ${it.id}`)
      expect(await found()).toEqual([
        'files account z',
        'salesforce account a',
        'salesforce account b',
        'salesforce opportunity o',
      ])
      expect(await found({ source: 'salesforce' })).toHaveLength(3)
      expect(await found({ kind: 'account' })).toHaveLength(3)
      expect(await found({ source: 'salesforce', kind: 'account' })).toHaveLength(2)
      expect(await all(store.rejections({ source: 'files' }))).toEqual([
        {
          source: 'files',
          kind: 'account',
          id: 'z',
          field: '',
          from: 'Id',
          value: '',
          code: 'required',
          reason: 'has no name',
        },
      ])
    })

    test('a record whose kind and id another source already holds is rejected with `id-collides`', async () => {
      const { store } = await opened(open)
      const files = { source: 'files', kind: 'account' }
      await store.savePage(page(ACCOUNTS, [present('a', ROOT, 'first')]))
      expect(await store.savePage(page(files, [present('a', ROOT, 'second')]))).toMatchObject({
        rejected: 1,
        stored: 0,
      })
      expect(await store.savePage(page(files, [present('a', ROOT, 'second')]))).toMatchObject({ rejected: 1 })
      expect(await all(store.rejections())).toMatchObject([
        { source: 'files', id: 'a', code: 'id-collides', field: '' },
      ])
      expect((await store.record('account', 'a'))?.source).toBe('salesforce')
      expect(await store.rawRecord('account', 'a')).toMatchObject({ stream: ACCOUNTS })
      // The other source's record goes: nothing of the holder's is touched.
      await store.savePage(page(files, [gone('a')]))
      expect((await store.record('account', 'a'))?.body).toContain('first')
      // The holder's goes: the other may have the place.
      await store.savePage(page(ACCOUNTS, [gone('a')]))
      expect(await store.savePage(page(files, [present('a', ROOT, 'second')]))).toMatchObject({ stored: 1 })
      expect((await store.record('account', 'a'))?.source).toBe('files')
    })

    test('a deletion keeps a trace that says so, and what it was merged into', async () => {
      const { store } = await opened(open)
      await store.savePage(page(ACCOUNTS, [present('a', ROOT, 'private'), present('b', ROOT)]))
      await store.savePage(page(ACCOUNTS, [gone('a', 'b')]))
      expect(await store.rawRecord('account', 'a')).toEqual({
        id: 'a',
        changedAt: '2026-11-22T11:00:00.000Z',
        fields: '',
        stream: ACCOUNTS,
        object: 'account',
        state: 'deleted',
        mergedInto: 'b',
      })
      expect(await store.record('account', 'a')).toBeNull()
      expect((await all(store.rawRecords(ACCOUNTS))).map((it) => it.id)).toEqual(['b'])
      // It comes back.
      expect(await store.savePage(page(ACCOUNTS, [present('a', ROOT)]))).toMatchObject({ stored: 1 })
      expect(await store.rawRecord('account', 'a')).toMatchObject({ state: 'mapped', mergedInto: null })
    })

    test('a record is told with its dossier and source; one of the context has none', async () => {
      const { store } = await opened(open)
      await store.savePage(page(OPPORTUNITIES, [present('o', below('account', 'a'), 'x', 7)]))
      await store.savePage(page(USERS, [present('u', CONTEXT, 'y', 8)]))
      expect(await store.record('opportunity', 'o')).toEqual({
        kind: 'opportunity',
        id: 'o',
        at: 7,
        body: '{"id":"o","text":"x"}',
        dossier: 'account:a',
        source: 'salesforce',
      })
      expect(await store.record('user', 'u')).toMatchObject({ at: 8, dossier: null })
      expect(await store.record('user', 'nobody')).toBeNull()
      expect(await store.rawRecord('user', 'nobody')).toBeNull()
    })

    test('context records come by kind and id, and are in no dossier', async () => {
      const { store } = await opened(open)
      await store.savePage(page({ source: 'files', kind: 'feature' }, [present('f', CONTEXT)]))
      await store.savePage(page(USERS, [present('v', CONTEXT), present('u', CONTEXT)]))
      expect((await all(store.contextRecords())).map((it) => `${it.source} ${it.kind} ${it.id}`)).toEqual([
        'files feature f',
        'salesforce user u',
        'salesforce user v',
      ])
      expect(await contents(store)).toEqual({})
      await store.savePage(page(USERS, [gone('u')]))
      expect(await all(store.contextRecords())).toHaveLength(2)
    })
  })

  describe('a snapshot', () => {
    const snapshot = { snapshot: true }

    test('what it did not contain is deleted when it ends', async () => {
      const { store } = await opened(open)
      await store.savePage(page(ACCOUNTS, [present('a', ROOT), present('b', ROOT), unmappable('c'), gone('d')]))
      await settleDirt(store)
      await store.savePage(page(ACCOUNTS, [present('a', ROOT)], snapshot))
      await store.savePage(page(ACCOUNTS, [present('e', ROOT)], snapshot))
      expect(await store.finishSnapshot(ACCOUNTS)).toEqual({ vanished: 2, held: 4 })
      expect(await contents(store)).toEqual({ 'account:a': ['account a'], 'account:e': ['account e'] })
      expect(await dirty(store)).toEqual(['account:b', 'account:e'])
      expect(await store.streamCounts()).toMatchObject([{ mapped: 2, rejected: 0, deleted: 2 }])
      expect((await store.readState(ACCOUNTS))?.snapshot).toBe(false)
    })

    test('a dry run says what would go and writes nothing', async () => {
      const { store } = await opened(open)
      await store.savePage(page(ACCOUNTS, [present('a', ROOT), present('b', ROOT)]))
      await store.savePage(page(ACCOUNTS, [], snapshot))
      expect(await store.finishSnapshot(ACCOUNTS, { dryRun: true })).toEqual({ vanished: 2, held: 2 })
      expect(Object.keys(await contents(store))).toHaveLength(2)
      expect((await store.readState(ACCOUNTS))?.snapshot).toBe(true)
    })

    test('ending one that is not under way deletes nothing', async () => {
      const { store } = await opened(open)
      expect(await store.finishSnapshot(ACCOUNTS)).toEqual({ vanished: 0, held: 0 })
      await store.savePage(page(ACCOUNTS, [present('a', ROOT)]))
      expect(await store.finishSnapshot(ACCOUNTS)).toEqual({ vanished: 0, held: 1 })
      await store.savePage(page(ACCOUNTS, [present('b', ROOT)], snapshot))
      expect(await store.finishSnapshot(ACCOUNTS)).toEqual({ vanished: 1, held: 2 })
      expect(await store.finishSnapshot(ACCOUNTS)).toEqual({ vanished: 0, held: 1 })
    })

    test('one that was forgotten half-way does not count for the next', async () => {
      const { store } = await opened(open)
      await store.savePage(page(ACCOUNTS, [present('a', ROOT), present('b', ROOT)], snapshot))
      await store.forgetCursor(ACCOUNTS)
      await store.savePage(page(ACCOUNTS, [present('b', ROOT)], snapshot))
      expect(await store.finishSnapshot(ACCOUNTS)).toEqual({ vanished: 1, held: 2 })
      expect(Object.keys(await contents(store))).toEqual(['account:b'])
    })

    test('a snapshot of another object is another snapshot', async () => {
      const { store } = await opened(open)
      await store.savePage(page(ACCOUNTS, [present('a', ROOT)], { snapshot: true, object: 'Account' }))
      await store.savePage(page(ACCOUNTS, [present('b', ROOT)], { snapshot: true, object: 'Company__c' }))
      expect(await store.finishSnapshot(ACCOUNTS)).toEqual({ vanished: 1, held: 2 })
    })

    test('another stream’s records do not vanish', async () => {
      const { store } = await opened(open)
      await store.savePage(page(OPPORTUNITIES, [present('o', ROOT)]))
      await store.savePage(page(ACCOUNTS, [], snapshot))
      expect(await store.finishSnapshot(ACCOUNTS)).toEqual({ vanished: 0, held: 0 })
      expect(await store.record('opportunity', 'o')).not.toBeNull()
    })
  })

  describe('mapping stored records again', () => {
    test('forgetting the cursor keeps the records', async () => {
      const { store } = await opened(open)
      await store.savePage(page(ACCOUNTS, [present('a', ROOT)]))
      await store.forgetCursor(ACCOUNTS)
      expect(await store.readState(ACCOUNTS)).toBeNull()
      expect(await contents(store)).toEqual({ 'account:a': ['account a'] })
    })

    test('raw records come by id, without deleted ones, rejected ones included', async () => {
      const { store } = await opened(open)
      await store.savePage(page(ACCOUNTS, [present('b', ROOT, 'é😀'), unmappable('a'), present('c', ROOT)]))
      await store.savePage(page(OPPORTUNITIES, [present('o', ROOT)]))
      await store.savePage(page(ACCOUNTS, [gone('c')]))
      expect(await all(store.rawRecords(ACCOUNTS))).toEqual([
        { id: 'a', changedAt: '2026-11-22T10:00:00.000Z', fields: '{}' },
        { id: 'b', changedAt: '2026-11-22T10:00:00.000Z', fields: '{"text":"é😀"}' },
      ])
    })

    test('has the effects of a page, without touching raw or cursor', async () => {
      const { store } = await opened(open)
      await store.savePage(page(ACCOUNTS, [present('a', ROOT), present('b', ROOT), unmappable('c')]))
      await settleDirt(store)
      const body = (id: string, text: string) => ({ at: 0, place: ROOT, body: JSON.stringify({ id, text }) })
      const counts = await store.saveRemapped(ACCOUNTS, 'mapping-2', [
        { id: 'a', record: body('a', 'anew'), rejections: [] },
        { id: 'b', record: body('b', ''), rejections: [] },
        { id: 'c', record: body('c', ''), rejections: [] },
        { id: 'nobody', record: body('nobody', ''), rejections: [] },
      ])
      expect(counts).toEqual({ read: 4, stored: 2, unchanged: 2, rejected: 0, deleted: 0 })
      expect(await dirty(store)).toEqual(['account:a', 'account:c'])
      expect(await store.rawRecord('account', 'a')).toMatchObject({ fields: '{"text":""}', state: 'mapped' })
      expect((await store.readState(ACCOUNTS))?.cursor).toBe('cursor-1')
      expect(await store.record('account', 'nobody')).toBeNull()
      expect(await all(store.rejections())).toEqual([])
    })

    test('the mapping of a stream is the one that all its live records were mapped with', async () => {
      const { store } = await opened(open)
      const remap = (id: string) =>
        store.saveRemapped(ACCOUNTS, 'mapping-2', [{ id, record: { at: 0, place: ROOT, body: '{}' }, rejections: [] }])
      const mapping = async () => (await store.readState(ACCOUNTS))?.mapping
      await store.savePage(page(ACCOUNTS, [present('a', ROOT), present('b', ROOT), gone('c')]))
      await remap('a')
      expect(await mapping()).toBe('mapping-1+mapping-2')
      await remap('b')
      expect(await mapping()).toBe('mapping-2')
      await store.savePage(page(ACCOUNTS, [present('d', ROOT)], { mapping: 'mapping-3' }))
      expect(await mapping()).toBe('mapping-2+mapping-3')
      await store.savePage(page(ACCOUNTS, [gone('a'), gone('b')], { mapping: 'mapping-3' }))
      expect(await mapping()).toBe('mapping-3')
    })

    test('a stream nobody knows has nothing to map', async () => {
      const { store } = await opened(open)
      expect(await all(store.rawRecords(ACCOUNTS))).toEqual([])
      expect(await store.saveRemapped(ACCOUNTS, 'm', [])).toEqual(NONE)
    })
  })
}

function withBadValue(id: string): SavedEntry {
  return {
    ...present(id, ROOT),
    rejections: [{ field: 'seats', from: 'Seats__c', value: '01-May', code: 'not-a-number', reason: 'is no number' }],
  } as SavedEntry
}

import { expect, test } from 'vitest'
import { ACCOUNTS, all, contents, type OpenStore, opened, page, present, ROOT } from './opened.ts'

export function lifeContract(open: OpenStore): void {
  test('migrating twice changes nothing', async () => {
    const { store } = await opened(open)
    await store.savePage(page(ACCOUNTS, [present('a', ROOT)]))
    await store.migrate()
    expect(await contents(store)).toEqual({ 'account:a': ['account a'] })
  })

  test('an aborted signal keeps a migration from starting', async () => {
    const { store } = await opened(open)
    await expect(store.migrate({ signal: AbortSignal.abort(new Error('stop')) })).rejects.toThrow('stop')
  })

  test('what was saved is there when the store is opened again', async () => {
    const { store, another } = await opened(open)
    await store.savePage(page(ACCOUNTS, [present('a', ROOT)]))
    const second = await another()
    expect(await contents(second)).toEqual({ 'account:a': ['account a'] })
  })

  test('closing waits for the work in hand', async () => {
    const it = await opened(open)
    const saved = it.store.savePage(page(ACCOUNTS, [present('a', ROOT)]))
    const [counts] = await Promise.all([saved, it.store[Symbol.asyncDispose]()])
    expect(counts.stored).toBe(1)
  })

  test('closing twice does no harm', async () => {
    const { store } = await opened(open)
    await store[Symbol.asyncDispose]()
    await store[Symbol.asyncDispose]()
  })

  test('a closed store says so', async () => {
    const { store } = await opened(open)
    await store[Symbol.asyncDispose]()
    await expect(store.note('a')).rejects.toMatchObject({ code: 'store-closed' })
    await expect(all(store.dossiers('all'))).rejects.toMatchObject({ code: 'store-closed' })
  })

  test('a list that is left early holds nothing up', async () => {
    const { store } = await opened(open)
    await store.savePage(
      page(
        ACCOUNTS,
        Array.from({ length: 3000 }, (_, n) => present(`a${n}`, ROOT, 'x'.repeat(1000))),
      ),
    )
    for await (const first of store.dossiers('all')) {
      expect(first.length).toBeGreaterThan(0)
      break
    }
    await store.setNote('after', 'it')
    expect(await store.note('after')).toBe('it')
  })

  test('others write while a list is being read', async () => {
    const { store, another } = await opened(open)
    await store.savePage(
      page(
        ACCOUNTS,
        Array.from({ length: 3000 }, (_, n) => present(`a${n}`, ROOT, 'x'.repeat(1000))),
      ),
    )
    const second = await another()
    let pages = 0
    for await (const batch of store.rawRecords(ACCOUNTS)) {
      await second.saveRemapped(
        ACCOUNTS,
        'mapping-2',
        batch.map((raw) => ({ id: raw.id, record: { at: 0, place: ROOT, body: '{}' }, rejections: [] })),
      )
      pages += 1
    }
    expect(pages).toBeGreaterThan(1)
  })

  test('a small value is kept by name until it is set to nothing', async () => {
    const { store } = await opened(open)
    expect(await store.note('model')).toBeNull()
    await store.setNote('model', 'one')
    await store.setNote('model', 'two')
    expect(await store.note('model')).toBe('two')
    await store.setNote('model', null)
    expect(await store.note('model')).toBeNull()
  })
}

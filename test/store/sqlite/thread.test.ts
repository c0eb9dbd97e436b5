import { Worker } from 'node:worker_threads'
import { expect, onTestFinished, test, vi } from 'vitest'
import { ACCOUNTS, all, page, present, ROOT } from '../../contract/store/opened.ts'
import { ownFolder } from './folder.ts'

test('when the thread dies everything under way is rejected, and so is what comes after', async () => {
  const folder = ownFolder()
  const workers: Worker[] = []
  const post = vi.spyOn(Worker.prototype, 'postMessage').mockImplementation(function (this: Worker, ...args) {
    if (!workers.includes(this)) workers.push(this)
    return original.apply(this, args)
  })
  onTestFinished(() => post.mockRestore())
  const store = await folder.open()
  await store.migrate()
  const pending = [
    store.savePage(
      page(
        ACCOUNTS,
        Array.from({ length: 20_000 }, (_, n) => present(`a${n}`, ROOT)),
      ),
    ),
    store.dirtyCount(),
    all(store.dossiers('all')),
  ]
  const outcomes = Promise.allSettled(pending)
  await workers[0]?.terminate()
  for (const outcome of await outcomes) {
    expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'store-stopped', blame: 'us' } })
  }
  await expect(store.dirtyCount()).rejects.toMatchObject({ code: 'store-stopped' })
  await store[Symbol.asyncDispose]()
  // What it did was done whole or not at all.
  const again = await folder.open()
  expect([0, 20_000]).toContain(await again.dirtyCount())
})

const original = Worker.prototype.postMessage

test('the main thread goes on while the store works', async () => {
  const folder = ownFolder()
  const store = await folder.open()
  await store.migrate()
  let ticks = 0
  const timer = setInterval(() => {
    ticks += 1
  }, 1)
  await store.savePage(
    page(
      ACCOUNTS,
      Array.from({ length: 20_000 }, (_, n) => present(`a${n}`, ROOT, 'x'.repeat(200))),
    ),
  )
  clearInterval(timer)
  expect(ticks).toBeGreaterThan(5)
})

test('several stores in one process do not know of each other', async () => {
  const one = await ownFolder().open({ path: ':memory:' })
  const two = await ownFolder().open({ path: ':memory:' })
  await one.migrate()
  await two.migrate()
  await one.setNote('a', 'one')
  expect(await two.note('a')).toBeNull()
})

import { readFileSync, writeFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { Fault, formatFault } from '../../../src/platform/errors.ts'
import { faultFromWire, faultToWire, toFault } from '../../../src/store/sqlite/faults.ts'
import { ACCOUNTS, all, page, present, ROOT } from '../../contract/store/opened.ts'
import { ownFolder } from './folder.ts'

/** What a person reads, with this machine's path taken out. */
async function textOf(work: Promise<unknown>, path: string): Promise<string> {
  const fault = await work.then(
    () => undefined,
    (error: unknown) => error,
  )
  expect(fault).toBeInstanceOf(Fault)
  return formatFault(fault as Fault).replaceAll(path, 'boardsync.db')
}

test('a file that is no store is told from one that is damaged', async () => {
  const folder = ownFolder()
  writeFileSync(folder.path, 'Dear diary, this is no database. '.repeat(100))
  expect(await textOf(folder.open(), folder.path)).toMatchInlineSnapshot(`
    "store-corrupt: The store "boardsync.db" is no SQLite database (SQLite: file is not a database)
      Restore a backup of the file, or move it away and run sync: sources and boards are then read anew"
  `)
})

test('a store in a folder that is not there cannot be opened', async () => {
  const folder = ownFolder()
  const path = `${folder.path}/nowhere/boardsync.db`
  expect(await textOf(folder.open({ path }), path)).toMatchInlineSnapshot(`
    "store-unreadable: The store "boardsync.db" is not there or may not be opened by this user (SQLite: unable to open database file)
      Check that DATABASE_URL names the right file and that this user may use it"
  `)
})

test('a store that is only to be read is not made', async () => {
  const folder = ownFolder()
  expect(await textOf(folder.open({ readOnly: true }), folder.path)).toMatchInlineSnapshot(`
    "store-missing: There is no store at "boardsync.db"
      Run sync, which makes one, or set DATABASE_URL to the store you mean"
  `)
})

test('a store opened for reading only can be read and refuses to be written', async () => {
  const folder = ownFolder()
  await using store = await folder.open()
  await store.migrate()
  await store.savePage(page(ACCOUNTS, [present('a', ROOT)]))
  await using reader = await folder.open({ readOnly: true })
  await reader.migrate()
  expect(await all(reader.dossiers('dirty'))).toMatchObject([{ id: 'account:a' }])
  expect(await all(reader.dossiers({ ids: ['account:a'] }))).toMatchObject([{ id: 'account:a' }])
  expect(await all(reader.facts())).toEqual([])
  expect(await textOf(reader.setNote('a', 'b'), folder.path)).toMatchInlineSnapshot(`
    "store-read-only: The store "boardsync.db" was opened for reading only, or lies where this user may not write (SQLite: attempt to write a readonly database)
      Give this user the right to write to the file and its folder, then run again"
  `)
})

test('a store that another process goes on writing is busy: try later', async () => {
  const folder = ownFolder()
  await using store = await folder.open({ busyMs: 30 })
  await store.migrate()
  const other = new DatabaseSync(folder.path)
  other.exec('begin immediate')
  const saved = store.setNote('a', 'b')
  expect(await textOf(saved, folder.path)).toMatchInlineSnapshot(`
    "store-busy: The store "boardsync.db" is being written by another process, which did not finish in time (SQLite: database is locked)
      Run the command again when the other boardsync process has finished its step"
  `)
  await expect(saved).rejects.toMatchObject({ exit: 75 })
  other.exec('rollback')
  other.close()
  await store.setNote('a', 'b')
})

test('a full disk is told, and nothing of the change is kept', () => {
  const db = new DatabaseSync(':memory:')
  db.exec('create table a (b text); pragma max_page_count = 3')
  const full = errorOf(() => db.prepare('insert into a values (?)').run('x'.repeat(100_000)))
  expect(formatFault(toFault(full, 'boardsync.db'))).toMatchInlineSnapshot(`
    "store-full: The store "boardsync.db" has no room left to write; nothing of the last change was kept (SQLite: database or disk is full)
      Free disk space where the store lies, then run the command again"
  `)
})

test('a damaged store says how to go on', async () => {
  const folder = ownFolder()
  const store = await folder.open()
  await store.migrate()
  await store.savePage(
    page(
      ACCOUNTS,
      Array.from({ length: 500 }, (_, n) => present(`a${n}`, ROOT, 'x'.repeat(200))),
    ),
  )
  await store[Symbol.asyncDispose]()
  const bytes = readFileSync(folder.path)
  bytes.fill(0x5a, (bytes.length * 3) / 4)
  writeFileSync(folder.path, bytes)
  await using damaged = await folder.open()
  expect(await textOf(all(damaged.dossiers('all')), folder.path)).toMatchInlineSnapshot(`
    "store-corrupt: The store "boardsync.db" is damaged (SQLite: database disk image is malformed)
      Restore a backup of the file, or move it away and run sync: sources and boards are then read anew"
  `)
})

test('what SQLite throws without a code of ours is our own bug, with its cause', () => {
  const db = new DatabaseSync(':memory:')
  const fault = toFault(
    errorOf(() => db.exec('select nobody')),
    'boardsync.db',
  )
  expect(fault).toMatchObject({ code: 'store-failed', blame: 'us' })
  expect(fault.message).toBe('The store "boardsync.db" could not carry out a step: no such column: nobody')
  expect(fault.cause).toBeInstanceOf(Error)
})

test('a fault is the same on both sides of the thread', () => {
  const fault = new Fault('a-code', 'A message', {
    blame: 'remote',
    hint: 'Do this',
    retryAfterMs: 5,
    exit: 4,
    cause: new Error('the reason'),
  })
  const arrived = faultFromWire(structuredClone(faultToWire(fault)))
  expect(arrived).toBeInstanceOf(Fault)
  expect({ ...arrived }).toEqual({ ...fault })
  expect(arrived.message).toBe('A message')
  expect(String((arrived.cause as Error).message)).toContain('the reason')
  const bare = faultFromWire(structuredClone(faultToWire(new Fault('b', 'B', { blame: 'us' }))))
  expect(bare.hint).toBeUndefined()
  expect(bare.cause).toBeUndefined()
})

function errorOf(work: () => unknown): unknown {
  try {
    work()
  } catch (error) {
    return error
  }
  throw new Error('Nothing was thrown')
}

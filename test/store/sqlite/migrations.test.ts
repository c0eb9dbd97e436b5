import { existsSync, readFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { type Fault, formatFault } from '../../../src/platform/errors.ts'
import { MIGRATIONS, migrate, versionOf } from '../../../src/store/sqlite/migrations/migrate.ts'
import { all } from '../../contract/store/opened.ts'
import { ownFolder } from './folder.ts'

const FIRST = readFileSync(new URL('./version-1.sql', import.meta.url), 'utf8')

/** What tables and indexes a schema has, whatever its comments and spaces. */
function shapeOf(db: DatabaseSync): string[] {
  return db
    .prepare('select sql from sqlite_schema where sql is not null order by name')
    .all()
    .map((row) => String(row['sql']).replace(/--.*$/gm, '').replace(/\s+/g, ' '))
}

test('a store written by version 1 opens with everything it held', async () => {
  const folder = ownFolder()
  const old = new DatabaseSync(folder.path)
  old.exec(FIRST)
  old.close()
  await using store = await folder.open()
  await store.migrate()
  expect(await all(store.dossiers('dirty'))).toEqual([
    {
      id: 'account:001',
      mark: 3,
      facts: null,
      records: [
        { kind: 'account', id: '001', at: 5, body: '{"name":"Acme"}' },
        { kind: 'opportunity', id: '006', at: 7, body: '{"amount":100}' },
      ],
    },
  ])
  // Facts of version 1 were written in another form; a newer program derives all of them anew.
  expect(await all(store.facts())).toEqual([])
  expect(await store.wake(20_500)).toBe(1)
  expect(await all(store.totals())).toEqual([['won', 100]])
  expect(await store.readState({ source: 'salesforce', kind: 'account' })).toMatchObject({
    cursor: 'c',
    mapping: 'm1',
  })
  expect(await store.rawRecord('opportunity', '006')).toMatchObject({ fields: '{"Amount":"1.00"}' })
  expect(await store.ledgerEntry('deals', '006')).toMatchObject({ version: 4, itemId: '77', cells: '{"ARR":"1"}' })
  expect(await store.openRequests()).toMatchObject([
    { id: 'r1', state: 'sending', keys: [{ board: 'deals', key: '006' }] },
  ])
  expect(await store.desiredItems('deals', '006')).toEqual([
    { dossier: 'account:001', body: '{"key":"006"}', digest: 'd1' },
  ])
  expect(await store.desiredCount('deals')).toBe(1)
  expect(await store.claim('r2', [{ board: 'deals', key: 'new', version: 0 }])).toEqual([true])
  expect((await store.ledgerEntry('deals', 'new'))?.version).toBe(5)
})

test('what an older store knows to be merged is followed once its records are mapped again, for which the next pull sees a reason', async () => {
  const folder = ownFolder()
  const old = new DatabaseSync(folder.path)
  old.exec(FIRST)
  old.exec(`insert into raw (stream, id, state, changed_at, mapping, seen, rejections, merged_into, fields)
    select num, '009', 'deleted', '2026-01-01T00:00:00.000Z', 1, 0, 0, '001', '' from stream where kind = 'account'`)
  old.close()
  await using store = await folder.open()
  await store.migrate()
  expect(await all(store.survivors())).toEqual([{ kind: 'account', id: '009', survivor: '001' }])
  expect(await store.readState({ source: 'salesforce', kind: 'account' })).toMatchObject({
    mapping: 'm1 before merges',
  })
})

test('the first migration never changes: stores that it made are out there', () => {
  const fixture = new DatabaseSync(':memory:')
  fixture.exec(FIRST)
  const made = new DatabaseSync(':memory:')
  migrate(made, ':memory:', MIGRATIONS.slice(0, 1))
  expect(shapeOf(made)).toEqual(shapeOf(fixture))
})

test('a store from a newer program is refused, and says what to do', async () => {
  const folder = ownFolder()
  const newer = new DatabaseSync(folder.path)
  newer.exec(`pragma user_version = ${MIGRATIONS.length + 8}`)
  newer.close()
  await using store = await folder.open()
  const fault = await store.migrate().then(
    () => undefined,
    (error: Fault) => error,
  )
  expect(formatFault(fault as Fault).replaceAll(/\d+/g, 'N')).toMatchInlineSnapshot(`
    "store-too-new: The store is at version N and this program knows versions up to N
      Run the newer program, or restore the backup made before it migrated the store"
  `)
  expect(fault).toMatchObject({ blame: 'operator', exit: 1 })
  await expect(store.note('a')).rejects.toMatchObject({ code: 'store-too-new' })
})

test('a store that was not brought up to date says so', async () => {
  const folder = ownFolder()
  await using store = await folder.open()
  await expect(store.note('a')).rejects.toMatchObject({ code: 'store-not-migrated', blame: 'operator' })
})

test('before a store with data is migrated it is copied beside itself', () => {
  const folder = ownFolder()
  const db = new DatabaseSync(folder.path)
  migrate(db, folder.path, ['create table a (n integer)'])
  expect(existsSync(`${folder.path}.version-0.backup`)).toBe(false)
  db.exec('insert into a values (7)')
  migrate(db, folder.path, ['create table a (n integer)', 'drop table a', 'create table b (n integer)'])
  expect(versionOf(db)).toBe(3)
  db.close()
  const backup = new DatabaseSync(`${folder.path}.version-1.backup`, { readOnly: true })
  expect(versionOf(backup)).toBe(1)
  expect(backup.prepare('select n from a').all()).toEqual([{ n: 7 }])
  backup.close()
})

test('a migration that fails leaves the store as it was', () => {
  const db = new DatabaseSync(':memory:')
  migrate(db, ':memory:', ['create table a (n integer)'])
  expect(() => migrate(db, ':memory:', ['', 'create table b (n integer)', 'create table a (n integer)'])).toThrow()
  expect(versionOf(db)).toBe(1)
  expect(shapeOf(db)).toEqual(['CREATE TABLE a (n integer)'])
  migrate(db, ':memory:', ['', 'create table b (n integer)'])
  expect(versionOf(db)).toBe(2)
})

import { DatabaseSync } from 'node:sqlite'
import fc from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'
import { Connection } from '../../../src/store/sqlite/connection.ts'
import { openEngine } from '../../../src/store/sqlite/engine.ts'
import { toEntryColumns } from '../../../src/store/sqlite/entry-columns.ts'
import type { SavedEntry } from '../../../src/store/store.ts'
import { ACCOUNTS, gone, page, present, ROOT, unmappable } from '../../contract/store/opened.ts'
import { ownFolder } from './folder.ts'

const NORMAL = 1
const FULL = 2

function synchronous(connection: Connection): unknown {
  return connection.db.prepare('pragma synchronous').get()?.['synchronous']
}

test('the ledger’s writes are on the disk before they answer; bulk writes need not be', () => {
  const connection = new Connection({ path: ownFolder().path, readOnly: false, busyMs: 100 })
  onTestFinished(() => connection.close())
  expect(connection.db.prepare('pragma journal_mode').get()).toEqual({ journal_mode: 'wal' })
  expect(connection.write(() => synchronous(connection))).toBe(NORMAL)
  expect(connection.writeDurably(() => synchronous(connection))).toBe(FULL)
  expect(() =>
    connection.writeDurably(() => {
      throw new Error('undone')
    }),
  ).toThrow('undone')
  expect(synchronous(connection)).toBe(NORMAL)
})

test('every step of the outbox is written durably', () => {
  const folder = ownFolder()
  const engine = openEngine({ path: folder.path, readOnly: false, busyMs: 100 })
  onTestFinished(() => engine.close())
  engine.migrate()
  const seen: unknown[] = []
  const exec = DatabaseSync.prototype.exec
  DatabaseSync.prototype.exec = function (sql: string) {
    if (sql === 'commit') seen.push(this.prepare('pragma synchronous').get()?.['synchronous'])
    exec.call(this, sql)
  }
  onTestFinished(() => {
    DatabaseSync.prototype.exec = exec
  })
  const key = { board: 'deals', key: 'a' }
  const request = {
    id: 'r1',
    host: 'monday',
    state: 'sending',
    idempotencyKey: 'i',
    body: '{}',
    changes: '[]',
    keys: [key],
    sentAt: 1,
    run: 'run',
  } as const
  engine.call('claim', ['r1', [{ ...key, version: 0 }], 1])
  engine.call('markSending', [request])
  engine.call('settle', ['r1', [{ kind: 'release', ...key }]])
  engine.call('claim', ['r2', [{ ...key, version: 0 }], 1])
  engine.call('unclaim', ['r2'])
  engine.call('saveReread', ['deals', []])
  expect(seen).toEqual([FULL, FULL, FULL, FULL, FULL, FULL])
  engine.call('setNote', ['a', 'b'])
  expect(seen.at(-1)).toBe(NORMAL)
})

test('the counts that are kept equal what can be counted, after any pages', () => {
  const anEntry: fc.Arbitrary<SavedEntry> = fc
    .tuple(fc.constantFrom('a', 'b', 'c'), fc.constantFrom('x', 'y'), fc.nat(4))
    .map(([id, text, kind]) =>
      kind === 0
        ? gone(id)
        : kind === 1
          ? unmappable(id)
          : kind === 2
            ? ({
                ...present(id, ROOT, text),
                rejections: [{ field: 'seats', from: 'S', value: text, code: 'bad', reason: 'is bad' }],
              } as SavedEntry)
            : present(id, ROOT, text),
    )
  fc.assert(
    fc.property(fc.array(fc.array(anEntry, { maxLength: 5 }), { maxLength: 8 }), (pages) => {
      const path = ownFolder().path
      const engine = openEngine({ path, readOnly: false, busyMs: 100 })
      engine.migrate()
      pages.forEach((entries, n) => {
        const it = page(ACCOUNTS, entries, { snapshot: n % 3 === 2, mapping: `m${n % 2}` })
        const counts = engine.call('savePage', [{ ...it, columns: toEntryColumns(it.entries) }, 1])
        expect(counts.read).toBe(counts.stored + counts.unchanged + counts.rejected + counts.deleted)
        if (n % 3 === 2) engine.call('finishSnapshot', [ACCOUNTS, undefined])
      })
      const [kept] = engine.call('streamCounts', [])
      engine.close()
      const db = new DatabaseSync(path)
      const one = (sql: string) => Number(Object.values(db.prepare(sql).get() ?? {})[0])
      for (const state of ['mapped', 'rejected', 'deleted'] as const) {
        expect(kept?.[state] ?? 0).toBe(one(`select count(*) from raw where state = '${state}'`))
      }
      expect(kept?.rejectedValues ?? 0).toBe(one(`select count(*) from rejection where field <> ''`))
      expect(one('select coalesce(max(seen), 0) from stream')).toBe(
        one(
          `select count(*) from raw join stream on stream.num = raw.stream and raw.seen = snapshot_num where state <> 'deleted'`,
        ),
      )
      expect(one('select count(*) from place')).toBe(kept?.mapped ?? 0)
      expect(one('select count(*) from record')).toBe(kept?.mapped ?? 0)
      expect(
        one(`select count(*) from stream_mapping m where records <>
               (select count(*) from raw where raw.mapping = m.mapping and raw.stream = m.stream and state <> 'deleted')`),
      ).toBe(0)
      db.close()
    }),
    { numRuns: 40 },
  )
})

import { afterEach, describe, expect, test } from 'vitest'
import type { Fault } from '../../src/platform/errors.ts'
import {
  type Cursor,
  type FieldValue,
  OBJECT_ABSENT,
  type Page,
  type Source,
  type SourceRecord,
} from '../../src/source/source.ts'

/** One source with one object that the suite may change, opened empty for each test. */
export interface SourceHarness extends AsyncDisposable {
  readonly source: Source
  readonly object: string
  /** Two fields that hold text. */
  readonly fields: readonly [string, string]
  /** Creates or changes records, by keys of the suite's own; resolves when a reader can see it. */
  put(records: Readonly<Record<string, readonly [FieldValue, FieldValue]>>): Promise<void>
  remove(key: string): Promise<void>
  /** How many records a page holds at most. */
  readonly pageSize: number
  /** What the source still holds open (connections, files); 0 when everything was released. */
  held(): number
}

type Present = Extract<SourceRecord, { kind: 'present' }>

/** What a store makes of pages: the plainest one. */
class Replica {
  readonly records = new Map<string, Present>()
  cursor: Cursor | null = null
  #seen: Set<string> | null = null

  /** Saves one page and its cursor; `isLast` ends the read. */
  save(page: Page, isLast: boolean): void {
    // An empty page that is no snapshot: what a broken-off read contained no longer counts.
    if (page.snapshot) this.#seen ??= new Set()
    else this.#seen = null
    for (const record of page.records) {
      if (record.kind === 'present') {
        this.records.set(record.id, record)
        this.#seen?.add(record.id)
      } else this.records.delete(record.id)
    }
    this.cursor = page.cursor
    if (!isLast || this.#seen === null) return
    for (const id of [...this.records.keys()]) if (!this.#seen.has(id)) this.records.delete(id)
    this.#seen = null
  }

  /** The values of all records, in an order of their own. */
  values(): string[] {
    return [...this.records.values()].map((record) => Object.values(record.fields).join('/')).sort()
  }
}

/** What every source must do, whatever it reads from. */
export function sourceContract(name: string, open: () => Promise<SourceHarness>): void {
  describe(`${name} keeps the source contract`, () => {
    let opened: SourceHarness | null = null
    const start = async () => {
      opened = await open()
      return opened
    }
    afterEach(async () => {
      const held = opened?.held() ?? 0
      await opened?.[Symbol.asyncDispose]()
      opened = null
      expect(held, 'still held open after the test').toBe(0)
    })

    test('a first read hands over everything, as a snapshot from its first page to its last', async () => {
      const harness = await start()
      await harness.put(numbered(harness.pageSize * 2 + 1))
      const pages = await allPages(harness, null)
      expect(pages.length).toBeGreaterThan(2)
      expect(pages.every((page) => page.snapshot)).toBe(true)
      expect(saved(pages).values()).toEqual(valuesOf(numbered(harness.pageSize * 2 + 1)))
    })

    test('the cursor after the last page is where the next read starts', async () => {
      const harness = await start()
      await harness.put({ a: ['1', 'x'], b: ['2', 'x'] })
      const replica = await sync(harness, new Replica())
      await harness.put({ a: ['1', 'changed'], c: ['3', 'x'] })
      await sync(harness, replica)
      expect(replica.values()).toEqual(['1/changed', '2/x', '3/x'])
    })

    test('a read with nothing changed underneath changes nothing and says so with at least one page', async () => {
      const harness = await start()
      await harness.put({ a: ['1', 'x'], b: ['2', 'x'] })
      const replica = await sync(harness, new Replica())
      const before = new Map(replica.records)
      const pages = await allPages(harness, replica.cursor)
      expect(pages.length).toBe(1)
      expect(pages.every((page) => !page.snapshot)).toBe(true)
      expect(pages.reduce((sum, page) => sum + page.requests, 0)).toBeLessThanOrEqual(3)
      for (const page of pages) replica.save(page, true)
      expect(replica.records).toEqual(before)
    })

    test('deletes arrive', async () => {
      const harness = await start()
      await harness.put({ a: ['1', 'x'], b: ['2', 'x'], c: ['3', 'x'] })
      const replica = await sync(harness, new Replica())
      await harness.remove('b')
      await sync(harness, replica)
      expect(replica.values()).toEqual(['1/x', '3/x'])
    })

    test('a read goes on from the cursor of any page, with nothing lost', async () => {
      const harness = await start()
      await harness.put(numbered(harness.pageSize * 3))
      const whole = await allPages(harness, null)
      for (let kept = 1; kept < whole.length; kept += 1) {
        const replica = new Replica()
        let taken = 0
        for await (const page of read(harness, null)) {
          replica.save(page, false)
          taken += 1
          if (taken === kept) break
        }
        const rest = await allPages(harness, replica.cursor)
        expect(rest.every((page) => page.snapshot)).toBe(true)
        saveAll(replica, rest)
        expect(replica.values()).toEqual(valuesOf(numbered(harness.pageSize * 3)))
      }
    })

    test('changes between a page and its resumption arrive, at the latest with the next read', async () => {
      const harness = await start()
      await harness.put(numbered(harness.pageSize * 2 + 1))
      const replica = new Replica()
      for await (const page of read(harness, null)) {
        replica.save(page, false)
        break
      }
      await harness.put({ 'k-0': ['0', 'changed'], new: ['new', 'x'] })
      await harness.remove('k-1')
      await sync(harness, replica)
      await sync(harness, replica)
      const { 'k-0': _, 'k-1': __, ...others } = numbered(harness.pageSize * 2 + 1)
      expect(replica.values()).toEqual(valuesOf({ ...others, 'k-0': ['0', 'changed'], new: ['new', 'x'] }))
    })

    test('reading twice from one cursor gives the same', async () => {
      const harness = await start()
      await harness.put(numbered(harness.pageSize + 1))
      const replica = await sync(harness, new Replica())
      await harness.put({ 'k-0': ['0', 'changed'] })
      await harness.remove('k-1')
      const once = await allPages(harness, replica.cursor)
      const twice = await allPages(harness, replica.cursor)
      expect(twice.map((page) => page.records)).toEqual(once.map((page) => page.records))
    })

    test('stopping early releases everything', async () => {
      const harness = await start()
      await harness.put(numbered(harness.pageSize * 3))
      for await (const _ of read(harness, null)) break
      expect(harness.held()).toBe(0)
    })

    test("aborting rejects with the signal's reason", async () => {
      const harness = await start()
      await harness.put(numbered(harness.pageSize * 3))
      const stop = new AbortController()
      const reason = new Error('enough')
      const pages = harness.source.read(requestOf(harness, null), { signal: stop.signal })[Symbol.asyncIterator]()
      await pages.next()
      stop.abort(reason)
      await expect(pages.next()).rejects.toBe(reason)
    })

    test('ids are unique within a read, stamps are instants, values are in the one form', async () => {
      const harness = await start()
      await harness.put({ a: ['1', 'x'], b: ['2', null] })
      const records = (await allPages(harness, null)).flatMap((page) => page.records)
      expect(new Set(records.map((record) => record.id)).size).toBe(records.length)
      for (const record of records) {
        expect(record.changedAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
        if (record.kind === 'deleted') continue
        expect(Object.keys(record.fields).sort()).toEqual([...harness.fields].sort())
      }
      const second = records.map((record) => (record.kind === 'present' ? record.fields[harness.fields[1]] : undefined))
      expect(second.sort()).toEqual(['x', null].sort())
    })

    test('describe tells the fields that are there, those asked for in their order, and leaves out what is not', async () => {
      const harness = await start()
      await harness.put({ a: ['1', 'x'] })
      const { object, fields, source } = harness
      const described = await source.describe({ object, fields: [fields[1], 'NoSuchField', fields[0]] })
      expect(described.asked.map((field) => field.name)).toEqual([fields[1], fields[0]])
      expect(described.asked.every((field) => field.stamped && field.type !== '')).toBe(true)
      expect(described.fields.map((field) => field.name)).toEqual(expect.arrayContaining([...fields]))
      const fault = await source.describe({ object: 'NoSuchObject', fields: [] }).catch((error: unknown) => error)
      expect((fault as Fault).message).toContain('NoSuchObject')
      expect(OBJECT_ABSENT).toContain((fault as Fault).code)
    })

    test('records by id come back whole, each once, and those that are not there as deleted', async () => {
      const harness = await start()
      await harness.put(numbered(harness.pageSize + 2))
      const all = (await allPages(harness, null)).flatMap((page) => page.records) as Present[]
      await harness.remove('k-1')
      const ids = [...all.map((record) => record.id), all[0]?.id ?? '']
      const byId: SourceRecord[] = []
      const { object, fields, source } = harness
      for await (const { records } of source.readByIds({ object, fields, where: null, ids })) byId.push(...records)
      expect(byId.map((record) => record.id).sort()).toEqual(all.map((record) => record.id).sort())
      const present = byId.filter((record) => record.kind === 'present')
      expect(present.map((record) => record.fields)).toEqual(
        expect.arrayContaining(all.map((record) => record.fields).filter((values) => values[fields[0]] !== '1')),
      )
      expect(byId.length - present.length).toBe(1)
    })

    test('check reports every problem rather than stopping at the first, and none where there is none', async () => {
      const harness = await start()
      await harness.put({ a: ['1', 'x'] })
      const { object, fields, source } = harness
      const problems = await source.check([
        { object: 'NoSuchObject', fields: [] },
        { object, fields: [fields[0], 'NoSuchField', 'NorThisOne'] },
      ])
      const errors = problems.filter((problem) => problem.level === 'error')
      expect(errors.map((problem) => problem.object)).toEqual(['NoSuchObject', object, object])
      expect(errors.map((problem) => problem.field)).toEqual([undefined, 'NoSuchField', 'NorThisOne'])
      const fine = await source.check([{ object, fields }])
      expect(fine.filter((problem) => problem.level === 'error')).toEqual([])
    })
  })
}

function numbered(count: number): Record<string, [string, string]> {
  return Object.fromEntries(Array.from({ length: count }, (_, i) => [`k-${i}`, [String(i), 'x']]))
}

function valuesOf(records: Readonly<Record<string, readonly FieldValue[]>>): string[] {
  return Object.values(records)
    .map((values) => values.join('/'))
    .sort()
}

function requestOf(harness: SourceHarness, after: Cursor | null) {
  return { object: harness.object, fields: harness.fields, where: null, after }
}

function read(harness: SourceHarness, after: Cursor | null): AsyncIterable<Page> {
  return harness.source.read(requestOf(harness, after))
}

async function allPages(harness: SourceHarness, after: Cursor | null): Promise<Page[]> {
  const pages: Page[] = []
  for await (const page of read(harness, after)) pages.push(page)
  return pages
}

function saved(pages: readonly Page[]): Replica {
  const replica = new Replica()
  saveAll(replica, pages)
  return replica
}

function saveAll(replica: Replica, pages: readonly Page[]): void {
  pages.forEach((page, i) => {
    replica.save(page, i === pages.length - 1)
  })
}

async function sync(harness: SourceHarness, replica: Replica): Promise<Replica> {
  saveAll(replica, await allPages(harness, replica.cursor))
  return replica
}

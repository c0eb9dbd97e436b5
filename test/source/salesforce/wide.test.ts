import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { deleteRecord, updateRecord } from '../../../src/sandbox/salesforce/records.ts'
import { partsOf, roomOf } from '../../../src/source/salesforce/columns.ts'
import type { Page, SourceRecord } from '../../../src/source/source.ts'
import { cursorOf, jobsMade, type Meddler, MINUTE, type Opened, open, pagesOf } from './simulated-org.ts'

describe('columns', () => {
  const columns = ['Id', 'Stamp', 'A__c', 'B__c', 'C__c', 'D__c']

  test('that fit into one address are one part, in their order', () => {
    expect(partsOf(columns, ['Id', 'Stamp'], { first: roomOf(columns), others: 0 })).toEqual([columns])
  })

  test('that do not are as few parts as there is room for, each with what tells records apart', () => {
    const room = { first: roomOf(['Id', 'Stamp', 'A__c', 'B__c']), others: roomOf(['Id', 'Stamp', 'C__c']) }
    expect(partsOf(columns, ['Id', 'Stamp'], room)).toEqual([
      ['Id', 'Stamp', 'A__c', 'B__c'],
      ['Id', 'Stamp', 'C__c'],
      ['Id', 'Stamp', 'D__c'],
    ])
  })
})

const FIELD_COUNT = 800
const ROWS = 5
const names = Array.from({ length: FIELD_COUNT }, (_, i) => `Some_Custom_Field_${i}__c`)
const fields = ['Name', ...names]
const OBJECT = 'Deal__c'
const idOf = (i: number) => `a00000000000${String(i).padStart(3, '0')}AAA`

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'boardsync-wide-'))
  const header = ['Id', 'Name', 'SystemModstamp', 'IsDeleted', ...names].join(',')
  const rows = Array.from({ length: ROWS }, (_, i) => {
    const cells = names.map((_name, n) => `v${i}-${n}`)
    return [idOf(i), `Deal ${i}`, '2026-11-20T00:00:00.000Z', 'false', ...cells].join(',')
  })
  writeFileSync(path.join(folder, `${OBJECT}.csv`), [header, ...rows].join('\n'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const REST = { bulk: { fromRecords: 1000 } }
const openWide = (more: Parameters<typeof open>[0] = REST, meddle: Meddler = () => null) =>
  open(more, { data: folder }, meddle)

const recordsOf = (pages: readonly Page[]) => pages.flatMap((page) => page.records)
const request = { object: OBJECT, fields }
const byId = (records: readonly SourceRecord[]) => Object.fromEntries(records.map((record) => [record.id, record]))

/** Every field of a record as it was loaded. */
function loaded(i: number) {
  return { Name: `Deal ${i}`, ...Object.fromEntries(names.map((name, n) => [name, `v${i}-${n}`])) }
}

function change({ sandbox }: Opened, i: number, name: string, value: string): void {
  updateRecord(sandbox.org, OBJECT, idOf(i), { [name]: value })
}

describe('an object of 800 custom fields', () => {
  test('is read whole over REST in addresses that Salesforce takes, all parts of a record joined', async () => {
    const lengths: number[] = []
    await using opened = await openWide(REST, (soql) => {
      lengths.push(encodeURIComponent(soql).length)
      return null
    })
    const pages = await pagesOf(opened.source, request)
    expect(recordsOf(pages)).toHaveLength(ROWS)
    for (const [i, record] of recordsOf(pages).entries()) {
      expect(record).toMatchObject({ kind: 'present', id: idOf(i) })
      expect(record.kind === 'present' && record.fields).toEqual(loaded(i))
    }
    expect(Math.max(...lengths)).toBeLessThanOrEqual(14_000)
    expect(pages.every((page) => page.snapshot)).toBe(true)
  })

  test('is read in bulk with one query, when there are many records', async () => {
    await using opened = await openWide({ bulk: { fromRecords: 5 } })
    const inBulk = recordsOf(await pagesOf(opened.source, request))
    expect(jobsMade(opened)).toBe(1)
    const overRest = recordsOf(await pagesOf(opened.again(REST), request))
    expect(byId(inBulk)).toEqual(byId(overRest))
  })

  test('is read right in changes, deletes among them, and by id', async () => {
    await using opened = await openWide()
    const whole = await pagesOf(opened.source, request)
    const last = names.at(-1) ?? ''
    change(opened, 2, last, 'changed')
    deleteRecord(opened.sandbox.org, OBJECT, idOf(3))
    opened.sandbox.engine.clock.advance(3 * MINUTE)
    const changes = byId(recordsOf(await pagesOf(opened.source, { ...request, after: cursorOf(whole) })))
    expect(Object.keys(changes).sort()).toEqual([idOf(2), idOf(3)])
    expect(changes[idOf(2)]).toMatchObject({ kind: 'present', fields: { ...loaded(2), [last]: 'changed' } })
    expect(changes[idOf(3)]).toMatchObject({ kind: 'deleted' })
    const asked = { ...request, where: null, ids: [idOf(1), idOf(2), idOf(3)] }
    const found: SourceRecord[] = []
    for await (const { records } of opened.source.readByIds(asked)) found.push(...records)
    expect(byId(found)).toMatchObject({
      [idOf(1)]: { kind: 'present', fields: loaded(1) },
      [idOf(2)]: { kind: 'present', fields: { ...loaded(2), [last]: 'changed' } },
      [idOf(3)]: { kind: 'deleted' },
    })
  })

  /** Does something once, before the second part of a page is read. */
  function between(act: () => void): Meddler {
    let isDone = false
    return (soql) => {
      if (isDone || !soql.includes(' Id IN (')) return null
      isDone = true
      act()
      return null
    }
  }

  test('a record that changes between its parts is asked for again: no record is of two times', async () => {
    let touch = () => {}
    await using opened = await openWide(
      REST,
      between(() => touch()),
    )
    const [first = '', last = ''] = [names[0], names.at(-1)]
    touch = () => {
      opened.sandbox.engine.clock.advance(MINUTE)
      updateRecord(opened.sandbox.org, OBJECT, idOf(1), { [first]: 'new', [last]: 'new' })
    }
    const records = byId(recordsOf(await pagesOf(opened.source, request)))
    expect(records[idOf(1)]).toMatchObject({ kind: 'present', fields: { ...loaded(1), [first]: 'new', [last]: 'new' } })
    expect(Object.keys(records)).toHaveLength(ROWS)
  })

  test('a record that is deleted between its parts is left out of everything', async () => {
    let touch = () => {}
    await using opened = await openWide(
      REST,
      between(() => touch()),
    )
    touch = () => deleteRecord(opened.sandbox.org, OBJECT, idOf(1))
    const records = byId(recordsOf(await pagesOf(opened.source, request)))
    expect(Object.keys(records)).toHaveLength(ROWS - 1)
    expect(records[idOf(1)]).toBeUndefined()
  })

  test('records that change each time their parts are read end the read with a fault that says so', async () => {
    let touch = () => {}
    await using opened = await openWide(REST, (soql) => {
      if (soql.includes(' Id IN (')) touch()
      return null
    })
    let i = 0
    touch = () => {
      opened.sandbox.engine.clock.advance(MINUTE)
      change(opened, 1, names[0] ?? '', `again ${i++}`)
    }
    await expect(pagesOf(opened.source, request)).rejects.toMatchObject({ code: 'salesforce-record-unsteady', exit: 1 })
  })
})

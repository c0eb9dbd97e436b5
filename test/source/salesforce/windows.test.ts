import { describe, expect, test } from 'vitest'
import type { HttpAnswer } from '../../../src/platform/http.ts'
import { deleteRecord, mergeRecords, updateRecord } from '../../../src/sandbox/salesforce/records.ts'
import { Windows } from '../../../src/source/salesforce/windows.ts'
import type { Page } from '../../../src/source/source.ts'
import {
  addAccounts,
  addFault,
  cursorOf,
  jobsLeft,
  jobsMade,
  type Meddler,
  MINUTE,
  type Opened,
  open,
  pagesAndFault,
  pagesOf,
  read,
  requestsOf,
  said,
} from './simulated-org.ts'

describe('windows of time', () => {
  test('take all that is left at first, and halves of it down to one second when that is too much', () => {
    const windows = new Windows()
    expect(windows.until).toBeNull()
    const ends: (number | null)[] = []
    while (windows.halve(0, 10_000)) ends.push(windows.until)
    expect(ends).toEqual([5000, 2000, 1000])
    expect(windows.halve(0, 10_000)).toBe(false)
  })

  test('double after two in a row that were read, and take all that is left in the end', () => {
    const windows = new Windows()
    windows.halve(0, 20_000)
    windows.halve(0, 20_000)
    windows.halve(0, 20_000)
    const ends = [windows.until]
    for (let i = 0; i < 5; i += 1) {
      windows.next(20_000)
      ends.push(windows.until)
    }
    expect(ends).toEqual([2000, 4000, 8000, 12_000, null, null])
  })
})

const TIMEOUT: HttpAnswer = {
  status: 400,
  headers: {},
  body: JSON.stringify([{ errorCode: 'QUERY_TIMEOUT', message: 'Your query request was running for too long.' }]),
  ms: 1,
}

/** An org that gives up on a query of changes that reaches over more than `ms`. */
function slowFor(ms: number) {
  const org = { refused: 0, now: () => 0 }
  const meddle: Meddler = (soql, request) => {
    if (!request.url.endsWith('/queryAll')) return null
    const from = /SystemModstamp >=? (\S+?)[\s)]/.exec(soql)?.[1] ?? ''
    const until = /SystemModstamp < (\S+)/.exec(soql)?.[1] ?? new Date(org.now()).toISOString()
    if (Date.parse(until) - Date.parse(from) <= ms) return null
    org.refused += 1
    return TIMEOUT
  }
  return { org, meddle }
}

/** Accounts that were read, and changed since, two minutes apart but for three in one second. */
async function changed(opened: Opened, count = 10) {
  const { org, engine } = opened.sandbox
  const ids = addAccounts(opened, count)
  const whole = await pagesOf(opened.source)
  for (const [i, id] of ids.entries()) {
    if (i < 2 || i > 4) engine.clock.advance(2 * MINUTE)
    updateRecord(org, 'Account', id, { Name: `New ${i}` })
  }
  engine.clock.advance(3 * MINUTE)
  opened.asked.length = 0
  opened.lines.length = 0
  return { ids, cursor: cursorOf(whole) }
}

const REST = { bulk: { fromRecords: 1000 } }
const recordsOf = (pages: readonly Page[]) => pages.flatMap((page) => page.records)
const namesOf = (pages: readonly Page[]) =>
  recordsOf(pages).map((record) => (record.kind === 'present' ? record.fields['Name'] : record.kind))
const named = (count: number) => Array.from({ length: count }, (_, i) => `New ${i}`)

describe('changes that are too much at once', () => {
  for (const minutes of [1, 5, 10]) {
    test(`are read in windows that Salesforce serves (${minutes} min), none missing or twice`, async () => {
      const { org, meddle } = slowFor(minutes * MINUTE)
      await using opened = await open(REST, {}, meddle)
      const { cursor } = await changed(opened)
      org.now = () => opened.sandbox.engine.clock.now()
      const pages = await pagesOf(opened.source, { after: cursor })
      expect(org.refused).toBeGreaterThan(0)
      expect(namesOf(pages)).toEqual(named(10))
      expect(await pagesOf(opened.source, { after: cursorOf(pages) })).toMatchObject([{ records: [] }])
    })
  }

  test('go on from the cursor of any page, none missing', async () => {
    const { org, meddle } = slowFor(5 * MINUTE)
    await using opened = await open(REST, {}, meddle)
    const { cursor } = await changed(opened)
    org.now = () => opened.sandbox.engine.clock.now()
    const whole = await pagesOf(opened.source, { after: cursor })
    expect(whole.length).toBeGreaterThan(3)
    for (const [i, page] of whole.entries()) {
      const rest = await pagesOf(opened.again(), { after: page.cursor })
      expect(namesOf([...whole.slice(0, i + 1), ...rest])).toEqual(named(10))
    }
  })

  test('are read in a smaller window when a later page is too much', async () => {
    await using opened = await open(REST)
    const { cursor } = await changed(opened)
    addFault(opened, 'queryMore', { nth: 2, times: 2, action: 'error', with: { code: 'QUERY_TIMEOUT' } })
    expect(namesOf(await pagesOf(opened.source, { after: cursor }))).toEqual(named(10))
    expect(said(opened)).toContain('too much at once; reading a smaller window of time')
  })

  test('end the read with a fault that says so when not even one second is served; the cursor stays where it is', async () => {
    const { org, meddle } = slowFor(500)
    await using opened = await open(REST, {}, meddle)
    const { cursor } = await changed(opened)
    org.now = () => opened.sandbox.engine.clock.now()
    const { pages, fault } = await pagesAndFault(opened.source, { after: cursor })
    expect([pages, fault]).toMatchObject([[], { code: 'salesforce-changes-too-much', exit: 1 }])
    expect(String(fault)).toContain('Salesforce gives no changes of Account, not even those of one second')
  })
})

describe('so many changes that a Bulk job pays', () => {
  /** Twelve changed, of which two are gone: more than twice five. */
  async function manyChanged(opened: Opened) {
    const { ids, cursor } = await changed(opened, 12)
    const { org, engine } = opened.sandbox
    deleteRecord(org, 'Account', ids[3] ?? '')
    mergeRecords(org, 'Account', ids[4] ?? '', ids[5] ?? '')
    engine.clock.advance(3 * MINUTE)
    return { ids, cursor }
  }

  /** What a store holds of them in the end, by id. */
  const heldOf = (pages: readonly Page[]) => Object.fromEntries(recordsOf(pages).map((record) => [record.id, record]))

  test('are read by one, deleted and merged records with them, and are what REST gives to the byte', async () => {
    await using opened = await open()
    const { ids, cursor } = await manyChanged(opened)
    const inBulk = await pagesOf(opened.source, { after: cursor })
    expect([jobsMade(opened), await jobsLeft(opened)]).toEqual([1, 0])
    expect(inBulk.every((page) => !page.snapshot)).toBe(true)
    const overRest = await pagesOf(opened.again(REST), { after: cursor })
    expect(jobsMade(opened)).toBe(1)
    expect(heldOf(inBulk)).toEqual(heldOf(overRest))
    expect(heldOf(inBulk)[ids[3] ?? '']).toMatchObject({ kind: 'deleted' })
    expect(heldOf(inBulk)[ids[5] ?? '']).toMatchObject({ kind: 'deleted', mergedInto: ids[4] })
  })

  test('go on after any page with the same job, and what changed meanwhile is read by the next read', async () => {
    for (let kept = 1; ; kept += 1) {
      await using opened = await open()
      const { ids, cursor } = await manyChanged(opened)
      const pages: Page[] = []
      for await (const page of read(opened.source, { after: cursor })) {
        pages.push(page)
        if (pages.length === kept) break
      }
      if (pages.length < kept) break
      updateRecord(opened.sandbox.org, 'Account', ids[0] ?? '', { Name: 'Later' })
      deleteRecord(opened.sandbox.org, 'Account', ids[1] ?? '')
      opened.sandbox.engine.clock.advance(3 * MINUTE)
      pages.push(...(await pagesOf(opened.again(), { after: cursorOf(pages) })))
      pages.push(...(await pagesOf(opened.again(), { after: cursorOf(pages) })))
      const records = heldOf(pages)
      expect(Object.keys(records).sort(), `kept ${kept}`).toEqual([...ids].sort())
      expect(records[ids[0] ?? '']).toMatchObject({ fields: { Name: 'Later' } })
      expect(records[ids[1] ?? '']).toMatchObject({ kind: 'deleted' })
      expect([jobsMade(opened), await jobsLeft(opened)]).toEqual([1, 0])
    }
  })

  test('are read with a condition: a record that no longer meets it is gone', async () => {
    await using opened = await open()
    const where = "Name LIKE 'Account%' OR Name = 'New 7'"
    const ids = addAccounts(opened, 12)
    const whole = await pagesOf(opened.source, { where })
    for (const [i, id] of ids.entries()) updateRecord(opened.sandbox.org, 'Account', id, { Name: `New ${i}` })
    opened.sandbox.engine.clock.advance(3 * MINUTE)
    opened.lines.length = 0
    const pages = await pagesOf(opened.source, { where, after: cursorOf(whole) })
    expect(jobsMade(opened)).toBe(1)
    const present = recordsOf(pages).filter((record) => record.kind === 'present')
    expect([present.map((record) => record.id), recordsOf(pages).length]).toEqual([[ids[7]], 12])
  })

  test('are read over REST when Bulk refuses or fails, from where the last read ended', async () => {
    for (const [operation, jobs] of [
      ['bulkCreate', 0],
      ['bulkJob', 2],
    ] as const) {
      await using opened = await open()
      const { ids, cursor } = await manyChanged(opened)
      addFault(opened, operation, { action: 'error', with: { code: 'ExceededQuota' } })
      const pages = await pagesOf(opened.source, { after: cursor })
      expect(Object.keys(heldOf(pages)).sort()).toEqual([...ids].sort())
      expect([jobsMade(opened), await jobsLeft(opened)]).toEqual([jobs, 0])
      expect(pages.every((page) => !page.snapshot)).toBe(true)
    }
  })

  test('of other fields than those of the job under way: the job is deleted and another one made', async () => {
    await using opened = await open()
    const { ids, cursor } = await manyChanged(opened)
    const pages: Page[] = []
    for await (const page of read(opened.source, { after: cursor })) {
      pages.push(page)
      if (pages.length === 2) break
    }
    const rest = await pagesOf(opened.source, { fields: ['Name'], after: cursorOf(pages) })
    expect(Object.keys(heldOf(rest)).sort()).toEqual([...ids].sort())
    expect([jobsMade(opened), await jobsLeft(opened)]).toEqual([2, 0])
    expect(rest.every((page) => !page.snapshot)).toBe(true)
  })
})

test('ten changed records of a large object take no job, and three requests', async () => {
  await using opened = await open({ bulk: { fromRecords: 50, maxRecords: 40 } })
  opened.sandbox.engine.limits.set('salesforce.queryPageRows', 2000)
  const ids = addAccounts(opened, 200)
  const whole = await pagesOf(opened.source)
  for (const id of ids.slice(0, 10)) updateRecord(opened.sandbox.org, 'Account', id, { Name: 'New' })
  opened.sandbox.engine.clock.advance(3 * MINUTE)
  opened.lines.length = 0
  opened.asked.length = 0
  const pages = await pagesOf(opened.again(), { after: cursorOf(whole) })
  expect([recordsOf(pages).length, jobsMade(opened), requestsOf(pages)]).toEqual([10, 0, 3])
  // Beside them a token, and what Owner is.
  expect(opened.asked).toHaveLength(5)
})

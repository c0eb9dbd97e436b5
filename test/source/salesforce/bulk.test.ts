import fc from 'fast-check'
import nock from 'nock'
import { afterEach, describe, expect, test } from 'vitest'
import type { FaultRule } from '../../../src/sandbox/engine/engine.ts'
import { createRecord, deleteRecord, updateRecord } from '../../../src/sandbox/salesforce/records.ts'
import type { SalesforceSourceOptions } from '../../../src/source/salesforce/salesforce-source.ts'
import type { Cursor, Page, ReadRequest } from '../../../src/source/source.ts'
import { sourceContract } from '../../contract/source-contract.ts'
import {
  answerDescribe,
  answerToken,
  answerUpdated,
  DATA,
  lead,
  leadId,
  page,
  query,
  scriptedOrg,
} from './scripted-org.ts'
import {
  addAccounts,
  addFault,
  BULK,
  count,
  cursorOf,
  FIELDS,
  held,
  idsOf,
  jobsLeft,
  jobsMade,
  MINUTE,
  type Opened,
  open,
  pagesAndFault,
  pagesOf,
  read,
  requestsOf,
  said,
} from './simulated-org.ts'

afterEach(() => nock.cleanAll())

sourceContract('SalesforceSource, everything in bulk,', async () => {
  const opened = await open({ bulk: { fromRecords: 1, maxRecords: 3 } })
  const { org, engine } = opened.sandbox
  const ids = new Map<string, string>()
  const passTime = () => engine.clock.advance(3 * MINUTE)
  return {
    source: opened.source,
    object: 'Contact',
    fields: ['LastName', 'Title'],
    pageSize: 3,
    put: async (records) => {
      for (const [key, [LastName, Title]] of Object.entries(records)) {
        const id = ids.get(key)
        if (id === undefined) ids.set(key, createRecord(org, 'Contact', { LastName, Title }))
        else updateRecord(org, 'Contact', id, { LastName, Title })
      }
      passTime()
    },
    remove: async (key) => {
      deleteRecord(org, 'Contact', ids.get(key) ?? '')
      passTime()
    },
    held: () => opened.streams.open,
    [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose](),
  }
})

describe('a large object', () => {
  test('is read by a Bulk job, as a snapshot, and the job is deleted', async () => {
    await using opened = await open()
    const ids = addAccounts(opened, 10)
    const pages = await pagesOf(opened.source)
    expect(idsOf(pages)).toEqual(ids.sort())
    expect(pages.every((page) => page.snapshot)).toBe(true)
    expect(said(opened)).toContain('Bulk job created')
    expect(await jobsLeft(opened)).toBe(0)
  })

  test('costs the count, the creation, one request for each results page and question, and the deletion', async () => {
    await using opened = await open()
    addAccounts(opened, 10)
    const pages = await pagesOf(opened.source)
    // describe, /updated, count; creation, one question after a second, three pages of four rows, deletion.
    expect(requestsOf(pages)).toBe(3 + 1 + 1 + 3 + 1)
  })

  test('is read with pages asked for ahead, but one at a time once the org has too many long requests', async () => {
    await using opened = await open()
    addAccounts(opened, 14)
    const aheadOfTheFirst = async () => {
      opened.asked.length = 0
      for await (const page of read(opened.source)) if (page.records.length > 0) break
      return count(opened, /results of/)
    }
    expect(await aheadOfTheFirst()).toBeGreaterThan(0)
    // Three times: pages that the first read asked for ahead may still be on their way.
    addFault(opened, 'bulkResults', { nth: 1, times: 3, action: 'error', with: { code: 'concurrent-limit' } })
    expect(await aheadOfTheFirst()).toBe(0)
  })

  test('is asked after with a back-off from one second to ten', async () => {
    await using opened = await open()
    addAccounts(opened, 10)
    opened.sandbox.engine.limits.set('salesforce.bulkJobMs', 30_000)
    const started = opened.sandbox.engine.clock.now()
    const pages = await pagesOf(opened.source)
    // After 1, 3, 7, 15, 25 and 35 seconds.
    expect(requestsOf(pages)).toBe(3 + 1 + 6 + 3 + 1)
    expect(opened.sandbox.engine.clock.now() - started).toBeGreaterThanOrEqual(35_000)
  })

  test('of fewer records than the setting costs no request more than over REST', async () => {
    await using opened = await open()
    addAccounts(opened, 4)
    const pages = await pagesOf(opened.source)
    expect(requestsOf(pages)).toBe(4)
    expect(said(opened)).not.toContain('Bulk job created')
  })

  test('is not read in bulk for a few changes, which arrive from where all changes were there before the job began', async () => {
    await using opened = await open()
    const [changed = '', gone = ''] = addAccounts(opened, 10)
    const first: Page[] = []
    for await (const page of read(opened.source)) {
      first.push(page)
      if (first.length === 2) {
        updateRecord(opened.sandbox.org, 'Account', changed, { Name: 'Changed while it was read' })
        deleteRecord(opened.sandbox.org, 'Account', gone)
      }
    }
    opened.lines.length = 0
    opened.sandbox.engine.clock.advance(3 * MINUTE)
    const second = await pagesOf(opened.source, { after: cursorOf(first) })
    const records = new Map(second.flatMap((page) => page.records).map((record) => [record.id, record]))
    expect(records.get(changed)).toMatchObject({ kind: 'present', fields: { Name: 'Changed while it was read' } })
    expect(records.get(gone)).toMatchObject({ kind: 'deleted' })
    expect(second.every((page) => !page.snapshot)).toBe(true)
    expect(said(opened)).not.toContain('Bulk job created')
  })

  test('is read with the condition of the mapping', async () => {
    await using opened = await open()
    addAccounts(opened, 12)
    const pages = await pagesOf(opened.source, { where: 'AnnualRevenue >= 50000000' })
    expect(held(pages).size).toBe(7)
    expect(said(opened)).toContain('Bulk job created')
  })
})

describe('REST and Bulk give the same records, to the byte,', () => {
  for (const reading of ['optimistic', 'pessimistic'] as const) {
    test(`whatever is in them (${reading})`, async () => {
      const text = fc.oneof(
        fc.string({ unit: 'binary', maxLength: 12 }),
        fc.constantFrom(
          '',
          '"',
          '""',
          'a"b',
          'a,b',
          'line\nline',
          'line\r\nline',
          '\n',
          ' ',
          'null',
          '1.50',
          'ü–漢🙂',
          "'",
        ),
      )
      const account = fc.record({
        Name: text.map((name) => `n${name.replaceAll('\u0000', '')}`),
        Description: fc.option(text.map((one) => one.replaceAll('\u0000', ''))),
        AnnualRevenue: fc.option(fc.constantFrom(0, 1, -1.5, 12.5, 1e7, 1e15, 0.01, 123456789.25)),
      })
      await fc.assert(
        fc.asyncProperty(fc.array(account, { minLength: 6, maxLength: 12 }), async (accounts) => {
          await using opened = await open({}, { reading })
          const { org, engine } = opened.sandbox
          const parent = createRecord(org, 'Account', { Name: 'Parent' })
          for (const [i, fields] of accounts.entries()) {
            createRecord(org, 'Account', { ...fields, ...(i % 2 === 0 ? { ParentId: parent } : {}) })
          }
          engine.clock.advance(20 * MINUTE)
          const fields = [...FIELDS, 'Parent.Name', 'Owner.IsActive', 'IsDeleted', 'CreatedDate', 'Id']
          const inBulk = await pagesOf(opened.source, { fields })
          const overRest = await pagesOf(opened.again({ bulk: { fromRecords: 1000 } }), { fields })
          expect(said(opened).filter((message) => message === 'Bulk job created')).toHaveLength(1)
          const bytes = (pages: readonly Page[]) => [...held(pages).values()].map((one) => JSON.stringify(one)).sort()
          expect(bytes(inBulk)).toEqual(bytes(overRest))
          expect(held(inBulk).size).toBe(accounts.length + 1)
        }),
        { numRuns: 5 },
      )
    })
  }

  test('of every object of the example company', async () => {
    await using opened = await open({ bulk: { fromRecords: 1, maxRecords: 500 } }, { accounts: 60 })
    const fields = {
      Account: ['Name', 'Website', 'NumberOfEmployees', 'Owner.Email'],
      Opportunity: ['Name', 'Amount', 'StageName', 'CloseDate', 'IsClosed', 'Probability', 'AccountId', 'Account.Name'],
      OpportunityHistory: ['OpportunityId', 'StageName', 'Amount', 'CreatedDate'],
      Lead: ['Company', 'Status', 'IsConverted', 'ConvertedDate', 'Owner.Name'],
      Contact: ['LastName', 'AccountId'],
    }
    for (const [object, names] of Object.entries(fields)) {
      const inBulk = held(await pagesOf(opened.source, { object, fields: names }))
      const overRest = held(await pagesOf(opened.again({ bulk: { fromRecords: 1e9 } }), { object, fields: names }))
      expect(inBulk.size, object).toBeGreaterThan(0)
      expect(Object.fromEntries(inBulk), object).toEqual(Object.fromEntries(overRest))
    }
    expect(said(opened).filter((message) => message === 'Bulk job created')).toHaveLength(5)
  })
})

describe('no row is missing', () => {
  type Row = readonly [operation: string, fault: Omit<FaultRule, 'operation'>, jobs: number, over: 'bulk' | 'REST']
  const faults: readonly Row[] = [
    ['bulkResults', { action: 'truncate', with: { bytes: 150 } }, 1, 'bulk'],
    ['bulkResults', { action: 'cut-before' }, 1, 'bulk'],
    ['bulkResults', { action: 'end-early' }, 1, 'bulk'],
    ['bulkResults', { action: 'short-page' }, 1, 'bulk'],
    ['bulkResults', { action: 'status', with: { status: 503, retryAfter: 2 } }, 1, 'bulk'],
    ['bulkResults', { action: 'error', with: { code: 'INVALID_SESSION_ID' } }, 1, 'bulk'],
    ['bulkResults', { action: 'error', with: { code: 'NOT_FOUND' } }, 2, 'bulk'],
    ['bulkResults', { action: 'error', with: { code: 'job-version' } }, 2, 'bulk'],
    ['bulkStatus', { action: 'error', with: { code: 'INVALID_SESSION_ID' } }, 1, 'bulk'],
    ['bulkStatus', { action: 'cut-after' }, 1, 'bulk'],
    ['bulkStatus', { action: 'error', with: { code: 'NOT_FOUND' } }, 2, 'bulk'],
    ['bulkCreate', { action: 'cut-before' }, 1, 'bulk'],
    ['bulkDelete', { action: 'error', with: { code: 'NOT_FOUND' } }, 1, 'bulk'],
    ['bulkJob', { action: 'error', with: { message: 'Query timed out' } }, 2, 'bulk'],
    ['bulkCreate', { action: 'error', with: { code: 'ExceededQuota' } }, 0, 'REST'],
    ['bulkCreate', { action: 'error', with: { code: 'INVALIDENTITY' } }, 0, 'REST'],
  ]
  for (const [operation, fault, jobs, over] of faults) {
    for (const nth of operation === 'bulkResults' ? [1, 3] : [1]) {
      test(`when ${operation} number ${nth} meets ${JSON.stringify(fault)}: ${jobs} jobs, read over ${over}`, async () => {
        await using opened = await open()
        const ids = addAccounts(opened, 10)
        addFault(opened, operation, { nth, ...fault })
        const pages = await pagesOf(opened.source)
        expect(idsOf(pages)).toEqual(ids.sort())
        expect(jobsMade(opened)).toBe(jobs)
        expect(pages.at(-1)?.snapshot).toBe(true)
        // Another job begins anew, and says so; the fault was met: more was asked than without it.
        expect(pages.filter((page) => !page.snapshot)).toHaveLength(jobs === 2 ? 1 : 0)
        expect(requestsOf(pages)).toBe(count(opened, /^(?!.*(token|User|describe$))/) + 1)
        if (over === 'REST') expect(count(opened, /results/)).toBe(0)
        else if (operation === 'bulkResults') expect(count(opened, /results/)).toBeGreaterThan(3)
      })
    }
  }

  test('when a job fails twice: it is read over REST then, and both jobs are deleted', async () => {
    await using opened = await open()
    const ids = addAccounts(opened, 10)
    addFault(opened, 'bulkJob', { action: 'error', with: { message: 'Query timed out' } })
    const pages = await pagesOf(opened.source)
    expect(idsOf(pages)).toEqual(ids.sort())
    expect([jobsMade(opened), count(opened, /results/), await jobsLeft(opened)]).toEqual([2, 0, 0])
    expect(opened.lines.map((line) => line.fields['why']).join('\n')).toContain('Query timed out')
  })

  test('from a page that stays short: the read ends with a fault that says so, after a second job', async () => {
    await using opened = await open()
    addAccounts(opened, 10)
    addFault(opened, 'bulkResults', { nth: 2, times: 99, action: 'short-page' })
    const { pages, fault } = await pagesAndFault(opened.source)
    expect(fault).toMatchObject({ code: 'salesforce-bulk-damaged', exit: 1 })
    expect(String(fault)).toMatch(
      /A results page of Bulk job 750\w+ for Account is not whole, asked for 4 times: it holds 3 rows and says 4/,
    )
    expect([jobsMade(opened), await jobsLeft(opened)]).toEqual([2, 0])
    // Nothing that was handed over counts: the next read begins anew.
    expect(held(pages).size).toBe(0)
  })

  test('from pages that together hold fewer rows than the job found: a fault says so, after a second job', async () => {
    const { source, org } = scriptedOrg({ bulk: { fromRecords: 1 } })
    answerToken(org)
    answerDescribe(org)
    answerUpdated(org)
    query(org).reply(200, page([lead(1), lead(2)]))
    for (const id of ['750000000000001AAA', '750000000000002AAA']) {
      const job = `${DATA}/jobs/query/${id}`
      const soql = 'SELECT Id,SystemModstamp,Name FROM Lead'
      org.post(`${DATA}/jobs/query`, (body) => body.operation === 'query' && body.query === soql).reply(200, { id })
      org.get(job).reply(200, { state: 'JobComplete', numberRecordsProcessed: 2 })
      const csv = `"Id","SystemModstamp","Name"\n"${lead(1).Id}","2026-11-20T00:00:01.000Z","Lead 1"\n`
      org
        .get(`${job}/results`)
        .query({ maxRecords: '50000' })
        .reply(200, csv, { 'Sforce-NumberOfRecords': '1', 'Sforce-Locator': 'null' })
      org.delete(job).reply(204)
    }
    const { pages, fault } = await pagesAndFault(source, { object: 'Lead', fields: ['Name'] })
    expect(fault).toMatchObject({ code: 'salesforce-bulk-incomplete', exit: 1 })
    expect(String(fault)).toContain(
      'Salesforce found 2 records of Lead in its Bulk job 750000000000002AAA and gave 1 of them',
    )
    expect(held(pages).size).toBe(0)
    expect(org.pendingMocks()).toEqual([])
  })

  test('from a page that is cut off each time: the read ends, and goes on at that page with the next', async () => {
    await using opened = await open()
    const ids = addAccounts(opened, 10)
    // The second page four times, and once the third, which was asked for ahead.
    addFault(opened, 'bulkResults', { nth: 2, times: 5, action: 'truncate', with: { bytes: 150 } })
    const { pages, fault } = await pagesAndFault(opened.source)
    expect(fault).toMatchObject({ code: 'http-truncated', exit: 75, hint: expect.stringContaining('at this page') })
    expect(String(fault)).toMatch(/A results page of Bulk job 750\w+ for Account was cut off, asked for 4 times: GET /)
    const rest = await pagesOf(opened.again(), { after: cursorOf(pages) })
    expect(idsOf([...pages, ...rest])).toEqual(ids.sort())
    expect([jobsMade(opened), count(opened, /results$/)]).toEqual([1, 1])
  })

  test('from a query that is too much for REST', async () => {
    await using opened = await open({ bulk: { maxRecords: 4 } })
    const ids = addAccounts(opened, 10)
    addFault(opened, 'query', { action: 'error', with: { code: 'QUERY_TIMEOUT' } })
    expect(idsOf(await pagesOf(opened.source))).toEqual(ids.sort())
    expect(jobsMade(opened)).toBe(1)
  })
})

/** The results pages that were asked for before the one a read stands at. */
function pagesBefore(cursor: Cursor | null, asked: readonly string[]): string[] {
  const results = asked.filter((line) => line.startsWith('GET results'))
  const { bulk } = JSON.parse(cursor ?? '')
  if (bulk === undefined || bulk.done) return results
  const here = results.indexOf(bulk.locator === null ? 'GET results' : `GET results of ${bulk.locator}`)
  return here === -1 ? results : results.slice(0, here)
}

describe('a read by Bulk that stopped', () => {
  test('goes on after any of its pages with the same job and the results page under way, none before it', async () => {
    for (let kept = 1; ; kept += 1) {
      await using opened = await open()
      const ids = addAccounts(opened, 14)
      const pages: Page[] = []
      for await (const page of read(opened.source)) {
        pages.push(page)
        if (pages.length === kept) break
      }
      if (pages.length < kept) break
      const saved = pagesBefore(cursorOf(pages), opened.asked)
      opened.asked.length = 0
      const rest = await pagesOf(opened.again(), { after: cursorOf(pages) })
      if (rest.some((page) => page.snapshot)) {
        expect(rest.every((page) => page.snapshot)).toBe(true)
        expect(idsOf([...pages, ...rest]), `kept ${kept}`).toEqual(ids.sort())
      }
      expect(opened.asked.filter((line) => saved.includes(line))).toEqual([])
      expect([jobsMade(opened), await jobsLeft(opened)]).toEqual([1, 0])
    }
  })

  test('in the middle of a results page reads that page again from its beginning: no row of it is missing', async () => {
    const { source, org } = scriptedOrg({ bulk: { fromRecords: 1 } })
    const job = `${DATA}/jobs/query/750000000000001AAA`
    const rows = Array.from({ length: 4500 }, (_, i) => `"${leadId(i)}","2026-11-20T00:00:01.000Z","Lead ${i}"\n`)
    const answerResults = () =>
      org
        .get(`${job}/results`)
        .query({ maxRecords: '50000' })
        .reply(200, `"Id","SystemModstamp","Name"\n${rows.join('')}`, {
          'Sforce-NumberOfRecords': '4500',
          'Sforce-Locator': 'second',
        })
    const answerJob = () => org.get(job).reply(200, { state: 'JobComplete', numberRecordsProcessed: 4501 })
    answerToken(org)
    answerDescribe(org)
    answerUpdated(org)
    query(org).reply(200, page([lead(1)]))
    org.post(`${DATA}/jobs/query`).reply(200, { id: '750000000000001AAA' })
    answerJob()
    answerResults()
    const request = { object: 'Lead', fields: ['Name'] }
    const pages: Page[] = []
    for await (const one of read(source, request)) {
      pages.push(one)
      if (one.records.length > 0) break
    }
    expect(pages.at(-1)).toMatchObject({ records: { length: 250 }, more: true })
    answerJob()
    answerResults()
    org
      .get(`${job}/results`)
      .query({ maxRecords: '50000', locator: 'second' })
      .reply(200, `"Id","SystemModstamp","Name"\n"${leadId(4500)}","2026-11-20T00:00:01.000Z","Lead 4500"\n`, {
        'Sforce-NumberOfRecords': '1',
        'Sforce-Locator': 'null',
      })
    org.delete(job).reply(204)
    const rest = await pagesOf(source, { ...request, after: cursorOf(pages) })
    expect(rest.map((one) => [one.records.length, one.snapshot])).toEqual([
      ...Array.from({ length: 18 }, () => [250, true]),
      [1, true],
      // That the job is done with, before it goes; and that it went.
      [0, true],
      [0, true],
    ])
    expect(held(rest).size).toBe(4501)
    expect(org.pendingMocks()).toEqual([])
  })

  test('while its job was waited for goes on waiting for the same job', async () => {
    await using opened = await open({ bulk: { ...BULK, waitMs: 10 * MINUTE } })
    const ids = addAccounts(opened, 10)
    opened.sandbox.engine.limits.set('salesforce.bulkJobMs', 15 * MINUTE)
    const { pages, fault } = await pagesAndFault(opened.source)
    expect(fault).toMatchObject({ code: 'salesforce-bulk-slow', exit: 75 })
    expect(String(fault)).toMatch(
      /has not finished its Bulk job 750\w+ for Account after 10 min \(InProgress, \d+ records so far\)/,
    )
    const rest = await pagesOf(opened.again(), { after: cursorOf(pages) })
    expect(idsOf(rest)).toEqual(ids.sort())
    expect([jobsMade(opened), await jobsLeft(opened)]).toEqual([1, 0])
  })

  test('when its share of the quota was used goes on at that page the next day', async () => {
    await using opened = await open({ quotaShare: 0.5 })
    const ids = addAccounts(opened, 20)
    opened.sandbox.engine.limits.set('salesforce.callsPerDay', 20)
    const { pages, fault } = await pagesAndFault(opened.source)
    expect(fault).toMatchObject({ code: 'salesforce-quota-share-used', exit: 75 })
    const before = pagesBefore(cursorOf(pages), opened.asked)
    expect(before.length).toBeGreaterThan(1)
    opened.sandbox.engine.limits.set('salesforce.callsPerDay', 1000)
    opened.sandbox.engine.clock.advance(24 * 60 * MINUTE)
    opened.asked.length = 0
    const rest = await pagesOf(opened.again(), { after: cursorOf(pages) })
    expect(idsOf([...pages, ...rest])).toEqual(ids.sort())
    expect(opened.asked.filter((line) => before.includes(line))).toEqual([])
    expect(jobsMade(opened)).toBe(1)
  })

  const anew: readonly (readonly [
    string,
    (opened: Opened) => Partial<SalesforceSourceOptions>,
    Partial<ReadRequest>,
  ])[] = [
    ['its job is gone', ({ sandbox }) => (sandbox.engine.clock.advance(8 * 24 * 60 * MINUTE), {}), {}],
    ['the API version is another', () => ({ apiVersion: '67.0' }), {}],
    ['other fields are asked for', () => ({}), { fields: ['Name'] }],
    ['the condition is another', () => ({}), { where: 'AnnualRevenue >= 0' }],
  ]
  for (const [what, change, request] of anew) {
    test(`begins anew when ${what}: with an empty page that is no snapshot, and the old job deleted`, async () => {
      await using opened = await open()
      const ids = addAccounts(opened, 10)
      const pages: Page[] = []
      for await (const page of read(opened.source)) {
        pages.push(page)
        if (pages.length === 2) break
      }
      const rest = await pagesOf(opened.again(change(opened)), { after: cursorOf(pages), ...request })
      expect(rest[0]).toMatchObject({ snapshot: false, records: [] })
      expect(rest.slice(1).every((page) => page.snapshot)).toBe(true)
      expect(idsOf(rest)).toEqual(ids.sort())
      expect([jobsMade(opened), await jobsLeft(opened)]).toEqual([2, 0])
    })
  }

  test('by the one who called it ends at once with the reason, and leaves the job for the next', async () => {
    await using opened = await open()
    addAccounts(opened, 10)
    const stop = new AbortController()
    const pages: Page[] = []
    const reading = (async () => {
      const request = { object: 'Account', fields: FIELDS, where: null, after: null }
      for await (const page of opened.source.read(request, { signal: stop.signal })) {
        pages.push(page)
        if (pages.length === 2) stop.abort(new Error('enough'))
      }
    })()
    await expect(reading).rejects.toThrow('enough')
    expect([pages.length, await jobsLeft(opened)]).toEqual([2, 1])
  })
})

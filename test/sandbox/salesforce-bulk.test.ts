import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { get as httpGet } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { crc32, gunzipSync } from 'node:zlib'
import { parse } from 'csv-parse/sync'
import jsforce from 'jsforce'
import { QueryJobV2 } from 'jsforce/lib/api/bulk2.js'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { FaultRule } from '../../src/sandbox/engine/engine.ts'
import { linesOf } from '../../src/sandbox/salesforce/bulk-csv.ts'
import {
  combineCrc,
  deflatePiece,
  gzipBytes,
  gzipOf,
  inflatePiece,
  pieceOf,
} from '../../src/sandbox/salesforce/bulk-deflate.ts'
import { scattered } from '../../src/sandbox/salesforce/bulk-soql.ts'
import { type Answered, type Json, NOW, SalesforceClient } from './salesforce-client.ts'

let client: SalesforceClient
beforeEach(async () => {
  client = await SalesforceClient.open()
})
afterEach(() => client[Symbol.asyncDispose]())

const DAY_MS = 86_400_000
const engine = () => client.sandbox.engine
const after = (ms: number) => engine().clock.advance(ms)
const setLimits = (limits: Record<string, number>) => {
  for (const [name, value] of Object.entries(limits)) engine().limits.set(`salesforce.${name}`, value)
}
const inject = (operation: string, rule: Omit<FaultRule, 'operation'>) => engine().faults.add([{ operation, ...rule }])

const post = (body: object) => client.send('POST', '/jobs/query', body)
const status = async (id: string): Promise<Json> => (await client.get(`/jobs/query/${id}`)).body
const results = (id: string, search = '', headers?: Record<string, string>) =>
  client.get(`/jobs/query/${id}/results${search}`, headers)
const locatorOf = (page: Answered) => page.headers.get('sforce-locator') as string
const rowsOf = (page: Answered): string[][] => parse(page.text, { delimiter: ',' })
const refusal = (answered: Answered) => ({ status: answered.status, ...answered.body[0] })

async function newJob(query: string, options: object = {}): Promise<string> {
  const { status, text, body } = await post({ operation: 'query', query, ...options })
  if (status !== 200) throw new Error(text)
  return body.id
}

/** A job whose time is over. */
async function doneJob(query: string, options: object = {}): Promise<string> {
  const id = await newJob(query, options)
  after(60_000)
  expect((await status(id)).state).toBe('JobComplete')
  return id
}

/** Accounts named A1, A2 … with an hour between their stamps. */
function addAccounts(count: number, from = 1): void {
  client.sandbox.org.transaction(() => {
    const add = client.sandbox.org.loader('Account', ['Id', 'Name', 'CreatedDate', 'SystemModstamp'])
    for (let n = from; n < from + count; n++) {
      const at = NOW - 900 * DAY_MS + n * 3_600_000
      add([client.sandbox.org.newId('Account'), `A${n}`, at, at])
    }
  })
}

/** All pages from the first on, as their data rows. */
async function allRows(id: string, maxRecords: number): Promise<string[][]> {
  const rows: string[][] = []
  for (let locator = ''; locator !== 'null'; ) {
    const page = await results(id, `?maxRecords=${maxRecords}${locator === '' ? '' : `&locator=${locator}`}`)
    const [, ...data] = rowsOf(page)
    expect(page.headers.get('sforce-numberofrecords')).toBe(String(data.length))
    rows.push(...data)
    locator = locatorOf(page)
  }
  return rows
}

describe('a query job', () => {
  test('is made, and answered as UploadComplete', async () => {
    const { status, body, text, headers } = await post({ operation: 'query', query: 'SELECT Id FROM Account' })
    expect(status).toBe(200)
    expect(body).toEqual({
      id: expect.stringMatching(/^750\w{15}$/),
      operation: 'query',
      object: 'Account',
      createdById: client.sandbox.org.apiUserId,
      createdDate: '2026-11-22T10:00:00.000+0000',
      systemModstamp: '2026-11-22T10:00:00.000+0000',
      state: 'UploadComplete',
      concurrencyMode: 'Parallel',
      contentType: 'CSV',
      apiVersion: 68,
      lineEnding: 'LF',
      columnDelimiter: 'COMMA',
    })
    expect(text).toContain('"apiVersion":68.0')
    expect(headers.get('sforce-limit-info')).toBe('api-usage=1/100000')
  })

  test('goes from UploadComplete through InProgress to JobComplete as virtual time passes', async () => {
    setLimits({ bulkQueueMs: 600_000, bulkJobMs: 3_000_000, bulkRowMicros: 60_000_000 })
    addAccounts(10)
    const id = await newJob('SELECT Id FROM Account')
    expect(await status(id)).toMatchObject({ state: 'UploadComplete', numberRecordsProcessed: 0, retries: 0 })
    after(600_000 + 1_800_000)
    const half = await status(id)
    expect(half).toMatchObject({ state: 'InProgress', numberRecordsProcessed: 5, isPkChunkingSupported: true })
    expect(half.systemModstamp > half.createdDate).toBe(true)
    after(1_700_000)
    expect((await status(id)).state).toBe('InProgress')
    after(100_000)
    expect(await status(id)).toMatchObject({
      state: 'JobComplete',
      jobType: 'V2Query',
      numberRecordsProcessed: 10,
      totalProcessingTime: 3_600_000,
      systemModstamp: '2026-11-22T11:10:00.000+0000',
    })
  })

  test('says of objects that are not cut by primary key that they are not', async () => {
    const id = await newJob('SELECT Id FROM UserRole')
    expect((await status(id)).isPkChunkingSupported).toBe(false)
  })

  test('gives every poll and page to the calls of the day', async () => {
    const id = await doneJob('SELECT Id FROM User')
    await results(id)
    expect((await results(id)).headers.get('sforce-limit-info')).toBe('api-usage=4/100000')
    setLimits({ callsPerDay: 4 })
    expect(refusal(await client.get(`/jobs/query/${id}`))).toMatchObject({
      status: 403,
      errorCode: 'REQUEST_LIMIT_EXCEEDED',
    })
  })

  test('is aborted, and gives no results then', async () => {
    const id = await newJob('SELECT Id FROM Account')
    const { status: code, body } = await client.send('PATCH', `/jobs/query/${id}`, { state: 'Aborted' })
    expect([code, body.id, body.state]).toEqual([200, id, 'Aborted'])
    after(60_000)
    expect((await status(id)).state).toBe('Aborted')
    expect((await results(id)).status).toBe(412)
    expect((await client.send('PATCH', `/jobs/query/${id}`, { state: 'Aborted' })).body.state).toBe('Aborted')
    expect((await client.send('DELETE', `/jobs/query/${id}`)).status).toBe(204)
  })

  test('cannot be aborted when it is complete, nor deleted while it is in progress', async () => {
    const id = await doneJob('SELECT Id FROM Account')
    expect(refusal(await client.send('PATCH', `/jobs/query/${id}`, { state: 'Aborted' }))).toEqual({
      status: 400,
      errorCode: 'INVALIDJOBSTATE',
      message: 'Aborting already Completed Job not allowed',
    })
    expect((await client.send('PATCH', `/jobs/query/${id}`, { state: 'Open' })).status).toBe(400)
    inject('salesforce.bulkJob', { action: 'hang' })
    const held = await newJob('SELECT Id FROM Account')
    after(60_000)
    expect(refusal(await client.send('DELETE', `/jobs/query/${held}`)).errorCode).toBe('INVALIDJOBSTATE')
  })

  test('is gone when it was deleted, and its number is never used again', async () => {
    const id = await doneJob('SELECT Id FROM Account')
    expect((await client.send('DELETE', `/jobs/query/${id}`)).status).toBe(204)
    const gone = { status: 404, errorCode: 'NOT_FOUND', message: 'The requested resource does not exist' }
    expect(refusal(await client.get(`/jobs/query/${id}`))).toEqual(gone)
    expect(refusal(await results(id))).toEqual(gone)
    expect(refusal(await client.send('DELETE', `/jobs/query/${id}`))).toEqual(gone)
    expect(await newJob('SELECT Id FROM Account')).not.toBe(id)
    const effects = engine().sideEffects.list()
    expect(effects.map((each) => each.operation)).toEqual([
      'salesforce.bulkCreate',
      'salesforce.bulkDelete',
      'salesforce.bulkCreate',
    ])
  })

  test('is kept for seven days', async () => {
    const id = await doneJob('SELECT Id FROM User')
    after(7 * DAY_MS - 120_000)
    await client.signIn()
    expect((await results(id)).status).toBe(200)
    after(120_000)
    expect((await results(id)).status).toBe(404)
    expect((await client.get('/jobs/query')).body.records).toEqual([])
  })

  test('exists from version 47 on, and its result pages from 58 on', async () => {
    const paths = { v46: '/services/data/v46.0/jobs/query', v57: '/services/data/v57.0/jobs/query' }
    const body = { operation: 'query', query: 'SELECT Id FROM User' }
    expect((await client.send('POST', paths.v46, body)).status).toBe(404)
    const { body: job } = await client.send('POST', paths.v57, body)
    after(60_000)
    expect((await client.get(`${paths.v57}/${job.id}/results`)).status).toBe(200)
    expect((await client.get(`${paths.v57}/${job.id}/resultPages`)).status).toBe(404)
  })

  test('reads one more time after the process that read it was stopped', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sandbox-'))
    const db = join(folder, 'org.db')
    try {
      await client[Symbol.asyncDispose]()
      client = await SalesforceClient.open({ db })
      addAccounts(30_000)
      const done = await doneJob('SELECT Id FROM Account LIMIT 3')
      const halfRead = await newJob('SELECT Id, Name FROM Account')
      await client[Symbol.asyncDispose]()
      client = await SalesforceClient.open({ db, now: NOW + 60_000 })
      expect((await results(done)).headers.get('sforce-numberofrecords')).toBe('3')
      await expect
        .poll(async () => {
          after(60_000)
          return (await status(halfRead)).state
        })
        .toBe('JobComplete')
      expect(await status(halfRead)).toMatchObject({ retries: 1, numberRecordsProcessed: 30_000 })
      expect(new Set((await allRows(halfRead, 20_000)).map(([id]) => id)).size).toBe(30_000)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})

describe('what a job is refused for', () => {
  test.each([
    [{ operation: 'insert', query: 'SELECT Id FROM Account' }, 'INVALIDJOB', 'operation'],
    [{ operation: 'query' }, 'INVALIDJOB', 'query'],
    [{ operation: 'query', query: 'SELECT Id FROM Account', contentType: 'JSON' }, 'INVALIDJOB', 'contentType'],
    [{ operation: 'query', query: 'SELECT Id FROM Account', columnDelimiter: ';' }, 'INVALIDJOB', 'columnDelimiter'],
    [{ operation: 'query', query: 'SELECT Id FROM Account', lineEnding: 'CR' }, 'INVALIDJOB', 'lineEnding'],
    [{ operation: 'query', query: 'SELECT Id FROM Account', coffee: true }, 'JSON_PARSER_ERROR', 'coffee'],
  ])('%j', async (body, code, word) => {
    const refused = refusal(await post(body))
    expect(refused).toMatchObject({ status: 400, errorCode: code })
    expect(refused.message).toContain(word)
  })

  test.each([
    ['SELECT Id FROM CaseStatus', 'INVALIDENTITY', "Entity 'CaseStatus' is not supported by the Bulk API."],
    ['SELECT Id, BillingAddress FROM Account', 'API_ERROR', 'Selecting compound data not supported in Bulk Query'],
    ['SELECT Account.BillingAddress FROM Contact', 'API_ERROR', 'Selecting compound data not supported in Bulk Query'],
    [
      'SELECT Id, (SELECT Id FROM Contacts) FROM Account',
      'API_ERROR',
      'Aggregate Relationships not supported in Bulk V2 Query with CSV content type',
    ],
    ['SELECT COUNT() FROM Account', 'API_ERROR', 'Aggregate functions not supported in Bulk Query'],
    ['SELECT MAX(Amount) FROM Opportunity', 'API_ERROR', 'Aggregate functions not supported in Bulk Query'],
    ['SELECT Name, COUNT(Id) FROM Account GROUP BY Name', 'API_ERROR', 'GROUP BY not supported in Bulk Query'],
    ['SELECT Id FROM Account LIMIT 5 OFFSET 5', 'API_ERROR', 'OFFSET not supported in Bulk Query'],
    ['SELECT FIELDS(ALL) FROM Account LIMIT 5', 'API_ERROR', 'FIELDS() not supported in Bulk Query'],
    ['SELECT TYPEOF Owner WHEN User THEN Email END FROM Lead', 'API_ERROR', 'TYPEOF not supported in Bulk Query'],
  ])('%s', async (query, errorCode, message) => {
    expect(refusal(await post({ operation: 'query', query }))).toEqual({ status: 400, errorCode, message })
  })

  test.each(['SELECT Foo FROM Account', 'SELECT Id FROM Foo', 'SELECT Id FROM Account WHERE', 'SELECT Id FRO Account'])(
    '%s, in the words of the REST API',
    async (query) => {
      const refused = refusal(await post({ operation: 'query', query }))
      expect(refused.status).toBe(400)
      expect(refused).toEqual(refusal(await client.query(query)))
    },
  )

  test('the jobs of a day are used up, those that were deleted too', async () => {
    setLimits({ bulkJobsPerDay: 2 })
    const id = await doneJob('SELECT Id FROM Account')
    await client.send('DELETE', `/jobs/query/${id}`)
    await newJob('SELECT Id FROM Account')
    const refused = await post({ operation: 'query', query: 'SELECT Id FROM Account' })
    expect(refusal(refused)).toEqual({
      status: 400,
      errorCode: 'ExceededQuota',
      message: 'Max bulk v2 query jobs (2) per 24 hrs has been reached (2)',
    })
    expect((await client.get('/limits')).body.DailyBulkV2QueryJobs).toEqual({ Max: 2, Remaining: 0 })
    setLimits({ bulkQuotaCodeIsDocumented: 0 })
    expect(refusal(await post({ operation: 'query', query: 'SELECT Id FROM Account' })).errorCode).toBe(
      'LIMIT_EXCEEDED',
    )
    after(DAY_MS)
    await client.signIn()
    expect((await client.get('/limits')).body.DailyBulkV2QueryJobs).toEqual({ Max: 2, Remaining: 2 })
    await newJob('SELECT Id FROM Account')
  })

  test('the megabytes of a day are used up', async () => {
    setLimits({ bulkStorageMb: 1 })
    addAccounts(19_000)
    await doneJob('SELECT Id, Name, CreatedDate, SystemModstamp FROM Account')
    expect((await client.get('/limits')).body.DailyBulkV2QueryFileStorageMB).toEqual({ Max: 1, Remaining: 0 })
    expect(refusal(await post({ operation: 'query', query: 'SELECT Id FROM Account' }))).toEqual({
      status: 400,
      errorCode: 'ExceededQuota',
      message: 'Max bulk v2 query result size stored (1024) kb per 24 hrs has been exceeded',
    })
  })
})

describe('the list of jobs', () => {
  test('has all jobs in the order in which they were made, over several pages', async () => {
    setLimits({ bulkJobsPage: 2 })
    const ids = [
      await newJob('SELECT Id FROM User'),
      await newJob('SELECT Id FROM User'),
      await newJob('SELECT Id FROM User'),
    ]
    const first = (await client.get('/jobs/query')).body
    expect(first.done).toBe(false)
    expect(first.records[0]).toMatchObject({ id: ids[0], jobType: 'V2Query', state: 'UploadComplete', apiVersion: 68 })
    expect(first.nextRecordsUrl).toMatch(/^\/services\/data\/v68\.0\/jobs\/query\?queryLocator=01g\w{15}-2$/)
    const second = (await client.get(first.nextRecordsUrl)).body
    expect(second).toMatchObject({ done: true, nextRecordsUrl: null })
    expect([...first.records, ...second.records].map((job) => job.id)).toEqual(ids)
  })

  test('has none of another type', async () => {
    await newJob('SELECT Id FROM User')
    expect((await client.get('/jobs/query?jobType=V2Query')).body.records).toHaveLength(1)
    expect((await client.get('/jobs/query?jobType=V2Ingest')).body.records).toEqual([])
    expect((await client.get('/jobs/query?isPkChunkingEnabled=true')).body.records).toEqual([])
    expect((await client.get('/jobs/query?queryLocator=coffee')).status).toBe(404)
  })
})

describe('results', () => {
  test('are CSV in the order of the SELECT list, every value quoted', async () => {
    const account = await client.create('Account', {
      Name: 'He said "no", twice',
      Description: 'one\ntwo',
      AnnualRevenue: 1.5e8,
    })
    await client.create('Opportunity', {
      Name: 'Deal',
      AccountId: account,
      StageName: 'Prospecting',
      CloseDate: '2026-12-24',
      Amount: 15_000,
    })
    const deals = await doneJob(
      'SELECT Amount, Account.Name, Name, Account.Owner.Name, CloseDate, CreatedDate, IsWon, NextStep FROM Opportunity',
    )
    const page = await results(deals)
    expect(page.headers.get('content-type')).toBe('text/csv; charset=UTF-8')
    expect(page.text).toBe(
      '"Amount","Account.Name","Name","Account.Owner.Name","CloseDate","CreatedDate","IsWon","NextStep"\n' +
        '"15000.0","He said ""no"", twice","Deal","Sync User","2026-12-24","2026-11-22T10:00:00.000Z","false",""\n',
    )
    const accounts = await doneJob('SELECT Description, AnnualRevenue FROM Account')
    expect((await results(accounts)).text).toBe('"Description","AnnualRevenue"\n"one\ntwo","1.5E8"\n')
    setLimits({ bulkInstantsEndInZ: 0 })
    const plain = await doneJob('SELECT CreatedDate FROM Account')
    expect((await results(plain)).text).toBe('"CreatedDate"\n"2026-11-22T10:00:00.000+0000"\n')
  })

  test.each([
    ['BACKQUOTE', '`'],
    ['CARET', '^'],
    ['COMMA', ','],
    ['PIPE', '|'],
    ['SEMICOLON', ';'],
    ['TAB', '\t'],
  ])('have the delimiter %s and the line ending that were asked for', async (columnDelimiter, sign) => {
    await client.create('Account', { Name: 'A' })
    const id = await doneJob('SELECT Name, Industry FROM Account', { columnDelimiter, lineEnding: 'CRLF' })
    expect(await status(id)).toMatchObject({ columnDelimiter, lineEnding: 'CRLF' })
    expect((await results(id)).text).toBe(`"Name"${sign}"Industry"\r\n"A"${sign}""\r\n`)
  })

  test('have the header on every page, and the literal null as the last locator', async () => {
    addAccounts(7)
    const id = await doneJob('SELECT Id, Name FROM Account')
    const pages = [await results(id, '?maxRecords=3')]
    while (locatorOf(pages.at(-1) as Answered) !== 'null') {
      pages.push(await results(id, `?maxRecords=3&locator=${locatorOf(pages.at(-1) as Answered)}`))
    }
    expect(pages.map((page) => page.headers.get('sforce-numberofrecords'))).toEqual(['3', '3', '1'])
    expect(pages.map((page) => rowsOf(page)[0])).toEqual(Array(3).fill(['Id', 'Name']))
    const names = pages.flatMap((page) => rowsOf(page).slice(1)).map(([, name]) => name)
    expect(names.sort()).toEqual(['A1', 'A2', 'A3', 'A4', 'A5', 'A6', 'A7'])
  })

  test('are one page of only the header when there are no rows', async () => {
    const id = await doneJob('SELECT Id FROM Account')
    const page = await results(id)
    expect(page.text).toBe('"Id"\n')
    expect([page.headers.get('sforce-numberofrecords'), locatorOf(page)]).toEqual(['0', 'null'])
    expect((await client.get(`/jobs/query/${id}/resultPages`)).body.resultPages).toHaveLength(1)
  })

  test('have every row once whatever the size of the pages', async () => {
    addAccounts(9_500)
    const id = await doneJob('SELECT Id, Name FROM Account')
    const whole = await allRows(id, 100_000)
    expect(new Set(whole.map(([account]) => account)).size).toBe(9_500)
    for (const size of [700, 2_000, 4_321]) expect(await allRows(id, size)).toEqual(whole)
  })

  test('come in no order that a client could rely on, unless one is asked for', async () => {
    addAccounts(9_000)
    const stamps = async (query: string) =>
      (await allRows(await doneJob(query), 50_000)).map(([stamp]) => stamp as string)
    const unordered = await stamps('SELECT SystemModstamp FROM Account WHERE SystemModstamp > 2020-01-01T00:00:00Z')
    expect(unordered).toHaveLength(9_000)
    const inversions = unordered.filter((stamp, i) => stamp < (unordered[i - 1] ?? '')).length
    expect(inversions).toBeGreaterThan(2_000)
    const sorted = [...unordered].sort()
    expect(unordered.slice(0, 4_000).sort()).not.toEqual(sorted.slice(0, 4_000))
    const ordered = await stamps('SELECT SystemModstamp FROM Account ORDER BY SystemModstamp DESC LIMIT 50')
    expect(ordered).toEqual(sorted.reverse().slice(0, 50))
  })

  test('are the rows that were visible when the job ran, for later pages too', async () => {
    const ids = [await client.create('Account', { Name: 'first' }), await client.create('Account', { Name: 'second' })]
    const job = await doneJob('SELECT Id, Name FROM Account')
    const page = await results(job, '?maxRecords=1')
    await client.send('PATCH', `/sobjects/Account/${ids[0]}`, { Name: 'changed' })
    await client.send('DELETE', `/sobjects/Account/${ids[1]}`)
    await client.create('Account', { Name: 'third' })
    const last = await results(job, `?maxRecords=1&locator=${locatorOf(page)}`)
    const names = [page, last].flatMap((each) => rowsOf(each).slice(1)).map(([, name]) => name)
    expect(names.sort()).toEqual(['first', 'second'])
    expect(locatorOf(last)).toBe('null')
  })

  test('of queryAll have deleted records, those of query do not', async () => {
    const id = await client.create('Account', { Name: 'gone' })
    await client.send('DELETE', `/sobjects/Account/${id}`)
    const all = await doneJob('SELECT Id, IsDeleted FROM Account', { operation: 'queryAll' })
    expect(rowsOf(await results(all))).toEqual([
      ['Id', 'IsDeleted'],
      [id, 'true'],
    ])
    const live = await doneJob('SELECT Id, IsDeleted FROM Account')
    expect((await results(live)).headers.get('sforce-numberofrecords')).toBe('0')
  })

  test('of one locator are the same bytes each time, though the default page size changes meanwhile', async () => {
    setLimits({ bulkPageRows: 4 })
    addAccounts(10)
    const id = await doneJob('SELECT Id FROM Account')
    const first = await results(id)
    setLimits({ bulkPageRows: 2 })
    expect((await results(id)).text).toBe(first.text)
    const second = await results(id, `?locator=${locatorOf(first)}`)
    expect(second.headers.get('sforce-numberofrecords')).toBe('4')
    expect((await results(id, `?locator=${locatorOf(first)}`)).text).toBe(second.text)
  })

  test('are not found by a locator of another job, or one nobody gave', async () => {
    addAccounts(10)
    const [one, other] = [await doneJob('SELECT Id FROM Account'), await doneJob('SELECT Id FROM Account')]
    const locator = locatorOf(await results(one, '?maxRecords=2'))
    expect((await results(one, `?locator=${locator}`)).status).toBe(200)
    for (const wrong of [locator, 'coffee', 'null', '', `${locator}=`]) {
      expect(refusal(await results(other, `?locator=${wrong}`))).toMatchObject({ status: 404, errorCode: 'NOT_FOUND' })
    }
  })

  test.each(['0', '-1', 'many', '1.5'])('are refused for maxRecords=%s', async (maxRecords) => {
    const id = await doneJob('SELECT Id FROM Account')
    expect((await results(id, `?maxRecords=${maxRecords}`)).status).toBe(400)
  })

  test('end a page before it is too large, with a locator for the rest', async () => {
    setLimits({ bulkPageBytes: 100_000 })
    addAccounts(9_000)
    const id = await doneJob('SELECT Id, Name FROM Account')
    const page = await results(id, '?maxRecords=9000')
    expect(Buffer.byteLength(page.text)).toBeLessThan(100_000)
    expect(page.headers.get('sforce-numberofrecords')).toBe(String(rowsOf(page).length - 1))
    expect(locatorOf(page)).not.toBe('null')
    expect((await allRows(id, 9_000)).length).toBe(9_000)
  })

  test('are asked for in the version of the job, else 409', async () => {
    const id = await doneJob('SELECT Id FROM User')
    expect((await client.get(`/services/data/v67.0/jobs/query/${id}/results`)).status).toBe(409)
    expect((await client.get(`/services/data/v67.0/jobs/query/${id}/resultPages`)).status).toBe(409)
    expect((await client.get(`/services/data/v67.0/jobs/query/${id}`)).status).toBe(200)
  })

  test('are not there before the job is complete, nor when it failed: 412, or 204 in the pessimistic reading', async () => {
    setLimits({ bulkQueueMs: 600_000 })
    const id = await newJob('SELECT Id FROM User')
    expect(refusal(await results(id))).toEqual({
      status: 412,
      errorCode: 'JOB_NOT_COMPLETE',
      message: 'can only download query results of successfully completed bulk job',
    })
    expect((await client.get(`/jobs/query/${id}/resultPages`)).status).toBe(412)
    setLimits({ bulkNotReadyStatus: 204 })
    const empty = await results(id)
    expect([empty.status, empty.text]).toEqual([204, ''])
  })

  test('are compressed when the client takes it, as one gzip stream, else not', async () => {
    addAccounts(5_000)
    const id = await doneJob('SELECT Id, Name FROM Account')
    const path = `/services/data/v68.0/jobs/query/${id}/results?maxRecords=4700`
    const [packed, plain] = [await rawGet(path, 'gzip, deflate'), await rawGet(path, 'identity')]
    expect(packed.headers['content-encoding']).toBe('gzip')
    expect(plain.headers['content-encoding']).toBeUndefined()
    expect(gunzipSync(packed.body).equals(plain.body)).toBe(true)
    expect(packed.body.length).toBeLessThan(plain.body.length / 3)
    expect(Number(plain.headers['content-length'])).toBe(plain.body.length)
    expect(Number(packed.headers['content-length'])).toBe(packed.body.length)
  })
})

describe('result pages', () => {
  test('give at most five addresses at a time, which together have every row once', async () => {
    setLimits({ bulkPageRows: 2 })
    addAccounts(13)
    const id = await doneJob('SELECT Id FROM Account')
    const first = (await client.get(`/jobs/query/${id}/resultPages`)).body
    expect(first.done).toBe(false)
    expect(first.resultPages).toHaveLength(5)
    expect(first.nextRecordsUrl).toContain(`/services/data/v68.0/jobs/query/${id}/resultpages?locator=`)
    const second = (await client.get(first.nextRecordsUrl)).body
    expect(second).toMatchObject({ done: true, nextRecordsUrl: null })
    const pages = await Promise.all(
      [...first.resultPages, ...second.resultPages].map(({ resultUrl }) => client.get(resultUrl)),
    )
    expect(pages).toHaveLength(7)
    expect(new Set(pages.flatMap((page) => rowsOf(page).slice(1)).map(([account]) => account)).size).toBe(13)
    expect((await client.get(`/jobs/query/${id}/resultPages?locator=coffee`)).status).toBe(404)
  })
})

describe('a large table', () => {
  test('is read in between other requests, and the job is InProgress until it is read', async () => {
    addAccounts(45_000)
    const id = await newJob('SELECT Id, Name FROM Account')
    const rows = () => engine().db.prepare('SELECT rows FROM sf_bulk_job WHERE id = ?').get(id) as { rows: number }
    engine().clock.advance(60_000)
    expect(rows().rows).toBe(0)
    await expect.poll(async () => (await status(id)).state).toBe('JobComplete')
    expect(new Set((await allRows(id, 30_000)).map(([account]) => account)).size).toBe(45_000)
  })

  test('stops being read when its job is aborted', async () => {
    addAccounts(45_000)
    const id = await newJob('SELECT Id, Name FROM Account')
    await client.send('PATCH', `/jobs/query/${id}`, { state: 'Aborted' })
    await client.get('/limits')
    const left = engine().db.prepare('SELECT count(*) AS n FROM sf_bulk_piece').get() as { n: number }
    expect(left.n).toBe(0)
  })
})

describe('faults', () => {
  test('fail a job, with an errorMessage', async () => {
    inject('salesforce.bulkJob', { nth: 1, action: 'error', with: { message: 'InvalidBatch : out of luck' } })
    const id = await newJob('SELECT Id FROM User')
    after(60_000)
    expect(await status(id)).toMatchObject({
      state: 'Failed',
      errorMessage: 'InvalidBatch : out of luck',
      numberRecordsProcessed: 0,
    })
    expect((await results(id)).status).toBe(412)
    expect((await status(await doneJob('SELECT Id FROM User'))).errorMessage).toBeUndefined()
  })

  test('abort a job, with no message', async () => {
    inject('salesforce.bulkJob', { nth: 1, action: 'error', with: { code: 'Aborted' } })
    addAccounts(3)
    const id = await newJob('SELECT Id FROM Account')
    expect((await status(id)).state).toBe('UploadComplete')
    after(60_000)
    const aborted = await status(id)
    expect(aborted).toMatchObject({ state: 'Aborted', totalProcessingTime: 0 })
    expect(aborted.errorMessage).toBeUndefined()
    expect((await results(id)).status).toBe(412)
    expect((await client.send('DELETE', `/jobs/query/${id}`)).status).toBe(204)
    expect((await status(await doneJob('SELECT Id FROM Account'))).state).toBe('JobComplete')
  })

  test('keep a job InProgress, for a time or for ever', async () => {
    inject('salesforce.bulkJob', { nth: 1, action: 'hang', with: { ms: 3_600_000 } })
    const long = await newJob('SELECT Id FROM User')
    after(3_600_000)
    expect((await status(long)).state).toBe('InProgress')
    after(60_000)
    expect((await status(long)).state).toBe('JobComplete')
    inject('salesforce.bulkJob', { nth: 1, action: 'hang' })
    const stuck = await newJob('SELECT Id FROM User')
    after(3 * DAY_MS)
    await client.signIn()
    expect((await status(stuck)).state).toBe('InProgress')
  })

  const jobOf50 = async () => {
    addAccounts(50)
    return doneJob('SELECT Id, Name FROM Account')
  }

  test.each(['gzip', 'identity'])('cut the connection in the middle of a page (%s)', async (encoding) => {
    const id = await jobOf50()
    const path = `/services/data/v68.0/jobs/query/${id}/results`
    const whole = await rawGet(path, encoding)
    inject('salesforce.bulkResults', { nth: 1, action: 'truncate', with: { bytes: 40 } })
    const cut = await rawGet(path, encoding)
    expect(cut.isCut).toBe(true)
    expect(cut.body.equals(whole.body.subarray(0, 40))).toBe(true)
    expect((await rawGet(path, encoding)).body.equals(whole.body)).toBe(true)
  })

  test.each(['gzip', 'identity'])('end a page early with the connection in order (%s)', async (encoding) => {
    const id = await jobOf50()
    const path = `/services/data/v68.0/jobs/query/${id}/results`
    const plain = (await rawGet(path, 'identity')).body
    inject('salesforce.bulkResults', { nth: 1, action: 'end-early' })
    const early = await rawGet(path, encoding)
    expect(early.isCut).toBe(false)
    const text = encoding === 'gzip' ? gunzipSync(early.body) : early.body
    expect(text.equals(plain.subarray(0, Math.floor(plain.length / 2)))).toBe(true)
    expect(early.headers['sforce-numberofrecords']).toBe('50')
  })

  test('leave a row out that the header counts', async () => {
    const id = await jobOf50()
    const whole = await results(id, '?maxRecords=20')
    inject('salesforce.bulkResults', { nth: 1, action: 'short-page' })
    const short = await results(id, '?maxRecords=20')
    expect(short.headers.get('sforce-numberofrecords')).toBe('20')
    expect(locatorOf(short)).toBe(locatorOf(whole))
    expect(rowsOf(short)).toEqual(rowsOf(whole).slice(0, -1))
  })

  test('stall a page, and send it in drops', async () => {
    const id = await jobOf50()
    const whole = (await results(id)).text
    inject('salesforce.bulkResults', { nth: 1, action: 'drip', with: { bytes: 100, ms: 1 } })
    expect((await results(id)).text).toBe(whole)
    engine().faults.clear()
    inject('salesforce.bulkResults', { nth: 1, action: 'stall' })
    const stalled = fetch(`${client.sandbox.baseUrl}/services/data/v68.0/jobs/query/${id}/results`, {
      headers: { authorization: `Bearer ${client.token}` },
      signal: AbortSignal.timeout(200),
    }).then((response) => response.text())
    await expect(stalled).rejects.toThrow(/timeout/)
  })

  test.each([
    ['NOT_FOUND', 404, 'NOT_FOUND'],
    ['job-version', 409, 'INVALID_VERSION'],
    ['INVALID_SESSION_ID', 401, 'INVALID_SESSION_ID'],
    ['REQUEST_LIMIT_EXCEEDED', 403, 'REQUEST_LIMIT_EXCEEDED'],
  ])('answer a page in the middle with %s', async (code, status, errorCode) => {
    const id = await jobOf50()
    inject('salesforce.bulkResults', { nth: 2, action: 'error', with: { code } })
    const locator = locatorOf(await results(id, '?maxRecords=20'))
    expect(refusal(await results(id, `?maxRecords=20&locator=${locator}`))).toMatchObject({ status, errorCode })
    expect((await results(id, `?maxRecords=20&locator=${locator}`)).status).toBe(200)
  })
})

describe('jsforce', () => {
  const connect = () =>
    new jsforce.Connection({ version: '68.0', instanceUrl: client.sandbox.baseUrl, accessToken: client.token })
  const jobOf = (query: string) =>
    new QueryJobV2(connect(), {
      bodyParams: { query, operation: 'query' },
      pollingOptions: { pollInterval: 50, pollTimeout: 10_000 },
    })

  test('makes a job with its own client, polls, reads and deletes it', async () => {
    addAccounts(120)
    const job = jobOf('SELECT Id, Name, Owner.Name FROM Account')
    const opened = await job.open()
    expect(opened).toMatchObject({ state: 'UploadComplete', object: 'Account', apiVersion: 68 })
    await job.poll()
    expect(job.getInfo()).toMatchObject({ state: 'JobComplete', numberRecordsProcessed: 120 })
    const records = (await (await job.result()).toArray()) as Json[]
    expect(records).toHaveLength(120)
    expect(records.map((record) => record.Name)).toContain('A77')
    await job.delete()
    await expect(job.check()).rejects.toMatchObject({ errorCode: 'NOT_FOUND' })
  })

  test('reads with its one-line query, and aborts', async () => {
    addAccounts(3)
    const connection = connect()
    connection.bulk2.pollInterval = 50
    const records = (await (await connection.bulk2.query('SELECT Name FROM Account')).toArray()) as Json[]
    expect(records.map((record) => record.Name).sort()).toEqual(['A1', 'A2', 'A3'])
    const job = jobOf('SELECT Id FROM Account')
    await job.open()
    expect(await job.abort()).toMatchObject({ state: 'Aborted' })
  })

  test('is told why a job was not taken', async () => {
    const query = connect().bulk2.query('SELECT Id FROM TaskStatus')
    await expect(query).rejects.toMatchObject({ errorCode: 'INVALIDENTITY' })
  })
})

describe.skipIf(!existsSync('../shared/recordings/salesforce'))('recordings of real orgs', () => {
  const recorded = (file: string): Json => JSON.parse(readFileSync(`../shared/recordings/salesforce/${file}`, 'utf8'))
  const quotedLine = /^"(?:[^"]|"")*"(?:,"(?:[^"]|"")*")*$/

  /** Every text in a value that is CSV with an Id column. */
  const csvIn = (value: Json): string[] =>
    typeof value === 'string'
      ? value.startsWith('"Id",')
        ? [value]
        : []
      : typeof value === 'object' && value !== null
        ? Object.values(value).flatMap(csvIn)
        : []

  test('quote every value of Bulk CSV and leave nothing for null, as is done here', async () => {
    const file = 'tasks__bulkdata__tests__cassettes__TestUpsert.test_upsert_external_id_field.json'
    const lines = csvIn(recorded(`cumulusci/${file}`)).flatMap((text) => text.trimEnd().split('\n'))
    expect(lines.length).toBeGreaterThan(1)
    expect(lines.filter((line) => !quotedLine.test(line))).toEqual([])
    expect(lines.some((line) => line.endsWith(',""'))).toBe(true)

    await client.create('Account', { Name: 'A' })
    const own = (await results(await doneJob('SELECT Id, Name, Industry FROM Account'))).text.trimEnd().split('\n')
    expect(own.filter((line) => !quotedLine.test(line))).toEqual([])
    expect(own.at(-1)).toMatch(/,""$/)
  })

  test('have the allowances of query jobs that are here', async () => {
    const { output } = recorded('nango/get-limits.test.json')
    const { body } = await client.get('/limits')
    for (const name of ['DailyBulkV2QueryJobs', 'DailyBulkV2QueryFileStorageMB']) {
      expect(body[name]).toEqual({ Max: output[name].max, Remaining: output[name].remaining })
    }
  })
})

describe('the parts', () => {
  test('pieces that were compressed before make one gzip stream in any order', () => {
    const texts = ['first', '', 'x'.repeat(100_000), 'äöü €\n'].map((text) => Buffer.from(text))
    for (const order of [[0, 1, 2, 3], [3, 2, 2, 0], [1], []]) {
      const chosen = order.map((at) => texts[at] as Buffer)
      const pieces = chosen.map(pieceOf)
      const stream = Buffer.concat([...gzipOf(pieces)])
      expect(gunzipSync(stream).equals(Buffer.concat(chosen))).toBe(true)
      expect(gzipBytes(pieces)).toBe(stream.length)
    }
    expect(inflatePiece(deflatePiece(Buffer.from('back'))).toString()).toBe('back')
  })

  test('the CRC of two texts follows from the CRC of each', () => {
    for (const length of [0, 1, 7, 255, 256, 65_537]) {
      const [first, second] = [Buffer.from('some text'), Buffer.alloc(length, 'ab')]
      expect(combineCrc(crc32(first), crc32(second), length)).toBe(crc32(Buffer.concat([first, second])))
    }
  })

  test('lines are told from line ends inside of values', () => {
    const csv = Buffer.from('"a","one\ntwo"\r\n"b","say ""hi""\n"\r\n"c",""\r\n')
    expect(linesOf(csv, 0, 1).toString()).toBe('"a","one\ntwo"\r\n')
    expect(linesOf(csv, 1, 2).toString()).toBe('"b","say ""hi""\n"\r\n')
    expect(linesOf(csv, 1, 3).toString()).toBe('"b","say ""hi""\n"\r\n"c",""\r\n')
    expect(linesOf(csv, 0, 3).equals(csv)).toBe(true)
  })

  test('a scattered list has everything once, and hardly two neighbours side by side', () => {
    for (const count of [0, 1, 2, 3, 10, 4_000]) {
      const list = Array.from({ length: count }, (_, i) => i)
      const mixed = [...scattered(list)]
      expect([...mixed].sort((a, b) => a - b)).toEqual(list)
      const neighbours = mixed.filter((each, i) => each === (mixed[i - 1] ?? Number.NaN) + 1).length
      if (count >= 10) expect(neighbours).toBeLessThan(count / 10)
    }
  })
})

interface Raw {
  readonly headers: Record<string, string | string[] | undefined>
  readonly body: Buffer
  readonly isCut: boolean
}

/** What comes over the wire, not decoded. */
function rawGet(path: string, encoding: string): Promise<Raw> {
  const { baseUrl } = client.sandbox
  const headers = { authorization: `Bearer ${client.token}`, 'accept-encoding': encoding }
  return new Promise((resolve, reject) => {
    httpGet(`${baseUrl}${path}`, { headers }, (response) => {
      const chunks: Buffer[] = []
      const end = () => resolve({ headers: response.headers, body: Buffer.concat(chunks), isCut: !response.complete })
      response.on('data', (chunk) => chunks.push(chunk))
      response.on('error', end)
      response.on('end', end)
    }).on('error', reject)
  })
}

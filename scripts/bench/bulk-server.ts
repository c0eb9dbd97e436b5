import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { gunzipSync, gzipSync } from 'node:zlib'
import { seededRandom } from './figures.ts'

/**
 * A process that answers as an org would to whoever reads its opportunities in bulk, as fast as answers can be given:
 * every page is made and zipped before the first request, so that what is measured is the reader.
 */

const DATA = '/services/data/v68.0'
const OBJECT = 'Opportunity'
const JOB = '750000000000001AAA'
const ORG_ID = '00D000000000001EAA'
const USER_ID = '005000000000001AAA'
/** Rows of a page at most; a reader that asks for fewer still gets this many. */
const PAGE = 50_000
/** As many opportunities to an account as in reality. */
const PER_ACCOUNT = 3.3
const DAY_MS = 86_400_000
/** Today's midnight: nothing is told to have changed later than the first reader comes. */
const NOW = Math.floor(Date.now() / DAY_MS) * DAY_MS
/** How far answers are behind with what changed. */
const LAG_MS = 60_000

const STAGES = [
  'Prospecting',
  'Qualification',
  'Proposal/Price Quote',
  'Negotiation/Review',
  'Closed Won',
  'Closed Lost',
]
const KINDS = ['New Business', 'Existing Business', 'Renewal']
const FORECASTS = ['Pipeline', 'BestCase', 'Commit', 'Closed']

/** In the order in which the mapping asks for them. */
export const COLUMNS: readonly (readonly [name: string, type: string])[] = [
  ['Id', 'id'],
  ['SystemModstamp', 'datetime'],
  ['AccountId', 'reference'],
  ['Amount', 'currency'],
  ['CloseDate', 'date'],
  ['CreatedDate', 'datetime'],
  ['ForecastCategoryName', 'picklist'],
  ['Name', 'string'],
  ['NextStep', 'string'],
  ['OwnerId', 'reference'],
  ['Probability', 'percent'],
  ['Seats__c', 'double'],
  ['StageName', 'picklist'],
  ['Type', 'picklist'],
]

/** What a read of changes asks for besides. */
const BESIDE: typeof COLUMNS = [['IsDeleted', 'boolean']]

/** Opportunities of random accounts, as they come in the order of their ids. */
function rowsFrom(total: number): (n: number) => Record<string, string> {
  const random = seededRandom(11)
  const pick = <T>(from: readonly T[]) => from[Math.floor(random() * from.length)] as T
  const accounts = Math.max(1, Math.round(total / PER_ACCOUNT))
  return (n) => {
    const account = Math.floor(random() * accounts)
    const createdAt = NOW - Math.floor(random() * 700 * DAY_MS)
    return {
      Id: idOf('006', n),
      SystemModstamp: stamp(Math.min(NOW, createdAt + Math.floor(random() * 30 * DAY_MS))),
      AccountId: idOf('001', account),
      Name: `Company number ${account}, "Nordic" - ${n % 90} seats`,
      Type: pick(KINDS),
      StageName: pick(STAGES),
      Amount: `${(100 + Math.floor(random() * 50_000)).toFixed(1)}`,
      Seats__c: `${1 + (n % 90)}.0`,
      Probability: '20.0',
      ForecastCategoryName: pick(FORECASTS),
      CreatedDate: stamp(createdAt),
      CloseDate: new Date(createdAt + 90 * DAY_MS).toISOString().slice(0, 10),
      NextStep: n % 3 === 0 ? '' : 'Call the buyer and ask for the paper process',
      OwnerId: idOf('005', n % 500),
    }
  }
}

/** Of 18 characters, whose last three are right: no other capitals than those of the prefix, of which there are none. */
function idOf(prefix: string, n: number): string {
  return `${prefix}${String(n).padStart(12, '0')}AAA`
}

function stamp(ms: number): string {
  return new Date(ms).toISOString()
}

interface Told {
  readonly url: string
  readonly referenceId: string
}

type Row = ReturnType<ReturnType<typeof rowsFrom>>

interface Pages {
  readonly zipped: readonly Buffer[]
  readonly rows: readonly number[]
  /** The first records, as a query over REST gives them. */
  readonly first: readonly Row[]
}

function makePages(total: number): Pages {
  const rowOf = rowsFrom(total)
  const names = COLUMNS.map(([name]) => name)
  const header = `${names.map(quoted).join(',')}\n`
  const zipped: Buffer[] = []
  const rows: number[] = []
  const first: Row[] = []
  for (let from = 0; from < total; from += PAGE) {
    const until = Math.min(total, from + PAGE)
    const lines = [header]
    for (let n = from; n < until; n += 1) {
      const row = rowOf(n)
      lines.push(`${names.map((name) => quoted(row[name] ?? '')).join(',')}\n`)
      if (first.length < 2_000) first.push(row)
    }
    zipped.push(gzipSync(lines.join(''), { level: 1 }))
    rows.push(until - from)
  }
  return { zipped, rows, first }
}

function isSince({ SystemModstamp = '' }: Row, since: string): boolean {
  return Date.parse(SystemModstamp) >= Date.parse(since)
}

function quoted(text: string): string {
  return `"${text.replaceAll('"', '""')}"`
}

function answerer(total: number): (request: IncomingMessage, response: ServerResponse) => void {
  const pages = makePages(total)
  let requests: string[] = []
  const json = (response: ServerResponse, body: unknown, status = 200) => {
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(JSON.stringify(body))
  }
  const job = { id: JOB, operation: 'query', object: OBJECT, concurrencyMode: 'Parallel', contentType: 'CSV' }
  const rest = { apiVersion: 68, jobType: 'V2Query', lineEnding: 'LF', columnDelimiter: 'COMMA' }
  const told = { ...job, ...rest, createdById: USER_ID, createdDate: stamp(NOW), systemModstamp: stamp(NOW) }

  const results = (request: IncomingMessage, response: ServerResponse, locator: string | null) => {
    const at = Number(locator ?? 0)
    const body = pages.zipped[at] ?? Buffer.alloc(0)
    const isZipped = /gzip/.test(String(request.headers['accept-encoding'] ?? ''))
    response.writeHead(200, {
      'content-type': 'text/csv',
      'sforce-numberofrecords': String(pages.rows[at] ?? 0),
      'sforce-locator': at + 1 < pages.zipped.length ? String(at + 1) : 'null',
      ...(isZipped ? { 'content-encoding': 'gzip' } : {}),
    })
    response.end(isZipped ? body : gunzipSync(body))
  }

  /** Records that changed after all was served in bulk, as they came to be so. */
  const changed: Row[] = []
  const change = (many: number) => {
    for (const row of pages.first.slice(changed.length, changed.length + many))
      changed.push({ ...row, NextStep: 'Send the order form', SystemModstamp: stamp(Date.now()) })
  }
  const query = (soql: string) => {
    if (soql.includes('COUNT()')) return { totalSize: total, done: true, records: [] }
    const since = /SystemModstamp >=? ([\dT:.Z+-]+)/.exec(soql)?.[1]
    const records = (since === undefined ? pages.first : changed.filter((row) => isSince(row, since))).map((row) => ({
      attributes: { type: OBJECT },
      ...row,
      IsDeleted: false,
    }))
    return since === undefined
      ? { totalSize: total, done: false, nextRecordsUrl: `${DATA}/query/01g-2000`, records }
      : { totalSize: records.length, done: true, records }
  }
  /** What is got alone and as a part of a request alike; `null`: nothing that is served. */
  const got = ({ pathname, searchParams }: URL): object | null => {
    if (pathname === `${DATA}/sobjects/${OBJECT}/describe`) {
      const fields = [...COLUMNS, ...BESIDE].map(([name, type]) => ({ name, type, calculated: false, referenceTo: [] }))
      return { name: OBJECT, queryable: true, replicateable: true, keyPrefix: '006', fields }
    }
    const latestDateCovered = stamp(Date.now() - LAG_MS)
    if (pathname === `${DATA}/sobjects/${OBJECT}/updated/`) return { ids: [], latestDateCovered }
    if (pathname === `${DATA}/sobjects/${OBJECT}/deleted/`)
      return { deletedRecords: [], earliestDateAvailable: stamp(NOW - 30 * DAY_MS), latestDateCovered }
    const soql = searchParams.get('q') ?? ''
    return /\/query(All)?$/.test(pathname) && soql.includes(OBJECT) ? query(soql) : null
  }
  const composite = async (request: IncomingMessage, response: ServerResponse) => {
    const { compositeRequest } = JSON.parse(await text(request)) as { compositeRequest: Told[] }
    const compositeResponse = compositeRequest.map(({ url, referenceId }) => {
      const body = got(new URL(url, 'http://127.0.0.1'))
      const httpStatusCode = body === null ? 404 : 200
      return { body: body ?? [{ errorCode: 'NOT_FOUND', message: '' }], httpHeaders: {}, httpStatusCode, referenceId }
    })
    json(response, { compositeResponse })
  }

  return (request, response) => {
    // The command line of Salesforce writes two slashes at times.
    const url = new URL((request.url ?? '/').replace(/^\/+/, '/'), 'http://127.0.0.1')
    const { pathname } = url
    if (pathname === '/counted') {
      json(response, requests)
      requests = []
      return
    }
    if (pathname === '/changed') {
      change(Number(url.searchParams.get('records')))
      json(response, changed.length)
      return
    }
    requests.push(`${request.method} ${pathname}`)
    if (pathname === `${DATA}/composite`) {
      void composite(request, response)
      return
    }
    // Whatever else is sent is taken and not looked at.
    request.resume()
    const found = got(url)
    if (found !== null) json(response, found)
    else if (pathname.endsWith('/results')) {
      results(request, response, url.searchParams.get('locator'))
    } else if (pathname.includes('/jobs/query') && request.method === 'POST') {
      json(response, { ...told, state: 'UploadComplete' })
    } else if (pathname.includes('/jobs/query') && request.method === 'DELETE') {
      response.writeHead(204).end()
    } else if (pathname.includes('/jobs/query')) {
      json(response, { ...told, state: 'JobComplete', numberRecordsProcessed: total, retries: 0 })
    } else if (pathname === '/services/data' || pathname === '/services/data/') {
      json(response, [{ label: "Winter '27", url: DATA, version: '68.0' }])
    } else if (pathname === DATA) {
      json(response, { query: `${DATA}/query`, sobjects: `${DATA}/sobjects` })
    } else if (pathname.endsWith(`/sobjects/User/${USER_ID}`)) {
      json(response, { Id: USER_ID, Username: 'sync@bench.example' })
    } else if (pathname === '/services/oauth2/userinfo') {
      json(response, { user_id: USER_ID, organization_id: ORG_ID, preferred_username: 'sync@bench.example' })
    } else if (pathname.endsWith('/query')) {
      const records = [
        { Id: ORG_ID, Name: 'Bench', InstanceName: 'B1', IsSandbox: false, Username: 'sync@bench.example' },
      ]
      json(response, { totalSize: 1, done: true, records })
    } else json(response, [{ errorCode: 'NOT_FOUND', message: `No ${pathname} here` }], 404)
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const server = createServer(answerer(Number(process.argv[2])))
  server.listen(0, '127.0.0.1', () => {
    console.log(JSON.stringify({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }))
  })
}

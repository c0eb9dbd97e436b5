import type { CallOptions } from '../../platform/call-options.ts'
import type { Clock } from '../../platform/clock.ts'
import { Fault } from '../../platform/errors.ts'
import type { StreamingHttpClient } from '../../platform/http.ts'
import type { Log } from '../../platform/log.ts'
import { systemRandom } from '../../platform/random.ts'
import { instantText, parseExactJson } from '../canonical.ts'
import type {
  ByIdRequest,
  Cursor,
  ObjectDescription,
  ObjectNeed,
  Page,
  ReadRequest,
  RecordsById,
  Source,
  SourceRecord,
} from '../source.ts'
import type { SalesforceCredentials } from './auth.ts'
import { BULK_DEFAULTS, type BulkJobs, type BulkSettings, createBulkJobs } from './bulk-jobs.ts'
import { type BulkRead, continues, readInBulk } from './bulk-read.ts'
import { checkOrg } from './check.ts'
import { createSalesforceClient, type SalesforceClient, type Tally } from './client.ts'
import { finished, NOWHERE, readCursor, type Standing, type Step, serves, writeCursor } from './cursor.ts'
import { hiddenFields, readUserName } from './hidden.ts'
import { createSchemas, type FoundField, findField, hasField, type Schemas, stampFieldOf } from './schema.ts'
import { type Position, selectByIds, selectEverything, selectFrom } from './soql.ts'
import { type RowPlan, toId18, toRecord } from './to-records.ts'
import { Deleted, type Describe, parseWith, QueryPage, type Row, Updated, unexpectedAnswer } from './wire.ts'

export interface SalesforceSourceOptions {
  readonly name: string
  readonly credentials: SalesforceCredentials
  /** Where tokens are asked for: the My Domain, or `https://login.salesforce.com` for JWT. Not used with a given token. */
  readonly loginUrl?: string
  /** Default `68.0`. */
  readonly apiVersion?: string
  /** Share 0..1 of the org's daily requests up to which this program goes on. Default 0.5. */
  readonly quotaShare?: number
  /** How large objects are read; each setting has a default of its own. */
  readonly bulk?: Partial<BulkSettings>
  readonly http: StreamingHttpClient
  readonly clock: Clock
  readonly log: Log
  readonly random?: () => number
  /** Told every token that is fetched, so that logs can leave it out. */
  readonly learnSecret?: (secret: string) => void
}

/** What a read needs to know, beside the request. */
interface Org {
  readonly client: SalesforceClient
  readonly schemas: Schemas
  readonly credentials: SalesforceCredentials
  /** `/services/data/v68.0`. */
  readonly root: string
  readonly apiVersion: string
  readonly jobs: BulkJobs
  readonly bulk: BulkSettings
  readonly clock: Clock
  readonly log: Log
}

export function createSalesforceSource(options: SalesforceSourceOptions): Source {
  const { clock, log, apiVersion = '68.0', random = systemRandom } = options
  const client = createSalesforceClient({
    credentials: options.credentials,
    loginUrl: options.loginUrl ?? 'https://login.salesforce.com',
    quotaShare: options.quotaShare ?? 0.5,
    http: options.http,
    clock,
    random,
    log,
    learnSecret: options.learnSecret ?? (() => {}),
  })
  const root = `/services/data/v${apiVersion}`
  const schemas = createSchemas(client, root, clock)
  const bulk = { ...BULK_DEFAULTS, ...options.bulk }
  const jobs = createBulkJobs({ client, root, settings: bulk, clock, random, log })
  const org: Org = { client, schemas, credentials: options.credentials, root, apiVersion, jobs, bulk, clock, log }
  return {
    name: options.name,
    check: (needs, callOptions) => checkOrg(org, needs, callOptions),
    read: (request, callOptions) => readObject(org, request, callOptions),
    describe: (need, callOptions) => describeObject(org, need, callOptions),
    readByIds: (request, callOptions) => readByIds(org, request, callOptions),
    quota: () => client.quota(),
  }
}

/** Formulas, roll-ups and fields of a parent change without the stamp of the record that shows them. */
async function describeObject(
  { schemas }: Org,
  { object, fields }: ObjectNeed,
  options: CallOptions = {},
): Promise<ObjectDescription> {
  const tally: Tally = { requests: 0, sharedRequests: 0 }
  const asked = { tally, signal: options.signal }
  const describe = await schemas.describe(object, asked)
  const found = await Promise.all(fields.map((field) => findField(schemas, describe, field, asked)))
  return {
    asked: found
      .filter((each) => each.is === 'found')
      .map(({ plan, field }) => ({
        name: plan.asked,
        type: plan.type,
        stamped: plan.path.length === 1 && field?.calculated !== true,
      })),
    fields: describe.fields.map(({ name, type }) => ({ name, type })),
    alwaysWhole: false,
    ...tally,
  }
}

async function* readByIds(org: Org, request: ByIdRequest, options: CallOptions = {}): AsyncGenerator<RecordsById> {
  const { object, where, ids } = request
  const tally: Tally = { requests: 0, sharedRequests: 0 }
  const asked = { tally, signal: options.signal }
  const shape = await shapeOf(org, { ...request, after: null }, asked)
  const asOf = instant(org.client.serverNow())
  for (const { soql, ids: some } of idQueries((part) => selectByIds(object, shape.select, where, part), ids)) {
    const missing = new Set(some)
    for (let page = await query(org, soql, object, false, asked); ; ) {
      const records = page.records.map((row) => toRecord(row, shape.rows))
      for (const { id } of records) missing.delete(id)
      yield { records, ...take(tally) }
      if (page.done) break
      if (page.nextRecordsUrl == null) throw noNextPage(object)
      page = await nextPage(org, page.nextRecordsUrl, object, asked)
    }
    yield { records: [...missing].map((id) => ({ kind: 'deleted', id, changedAt: asOf })), ...take(tally) }
  }
}

/** The recycle bin keeps deleted records for 15 days; after a longer gap only a read of everything finds what is gone. */
const LONGEST_GAP_MS = 15 * 24 * 3_600_000
/** Where Salesforce does not tell how far changes are complete: no transaction runs for longer than this. */
const LONGEST_TRANSACTION_MS = 10 * 60_000
/** Salesforce takes 16,384 bytes of address and headers together; a token can take 2,000 of them. */
const LONGEST_QUERY = 14_000
const RESTARTS = 3
/** Records to a page, where we cut pages ourselves. */
const PAGE = 2000
/** `/updated` and `/deleted` want more than a minute, and cut seconds off. */
const SHORTEST_WINDOW_MS = 2 * 60_000

/**
 * Reads one object. `SystemModstamp` orders everything; the cursor never passes what Salesforce says is complete
 * (`latestDateCovered`), so that a record whose transaction commits late is read by the next run.
 */
async function* readObject(org: Org, request: ReadRequest, options: CallOptions = {}): AsyncGenerator<Page> {
  const tally: Tally = { requests: 0, sharedRequests: 0 }
  const asked = { tally, signal: options.signal }
  const shape = await shapeOf(org, request, asked)
  const stood = readCursor(request.after)
  const { standing: start, deleted } = await startOf(org, request, stood, shape, asked)
  const page = (records: readonly SourceRecord[], cursor: Cursor, snapshot: boolean) => ({
    records,
    cursor,
    snapshot,
    ...take(tally),
  })
  if (stood?.bulk != null && start.bulk === null) {
    await org.jobs.drop(stood.bulk.job, { object: request.object, ...asked })
  }
  if (isBrokenOff(stood, start)) yield page([], NOWHERE, false)
  if (start.mode === 'everything') {
    for await (const { records, at } of everythingFrom(org, request, shape, start, asked)) {
      yield at === 'anew' ? page(records, NOWHERE, false) : page(records, writeCursor(at), true)
    }
    return
  }
  // Before what changed: a record that was deleted and undeleted is there in the end.
  const last = deleted.length - (deleted.length % PAGE)
  for (let i = 0; i < last; i += PAGE) yield page(deleted.slice(i, i + PAGE), writeCursor(start), false)
  let gone = deleted.slice(last)
  for await (const { records, position, isLast } of rowsOf(org, request, shape, start, asked)) {
    const changed = await withLeavers(org, request, records, asked)
    const ids = new Set(changed.map((record) => record.id))
    const handedOver = [...gone.filter((record) => !ids.has(record.id)), ...changed]
    gone = []
    const next = isLast ? finished(start) : { ...start, from: capped(position, start.covered) }
    yield page(handedOver, writeCursor(next), false)
  }
}

/**
 * Everything, from where `start` stands. A read that begins asks for the first page over REST: its answer tells how many
 * records there are, and for most objects it is the first page. From `fromRecords` on it is put aside for a Bulk job, as it
 * is when the query is too much for REST.
 */
async function* everythingFrom(
  org: Org,
  request: ReadRequest,
  described: Shape,
  start: Standing,
  asked: AskedBy,
): AsyncGenerator<Step> {
  let shape = described
  let refusal: Fault | null = null
  if (start.bulk === null) {
    const rest = overRest(org, request, shape, start, asked)
    const mayBulk = start.from === null && isFitForBulk(shape)
    let first: IteratorResult<RestStep> | null = null
    try {
      first = await rest.next()
    } catch (error) {
      if (!mayBulk || !isTooMuchForRest(error)) throw error
      refusal = error
    }
    const isMany = first?.done === false && first.value.total >= org.bulk.fromRecords
    if (first !== null && !(mayBulk && isMany)) {
      if (!first.done) yield first.value
      return yield* rest
    }
    await rest.return(undefined)
    // Described anew where a field had vanished.
    shape = await shapeOf(org, request, asked)
  }
  const end = yield* readInBulk(bulkReadOf(org, request, shape, asked), start)
  if (end === 'read') return
  if (refusal !== null) throw refusal
  yield* overRest(org, request, shape, { ...start, from: null, bulk: null }, asked)
}

/** What REST cannot do, and Bulk may: its query stands in the body, and has no order that takes long to make. */
function isTooMuchForRest(error: unknown): error is Fault {
  const codes = ['salesforce-query-too-long', 'salesforce-query-timeout', 'salesforce-operation-too-large']
  return error instanceof Fault && codes.includes(error.code)
}

type RestStep = Step & { readonly total: number }

async function* overRest(
  org: Org,
  request: ReadRequest,
  shape: Shape,
  start: Standing,
  asked: AskedBy,
): AsyncGenerator<RestStep> {
  for await (const { records, position, total, isLast } of rowsOf(org, request, shape, start, asked)) {
    yield { records, at: isLast ? finished(start) : { ...start, from: position }, total }
  }
}

/** Types whose values look otherwise in CSV than in JSON, or are not there at all. */
const NOT_IN_CSV = new Set(['anyType', 'complexvalue', 'base64', 'address', 'location'])

function isFitForBulk({ rows }: Shape): boolean {
  return !rows.fields.some((field) => NOT_IN_CSV.has(field.type))
}

function bulkReadOf(org: Org, request: ReadRequest, shape: Shape, asked: AskedBy): BulkRead {
  const { jobs, clock, log, apiVersion } = org
  const { object } = request
  const soql = bulkSoql(request, shape)
  return { jobs, clock, log, apiVersion, soql, columns: shape.select, plan: shape.rows, call: { object, ...asked } }
}

function bulkSoql({ object, where }: ReadRequest, { select }: Shape): string {
  return selectEverything({ object, fields: select, where })
}

interface Rows {
  readonly records: readonly SourceRecord[]
  /** Where the last of them stands. */
  readonly position: Position | null
  /** How many records the query finds in all. */
  readonly total: number
  readonly isLast: boolean
}

/**
 * What was queried, page by page, to the last. A page that Salesforce forgot is asked for anew after the last record
 * handed over; a field that vanished since the describe is looked for in a new one, once.
 */
async function* rowsOf(
  org: Org,
  request: ReadRequest,
  described: Shape,
  start: Standing,
  asked: AskedBy,
): AsyncGenerator<Rows> {
  const { object } = request
  let shape = described
  let position = start.from
  let locator: string | null = null
  let restarts = 0
  for (;;) {
    asked.signal?.throwIfAborted()
    let page: QueryPage
    try {
      page = await (locator === null
        ? queryFrom(org, request, shape, start.mode, position, asked)
        : nextPage(org, locator, object, asked))
    } catch (error) {
      const code = error instanceof Fault ? error.code : null
      if (code === 'salesforce-locator-expired' && locator !== null && restarts < RESTARTS) {
        org.log.info({ object }, 'Salesforce forgot the next page; asking again from the last record read')
        restarts += 1
      } else if (code === 'salesforce-invalid-field' && shape === described) {
        org.schemas.forget(object)
        shape = await shapeOf(org, request, asked)
      } else throw error
      locator = null
      continue
    }
    position = positionAfter(page.records, shape.rows.stampField) ?? position
    const records = page.records.map((row) => toRecord(row, shape.rows))
    yield { records, position, total: Number(page.totalSize), isLast: page.done }
    if (page.done) return
    if (page.nextRecordsUrl == null) throw noNextPage(object)
    locator = page.nextRecordsUrl
    if (records.length > 0) restarts = 0
  }
}

/** How an object is read: settled by what the org says of it. */
interface Shape {
  readonly rows: RowPlan
  /** What is selected in any read. */
  readonly select: readonly string[]
  /** What is selected besides when deleted records come too. */
  readonly selectDeleted: readonly string[]
  readonly deletes: boolean
  readonly replicateable: boolean
  /** What its ids begin with; empty where that is not known. */
  readonly keyPrefix: string
}

type AskedBy = { readonly tally: Tally; readonly signal: AbortSignal | undefined }

async function shapeOf(org: Org, request: ReadRequest, asked: AskedBy): Promise<Shape> {
  const describe = await org.schemas.describe(request.object, asked)
  const found = await Promise.all(request.fields.map((field) => findField(org.schemas, describe, field, asked)))
  const missing = found.filter((field) => field.is !== 'found')
  if (missing.length > 0) throw hiddenFields(request.object, missing, await readUserName(org, asked))
  const stampField = stampFieldOf(describe)
  if (stampField === null || !describe.queryable) throw unreadable(describe)
  const fields = found.filter((field): field is Extract<FoundField, { is: 'found' }> => field.is === 'found')
  const rows = { fields: fields.map((field) => field.plan), stampField }
  return {
    rows,
    select: unique(['Id', stampField, ...rows.fields.map((field) => field.path.join('.'))]),
    selectDeleted: ['IsDeleted', 'MasterRecordId'].filter((name) => hasField(describe, name)),
    deletes: hasField(describe, 'IsDeleted'),
    replicateable: describe.replicateable,
    keyPrefix: describe.keyPrefix ?? '',
  }
}

function unreadable(describe: Describe): Fault {
  const problem = describe.queryable ? 'has no field that tells when a record changed' : 'cannot be queried'
  return new Fault('salesforce-object-unreadable', `The object "${describe.name}" ${problem}`, {
    blame: 'operator',
    hint: `Leave ${describe.name} out of the source mapping`,
  })
}

/**
 * Where this read begins: where the last one stood, or at the beginning when that no longer serves. `deleted`: what was
 * deleted since, as far as the changes themselves may not tell.
 */
async function startOf(org: Org, request: ReadRequest, stood: Standing | null, shape: Shape, asked: AskedBy) {
  const { fields, where } = request
  const why = whyEverything(org, request, stood, shape)
  if (stood !== null && why === null) {
    if (stood.mode === 'everything') return { standing: { ...stood, fields }, deleted: [] }
    const changes = await readChanges(org, request.object, shape, stood.from?.stamp ?? stood.covered, asked)
    if (changes !== 'forgotten') {
      const covered = later(changes.covered, stood.covered)
      const standing: Standing = { mode: 'changes', from: stood.from, covered, fields, where, bulk: null }
      return { standing, deleted: changes.deleted }
    }
  }
  if (request.after !== null) {
    org.log.info({ object: request.object, why: why ?? 'changes-forgotten' }, 'reading everything again')
  }
  const covered = await readCovered(org, request.object, shape, asked)
  const standing: Standing = { mode: 'everything', from: null, covered, fields, where, bulk: null }
  return { standing, deleted: [] }
}

/** A read of everything was under way and is not taken up. */
function isBrokenOff(stood: Standing | null, start: Standing): boolean {
  const isAnew = start.from === null && start.bulk === null
  return stood !== null && stood.mode === 'everything' && isAnew && (stood.from !== null || stood.bulk !== null)
}

function whyEverything(org: Org, request: ReadRequest, stood: Standing | null, shape: Shape): string | null {
  if (stood === null) return 'no-cursor'
  if (!serves(stood, request)) return 'other-fields'
  const { apiVersion } = org
  if (stood.bulk !== null && !continues(stood.bulk, { apiVersion, soql: bulkSoql(request, shape) }))
    return 'other-query'
  const since = Date.parse(stood.mode === 'changes' ? (stood.from?.stamp ?? stood.covered) : stood.covered)
  return org.client.serverNow() - since > LONGEST_GAP_MS ? 'long-gap' : null
}

/**
 * Up to when Salesforce says that all changes are there to be read. Asking for the last minutes is enough; while a long
 * transaction runs anywhere on the instance, the answer is its beginning, hours ago at times.
 */
async function readCovered(org: Org, object: string, shape: Shape, asked: AskedBy): Promise<string> {
  if (!shape.replicateable) return safelyBefore(org)
  const now = org.client.serverNow()
  try {
    const updated = await org.client.get({
      path: `${org.root}/sobjects/${object}/updated/`,
      query: { start: instant(now - SHORTEST_WINDOW_MS), end: instant(now) },
      what: `changes of ${object}`,
      parse: parseWith(Updated, `the changes of ${object}`),
      ...asked,
    })
    return updated.latestDateCovered
  } catch (error) {
    if (isForgotten(error)) return safelyBefore(org)
    throw error
  }
}

/**
 * The same, and what was deleted since: it is not documented that deleting moves the stamp of a record, and what was
 * deleted past the recycle bin is in no query at all. `forgotten`: the log of deletions no longer reaches back so far.
 */
async function readChanges(
  org: Org,
  object: string,
  shape: Shape,
  since: string,
  asked: AskedBy,
): Promise<{ readonly covered: string; readonly deleted: readonly SourceRecord[] } | 'forgotten'> {
  if (!shape.deletes || !shape.replicateable)
    return { covered: await readCovered(org, object, shape, asked), deleted: [] }
  const now = org.client.serverNow()
  try {
    const answer = await org.client.get({
      path: `${org.root}/sobjects/${object}/deleted/`,
      query: { start: instant(Math.min(Date.parse(since), now - SHORTEST_WINDOW_MS)), end: instant(now) },
      what: `deletions of ${object}`,
      parse: parseWith(Deleted, `the deletions of ${object}`),
      ...asked,
    })
    // Salesforce cuts the seconds off the start. What was deleted before it and undeleted since is not to go again.
    const deleted = answer.deletedRecords
      .map(({ id, deletedDate }) => ({ id: toId18(id), changedAt: deletedDate }))
      .filter(({ id, changedAt }) => changedAt >= since && id.startsWith(shape.keyPrefix))
      .map((gone): SourceRecord => ({ kind: 'deleted', ...gone }))
    return { covered: answer.latestDateCovered, deleted }
  } catch (error) {
    if (isForgotten(error)) return 'forgotten'
    throw error
  }
}

function isForgotten(error: unknown): boolean {
  return error instanceof Fault && ['salesforce-replication-date', 'salesforce-id-limit'].includes(error.code)
}

function safelyBefore(org: Org): string {
  return instant(org.client.serverNow() - LONGEST_TRANSACTION_MS)
}

function queryFrom(
  org: Org,
  request: ReadRequest,
  shape: Shape,
  mode: Standing['mode'],
  from: Position | null,
  asked: AskedBy,
): Promise<QueryPage> {
  const { object, fields } = request
  const { stampField } = shape.rows
  // Changes are read without the condition: a record that no longer meets it is a change too.
  const soql =
    mode === 'everything'
      ? selectFrom({ object, fields: shape.select, stampField, where: request.where, from })
      : selectFrom({ object, fields: unique([...shape.select, ...shape.selectDeleted]), stampField, where: null, from })
  if (lengthInUrl(soql) <= LONGEST_QUERY) return query(org, soql, object, mode === 'changes' && shape.deletes, asked)
  throw new Fault(
    'salesforce-query-too-long',
    `Reading ${fields.length} fields of ${object} makes a query too long for Salesforce`,
    { blame: 'operator', hint: `Map fewer fields of ${object}, or make its where shorter` },
  )
}

/** With a condition: records that changed and do not meet it (any more) are gone for us. */
async function withLeavers(
  org: Org,
  request: ReadRequest,
  records: readonly SourceRecord[],
  asked: AskedBy,
): Promise<readonly SourceRecord[]> {
  if (request.where === null) return records
  const ids = records.filter((record) => record.kind === 'present').map((record) => record.id)
  const matching = new Set<string>()
  // By id and not by stamp: a record that changes between the two queries is told right all the same.
  const { object, where } = request
  for (const { soql } of idQueries((some) => selectByIds(object, ['Id'], where, some), ids)) {
    for (let page = await query(org, soql, request.object, false, asked); ; ) {
      for (const row of page.records) matching.add(String(row['Id']))
      if (page.done || page.nextRecordsUrl == null) break
      page = await nextPage(org, page.nextRecordsUrl, request.object, asked)
    }
  }
  return records.map((record) =>
    record.kind === 'present' && !matching.has(record.id)
      ? { kind: 'deleted', id: record.id, changedAt: record.changedAt }
      : record,
  )
}

/** As many ids to a query as its address carries. */
function* idQueries(
  select: (ids: readonly string[]) => string,
  ids: readonly string[],
): Generator<{ readonly soql: string; readonly ids: readonly string[] }> {
  const room = LONGEST_QUERY - lengthInUrl(select([]))
  const each = lengthInUrl(`'${ids[0] ?? ''}',`)
  const count = Math.max(1, Math.floor(room / each))
  for (let i = 0; i < ids.length; i += count) {
    const some = ids.slice(i, i + count)
    yield { soql: select(some), ids: some }
  }
}

function lengthInUrl(soql: string): number {
  return encodeURIComponent(soql).replaceAll("'", '%27').length
}

const readPage = (what: string) => parseWith(QueryPage, `a query of ${what}`, parseExactJson)

function query(org: Org, soql: string, what: string, withDeleted: boolean, asked: AskedBy): Promise<QueryPage> {
  const path = `${org.root}/${withDeleted ? 'queryAll' : 'query'}`
  return org.client.get({ path, query: { q: soql }, what, parse: readPage(what), ...asked })
}

function nextPage(org: Org, locator: string, what: string, asked: AskedBy): Promise<QueryPage> {
  // A path of the same org: anything else would carry the token elsewhere.
  if (!locator.startsWith('/services/')) throw noNextPage(what)
  return org.client.get({ path: locator, what, parse: readPage(what), ...asked })
}

function noNextPage(object: string): Fault {
  return unexpectedAnswer(
    `a query of ${object}`,
    'nextRecordsUrl',
    'no path of this org, though there are more records',
  )
}

function positionAfter(rows: readonly Row[], stampField: string): Position | null {
  const last = rows.at(-1)
  return last === undefined ? null : { stamp: instantText(String(last[stampField])), id: String(last['Id']) }
}

/** The cursor of a read of changes may not pass `covered`: behind it, records can still turn up. */
function capped(position: Position | null, covered: string): Position | null {
  return position !== null && position.stamp < covered ? position : { stamp: covered, id: null }
}

function later(a: string, b: string): string {
  return a > b ? a : b
}

function instant(ms: number): string {
  return new Date(ms).toISOString()
}

function unique(names: readonly string[]): string[] {
  return [...new Set(names)]
}

function take(tally: Tally): Pick<Page, 'requests' | 'sharedRequests'> {
  const { requests, sharedRequests } = tally
  tally.requests = 0
  tally.sharedRequests = 0
  return sharedRequests === 0 ? { requests } : { requests, sharedRequests }
}

import { Fault } from '../../platform/errors.ts'
import { instantText, parseExactJson } from '../canonical.ts'
import type { ReadRequest, SourceRecord } from '../source.ts'
import type { Standing } from './cursor.ts'
import type { AskedBy, Org } from './org.ts'
import { type Shape, shapeOf, unique } from './shape.ts'
import { type Position, selectFrom } from './soql.ts'
import { toRecord } from './to-records.ts'
import { parseWith, QueryPage, type Row, unexpectedAnswer } from './wire.ts'

/** Salesforce takes 16,384 bytes of address and headers together; a token can take 2,000 of them. */
const LONGEST_QUERY = 14_000

const RESTARTS = 3

export interface Rows {
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
export async function* rowsOf(
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

/** As many ids to a query as its address carries. */
export function* idQueries(
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

export function query(org: Org, soql: string, what: string, withDeleted: boolean, asked: AskedBy): Promise<QueryPage> {
  const path = `${org.root}/${withDeleted ? 'queryAll' : 'query'}`
  return org.client.get({ path, query: { q: soql }, what, parse: readPage(what), ...asked })
}

export function nextPage(org: Org, locator: string, what: string, asked: AskedBy): Promise<QueryPage> {
  // A path of the same org: anything else would carry the token elsewhere.
  if (!locator.startsWith('/services/')) throw noNextPage(what)
  return org.client.get({ path: locator, what, parse: readPage(what), ...asked })
}

export function noNextPage(object: string): Fault {
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

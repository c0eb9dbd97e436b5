import { SalesforceError } from './errors.ts'
import { makeId } from './ids.ts'
import type { Org } from './org.ts'
import type { FieldDef } from './schema.ts'
import { type CompiledQuery, compileSoql } from './soql.ts'
import type { ShownRecord } from './soql-select.ts'
import { type Stored, toJson } from './values.ts'

export interface QueryRequest {
  readonly soql: string
  readonly isAll: boolean
  /** `/services/data/v68.0`: what addresses of records begin with. */
  readonly base: string
  /** What the client asked for as `batchSize`; a hint. */
  readonly batchSize: number | undefined
}

/** Answers a query with its first page as JSON text; more than a page leaves a locator behind. */
export function runQuery(org: Org, request: QueryRequest): string {
  const query = compileSoql(org, request.soql, request)
  if (query.kind === 'count') return `{"totalSize":${countRows(org, query)},"done":true,"records":[]}`
  const batch = batchOf(org, query, request.batchSize)
  const sql = `SELECT ${query.columns.join(', ')} FROM ${query.from}${query.where}${query.groupBy}${query.orderBy} LIMIT ? OFFSET ?`
  const wanted = query.limit < 0 ? batch + 1 : Math.min(query.limit, batch + 1)
  const rows = readRows(org, sql, [...query.params, query.kind === 'aggregate' ? query.limit : wanted, query.offset])
  if (query.kind === 'aggregate' || rows.length <= batch) {
    return pageJson(query.record, rows, request.base, { totalSize: rows.length, next: null })
  }
  const locator = openLocator(org, query, request, batch)
  return pageJson(query.record, rows.slice(0, batch), request.base, {
    totalSize: locator.total,
    next: `${request.base}/query/${locator.id}-${batch}`,
  })
}

/** Answers a further page. A locator can be read again, at any place, until it expires. */
export function readLocator(org: Org, locator: string, base: string): string {
  const [id = '', place = ''] = locator.split('-')
  const found = org.engine.db.prepare('SELECT * FROM sf_locator WHERE id = ?').get(id) as
    | { soql: string; is_all: number; batch: number; total: number; created_at: number }
    | undefined
  const isExpired =
    found !== undefined &&
    org.engine.clock.now() - found.created_at > org.engine.limits.get('salesforce.queryLocatorMs')
  if (found === undefined || isExpired || !/^\d+$/.test(place)) {
    throw new SalesforceError(400, 'INVALID_QUERY_LOCATOR', 'invalid query locator')
  }
  const from = Number(place)
  const to = from + found.batch
  const query = compileSoql(org, found.soql, { isAll: found.is_all === 1 })
  const joins = query.from.replace(/^\S+ t0/, '')
  const sql = `SELECT ${query.columns.join(', ')} FROM sf_locator_row l JOIN "sf_${query.object.name}" t0 ON t0.rowid = l.row${joins}
    WHERE l.locator = ? AND l.position >= ? AND l.position < ? ORDER BY l.position`
  const rows = readRows(org, sql, [id, from, to])
  return pageJson(query.record, rows, base, {
    totalSize: found.total,
    next: to < found.total ? `${base}/query/${id}-${to}` : null,
  })
}

/** What `columns=true` answers: how the query's columns are called and typed. */
export function columnMetadata(org: Org, soql: string, isAll: boolean): string {
  const query = compileSoql(org, soql, { isAll })
  return JSON.stringify({
    columnMetadata: metadataOf(query.record),
    entityName: query.object.name,
    groupBy: query.groupBy !== '',
    idSelected: query.record.shown.some((each) => each.kind === 'column' && each.field.name === 'Id'),
    keyPrefix: query.object.keyPrefix,
  })
}

/** One record with all the fields given, or all it has, as `/sobjects/X/<id>` shows it. */
export function readRecord(
  org: Org,
  objectName: string,
  id: string,
  fields: readonly string[],
  base: string,
): string | null {
  const query = compileSoql(org, `SELECT ${fields.join(', ')} FROM ${objectName}`, { isAll: true })
  const rows = readRows(org, `SELECT ${query.columns.join(', ')} FROM ${query.from} WHERE t0."Id" = ?`, [id])
  const row = rows[0]
  return row === undefined ? null : recordJson(query.record, row, base)
}

function countRows(org: Org, query: CompiledQuery): number {
  const sql = `SELECT count(*) AS n FROM ${query.from}${query.where}`
  const { n } = org.engine.db.prepare(sql).get(...query.params) as { n: number }
  const rest = Math.max(0, n - query.offset)
  return query.limit < 0 ? rest : Math.min(rest, query.limit)
}

function readRows(org: Org, sql: string, params: readonly Stored[]): Stored[][] {
  const statement = org.engine.db.prepare(sql)
  statement.setReturnArrays(true)
  return statement.all(...params) as unknown as Stored[][]
}

function batchOf(org: Org, query: CompiledQuery, asked: number | undefined): number {
  const { limits } = org.engine
  const most = limits.get('salesforce.queryPageRows')
  const least = Math.min(most, limits.get('salesforce.queryPageRowsMin'))
  const longTexts = query.record.shown.filter(
    (each) => each.kind === 'column' && each.field.custom && each.field.type === 'textarea' && each.field.length > 255,
  )
  const cap = longTexts.length >= 2 ? Math.min(most, limits.get('salesforce.queryPageRowsWithLongText')) : most
  return Math.min(cap, Math.max(least, asked ?? most))
}

/** Writes down which rows the query found, in their order, so that pages stay the same whatever changes meanwhile. */
function openLocator(
  org: Org,
  query: CompiledQuery,
  request: QueryRequest,
  batch: number,
): { id: string; total: number } {
  const { db, clock, limits } = org.engine
  const now = clock.now()
  return org.transaction(() => {
    const oldest = now - limits.get('salesforce.queryLocatorMs')
    db.prepare('DELETE FROM sf_locator_row WHERE locator IN (SELECT id FROM sf_locator WHERE created_at < ?)').run(
      oldest,
    )
    // The newest stays, so that no number is given twice.
    db.prepare('DELETE FROM sf_locator WHERE created_at < ? AND rowid < (SELECT max(rowid) FROM sf_locator)').run(
      oldest,
    )
    const { n } = db.prepare('SELECT coalesce(max(rowid), 0) + 1 AS n FROM sf_locator').get() as { n: number }
    const id = makeId('0r8', n)
    const order = query.orderBy === '' ? '' : query.orderBy.trim()
    const sql = `INSERT INTO sf_locator_row (locator, position, row)
      SELECT ?, row_number() OVER (${order}) - 1 - ?, t0.rowid FROM ${query.from}${query.where}${query.orderBy} LIMIT ? OFFSET ?`
    const { changes } = db.prepare(sql).run(id, query.offset, ...query.params, query.limit, query.offset)
    const total = Number(changes)
    db.prepare('INSERT INTO sf_locator (id, soql, is_all, batch, total, created_at) VALUES (?, ?, ?, ?, ?, ?)').run(
      id,
      request.soql,
      Number(request.isAll),
      batch,
      total,
      now,
    )
    return { id, total }
  })
}

function pageJson(
  record: ShownRecord,
  rows: readonly Stored[][],
  base: string,
  page: { readonly totalSize: number; readonly next: string | null },
): string {
  const records = rows.map((row) => recordJson(record, row, base)).join(',')
  const next = page.next === null ? '' : `"nextRecordsUrl":${JSON.stringify(page.next)},`
  return `{"totalSize":${page.totalSize},"done":${page.next === null},${next}"records":[${records}]}`
}

function recordJson(record: ShownRecord, row: readonly Stored[], base: string): string {
  const id = record.idColumn === null ? null : row[record.idColumn]
  const url = id === null ? '' : `,"url":"${base}/sobjects/${record.object.name}/${id}"`
  const members = record.shown.map((each) => {
    if (each.kind === 'column') return `${JSON.stringify(each.name)}:${toJson(each.field, row[each.column] ?? null)}`
    const isThere = each.record.idColumn !== null && (row[each.record.idColumn] ?? null) !== null
    return `${JSON.stringify(each.name)}:${isThere ? recordJson(each.record, row, base) : 'null'}`
  })
  return `{"attributes":{"type":"${record.type}"${url}}${members.map((member) => `,${member}`).join('')}}`
}

function metadataOf(record: ShownRecord): Record<string, unknown>[] {
  return record.shown.map((each) => ({
    aggregate: record.type === 'AggregateResult',
    apexType: each.kind === 'related' ? each.record.object.name : apexType(each.field),
    booleanType: each.kind === 'column' && each.field.type === 'boolean',
    columnName: each.name,
    custom: each.kind === 'column' && each.field.custom,
    displayName: each.name,
    foreignKeyName: each.kind === 'related' ? each.record.object.name : null,
    insertable: each.kind === 'column' && each.field.createable,
    joinColumns: each.kind === 'related' ? metadataOf(each.record) : [],
    numberType: each.kind === 'column' && ['int', 'double', 'currency', 'percent'].includes(each.field.type),
    textType:
      each.kind === 'column' && ['string', 'picklist', 'email', 'phone', 'url', 'textarea'].includes(each.field.type),
    updatable: each.kind === 'column' && each.field.updateable,
  }))
}

function apexType(field: FieldDef): string {
  switch (field.type) {
    case 'id':
    case 'reference':
      return 'Id'
    case 'boolean':
      return 'Boolean'
    case 'int':
      return 'Integer'
    case 'double':
    case 'currency':
    case 'percent':
      return 'Double'
    case 'date':
      return 'Date'
    case 'datetime':
      return 'Datetime'
    default:
      return 'String'
  }
}

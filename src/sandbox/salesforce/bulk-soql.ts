import type { Query } from '@jetstreamapp/soql-parser-js'
import { type CsvColumn, columnsOf } from './bulk-csv.ts'
import { SalesforceError } from './errors.ts'
import type { Org } from './org.ts'
import type { ObjectDef } from './schema.ts'
import { compileSoql, parseSoql } from './soql.ts'
import { tableOf } from './tables.ts'
import type { Stored } from './values.ts'

/** Standard objects that the Bulk API was seen to refuse. */
const UNSUPPORTED = new Set([
  'Attachment',
  'CaseStatus',
  'ContractStatus',
  'OrderStatus',
  'PartnerRole',
  'RecentlyViewed',
  'SolutionStatus',
  'TaskPriority',
  'TaskStatus',
  'UserRecordAccess',
])
/** Objects of this org whose jobs Salesforce does not cut into chunks by primary key. */
const NOT_CHUNKED = new Set(['Organization', 'UserRole'])

/** A statement that a job may run. */
export interface BulkQuery {
  readonly object: ObjectDef
  readonly columns: readonly CsvColumn[]
  readonly supportsChunking: boolean
  /** Reads all rows, some at a time. Each batch is what was visible when it was read. */
  batches(): Iterable<Iterable<readonly Stored[]>>
}

/** Rows of the table that one batch looks at. */
const CHUNK_ROWS = 4_000

/** Reads the SOQL of a job, or throws what Salesforce answers one with that cannot be run. */
export function compileBulkQuery(org: Org, soql: string, options: { readonly isAll: boolean }): BulkQuery {
  const parsed = parseSoql(soql)
  const named = parsed.sObject ?? ''
  if ([...UNSUPPORTED].some((name) => name.toLowerCase() === named.toLowerCase())) {
    throw new SalesforceError(400, 'INVALIDENTITY', `Entity '${named}' is not supported by the Bulk API.`)
  }
  refuseForBulk(parsed)
  const query = compileSoql(org, soql, options)
  const columns = columnsOf(query.record)
  if (columns.some((column) => column.field.type === 'address')) {
    throw notInBulk('Selecting compound data not supported in Bulk Query')
  }
  const isWhole = query.limit >= 0 || query.orderBy !== ''
  const select = `SELECT ${query.columns.join(', ')} FROM`
  const read = (sql: string, params: readonly Stored[]) => {
    const statement = org.engine.db.prepare(sql)
    statement.setReturnArrays(true)
    return statement.all(...params) as unknown as Stored[][]
  }
  return {
    object: query.object,
    columns,
    supportsChunking: !NOT_CHUNKED.has(query.object.name),
    *batches() {
      if (isWhole) {
        // LIMIT and ORDER BY switch chunks off: everything is read at once.
        yield read(`${select} ${query.from}${query.where}${query.orderBy} LIMIT ?`, [...query.params, query.limit])
        return
      }
      // By ranges of rowid, as primary key chunks are; an index would give the rows in the order of their stamps.
      const sql = `${select} ${query.from.replace(' t0', ' t0 NOT INDEXED')}${query.where}${query.where === '' ? ' WHERE' : ' AND'} t0.rowid >= ? AND t0.rowid < ?`
      for (const first of scattered(chunksOf(org, query.object))) {
        yield scattered(read(sql, [...query.params, first, first + CHUNK_ROWS]))
      }
    },
  }
}

function chunksOf(org: Org, object: ObjectDef): number[] {
  const { low, high } = org.engine.db
    .prepare(`SELECT min(rowid) AS low, max(rowid) AS high FROM ${tableOf(object)}`)
    .get() as { low: number | null; high: number | null }
  if (low === null || high === null) return []
  return Array.from({ length: Math.floor((high - low) / CHUNK_ROWS) + 1 }, (_, i) => low + i * CHUNK_ROWS)
}

/** All of a list, each once, far from its order: without ORDER BY a client may rely on none. */
export function* scattered<T>(list: readonly T[]): Generator<T> {
  const count = list.length
  if (count === 0) return
  let step = Math.floor(count * 0.618) || 1
  while (divisor(step, count) !== 1) step += 1
  for (let i = 0, at = Math.floor(count / 2); i < count; i++, at = (at + step) % count) yield list[at] as T
}

function divisor(a: number, b: number): number {
  return b === 0 ? a : divisor(b, a % b)
}

function notInBulk(message: string): SalesforceError {
  return new SalesforceError(400, 'API_ERROR', message)
}

function refuseForBulk(query: Query): void {
  const fields = query.fields ?? []
  if (fields.some((each) => each.type === 'FieldSubquery')) {
    throw notInBulk('Aggregate Relationships not supported in Bulk V2 Query with CSV content type')
  }
  if (query.groupBy !== undefined) throw notInBulk('GROUP BY not supported in Bulk Query')
  if (query.offset !== undefined) throw notInBulk('OFFSET not supported in Bulk Query')
  if (fields.some((each) => each.type === 'FieldTypeof')) throw notInBulk('TYPEOF not supported in Bulk Query')
  for (const each of fields) {
    if (each.type !== 'FieldFunctionExpression') continue
    if (each.functionName.toUpperCase() === 'FIELDS') throw notInBulk('FIELDS() not supported in Bulk Query')
    if (each.isAggregateFn) throw notInBulk('Aggregate functions not supported in Bulk Query')
  }
}

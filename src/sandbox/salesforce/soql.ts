import { type OrderByClause, parseQuery, type Query } from '@jetstreamapp/soql-parser-js'
import { isLongText } from './describe.ts'
import { SalesforceError } from './errors.ts'
import type { Org } from './org.ts'
import type { ObjectDef } from './schema.ts'
import { errorAt, listOf, notServed, objectNamed, resolve, type Scope, visibility } from './soql-scope.ts'
import { type Selection, select } from './soql-select.ts'
import { conditionSql } from './soql-where.ts'
import { tableOf } from './tables.ts'
import type { Stored } from './values.ts'

/** A SOQL statement as SQL over the org's tables. */
export interface CompiledQuery extends Selection {
  readonly object: ObjectDef
  /** `FROM` with its joins; the object's own table is `t0`. */
  readonly from: string
  readonly where: string
  readonly params: readonly Stored[]
  readonly groupBy: string
  readonly orderBy: string
  /** -1: no limit. */
  readonly limit: number
  readonly offset: number
}

export interface CompileOptions {
  /** `queryAll`: deleted records too, as long as the recycle bin keeps them. */
  readonly isAll: boolean
}

/**
 * Reads one SOQL statement, or throws the error that Salesforce answers it with.
 *
 * Served: fields and parent paths, `FIELDS()`, `COUNT()` and the other aggregates with `GROUP BY`, all comparisons,
 * semi-joins, date literals, `ORDER BY`, `LIMIT`, `OFFSET`. Not served, and refused as malformed: child subqueries, `TYPEOF`,
 * `HAVING`, `INCLUDES` (there are no multi-select fields), functions other than aggregates and `toLabel`.
 */
export function compileSoql(org: Org, soql: string, options: CompileOptions): CompiledQuery {
  if (soql.length > org.engine.limits.get('salesforce.soqlChars')) {
    throw new SalesforceError(400, 'MALFORMED_QUERY', 'SOQL statements cannot be longer than 100000 characters.')
  }
  const query = parseSoql(soql)
  const object = objectNamed(org, soql, query.sObject ?? '')
  let tables = 0
  const scope: Scope = {
    org,
    soql,
    object,
    alias: 't0',
    sObjectAlias: query.sObjectAlias,
    joins: new Map(),
    nextAlias: () => `t${++tables}`,
  }
  refuseWhatIsNotServed(query)
  const selection = select(scope, query)
  const params: Stored[] = []
  const conditions = [
    query.where === undefined ? null : conditionSql(scope, query.where, params),
    visibility(scope, options),
  ].filter((condition) => condition !== null)
  const groupBy = listOf(query.groupBy).map((clause) => {
    if (!('field' in clause)) throw notServed('a function in GROUP BY')
    return resolve(scope, clause.field).sql
  })
  const orderBy = listOf(query.orderBy).map((clause) => orderSql(scope, clause))
  const offset = query.offset ?? 0
  const maxOffset = org.engine.limits.get('salesforce.offsetRows')
  if (offset > maxOffset) {
    throw new SalesforceError(400, 'NUMBER_OUTSIDE_VALID_RANGE', `Maximum SOQL offset allowed is ${maxOffset}`)
  }
  return {
    ...selection,
    object,
    from: [`${tableOf(object)} t0`, ...[...scope.joins.values()].map((join) => join.sql)].join(' '),
    where: conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`,
    params,
    groupBy: groupBy.length === 0 ? '' : ` GROUP BY ${groupBy.join(', ')}`,
    orderBy: orderBy.length === 0 ? '' : ` ORDER BY ${orderBy.join(', ')}`,
    limit: query.limit ?? -1,
    offset,
  }
}

/** The statement as its parser has it, or the error that Salesforce answers what cannot be read with. */
export function parseSoql(soql: string): Query {
  try {
    return parseQuery(soql)
  } catch (error) {
    const message = error instanceof Error ? error.message : ''
    const token =
      /but found(?:: | --> )'(.*?)'(?: <--)?$/s.exec(message)?.[1] ??
      /but found: (.*)$/s.exec(message)?.[1] ??
      /character: ->(.)<-/s.exec(message)?.[1] ??
      ''
    const shown = token === '' ? '<EOF>' : token
    throw errorAt(soql, token, 'MALFORMED_QUERY', `unexpected token: '${shown}'`)
  }
}

function refuseWhatIsNotServed(query: Query): void {
  if (query.having !== undefined) throw notServed('HAVING')
  if (query.withDataCategory !== undefined) throw notServed('WITH DATA CATEGORY')
}

function orderSql(scope: Scope, clause: OrderByClause): string {
  if (!('field' in clause)) throw notServed('a function in ORDER BY')
  const found = resolve(scope, clause.field)
  if (isLongText(found.field) || found.field.type === 'address') {
    const message = `field '${found.field.name}' can not be sorted in a query call`
    throw errorAt(scope.soql, clause.field, 'MALFORMED_QUERY', message)
  }
  return `${found.sql} ${clause.order ?? 'ASC'} NULLS ${clause.nulls ?? 'FIRST'}`
}

import { type OrderByClause, parseQuery, type Query, type WhereClause } from '@jetstreamapp/soql-parser-js'
import { rangeOfLiteral } from './date-literals.ts'
import { isLongText } from './describe.ts'
import { SalesforceError } from './errors.ts'
import { normaliseId } from './ids.ts'
import { type Org, tableOf } from './org.ts'
import { double, type FieldDef, field, type ObjectDef } from './schema.ts'
import { isDay, parseInstant, type Stored } from './values.ts'

/** One thing a query shows of each record: a column of the SQL, or the record that a reference leads to. */
export type Shown =
  | { readonly kind: 'column'; readonly name: string; readonly field: FieldDef; readonly column: number }
  | { readonly kind: 'related'; readonly name: string; readonly record: ShownRecord }

export interface ShownRecord {
  readonly object: ObjectDef
  /** What `attributes.type` says: the object, `Name` behind a reference to several objects, `AggregateResult`. */
  readonly type: string
  /** The column that holds the record's id; `null` for aggregates. */
  readonly idColumn: number | null
  readonly shown: readonly Shown[]
}

/** A SOQL statement as SQL over the org's tables. */
export interface CompiledQuery {
  readonly kind: 'rows' | 'count' | 'aggregate'
  readonly object: ObjectDef
  readonly record: ShownRecord
  readonly columns: readonly string[]
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

/** Where a statement is being read: one object, and what was joined to it so far. */
interface Scope {
  readonly org: Org
  readonly soql: string
  readonly object: ObjectDef
  readonly alias: string
  /** The name that the statement itself gives to its object. */
  readonly sObjectAlias: string | undefined
  readonly joins: Map<string, { readonly alias: string; readonly object: ObjectDef; readonly sql: string }>
  /** Names of tables are unique over the whole statement, semi-joins included. */
  readonly nextAlias: () => string
}

interface ResolvedField {
  readonly field: FieldDef
  readonly sql: string
  /** The references that lead to it, and the alias of the table it is in. */
  readonly path: readonly string[]
  readonly alias: string
}

const CUSTOM_FIELD_HINT =
  "If you are attempting to use a custom field, be sure to append the '__c' after the custom field name. Please reference your WSDL or the describe call for the appropriate names."
const CUSTOM_OBJECT_HINT =
  "If you are attempting to use a custom object, be sure to append the '__c' after the entity name. Please reference your WSDL or the describe call for the appropriate names."
const CUSTOM_RELATION_HINT =
  "If you are attempting to use a custom relationship, be sure to append the '__r' after the custom relationship name. Please reference your WSDL or the describe call for the appropriate names."

/**
 * Reads one SOQL statement, or throws the error that Salesforce answers it with.
 *
 * Served: fields and parent paths, `FIELDS()`, `COUNT()` and the other aggregates with `GROUP BY`, conditions with every
 * operator, semi-joins, date literals, `ORDER BY`, `LIMIT`, `OFFSET`. Not served, and refused as malformed: child
 * subqueries, `TYPEOF`, `HAVING`, functions other than aggregates and `toLabel`.
 */
export function compileSoql(org: Org, soql: string, options: CompileOptions): CompiledQuery {
  if (soql.length > org.engine.limits.get('salesforce.soqlChars')) {
    throw new SalesforceError(400, 'MALFORMED_QUERY', 'SOQL statements cannot be longer than 100000 characters.')
  }
  const query = parse(soql)
  const objectName = query.sObject ?? ''
  const object = org.object(objectName)
  if (object === undefined) {
    throw errorAt(
      soql,
      objectName,
      'INVALID_TYPE',
      `sObject type '${objectName}' is not supported. ${CUSTOM_OBJECT_HINT}`,
    )
  }
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

function parse(soql: string): Query {
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

function notServed(what: string): SalesforceError {
  return new SalesforceError(400, 'MALFORMED_QUERY', `This sandbox does not serve ${what} in SOQL`)
}

/** An error that shows the place, as Salesforce's query parser does. */
function errorAt(soql: string, token: string, code: string, message: string): SalesforceError {
  const word = token === '' ? -1 : soql.search(new RegExp(`(?<![\\w.])${escapePattern(token)}(?![\\w])`, 'i'))
  const index = word >= 0 ? word : token === '' ? soql.length : Math.max(0, soql.indexOf(token))
  const before = soql.slice(0, index)
  const row = before.split('\n').length
  const column = index - before.lastIndexOf('\n')
  const from = Math.max(0, index - 40)
  const line = soql.slice(from, index + 40).replaceAll('\n', ' ')
  const caret = `${' '.repeat(index - from)}^`
  return new SalesforceError(400, code, `\n${line}\n${caret}\nERROR at Row:${row}:Column:${column}\n${message}`)
}

function escapePattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}

function listOf<T>(value: T | T[] | undefined): T[] {
  return value === undefined ? [] : Array.isArray(value) ? value : [value]
}

/** Deleted records are seen by `queryAll` only, and only until the recycle bin is emptied. */
function visibility(scope: Scope, options: CompileOptions): string | null {
  if (scope.org.fieldOf(scope.object, 'IsDeleted') === undefined) return null
  const isLive = `${scope.alias}."IsDeleted" = 0`
  if (!options.isAll) return isLive
  const since = scope.org.engine.clock.now() - scope.org.engine.limits.get('salesforce.recycleBinMs')
  const binned = `SELECT id FROM sf_deletion WHERE object = '${scope.object.name}' AND at < ${Math.floor(since)}`
  return `(${isLive} OR ${scope.alias}."Id" NOT IN (${binned}))`
}

// What is shown

function select(scope: Scope, query: Query): Pick<CompiledQuery, 'kind' | 'record' | 'columns'> {
  const fields = query.fields ?? []
  const columns: string[] = []
  const column = (sql: string) => columns.push(sql) - 1
  const first = fields[0]
  if (
    fields.length === 1 &&
    first?.type === 'FieldFunctionExpression' &&
    /^count\(\s*\)$/i.test(first.rawValue ?? '')
  ) {
    return {
      kind: 'count',
      columns,
      record: { object: scope.object, type: scope.object.name, idColumn: null, shown: [] },
    }
  }
  const isAggregate =
    query.groupBy !== undefined || fields.some((each) => each.type === 'FieldFunctionExpression' && each.isAggregateFn)
  if (isAggregate) return { kind: 'aggregate', columns, record: selectAggregates(scope, query, column) }

  const root = new RecordBuilder(scope.object, scope.object.name, column(`${scope.alias}."Id"`))
  const seen = new Set<string>()
  for (const each of fields) {
    for (const path of pathsOf(scope, query, each)) {
      const found = resolve(scope, path)
      const key = [...found.path, found.field.name].join('.')
      if (seen.has(key)) {
        throw new SalesforceError(400, 'MALFORMED_QUERY', `duplicate field selected: ${found.field.name}`)
      }
      seen.add(key)
      let target = root
      for (let depth = 1; depth <= found.path.length; depth++) {
        const joinKey = found.path.slice(0, depth).join('.')
        const join = scope.joins.get(joinKey)
        if (join === undefined) throw new Error(`Nothing is joined as ${joinKey}`)
        target = target.related(found.path[depth - 1] as string, () => {
          const holder =
            depth === 1
              ? scope.object
              : (scope.joins.get(found.path.slice(0, depth - 1).join('.'))?.object as ObjectDef)
          const type = isPolymorphic(holder, found.path[depth - 1] as string) ? 'Name' : join.object.name
          return new RecordBuilder(join.object, type, column(`${join.alias}."Id"`))
        })
      }
      target.add(found.field, column(found.sql))
    }
  }
  return { kind: 'rows', columns, record: root.build() }
}

/** The field paths that one entry of the SELECT list stands for. */
function pathsOf(scope: Scope, query: Query, each: NonNullable<Query['fields']>[number]): string[] {
  switch (each.type) {
    case 'Field':
      if (each.alias !== undefined && !('objectPrefix' in each)) {
        throw new SalesforceError(400, 'MALFORMED_QUERY', 'only aggregate expressions use field aliasing')
      }
      return [each.field]
    case 'FieldRelationship':
      return [[...each.relationships, each.field].join('.')]
    case 'FieldFunctionExpression': {
      const parameter = each.parameters[0]
      if (each.functionName.toUpperCase() === 'FIELDS' && typeof parameter === 'string') {
        if (query.limit === undefined || query.limit > 200) {
          const message = 'The SOQL FIELDS function must have a LIMIT of at most 200'
          throw new SalesforceError(400, 'MALFORMED_QUERY', message)
        }
        const wanted = parameter.toUpperCase()
        return scope.object.fields
          .filter((known) => wanted === 'ALL' || (wanted === 'CUSTOM') === known.custom)
          .map((known) => known.name)
      }
      if (each.functionName.toLowerCase() === 'tolabel' && typeof parameter === 'string') return [parameter]
      throw notServed(`the function ${each.functionName}`)
    }
    case 'FieldSubquery':
      throw notServed('child subqueries')
    case 'FieldTypeof':
      throw notServed('TYPEOF')
    default:
      throw notServed('this form of field')
  }
}

class RecordBuilder {
  readonly #object: ObjectDef
  readonly #type: string
  readonly #idColumn: number
  readonly #shown: (Shown | { readonly kind: 'builder'; readonly name: string; readonly builder: RecordBuilder })[] = []

  constructor(object: ObjectDef, type: string, idColumn: number) {
    this.#object = object
    this.#type = type
    this.#idColumn = idColumn
  }

  add(shownField: FieldDef, column: number): void {
    this.#shown.push({ kind: 'column', name: shownField.name, field: shownField, column })
  }

  related(name: string, make: () => RecordBuilder): RecordBuilder {
    const found = this.#shown.find((each) => each.kind === 'builder' && each.name === name)
    if (found?.kind === 'builder') return found.builder
    const builder = make()
    this.#shown.push({ kind: 'builder', name, builder })
    return builder
  }

  build(): ShownRecord {
    const shown = this.#shown.map(
      (each): Shown =>
        each.kind === 'builder' ? { kind: 'related', name: each.name, record: each.builder.build() } : each,
    )
    return { object: this.#object, type: this.#type, idColumn: this.#idColumn, shown }
  }
}

const COUNT_FIELD = field('expr', 'int')
const DOUBLE_FIELD = double('expr')

function selectAggregates(scope: Scope, query: Query, column: (sql: string) => number): ShownRecord {
  const grouped = new Set(
    listOf(query.groupBy).map((clause) => ('field' in clause ? resolve(scope, clause.field).sql : '')),
  )
  let unnamed = 0
  const shown = (query.fields ?? []).map((each): Shown => {
    if (each.type !== 'FieldFunctionExpression') {
      const path =
        each.type === 'FieldRelationship'
          ? [...each.relationships, each.field].join('.')
          : 'field' in each
            ? each.field
            : ''
      const found = resolve(scope, path)
      if (!grouped.has(found.sql)) {
        throw errorAt(scope.soql, path, 'MALFORMED_QUERY', `Field must be grouped or aggregated: ${path}`)
      }
      return { kind: 'column', name: found.field.name, field: found.field, column: column(found.sql) }
    }
    const name = each.alias ?? `expr${unnamed++}`
    const aggregate = each.functionName.toUpperCase()
    const parameter = each.parameters[0]
    const of = typeof parameter === 'string' ? resolve(scope, parameter) : null
    if (of === null) return { kind: 'column', name, field: COUNT_FIELD, column: column('count(*)') }
    switch (aggregate) {
      case 'COUNT':
        return { kind: 'column', name, field: COUNT_FIELD, column: column(`count(${of.sql})`) }
      case 'COUNT_DISTINCT':
        return { kind: 'column', name, field: COUNT_FIELD, column: column(`count(DISTINCT ${of.sql})`) }
      case 'SUM':
      case 'AVG':
        return { kind: 'column', name, field: DOUBLE_FIELD, column: column(`${aggregate.toLowerCase()}(${of.sql})`) }
      case 'MIN':
      case 'MAX':
        return { kind: 'column', name, field: of.field, column: column(`${aggregate.toLowerCase()}(${of.sql})`) }
      default:
        throw notServed(`the function ${each.functionName}`)
    }
  })
  return { object: scope.object, type: 'AggregateResult', idColumn: null, shown }
}

// Fields

/** Finds a field by its path, joining the tables that the path leads through. */
function resolve(scope: Scope, path: string): ResolvedField {
  const parts = path.split('.')
  const head = (parts[0] ?? '').toLowerCase()
  if (parts.length > 1 && (head === scope.sObjectAlias?.toLowerCase() || head === scope.object.name.toLowerCase())) {
    const isRelation = scope.object.fields.some((each) => each.relationshipName?.toLowerCase() === head)
    if (!isRelation || head === scope.sObjectAlias?.toLowerCase()) parts.shift()
  }
  let object = scope.object
  let alias = scope.alias
  const names: string[] = []
  for (const part of parts.slice(0, -1)) {
    const via = object.fields.find((each) => each.relationshipName?.toLowerCase() === part.toLowerCase())
    const target = via?.referenceTo.map((name) => scope.org.object(name)).find((each) => each !== undefined)
    if (via === undefined || target === undefined || names.length === 5) {
      const message = `Didn't understand relationship '${part}' in field path. ${CUSTOM_RELATION_HINT}`
      throw errorAt(scope.soql, path, 'INVALID_FIELD', message)
    }
    names.push(via.relationshipName as string)
    const key = names.join('.')
    let join = scope.joins.get(key)
    if (join === undefined) {
      const joined = scope.nextAlias()
      const sql = `LEFT JOIN ${tableOf(target)} ${joined} ON ${joined}."Id" = ${alias}."${via.name}"`
      join = { alias: joined, object: target, sql }
      scope.joins.set(key, join)
    }
    object = join.object
    alias = join.alias
  }
  const last = parts.at(-1) ?? ''
  const found = scope.org.fieldOf(object, last)
  if (found === undefined) {
    const message = `No such column '${last}' on entity '${object.name}'. ${CUSTOM_FIELD_HINT}`
    throw errorAt(scope.soql, path, 'INVALID_FIELD', message)
  }
  return {
    field: found,
    path: names,
    alias,
    sql: found.type === 'address' ? addressSql(object, found, alias) : `${alias}."${found.name}"`,
  }
}

function isPolymorphic(object: ObjectDef, relationshipName: string): boolean {
  return object.fields.some((each) => each.relationshipName === relationshipName && each.referenceTo.length > 1)
}

/** A compound address as the JSON that REST shows, empty when all of its parts are. */
function addressSql(object: ObjectDef, compound: FieldDef, alias: string): string {
  const prefix = compound.name.replace(/Address$/, '')
  const parts = object.fields.filter((each) => each.compoundFieldName === compound.name)
  const key = (name: string) => name.slice(prefix.length).replace(/^./, (char) => char.toLowerCase())
  const members = parts
    .map((each) => [key(each.name), `${alias}."${each.name}"`] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, sql]) => `'${name}', ${sql}`)
  const filled = parts.map((each) => `${alias}."${each.name}"`).join(', ')
  return `CASE WHEN coalesce(${filled}) IS NULL THEN NULL ELSE json_object(${members.join(', ')}) END`
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

// Conditions

type Leaf = Extract<WhereClause['left'], { operator: unknown }>
type Token = '(' | ')' | 'AND' | 'OR' | 'NOT' | { readonly leaf: Leaf }

/**
 * A WHERE clause as SQL.
 *
 * SOQL knows true and false only: a comparison with an empty field is false, and its negation true. SQL has a third
 * answer, so a comparison below a NOT is made to give one of the two.
 */
function conditionSql(scope: Scope, where: WhereClause, params: Stored[]): string {
  const tokens = [...tokensOf(where)]
  let at = 0

  const readExpression = (isNegated: boolean): string => {
    const terms = [readTerm(isNegated)]
    let joinedBy: 'AND' | 'OR' | null = null
    for (let token = tokens[at]; token === 'AND' || token === 'OR'; token = tokens[at]) {
      // A mix of both needs parentheses, else Salesforce refuses the statement.
      if (joinedBy !== null && token !== joinedBy) {
        throw new SalesforceError(400, 'MALFORMED_QUERY', `unexpected token: '${token}'`)
      }
      joinedBy = token
      at += 1
      terms.push(readTerm(isNegated))
    }
    return terms.length === 1 ? (terms[0] as string) : `(${terms.join(` ${joinedBy} `)})`
  }

  const readTerm = (isNegated: boolean): string => {
    const token = tokens[at++]
    if (token === 'NOT') return `NOT (${readTerm(true)})`
    if (token === '(') {
      const inner = readExpression(isNegated)
      at += 1 // the closing one
      return inner
    }
    if (typeof token === 'object') return leafSql(scope, token.leaf, params, isNegated)
    throw new SalesforceError(400, 'MALFORMED_QUERY', `unexpected token: '${token ?? '<EOF>'}'`)
  }

  return readExpression(false)
}

/** The parser gives a chain with counted parentheses; this is the same as a flat list. */
function* tokensOf(where: WhereClause): Generator<Token> {
  let clause: WhereClause | undefined = where
  while (clause !== undefined) {
    const left: WhereClause['left'] | null = clause.left
    const opened = left !== null && 'openParen' in left ? (left.openParen ?? 0) : 0
    for (let i = 0; i < opened; i++) yield '('
    if (left !== null && 'operator' in left) {
      yield { leaf: left }
      for (let i = 0; i < (left.closeParen ?? 0); i++) yield ')'
    }
    if (!('operator' in clause)) return
    yield clause.operator
    clause = clause.right
  }
}

function leafSql(scope: Scope, leaf: Leaf, params: Stored[], isNegated: boolean): string {
  if ('fn' in leaf) throw notServed(`the function ${leaf.fn.functionName ?? ''} in WHERE`)
  const found = resolve(scope, leaf.field)
  if (isLongText(found.field) || found.field.type === 'address') {
    const message = `field '${found.field.name}' can not be filtered in a query call`
    throw errorAt(scope.soql, leaf.field, 'INVALID_FIELD', message)
  }
  const twoValued = (sql: string) => (isNegated ? `coalesce(${sql}, 0)` : sql)
  if ('valueQuery' in leaf) return semiJoinSql(scope, found, leaf.operator, leaf.valueQuery, params)

  const values = listOf(leaf.value)
  const types = listOf(leaf.literalType)
  const variables = listOf('dateLiteralVariable' in leaf ? leaf.dateLiteralVariable : undefined)
  const literals = values.map(
    (value, i): Literal => ({
      text: value,
      type: types[i] ?? types[0] ?? 'STRING',
      n: variables[i] ?? variables[0] ?? numberAfterColon(value),
    }),
  )
  refuseOperator(scope, leaf.field, found.field, leaf.operator)

  if (literals.some((each) => each.type === 'DATE_LITERAL' || each.type === 'DATE_N_LITERAL')) {
    return twoValued(dateLiteralSql(scope, leaf.field, found, leaf.operator, literals, params))
  }
  if (leaf.operator === 'LIKE') {
    params.push(likePattern(literals[0]?.text ?? ''))
    return twoValued(`${found.sql} LIKE ? ESCAPE '\\'`)
  }
  if (leaf.operator === 'INCLUDES' || leaf.operator === 'EXCLUDES') throw notServed(leaf.operator)
  const stored = literals.map((each) => literalValue(scope, leaf.field, found.field, each))
  if (leaf.operator === 'IN' || leaf.operator === 'NOT IN') {
    const filled = stored.filter((value) => value !== null)
    params.push(JSON.stringify(filled))
    const isIn = `${found.sql} IN (SELECT value FROM json_each(?))`
    const withNull = filled.length < stored.length
    const positive = withNull ? `(${isIn} OR ${found.sql} IS NULL)` : isIn
    return leaf.operator === 'IN' ? twoValued(positive) : `NOT coalesce(${positive}, 0)`
  }
  const value = stored[0] ?? null
  if (leaf.operator === '=') {
    if (value === null) return `${found.sql} IS NULL`
    params.push(value)
    return isNegated ? `${found.sql} IS ?` : `${found.sql} = ?`
  }
  if (leaf.operator === '!=') {
    if (value === null) return `${found.sql} IS NOT NULL`
    params.push(value)
    return `${found.sql} IS NOT ?`
  }
  if (value === null) return '0'
  params.push(value)
  return twoValued(`${found.sql} ${leaf.operator} ?`)
}

function numberAfterColon(value: string): number | undefined {
  const n = /:(\d+)$/.exec(value)?.[1]
  return n === undefined ? undefined : Number(n)
}

interface Literal {
  readonly text: string
  readonly type: string
  readonly n: number | undefined
}

function refuseOperator(scope: Scope, path: string, filtered: FieldDef, operator: string): void {
  const isText = ['string', 'picklist', 'email', 'phone', 'url', 'textarea'].includes(filtered.type)
  const isOrder = ['<', '<=', '>', '>='].includes(operator)
  const isWrong = (operator === 'LIKE' && !isText) || (isOrder && filtered.type === 'boolean')
  if (!isWrong) return
  const message = `invalid operator on ${filtered.type === 'reference' ? 'id' : filtered.type} field`
  throw errorAt(scope.soql, path, 'INVALID_QUERY_FILTER_OPERATOR', message)
}

function literalValue(scope: Scope, path: string, filtered: FieldDef, literal: Literal): Stored {
  if (literal.type === 'NULL') return null
  const isQuoted = literal.type === 'STRING'
  const wrong = (kind: string, quoted: boolean) => {
    const quotes = quoted ? 'should be enclosed in quotes' : 'should not be enclosed in quotes'
    const message = `value of filter criterion for field '${filtered.name}' must be of type ${kind} and ${quotes}`
    return errorAt(scope.soql, path, 'INVALID_FIELD', message)
  }
  switch (filtered.type) {
    case 'boolean':
      if (literal.type !== 'BOOLEAN') throw wrong('boolean', false)
      return literal.text.toUpperCase() === 'TRUE' ? 1 : 0
    case 'int':
    case 'double':
    case 'currency':
    case 'percent':
      if (literal.type !== 'INTEGER' && literal.type !== 'DECIMAL') {
        throw wrong(filtered.type === 'int' ? 'int' : 'double', false)
      }
      return Number(literal.text)
    case 'date':
      if (literal.type !== 'DATE' || !isDay(literal.text)) throw wrong('date', false)
      return literal.text
    case 'datetime': {
      const ms = literal.type === 'DATETIME' ? parseInstant(literal.text) : null
      if (ms === null) throw wrong('dateTime', false)
      return ms
    }
    case 'id':
    case 'reference': {
      if (!isQuoted) throw wrong('ID', true)
      const text = unquote(literal.text)
      if (text === '') return null
      const id = normaliseId(text)
      if (id === null) throw errorAt(scope.soql, path, 'INVALID_QUERY_FILTER_OPERATOR', `invalid ID field: ${text}`)
      return id
    }
    default: {
      if (!isQuoted) throw wrong('string', true)
      const text = unquote(literal.text)
      return text === '' ? null : text
    }
  }
}

function dateLiteralSql(
  scope: Scope,
  path: string,
  found: ResolvedField,
  operator: string,
  literals: readonly Literal[],
  params: Stored[],
): string {
  const isDate = found.field.type === 'date'
  if (!isDate && found.field.type !== 'datetime') {
    const message = `value of filter criterion for field '${found.field.name}' must be of type ${found.field.type} and should be enclosed in quotes`
    throw errorAt(scope.soql, path, 'INVALID_FIELD', message)
  }
  const bound = (ms: number): Stored => (isDate ? new Date(ms).toISOString().slice(0, 10) : ms)
  const compare = (sign: string, ms: number) => {
    params.push(bound(ms))
    return `${found.sql} ${sign} ?`
  }
  const within = literals.map((literal) => {
    const range = rangeOfLiteral(literal.text, literal.n, scope.org.engine.clock.now())
    if (range === null) {
      if (literal.type.startsWith('DATE_'))
        throw errorAt(scope.soql, literal.text, 'MALFORMED_QUERY', `unexpected token: '${literal.text}'`)
      const value = literalValue(scope, path, found.field, literal)
      params.push(value)
      return `${found.sql} IS ?`
    }
    switch (operator) {
      case '>':
        return compare('>=', range.to)
      case '>=':
        return compare('>=', range.from)
      case '<':
        return compare('<', range.from)
      case '<=':
        return compare('<', range.to)
      default:
        return `(${compare('>=', range.from)} AND ${compare('<', range.to)})`
    }
  })
  const any = within.length === 1 ? (within[0] as string) : `(${within.join(' OR ')})`
  return operator === '!=' || operator === 'NOT IN' ? `NOT coalesce(${any}, 0)` : any
}

/** `Id IN (SELECT AccountId FROM Opportunity WHERE …)`. */
function semiJoinSql(scope: Scope, found: ResolvedField, operator: string, inner: Query, params: Stored[]): string {
  const objectName = inner.sObject ?? ''
  const object = scope.org.object(objectName)
  if (object === undefined) {
    const message = `sObject type '${objectName}' is not supported. ${CUSTOM_OBJECT_HINT}`
    throw errorAt(scope.soql, objectName, 'INVALID_TYPE', message)
  }
  const innerScope: Scope = {
    ...scope,
    object,
    alias: scope.nextAlias(),
    sObjectAlias: inner.sObjectAlias,
    joins: new Map(),
  }
  const shown = inner.fields?.[0]
  if (inner.fields?.length !== 1 || shown?.type !== 'Field') throw notServed('a semi-join of more than one field')
  const column = resolve(innerScope, shown.field).sql
  const conditions = [`${column} IS NOT NULL`]
  if (inner.where !== undefined) conditions.push(conditionSql(innerScope, inner.where, params))
  const isLive = visibility(innerScope, { isAll: false })
  if (isLive !== null) conditions.push(isLive)
  const joins = [...innerScope.joins.values()].map((join) => ` ${join.sql}`).join('')
  const select = `SELECT ${column} FROM ${tableOf(object)} ${innerScope.alias}${joins} WHERE ${conditions.join(' AND ')}`
  const isIn = `coalesce(${found.sql} IN (${select}), 0)`
  return operator === 'IN' ? isIn : `NOT ${isIn}`
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f' }

/** The text of a quoted literal, with `\n`, `\'` and their like resolved. */
function unquote(literal: string): string {
  return literal
    .slice(1, -1)
    .replace(/\\(?:u([0-9a-fA-F]{4})|(.))/gs, (_, code: string | undefined, char: string) =>
      code === undefined ? (ESCAPES[char.toLowerCase()] ?? char) : String.fromCharCode(Number.parseInt(code, 16)),
    )
}

/** A LIKE pattern for SQLite: `\%` and `\_` stay escaped, every other escape is resolved. */
function likePattern(literal: string): string {
  return literal.slice(1, -1).replace(/\\(.)/gs, (_, char: string) => {
    if (char === '%' || char === '_' || char === '\\') return `\\${char}`
    return ESCAPES[char.toLowerCase()] ?? char
  })
}

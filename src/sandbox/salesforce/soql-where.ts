import type { Query, WhereClause } from '@jetstreamapp/soql-parser-js'
import { rangeOfLiteral } from './date-literals.ts'
import { isLongText } from './describe.ts'
import { SalesforceError } from './errors.ts'
import { normaliseId } from './ids.ts'
import type { FieldDef } from './schema.ts'
import {
  errorAt,
  listOf,
  notServed,
  objectNamed,
  type ResolvedField,
  resolve,
  type Scope,
  visibility,
} from './soql-scope.ts'
import { tableOf } from './tables.ts'
import { isDay, parseInstant, type Stored } from './values.ts'

type Leaf = Extract<WhereClause['left'], { operator: unknown }>
type Token = '(' | ')' | 'AND' | 'OR' | 'NOT' | { readonly leaf: Leaf }

/**
 * A WHERE clause as SQL.
 *
 * SOQL knows true and false only: a comparison with an empty field is false, and its negation true. SQL has a third
 * answer, so a comparison below a NOT is made to give one of the two.
 */
export function conditionSql(scope: Scope, where: WhereClause, params: Stored[]): string {
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
  const object = objectNamed(scope.org, scope.soql, inner.sObject ?? '')
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

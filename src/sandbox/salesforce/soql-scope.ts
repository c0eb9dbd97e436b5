import { SalesforceError } from './errors.ts'
import { formulaSql } from './formulas.ts'
import type { Org } from './org.ts'
import { goneIds } from './recycle-bin.ts'
import type { FieldDef, ObjectDef } from './schema.ts'
import { tableOf } from './tables.ts'

/** Where a statement is being read: one object, and what was joined to it so far. */
export interface Scope {
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

export interface ResolvedField {
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

/** The object that a statement names, or the error that there is none. */
export function objectNamed(org: Org, soql: string, name: string): ObjectDef {
  const object = org.object(name)
  if (object !== undefined) return object
  throw errorAt(soql, name, 'INVALID_TYPE', `sObject type '${name}' is not supported. ${CUSTOM_OBJECT_HINT}`)
}

/** Finds a field by its path, joining the tables that the path leads through. */
export function resolve(scope: Scope, path: string): ResolvedField {
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
      const shared = scope.org.sharing.condition(target, `${joined}."Id"`)
      const on = `${joined}."Id" = ${alias}."${via.name}"${shared === null ? '' : ` AND ${shared}`}`
      const sql = `LEFT JOIN ${tableOf(target)} ${joined} ON ${on}`
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
    sql: fieldSql(scope.org, object, found, alias),
  }
}

function fieldSql(org: Org, object: ObjectDef, field: FieldDef, alias: string): string {
  if (field.type === 'address') return addressSql(object, field, alias)
  return field.formula === undefined ? `${alias}."${field.name}"` : formulaSql(org, object, field, alias)
}

export function isPolymorphic(object: ObjectDef, relationshipName: string): boolean {
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
  // With two more arguments: parts may be hidden, all or all but one.
  const filled = [...parts.map((each) => `${alias}."${each.name}"`), 'NULL', 'NULL'].join(', ')
  return `CASE WHEN coalesce(${filled}) IS NULL THEN NULL ELSE json_object(${members.join(', ')}) END`
}

/**
 * What a statement sees of its object: records shared with the API user, and deleted ones only by `queryAll`, until they are
 * gone from the recycle bin.
 */
export function visibility(scope: Scope, options: { readonly isAll: boolean }): string | null {
  const { org, object, alias } = scope
  const shared = org.sharing.condition(object, `${alias}."Id"`)
  if (org.wholeObject(object.name)?.fields.every((field) => field.name !== 'IsDeleted')) return shared
  const isLive = `${alias}."IsDeleted" = 0`
  const present = options.isAll ? `(${isLive} OR ${alias}."Id" NOT IN (${goneIds(org, object)}))` : isLive
  return shared === null ? present : `${present} AND ${shared}`
}

/** An error that shows the place, as Salesforce's query parser does. */
export function errorAt(soql: string, token: string, code: string, message: string): SalesforceError {
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

export function notServed(what: string): SalesforceError {
  return new SalesforceError(400, 'MALFORMED_QUERY', `This sandbox does not serve ${what} in SOQL`)
}

export function listOf<T>(value: T | T[] | undefined): T[] {
  return value === undefined ? [] : Array.isArray(value) ? value : [value]
}

import type { Query } from '@jetstreamapp/soql-parser-js'
import { isMultiCurrency } from './currencies.ts'
import { SalesforceError } from './errors.ts'
import { double, type FieldDef, field, type ObjectDef } from './schema.ts'
import { errorAt, isPolymorphic, listOf, notServed, resolve, type Scope } from './soql-scope.ts'

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

/** The columns a statement selects, and how records are made of them. */
export interface Selection {
  readonly kind: 'rows' | 'count' | 'aggregate'
  readonly record: ShownRecord
  readonly columns: readonly string[]
}

export function select(scope: Scope, query: Query): Selection {
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
    if (of?.field.type === 'currency' && !aggregate.startsWith('COUNT') && isMultiCurrency(scope.org)) {
      // Salesforce converts them into the org's currency first.
      throw notServed(`${aggregate} of a currency field in a multi-currency org`)
    }
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

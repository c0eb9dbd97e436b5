import { z } from 'zod'
import { invalid } from './errors.ts'
import { shown } from './objects.ts'
import type { Portal } from './portal.ts'
import { modifiedProperty, type ObjectType, type PropertyDef } from './standard.ts'

const Filter = z.object({
  propertyName: z.string(),
  operator: z.string(),
  value: z.string().optional(),
  highValue: z.string().optional(),
  values: z.array(z.string()).optional(),
})
const SearchRequest = z.object({
  limit: z.number().int().optional(),
  after: z.union([z.string(), z.number()]).optional(),
  sorts: z
    .array(z.union([z.string(), z.object({ propertyName: z.string(), direction: z.string().optional() })]))
    .optional(),
  properties: z.array(z.string()).optional(),
  filterGroups: z.array(z.object({ filters: z.array(Filter) })).optional(),
  query: z.string().optional(),
})
type Filter = z.output<typeof Filter>

const GROUPS = 5
const FILTERS = 6
const ALL_FILTERS = 18

/** Searches the index, which lags behind the records, and knows neither histories nor what was deleted. */
export function searchObjects(portal: Portal, type: ObjectType, text: string): unknown {
  const { limits } = portal.engine
  if (text.length > limits.get('hubspot.searchBodyChars')) throw invalid('The request body is too long')
  const parsed = SearchRequest.safeParse(parseJson(text))
  if (!parsed.success) throw invalid(`Invalid input JSON: ${parsed.error.issues[0]?.message ?? ''}`)
  const { limit = 10, after = 0, sorts = [], properties = [], filterGroups = [] } = parsed.data
  if (limit < 1 || limit > limits.get('hubspot.searchPage')) throw invalid(`limit ${limit} is out of range`)
  if (!/^\d+$/.test(String(after))) throw invalid('after must be an integer')
  if (Number(after) + limit > limits.get('hubspot.searchResults')) {
    throw invalid('The maximum number of results of a search was exceeded')
  }
  const counts = filterGroups.map(({ filters }) => filters.length)
  const sum = counts.reduce((all, n) => all + n, 0)
  if (counts.length > GROUPS || sum > ALL_FILTERS || counts.some((n) => n > FILTERS)) throw invalid('Too many filters')
  if (sorts.length > 1) throw invalid('Only one sort is supported')

  const known = new Map(portal.properties(type).map((each) => [each.name, each]))
  const values: (string | number)[] = []
  const groups = filterGroups.map(
    ({ filters }) => `(${filters.map((filter) => conditionOf(type, filter, known, values)).join(' AND ')})`,
  )
  const condition = groups.length === 0 ? '1' : groups.join(' OR ')
  const order = orderOf(type, sorts[0], known)
  const from = Number(after)
  const next = from + limit
  const { total, records } = portal.indexed(type, { condition, values, order }, from, limit)
  const asked = { properties, withHistory: [], associations: [], archived: false }
  return {
    total,
    results: records.map((record) => shown(portal, type, { ...record, archivedAt: null }, asked)),
    ...(next < total ? { paging: { next: { after: String(next), link: '' } } } : {}),
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw invalid('Invalid input JSON')
  }
}

type Sort = NonNullable<z.output<typeof SearchRequest>['sorts']>[number]

function orderOf(type: ObjectType, sort: Sort | undefined, known: ReadonlyMap<string, PropertyDef>): string {
  if (sort === undefined) return 'created_at, id'
  const [name, isDown] =
    typeof sort === 'string'
      ? [sort.replace(/^-/, ''), sort.startsWith('-')]
      : [sort.propertyName, sort.direction === 'DESCENDING']
  return `${columnOf(type, defOf(name, known))} ${isDown ? 'DESC' : 'ASC'}, id`
}

function defOf(name: string, known: ReadonlyMap<string, PropertyDef>): PropertyDef {
  const def = known.get(name)
  if (def === undefined) throw invalid(`There was a problem with the request: property ${name} does not exist`)
  return def
}

function columnOf(type: ObjectType, def: PropertyDef): string {
  if (def.name === 'hs_object_id') return 'id'
  if (def.name === 'createdate') return 'created_at'
  if (def.name === modifiedProperty(type)) return 'updated_at'
  const value = `json_extract(properties, '$.${def.name}')`
  return def.type === 'number' ? `CAST(${value} AS REAL)` : value
}

function conditionOf(
  type: ObjectType,
  { propertyName, operator, value, highValue, values: list = [] }: Filter,
  known: ReadonlyMap<string, PropertyDef>,
  values: (string | number)[],
): string {
  const def = defOf(propertyName, known)
  const column = columnOf(type, def)
  const bind = (text: string | undefined): string => {
    if (text === undefined) throw invalid(`${operator} needs a value`)
    values.push(isNumeric(type, def) ? instantOf(text) : text)
    return '?'
  }
  switch (operator) {
    case 'EQ':
      return `${column} = ${bind(value)}`
    case 'NEQ':
      return `${column} <> ${bind(value)}`
    case 'LT':
      return `${column} < ${bind(value)}`
    case 'LTE':
      return `${column} <= ${bind(value)}`
    case 'GT':
      return `${column} > ${bind(value)}`
    case 'GTE':
      return `${column} >= ${bind(value)}`
    case 'BETWEEN':
      return `${column} BETWEEN ${bind(value)} AND ${bind(highValue)}`
    case 'IN':
      return `${column} IN (${list.map(bind).join(', ')})`
    case 'NOT_IN':
      return `${column} NOT IN (${list.map(bind).join(', ')})`
    case 'HAS_PROPERTY':
      return `${column} IS NOT NULL`
    case 'NOT_HAS_PROPERTY':
      return `${column} IS NULL`
    default:
      throw invalid(`The operator ${operator} is not supported`)
  }
}

function isNumeric(type: ObjectType, def: PropertyDef): boolean {
  return def.type === 'number' || ['createdate', 'hs_object_id', modifiedProperty(type)].includes(def.name)
}

/** Milliseconds since 1970 as they are; ISO texts are read too. */
function instantOf(text: string): number {
  const n = /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : Date.parse(text)
  if (Number.isNaN(n)) throw invalid(`${text} is no valid value`)
  return n
}

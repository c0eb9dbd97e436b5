import { z } from 'zod'
import { Fault } from '../../platform/errors.ts'

/** How one object of the mapping is read: a query, or the table of its name. */
export interface Reading {
  /** `null`: the object is a table or view. */
  readonly query: string | null
  /** The columns that together make up the id of a row. */
  readonly id: readonly string[]
  /** The column that tells when a row changed; `null`: nothing does. */
  readonly changedAt: string | null
  /** Weeks, beside the current one, that each read after the first goes over again; `null`: every read is of everything. */
  readonly recentWeeks: number | null
}

const Written = z.object({
  query: z.string().optional(),
  id: z.string().optional(),
  changedAt: z.string().optional(),
  recentWeeks: z.string().regex(/^\d+$/).optional(),
})

/** What a mapping says about reading an object, as the texts it is handed over in. */
export function readingOf(object: string, written: Readonly<Record<string, string>> = {}): Reading {
  const { query, id, changedAt, recentWeeks } = Written.parse(written)
  const columns = (id ?? 'id').split(',').map((column) => column.trim())
  if (recentWeeks !== undefined && !/(?<!:):from\b/.test(query ?? '')) {
    throw new Fault(
      'postgres-no-from',
      `The query of "${object}" reads recent weeks again and does not say from when`,
      {
        blame: 'operator',
        hint: 'Use :from in its condition, for example: where happened_at >= (:from::date)::timestamp at time zone :zone',
      },
    )
  }
  return {
    query: query ?? null,
    id: columns.filter((column) => column !== ''),
    changedAt: changedAt ?? null,
    recentWeeks: recentWeeks === undefined ? null : Number(recentWeeks),
  }
}

/** What a statement is given: a day from which rows are wanted, and the company's zone. */
export interface Bounds {
  readonly from: string
  readonly zone: string
}

export interface Statement {
  readonly text: string
  readonly values: readonly unknown[]
}

/** From when everything is wanted: before all data. */
export const FROM_THE_START = '0001-01-01'

/**
 * The mapping's query as a table to select from, its `:from` and `:zone` turned into parameters: a text that a mapping's
 * author writes is part of the statement, a value never is.
 */
export function rowsOf(object: string, { query }: Reading, where: string | null, bounds: Bounds): Statement {
  const values: unknown[] = []
  const parameter = (value: unknown, type: string) => {
    values.push(value)
    return `$${values.length}::${type}`
  }
  const text =
    query === null
      ? `select * from ${quoteTable(object)}`
      : query
          .replace(/;\s*$/, '')
          .replace(/(?<!:):(from|zone)\b/g, (_, name: string) =>
            name === 'from' ? parameter(bounds.from, 'date') : parameter(bounds.zone, 'text'),
          )
  const condition = where === null ? '' : ` where ${where}`
  return { text: `select * from (${text}\n) as boardsync_rows${condition}`, values }
}

/** Rows with their keys, in the order of keys; after `after`, where that is given. Keys are texts that any column has. */
export function inOrderOfKeys(rows: Statement, { id }: Reading, after: readonly string[] | null): Statement {
  const keys = id.map((column) => `coalesce((q.${quote(column)})::text, '') collate "C"`)
  const selected = keys.map((key, i) => `${key} as ${keyColumn(i)}`).join(', ')
  const values = [...rows.values]
  const wanted = after?.map((value) => {
    values.push(value)
    return `$${values.length}::text`
  })
  const condition = wanted === undefined ? '' : ` where (${keys.join(', ')}) > (${wanted.join(', ')})`
  const order = id.map((_, i) => keyColumn(i)).join(', ')
  return { text: `select q.*, ${selected} from (${rows.text}) as q${condition} order by ${order}`, values }
}

/** Of rows, those whose id is one of some. */
export function withIds(rows: Statement, reading: Reading, ids: readonly string[]): Statement {
  const parts = reading.id.map((_, i) => `replace(replace(q.${keyColumn(i)}, '\\', '\\\\'), '|', '\\|')`)
  const id = reading.id.length === 1 ? `q.${keyColumn(0)}` : parts.join(` || '|' || `)
  const inOrder = inOrderOfKeys(rows, reading, null)
  const values = [...inOrder.values, ids]
  return { text: `select q.* from (${inOrder.text}) as q where ${id} = any($${values.length}::text[])`, values }
}

/** The id of a row, of its keys: one as it is, several joined, so that no two rows with other keys share one. */
export function idOf(keys: readonly string[]): string {
  const [only = ''] = keys
  if (keys.length === 1) return only
  return keys.map((key) => key.replaceAll('\\', '\\\\').replaceAll('|', '\\|')).join('|')
}

/** How many rows there are, and a sum that is another one when any row is: whether anything changed, for one row of answer. */
export function digestOf(rows: Statement): Statement {
  return {
    text: `select count(*)::text as rows, coalesce(sum(hashtextextended((q.*)::text, 0)::numeric), 0)::text as sum from (${rows.text}) as q`,
    values: rows.values,
  }
}

export function noRows(rows: Statement): Statement {
  return { text: `${rows.text} limit 0`, values: rows.values }
}

/** The columns in which keys are selected. */
export function keyColumn(i: number): string {
  return `boardsync_key_${i}`
}

function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** `usage.events` is a table of a schema. */
function quoteTable(name: string): string {
  return name.split('.').map(quote).join('.')
}

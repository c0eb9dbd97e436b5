import { Fault } from '../../platform/errors.ts'
import { columnsOf } from './bulk-csv.ts'
import { SalesforceError } from './errors.ts'
import type { Org } from './org.ts'
import { compileSoql } from './soql.ts'
import { type Stored, toJson } from './values.ts'

/** What to tell the truth about. */
export interface TruthRequest {
  readonly object: string
  /** Paths as SOQL has them; default: every field but compounds. */
  readonly fields?: readonly string[]
  /** A condition in SOQL. */
  readonly where?: string
}

/**
 * All that a reader of the API can have by now, as JSON text: a list of flat records in the order of their ids, by field
 * path.
 *
 * No page, lag or allowance is in the way. What is deleted, hidden or not committed is not in it.
 */
export function readTruth(org: Org, { object, fields, where }: TruthRequest): string {
  const all = () => org.object(object)?.fields.filter((field) => field.type !== 'address') ?? []
  const paths = fields ?? all().map((field) => field.name)
  const condition = where === undefined ? '' : ` WHERE ${where}`
  try {
    const query = compileSoql(org, `SELECT ${paths.join(', ') || 'Id'} FROM ${object}${condition}`, { isAll: false })
    const columns = columnsOf(query.record).map(({ name, field, column }) => ({
      key: JSON.stringify(name),
      field,
      column,
    }))
    const sql = `SELECT ${query.columns.join(', ')} FROM ${query.from}${query.where} ORDER BY t0."Id"`
    const statement = org.engine.db.prepare(sql)
    statement.setReturnArrays(true)
    const rows = statement.all(...query.params) as unknown as Stored[][]
    const records = rows.map((row) => {
      const members = columns.map(({ key, field, column }) => `${key}:${toJson(field, row[column] ?? null)}`)
      return `{${members.join(',')}}`
    })
    return `[${records.join(',\n')}]`
  } catch (cause) {
    if (!(cause instanceof SalesforceError)) throw cause
    throw new Fault('sandbox-bad-truth', `The truth about ${object} cannot be told: ${cause.message.trim()}`, {
      blame: 'operator',
      hint: 'Name an object, its fields and a condition as SOQL does',
      cause,
    })
  }
}

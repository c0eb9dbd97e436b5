import { z } from 'zod'
import type { Cursor, ReadRequest, SourceRecord } from '../source.ts'
import type { Position } from './soql.ts'

/** Where reading of one object stands. */
export interface Standing {
  /** `everything`: a read of all records is under way. `changes`: it is done, and only changes are read. */
  readonly mode: 'everything' | 'changes'
  /** Up to where records were handed over; `null`: nowhere yet. */
  readonly from: Position | null
  /**
   * Up to when all changes were there to be read when this read began; the next read of changes starts here. Never
   * earlier than `from` in a read of changes.
   */
  readonly covered: string
  /** The fields and condition that were read: others ask for everything again. */
  readonly fields: readonly string[]
  /** The type of each of them; `null`: not known, in a cursor that an older program wrote. */
  readonly types: readonly string[] | null
  readonly where: string | null
  /**
   * The Bulk job whose results are handed over; `null`: read by REST, or not begun. In a read of changes it holds those
   * from `from` on, and `covered` is what it was when the job was made.
   */
  readonly bulk: BulkStanding | null
}

/** How far the results of a Bulk job were handed over. They stay in place while the job exists, for seven days. */
export interface BulkStanding {
  readonly job: string
  /** Results are given to the version that made the job only. */
  readonly apiVersion: string
  /** Digest of the query: another one needs another job. */
  readonly soql: string
  /** Salesforce's name of the results page under way; `null`: the first. */
  readonly locator: string | null
  /** Rows in the pages before it. */
  readonly rows: number
  /** Every page was handed over; what is left to do is to delete the job. */
  readonly done: boolean
}

/** A part of a read. */
export interface Step {
  readonly records: readonly SourceRecord[]
  /** Where the read stands once they are saved. `anew`: nowhere; what was handed over before no longer counts. */
  readonly at: Standing | 'anew'
  /** The next records are at hand. */
  readonly more?: true
}

const Written = z.object({
  v: z.literal(1),
  mode: z.enum(['everything', 'changes']),
  from: z.object({ stamp: z.string(), id: z.string().nullable() }).nullable(),
  covered: z.string(),
  fields: z.array(z.string()),
  types: z.array(z.string()).nullable().default(null),
  where: z.string().nullable(),
  bulk: z
    .object({
      // Goes into addresses.
      job: z.string().regex(/^\w+$/),
      apiVersion: z.string(),
      soql: z.string(),
      locator: z.string().nullable(),
      rows: z.number(),
      done: z.boolean(),
    })
    .nullable()
    .default(null),
})

export function writeCursor(standing: Standing): Cursor {
  const { mode, from, covered, fields, types, where, bulk } = standing
  return JSON.stringify({
    v: 1,
    mode,
    from,
    covered,
    fields,
    types,
    where,
    ...(bulk === null ? {} : { bulk }),
  }) as Cursor
}

/** A cursor that stands nowhere: the next read begins anew. */
export const NOWHERE = 'nowhere' as Cursor

/** `null` for a first read, and for a cursor that a newer program wrote or that is damaged: everything is read then. */
export function readCursor(cursor: Cursor | null): Standing | null {
  if (cursor === null) return null
  try {
    const { v: _, ...standing } = Written.parse(JSON.parse(cursor))
    return standing
  } catch {
    return null
  }
}

/**
 * Why what was read before does not serve this request, whose fields are of these types now; `null` where it does: no field
 * more, each of the type it had, and the same condition.
 */
export function whyUseless(
  standing: Standing,
  { fields, where }: Pick<ReadRequest, 'fields' | 'where'>,
  types: readonly string[],
): 'other-condition' | 'other-fields' | 'retyped-fields' | null {
  if (standing.where !== where) return 'other-condition'
  const had = new Map(standing.fields.map((field, i) => [field, standing.types?.[i] ?? null]))
  if (fields.some((field) => !had.has(field))) return 'other-fields'
  const isRetyped = (field: string, i: number) => (had.get(field) ?? types[i]) !== types[i]
  return fields.some(isRetyped) ? 'retyped-fields' : null
}

/** After the last page, of either mode: changes are read from `covered` on. */
export function finished(start: Standing): Standing {
  return { ...start, mode: 'changes', from: { stamp: start.covered, id: null }, bulk: null }
}

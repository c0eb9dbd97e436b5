import { z } from 'zod'
import type { Cursor, ReadRequest } from '../source.ts'
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
  readonly where: string | null
}

const Written = z.object({
  v: z.literal(1),
  mode: z.enum(['everything', 'changes']),
  from: z.object({ stamp: z.string(), id: z.string().nullable() }).nullable(),
  covered: z.string(),
  fields: z.array(z.string()),
  where: z.string().nullable(),
})

export function writeCursor(standing: Standing): Cursor {
  const { mode, from, covered, fields, where } = standing
  return JSON.stringify({ v: 1, mode, from, covered, fields, where }) as Cursor
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

/** Whether what was read before serves this request: no field more, and the same condition. */
export function serves(standing: Standing, request: ReadRequest): boolean {
  const had = new Set(standing.fields)
  return standing.where === request.where && request.fields.every((field) => had.has(field))
}

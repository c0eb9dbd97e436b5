import { z } from 'zod'
import type { Cursor } from '../source.ts'

/** Stamps of records that were handed over and lie in what the next read looks back on, so that they are not read again. */
const Seen = z.record(z.string(), z.string())
export type Seen = Readonly<Record<string, string>>

const Everything = z.object({
  v: z.literal(1),
  mode: z.literal('everything'),
  /** Where the next page begins; `null`: at the beginning. */
  after: z.string().nullable(),
  /** The server's clock when the read began. */
  began: z.number(),
  seen: Seen,
})
const Changes = z.object({
  v: z.literal(1),
  mode: z.literal('changes'),
  /** Up to when changes were read, ms. */
  from: z.number(),
  seen: Seen,
  /** Since when deletions are to be looked for, and when next: a long list is not read each time. */
  archived: z.object({ from: z.number(), notBefore: z.number() }),
  /** A read that did not come to its end: its window stays as it is. */
  underWay: z.object({ to: z.number(), id: z.string().nullable(), archivedRead: z.boolean() }).nullable(),
})
const Owners = z.object({ v: z.literal(1), mode: z.literal('owners'), digest: z.string() })
const Standing = z.discriminatedUnion('mode', [Everything, Changes, Owners])

export type Everything = z.output<typeof Everything>
export type Changes = z.output<typeof Changes>
/** Where reading of an object stands. */
export type Standing = z.output<typeof Standing>

export function writeCursor(standing: Standing): Cursor {
  return JSON.stringify(standing) as Cursor
}

/** One that this program cannot read stands nowhere. */
export function readCursor(cursor: Cursor | null): Standing | null {
  if (cursor === null) return null
  try {
    return Standing.parse(JSON.parse(cursor))
  } catch {
    return null
  }
}

/** So many are remembered at most: more are read again. */
const MOST_SEEN = 500

/** What is worth remembering of stamps: those not before `since`; none where there are too many to carry along. */
export function remember(seen: Seen, more: Iterable<readonly [string, string]>, since: number): Seen {
  const from = new Date(since).toISOString()
  const kept = new Map([...Object.entries(seen), ...more].filter(([, stamp]) => stamp >= from))
  return kept.size > MOST_SEEN ? {} : Object.fromEntries(kept)
}

import type { z } from 'zod'
import type { ReadRequest } from '../source.ts'
import type { Part } from './client.ts'
import { LONGEST_QUERY, lengthInUrl } from './columns.ts'
import { readCursor, whyUseless } from './cursor.ts'
import { type AskedBy, instant, type Org } from './org.ts'
import { selectCount } from './soql.ts'
import { Deleted, Describe, QueryPage, readWith, Updated } from './wire.ts'

/** What a read begins with, besides what the object is: whatever of it was told. */
export interface Opening {
  /** Until when it is believed, by our clock. */
  readonly until: number
  /** Whether it was told what the object is. */
  described: boolean
  /** Up to when all changes were there to be read. */
  covered: string | null
  /** What was deleted from then on. */
  deleted: { readonly since: string; readonly records: z.infer<typeof Deleted>['deletedRecords'] } | null
  /** How many records there are. */
  counted: number | null
}

export type Opened = Pick<ReadRequest, 'object' | 'fields' | 'where' | 'after'>

/** The recycle bin keeps deleted records for 15 days; after a longer gap only a read of everything finds what is gone. */
export const LONGEST_GAP_MS = 15 * 24 * 3_600_000

/** `/updated` and `/deleted` want more than a minute, and cut seconds off. */
export const SHORTEST_WINDOW_MS = 2 * 60_000

/** A request carries so many parts, and so many queries among them. */
const PARTS_AT_ONCE = 25
const QUERIES_AT_ONCE = 5
/** The objects of a sync are read one after the other; the next sync asks anew. */
const BELIEVED_MS = 10 * 60_000
/** How far our clock may be ahead of the server's while that is not known. */
const AHEAD_MS = 60_000
/** What is told up to an end longer ago than this is asked for again. */
const OLDEST_END_MS = 30 * 60_000

/**
 * Asks what these objects are, and along with it what a read of each begins with: what was deleted since, or up to when
 * changes are complete and how many records there are. What is not told is left for the read to ask.
 *
 * All of it may be older than the read: what changes in between is above `covered`, and comes with the next read again.
 */
export async function openTogether(org: Org, requests: readonly Opened[], asked: AskedBy): Promise<void> {
  for (const { object } of requests) org.schemas.forget(object)
  const known = requests.filter(({ object }) => /^\w+$/.test(object))
  for (const some of inRequests(known.map((request) => ({ object: request.object, parts: partsOf(org, request) })))) {
    const parts = some.flatMap((one) => one.parts)
    // A single thing is asked for as ever, and so is each that is not told.
    if (parts.length === 1) continue
    const what = some.map(({ object }) => object).join(', ')
    await org.client.together({ path: `${org.root}/composite`, what, ...asked }, parts)
  }
}

interface Asked {
  readonly object: string
  readonly parts: readonly Part[]
}

/** What is asked of objects, as few requests as can carry it; an object is never cut in two. */
function inRequests(asked: readonly Asked[]): Asked[][] {
  const requests: Asked[][] = []
  let [parts, queries] = [0, 0]
  for (const one of asked) {
    const own = one.parts.filter(({ query }) => query?.q !== undefined).length
    if (requests.length === 0 || parts + one.parts.length > PARTS_AT_ONCE || queries + own > QUERIES_AT_ONCE) {
      requests.push([])
      parts = 0
      queries = 0
    }
    requests.at(-1)?.push(one)
    parts += one.parts.length
    queries += own
  }
  return requests
}

/** What was told for the read that begins; the next one asks anew. */
export function takeOpening({ openings, clock }: Org, object: string): Opening | null {
  const opening = openings.get(object)
  openings.delete(object)
  return opening === undefined || clock.now() >= opening.until ? null : opening
}

export function isOpen({ openings, clock }: Org, object: string): boolean {
  return clock.now() < (openings.get(object)?.until ?? Number.NEGATIVE_INFINITY)
}

function partsOf(org: Org, request: Opened): Part[] {
  const { object, where } = request
  const until = org.clock.now() + BELIEVED_MS
  const opening: Opening = { until, described: false, covered: null, deleted: null, counted: null }
  org.openings.set(object, opening)
  const described: Part = {
    path: `${org.root}/sobjects/${object}/describe`,
    take: (body) => {
      org.schemas.keep(object, readWith(Describe, `a describe of ${object}`, body), until)
      opening.described = true
    },
  }
  const begins = beginsWith(org, request)
  if (begins === 'goes on') return [described]
  if (begins !== 'anew') return [described, deletedPart(org, object, begins.since, opening)]
  const soql = selectCount(object, where)
  const counted: Part = {
    path: `${org.root}/query`,
    query: { q: soql },
    take: (body) => {
      opening.counted = Number(readWith(QueryPage, `a count of ${object}`, body).totalSize)
    },
  }
  const isTooLong = lengthInUrl(soql) > LONGEST_QUERY
  return [described, updatedPart(org, object, opening), ...(isTooLong ? [] : [counted])]
}

function updatedPart(org: Org, object: string, opening: Opening): Part {
  const { end, isRight } = endOf(org)
  return {
    path: `${org.root}/sobjects/${object}/updated/`,
    query: { start: instant(end - SHORTEST_WINDOW_MS), end: instant(end) },
    take: (body) => {
      const { latestDateCovered } = readWith(Updated, `the changes of ${object}`, body)
      if (isRight()) opening.covered = latestDateCovered
    },
  }
}

function deletedPart(org: Org, object: string, since: string, opening: Opening): Part {
  const { end, isRight } = endOf(org)
  return {
    path: `${org.root}/sobjects/${object}/deleted/`,
    query: { start: instant(Math.min(Date.parse(since), end - SHORTEST_WINDOW_MS)), end: instant(end) },
    take: (body) => {
      const { deletedRecords: records, latestDateCovered } = readWith(Deleted, `the deletions of ${object}`, body)
      if (!isRight()) return
      opening.covered = latestDateCovered
      opening.deleted = { since, records }
    },
  }
}

/**
 * The end of a window up to now. Where no answer told the server's clock before, it lies a little back; the answer tells
 * whether it was in the past there, and not long ago.
 */
function endOf({ client, clock }: Org): { readonly end: number; readonly isRight: () => boolean } {
  if (client.knowsServerTime()) return { end: client.serverNow(), isRight: () => true }
  const asked = clock.now()
  const end = asked - AHEAD_MS
  return {
    end,
    isRight: () => {
      const askedThere = client.serverNow() - (clock.now() - asked)
      return end <= askedThere && askedThere - end <= OLDEST_END_MS
    },
  }
}

type Begins = 'anew' | 'goes on' | { readonly since: string }

/** As far as the cursor tells; a type that changed is seen when the read begins. */
export function beginsWith(org: Org, request: Opened): Begins {
  const stood = readCursor(request.after)
  if (stood === null) return 'anew'
  const known = new Map(stood.fields.map((field, i) => [field, stood.types?.[i] ?? '']))
  const types = request.fields.map((field) => known.get(field) ?? '')
  if (whyUseless(stood, request, types) !== null) return 'anew'
  if (stood.mode === 'everything' || stood.bulk !== null) return 'goes on'
  const since = stood.from?.stamp ?? stood.covered
  return org.client.serverNow() - Date.parse(since) > LONGEST_GAP_MS ? 'anew' : { since }
}

import { z } from 'zod'
import type { CallOptions } from '../platform/call-options.ts'
import { Fault } from '../platform/errors.ts'
import { nearestName } from '../platform/nearest.ts'
import type {
  ByIdRequest,
  CheckProblem,
  Cursor,
  FieldValue,
  ObjectNeed,
  Page,
  ReadRequest,
  RecordsById,
  Source,
  SourceRecord,
} from './source.ts'
import { openFolder, type Spool, spoolPoints } from './spool.ts'
import {
  dayText,
  type EventReading,
  eventReadingOf,
  mondayOf,
  pointId,
  type WeekPoint,
  type Weeks,
  weekOfId,
} from './weeks.ts'

/** A service of which events are counted. */
export interface EventService {
  /** In codes of faults: `mixpanel`. */
  readonly vendor: string
  readonly title: string
  /** Weeks that are counted at once: a read that dies goes on at those it was at. */
  readonly weeksAtOnce: number
  /** The points of some weeks, in an order that is always the same. `folder` is for what does not fit into memory. */
  points(reading: EventReading, weeks: Weeks, folder: string, options: CallOptions): AsyncIterable<WeekPoint>
  /** Proves with a small request that it may be read; throws a `Fault`. */
  prove(reading: EventReading, options: CallOptions): Promise<void>
  /** Requests since they were last taken. */
  takeRequests(): number
}

export interface WeeksSourceOptions {
  readonly name: string
  /** How events are counted, by the name of the object. */
  readonly objects: Readonly<Record<string, Readonly<Record<string, string>>>>
  /** The company's day, in days since 1970-01-01. */
  readonly today: () => number
  /** Where what does not fit into memory is put. Default: the system's folder for that. */
  readonly folder?: string
  /** Points to a page. Default 2000. */
  readonly pageSize?: number
}

export const POINT_FIELDS = ['account', 'event', 'week', 'users', 'events'] as const

/** A point changes with no stamp: what differs is seen when it is read again. */
const NO_TIME = '1970-01-01T00:00:00.000Z'

/** Where reading stands. */
const Standing = z.object({
  v: z.literal(1),
  /** `everything`, or `recent` weeks only. */
  mode: z.enum(['everything', 'recent']),
  from: z.number().int(),
  /** The first of the weeks that are being handed over, and how many points of them were; `null`: all was. */
  under: z.object({ week: z.number().int(), rows: z.number().int() }).nullable(),
  /** Of these weeks, or of all that was read where they were few. */
  digest: z.string().nullable(),
  /** The company's day when the read began. */
  day: z.number().int(),
})
type Standing = z.output<typeof Standing>

/**
 * Weekly use by account and event out of a service that keeps single events: everything since a day first, then the recent
 * weeks again each time, so that events that come late count. Where nothing differs nothing is handed over; what changed in
 * older weeks, a sweep finds.
 */
export function createWeeksSource(service: EventService, options: WeeksSourceOptions): Source {
  return {
    name: options.name,
    check: (needs, callOptions) => checkNeeds(service, options, needs, callOptions),
    read: (request, callOptions) => readWeeks(service, options, request, callOptions),
    describe: async ({ object, fields }) => {
      const { alwaysWhole } = spanOf(options, readingOf(service, options, object))
      return {
        asked: fields.filter(isField).map((name) => ({ name, type: typeOf(name), stamped: alwaysWhole })),
        fields: POINT_FIELDS.map((name) => ({ name, type: typeOf(name) })),
        alwaysWhole,
        requests: 0,
        sharedRequests: 0,
      }
    },
    readByIds: (request, callOptions) => readByIds(service, options, request, callOptions),
    estimate: async (requests) => ({ requests: 0, uncounted: requests.map(({ object }) => object) }),
    quota: () => null,
  }
}

function isField(name: string): boolean {
  return (POINT_FIELDS as readonly string[]).includes(name)
}

function typeOf(name: string): string {
  return name === 'users' || name === 'events' ? 'number' : name === 'week' ? 'date' : 'text'
}

function readingOf({ vendor }: EventService, { objects }: WeeksSourceOptions, object: string): EventReading {
  const written = objects[object]
  if (written !== undefined) return eventReadingOf(written)
  throw new Fault(`${vendor}-object-missing`, `No mapping says how the events of "${object}" are counted`, {
    blame: 'operator',
    hint: `Objects: ${Object.keys(objects).join(', ')}`,
  })
}

/** What is read from which week on, now. */
function spanOf({ today }: WeeksSourceOptions, { since, recentWeeks }: EventReading) {
  const day = today()
  const recent = mondayOf(day) - 7 * recentWeeks
  const from = since === null ? recent : mondayOf(since)
  return { day, from, to: mondayOf(day), alwaysWhole: from >= recent }
}

async function* readWeeks(
  service: EventService,
  options: WeeksSourceOptions,
  request: ReadRequest,
  callOptions: CallOptions = {},
): AsyncGenerator<Page> {
  callOptions.signal?.throwIfAborted()
  const reading = readingOf(service, options, request.object)
  needNothingElse(service, request)
  const { day, from, to } = spanOf(options, reading)
  const stood = readStanding(request.after)
  let standing = beginning(stood, reading, { day, from })
  for (;;) {
    const week = standing.under?.week ?? standing.from
    const last = standing.mode === 'recent' ? to : Math.min(to, week + 7 * (service.weeksAtOnce - 1))
    const isAll = week === standing.from && last >= to
    await using folder = await openFolder(options.folder)
    const spool = await spoolPoints(
      service.points(reading, { from: week, to: last }, folder.path, callOptions),
      folder.path,
    )
    const isKnown = isAll && stood?.under === null && stood.from === standing.from && stood.digest === spool.digest
    if (isKnown) {
      yield {
        records: [],
        cursor: writeStanding({ ...standing, under: null, digest: spool.digest, day }),
        snapshot: false,
        unchanged: true,
        requests: service.takeRequests(),
      }
      return
    }
    if (stood !== null && stood.under === null && standing.mode === 'everything' && week === standing.from)
      yield { records: [], cursor: NOWHERE, snapshot: false, requests: service.takeRequests() }
    const rows = standing.under?.rows ?? 0
    if (rows > 0 && standing.digest !== spool.digest && standing.mode === 'everything') {
      // Some of these weeks was handed over and is another now: nobody could tell what is gone.
      yield { records: [], cursor: NOWHERE, snapshot: false, requests: service.takeRequests() }
      standing = beginning(null, reading, { day, from })
      continue
    }
    const isLast = last >= to
    const next: Standing = isLast
      ? { ...standing, under: null, digest: isAll ? spool.digest : null }
      : { ...standing, under: { week: last + 7, rows: 0 }, digest: null }
    const skipped = standing.digest === spool.digest ? rows : 0
    yield* pagesOf(
      spool,
      { service, options, request, skipped, next, at: { ...standing, under: { week, rows: 0 }, digest: spool.digest } },
      callOptions,
    )
    if (isLast) return
    standing = next
  }
}

function beginning(
  stood: Standing | null,
  { recentWeeks }: EventReading,
  { day, from }: { day: number; from: number },
): Standing {
  if (stood !== null && stood.under !== null) return stood
  const recent = stood === null ? from : Math.max(from, mondayOf(Math.min(day, stood.day)) - 7 * recentWeeks)
  return { v: 1, mode: recent <= from ? 'everything' : 'recent', from: recent, under: null, digest: null, day }
}

interface Handing {
  readonly service: EventService
  readonly options: WeeksSourceOptions
  readonly request: ReadRequest
  /** Points that were handed over before. */
  readonly skipped: number
  /** While these weeks are handed over; and then. */
  readonly at: Standing
  readonly next: Standing
}

async function* pagesOf(spool: Spool, handing: Handing, { signal }: CallOptions): AsyncGenerator<Page> {
  const { service, options, request, skipped, at, next } = handing
  const pageSize = options.pageSize ?? 2000
  const snapshot = at.mode === 'everything'
  let records: SourceRecord[] = []
  let rows = 0
  for await (const point of spool.points()) {
    if (rows >= skipped) {
      if (records.length === pageSize) {
        const under = { week: at.under?.week ?? at.from, rows }
        yield { records, cursor: writeStanding({ ...at, under }), snapshot, requests: service.takeRequests() }
        signal?.throwIfAborted()
        records = []
      }
      records.push(toRecord(service.vendor, point, request.fields))
    }
    rows += 1
  }
  yield { records, cursor: writeStanding(next), snapshot, requests: service.takeRequests() }
  signal?.throwIfAborted()
}

function toRecord(vendor: string, point: WeekPoint, fields: readonly string[]): SourceRecord {
  const values: Readonly<Record<string, FieldValue>> = {
    account: point.account === '' ? null : point.account,
    event: point.event === '' ? null : point.event,
    week: dayText(point.week),
    users: String(point.users),
    events: String(point.events),
  }
  const asked = Object.fromEntries(fields.map((name) => [name, values[name] ?? null]))
  return { kind: 'present', id: pointId(vendor, point), changedAt: NO_TIME, fields: asked }
}

async function* readByIds(
  service: EventService,
  options: WeeksSourceOptions,
  request: ByIdRequest,
  callOptions: CallOptions = {},
): AsyncGenerator<RecordsById> {
  const reading = readingOf(service, options, request.object)
  needNothingElse(service, request)
  const missing = new Set(request.ids)
  const weeks = [...missing].flatMap((id) => weekOfId(id) ?? [])
  if (weeks.length > 0) {
    await using folder = await openFolder(options.folder)
    const span = weeks.reduce((all, week) => ({ from: Math.min(all.from, week), to: Math.max(all.to, week) }), {
      from: Number.POSITIVE_INFINITY,
      to: 0,
    })
    let records: SourceRecord[] = []
    for await (const point of service.points(reading, span, folder.path, callOptions)) {
      if (!missing.delete(pointId(service.vendor, point))) continue
      records.push(toRecord(service.vendor, point, request.fields))
      if (records.length < (options.pageSize ?? 2000)) continue
      yield { records, requests: service.takeRequests() }
      records = []
    }
    yield { records, requests: service.takeRequests() }
  }
  yield { records: [...missing].map((id) => ({ kind: 'deleted', id, changedAt: NO_TIME })), requests: 0 }
}

function needNothingElse(
  { vendor, title }: EventService,
  { fields, where }: Pick<ReadRequest, 'fields' | 'where'>,
): void {
  if (where !== null) {
    throw new Fault(`${vendor}-where`, `A condition is given, and weekly use of ${title} knows none`, {
      blame: 'operator',
      hint: 'Remove where from the source mapping; events: only: says which events count',
    })
  }
  const missing = fields.find((name) => !isField(name))
  if (missing !== undefined) throw noField(vendor, missing)
}

function noField(vendor: string, name: string): Fault {
  const nearest = nearestName(name, POINT_FIELDS)
  const listed = `Fields: ${POINT_FIELDS.join(', ')}`
  return new Fault(`${vendor}-field-missing`, `Weekly use has no field "${name}"`, {
    blame: 'operator',
    hint: nearest === null ? listed : `Did you mean "${nearest}"? ${listed}`,
  })
}

async function checkNeeds(
  service: EventService,
  options: WeeksSourceOptions,
  needs: readonly ObjectNeed[],
  callOptions: CallOptions = {},
): Promise<CheckProblem[]> {
  const problems: CheckProblem[] = []
  for (const { object, fields, place } of needs) {
    const add = ({ code, message, hint }: Fault, field?: string) => {
      const said = place === undefined ? message : `${message} (${place})`
      const more = { ...(hint === undefined ? {} : { hint }), ...(field === undefined ? {} : { field }) }
      problems.push({ level: 'error', code, message: said, object, ...more })
    }
    for (const name of fields)
      if (options.objects[object] !== undefined && !isField(name)) add(noField(service.vendor, name), name)
    try {
      await service.prove(readingOf(service, options, object), callOptions)
    } catch (error) {
      if (!(error instanceof Fault) || error.blame === 'remote') throw error
      add(error)
    }
  }
  return problems
}

/** A cursor that stands nowhere: the next read begins anew. */
const NOWHERE = 'nowhere' as Cursor

function writeStanding(standing: Standing): Cursor {
  return JSON.stringify(standing) as Cursor
}

function readStanding(cursor: Cursor | null): Standing | null {
  if (cursor === null) return null
  try {
    return Standing.parse(JSON.parse(cursor))
  } catch {
    return null
  }
}

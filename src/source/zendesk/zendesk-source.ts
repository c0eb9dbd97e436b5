import { z } from 'zod'
import type { CallOptions } from '../../platform/call-options.ts'
import { Fault } from '../../platform/errors.ts'
import { nearestName } from '../../platform/nearest.ts'
import { basicAuth, ServiceClient, type ServiceOptions } from '../service-client.ts'
import type {
  ByIdRequest,
  CheckProblem,
  Cursor,
  ObjectNeed,
  Page,
  ReadRequest,
  RecordsById,
  Source,
  SourceRecord,
} from '../source.ts'
import { FIELDS, FIRST_REPLY, isField, isStamped, sideloads, stampOf, ticketReader } from './fields.ts'
import { firstPublicReply } from './replies.ts'
import { type WireTicket, type WireTickets, type WireUser, wireComments, wireExport, wireTickets } from './wire.ts'

export interface ZendeskSourceOptions extends Pick<ServiceOptions, 'http' | 'clock' | 'random' | 'log' | 'speed'> {
  readonly name: string
  /** `https://acme.zendesk.com`. */
  readonly url: string
  readonly email: string
  readonly token: string
  /** How tickets are read: `since`, and `bots` as a JSON list. */
  readonly reading?: Readonly<Record<string, string>>
  /** Tickets to a page. Default 1000, the most that an export gives. */
  readonly pageSize?: number
}

const TICKETS = 'tickets'
const MINUTE = 60_000
/** Where the place of an export is no longer known, so much is read again. */
const OVERLAP_S = 3_600
const IDS = 100
/** Places of one read that Zendesk may forget. */
const PLACES_LOST = 3

/**
 * Reads the tickets of a Zendesk account by its incremental export, whose place is kept from run to run: it tells of deleted
 * tickets as of changed ones, and holds its newest minute back by itself. Who first answered is found in the comments of each
 * ticket that changed, where a mapping asks for it.
 */
export function createZendeskSource(options: ZendeskSourceOptions): Source {
  const client = new ServiceClient({
    vendor: 'zendesk',
    title: 'Zendesk',
    url: options.url,
    headers: { Authorization: basicAuth(`${options.email}/token`, options.token), Accept: 'application/json' },
    http: options.http,
    clock: options.clock,
    random: options.random,
    log: options.log,
    atOnce: 4,
    paces: [{ requests: 350, perMs: MINUTE }],
    variables: { url: 'ZENDESK_URL', key: 'ZENDESK_API_TOKEN' },
    ...(options.speed === undefined ? {} : { speed: options.speed }),
  })
  const reading = readingOf(options.reading)
  return {
    name: options.name,
    check: (needs, callOptions) => checkNeeds(client, needs, callOptions),
    read: (request, callOptions) => read(options, client, reading, request, callOptions),
    describe: async (need) => {
      needTickets(need.object)
      return {
        asked: need.fields.filter(isField).map((name) => ({ name, type: 'text', stamped: isStamped(name) })),
        fields: FIELDS.map((name) => ({ name, type: 'text' })),
        alwaysWhole: false,
        requests: 0,
        sharedRequests: 0,
      }
    },
    readByIds: (request, callOptions) => readByIds(client, reading, request, callOptions),
    estimate: async (requests) => {
      const whole = requests.filter(({ after }) => after === null)
      return { requests: requests.length - whole.length, uncounted: whole.map(({ object }) => object) }
    },
    quota: () => null,
  }
}

interface Reading {
  /** Seconds since 1970. */
  readonly since: number
  readonly bots: ReadonlySet<string>
}

function readingOf(written: Readonly<Record<string, string>> = {}): Reading {
  const bots = z.array(z.string()).parse(JSON.parse(written['bots'] ?? '[]'))
  return {
    since: Date.parse(written['since'] ?? '1970-01-01') / 1000,
    bots: new Set(bots.map((bot) => bot.toLowerCase())),
  }
}

/** Where the export stands. */
const Standing = z.object({
  v: z.literal(1),
  mode: z.enum(['everything', 'changes']),
  cursor: z.string(),
  /** Of the newest ticket, seconds since 1970: from there on it is read again where the place is lost. */
  newest: z.number(),
})
type Standing = z.output<typeof Standing>

async function* read(
  { pageSize = 1000 }: ZendeskSourceOptions,
  client: ServiceClient,
  reading: Reading,
  request: ReadRequest,
  options: CallOptions = {},
): AsyncGenerator<Page> {
  options.signal?.throwIfAborted()
  needTickets(request.object)
  if (request.where !== null) throw noConditions()
  needFields(request.fields)
  const include = sideloads(request.fields)
  const stood = readStanding(request.after)
  const isWhole = stood === null || stood.mode === 'everything'
  let from: Record<string, string | number> = stood === null ? { start_time: reading.since } : { cursor: stood.cursor }
  let newest = stood?.newest ?? reading.since
  for (let lost = 0; ; ) {
    const query = { ...from, per_page: pageSize, ...(include === '' ? {} : { include }) }
    const path = '/api/v2/incremental/tickets/cursor.json'
    const answer = await client.ask(
      { method: 'GET', path, query, takes: 'cursor' in from ? [400, 404, 422] : [] },
      options,
    )
    if (answer.status !== 200) {
      // The place is no longer known: as much as may have been missed is read again.
      lost += 1
      if (lost > PLACES_LOST) throw placeLost(answer.status)
      from = { start_time: isWhole ? reading.since : Math.max(reading.since, newest - OVERLAP_S) }
      if (isWhole) yield { records: [], cursor: NOWHERE, snapshot: false, requests: client.takeRequests() }
      continue
    }
    const page = wireExport.parse(JSON.parse(answer.body))
    const records = await toRecords(client, reading, page, request.fields, options)
    for (const ticket of page.tickets) newest = Math.max(newest, Date.parse(stampOf(ticket)) / 1000)
    const cursor = page.after_cursor ?? ('cursor' in from ? String(from['cursor']) : null)
    const mode = isWhole && !page.end_of_stream ? 'everything' : 'changes'
    const place = cursor === null ? NOWHERE : writeStanding({ v: 1, mode, cursor, newest })
    yield { records, cursor: place, snapshot: isWhole, requests: client.takeRequests() }
    options.signal?.throwIfAborted()
    if (page.end_of_stream || cursor === null) return
    from = { cursor }
  }
}

/** A ticket may be told of more than once on a page: the last word counts. */
async function toRecords(
  client: ServiceClient,
  reading: Reading,
  answer: WireTickets,
  fields: readonly string[],
  options: CallOptions,
): Promise<SourceRecord[]> {
  const tickets = [...new Map(answer.tickets.map((ticket) => [ticket.id, ticket])).values()]
  const fieldValue = ticketReader(answer)
  const isAsked = fields.includes(FIRST_REPLY)
  return Promise.all(
    tickets.map(async (ticket): Promise<SourceRecord> => {
      const { id } = ticket
      const changedAt = stampOf(ticket)
      if (ticket.status === 'deleted') return { kind: 'deleted', id, changedAt }
      const reply = isAsked ? await readFirstReply(client, reading, ticket, options) : null
      const values = fields.map((name) => [name, name === FIRST_REPLY ? reply : fieldValue(ticket, name)])
      return { kind: 'present', id, changedAt, fields: Object.fromEntries(values) }
    }),
  )
}

async function readFirstReply(
  client: ServiceClient,
  { bots }: Reading,
  ticket: WireTicket,
  options: CallOptions,
): Promise<string | null> {
  // One comment is the question itself.
  if (ticket.comment_count != null && ticket.comment_count <= 1) return null
  const users = new Map<string, WireUser>()
  const comments = []
  for (let after: string | null = null; ; ) {
    const query: Record<string, string | number> = {
      include: 'users',
      'page[size]': 100,
      ...(after === null ? {} : { 'page[after]': after }),
    }
    const path = `/api/v2/tickets/${ticket.id}/comments.json`
    // A ticket that was deleted meanwhile is told of by the next export.
    const answer = await client.ask({ method: 'GET', path, query, takes: [404] }, options)
    if (answer.status !== 200) return null
    const page = wireComments.parse(JSON.parse(answer.body))
    comments.push(...page.comments)
    for (const user of page.users ?? []) users.set(user.id, user)
    const found = firstPublicReply(comments, users, ticket.requester_id ?? null, bots)
    after = page.meta?.has_more === true ? (page.meta.after_cursor ?? null) : null
    if (found !== null || after === null) return found
  }
}

async function* readByIds(
  client: ServiceClient,
  reading: Reading,
  request: ByIdRequest,
  options: CallOptions = {},
): AsyncGenerator<RecordsById> {
  needTickets(request.object)
  needFields(request.fields)
  const include = sideloads(request.fields)
  const ids = [...new Set(request.ids)]
  for (let at = 0; at < ids.length; at += IDS) {
    options.signal?.throwIfAborted()
    const some = ids.slice(at, at + IDS)
    const query = { ids: some.join(','), ...(include === '' ? {} : { include }) }
    const answer = wireTickets.parse(
      await client.json({ method: 'GET', path: '/api/v2/tickets/show_many.json', query }, options),
    )
    const found = await toRecords(client, reading, answer, request.fields, options)
    const there = new Set(found.map(({ id }) => id))
    const changedAt = found[0]?.changedAt ?? '1970-01-01T00:00:00.000Z'
    const gone = some.filter((id) => !there.has(id)).map((id) => ({ kind: 'deleted', id, changedAt }) as const)
    yield { records: [...found, ...gone], requests: client.takeRequests() }
  }
}

async function checkNeeds(
  client: ServiceClient,
  needs: readonly ObjectNeed[],
  options: CallOptions = {},
): Promise<CheckProblem[]> {
  const problems: CheckProblem[] = []
  for (const { object, fields, place } of needs) {
    const at = place === undefined ? '' : ` (${place})`
    const add = ({ code, message, hint }: Fault, field?: string) =>
      problems.push({
        level: 'error',
        code,
        message: `${message}${at}`,
        object,
        ...(hint === undefined ? {} : { hint }),
        ...(field === undefined ? {} : { field }),
      })
    if (object !== TICKETS) add(noObject(object))
    else for (const field of fields) if (!isField(field)) add(noField(field), field)
  }
  try {
    await client.json(
      { method: 'GET', path: '/api/v2/incremental/tickets/cursor.json', query: { start_time: NEVER, per_page: 1 } },
      options,
    )
  } catch (error) {
    if (!(error instanceof Fault) || error.blame !== 'operator') throw error
    const { code, message, hint } = error
    problems.push({ level: 'error', code, message, ...(hint === undefined ? {} : { hint }) })
  }
  return problems
}

/** An hour of long ago: what the export answers is small, and tells that we may read it. */
const NEVER = 1_000_000_000

function placeLost(status: number): Fault {
  return new Fault('zendesk-place-lost', `Zendesk forgets where its export stood, again and again (${status})`, {
    blame: 'remote',
    hint: 'Run again later',
  })
}

function needTickets(object: string): void {
  if (object !== TICKETS) throw noObject(object)
}

function noObject(object: string): Fault {
  return new Fault('zendesk-object-missing', `Of Zendesk "${object}" cannot be read`, {
    blame: 'operator',
    hint: `Write object: ${TICKETS}`,
  })
}

function needFields(fields: readonly string[]): void {
  const missing = fields.find((name) => !isField(name))
  if (missing !== undefined) throw noField(missing)
}

function noField(name: string): Fault {
  const nearest = nearestName(name, FIELDS)
  const listed = `Fields: ${FIELDS.join(', ')}, custom_fields.<number>`
  return new Fault('zendesk-field-missing', `Tickets of Zendesk have no field "${name}"`, {
    blame: 'operator',
    hint: nearest === null ? listed : `Did you mean "${nearest}"? ${listed}`,
  })
}

function noConditions(): Fault {
  return new Fault('zendesk-where', 'A condition is given for tickets, and the export of Zendesk knows none', {
    blame: 'operator',
    hint: 'Remove where from the source mapping; boards have a where of their own',
  })
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

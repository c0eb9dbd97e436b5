import { AGENTS, type CompanyTicket } from '../company/tickets.ts'
import type { Engine, SandboxAnswer, SandboxRequest, Vendor } from '../engine/engine.ts'
import { underFaults } from '../engine/faults.ts'
import { RequestCounter } from '../engine/request-counter.ts'

export interface ZendeskVendor extends Vendor {
  /** Makes or changes a ticket as an agent does; returns its number. */
  put(change: TicketChange): number
  /** Deletes a ticket, as an agent does. */
  remove(id: number): void
  /** An agent answers and solves the ticket that is open longest; its number, or `null` where nobody has asked for any, or none is open. */
  solveOldest(): number | null
}

export interface TicketChange {
  readonly id?: number
  readonly fields?: Readonly<Record<string, unknown>>
  /** Added to those that are there. */
  readonly comments?: readonly Comment[]
}

interface Comment {
  readonly author_id: number
  readonly public: boolean
  readonly created_at: string
  readonly body: string
  readonly via: { readonly channel: string }
}

interface Row {
  readonly id: number
  readonly at_ms: number
  readonly body: string
  readonly comments: string
}

interface Person {
  readonly id: number
  readonly name: string
  readonly email: string
  readonly role: 'end-user' | 'agent'
  readonly organization_id: number | null
}

const EMAIL = 'sync@boardworks.example'
const TOKEN = 'zendesk-sandbox-token'
/** Users of the help desk itself come first. */
const FIRST_AGENT = 9_001
const BOT = 9_100
const FIRST_USER = 20_001
const FIRST_ORGANIZATION = 70_001

/**
 * A Zendesk account, as far as its tickets are read: the incremental export by cursor, tickets by number, and comments.
 * Operations for fault rules: `zendesk.export`, `zendesk.comments`, `zendesk.tickets`.
 *
 * `tickets` is asked for when the first request comes: a sandbox whose help desk nobody reads pays nothing for it.
 */
export function createZendeskVendor(engine: Engine, tickets: () => Iterable<CompanyTicket>): ZendeskVendor {
  const desk = new HelpDesk(engine, tickets)
  const all = new RequestCounter(engine, 'zendesk.requestsPerMinute', 60_000)
  const exports = new RequestCounter(engine, 'zendesk.exportsPerMinute', 60_000)
  return {
    name: 'zendesk',
    paths: ['/api/v2/incremental', '/api/v2/tickets'],
    env: (baseUrl) => ({ ZENDESK_URL: baseUrl, ZENDESK_EMAIL: EMAIL, ZENDESK_API_TOKEN: TOKEN }),
    put: (change) => desk.put(change),
    remove: (id) => desk.remove(id),
    solveOldest: () => desk.solveOldest(),
    async handle(request) {
      const comments = /^\/api\/v2\/tickets\/(\d+)\/comments(\.json)?$/.exec(request.path)
      const operation = request.path.includes('/incremental/') ? 'export' : comments === null ? 'tickets' : 'comments'
      return underFaults({
        faults: engine.faults,
        request,
        operation: `zendesk.${operation}`,
        error: (rule) => failure(Number(rule.with?.status ?? 500), String(rule.with?.code ?? 'InternalError')),
        run: () => {
          if (!isKnown(request)) return failure(401, "Couldn't authenticate you")
          const wait = Math.max(all.admit(), operation === 'export' ? exports.admit() : 0)
          if (wait > 0) return limited(engine.clock.real(wait))
          if (operation === 'export') return desk.export(request.query)
          return comments === null ? desk.show(request.query) : desk.comments(Number(comments[1]), request.query)
        },
      })
    },
  }
}

class HelpDesk {
  readonly #engine: Engine
  readonly #tickets: () => Iterable<CompanyTicket>
  readonly #people = new Map<number, Person>()
  readonly #byEmail = new Map<string, Person>()
  readonly #organizations = new Map<number, Readonly<Record<string, unknown>>>()
  #isFilled = false

  constructor(engine: Engine, tickets: () => Iterable<CompanyTicket>) {
    this.#engine = engine
    this.#tickets = tickets
    engine.db.exec(
      'CREATE TABLE IF NOT EXISTS zendesk_tickets (id INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, body TEXT NOT NULL, comments TEXT NOT NULL)',
    )
  }

  put({ id, fields = {}, comments = [] }: TicketChange): number {
    this.#fill()
    const now = Math.floor(this.#engine.clock.now())
    const row = id === undefined ? undefined : this.#row(id)
    const next = row?.id ?? id ?? this.#nextId()
    const before = row === undefined ? { created_at: second(now), status: 'open', tags: [] } : JSON.parse(row.body)
    const body = { ...before, ...fields, updated_at: second(now) }
    this.#save(next, now, body, [...(row === undefined ? [] : JSON.parse(row.comments)), ...comments])
    return next
  }

  remove(id: number): void {
    this.put({ id, fields: { status: 'deleted' } })
  }

  solveOldest(): number | null {
    if (!this.#isFilled) return null
    const row = this.#engine.db
      .prepare("SELECT * FROM zendesk_tickets WHERE body ->> 'status' = 'open' ORDER BY at_ms, id LIMIT 1")
      .get() as Row | undefined
    if (row === undefined) return null
    const at = second(this.#engine.clock.now())
    const answer = {
      author_id: FIRST_AGENT,
      public: true,
      created_at: at,
      body: 'Here is how.',
      via: { channel: 'web' },
    }
    return this.put({ id: row.id, fields: { status: 'solved', dates: { solved_at: at } }, comments: [answer] })
  }

  export(query: URLSearchParams): SandboxAnswer {
    this.#fill()
    const { limits, clock } = this.#engine
    const cursor = query.get('cursor')
    const place = cursor === null ? { at: Number(query.get('start_time')) * 1000, id: 0 } : readPlace(cursor)
    if (place === null || !Number.isFinite(place.at)) return failure(400, 'InvalidValue')
    const perPage = Math.min(Number(query.get('per_page') ?? 1_000), limits.get('zendesk.exportPage'))
    const rows = this.#engine.db
      .prepare('SELECT * FROM zendesk_tickets WHERE (at_ms, id) > (?, ?) AND at_ms <= ? ORDER BY at_ms, id LIMIT ?')
      .all(place.at, place.id, clock.now() - limits.get('zendesk.exportLagMs'), perPage + 1) as unknown as Row[]
    const page = rows.slice(0, perPage)
    const last = page.at(-1)
    return json({
      ...this.#told(page, query),
      after_cursor: last === undefined ? (cursor ?? writePlace(place)) : writePlace({ at: last.at_ms, id: last.id }),
      end_of_stream: rows.length <= perPage,
    })
  }

  show(query: URLSearchParams): SandboxAnswer {
    this.#fill()
    const ids = (query.get('ids') ?? '').split(',').map(Number)
    if (ids.length > 100) return failure(400, 'TooManyValues')
    const rows = ids.flatMap((id) => this.#row(id) ?? []).filter(({ body }) => JSON.parse(body).status !== 'deleted')
    return json(this.#told(rows, query))
  }

  comments(id: number, query: URLSearchParams): SandboxAnswer {
    this.#fill()
    const row = this.#row(id)
    if (row === undefined || JSON.parse(row.body).status === 'deleted') return failure(404, 'RecordNotFound')
    const all = JSON.parse(row.comments) as Comment[]
    const size = Number(query.get('page[size]') ?? 100)
    const from = Number(query.get('page[after]') ?? 0)
    const comments = all.slice(from, from + size)
    const users = [...new Set(comments.map((comment) => comment.author_id))].flatMap(
      (one) => this.#people.get(one) ?? [],
    )
    const hasMore = from + size < all.length
    return json({ comments, users, meta: { has_more: hasMore, after_cursor: hasMore ? String(from + size) : null } })
  }

  #told(rows: readonly Row[], query: URLSearchParams): Record<string, unknown> {
    const include = new Set((query.get('include') ?? '').split(','))
    const tickets = rows.map(({ id, at_ms: at, body, comments }) => {
      const { dates, ...fields } = JSON.parse(body)
      return {
        id,
        ...fields,
        generated_timestamp: Math.floor(at / 1000),
        ...(include.has('comment_count') ? { comment_count: JSON.parse(comments).length } : {}),
        ...(include.has('dates') ? { dates: dates ?? {} } : {}),
      }
    })
    const named = (key: string) => [...new Set(tickets.map((ticket) => ticket[key]))]
    const users = ['requester_id', 'assignee_id', 'submitter_id'].flatMap(named)
    return {
      tickets,
      ...(include.has('users') ? { users: [...new Set(users)].flatMap((id) => this.#people.get(id) ?? []) } : {}),
      ...(include.has('organizations')
        ? { organizations: named('organization_id').flatMap((id) => this.#organizations.get(id) ?? []) }
        : {}),
    }
  }

  #row(id: number): Row | undefined {
    return this.#engine.db.prepare('SELECT * FROM zendesk_tickets WHERE id = ?').get(id) as Row | undefined
  }

  #nextId(): number {
    return Number(this.#engine.db.prepare('SELECT coalesce(max(id), 0) + 1 AS id FROM zendesk_tickets').get()?.['id'])
  }

  #save(id: number, at: number, body: object, comments: readonly object[]): void {
    this.#engine.db
      .prepare('INSERT OR REPLACE INTO zendesk_tickets VALUES (?, ?, ?, ?)')
      .run(id, Math.floor(at), JSON.stringify(body), JSON.stringify(comments))
  }

  /** People and companies are made anew each time, tickets once. */
  #fill(): void {
    if (this.#isFilled) return
    this.#isFilled = true
    for (const [i, { name, email }] of AGENTS.entries()) this.#person(FIRST_AGENT + i, name, email, 'agent', null)
    this.#person(BOT, 'Answer Bot', 'answer-bot@boardworks.example', 'agent', null)
    const isOld = this.#nextId() > 1
    let id = 0
    this.#engine.db.exec('SAVEPOINT zendesk_fill')
    for (const ticket of this.#tickets()) {
      id += 1
      const requester = this.#requester(ticket)
      if (!isOld) this.#add(id, ticket, requester)
    }
    this.#engine.db.exec('RELEASE zendesk_fill')
  }

  #add(id: number, ticket: CompanyTicket, requester: Person): void {
    const agent = FIRST_AGENT + ticket.agent
    const [first] = ticket.messages
    const last = Math.max(ticket.solvedAt ?? 0, ticket.messages.at(-1)?.at ?? 0)
    const body = {
      subject: ticket.subject,
      description: first?.text,
      status: ticket.status,
      priority: ticket.priority,
      tags: ticket.tags,
      via: { channel: ticket.channel },
      requester_id: requester.id,
      submitter_id: requester.id,
      assignee_id: agent,
      organization_id: requester.organization_id,
      satisfaction_rating: { score: ticket.satisfaction ?? 'unoffered' },
      custom_fields: [{ id: 360_001, value: ticket.priority === 'urgent' ? 'sev1' : null }],
      created_at: second(first?.at ?? last),
      updated_at: second(last),
      dates: { solved_at: ticket.solvedAt === null ? null : second(ticket.solvedAt) },
    }
    const comments = ticket.messages.map(
      (message): Comment => ({
        author_id: message.by === 'customer' ? requester.id : message.by === 'bot' ? BOT : agent,
        public: message.isPublic,
        created_at: second(message.at),
        body: message.text,
        // Half of what machines write says so; of the rest only its author tells.
        via: { channel: message.by === 'bot' && id % 2 === 0 ? 'rule' : ticket.channel },
      }),
    )
    this.#save(id, last, body, comments)
  }

  #requester({ company, domain, requester }: CompanyTicket): Person {
    const known = this.#byEmail.get(requester.email)
    if (known !== undefined) return known
    let organization = [...this.#organizations.values()].find(({ name }) => name === company)
    if (organization === undefined) {
      const id = FIRST_ORGANIZATION + this.#organizations.size
      organization = { id, name: company, domain_names: [domain], external_id: null }
      this.#organizations.set(id, organization)
    }
    const id = FIRST_USER + this.#people.size
    return this.#person(id, requester.name, requester.email, 'end-user', Number(organization['id']))
  }

  #person(id: number, name: string, email: string, role: Person['role'], organization: number | null): Person {
    const person = { id, name, email, role, organization_id: organization }
    this.#people.set(id, person)
    this.#byEmail.set(email, person)
    return person
  }
}

function isKnown({ headers }: SandboxRequest): boolean {
  const given = Buffer.from((headers['authorization'] ?? '').replace(/^Basic /, ''), 'base64').toString()
  return given === `${EMAIL}/token:${TOKEN}`
}

function json(value: unknown): SandboxAnswer {
  return { status: 200, headers: { 'Content-Type': 'application/json; charset=utf-8' }, body: JSON.stringify(value) }
}

function failure(status: number, error: string): SandboxAnswer {
  return {
    status,
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ error, description: error }),
  }
}

function limited(ms: number): SandboxAnswer {
  const headers = { 'Content-Type': 'application/json', 'Retry-After': String(Math.max(1, Math.ceil(ms / 1000))) }
  const error = 'APIRateLimitExceeded'
  return {
    status: 429,
    headers,
    body: JSON.stringify({ error, description: 'Number of allowed API requests per minute exceeded' }),
  }
}

function writePlace({ at, id }: { readonly at: number; readonly id: number }): string {
  return Buffer.from(`${at}|${id}`).toString('base64url')
}

function readPlace(cursor: string): { readonly at: number; readonly id: number } | null {
  const match = /^(\d+)\|(\d+)$/.exec(Buffer.from(cursor, 'base64url').toString())
  return match === null ? null : { at: Number(match[1]), id: Number(match[2]) }
}

function second(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`
}

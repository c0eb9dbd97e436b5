import { createHash } from 'node:crypto'
import type { Engine, SandboxAnswer, SandboxRequest, Vendor } from '../engine/engine.ts'
import { underFaults } from '../engine/faults.ts'
import { RequestCounter } from '../engine/request-counter.ts'
import type { EventBook } from './event-book.ts'

const KEY = 'phx_sandbox'
const PROJECT = '4711'

/**
 * The query endpoint of a PostHog project, as far as weekly use by account is asked: it understands queries of that one form,
 * with its bounds, its list of events, its parts and its limit, and refuses all others. Operation for fault rules:
 * `posthog.query`.
 */
export function createPosthogVendor(engine: Engine, book: EventBook): Vendor {
  const minute = new RequestCounter(engine, 'posthog.queriesPerMinute', 60_000)
  let running = 0
  const cached = new Map<string, SandboxAnswer>()
  return {
    name: 'posthog',
    paths: ['/api/projects'],
    env: (baseUrl) => ({ POSTHOG_URL: baseUrl, POSTHOG_PROJECT_ID: PROJECT, POSTHOG_API_KEY: KEY }),
    handle: (request) =>
      underFaults({
        faults: engine.faults,
        request,
        operation: 'posthog.query',
        error: (rule) => failure(Number(rule.with?.status ?? 500), String(rule.with?.code ?? 'error')),
        run: async () => {
          if (request.headers['authorization'] !== `Bearer ${KEY}`) return failure(401, 'authentication_failed')
          if (!request.path.startsWith(`/api/projects/${PROJECT}/query`)) return failure(404, 'not_found')
          const wait = minute.admit()
          if (wait > 0)
            return failure(429, 'throttled', {
              'Retry-After': String(Math.max(1, Math.ceil(engine.clock.real(wait) / 1000))),
            })
          if (running >= engine.limits.get('posthog.queriesAtOnce')) return failure(504, 'concurrency_limit_exceeded')
          running += 1
          try {
            await new Promise((resolve) => setTimeout(resolve, 2))
            // `blocking`, the default, may answer with what it found before.
            const { query, refresh } = JSON.parse(request.body) as { query?: unknown; refresh?: string }
            const key = JSON.stringify(query)
            const known = refresh === 'force_blocking' ? undefined : cached.get(key)
            const found = known ?? answer(engine, book, request)
            cached.set(key, found)
            return found
          } finally {
            running -= 1
          }
        },
      }),
  }
}

const FORM =
  /^SELECT ifNull\(toString\((\S+)\), ''\) AS account, (event|'') AS name, count\(DISTINCT (\S+)\) AS users, count\(\) AS total FROM events WHERE (.+?) GROUP BY account, name(?: HAVING \(account, name\) > \((.+)\))? ORDER BY account, name(?: LIMIT (\d+))?$/

function answer(engine: Engine, book: EventBook, request: SandboxRequest): SandboxAnswer {
  const body = JSON.parse(request.body) as { query?: { kind?: string; query?: string } }
  const match = FORM.exec(body.query?.query ?? '')
  if (match === null || body.query?.kind !== 'HogQLQuery') return failure(400, 'query_not_understood')
  const [, group, name, , where = '', having, limit] = match
  if (group !== '$group_0') return failure(400, `Unable to resolve field: ${group}`)
  const at = (bound: string) =>
    Date.parse(`${new RegExp(`timestamp ${bound} toDateTime\\('([^']+)'`).exec(where)?.[1]?.replace(' ', 'T')}Z`)
  const only = /event IN \((.*?)\)(?: AND|$)/.exec(where)?.[1]
  const names = only === undefined ? null : new Set(literals(only))
  const part = /modulo\(cityHash64\(.*\), (\d+)\) = (\d+)/.exec(where)
  const after = having === undefined ? null : literals(having)
  const [from, to] = [at('>='), at('<')]
  const found = new Map<string, { persons: Set<string>; total: number }>()
  let seen = 0
  const told = new Set<string>()
  for (const { id, event, person, account, at } of book.events) {
    // Of an event that was sent twice PostHog keeps one.
    if (at < from || at >= to || (names !== null && !names.has(event)) || told.has(id)) continue
    if (part !== null && hash(account ?? '') % Number(part[1]) !== Number(part[2])) continue
    told.add(id)
    seen += 1
    const key = JSON.stringify([account ?? '', name === 'event' ? event : ''])
    const row = found.get(key) ?? { persons: new Set<string>(), total: 0 }
    found.set(key, row)
    row.persons.add(person)
    row.total += 1
  }
  if (seen > engine.limits.get('posthog.queryEvents')) return failure(504, 'query_time_limit')
  const rows = [...found]
    .map(([key, { persons, total }]) => [...(JSON.parse(key) as [string, string]), persons.size, total] as const)
    .filter(
      ([account, event]) =>
        after === null || account > (after[0] ?? '') || (account === after[0] && event > (after[1] ?? '')),
    )
    .sort((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : a[1] < b[1] ? -1 : 1))
  const most = Math.min(Number(limit ?? 100), engine.limits.get('posthog.rows'))
  const results = rows.slice(0, most)
  return json(200, {
    columns: ['account', 'name', 'users', 'total'],
    results,
    hasMore: rows.length > most,
    limit: most,
  })
}

function literals(list: string): string[] {
  return [...list.matchAll(/'((?:[^'\\]|\\.)*)'/g)].map(([, one = '']) => one.replaceAll(/\\(.)/g, '$1'))
}

function hash(text: string): number {
  return createHash('md5').update(text).digest().readUInt32LE(0)
}

function json(status: number, value: unknown, headers: Readonly<Record<string, string>> = {}): SandboxAnswer {
  return { status, headers: { ...headers, 'Content-Type': 'application/json' }, body: JSON.stringify(value) }
}

function failure(status: number, code: string, headers: Readonly<Record<string, string>> = {}): SandboxAnswer {
  return json(status, { type: 'validation_error', code, detail: code, attr: null }, headers)
}

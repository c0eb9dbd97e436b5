import type { Engine, SandboxAnswer, Vendor } from '../engine/engine.ts'
import { underFaults } from '../engine/faults.ts'
import { RequestCounter } from '../engine/request-counter.ts'
import type { EventBook } from './event-book.ts'

const USER = 'boardsync.sandbox'
const SECRET = 'mixpanel-sandbox-secret'
const PROJECT = '2900001'

/**
 * The raw export of a Mixpanel project: a line of JSON for each event, days inclusive, in the project's zone, nothing told
 * once where it was sent twice. Operation for fault rules: `mixpanel.export`.
 */
export function createMixpanelVendor(engine: Engine, book: EventBook, zoneOffsetHours = 0): Vendor {
  const hour = new RequestCounter(engine, 'mixpanel.exportsPerHour', 3_600_000)
  const day = (ms: number) => new Date(ms + zoneOffsetHours * 3_600_000).toISOString().slice(0, 10)
  return {
    name: 'mixpanel',
    paths: ['/api/2.0/export'],
    env: (baseUrl) => ({
      MIXPANEL_URL: baseUrl,
      MIXPANEL_PROJECT_ID: PROJECT,
      MIXPANEL_USERNAME: USER,
      MIXPANEL_SECRET: SECRET,
    }),
    handle: (request) =>
      underFaults({
        faults: engine.faults,
        request,
        operation: 'mixpanel.export',
        error: (rule) =>
          plain(Number(rule.with?.status ?? 500), JSON.stringify({ error: rule.with?.code ?? 'Internal' })),
        run: () => {
          const basic = `Basic ${Buffer.from(`${USER}:${SECRET}`).toString('base64')}`
          if (request.headers['authorization'] !== basic) return plain(401, '{"error":"Invalid credentials"}')
          const wait = hour.admit()
          // No header tells how long: only the sentence does.
          if (wait > 0) return plain(429, JSON.stringify({ request: request.path, error: LIMITED }))
          const { query } = request
          if (query.get('project_id') !== PROJECT) return plain(400, '{"error":"Invalid project_id"}')
          const [from, to] = [query.get('from_date') ?? '', query.get('to_date') ?? '']
          if (to > day(engine.clock.now())) return plain(400, '{"error":"to_date cannot be later than today"}')
          const only =
            query.get('event') === null ? null : new Set(JSON.parse(query.get('event') as string) as string[])
          const limit = Number(query.get('limit') ?? Number.POSITIVE_INFINITY)
          const lines: string[] = []
          for (const { id, event, person, account, at } of book.events) {
            if (lines.length === limit) break
            if ((only !== null && !only.has(event)) || day(at) < from || day(at) > to) continue
            const time = query.get('time_in_ms') === 'true' ? at : Math.floor(at / 1000)
            const group = account === null ? {} : { company_id: account }
            lines.push(JSON.stringify({ event, properties: { time, distinct_id: person, $insert_id: id, ...group } }))
          }
          return plain(200, lines.length === 0 ? '' : `${lines.join('\n')}\n`)
        },
      }),
  }
}

const LIMITED =
  'Query rate limit exceeded for project_id: 2900001. 1/5 queries running concurrently and 61/60 queries running in the last hour.'

function plain(status: number, body: string): SandboxAnswer {
  return { status, headers: { 'Content-Type': 'text/plain; charset=utf-8' }, body }
}

import { z } from 'zod'
import type { CallOptions } from '../../platform/call-options.ts'
import { Fault } from '../../platform/errors.ts'
import { ServiceClient, type ServiceOptions } from '../service-client.ts'
import type { Source } from '../source.ts'
import type { EventReading, WeekPoint, Weeks, WeekZone } from '../weeks.ts'
import { createWeeksSource, type EventService, type WeeksSourceOptions } from '../weeks-source.ts'

export interface PosthogSourceOptions
  extends WeeksSourceOptions,
    Pick<ServiceOptions, 'http' | 'clock' | 'random' | 'log' | 'speed'> {
  /** `https://us.posthog.com`, or that of another region or of a server of one's own. */
  readonly url: string
  readonly project: string
  readonly key: string
  /** The company's zone, in which weeks begin. */
  readonly zone: WeekZone
  /** Rows of one answer. Default 50,000, the most that PostHog gives; without a limit it gives 100 and says nothing. */
  readonly rows?: number
}

const ROWS = 50_000
/** Queries at once: PostHog takes three of a project, and lets further ones wait until they fail. */
const AT_ONCE = 3
/** Where a week is too much for one query, its accounts are asked for in so many parts. */
const PARTS = [1, 4, 16, 64] as const

/**
 * Asks PostHog for weekly use by account and event, one week and query at a time, its bounds in the company's zone reckoned
 * here. Distinct persons are counted exactly. Each query names its limit; a full answer is followed by the next.
 */
export function createPosthogSource(options: PosthogSourceOptions): Source {
  const client = new ServiceClient({
    vendor: 'posthog',
    title: 'PostHog',
    url: options.url,
    headers: { Authorization: `Bearer ${options.key}`, 'Content-Type': 'application/json' },
    http: options.http,
    clock: options.clock,
    random: options.random,
    log: options.log,
    atOnce: AT_ONCE,
    paces: [
      { requests: 240, perMs: 60_000 },
      { requests: 2_400, perMs: 3_600_000 },
    ],
    variables: { url: 'POSTHOG_URL', key: 'POSTHOG_API_KEY' },
    ...(options.speed === undefined ? {} : { speed: options.speed }),
  })
  const service: EventService = {
    vendor: 'posthog',
    title: 'PostHog',
    weeksAtOnce: 6,
    points: (reading, weeks, _folder, callOptions) => countWeeks(client, options, reading, weeks, callOptions),
    prove: async (reading, callOptions) => {
      const week = options.today() - 7
      await ask(
        client,
        options,
        queryOf(options, reading, week, { byEvent: true, part: null, after: null, rows: 1 }),
        callOptions,
      )
    },
    takeRequests: () => client.takeRequests(),
  }
  return createWeeksSource(service, options)
}

async function* countWeeks(
  client: ServiceClient,
  options: PosthogSourceOptions,
  reading: EventReading,
  { from, to }: Weeks,
  callOptions: CallOptions,
): AsyncGenerator<WeekPoint> {
  const weeks = Array.from({ length: (to - from) / 7 + 1 }, (_, i) => from + 7 * i)
  const tasks = weeks.flatMap((week) => [true, false].map((byEvent) => ({ week, byEvent })))
  const asked = tasks.map(({ week, byEvent }) => {
    const points = readWeek(client, options, reading, week, byEvent, callOptions)
    // Met where it is waited for.
    points.catch(() => {})
    return points
  })
  for (const points of asked) yield* await points
}

/** The points of a week, in as few parts of its accounts as PostHog can count at once. */
async function readWeek(
  client: ServiceClient,
  options: PosthogSourceOptions,
  reading: EventReading,
  week: number,
  byEvent: boolean,
  callOptions: CallOptions,
): Promise<WeekPoint[]> {
  for (const parts of PARTS) {
    const points: WeekPoint[] = []
    let isTooMuch = false
    for (let part = 0; part < parts && !isTooMuch; part += 1) {
      const some = parts === 1 ? null : { of: parts, part }
      const found = await readPart(client, options, reading, week, byEvent, some, callOptions)
      if (found === null) isTooMuch = true
      else for (const point of found) points.push(point)
    }
    if (!isTooMuch) return points
  }
  throw new Fault(
    'posthog-too-much',
    `PostHog cannot count one week of events, not even for ${PARTS.at(-1)} parts of its accounts`,
    {
      blame: 'operator',
      hint: 'Name fewer events (events: only:), or read the sums by SQL from a warehouse (type: postgres)',
    },
  )
}

interface Part {
  readonly of: number
  readonly part: number
}

/** `null`: it takes PostHog too much time or memory. */
async function readPart(
  client: ServiceClient,
  options: PosthogSourceOptions,
  reading: EventReading,
  week: number,
  byEvent: boolean,
  part: Part | null,
  callOptions: CallOptions,
): Promise<WeekPoint[] | null> {
  const rows = options.rows ?? ROWS
  const points: WeekPoint[] = []
  let after: readonly [string, string] | null = null
  for (;;) {
    const query = queryOf(options, reading, week, { byEvent, part, after, rows })
    const results = await ask(client, options, query, callOptions)
    if (results === null) return null
    for (const [account, event, users, events] of results) points.push({ account, event, week, users, events })
    const last = results.at(-1)
    if (results.length < rows || last === undefined) return points
    after = [last[0], last[1]]
  }
}

const count = z.coerce.number()
const wireAnswer = z.object({
  results: z.array(
    z.tuple([
      z
        .string()
        .nullable()
        .transform((text) => text ?? ''),
      z
        .string()
        .nullable()
        .transform((text) => text ?? ''),
      count,
      count,
    ]),
  ),
})

async function ask(
  client: ServiceClient,
  { project }: PosthogSourceOptions,
  query: string,
  callOptions: CallOptions,
): Promise<z.output<typeof wireAnswer>['results'] | null> {
  const answer = await client.ask(
    {
      method: 'POST',
      path: `/api/projects/${encodeURIComponent(project)}/query/`,
      // What was asked before may be answered from memory, without the events that came since.
      body: JSON.stringify({
        query: { kind: 'HogQLQuery', query },
        name: 'boardsync weekly use',
        refresh: 'force_blocking',
      }),
      takes: [504, 512],
      totalTimeoutMs: 120_000,
    },
    callOptions,
  )
  return answer.status === 200 ? wireAnswer.parse(JSON.parse(answer.body)).results : null
}

interface Asked {
  /** Else for the whole product. */
  readonly byEvent: boolean
  readonly part: Part | null
  /** Account and event up to which rows were handed over. */
  readonly after: readonly [string, string] | null
  readonly rows: number
}

/** The one query that is asked. An account that is none is counted too, as that of nobody. */
export function queryOf(
  { zone }: Pick<PosthogSourceOptions, 'zone'>,
  { account, person, only }: EventReading,
  week: number,
  { byEvent, part, after, rows }: Asked,
): string {
  const group = `ifNull(toString(${account}), '')`
  const event = byEvent ? 'event' : `''`
  const conditions = [
    `timestamp >= ${instant(zone.startOf(week))}`,
    `timestamp < ${instant(zone.startOf(week + 7))}`,
    ...(only === null ? [] : [`event IN (${only.map(text).join(', ')})`]),
    ...(part === null ? [] : [`modulo(cityHash64(${group}), ${part.of}) = ${part.part}`]),
  ]
  const rest = after === null ? '' : ` HAVING (account, name) > (${after.map(text).join(', ')})`
  return `SELECT ${group} AS account, ${event} AS name, count(DISTINCT ${person ?? 'person_id'}) AS users, count() AS total FROM events WHERE ${conditions.join(' AND ')} GROUP BY account, name${rest} ORDER BY account, name LIMIT ${rows}`
}

function instant(ms: number): string {
  return `toDateTime('${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')}', 'UTC')`
}

function text(value: string): string {
  return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}

import type { CallOptions } from '../../platform/call-options.ts'
import { Fault } from '../../platform/errors.ts'
import { HttpFault } from '../../platform/http-fault.ts'
import { EventCounter, identityOf, plainName } from '../event-counter.ts'
import { linesOf } from '../lines.ts'
import { basicAuth, ServiceClient, type ServiceOptions } from '../service-client.ts'
import type { Source } from '../source.ts'
import { dayText, type EventReading, type WeekPoint, type Weeks, type WeekZone, weekFinder } from '../weeks.ts'
import { createWeeksSource, type EventService, type WeeksSourceOptions } from '../weeks-source.ts'

export interface MixpanelSourceOptions
  extends WeeksSourceOptions,
    Pick<ServiceOptions, 'http' | 'clock' | 'random' | 'log' | 'speed'> {
  /** `https://data.mixpanel.com`, or that of another region. */
  readonly url: string
  readonly project: string
  readonly username: string
  readonly secret: string
  /** The company's zone, in which weeks begin. */
  readonly zone: WeekZone
}

const HOUR = 3_600_000
/** An export may run for long; its pieces keep coming. */
const EXPORT_MS = 2 * HOUR
/** How often an export that breaks off is begun again. */
const ATTEMPTS = 3

/**
 * Counts the raw events of a Mixpanel project, as they stream by. Days of an export are those of the project's own zone, which
 * nobody tells: a day more is asked for at both ends, and events of other weeks are left out. Events told twice count once.
 */
export function createMixpanelSource(options: MixpanelSourceOptions): Source {
  const client = new ServiceClient({
    vendor: 'mixpanel',
    title: 'Mixpanel',
    url: options.url,
    headers: { Authorization: basicAuth(options.username, options.secret), Accept: 'text/plain' },
    http: options.http,
    clock: options.clock,
    random: options.random,
    log: options.log,
    atOnce: 1,
    paces: [
      { requests: 3, perMs: 1_000 },
      { requests: 60, perMs: HOUR },
    ],
    variables: { url: 'MIXPANEL_URL', key: 'MIXPANEL_SECRET' },
    ...(options.speed === undefined ? {} : { speed: options.speed }),
  })
  return createWeeksSource(mixpanelService(client, options), options)
}

function mixpanelService(client: ServiceClient, options: MixpanelSourceOptions): EventService {
  return {
    vendor: 'mixpanel',
    title: 'Mixpanel',
    weeksAtOnce: 8,
    points: (reading, weeks, folder, callOptions) => countExport(client, options, reading, weeks, folder, callOptions),
    prove: async (reading, callOptions) => {
      const day = options.today() - 2
      const answer = await client.stream(exportOf(options, reading, { from: day, to: day }, { limit: 1 }), callOptions)
      if ('pieces' in answer) await answer[Symbol.asyncDispose]()
    },
    takeRequests: () => client.takeRequests(),
  }
}

async function* countExport(
  client: ServiceClient,
  options: MixpanelSourceOptions,
  reading: EventReading,
  weeks: Weeks,
  folder: string,
  callOptions: CallOptions,
): AsyncGenerator<WeekPoint> {
  // Later days than the project's own today are refused, and it may be a day behind ours.
  let to = Math.min(weeks.to + 7, options.today())
  for (let attempt = 1; ; attempt += 1) {
    const days = { from: weeks.from - 1, to }
    const answer = await client.stream({ ...exportOf(options, reading, days), takes: [400] }, callOptions)
    if (!('pieces' in answer)) {
      const isOfDay = /to_date|later than|future/i.test(answer.body)
      if (isOfDay && to > options.today() - 1) {
        to -= 1
        continue
      }
      throw refused(answer.body)
    }
    const counter = new EventCounter({ folder })
    try {
      await count(linesOf(answer.pieces), counter, reading, weeks, options.zone)
    } catch (error) {
      const isBrokenOff = error instanceof HttpFault || error instanceof CutOff
      if (!isBrokenOff || attempt >= ATTEMPTS) throw error instanceof CutOff ? cutOff() : error
      continue
    } finally {
      await answer[Symbol.asyncDispose]()
    }
    yield* counter.points()
    return
  }
}

function exportOf(
  { project }: MixpanelSourceOptions,
  { only }: EventReading,
  days: { readonly from: number; readonly to: number },
  more: Readonly<Record<string, number>> = {},
) {
  return {
    method: 'GET',
    path: '/api/2.0/export',
    query: {
      project_id: project,
      from_date: dayText(days.from),
      to_date: dayText(days.to),
      time_in_ms: 'true',
      ...(only === null ? {} : { event: JSON.stringify(only) }),
      ...more,
    },
    totalTimeoutMs: EXPORT_MS,
  } as const
}

interface RawEvent {
  readonly event?: unknown
  readonly properties?: Readonly<Record<string, unknown>>
}

/** The last line of an export is no event: it ended in the middle of one. */
class CutOff extends Error {}

/** Counts the events of some weeks; of others of the same days, none. */
export async function count(
  lines: AsyncIterable<readonly string[]>,
  counter: Pick<EventCounter, 'add'>,
  reading: EventReading,
  weeks: Weeks,
  zone: WeekZone,
): Promise<void> {
  const weekOf = weekFinder(zone, weeks)
  const only = reading.only === null ? null : new Set(reading.only)
  const person = reading.person ?? 'distinct_id'
  for await (const some of lines) {
    for (const line of some) {
      if (line === '') continue
      const { event, properties } = parseEvent(line)
      const name = typeof event === 'string' ? event : ''
      if (properties === undefined || name === '' || (only !== null && !only.has(name))) continue
      const at = Number(properties['time'])
      // An export without time_in_ms tells seconds.
      const instant = at < 100_000_000_000 ? at * 1000 : at
      const week = weekOf(instant)
      if (week === null) continue
      const who = textOf(properties[person])
      const identity = identityOf(textOf(properties['$insert_id']), at)
      const account = properties[reading.account]
      // What keys cannot hold is escaped in JSON: most lines need not be looked at.
      const plain = line.includes('\\') ? plainName : same
      // A group key may be a list: the event is use by each of them.
      if (Array.isArray(account) && account.length > 1) {
        for (const one of account) counter.add(week, plain(textOf(one)), plain(name), plain(who), identity)
      } else counter.add(week, plain(textOf(account)), plain(name), plain(who), identity)
    }
  }
}

function parseEvent(line: string): RawEvent {
  try {
    return JSON.parse(line) as RawEvent
  } catch {
    throw new CutOff()
  }
}

function same(name: string): string {
  return name
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value
  if (Array.isArray(value)) return textOf(value[0])
  return value === undefined || value === null ? '' : String(value)
}

function cutOff(): Fault {
  return new Fault('mixpanel-truncated', `Mixpanel breaks its export off in the middle, ${ATTEMPTS} times in a row`, {
    blame: 'remote',
    hint: 'Run again later',
  })
}

function refused(body: string): Fault {
  const words = body.replaceAll(/[^\s"'<>]+@[^\s"'<>]+/g, '…').slice(0, 200)
  return new Fault('mixpanel-refused', `Mixpanel refuses an export (400: ${words})`, {
    blame: 'operator',
    hint: 'Check MIXPANEL_PROJECT_ID, and what the source mapping says of events',
  })
}

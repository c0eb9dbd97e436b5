import { createWriteStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import type { CallOptions } from '../../platform/call-options.ts'
import { Fault } from '../../platform/errors.ts'
import { HttpFault } from '../../platform/http-fault.ts'
import { EventCounter, identityOf, plainName } from '../event-counter.ts'
import { linesOf } from '../lines.ts'
import { basicAuth, ServiceClient, type ServiceOptions } from '../service-client.ts'
import type { Source } from '../source.ts'
import { type EventReading, type WeekPoint, type Weeks, type WeekZone, weekFinder } from '../weeks.ts'
import { createWeeksSource, type EventService, type WeeksSourceOptions } from '../weeks-source.ts'
import { BadZip, readEntry, zipEntries } from './zip.ts'

export interface AmplitudeSourceOptions
  extends WeeksSourceOptions,
    Pick<ServiceOptions, 'http' | 'clock' | 'random' | 'log' | 'speed'> {
  /** `https://amplitude.com`, or that of another region. */
  readonly url: string
  readonly key: string
  readonly secret: string
  /** The company's zone, in which weeks begin. */
  readonly zone: WeekZone
}

const HOUR = 3_600_000
const DAY = 24 * HOUR
/** What was uploaded later than so long ago is not all there yet. */
const LATE_MS = 2 * HOUR
const EXPORT_MS = 2 * HOUR
/** Hours of one export to begin with; halved where that is too much. */
const HOURS = 7 * 24
const ATTEMPTS = 3

/**
 * Counts the raw events of an Amplitude project. An export goes by when events were uploaded, not by when they happened: from a
 * day before the first week on everything that was uploaded until now is read, so that events that came late count in their
 * week. No data is an answer of 404; what is too much for one export is asked for in halves, down to an hour.
 */
export function createAmplitudeSource(options: AmplitudeSourceOptions): Source {
  const client = new ServiceClient({
    vendor: 'amplitude',
    title: 'Amplitude',
    url: options.url,
    headers: { Authorization: basicAuth(options.key, options.secret) },
    http: options.http,
    clock: options.clock,
    random: options.random,
    log: options.log,
    atOnce: 1,
    variables: { url: 'AMPLITUDE_URL', key: 'AMPLITUDE_SECRET_KEY' },
    ...(options.speed === undefined ? {} : { speed: options.speed }),
  })
  return createWeeksSource(amplitudeService(client, options), options)
}

function amplitudeService(client: ServiceClient, options: AmplitudeSourceOptions): EventService {
  return {
    vendor: 'amplitude',
    title: 'Amplitude',
    // Late events come with the uploads of later weeks: there are no weeks that could be read by themselves.
    weeksAtOnce: Number.MAX_SAFE_INTEGER,
    points: (reading, weeks, folder, callOptions) => countExports(client, options, reading, weeks, folder, callOptions),
    prove: async (_reading, callOptions) => {
      const at = hourOf(options.today() * DAY - DAY)
      const answer = await client.stream({ ...exportOf(at, at), takes: [404] }, callOptions)
      if ('pieces' in answer) await answer[Symbol.asyncDispose]()
    },
    takeRequests: () => client.takeRequests(),
  }
}

async function* countExports(
  client: ServiceClient,
  options: AmplitudeSourceOptions,
  reading: EventReading,
  weeks: Weeks,
  folder: string,
  callOptions: CallOptions,
): AsyncGenerator<WeekPoint> {
  const counter = new EventCounter({ folder })
  const end = hourOf(Math.min(options.zone.startOf(options.today() + 1), options.clock.now()) - LATE_MS)
  let hours = HOURS
  for (let from = hourOf(options.zone.startOf(weeks.from) - DAY); from <= end; ) {
    callOptions.signal?.throwIfAborted()
    const to = Math.min(from + hours - 1, end)
    const file = path.join(folder, 'export.zip')
    const is = await download(client, from, to, file, callOptions)
    if (is === 'too-much') {
      if (hours === 1) throw tooMuch()
      hours = Math.max(1, Math.floor(hours / 2))
      continue
    }
    if (is === 'data') {
      await countZip(file, counter, reading, weeks, options.zone)
      await rm(file)
    }
    from = to + 1
  }
  yield* counter.points()
}

/** Hours since 1970, as exports count. */
function hourOf(instant: number): number {
  return Math.floor(instant / HOUR)
}

/** Puts an export down in a file, whole. A zip has its directory at the end, so nothing can be read of it before. */
async function download(
  client: ServiceClient,
  from: number,
  to: number,
  file: string,
  callOptions: CallOptions,
): Promise<'data' | 'none' | 'too-much'> {
  for (let attempt = 1; ; attempt += 1) {
    const answer = await client.stream({ ...exportOf(from, to), takes: [400, 404, 504] }, callOptions)
    if (answer.status === 404) return 'none'
    if (!('pieces' in answer)) return 'too-much'
    try {
      await pipeline(answer.pieces, createWriteStream(file))
      await zipEntries(file)
      return 'data'
    } catch (error) {
      if (!(error instanceof HttpFault || error instanceof BadZip)) throw error
      if (attempt >= ATTEMPTS) throw error instanceof BadZip ? brokenZip() : error
    } finally {
      await answer[Symbol.asyncDispose]()
    }
  }
}

function exportOf(from: number, to: number) {
  const text = (hour: number) => new Date(hour * HOUR).toISOString().slice(0, 13).replaceAll('-', '')
  const query = { start: text(from), end: text(to) }
  return { method: 'GET', path: '/api/2/export', query, totalTimeoutMs: EXPORT_MS } as const
}

/** Counts the events of a zip: each of its files holds a line for each event, zipped once more. */
async function countZip(
  file: string,
  counter: EventCounter,
  reading: EventReading,
  weeks: Weeks,
  zone: WeekZone,
): Promise<void> {
  for (const entry of await zipEntries(file)) {
    if (entry.bytes === 0 || entry.name.endsWith('/')) continue
    const bytes = readEntry(file, entry)
    const text = entry.name.endsWith('.gz') ? bytes.pipe(createGunzip()) : bytes
    bytes.on('error', (error) => text.destroy(error))
    await count(linesOf(text as AsyncIterable<Buffer>), counter, reading, weeks, zone)
  }
}

type RawEvent = Readonly<Record<string, unknown>>

async function count(
  lines: AsyncIterable<readonly string[]>,
  counter: EventCounter,
  reading: EventReading,
  weeks: Weeks,
  zone: WeekZone,
): Promise<void> {
  const weekOf = weekFinder(zone, weeks)
  const only = reading.only === null ? null : new Set(reading.only)
  const personPath = reading.person?.split('.') ?? null
  const accountPath = reading.account.split('.')
  for await (const some of lines) {
    for (const line of some) {
      if (line === '') continue
      const raw = JSON.parse(line) as RawEvent
      const name = textOf(raw['event_type'])
      if (name === '' || (only !== null && !only.has(name))) continue
      const instant = instantOf(textOf(raw['event_time']))
      const week = weekOf(instant)
      if (week === null) continue
      const who =
        personPath === null ? textOf(raw['user_id']) || textOf(raw['amplitude_id']) : textOf(valueAt(raw, personPath))
      const identity = identityOf(textOf(raw['$insert_id']) || textOf(raw['uuid']), instant)
      const account = valueAt(raw, accountPath)
      // What keys cannot hold is escaped in JSON: most lines need not be looked at.
      const plain = line.includes('\\') ? plainName : same
      if (Array.isArray(account) && account.length > 1) {
        for (const one of account) counter.add(week, plain(textOf(one)), plain(name), plain(who), identity)
      } else counter.add(week, plain(textOf(account)), plain(name), plain(who), identity)
    }
  }
}

/** `2026-11-09 10:00:00.123456`, in UTC. */
function instantOf(text: string): number {
  return Date.parse(`${text.slice(0, 10)}T${text.slice(11, 23)}Z`)
}

function valueAt(raw: RawEvent, at: readonly string[]): unknown {
  let found: unknown = raw
  for (const key of at) found = typeof found === 'object' && found !== null ? (found as RawEvent)[key] : undefined
  return found
}

function same(name: string): string {
  return name
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value
  if (Array.isArray(value)) return textOf(value[0])
  return value === undefined || value === null ? '' : String(value)
}

function tooMuch(): Fault {
  return new Fault('amplitude-too-much', 'Amplitude finds even one hour of events too much for an export', {
    blame: 'operator',
    hint: 'Count these events in a warehouse, and read the sums by SQL (type: postgres)',
  })
}

function brokenZip(): Fault {
  return new Fault('amplitude-truncated', `Amplitude delivers an export that ends early, ${ATTEMPTS} times in a row`, {
    blame: 'remote',
    hint: 'Run again later',
  })
}

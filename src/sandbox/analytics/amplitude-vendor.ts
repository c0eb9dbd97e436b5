import { gzipSync } from 'node:zlib'
import type { ProductEvent } from '../company/product-events.ts'
import type { Engine, SandboxAnswer, Vendor } from '../engine/engine.ts'
import { underFaults } from '../engine/faults.ts'
import type { EventBook } from './event-book.ts'
import { zipFiles } from './zip-files.ts'

const KEY = 'amplitude-sandbox-key'
const SECRET = 'amplitude-sandbox-secret'
const HOUR = 3_600_000
const DAY = 24 * HOUR

/**
 * The raw export of an Amplitude project: a zip with a zipped file of lines for each day, by when events were uploaded; 404
 * where there is none. Operation for fault rules: `amplitude.export`.
 */
export function createAmplitudeVendor(engine: Engine, book: EventBook): Vendor {
  return {
    name: 'amplitude',
    paths: ['/api/2/export'],
    env: (baseUrl) => ({ AMPLITUDE_URL: baseUrl, AMPLITUDE_API_KEY: KEY, AMPLITUDE_SECRET_KEY: SECRET }),
    handle: (request) =>
      underFaults({
        faults: engine.faults,
        request,
        operation: 'amplitude.export',
        error: (rule) => plain(Number(rule.with?.status ?? 500), String(rule.with?.code ?? 'Internal error')),
        run: () => {
          const basic = `Basic ${Buffer.from(`${KEY}:${SECRET}`).toString('base64')}`
          if (request.headers['authorization'] !== basic) return plain(401, 'Unauthorized')
          const from = readHour(request.query.get('start'))
          const to = readHour(request.query.get('end'))
          if (from === null || to === null || to < from) return plain(400, 'Invalid start or end')
          if (to - from > 365 * 24) return plain(400, 'The range is longer than 365 days')
          // Nothing of the newest hours is there yet.
          const until = engine.clock.now() - engine.limits.get('amplitude.lateMs')
          const uploaded = book.events.filter(({ uploadedAt }) => {
            const hour = Math.floor(uploadedAt / HOUR)
            return hour >= from && hour <= to && uploadedAt <= until
          })
          if (uploaded.length > engine.limits.get('amplitude.exportEvents')) return plain(400, 'Export is over 4GB')
          if (uploaded.length === 0) return plain(404, 'Raw data files were not found')
          const body = zipFiles(filesOf(uploaded))
          return { status: 200, headers: { 'Content-Type': 'application/zip' }, body }
        },
      }),
  }
}

function filesOf(events: readonly ProductEvent[]) {
  const days = Map.groupBy(events, ({ uploadedAt }) => Math.floor(uploadedAt / DAY))
  return [...days].map(([day, some]) => {
    const lines = some.map(({ id, event, person, account, at, uploadedAt }) =>
      JSON.stringify({
        event_type: event,
        event_time: time(at),
        server_upload_time: time(uploadedAt),
        user_id: person,
        amplitude_id: 1,
        $insert_id: id,
        uuid: id,
        groups: account === null ? {} : { company: [account] },
      }),
    )
    const name = `2900001/2900001_${new Date(day * DAY).toISOString().slice(0, 13).replace('T', '_')}#0.json.gz`
    return { name, body: gzipSync(`${lines.join('\n')}\n`) }
  })
}

function time(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 23).replace('T', ' ')}000`
}

function readHour(text: string | null): number | null {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)$/.exec(text ?? '')
  if (match === null) return null
  const [year, month, day, hour] = match.slice(1).map(Number) as [number, number, number, number]
  return Date.UTC(year, month - 1, day, hour) / HOUR
}

function plain(status: number, body: string): SandboxAnswer {
  return { status, headers: { 'Content-Type': 'text/plain' }, body }
}

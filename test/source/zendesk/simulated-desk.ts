import { systemClock } from '../../../src/platform/clock.ts'
import { createHttpClient } from '../../../src/platform/http.ts'
import { silentLog } from '../../../src/platform/log.ts'
import type { CompanyTicket } from '../../../src/sandbox/company/tickets.ts'
import { createEngine } from '../../../src/sandbox/engine/create-engine.ts'
import { serve } from '../../../src/sandbox/engine/server.ts'
import { createZendeskVendor } from '../../../src/sandbox/zendesk/zendesk-vendor.ts'
import { createZendeskSource } from '../../../src/source/zendesk/zendesk-source.ts'

export const NOW = Date.UTC(2026, 10, 23, 9)

/** A simulated help desk, and the source that reads it. */
export async function openDesk(
  options: {
    tickets?: Iterable<CompanyTicket>
    pageSize?: number
    reading?: Record<string, string>
    speed?: number
  } = {},
) {
  const { speed = 600, tickets = [] } = options
  const engine = createEngine({ speed, reading: 'optimistic', seed: 1, now: NOW })
  const vendor = createZendeskVendor(engine, () => tickets)
  const server = await serve({ engine, vendors: [vendor] })
  const env = vendor.env(server.baseUrl)
  const http = createHttpClient({
    totalTimeoutMs: 30_000,
    idleTimeoutMs: 30_000,
    redact: (text) => text,
    log: silentLog,
    userAgent: 'boardsync-test',
  })
  const open = (change: { token?: string } = {}) =>
    createZendeskSource({
      name: 'zendesk',
      url: env['ZENDESK_URL'] ?? '',
      email: env['ZENDESK_EMAIL'] ?? '',
      token: change.token ?? env['ZENDESK_API_TOKEN'] ?? '',
      http,
      clock: systemClock,
      random: () => 0.01,
      log: silentLog,
      speed,
      ...(options.reading === undefined ? {} : { reading: options.reading }),
      ...(options.pageSize === undefined ? {} : { pageSize: options.pageSize }),
    })
  return { engine, vendor, source: open(), open, [Symbol.asyncDispose]: () => server.close() }
}

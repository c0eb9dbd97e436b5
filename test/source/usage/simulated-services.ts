import { mkdtempSync, readdirSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { systemClock } from '../../../src/platform/clock.ts'
import { createHttpClient } from '../../../src/platform/http.ts'
import { silentLog } from '../../../src/platform/log.ts'
import { createZone } from '../../../src/platform/zone.ts'
import { createAmplitudeVendor } from '../../../src/sandbox/analytics/amplitude-vendor.ts'
import { EventBook } from '../../../src/sandbox/analytics/event-book.ts'
import { createMixpanelVendor } from '../../../src/sandbox/analytics/mixpanel-vendor.ts'
import { createPosthogVendor } from '../../../src/sandbox/analytics/posthog-vendor.ts'
import type { ProductEvent } from '../../../src/sandbox/company/product-events.ts'
import { createEngine } from '../../../src/sandbox/engine/create-engine.ts'
import { serve } from '../../../src/sandbox/engine/server.ts'
import { createAmplitudeSource } from '../../../src/source/amplitude/amplitude-source.ts'
import { createMixpanelSource } from '../../../src/source/mixpanel/mixpanel-source.ts'
import { createPosthogSource } from '../../../src/source/posthog/posthog-source.ts'
import type { Cursor, Page, Source } from '../../../src/source/source.ts'

/** A Monday. */
export const NOW = Date.UTC(2026, 10, 23, 9)
export const VENDORS = ['posthog', 'mixpanel', 'amplitude'] as const
export type VendorName = (typeof VENDORS)[number]

/** How each of them is told which property holds the account. */
export const ACCOUNT: Readonly<Record<VendorName, string>> = {
  posthog: '$group_0',
  mixpanel: 'company_id',
  amplitude: 'groups.company',
}

/** The three simulated services with one book of events, and a source on each. */
export async function openServices(
  options: {
    events?: Iterable<ProductEvent>
    pageSize?: number
    rows?: number
    zone?: string
    projectHours?: number
  } = {},
) {
  const engine = createEngine({ speed: 600, reading: 'optimistic', seed: 1, now: NOW })
  const book = new EventBook(() => options.events ?? [])
  const vendors = {
    posthog: createPosthogVendor(engine, book),
    mixpanel: createMixpanelVendor(engine, book, options.projectHours ?? 0),
    amplitude: createAmplitudeVendor(engine, book),
  }
  const server = await serve({ engine, vendors: Object.values(vendors) })
  const folder = mkdtempSync(path.join(tmpdir(), 'boardsync-test-usage-'))
  const http = createHttpClient({
    totalTimeoutMs: 30_000,
    idleTimeoutMs: 30_000,
    redact: (text) => text,
    log: silentLog,
    userAgent: 'boardsync-test',
  })
  const zone = createZone(options.zone ?? 'UTC')
  const open = (vendor: VendorName, reading: Readonly<Record<string, string>> = {}): Source => {
    const common = {
      name: vendor,
      http,
      clock: systemClock,
      random: () => 0.01,
      log: silentLog,
      speed: 600,
      objects: { use: { account: ACCOUNT[vendor], ...reading } },
      today: () => zone.dayOf(engine.clock.now()),
      zone,
      folder,
      ...(options.pageSize === undefined ? {} : { pageSize: options.pageSize }),
    }
    const url = server.baseUrl
    const env = vendors[vendor].env(url)
    const given = (name: string) => env[name] ?? ''
    if (vendor === 'posthog') {
      const rows = options.rows === undefined ? {} : { rows: options.rows }
      return createPosthogSource({
        ...common,
        ...rows,
        url,
        project: given('POSTHOG_PROJECT_ID'),
        key: given('POSTHOG_API_KEY'),
      })
    }
    if (vendor === 'amplitude') {
      return createAmplitudeSource({
        ...common,
        url,
        key: given('AMPLITUDE_API_KEY'),
        secret: given('AMPLITUDE_SECRET_KEY'),
      })
    }
    const [project, username, secret] = ['PROJECT_ID', 'USERNAME', 'SECRET'].map((name) =>
      given(`MIXPANEL_${name}`),
    ) as [string, string, string]
    return createMixpanelSource({ ...common, url, project, username, secret })
  }
  return {
    engine,
    book,
    open,
    /** Folders that a read made and did not take away. */
    held: () => readdirSync(folder).length,
    async [Symbol.asyncDispose]() {
      await server.close()
      await rm(folder, { recursive: true })
    },
  }
}

/** An event that happened at `at` and arrived at once. */
export function happened(
  id: string,
  account: string | null,
  event: string,
  person: string,
  at: number,
  uploadedAt = at,
): ProductEvent {
  return { id, account, event, person, at, uploadedAt }
}

export interface Told {
  readonly pages: readonly Page[]
  readonly cursor: Cursor
  readonly requests: number
  /** `account/event/week users events`, sorted. */
  readonly points: readonly string[]
}

export async function read(source: Source, after: Cursor | null = null): Promise<Told> {
  const pages: Page[] = []
  const fields = ['account', 'event', 'week', 'users', 'events']
  for await (const page of source.read({ object: 'use', fields, where: null, after })) pages.push(page)
  const points = pages
    .flatMap((page) => page.records)
    .map((record) => {
      if (record.kind === 'deleted') return `deleted ${record.id}`
      const { account, event, week, users, events } = record.fields
      return `${account ?? ''}/${event ?? ''}/${week} ${users} ${events}`
    })
  const requests = pages.reduce((sum, page) => sum + page.requests, 0)
  return { pages, cursor: (pages.at(-1) as Page).cursor, requests, points: points.sort() }
}

/** What SQL would count: the points of some events, reckoned in the plainest way. */
export function counted(
  events: Iterable<ProductEvent>,
  from: string,
  zone = createZone('UTC'),
  only: readonly string[] | null = null,
): string[] {
  const seen = new Set<string>()
  const points = new Map<string, { persons: Set<string>; events: number }>()
  for (const { id, account, event, person, at } of events) {
    if (seen.has(id) || (only !== null && !only.includes(event))) continue
    seen.add(id)
    const day = zone.dayOf(at)
    const week = new Date((day - ((day + 3) % 7)) * 86_400_000).toISOString().slice(0, 10)
    if (week < from) continue
    for (const name of [event, '']) {
      const key = `${account ?? ''}/${name}/${week}`
      const point = points.get(key) ?? { persons: new Set<string>(), events: 0 }
      points.set(key, point)
      point.persons.add(person)
      point.events += 1
    }
  }
  return [...points].map(([key, { persons, events }]) => `${key} ${persons.size} ${events}`).sort()
}

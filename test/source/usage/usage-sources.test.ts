import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { parseMappings } from '../../../src/mapping/parse.ts'
import { createZone } from '../../../src/platform/zone.ts'
import { createCompany } from '../../../src/sandbox/company/company.ts'
import { productEventsOf } from '../../../src/sandbox/company/product-events.ts'
import { EventCounter } from '../../../src/source/event-counter.ts'
import { count } from '../../../src/source/mixpanel/mixpanel-source.ts'
import { queryOf } from '../../../src/source/posthog/posthog-source.ts'
import { isThorough } from '../../thorough.ts'
import { counted, happened, NOW, openServices, read, VENDORS } from './simulated-services.ts'

const HOUR = 3_600_000
const WEEK = 7 * 24 * HOUR
const READING = { account: '', person: null, only: null, since: null, recentWeeks: 4 }

const events = () =>
  [...productEventsOf(createCompany({ seed: 1, accounts: 30, asOf: NOW }), 1, NOW)].filter(
    ({ uploadedAt }) => uploadedAt < NOW - 4 * HOUR,
  )

const FAULTS = [
  ['an answer that ends early', { action: 'truncate' as const }],
  ['429 with a time', { action: 'status' as const, with: { status: 429, retryAfter: 1 } }],
  ['no answer', { action: 'cut-before' as const }],
  ['a page of HTML', { action: 'html' as const, with: { status: 502 } }],
  ['503 without a body', { action: 'status' as const, with: { status: 503 } }],
] as const

describe.each(VENDORS)('%s', (vendor) => {
  test('tells of the example company what counting its events in the plainest way tells', async () => {
    const all = events()
    await using services = await openServices({ events: all })
    const { points, pages } = await read(services.open(vendor, { since: '2026-10-05' }))
    expect(points).toEqual(counted(all, '2026-10-05'))
    expect(points.length).toBeGreaterThan(60)
    expect(pages.every(({ snapshot }) => snapshot)).toBe(true)
    // Use of no account is told, so that its share can be.
    expect(points.some((point) => point.startsWith('/'))).toBe(true)
    expect(services.held()).toBe(0)
  })

  test('weeks begin on Monday in the company’s zone', async () => {
    // Monday in Auckland, Sunday in UTC; and the other way about in Los Angeles.
    const sunday = Date.UTC(2026, 10, 15, 18)
    const monday = Date.UTC(2026, 10, 16, 3)
    const all = [happened('1', 'acme', 'opened', 'p', sunday), happened('2', 'acme', 'opened', 'p', monday)]
    for (const zone of ['Pacific/Auckland', 'America/Los_Angeles', 'UTC']) {
      await using services = await openServices({ events: all, zone })
      const { points } = await read(services.open(vendor))
      expect(points).toEqual(counted(all, '2026-10-01', createZone(zone)))
    }
  })

  test('recent weeks are read again, so that events that came late count; what nothing changed in is not handed over', async () => {
    const all = events()
    await using services = await openServices({ events: all })
    const source = services.open(vendor, { since: '2026-09-28', recentWeeks: '2' })
    const first = await read(source)
    const second = await read(source, first.cursor)
    const third = await read(source, second.cursor)
    expect([third.points, third.pages.length]).toEqual([[], 1])
    services.book.add([happened('late', 'acme', 'opened', 'p', NOW - WEEK, NOW - 5 * HOUR)])
    const fourth = await read(source, third.cursor)
    expect(fourth.points).toContain('acme/opened/2026-11-16 1 1')
    expect(fourth.pages.every(({ snapshot }) => !snapshot)).toBe(true)
    expect(fourth.points.every((point) => (point.split(' ')[0]?.split('/')[2] as string) >= '2026-11-09')).toBe(true)
  })

  test('only the events that count are counted', async () => {
    const all = events()
    await using services = await openServices({ events: all })
    const only = ['report_created', 'gantt_exported']
    const { points } = await read(services.open(vendor, { only: JSON.stringify(only) }))
    expect(points).toEqual(counted(all, '2026-10-26', createZone('UTC'), only))
  })

  test('points by id are counted again, and those that are no more are deleted', async () => {
    const all = events()
    await using services = await openServices({ events: all })
    const source = services.open(vendor)
    const { pages } = await read(source)
    const [record] = pages.flatMap((page) => page.records)
    const ids = [record?.id ?? '', `${vendor}|gone|opened|2026-11-16`, 'nonsense']
    const found = []
    for await (const part of source.readByIds({ object: 'use', fields: ['users'], where: null, ids }))
      found.push(...part.records)
    expect(found.map(({ id, kind }) => [id, kind])).toEqual([
      [ids[0], 'present'],
      [ids[1], 'deleted'],
      [ids[2], 'deleted'],
    ])
  })

  test.each(FAULTS.slice(0, isThorough ? FAULTS.length : 2))(
    '%s is asked for again, and nothing is counted twice',
    async (_, fault) => {
      const all = events()
      await using services = await openServices({ events: all })
      services.engine.faults.add([{ operation: `${vendor}.*`, nth: 1, times: 1, ...fault }])
      expect((await read(services.open(vendor))).points).toEqual(counted(all, '2026-10-26'))
    },
  )

  test('the shipped mapping reads it', async () => {
    const text = readFileSync(`mappings/sources/${vendor}.yaml.example`, 'utf8')
    const model = {
      path: 'model.yaml',
      text: `company: { currency: USD }\nstages: { ${vendor}: [{ name: Won, funnelStage: won }] }\n`,
    }
    const { mappings, problems } = parseMappings([{ path: `sources/${vendor}.yaml`, text }, model], {})
    expect(problems.filter(({ file }) => file.startsWith('sources'))).toEqual([])
    const [record] = mappings?.sources[0]?.records ?? []
    if (record === undefined) throw new Error('The mapping is broken')
    const all = events()
    await using services = await openServices({ events: all })
    const source = services.open(vendor, { ...record.reading, since: '2026-10-05', only: '["report_created"]' })
    const raw = []
    for await (const page of source.read({ object: 'use', fields: record.reads, where: null, after: null }))
      raw.push(...page.records)
    const bodies = raw.map((one) => (one.kind === 'present' ? record.map(one, createZone('UTC')) : null))
    expect(bodies.flatMap((one) => one?.rejections ?? [])).toEqual([])
    const total = bodies.reduce((sum, one) => {
      const { feature, events: count = 0 } = JSON.parse(one?.record?.body ?? '{}')
      return sum + (feature === 'report_created' ? Number(count) : 0)
    }, 0)
    const counts = new Set(
      all.filter(({ event, at }) => event === 'report_created' && at >= Date.UTC(2026, 9, 5)).map(({ id }) => id),
    )
    expect(total).toBe(counts.size)
  })
})

describe('PostHog', () => {
  test('an answer is never one that PostHog found before: it would hide what came since', async () => {
    await using services = await openServices({ events: [happened('1', 'acme', 'opened', 'p', NOW - WEEK)] })
    await read(services.open('posthog'))
    services.book.add([happened('2', 'acme', 'opened', 'q', NOW - WEEK)])
    expect((await read(services.open('posthog'))).points).toContain('acme/opened/2026-11-16 2 2')
  })

  test('every query names its limit and its bounds: without a limit 100 rows come, and nothing says so', () => {
    const zone = createZone('Europe/Berlin')
    const query = queryOf({ zone }, { ...READING, account: '$group_0', only: ["it's", 'b'] }, 20_766, {
      byEvent: true,
      part: null,
      after: null,
      rows: 50_000,
    })
    expect(query).toContain('LIMIT 50000')
    expect(query).toContain(
      "timestamp >= toDateTime('2026-11-08 23:00:00', 'UTC') AND timestamp < toDateTime('2026-11-15 23:00:00', 'UTC')",
    )
    expect(query).toContain("event IN ('it\\'s', 'b')")
  })

  test('a full answer is followed by the next, behind its last row', async () => {
    const all = events()
    await using services = await openServices({ events: all, rows: 7 })
    const { points, requests } = await read(services.open('posthog'))
    expect(points).toEqual(counted(all, '2026-10-26'))
    expect(requests).toBeGreaterThan(12)
  })

  test('no more than three queries run at once', async () => {
    const all = events()
    await using services = await openServices({ events: all })
    // A fourth would fail, and be seen in the requests: each week and kind is asked for once.
    const { requests } = await read(services.open('posthog', { since: '2026-10-05' }))
    expect(requests).toBe(8 * 2)
  })

  test('a week that is too much for a query is counted in parts of its accounts, exactly', async () => {
    const all = events()
    await using services = await openServices({ events: all })
    const week = all.filter(({ at }) => at >= Date.UTC(2026, 10, 16) && at < Date.UTC(2026, 10, 23)).length
    services.engine.limits.set('posthog.queryEvents', Math.floor(week / 2))
    expect((await read(services.open('posthog'))).points).toEqual(counted(all, '2026-10-26'))
  })

  test('a bill that is due is said at once', async () => {
    await using services = await openServices()
    services.engine.faults.add([{ operation: 'posthog.query', action: 'error', with: { status: 402, code: 'quota' } }])
    await expect(read(services.open('posthog'))).rejects.toMatchObject({ code: 'posthog-payment', blame: 'operator' })
  })
})

describe('Mixpanel', () => {
  test.each([-8, 13])(
    'days are those of the project’s own zone (%s hours from UTC): none is missed',
    async (projectHours) => {
      const all = events()
      await using services = await openServices({ events: all, projectHours })
      expect((await read(services.open('mixpanel'))).points).toEqual(counted(all, '2026-10-26'))
    },
  )

  test('a group key that is a list is use by each account in it', async () => {
    const at = NOW - WEEK
    const of = (company: unknown) =>
      JSON.stringify({
        event: 'opened',
        properties: { time: at, distinct_id: 'p', $insert_id: '1', company_id: company },
      })
    const folder = await mkdtemp(path.join(tmpdir(), 'boardsync-test-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    const counter = new EventCounter({ folder })
    const monday = Math.floor(Date.UTC(2026, 10, 16) / (24 * HOUR))
    const lines = (async function* () {
      yield [of(['acme', 'globex']), of(['initech'])]
    })()
    const weeks = { from: monday, to: monday }
    await count(lines, counter, { ...READING, account: 'company_id' }, weeks, createZone('UTC'))
    expect([...counter.points()].filter(({ event }) => event !== '').map(({ account }) => account)).toEqual([
      ...['acme', 'globex', 'initech'],
    ])
  })

  test('an event that is told twice counts once', async () => {
    const one = happened('1', 'acme', 'opened', 'p', NOW - WEEK)
    await using services = await openServices({ events: [one, one, happened('2', 'acme', 'opened', 'p', NOW - WEEK)] })
    expect((await read(services.open('mixpanel'))).points).toEqual(
      ['acme/', 'acme/opened'].map((key) => `${key}/2026-11-16 1 2`),
    )
  })

  test('an hour that is used up ends the run with "try later": its answer names no time', async () => {
    await using services = await openServices()
    services.engine.faults.add([{ operation: 'mixpanel.export', action: 'error', with: { status: 429 } }])
    await expect(read(services.open('mixpanel'))).rejects.toMatchObject({
      code: 'mixpanel-limited',
      blame: 'remote',
      exit: 75,
    })
  })
})

describe('Amplitude', () => {
  test('no data is no fault', async () => {
    await using services = await openServices()
    expect((await read(services.open('amplitude'))).points).toEqual([])
  })

  test('what is too much for one export is asked for in halves', async () => {
    const all = events()
    await using services = await openServices({ events: all })
    services.engine.limits.set('amplitude.exportEvents', 12)
    const { points, requests } = await read(services.open('amplitude'))
    expect(points).toEqual(counted(all, '2026-10-26'))
    expect(requests).toBeGreaterThan(7)
  })

  test('an event that came weeks late counts in the week in which it happened', async () => {
    const late = happened('1', 'acme', 'opened', 'p', NOW - 3 * WEEK, NOW - 6 * HOUR)
    await using services = await openServices({ events: [late] })
    expect((await read(services.open('amplitude'))).points).toContain('acme/opened/2026-11-02 1 1')
  })
})

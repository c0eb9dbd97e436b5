import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Fault } from '../../../src/platform/errors.ts'
import { createPostgresSource } from '../../../src/source/postgres/postgres-source.ts'
import type { Cursor, Page, SourceRecord } from '../../../src/source/source.ts'
import { native, type Server, startServer } from './server.ts'

const DAY_MS = 86_400_000
const dayOf = (text: string) => Date.parse(`${text}T00:00Z`) / DAY_MS
const FIELDS = ['account', 'events', 'feature', 'users', 'week']
const WEEKS = `
  select account, feature, date_trunc('week', at at time zone :zone)::date as week,
    count(distinct person) as users, count(*) as events
  from event where at >= (:from::date)::timestamp at time zone :zone group by 1, 2, 3`

describe.skipIf(native === null)('product usage by SQL', () => {
  let server: Server
  let today = dayOf('2026-11-22')
  beforeAll(async () => {
    server = await startServer()
  })
  afterAll(() => server.stop())
  beforeEach(async () => {
    today = dayOf('2026-11-22')
    await server.query('drop table if exists event')
    await server.query('create table event (account text, person text, feature text, at timestamptz)')
  })

  const happened = (at: string, account: string | null = 'w-1', person = 'p', feature: string | null = 'sso') =>
    server.query('insert into event values ($1, $2, $3, $4)', [account, person, feature, at])
  const source = (reading: Record<string, string> = {}, timeZone = 'Europe/Stockholm', url = server.url) =>
    createPostgresSource({
      name: 'usage',
      url,
      objects: { usage: { query: WEEKS, id: 'account, feature, week', ...reading } },
      timeZone,
      today: () => today,
      pageSize: 2,
    })
  const read = async (after: Cursor | null, reading?: Record<string, string>) => {
    const pages: Page[] = []
    for await (const page of source(reading).read({ object: 'usage', fields: FIELDS, where: null, after }))
      pages.push(page)
    const records = pages.flatMap((page) => page.records)
    return { pages, records, cursor: pages.at(-1)?.cursor as Cursor }
  }
  const events = (records: readonly SourceRecord[]) =>
    records.map((one) => `${one.id} ${one.kind === 'present' ? one.fields['events'] : 'gone'}`)

  test('there is one point for each account, feature and ISO week in the company’s zone', async () => {
    // Sunday 23:30 in London is Monday in Stockholm.
    await happened('2026-11-15T23:30Z', 'w-1', 'p1')
    await happened('2026-11-16T09:00Z', 'w-1', 'p1')
    await happened('2026-11-17T09:00Z', 'w-1', 'p2')
    await happened('2026-11-15T12:00Z', 'w-1', 'p1')
    await happened('2026-11-17T09:00Z', 'w-2', 'p1', 'export')
    const { records } = await read(null)
    expect(records.map((one) => (one.kind === 'present' ? one.fields : null))).toEqual([
      { account: 'w-1', events: '1', feature: 'sso', users: '1', week: '2026-11-09' },
      { account: 'w-1', events: '3', feature: 'sso', users: '2', week: '2026-11-16' },
      { account: 'w-2', events: '1', feature: 'export', users: '1', week: '2026-11-16' },
    ])
  })

  test('recent weeks are read again, so that events that come late are counted; older ones are left to a sweep', async () => {
    const reading = { recentWeeks: '2' }
    await happened('2026-08-04T09:00Z')
    await happened('2026-11-10T09:00Z')
    await happened('2026-11-17T09:00Z')
    const first = await read(null, reading)
    expect(first.pages.every(({ snapshot }) => snapshot)).toBe(true)
    expect(first.records).toHaveLength(3)
    await happened('2026-11-11T09:00Z') // late: of the week before
    await happened('2026-08-05T09:00Z') // later than anybody waits for
    const second = await read(first.cursor, reading)
    expect(second.pages.some(({ snapshot }) => snapshot)).toBe(false)
    expect(events(second.records)).toEqual(['w-1|sso|2026-11-09 2', 'w-1|sso|2026-11-16 1'])
    const third = await read(second.cursor, reading)
    expect([third.pages.length, third.records.length]).toEqual([1, 0])
    expect((await source(reading).describe({ object: 'usage', fields: FIELDS })).alwaysWhole).toBe(false)
    expect(events((await read(null, reading)).records)).toContain('w-1|sso|2026-08-03 2')
  })

  test('after a long silence, weeks are read again from the last read on, not from today', async () => {
    const reading = { recentWeeks: '1' }
    await happened('2026-09-01T09:00Z')
    today = dayOf('2026-09-02')
    const first = await read(null, reading)
    await happened('2026-09-10T09:00Z')
    await happened('2026-11-20T09:00Z')
    today = dayOf('2026-11-22')
    const second = await read(first.cursor, reading)
    expect(events(second.records).map((text) => text.slice(8))).toEqual([
      '2026-08-31 1',
      '2026-09-07 1',
      '2026-11-16 1',
    ])
  })

  test('a query that takes long is broken off by the signal, with its reason, and leaves no connection', async () => {
    const slow = source({ query: 'select 1 as id, pg_sleep(60)', id: 'id' })
    const stop = new AbortController()
    const request = { object: 'usage', fields: [], where: null, after: null }
    const readAll = async () => {
      for await (const page of slow.read(request, { signal: stop.signal })) expect(page).toBe('none comes')
    }
    const reading = readAll()
    setTimeout(() => stop.abort(new Error('stopped by hand')), 200)
    await expect(reading).rejects.toThrow('stopped by hand')
    await server.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where query like '%pg_sleep(60)%' and pid <> pg_backend_pid()",
    )
    await expect.poll(() => server.connections()).toBe(0)
  })

  test('a server that is silent for too long is no reason to wait for ever', async () => {
    const silent = createServer(() => {}).listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const url = `postgres://u:secret@127.0.0.1:${(silent.address() as AddressInfo).port}/d`
    const dead = createPostgresSource({ name: 'usage', url, timeZone: 'UTC', today: () => today, silentMs: 300 })
    const fault = await dead.describe({ object: 'usage', fields: [] }).then(
      () => null,
      (error: Fault) => error,
    )
    expect(fault).toMatchObject({ code: 'postgres-silent', blame: 'remote' })
    expect(`${fault?.message} ${fault?.hint}`).not.toContain('secret')
    silent.close()
  })

  test('usage without an account comes along, in a point of its own', async () => {
    await happened('2026-11-17T09:00Z', null)
    await happened('2026-11-17T09:00Z', 'w-1')
    const { records } = await read(null)
    expect(events(records)).toEqual(['|sso|2026-11-16 1', 'w-1|sso|2026-11-16 1'])
  })

  test('ids of several columns are told apart whatever the columns hold', async () => {
    await happened('2026-11-17T09:00Z', 'a|b', 'p', 'c')
    await happened('2026-11-17T09:00Z', 'a', 'p', 'b|c')
    await happened('2026-11-17T09:00Z', 'a\\', 'p', '|b')
    const { records } = await read(null)
    expect(new Set(records.map(({ id }) => id)).size).toBe(3)
    const ids = records.map(({ id }) => id)
    const found: SourceRecord[] = []
    for await (const page of source().readByIds({ object: 'usage', fields: FIELDS, where: null, ids: [...ids, 'x'] }))
      found.push(...page.records)
    expect(found.map(({ id, kind }) => `${kind} ${id}`).sort()).toEqual(
      [...ids.map((id) => `present ${id}`), 'deleted x'].sort(),
    )
  })

  test('two rows of one id are two records, of which the second says what is wrong', async () => {
    await server.query('drop table if exists plain; create table plain (id text, week date)')
    await server.query(`insert into plain values ('A', '2026-11-16'), ('A', '2026-11-09'), (null, '2026-11-09')`)
    const records: SourceRecord[] = []
    for await (const page of source().read({ object: 'plain', fields: ['week'], where: null, after: null }))
      records.push(...page.records)
    expect(records.map((one) => [one.id, one.kind === 'present' ? one.fields['__problem'] : null])).toEqual([
      ['', 'the row has no id'],
      ['A', undefined],
      ['A#2', 'another row has the same id'],
    ])
  })

  test('values have the one form of the contract: decimals as text, instants in UTC, a time without a zone without one', async () => {
    await server.query(`drop table if exists plain; create table plain
      (id int, n numeric, b boolean, at timestamptz, local timestamp, d date, e text)`)
    await server.query(
      `insert into plain values (1, 12.50, true, '2026-11-22 11:00:00.123456+01', '2026-11-22 11:00', '2026-11-22', '')`,
    )
    const fields = ['at', 'b', 'd', 'e', 'local', 'n']
    for await (const { records } of source().read({ object: 'plain', fields, where: 'b', after: null })) {
      const [one] = records
      expect(one?.kind === 'present' ? one.fields : null).toEqual({
        at: '2026-11-22T10:00:00.123Z',
        b: true,
        d: '2026-11-22',
        e: null,
        local: '2026-11-22T11:00:00',
        n: '12.5',
      })
    }
  })

  test('a source is never written', async () => {
    await happened('2026-11-17T09:00Z')
    const fault = await faultOf(source({ query: 'with gone as (delete from event returning *) select * from gone' }))
    expect(fault.code).toMatch(/^postgres-(writes|query-invalid|failed)$/)
    expect(await server.query('select * from event')).toHaveLength(1)
  })

  test('absent, forbidden and unreachable are three different answers, each with the next step', async () => {
    await server.query(`drop role if exists reader; create role reader login password 'secret-word'`)
    const asReader = server.url.replace('postgres@', 'reader:secret-word@')
    const nobodyThere = 'postgres://reader:secret-word@127.0.0.1:1/x'
    const faults = [
      await faultOf(source({ query: 'select * from nowhere' })),
      await faultOf(source({ query: 'select nothing from event' })),
      await faultOf(source({ query: 'selec' })),
      await faultOf(source({}, 'UTC', asReader)),
      await faultOf(source({}, 'UTC', server.url.replace('://postgres@', '://nobody@'))),
      await faultOf(source({}, 'UTC', nobodyThere)),
    ]
    expect(faults.map(({ code, blame }) => `${code} ${blame}`)).toEqual([
      'postgres-object-missing operator',
      'postgres-field-missing operator',
      'postgres-query-invalid operator',
      'postgres-forbidden operator',
      'postgres-login-refused operator',
      'postgres-unreachable remote',
    ])
    for (const { message, hint } of faults) expect(`${message} ${hint}`).not.toContain('secret-word')
    expect(faults.every(({ hint }) => (hint ?? '').length > 10)).toBe(true)
  })

  test('check names each column that a query does not have, and the nearest one', async () => {
    const problems = await source().check([{ object: 'usage', fields: ['acount', 'week'], place: 'usage.yaml:3' }])
    expect(problems.map(({ message, hint }) => `${message}. ${hint}`)).toEqual([
      '"usage" has no column "acount" (usage.yaml:3). Did you mean "account"? Columns: account, feature, week, users, events',
    ])
  })

  async function faultOf(one: ReturnType<typeof source>): Promise<Fault> {
    try {
      for await (const _ of one.read({ object: 'usage', fields: [], where: null, after: null })) break
    } catch (error) {
      return error as Fault
    }
    throw new Error('It was read')
  }
})

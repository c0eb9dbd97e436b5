import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { SandboxAnswer } from '../../src/sandbox/engine/engine.ts'
import { createSalesforceVendor } from '../../src/sandbox/salesforce/salesforce-vendor.ts'
import { double } from '../../src/sandbox/salesforce/schema.ts'
import { type Json, SalesforceClient } from './salesforce-client.ts'

let client: SalesforceClient
beforeEach(async () => {
  client = await SalesforceClient.open()
})
afterEach(() => client[Symbol.asyncDispose]())

const engine = () => client.sandbox.engine

describe('calls that run for 20 seconds and more', () => {
  /** Requests in this process: each is under way when the next one comes. */
  async function open() {
    const app = { clientId: 'id', clientSecret: 'secret' }
    const vendor = createSalesforceVendor(client.sandbox.org, app)
    const leaving = new AbortController()
    const send = (method: string, path: string, headers: Record<string, string>, body = ''): Promise<SandboxAnswer> =>
      vendor.handle({ method, path, query: new URLSearchParams(), headers, body, signal: leaving.signal })
    const form = 'grant_type=client_credentials&client_id=id&client_secret=secret'
    const answer = await send('POST', '/services/oauth2/token', {}, form)
    const authorization = `Bearer ${JSON.parse(String(answer?.body)).access_token}`
    const get = (path: string) => send('GET', `/services/data/v68.0${path}`, { authorization })
    return { get, leave: () => leaving.abort() }
  }

  test.each([
    ['25 of them', 25, undefined],
    ['5 in a trial', 5, 5],
  ])('let no other call in: %s', async (_, count, limit) => {
    if (limit !== undefined) engine().limits.set('salesforce.longCalls', limit)
    const { get, leave } = await open()
    engine().faults.add([{ operation: 'salesforce.describe', action: 'hang' }])
    const hanging = Array.from({ length: count }, () => get('/sobjects/Account/describe'))
    engine().clock.advance(19_000)
    expect((await get('/limits'))?.status).toBe(200)
    engine().clock.advance(1_000)
    const refused = await get('/limits')
    expect(refused?.status).toBe(403)
    expect(JSON.parse(String(refused?.body))).toEqual([
      { message: 'ConcurrentPerOrgLongTxn Limit exceeded.', errorCode: 'REQUEST_LIMIT_EXCEEDED' },
    ])
    leave()
    expect(await Promise.all(hanging)).toEqual(hanging.map(() => null))
    expect((await get('/limits'))?.status).toBe(200)
  })

  test('let others in while they are fewer, however many short ones there are', async () => {
    const { get, leave } = await open()
    engine().faults.add([{ operation: 'salesforce.describe', action: 'hang' }])
    const long = Array.from({ length: 24 }, () => get('/sobjects/Account/describe'))
    engine().clock.advance(20_000)
    const short = Array.from({ length: 40 }, () => get('/sobjects/Account/describe'))
    expect((await get('/limits'))?.status).toBe(200)
    leave()
    await Promise.all([...long, ...short])
  })
})

describe('an object of 500 custom fields', () => {
  const names = Array.from({ length: 500 }, (_, n) => `A_Rather_Long_Name_Of_A_Field_${String(n).padStart(3, '0')}__c`)
  const id = async () => client.create('Account', { Name: 'Wide', [names[499] as string]: 499 })
  beforeEach(() => {
    client.sandbox.org.addFields(
      'Account',
      names.map((name) => double(name)),
    )
  })

  test('is described, read and written whole', async () => {
    const account = await id()
    const { body } = await client.get('/sobjects/Account/describe')
    expect(body.fields.filter((field: Json) => names.includes(field.name))).toHaveLength(500)
    const record = (await client.get(`/sobjects/Account/${account}`)).body
    expect([record[names[498] as string], record[names[499] as string]]).toEqual([null, 499])
    const all = await client.query('SELECT FIELDS(ALL) FROM Account LIMIT 200')
    expect(all.body.records[0][names[499] as string]).toBe(499)
  })

  test('is queried up to the length of an address, and beyond it by a job or in pieces', async () => {
    await id()
    const whole = `SELECT ${names.join(',')} FROM Account`
    expect((await client.query(whole)).status).toBe(414)
    expect((await client.query(`SELECT ${names.slice(0, 380).join(',')} FROM Account`)).status).toBe(200)
    const rest = await client.query(`SELECT ${names.slice(380).join(',')} FROM Account`)
    expect(rest.body.records[0][names[499] as string]).toBe(499)
    const job = (await client.send('POST', '/jobs/query', { operation: 'query', query: whole })).body
    engine().clock.advance(60_000)
    const [header, row] = (await client.get(`/jobs/query/${job.id}/results`)).text.split('\n') as [string, string]
    expect(header.split(',')).toHaveLength(500)
    expect(row.split(',').at(-1)).toBe('"499.0"')
  })

  test('is asked for in no more than 100,000 characters', async () => {
    const soql = (length: number) => `SELECT ${names.join(',')} FROM Account`.padEnd(length)
    const post = (query: string) => client.send('POST', '/jobs/query', { operation: 'query', query })
    expect((await post(soql(100_000))).status).toBe(200)
    const refused = await post(soql(100_001))
    expect(refused.status).toBe(400)
    expect(refused.body[0].errorCode).toBe('MALFORMED_QUERY')
  })
})

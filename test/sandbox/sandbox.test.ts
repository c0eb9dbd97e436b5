import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { startSandbox } from '../../src/sandbox/sandbox.ts'
import { type Json, NOW, SalesforceClient } from './salesforce-client.ts'

describe('the sandbox', () => {
  test('tells every variable that points a client at it', async () => {
    await using sandbox = await startSandbox({ accounts: 0, speed: 60 })
    expect(sandbox.env).toEqual({
      SALESFORCE_LOGIN_URL: sandbox.baseUrl,
      HUBSPOT_ACCESS_TOKEN: expect.stringMatching(/^pat-/),
      HUBSPOT_BASE_URL: sandbox.baseUrl,
      SALESFORCE_CLIENT_ID: expect.any(String),
      SALESFORCE_CLIENT_SECRET: expect.any(String),
      MONDAY_API_TOKEN: expect.any(String),
      MONDAY_API_URL: `${sandbox.baseUrl}/v2`,
      ZENDESK_URL: sandbox.baseUrl,
      ZENDESK_EMAIL: expect.any(String),
      ZENDESK_API_TOKEN: expect.any(String),
      POSTHOG_URL: sandbox.baseUrl,
      POSTHOG_PROJECT_ID: expect.any(String),
      POSTHOG_API_KEY: expect.any(String),
      MIXPANEL_URL: sandbox.baseUrl,
      MIXPANEL_PROJECT_ID: expect.any(String),
      MIXPANEL_USERNAME: expect.any(String),
      MIXPANEL_SECRET: expect.any(String),
      AMPLITUDE_URL: sandbox.baseUrl,
      AMPLITUDE_API_KEY: expect.any(String),
      AMPLITUDE_SECRET_KEY: expect.any(String),
      BOARDSYNC_SANDBOX_SPEED: '60',
    })
    expect(new URL(sandbox.baseUrl).hostname).toBe('127.0.0.1')
  })

  test("its monday account knows the company's users by e-mail, and belongs to the API user", async () => {
    await using sandbox = await startSandbox({ accounts: 0, now: NOW })
    const answer = await fetch(sandbox.env.MONDAY_API_URL as string, {
      method: 'POST',
      headers: { authorization: sandbox.env.MONDAY_API_TOKEN as string, 'content-type': 'application/json' },
      body: JSON.stringify({ query: '{ me { email } users(limit: 200) { email } }' }),
    })
    const { data } = (await answer.json()) as Json
    const rows = sandbox.org.findAll('User', 'IsActive', 1)
    expect(data.me.email).toBe('sync@sandbox.example')
    expect(data.users.map((user: Json) => user.email).sort()).toEqual(rows.map((row) => row.Email).sort())
  })

  test('takes fault rules, and refuses wrong ones before it starts', async () => {
    await using client = await SalesforceClient.open({
      faults: [{ operation: 'salesforce.limits', nth: 1, action: 'status', with: { status: 503 } }],
    })
    expect((await client.get('/limits')).status).toBe(503)
    expect((await client.get('/limits')).status).toBe(200)
    await expect(startSandbox({ faults: [{ operation: 'a', action: 'explode' } as never] })).rejects.toThrow(
      'Fault rules are not valid',
    )
  })

  test('is steered from outside: faults, the clock, limits, state, life', async () => {
    await using client = await SalesforceClient.open({ accounts: 100 })
    const control = async (method: string, name: string, body?: object) =>
      (await (
        await fetch(`${client.sandbox.baseUrl}/__sandbox/${name}`, {
          method,
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        })
      ).json()) as Json
    await control('POST', 'limits', { 'salesforce.callsPerDay': 7 })
    expect((await client.get('/limits')).body.DailyApiRequests.Max).toBe(7)
    const before = (await control('GET', 'state')).now
    await control('POST', 'advance', { ms: 3_600_000 })
    expect((await control('GET', 'state')).now).toBeGreaterThanOrEqual(before + 3_600_000)
    expect((await control('GET', 'state')).rows.Account).toBe(100)
    expect((await control('POST', 'live', { step: 1 })).length).toBeGreaterThan(0)
  })
})

describe('a living company', () => {
  test('what happens is the same for the same seed, and visible up to latestDateCovered at once', async () => {
    const lives = async () => {
      await using client = await SalesforceClient.open({ accounts: 100 })
      const told = [1, 2, 3, 4, 5].flatMap((step) => client.sandbox.live(step))
      const start = encodeURIComponent('2026-11-22T09:00:00Z')
      const end = encodeURIComponent('2026-11-23T09:00:00Z')
      const changed = new Set<string>()
      for (const object of ['Lead', 'Opportunity']) {
        const { body } = await client.get(`/sobjects/${object}/updated?start=${start}&end=${end}`)
        const covered = Date.parse(body.latestDateCovered)
        const { latest } = client.sandbox.engine.db
          .prepare(`SELECT max(SystemModstamp) AS latest FROM sf_${object}`)
          .get() as { latest: number }
        expect(latest).toBeLessThan(covered)
        for (const id of body.ids) changed.add(id)
      }
      return { told, changed: [...changed] }
    }
    const first = await lives()
    expect(first.told.length).toBeGreaterThan(4)
    expect(first.changed.length).toBeGreaterThan(0)
    expect(await lives()).toEqual(first)
  })

  test('goes through all kinds of happenings, and keeps history for every deal that moves', async () => {
    await using client = await SalesforceClient.open({ accounts: 200 })
    const told = Array.from({ length: 60 }, (_, step) => client.sandbox.live(step))
      .flat()
      .join('\n')
    for (const words of [
      'came in',
      'was contacted',
      'became an opportunity',
      'moved from',
      'changed from',
      'is now to close',
      'was won',
      'was lost',
    ]) {
      expect(told).toContain(words)
    }
    const { db } = client.sandbox.engine
    const { wrong } = db
      .prepare(
        `SELECT count(*) AS wrong FROM sf_Opportunity o WHERE StageName <> (SELECT StageName FROM sf_OpportunityHistory h
         WHERE h.OpportunityId = o.Id ORDER BY CreatedDate DESC, Id DESC LIMIT 1)`,
      )
      .get() as { wrong: number }
    expect(wrong).toBe(0)
  })
})

describe('a sandbox in a file', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'boardsync-sandbox-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  test('is gone on with as it was left', async () => {
    const db = join(folder, 'sandbox.db')
    let id: string
    {
      await using client = await SalesforceClient.open({ db, accounts: 100 })
      id = await client.create('Account', { Name: 'Kept' })
      await client.send('PATCH', `/sobjects/Account/${id}`, { Seats__c: 25 })
    }
    await using client = await SalesforceClient.open({ db, accounts: 100 })
    expect((await client.query('SELECT COUNT() FROM Account')).body.totalSize).toBe(101)
    expect((await client.get(`/sobjects/Account/${id}`)).body).toMatchObject({ Name: 'Kept', Seats__c: 25 })
    expect(await client.create('Account', { Name: 'Next' })).not.toBe(id)
  })
})

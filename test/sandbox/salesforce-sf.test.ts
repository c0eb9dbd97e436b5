import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { parse } from 'csv-parse/sync'
import { exportPKCS8, exportSPKI, generateKeyPair } from 'jose'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { Sandbox } from '../../src/sandbox/sandbox.ts'
import { type Json, SalesforceClient } from './salesforce-client.ts'

/** Salesforce's own command line, unchanged: `SF_CLI` names its `bin/run.js`; `.ci/run` installs it. */
const CLI = process.env.SF_CLI ?? ''
const ACCOUNTS = 4_500

describe.skipIf(!existsSync(CLI))('sf, the command line of Salesforce (skipped where SF_CLI does not name it)', () => {
  let home: string
  let client: SalesforceClient
  let sandbox: Sandbox
  let privateKey: string

  /** Runs a command as a person's shell would; resolves with what it printed. */
  const run = async (...args: string[]): Promise<string> => {
    const env = {
      PATH: process.env.PATH ?? '',
      HOME: home,
      SF_DISABLE_TELEMETRY: 'true',
      SF_AUTOUPDATE_DISABLE: 'true',
      SF_SKIP_NEW_VERSION_CHECK: 'true',
      SF_ACCESS_TOKEN: client.token,
    }
    try {
      return (await promisify(execFile)(process.execPath, [CLI, ...args], { env, maxBuffer: 64 * 1024 * 1024 })).stdout
    } catch (error) {
      throw new Error(`sf ${args.join(' ')}: ${(error as { stdout?: string }).stdout}`, { cause: error })
    }
  }
  const json = async (...args: string[]): Promise<Json> => JSON.parse(await run(...args, '--json')).result

  beforeAll(async () => {
    home = await mkdtemp(path.join(tmpdir(), 'boardsync-sf-'))
    const keys = await generateKeyPair('RS256', { extractable: true })
    privateKey = await exportPKCS8(keys.privateKey)
    client = await SalesforceClient.open({ accounts: ACCOUNTS, publicKey: await exportSPKI(keys.publicKey) })
    sandbox = client.sandbox
    sandbox.engine.limits.set('salesforce.bulkPageRows', 2_000)
    await run('org', 'login', 'access-token', '--instance-url', sandbox.baseUrl, '--no-prompt', '--alias', 'org')
  }, 180_000)
  afterAll(async () => {
    await client?.[Symbol.asyncDispose]()
    await rm(home, { recursive: true, force: true })
  })

  test('signs in with an access token, as the user of the session', async () => {
    const orgs = await json('org', 'list', '--skip-connection-status')
    expect(JSON.stringify(orgs)).toContain('sync@sandbox.example')
  }, 120_000)

  test('signs in with a JWT', async () => {
    const key = path.join(home, 'server.key')
    await writeFile(key, privateKey)
    const { SALESFORCE_CLIENT_ID: id = '' } = sandbox.env
    const args = ['--client-id', id, '--jwt-key-file', key, '--username', 'sync@sandbox.example']
    // It keeps one sign-in for each user: this one may not take the place of the others'.
    const before = home
    home = path.join(home, 'jwt')
    await mkdir(home)
    onTestFinished(() => {
      home = before
    })
    const signedIn = await json('org', 'login', 'jwt', ...args, '--instance-url', sandbox.baseUrl, '--alias', 'jwt')
    expect(signedIn).toMatchObject({ orgId: sandbox.org.orgId, instanceUrl: sandbox.baseUrl })
    expect((await json('data', 'query', '-o', 'jwt', '-q', 'SELECT Id FROM User LIMIT 1')).totalSize).toBe(1)
  }, 120_000)

  test('queries every page, and the deleted ones too where asked', async () => {
    const soql = 'SELECT Id, Name, Owner.Email FROM Account'
    const all = await json('data', 'query', '-o', 'org', '-q', soql)
    expect(new Set(all.records.map((record: Json) => record.Id)).size).toBe(ACCOUNTS)
    const { records } = await json('data', 'query', '-o', 'org', '-q', `${soql} LIMIT 1`)
    await run('data', 'delete', 'record', '-o', 'org', '-s', 'Account', '-i', records[0].Id)
    expect((await json('data', 'query', '-o', 'org', '-q', 'SELECT Id FROM Account')).totalSize).toBe(ACCOUNTS - 1)
    expect((await json('data', 'query', '-o', 'org', '-q', soql, '--all-rows')).totalSize).toBe(ACCOUNTS)
    const csv = await run('data', 'query', '-o', 'org', '-q', 'SELECT Id, Name FROM Account', '--result-format', 'csv')
    expect(parse(csv, { columns: true })).toHaveLength(ACCOUNTS - 1)
  }, 180_000)

  test('exports in bulk over several pages, as CSV and as JSON, every record once', async () => {
    const soql = 'SELECT Id, Name, Amount, CloseDate, Account.Name FROM Opportunity'
    const ids = sandbox.engine.db.prepare('SELECT "Id" AS id FROM "sf_Opportunity" WHERE "IsDeleted" = 0').all()
    const there = ids.map((row) => row['id']).sort()
    expect(there.length).toBeGreaterThan(4_000)
    for (const format of ['csv', 'json']) {
      const file = path.join(home, `export.${format}`)
      const args = ['--output-file', file, '--result-format', format, '--wait', '2']
      const exported = await json('data', 'export', 'bulk', '-o', 'org', '-q', soql, ...args)
      expect(exported.totalSize).toBe(there.length)
      const text = await readFile(file, 'utf8')
      const rows: Json[] = format === 'csv' ? parse(text, { columns: true }) : JSON.parse(text)
      expect(rows.map((row) => row.Id).sort()).toEqual(there)
    }
  }, 180_000)

  test('describes an object, lists objects, tells limits, gets a record, asks any path', async () => {
    const described = await json('sobject', 'describe', '-o', 'org', '-s', 'Opportunity')
    expect(described.fields.map((field: Json) => field.name)).toContain('StageName')
    expect(await json('sobject', 'list', '-o', 'org', '-s', 'all')).toContain('OpportunityHistory')
    const limits = await json('org', 'list', 'limits', '-o', 'org')
    expect(limits.find((limit: Json) => limit.name === 'DailyApiRequests').max).toBe(100_000)
    const user = await json('data', 'get', 'record', '-o', 'org', '-s', 'User', '-i', sandbox.org.apiUserId)
    expect(user.Username).toBe('sync@sandbox.example')
    const updated = await run(
      ...['api', 'request', 'rest', '-o', 'org'],
      '/services/data/v68.0/sobjects/Account/updated/?start=2026-11-22T09:00:00Z&end=2026-11-22T10:00:00Z',
    )
    expect(JSON.parse(updated)).toMatchObject({ ids: expect.any(Array), latestDateCovered: expect.any(String) })
  }, 180_000)
})

import { generateKeyPair, SignJWT } from 'jose'
import jsforce from 'jsforce'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts'

/** jsforce 3.10.26, unchanged: a client that many people use. */
describe('jsforce', () => {
  let sandbox: Sandbox
  let connection: jsforce.Connection
  const oauth2 = () => ({
    loginUrl: sandbox.env.SALESFORCE_LOGIN_URL as string,
    clientId: sandbox.env.SALESFORCE_CLIENT_ID as string,
    clientSecret: sandbox.env.SALESFORCE_CLIENT_SECRET as string,
  })

  beforeAll(async () => {
    sandbox = await startSandbox({ accounts: 2_100, now: Date.UTC(2026, 10, 22, 10) })
    connection = new jsforce.Connection({ version: '68.0', instanceUrl: sandbox.baseUrl, oauth2: oauth2() })
    await connection.authorize({ grant_type: 'client_credentials' })
  })
  afterAll(() => sandbox.close())

  test('signs in with client credentials', async () => {
    expect(connection.instanceUrl).toBe(sandbox.baseUrl)
    expect(connection.userInfo?.organizationId).toBe(sandbox.org.orgId)
    expect((await connection.identity()).user_id).toBe(sandbox.org.apiUserId)
  })

  test('signs in with a JWT', async () => {
    const { privateKey } = await generateKeyPair('RS256')
    const assertion = await new SignJWT({ exp: Math.floor(Date.now() / 1000) + 180 })
      .setProtectedHeader({ alg: 'RS256' })
      .setIssuer(oauth2().clientId)
      .setSubject('sync@sandbox.example')
      .setAudience(sandbox.baseUrl)
      .sign(privateKey)
    const other = new jsforce.Connection({ version: '68.0', oauth2: oauth2() })
    await other.authorize({ grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion })
    expect((await other.query('SELECT Id FROM User LIMIT 1')).totalSize).toBe(1)
  })

  test('reads all pages with query and queryMore', async () => {
    const ids: string[] = []
    let page = await connection.query<{ Id: string }>('SELECT Id, Name, Owner.Email FROM Account ORDER BY Id')
    ids.push(...page.records.map((record) => record.Id))
    while (!page.done) {
      page = await connection.queryMore<{ Id: string }>(page.nextRecordsUrl as string)
      ids.push(...page.records.map((record) => record.Id))
    }
    expect(page.totalSize).toBe(2_100)
    expect(new Set(ids).size).toBe(2_100)
  })

  test('describes, and knows the API usage from the header', async () => {
    const described = await connection.describe('Opportunity')
    expect(described.fields.find((field) => field.name === 'ARR__c')).toMatchObject({ type: 'currency', custom: true })
    expect((await connection.describeGlobal()).sobjects.map((object) => object.name)).toContain('OpportunityHistory')
    expect((await connection.limits()).DailyApiRequests?.Max).toBe(100_000)
    expect(connection.limitInfo.apiUsage?.limit).toBe(100_000)
  })

  test('creates, reads, updates, deletes, and asks for what changed', async () => {
    const created = await connection.sobject('Account').create({ Name: 'By jsforce' })
    if (!created.success) throw new Error('not created')
    expect((await connection.sobject('Account').retrieve(created.id)).Name).toBe('By jsforce')
    await connection.sobject('Account').update({ Id: created.id, Industry: 'Media' })
    await connection.sobject('Account').destroy(created.id)
    sandbox.engine.clock.advance(60_000)
    const now = sandbox.engine.clock.now()
    const deleted = await connection.sobject('Account').deleted(new Date(now - 600_000), new Date(now))
    expect(deleted.deletedRecords.map((record) => record.id)).toEqual([created.id])
    const updated = await connection.sobject('Account').updated(new Date(now - 600_000), new Date(now))
    expect(updated.ids).toEqual([])
  })

  test('meets errors by their codes', async () => {
    await expect(connection.query('SELECT Foo FROM Account')).rejects.toMatchObject({ errorCode: 'INVALID_FIELD' })
    await expect(connection.query('SELECT Id FROM Foo')).rejects.toMatchObject({ errorCode: 'INVALID_TYPE' })
    const stranger = new jsforce.Connection({ instanceUrl: sandbox.baseUrl, accessToken: 'wrong', version: '68.0' })
    await expect(stranger.query('SELECT Id FROM Account')).rejects.toMatchObject({ errorCode: 'INVALID_SESSION_ID' })
  })
})

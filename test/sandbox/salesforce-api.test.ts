import { existsSync, readFileSync } from 'node:fs'
import { exportSPKI, generateKeyPair, SignJWT } from 'jose'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { makeId, normaliseId, numberOfId, toId18 } from '../../src/sandbox/salesforce/ids.ts'
import { convertLead, mergeRecords, undeleteRecord } from '../../src/sandbox/salesforce/records.ts'
import { type Json, NOW, SalesforceClient } from './salesforce-client.ts'

let client: SalesforceClient
beforeEach(async () => {
  client = await SalesforceClient.open()
})
afterEach(() => client[Symbol.asyncDispose]())

const DAY_MS = 86_400_000
const engine = () => client.sandbox.engine
const org = () => client.sandbox.org
const after = (ms: number) => engine().clock.advance(ms)
const inject = (operation: string, action: 'error' | 'status', params: Record<string, string | number>) =>
  engine().faults.add([{ operation, nth: 1, action, with: params }])
const instant = (ms: number) => encodeURIComponent(new Date(ms).toISOString().replace('.000Z', 'Z'))
const window = (from: number, to: number) => `start=${instant(from)}&end=${instant(to)}`
const newDeal = (values: object = {}) =>
  client.create('Opportunity', { Name: 'Deal', StageName: 'Prospecting', CloseDate: '2026-12-24', ...values })

/** A recorded answer, or null where the recordings are not beside the project. */
function recorded(file: string): Json {
  const path = `../shared/recordings/salesforce/${file}`
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : null
}
const hasRecordings = existsSync('../shared/recordings/salesforce')

describe('the token endpoint', () => {
  const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer'
  const app = () => ({
    client_id: client.sandbox.env.SALESFORCE_CLIENT_ID as string,
    client_secret: client.sandbox.env.SALESFORCE_CLIENT_SECRET as string,
  })

  test('gives a token for client credentials, in the form and as Basic, and no refresh token', async () => {
    const { status, body } = await client.postForm({ grant_type: 'client_credentials', ...app() })
    expect(status).toBe(200)
    expect(body).toEqual({
      access_token: expect.stringMatching(/^00D.{12}!/),
      instance_url: client.sandbox.baseUrl,
      id: `${client.sandbox.baseUrl}/id/${org().orgId}/${org().apiUserId}`,
      token_type: 'Bearer',
      issued_at: expect.stringMatching(/^\d{13}$/),
      signature: expect.any(String),
      scope: 'api',
    })
    const basic = Buffer.from(`${app().client_id}:${app().client_secret}`).toString('base64')
    const again = await client.postForm({ grant_type: 'client_credentials' }, { authorization: `Basic ${basic}` })
    expect(again.status).toBe(200)
  })

  test.each([
    [{ client_id: 'x' }, 'invalid_client_id', 'client identifier invalid'],
    [{ client_secret: 'x' }, 'invalid_client', 'invalid client credentials'],
    [{ grant_type: 'refresh_token', refresh_token: 'x' }, 'invalid_grant', 'expired access/refresh token'],
    [{ grant_type: 'password', username: 'u', password: 'p' }, 'invalid_grant', 'authentication failure'],
    [{ grant_type: 'coffee' }, 'unsupported_grant_type', 'grant type not supported'],
    [{ grant_type: JWT_BEARER, assertion: 'x' }, 'invalid_grant', 'invalid assertion'],
  ])('refuses %j', async (form, error, description) => {
    const { status, body } = await client.postForm({ grant_type: 'client_credentials', ...app(), ...form })
    expect(status).toBe(400)
    expect(body).toEqual({ error, error_description: description })
  })

  const assertion = async (key: CryptoKey, claims: Record<string, string | number>) =>
    new SignJWT({ iss: app().client_id, sub: 'sync@acme.example', aud: client.sandbox.baseUrl, ...claims })
      .setProtectedHeader({ alg: 'RS256' })
      .sign(key)
  const present = async (key: CryptoKey, claims: Record<string, string | number>) =>
    client.postForm({ grant_type: JWT_BEARER, assertion: await assertion(key, claims) })
  const soon = () => Math.floor(Date.now() / 1000) + 180

  test('takes any well-formed assertion, one whose exp is in milliseconds too', async () => {
    const { privateKey } = await generateKeyPair('RS256')
    expect((await present(privateKey, { exp: soon() })).status).toBe(200)
    expect((await present(privateKey, { exp: Date.now() + 300 })).status).toBe(200)
    expect((await present(privateKey, { exp: soon() - 1_000 })).body.error_description).toBe('assertion expired')
    expect((await present(privateKey, { exp: soon(), iss: 'x' })).body.error).toBe('invalid_client_id')
  })

  test('holds an assertion against the public key it was given', async () => {
    const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true })
    await client[Symbol.asyncDispose]()
    client = await SalesforceClient.open({ publicKey: await exportSPKI(publicKey) })
    expect((await present(privateKey, { exp: soon() })).status).toBe(200)
    expect((await present(privateKey, { exp: Date.now() + 300 })).status).toBe(200)
    const stranger = await generateKeyPair('RS256')
    expect((await present(stranger.privateKey, { exp: soon() })).body.error).toBe('invalid_grant')
  })
})

describe('a session', () => {
  test('ends when it was not used for as long as the session policy says', async () => {
    after(2 * 3_600_000 - 60_000)
    expect((await client.get('/limits')).status).toBe(200)
    after(2 * 3_600_000 + 1_000)
    const expired = await client.get('/limits')
    expect(expired.status).toBe(401)
    expect(expired.body).toEqual([{ message: 'Session expired or invalid', errorCode: 'INVALID_SESSION_ID' }])
    if (hasRecordings) expect(expired.body).toEqual(recorded('restforce/expired_session_response.json'))
    await client.signIn()
    expect((await client.get('/limits')).status).toBe(200)
  })

  test('is needed for everything but the list of versions', async () => {
    client.token = 'wrong'
    expect((await client.get('/query?q=SELECT+Id+FROM+Account')).status).toBe(401)
    expect((await client.get('/services/oauth2/userinfo')).status).toBe(401)
    expect((await client.get('/services/data')).status).toBe(200)
  })

  test('belongs to a user that userinfo names', async () => {
    const { body } = await client.get('/services/oauth2/userinfo')
    expect(body).toMatchObject({
      user_id: org().apiUserId,
      organization_id: org().orgId,
      preferred_username: 'sync@sandbox.example',
    })
    const user = await client.get(`/sobjects/User/${body.user_id}`)
    expect(user.body.Username).toBe(body.preferred_username)
  })
})

describe('versions and paths', () => {
  test('the versions are those from v31.0 to v68.0, with their seasons', async () => {
    const { body } = await client.get('/services/data')
    expect(body).toHaveLength(38)
    expect(body[0]).toEqual({ label: "Summer '14", url: '/services/data/v31.0', version: '31.0' })
    expect(body.at(-1)).toEqual({ label: "Winter '27", url: '/services/data/v68.0', version: '68.0' })
  })

  test.each([
    ['/services/data/v39.0/limits', 200, undefined],
    ['/services/data/v29.0/limits', 410, 'GONE'],
    ['/services/data/v69.0/limits', 404, 'NOT_FOUND'],
    ['/services/data/v68.0/coffee', 404, 'NOT_FOUND'],
    ['/services/data/v68.0/sobjects/Coffee/describe', 404, 'NOT_FOUND'],
    ['/services/data/v68.0/sobjects/Account/001000000000000AAA', 404, 'NOT_FOUND'],
  ])('%s answers %i', async (path, status, code) => {
    const answer = await client.get(path)
    expect(answer.status).toBe(status)
    if (code !== undefined) expect(answer.body[0].errorCode).toBe(code)
  })

  test('an address over 16,384 bytes is refused with 414, one with its headers with 431, by a page of the edge', async () => {
    const soql = (chars: number) => `SELECT Id FROM Account WHERE Name = '${'x'.repeat(chars)}'`
    expect((await client.query(soql(15_500))).status).toBe(200)
    const [uri, headers] = [
      await client.query(soql(16_384)),
      await client.query(soql(15_500), { x: 'y'.repeat(2_000) }),
    ]
    expect([uri.status, headers.status]).toEqual([414, 431])
    for (const { headers: sent } of [uri, headers]) {
      expect(sent.get('content-type')).toContain('text/html')
      expect(sent.get('sforce-limit-info')).toBeNull()
    }
  })

  test('an Organization row tells what the command line client asks for', async () => {
    const soql =
      'SELECT Name, InstanceName, IsSandbox, TrialExpirationDate, NamespacePrefix, OrganizationType FROM Organization'
    const { body } = await client.query(soql)
    expect(body.records[0]).toMatchObject({ IsSandbox: true, InstanceName: 'SBX1', TrialExpirationDate: null })
  })
})

describe('query pages', () => {
  beforeEach(() => {
    const load = org().loader('Account', ['Id', 'Name', 'SystemModstamp'])
    org().transaction(() => {
      for (let n = 1; n <= 4_500; n++)
        load([org().newId('Account'), `Account ${String(n).padStart(4, '0')}`, NOW - DAY_MS])
    })
  })

  const SOQL = 'SELECT Id, Name FROM Account ORDER BY Name DESC'

  test('4,500 rows come in three pages, each once and in order', async () => {
    const names: string[] = []
    let { body } = await client.query(SOQL)
    const totals = [body.totalSize]
    names.push(...body.records.map((record: Json) => record.Name))
    while (!body.done) {
      expect(body.nextRecordsUrl).toMatch(/^\/services\/data\/v68\.0\/query\/0r8\w{15}-\d+$/)
      body = (await client.get(body.nextRecordsUrl)).body
      totals.push(body.totalSize)
      names.push(...body.records.map((record: Json) => record.Name))
    }
    expect(totals).toEqual([4_500, 4_500, 4_500])
    expect(names).toHaveLength(4_500)
    expect(names).toEqual(names.toSorted().toReversed())
    expect(new Set(names).size).toBe(4_500)
    expect(body).not.toHaveProperty('nextRecordsUrl')
  })

  test.each([
    ['batchSize=500', 500],
    ['batchSize=1', 200],
    ['batchSize=9999', 2_000],
  ])('%s gives pages of %i', async (option, size) => {
    const { body } = await client.query(SOQL, { 'Sforce-Query-Options': option })
    expect(body.records).toHaveLength(size)
    expect((await client.get(body.nextRecordsUrl)).body.records).toHaveLength(size)
  })

  test('LIMIT and OFFSET hold over pages', async () => {
    const { body } = await client.query('SELECT Name FROM Account ORDER BY Name LIMIT 2100 OFFSET 10')
    expect(body.totalSize).toBe(2_100)
    const rest = await client.get(body.nextRecordsUrl)
    expect(rest.body.records).toHaveLength(100)
    expect(rest.body.records[0].Name).toBe('Account 2011')
    expect(rest.body.done).toBe(true)
  })

  test('a page can be read again, and stays the same whatever is created meanwhile', async () => {
    const { body } = await client.query(SOQL)
    const first = await client.get(body.nextRecordsUrl)
    await client.create('Account', { Name: 'Account 9999' })
    expect((await client.get(body.nextRecordsUrl)).body).toEqual(first.body)
  })

  test('a locator expires after two days', async () => {
    const { body } = await client.query(SOQL)
    after(2 * DAY_MS - 60_000)
    await client.signIn()
    expect((await client.get(body.nextRecordsUrl)).status).toBe(200)
    after(120_000)
    const expired = await client.get(body.nextRecordsUrl)
    expect(expired.status).toBe(400)
    expect(expired.body).toEqual([{ message: 'invalid query locator', errorCode: 'INVALID_QUERY_LOCATOR' }])
    expect((await client.get('/query/0r8000000000000AAA-2000')).status).toBe(400)
  })

  test('no locator is given twice, whatever has expired', async () => {
    const given: string[] = []
    for (const wait of [0, 0, 2 * DAY_MS - 60_000, 120_000, 0]) {
      after(wait)
      await client.signIn()
      const { body } = await client.query(SOQL)
      given.push(body.nextRecordsUrl)
      expect((await client.get(body.nextRecordsUrl)).status).toBe(200)
    }
    expect(new Set(given).size).toBe(given.length)
  })

  test('two custom long texts make pages of 200', async () => {
    const { field } = await import('../../src/sandbox/salesforce/schema.ts')
    org().addFields('Account', [
      field('A__c', 'textarea', { length: 32_000 }),
      field('B__c', 'textarea', { length: 32_000 }),
    ])
    expect((await client.query('SELECT Id, A__c, B__c FROM Account')).body.records).toHaveLength(200)
  })

  test('columns=true tells what the columns are', async () => {
    const { body } = await client.get(
      `/query?columns=true&q=${encodeURIComponent('SELECT Id, Owner.Email FROM Account')}`,
    )
    expect(body).toMatchObject({ entityName: 'Account', idSelected: true, keyPrefix: '001', groupBy: false })
    expect(body.columnMetadata[0]).toMatchObject({ columnName: 'Id', apexType: 'Id', joinColumns: [] })
    expect(body.columnMetadata[1]).toMatchObject({
      columnName: 'Owner',
      joinColumns: [{ columnName: 'Email', textType: true }],
    })
  })
})

describe('shapes agree with recordings', () => {
  test.skipIf(!hasRecordings).each(['Account', 'Contact', 'Lead', 'Opportunity', 'Case'])(
    'describe of %s',
    async (name) => {
      const recording = recorded(`cumulusci/tests__shared_cassettes__GET_sobjects_${name}_describe.json`)
      const real = (Array.isArray(recording) ? recording[0] : recording).response.body
      const { body } = await client.get(`/sobjects/${name}/describe`)
      // Some recordings were made before these came.
      const newer = ['associateEntityType', 'associateParentEntity', 'sobjectDescribeOption']
      expect([...Object.keys(real), ...newer]).toEqual(expect.arrayContaining(Object.keys(body)))
      expect(body.keyPrefix).toBe(real.keyPrefix)
      const realFields = new Map<string, Json>(real.fields.map((field: Json) => [field.name, field]))
      let compared = 0
      for (const field of body.fields) {
        expect(Object.keys(field).sort()).toEqual(Object.keys(real.fields[0]).sort())
        const twin = realFields.get(field.name)
        if (twin === undefined) continue
        compared += 1
        const traits = ({
          type,
          soapType,
          precision,
          scale,
          digits,
          referenceTo,
          relationshipName,
          nillable,
          updateable,
        }: Json) => ({
          name: field.name,
          ...{ type, soapType, precision, scale, digits, referenceTo, relationshipName, nillable, updateable },
        })
        expect(traits(field)).toEqual(traits(twin))
      }
      expect(compared).toBeGreaterThan(25)
    },
  )

  test.skipIf(!hasRecordings)('the list of objects', async () => {
    const recording = recorded('cumulusci/tests__shared_cassettes__GET_sobjects_Global_describe.json')
    const real = (Array.isArray(recording) ? recording[0] : recording).response.body
    const { body } = await client.get('/sobjects')
    expect({ ...body, sobjects: [] }).toEqual({ ...real, sobjects: [] })
    expect(Object.keys(body.sobjects[0]).sort()).toEqual(Object.keys(real.sobjects[0]).sort())
    expect(body.sobjects.map((object: Json) => object.name)).toEqual(
      expect.arrayContaining([
        'Account',
        'Contact',
        'Lead',
        'Opportunity',
        'OpportunityHistory',
        'User',
        'Organization',
      ]),
    )
  })

  test.skipIf(!hasRecordings)('created, updated, deleted', async () => {
    const created = await client.send('POST', '/sobjects/Account/', { Name: 'x' })
    expect(created.status).toBe(201)
    expect(Object.keys(created.body).sort()).toEqual(
      Object.keys(recorded('restforce/sobject__create_success_response.json')).sort(),
    )
    after(120_000)
    const range = window(NOW - DAY_MS, NOW + 120_000)
    const updated = await client.get(`/sobjects/Account/updated?${range}`)
    expect(Object.keys(updated.body)).toEqual(
      Object.keys(recorded('restforce/sobject__get_updated_success_response.json')),
    )
    const deleted = await client.get(`/sobjects/Account/deleted?${range}`)
    expect(Object.keys(deleted.body)).toEqual(
      Object.keys(recorded('restforce/sobject__get_deleted_success_response.json')),
    )
  })
})

describe('describe', () => {
  test('answers 304 when nothing changed since, until a field is added or hidden', async () => {
    const first = await client.get('/sobjects/Opportunity/describe')
    const since = { 'if-modified-since': first.headers.get('last-modified') as string }
    expect((await client.get('/sobjects/Opportunity/describe', since)).status).toBe(304)
    after(5_000)
    org().hideField('Opportunity', 'Amount')
    const changed = await client.get('/sobjects/Opportunity/describe', since)
    expect(changed.status).toBe(200)
    expect(changed.body.fields.map((field: Json) => field.name)).not.toContain('Amount')
    expect((await client.query('SELECT Amount FROM Opportunity')).body[0].errorCode).toBe('INVALID_FIELD')
  })
})

describe('quota', () => {
  test('every call is counted and told; the list of versions, tokens and userinfo are not', async () => {
    await client.get('/services/data')
    await client.get('/services/oauth2/userinfo')
    expect((await client.get('/limits')).headers.get('sforce-limit-info')).toBe('api-usage=1/100000')
    const { body } = await client.get('/limits')
    expect(body.DailyApiRequests).toEqual({ Max: 100_000, Remaining: 99_998 })
  })

  test('is told with errors too, refused and injected ones', async () => {
    const usage = async (path: string) => (await client.get(path)).headers.get('sforce-limit-info')
    expect(await usage('/query?q=SELECT')).toBe('api-usage=1/100000')
    expect(await usage('/coffee')).toBe('api-usage=1/100000')
    inject('salesforce.limits', 'error', { code: 'QUERY_TIMEOUT' })
    expect(await usage('/limits')).toBe('api-usage=1/100000')
    engine().limits.set('salesforce.callsPerDay', 1)
    expect(await usage('/limits')).toBe('api-usage=1/1')
    inject('salesforce.limits', 'error', { code: 'maintenance' })
    expect(await usage('/limits')).toBeNull()
  })

  test('used up, it refuses until calls are a day old', async () => {
    engine().limits.set('salesforce.callsPerDay', 2)
    await client.get('/limits')
    after(3_600_000)
    await client.get('/limits')
    const refused = await client.get('/limits')
    expect(refused.status).toBe(403)
    expect(refused.body).toEqual([{ message: 'TotalRequests Limit exceeded.', errorCode: 'REQUEST_LIMIT_EXCEEDED' }])
    after(DAY_MS - 3_600_000)
    await client.signIn()
    expect((await client.get('/limits')).status).toBe(200)
    expect((await client.get('/limits')).status).toBe(403)
  })
})

describe('injected errors', () => {
  test.each([
    ['INVALID_SESSION_ID', 401],
    ['REQUEST_LIMIT_EXCEEDED', 403],
    ['SERVER_UNAVAILABLE', 503],
    ['QUERY_TIMEOUT', 400],
    ['UNKNOWN_EXCEPTION', 500],
    ['API_DISABLED_FOR_ORG', 403],
  ])('%s answers %i once', async (code, status) => {
    inject('salesforce.query', 'error', { code })
    const answer = await client.query('SELECT Id FROM User')
    expect(answer.status).toBe(status)
    expect(answer.body).toEqual([{ message: expect.any(String), errorCode: code }])
    expect((await client.query('SELECT Id FROM User')).status).toBe(200)
  })

  test('bear the status, words and Retry-After that the rule gives', async () => {
    inject('salesforce.limits', 'error', {
      code: 'SERVER_UNAVAILABLE',
      status: 500,
      message: 'Back soon',
      retryAfter: 30,
    })
    const answer = await client.get('/limits')
    expect(answer.status).toBe(500)
    expect(answer.headers.get('retry-after')).toBe('30')
    expect(answer.body).toEqual([{ message: 'Back soon', errorCode: 'SERVER_UNAVAILABLE' }])
  })

  test('of the token endpoint have its own form', async () => {
    inject('salesforce.token', 'error', { code: 'rate_limit_exceeded', status: 503 })
    const answer = await client.postForm({ grant_type: 'client_credentials' })
    expect(answer.status).toBe(503)
    expect(answer.body.error).toBe('rate_limit_exceeded')
  })
})

describe('what changed', () => {
  const updated = async (object: string, from: number, to: number) =>
    (await client.get(`/sobjects/${object}/updated?${window(from, to)}`)).body

  test('/updated lists what was created or changed in the window, up to latestDateCovered', async () => {
    const id = await client.create('Account', { Name: 'x' })
    after(61_000)
    expect((await updated('Account', NOW - 60_000, NOW + 60_000)).ids).toEqual([id])
    await client.send('PATCH', `/sobjects/Account/${id}`, { Name: 'y' })
    after(60_000)
    expect((await updated('Account', NOW, NOW + 60_000)).ids).toEqual([])
    const later = await updated('Account', NOW + 60_000, NOW + 120_000)
    expect(later.ids).toEqual([id])
    expect(later.latestDateCovered).toBe('2026-11-22T10:02:00.000+0000')
  })

  test('latestDateCovered is never after now less the lag, and cut to the grain', async () => {
    const covered = async () => (await updated('Account', NOW - DAY_MS, NOW + DAY_MS)).latestDateCovered
    after(90_500)
    expect(await covered()).toMatch(/^2026-11-22T10:01:3\d\.000\+0000$/)
    engine().limits.set('salesforce.replicationGrainMs', 60_000)
    expect(await covered()).toBe('2026-11-22T10:01:00.000+0000')
    engine().limits.set('salesforce.replicationLagMs', 60_000)
    expect(await covered()).toBe('2026-11-22T10:00:00.000+0000')
  })

  test('/deleted lists what was deleted, with what was deleted along with it', async () => {
    const account = await client.create('Account', { Name: 'x' })
    const contact = await client.create('Contact', { LastName: 'x', AccountId: account })
    const deal = await newDeal({ AccountId: account })
    after(30_000)
    await client.send('DELETE', `/sobjects/Account/${account}`)
    after(90_000)
    const deleted = async (object: string) =>
      (await client.get(`/sobjects/${object}/deleted?${window(NOW - 60_000, NOW + 120_000)}`)).body
    const answer = await deleted('Account')
    expect(answer.deletedRecords).toEqual([{ id: account, deletedDate: '2026-11-22T10:00:30.000+0000' }])
    expect(answer.earliestDateAvailable).toBe('2026-11-07T10:02:00.000+0000')
    expect((await deleted('Contact')).deletedRecords[0].id).toBe(contact)
    expect((await deleted('Opportunity')).deletedRecords[0].id).toBe(deal)
    expect((await deleted('OpportunityHistory')).deletedRecords).toHaveLength(1)
    expect((await updated('Account', NOW - 60_000, NOW + 120_000)).ids).toEqual([])
  })

  test.each([
    ['updated', 31 * DAY_MS, 0, 'startDate cannot be more than 30 days ago'],
    ['deleted', 16 * DAY_MS, 0, 'startDate cannot be more than 15 days ago'],
    ['updated', 30_000, 0, 'endDate must be at least one minute greater than startDate'],
    ['updated', 0, 60_000, 'endDate must be at least one minute greater than startDate'],
  ])('/%s from %i ms ago to %i ms ago is refused', async (what, from, to, message) => {
    after(30_000)
    const now = NOW + 30_000
    const { status, body } = await client.get(`/sobjects/Account/${what}?${window(now - from, now - to)}`)
    expect(status).toBe(400)
    expect(body).toEqual([{ message, errorCode: 'INVALID_REPLICATION_DATE' }])
  })

  test('more ids than the limit are refused', async () => {
    engine().limits.set('salesforce.replicationIds', 1)
    await client.create('Account', { Name: 'x' })
    await client.create('Account', { Name: 'y' })
    after(60_000)
    expect((await updated('Account', NOW - 60_000, NOW + 60_000))[0].errorCode).toBe('EXCEEDED_ID_LIMIT')
  })
})

describe('records', () => {
  const read = async (object: string, id: string) => (await client.get(`/sobjects/${object}/${id}`)).body
  const history = async (id: string) =>
    (
      await client.query(
        `SELECT StageName, Amount, Probability, CloseDate, PrevAmount, PrevCloseDate, ForecastCategory FROM OpportunityHistory WHERE OpportunityId = '${id}' ORDER BY CreatedDate, Id`,
      )
    ).body.records

  test('are read with 18 characters and with 15, whole or in part', async () => {
    const id = await client.create('Account', { Name: 'x', Website: 'https://x.example' })
    expect(await read('Account', id.slice(0, 15))).toMatchObject({ Id: id, Name: 'x', Industry: null })
    const part = await client.get(`/sobjects/Account/${id}?fields=Name,Website`)
    expect(Object.keys(part.body)).toEqual(['attributes', 'Name', 'Website'])
  })

  test('stamps have whole seconds and move with every change', async () => {
    const id = await client.create('Account', { Name: 'x' })
    after(3_700)
    await client.send('PATCH', `/sobjects/Account/${id}`, { Name: 'y' })
    const record = await read('Account', id)
    expect(record.CreatedDate).toBe('2026-11-22T10:00:00.000+0000')
    expect(record.SystemModstamp).toMatch(/^2026-11-22T10:00:0[34]\.000\+0000$/)
    expect(record.LastModifiedDate).toBe(record.SystemModstamp)
  })

  test('a stage brings its probability, state, forecast category and fiscal quarter', async () => {
    const id = await newDeal({ StageName: 'Proposal/Price Quote', Amount: 1_000 })
    expect(await read('Opportunity', id)).toMatchObject({
      Probability: 75,
      ExpectedRevenue: 750,
      IsClosed: false,
      ForecastCategory: 'BestCase',
      ForecastCategoryName: 'Best Case',
      Fiscal: '2026 4',
      OwnerId: org().apiUserId,
    })
    await client.send('PATCH', `/sobjects/Opportunity/${id}`, { StageName: 'Closed Won', CloseDate: '2026-01-31' })
    expect(await read('Opportunity', id)).toMatchObject({
      Probability: 100,
      IsWon: true,
      IsClosed: true,
      Fiscal: '2026 1',
    })
    await client.send('PATCH', `/sobjects/Opportunity/${id}`, { StageName: 'Prospecting', Probability: 33 })
    expect(await read('Opportunity', id)).toMatchObject({ Probability: 33, IsWon: false })
  })

  test('one history row per change of stage, amount, probability or close date, and for nothing else', async () => {
    const id = await newDeal({ Amount: 100 })
    const change = (values: object) => client.send('PATCH', `/sobjects/Opportunity/${id}`, values)
    await change({ NextStep: 'Call' })
    await change({ Amount: 200 })
    await change({ StageName: 'Closed Lost', CloseDate: '2026-11-22' })
    const rows = (await history(id)).map(({ attributes: _, ...row }: Json) => row)
    expect(rows).toEqual([
      {
        StageName: 'Prospecting',
        Amount: 100,
        Probability: 10,
        CloseDate: '2026-12-24',
        PrevAmount: null,
        PrevCloseDate: null,
        ForecastCategory: 'Pipeline',
      },
      {
        StageName: 'Prospecting',
        Amount: 200,
        Probability: 10,
        CloseDate: '2026-12-24',
        PrevAmount: 100,
        PrevCloseDate: '2026-12-24',
        ForecastCategory: 'Pipeline',
      },
      {
        StageName: 'Closed Lost',
        Amount: 200,
        Probability: 0,
        CloseDate: '2026-11-22',
        PrevAmount: 200,
        PrevCloseDate: '2026-12-24',
        ForecastCategory: 'Omitted',
      },
    ])
  })

  test('deleted ones are shown by queryAll for as long as the recycle bin keeps them', async () => {
    const id = await client.create('Account', { Name: 'x' })
    const deal = await newDeal({ AccountId: id })
    expect((await client.send('DELETE', `/sobjects/Account/${id}`)).status).toBe(204)
    const seen = async () => (await client.queryAll(`SELECT Id FROM Opportunity WHERE Id = '${deal}'`)).body.totalSize
    expect((await client.query('SELECT COUNT() FROM Opportunity')).body.totalSize).toBe(0)
    expect(await seen()).toBe(1)
    expect((await client.get(`/sobjects/Account/${id}`)).body[0]).toEqual({
      message: 'entity is deleted',
      errorCode: 'ENTITY_IS_DELETED',
    })
    after(15 * DAY_MS + 60_000)
    await client.signIn()
    expect(await seen()).toBe(0)
  })

  test('deleting moves the stamp, or does not, as the reading has it', async () => {
    const stampOf = async (id: string) =>
      (await client.queryAll(`SELECT SystemModstamp FROM Account WHERE Id = '${id}'`)).body.records[0].SystemModstamp
    const [one, two] = [await client.create('Account', { Name: '1' }), await client.create('Account', { Name: '2' })]
    after(10_000)
    await client.send('DELETE', `/sobjects/Account/${one}`)
    engine().limits.set('salesforce.deletionMovesStamp', 0)
    await client.send('DELETE', `/sobjects/Account/${two}`)
    expect([await stampOf(one), await stampOf(two)]).toEqual([
      '2026-11-22T10:00:10.000+0000',
      '2026-11-22T10:00:00.000+0000',
    ])
  })

  test('undeleting brings back what was deleted along, and only that', async () => {
    const account = await client.create('Account', { Name: 'x' })
    const [kept, gone] = [await newDeal({ AccountId: account }), await newDeal({ AccountId: account })]
    await client.send('DELETE', `/sobjects/Opportunity/${gone}`)
    after(60_000)
    await client.send('DELETE', `/sobjects/Account/${account}`)
    after(60_000)
    undeleteRecord(org(), 'Account', account)
    const { body } = await client.query('SELECT Id FROM Opportunity')
    expect(body.records.map((record: Json) => record.Id)).toEqual([kept])
    expect(await read('Account', account)).toMatchObject({
      IsDeleted: false,
      SystemModstamp: '2026-11-22T10:02:00.000+0000',
    })
    expect(await history(kept)).toHaveLength(1)
    expect(() => undeleteRecord(org(), 'Account', account)).toThrow('not in the recycle bin')
  })

  test('merging moves the children and names the survivor', async () => {
    const [master, loser] = [
      await client.create('Account', { Name: 'A' }),
      await client.create('Account', { Name: 'B' }),
    ]
    const deal = await newDeal({ AccountId: loser })
    mergeRecords(org(), 'Account', master, loser)
    expect((await read('Opportunity', deal)).AccountId).toBe(master)
    const { body } = await client.queryAll(`SELECT IsDeleted, MasterRecordId FROM Account WHERE Id = '${loser}'`)
    expect(body.records[0]).toMatchObject({ IsDeleted: true, MasterRecordId: master })
  })

  test('converting a lead makes an account, a contact and an opportunity, once', async () => {
    const lead = await client.create('Lead', {
      LastName: 'Ito',
      FirstName: 'Hana',
      Company: 'Acme',
      Email: 'hana@acme.example',
    })
    const opportunity = { Name: 'New', StageName: 'Qualification', CloseDate: '2026-12-24' }
    const made = convertLead(org(), lead, { opportunity })
    expect(await read('Lead', lead)).toMatchObject({
      Name: 'Hana Ito',
      IsConverted: true,
      Status: 'Closed - Converted',
      ConvertedDate: '2026-11-22',
      ConvertedAccountId: made.accountId,
      ConvertedContactId: made.contactId,
      ConvertedOpportunityId: made.opportunityId,
    })
    expect(await read('Contact', made.contactId)).toMatchObject({
      AccountId: made.accountId,
      Email: 'hana@acme.example',
    })
    expect(() => convertLead(org(), lead, {})).toThrow('cannot reference converted lead')
  })

  test.each([
    ['POST', 'Contact', { FirstName: 'x' }, 'REQUIRED_FIELD_MISSING', 'Required fields are missing: [LastName]'],
    ['POST', 'Account', { Name: 'x', Foo: 1 }, 'INVALID_FIELD', "No such column 'Foo' on sobject of type Account"],
    [
      'POST',
      'Account',
      { Name: 'x', SystemModstamp: null },
      'INVALID_FIELD_FOR_INSERT_UPDATE',
      'Unable to create/update fields: SystemModstamp',
    ],
    ['POST', 'Account', { Name: 'x', NumberOfEmployees: 'many' }, 'JSON_PARSER_ERROR', 'Cannot deserialize'],
    ['POST', 'Account', { Name: 'x'.repeat(300) }, 'STRING_TOO_LONG', 'data value too large'],
    [
      'POST',
      'Account',
      { Name: 'x', OwnerId: '005000000000000' },
      'INVALID_CROSS_REFERENCE_KEY',
      'invalid cross reference id',
    ],
    [
      'POST',
      'OpportunityHistory',
      { Amount: 1 },
      'CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY',
      'entity type cannot be inserted',
    ],
  ])('%s %s %j is refused', async (method, object, values, code, words) => {
    const { status, body } = await client.send(method, `/sobjects/${object}`, values)
    expect(status).toBe(400)
    expect(body[0].errorCode).toBe(code)
    expect(body[0].message).toContain(words)
  })

  test('a user cannot be deleted', async () => {
    expect((await client.send('DELETE', `/sobjects/User/${org().apiUserId}`)).status).toBe(400)
  })

  test('writes are side effects in their order, refused ones are none', async () => {
    const id = await client.create('Account', { Name: 'x' })
    await client.send('POST', '/sobjects/Account', {})
    await client.send('DELETE', `/sobjects/Account/${id}`)
    expect(
      engine()
        .sideEffects.list()
        .map(({ operation }) => operation),
    ).toEqual(['salesforce.create', 'salesforce.delete'])
  })
})

describe('ids', () => {
  test('the last three characters say which of the first fifteen are capitals', () => {
    // Taken from orgs other than this one.
    for (const id of [
      '001Ec00000FzlUdIAJ',
      '006f4000002NAbGAAW',
      '005bm00000NCJmQAAX',
      '00DdM00000vfgTuUAI',
      '012000000000000AAA',
    ]) {
      expect(toId18(id.slice(0, 15))).toBe(id)
      expect(normaliseId(id.slice(0, 15))).toBe(id)
    }
    expect(normaliseId('001')).toBeNull()
    expect(normaliseId('001Ec00000FzlU-')).toBeNull()
  })

  test('made ones are unique, in order, and tell their number', () => {
    const ids = Array.from({ length: 5_000 }, (_, i) => makeId('001', i + 1))
    expect(new Set(ids).size).toBe(5_000)
    expect(ids.toSorted()).toEqual(ids)
    expect(ids.map(numberOfId)).toEqual(ids.map((_, i) => i + 1))
    expect(numberOfId('001Ec00000FzlUdIAJ')).toBeNull()
  })
})

import { generateKeyPairSync } from 'node:crypto'
import { jwtVerify } from 'jose'
import nock from 'nock'
import { afterEach, describe, expect, test } from 'vitest'
import { formatFault } from '../../../src/platform/errors.ts'
import { refusedToken, type SalesforceCredentials } from '../../../src/source/salesforce/auth.ts'
import {
  answerDescribe,
  answerToken,
  answerUpdated,
  DATA,
  DATE,
  lead,
  leadId,
  ORG,
  page,
  pagesOf,
  query,
  REQUEST,
  scriptedOrg,
} from './scripted-org.ts'

afterEach(() => {
  const left = nock.pendingMocks()
  nock.cleanAll()
  expect(left, 'requests that were expected and not made').toEqual([])
})

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
const jwt: SalesforceCredentials = { flow: 'jwt', clientId: 'app-1', username: 'sync@acme.example', privateKey: pem }

function answerLead(org: nock.Scope, token: string, host = org): void {
  const headers = { authorization: `Bearer ${token}` }
  host
    .get(`${DATA}/sobjects/Lead/describe`)
    .matchHeader('authorization', headers.authorization)
    .reply(
      200,
      {
        name: 'Lead',
        queryable: true,
        replicateable: true,
        fields: [
          { name: 'Id', type: 'id' },
          { name: 'Name', type: 'string' },
          { name: 'SystemModstamp', type: 'datetime' },
        ],
      },
      { date: DATE },
    )
  answerUpdated(host)
  query(host)
    .matchHeader('authorization', headers.authorization)
    .reply(200, page([lead(1)]))
}

describe('logging in', () => {
  test('by client credentials sends them to the login URL, and reads where the reply says the org is', async () => {
    const { source, org } = scriptedOrg()
    const home = 'http://127.0.0.1:10'
    org
      .post('/services/oauth2/token', { grant_type: 'client_credentials', client_id: 'id', client_secret: 'hush-hush' })
      .reply(200, { access_token: 'token-1', instance_url: home })
    answerLead(org, 'token-1', nock(home))
    expect(await pagesOf(source)).toHaveLength(1)
  })

  test('by JWT signs an assertion for the user that is valid for less than three minutes', async () => {
    const { source, org, clock } = scriptedOrg({ credentials: jwt })
    const forms: URLSearchParams[] = []
    org
      .post('/services/oauth2/token', (body: Record<string, string>) => {
        forms.push(new URLSearchParams(body))
        return true
      })
      .reply(200, { access_token: 'token-1', instance_url: ORG })
    answerLead(org, 'token-1')
    await pagesOf(source)
    const form = forms[0]
    expect(form?.get('grant_type')).toBe('urn:ietf:params:oauth:grant-type:jwt-bearer')
    const now = new Date(clock.now())
    const { payload, protectedHeader } = await jwtVerify(form?.get('assertion') ?? '', publicKey, { currentDate: now })
    expect(protectedHeader.alg).toBe('RS256')
    expect(payload).toMatchObject({ iss: 'app-1', sub: 'sync@acme.example', aud: ORG })
    const validFor = (payload.exp ?? 0) - now.getTime() / 1000
    expect(validFor).toBeGreaterThan(60)
    expect(validFor).toBeLessThanOrEqual(180)
  })

  test('by JWT with a clock that is off signs once more by the clock of the server', async () => {
    const { source, org, clock } = scriptedOrg({ credentials: jwt })
    clock.at = Date.parse('2026-11-22T09:00:00Z')
    org
      .post('/services/oauth2/token')
      .reply(400, { error: 'invalid_grant', error_description: 'expired assertion' }, { date: DATE })
    const expiries: number[] = []
    org
      .post('/services/oauth2/token', (body: Record<string, string>) => {
        const [, claims = ''] = (body['assertion'] ?? '').split('.')
        expiries.push(JSON.parse(Buffer.from(claims, 'base64url').toString()).exp)
        return true
      })
      .reply(200, { access_token: 'token-1', instance_url: ORG })
    answerLead(org, 'token-1')
    await pagesOf(source)
    expect(expiries).toEqual([Date.parse(DATE) / 1000 + 170])
  })

  test('with a given token asks for none', async () => {
    const { source, org } = scriptedOrg({
      credentials: { flow: 'token', accessToken: 'given', instanceUrl: `${ORG}/` },
    })
    answerLead(org, 'given')
    expect(await pagesOf(source)).toHaveLength(1)
  })

  test('waits for a busy login, as long as it says', async () => {
    const { source, org, clock } = scriptedOrg()
    org.post('/services/oauth2/token').reply(503, 'busy', { 'retry-after': '3' })
    answerToken(org)
    answerLead(org, 'token-1')
    await pagesOf(source)
    expect(clock.slept).toEqual([3000])
  })

  test('tells every token it fetched to who keeps logs clean', async () => {
    const learned: string[] = []
    const { source, org } = scriptedOrg({ learnSecret: (secret) => learned.push(secret) })
    answerToken(org)
    answerLead(org, 'token-1')
    await pagesOf(source)
    expect(learned).toEqual(['token-1'])
  })

  test('with a key that is none says what to set, without quoting it', async () => {
    const { source } = scriptedOrg({ credentials: { ...jwt, privateKey: 'MIIEvQ-not-a-key' } })
    await expect(pagesOf(source)).rejects.toMatchObject({
      code: 'salesforce-private-key',
      message: 'The private key for Salesforce is no private key in PEM form without a passphrase',
    })
    const { privateKey: curve } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const ec = curve.export({ type: 'pkcs8', format: 'pem' }).toString()
    await expect(pagesOf(scriptedOrg({ credentials: { ...jwt, privateKey: ec } }).source)).rejects.toThrow(
      'is of type ec',
    )
  })
})

describe('a session that is refused', () => {
  const refused = [{ errorCode: 'INVALID_SESSION_ID', message: 'Session expired or invalid' }]

  test('is renewed once, and the request made again', async () => {
    const { source, org } = scriptedOrg()
    answerToken(org, 'token-1')
    org.get(`${DATA}/sobjects/Lead/describe`).matchHeader('authorization', 'Bearer token-1').reply(401, refused)
    answerToken(org, 'token-2')
    answerLead(org, 'token-2')
    const [one] = await pagesOf(source)
    expect(one).toMatchObject({ requests: 4, sharedRequests: 2 })
  })

  test('is renewed once for all requests that met it at the same time', async () => {
    const { source, org } = scriptedOrg()
    answerToken(org, 'token-1')
    for (const object of ['Lead', 'Account', 'Contact']) {
      org
        .get(`${DATA}/sobjects/${object}/describe`)
        .matchHeader('authorization', 'Bearer token-1')
        .delay(20)
        .reply(401, refused)
    }
    answerToken(org, 'token-2')
    const read = (object: string) =>
      source
        .read({ ...REQUEST, object })
        [Symbol.asyncIterator]()
        .next()
    for (const object of ['Lead', 'Account', 'Contact']) {
      org
        .get(`${DATA}/sobjects/${object}/describe`)
        .matchHeader('authorization', 'Bearer token-2')
        .reply(410, [{ errorCode: 'GONE', message: '' }])
    }
    const results = await Promise.allSettled(['Lead', 'Account', 'Contact'].map(read))
    expect(results.map((result) => result.status === 'rejected' && result.reason.code)).toEqual(
      Array(3).fill('salesforce-api-version'),
    )
  })

  test('a second time ends the read: no endless loop', async () => {
    const { source, org } = scriptedOrg()
    answerToken(org, 'token-1')
    answerToken(org, 'token-2')
    org.get(`${DATA}/sobjects/Lead/describe`).times(2).reply(401, refused)
    await expect(pagesOf(source)).rejects.toMatchObject({
      code: 'salesforce-session-refused',
      blame: 'operator',
      exit: 1,
    })
  })

  test('that was given cannot be renewed', async () => {
    const { source, org } = scriptedOrg({ credentials: { flow: 'token', accessToken: 'given', instanceUrl: ORG } })
    org.get(`${DATA}/sobjects/Lead/describe`).reply(401, refused)
    await expect(pagesOf(source)).rejects.toMatchObject({
      code: 'salesforce-session-refused',
      message: expect.stringMatching(/^Salesforce refuses the token that was given: its session has ended, asked for /),
      hint: expect.stringContaining('SALESFORCE_ACCESS_TOKEN'),
    })
  })

  test('in the middle of paging loses nothing', async () => {
    const { source, org } = scriptedOrg()
    answerToken(org)
    answerDescribe(org)
    answerUpdated(org)
    query(org).reply(200, page([lead(1)], 'L-1', 2))
    org.get(`${DATA}/query/L-1`).reply(401, refused)
    answerToken(org, 'token-2')
    org
      .get(`${DATA}/query/L-1`)
      .matchHeader('authorization', 'Bearer token-2')
      .reply(200, page([lead(2)], null, 2))
    const pages = await pagesOf(source)
    expect(pages.flatMap((one) => one.records.map((record) => record.id))).toEqual([leadId(1), leadId(2)])
  })
})

describe('a refused login says what to do:', () => {
  const LOGIN = 'https://login.salesforce.com'
  const said = (error: string, description?: string, loginUrl = LOGIN) =>
    formatFault(
      refusedToken({ status: 400, body: JSON.stringify({ error, error_description: description }) }, loginUrl),
    )

  test('client credentials at a shared login page need the My Domain', () => {
    expect(said('invalid_grant', 'request not supported on this domain')).toMatchInlineSnapshot(`
      "salesforce-login-domain: Salesforce refuses to log in at https://login.salesforce.com: client credentials do not work at this address (invalid_grant: request not supported on this domain)
        Set SALESFORCE_LOGIN_URL to your My Domain, like https://acme.my.salesforce.com"
    `)
    expect(said('unsupported_grant_type', 'grant type not supported')).toContain(
      'client credentials need your My Domain',
    )
    expect(said('unsupported_grant_type', 'grant type not supported', 'https://acme.my.salesforce.com')).not.toContain(
      'need your My Domain',
    )
  })

  const codes: readonly (readonly [string, string | undefined, string])[] = [
    ['invalid_grant', 'no client credentials user enabled', 'salesforce-login-user'],
    ['invalid_grant', "user hasn't approved this consumer", 'salesforce-login-approval'],
    ['invalid_grant', 'inactive user', 'salesforce-login-user'],
    ['invalid_grant', 'audience is invalid', 'salesforce-login-audience'],
    ['invalid_grant', 'ip restricted', 'salesforce-login-restricted'],
    ['invalid_grant', 'invalid assertion', 'salesforce-login-assertion'],
    ['invalid_grant', 'expired access/refresh token', 'salesforce-login-approval'],
    ['invalid_grant', 'authentication failure', 'salesforce-login-refused'],
    ['invalid_client_id', 'client identifier invalid', 'salesforce-login-client'],
    ['invalid_client', 'invalid client credentials', 'salesforce-login-client'],
    ['unsupported_grant_type', 'grant type not supported', 'salesforce-login-flow'],
    ['invalid_app_access', 'user is not admin approved to access this app', 'salesforce-login-approval'],
    ['rate_limit_exceeded', undefined, 'salesforce-login-limited'],
    ['something_new', undefined, 'salesforce-login-refused'],
  ]
  for (const [error, description, code] of codes) {
    test(`${error} (${description ?? 'without a reason'}) is ${code}`, () => {
      const fault = refusedToken(
        { status: 400, body: JSON.stringify({ error, error_description: description }) },
        LOGIN,
      )
      expect(fault.code).toBe(code)
      expect(fault.hint).toMatch(/^(Set|In|Allow|Check|Wait) .+/)
      expect(fault.exit).toBe(error === 'rate_limit_exceeded' ? 75 : 1)
    })
  }

  test('an answer that is no OAuth error, too', () => {
    expect(formatFault(refusedToken({ status: 404, body: '<html>' }, LOGIN))).toMatchInlineSnapshot(`
      "salesforce-login-refused: Salesforce refuses to log in at https://login.salesforce.com: no token is given (404)
        Check SALESFORCE_LOGIN_URL and the external client app"
    `)
  })
})

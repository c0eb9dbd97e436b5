import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Json, SalesforceClient } from './salesforce-client.ts'

let client: SalesforceClient
beforeEach(async () => {
  client = await SalesforceClient.open()
})
afterEach(() => client[Symbol.asyncDispose]())

const DATA = '/services/data/v68.0'
const count = (object: string) => `${DATA}/query/?q=SELECT+COUNT()+FROM+${object}`
const window = 'start=2026-11-22T09:50:00Z&end=2026-11-22T10:00:00Z'

/** Gets these addresses by one request. */
const send = (urls: readonly string[], more: object = {}) => {
  const compositeRequest = urls.map((url, i) => ({ method: 'GET', url, referenceId: `part${i}` }))
  return client.send('POST', '/composite', { allOrNone: false, collateSubrequests: false, compositeRequest, ...more })
}
const parts = (answer: { readonly body: Json }) => answer.body.compositeResponse as Json[]

test('a composite request answers each part in its place, and counts as one call', async () => {
  await client.create('Account', { Name: 'Acme' })
  const urls = [
    `${DATA}/sobjects/Account/describe`,
    `${DATA}/sobjects/Account/updated/?${window}`,
    `${DATA}/sobjects/Account/deleted/?${window}`,
    count('Account'),
  ]
  const answer = await send(urls)
  expect(answer.status).toBe(200)
  expect(answer.headers.get('sforce-limit-info')).toBe('api-usage=2/100000')
  expect(parts(answer).map(({ httpStatusCode, referenceId }) => [httpStatusCode, referenceId])).toEqual([
    [200, 'part0'],
    [200, 'part1'],
    [200, 'part2'],
    [200, 'part3'],
  ])
  for (const [i, url] of urls.entries()) expect(parts(answer)[i].body, url).toEqual((await client.get(url)).body)
  expect(parts(answer)[3].body).toEqual({ totalSize: 1, done: true, records: [] })
})

test('numbers of a part keep their digits', async () => {
  await client.create('Account', { Name: 'Acme', AnnualRevenue: 1e7 })
  const url = `${DATA}/query/?q=SELECT+AnnualRevenue+FROM+Account`
  const digits = /"AnnualRevenue":([^,}]+)/
  expect(digits.exec((await send([url])).text)?.[1]).toBe(digits.exec((await client.get(url)).text)?.[1])
})

test('what is wrong with a part is told in its place, and the others are answered', async () => {
  const answer = await send([
    `${DATA}/sobjects/Nothing__c/describe`,
    count('Account'),
    `${DATA}/limits`,
    '/services/data/v69.0/sobjects',
    `${DATA}/query/?q=SELECT+Nothing+FROM+Account`,
  ])
  expect(parts(answer).map(({ httpStatusCode, body }) => [httpStatusCode, body[0]?.errorCode])).toEqual([
    [404, 'NOT_FOUND'],
    [200, undefined],
    [404, 'NOT_FOUND'],
    [404, 'NOT_FOUND'],
    [400, 'INVALID_FIELD'],
  ])
})

test('parts that write are carried out in their order', async () => {
  const compositeRequest = [
    { method: 'POST', url: `${DATA}/sobjects/Account`, referenceId: 'made', body: { Name: 'Acme' } },
    { method: 'GET', url: count('Account'), referenceId: 'counted' },
  ]
  const [made, counted] = parts(await client.send('POST', '/composite', { compositeRequest }))
  expect(made).toMatchObject({ httpStatusCode: 201, body: { success: true } })
  expect(counted.body.totalSize).toBe(1)
})

test.each([
  ['26 parts', () => send(Array.from({ length: 26 }, () => `${DATA}/sobjects`))],
  ['6 queries', () => send(Array.from({ length: 6 }, () => count('Account')))],
  ['no part', () => send([])],
  ['allOrNone', () => send([count('Account')], { allOrNone: true })],
  [
    'one name twice',
    () => send([], { compositeRequest: [1, 2].map(() => ({ method: 'GET', url: count('Lead'), referenceId: 'one' })) }),
  ],
])('a request with %s is refused as a whole', async (_, ask) => {
  expect((await ask()).status).toBe(400)
})

test('faults hit a part as what it is: an error in its place, a cut connection the whole answer', async () => {
  const { faults } = client.sandbox.engine
  faults.add([{ operation: 'salesforce.describe', nth: 1, action: 'error', with: { code: 'UNKNOWN_EXCEPTION' } }])
  const urls = [`${DATA}/sobjects/Account/describe`, count('Account')]
  expect(parts(await send(urls)).map(({ httpStatusCode }) => httpStatusCode)).toEqual([500, 200])
  faults.add([{ operation: 'salesforce.query', nth: 1, action: 'cut-before' }])
  await expect(send(urls)).rejects.toThrow()
  faults.add([{ operation: 'salesforce.composite', nth: 1, action: 'html', with: { status: 502 } }])
  expect((await send(urls)).status).toBe(502)
})

test('in the pessimistic reading what changed is not told as a part', async () => {
  await using other = await SalesforceClient.open({ reading: 'pessimistic' })
  const url = `${DATA}/sobjects/Account/updated/?${window}`
  const compositeRequest = [{ method: 'GET', url, referenceId: 'one' }]
  const { body } = await other.send('POST', '/composite', { compositeRequest })
  expect(body.compositeResponse[0].httpStatusCode).toBe(404)
})

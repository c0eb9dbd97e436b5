import { describe, expect, test } from 'vitest'
import { updateRecord } from '../../../src/sandbox/salesforce/records.ts'
import type { Page, ReadRequest } from '../../../src/source/source.ts'
import { addAccounts, addFault, count, cursorOf, MINUTE, open, pagesOf, requestsOf } from './simulated-org.ts'

const OBJECTS = ['Account', 'Contact', 'Lead']
const request = (object: string, after: ReadRequest['after'] = null): ReadRequest => ({
  object,
  fields: ['Name'],
  where: null,
  after,
})
const sharedOf = (pages: readonly Page[]) => pages.reduce((sum, page) => sum + (page.sharedRequests ?? 0), 0)

describe('an estimate', () => {
  test('of reads of changes is what they take when few records changed, and makes no request more', async () => {
    await using opened = await open({ bulk: { fromRecords: 1000 } })
    const [id = ''] = addAccounts(opened, 2)
    const requests: ReadRequest[] = []
    for (const object of OBJECTS)
      requests.push(request(object, cursorOf(await pagesOf(opened.source, request(object)))))
    updateRecord(opened.sandbox.org, 'Account', id, { Name: 'New' })
    opened.sandbox.engine.clock.advance(3 * MINUTE)
    opened.asked.length = 0
    const source = opened.again()
    expect(source.quota()).toBeNull()
    // What changed for each object, the beginnings of all three together, and a token.
    expect(await source.estimate(requests)).toEqual({ requests: 5, uncounted: [] })
    expect(source.quota()).toMatchObject({ used: expect.any(Number), limit: expect.any(Number) })
    const pages: Page[] = []
    for (const one of requests) pages.push(...(await pagesOf(source, one)))
    expect(opened.asked).toHaveLength(5)
    expect(requestsOf(pages) + sharedOf(pages)).toBe(5)
  })

  test('names the objects that are read whole: what they take is not known before', async () => {
    await using opened = await open()
    addAccounts(opened, 2)
    const after = cursorOf(await pagesOf(opened.source, request('Account')))
    const other = { ...request('Account', after), fields: ['Name', 'Website'] }
    const estimate = (one: ReadRequest) => opened.source.estimate([one])
    expect(await estimate(request('Account'))).toEqual({ requests: 0, uncounted: ['Account'] })
    expect(await estimate(other)).toEqual({ requests: 0, uncounted: ['Account'] })
    opened.sandbox.engine.clock.advance(16 * 24 * 60 * MINUTE)
    // By the clock that the describe tells.
    expect(await estimate(request('Account', after))).toMatchObject({ uncounted: ['Account'] })
  })

  test('of what cannot be described is made all the same: the read tells what is wrong, without asking again', async () => {
    await using opened = await open()
    addFault(opened, 'describe', { action: 'error', with: { code: 'INSUFFICIENT_ACCESS' } })
    expect(await opened.source.estimate([request('Account')])).toMatchObject({ uncounted: ['Account'] })
    await expect(pagesOf(opened.source, request('Account'))).rejects.toMatchObject({
      code: 'salesforce-access-refused',
    })
    expect(count(opened, /describe/)).toBe(1)
  })
})

test('a sync after no change takes at most three requests for each object, and three for the org', async () => {
  await using opened = await open({}, { accounts: 30 })
  const needs = {
    Account: ['Name', 'Owner.Email'],
    Opportunity: ['Name', 'Account.Name', 'Owner.Name'],
    OpportunityHistory: ['StageName'],
    Lead: ['Company', 'Owner.Name'],
    Contact: ['LastName', 'Account.Name'],
    User: ['Name', 'Email'],
  }
  const after = new Map<string, ReadRequest['after']>()
  for (const [object, fields] of Object.entries(needs)) {
    after.set(object, cursorOf(await pagesOf(opened.source, { object, fields })))
  }
  opened.sandbox.engine.clock.advance(10 * MINUTE)
  const source = opened.again()
  opened.asked.length = 0
  let shared = 0
  for (const [object, fields] of Object.entries(needs)) {
    const pages = await pagesOf(source, { object, fields, after: after.get(object) ?? null })
    expect(
      pages.flatMap((page) => page.records),
      object,
    ).toEqual([])
    expect(requestsOf(pages), object).toBeLessThanOrEqual(3)
    shared += sharedOf(pages)
  }
  expect(shared).toBeLessThanOrEqual(3)
  expect(opened.asked.length).toBeLessThanOrEqual(3 * Object.keys(needs).length + 3)
})

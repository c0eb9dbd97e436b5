import { describe, expect, test } from 'vitest'
import { deleteRecord, updateRecord } from '../../../src/sandbox/salesforce/records.ts'
import type { Cursor, Page, ReadRequest, Source } from '../../../src/source/source.ts'
import {
  addAccounts,
  addFault,
  count,
  cursorOf,
  idsOf,
  jobsMade,
  MINUTE,
  type Opened,
  open,
  pagesOf,
  requestsOf,
  said,
} from './simulated-org.ts'

const OBJECTS = ['Account', 'Contact', 'Lead', 'Opportunity', 'User', 'Case', 'OpportunityHistory']
const request = (object: string, after: Cursor | null = null): ReadRequest => ({
  object,
  fields: ['Id'],
  where: null,
  after,
})

/** As a sync does it: describes the object, then reads it. What describing asked counts as the read's. */
async function describedAndRead(source: Source, { object, fields, where, after }: ReadRequest) {
  const { requests, sharedRequests } = await source.describe({ object, fields, reads: { where, after } })
  const pages = await pagesOf(source, { object, fields, where, after })
  const shared = pages.reduce((sum, page) => sum + (page.sharedRequests ?? 0), sharedRequests)
  return { pages, requests: requests + requestsOf(pages), shared }
}

/** Everything read once, a while ago; a new process comes next. */
async function readOnce(opened: Opened, objects: readonly string[]): Promise<ReadRequest[]> {
  const requests: ReadRequest[] = []
  for (const object of objects) requests.push(request(object, cursorOf(await pagesOf(opened.source, request(object)))))
  opened.sandbox.engine.clock.advance(10 * MINUTE)
  opened.asked.length = 0
  return requests
}

async function whole(opened: Opened, more: Partial<ReadRequest> = {}): Promise<{ pages: Page[]; requests: number }> {
  return describedAndRead(opened.again(), { ...request('Account'), ...more })
}

describe('what reads begin with is asked for together', () => {
  test('a sync of seven objects after no change takes one request for each, one for the org, and a token', async () => {
    await using opened = await open({ bulk: { fromRecords: 1000 } }, { accounts: 10 })
    opened.sandbox.engine.limits.set('salesforce.queryPageRows', 2000)
    const requests = await readOnce(opened, OBJECTS)
    const source = opened.again()
    expect(await source.estimate(requests)).toEqual({ requests: 9, uncounted: [] })
    let shared = 0
    for (const one of requests) {
      const read = await describedAndRead(source, one)
      expect(idsOf(read.pages), one.object).toEqual([])
      expect(read.requests, one.object).toBe(1)
      shared += read.shared
    }
    expect(shared).toBe(2)
    expect(opened.asked).toHaveLength(9)
    expect(count(opened, /^POST composite$/)).toBe(1)
  })

  test('changes and deletions come as they would one by one', async () => {
    await using opened = await open({ bulk: { fromRecords: 1000 } })
    const { org, engine } = opened.sandbox
    const [changed = '', deleted = ''] = addAccounts(opened, 5)
    const [after] = await readOnce(opened, ['Account'])
    updateRecord(org, 'Account', changed, { Name: 'New' })
    deleteRecord(org, 'Account', deleted)
    engine.clock.advance(3 * MINUTE)
    const { pages, requests } = await whole(opened, after)
    expect(pages.flatMap((page) => page.records)).toMatchObject([
      { kind: 'present', id: changed },
      { kind: 'deleted', id: deleted },
    ])
    expect(requests).toBe(2)
  })

  test('what was deleted after that was told is told by the next read', async () => {
    await using opened = await open({ bulk: { fromRecords: 1000 } })
    const { org, engine } = opened.sandbox
    // Where deleting moves no stamp, /deleted alone tells.
    engine.limits.set('salesforce.deletionMovesStamp', 0)
    const [id = ''] = addAccounts(opened, 2)
    const [after] = await readOnce(opened, ['Account'])
    const source = opened.again()
    await source.estimate([after as ReadRequest])
    engine.clock.advance(MINUTE)
    deleteRecord(org, 'Account', id)
    engine.clock.advance(MINUTE)
    const first = await describedAndRead(source, after as ReadRequest)
    expect(idsOf(first.pages)).toEqual([])
    engine.clock.advance(3 * MINUTE)
    const second = await whole(opened, { after: cursorOf(first.pages) })
    expect(idsOf(second.pages)).toEqual([id])
  })

  test('records that were counted as many are read in bulk, without a page over REST', async () => {
    await using opened = await open()
    const ids = addAccounts(opened, 10)
    const { pages, requests } = await whole(opened)
    expect(idsOf(pages)).toEqual(ids.toSorted())
    // Count, creation, three results pages, a question whether the job is done, deletion.
    expect(opened.asked.filter((line) => !/token/.test(line))).toEqual([
      'POST composite',
      'POST jobs/query',
      'GET job',
      'GET results',
      expect.stringMatching(/^GET results of/),
      expect.stringMatching(/^GET results of/),
      'DELETE job',
    ])
    expect(requests).toBe(7)
    expect(jobsMade(opened)).toBe(1)
  })

  test('records that were counted as few are read over REST; a count that fails is no harm', async () => {
    await using opened = await open()
    const ids = addAccounts(opened, 4)
    opened.sandbox.engine.limits.set('salesforce.queryPageRows', 2000)
    const few = await whole(opened)
    expect(idsOf(few.pages)).toEqual(ids.toSorted())
    expect(few.requests).toBe(2)
    addFault(opened, 'query', { action: 'error', nth: 1, with: { code: 'QUERY_TIMEOUT' } })
    const uncounted = await whole(opened)
    expect(idsOf(uncounted.pages)).toEqual(ids.toSorted())
    expect(jobsMade(opened)).toBe(0)
  })

  test('the condition of the mapping is counted by', async () => {
    await using opened = await open()
    addAccounts(opened, 10)
    const { pages } = await whole(opened, { where: "Name = 'Account 1'" })
    expect(idsOf(pages)).toHaveLength(1)
    expect(jobsMade(opened)).toBe(0)
  })
})

describe('what is not told together is asked for alone:', () => {
  test('deletions, where an org does not tell of them in company', async () => {
    await using opened = await open({ bulk: { fromRecords: 1000 } }, { reading: 'pessimistic' })
    const [id = ''] = addAccounts(opened, 3)
    const [after] = await readOnce(opened, ['Account'])
    deleteRecord(opened.sandbox.org, 'Account', id)
    opened.sandbox.engine.clock.advance(5 * MINUTE)
    const { pages, requests } = await whole(opened, after)
    expect(idsOf(pages)).toEqual([id])
    // Together, deletions, changes, and who was merged.
    expect(requests).toBe(4)
  })

  test.each([
    ['is refused', { action: 'error', with: { code: 'FUNCTIONALITY_NOT_ENABLED' } }],
    ['is not known', { action: 'error', with: { code: 'NOT_FOUND' } }],
    ['breaks off', { action: 'cut-after' }],
    ['ends in the middle', { action: 'truncate' }],
    ['fails in Salesforce', { action: 'error', with: { code: 'UNKNOWN_EXCEPTION' } }],
    ['is answered by an edge', { action: 'html', with: { status: 502 } }],
  ] as const)('all of it, where the request %s; for an hour nothing is asked together', async (_, fault) => {
    await using opened = await open({ bulk: { fromRecords: 1000 } })
    const ids = addAccounts(opened, 3)
    addFault(opened, 'composite', fault)
    const source = opened.again()
    const first = await describedAndRead(source, request('Account'))
    expect(idsOf(first.pages)).toEqual(ids.toSorted())
    // Once in vain; then what it is, what is covered, and the records.
    expect(first.requests).toBe(4)
    opened.sandbox.engine.clock.advance(15 * MINUTE)
    const next = request('Account', cursorOf(first.pages))
    expect((await describedAndRead(source, next)).requests).toBe(3)
    expect(count(opened, /composite/)).toBe(1)
    opened.sandbox.engine.faults.clear()
    opened.sandbox.engine.clock.advance(60 * MINUTE)
    expect((await describedAndRead(source, next)).requests).toBe(2)
    expect(said(opened)).toContain('not told together; asking one by one')
  })

  test('an object that is not there, with the fault of its own', async () => {
    await using opened = await open()
    const source = opened.again()
    const need = { object: 'Nothing__c', fields: ['Id'], reads: { where: null, after: null } }
    await expect(source.describe(need)).rejects.toMatchObject({ code: 'salesforce-object-hidden' })
    // The others of its request are told all the same.
    addAccounts(opened, 1)
    const [after] = await readOnce(opened, ['Account'])
    const other = opened.again()
    await other.estimate([{ ...request('Nothing__c') }, after as ReadRequest])
    expect((await describedAndRead(other, after as ReadRequest)).requests).toBe(1)
  })
})

describe('what says wait, or no more, holds for what is asked for alone, too:', () => {
  test('a wait', async () => {
    await using opened = await open({ bulk: { fromRecords: 1000 } })
    addAccounts(opened, 2)
    addFault(opened, 'composite', { action: 'status', with: { status: 503, retryAfter: 60 } })
    const before = opened.sandbox.engine.clock.now()
    await whole(opened)
    expect(opened.sandbox.engine.clock.now() - before).toBeGreaterThanOrEqual(60_000)
    expect(opened.asked).toEqual(['POST oauth2/token', 'POST composite', 'GET describe', 'GET updated/', 'GET query'])
  })

  test('a day without requests: nothing is asked', async () => {
    await using opened = await open()
    addFault(opened, 'composite', { action: 'error', with: { code: 'REQUEST_LIMIT_EXCEEDED' } })
    await expect(whole(opened)).rejects.toMatchObject({ code: 'salesforce-request-limit' })
    expect(opened.asked).toEqual(['POST oauth2/token', 'POST composite'])
  })

  test('a session that ended is renewed once', async () => {
    await using opened = await open({ bulk: { fromRecords: 1000 } })
    const ids = addAccounts(opened, 2)
    addFault(opened, 'composite', { action: 'error', nth: 1, with: { code: 'INVALID_SESSION_ID' } })
    const { pages } = await whole(opened)
    expect(idsOf(pages)).toEqual(ids.toSorted())
    expect(opened.asked).toEqual([
      'POST oauth2/token',
      'POST composite',
      'POST oauth2/token',
      'POST composite',
      'GET query',
    ])
  })

  test('a session that is refused for good', async () => {
    await using opened = await open()
    addFault(opened, 'composite', { action: 'error', with: { code: 'INVALID_SESSION_ID' } })
    await expect(whole(opened)).rejects.toMatchObject({ code: 'salesforce-session-refused' })
    expect(count(opened, /describe/)).toBe(0)
  })
})

describe('where the clock of the server is not known yet, since no token was asked for,', () => {
  test.each([
    ['is right', 0, 2],
    ['is 30 seconds ahead', 30_000, 2],
    ['is 5 minutes behind', -5 * MINUTE, 2],
    ['is 5 minutes ahead', 5 * MINUTE, 3],
    ['is a day ahead', 24 * 60 * MINUTE, 3],
    ['is a day behind', -24 * 60 * MINUTE, 3],
  ])('and ours %s, nothing is bounded by ours', async (_, ahead, requests) => {
    await using opened = await open({ bulk: { fromRecords: 1000 } })
    const [deleted = ''] = addAccounts(opened, 3)
    const after = cursorOf(await pagesOf(opened.source, request('Account')))
    deleteRecord(opened.sandbox.org, 'Account', deleted)
    const { clock } = opened.sandbox.engine
    clock.advance(3 * MINUTE)
    const token = await tokenOf(opened)
    const source = opened.again({ credentials: token, clock: { ...virtual(opened), now: () => clock.now() + ahead } })
    const read = await describedAndRead(source, request('Account', after))
    expect(idsOf(read.pages)).toEqual([deleted])
    expect(read.requests).toBe(requests)
    const { covered } = JSON.parse(String(cursorOf(read.pages))) as { covered: string }
    expect(Date.parse(covered)).toBeLessThanOrEqual(clock.now())
  })
})

function virtual({ sandbox }: Opened) {
  return { sleep: async (ms: number) => sandbox.engine.clock.advance(ms) }
}

async function tokenOf({ sandbox }: Opened) {
  const { SALESFORCE_LOGIN_URL: url = '', SALESFORCE_CLIENT_ID, SALESFORCE_CLIENT_SECRET } = sandbox.env
  const form = { client_id: SALESFORCE_CLIENT_ID ?? '', client_secret: SALESFORCE_CLIENT_SECRET ?? '' }
  const body = new URLSearchParams({ grant_type: 'client_credentials', ...form })
  const told = await (await fetch(`${url}/services/oauth2/token`, { method: 'POST', body })).json()
  return { flow: 'token', accessToken: told.access_token, instanceUrl: told.instance_url } as const
}

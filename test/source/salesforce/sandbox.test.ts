import { describe, expect, test } from 'vitest'
import type { Clock } from '../../../src/platform/clock.ts'
import { createHttpClient } from '../../../src/platform/http.ts'
import { silentLog } from '../../../src/platform/log.ts'
import {
  createRecord,
  deleteRecord,
  mergeRecords,
  undeleteRecord,
  updateRecord,
} from '../../../src/sandbox/salesforce/records.ts'
import { type Sandbox, type SandboxOptions, startSandbox } from '../../../src/sandbox/sandbox.ts'
import {
  createSalesforceSource,
  type SalesforceSourceOptions,
} from '../../../src/source/salesforce/salesforce-source.ts'
import type { Cursor, Page, Source, SourceRecord } from '../../../src/source/source.ts'
import { sourceContract } from '../../contract/source-contract.ts'

const PAGE_SIZE = 3
const NOW = Date.UTC(2026, 10, 22, 10)

async function open(options: SandboxOptions = {}, more: Partial<SalesforceSourceOptions> = {}) {
  const sandbox = await startSandbox({ accounts: 0, now: NOW, ...options })
  sandbox.engine.limits.set('salesforce.queryPageRows', PAGE_SIZE)
  return { sandbox, source: sourceOf(sandbox, more), [Symbol.asyncDispose]: () => sandbox.close() }
}

/** A source as a new process would make it. */
function sourceOf(sandbox: Sandbox, more: Partial<SalesforceSourceOptions> = {}): Source {
  const { SALESFORCE_LOGIN_URL = '', SALESFORCE_CLIENT_ID = '', SALESFORCE_CLIENT_SECRET = '' } = sandbox.env
  return createSalesforceSource({
    name: 'salesforce',
    credentials: {
      flow: 'client-credentials',
      clientId: SALESFORCE_CLIENT_ID,
      clientSecret: SALESFORCE_CLIENT_SECRET,
    },
    loginUrl: SALESFORCE_LOGIN_URL,
    http: createHttpClient({
      totalTimeoutMs: 5000,
      idleTimeoutMs: 5000,
      redact: (text) => text,
      log: silentLog,
      userAgent: 'boardsync-test',
    }),
    clock: clockOf(sandbox),
    log: silentLog,
    random: () => 0,
    ...more,
  })
}

/** Time passes for source and org alike; waiting passes it at once. */
function clockOf({ engine }: Sandbox): Clock {
  return {
    now: () => engine.clock.now(),
    sleep: async (ms, options) => {
      options?.signal?.throwIfAborted()
      engine.clock.advance(ms)
    },
  }
}

for (const reading of ['optimistic', 'pessimistic'] as const) {
  sourceContract(`SalesforceSource with a sandbox of ${reading} limits`, async () => {
    const { sandbox, source } = await open({ reading })
    const ids = new Map<string, string>()
    return {
      source,
      object: 'Contact',
      fields: ['LastName', 'Title'],
      pageSize: PAGE_SIZE,
      put: async (records) => {
        for (const [key, [LastName, Title]] of Object.entries(records)) {
          const id = ids.get(key)
          if (id === undefined) ids.set(key, createRecord(sandbox.org, 'Contact', { LastName, Title }))
          else updateRecord(sandbox.org, 'Contact', id, { LastName, Title })
        }
        passTime(sandbox)
      },
      remove: async (key) => {
        deleteRecord(sandbox.org, 'Contact', ids.get(key) ?? '')
        passTime(sandbox)
      },
      held: () => 0,
      [Symbol.asyncDispose]: () => sandbox.close(),
    }
  })
}

/** Long enough for every change to be covered, in either reading. */
function passTime(sandbox: Sandbox): void {
  sandbox.engine.clock.advance(3 * 60_000)
}

type Opened = Awaited<ReturnType<typeof open>>

async function pagesOf({ source }: Opened, after: Cursor | null = null, where: string | null = null): Promise<Page[]> {
  const pages: Page[] = []
  for await (const page of source.read({
    object: 'Account',
    fields: ['Name', 'AnnualRevenue', 'Owner.Email'],
    where,
    after,
  })) {
    pages.push(page)
  }
  return pages
}

const recordsOf = (pages: readonly Page[]): SourceRecord[] => pages.flatMap((page) => page.records)
const cursorOf = (pages: readonly Page[]): Cursor | null => pages.at(-1)?.cursor ?? null
const kinds = (pages: readonly Page[]) => recordsOf(pages).map((record) => [record.kind, record.id])

function addAccounts({ sandbox }: Opened, count: number): string[] {
  return Array.from({ length: count }, (_, i) =>
    createRecord(sandbox.org, 'Account', { Name: `Account ${i}`, AnnualRevenue: i * 1e7 }),
  )
}

describe('the Salesforce source against a simulated org', () => {
  test('reads records in canonical form, parents included', async () => {
    await using opened = await open()
    const [id] = addAccounts(opened, 2)
    const [first] = recordsOf(await pagesOf(opened))
    expect(first).toMatchObject({
      kind: 'present',
      id,
      changedAt: '2026-11-22T10:00:00.000Z',
      fields: { Name: 'Account 0', AnnualRevenue: '0', 'Owner.Email': expect.stringContaining('@') },
    })
  })

  test('one change is read in three requests, and one for the parent that is shared by all objects', async () => {
    await using opened = await open()
    const [id = ''] = addAccounts(opened, 5)
    passTime(opened.sandbox)
    const first = await pagesOf(opened)
    updateRecord(opened.sandbox.org, 'Account', id, { Name: 'New name' })
    passTime(opened.sandbox)
    const second = await pagesOf(opened, cursorOf(first))
    expect(recordsOf(second)).toMatchObject([{ kind: 'present', id, fields: { Name: 'New name' } }])
    // A describe of Account and one of User, what was deleted, what changed.
    expect(second.map((page) => page.requests)).toEqual([3])
    expect(second.map((page) => page.sharedRequests)).toEqual([1])
  })

  for (const reading of ['optimistic', 'pessimistic'] as const) {
    test(`deletes, merges and undeletes arrive (${reading})`, async () => {
      await using opened = await open({ reading })
      const { org } = opened.sandbox
      const [gone = '', back = '', master = '', loser = ''] = addAccounts(opened, 4)
      passTime(opened.sandbox)
      let pages = await pagesOf(opened)
      deleteRecord(org, 'Account', gone)
      deleteRecord(org, 'Account', back)
      mergeRecords(org, 'Account', master, loser)
      passTime(opened.sandbox)
      pages = await pagesOf(opened, cursorOf(pages))
      expect(new Map(recordsOf(pages).map((record) => [record.id, record.kind]))).toEqual(
        new Map([
          [gone, 'deleted'],
          [back, 'deleted'],
          [loser, 'deleted'],
          [master, 'present'],
        ]),
      )
      undeleteRecord(org, 'Account', back)
      // Where undeleting keeps the stamp, a change brings it.
      updateRecord(org, 'Account', back, { Name: 'Back' })
      passTime(opened.sandbox)
      pages = await pagesOf(opened, cursorOf(pages))
      expect(kinds(pages)).toEqual([['present', back]])
    })
  }

  for (const reading of ['optimistic', 'pessimistic'] as const) {
    test(`a merged record names the one that survived (${reading})`, async () => {
      await using opened = await open({ reading })
      const [master = '', loser = ''] = addAccounts(opened, 2)
      passTime(opened.sandbox)
      const first = await pagesOf(opened)
      passTime(opened.sandbox)
      mergeRecords(opened.sandbox.org, 'Account', master, loser)
      passTime(opened.sandbox)
      expect(recordsOf(await pagesOf(opened, cursorOf(first)))).toContainEqual(
        expect.objectContaining({ kind: 'deleted', id: loser, mergedInto: master }),
      )
    })
  }

  test('a read of everything tells of merges, where records are held from an earlier read', async () => {
    await using opened = await open()
    const { org } = opened.sandbox
    const [master = '', ...others] = addAccounts(opened, 9)
    for (const loser of others.slice(0, 5)) mergeRecords(org, 'Account', master, loser)
    deleteRecord(org, 'Account', others[5] ?? '')
    passTime(opened.sandbox)
    const request = { object: 'Account', fields: ['Name'], where: null, after: null }
    const told: SourceRecord[] = []
    for await (const page of opened.source.read({ ...request, heldBefore: true })) {
      expect(page.snapshot).toBe(true)
      told.push(...page.records)
    }
    const merged = told.flatMap((record) => (record.kind === 'deleted' ? [[record.id, record.mergedInto]] : []))
    expect(merged.sort()).toEqual(others.slice(0, 5).map((loser) => [loser, master]))
    expect(told.filter(({ kind }) => kind === 'present').map(({ id }) => id)).toHaveLength(3)
    expect(recordsOf(await pagesOf(opened)).filter(({ kind }) => kind === 'deleted')).toEqual([])
  })

  test('a record that no longer meets the condition is gone, and comes back when it does again', async () => {
    await using opened = await open()
    const where = 'AnnualRevenue > 5000000'
    const [, id = ''] = addAccounts(opened, 3)
    passTime(opened.sandbox)
    let pages = await pagesOf(opened, null, where)
    expect(recordsOf(pages)).toHaveLength(2)
    updateRecord(opened.sandbox.org, 'Account', id, { AnnualRevenue: 1 })
    passTime(opened.sandbox)
    pages = await pagesOf(opened, cursorOf(pages), where)
    expect(kinds(pages)).toEqual([['deleted', id]])
    updateRecord(opened.sandbox.org, 'Account', id, { AnnualRevenue: 1e7 })
    passTime(opened.sandbox)
    pages = await pagesOf(opened, cursorOf(pages), where)
    expect(kinds(pages)).toEqual([['present', id]])
  })

  const faults = [
    { action: 'cut-before' },
    { action: 'cut-after' },
    { action: 'truncate', with: { bytes: 120 } },
    { action: 'html', with: { status: 502 } },
    { action: 'status', with: { status: 503, retryAfter: 2 } },
    { action: 'error', with: { code: 'INVALID_SESSION_ID' } },
    { action: 'error', with: { code: 'INVALID_QUERY_LOCATOR' } },
  ] as const
  for (const fault of faults) {
    test(`no record is missing or comes twice when a page meets ${JSON.stringify(fault)}`, async () => {
      await using opened = await open()
      const ids = addAccounts(opened, 10)
      for (const nth of [2, 4]) opened.sandbox.engine.faults.add([{ operation: 'salesforce.query*', nth, ...fault }])
      const read = recordsOf(await pagesOf(opened)).map((record) => record.id)
      expect(read).toEqual(ids)
    })
  }

  test('stops when the share of the quota is used, and goes on from there the next day', async () => {
    await using opened = await open({}, { quotaShare: 0.5 })
    opened.sandbox.engine.limits.set('salesforce.callsPerDay', 8)
    const ids = addAccounts(opened, 10)
    const read: string[] = []
    let cursor: Cursor | null = null
    const reading = (async () => {
      for await (const page of opened.source.read({ object: 'Account', fields: ['Name'], where: null, after: null })) {
        read.push(...page.records.map((record) => record.id))
        cursor = page.cursor
      }
    })()
    await expect(reading).rejects.toMatchObject({ code: 'salesforce-quota-share-used', exit: 75 })
    expect(read).toEqual(ids.slice(0, read.length))
    expect(read.length).toBeGreaterThan(0)
    opened.sandbox.engine.limits.set('salesforce.callsPerDay', 1000)
    opened.sandbox.engine.clock.advance(24 * 3_600_000)
    for await (const page of sourceOf(opened.sandbox).read({
      object: 'Account',
      fields: ['Name'],
      where: null,
      after: cursor,
    })) {
      read.push(...page.records.map((record) => record.id))
    }
    expect(read).toEqual(ids)
  })

  test('a check of the example company finds every object of the shipped mapping readable', async () => {
    await using opened = await open({ accounts: 100 })
    const problems = await opened.source.check([
      { object: 'Account', fields: ['Name', 'Website', 'Owner.Email'] },
      { object: 'Opportunity', fields: ['Name', 'Amount', 'StageName', 'CloseDate', 'AccountId'] },
      { object: 'OpportunityHistory', fields: ['OpportunityId', 'StageName', 'CreatedDate'] },
      { object: 'Lead', fields: ['Company', 'Status', 'IsConverted'] },
      { object: 'Contact', fields: ['LastName'] },
      { object: 'User', fields: ['Name', 'Email', 'IsActive'] },
    ])
    expect(problems.filter((problem) => problem.level === 'error')).toEqual([])
  })
})

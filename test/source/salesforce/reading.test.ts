import nock from 'nock'
import { afterEach, describe, expect, test } from 'vitest'
import type { Cursor, Page } from '../../../src/source/source.ts'
import {
  answerDeleted,
  answerDescribe,
  answerToken,
  answerUpdated,
  changesFrom,
  DATA,
  DATE,
  FIELDS,
  idsOf,
  lead,
  leadId,
  page,
  pagesOf,
  query,
  REQUEST,
  scriptedOrg,
  stampOf,
} from './scripted-org.ts'

afterEach(() => {
  const left = nock.pendingMocks()
  nock.cleanAll()
  expect(left, 'requests that were expected and not made').toEqual([])
})

/** An org ready to be read: token, describe and what is covered. */
function readyOrg(options: Parameters<typeof scriptedOrg>[0] = {}) {
  const scripted = scriptedOrg(options)
  answerToken(scripted.org)
  answerDescribe(scripted.org)
  answerUpdated(scripted.org)
  return scripted
}

/** The same, for a read of changes. */
function changedOrg(options: Parameters<typeof scriptedOrg>[0] = {}) {
  const scripted = scriptedOrg(options)
  answerToken(scripted.org)
  answerDescribe(scripted.org)
  answerDeleted(scripted.org)
  return scripted
}

/** What `/deleted` leaves open: which of the deleted records were merged. */
const OF_MERGES =
  /^SELECT Id,MasterRecordId FROM Lead WHERE \(IsDeleted = true AND MasterRecordId != null\) AND Id IN \(/

const cursorAt = (pages: readonly Page[], i: number): Cursor => {
  const cursor = pages[i]?.cursor
  if (cursor === undefined) throw new Error(`there is no page ${i}`)
  return cursor
}

describe('a first read', () => {
  test('hands over everything as a snapshot, deleted records left out, and counts every request', async () => {
    const { source, org } = readyOrg()
    query(org, /^SELECT Id,SystemModstamp,Name FROM Lead ORDER BY SystemModstamp,Id$/).reply(
      200,
      page([lead(1), lead(2)], 'L-2', 3),
    )
    org.get(`${DATA}/query/L-2`).reply(200, page([lead(3)], null, 3))
    const pages = await pagesOf(source)
    expect(idsOf(pages)).toEqual([leadId(1), leadId(2), leadId(3)])
    expect(pages.map((one) => [one.snapshot, one.requests, one.sharedRequests])).toEqual([
      [true, 3, 1],
      [true, 1, undefined],
    ])
  })

  test('passes the condition on', async () => {
    const { source, org } = readyOrg()
    query(org, /FROM Lead WHERE \(Rating = 'Hot' OR Rating = null\) ORDER BY/).reply(200, page([lead(1)]))
    expect(idsOf(await pagesOf(source, { where: "Rating = 'Hot' OR Rating = null" }))).toEqual([leadId(1)])
  })

  test('of an object that holds nothing gives one empty page of a snapshot', async () => {
    const { source, org } = readyOrg()
    query(org).reply(200, page([]))
    const pages = await pagesOf(source)
    expect(pages.map((one) => [one.records.length, one.snapshot])).toEqual([[0, true]])
  })

  test('is taken up after the last record handed over, also among records of one stamp', async () => {
    const { source, org } = readyOrg()
    query(org).reply(200, page([lead(1), lead(2)], 'L-2', 3))
    const reading = source.read(REQUEST)[Symbol.asyncIterator]()
    const first = await reading.next()
    await reading.return?.()
    const after = first.done ? null : first.value.cursor

    const again = scriptedOrg()
    answerToken(again.org)
    answerDescribe(again.org)
    const stamp = stampOf(2).replace('+0000', 'Z')
    query(
      again.org,
      new RegExp(`WHERE \\(\\(SystemModstamp = ${stamp} AND Id > '${leadId(2)}'\\) OR SystemModstamp > ${stamp}\\)`),
    ).reply(200, page([lead(3)]))
    const pages = await pagesOf(again.source, { after })
    expect(idsOf(pages)).toEqual([leadId(3)])
    expect(pages.every((one) => one.snapshot)).toBe(true)
  })

  test('goes on for changes where all changes were there to be read when it began, not where it ended', async () => {
    const { source, org } = readyOrg()
    query(org).reply(200, page([lead(1, { SystemModstamp: '2026-11-22T10:00:20.000+0000' })]))
    const pages = await pagesOf(source)
    answerDeleted(org)
    query(org, /WHERE SystemModstamp >= 2026-11-22T10:00:00\.000Z ORDER/, 'queryAll').reply(200, page([]))
    await pagesOf(source, { after: cursorAt(pages, 0) })
  })
})

describe('a read of changes', () => {
  const after = changesFrom('2026-11-21T00:00:00.000Z')

  test('with no change takes three requests of an object that was not described yet, two of one that was', async () => {
    const { source, org } = changedOrg()
    query(org, /SystemModstamp >= 2026-11-21T00:00:00\.000Z/, 'queryAll').reply(200, page([]))
    const [first] = await pagesOf(source, { after })
    // The token serves all objects and is counted apart.
    expect(first).toMatchObject({ records: [], snapshot: false, requests: 3, sharedRequests: 1 })
    answerDeleted(org)
    query(org, null, 'queryAll').reply(200, page([]))
    const [second] = await pagesOf(source, { after: first?.cursor ?? null })
    expect(second).toMatchObject({ records: [], requests: 2 })
  })

  test('brings deleted records, merged ones with the record that survived, and undeleted ones', async () => {
    const { source, org } = changedOrg()
    query(org, /^SELECT Id,SystemModstamp,Name,IsDeleted,MasterRecordId FROM Lead WHERE/, 'queryAll').reply(
      200,
      page([
        lead(1, { IsDeleted: true, MasterRecordId: null }),
        lead(2, { IsDeleted: true, MasterRecordId: leadId(9) }),
        lead(3, { IsDeleted: false, MasterRecordId: null }),
      ]),
    )
    const [one] = await pagesOf(source, { after })
    expect(
      one?.records.map(({ kind, id, ...rest }) => [kind, id, 'mergedInto' in rest ? rest.mergedInto : null]),
    ).toEqual([
      ['deleted', leadId(1), null],
      ['deleted', leadId(2), leadId(9)],
      ['present', leadId(3), null],
    ])
  })

  test('brings what was deleted since, also what left the recycle bin or kept its stamp', async () => {
    const { source, org } = scriptedOrg()
    answerToken(org)
    answerDescribe(org, { keyPrefix: '00Q' })
    org
      .get(`${DATA}/sobjects/Lead/deleted/`)
      .query({ start: '2026-11-21T00:00:00.000Z', end: '2026-11-22T10:00:30.000Z' })
      .reply(200, {
        deletedRecords: [
          { id: leadId(1), deletedDate: '2026-11-21T05:00:00.000+0000' },
          { id: leadId(2), deletedDate: '2026-11-21T06:00:00.000+0000' },
          { id: '017000000000001EAA', deletedDate: '2026-11-21T07:00:00.000+0000' },
        ],
        latestDateCovered: '2026-11-22T10:00:00.000+0000',
      })
    query(org, /WHERE SystemModstamp/, 'queryAll').reply(200, page([lead(3)]))
    query(org, OF_MERGES, 'queryAll').reply(200, page([]))
    const [one] = await pagesOf(source, { after })
    expect(one?.records.map((record) => [record.kind, record.id, record.changedAt])).toEqual([
      ['deleted', leadId(1), '2026-11-21T05:00:00.000Z'],
      ['deleted', leadId(2), '2026-11-21T06:00:00.000Z'],
      ['present', leadId(3), stampOf(3).replace('+0000', 'Z')],
    ])
  })

  test('asks for the survivor of a deleted record that kept its stamp', async () => {
    const { source, org } = scriptedOrg()
    answerToken(org)
    answerDescribe(org)
    answerDeleted(org, [
      { id: leadId(1), deletedDate: '2026-11-21T05:00:00.000+0000' },
      { id: leadId(2), deletedDate: '2026-11-21T06:00:00.000+0000' },
    ])
    query(org, /WHERE SystemModstamp/, 'queryAll').reply(200, page([lead(3)]))
    query(org, OF_MERGES, 'queryAll').reply(200, page([lead(2, { MasterRecordId: leadId(3) })]))
    const [one] = await pagesOf(source, { after })
    expect(one?.records).toMatchObject([
      { kind: 'deleted', id: leadId(1) },
      { kind: 'deleted', id: leadId(2), mergedInto: leadId(3) },
      { kind: 'present', id: leadId(3) },
    ])
    expect(one?.records[0]).not.toHaveProperty('mergedInto')
  })

  test('leaves a record that was deleted and undeleted present', async () => {
    const { source, org } = scriptedOrg()
    answerToken(org)
    answerDescribe(org)
    answerDeleted(org, [
      // Before the last read ended: Salesforce cuts the seconds off what it is asked for.
      { id: leadId(1), deletedDate: '2026-11-20T23:59:59.000+0000' },
      { id: leadId(2), deletedDate: '2026-11-21T06:00:00.000+0000' },
    ])
    query(org, null, 'queryAll').reply(200, page([lead(2)]))
    const [one] = await pagesOf(source, { after })
    expect(one?.records.map((record) => [record.kind, record.id])).toEqual([['present', leadId(2)]])
  })

  test('hands over very many deletions in pages of their own, before the cursor moves', async () => {
    const { source, org } = scriptedOrg()
    answerToken(org)
    answerDescribe(org)
    answerDeleted(
      org,
      Array.from({ length: 4001 }, (_, i) => ({ id: leadId(i), deletedDate: '2026-11-21T06:00:00.000+0000' })),
    )
    query(org, /WHERE SystemModstamp/, 'queryAll').reply(200, page([]))
    query(org, OF_MERGES, 'queryAll').times(9).reply(200, page([]))
    const pages = await pagesOf(source, { after })
    expect(pages.map((one) => [one.records.length, one.requests, JSON.parse(one.cursor).from.stamp])).toEqual([
      [2000, 6, '2026-11-21T00:00:00.000Z'],
      [2000, 4, '2026-11-21T00:00:00.000Z'],
      [1, 2, '2026-11-22T10:00:00.000Z'],
    ])
  })

  test('of an object that has no recycle bin asks for none', async () => {
    const { source, org } = scriptedOrg()
    answerToken(org)
    answerDescribe(org, {
      fields: FIELDS.filter((field) => field['name'] !== 'IsDeleted' && field['name'] !== 'MasterRecordId'),
    })
    answerUpdated(org)
    query(org, /^SELECT Id,SystemModstamp,Name FROM Lead WHERE/).reply(200, page([]))
    await pagesOf(source, { after })
  })

  test('hands over what is not covered yet, and reads it again next time: a late commit is not missed', async () => {
    const { source, org } = changedOrg()
    const early = { SystemModstamp: '2026-11-22T09:59:00.000+0000' }
    const late = { SystemModstamp: '2026-11-22T10:00:10.000+0000' }
    query(org, null, 'queryAll').reply(200, page([lead(1, early), lead(2, late)]))
    const pages = await pagesOf(source, { after })
    expect(idsOf(pages)).toEqual([leadId(1), leadId(2)])
    // Meanwhile a transaction commits that took its stamp before the newest record's.
    answerDeleted(org, [], '2026-11-22T10:05:00.000+0000')
    const committed = { SystemModstamp: '2026-11-22T10:00:05.000+0000' }
    query(org, /SystemModstamp >= 2026-11-22T10:00:00\.000Z/, 'queryAll').reply(
      200,
      page([lead(3, committed), lead(2, late)]),
    )
    expect(idsOf(await pagesOf(source, { after: cursorAt(pages, 0) }))).toEqual([leadId(3), leadId(2)])
  })

  test('between pages, never moves the cursor past what is covered', async () => {
    const { source, org } = changedOrg()
    const at = (text: string) => ({ SystemModstamp: `2026-11-22T${text}.000+0000` })
    query(org, null, 'queryAll').reply(200, page([lead(1, at('09:59:00'))], 'L-1', 3))
    org.get(`${DATA}/query/L-1`).reply(200, page([lead(2, at('10:00:10'))], 'L-2', 3))
    org.get(`${DATA}/query/L-2`).reply(200, page([lead(3, at('10:00:20'))], null, 3))
    const pages = await pagesOf(source, { after })
    const froms = pages.map((one) => JSON.parse(one.cursor).from)
    expect(froms).toEqual([
      { stamp: '2026-11-22T09:59:00.000Z', id: leadId(1) },
      { stamp: '2026-11-22T10:00:00.000Z', id: null },
      { stamp: '2026-11-22T10:00:00.000Z', id: null },
    ])
  })

  test('asks for the last minutes by the clock of the server, not ours', async () => {
    const { source, org, clock } = scriptedOrg()
    clock.at = Date.parse('2030-01-01T00:00:00Z')
    answerToken(org)
    answerDescribe(org)
    org
      .get(`${DATA}/sobjects/Lead/updated/`)
      .query({ start: '2026-11-22T09:58:30.000Z', end: '2026-11-22T10:00:30.000Z' })
      .reply(200, { ids: [], latestDateCovered: '2026-11-22T10:00:00.000+0000' })
    query(org).reply(200, page([]))
    await pagesOf(source)
  })

  test('of an object that Salesforce does not replicate keeps ten minutes behind the clock of the server', async () => {
    const { source, org } = scriptedOrg()
    answerToken(org)
    answerDescribe(org, { replicateable: false })
    query(org, null, 'queryAll').reply(200, page([lead(1)]))
    const [one] = await pagesOf(source, { after })
    expect(JSON.parse(one?.cursor ?? '').from).toEqual({ stamp: '2026-11-22T09:50:30.000Z', id: null })
  })

  test.each([
    [400, 'INVALID_TYPE'],
    [403, 'FUNCTIONALITY_NOT_ENABLED'],
    [404, 'NOT_FOUND'],
  ])(
    'does so, too, where changes are refused of an object that is described as replicated (%i %s)',
    async (status, errorCode) => {
      const { source, org } = scriptedOrg()
      answerToken(org)
      answerDescribe(org)
      const refusal = [{ errorCode, message: 'not here' }]
      org.get(`${DATA}/sobjects/Lead/deleted/`).query(true).reply(status, refusal, { date: DATE })
      org.get(`${DATA}/sobjects/Lead/updated/`).query(true).reply(status, refusal, { date: DATE })
      query(org, null, 'queryAll').reply(200, page([lead(1)]))
      const [one] = await pagesOf(source, { after })
      expect(one?.records).toMatchObject([{ kind: 'present', id: leadId(1) }])
      expect(JSON.parse(one?.cursor ?? '').from).toEqual({ stamp: '2026-11-22T09:50:30.000Z', id: null })
    },
  )

  test('of history without SystemModstamp goes by CreatedDate', async () => {
    const { source, org } = scriptedOrg()
    answerToken(org)
    const fields = [
      { name: 'Id', type: 'id' },
      { name: 'Name', type: 'string' },
      { name: 'IsDeleted', type: 'boolean' },
      { name: 'CreatedDate', type: 'datetime' },
    ]
    answerDescribe(org, { fields, replicateable: false })
    query(org, /CreatedDate >= 2026-11-21T00:00:00\.000Z ORDER BY CreatedDate,Id/, 'queryAll').reply(
      200,
      page([{ Id: leadId(1), Name: 'x', IsDeleted: false, CreatedDate: '2026-11-21T01:00:00.000+0000' }]),
    )
    const [one] = await pagesOf(source, { after })
    expect(one?.records).toMatchObject([{ changedAt: '2026-11-21T01:00:00.000Z' }])
  })

  test('with a condition: a record that no longer meets it is gone, one that does is present', async () => {
    const { source, org } = changedOrg()
    const where = "Rating = 'Hot'"
    query(org, /^(?!.*Rating).*FROM Lead WHERE SystemModstamp >=/, 'queryAll').reply(
      200,
      page([lead(1), lead(2), lead(3, { IsDeleted: true })]),
    )
    query(org, new RegExp(`WHERE \\(Rating = 'Hot'\\) AND Id IN \\('${leadId(1)}','${leadId(2)}'\\)$`)).reply(
      200,
      page([{ Id: leadId(2) }]),
    )
    const [one] = await pagesOf(source, { where, after: changesFrom('2026-11-21T00:00:00.000Z', { where }) })
    expect(one?.records.map((record) => [record.kind, record.id])).toEqual([
      ['deleted', leadId(1)],
      ['present', leadId(2)],
      ['deleted', leadId(3)],
    ])
  })

  test('with a condition: asks about many records in addresses that Salesforce takes', async () => {
    const { source, org } = changedOrg()
    const where = "Rating = 'Hot'"
    const many = Array.from({ length: 2000 }, (_, i) => lead(i))
    query(org, null, 'queryAll').reply(200, page(many))
    const lengths: number[] = []
    org
      .get(`${DATA}/query`)
      .query(true)
      .times(4)
      .reply(200, (request: Request) => {
        lengths.push(request.url.length)
        const soql = new URL(request.url).searchParams.get('q') ?? ''
        return page([...soql.matchAll(/'(00Q[^']+)'/g)].map((match) => ({ Id: match[1] })))
      })
    const [one] = await pagesOf(source, { where, after: changesFrom('2026-11-21T00:00:00.000Z', { where }) })
    expect(one?.records.every((record) => record.kind === 'present')).toBe(true)
    expect(Math.max(...lengths)).toBeLessThan(14_200)
    expect(one?.requests).toBe(3 + 4)
  })
})

describe('everything is read again, as a snapshot,', () => {
  const again: readonly (readonly [string, Cursor, Partial<typeof REQUEST>])[] = [
    ['after a gap of more than 15 days', changesFrom('2026-11-07T09:00:00.000Z'), {}],
    [
      'when a field is asked for that was not read before',
      changesFrom('2026-11-21T00:00:00.000Z'),
      { fields: ['Name', 'AnnualRevenue'] },
    ],
    ['when the condition is another', changesFrom('2026-11-21T00:00:00.000Z'), { where: 'AnnualRevenue > 0' }],
    [
      'when a condition is another only in a part of it',
      changesFrom('2026-11-21T00:00:00.000Z', { where: "Name != 'x' AND AnnualRevenue > 0" }),
      { where: "Name != 'x' AND AnnualRevenue > 1" },
    ],
    [
      'when a field is of another type than it was when it was read',
      changesFrom('2026-11-21T00:00:00.000Z', { types: ['double'] }),
      {},
    ],
    [
      'when a field is of another type than when a read of everything began',
      changesFrom('2026-11-21T00:00:00.000Z', { types: ['double'], mode: 'everything', from: null }),
      {},
    ],
    ['when the cursor cannot be read', 'something else' as Cursor, {}],
    ['when the cursor stands nowhere', 'nowhere' as Cursor, {}],
  ]
  for (const [when, after, request] of again) {
    test(when, async () => {
      const { source, org } = readyOrg()
      query(org, /^(?!.*SystemModstamp >)/).reply(200, page([lead(1)]))
      const pages = await pagesOf(source, { after, ...request })
      expect(pages.map((one) => one.snapshot)).toEqual([true])
    })
  }

  test('when Salesforce no longer knows the changes', async () => {
    const { source, org } = scriptedOrg()
    answerToken(org)
    answerDescribe(org)
    org
      .get(`${DATA}/sobjects/Lead/deleted/`)
      .query(true)
      .reply(400, [{ errorCode: 'INVALID_REPLICATION_DATE', message: 'too old' }])
    answerUpdated(org)
    query(org).reply(200, page([lead(1)]))
    const pages = await pagesOf(source, { after: changesFrom('2026-11-21T00:00:00.000Z') })
    expect(pages.map((one) => one.snapshot)).toEqual([true])
  })

  test('and a read of everything that was broken off and cannot be taken up is called off first', async () => {
    const { source, org } = readyOrg()
    query(org).reply(200, page([lead(1)]))
    const brokenOff = changesFrom('2026-11-07T09:00:00.000Z', {
      mode: 'everything',
      from: { stamp: '2026-11-01T00:00:00.000Z', id: leadId(7) },
    })
    const pages = await pagesOf(source, { after: brokenOff })
    expect(pages.map((one) => [one.records.length, one.snapshot])).toEqual([
      [0, false],
      [1, true],
    ])
  })

  test('but not when fewer fields are asked for, each of the type it had', async () => {
    const { source, org } = changedOrg()
    query(org, null, 'queryAll').reply(200, page([]))
    const had = { fields: ['AnnualRevenue', 'Name'], types: ['int', 'string'] }
    const after = changesFrom('2026-11-21T00:00:00.000Z', had)
    expect((await pagesOf(source, { after })).map((one) => one.snapshot)).toEqual([false])
  })
})

describe('what goes wrong in the middle', () => {
  const broken: readonly (readonly [string, (next: nock.Interceptor) => void])[] = [
    ['a cut socket', (next) => next.replyWithError(Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' }))],
    ['a body that ends early', (next) => next.reply(200, '{"totalSize":3,"done":true,"records":[{"Id":"00Q')],
    ['an HTML page of an edge', (next) => next.reply(502, '<html>Bad gateway</html>')],
    ['an HTML page that calls itself fine', (next) => next.reply(200, '<html>Maintenance</html>')],
  ]
  for (const [what, breakIt] of broken) {
    test(`${what} reads that page again: no record is missing or comes twice`, async () => {
      const { source, org } = readyOrg()
      query(org).reply(200, page([lead(1)], 'L-1', 3))
      breakIt(org.get(`${DATA}/query/L-1`))
      org.get(`${DATA}/query/L-1`).reply(200, page([lead(2), lead(3)], null, 3))
      const pages = await pagesOf(source)
      expect(idsOf(pages)).toEqual([leadId(1), leadId(2), leadId(3)])
      expect(pages.map((one) => one.requests)).toEqual([3, 2])
    })
  }

  test('a page that Salesforce forgot is asked for anew, after the last record read', async () => {
    const { source, org } = readyOrg()
    query(org).reply(200, page([lead(1)], 'L-1', 3))
    org.get(`${DATA}/query/L-1`).reply(400, [{ errorCode: 'INVALID_QUERY_LOCATOR', message: 'invalid query locator' }])
    query(org, new RegExp(`Id > '${leadId(1)}'`)).reply(200, page([lead(2), lead(3)]))
    expect(idsOf(await pagesOf(source))).toEqual([leadId(1), leadId(2), leadId(3)])
  })

  test('a page that Salesforce keeps forgetting ends the read, which can be taken up', async () => {
    const { source, org } = readyOrg()
    query(org).reply(200, page([lead(1)], 'L-1', 9))
    const forgotten = [{ errorCode: 'INVALID_QUERY_LOCATOR', message: 'invalid query locator' }]
    org.get(`${DATA}/query/L-1`).times(4).reply(400, forgotten)
    query(org, /Id >/)
      .times(3)
      .reply(200, page([], 'L-1', 9))
    await expect(pagesOf(source)).rejects.toMatchObject({ code: 'salesforce-locator-expired', exit: 75 })
  })

  test('a next page at another host is not asked for: the token stays here', async () => {
    const { source, org } = readyOrg()
    query(org).reply(200, {
      totalSize: 9,
      done: false,
      nextRecordsUrl: 'https://elsewhere.example/x',
      records: [lead(1)],
    })
    await expect(pagesOf(source)).rejects.toMatchObject({ code: 'salesforce-unexpected-answer' })
  })

  test('an answer of another shape is no crash but a fault that says where', async () => {
    const { source, org } = readyOrg()
    query(org).reply(200, { totalSize: 1, done: 'yes', records: [] })
    await expect(pagesOf(source)).rejects.toThrow(/^Salesforce answered a query of Lead in an unknown shape: at "done"/)
  })

  test('a bound that is no instant does not become a cursor', async () => {
    const { source, org } = scriptedOrg()
    answerToken(org)
    answerDescribe(org)
    answerUpdated(org, 'yesterday')
    await expect(pagesOf(source)).rejects.toThrow('at "latestDateCovered", no instant')
  })

  test('a field that vanished since the describe: the describe is asked for anew and names it', async () => {
    const { source, org } = readyOrg()
    query(org).reply(200, page([]))
    await pagesOf(source)
    answerUpdated(org)
    query(org).reply(400, [
      {
        errorCode: 'INVALID_FIELD',
        message: "\nSELECT Name\n^\nERROR at Row:1:Column:8\nNo such column 'Name' on entity 'Lead'.",
      },
    ])
    answerDescribe(org, { fields: FIELDS.filter((field) => field['name'] !== 'Name') })
    org.get('/services/oauth2/userinfo').reply(200, { user_id: '005x', preferred_username: 'sync@acme.example' })
    await expect(pagesOf(source)).rejects.toMatchObject({ code: 'salesforce-field-hidden' })
  })

  test('a condition with an unknown field says so in the words of Salesforce', async () => {
    const { source, org } = readyOrg()
    const answer = [
      {
        errorCode: 'INVALID_FIELD',
        message: "\nSELECT Id\n^\nERROR at Row:1:Column:8\nNo such column 'Rateing' on entity 'Lead'.",
      },
    ]
    query(org).times(2).reply(400, answer)
    answerDescribe(org)
    await expect(pagesOf(source, { where: "Rateing = 'Hot'" })).rejects.toMatchObject({
      code: 'salesforce-invalid-field',
      message:
        "Salesforce does not know a field of the query, asked for Lead (400 INVALID_FIELD: No such column 'Rateing' on entity 'Lead'.)",
    })
  })

  test('a condition too long for Salesforce is not sent', async () => {
    const { source, org } = scriptedOrg()
    answerToken(org)
    answerDescribe(org, { fields: [...FIELDS, { name: 'Any__c', type: 'anyType' }] })
    answerUpdated(org)
    const where = `Name IN (${Array.from({ length: 900 }, (_, i) => `'Lead number ${i}'`).join(',')})`
    await expect(pagesOf(source, { where, fields: ['Any__c'] })).rejects.toMatchObject({
      code: 'salesforce-query-too-long',
      message: 'The where of Lead makes a query too long for Salesforce',
    })
  })
})

describe('fields', () => {
  test('come under the names of the mapping, whatever their case in the org', async () => {
    const { source, org } = readyOrg()
    query(org, /^SELECT Id,SystemModstamp,Name,AnnualRevenue,Owner\.Email FROM/).reply(
      200,
      `{"totalSize":1,"done":true,"records":[{"Id":"${leadId(1)}","SystemModstamp":"${stampOf(1)}","Name":"","AnnualRevenue":1.0E7,"Owner":{"Email":"a@b.example"}}]}`,
    )
    const [one] = await pagesOf(source, { fields: ['name', 'ANNUALREVENUE', 'owner.email'] })
    expect(one?.records).toMatchObject([
      { fields: { name: null, ANNUALREVENUE: '10000000', 'owner.email': 'a@b.example' } },
    ])
  })

  test('of a parent are looked up in its own describe', async () => {
    const { source, org } = readyOrg()
    answerDescribe(
      org,
      {
        fields: [
          { name: 'Id', type: 'id' },
          { name: 'IsActive', type: 'boolean' },
        ],
      },
      'User',
    )
    query(org, /CreatedBy\.IsActive/).reply(200, page([lead(1, { CreatedBy: { IsActive: true } })]))
    const [one] = await pagesOf(source, { fields: ['CreatedBy.IsActive'] })
    expect(one?.records).toMatchObject([{ fields: { 'CreatedBy.IsActive': true } }])
  })

  test('that are hidden stop the read with one fault that names them all', async () => {
    const { source, org } = scriptedOrg()
    answerToken(org)
    answerDescribe(org)
    org.get('/services/oauth2/userinfo').reply(200, { user_id: '005x', preferred_username: 'sync@acme.example' })
    const reading = pagesOf(source, { fields: ['Name', 'AnualRevenue', 'Owner.Emial', 'Zzz'] })
    await expect(reading).rejects.toMatchObject({
      code: 'salesforce-field-hidden',
      blame: 'operator',
      message:
        'Salesforce shows no field "AnualRevenue" on Lead to the user "sync@acme.example", nor "Owner.Emial", "Zzz"',
      hint: 'Did you mean "AnnualRevenue"? If not: In Setup > Permission Sets give that user read access to Lead.AnualRevenue, then run check salesforce; for "Owner.Emial" did you mean "Owner.Email"?',
    })
  })
})

test('the quota is as Salesforce last told it, with our share', async () => {
  const { source, org } = readyOrg({ quotaShare: 0.2 })
  expect(source.quota()).toBeNull()
  query(org).reply(200, page([]), {
    'sforce-limit-info': 'api-usage=10018/100000, per-app-api-usage=17/250(appName=x)',
    date: DATE,
  })
  await pagesOf(source)
  expect(source.quota()).toEqual({ used: 10018, limit: 100000, ours: 20000 })
})

import nock from 'nock'
import { afterEach, describe, expect, test } from 'vitest'
import type { Page, SourceRecord } from '../../../src/source/source.ts'
import { answerToken, COVERED, changesFrom, DATA, DATE, scriptedOrg } from './scripted-org.ts'

afterEach(() => nock.cleanAll())

const common = [
  { name: 'Id', type: 'id' },
  { name: 'IsDeleted', type: 'boolean' },
]
const history = [
  ...common,
  { name: 'Field', type: 'picklist' },
  { name: 'OldValue', type: 'anyType' },
  { name: 'NewValue', type: 'anyType' },
  { name: 'CreatedDate', type: 'datetime' },
]
const values = { Field: 'StageName', OldValue: null, NewValue: 'Won' }

interface Shaped {
  readonly object: string
  readonly fields: readonly Readonly<Record<string, unknown>>[]
  readonly replicateable: boolean
  readonly stamp: 'SystemModstamp' | 'CreatedDate'
  /** What is asked of it beside id and stamp, as each record holds it. */
  readonly values: Readonly<Record<string, unknown>>
  /** What each read of changes asks first. */
  readonly asks: 'updated' | 'deleted' | null
  readonly over: 'query' | 'queryAll'
}

const OBJECTS: readonly Shaped[] = [
  ...['OpportunityFieldHistory', 'LeadHistory', 'Deal__History'].map(
    (object): Shaped => ({
      object,
      fields: history,
      replicateable: true,
      stamp: 'CreatedDate',
      values,
      asks: 'deleted',
      over: 'queryAll',
    }),
  ),
  {
    object: 'Deal__c',
    fields: [...common, { name: 'Stage__c', type: 'picklist' }, { name: 'SystemModstamp', type: 'datetime' }],
    replicateable: true,
    stamp: 'SystemModstamp',
    values: { Stage__c: 'Open' },
    asks: 'deleted',
    over: 'queryAll',
  },
  {
    object: 'OpportunityStage',
    fields: [
      { name: 'Id', type: 'id' },
      { name: 'MasterLabel', type: 'string' },
      { name: 'SystemModstamp', type: 'datetime' },
    ],
    replicateable: false,
    stamp: 'SystemModstamp',
    values: { MasterLabel: 'Won' },
    asks: null,
    over: 'query',
  },
  {
    object: 'User',
    fields: [
      { name: 'Id', type: 'id' },
      { name: 'IsActive', type: 'boolean' },
      { name: 'SystemModstamp', type: 'datetime' },
    ],
    replicateable: true,
    stamp: 'SystemModstamp',
    values: { IsActive: false },
    asks: 'updated',
    over: 'query',
  },
]

/** Seven records, five of them of one second. */
const STAMPS = [1, 2, 2, 2, 2, 2, 3].map((second) => `2026-11-21T00:00:0${second}.000Z`)

/** An org that holds them, gives them two by two, and forgets each next page. */
function orgWith(shaped: Shaped) {
  const { object, fields, stamp, replicateable } = shaped
  const rows = STAMPS.map((at, i) => ({
    Id: `017000000000${String(i).padStart(3, '0')}AAA`,
    IsDeleted: false,
    [stamp]: at,
    ...shaped.values,
  }))
  const scripted = scriptedOrg({ bulk: { fromRecords: 1000 } })
  const { org } = scripted
  org.persist()
  answerToken(org)
  const paths: string[] = []
  const header = { date: DATE }
  org
    .get(`${DATA}/sobjects/${object}/describe`)
    .reply(200, { name: object, queryable: true, replicateable, keyPrefix: '017', fields }, header)
  for (const what of ['updated', 'deleted']) {
    const answer = { ids: [], deletedRecords: [], latestDateCovered: COVERED }
    org
      .get(`${DATA}/sobjects/${object}/${what}/`)
      .query(true)
      .reply(200, () => (paths.push(what), answer), header)
  }
  for (const resource of ['query', 'queryAll']) {
    org
      .get(`${DATA}/${resource}`)
      .query(true)
      .reply(
        200,
        (request: Request) => {
          paths.push(resource)
          const soql = new URL(request.url).searchParams.get('q') ?? ''
          expect(soql).toContain(` ORDER BY ${stamp},Id`)
          const [, same = '', id = ''] = /= (\S+) AND Id > '(\w+)'/.exec(soql) ?? []
          const since = />= (\S+)/.exec(soql)?.[1] ?? ''
          const left = rows.filter((row) =>
            same === ''
              ? String(row[stamp]) >= since
              : String(row[stamp]) > same || (row[stamp] === same && row.Id > id),
          )
          const page = { totalSize: left.length, records: left.slice(0, 2) }
          return left.length <= 2
            ? { ...page, done: true }
            : { ...page, done: false, nextRecordsUrl: `${DATA}/query/forgotten` }
        },
        header,
      )
  }
  org
    .get(`${DATA}/query/forgotten`)
    .reply(400, [{ errorCode: 'INVALID_QUERY_LOCATOR', message: 'invalid query locator' }])
  return { ...scripted, rows, paths }
}

const recordsOf = (pages: readonly Page[]): SourceRecord[] => pages.flatMap((page) => page.records)

for (const shaped of OBJECTS) {
  describe(shaped.object, () => {
    const names = Object.keys(shaped.values)
    const request = { object: shaped.object, fields: names, where: null }

    test('is read whole, with equal stamps on both sides of a page, from the beginning and from any page', async () => {
      const { source, rows } = orgWith(shaped)
      const pages: Page[] = []
      for await (const page of source.read({ ...request, after: null })) pages.push(page)
      const expected = rows.map((row) => ({
        kind: 'present',
        id: row.Id,
        changedAt: row[shaped.stamp],
        fields: shaped.values,
      }))
      expect(recordsOf(pages)).toEqual(expected)
      for (const [i, { cursor }] of pages.slice(0, -1).entries()) {
        const rest: Page[] = []
        for await (const page of source.read({ ...request, after: cursor })) rest.push(page)
        expect(recordsOf([...pages.slice(0, i + 1), ...rest])).toEqual(expected)
      }
    })

    test(`is read in changes by ${shaped.stamp}, ${shaped.asks === null ? 'ten minutes behind the clock of the org' : `up to what /${shaped.asks} says`}`, async () => {
      const { source, rows, paths } = orgWith(shaped)
      const after = changesFrom(STAMPS[1] ?? '', { fields: names })
      const pages: Page[] = []
      for await (const page of source.read({ ...request, after })) pages.push(page)
      expect(recordsOf(pages).map((record) => record.id)).toEqual(rows.slice(1).map((row) => row.Id))
      expect([...new Set(paths)]).toEqual([...(shaped.asks === null ? [] : [shaped.asks]), shaped.over])
      const { from } = JSON.parse(pages.at(-1)?.cursor ?? '')
      expect(from.stamp).toBe(shaped.asks === null ? '2026-11-22T09:50:30.000Z' : '2026-11-22T10:00:00.000Z')
    })
  })
}

test('values of no single type come over REST as they are, however many records there are', async () => {
  const [shaped] = OBJECTS
  if (shaped === undefined) throw new Error('no object')
  const { rows } = orgWith(shaped)
  nock.cleanAll()
  const { source, org } = scriptedOrg({ bulk: { fromRecords: 1 } })
  answerToken(org)
  org
    .get(`${DATA}/sobjects/LeadHistory/describe`)
    .reply(200, { name: 'LeadHistory', queryable: true, fields: history }, { date: DATE })
  const NewValue = [true, 'Won', '2026-11-20', null]
  const records = NewValue.map((value, i) => ({ ...rows[i], NewValue: value }))
  org.get(`${DATA}/query`).query(true).reply(200, { totalSize: 90_000, done: true, records })
  const pages: Page[] = []
  for await (const page of source.read({ object: 'LeadHistory', fields: ['NewValue'], where: null, after: null }))
    pages.push(page)
  expect(recordsOf(pages).map((record) => record.kind === 'present' && record.fields['NewValue'])).toEqual(NewValue)
})

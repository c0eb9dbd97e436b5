import nock from 'nock'
import { createHttpClient } from '../../../src/platform/http.ts'
import type { Log } from '../../../src/platform/log.ts'
import {
  createSalesforceSource,
  type SalesforceSourceOptions,
} from '../../../src/source/salesforce/salesforce-source.ts'
import type { Cursor, Page, ReadRequest, Source } from '../../../src/source/source.ts'
import { QuickClock } from '../../platform/quick-clock.ts'

/** Where the org of these tests answers: nothing listens there but nock. */
export const ORG = 'http://127.0.0.1:9'
export const DATA = '/services/data/v68.0'
export const DATE = 'Sun, 22 Nov 2026 10:00:30 GMT'
export const COVERED = '2026-11-22T10:00:00.000+0000'

export interface LogLine {
  readonly level: string
  readonly fields: Readonly<Record<string, unknown>>
  readonly message: string
}

/** A source that reads an org whose answers the test writes down with nock, one by one. */
export function scriptedOrg(options: Partial<SalesforceSourceOptions> = {}) {
  const clock = new QuickClock()
  const lines: LogLine[] = []
  const at = (level: string) => (fields: Readonly<Record<string, unknown>>, message: string) => {
    lines.push({ level, fields, message })
  }
  const log: Log = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
  const http = createHttpClient({
    totalTimeoutMs: 2000,
    idleTimeoutMs: 1000,
    redact: (text) => text,
    log,
    userAgent: 'boardsync-test',
  })
  const source = createSalesforceSource({
    name: 'salesforce',
    credentials: { flow: 'client-credentials', clientId: 'id', clientSecret: 'hush-hush' },
    loginUrl: ORG,
    http,
    clock,
    log,
    random: () => 0,
    ...options,
  })
  return { source, clock, lines, org: nock(ORG) }
}

export function answerToken(org: nock.Scope, token = 'token-1', instanceUrl = ORG): nock.Scope {
  return org
    .post('/services/oauth2/token')
    .reply(200, { access_token: token, instance_url: instanceUrl }, { date: DATE })
}

export const FIELDS: readonly Record<string, unknown>[] = [
  { name: 'Id', type: 'id' },
  { name: 'IsDeleted', type: 'boolean' },
  { name: 'MasterRecordId', type: 'reference', referenceTo: ['Lead'], relationshipName: 'MasterRecord' },
  { name: 'Name', type: 'string' },
  { name: 'AnnualRevenue', type: 'currency' },
  { name: 'Address', type: 'address' },
  { name: 'AddressCountry', type: 'string' },
  { name: 'Score__c', type: 'double', calculated: true, calculatedFormula: 'AnnualRevenue / 2' },
  { name: 'OwnerId', type: 'reference', referenceTo: ['Group', 'User'], relationshipName: 'Owner' },
  { name: 'CreatedById', type: 'reference', referenceTo: ['User'], relationshipName: 'CreatedBy' },
  { name: 'SystemModstamp', type: 'datetime' },
]

export function answerDescribe(
  org: nock.Scope,
  more: Readonly<Record<string, unknown>> = {},
  object = 'Lead',
): nock.Scope {
  const body = { name: object, queryable: true, replicateable: true, fields: FIELDS, ...more }
  return org.get(`${DATA}/sobjects/${object}/describe`).reply(200, body, { date: DATE })
}

export function answerUpdated(org: nock.Scope, covered = COVERED): nock.Scope {
  return org
    .get(`${DATA}/sobjects/Lead/updated/`)
    .query(true)
    .reply(200, { ids: [], latestDateCovered: covered }, { date: DATE })
}

export function answerDeleted(
  org: nock.Scope,
  deletedRecords: readonly { readonly id: string; readonly deletedDate: string }[] = [],
  covered = COVERED,
): nock.Scope {
  return org
    .get(`${DATA}/sobjects/Lead/deleted/`)
    .query(true)
    .reply(200, { deletedRecords, earliestDateAvailable: COVERED, latestDateCovered: covered }, { date: DATE })
}

/** Answers the next query whose text meets `soql`, or any. */
export function query(
  org: nock.Scope,
  soql: RegExp | null = null,
  resource: 'query' | 'queryAll' = 'query',
): nock.Interceptor {
  return org.get(`${DATA}/${resource}`).query((asked) => soql === null || soql.test(String(asked['q'])))
}

export function lead(n: number, more: Readonly<Record<string, unknown>> = {}) {
  return {
    attributes: { type: 'Lead', url: 'x' },
    Id: leadId(n),
    IsDeleted: false,
    Name: `Lead ${n}`,
    SystemModstamp: stampOf(n),
    ...more,
  }
}

/** Ids of 18 characters whose first 15 hold no capitals but Q. */
export function leadId(n: number): string {
  return `00Q${String(n).padStart(12, '0')}EAA`
}

/** One second apart, long before what is covered. */
export function stampOf(n: number): string {
  return new Date(Date.parse('2026-11-20T00:00:00Z') + n * 1000).toISOString().replace('Z', '+0000')
}

export function page(records: readonly object[], next: string | null = null, totalSize = records.length) {
  return next === null
    ? { totalSize, done: true, records }
    : { totalSize, done: false, nextRecordsUrl: `${DATA}/query/${next}`, records }
}

export const REQUEST: ReadRequest = { object: 'Lead', fields: ['Name'], where: null, after: null }

export async function pagesOf(source: Source, request: Partial<ReadRequest> = {}): Promise<Page[]> {
  const pages: Page[] = []
  for await (const one of source.read({ ...REQUEST, ...request })) pages.push(one)
  return pages
}

/** A cursor of a finished read, from which only changes are read. */
export function changesFrom(stamp: string, more: Readonly<Record<string, unknown>> = {}): Cursor {
  return JSON.stringify({
    v: 1,
    mode: 'changes',
    from: { stamp, id: null },
    covered: stamp,
    fields: ['Name'],
    where: null,
    ...more,
  }) as Cursor
}

export function idsOf(pages: readonly Page[]): string[] {
  return pages.flatMap((one) => one.records.map((record) => record.id))
}

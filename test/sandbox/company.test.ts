import { createHash } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import { createCompany } from '../../src/sandbox/company/company.ts'
import { companyName } from '../../src/sandbox/company/names.ts'
import { createEngine } from '../../src/sandbox/engine/create-engine.ts'
import { loadCompany } from '../../src/sandbox/salesforce/load-company.ts'
import { Org } from '../../src/sandbox/salesforce/org.ts'
import type { Json } from './salesforce-client.ts'

const AS_OF = Date.UTC(2026, 10, 22)
const DAY_MS = 86_400_000

function build(seed: number, accounts: number, asOf = AS_OF): Org {
  const org = new Org(createEngine({ now: asOf + 10 * 3_600_000, seed }))
  loadCompany(org, createCompany({ seed, accounts, asOf }))
  return org
}

const all = (org: Org, sql: string) => org.engine.db.prepare(sql).all() as Record<string, Json>[]
const one = (org: Org, sql: string) => all(org, sql)[0] as Record<string, Json>

/** Every byte of every object. */
function digest(org: Org): string {
  const hash = createHash('sha256')
  for (const object of org.objects) {
    for (const row of all(org, `SELECT * FROM "sf_${object.name}" ORDER BY "Id"`)) hash.update(JSON.stringify(row))
  }
  return hash.digest('hex')
}

describe('the example company', () => {
  let org: Org
  let ms: number
  beforeAll(() => {
    const start = performance.now()
    org = build(1, 2_000)
    ms = performance.now() - start
  })

  test('is the same for the same seed, size and day, and another for any other', () => {
    const first = digest(build(7, 100))
    expect(digest(build(7, 100))).toBe(first)
    expect(digest(build(8, 100))).not.toBe(first)
    expect(digest(build(7, 100, AS_OF - 7 * DAY_MS))).not.toBe(first)
  })

  test('of 2,000 accounts is made in less than three seconds', () => {
    expect(org.count('Account')).toBe(2_000)
    expect(ms).toBeLessThan(3_000)
  })

  test('grows by adding accounts: the first hundred are the same in a company of a hundred and of two', () => {
    const names = (size: number) =>
      [...createCompany({ seed: 3, accounts: size, asOf: AS_OF }).accounts()]
        .slice(0, 50)
        .map(({ name, domain, country }) => ({ name, domain, country }))
    expect(names(200)).toEqual(names(100))
  })

  test('has mostly small accounts and few enterprises', () => {
    const share = (segment: string) =>
      one(org, `SELECT avg(Segment__c = '${segment}') AS share FROM sf_Account`).share as number
    expect(share('SMB')).toBeGreaterThan(0.7)
    expect(share('Enterprise')).toBeGreaterThan(0.02)
    expect(share('Enterprise')).toBeLessThan(0.08)
  })

  test('wins 20 to 25 in a hundred of the new-business deals that closed', () => {
    const { rate } = one(
      org,
      `SELECT avg(IsWon) AS rate FROM sf_Opportunity WHERE IsClosed = 1 AND Type = 'New Business'`,
    )
    expect(rate).toBeGreaterThan(0.2)
    expect(rate).toBeLessThan(0.25)
  })

  test('has deals of every kind, open, won and lost', () => {
    const kinds = all(
      org,
      'SELECT Type, sum(IsWon) AS won, sum(IsClosed - IsWon) AS lost, sum(1 - IsClosed) AS open FROM sf_Opportunity GROUP BY Type ORDER BY Type',
    )
    expect(kinds.map((kind) => kind.Type)).toEqual(['Existing Business', 'New Business', 'Renewal'])
    for (const kind of kinds) expect(Math.min(kind.won, kind.lost, kind.open), kind.Type).toBeGreaterThan(5)
  })

  test('sells seats by the ladder', () => {
    const rows = all(
      org,
      `SELECT DISTINCT Seats__c AS seats FROM sf_Opportunity WHERE Type = 'New Business' ORDER BY 1`,
    )
    expect(rows.map((row) => row.seats)).toEqual([5, 10, 25, 50, 100, 200, 500, 1_000])
  })

  test('never knows anything of its own day or later', () => {
    for (const object of ['Account', 'Contact', 'Lead', 'Opportunity', 'OpportunityHistory']) {
      const { latest, odd } = one(
        org,
        `SELECT max(max(SystemModstamp, CreatedDate)) AS latest, sum(SystemModstamp % 1000 <> 0) AS odd FROM sf_${object}`,
      )
      expect(latest, object).toBeLessThan(AS_OF)
      expect(odd, object).toBe(0)
    }
  })

  test("a deal's last history row says what the deal is, its first when it was created", () => {
    const { wrong } = one(
      org,
      `WITH h AS (SELECT *, row_number() OVER (PARTITION BY OpportunityId ORDER BY CreatedDate, Id) AS first,
                 row_number() OVER (PARTITION BY OpportunityId ORDER BY CreatedDate DESC, Id DESC) AS last FROM sf_OpportunityHistory)
       SELECT count(*) AS wrong FROM sf_Opportunity o
       JOIN h f ON f.OpportunityId = o.Id AND f.first = 1 JOIN h l ON l.OpportunityId = o.Id AND l.last = 1
       WHERE f.CreatedDate <> o.CreatedDate OR l.StageName <> o.StageName OR l.Amount IS NOT o.Amount
          OR l.CloseDate <> o.CloseDate OR l.CreatedDate <> o.SystemModstamp`,
    )
    expect(wrong).toBe(0)
    expect(one(org, 'SELECT count(DISTINCT OpportunityId) AS n FROM sf_OpportunityHistory').n).toBe(
      org.count('Opportunity'),
    )
  })

  test('stages are dwelt in for days, not seconds and not years', () => {
    const rows = all(
      org,
      `SELECT (lead(CreatedDate) OVER (PARTITION BY OpportunityId ORDER BY CreatedDate, Id) - CreatedDate) / ${DAY_MS}.0 AS days FROM sf_OpportunityHistory`,
    )
    const days = rows
      .map((row) => row.days)
      .filter((each) => each !== null)
      .toSorted((a, b) => a - b)
    expect(days[0]).toBeGreaterThan(0)
    expect(days[Math.floor(days.length / 2)]).toBeGreaterThan(3)
    expect(days[Math.floor(days.length / 2)]).toBeLessThan(20)
  })

  test('a converted lead names the account, contact and opportunity it became', () => {
    const { n, wrong } = one(
      org,
      `SELECT count(*) AS n, sum(a.Id IS NULL OR c.Id IS NULL OR o.Id IS NULL OR l.CreatedDate > o.CreatedDate) AS wrong
       FROM sf_Lead l LEFT JOIN sf_Account a ON a.Id = l.ConvertedAccountId LEFT JOIN sf_Contact c ON c.Id = l.ConvertedContactId
       LEFT JOIN sf_Opportunity o ON o.Id = l.ConvertedOpportunityId WHERE l.IsConverted = 1`,
    )
    expect(n).toBeGreaterThan(100)
    expect(wrong).toBe(0)
  })

  test('holds sparse bad values of each kind that was planted', () => {
    const counts = one(
      org,
      `SELECT (SELECT count(*) FROM sf_Opportunity WHERE AccountId IS NULL) AS orphans,
              (SELECT count(*) FROM sf_Lead WHERE Company IS NULL) AS nameless,
              (SELECT count(*) FROM sf_Account WHERE OwnerId NOT IN (SELECT Id FROM sf_User)) AS unowned,
              (SELECT count(*) FROM sf_Account WHERE Industry = '#N/A') AS notAvailable,
              (SELECT count(*) FROM sf_Opportunity WHERE Amount IS NULL) AS amountless,
              (SELECT count(*) - count(DISTINCT Website) FROM sf_Account) AS sharing`,
    )
    for (const [kind, count] of Object.entries(counts)) {
      expect(count, kind).toBeGreaterThanOrEqual(5)
      expect(count, kind).toBeLessThan(100)
    }
  })

  test('names and domains are unique, and every domain ends in .example', () => {
    const many = Array.from({ length: 300_000 }, (_, index) => companyName(index))
    expect(new Set(many.map(({ name }) => name)).size).toBe(many.length)
    expect(new Set(many.map(({ domain }) => domain)).size).toBe(many.length)
    expect(many.every(({ domain }) => domain.endsWith('.example'))).toBe(true)
    const emails = all(
      org,
      'SELECT Email FROM sf_User UNION SELECT Email FROM sf_Contact UNION SELECT Email FROM sf_Lead',
    )
    expect(emails.every(({ Email }) => /^[^@\s]+@[a-z0-9-]+\.example$/.test(Email))).toBe(true)
  })

  test('its users have their own e-mail addresses, roles and managers', () => {
    const users = all(
      org,
      `SELECT u.Email, r.Name AS role, u.ManagerId FROM sf_User u JOIN sf_UserRole r ON r.Id = u.UserRoleId`,
    )
    expect(new Set(users.map((user) => user.Email)).size).toBe(users.length)
    expect(new Set(users.map((user) => user.role))).toEqual(
      new Set(['Sales Manager', 'Account Executive', 'Account Manager', 'CSM', 'SDR', 'BDR']),
    )
    expect(users.filter((user) => user.ManagerId === null).every((user) => user.role === 'Sales Manager')).toBe(true)
  })
})

import { beforeAll, describe, expect, test } from 'vitest'
import { createEngine } from '../../src/sandbox/engine/create-engine.ts'
import { rangeOfLiteral } from '../../src/sandbox/salesforce/date-literals.ts'
import { SalesforceError } from '../../src/sandbox/salesforce/errors.ts'
import { Org } from '../../src/sandbox/salesforce/org.ts'
import { runQuery } from '../../src/sandbox/salesforce/query.ts'
import { createRecord, deleteRecord } from '../../src/sandbox/salesforce/records.ts'
import { formatDouble } from '../../src/sandbox/salesforce/values.ts'
import type { Json } from './salesforce-client.ts'

/** 22 November 2026, 10:00 UTC: a Sunday. */
const NOW = Date.UTC(2026, 10, 22, 10)
const BASE = '/services/data/v68.0'

let org: Org
const ids: Record<string, string> = {}

beforeAll(() => {
  org = new Org(createEngine({ now: NOW }))
  ids.acme = createRecord(org, 'Account', {
    Name: 'Acme',
    Type: 'Customer',
    NumberOfEmployees: 50,
    AnnualRevenue: 139_000_000,
  })
  ids.birch = createRecord(org, 'Account', { Name: "Birch's 50% off_", Type: 'Prospect', ParentId: ids.acme })
  ids.cedar = createRecord(org, 'Account', { Name: 'cedar\nline', NumberOfEmployees: 7 })
  ids.gone = createRecord(org, 'Account', { Name: 'Gone' })
  deleteRecord(org, 'Account', ids.gone)
  const deal = (Name: string, values: object) =>
    createRecord(org, 'Opportunity', { Name, StageName: 'Prospecting', CloseDate: '2026-11-22', ...values })
  ids.one = deal('One', { AccountId: ids.acme, Amount: 100.5, CloseDate: '2026-11-21' })
  ids.two = deal('Two', { AccountId: ids.acme, Amount: 2_000, StageName: 'Closed Won' })
  ids.three = deal('Three', { AccountId: ids.birch, CloseDate: '2026-12-01', StageName: 'Negotiation/Review' })
  ids.four = deal('Four', { Amount: 300, CloseDate: '2026-10-31', NextStep: 'Call' })
})

const run = (soql: string, isAll = false): Json =>
  JSON.parse(runQuery(org, { soql, isAll, base: BASE, batchSize: undefined }))
const names = (soql: string, isAll = false): string[] => run(soql, isAll).records.map((record: Json) => record.Name)
const errorOf = (soql: string): SalesforceError => {
  try {
    run(soql)
  } catch (error) {
    if (error instanceof SalesforceError) return error
    throw error
  }
  throw new Error(`"${soql}" was taken`)
}

describe('WHERE', () => {
  const byName = (where: string) => names(`SELECT Name FROM Opportunity WHERE ${where} ORDER BY Name`)
  test.each<[string, string[]]>([
    ['Amount = 300', ['Four']],
    ['Amount != 300', ['One', 'Three', 'Two']],
    ['Amount > 100.5', ['Four', 'Two']],
    ['Amount >= 100.5', ['Four', 'One', 'Two']],
    ['Amount < 300', ['One']],
    ['Amount <= 300', ['Four', 'One']],
    ['Amount = null', ['Three']],
    ['Amount != null', ['Four', 'One', 'Two']],
    ['NOT Amount < 300', ['Four', 'Three', 'Two']],
    ['NOT (Amount > 100 AND Amount < 500)', ['Three', 'Two']],
    ["Name = 'one'", ['One']],
    ["Name IN ('ONE', 'Two')", ['One', 'Two']],
    ["Name NOT IN ('One', 'Two')", ['Four', 'Three']],
    ["NextStep NOT IN ('Call')", ['One', 'Three', 'Two']],
    ["NextStep != 'Call'", ['One', 'Three', 'Two']],
    ["NOT NextStep = 'Call'", ['One', 'Three', 'Two']],
    ["NextStep = ''", ['One', 'Three', 'Two']],
    ["NextStep IN ('Call', '')", ['Four', 'One', 'Three', 'Two']],
    ['Amount IN (300, 2000)', ['Four', 'Two']],
    ['Amount IN (300, null)', ['Four', 'Three']],
    ['Amount NOT IN (300, null)', ['One', 'Two']],
    ["Name LIKE 't%'", ['Three', 'Two']],
    ["Name LIKE '_wo'", ['Two']],
    ["(NOT Name LIKE 't%') AND Amount > 200", ['Four']],
    ["StageName = 'Closed Won' OR Amount = 300", ['Four', 'Two']],
    ["(StageName = 'Closed Won' OR Amount = 300) AND CloseDate < 2026-11-01", ['Four']],
    ["StageName = 'Closed Won' OR (Amount = 300 AND CloseDate > 2026-11-01)", ['Two']],
    ['IsWon = true', ['Two']],
    ['IsClosed = FALSE AND Amount != null', ['Four', 'One']],
    ['CloseDate = TODAY', ['Two']],
    ['CloseDate = YESTERDAY', ['One']],
    ['CloseDate > TODAY', ['Three']],
    ['CloseDate >= TODAY', ['Three', 'Two']],
    ['CloseDate < TODAY', ['Four', 'One']],
    ['CloseDate <= TODAY', ['Four', 'One', 'Two']],
    ['CloseDate != TODAY', ['Four', 'One', 'Three']],
    ['CloseDate = LAST_N_DAYS:5', ['One', 'Two']],
    ['CloseDate = NEXT_N_DAYS:9', ['Three']],
    ['CloseDate = LAST_MONTH', ['Four']],
    ['CloseDate IN (TODAY, 2026-12-01)', ['Three', 'Two']],
    ['CreatedDate = TODAY', ['Four', 'One', 'Three', 'Two']],
    ['CreatedDate > 2026-11-22T11:00:00+02:00', ['Four', 'One', 'Three', 'Two']],
    ['CreatedDate < 2026-11-22T09:00:00Z', []],
    ["Account.Name = 'Acme'", ['One', 'Two']],
    ["Account.Parent.Name = 'Acme'", ['Three']],
    ['Account.Name = null', ['Four']],
    ["AccountId IN (SELECT Id FROM Account WHERE Type = 'Prospect')", ['Three']],
    ["AccountId NOT IN (SELECT Id FROM Account WHERE Type = 'Prospect')", ['Four', 'One', 'Two']],
  ])('%s', (where, expected) => {
    expect(byName(where)).toEqual(expected)
  })

  test('escapes in text are read as SOQL has them', () => {
    expect(names(String.raw`SELECT Name FROM Account WHERE Name = 'Birch\'s 50% off_'`)).toHaveLength(1)
    expect(names(String.raw`SELECT Name FROM Account WHERE Name LIKE '%50\% off\_'`)).toHaveLength(1)
    expect(names(String.raw`SELECT Name FROM Account WHERE Name LIKE '%5\_%'`)).toHaveLength(0)
    expect(names(String.raw`SELECT Name FROM Account WHERE Name = 'cedar\nline'`)).toHaveLength(1)
  })

  test('ids are taken with 15 characters and with 18, and 15 keep their capitals apart', () => {
    const short = (ids.acme as string).slice(0, 15)
    expect(names(`SELECT Name FROM Account WHERE Id = '${ids.acme}'`)).toEqual(['Acme'])
    expect(names(`SELECT Name FROM Account WHERE Id = '${short}'`)).toEqual(['Acme'])
    expect(names(`SELECT Name FROM Account WHERE Id IN ('${short}')`)).toEqual(['Acme'])
    expect(names(`SELECT Name FROM Opportunity WHERE AccountId = '${short}' ORDER BY Name`)).toEqual(['One', 'Two'])
    expect(names(`SELECT Name FROM Account WHERE Id = '${short.replace('sb', 'SB')}'`)).toEqual([])
  })

  test('an alias of the object, and its own name, may lead a field', () => {
    expect(names("SELECT o.Name FROM Opportunity o WHERE o.Account.Name = 'Acme' ORDER BY o.Name")).toEqual([
      'One',
      'Two',
    ])
    expect(names("SELECT Opportunity.Name FROM Opportunity WHERE Opportunity.Name = 'One'")).toEqual(['One'])
  })
})

describe('what is shown', () => {
  test('fields come in the order of the statement, with their parents nested, attributes first', () => {
    const [record] = run(
      `SELECT Amount, Account.Name, Id, Account.Parent.Name, IsWon FROM Opportunity WHERE Name = 'Three'`,
    ).records
    expect(record).toEqual({
      attributes: { type: 'Opportunity', url: `${BASE}/sobjects/Opportunity/${ids.three}` },
      Amount: null,
      Account: {
        attributes: { type: 'Account', url: `${BASE}/sobjects/Account/${ids.birch}` },
        Name: "Birch's 50% off_",
        Parent: { attributes: { type: 'Account', url: `${BASE}/sobjects/Account/${ids.acme}` }, Name: 'Acme' },
      },
      Id: ids.three,
      IsWon: false,
    })
    expect(Object.keys(record)).toEqual(['attributes', 'Amount', 'Account', 'Id', 'IsWon'])
  })

  test('a parent that is not there is null', () => {
    expect(run("SELECT Account.Name FROM Opportunity WHERE Name = 'Four'").records[0].Account).toBeNull()
  })

  test('names are spelt as describe has them, whatever the statement does', () => {
    const [record] = run("select id, AMOUNT, account.NAME from opportunity where name = 'one' limit 1").records
    expect(Object.keys(record)).toEqual(['attributes', 'Id', 'Amount', 'Account'])
    expect(Object.keys(record.Account)).toEqual(['attributes', 'Name'])
  })

  test('numbers and instants are written as the servers do', () => {
    const text = runQuery(org, {
      soql: "SELECT AnnualRevenue, NumberOfEmployees, SystemModstamp FROM Account WHERE Name = 'Acme'",
      isAll: false,
      base: BASE,
      batchSize: undefined,
    })
    expect(text).toContain(
      '"AnnualRevenue":1.39E8,"NumberOfEmployees":50,"SystemModstamp":"2026-11-22T10:00:00.000+0000"',
    )
  })

  test('COUNT() counts, and heeds LIMIT', () => {
    expect(run('SELECT COUNT() FROM Account')).toEqual({ totalSize: 3, done: true, records: [] })
    expect(run('select count() from Opportunity where Amount != null limit 2').totalSize).toBe(2)
  })

  test('aggregates are grouped, named by their alias or as expr0', () => {
    const soql = 'SELECT AccountId, COUNT(Id), SUM(Amount) total FROM Opportunity GROUP BY AccountId ORDER BY AccountId'
    expect(run(soql).records).toEqual([
      { attributes: { type: 'AggregateResult' }, AccountId: null, expr0: 1, total: 300 },
      { attributes: { type: 'AggregateResult' }, AccountId: ids.acme, expr0: 2, total: 2100.5 },
      { attributes: { type: 'AggregateResult' }, AccountId: ids.birch, expr0: 1, total: null },
    ])
    expect(run('SELECT COUNT(Id) FROM Account').records[0].expr0).toBe(3)
  })

  test('FIELDS() stands for the fields, with a LIMIT of at most 200', () => {
    expect(run('SELECT FIELDS(ALL) FROM Account LIMIT 1').records[0]).toHaveProperty('BillingAddress')
    expect(errorOf('SELECT FIELDS(ALL) FROM Account').code).toBe('MALFORMED_QUERY')
  })
})

describe('ORDER BY, LIMIT, OFFSET', () => {
  test.each<[string, string[]]>([
    ['ORDER BY Amount', ['Three', 'One', 'Four', 'Two']],
    ['ORDER BY Amount NULLS LAST', ['One', 'Four', 'Two', 'Three']],
    ['ORDER BY Amount DESC', ['Three', 'Two', 'Four', 'One']],
    ['ORDER BY Amount DESC NULLS LAST', ['Two', 'Four', 'One', 'Three']],
    ['ORDER BY Account.Name DESC NULLS LAST, Name DESC', ['Three', 'Two', 'One', 'Four']],
    ['ORDER BY Name LIMIT 2', ['Four', 'One']],
    ['ORDER BY Name LIMIT 2 OFFSET 1', ['One', 'Three']],
    ['ORDER BY Name OFFSET 3', ['Two']],
  ])('%s', (clause, expected) => {
    expect(names(`SELECT Name FROM Opportunity ${clause}`)).toEqual(expected)
  })
})

describe('deleted records', () => {
  test('are hidden from query and shown by queryAll', () => {
    expect(names('SELECT Name FROM Account ORDER BY Name')).not.toContain('Gone')
    expect(names('SELECT Name FROM Account WHERE IsDeleted = true', true)).toEqual(['Gone'])
    expect(names('SELECT Name FROM Account WHERE IsDeleted = true')).toEqual([])
  })
})

describe('errors in the words of Salesforce', () => {
  test('an unknown field is named with its place', () => {
    const error = errorOf('SELECT Id, Foo FROM Account')
    expect(error).toMatchObject({ status: 400, code: 'INVALID_FIELD' })
    expect(error.message).toBe(
      '\nSELECT Id, Foo FROM Account\n           ^\nERROR at Row:1:Column:12\n' +
        "No such column 'Foo' on entity 'Account'. If you are attempting to use a custom field, be sure to append the '__c' " +
        'after the custom field name. Please reference your WSDL or the describe call for the appropriate names.',
    )
  })

  test.each([
    ['SELECT Id FROM Nothing', 'INVALID_TYPE', "sObject type 'Nothing' is not supported."],
    ['SELECT Id FROM Account WHERE Foo = 1', 'INVALID_FIELD', "No such column 'Foo' on entity 'Account'."],
    ['SELECT Id FROM Account ORDER BY Foo', 'INVALID_FIELD', "No such column 'Foo' on entity 'Account'."],
    ['SELECT Account.Foo FROM Opportunity', 'INVALID_FIELD', "No such column 'Foo' on entity 'Account'."],
    ['SELECT Foo.Name FROM Account', 'INVALID_FIELD', "Didn't understand relationship 'Foo' in field path."],
    ['SELECT Id FROM Account WHERE', 'MALFORMED_QUERY', "unexpected token: '<EOF>'"],
    ['SELECT Id, FROM Account', 'MALFORMED_QUERY', "unexpected token: 'FROM'"],
    ['SELECT Id Account', 'MALFORMED_QUERY', "unexpected token: '<EOF>'"],
    ["SELECT Id FROM Account WHERE Name = 'x", 'MALFORMED_QUERY', 'unexpected token'],
    ['SELECT Id FROM Account LIMIT x', 'MALFORMED_QUERY', "unexpected token: 'x'"],
    [
      "SELECT Id FROM Account WHERE Name = 'a' AND Name = 'b' OR Name = 'c'",
      'MALFORMED_QUERY',
      "unexpected token: 'OR'",
    ],
    ['SELECT Id, Id FROM Account', 'MALFORMED_QUERY', 'duplicate field selected: Id'],
    ['SELECT Name, COUNT(Id) FROM Account', 'MALFORMED_QUERY', 'Field must be grouped or aggregated: Name'],
    [
      "SELECT Id FROM Opportunity WHERE Amount = '5'",
      'INVALID_FIELD',
      "'Amount' must be of type double and should not be enclosed in quotes",
    ],
    [
      'SELECT Id FROM Account WHERE Name = 5',
      'INVALID_FIELD',
      "'Name' must be of type string and should be enclosed in quotes",
    ],
    [
      "SELECT Id FROM Account WHERE CreatedDate > '2026-01-01'",
      'INVALID_FIELD',
      "'CreatedDate' must be of type dateTime",
    ],
    [
      'SELECT Id FROM Account WHERE CreatedDate > 2026-01-01',
      'INVALID_FIELD',
      "'CreatedDate' must be of type dateTime",
    ],
    [
      'SELECT Id FROM Opportunity WHERE CloseDate > 2026-01-01T00:00:00Z',
      'INVALID_FIELD',
      "'CloseDate' must be of type date",
    ],
    ["SELECT Id FROM Account WHERE Id = 'short'", 'INVALID_QUERY_FILTER_OPERATOR', 'invalid ID field: short'],
    ["SELECT Id FROM Account WHERE Id LIKE '001%'", 'INVALID_QUERY_FILTER_OPERATOR', 'invalid operator on id field'],
    ["SELECT Id FROM Account WHERE Description = 'x'", 'INVALID_FIELD', "field 'Description' can not be filtered"],
    ['SELECT Id FROM Account ORDER BY Description', 'MALFORMED_QUERY', "field 'Description' can not be sorted"],
    ['SELECT Id FROM Account OFFSET 2001', 'NUMBER_OUTSIDE_VALID_RANGE', 'Maximum SOQL offset allowed is 2000'],
    ['SELECT Id, (SELECT Id FROM Contacts) FROM Account', 'MALFORMED_QUERY', 'does not serve child subqueries'],
    [`SELECT Id FROM Account WHERE Name = '${'x'.repeat(100_000)}'`, 'MALFORMED_QUERY', 'cannot be longer than 100000'],
  ])('%.70s', (soql, code, words) => {
    const error = errorOf(soql)
    expect(error.code).toBe(code)
    expect(error.message).toContain(words)
  })

  test('a value that looks like SQL is a value', () => {
    expect(names(String.raw`SELECT Name FROM Account WHERE Name = '\'; DROP TABLE sf_Account; --'`)).toEqual([])
    expect(names('SELECT Name FROM Account ORDER BY Name')).toHaveLength(3)
  })
})

describe('date literals', () => {
  const days = (literal: string, n?: number) => {
    const range = rangeOfLiteral(literal, n, NOW)
    if (range === null) return null
    return [range.from, range.to].map((ms) => new Date(ms).toISOString().slice(0, 10)).join(' ')
  }
  test.each<[string, number | undefined, string | null]>([
    ['TODAY', undefined, '2026-11-22 2026-11-23'],
    ['YESTERDAY', undefined, '2026-11-21 2026-11-22'],
    ['TOMORROW', undefined, '2026-11-23 2026-11-24'],
    ['THIS_WEEK', undefined, '2026-11-22 2026-11-29'],
    ['LAST_WEEK', undefined, '2026-11-15 2026-11-22'],
    ['NEXT_MONTH', undefined, '2026-12-01 2027-01-01'],
    ['THIS_QUARTER', undefined, '2026-10-01 2027-01-01'],
    ['LAST_QUARTER', undefined, '2026-07-01 2026-10-01'],
    ['THIS_FISCAL_YEAR', undefined, '2026-01-01 2027-01-01'],
    ['LAST_90_DAYS', undefined, '2026-08-24 2026-11-23'],
    ['NEXT_90_DAYS', undefined, '2026-11-23 2027-02-21'],
    ['LAST_N_DAYS:2', 2, '2026-11-20 2026-11-23'],
    ['NEXT_N_DAYS:2', 2, '2026-11-23 2026-11-25'],
    ['N_DAYS_AGO:2', 2, '2026-11-20 2026-11-21'],
    ['LAST_N_MONTHS:2', 2, '2026-09-01 2026-11-01'],
    ['NEXT_N_WEEKS:1', 1, '2026-11-29 2026-12-06'],
    ['N_YEARS_AGO:1', 1, '2025-01-01 2026-01-01'],
    ['LAST_N_FISCAL_QUARTERS:1', 1, '2026-07-01 2026-10-01'],
    ['SOMEDAY', undefined, null],
  ])('%s', (literal, n, expected) => {
    expect(days(literal, n)).toBe(expected)
  })
})

test('doubles are printed as the servers print them, and stay valid JSON', () => {
  const cases: readonly (readonly [number, string])[] = [
    [0, '0.0'],
    [15_000, '15000.0'],
    [-2.5, '-2.5'],
    [9_999_999, '9999999.0'],
    [10_000_000, '1.0E7'],
    [139_000_000, '1.39E8'],
    [0.001, '0.001'],
    [0.0001, '1.0E-4'],
  ]
  for (const [value, text] of cases) {
    expect(formatDouble(value)).toBe(text)
    expect(JSON.parse(text)).toBe(value)
  }
})

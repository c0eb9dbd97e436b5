import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { RecordMapping } from '../../src/mapping/mapping.ts'
import { ahead, parse, told, utc } from './fixtures.ts'

function mapping(opportunity: string, { kind = 'opportunity', ...files }: { model?: string; kind?: string } = {}) {
  const parsed = parse({
    source: `source: salesforce\nrecords:\n  ${kind}:\n${opportunity}`,
    board: null,
    ...files,
  })
  expect(told(parsed)).toEqual([])
  return parsed.mappings?.sources[0]?.records[0] as RecordMapping
}

function map(record: RecordMapping, fields: Record<string, string | boolean | null>, zone = utc) {
  const mapped = record.map({ kind: 'present', id: '006A', changedAt: '2026-11-22T10:00:00.000Z', fields }, zone)
  return { ...mapped, body: mapped.record === null ? null : JSON.parse(mapped.record.body) }
}

const PLAIN = `    object: Opportunity
    fields:
      accountId: AccountId
      name: Name
      stage: StageName
      amount: Amount
      probability: { field: Probability, as: percent }
      createdAt: CreatedDate
      closeOn: CloseDate
`

test('a source is swept every day for formulas and every week for all else, unless its file says otherwise', () => {
  const times = (lines: string) => {
    const parsed = parse({ source: `source: salesforce\n${lines}records:\n  opportunity:\n${PLAIN}`, board: null })
    expect(told(parsed)).toEqual([])
    const { formulasEveryMs = 0, reconcileEveryMs = 0 } = parsed.mappings?.sources[0] ?? {}
    return [formulasEveryMs / 3_600_000, reconcileEveryMs / 3_600_000]
  }
  expect(times('')).toEqual([24, 168])
  expect(times('formulas_every: 6h\nreconcile_every: 2d\n')).toEqual([6, 48])
})

describe('a raw record becomes ours', () => {
  test('fields are read by their types, and the record says where it comes from', () => {
    const { body, rejections } = map(mapping(PLAIN), {
      AccountId: '001A',
      Name: '50 seats',
      StageName: 'Prospecting',
      Amount: '24710.50',
      Probability: '10',
      CreatedDate: '2026-09-01T09:00:00.000Z',
      CloseDate: '2026-12-15',
    })
    expect(body).toEqual({
      id: '006A',
      source: 'salesforce',
      sourceId: '006A',
      changedAt: Date.UTC(2026, 10, 22, 10),
      accountId: '001A',
      name: '50 seats',
      stage: 'Prospecting',
      amount: 2471050,
      probability: 0.1,
      createdAt: Date.UTC(2026, 8, 1, 9),
      closeOn: Date.UTC(2026, 11, 15) / 86_400_000,
    })
    expect(rejections).toEqual([])
  })

  test('an empty field is absent', () => {
    const { body } = map(mapping(PLAIN), { Name: null, StageName: '', Amount: '   ' })
    expect(Object.keys(body)).toEqual(['changedAt', 'id', 'source', 'sourceId'])
  })

  test('the body has its keys in order, so that equal records have equal bytes', () => {
    const record = mapping(
      `${PLAIN}      extra.b: { field: B__c, as: text }\n      extra.a: { field: A__c, as: text }\n`,
    )
    const values = { B__c: 'b', A__c: 'a', Name: 'n', AccountId: '001A', StageName: 's' }
    const keysOf = (value: object): string[] =>
      Object.entries(value).flatMap(([key, inner]) => [
        key,
        ...(typeof inner === 'object' && inner ? keysOf(inner) : []),
      ])
    const { body, record: stored } = map(record, values)
    expect(Object.keys(body)).toEqual(Object.keys(body).toSorted())
    expect(Object.keys(body.extra)).toEqual(['a', 'b'])
    const again = map(record, Object.fromEntries(Object.entries(values).reverse()))
    expect(again.record?.body).toBe(stored?.body)
    expect(keysOf(body)).toContain('extra')
  })

  test('a child stands with its parent, and by itself when it names none', () => {
    const record = mapping(PLAIN)
    expect(map(record, { AccountId: '001A' }).record?.place).toEqual({
      as: 'child',
      of: { kind: 'account', id: '001A' },
    })
    expect(map(record, {}).record?.place).toEqual({ as: 'root' })
  })

  test('a kind that can hang on several records is with the first that is named', () => {
    const kind = `    object: Ask__c\n    fields: { accountId: Account__c, opportunityId: Deal__c, feature: Name }\n`
    const record = mapping(kind, { kind: 'request' })
    const of = (fields: Record<string, string>) => map(record, fields).record?.place
    expect(of({ Account__c: '001A', Deal__c: '006A' })).toEqual({ as: 'child', of: { kind: 'account', id: '001A' } })
    expect(of({ Deal__c: '006A' })).toEqual({ as: 'child', of: { kind: 'opportunity', id: '006A' } })
    expect(of({})).toEqual({ as: 'root' })
  })

  test('it is ordered by its creation, or by its last change where that is unknown', () => {
    const record = mapping(PLAIN)
    expect(map(record, { CreatedDate: '2026-09-01T09:00:00.000Z' }).record?.at).toBe(Date.UTC(2026, 8, 1, 9))
    expect(map(record, {}).record?.at).toBe(Date.UTC(2026, 10, 22, 10))
  })

  test('the fields to read are listed once each, in order, the id left out', () => {
    const record = mapping(
      `    object: Opportunity\n    currency: CurrencyIsoCode\n    url: 'https://x.example/{id}/{Slug__c}'\n    fields: { name: Name, nextStep: Name, amount: Amount, leadId: Id }\n`,
    )
    expect(record.reads).toEqual(['Amount', 'CurrencyIsoCode', 'Name', 'Slug__c'])
    expect(record.fields).toEqual({ name: 'Name', nextStep: 'Name', amount: 'Amount', leadId: 'Id' })
  })
})

describe('bad values are rejected values: the record is kept, the field empty, the reason listed', () => {
  test('each with field, source field, value and words', () => {
    const { body, rejections } = map(mapping(PLAIN), {
      Name: '#N/A',
      Amount: ' 300000 ',
      CloseDate: '01-May',
      StageName: 'Prospecting',
    })
    expect(body.stage).toBe('Prospecting')
    expect(body).not.toHaveProperty('amount')
    expect(body.unread).toEqual(['amount', 'closeOn', 'name'])
    expect(rejections).toEqual([
      {
        field: 'amount',
        from: 'Amount',
        value: ' 300000 ',
        code: 'blanks-around',
        reason: '" 300000 " has blanks around it; set trim: true',
      },
      {
        field: 'closeOn',
        from: 'CloseDate',
        value: '01-May',
        code: 'not-a-date',
        reason: '"01-May" is no date such as 2026-11-22; declare its format',
      },
      {
        field: 'name',
        from: 'Name',
        value: '#N/A',
        code: 'no-value-word',
        reason: '"#N/A" stands for no value; list it under null_values',
      },
    ])
  })

  test('what the mapping declares is no bad value: null values, trimming, aliases, formats', () => {
    const record = mapping(`    object: Opportunity
    null_values: ['#N/A']
    aliases: { stage: { 'Closed won': Closed Won } }
    fields:
      name: Name
      stage: StageName
      amount: { field: Amount, trim: true, null_values: [-1] }
      closeOn: { field: CloseDate, format: MM/DD/YY }
      competitor: { field: Product, aliases: { GTXPro: GTX Pro, Select: Select } }
      kind: { field: Type, values: { Existing Business: expansion, '': new_business } }
`)
    const { body, rejections } = map(record, {
      Name: '#N/A',
      StageName: 'Closed won',
      Amount: ' 300000 ',
      CloseDate: '02/23/26',
      Product: 'GTXPro',
      Type: 'Existing Business',
    })
    expect(rejections).toEqual([])
    expect(body).toMatchObject({ stage: 'Closed Won', amount: 30000000, competitor: 'GTX Pro', kind: 'expansion' })
    expect(body).not.toHaveProperty('name')
    const other = map(record, { Amount: '-1', Product: 'Select', Type: '' })
    expect(other.rejections).toEqual([])
    expect(other.body).toMatchObject({ competitor: 'Select', kind: 'new_business' })
    expect(other.body).not.toHaveProperty('amount')
  })

  test('a record is rejected as a whole only when a required field is empty or cannot be read', () => {
    const record = mapping(
      `    object: Opportunity\n    fields: { name: Name, amount: { field: Amount, required: true } }\n`,
    )
    expect(map(record, { Amount: '5' }).body.amount).toBe(500)
    for (const [value, shown] of [
      [null, ''],
      ['abc', 'abc'],
    ] as const) {
      const { record: none, rejections } = map(record, { Name: 'A', Amount: value })
      expect(none).toBeNull()
      expect(rejections).toMatchObject([{ field: '', from: 'Amount', value: shown, code: 'required-field' }])
    }
  })

  test('whatever a source delivers, mapping it never throws and always answers', () => {
    const record = mapping(`${PLAIN}      extra.score: { field: Score__c, as: number }\n`)
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom(...record.reads), fc.oneof(fc.string(), fc.boolean(), fc.constant(null))),
        (fields) => {
          const { record: mapped, rejections } = map(record, fields)
          return mapped !== null && Array.isArray(rejections)
        },
      ),
      { numRuns: 300 },
    )
  })
})

describe('money', () => {
  const withCurrency = `    object: Opportunity\n    currency: CurrencyIsoCode\n    fields: { amount: Amount, 'extra.fee': { field: Fee__c, as: money } }\n`

  test('is in minor units of the record’s currency, the company’s where the record names none', () => {
    const record = mapping(withCurrency)
    expect(map(record, { Amount: '1000', CurrencyIsoCode: 'JPY' }).body).toMatchObject({
      amount: 1000,
      currency: 'JPY',
    })
    expect(map(record, { Amount: '1000', CurrencyIsoCode: 'KWD' }).body).toMatchObject({ amount: 1000000 })
    const plain = map(record, { Amount: '1000' }).body
    expect(plain.amount).toBe(100000)
    expect(plain).not.toHaveProperty('currency')
  })

  test('of a currency nobody knows is rejected rather than taken for the company’s', () => {
    const { body, rejections } = map(mapping(withCurrency), { Amount: '1000', CurrencyIsoCode: 'XQZ' })
    expect(body).not.toHaveProperty('amount')
    expect(rejections.map(({ field, code }) => [field, code])).toEqual([
      ['currency', 'unknown-currency'],
      ['amount', 'unknown-currency'],
    ])
  })

  test('has the decimals of its currency', () => {
    const amount = (code: string, text: string) => map(mapping(withCurrency), { CurrencyIsoCode: code, Amount: text })
    expect(amount('JPY', '1500').body).toMatchObject({ amount: 1500 })
    expect(amount('KWD', '1.234').body).toMatchObject({ amount: 1234 })
    expect(amount('JPY', '1.5').rejections).toMatchObject([{ field: 'amount', code: 'too-many-decimals' }])
  })

  test('may name a field that not every org has; such fields and objects are known as optional', () => {
    const record = mapping(
      `    object: Opportunity\n    optional: true\n    currency: { field: CurrencyIsoCode, optional: true }\n` +
        `    fields: { amount: Amount, nextStep: { field: Next__c, optional: true }, name: Name, 'extra.n': { field: Name, as: text, optional: true } }\n`,
    )
    expect(record).toMatchObject({ optional: true, optionalReads: ['CurrencyIsoCode', 'Next__c'] })
    expect(map(record, { Amount: '5' }).body).toMatchObject({ amount: 500 })
    expect(mapping(PLAIN)).toMatchObject({ optional: false, optionalReads: [] })
  })

  test('a fixed currency is written out', () => {
    const record = mapping(`    object: Opportunity\n    currency: EUR\n    fields: { amount: Amount }\n`)
    expect(map(record, { Amount: '1' }).body).toMatchObject({ amount: 100, currency: 'EUR' })
  })

  test('in a further field is a plain number', () => {
    expect(map(mapping(withCurrency), { Fee__c: '24710.50' }).body.extra).toEqual({ fee: 24710.5 })
  })
})

test('a fixed value needs no source field', () => {
  const record = mapping(`    object: Opportunity\n    fields: { motion: { value: sales_assisted }, name: Name }\n`)
  expect(map(record, {}).body.motion).toBe('sales_assisted')
  expect(record.reads).toEqual(['Name'])
})

test('an address is made of the id and of fields, and left out when one of them is empty', () => {
  const record = mapping(
    `    object: Opportunity\n    url: 'https://x.example/{id}?n={Name}'\n    fields: { name: Name }\n`,
  )
  expect(map(record, { Name: 'a b' }).body.url).toBe('https://x.example/006A?n=a%20b')
  expect(map(record, { Name: null }).body).not.toHaveProperty('url')
})

test('days of instants are those of the company’s zone', () => {
  const record = mapping(`    object: Opportunity\n    fields: { closeOn: { field: ClosedAt, as: instant } }\n`)
  expect(map(record, { ClosedAt: '2026-11-22T22:30:00.000Z' }, ahead).body.closeOn).toBe(
    Date.UTC(2026, 10, 23) / 86_400_000,
  )
})

describe('the digest changes when anything that decides the mapped result changes', () => {
  const digest = (text: string, files = {}) => mapping(text, files).digest

  test('and not when the place in the file, the condition or the order of keys changes', () => {
    const base = digest(PLAIN)
    expect(digest(`    where: Amount > 0\n${PLAIN}`)).toBe(base)
    expect(
      digest(
        PLAIN.replace(
          '      accountId: AccountId\n      name: Name\n',
          '      name: Name\n      accountId: AccountId\n',
        ),
      ),
    ).toBe(base)
  })

  test.each([
    ['a source field', PLAIN.replace('StageName', 'Stage__c')],
    ['a reading', PLAIN.replace('as: percent', 'as: ratio')],
    ['null values', `    null_values: [x]\n${PLAIN}`],
    ['aliases', `    aliases: { name: { a: b } }\n${PLAIN}`],
    ['a further field', `${PLAIN}      extra.a: { field: A__c, as: text }\n`],
    ['the currency', `    currency: EUR\n${PLAIN}`],
    ['trimming', PLAIN.replace('name: Name', 'name: { field: Name, trim: true }')],
    ['whether a field is required', PLAIN.replace('name: Name', 'name: { field: Name, required: true }')],
  ])('%s', (_, text) => {
    expect(digest(text)).not.toBe(digest(PLAIN))
  })

  test('the company’s currency and zone', () => {
    const other = (from: string, to: string) =>
      digest(PLAIN, {
        model:
          `company: { currency: USD, time_zone: UTC }\nstages: { salesforce: [{ name: A, funnelStage: won }] }\n`.replace(
            from,
            to,
          ),
      })
    expect(other('USD', 'EUR')).not.toBe(digest(PLAIN))
    expect(other('UTC', 'Europe/Berlin')).not.toBe(digest(PLAIN))
  })
})

test('reading options of files are handed to the source', () => {
  const parsed = parse({
    source: `source: crm
type: files
path: \${EXPORTS}/crm
records:
  opportunity:
    object: deals.csv
    id: deal_id
    changed_at: updated
    delimiter: ';'
    encoding: latin1
    fields: { name: title }
`,
    model: 'company: { currency: USD }\nstages: { crm: [{ name: Won, funnelStage: won }] }\n',
    board: null,
    environment: { EXPORTS: '/data' },
  })
  expect(told(parsed)).toEqual([])
  const [source] = parsed.mappings?.sources ?? []
  expect(source).toMatchObject({ source: 'crm', type: 'files', path: '/data/crm' })
  expect(source?.records[0]?.reading).toEqual({
    id: 'deal_id',
    changedAt: 'updated',
    delimiter: ';',
    encoding: 'latin1',
  })
})

test('changes of stage need to say of what, when and to which stage', () => {
  const parsed = parse({
    source:
      'source: salesforce\nrecords:\n  stage_change:\n    object: OpportunityHistory\n    fields: { amount: Amount }\n',
  })
  expect(parsed.problems.filter(({ file }) => file.startsWith('sources')).map(({ message }) => message)).toEqual([
    '"opportunityId" is missing in records > stage_change > fields: without it a change says nothing',
    '"at" is missing in records > stage_change > fields: without it a change says nothing',
    '"stage" is missing in records > stage_change > fields: without it a change says nothing',
  ])
})

test('keys that mean nothing to the type of source are refused', () => {
  const parsed = parse({
    source:
      'source: salesforce\npath: .\nrecords:\n  account:\n    object: Account\n    delimiter: ";"\n    fields: { name: Name }\n',
    model: 'company: { currency: USD }\n',
  })
  expect(told(parsed)).toEqual([
    'sources/salesforce.yaml:2:1 error key-not-for-type: "path" means nothing to a salesforce source\n    Remove it, or write type: files',
    'sources/salesforce.yaml:6:5 error key-not-for-type: "delimiter" means nothing to a salesforce source\n    Remove it',
  ])
})

describe('an exchange rate', () => {
  const parsed = parse({
    source: `source: salesforce\nrecords:\n  dated_exchange_rate:\n    object: DatedConversionRate\n    fields: { currency: IsoCode, from: StartDate, perCorporate: ConversionRate }\n`,
    board: null,
  })
  const record = parsed.mappings?.sources[0]?.records[0] as RecordMapping

  test('is context, one entry with the other rates of its currency', () => {
    const mapped = record.map(
      {
        kind: 'present',
        id: '04w1',
        changedAt: '2026-11-22T10:00:00.000Z',
        fields: { IsoCode: 'EUR', StartDate: '2026-03-01', ConversionRate: '0.920000' },
      },
      utc,
    )
    expect(mapped.record?.place).toEqual({ as: 'context', of: { kind: 'rate', id: 'EUR' } })
    expect(JSON.parse(mapped.record?.body ?? '')).toMatchObject({ currency: 'EUR', perCorporate: 0.92, from: 20_513 })
  })

  test('of no currency, or not above zero, says so', () => {
    const { rejections } = map(record, { IsoCode: 'EURO', StartDate: '2026-03-01', ConversionRate: '0' })
    expect(rejections.map(({ field, code }) => `${field} ${code}`).sort()).toEqual([
      'currency unknown-currency',
      'perCorporate not-positive',
    ])
  })
})

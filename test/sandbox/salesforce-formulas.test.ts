import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { checkFormula } from '../../src/sandbox/salesforce/formulas.ts'
import { createRecord, deleteRecord, undeleteRecord, updateRecord } from '../../src/sandbox/salesforce/records.ts'
import type { ObjectDef } from '../../src/sandbox/salesforce/schema.ts'
import { computed, type FieldDef } from '../../src/sandbox/salesforce/schema.ts'
import { NOW, SalesforceClient } from './salesforce-client.ts'

let client: SalesforceClient
beforeEach(async () => {
  client = await SalesforceClient.open()
})
afterEach(() => client[Symbol.asyncDispose]())

const DAY = 86_400_000
const org = () => client.sandbox.org
const pass = (ms: number) => client.sandbox.engine.clock.advance(ms)
const add = (object: string, field: FieldDef) => org().addFields(object, [field])
const rows = async (soql: string) => {
  const { status, text, body } = await client.query(soql)
  if (status !== 200) throw new Error(text)
  return body.records
}
const only = async (soql: string) => (await rows(soql))[0]
const newDeal = (values: object = {}) =>
  createRecord(org(), 'Opportunity', {
    Name: 'Deal',
    StageName: 'Prospecting',
    CloseDate: '2026-11-23',
    ...values,
  })

describe('a formula field', () => {
  test('copies a field of a parent, and of a parent of that', async () => {
    add('Opportunity', computed('Owner_Of_Account__c', 'string', { kind: 'copy', of: 'Account.Owner.LastName' }))
    add('Opportunity', computed('Industry__c', 'string', { kind: 'copy', of: 'Account.Industry' }))
    const account = createRecord(org(), 'Account', { Name: 'A', Industry: 'Energy' })
    newDeal({ AccountId: account })
    expect(await only('SELECT Owner_Of_Account__c, Industry__c FROM Opportunity')).toMatchObject({
      Owner_Of_Account__c: 'User',
      Industry__c: 'Energy',
    })
  })

  test('changes with the parent and moves no stamp of its record', async () => {
    const account = createRecord(org(), 'Account', { Name: 'A', Customer_Tier__c: 'Gold' })
    const deal = newDeal({ AccountId: account })
    const soql = 'SELECT Account_Tier__c, SystemModstamp FROM Opportunity'
    const before = await only(soql)
    pass(60_000)
    updateRecord(org(), 'Account', account, { Customer_Tier__c: 'Silver' })
    pass(60_000)
    const after = await only(soql)
    expect([before.Account_Tier__c, after.Account_Tier__c]).toEqual(['Gold', 'Silver'])
    expect(after.SystemModstamp).toBe(before.SystemModstamp)
    const { body } = await client.get(
      `/sobjects/Opportunity/updated?start=${new Date(NOW + 60_000).toISOString()}&end=${new Date(NOW + 600_000).toISOString()}`,
    )
    expect(body.ids).not.toContain(deal)
  })

  test('compares a date with today, and changes at midnight', async () => {
    add('Opportunity', computed('Is_Late__c', 'boolean', { kind: 'day', of: 'CloseDate', is: '<', days: 0 }))
    newDeal()
    client.sandbox.engine.limits.set('salesforce.sessionMs', 3 * DAY)
    const isLate = async () => (await only('SELECT Is_Late__c FROM Opportunity')).Is_Late__c
    expect(await isLate()).toBe(false)
    pass(DAY)
    expect(await isLate()).toBe(false)
    pass(DAY)
    expect(await isLate()).toBe(true)
  })

  test('joins texts, of which some may be empty, and reckons with numbers, of which none may', async () => {
    const parts = [{ of: 'Name' }, { text: ' / ' }, { of: 'NextStep' }]
    add('Opportunity', computed('Title__c', 'string', { kind: 'join', parts }))
    const weighted = { kind: 'arithmetic', left: 'Amount', operator: '*', right: 'Probability' } as const
    add('Opportunity', computed('Weighted__c', 'currency', weighted, { scale: 2 }))
    newDeal({ Name: 'Empty' })
    newDeal({ Name: "O'Neil", NextStep: 'Call', Amount: 0.1 })
    expect(await rows('SELECT Title__c, Weighted__c FROM Opportunity ORDER BY Name')).toMatchObject([
      { Title__c: 'Empty / ', Weighted__c: null },
      { Title__c: "O'Neil / Call", Weighted__c: 1 },
    ])
  })

  test('builds on other computed fields', async () => {
    add('Opportunity', computed('Twin__c', 'string', { kind: 'copy', of: 'Account_Tier__c' }))
    add('Opportunity', computed('Siblings__c', 'double', { kind: 'copy', of: 'Account.Open_Opportunities__c' }))
    const account = createRecord(org(), 'Account', { Name: 'A', Customer_Tier__c: 'Gold' })
    newDeal({ AccountId: account })
    newDeal({ AccountId: account })
    expect(await only('SELECT Twin__c, Siblings__c FROM Opportunity')).toMatchObject({
      Twin__c: 'Gold',
      Siblings__c: 2,
    })
  })

  test('is right in WHERE, ORDER BY, GROUP BY, in a read, behind a reference, over pages and in Bulk', async () => {
    const tiers = ['Gold', 'Silver', 'Bronze']
    for (const tier of tiers) {
      const account = createRecord(org(), 'Account', { Name: tier, Customer_Tier__c: tier })
      newDeal({ AccountId: account, Name: `for ${tier}` })
    }
    // Text is compared without regard to case, as in any text field.
    expect(await rows("SELECT Name FROM Opportunity WHERE Account_Tier__c IN ('gold')")).toMatchObject([
      { Name: 'for Gold' },
    ])
    const sorted = await rows('SELECT Account_Tier__c FROM Opportunity ORDER BY Account_Tier__c DESC')
    expect(sorted.map((row: { Account_Tier__c: string }) => row.Account_Tier__c)).toEqual(['Silver', 'Gold', 'Bronze'])
    const grouped = await rows('SELECT Account_Tier__c, COUNT(Id) n FROM Opportunity GROUP BY Account_Tier__c')
    expect(grouped).toHaveLength(3)
    const { Id } = await only("SELECT Id FROM Opportunity WHERE Account_Tier__c = 'Gold'")
    expect((await client.get(`/sobjects/Opportunity/${Id}`)).body.Account_Tier__c).toBe('Gold')
    expect(
      await only(`SELECT Opportunity.Account_Tier__c FROM OpportunityHistory WHERE OpportunityId = '${Id}'`),
    ).toMatchObject({ Opportunity: { Account_Tier__c: 'Gold' } })
    client.sandbox.engine.limits.set('salesforce.queryPageRows', 2)
    const page = (await client.query('SELECT Account_Tier__c FROM Opportunity ORDER BY Account_Tier__c')).body
    const last = (await client.get(page.nextRecordsUrl)).body
    expect(last.records).toMatchObject([{ Account_Tier__c: 'Silver' }])
    const soql = 'SELECT Account_Tier__c FROM Opportunity ORDER BY Account_Tier__c'
    const job = (await client.send('POST', '/jobs/query', { operation: 'query', query: soql })).body
    pass(60_000)
    expect((await client.get(`/jobs/query/${job.id}/results`)).text).toBe(
      '"Account_Tier__c"\n"Bronze"\n"Gold"\n"Silver"\n',
    )
  })

  test('shows what its reader may not see', async () => {
    const account = createRecord(org(), 'Account', { Name: 'A', Customer_Tier__c: 'Gold' })
    newDeal({ AccountId: account })
    org().hideField('Account', 'Customer_Tier__c')
    expect(await only('SELECT Account_Tier__c FROM Opportunity')).toMatchObject({ Account_Tier__c: 'Gold' })
  })
})

describe('a roll-up summary field', () => {
  test('follows the children as they are created, changed, deleted and undeleted, and moves no stamp', async () => {
    const by = { child: 'Opportunity', by: 'AccountId' } as const
    add('Account', computed('Sum__c', 'currency', { kind: 'rollup', function: 'SUM', ...by, of: 'Amount' }))
    add('Account', computed('Largest__c', 'currency', { kind: 'rollup', function: 'MAX', ...by, of: 'Amount' }))
    add('Account', computed('Last_Close__c', 'date', { kind: 'rollup', function: 'MAX', ...by, of: 'CloseDate' }))
    const account = createRecord(org(), 'Account', { Name: 'A' })
    const soql = 'SELECT Open_Opportunities__c, Sum__c, Largest__c, Last_Close__c, SystemModstamp FROM Account'
    const seen = async () => {
      const { attributes, SystemModstamp, ...values } = await only(soql)
      return Object.values(values)
    }
    const stamp = (await only(soql)).SystemModstamp
    expect(await seen()).toEqual([0, 0, null, null])
    pass(60_000)
    const [first, second] = [10, 20].map((Amount) => newDeal({ AccountId: account, Amount })) as [string, string]
    expect(await seen()).toEqual([2, 30, 20, '2026-11-23'])
    updateRecord(org(), 'Opportunity', second, { StageName: 'Closed Lost', CloseDate: '2026-11-30' })
    expect(await seen()).toEqual([1, 30, 20, '2026-11-30'])
    deleteRecord(org(), 'Opportunity', first)
    expect(await seen()).toEqual([0, 20, 20, '2026-11-30'])
    undeleteRecord(org(), 'Opportunity', first)
    updateRecord(org(), 'Opportunity', second, { AccountId: null })
    expect(await seen()).toEqual([1, 10, 10, '2026-11-23'])
    expect((await only(soql)).SystemModstamp).toBe(stamp)
  })

  test('can be filtered by', async () => {
    const account = createRecord(org(), 'Account', { Name: 'A' })
    createRecord(org(), 'Account', { Name: 'B' })
    newDeal({ AccountId: account })
    expect(await rows('SELECT Name FROM Account WHERE Open_Opportunities__c > 0')).toMatchObject([{ Name: 'A' }])
  })
})

describe('what describe says of computed fields', () => {
  const described = async (object: string, name: string) => {
    const { body } = await client.get(`/sobjects/${object}/describe`)
    return body.fields.find((field: { name: string }) => field.name === name)
  }

  test('is that they are calculated and read only, with the formula as text, of a roll-up null', async () => {
    const all = { calculated: true, createable: false, updateable: false }
    expect(await described('Opportunity', 'Account_Tier__c')).toMatchObject({
      ...all,
      calculatedFormula: 'Account.Customer_Tier__c',
    })
    expect(await described('Account', 'Open_Opportunities__c')).toMatchObject({ ...all, calculatedFormula: null })
    expect(await described('Account', 'Name')).toMatchObject({ calculated: false, calculatedFormula: null })
  })

  test.each([
    [{ kind: 'day', of: 'CloseDate', is: '<', days: 30 }, 'boolean', 'CloseDate < TODAY() + 30'],
    [{ kind: 'day', of: 'CloseDate', is: '>=', days: -1 }, 'boolean', 'CloseDate >= TODAY() - 1'],
    [{ kind: 'join', parts: [{ of: 'Name' }, { text: ' "x"' }] }, 'string', 'Name & " \\"x\\""'],
    [{ kind: 'arithmetic', left: 'Amount', operator: '/', right: 12 }, 'double', 'Amount / 12'],
  ] as const)('of %j is its text', async (formula, type, text) => {
    add('Opportunity', computed('F__c', type, formula as FieldDef['formula'] & object))
    expect((await described('Opportunity', 'F__c')).calculatedFormula).toBe(text)
  })

  test('holds: they cannot be written', async () => {
    const body = { Name: 'X', Open_Opportunities__c: 3 }
    const answer = await client.send('POST', '/sobjects/Account', body)
    expect(answer.body[0].errorCode).toBe('INVALID_FIELD_FOR_INSERT_UPDATE')
  })
})

describe('a formula that does not fit', () => {
  const rollup = { kind: 'rollup', child: 'Opportunity', by: 'AccountId' } as const
  test.each([
    ['string', { kind: 'copy', of: 'Nothing__c' }, 'reads "Nothing__c", which Opportunity does not have'],
    ['string', { kind: 'copy', of: 'Nobody.Name' }, 'goes from Opportunity to "Nobody", which leads nowhere'],
    ['double', { kind: 'copy', of: 'Account.Name' }, 'Account.Name is no double'],
    ['string', { kind: 'day', of: 'CloseDate', is: '<', days: 0 }, 'it compares a date and gives a boolean'],
    ['boolean', { kind: 'day', of: 'Name', is: '<', days: 0 }, 'it compares a date and gives a boolean'],
    ['string', { kind: 'join', parts: [{ of: 'Amount' }] }, 'Amount is no text'],
    ['double', { kind: 'arithmetic', left: 'Amount', operator: '+', right: 'Name' }, 'it reckons with numbers'],
    ['double', { ...rollup, function: 'COUNT' }, 'Opportunity.AccountId names no Opportunity'],
  ] as const)('%s by %j is refused', (type, formula, message) => {
    const object = org().wholeObject('Opportunity') as ObjectDef
    expect(() => checkFormula(org(), object, computed('F__c', type, formula as FieldDef['formula'] & object))).toThrow(
      message,
    )
  })

  test.each([
    ['double', { ...rollup, function: 'SUM' }, 'SUM and MAX need "of", COUNT takes none'],
    ['double', { ...rollup, function: 'SUM', of: 'CloseDate' }, 'SUM gives no double'],
    ['double', { ...rollup, function: 'COUNT', child: 'Deal__c' }, 'the object "Deal__c", which the org does not have'],
  ] as const)('%s by %j is refused', (type, formula, message) => {
    const object = org().wholeObject('Account') as ObjectDef
    expect(() => checkFormula(org(), object, computed('F__c', type, formula as FieldDef['formula'] & object))).toThrow(
      message,
    )
  })
})

import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { applyOperations, type OrgOperation } from '../../src/sandbox/salesforce/org-operations.ts'
import { type Json, SalesforceClient } from './salesforce-client.ts'

let client: SalesforceClient
beforeEach(async () => {
  client = await SalesforceClient.open()
})
afterEach(() => client[Symbol.asyncDispose]())

const RATES = { EUR: 0.9, JPY: 150 }
const org = () => client.sandbox.org
function does(operation: OrgOperation): void {
  const [result] = applyOperations(org(), [operation])
  if (result?.ok !== true) throw new Error(JSON.stringify(result))
}
const refusal = (operation: OrgOperation): string => {
  const [result] = applyOperations(org(), [operation])
  if (result?.ok !== false) throw new Error('It was done')
  return result.error.message
}
const enable = (dated = false) => does({ do: 'enableCurrencies', corporate: 'USD', rates: RATES, dated })
const rows = async (soql: string): Promise<Json[]> => {
  const { status, text, body } = await client.query(soql)
  if (status !== 200) throw new Error(text)
  return body.records.map(({ attributes, ...row }: Json) => row)
}
const codeOf = async (soql: string) => (await client.query(soql)).body[0]?.errorCode
const deal = { Name: 'D', StageName: 'Prospecting', CloseDate: '2026-12-24', Amount: 100 }

describe('an org of one currency', () => {
  test('has no CurrencyType, no DatedConversionRate and no CurrencyIsoCode', async () => {
    expect(await codeOf('SELECT IsoCode FROM CurrencyType')).toBe('INVALID_TYPE')
    expect(await codeOf('SELECT IsoCode FROM DatedConversionRate')).toBe('INVALID_TYPE')
    expect(await codeOf('SELECT CurrencyIsoCode FROM Opportunity')).toBe('INVALID_FIELD')
    expect(refusal({ do: 'setRate', isoCode: 'EUR', rate: 1 })).toBe('The org has one currency')
  })
})

describe('a multi-currency org', () => {
  test('tells its currencies and their rates', async () => {
    enable()
    expect(
      await rows('SELECT IsoCode, ConversionRate, DecimalPlaces, IsActive, IsCorporate FROM CurrencyType ORDER BY Id'),
    ).toEqual([
      { IsoCode: 'USD', ConversionRate: 1, DecimalPlaces: 2, IsActive: true, IsCorporate: true },
      { IsoCode: 'EUR', ConversionRate: 0.9, DecimalPlaces: 2, IsActive: true, IsCorporate: false },
      { IsoCode: 'JPY', ConversionRate: 150, DecimalPlaces: 2, IsActive: true, IsCorporate: false },
    ])
    expect(await codeOf('SELECT IsoCode FROM DatedConversionRate')).toBe('INVALID_TYPE')
    expect(refusal({ do: 'enableCurrencies', corporate: 'USD', rates: {} })).toBe('The org is multi-currency already')
  })

  test('has CurrencyIsoCode on every object with currency fields, on later ones too, and on no other', async () => {
    enable()
    does({ do: 'addObject', object: { name: 'Deal__c', fields: [{ name: 'Amount__c', type: 'currency' }] } })
    does({ do: 'addObject', object: { name: 'Plain__c' } })
    const has = (name: string) =>
      org()
        .object(name)
        ?.fields.some((field) => field.name === 'CurrencyIsoCode')
    const names = ['Account', 'Lead', 'Opportunity', 'OpportunityHistory', 'Deal__c']
    expect(names.map(has)).toEqual(names.map(() => true))
    expect(['Contact', 'User', 'Plain__c', 'CurrencyType'].map(has)).toEqual([false, false, false, false])
  })

  test('has what was there before in the corporate currency, with the stamps it had', async () => {
    const id = await client.create('Opportunity', deal)
    const [{ SystemModstamp }] = (await rows('SELECT SystemModstamp FROM Opportunity')) as [Json]
    client.sandbox.engine.clock.advance(60_000)
    enable()
    expect(await rows('SELECT Id, CurrencyIsoCode, SystemModstamp FROM Opportunity')).toEqual([
      { Id: id, CurrencyIsoCode: 'USD', SystemModstamp },
    ])
  })

  test('gives amounts in the currency of the record, which its history has too', async () => {
    enable()
    const id = await client.create('Opportunity', { ...deal, CurrencyIsoCode: 'EUR' })
    await client.create('Opportunity', deal)
    expect(await rows('SELECT Amount, CurrencyIsoCode FROM Opportunity ORDER BY Id')).toEqual([
      { Amount: 100, CurrencyIsoCode: 'EUR' },
      { Amount: 100, CurrencyIsoCode: 'USD' },
    ])
    await client.send('PATCH', `/sobjects/Opportunity/${id}`, { CurrencyIsoCode: 'JPY', Amount: 9_000 })
    const soql = `SELECT Amount, CurrencyIsoCode FROM OpportunityHistory WHERE OpportunityId = '${id}' ORDER BY Id`
    expect(await rows(soql)).toEqual([
      { Amount: 100, CurrencyIsoCode: 'EUR' },
      { Amount: 9_000, CurrencyIsoCode: 'JPY' },
    ])
  })

  test('takes no currency that it does not have', async () => {
    enable()
    const answer = await client.send('POST', '/sobjects/Opportunity', { ...deal, CurrencyIsoCode: 'GBP' })
    expect(answer.body[0].errorCode).toBe('INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST')
    does({ do: 'addCurrency', isoCode: 'GBP', rate: 0.8 })
    await client.create('Opportunity', { ...deal, CurrencyIsoCode: 'GBP' })
    expect(refusal({ do: 'addCurrency', isoCode: 'GBP', rate: 0.8 })).toBe('The org has GBP already')
  })

  test('changes a rate without touching amounts or stamps of records', async () => {
    enable()
    await client.create('Opportunity', { ...deal, CurrencyIsoCode: 'EUR' })
    const before = await rows('SELECT Amount, SystemModstamp FROM Opportunity')
    client.sandbox.engine.clock.advance(60_000)
    does({ do: 'setRate', isoCode: 'EUR', rate: 0.95 })
    expect(await rows('SELECT Amount, SystemModstamp FROM Opportunity')).toEqual(before)
    expect(await rows("SELECT ConversionRate FROM CurrencyType WHERE IsoCode = 'EUR'")).toEqual([
      { ConversionRate: 0.95 },
    ])
    expect(refusal({ do: 'setRate', isoCode: 'GBP', rate: 1 })).toBe('The org has no currency "GBP"')
  })

  test('refuses what would need conversion: convertCurrency(), sums of amounts, roll-ups of amounts', async () => {
    enable()
    const converted = await client.query('SELECT convertCurrency(Amount) FROM Opportunity')
    expect(converted.body[0].message).toBe('This sandbox does not serve the function convertCurrency in SOQL')
    const summed = await client.query('SELECT SUM(Amount) FROM Opportunity')
    expect(summed.body[0].message).toContain('SUM of a currency field in a multi-currency org')
    expect(await codeOf('SELECT COUNT(Amount) FROM Opportunity')).toBeUndefined()
    const formula = { kind: 'rollup', function: 'SUM', child: 'Opportunity', by: 'AccountId', of: 'Amount' } as const
    expect(
      refusal({ do: 'addField', object: 'Account', field: { name: 'T__c', type: 'currency', formula } }),
    ).toContain('sums up currencies')
  })
})

describe('dated rates', () => {
  const dated = () =>
    rows(
      "SELECT StartDate, NextStartDate, ConversionRate FROM DatedConversionRate WHERE IsoCode = 'EUR' ORDER BY StartDate",
    )

  test('hold from their day until the next one begins, in whatever order they are added', async () => {
    enable(true)
    does({ do: 'addDatedRate', isoCode: 'EUR', startDate: '2026-07-01', rate: 0.92 })
    does({ do: 'addDatedRate', isoCode: 'EUR', startDate: '2026-01-01', rate: 0.91 })
    does({ do: 'addDatedRate', isoCode: 'EUR', startDate: '2026-07-01', rate: 0.93 })
    expect(await dated()).toEqual([
      { StartDate: '0001-01-01', NextStartDate: '2026-01-01', ConversionRate: 0.9 },
      { StartDate: '2026-01-01', NextStartDate: '2026-07-01', ConversionRate: 0.91 },
      { StartDate: '2026-07-01', NextStartDate: '9999-12-31', ConversionRate: 0.93 },
    ])
  })

  test('are in no org without advanced currency management', () => {
    enable()
    expect(refusal({ do: 'addDatedRate', isoCode: 'EUR', startDate: '2026-01-01', rate: 1 })).toBe(
      'The org has no dated rates',
    )
  })

  test('are wholly read by a reader of CurrencyType and DatedConversionRate', async () => {
    enable(true)
    does({ do: 'addCurrency', isoCode: 'GBP', rate: 0.8 })
    const [current, all] = [
      await rows('SELECT IsoCode FROM CurrencyType'),
      await rows('SELECT IsoCode FROM DatedConversionRate'),
    ]
    expect(all).toEqual(current)
    expect(all).toHaveLength(4)
  })
})

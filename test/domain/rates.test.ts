import { describe, expect, test } from 'vitest'
import { defaultModel } from '../../src/domain/default-model.ts'
import { deriveDossier } from '../../src/domain/derive.ts'
import type { Model } from '../../src/domain/model.ts'
import { convertMoney } from '../../src/domain/money.ts'
import { createRates, nextRateDay, rateOn } from '../../src/domain/rates.ts'
import type { ExchangeRate } from '../../src/domain/records.ts'
import { aDossier, anAccount, anOpportunity, contextOf, day, TODAY } from './builders.ts'

const model: Model = defaultModel()

let count = 0
function aRate(
  currency: string,
  perCorporate: number,
  from?: string,
  fields: Partial<ExchangeRate> = {},
): ExchangeRate {
  count += 1
  const dated = from === undefined ? {} : { from: day(from) }
  const id = `R${String(count).padStart(3, '0')}`
  return { id, sourceId: id, source: 'salesforce', changedAt: 0, currency, perCorporate, ...dated, ...fields }
}

function worth(
  records: readonly ExchangeRate[],
  currency: string,
  on: string,
  { of = model, source = 'salesforce' } = {},
) {
  const looked: string[] = []
  const rate = rateOn(createRates(records), of, source, currency, day(on), (one) => looked.push(one))
  return { rate: rate === undefined ? undefined : `${rate.times}/${rate.over}`, looked }
}

describe('the worth of a currency', () => {
  const rates = [aRate('USD', 1), aRate('EUR', 0.9), aRate('EUR', 0.8, '2026-03-01'), aRate('EUR', 0.75, '2026-06-01')]

  test('is the newest dated rate on or before the day, else the undated one', () => {
    expect(worth(rates, 'EUR', '2026-02-28').rate).toBe('1/0.9')
    expect(worth(rates, 'EUR', '2026-03-01').rate).toBe('1/0.8')
    expect(worth(rates, 'EUR', '2026-05-31').rate).toBe('1/0.8')
    expect(worth(rates, 'EUR', '2027-01-01').rate).toBe('1/0.75')
    expect(worth(rates, 'GBP', '2026-03-01')).toEqual({ rate: undefined, looked: ['GBP'] })
  })

  test('is that of model.yaml wherever one is valid, and then nobody looks at delivered ones', () => {
    const of = { ...model, rates: { EUR: [{ from: day('2026-05-01'), rate: 1.5 }] } }
    expect(worth(rates, 'EUR', '2026-05-01', { of })).toEqual({ rate: '1.5/1', looked: [] })
    expect(worth(rates, 'EUR', '2026-04-30', { of })).toEqual({ rate: '1/0.8', looked: ['EUR', 'USD'] })
  })

  test('is crossed through the corporate currency when the company has another; both are looked at', () => {
    const corporate = [aRate('EUR', 1), aRate('USD', 1.25), aRate('USD', 1.2, '2026-06-01'), aRate('JPY', 160)]
    expect(worth(corporate, 'JPY', '2026-01-01')).toEqual({ rate: '1.25/160', looked: ['JPY', 'USD'] })
    expect(worth(corporate, 'JPY', '2026-06-01').rate).toBe('1.2/160')
    expect(worth(corporate.slice(0, 1), 'EUR', '2026-01-01')).toEqual({ rate: undefined, looked: ['EUR', 'USD'] })
  })

  test('comes from the source of the record first, then from others by name', () => {
    const others = [aRate('EUR', 2, undefined, { source: 'b' }), aRate('USD', 1, undefined, { source: 'b' })]
    expect(worth([...rates, ...others], 'EUR', '2026-01-01', { source: 'b' }).rate).toBe('1/2')
    expect(worth([...rates, ...others], 'EUR', '2026-01-01', { source: 'z' }).rate).toBe('1/2')
    expect(worth([...rates, ...others], 'EUR', '2026-01-01').rate).toBe('1/0.9')
  })

  test('can be given in company currency straight away', () => {
    const { perCorporate: _, ...straight } = aRate('EUR', 1)
    expect(worth([{ ...straight, rate: 1.1 }], 'EUR', '2026-01-01')).toEqual({ rate: '1.1/1', looked: ['EUR'] })
  })

  test('of two rates for one day the one that changed last counts, whatever the order of arrival', () => {
    const two = [
      aRate('EUR', 3, '2026-01-01', { changedAt: 9 }),
      aRate('EUR', 4, '2026-01-01', { changedAt: 5 }),
      aRate('USD', 1),
    ]
    expect(worth(two, 'EUR', '2026-01-01').rate).toBe('1/3')
    expect(worth(two.toReversed(), 'EUR', '2026-01-01').rate).toBe('1/3')
  })

  test('may change next on the first day of the next rate, of the company currency too', () => {
    const next = (on: string, of = model) =>
      nextRateDay(createRates([...rates, aRate('USD', 1.1, '2026-04-01')]), of, 'EUR', day(on))
    expect(next('2026-02-01')).toBe(day('2026-03-01'))
    expect(next('2026-03-01')).toBe(day('2026-04-01'))
    expect(next('2026-06-01')).toBeUndefined()
    expect(next('2026-02-01', { ...model, rates: { EUR: [{ from: day('2026-01-01'), rate: 1 }] } })).toBeUndefined()
  })

  test('money is divided exactly, and rounded once', () => {
    // Salesforce: amount ÷ ConversionRate is the amount in corporate currency.
    expect(convertMoney(9_200, 'EUR', 'USD', 1, 0.92)).toBe(10_000)
    expect(convertMoney(100, 'USD', 'USD', 1, 3)).toBe(33)
    expect(convertMoney(-50, 'USD', 'USD', 1, 100)).toBe(-1)
    expect(convertMoney(160, 'JPY', 'USD', 1.25, 160)).toBe(125)
    expect(convertMoney(1_000, 'KWD', 'JPY', 160, 0.4)).toBe(400)
  })
})

describe('facts and delivered rates', () => {
  const context = contextOf(model, [], undefined, {
    rates: [aRate('USD', 1), aRate('JPY', 160), aRate('JPY', 128, '2026-12-01'), aRate('KWD', 0.32)],
  })
  const derive = (account: object, opportunity: object) =>
    deriveDossier(
      aDossier({ account: anAccount(account), opportunities: [anOpportunity(opportunity)] }),
      context,
      TODAY,
    )

  test('note the currencies whose rates were used, or found missing, and no others', () => {
    const uses = (currency: string) => derive({}, { amount: 5, currency }).uses
    expect(uses('KWD')).toEqual(['rate:KWD', 'rate:USD'])
    expect(uses('CHF')).toEqual(['rate:CHF'])
    expect(uses('USD')).toEqual([])
  })

  test('use the decimals of the record’s currency', () => {
    const { facts } = derive({ arr: 16_000, currency: 'JPY' }, { amount: 3_200, currency: 'KWD' })
    expect(facts.account).toMatchObject({ arr: 10_000 })
    expect(facts.opportunities[0]).toMatchObject({ amount: 1_000, currency: 'KWD' })
  })

  test('at today’s rate change on the day the next rate begins', () => {
    expect(derive({ arr: 16_000, currency: 'JPY' }, {}).changesOn).toBe(day('2026-12-01'))
    expect(derive({}, { amount: 16_000, currency: 'JPY' }).changesOn).toBeNull()
  })
})

describe('ids of merged records', () => {
  const context = contextOf(model, [], undefined, { survivors: { 'account:LOST': 'A1', 'account:OLD': 'GONE' } })

  test('are shown as those of the survivor', () => {
    const { facts, uses } = deriveDossier(
      aDossier({ account: anAccount({ parentId: 'OLD' }), opportunities: [anOpportunity({ accountId: 'LOST' })] }),
      context,
      TODAY,
    )
    expect(facts.opportunities[0]).toMatchObject({ accountId: 'A1' })
    expect(facts.account).toMatchObject({ parentId: 'GONE' })
    expect(uses).toContain('account:OLD')
  })

  test('are told by the survivor’s id where no source delivered it', () => {
    const { facts } = deriveDossier(
      aDossier({ account: null, opportunities: [anOpportunity({ accountId: 'OLD' })] }),
      context,
      TODAY,
    )
    expect(facts.findings).toMatchObject([
      { code: 'unknown-account', detail: 'belongs to account "GONE", which no source delivered' },
    ])
  })
})

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { convertMoney, decimalsOf, formatMoney, parseMoney } from '../../src/domain/money.ts'

describe('reading money', () => {
  test.each([
    ['24710.50', 'USD', 2_471_050],
    ['24710.5', 'USD', 2_471_050],
    ['24710', 'USD', 2_471_000],
    ['-3', 'USD', -300],
    ['0', 'USD', 0],
    ['-0.00', 'USD', 0],
    ['1500', 'JPY', 1500],
    ['1.234', 'KWD', 1234],
    ['0.1234', 'CLF', 1234],
    ['12.5000', 'USD', 1250],
    ['007', 'USD', 700],
    ['90071992547409.91', 'USD', Number.MAX_SAFE_INTEGER],
  ])('%s %s is exactly %d minor units', (text, currency, minor) => {
    expect(parseMoney(text, currency)).toEqual({ minor })
  })

  test.each([' 300000 ', '1,234.50', '1e3', '+5', '.5', '5.', '', '#N/A', 'Infinity', '0x10', '１２'])(
    '"%s" is no plain decimal',
    (text) => {
      expect(parseMoney(text, 'USD')).toMatchObject({ code: 'not-a-number' })
    },
  )

  test('a value with more decimals than the currency has is refused', () => {
    expect(parseMoney('32395.00000002', 'USD')).toEqual({
      code: 'too-many-decimals',
      reason: 'has 8 decimals, and USD has 2',
    })
    expect(parseMoney('1.5', 'JPY')).toMatchObject({ code: 'too-many-decimals' })
  })

  test('a value beyond exact integers is refused', () => {
    expect(parseMoney('90071992547409.92', 'USD')).toMatchObject({ code: 'too-large' })
  })

  test('what is written is read back the same', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), fc.constantFrom('USD', 'JPY', 'KWD', 'CLF', 'XXX'), (minor, currency) => {
        expect(parseMoney(formatMoney(minor, currency), currency)).toEqual({ minor: minor === 0 ? 0 : minor })
      }),
    )
  })
})

test('money is written with all decimals of its currency', () => {
  expect(formatMoney(2_471_050, 'USD')).toBe('24710.50')
  expect(formatMoney(5, 'USD')).toBe('0.05')
  expect(formatMoney(-5, 'KWD')).toBe('-0.005')
  expect(formatMoney(24_710, 'JPY')).toBe('24710')
  expect(formatMoney(0, 'USD')).toBe('0.00')
})

test('decimals are those of ISO 4217, two where it is silent', () => {
  expect(['USD', 'JPY', 'KRW', 'KWD', 'CLF', 'ZZZ'].map(decimalsOf)).toEqual([2, 0, 0, 3, 4, 2])
})

describe('converting money', () => {
  test('the rate counts as the decimal a person wrote', () => {
    expect(convertMoney(100, 'EUR', 'USD', 1.1)).toBe(110)
    expect(convertMoney(1_000_000_000_000, 'EUR', 'USD', 1.0834)).toBe(1_083_400_000_000)
  })

  test('the result is rounded once, halves away from zero', () => {
    expect(convertMoney(5, 'EUR', 'USD', 0.1)).toBe(1)
    expect(convertMoney(-5, 'EUR', 'USD', 0.1)).toBe(-1)
    expect(convertMoney(4, 'EUR', 'USD', 0.1)).toBe(0)
    expect(convertMoney(-4, 'EUR', 'USD', 0.1)).toBe(0)
    // In doubles, 335 × 1.005 is 336.67499999999995; exactly, it is 336.675.
    expect(convertMoney(33_500, 'EUR', 'USD', 1.005)).toBe(33_668)
  })

  test('currencies with other minor units come out right', () => {
    expect(convertMoney(15_000, 'JPY', 'USD', 0.0065)).toBe(9750)
    expect(convertMoney(9750, 'USD', 'JPY', 153.846)).toBe(15_000)
    expect(convertMoney(1000, 'KWD', 'USD', 3.25)).toBe(325)
    expect(convertMoney(325, 'USD', 'KWD', 0.3)).toBe(975)
  })

  test('rates in exponent form are decimals too', () => {
    expect(convertMoney(100_000_000_000, 'IDR', 'USD', 1e-7)).toBe(10_000)
    expect(convertMoney(2, 'USD', 'USD', 1e21)).toBe(2e21)
  })

  test('at a rate of 1 within one currency, money stays what it is', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (minor) => {
        expect(convertMoney(minor, 'USD', 'USD', 1)).toBe(minor)
      }),
    )
  })
})

import { describe, expect, test } from 'vitest'
import { decimalText, instantText, parseExactJson } from '../../src/source/canonical.ts'

describe('canonical values', () => {
  const numbers: readonly (readonly [string, string])[] = [
    ['0', '0'],
    ['-0', '0'],
    ['-0.0', '0'],
    ['1.0', '1'],
    ['12.50', '12.5'],
    ['1.0E7', '10000000'],
    ['1.4407085834085586E12', '1440708583408.5586'],
    ['1.5e-3', '0.0015'],
    ['1e-7', '0.0000001'],
    ['123e-2', '1.23'],
    ['-12.340E+1', '-123.4'],
    ['+7', '7'],
    ['007.10', '7.1'],
    ['.5', '.5'],
    ['12345678901234567.89', '12345678901234567.89'],
    ['n/a', 'n/a'],
  ]
  for (const [text, expected] of numbers) {
    test(`the number ${text} is ${expected}`, () => {
      expect(decimalText(text)).toBe(expected)
    })
  }

  test('a number of an answer never passes through a double', () => {
    expect(parseExactJson('{"a":12345678901234567.89,"b":[1.0E7,true,null,"1.0"]}')).toEqual({
      a: '12345678901234567.89',
      b: ['10000000', true, null, '1.0'],
    })
  })

  const instants: readonly (readonly [string, string])[] = [
    ['2018-12-10T17:50:19.000+0000', '2018-12-10T17:50:19.000Z'],
    ['2018-12-10T17:50:19.000Z', '2018-12-10T17:50:19.000Z'],
    ['2018-12-10T17:50:19Z', '2018-12-10T17:50:19.000Z'],
    ['2018-12-10T17:50:19.123+01:00', '2018-12-10T16:50:19.123Z'],
    ['2018-12-10T17:50:19.000-0530', '2018-12-10T23:20:19.000Z'],
    ['2018-12-10T00:00Z', '2018-12-10T00:00:00.000Z'],
    ['2018-12-10', '2018-12-10'],
    ['2018-12-10T17:50:19', '2018-12-10T17:50:19'],
    ['soon', 'soon'],
  ]
  for (const [text, expected] of instants) {
    test(`the instant ${text} is ${expected}`, () => {
      expect(instantText(text)).toBe(expected)
    })
  }
})

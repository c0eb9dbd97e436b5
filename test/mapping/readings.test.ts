import { describe, expect, test } from 'vitest'
import { formatDay } from '../../src/domain/day.ts'
import type { Field } from '../../src/domain/fields.ts'
import { instantMs, readerFor, Unreadable } from '../../src/mapping/readings.ts'
import type { Reading } from '../../src/mapping/schema/values.ts'
import { ahead, utc } from './fixtures.ts'

const field = (type: Field['type'], values?: readonly string[]): Field => ({
  type,
  meaning: '',
  example: '',
  ...(values ? { values } : {}),
})

function read(reading: Reading, text: string, options: { format?: string; type?: Field['type']; own?: boolean } = {}) {
  const target = field(options.type ?? (reading === 'percent' ? 'ratio' : (reading as Field['type'])), [
    'smb',
    'enterprise',
  ])
  const result = readerFor(reading, target, { format: options.format, count: options.own ?? true, keepMajor: false })(
    text,
    utc,
    'USD',
  )
  return result instanceof Unreadable ? result.code : result
}

test('a number in a way of its own says what to do', () => {
  const said = (text: string, format?: string) => {
    const read = readerFor('money', field('money'), { format, count: true, keepMajor: false })
    const result = read(text, utc, 'USD')
    return result instanceof Unreadable ? result.reason : result
  }
  expect([said('1.234,50'), said('$100'), said('1.234,50', '1,234.56')]).toEqual([
    '"1.234,50" is no plain number; declare its format',
    '"$100" is no plain number',
    '"1.234,50" is no number of the form 1,234.56',
  ])
})

describe('values that cannot be read are rejected, never guessed', () => {
  test.each<[Reading, string, string]>([
    ['text', '#N/A', 'no-value-word'],
    ['text', 'Select', 'no-value-word'],
    ['text', 'NULL', 'no-value-word'],
    ['text', '01-May', 'spreadsheet-date'],
    ['integer', ' 300000 ', 'blanks-around'],
    ['integer', '-1', 'no-value-word'],
    ['integer', '-5', 'below-zero'],
    ['integer', '12.5', 'not-whole'],
    ['integer', '#N/A', 'no-value-word'],
    ['integer', '01-May', 'not-a-number'],
    ['money', '32395.00000002', 'too-many-decimals'],
    ['money', ' 300000 ', 'blanks-around'],
    ['money', '-1', 'no-value-word'],
    ['money', '1,234.56', 'not-a-number'],
    ['money', '$100', 'not-a-number'],
    ['money', '1e3', 'not-a-number'],
    ['percent', '101', 'not-a-share'],
    ['ratio', '10', 'not-a-share'],
    ['day', '2026-02-30', 'not-a-date'],
    ['day', '02/23/26', 'not-a-date'],
    ['day', ' 2026-02-03', 'blanks-around'],
    ['instant', '2026-11-22T25:00:00.000Z', 'not-a-date'],
    ['boolean', 'yes', 'not-true-or-false'],
    ['domain', 'no address', 'not-a-domain'],
    ['country', 'USA', 'unknown-country'],
  ])('%s of "%s" is rejected as %s', (reading, text, code) => {
    const types: Partial<Record<Reading, Field['type']>> = { domain: 'text', country: 'text' }
    expect(
      read(reading, text, { type: types[reading] ?? (reading === 'percent' ? 'ratio' : (reading as Field['type'])) }),
    ).toBe(code)
  })
})

describe('values that fit are read exactly', () => {
  test.each<[Reading, string, unknown, Field['type']]>([
    ['text', ' Acme ', ' Acme ', 'text'],
    ['integer', '1200', 1200, 'integer'],
    ['integer', '25.0', 25, 'integer'],
    ['number', '-3.75', -3.75, 'number'],
    ['money', '24710.50', 2471050, 'money'],
    ['money', '-250', -25000, 'money'],
    ['money', '1000.000', 100000, 'money'],
    ['percent', '10', 0.1, 'ratio'],
    ['ratio', '0.25', 0.25, 'ratio'],
    ['boolean', 'TRUE', true, 'boolean'],
    ['boolean', '0', false, 'boolean'],
    ['domain', 'https://www.acme.com/x', 'acme.com', 'text'],
    ['country', 'SE', 'SE', 'text'],
    ['country', 'United Kingdom', 'GB', 'text'],
    ['instant', '2026-11-22T10:00:00.000Z', Date.UTC(2026, 10, 22, 10), 'instant'],
    ['instant', '2017-08-04T09:09:27.000+0000', Date.UTC(2017, 7, 4, 9, 9, 27), 'instant'],
    ['instant', '2026-11-22', Date.UTC(2026, 10, 22), 'instant'],
    ['text', 'smb', 'smb', 'enum'],
  ])('%s of "%s" is %s', (reading, text, value, type) => {
    expect(read(reading, text, { type })).toEqual(value)
  })

  test('-1 is a number like any other in a further field', () => {
    expect(read('integer', '-1', { own: false })).toBe(-1)
  })

  test('an enum takes its own values only', () => {
    expect(read('text', 'SMB', { type: 'enum' })).toBe('unknown-value')
  })

  test('an instant that fills a day counts on the company’s calendar, and a day that fills an instant is its first moment there', () => {
    const options = { count: false, keepMajor: false }
    const day = readerFor('instant', field('day'), options)('2026-11-22T22:30:00.000Z', ahead, 'USD')
    expect(formatDay(day as number)).toBe('2026-11-23')
    const instant = readerFor('day', field('instant'), options)('2026-11-23', ahead, 'USD')
    expect(new Date(instant as number).toISOString()).toBe('2026-11-22T22:00:00.000Z')
  })
})

describe('declared formats', () => {
  test.each<[Reading, string, string, unknown]>([
    ['money', '1,234.56', '1,234.56', 123456],
    ['money', '1.234,56', '1.234,56', 123456],
    ['money', '1 234,56', '1 234 567,5', 123456750],
    ['number', '1,234.56', '12,34', 'not-a-number'],
    ['integer', '1,234.56', '1,234,567', 1234567],
  ])('%s written as %s: "%s" is %s', (reading, format, text, value) => {
    expect(read(reading, text, { format })).toBe(value)
  })

  test.each<[string, string, string]>([
    ['MM/DD/YY', '02/23/26', '2026-02-23T00:00:00.000Z'],
    ['MM/DD/YY hh:mm A', '02/23/26 08:55 PM', '2026-02-23T20:55:00.000Z'],
    ['MM/DD/YY hh:mm A', '02/23/26 12:05 AM', '2026-02-23T00:05:00.000Z'],
    ['DD.MM.YYYY HH:mm:ss', '03.01.2024 07:08:09', '2024-01-03T07:08:09.000Z'],
    ['D/M/YY', '3/1/69', '1969-01-03T00:00:00.000Z'],
    ['D/M/YY', '3/1/68', '2068-01-03T00:00:00.000Z'],
  ])('a date written as %s: "%s" is %s', (format, text, instant) => {
    expect(new Date(read('instant', text, { format }) as number).toISOString()).toBe(instant)
  })

  test('a date that is not of the declared format is rejected', () => {
    expect(read('day', '13/45/26', { format: 'MM/DD/YY' })).toBe('not-a-date')
    expect(read('day', '2026-11-22', { format: 'MM/DD/YY' })).toBe('not-a-date')
  })
})

test('the canonical form of instants is read as Date.parse reads it', () => {
  for (const text of ['1970-01-01T00:00:00.000Z', '2026-02-28T23:59:59.999Z', '2024-02-29T12:34:56.789Z']) {
    expect(instantMs(text)).toBe(Date.parse(text))
  }
  for (const text of [
    '2026-02-29T00:00:00.000Z',
    '2026-01-01T24:00:00.000Z',
    '2026-01-01T00:60:00.000Z',
    '2026-01-01',
    '2026-01-01T00:00:0x.000Z',
  ]) {
    expect(instantMs(text)).toBeUndefined()
  }
})

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { FieldType } from '../../src/domain/fields.ts'
import { cellWriter, cut, decimalText, fromMinor, SHOWABLE, type Value } from '../../src/mapping/cells.ts'
import { COLUMN_TYPES } from '../../src/mapping/schema/values.ts'
import type { ColumnType } from '../../src/plan/desired.ts'

const DAY = Date.UTC(2026, 10, 22) / 86_400_000

test.each<[ColumnType, FieldType, Value, string]>([
  ['text', 'text', ' two\r\n lines ', 'two lines'],
  ['text', 'money', 2471050, '24710.5'],
  ['text', 'boolean', true, 'yes'],
  ['text', 'boolean', false, 'no'],
  ['text', 'day', DAY, '2026-11-22'],
  ['long_text', 'text', 'two\r\nlines\n', 'two\nlines'],
  ['numbers', 'money', 2471050, '24710.5'],
  ['numbers', 'money', -5, '-0.05'],
  ['numbers', 'money', 0, '0'],
  ['numbers', 'integer', 50, '50'],
  ['numbers', 'number', 1 / 3, '0.333333'],
  ['numbers', 'number', -0, '0'],
  ['numbers', 'number', 1e21, '1000000000000000000000'],
  ['numbers', 'number', 1e-9, '0'],
  ['numbers', 'ratio', 0.25, '25'],
  ['numbers', 'ratio', 0.07, '7'],
  ['numbers', 'ratio', 1 / 3, '33.33'],
  ['date', 'day', DAY, '2026-11-22'],
  ['date', 'instant', Date.UTC(2026, 10, 22, 10, 30, 59), '2026-11-22 10:30'],
  ['status', 'text', 'Closed Won', 'Closed Won'],
  ['status', 'boolean', false, 'no'],
  ['people', 'text', 'Anna@You.example', 'anna@you.example'],
  ['people', 'text', 'b@you.example; A@you.example,b@you.example', 'a@you.example, b@you.example'],
  ['checkbox', 'boolean', true, 'v'],
  ['checkbox', 'boolean', false, ''],
  ['link', 'text', 'https://x.example/1', 'https://x.example/1'],
  ['dropdown', 'text', 'Gold', 'Gold'],
  ['email', 'text', ' Anna@You.example ', 'Anna@You.example'],
  ['country', 'text', 'Germany', 'DE'],
  ['country', 'text', 'DE', 'DE'],
  ['location', 'text', '52.5200, 13.405', '52.52,13.405'],
  ['rating', 'integer', 4, '4'],
  ['rating', 'integer', 0, ''],
  ['week', 'day', DAY, '2026-11-16/2026-11-22'],
  ['hour', 'text', '9:30', '09:30'],
  ['hour', 'text', '12:05 am', '00:05'],
  ['hour', 'text', '1:00 PM', '13:00'],
  ['hour', 'text', '09:30:15.000Z', '09:30'],
  ['hour', 'instant', Date.UTC(2026, 10, 22, 10, 30, 59), '10:30'],
  ['world_clock', 'text', 'Europe/Berlin', 'Europe/Berlin'],
  ['tags', 'text', 'A tag of more than thirty characters', 'A tag of more than thirty characters'],
])('a %s column shows %s %j as "%s"', (column, type, value, text) => {
  expect(cellWriter(column, type, { moneyDecimals: 2 })(value)).toEqual({ text })
})

test('an empty value is an empty cell in every column', () => {
  for (const column of COLUMN_TYPES) {
    for (const type of SHOWABLE[column])
      expect(cellWriter(column, type, { moneyDecimals: 2 })(undefined)).toEqual({ text: '' })
  }
})

test.each<[ColumnType, FieldType, Value, string, string]>([
  ['link', 'text', 'https://x.example/1', 'In the CRM', 'https://x.example/1 In the CRM'],
  ['phone', 'text', '+49 (30) 123-456', 'DE', '+4930123456 DE'],
  ['phone', 'text', '020 7946 0000', 'United Kingdom', '02079460000 GB'],
  ['location', 'text', '-33.9 18.4', 'Cape Town', '-33.9,18.4 Cape Town'],
  ['timeline', 'day', DAY, '2026-11-30', '2026-11-22/2026-11-30'],
  ['timeline', 'day', DAY, '2026-11-22 10:30', '2026-11-22/2026-11-22'],
  ['timeline', 'day', DAY, '', ''],
])('a %s column shows %s %j beside "%s" as "%s"', (column, type, value, beside, text) => {
  expect(cellWriter(column, type, { moneyDecimals: 2 })(value, beside)).toEqual({ text })
})

test('a week starts on the day that the mapping names', () => {
  const week = (day: number) => cellWriter('week', 'day', { moneyDecimals: 2, weekStarts: 'sunday' })(day).text
  expect(week(DAY)).toBe('2026-11-22/2026-11-28')
  expect(week(DAY - 1)).toBe('2026-11-15/2026-11-21')
})

describe('what a column cannot hold', () => {
  test.each<[ColumnType, FieldType, Value, string, string]>([
    ['email', 'text', 'Anna', '', 'not-an-email'],
    ['phone', 'text', '555 1234 ext. 9', 'US', 'not-a-phone'],
    ['phone', 'text', '1'.repeat(16), 'US', 'not-a-phone'],
    ['phone', 'text', '+15551234567', '', 'phone-without-country'],
    ['country', 'text', 'Atlantis', '', 'unknown-country'],
    ['location', 'text', '91,0', '', 'not-a-location'],
    ['location', 'text', 'Berlin', '', 'not-a-location'],
    ['rating', 'number', 4.5, '', 'not-a-rating'],
    ['rating', 'integer', 6, '', 'not-a-rating'],
    ['timeline', 'day', DAY, '2026-11-21', 'timeline-backwards'],
    ['hour', 'text', '24:00', '', 'not-an-hour'],
    ['hour', 'text', '13:00 pm', '', 'not-an-hour'],
    ['world_clock', 'text', 'Berlin', '', 'not-a-time-zone'],
  ])('a %s column leaves %s %j beside "%s" empty, and says %s', (column, type, value, beside, code) => {
    const cell = cellWriter(column, type, { moneyDecimals: 2 })(value, beside)
    expect(cell).toMatchObject({ text: '', problem: { code } })
  })

  const write = (column: ColumnType, value: string, split?: string) =>
    cellWriter(column, 'text', { moneyDecimals: 2, split })(value)

  test('a label over 30 characters is cut, and the cell says so', () => {
    const cell = write('status', 'Existing Customer - Downgrade of seats')
    expect(cell.text).toBe('Existing Customer - Downgrade…')
    expect(cell.text.length).toBe(30)
    expect(cell.problem?.code).toBe('label-too-long')
  })

  test('a person who is no e-mail address leaves the cell empty, and the cell does not repeat the value', () => {
    expect(write('people', 'Anna')).toEqual({
      text: '',
      problem: { code: 'not-an-email', message: 'the value is no e-mail address' },
    })
  })

  test('an address without a scheme leaves the cell empty', () => {
    expect(write('link', 'www.acme.com')).toMatchObject({ text: '', problem: { code: 'not-a-link' } })
  })

  test('a label with a comma is two labels to a board, and leaves the cell empty', () => {
    expect(write('dropdown', 'Gold, old')).toMatchObject({ text: '', problem: { code: 'label-with-comma' } })
  })

  test('several labels are sorted, each once', () => {
    expect(write('dropdown', 'b;a;;b', ';')).toEqual({ text: 'a, b' })
  })
})

test('decimals are kept as the mapping says', () => {
  const write = (type: FieldType, decimals: number, value: number) =>
    cellWriter('numbers', type, { moneyDecimals: 2, decimals })(value).text
  expect(write('money', 0, 2471050)).toBe('24711')
  expect(write('ratio', 0, 1 / 3)).toBe('33')
  expect(write('number', 1, 2.25)).toBe('2.3')
  expect(write('money', 4, 2471050)).toBe('24710.5')
})

test('currencies have their own decimals', () => {
  expect(fromMinor(1000, 0)).toBe('1000')
  expect(fromMinor(1000, 3)).toBe('1')
  expect(fromMinor(-1, 3)).toBe('-0.001')
})

test('numbers are plain decimals without exponent, zeros at the end or -0', () => {
  fc.assert(
    fc.property(
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.integer({ min: 0, max: 6 }),
      (value, decimals) => {
        const text = decimalText(value, decimals)
        expect(text).toMatch(/^-?(0|[1-9]\d*)(\.\d*[1-9])?$/)
        expect(text).not.toBe('-0')
        if (Math.abs(value) < 1e9)
          expect(Math.abs(Number(text) - value)).toBeLessThanOrEqual(0.5 * 10 ** -decimals + 1e-6)
      },
    ),
    { numRuns: 500 },
  )
})

test('a cut does not split a character in two', () => {
  const text = `${'a'.repeat(28)}😀😀`
  expect(cut(text, 30)).toBe(`${'a'.repeat(28)}…`)
  expect(cut('short', 30)).toBe('short')
})

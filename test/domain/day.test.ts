import { expect, test } from 'vitest'
import { firstDayOf, formatDay, formatMonth, monthIndexOf, monthOf, parseDay } from '../../src/domain/day.ts'

test('a day and its text name each other', () => {
  expect(parseDay('2026-11-22')).toBe(20_779)
  expect(formatDay(20_779)).toBe('2026-11-22')
})

test('a text that is no such day is no day', () => {
  for (const text of ['2026-02-30', '2026-2-3', '22.11.2026', '2026-11-22T00:00:00Z', '']) {
    expect(parseDay(text)).toBeUndefined()
  }
})

test('the month of every day from 1890 to 2110 is that of the calendar', () => {
  for (let day = firstDayOf(-80 * 12); day < firstDayOf(140 * 12); day += 1) {
    const date = new Date(day * 86_400_000)
    if (monthIndexOf(day) !== (date.getUTCFullYear() - 1970) * 12 + date.getUTCMonth()) {
      expect.fail(`${formatDay(day)} is not in month ${monthIndexOf(day)}`)
    }
  }
})

test('a month has a name and a first day', () => {
  const month = monthIndexOf(20_779)
  expect(formatMonth(month)).toBe('2026-11')
  expect(monthOf(20_779)).toBe('2026-11')
  expect(formatDay(firstDayOf(month))).toBe('2026-11-01')
})

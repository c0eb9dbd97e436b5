import { describe, expect, test } from 'vitest'
import { cameDue, cronProblem } from '../../src/cli/cron.ts'

const at = (text: string) => Date.parse(text)

describe('whether a line came due while nobody looked', () => {
  const cases: readonly (readonly [line: string, zone: string, after: string, until: string, due: boolean])[] = [
    ['0 6 * * *', 'UTC', '2026-11-21T06:00:03Z', '2026-11-22T05:59:59Z', false],
    ['0 6 * * *', 'UTC', '2026-11-21T06:00:03Z', '2026-11-22T06:00:00Z', true],
    ['0 6 * * *', 'UTC', '2026-11-01T06:00:03Z', '2026-11-22T05:00:00Z', true],
    // 06:00 in Stockholm is 05:00 UTC in winter and 04:00 in summer.
    ['0 6 * * *', 'Europe/Stockholm', '2026-11-22T04:59:00Z', '2026-11-22T05:00:10Z', true],
    ['0 6 * * *', 'Europe/Stockholm', '2026-11-22T03:59:00Z', '2026-11-22T04:30:00Z', false],
    ['0 6 * * *', 'Europe/Stockholm', '2026-07-22T03:59:00Z', '2026-07-22T04:00:10Z', true],
    // Nepal is 5 h 45 min ahead.
    ['0 6 * * *', 'Asia/Kathmandu', '2026-11-22T00:14:30Z', '2026-11-22T00:15:00Z', true],
    ['0 6 * * *', 'Asia/Kathmandu', '2026-11-22T00:15:30Z', '2026-11-22T23:00:00Z', false],
    ['*/15 * * * *', 'UTC', '2026-11-22T10:00:00Z', '2026-11-22T10:14:59Z', false],
    ['*/15 * * * *', 'UTC', '2026-11-22T10:00:00Z', '2026-11-22T10:15:00Z', true],
    ['0 7 * * 1', 'UTC', '2026-11-16T07:00:01Z', '2026-11-22T23:59:00Z', false],
    ['0 7 * * 1', 'UTC', '2026-11-16T07:00:01Z', '2026-11-23T07:00:00Z', true],
    ['0 0 1 1 *', 'UTC', '2026-01-01T00:00:00Z', '2026-12-31T23:59:00Z', false],
    ['0 0 1 1 *', 'UTC', '2025-12-31T23:59:00Z', '2026-12-31T23:59:00Z', true],
    ['30 0 6 * * *', 'UTC', '2026-11-22T05:00:00Z', '2026-11-22T06:01:00Z', true],
    ['0 6 * * *', 'UTC', '2026-11-22T07:00:00Z', '2026-11-22T06:30:00Z', false],
  ]
  test.each(cases)('%s in %s, last run %s, now %s: %s', (line, zone, after, until, due) => {
    expect(cameDue(line, zone, at(after), at(until))).toBe(due)
  })

  test('what came due within the minute of the last run is not counted again', () => {
    expect(cameDue('0 6 * * *', 'UTC', at('2026-11-22T06:00:00.040Z'), at('2026-11-22T06:30:00Z'))).toBe(false)
  })

  test('a last run more than a year ago counts as missed without looking', () => {
    expect(cameDue('0 0 30 2 *', 'UTC', at('2024-01-01T00:00:00Z'), at('2026-11-22T00:00:00Z'))).toBe(true)
  })
})

test.each([
  ['*/15 * * * *', null],
  ['0 */15 6-20 * * mon-fri', null],
  ['every day', 'has 2 fields where a cron line has 5 or 6'],
  ['61 * * * *', 'has "61" as its minute'],
  ['0 25 * * *', 'has "25" as its hour'],
])('%s: %s', (line, problem) => {
  expect(cronProblem(line)).toBe(problem)
})

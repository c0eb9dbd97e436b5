import { describe, expect, test } from 'vitest'
import type { Target } from '../../../src/domain/company-records.ts'
import { monthIndexOf } from '../../../src/domain/day.ts'
import { parsePeriod, periodName } from '../../../src/domain/targets/period.ts'
import { OF_COMPANY, targetFor } from '../../../src/domain/targets/targets.ts'
import { day } from '../builders.ts'

const month = (text: string) => monthIndexOf(day(`${text}-01`))

function aTarget(period: string, amount: number, fields: Partial<Target> = {}): Target {
  const id = `${period} ${amount}`
  return {
    id,
    source: 'targets',
    sourceId: id,
    changedAt: 0,
    subject: 'company',
    measure: 'arr_new',
    period,
    amount,
    ...fields,
  }
}

const quarter = { from: month('2026-10'), to: month('2026-12') }
const year = { from: month('2026-01'), to: month('2026-12') }

describe('a period', () => {
  test('is a month, a quarter or a year of the calendar', () => {
    expect(parsePeriod('2026-11', 0)).toEqual({ from: month('2026-11'), to: month('2026-11') })
    expect(parsePeriod('2026-Q4', 0)).toEqual(quarter)
    expect(parsePeriod(' 2026 ', 0)).toEqual(year)
  })

  test('is of the company’s own year, with or without FY, where that does not begin in January; months are the calendar’s', () => {
    const february = 1
    const first = { from: month('2026-02'), to: month('2026-04') }
    expect(parsePeriod('FY2027-Q1', february)).toEqual(first)
    expect(parsePeriod('2027-Q1', february)).toEqual(first)
    expect(parsePeriod('FY2027', february)).toEqual({ from: month('2026-02'), to: month('2027-01') })
    expect(parsePeriod('2026-11', february)).toEqual({ from: month('2026-11'), to: month('2026-11') })
    expect(parsePeriod('FY2026-11', february)).toBeUndefined()
    expect(parsePeriod('FY2026-Q4', 0)).toEqual(quarter)
  })

  test('is named as it is read', () => {
    for (let yearStart = 0; yearStart < 12; yearStart += 1) {
      for (const text of ['2026-11', '2026-Q3', '2026']) {
        const period = parsePeriod(text, yearStart) ?? expect.fail()
        const name = periodName(period, yearStart)
        expect(name).toBe(yearStart === 0 || text === '2026-11' ? text : `FY${text}`)
        expect(parsePeriod(name, yearStart)).toEqual(period)
      }
    }
  })

  test.each(['2026-13', '2026-Q5', 'Q4 2026', '26', '', '2026-1'])('is not "%s"', (text) => {
    expect(parsePeriod(text, 0)).toBeUndefined()
  })
})

describe('a target', () => {
  test('of just the period wins over those of its parts', () => {
    const targets = [aTarget('2026-Q4', 100), ...['10', '11', '12'].map((one) => aTarget(`2026-${one}`, 20))]
    expect(targetFor(targets, OF_COMPANY, 'arr_new', quarter, 0)).toBe(100)
  })

  test('is the sum of its parts, where they leave no gap; a quarter is never split into months', () => {
    const months = ['10', '11', '12'].map((one) => aTarget(`2026-${one}`, 20))
    expect(targetFor(months, OF_COMPANY, 'arr_new', quarter, 0)).toBe(60)
    expect(targetFor(months.slice(1), OF_COMPANY, 'arr_new', quarter, 0)).toBeUndefined()
    const quarters = ['Q1', 'Q2', 'Q3'].map((one) => aTarget(`2026-${one}`, 70))
    expect(targetFor([...quarters, ...months], OF_COMPANY, 'arr_new', year, 0)).toBe(270)
    expect(
      targetFor(quarters, OF_COMPANY, 'arr_new', { from: month('2026-01'), to: month('2026-01') }, 0),
    ).toBeUndefined()
  })

  test('is money: a number that is none is not taken for minor units', () => {
    const { amount: _, ...number } = aTarget('2026-Q4', 0)
    expect(targetFor([{ ...number, value: 1000 }], OF_COMPANY, 'arr_new', quarter, 0)).toBeUndefined()
  })

  test('of one period said in several records adds up; those of others and of other measures do not count', () => {
    const targets = [
      aTarget('2026-Q4', 100),
      aTarget('2026-Q4', 11),
      aTarget('2026-Q4', 7, { subject: 'team', subjectName: 'Central' }),
      aTarget('2026-Q4', 5, { measure: 'arr_green' }),
    ]
    expect(targetFor(targets, OF_COMPANY, 'arr_new', quarter, 0)).toBe(111)
    expect(targetFor(targets, { subject: 'team', names: ['Central'] }, 'arr_new', quarter, 0)).toBe(7)
    expect(targetFor(targets, { subject: 'team', names: ['North'] }, 'arr_new', quarter, 0)).toBeUndefined()
  })
})

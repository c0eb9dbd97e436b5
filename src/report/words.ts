import { firstDayOf, type Month, monthIndexOf, parseDay } from '../domain/day.ts'
import type { FactValues } from '../domain/facts.ts'
import { decimalsOf } from '../domain/money.ts'

const LOCALE = 'en-US'
const NOTHING = '–'

/** Money as people read it, in whole units with its currency: `USD 24,711`. */
export function money(minor: number | undefined, currency: string): string {
  if (minor === undefined) return NOTHING
  const whole = Math.round(majorOf(minor, currency))
  return `${currency} ${(whole === 0 ? 0 : whole).toLocaleString(LOCALE)}`
}

/** Money where its currency is said beside it: in a column, or on an axis. */
export function amount(minor: number | undefined, currency: string): string {
  return money(minor, currency).replace(`${currency} `, '')
}

/** `amount` with its sign, also where it is above zero. */
export function signedAmount(minor: number | undefined, currency: string): string {
  return signedMoney(minor, currency).replace(`${currency} `, '')
}

/** Money with its sign, also where it is above zero. */
export function signedMoney(minor: number | undefined, currency: string): string {
  if (minor === undefined) return NOTHING
  const text = money(Math.abs(minor), currency)
  return minor > 0 ? `+${text}` : minor < 0 ? `−${text}` : text
}

/** Minor units as a number of whole units, for the axis of a chart. */
export function majorOf(minor: number, currency: string): number {
  return minor / 10 ** decimalsOf(currency)
}

export function count(value: number | undefined): string {
  return value === undefined ? NOTHING : value.toLocaleString(LOCALE, { maximumFractionDigits: 1 })
}

/** `1 opportunity`, `3 opportunities`. */
export function counted(value: number, one: string, many: string): string {
  return `${count(value)} ${value === 1 ? one : many}`
}

export function percent(ratio: number | undefined): string {
  return ratio === undefined ? NOTHING : `${(100 * ratio).toLocaleString(LOCALE, { maximumFractionDigits: 1 })} %`
}

export function days(value: number | undefined): string {
  return value === undefined ? NOTHING : counted(value, 'day', 'days')
}

/** `November 2026` for `2026-11`. */
export function monthName(month: string): string {
  return new Date(`${month}-01T00:00:00Z`).toLocaleString(LOCALE, { month: 'long', year: 'numeric', timeZone: 'UTC' })
}

/** The month `2026-11` names; `undefined` when the text is no month. */
export function parseMonth(text: string): Month | undefined {
  const day = parseDay(`${text}-01`)
  return day === undefined || firstDayOf(monthIndexOf(day)) !== day ? undefined : monthIndexOf(day)
}

/** A number of a fact; `undefined` where it is empty. */
export function numberOf(fact: FactValues | undefined, field: string): number | undefined {
  const value = fact?.[field]
  return typeof value === 'number' ? value : undefined
}

import { parseDay, type Zone } from '../domain/day.ts'
import { registrableDomain } from '../domain/domain-name.ts'
import type { Field, FieldType } from '../domain/fields.ts'
import { domainKey } from '../domain/identity.ts'
import { parseMoney } from '../domain/money.ts'
import { isPublicMail } from '../domain/public-mail.ts'
import { isCurrency } from './currencies.ts'
import type { Reading } from './schema/values.ts'

/** A text that could not be read, and why: `code` for programs, `reason` for people. */
export class Unreadable {
  readonly code: string
  readonly reason: string
  /** What it could have been, where that is one of a few. */
  readonly known: readonly string[]
  constructor(code: string, reason: string, known: readonly string[] = []) {
    this.code = code
    this.reason = reason
    this.known = known
  }
}

/** Reads one text of a source. Nothing is trimmed, rounded or guessed: what does not fit is unreadable. */
export type Read = (text: string, zone: Zone, currency: string) => string | number | boolean | Unreadable

/** Which readings can fill which type of field, the usual one first. */
export const READINGS_OF: Readonly<Record<FieldType, readonly Reading[]>> = {
  text: ['text', 'domain', 'country', 'currency'],
  id: ['text', 'domain'],
  enum: ['text'],
  number: ['number', 'integer', 'percent', 'ratio'],
  integer: ['integer'],
  ratio: ['ratio', 'percent'],
  money: ['money'],
  day: ['day', 'instant'],
  instant: ['instant', 'day'],
  boolean: ['boolean'],
}

/** The type that a further field (`extra.…`) has when it is read in a certain way. Money loses its currency: a number in the record's own. */
export const TYPE_OF_READING: Readonly<Record<Reading, FieldType>> = {
  text: 'text',
  domain: 'text',
  country: 'text',
  currency: 'text',
  integer: 'integer',
  number: 'number',
  money: 'number',
  ratio: 'ratio',
  percent: 'ratio',
  day: 'day',
  instant: 'instant',
  boolean: 'boolean',
}

/** The usual reading of one of our fields: by its name where that says more than its type. */
export function usualReading(name: string, field: Field): Reading {
  if (field.type === 'text' && name === 'domain') return 'domain'
  if (field.type === 'text' && name === 'country') return 'country'
  if (field.type === 'text' && name === 'currency') return 'currency'
  return READINGS_OF[field.type][0] as Reading
}

/** Texts with which spreadsheets and forms say "nothing" or "broken": never a value unless the mapping says so. */
const NO_VALUES = new Set([
  '#N/A',
  '#N/A N/A',
  '#NA',
  '#REF!',
  '#VALUE!',
  '#NAME?',
  '#DIV/0!',
  '#NULL!',
  '#NUM!',
  '#ERROR!',
  'N/A',
  'n/a',
  'NULL',
  'Null',
  'null',
  '(null)',
  'NaN',
  'nan',
  'undefined',
  '[object Object]',
  'Select',
  'Select...',
  '--None--',
  '-- None --',
])
const SPREADSHEET_DATE =
  /^(?:\d{1,2}-(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)|(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)-\d{2})$/
const DECIMAL = /^-?\d+(?:\.\d+)?$/
const MS_PER_DAY = 86_400_000

/**
 * How a text becomes the value of a field that is read in a certain way.
 *
 * `count` marks our own numbers, of which none is below zero, and -1 stands for none rather than for a number.
 */
export function readerFor(
  reading: Reading,
  target: Field,
  options: { readonly format?: string | undefined; readonly count: boolean; readonly keepMajor: boolean },
): Read {
  const { format } = options
  switch (reading) {
    case 'text':
      return target.type === 'enum' ? readEnum(target.values ?? []) : readText
    case 'domain':
      if (target.type === 'id') return readAccountDomain
      return (text) =>
        registrableDomain(text) ?? new Unreadable('not-a-domain', `"${text}" is no web address with a registered name`)
    case 'country':
      return readCountry
    case 'currency':
      return (text) => (isCurrency(text) ? text : new Unreadable('unknown-currency', `"${text}" is no currency`))
    case 'integer':
      return withNumberFormat(format, (text) => readInteger(text, options.count))
    case 'number':
      return withNumberFormat(format, target.positive === true ? readPositive : readNumber)
    case 'ratio':
      return withNumberFormat(format, (text) => readShare(text, 1))
    case 'percent':
      return withNumberFormat(format, (text) => readShare(text, 100))
    case 'money':
      return withNumberFormat(format, (text, _zone, currency) =>
        options.keepMajor ? readMajor(text, currency) : readMoney(text, currency, options.count),
      )
    case 'day':
      return toTarget(target.type, format ? datesOf(format) : readIsoDay)
    case 'instant':
      return toTarget(target.type, format ? datesOf(format) : readIsoInstant)
    case 'boolean':
      return readBoolean
  }
}

/** The name of the account that has a domain, whichever that is: never of a public mail provider's, where anybody may be. */
function readAccountDomain(text: string): string | Unreadable {
  const domain = registrableDomain(text)
  if (domain === undefined) return new Unreadable('not-a-domain', `"${text}" is no address with a registered name`)
  return isPublicMail(domain)
    ? new Unreadable('public-mail', `"${domain}" is a public mail provider’s and says nothing about a company`)
    : domainKey(domain)
}

function readText(text: string): string | Unreadable {
  if (NO_VALUES.has(text)) return noValue(text)
  if (SPREADSHEET_DATE.test(text)) {
    return new Unreadable('spreadsheet-date', `"${text}" looks like a range that a spreadsheet turned into a date`)
  }
  return text
}

function readEnum(values: readonly string[]): Read {
  const known = new Set(values)
  return (text) => {
    if (known.has(text)) return text
    if (NO_VALUES.has(text)) return noValue(text)
    return new Unreadable('unknown-value', `"${text}" is none of ${values.join(', ')}; list it under values`, values)
  }
}

function noValue(text: string): Unreadable {
  return new Unreadable('no-value-word', `"${text}" stands for no value; list it under null_values`)
}

function notANumber(text: string, declared?: string): Unreadable {
  if (NO_VALUES.has(text)) return noValue(text)
  if (text !== text.trim()) return new Unreadable('blanks-around', `"${text}" has blanks around it; set trim: true`)
  if (declared !== undefined) return new Unreadable('not-a-number', `"${text}" is no number of the form ${declared}`)
  const hint = /^[+-]?\d[\d.,' \u00A0\u202F]*$/.test(text) ? '; declare its format' : ''
  return new Unreadable('not-a-number', `"${text}" is no plain number${hint}`)
}

function readInteger(text: string, count: boolean): number | Unreadable {
  if (!DECIMAL.test(text)) return notANumber(text)
  const value = Number(text)
  if (!Number.isSafeInteger(value)) return new Unreadable('not-whole', `"${text}" is no whole number`)
  if (count && value === -1) return noValue(text)
  if (count && value < 0) return new Unreadable('below-zero', `"${text}" is below zero`)
  return value
}

function readNumber(text: string): number | Unreadable {
  return DECIMAL.test(text) ? Number(text) + 0 : notANumber(text)
}

function readPositive(text: string): number | Unreadable {
  const value = readNumber(text)
  return typeof value !== 'number' || value > 0 ? value : new Unreadable('not-positive', `"${text}" is not above zero`)
}

function readShare(text: string, whole: number): number | Unreadable {
  if (!DECIMAL.test(text)) return notANumber(text)
  const value = Number(text) / whole
  if (value >= 0 && value <= 1) return value
  const hint = whole === 1 && value > 1 && value <= 100 ? '; read it as percent' : ''
  return new Unreadable('not-a-share', `"${text}" is not between 0 and ${whole}${hint}`)
}

function readMoney(text: string, currency: string, count: boolean): number | Unreadable {
  if (count && text === '-1') return noValue(text)
  const money = parseMoney(text, currency)
  if ('minor' in money) return money.minor
  return money.code === 'not-a-number' ? notANumber(text) : new Unreadable(money.code, `"${text}" ${money.reason}`)
}

function readMajor(text: string, currency: string): number | Unreadable {
  const minor = readMoney(text, currency, false)
  return minor instanceof Unreadable ? minor : Number(text)
}

function readBoolean(text: string): boolean | Unreadable {
  switch (text) {
    case 'true':
    case 'TRUE':
    case 'True':
    case '1':
      return true
    case 'false':
    case 'FALSE':
    case 'False':
    case '0':
      return false
  }
  return NO_VALUES.has(text)
    ? noValue(text)
    : new Unreadable('not-true-or-false', `"${text}" is neither true nor false; list it under values`)
}

let countries: ReadonlyMap<string, string> | undefined

/** The two-letter code of a country (ISO 3166-1), from the code or the full English name; `null` for any other text. */
export function countryCode(text: string): string | null {
  countries ??= countryNames()
  return countries.get(text) ?? null
}

/** Two capital letters, or the country's full English name. */
function readCountry(text: string): string | Unreadable {
  const code = countryCode(text)
  if (code !== null) return code
  return NO_VALUES.has(text)
    ? noValue(text)
    : new Unreadable(
        'unknown-country',
        `"${text}" is no country by its two-letter code or English name; list it under aliases`,
      )
}

function countryNames(): Map<string, string> {
  const names = new Intl.DisplayNames(['en'], { type: 'region', fallback: 'none' })
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'
  const known = new Map<string, string>()
  for (const a of letters) {
    for (const b of letters) {
      const code = a + b
      const name = names.of(code)
      // Codes that are no countries, or a second code of one that has another: ISO's own list has neither.
      if (name === undefined || NOT_COUNTRIES.has(code)) continue
      known.set(code, code)
      if (!known.has(name)) known.set(name, code)
    }
  }
  return known
}

const NOT_COUNTRIES = new Set(
  'AC AN BU CP CQ CS CT DD DG DY EA EU EZ FQ FX HV IC JT MI NH NQ NT PC PU PZ QO RH SU TA TP UK UN VD WK XA XB XK YD YU ZR ZZ'.split(
    ' ',
  ),
)

/** Instants that fill a day count on the company's calendar; days that fill an instant are its first moment there. */
function toTarget(target: FieldType, read: (text: string, zone: Zone) => Moment | Unreadable): Read {
  if (target === 'day') {
    return (text, zone) => {
      const found = read(text, zone)
      if (found instanceof Unreadable) return found
      return 'day' in found ? found.day : zone.dayOf(found.ms)
    }
  }
  return (text, zone) => {
    const found = read(text, zone)
    if (found instanceof Unreadable) return found
    return 'ms' in found ? found.ms : zone.startOf(found.day)
  }
}

type Moment = { readonly day: number } | { readonly ms: number }

// The same days come again and again; reading one takes longer than looking it up, by its digits as a number.
const knownDays = new Map<number, { readonly day: number }>()

function readIsoDay(text: string): Moment | Unreadable {
  if (text.length === 10) return dayAtStart(text) ?? notADate(text)
  return text.length > 10 ? readIsoInstant(text) : notADate(text)
}

/** The day that a text begins with, as `2026-11-22`. */
function dayAtStart(text: string): { readonly day: number } | undefined {
  if (text.charCodeAt(4) !== HYPHEN || text.charCodeAt(7) !== HYPHEN) return undefined
  const digits = two(text, 0) * 1_000_000 + two(text, 2) * 10_000 + two(text, 5) * 100 + two(text, 8)
  const known = knownDays.get(digits)
  if (known !== undefined) return known
  const day = parseDay(text.slice(0, 10))
  if (day === undefined) return undefined
  if (knownDays.size > 20_000) knownDays.clear()
  const found = { day }
  knownDays.set(digits, found)
  return found
}

const HYPHEN = 45

const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2})$/

function readIsoInstant(text: string): Moment | Unreadable {
  if (text.length === 10) return readIsoDay(text)
  const ms = instantMs(text)
  return ms === undefined ? notADate(text) : { ms }
}

/** Milliseconds of an instant's text, `undefined` when it is none. */
export function instantMs(text: string): number | undefined {
  // The canonical form of every source, `2026-11-22T10:00:00.000Z`: read by hand, for it is most of the work of mapping.
  if (text.length === 24 && text[23] === 'Z' && text[10] === 'T') {
    const day = dayAtStart(text)
    if (day === undefined) return undefined
    const hours = two(text, 11)
    const minutes = two(text, 14)
    const seconds = two(text, 17)
    const ms = two(text, 20) * 10 + (text.charCodeAt(22) - 48)
    const rest = hours * 3_600_000 + minutes * 60_000 + seconds * 1000 + ms
    if (hours < 24 && minutes < 60 && seconds < 60 && rest >= 0 && rest < MS_PER_DAY) return day.day * MS_PER_DAY + rest
    return undefined
  }
  if (!INSTANT.test(text)) return undefined
  const ms = Date.parse(text.replace(/([+-]\d{2})(\d{2})$/, '$1:$2'))
  return Number.isNaN(ms) ? undefined : ms
}

function two(text: string, at: number): number {
  const tens = text.charCodeAt(at) - 48
  const ones = text.charCodeAt(at + 1) - 48
  return tens < 0 || tens > 9 || ones < 0 || ones > 9 ? Number.NaN : tens * 10 + ones
}

function notADate(text: string): Unreadable {
  if (NO_VALUES.has(text)) return noValue(text)
  if (text !== text.trim()) return new Unreadable('blanks-around', `"${text}" has blanks around it; set trim: true`)
  return new Unreadable('not-a-date', `"${text}" is no date such as 2026-11-22; declare its format`)
}

const TOKENS = /YYYY|YY|MM|M|DD|D|HH|H|hh|h|mm|ss|A/g
const PATTERNS: Readonly<Record<string, string>> = {
  YYYY: '(\\d{4})',
  YY: '(\\d{2})',
  MM: '(\\d{2})',
  M: '(\\d{1,2})',
  DD: '(\\d{2})',
  D: '(\\d{1,2})',
  HH: '(\\d{2})',
  H: '(\\d{1,2})',
  hh: '(\\d{2})',
  h: '(\\d{1,2})',
  mm: '(\\d{2})',
  ss: '(\\d{2})',
  A: '(AM|PM|am|pm)',
}

/** What is wrong with a date format, or `undefined`. */
export function dateFormatProblem(format: string): string | undefined {
  const tokens: string[] = format.match(TOKENS) ?? []
  const has = (...any: string[]) => any.some((token) => tokens.includes(token))
  if (!has('YYYY', 'YY') || !has('MM', 'M') || !has('DD', 'D'))
    return 'has no year (YYYY or YY), month (MM) or day (DD)'
  if (has('hh', 'h') && !has('A')) return 'has hours up to 12 (hh) but no AM or PM (A)'
  if (/[A-Za-z]/.test(format.replace(TOKENS, '').replace(/T/g, ''))) return 'holds letters that stand for nothing'
  return undefined
}

/**
 * Reads dates in a way of the source's own. Two-digit years up to 68 are 20YY, later ones 19YY. A time of day counts
 * from the start of that day in the company's zone.
 */
function datesOf(format: string): (text: string, zone: Zone) => Moment | Unreadable {
  const tokens = format.match(TOKENS) ?? []
  const pattern = new RegExp(
    `^${format
      .split(/(YYYY|YY|MM|M|DD|D|HH|H|hh|h|mm|ss|A)/)
      .map((part) => PATTERNS[part] ?? part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
      .join('')}$`,
  )
  const timed = tokens.some((token) => /^(HH|H|hh|h)$/.test(token))
  return (text, zone) => {
    const match = pattern.exec(text)
    if (!match) {
      return text === text.trim() && !NO_VALUES.has(text)
        ? new Unreadable('not-a-date', `"${text}" is no date of the form ${format}`)
        : notADate(text)
    }
    const parts: Record<string, string> = {}
    tokens.forEach((token, i) => {
      parts[token.length === 4 || token === 'YY' ? 'year' : token] = match[i + 1] as string
    })
    const written = parts.year as string
    const year = written.length === 2 ? (Number(written) <= 68 ? `20${written}` : `19${written}`) : written
    const month = (parts.MM ?? parts.M ?? '').padStart(2, '0')
    const date = (parts.DD ?? parts.D ?? '').padStart(2, '0')
    const day = parseDay(`${year}-${month}-${date}`)
    if (day === undefined) return new Unreadable('not-a-date', `"${text}" is no day of the calendar`)
    if (!timed) return { day }
    let hours = Number(parts.HH ?? parts.H ?? parts.hh ?? parts.h)
    if (parts.A) hours = (hours % 12) + (parts.A.toUpperCase() === 'PM' ? 12 : 0)
    const minutes = Number(parts.mm ?? 0)
    const seconds = Number(parts.ss ?? 0)
    if (hours > 23 || minutes > 59 || seconds > 59) return new Unreadable('not-a-date', `"${text}" is no time of day`)
    return { ms: zone.startOf(day) + hours * 3_600_000 + minutes * 60_000 + seconds * 1000 }
  }
}

/** Ways to write numbers, with what stands between thousands and before decimals. */
export const NUMBER_FORMATS: Readonly<Record<string, { readonly thousands: string; readonly decimal: string }>> = {
  '1,234.56': { thousands: ',', decimal: '.' },
  '1.234,56': { thousands: '.', decimal: ',' },
  '1 234,56': { thousands: ' ', decimal: ',' },
}

function withNumberFormat(format: string | undefined, read: Read): Read {
  const style = format === undefined ? undefined : NUMBER_FORMATS[format]
  if (!style) return read
  const thousands = style.thousands === '.' ? '\\.' : style.thousands === ' ' ? '[ \u00a0\u202f]' : ','
  const decimal = style.decimal === '.' ? '\\.' : ','
  const pattern = new RegExp(`^-?(?:\\d+|\\d{1,3}(?:${thousands}\\d{3})+)(?:${decimal}\\d+)?$`)
  const between = new RegExp(thousands, 'g')
  return (text, zone, currency) =>
    pattern.test(text)
      ? read(text.replace(between, '').replace(style.decimal, '.'), zone, currency)
      : notANumber(text, format)
}

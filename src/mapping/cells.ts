import { type Day, formatDay } from '../domain/day.ts'
import type { FieldType } from '../domain/fields.ts'
import type { ColumnType } from '../plan/desired.ts'
import { countryCell, emailCell, isEmail, locationCell, phoneCell, ratingCell } from './contact-cells.ts'
import { compareText } from './nearest.ts'
import { hourCell, timelineCell, weekCell, zoneCell } from './time-cells.ts'

/** What a fact holds, or what an expression gave; absent is empty. */
export type Value = string | number | boolean | undefined

/** The canonical text of a cell, with what a person should know about it. */
export interface Cell {
  readonly text: string
  readonly problem?: { readonly code: string; readonly message: string }
}

export interface CellOptions {
  /** Decimals of the company's currency. */
  readonly moneyDecimals: number
  /** Decimals kept in a numbers column; `undefined` for the usual ones of the value's type. */
  readonly decimals?: number | undefined
  /** What stands between several labels of a dropdown, or several tags. */
  readonly split?: string | undefined
  /** The day on which weeks start. */
  readonly weekStarts?: 'monday' | 'sunday' | undefined
}

/** Longest label a board takes, in UTF-16 units. */
export const LABEL_LENGTH = 30

/** Which types of value each type of column can show. */
export const SHOWABLE: Readonly<Record<ColumnType, readonly FieldType[]>> = {
  text: ['text', 'id', 'enum', 'number', 'integer', 'ratio', 'money', 'day', 'instant', 'boolean'],
  long_text: ['text', 'id', 'enum', 'number', 'integer', 'ratio', 'money', 'day', 'instant', 'boolean'],
  numbers: ['number', 'integer', 'ratio', 'money'],
  status: ['text', 'id', 'enum', 'boolean'],
  date: ['day', 'instant'],
  people: ['text'],
  checkbox: ['boolean'],
  link: ['text'],
  dropdown: ['text', 'id', 'enum'],
  email: ['text'],
  phone: ['text'],
  country: ['text', 'enum'],
  location: ['text'],
  rating: ['number', 'integer'],
  timeline: ['day', 'instant'],
  week: ['day', 'instant'],
  hour: ['text', 'instant'],
  world_clock: ['text'],
  tags: ['text', 'id', 'enum'],
  board_relation: ['text', 'id'],
  dependency: ['text', 'id'],
}

const EMPTY: Cell = { text: '' }

/**
 * How values of one type become the canonical text of one type of column (`Cells` in `board.ts`).
 *
 * Money is shown in major units of company currency, a share in percent (0.25 is 25), an instant in UTC, true and
 * false as yes and no where a column has no boxes to tick. A label over 30 characters is cut, and the cell says so.
 * What a column cannot hold (an address without a scheme, a person who is no e-mail address) leaves the cell empty,
 * and the cell says so. `beside` is what the column shows beside its value: the country of a phone number, the last day
 * of a timeline, the words of a link, the address of a location.
 */
export function cellWriter(
  column: ColumnType,
  type: FieldType,
  options: CellOptions,
): (value: Value, beside?: string) => Cell {
  const text = textWriter(type, options)
  switch (column) {
    case 'text':
      return (value) => ({ text: oneLine(text(value)) })
    case 'long_text':
      return (value) => ({ text: text(value).replace(/\r\n?/g, '\n').trim() })
    case 'numbers':
      return (value) => (value === undefined ? EMPTY : numberCell(text(value)))
    case 'date':
      return (value) => ({ text: text(value) })
    case 'status':
      return (value) => label(oneLine(text(value)))
    case 'dropdown':
      return (value) => labels(text(value), options.split)
    case 'checkbox':
      return (value) => (value === true ? { text: 'v' } : EMPTY)
    case 'people':
      return (value) => people(text(value))
    case 'link':
      return (value, words) => withWords(link(text(value)), words)
    case 'email':
      return (value) => emailCell(text(value).trim())
    case 'phone':
      return (value, country = '') => phoneCell(text(value).trim(), country.trim())
    case 'country':
      return (value) => countryCell(text(value).trim())
    case 'location':
      return (value, address) => withWords(locationCell(text(value).trim()), address)
    case 'rating':
      return (value) => ratingCell(text(value))
    case 'timeline':
      return (value, to = '') => timelineCell(text(value), to)
    case 'week':
      return (value) => weekCell(text(value), options.weekStarts ?? 'monday')
    case 'hour':
      return (value) => hourCell(text(value).trim())
    case 'world_clock':
      return (value) => zoneCell(text(value).trim())
    case 'tags':
    case 'board_relation':
    case 'dependency':
      return (value) => labels(text(value), options.split, (name) => ({ text: name }))
  }
}

/** A value as text that people read: what text cells, names and group titles show. */
export function textWriter(type: FieldType, options: CellOptions): (value: Value) => string {
  const { moneyDecimals, decimals } = options
  const write = (value: string | number | boolean): string => {
    switch (type) {
      case 'money':
        return decimals === undefined || decimals >= moneyDecimals
          ? fromMinor(value as number, moneyDecimals)
          : decimalText((value as number) / 10 ** moneyDecimals, decimals)
      case 'ratio':
        return decimalText((value as number) * 100, decimals ?? 2)
      case 'number':
      case 'integer':
        return decimalText(value as number, decimals ?? 6)
      case 'day':
        return dayText(value as number)
      case 'instant':
        return instantText(value as number)
      case 'boolean':
        return value === true ? 'yes' : 'no'
      default:
        return value as string
    }
  }
  return (value) => (value === undefined ? '' : write(value))
}

/** Minor units as plain decimal text without zeros at the end: `24710.5`. */
export function fromMinor(minor: number, decimals: number): string {
  if (decimals === 0) return String(minor === 0 ? 0 : minor)
  const digits = String(Math.abs(minor)).padStart(decimals + 1, '0')
  const whole = digits.slice(0, -decimals)
  const rest = digits.slice(-decimals).replace(/0+$/, '')
  return `${minor < 0 ? '-' : ''}${whole}${rest === '' ? '' : `.${rest}`}`
}

/** A number as plain decimal text: rounded to so many decimals (halves away from zero), no exponent, no zeros at the end, no `-0`. */
export function decimalText(value: number, decimals: number): string {
  if (Number.isSafeInteger(value)) return String(value === 0 ? 0 : value)
  if (Math.abs(value) >= 1e21) return BigInt(value).toString()
  // What floating point adds (0.07 × 100 = 7.000000000000001) must not decide how a half is rounded.
  const scaled = Number((Math.abs(value) * 10 ** decimals).toPrecision(15))
  const rounded = (Math.sign(value) * Math.round(scaled)) / 10 ** decimals
  const text = rounded.toFixed(decimals)
  const short = text.includes('.') ? text.replace(/\.?0+$/, '') : text
  return short === '-0' ? '0' : short
}

const dayTexts = new Map<Day, string>()

function dayText(day: Day): string {
  const known = dayTexts.get(day)
  if (known !== undefined) return known
  if (dayTexts.size > 20_000) dayTexts.clear()
  const text = formatDay(day)
  dayTexts.set(day, text)
  return text
}

function instantText(ms: number): string {
  return new Date(ms).toISOString().slice(0, 16).replace('T', ' ')
}

function oneLine(text: string): string {
  return /[\r\n\t\v\f]/.test(text) ? text.replace(/\s*[\r\n\t\v\f]+\s*/g, ' ').trim() : text.trim()
}

/** Cuts to a length without splitting a character in two, marking the cut. */
export function cut(text: string, length: number): string {
  if (text.length <= length) return text
  let end = length - 1
  const code = text.charCodeAt(end - 1)
  if (code >= 0xd800 && code <= 0xdbff) end -= 1
  return `${text.slice(0, end).trimEnd()}…`
}

function numberCell(text: string): Cell {
  return { text }
}

function label(text: string): Cell {
  if (text.length <= LABEL_LENGTH) return { text }
  const message = `the label "${text}" has ${text.length} characters, and boards take ${LABEL_LENGTH}: it is cut`
  return { text: cut(text, LABEL_LENGTH), problem: { code: 'label-too-long', message } }
}

function labels(text: string, split: string | undefined, one = label): Cell {
  if (split === undefined) {
    const whole = oneLine(text)
    if (!whole.includes(',')) return one(whole)
    const message = `the label "${whole}" holds a comma, which separates labels`
    return { text: '', problem: { code: 'label-with-comma', message } }
  }
  const parts = [...new Set(text.split(split).map(oneLine).filter(Boolean))].map(one)
  const problem = parts.find((part) => part.problem)?.problem
  const joined = parts
    .map((part) => part.text)
    .sort(compareText)
    .join(', ')
  return problem ? { text: joined, problem } : { text: joined }
}

function people(text: string): Cell {
  if (text === '') return EMPTY
  const parts = text
    .split(/[,;]/)
    .map((part) => part.trim().toLowerCase())
    .filter(Boolean)
  const addresses = [...new Set(parts.filter(isEmail))].sort(compareText).join(', ')
  if (parts.every(isEmail)) return { text: addresses }
  return { text: addresses, problem: { code: 'not-an-email', message: 'the value is no e-mail address' } }
}

function withWords(cell: Cell, words = ''): Cell {
  return cell.text === '' ? cell : { ...cell, text: `${cell.text} ${words}`.trim() }
}

function link(text: string): Cell {
  if (text === '') return EMPTY
  if (/^(https?:\/\/|mailto:|tel:)\S+(\s.*)?$/i.test(text)) return { text: oneLine(text) }
  return { text: '', problem: { code: 'not-a-link', message: 'the value is no web address (https://…)' } }
}

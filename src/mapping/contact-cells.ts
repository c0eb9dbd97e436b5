import type { Cell } from './cells.ts'
import { countryCode } from './readings.ts'

const EMPTY: Cell = { text: '' }
const ADDRESS = /^[^\s@,;]+@[^\s@,;]+\.[^\s@,;]+$/

function unreadable(code: string, message: string): Cell {
  return { text: '', problem: { code, message } }
}

/** One e-mail address, as it is written; anything else leaves the cell empty. */
export function emailCell(text: string): Cell {
  if (text === '' || ADDRESS.test(text)) return { text }
  return unreadable('not-an-email', 'the value is no e-mail address')
}

/** Whether a text is one e-mail address. */
export function isEmail(text: string): boolean {
  return ADDRESS.test(text)
}

/**
 * A phone number and its country: `+4930123456 DE`. What people put between digits is left out. A number has 3 to 15
 * digits (ITU-T E.164) and no extension; `country` is a code or an English name.
 */
export function phoneCell(text: string, country: string): Cell {
  if (text === '') return EMPTY
  const number = text.replace(/[\s().\-/]/g, '')
  if (!/^\+?\d{3,15}$/.test(number)) return unreadable('not-a-phone', 'the value is no phone number of 3 to 15 digits')
  const code = countryCode(country)
  return code === null
    ? unreadable('phone-without-country', 'the phone number has no country, and boards want one')
    : { text: `${number} ${code}` }
}

/** A country by its two-letter code (ISO 3166-1), from the code or the English name. */
export function countryCell(text: string): Cell {
  if (text === '') return EMPTY
  const code = countryCode(text)
  return code === null
    ? unreadable('unknown-country', 'the value is no country by its two-letter code or English name')
    : { text: code }
}

/** Latitude and longitude in degrees, `52.52,13.405`, as read from two numbers with a comma or blank between them. */
export function locationCell(text: string): Cell {
  if (text === '') return EMPTY
  const parts = /^(-?\d+(?:\.\d+)?)\s*[,;\s]\s*(-?\d+(?:\.\d+)?)$/.exec(text)
  const [lat, lng] = [Number(parts?.[1]), Number(parts?.[2])]
  if (parts === null || Math.abs(lat) > 90 || Math.abs(lng) > 180) {
    return unreadable('not-a-location', 'the value is no latitude and longitude, such as 52.52,13.405')
  }
  return { text: `${degrees(lat)},${degrees(lng)}` }
}

/** Seven decimals are a centimetre. */
function degrees(value: number): string {
  const text = value.toFixed(7).replace(/\.?0+$/, '')
  return text === '-0' ? '0' : text
}

/** Stars: a whole number from 1 to 5; none for 0. */
export function ratingCell(text: string): Cell {
  if (text === '' || text === '0') return EMPTY
  if (/^[1-5]$/.test(text)) return { text }
  return unreadable('not-a-rating', `${text} is no rating from 1 to 5`)
}

import { decimalText, instantText } from '../canonical.ts'
import type { FieldValue } from '../source.ts'

/** The value of a property in the one form: HubSpot writes all of them as texts, and nothing as an empty one or none. */
export function canonicalValue(text: string | null | undefined, type: string): FieldValue {
  if (text === null || text === undefined || text === '') return null
  switch (type) {
    case 'number':
      return decimalText(text)
    case 'bool':
      return text === 'true' ? true : text === 'false' ? false : text
    case 'datetime':
      return isMilliseconds(text) ? instantOf(Number(text)) : instantText(text)
    case 'date':
      // Days are midnight in UTC wherever they are written as instants.
      return isMilliseconds(text) ? instantOf(Number(text)).slice(0, 10) : text.replace(/T00:00:00(\.0+)?Z$/, '')
    default:
      return text
  }
}

function isMilliseconds(text: string): boolean {
  return /^-?\d{6,15}$/.test(text)
}

export function instantOf(ms: number): string {
  return new Date(ms).toISOString()
}

/** Ids are numbers of any length. */
export function compareIds(a: string, b: string): number {
  return a.length - b.length || (a < b ? -1 : a > b ? 1 : 0)
}

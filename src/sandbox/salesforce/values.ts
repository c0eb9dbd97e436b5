import { normaliseId } from './ids.ts'
import type { FieldDef } from './schema.ts'

/** What SQLite holds: instants as ms, days as `YYYY-MM-DD`, booleans as 0 and 1, numbers as doubles. */
export type Stored = string | number | null

/** `2026-11-22T10:00:00.000+0000`, the form in which REST answers instants. */
export function formatInstant(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, -1)}+0000`
}

/** Instants have whole seconds. */
export function wholeSecond(ms: number): number {
  return Math.floor(ms / 1000) * 1000
}

/** An instant with its offset, in any form the API takes: `Z`, `+00:00`, `+0000`; `null` for anything else. */
export function parseInstant(value: string): number | null {
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?(Z|[+-]\d\d:?\d\d)$/i.exec(value)
  if (match === null) return null
  const offset = (match[3] as string).toUpperCase().replace(/^([+-]\d\d):?(\d\d)$/, '$1:$2')
  const ms = Date.parse(`${match[1]}${match[2] ?? ''}${offset}`)
  return Number.isNaN(ms) ? null : ms
}

/** `YYYY-MM-DD` that is a day of the calendar. */
export function isDay(value: string): boolean {
  if (!/^\d{4}-\d\d-\d\d$/.test(value)) return false
  const ms = Date.parse(`${value}T00:00:00Z`)
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(value)
}

/** A double as Salesforce's servers print it: `15000.0`, `1.39E8`. Always valid JSON. */
export function formatDouble(value: number): string {
  const size = Math.abs(value)
  if (size === 0) return '0.0'
  if (size >= 1e-3 && size < 1e7) return Number.isInteger(value) ? `${value}.0` : String(value)
  const [mantissa = '', exponent = ''] = value.toExponential().split('e')
  return `${mantissa.includes('.') ? mantissa : `${mantissa}.0`}E${exponent.replace('+', '')}`
}

/** A stored value as JSON text, in the form REST gives this kind of field. */
export function toJson(field: FieldDef, value: Stored): string {
  if (value === null) return 'null'
  switch (field.type) {
    case 'boolean':
      return value === 0 ? 'false' : 'true'
    case 'int':
      return String(value)
    case 'double':
    case 'currency':
    case 'percent':
      return formatDouble(Number(value))
    case 'datetime':
      return `"${formatInstant(Number(value))}"`
    case 'address':
      return String(value)
    default:
      return JSON.stringify(value)
  }
}

/** A value from a client's JSON as it is stored; `undefined` when it does not fit the field. */
export function fromJson(field: FieldDef, value: unknown): Stored | undefined {
  if (value === null || value === '') return field.type === 'boolean' ? undefined : null
  switch (field.type) {
    case 'boolean':
      return typeof value === 'boolean' ? Number(value) : undefined
    case 'int':
      return typeof value === 'number' && Number.isInteger(value) ? value : undefined
    case 'double':
    case 'currency':
    case 'percent':
      return typeof value === 'number' && Number.isFinite(value) ? roundTo(value, field.scale) : undefined
    case 'date':
      return typeof value === 'string' && isDay(value) ? value : undefined
    case 'datetime': {
      const ms = typeof value === 'string' ? parseInstant(value) : null
      return ms === null ? undefined : wholeSecond(ms)
    }
    case 'id':
    case 'reference':
      return typeof value === 'string' ? (normaliseId(value) ?? undefined) : undefined
    case 'address':
      return undefined
    default:
      return typeof value === 'string' ? value : undefined
  }
}

function roundTo(value: number, scale: number): number {
  return Number(value.toFixed(scale))
}

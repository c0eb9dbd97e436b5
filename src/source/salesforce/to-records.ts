import { decimalText, instantText } from '../canonical.ts'
import type { FieldValue, SourceRecord } from '../source.ts'
import { type Row, unexpectedAnswer } from './wire.ts'

/** How one field of a request is read from a row. */
export interface FieldPlan {
  /** As the mapping spells it; the record's field has this name. */
  readonly asked: string
  /** As Salesforce spells it, parents first: `['Owner', 'Email']`. */
  readonly path: readonly string[]
  /** Salesforce's type of the last part: `currency`, `datetime`, `reference` … */
  readonly type: string
}

export interface RowPlan {
  readonly fields: readonly FieldPlan[]
  readonly stampField: string
}

/**
 * One row as a record. A row that is deleted says so, and which record it was merged into where Salesforce tells; else it
 * is present, an undeleted one too.
 */
export function toRecord(row: Row, plan: RowPlan): SourceRecord {
  const id = toId18(textAt(row, 'Id'))
  const changedAt = instantText(textAt(row, plan.stampField))
  if (row['IsDeleted'] === true) {
    const master = row['MasterRecordId']
    return deletedRecord(id, changedAt, typeof master === 'string' ? master : '')
  }
  const fields: Record<string, FieldValue> = {}
  for (const field of plan.fields) fields[field.asked] = canonicalValue(valueAt(row, field.path), field.type)
  return { kind: 'present', id, changedAt, fields }
}

/** With the record it was merged into; empty: none. */
export function deletedRecord(id: string, changedAt: string, master = ''): SourceRecord {
  return master === ''
    ? { kind: 'deleted', id, changedAt }
    : { kind: 'deleted', id, changedAt, mergedInto: toId18(master) }
}

function textAt(row: Row, name: string): string {
  const text = row[name]
  if (typeof text === 'string' && text !== '') return text
  throw unexpectedAnswer('a record', name, 'no text')
}

function valueAt(row: Row, path: readonly string[]): unknown {
  let value: unknown = row
  for (const name of path) {
    if (typeof value !== 'object' || value === null) return null
    value = (value as Row)[name]
  }
  return value
}

const NUMBERS = new Set(['double', 'currency', 'percent', 'int', 'integer', 'long'])

type TextReader = (text: string) => FieldValue

const readPlain: TextReader = (text) => (text === '' ? null : text)
const readBoolean: TextReader = (text) => (text === '' ? null : text.toLowerCase() === 'true')
const readNumber: TextReader = (text) => (text === '' ? null : decimalText(text))
const readInstant: TextReader = (text) => (text === '' ? null : instantText(text))
const readId: TextReader = (text) => (text === '' ? null : toId18(text))

/** Reads the texts of one field into the contract's one form. */
export function textReader(type: string): TextReader {
  if (type === 'boolean') return readBoolean
  if (NUMBERS.has(type)) return readNumber
  if (type === 'datetime') return readInstant
  return type === 'id' || type === 'reference' ? readId : readPlain
}

/** A value in the contract's one form, whether it came as JSON or as CSV text. */
export function canonicalValue(value: unknown, type: string): FieldValue {
  if (value === null || value === undefined) return null
  if (typeof value === 'boolean') return value
  return textReader(type)(typeof value === 'object' ? JSON.stringify(value) : String(value))
}

const CHECKSUM = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ012345'

/**
 * The 18-character form of an id. The last three characters tell which of the first fifteen are capitals, five at a time;
 * the 15-character form of reports and links is case-sensitive. A text that is no id comes back as it is.
 */
export function toId18(id: string): string {
  if (/^[0-9A-Za-z]{18}$/.test(id)) return id
  if (!/^[0-9A-Za-z]{15}$/.test(id)) return id
  let suffix = ''
  for (let group = 0; group < 15; group += 5) {
    let bits = 0
    for (let i = 0; i < 5; i += 1) {
      const character = id[group + i] ?? ''
      if (character >= 'A' && character <= 'Z') bits |= 1 << i
    }
    suffix += CHECKSUM[bits]
  }
  return id + suffix
}

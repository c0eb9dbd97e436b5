import type { FieldDef } from 'pg'
import { decimalText, instantText } from '../canonical.ts'
import type { FieldValue, SourceRecord } from '../source.ts'
import { idOf, keyColumn, type Reading } from './query.ts'

/** A row as the server writes it, column by column; `null` for none. */
export type Row = readonly (string | null)[]

/** Where each column stands and what it holds. */
export interface Shape {
  readonly columns: ReadonlyMap<string, { readonly at: number; readonly type: string }>
}

const TYPES: Readonly<Record<number, string>> = {
  16: 'boolean',
  20: 'number',
  21: 'number',
  23: 'number',
  700: 'number',
  701: 'number',
  1700: 'number',
  1082: 'date',
  1114: 'timestamp',
  1184: 'instant',
}

export function toShape(fields: readonly Pick<FieldDef, 'name' | 'dataTypeID'>[]): Shape {
  return {
    columns: new Map(fields.map(({ name, dataTypeID }, at) => [name, { at, type: TYPES[dataTypeID] ?? 'text' }])),
  }
}

/** When a row changed of which nothing tells when: the same for all of them, and for ever. */
const NO_TIME = '1970-01-01T00:00:00.000Z'

export interface RowRecord {
  readonly record: Extract<SourceRecord, { kind: 'present' }>
  readonly keys: readonly string[]
}

/** Makes records of rows in the order of their keys; a second row of one id is `<id>#2` and says what is wrong with it. */
export function recordMaker(fields: readonly string[], reading: Reading) {
  let last: string | null = null
  let count = 0
  return ({ columns }: Shape, row: Row): RowRecord => {
    const textOf = (name: string) => row[columns.get(name)?.at ?? -1] ?? null
    const fieldOf = (name: string): FieldValue => {
      const column = columns.get(name)
      return column === undefined ? null : canonical(row[column.at] ?? null, column.type)
    }
    const keys = reading.id.map((_, i) => textOf(keyColumn(i)) ?? '')
    const id = idOf(keys)
    count = id === last ? count + 1 : 1
    last = id
    const values: Record<string, FieldValue> = {}
    for (const field of fields) values[field] = fieldOf(field)
    if (count > 1) values['__problem'] = `another row has the same ${reading.id.join(', ')}`
    else if (keys.every((key) => key === '')) values['__problem'] = `the row has no ${reading.id.join(', ')}`
    const stamp = reading.changedAt === null ? null : fieldOf(reading.changedAt)
    const changedAt = typeof stamp === 'string' && /^\d{4}-.*Z$/.test(stamp) ? stamp : NO_TIME
    return { record: { kind: 'present', id: count === 1 ? id : `${id}#${count}`, changedAt, fields: values }, keys }
  }
}

/** A timestamp without a zone stays without one: whose clock it shows, only the mapping can say. */
function canonical(text: string | null, type: string): FieldValue {
  if (text === null || text === '') return null
  if (type === 'boolean') return text === 't'
  if (type === 'number') return decimalText(text)
  if (type === 'instant')
    return instantText(
      text
        .replace(' ', 'T')
        .replace(/(\.\d{3})\d+/, '$1')
        .replace(/([+-]\d\d)$/, '$1:00'),
    )
  if (type === 'timestamp') return text.replace(' ', 'T')
  return text
}

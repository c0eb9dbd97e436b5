import type { FactField } from './fields.ts'
import type { RecordKind } from './records.ts'

// How fields of facts are described, a word for each type of value.

type More = Partial<Omit<FactField, 'type' | 'meaning' | 'example'>>

const COMPANY_MONEY = 'company currency'

export const field =
  (type: FactField['type']) =>
  (meaning: string, example: string, more: More = {}): FactField => ({ type, meaning, example, ...more })
export const text = field('text')
export const number = field('number')
export const integer = field('integer')
export const ratio = (meaning: string, more: More = {}) => field('ratio')(meaning, '0.25', { additive: false, ...more })
export const money = (meaning: string, more: More = {}) =>
  field('money')(meaning, '24710.50', { unit: COMPANY_MONEY, ...more })
export const day = (meaning: string, more: More = {}) => field('day')(meaning, '2026-11-22', more)
export const instant = (meaning: string, more: More = {}) => field('instant')(meaning, '2026-11-22T10:00:00Z', more)
export const flag = (meaning: string, more: More = {}) => field('boolean')(meaning, 'true', { always: true, ...more })
export const id = (meaning: string, refersTo: RecordKind, more: More = {}) =>
  field('id')(meaning, '0065g00000KcZ2wAAF', { refersTo, ...more })
export const oneOf = (meaning: string, values: readonly string[], more: More = {}) =>
  field('enum')(meaning, values[0] ?? '', { values, ...more })

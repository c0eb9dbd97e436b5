/**
 * How fields are described: one description serves the source mapping's schema, the lint, CEL's types, the `fields`
 * command and the reference page.
 *
 * In record and fact bodies: `money` is an integer of minor units in the currency that the record or fact names;
 * `day` an integer of days since 1970-01-01 in the company's calendar; `instant` an integer of milliseconds since
 * 1970-01-01T00:00:00Z; `ratio` a number 0..1; an empty field is absent (never `null`).
 */
export type FieldType =
  | 'text'
  | 'id'
  | 'number'
  | 'integer'
  | 'ratio'
  | 'money'
  | 'day'
  | 'instant'
  | 'boolean'
  | 'enum'

export interface Field {
  readonly type: FieldType
  /** One sentence for a person who is no programmer, ending in a full stop. */
  readonly meaning: string
  /** As a person would write it. */
  readonly example: string
  /** False: the field can be empty. */
  readonly always?: boolean
  /** For `enum`: every value it can hold. */
  readonly values?: readonly string[]
  /** For `number`: only what is above zero is one. */
  readonly positive?: boolean
  /** For `id`: the record kind it points at. */
  readonly refersTo?: string
}

/** A field of a fact: what board mappings see. */
export interface FactField extends Field {
  /** `USD (company currency)`, `days`, `opportunities`; absent where it goes without saying. */
  readonly unit?: string
  /** How it is computed, in one line; absent where it is copied from a record. */
  readonly formula?: string
  /**
   * For numbers and money: whether adding it up over items makes sense. False: a total of it misleads (ratios, medians,
   * values that overlap between items), and lint says so.
   */
  readonly additive?: boolean
}

export type Fields<F extends Field = Field> = Readonly<Record<string, F>>

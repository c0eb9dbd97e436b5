import type { Formula } from './formulas.ts'

/** Field types as describe names them. */
export type FieldType =
  | 'id'
  | 'string'
  | 'picklist'
  | 'boolean'
  | 'int'
  | 'double'
  | 'currency'
  | 'percent'
  | 'date'
  | 'datetime'
  | 'reference'
  | 'email'
  | 'phone'
  | 'url'
  | 'textarea'
  | 'address'

/** A field of an object, as much of it as makes a difference to a client. */
export interface FieldDef {
  readonly name: string
  readonly label: string
  readonly type: FieldType
  readonly length: number
  readonly precision: number
  readonly scale: number
  readonly nillable: boolean
  readonly createable: boolean
  readonly updateable: boolean
  readonly calculated: boolean
  readonly defaultedOnCreate: boolean
  readonly custom: boolean
  readonly nameField: boolean
  readonly referenceTo: readonly string[]
  readonly relationshipName: string | null
  /** Deleting the record that this field names deletes the record that has the field. */
  readonly cascadeDelete: boolean
  readonly picklist: readonly string[]
  /** For `address`: the fields it is made of begin with this. */
  readonly compoundFieldName: string | null
  /** Computed when it is read, and stored nowhere. */
  readonly formula?: Formula
}

/** An object of the org. */
export interface ObjectDef {
  readonly name: string
  readonly label: string
  readonly labelPlural: string
  readonly keyPrefix: string
  readonly custom: boolean
  readonly createable: boolean
  readonly updateable: boolean
  readonly deletable: boolean
  readonly replicateable: boolean
  readonly fields: readonly FieldDef[]
}

type FieldOptions = Partial<Omit<FieldDef, 'name' | 'type'>>

/** A field that a client may write and leave empty, unless `options` says otherwise. */
export function field(name: string, type: FieldType, options: FieldOptions = {}): FieldDef {
  return {
    name,
    type,
    label: labelOf(name),
    length: 0,
    precision: 0,
    scale: 0,
    nillable: true,
    createable: true,
    updateable: true,
    calculated: false,
    defaultedOnCreate: false,
    custom: name.endsWith('__c'),
    nameField: false,
    referenceTo: [],
    relationshipName: null,
    cascadeDelete: false,
    picklist: [],
    compoundFieldName: null,
    ...options,
  }
}

export const text = (name: string, length: number, options?: FieldOptions) =>
  field(name, 'string', { length, ...options })
export const picklist = (name: string, values: readonly string[], options?: FieldOptions) =>
  field(name, 'picklist', { length: 255, picklist: values, ...options })
export const currency = (name: string, options?: FieldOptions) =>
  field(name, 'currency', { precision: 18, scale: 2, ...options })
export const double = (name: string, options?: FieldOptions) =>
  field(name, 'double', { precision: 18, scale: 2, ...options })
export const reference = (name: string, to: string | readonly string[], options?: FieldOptions) =>
  field(name, 'reference', {
    length: 18,
    referenceTo: typeof to === 'string' ? [to] : to,
    relationshipName: relationshipOf(name),
    ...options,
  })

export const computed = (name: string, type: FieldType, formula: Formula, options?: FieldOptions) =>
  field(name, type, { ...READ_ONLY, calculated: true, formula, ...options })

/** What only Salesforce itself writes. */
export const READ_ONLY = { createable: false, updateable: false } as const
export const REQUIRED = { nillable: false } as const
/** Never empty, and filled in when the client says nothing. */
export const DEFAULTED = { nillable: false, defaultedOnCreate: true } as const

/** `Billing_City__c` is labelled "Billing City"; `AnnualRevenue` "Annual Revenue". */
function labelOf(name: string): string {
  return name
    .replace(/__c$/, '')
    .replaceAll('_', ' ')
    .replace(/([a-z])([A-Z])/g, '$1 $2')
}

/** `OwnerId` leads to `Owner`, `Partner__c` to `Partner__r`. */
export function relationshipOf(name: string): string {
  return name.endsWith('__c') ? name.replace(/__c$/, '__r') : name.replace(/Id$/, '')
}

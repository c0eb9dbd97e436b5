import type { FieldDef, ObjectDef } from './schema.ts'

export function tableOf(object: ObjectDef): string {
  return `"sf_${object.name}"`
}

/** Fields with a column of their own: not compounds, which only show others, and not what is computed. */
export function isStored(field: FieldDef): boolean {
  return field.type !== 'address' && field.formula === undefined
}

export function columnType(field: FieldDef): string {
  switch (field.type) {
    case 'id':
      return 'TEXT PRIMARY KEY'
    case 'reference':
    case 'date':
      return 'TEXT'
    case 'boolean':
      return 'INTEGER NOT NULL DEFAULT 0'
    case 'int':
    case 'datetime':
      return 'INTEGER'
    case 'double':
    case 'currency':
    case 'percent':
      return 'REAL'
    default:
      // Text is compared without regard to case, as SOQL does.
      return 'TEXT COLLATE NOCASE'
  }
}

import { z } from 'zod'
import { ensureCurrencyFields } from './currencies.ts'
import { refused } from './errors.ts'
import { checkFormula, FORMULA, readsOf } from './formulas.ts'
import type { Org } from './org.ts'
import {
  DEFAULTED,
  type FieldDef,
  type FieldType,
  field,
  type ObjectDef,
  READ_ONLY,
  relationshipOf,
  text,
} from './schema.ts'
import { COMMON_FIELDS } from './standard-objects.ts'
import { columnType, isStored, tableOf } from './tables.ts'
import { isDay, parseInstant, type Stored, wholeSecond } from './values.ts'

const TYPES = [
  'string',
  'picklist',
  'boolean',
  'int',
  'double',
  'currency',
  'percent',
  'date',
  'datetime',
  'reference',
  'email',
  'phone',
  'url',
  'textarea',
] as const satisfies readonly FieldType[]
const CUSTOM_NAME = z.string().regex(/^[A-Za-z]\w*__c$/, 'a custom name ends in __c')
const FORM = {
  type: z.enum(TYPES),
  length: z.int().min(1).optional(),
  precision: z.int().min(1).max(18).optional(),
  scale: z.int().min(0).max(18).optional(),
  picklist: z.array(z.string()).optional(),
}

/** The type of a field as an admin gives it. */
export const FIELD_FORM = z.strictObject(FORM)
/** A field as an admin adds it. */
export const NEW_FIELD = z.strictObject({
  name: CUSTOM_NAME,
  label: z.string().optional(),
  ...FORM,
  required: z.boolean().optional(),
  referenceTo: z.string().optional(),
  cascadeDelete: z.boolean().optional(),
  formula: FORMULA.optional(),
})
/** An object as an admin adds it, beside what every object has: Id, Name, OwnerId, IsDeleted and stamps. */
export const NEW_OBJECT = z.strictObject({
  name: CUSTOM_NAME,
  label: z.string().optional(),
  fields: z.array(NEW_FIELD).default([]),
})

export function addField(org: Org, objectName: string, wanted: z.infer<typeof NEW_FIELD>): void {
  const object = wholeObject(org, objectName)
  if (org.fieldOf(object, wanted.name) !== undefined) {
    throw refused(`${object.name} has a field "${wanted.name}" already`, 'Remove it first, or use another name')
  }
  const added = fieldOf(org, wanted)
  checkFormula(org, object, added)
  if (added.formula?.kind === 'rollup') {
    const child = wholeObject(org, added.formula.child)
    const by = org.fieldOf(child, added.formula.by) as FieldDef
    const index = `"sf_${child.name}_${by.name}"`
    org.engine.db.exec(`CREATE INDEX IF NOT EXISTS ${index} ON ${tableOf(child)} ("${by.name}")`)
  }
  org.addFields(object.name, [added])
  // The values of a new roll-up are worked out for all records, which moves their stamps.
  if (added.formula?.kind === 'rollup') moveStamps(org, object, '1', [])
  ensureCurrencyFields(org)
}

export function addObject(org: Org, wanted: z.infer<typeof NEW_OBJECT>): void {
  if (org.wholeObject(wanted.name) !== undefined) {
    throw refused(`The org has an object "${wanted.name}" already`, 'Use another name')
  }
  const label = wanted.label ?? wanted.name.replace(/__c$/, '').replaceAll('_', ' ')
  const [id, ...common] = COMMON_FIELDS as [FieldDef, ...FieldDef[]]
  org.addObject({
    name: wanted.name,
    label,
    labelPlural: `${label}s`,
    keyPrefix: freePrefix(org),
    custom: true,
    createable: true,
    updateable: true,
    deletable: true,
    replicateable: true,
    fields: [id, text('Name', 80, { nameField: true }), ...common],
  })
  for (const each of wanted.fields) addField(org, wanted.name, each)
}

/** Deletes a custom field with its values. */
export function removeField(org: Org, objectName: string, fieldName: string): void {
  const { object, changed } = changeable(org, objectName, fieldName)
  if (isStored(changed)) {
    org.engine.db.exec(`DROP INDEX IF EXISTS "sf_${object.name}_${changed.name}"`)
    org.engine.db.exec(`ALTER TABLE ${tableOf(object)} DROP COLUMN "${changed.name}"`)
  }
  org.saveObject({ ...object, fields: object.fields.filter((each) => each !== changed) })
}

/** Gives a custom field another type. Values that do not fit it are lost; no stamp moves. */
export function retypeField(org: Org, objectName: string, fieldName: string, form: z.infer<typeof FIELD_FORM>): void {
  const { object, changed } = changeable(org, objectName, fieldName)
  if (!isStored(changed) || changed.type === 'reference' || form.type === 'reference') {
    throw refused(`${object.name}.${changed.name} cannot become ${form.type}`, 'Remove the field and add another')
  }
  const { name, label } = changed
  const retyped = fieldOf(org, { name, label, ...form })
  org.transaction(() => {
    const { db } = org.engine
    const table = tableOf(object)
    const values = db.prepare(`SELECT rowid AS row, "${name}" AS value FROM ${table} WHERE "${name}" IS NOT NULL`).all()
    db.exec(`ALTER TABLE ${table} DROP COLUMN "${name}"`)
    db.exec(`ALTER TABLE ${table} ADD COLUMN "${name}" ${columnType(retyped)}`)
    const update = db.prepare(`UPDATE ${table} SET "${name}" = ? WHERE rowid = ?`)
    for (const { row, value } of values as { row: number; value: Stored }[]) {
      const converted = convert(changed.type, retyped.type, value)
      if (converted !== null) update.run(converted, row)
    }
    org.saveObject({ ...object, fields: object.fields.map((each) => (each === changed ? retyped : each)) })
  })
  ensureCurrencyFields(org)
}

/** Renames a value of a picklist, in the list and in all records, whose SystemModstamp moves and nothing else. */
export function renamePicklistValue(org: Org, objectName: string, fieldName: string, from: string, to: string): number {
  refuseWhileOpen(org)
  const object = wholeObject(org, objectName)
  const changed = org.fieldOf(object, fieldName)
  if (changed?.type !== 'picklist' || !changed.picklist.includes(from)) {
    throw refused(`${object.name}.${fieldName} has no picklist value "${from}"`, 'Write it as describe lists it')
  }
  const renamed = { ...changed, picklist: changed.picklist.map((value) => (value === from ? to : value)) }
  return org.transaction(() => {
    const moved = moveStamps(org, object, `"${changed.name}" = ?`, [from])
    org.engine.db
      .prepare(`UPDATE ${tableOf(object)} SET "${changed.name}" = ?1 WHERE "${changed.name}" = ?2`)
      .run(to, from)
    org.saveObject({ ...object, fields: object.fields.map((each) => (each === changed ? renamed : each)) })
    return moved
  })
}

export function wholeObject(org: Org, name: string): ObjectDef {
  const object = org.wholeObject(name)
  if (object !== undefined) return object
  const names = org.wholeObjects.map((each) => each.name).sort()
  throw refused(`The org has no object "${name}"`, `Use one of: ${names.join(', ')}`)
}

export function wholeField(org: Org, object: ObjectDef, name: string): FieldDef {
  const found = org.fieldOf(object, name)
  if (found !== undefined) return found
  throw refused(`${object.name} has no field "${name}"`, 'Write it as describe names it')
}

function changeable(org: Org, objectName: string, fieldName: string) {
  refuseWhileOpen(org)
  const object = wholeObject(org, objectName)
  const changed = wholeField(org, object, fieldName)
  const what = `${object.name}.${changed.name}`
  if (!changed.custom) throw refused(`${what} is a standard field`, 'Hide it instead')
  for (const reader of org.wholeObjects) {
    for (const { name, formula } of reader.fields) {
      if (formula === undefined || !readsOf(org, reader, formula).includes(what)) continue
      throw refused(`${what} is read by the formula ${reader.name}.${name}`, 'Remove that first')
    }
  }
  return { object, changed }
}

function refuseWhileOpen(org: Org): void {
  if (org.transactions.isAnyOpen) {
    throw refused('The schema cannot be changed under an open transaction', 'Commit it or roll it back first')
  }
}

function fieldOf(org: Org, wanted: z.infer<typeof NEW_FIELD>): FieldDef {
  const { name, type, label, referenceTo, formula } = wanted
  if ((type === 'reference') !== (referenceTo !== undefined)) {
    throw refused(`The field "${name}" is ${type}`, 'Give "referenceTo" with the type reference, and only with it')
  }
  const isNumber = ['double', 'currency', 'percent'].includes(type)
  const lengths: Partial<Record<FieldType, number>> = { textarea: 32_000, email: 80, phone: 40, reference: 18 }
  return field(name, type, {
    ...(label === undefined ? {} : { label }),
    length: wanted.length ?? lengths[type] ?? (['string', 'picklist', 'url'].includes(type) ? 255 : 0),
    precision: wanted.precision ?? (isNumber ? 18 : 0),
    scale: wanted.scale ?? (isNumber ? 2 : 0),
    picklist: wanted.picklist ?? [],
    nillable: wanted.required !== true,
    ...(type === 'boolean' ? DEFAULTED : {}),
    ...(referenceTo === undefined
      ? {}
      : { referenceTo: [wholeObject(org, referenceTo).name], relationshipName: relationshipOf(name) }),
    cascadeDelete: wanted.cascadeDelete === true,
    ...(formula === undefined ? {} : { ...READ_ONLY, calculated: true, formula }),
  })
}

function moveStamps(org: Org, object: ObjectDef, condition: string, params: readonly Stored[]): number {
  const sql = `UPDATE ${tableOf(object)} SET "SystemModstamp" = ? WHERE ${condition}`
  const { changes } = org.engine.db.prepare(sql).run(wholeSecond(org.engine.clock.now()), ...params)
  return Number(changes)
}

/** `a00`, `a01` …: the first that no object has. */
function freePrefix(org: Org): string {
  const taken = new Set(org.wholeObjects.map((object) => object.keyPrefix))
  for (let n = 0; ; n++) {
    const prefix = `a${n.toString(36).toUpperCase().padStart(2, '0')}`
    if (!taken.has(prefix)) return prefix
  }
}

/** A stored value in the form that another type is stored in; `null` when it has none. */
function convert(from: FieldType, to: FieldType, value: Stored): Stored {
  const shown = from === 'boolean' ? (value === 1 ? 'true' : 'false') : String(value)
  switch (to) {
    case 'int':
    case 'double':
    case 'currency':
    case 'percent': {
      const isNumber =
        from !== 'datetime' && from !== 'boolean' && shown.trim() !== '' && Number.isFinite(Number(shown))
      return isNumber ? (to === 'int' ? Math.round(Number(shown)) : Number(shown)) : null
    }
    case 'boolean':
      return Number(/^true$/i.test(shown))
    case 'date':
      if (from === 'datetime') return new Date(Number(value)).toISOString().slice(0, 10)
      return isDay(shown) ? shown : null
    case 'datetime':
      if (from === 'date') return Date.parse(`${shown}T00:00:00Z`)
      return parseInstant(shown)
    default:
      return from === 'datetime' ? new Date(Number(value)).toISOString() : shown
  }
}

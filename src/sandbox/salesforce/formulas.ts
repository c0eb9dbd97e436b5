import { z } from 'zod'
import { Fault } from '../../platform/errors.ts'
import { isCurrencyRollup, isMultiCurrency } from './currencies.ts'
import type { Org } from './org.ts'
import type { FieldDef, FieldType, ObjectDef } from './schema.ts'
import { tableOf } from './tables.ts'

/** `Name`, or `Account.Owner.Name`. */
const PATH = z.string().regex(/^\w+(\.\w+){0,5}$/)
const OPERAND = z.union([PATH, z.number()])

/**
 * How a field is computed. No value of it is stored, so none of its changes moves a stamp.
 *
 * `copy` shows another field, one of a parent too; `day` compares a date with today moved by `days`; `join` puts texts
 * together; `arithmetic` reckons with two numbers, and is empty when one of them is; `rollup` sums up the child records that
 * name the record in `by`.
 */
export const FORMULA = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('copy'), of: PATH }),
  z.strictObject({
    kind: z.literal('day'),
    of: PATH,
    is: z.enum(['<', '<=', '=', '>=', '>']),
    days: z.int().default(0),
  }),
  z.strictObject({
    kind: z.literal('join'),
    parts: z.array(z.union([z.strictObject({ of: PATH }), z.strictObject({ text: z.string() })])).min(1),
  }),
  z.strictObject({
    kind: z.literal('arithmetic'),
    left: OPERAND,
    operator: z.enum(['+', '-', '*', '/']),
    right: OPERAND,
  }),
  z.strictObject({
    kind: z.literal('rollup'),
    function: z.enum(['COUNT', 'SUM', 'MAX']),
    child: z.string(),
    by: z.string(),
    of: z.string().optional(),
    where: z.strictObject({ field: z.string(), equals: z.union([z.string(), z.number(), z.boolean()]) }).optional(),
  }),
])
export type Formula = z.infer<typeof FORMULA>
type Rollup = Extract<Formula, { kind: 'rollup' }>

/** A computed field of the record at `alias` as SQL over whole objects: formulas see more than who reads them may. */
export function formulaSql(org: Org, object: ObjectDef, field: FieldDef, alias: string, depth = 0): string {
  const formula = field.formula as Formula
  const at = (path: string) => pathSql(org, object, path, alias, depth).sql
  switch (formula.kind) {
    case 'copy':
      // What a subquery answers has lost the collation of its column.
      return isText(field.type) ? `(${at(formula.of)}) COLLATE NOCASE` : at(formula.of)
    case 'day':
      return `coalesce(${at(formula.of)} ${formula.is} '${dayFromToday(org, formula.days)}', 0)`
    case 'join': {
      const parts = formula.parts.map((part) => ('text' in part ? quoted(part.text) : `coalesce(${at(part.of)}, '')`))
      return `nullif(${parts.join(' || ')}, '') COLLATE NOCASE`
    }
    case 'arithmetic': {
      const [left, right] = [formula.left, formula.right].map((each) => (typeof each === 'number' ? each : at(each)))
      return `round(CAST(${left} AS REAL) ${formula.operator} ${right}, ${field.scale})`
    }
    case 'rollup':
      return rollupSql(org, formula, alias, depth)
  }
}

/** What describe shows; `null` for a roll-up. */
export function formulaText(formula: Formula): string | null {
  switch (formula.kind) {
    case 'copy':
      return formula.of
    case 'day': {
      const days = formula.days === 0 ? '' : ` ${formula.days < 0 ? '-' : '+'} ${Math.abs(formula.days)}`
      return `${formula.of} ${formula.is} TODAY()${days}`
    }
    case 'join':
      return formula.parts.map((part) => ('text' in part ? JSON.stringify(part.text) : part.of)).join(' & ')
    case 'arithmetic':
      return `${formula.left} ${formula.operator} ${formula.right}`
    case 'rollup':
      return null
  }
}

/** Throws when a field's formula names what is not there, or gives another type than the field has. */
export function checkFormula(org: Org, object: ObjectDef, field: FieldDef): void {
  const { formula } = field
  if (formula === undefined) return
  const typeOf = (path: string | number) =>
    typeof path === 'number' ? 'double' : pathSql(org, object, path, 't0', 0).field.type
  if (isCurrencyRollup(field) && isMultiCurrency(org)) {
    throw badFormula(`${object.name}.${field.name} sums up currencies, which this sandbox does not convert`)
  }
  const expect = (isFit: boolean, what: string) => {
    if (isFit) return
    throw badFormula(`The formula of ${object.name}.${field.name} does not fit: ${what}`)
  }
  switch (formula.kind) {
    case 'copy':
      expect(kindOf(typeOf(formula.of)) === kindOf(field.type), `${formula.of} is no ${field.type}`)
      return
    case 'day':
      expect(typeOf(formula.of) === 'date' && field.type === 'boolean', 'it compares a date and gives a boolean')
      return
    case 'join':
      for (const part of formula.parts) {
        if ('of' in part) expect(kindOf(typeOf(part.of)) === 'text', `${part.of} is no text`)
      }
      expect(isText(field.type), 'it gives a text')
      return
    case 'arithmetic':
      expect([typeOf(formula.left), typeOf(formula.right), field.type].every(isNumber), 'it reckons with numbers')
      return
    case 'rollup': {
      const { child, by, of, where } = rollupParts(org, formula)
      expect(by.referenceTo.includes(object.name), `${child.name}.${by.name} names no ${object.name}`)
      expect((of === undefined) === (formula.function === 'COUNT'), 'SUM and MAX need "of", COUNT takes none')
      const isOrdered = of === undefined || isNumber(of.type) || (formula.function === 'MAX' && of.type === 'date')
      expect(
        isOrdered && kindOf(of?.type ?? 'double') === kindOf(field.type),
        `${formula.function} gives no ${field.type}`,
      )
      expect(where?.formula === undefined && of?.formula === undefined, 'it looks at stored fields only')
    }
  }
}

/** Paths and child fields that a formula reads, as `Object.Field`. */
export function readsOf(org: Org, object: ObjectDef, formula: Formula): string[] {
  const reads: string[] = []
  const walk = (path: string) => {
    let at = object
    for (const part of path.split('.').slice(0, -1)) {
      const { via, target } = relation(org, at, part)
      reads.push(`${at.name}.${via.name}`)
      at = target
    }
    reads.push(`${at.name}.${fieldIn(org, at, path.split('.').at(-1) as string).name}`)
  }
  switch (formula.kind) {
    case 'copy':
    case 'day':
      walk(formula.of)
      break
    case 'join':
      for (const part of formula.parts) if ('of' in part) walk(part.of)
      break
    case 'arithmetic':
      for (const each of [formula.left, formula.right]) if (typeof each === 'string') walk(each)
      break
    case 'rollup': {
      const { child, by, of, where } = rollupParts(org, formula)
      for (const each of [by, of, where]) if (each !== undefined) reads.push(`${child.name}.${each.name}`)
    }
  }
  return reads
}

function pathSql(
  org: Org,
  object: ObjectDef,
  path: string,
  alias: string,
  depth: number,
): { readonly sql: string; readonly field: FieldDef } {
  const dot = path.indexOf('.')
  if (dot < 0) {
    const field = fieldIn(org, object, path)
    if (field.type === 'address') throw badFormula(`A formula cannot read the compound ${object.name}.${path}`)
    const sql = field.formula === undefined ? `${alias}."${field.name}"` : formulaSql(org, object, field, alias, depth)
    return { sql, field }
  }
  const { via, target } = relation(org, object, path.slice(0, dot))
  const parent = `f${depth}`
  const { sql, field } = pathSql(org, target, path.slice(dot + 1), parent, depth + 1)
  const select = `(SELECT ${sql} FROM ${tableOf(target)} ${parent} WHERE ${parent}."Id" = ${alias}."${via.name}")`
  return { sql: select, field }
}

function rollupSql(org: Org, formula: Rollup, alias: string, depth: number): string {
  const { child, by, of, where } = rollupParts(org, formula)
  const at = `f${depth}`
  const conditions = [`${at}."${by.name}" = ${alias}."Id"`]
  if (org.fieldOf(child, 'IsDeleted') !== undefined) conditions.push(`${at}."IsDeleted" = 0`)
  const equals = formula.where?.equals
  if (where !== undefined && equals !== undefined) {
    conditions.push(`${at}."${where.name}" = ${typeof equals === 'string' ? quoted(equals) : Number(equals)}`)
  }
  const value = { COUNT: 'count(*)', SUM: `total(${at}."${of?.name}")`, MAX: `max(${at}."${of?.name}")` }
  return `(SELECT ${value[formula.function]} FROM ${tableOf(child)} ${at} WHERE ${conditions.join(' AND ')})`
}

function rollupParts(org: Org, formula: Rollup) {
  const child = org.wholeObject(formula.child)
  if (child === undefined)
    throw badFormula(`A roll-up names the object "${formula.child}", which the org does not have`)
  const find = (name: string | undefined) => (name === undefined ? undefined : fieldIn(org, child, name))
  return { child, by: fieldIn(org, child, formula.by), of: find(formula.of), where: find(formula.where?.field) }
}

function relation(org: Org, object: ObjectDef, name: string): { readonly via: FieldDef; readonly target: ObjectDef } {
  const via = object.fields.find((field) => field.relationshipName?.toLowerCase() === name.toLowerCase())
  const target = via?.referenceTo.map((each) => org.wholeObject(each)).find((each) => each !== undefined)
  if (via !== undefined && target !== undefined) return { via, target }
  throw badFormula(`A formula goes from ${object.name} to "${name}", which leads nowhere`)
}

function fieldIn(org: Org, object: ObjectDef, name: string): FieldDef {
  const field = org.fieldOf(object, name)
  if (field !== undefined) return field
  throw badFormula(`A formula reads "${name}", which ${object.name} does not have`)
}

function badFormula(message: string): Fault {
  return new Fault('sandbox-bad-formula', message, { blame: 'operator', hint: 'Name fields as describe names them' })
}

function dayFromToday(org: Org, days: number): string {
  return new Date(org.engine.clock.now() + days * 86_400_000).toISOString().slice(0, 10)
}

function isNumber(type: FieldType): boolean {
  return kindOf(type) === 'number'
}

function isText(type: FieldType): boolean {
  return kindOf(type) === 'text'
}

/** Types whose values are stored alike. */
function kindOf(type: FieldType): string {
  switch (type) {
    case 'int':
    case 'double':
    case 'currency':
    case 'percent':
      return 'number'
    case 'boolean':
    case 'date':
    case 'datetime':
    case 'address':
      return type
    default:
      return 'text'
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

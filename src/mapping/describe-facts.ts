import {
  type Definition,
  definitionsBehind,
  definitionsOfKind,
  versionText,
} from '../domain/definitions/definitions.ts'
import { FACTS, USER_FIELDS } from '../domain/fact-fields.ts'
import { FACT_KINDS, type FactKind } from '../domain/facts.ts'
import type { FactField } from '../domain/fields.ts'

/** One field of what a board mapping sees, as data. */
export interface DescribedField {
  /** As mappings write it: `opportunity.arr`. */
  readonly name: string
  readonly type: string
  readonly meaning: string
  readonly example: string
  /** Whether it can be empty. */
  readonly optional: boolean
  readonly unit: string | null
  readonly formula: string | null
  /** Whether adding it up over items makes sense; `null` for what is no number. */
  readonly additive: boolean | null
  readonly values: readonly string[] | null
  /** Names of the definitions that say what it means. */
  readonly definitions: readonly string[]
}

export interface DescribedFact {
  readonly fact: FactKind
  readonly meaning: string
  readonly fields: readonly DescribedField[]
}

const NUMBERS = new Set(['number', 'integer', 'ratio', 'money'])

/** Everything that is in scope for items of a kind (all kinds when none is named), as data, with the `definitions` in force. */
export function factsToJson(kind?: FactKind, definitions: readonly Definition[] = []): DescribedFact[] {
  return (kind === undefined ? FACT_KINDS : [kind]).map((fact) => {
    const { meaning, fields, scope } = FACTS[fact]
    const things = [
      { name: fact as string, fields, always: true },
      ...Object.entries(scope).map(([name, of]) => ({
        name,
        fields: of === 'user' ? USER_FIELDS : FACTS[of].fields,
        always: false,
      })),
    ]
    return {
      fact,
      meaning,
      fields: things.flatMap((thing) =>
        Object.entries(thing.fields).map(([name, field]) =>
          describe(`${thing.name}.${name}`, field, thing.always, definitions),
        ),
      ),
    }
  })
}

function describe(name: string, field: FactField, always: boolean, definitions: readonly Definition[]): DescribedField {
  return {
    name,
    type: field.type,
    meaning: field.meaning,
    example: field.example,
    optional: !(always && field.always === true),
    unit: field.unit ?? null,
    formula: field.formula ?? null,
    additive: NUMBERS.has(field.type) ? (field.additive ?? null) : null,
    values: field.values ?? null,
    definitions: definitionsBehind(name, definitions).map((one) => one.name),
  }
}

/**
 * The same as text for a terminal: a line per field, and one below it for how it is computed; below the fields of a fact, the
 * definitions that they name.
 */
export function describeFacts(kind?: FactKind, definitions: readonly Definition[] = []): string {
  return factsToJson(kind, definitions)
    .map(({ fact, meaning, fields }) => {
      const name = Math.max(...fields.map((field) => field.name.length))
      const type = Math.max(...fields.map((field) => typeOf(field).length))
      const lines = fields.map((field) => {
        const notes = [
          field.unit === null ? '' : `in ${field.unit}`,
          field.values === null ? '' : `one of ${field.values.join(', ')}`,
          field.additive === false ? 'adding it up misleads' : '',
          ...field.definitions.map((one) => `definition ${one}`),
        ].filter(Boolean)
        const line = `  ${field.name.padEnd(name)}  ${typeOf(field).padEnd(type)}  ${field.meaning}`
        const indent = ' '.repeat(name + type + 6)
        return [
          notes.length === 0 ? line : `${line} (${notes.join('; ')})`,
          ...(field.formula === null ? [] : [`${indent}= ${field.formula}`]),
        ].join('\n')
      })
      return [
        `${fact}: ${meaning}`,
        ...lines,
        ...(FACTS[fact].extra ? [extraLine(fact, name, type)] : []),
        ...definitionsOfKind(fact, definitions).map((one) => `  ${definitionLine(one)}`),
      ].join('\n')
    })
    .join('\n\n')
}

/** `green_account, version 2 from 2026-07-01, Head of Sales: An account …`. */
export function definitionLine(definition: Definition): string {
  const { owner, sentence } = definition
  return `${versionText(definition)}${owner === null ? '' : `, ${owner}`}: ${sentence}`
}

function typeOf({ type, optional }: DescribedField): string {
  return optional ? `${type}?` : type
}

function extraLine(fact: string, name: number, type: number): string {
  return `  ${`${fact}.extra.…`.padEnd(name)}  ${''.padEnd(type)}  Any further field that a source mapping names.`
}

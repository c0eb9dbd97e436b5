import type { Day } from '../domain/day.ts'
import { FACTS } from '../domain/fact-fields.ts'
import type { FactKind, FactValues } from '../domain/facts.ts'
import type { FactField, Fields } from '../domain/fields.ts'
import type { YearStart } from '../domain/fiscal.ts'
import type { Model } from '../domain/model.ts'
import { decimalsOf } from '../domain/money.ts'
import { didYouMean, nearestNames } from './nearest.ts'

/** One name in scope (`opportunity`, `account`, `owner`), with its fields. */
export interface Named {
  readonly fields: Fields<FactField>
  /** Further fields by the admin's own names; `null` when they are unknown because a source mapping is broken. */
  readonly extra: Fields<FactField> | null
  /** True for the thing the item is made of; the others may be unknown as a whole. */
  readonly always: boolean
  /** Values that a text field can be expected to have, by field (`stage`: the stages of model.yaml). */
  readonly expected: Readonly<Record<string, readonly string[]>>
}

/** What expressions of a board see. */
export interface Names {
  readonly things: Readonly<Record<string, Named>>
  /** Decimals of the company's currency. */
  readonly moneyDecimals: number
  readonly yearStart: YearStart
}

/** What one item is computed from. */
export interface Given {
  readonly names: Readonly<Record<string, FactValues>>
  readonly today: Day
}

/** A field by the names that lead to it, or why there is none. */
export function findField(
  names: Names,
  path: readonly string[],
):
  | { readonly field: FactField; readonly optional: boolean }
  | { readonly code: string; readonly message: string; readonly hint: string; readonly part: number }
  | { readonly unknowable: true } {
  const [root = '', ...rest] = path
  const thing = names.things[root]
  if (!thing) {
    const known = [...Object.keys(names.things), 'today']
    const whole = bothMeant(names, root, rest.join('.'))
    return {
      code: 'unknown-name',
      message: `"${root}" is not in scope`,
      hint:
        whole === undefined
          ? didYouMean(root, known, 'names in scope')
          : `Did you mean "${whole}"? Names in scope: ${known.join(', ')}`,
      part: 0,
    }
  }
  const [first = '', second, ...more] = rest
  if (first === 'extra' && second !== undefined && more.length === 0) {
    if (thing.extra === null) return { unknowable: true }
    const field = thing.extra[second]
    if (field) return { field, optional: true }
    return {
      code: 'unknown-field',
      message: `No source mapping gives ${root} a field "extra.${second}"`,
      hint: didYouMean(second, Object.keys(thing.extra), 'further fields'),
      part: 2,
    }
  }
  const field = rest.length === 1 ? thing.fields[first] : undefined
  if (field) return { field, optional: !(thing.always && field.always === true) }
  const known = [...Object.keys(thing.fields), ...Object.keys(thing.extra ?? {}).map((name) => `extra.${name}`)]
  return {
    code: 'unknown-field',
    message: `"${rest.join('.')}" is not a field of ${root}`,
    hint: didYouMean(rest.join('.'), known, 'fields'),
    part: 1,
  }
}

/** The field that was meant where both the name and its field are misspelt. */
function bothMeant(names: Names, root: string, rest: string): string | undefined {
  const [name] = nearestNames(root, Object.keys(names.things))
  const fields = Object.keys(names.things[name ?? '']?.fields ?? {})
  const field = fields.includes(rest) ? undefined : nearestNames(rest, fields)[0]
  return name === undefined || field === undefined ? undefined : `${name}.${field}`
}

/** What is in scope for the items of a board. */
export function namesFor(
  items: FactKind,
  extras: Readonly<Record<string, Readonly<Record<string, FactField>> | null>>,
  stages: readonly string[],
  { currency, yearStart }: Pick<Model, 'currency' | 'yearStart'>,
  userFields: Readonly<Record<string, FactField>>,
): Names {
  const own = FACTS[items]
  const things: Record<string, Names['things'][string]> = {}
  const add = (name: string, kind: 'account' | 'user' | FactKind, always: boolean) => {
    const fields = kind === 'user' ? userFields : FACTS[kind].fields
    const extraKind = kind === 'user' ? undefined : FACTS[kind].extra
    things[name] = {
      fields,
      extra: extraKind === undefined ? {} : (extras[extraKind] ?? (extraKind in extras ? null : {})),
      always,
      expected: kind === 'opportunity' && stages.length > 0 ? { stage: stages } : {},
    }
  }
  add(items, items, true)
  for (const [name, kind] of Object.entries(own.scope)) add(name, kind, false)
  return { things, moneyDecimals: decimalsOf(currency), yearStart }
}

import type { ASTNode } from '@marcbachmann/cel-js'
import { parseDay } from '../domain/day.ts'
import type { FactField } from '../domain/fields.ts'
import { FUNCTIONS } from './functions.ts'
import { didYouMean, nearestNames } from './nearest.ts'
import { findField, type Names } from './scope.ts'

/** Something wrong in an expression, placed by its first character. */
export interface ExpressionProblem {
  readonly level: 'error' | 'warning'
  readonly code: string
  readonly message: string
  readonly hint?: string
  readonly offset: number
}

/** What people write who know it from spreadsheets, SQL or formulas, and what to write here. */
const INSTEAD: Readonly<Record<string, string>> = {
  today: 'Write today, without brackets',
  now: 'Write today',
  if: 'Write condition ? value : other value',
  iif: 'Write condition ? value : other value',
  isblank: 'Write !has(opportunity.arr)',
  isempty: 'Write !has(opportunity.arr)',
  isnull: 'Write !has(opportunity.arr)',
  coalesce: 'Write orElse(opportunity.arr, 0)',
  ifnull: 'Write orElse(opportunity.arr, 0)',
  nvl: 'Write orElse(opportunity.arr, 0)',
  blankvalue: 'Write orElse(opportunity.arr, 0)',
  len: 'Write size(opportunity.name)',
  length: 'Write size(opportunity.name)',
  lower: 'Write opportunity.name.lowerAscii()',
  tolower: 'Write opportunity.name.lowerAscii()',
  upper: 'Write opportunity.name.upperAscii()',
  toupper: 'Write opportunity.name.upperAscii()',
  concat: "Join texts with +: 'Q' + month(today)",
  concatenate: "Join texts with +: 'Q' + month(today)",
  date: "Write a day as day('2026-11-22')",
}

const LIST_FUNCTIONS = new Set(['exists', 'all'])

interface Place {
  /** Fields known to have a value here. */
  readonly sure: ReadonlySet<string>
  readonly locals: ReadonlySet<string>
  readonly lists: number
}

/**
 * Goes over an expression before its types are checked, and reports what a person should know: names, fields, functions
 * and values there are not, fields that may be empty, what is refused. Makes all its numbers doubles on the way.
 */
export class Review {
  readonly names: Names
  readonly problems: ExpressionProblem[] = []
  readonly roots = new Set<string>()
  readonly reads = new Set<string>()
  usesToday = false

  constructor(names: Names) {
    this.names = names
  }

  whole(ast: ASTNode): void {
    this.visit(ast, { sure: new Set(), locals: new Set(), lists: 0 })
  }

  error(node: { readonly start: number }, code: string, message: string, hint?: string): void {
    this.problems.push({ level: 'error', code, message, offset: node.start, ...(hint === undefined ? {} : { hint }) })
  }

  visit(node: ASTNode, place: Place): void {
    switch (node.op) {
      case 'value':
        asDouble(node)
        return
      case 'id':
        if (place.locals.has(node.args)) return
        if (node.args === 'today') this.usesToday = true
        else if (node.args in this.names.things) {
          this.error(
            node,
            'whole-thing',
            `"${node.args}" is no value by itself`,
            didYouMean('', Object.keys(this.names.things[node.args]?.fields ?? {}), `fields of ${node.args}`),
          )
        } else this.error(node, 'unknown-name', `"${node.args}" is not in scope`, this.nameMeant(node.args, place))
        return
      case '.':
        this.field(node, place)
        return
      case 'call':
      case 'rcall':
        this.call(node, place)
        return
      case '&&':
      case '||': {
        // An error on one side does not matter when the other side decides, whichever comes first.
        const [left, right] = node.args
        const known = node.op === '&&' ? sureWhen : sureUnless
        this.visit(left, { ...place, sure: union(place.sure, known(right)) })
        this.visit(right, { ...place, sure: union(place.sure, known(left)) })
        return
      }
      case '?:': {
        const [condition, then, otherwise] = node.args
        this.visit(condition, place)
        this.visit(then, { ...place, sure: union(place.sure, sureWhen(condition)) })
        this.visit(otherwise, { ...place, sure: union(place.sure, sureUnless(condition)) })
        return
      }
      case '==':
      case '!=':
      case 'in':
        this.enums(node.args[0], node.args[1])
        this.enums(node.args[1], node.args[0])
        break
      case '.?':
      case '[?]':
        this.error(node, 'not-supported', 'Optional access is not known here', 'Use has() or orElse()')
        return
    }
    for (const child of childrenOf(node)) this.visit(child, place)
  }

  /** What to do about a name there is not: most are misspelt, others are texts without their quotes. */
  nameMeant(name: string, place: Place): string {
    const known = [...Object.keys(this.names.things), 'today', ...place.locals]
    if (nearestNames(name, known).length > 0) return didYouMean(name, known, 'names in scope')
    const field = this.fieldCalled(name)
    if (field !== undefined) return `Did you mean "${field}"? Names in scope: ${known.join(', ')}`
    const instead = INSTEAD[name.toLowerCase()] ?? `A fixed text stands in quotes: '${name}'`
    return `${instead}. Names in scope: ${known.join(', ')}`
  }

  /** The field of a thing in scope that a name without its thing is, as the CRM may spell it: `ARR__c`. */
  fieldCalled(name: string): string | undefined {
    const plain = (text: string) => text.replace(/__c$/, '').replaceAll('_', '').toLowerCase()
    for (const [thing, { fields }] of Object.entries(this.names.things)) {
      const field = Object.keys(fields).find((one) => plain(one) === plain(name))
      if (field !== undefined) return `${thing}.${field}`
    }
    return undefined
  }

  /** A field read where it may be empty. */
  field(node: ASTNode, place: Place): void {
    const path = pathOf(node)
    if (!path || place.locals.has(path[0] as string)) {
      const [inner] = node.args as [ASTNode, string]
      this.visit(inner, place)
      return
    }
    const found = this.known(node, path)
    if (!found?.optional) return
    const name = path.join('.')
    const root = path[0] as string
    const thing = this.names.things[root]
    // Whatever is always there is there as soon as anything of the thing is.
    const proven = found.field.always === true && [...place.sure].some((sure) => sure.startsWith(`${root}.`))
    if (place.sure.has(name) || proven || !thing) return
    this.error(
      node,
      'may-be-empty',
      `"${name}" can be empty`,
      `Write has(${name}) && … in front of it, or orElse(${name}, ${fallbackFor(found.field)}) in its place`,
    )
  }

  /** The field a path names; reports when there is none. */
  known(node: ASTNode, path: readonly string[]): { field: FactField; optional: boolean } | undefined {
    const found = findField(this.names, path)
    if ('unknowable' in found) return undefined
    if ('code' in found) {
      const at = partOffset(node, path, found.part)
      this.problems.push({ level: 'error', code: found.code, message: found.message, hint: found.hint, offset: at })
      return undefined
    }
    this.roots.add(path[0] as string)
    this.reads.add(path.join('.'))
    return found
  }

  call(node: ASTNode & { op: 'call' | 'rcall' }, place: Place): void {
    const name = node.args[0]
    const args: readonly ASTNode[] = node.op === 'call' ? node.args[1] : [node.args[1], ...node.args[2]]
    if (!(name in FUNCTIONS)) {
      if (name === 'matches') {
        this.error(
          { start: nameOffset(node, name) },
          'matches-refused',
          'matches is not allowed: a regular expression can take forever',
          'Use contains, startsWith or endsWith',
        )
      } else
        this.error(
          { start: nameOffset(node, name) },
          'unknown-function',
          `"${name}" is not a function`,
          INSTEAD[name.toLowerCase()] ?? didYouMean(name, Object.keys(FUNCTIONS), 'functions'),
        )
      return
    }
    const usage = `For example ${FUNCTIONS[name]?.usage}`
    if (name === 'has' || name === 'orElse') {
      const [subject, fallback, ...more] = args
      const path = subject && pathOf(subject)
      if (!subject || !path || path.length < 2 || more.length > 0 || (name === 'has') !== (fallback === undefined)) {
        const takes = name === 'has' ? 'one field' : 'a field and a value'
        this.error(node, 'wrong-arguments', `${name} takes ${takes}`, usage)
        return
      }
      const found = this.known(subject, path)
      if (fallback) {
        this.visit(fallback, place)
        // Empty text in place of an empty value is no slip of the hand.
        if (found && !(fallback.op === 'value' && fallback.args === '')) this.enums(subject, fallback)
      }
      return
    }
    if (LIST_FUNCTIONS.has(name)) {
      const [list, variable, condition] = args
      if (node.op !== 'rcall' || !list || variable?.op !== 'id' || !condition || args.length > 3) {
        this.error(node, 'wrong-arguments', `${name} takes a name and a condition, after a list`, usage)
        return
      }
      if (place.lists > 0) {
        this.error(node, 'nested-lists', `${name} stands inside another one`, 'Write the inner condition out')
        return
      }
      this.visit(list, place)
      this.visit(condition, {
        ...place,
        locals: union(place.locals, new Set([variable.args])),
        lists: place.lists + 1,
      })
      return
    }
    if (name === 'day') {
      const [written] = args
      if (written?.op === 'value' && typeof written.args === 'string' && parseDay(written.args) === undefined) {
        this.error(written, 'bad-day', `"${written.args}" is no day`, 'Write it as 2026-11-22')
      }
    }
    for (const arg of args) this.visit(arg, place)
  }

  /** Compares a literal, or each of a list, with the values the field can have. */
  enums(subject: ASTNode, other: ASTNode): void {
    const path = pathOf(subject) ?? fieldInOrElse(subject)
    if (!path) return
    const found = findField(this.names, path)
    if (!('field' in found)) return
    const expected = this.names.things[path[0] as string]?.expected[path.slice(1).join('.')]
    const values = found.field.values ?? expected
    if (!values) return
    for (const literal of other.op === 'list' ? other.args : [other]) {
      if (literal.op !== 'value' || typeof literal.args !== 'string' || values.includes(literal.args)) continue
      this.problems.push({
        level: found.field.values ? 'error' : 'warning',
        code: found.field.values ? 'unknown-value' : 'unexpected-value',
        message: found.field.values
          ? `${path.join('.')} is never "${literal.args}"`
          : `model.yaml knows no ${path.at(-1)} "${literal.args}"`,
        hint: didYouMean(literal.args, values, 'values'),
        offset: literal.start,
      })
    }
  }
}

/** Every text that an expression can give: fixed ones, and the values of enum fields; `undefined` where others can come. */
export function valuesOf(node: ASTNode, names: Names): string[] | undefined {
  if (node.op === 'value') return typeof node.args === 'string' ? [node.args] : undefined
  if (node.op === '?:') return together(valuesOf(node.args[1], names), valuesOf(node.args[2], names))
  const subject = fieldInOrElse(node)
  if (subject) {
    const args: readonly ASTNode[] =
      node.op === 'call' ? node.args[1] : node.op === 'rcall' ? [node.args[1], ...node.args[2]] : []
    const [field, fallback] = args
    return field && fallback && together(valuesOf(field, names), valuesOf(fallback, names))
  }
  const path = pathOf(node)
  const found = path && findField(names, path)
  return found && 'field' in found && found.field.values ? [...found.field.values] : undefined
}

function together(a: readonly string[] | undefined, b: readonly string[] | undefined): string[] | undefined {
  return a && b && [...new Set([...a, ...b])]
}

/** The field of `orElse(field, …)`. */
function fieldInOrElse(node: ASTNode): string[] | undefined {
  if (node.op === 'call' && node.args[0] === 'orElse') return node.args[1][0] && pathOf(node.args[1][0])
  return node.op === 'rcall' && node.args[0] === 'orElse' ? pathOf(node.args[1]) : undefined
}

/** Fields that surely have a value when a condition holds. */
function sureWhen(node: ASTNode): Set<string> {
  if (node.op === 'call' && node.args[0] === 'has') {
    const path = node.args[1][0] && pathOf(node.args[1][0])
    return new Set(path ? [path.join('.')] : [])
  }
  if (node.op === '!_') return sureUnless(node.args)
  if (node.op === '&&') return union(sureWhen(node.args[0]), sureWhen(node.args[1]))
  if (node.op === '||') return intersection(sureWhen(node.args[0]), sureWhen(node.args[1]))
  return new Set()
}

/** Fields that surely have a value when a condition does not hold. */
function sureUnless(node: ASTNode): Set<string> {
  if (node.op === '!_') return sureWhen(node.args)
  if (node.op === '||') return union(sureUnless(node.args[0]), sureUnless(node.args[1]))
  if (node.op === '&&') return intersection(sureUnless(node.args[0]), sureUnless(node.args[1]))
  return new Set()
}

function union<T>(a: ReadonlySet<T>, b: ReadonlySet<T>): Set<T> {
  return new Set([...a, ...b])
}

function intersection<T>(a: ReadonlySet<T>, b: ReadonlySet<T>): Set<T> {
  return new Set([...a].filter((value) => b.has(value)))
}

/** `['opportunity', 'extra', 'tier']` of a chain of names. */
export function pathOf(node: ASTNode): string[] | undefined {
  if (node.op === 'id') return [node.args]
  if (node.op !== '.') return undefined
  const before = pathOf(node.args[0])
  return before && [...before, node.args[1]]
}

function partOffset(node: ASTNode, path: readonly string[], part: number): number {
  let inner = node
  for (let i = path.length - 1; i > part && inner.op === '.'; i--) inner = inner.args[0]
  return inner.op === '.' ? inner.pos : inner.start
}

/** Where the name of a called function stands; cel-js places a method call at its receiver. */
function nameOffset(node: ASTNode & { op: 'call' | 'rcall' }, name: string): number {
  if (node.op === 'call') return node.start
  const after = node.args[1].end
  const found = node.input.indexOf(name, after)
  return found < 0 ? node.start : found
}

function childrenOf(node: ASTNode): ASTNode[] {
  const args: readonly unknown[] = Array.isArray(node.args) ? node.args.flat(2) : [node.args]
  return args.filter((arg): arg is ASTNode => typeof arg === 'object' && arg !== null && 'op' in arg)
}

/** Numbers are doubles: cel-js reads `10` as an integer, which would divide as one and not add to a double. */
function asDouble(node: ASTNode & { op: 'value' }): void {
  if (typeof node.args === 'bigint') (node as { args: unknown }).args = Number(node.args)
}

function fallbackFor(field: FactField): string {
  if (field.type === 'day') return 'today'
  if (field.type === 'boolean') return 'false'
  if (field.type === 'enum') return `'${field.values?.[0] ?? ''}'`
  return field.type === 'text' || field.type === 'id' ? "''" : '0'
}

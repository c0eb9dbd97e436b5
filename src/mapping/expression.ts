import { type ASTNode, Environment, EvaluationError, type ParseResult } from '@marcbachmann/cel-js'
import { type Day, formatDay, monthOf, parseDay } from '../domain/day.ts'
import type { FactValues } from '../domain/facts.ts'
import type { FactField, Fields, FieldType } from '../domain/fields.ts'
import { didYouMean } from './nearest.ts'

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
}

/** Something wrong in an expression, placed by its first character. */
export interface ExpressionProblem {
  readonly level: 'error' | 'warning'
  readonly code: string
  readonly message: string
  readonly hint?: string
  readonly offset: number
}

/** What one item is computed from. */
export interface Given {
  readonly names: Readonly<Record<string, FactValues>>
  readonly today: Day
}

export interface Expression {
  readonly type: FieldType
  readonly usesToday: boolean
  /** The fields it reads: `opportunity.arr`. */
  readonly reads: readonly string[]
  /** The value as facts hold it (money in minor units, days as numbers). Throws when it cannot be computed. */
  run(given: Given): string | number | boolean
}

/** Functions that expressions may call, with what each is for. `matches` is left out: a regular expression can take forever. */
export const FUNCTIONS: Readonly<Record<string, { readonly usage: string; readonly meaning: string }>> = {
  has: { usage: 'has(opportunity.closedOn)', meaning: 'whether the field has a value' },
  orElse: { usage: 'orElse(opportunity.arr, 0)', meaning: 'the field, or the second value where it is empty' },
  contains: { usage: "opportunity.name.contains('pilot')", meaning: 'whether the text holds another' },
  startsWith: { usage: "account.name.startsWith('The ')", meaning: 'whether the text begins with another' },
  endsWith: { usage: "lead.email.endsWith('.edu')", meaning: 'whether the text ends with another' },
  lowerAscii: { usage: 'opportunity.name.lowerAscii()', meaning: 'the text in small letters' },
  upperAscii: { usage: 'opportunity.name.upperAscii()', meaning: 'the text in capital letters' },
  trim: { usage: 'opportunity.name.trim()', meaning: 'the text without blanks around it' },
  size: { usage: 'size(opportunity.name) > 40', meaning: 'how many characters the text has, or values the list' },
  text: { usage: "text(opportunity.arr) + ' a year'", meaning: 'a number, money or day as a cell would show it' },
  day: { usage: "opportunity.closeOn >= day('2026-01-01')", meaning: 'the day that is written' },
  month: { usage: "month(opportunity.closeOn) == '2026-11'", meaning: 'the month of a day' },
  quarter: { usage: "quarter(opportunity.closeOn) == '2026-Q4'", meaning: 'the quarter of a day' },
  year: { usage: 'year(opportunity.closeOn) == 2026', meaning: 'the year of a day' },
  round: { usage: 'round(opportunity.probability * 100)', meaning: 'the nearest whole number' },
  exists: {
    usage: "['pilot', 'proof'].exists(word, opportunity.name.contains(word))",
    meaning: 'whether a condition holds for at least one of a list',
  },
  all: { usage: "['a', 'b'].all(word, account.name.contains(word))", meaning: 'whether it holds for all of a list' },
}

const LIST_FUNCTIONS = new Set(['exists', 'all'])
const MS_PER_DAY = 86_400_000

class Money {
  readonly minor: number
  constructor(minor: number) {
    this.minor = minor
  }
}

class DayValue {
  readonly day: Day
  constructor(day: Day) {
    this.day = day
  }
}

class Instant {
  readonly ms: number
  constructor(ms: number) {
    this.ms = ms
  }
}

interface Made {
  readonly environment: Environment
  readonly wrappers: Readonly<Record<string, Wrapper>>
}

type Wrapper = new (values: FactValues, currency?: unknown) => object

const NOTHING: FactValues = Object.freeze({})

/**
 * Understands the expressions of one board: CEL, typed against the facts in scope.
 *
 * Numbers are doubles, whole ones too (`1 / 2` is 0.5). Money compares and counts with numbers in major units of
 * company currency; a day minus a day is a number of days. A field that can be empty must stand behind `has()` or in
 * `orElse()`. Enum fields are compared with their own values only. Lists nest one level deep.
 */
export class Expressions {
  readonly names: Names
  #made: Made | undefined

  constructor(names: Names) {
    this.names = names
  }

  /** The expression ready to run, or everything that is wrong with it; warnings come along with either. */
  compile(text: string): { readonly expression: Expression | null; readonly problems: readonly ExpressionProblem[] } {
    // Many boards have no expression at all: what expressions need is made when the first one comes.
    this.#made ??= environmentFor(this.names)
    const { environment, wrappers } = this.#made
    let parsed: ParseResult
    try {
      parsed = environment.parse(text)
    } catch (error) {
      return { expression: null, problems: syntaxProblems(error, text) }
    }
    const review = new Review(this.names)
    review.whole(parsed.ast)
    if (review.problems.some((problem) => problem.level === 'error')) {
      return { expression: null, problems: review.problems }
    }
    const checked = parsed.check()
    if (!checked.valid) {
      const problem = typeProblem(checked.error, text)
      return { expression: null, problems: [...review.problems, problem] }
    }
    const type = resultType(checked.type ?? '')
    if (type === undefined) {
      const message = `The expression gives ${typeInWords(checked.type ?? '')}, which nothing can show`
      return {
        expression: null,
        problems: [...review.problems, { level: 'error', code: 'wrong-type', message, offset: 0 }],
      }
    }
    const roots = [...review.roots]
    const usesToday = review.usesToday
    const run = (given: Given): string | number | boolean => {
      const context: Record<string, unknown> = {}
      for (const root of roots) context[root] = new (wrappers[root] as Wrapper)(given.names[root] ?? NOTHING)
      if (usesToday) context.today = new DayValue(given.today)
      return plain(parsed(context))
    }
    const reads = [...review.reads]
    return { expression: { type, usesToday, reads, run }, problems: review.problems }
  }
}

/** Words for why an expression could not be computed for one item. */
export function evaluationMessage(error: unknown): string {
  if (error instanceof EvaluationError) {
    const missing = /^No such key: (.*)$/.exec(error.summary)
    return missing ? `"${missing[1]}" is empty` : error.summary
  }
  return error instanceof Error ? error.message : String(error)
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
    return {
      code: 'unknown-name',
      message: `"${root}" is not in scope`,
      hint: didYouMean(root, [...Object.keys(names.things), 'today'], 'names in scope'),
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

// ── review: what a person should know before cel-js checks types ──────────────────────────────────────

interface Place {
  /** Fields known to have a value here. */
  readonly sure: ReadonlySet<string>
  readonly locals: ReadonlySet<string>
  readonly lists: number
}

class Review {
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
        } else
          this.error(
            node,
            'unknown-name',
            `"${node.args}" is not in scope`,
            didYouMean(node.args, [...Object.keys(this.names.things), 'today', ...place.locals], 'names in scope'),
          )
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
          didYouMean(name, Object.keys(FUNCTIONS), 'functions'),
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
function pathOf(node: ASTNode): string[] | undefined {
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

// ── words for what cel-js finds ───────────────────────────────────────────────────────────────────────

interface CelProblem {
  readonly summary?: string
  readonly code?: string
  readonly message: string
  readonly range?: { readonly start: number } | undefined
}

/** Why an expression cannot be read at all: every operator that is none, or where reading stopped. */
function syntaxProblems(error: unknown, text: string): ExpressionProblem[] {
  const code = 'expression-syntax'
  const bare = text.replace(/'[^']*'|"[^"]*"/g, (quoted) => ' '.repeat(quoted.length))
  const wrong = [...bare.matchAll(/(?<![=!<>&|])(?:=|&|\|)(?![=&|])|\b(?:and|or|not|AND|OR|NOT)\b/g)]
  if (wrong.length > 0) {
    return wrong.map((match) => ({
      level: 'error',
      code,
      message: `"${match[0]}" is no operator`,
      hint: `Write "${OPERATORS_MEANT[match[0].toLowerCase()]}"`,
      offset: match.index,
    }))
  }
  const { summary, message, range } = error as CelProblem
  const said = summary ?? message
  const ends = /EOF/.test(said)
  return [
    {
      level: 'error',
      code,
      message: ends
        ? 'The expression ends too early'
        : `The expression cannot be read from here on (${lowerFirst(said)})`,
      hint: "Expressions look like opportunity.isOpen && orElse(opportunity.arr, 0) > 10000; a fixed text stands in quotes: 'Pilot'",
      offset: Math.min(range?.start ?? 0, Math.max(0, text.length - 1)),
    },
  ]
}

const OPERATORS_MEANT: Readonly<Record<string, string>> = {
  '=': '==',
  '&': '&&',
  '|': '||',
  and: '&&',
  or: '||',
  not: '!',
}

function typeProblem(error: unknown, text: string): ExpressionProblem {
  const { summary = '', message, range } = error as CelProblem
  const offset = range?.start ?? 0
  const binary = /^no such overload: (.+) (==|!=|<=|>=|<|>|\+|-|\*|\/|%|in) (.+)$/.exec(summary)
  if (binary) {
    const [, left = '', operator = '', right = ''] = binary
    const what = `${typeInWords(left)} ${operator} ${typeInWords(right)}`
    const dated = left === 'Day' || right === 'Day'
    const dayHint = dated && (left === 'string' || right === 'string')
    return {
      level: 'error',
      code: 'wrong-type',
      message: `${capital(what)} makes no sense`,
      ...(dayHint ? { hint: "Write a day as day('2026-11-22')" } : {}),
      offset,
    }
  }
  const call = /^found no matching overload for '(?:(.+)\.)?(\w+)\((.*)\)'$/.exec(summary)
  if (call) {
    const [, receiver, name = '', args = ''] = call
    const given = [receiver, ...args.split(', ')].filter((type): type is string => Boolean(type))
    return {
      level: 'error',
      code: 'wrong-arguments',
      message: `${name} does not take ${given.length === 0 ? 'nothing' : given.map(typeInWords).join(' and ')}`,
      ...(FUNCTIONS[name] ? { hint: `For example ${FUNCTIONS[name].usage}` } : {}),
      offset: Math.max(offset, text.indexOf(name, offset)),
    }
  }
  const words = (summary || message).replace(/'([\w<>]+)'/g, (_, type: string) => typeInWords(type))
  return { level: 'error', code: 'wrong-type', message: words, offset }
}

const TYPE_WORDS: Readonly<Record<string, string>> = {
  string: 'text',
  double: 'a number',
  int: 'a number',
  bool: 'true or false',
  Money: 'money',
  Day: 'a day',
  Instant: 'an instant',
  null: 'nothing',
}

function typeInWords(type: string): string {
  const list = /^list<(.+)>$/.exec(type)
  if (list) return `a list of ${typeInWords(list[1] as string).replace(/^an? /, '')}s`
  return TYPE_WORDS[type] ?? type
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1)
}

// ── the environment ───────────────────────────────────────────────────────────────────────────────────

const CEL_TYPES: Readonly<Record<FieldType, string>> = {
  text: 'string',
  id: 'string',
  enum: 'string',
  number: 'double',
  integer: 'double',
  ratio: 'double',
  boolean: 'bool',
  money: 'Money',
  day: 'Day',
  instant: 'Instant',
}

function resultType(celType: string): FieldType | undefined {
  const types: Record<string, FieldType> = {
    string: 'text',
    double: 'number',
    int: 'number',
    bool: 'boolean',
    Money: 'money',
    Day: 'day',
    Instant: 'instant',
  }
  return types[celType]
}

function plain(value: unknown): string | number | boolean {
  if (value instanceof Money) return value.minor
  if (value instanceof DayValue) return value.day
  if (value instanceof Instant) return value.ms
  if (typeof value === 'bigint') return Number(value)
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new Error('the result is no number (a division by zero)')
    return value
  }
  return value as string | boolean
}

const bases = new Map<number, Environment>()

/** What all boards of a company have in common: money, days, functions, today. */
function baseEnvironment(moneyDecimals: number): Environment {
  const known = bases.get(moneyDecimals)
  if (known) return known
  const environment = new Environment({
    limits: { maxAstNodes: 1000, maxDepth: 50, maxListElements: 200, maxMapEntries: 0, maxCallArguments: 4 },
  })
  environment.registerType('Money', { ctor: Money, fields: {} })
  environment.registerType('Day', { ctor: DayValue, fields: {} })
  environment.registerType('Instant', { ctor: Instant, fields: {} })
  registerOperators(environment, 10 ** moneyDecimals)
  registerFunctions(environment, moneyDecimals)
  environment.registerVariable('today', 'Day')
  bases.set(moneyDecimals, environment)
  return environment
}

function environmentFor(names: Names): Made {
  const environment = baseEnvironment(names.moneyDecimals).clone()
  const wrappers: Record<string, Wrapper> = {}
  for (const [name, thing] of Object.entries(names.things)) {
    const type = `Thing_${name}`
    const fields = { ...celFields(thing.fields) }
    const extra = thing.extra ?? {}
    let extraWrapper: Wrapper | undefined
    if (Object.keys(extra).length > 0) {
      extraWrapper = wrapperClass(extra)
      // Money of further fields is in the record's own currency: it counts as a plain number.
      const extraFields = celFields(extra)
      environment.registerType(`${type}_extra`, { ctor: extraWrapper, fields: extraFields })
      fields.extra = `${type}_extra`
    }
    const wrapper = wrapperClass(thing.fields, extraWrapper)
    environment.registerType(type, { ctor: wrapper, fields })
    environment.registerVariable(name, type)
    wrappers[name] = wrapper
  }
  return { environment, wrappers }
}

function celFields(fields: Fields<FactField>): Record<string, string> {
  return Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, CEL_TYPES[field.type]]))
}

/** A class whose fields are read from a fact's values when asked for, so that only what an expression uses is made. */
function wrapperClass(fields: Fields<FactField>, extra?: Wrapper): Wrapper {
  class Thing {
    readonly values: FactValues
    constructor(values: FactValues) {
      this.values = values
    }
  }
  const wrap: Partial<Record<FieldType, (value: number) => unknown>> = {
    money: (minor) => new Money(minor),
    day: (day) => new DayValue(day),
    instant: (ms) => new Instant(ms),
  }
  for (const [name, field] of Object.entries(fields)) {
    const make = wrap[field.type]
    Object.defineProperty(Thing.prototype, name, {
      get(this: Thing) {
        const value = this.values[name]
        return make === undefined || value === undefined ? value : make(value as number)
      },
    })
  }
  if (extra) {
    Object.defineProperty(Thing.prototype, 'extra', {
      get(this: Thing) {
        return new extra((this.values.extra ?? NOTHING) as FactValues)
      },
    })
  }
  return Thing
}

function registerOperators(environment: Environment, major: number): void {
  const op = (signature: string, handler: (a: never, b: never) => unknown) =>
    environment.registerOperator(signature, handler as (a: unknown, b: unknown) => unknown)
  const compare = (type: string, number: (value: never) => number) => {
    op(`${type} == ${type}: bool`, (a, b) => number(a) === number(b))
    op(`${type} < ${type}: bool`, (a, b) => number(a) < number(b))
    op(`${type} <= ${type}: bool`, (a, b) => number(a) <= number(b))
    op(`${type} > ${type}: bool`, (a, b) => number(a) > number(b))
    op(`${type} >= ${type}: bool`, (a, b) => number(a) >= number(b))
  }
  compare('Money', (value: Money) => value.minor)
  compare('Day', (value: DayValue) => value.day)
  compare('Instant', (value: Instant) => value.ms)

  op('Money == double: bool', (a: Money, b: number) => a.minor === b * major)
  op('Money < double: bool', (a: Money, b: number) => a.minor < b * major)
  op('Money <= double: bool', (a: Money, b: number) => a.minor <= b * major)
  op('Money > double: bool', (a: Money, b: number) => a.minor > b * major)
  op('Money >= double: bool', (a: Money, b: number) => a.minor >= b * major)
  op('double < Money: bool', (a: number, b: Money) => a * major < b.minor)
  op('double <= Money: bool', (a: number, b: Money) => a * major <= b.minor)
  op('double > Money: bool', (a: number, b: Money) => a * major > b.minor)
  op('double >= Money: bool', (a: number, b: Money) => a * major >= b.minor)
  op('Money + Money: Money', (a: Money, b: Money) => new Money(a.minor + b.minor))
  op('Money - Money: Money', (a: Money, b: Money) => new Money(a.minor - b.minor))
  op('Money * double: Money', (a: Money, b: number) => new Money(Math.round(a.minor * b)))
  op('double * Money: Money', (a: number, b: Money) => new Money(Math.round(a * b.minor)))
  op('Money / double: Money', (a: Money, b: number) => new Money(roundFinite(a.minor / b)))
  op('Money / Money: double', (a: Money, b: Money) => a.minor / b.minor)
  environment.registerOperator('-Money: Money', ((a: Money) => new Money(-a.minor)) as never)

  op('Day - Day: double', (a: DayValue, b: DayValue) => a.day - b.day)
  op('Day + double: Day', (a: DayValue, b: number) => new DayValue(a.day + Math.trunc(b)))
  op('Day - double: Day', (a: DayValue, b: number) => new DayValue(a.day - Math.trunc(b)))
  op('Instant - Instant: double', (a: Instant, b: Instant) => (a.ms - b.ms) / MS_PER_DAY)

  op('double % double: double', (a: number, b: number) => a % b)
  // size() gives an integer; with everything else numbers are doubles.
  for (const [sign, handler] of Object.entries<(a: number, b: number) => number>({
    '+': (a, b) => a + b,
    '-': (a, b) => a - b,
    '*': (a, b) => a * b,
    '/': (a, b) => a / b,
  })) {
    op(`int ${sign} double: double`, (a: bigint, b: number) => handler(Number(a), b))
    op(`double ${sign} int: double`, (a: number, b: bigint) => handler(a, Number(b)))
  }
  op('int == double: bool', (a: bigint, b: number) => Number(a) === b)
}

function roundFinite(value: number): number {
  if (!Number.isFinite(value)) throw new Error('the result is no number (a division by zero)')
  return Math.round(value)
}

interface MacroArguments {
  readonly ast: ASTNode
  readonly args: readonly ASTNode[]
  readonly receiver: ASTNode | null
}

/** The parts of cel-js' checker and evaluator that a macro is handed. */
interface Checker {
  check(node: ASTNode, context: unknown): { readonly name: string }
  createError(code: string, message: string, node: ASTNode): Error
}
interface Evaluator {
  run(node: ASTNode, context: unknown): unknown
}

function registerFunctions(environment: Environment, moneyDecimals: number): void {
  const major = 10 ** moneyDecimals
  const orElse = ({ ast, args, receiver }: MacroArguments) => {
    const [subject, fallback] = (receiver ? [receiver, args[0]] : args) as [ASTNode, ASTNode]
    const keys = pathOf(subject)?.slice(1) ?? []
    let root: ASTNode = subject
    while (root.op === '.') root = root.args[0]
    let toMoney = false
    return {
      ast,
      async: false,
      typeCheck(checker: Checker, _macro: unknown, context: unknown) {
        const type = checker.check(subject, context)
        const other = checker.check(fallback, context)
        toMoney = type.name === 'Money' && other.name === 'double'
        if (type !== other && !toMoney) {
          throw checker.createError(
            'incompatible',
            `orElse of '${type.name}' needs '${type.name}' in place of an empty value, not '${other.name}'`,
            fallback,
          )
        }
        return type
      },
      evaluate(evaluator: Evaluator, _macro: unknown, context: unknown) {
        let value = evaluator.run(root, context) as Record<string, unknown> | undefined
        for (const key of keys) value = value?.[key] as Record<string, unknown> | undefined
        if (value !== undefined) return value
        const other = evaluator.run(fallback, context)
        return toMoney ? new Money(Math.round((other as number) * major)) : other
      },
    }
  }
  const register = (signature: string, handler: unknown) =>
    environment.registerFunction(signature, handler as (...args: unknown[]) => unknown, { async: false })
  register('orElse(ast, ast): dyn', orElse)
  register('dyn.orElse(ast): dyn', orElse)
  register('day(string): Day', (written: string) => {
    const day = parseDay(written)
    if (day === undefined) throw new Error(`"${written}" is no day`)
    return new DayValue(day)
  })
  register('month(Day): string', ({ day }: DayValue) => monthOf(day))
  register('quarter(Day): string', ({ day }: DayValue) => {
    const month = monthOf(day)
    return `${month.slice(0, 4)}-Q${Math.ceil(Number(month.slice(5)) / 3)}`
  })
  register('year(Day): double', ({ day }: DayValue) => Number(formatDay(day).slice(0, 4)))
  register('round(double): double', (value: number) => Math.round(value))
  register('text(string): string', (value: string) => value)
  register('text(double): string', (value: number) => String(value))
  register('text(int): string', (value: bigint) => String(value))
  register('text(Day): string', ({ day }: DayValue) => formatDay(day))
  register('text(Money): string', ({ minor }: Money) => String(minor / major))
}

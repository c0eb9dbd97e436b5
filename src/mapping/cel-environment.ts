import { type ASTNode, Environment } from '@marcbachmann/cel-js'
import { type Day, formatDay, monthIndexOf, monthOf, parseDay } from '../domain/day.ts'
import type { FactValues } from '../domain/facts.ts'
import type { FactField, Fields, FieldType } from '../domain/fields.ts'
import { quarterName, type YearStart, yearOf } from '../domain/fiscal.ts'
import { pathOf } from './expression-review.ts'
import type { Names } from './scope.ts'

const MS_PER_DAY = 86_400_000

class Money {
  readonly minor: number
  constructor(minor: number) {
    this.minor = minor
  }
}

/** A day as expressions see it. */
export class DayValue {
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

/** cel-js set up for what is in scope, and the classes through which it reads facts. */
export interface Made {
  readonly environment: Environment
  readonly wrappers: Readonly<Record<string, Wrapper>>
}

type Wrapper = new (values: FactValues) => object

/** Values of a thing that is unknown as a whole. */
export const NOTHING: FactValues = Object.freeze({})

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

/** Our type for what an expression gives; `undefined` for what nothing can show. */
export function resultType(celType: string): FieldType | undefined {
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

/** What an expression gave, as facts hold it. Throws where a number came out as none. */
export function plain(value: unknown): string | number | boolean {
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

const bases = new Map<string, Environment>()

/** What all boards of a company have in common: money, days, functions, today. */
function baseEnvironment({ moneyDecimals, yearStart }: Names): Environment {
  const key = `${moneyDecimals} ${yearStart}`
  const known = bases.get(key)
  if (known) return known
  const environment = new Environment({
    limits: { maxAstNodes: 1000, maxDepth: 50, maxListElements: 200, maxMapEntries: 0, maxCallArguments: 4 },
  })
  environment.registerType('Money', { ctor: Money, fields: {} })
  environment.registerType('Day', { ctor: DayValue, fields: {} })
  environment.registerType('Instant', { ctor: Instant, fields: {} })
  registerOperators(environment, 10 ** moneyDecimals)
  registerFunctions(environment, moneyDecimals, yearStart)
  environment.registerVariable('today', 'Day')
  bases.set(key, environment)
  return environment
}

/** What the expressions of one board are checked and run in. */
export function environmentFor(names: Names): Made {
  const environment = baseEnvironment(names).clone()
  const wrappers: Record<string, Wrapper> = {}
  for (const [name, thing] of Object.entries(names.things)) {
    const type = `Thing_${name}`
    const fields = { ...celFields(thing.fields) }
    const extra = thing.extra ?? {}
    let extraWrapper: Wrapper | undefined
    if (Object.keys(extra).length > 0) {
      extraWrapper = wrapperClass(extra)
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

function registerFunctions(environment: Environment, moneyDecimals: number, yearStart: YearStart): void {
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
  register('quarter(Day): string', ({ day }: DayValue) => quarterName(monthIndexOf(day), yearStart))
  register('year(Day): double', ({ day }: DayValue) => yearOf(monthIndexOf(day), yearStart))
  register('round(double): double', (value: number) => Math.round(value))
  register('text(string): string', (value: string) => value)
  register('text(double): string', (value: number) => String(value))
  register('text(int): string', (value: bigint) => String(value))
  register('text(Day): string', ({ day }: DayValue) => formatDay(day))
  register('text(Money): string', ({ minor }: Money) => String(minor / major))
}

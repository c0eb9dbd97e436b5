import { EvaluationError, type ParseResult } from '@marcbachmann/cel-js'
import type { FieldType } from '../domain/fields.ts'
import { DayValue, environmentFor, type Made, NOTHING, plain, resultType } from './cel-environment.ts'
import { type ExpressionProblem, Review, valuesOf } from './expression-review.ts'
import { syntaxProblems, typeInWords, typeProblem } from './expression-words.ts'
import type { Given, Names } from './scope.ts'
import { slipsIn } from './slips.ts'

export interface Expression {
  readonly type: FieldType
  readonly usesToday: boolean
  /** The fields it reads: `opportunity.arr`. */
  readonly reads: readonly string[]
  /** Every value it can give, where that is known without data; else none. */
  readonly values: readonly string[]
  /** The value as facts hold it (money in minor units, days as numbers). Throws when it cannot be computed. */
  run(given: Given): string | number | boolean
}

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
      const slips = this.#slips(text)
      return { expression: null, problems: slips.length > 0 ? slips : syntaxProblems(error, text, this.names) }
    }
    const review = new Review(this.names)
    review.whole(parsed.ast)
    if (review.problems.some((problem) => problem.level === 'error')) {
      const slips = this.#slips(text)
      return { expression: null, problems: slips.length > 0 ? slips : review.problems }
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
      for (const root of roots)
        context[root] = new (wrappers[root] as Made['wrappers'][string])(given.names[root] ?? NOTHING)
      if (usesToday) context.today = new DayValue(given.today)
      return plain(parsed(context))
    }
    const reads = [...review.reads]
    const values = valuesOf(parsed.ast, this.names) ?? []
    return { expression: { type, usesToday, reads, values, run }, problems: review.problems }
  }

  /** Fields and functions whose parts are joined wrongly: where there is one, whatever else is said comes of it. */
  #slips(text: string): ExpressionProblem[] {
    return slipsIn(text, this.names).map(({ offset, written, meant, what }) => ({
      level: 'error',
      code: `unknown-${what}`,
      message: `"${written}" is not a ${what}`,
      hint: `Did you mean "${meant}"?`,
      offset,
    }))
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

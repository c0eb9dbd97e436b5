import type { FactField, FieldType } from '../domain/fields.ts'
import { type CellOptions, textWriter, type Value } from './cells.ts'
import { Expressions } from './expression.ts'
import { didYouMean } from './nearest.ts'
import type { BoardFile } from './schema/board-file.ts'
import { findField, type Given, type Names } from './scope.ts'
import type { Shaped } from './shape.ts'
import { fieldMeant } from './slips.ts'
import { joinTemplate, splitTemplate, type TemplatePart } from './template.ts'
import type { Path, Problems } from './yaml-file.ts'

/** A value of the mapping, ready to read: a field, an expression or a fixed value. */
export interface Compiled {
  readonly type: FieldType
  /** The field, when it is one. */
  readonly path: string | null
  readonly optional: boolean
  /** Every value it can have, where that is known without data. */
  readonly values: readonly string[]
  /** The same, those of expressions among them. */
  readonly gives: readonly string[]
  /** Every value it can be expected to have: the same, or the stages of model.yaml. */
  readonly labels: readonly string[]
  readonly usesToday: boolean
  /** The fields it reads. */
  readonly reads: readonly string[]
  /** What decides the value, for the digest. */
  readonly describe: unknown
  read(given: Given): Value
}

const NOTHING: Compiled = {
  type: 'text',
  path: null,
  optional: true,
  values: [],
  gives: [],
  labels: [],
  usesToday: false,
  reads: [],
  describe: null,
  read: () => undefined,
}

const PATH = /^\s*[A-Za-z_]\w*(\.\w+)+\s*$/

/** Compiles the values of one board file, reporting what is wrong with each at its place. */
export class Values {
  readonly file: Shaped<BoardFile>
  readonly names: Names
  readonly problems: Problems
  readonly expressions: Expressions

  constructor(file: Shaped<BoardFile>, names: Names, problems: Problems) {
    this.file = file
    this.names = names
    this.problems = problems
    this.expressions = new Expressions(names)
  }

  compile(written: string | number | boolean, at: Path, types: readonly FieldType[], otherwise: string): Compiled {
    const compiled =
      typeof written !== 'string'
        ? fixed(written)
        : PATH.test(written)
          ? this.path(written.trim(), at)
          : this.expression(written, at)
    if (compiled !== NOTHING && !types.includes(compiled.type)) {
      const what = compiled.path ?? (typeof written === 'string' ? 'The expression' : String(written))
      this.problems.error(
        this.file.file,
        this.file.at(at),
        'wrong-type',
        `${what} is of type ${compiled.type}: ${otherwise}`,
        `It takes ${types.join(', ')}`,
      )
    }
    return compiled
  }

  path(written: string, at: Path): Compiled {
    const path = written.split('.')
    const found = findField(this.names, path)
    if ('unknowable' in found) return NOTHING
    if ('code' in found) {
      const offset = path.slice(0, found.part).reduce((sum, part) => sum + part.length + 1, 0)
      this.problems.error(this.file.file, this.file.inText(at, offset), found.code, found.message, found.hint)
      return NOTHING
    }
    return this.field(path, found.field, found.optional)
  }

  field(path: readonly string[], field: FactField, optional: boolean): Compiled {
    const [root = '', first = '', second] = path
    const read =
      second === undefined
        ? ({ names }: Given) => names[root]?.[first] as Value
        : ({ names }: Given) => (names[root]?.extra as Readonly<Record<string, Value>> | undefined)?.[second]
    const values = field.values ?? []
    const expected = this.names.things[root]?.expected[path.slice(1).join('.')] ?? []
    return {
      type: field.type,
      path: path.join('.'),
      optional,
      values,
      gives: values,
      labels: values.length > 0 ? values : expected,
      usesToday: false,
      reads: [path.join('.')],
      describe: [path, field.type],
      read,
    }
  }

  /** A field that is named in a text without the braces that make it one. */
  fieldIn(text: string): string | undefined {
    return [...text.matchAll(/[A-Za-z_]\w*(?:\.\w+)+/g)]
      .map(([path]) => path)
      .find((path) =>
        PATH.test(text)
          ? (path.split('.')[0] ?? '') in this.names.things
          : 'field' in findField(this.names, path.split('.')),
      )
  }

  expression(written: string, at: Path): Compiled {
    const { expression, problems } = this.expressions.compile(written)
    for (const { level, code, message, hint, offset } of problems) {
      this.problems[level](this.file.file, this.file.inText(at, offset), code, message, hint)
    }
    if (!expression) return NOTHING
    return {
      ...NOTHING,
      type: expression.type,
      optional: false,
      usesToday: expression.usesToday,
      reads: expression.reads,
      gives: expression.values,
      describe: written,
      read: (given) => expression.run(given),
    }
  }

  template(
    written: string,
    at: Path,
    options: CellOptions,
  ): { readonly describe: unknown; readonly reads: readonly string[]; write(given: Given): string } {
    const { parts, unclosed } = splitTemplate(written)
    if (unclosed !== undefined) {
      this.problems.error(
        this.file.file,
        this.file.inText(at, unclosed),
        'unclosed-brace',
        'A { is opened and never closed',
        "For example '{account.name}: {opportunity.name}'",
      )
    }
    const fields = parts.filter((part): part is Extract<TemplatePart, { path: string }> => 'path' in part)
    const bare = fields.length === 0 ? this.fieldIn(written) : undefined
    if (bare !== undefined) {
      this.problems.error(
        this.file.file,
        this.file.at(at),
        'field-without-braces',
        `"${written}" stands here as it is written: every item would have it`,
        `For the field, put it in braces: '{${bare}}'`,
      )
    }
    const writers = fields.map(({ path, offset }) => {
      if (!PATH.test(path)) {
        const known = path in this.names.things
        const meant = known ? undefined : fieldMeant(path, this.names)
        this.problems.error(
          this.file.file,
          this.file.inText(at, offset),
          known ? 'whole-thing' : 'not-a-field',
          known ? `"${path}" is no value by itself` : `"${path}" is no field`,
          known
            ? didYouMean('', Object.keys(this.names.things[path]?.fields ?? {}), `fields of ${path}`)
            : path.startsWith('{')
              ? `One brace on each side is enough: {${path.slice(1).trim()}}`
              : meant !== undefined
                ? `Did you mean "${meant}"?`
                : `Braces hold fields, such as {${Object.keys(this.names.things)[0] ?? ''}.name}; expressions belong in columns`,
        )
        return () => ''
      }
      const steps = path.split('.')
      const found = findField(this.names, steps)
      if ('unknowable' in found) return () => ''
      if ('code' in found) {
        const inner = steps.slice(0, found.part).reduce((sum, step) => sum + step.length + 1, 0)
        this.problems.error(this.file.file, this.file.inText(at, offset + inner), found.code, found.message, found.hint)
        return () => ''
      }
      const value = this.field(steps, found.field, found.optional)
      const text = textWriter(value.type, options)
      return (given: Given) => text(value.read(given)).replace(/\s+/g, ' ').trim()
    })
    return {
      describe: written,
      reads: fields.map(({ path }) => path.trim()),
      write: (given) =>
        joinTemplate(
          parts,
          writers.map((write) => write(given)),
        ),
    }
  }
}

function fixed(value: number | boolean): Compiled {
  return {
    ...NOTHING,
    type: typeof value === 'number' ? 'number' : 'boolean',
    optional: false,
    describe: value,
    read: () => value,
  }
}

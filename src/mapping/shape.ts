import * as z from 'zod'
import { didYouMean, nearestNames } from './nearest.ts'
import { FILE_SCHEMAS, type FileKind, RENAMED_KEYS } from './schema.ts'
import { whyUnwritable } from './unwritable.ts'
import type { Path, Position, Problems, YamlFile } from './yaml-file.ts'

/** A file whose shape was checked, with the place of everything in it. */
export interface Shaped<T> {
  readonly file: string
  readonly data: T
  at(path: Path): Position
  atKey(path: Path): Position
  inText(path: Path, offset: number): Position
}

/** What zod tells about one thing that does not fit; the parts of it that are read here. */
interface Issue {
  readonly code: string
  readonly path: PropertyKey[]
  readonly message: string
  readonly keys?: readonly string[]
  readonly expected?: string
  readonly values?: readonly unknown[]
  readonly errors?: readonly (readonly Issue[])[]
  readonly minimum?: number | bigint
  readonly maximum?: number | bigint
  readonly inclusive?: boolean
}

const schemas = new Map<FileKind, JsonSchema>()

/**
 * Checks a file against the schema of its kind and reports every key and value that does not fit. What a person
 * surely meant (a near key, a near value) is put in its place and the rest left out, so that the checks that follow
 * still see as much of the file as possible; `null` when too little is left.
 */
export function checkShape<K extends FileKind>(
  kind: K,
  yaml: YamlFile,
  problems: Problems,
): Shaped<z.output<(typeof FILE_SCHEMAS)[K]>> | null {
  const schema = FILE_SCHEMAS[kind]
  const repair = new Repair(kind, yaml, problems)
  for (let round = 0; round < 20; round++) {
    const result = schema.safeParse(repair.data)
    if (result.success) {
      return {
        file: yaml.path,
        data: result.data as z.output<(typeof FILE_SCHEMAS)[K]>,
        at: (path) => yaml.at(repair.asWritten(path)),
        atKey: (path) => yaml.atKey(repair.asWritten(path)),
        inText: (path, offset) => yaml.inText(repair.asWritten(path), offset),
      }
    }
    const issues = result.error.issues.flatMap((issue) => flatten(issue as unknown as Issue, repair.data))
    if (!repair.mend(issues)) return null
  }
  return null
}

/** Follows a union into the alternative that the value was meant for: the one whose own type fits. */
function flatten(issue: Issue, data: unknown): Issue[] {
  if (issue.code !== 'invalid_union' || !issue.errors) return [issue]
  const fitting = issue.errors.find((errors) => !errors.some((e) => e.code === 'invalid_type' && e.path.length === 0))
  if (!fitting) {
    const expected = issue.errors.flatMap((errors) => errors.map((e) => e.expected ?? '')).filter(Boolean)
    return [{ ...issue, code: 'invalid_type', expected: [...new Set(expected)].join('|') }]
  }
  return fitting.flatMap((inner) => flatten({ ...inner, path: [...issue.path, ...inner.path] }, data))
}

class Repair {
  readonly kind: FileKind
  readonly yaml: YamlFile
  readonly problems: Problems
  data: unknown
  /** Path as repaired → key as written. */
  readonly renamed = new Map<string, PropertyKey>()
  /** What was reported already: leaving it out makes it look missing. */
  readonly told = new Set<string>()

  constructor(kind: FileKind, yaml: YamlFile, problems: Problems) {
    this.kind = kind
    this.yaml = yaml
    this.problems = problems
    this.data = structuredClone(yaml.data)
  }

  asWritten(path: Path): Path {
    return path.map((key, i) => this.renamed.get(JSON.stringify(path.slice(0, i + 1))) ?? key)
  }

  /** Reports the issues and mends what it can; false when nothing could be mended. */
  mend(issues: readonly Issue[]): boolean {
    // Keys first: a misspelt key also looks like a missing one, which the next round tells for sure.
    const keys = issues.filter((issue) => issue.code === 'unrecognized_keys')
    if (keys.length > 0) {
      for (const issue of keys) for (const key of issue.keys ?? []) this.mendKey(issue.path, key)
      return true
    }
    let mended = false
    // From the end of lists: what is left out moves what follows it.
    for (const issue of issues.toSorted((a, b) => comparePaths(b.path, a.path)))
      mended = this.mendValue(issue) || mended
    return mended
  }

  mendKey(path: Path, key: string): void {
    const rule = schemaAt(this.kind, path, this.data)
    const known = rule?.properties ? Object.keys(rule.properties) : (rule?.propertyNames?.enum ?? []).map(String)
    const parent = at(this.data, path) as Record<string, unknown>
    const place = this.yaml.atKey(this.asWritten([...path, key]))
    const glued = parent[key] === null ? /^(\w+):(\S+)$/.exec(key) : null
    if (glued && known.includes(glued[1] as string)) {
      const message = `A blank is missing after the colon of "${glued[1]}"`
      this.problems.error(this.yaml.path, place, 'unknown-key', message, `Write "${glued[1]}: ${glued[2]}"`)
      parent[glued[1] as string] ??= glued[2]
      this.renamed.set(JSON.stringify([...path, glued[1]]), key)
      delete parent[key]
      return
    }
    const renamed = RENAMED_KEYS[this.kind][key]
    const meant = renamed !== undefined && known.includes(renamed) ? renamed : nearestNames(key, known)[0]
    if (meant !== undefined && meant === renamed) {
      this.problems.warning(
        this.yaml.path,
        place,
        'renamed-key',
        `"${key}" is called "${renamed}"`,
        `Write "${renamed}" in its place`,
      )
    } else {
      this.problems.error(
        this.yaml.path,
        place,
        'unknown-key',
        `"${key}" is not a key ${inWords(path)}`,
        // What a comma in a number leaves in { }.
        /^\d+$/.test(key)
          ? 'Write decimals with a point, as in 1.08, and thousands without a comma: 1000'
          : parent[key] === null && meant === undefined
            ? `Where the comma before it belongs to a text, put that text in quotes. Keys: ${known.join(', ')}`
            : didYouMean(key, known, 'keys'),
      )
    }
    if (meant !== undefined && !(meant in parent)) {
      parent[meant] = parent[key]
      this.renamed.set(JSON.stringify([...path, meant]), this.renamed.get(JSON.stringify([...path, key])) ?? key)
    }
    delete parent[key]
  }

  mendValue(issue: Issue): boolean {
    const { path } = issue
    const value = at(this.data, path)
    const key = path.at(-1)
    const file = this.yaml.path
    const written = this.asWritten(path)
    const rule = schemaAt(this.kind, path, this.data)
    const id = JSON.stringify(path)
    if (value === undefined && this.told.has(id)) return this.leaveOut(path.slice(0, -1))
    this.told.add(id)
    if (value === undefined && (issue.code === 'invalid_type' || issue.code === 'invalid_value')) {
      const parent = path.slice(0, -1)
      if (path.length === 0) {
        this.problems.error(
          file,
          { line: 1, column: 1 },
          'empty-file',
          'The file is empty',
          'Write a mapping into it, or remove it',
        )
        return false
      }
      this.problems.error(
        file,
        parent.length === 0 ? { line: 1, column: 1 } : this.yaml.atKey(this.asWritten(parent)),
        'missing-key',
        `"${String(key)}" is missing in ${parent.length === 0 ? 'the file' : pathInWords(parent)}`,
        exampleOf(String(key), rule),
      )
      return this.leaveOut(parent)
    }
    const place = this.yaml.at(written)
    if (issue.code === 'invalid_value' && (typeof value === 'string' || typeof value === 'number')) {
      const known = (issue.values ?? []).map(String)
      const unwritable =
        this.kind === 'board' && path[0] === 'columns' && key === 'type' ? whyUnwritable(String(value)) : null
      if (unwritable !== null) {
        this.problems.error(file, place, 'column-not-writable', unwritable.message, unwritable.hint)
        return this.leaveOut(path)
      }
      const synonym = known.find((name) => name === SYNONYMS[String(value).toLowerCase()])
      this.problems.error(
        file,
        place,
        'unknown-value',
        `"${value}" is not a value ${inWords(path)}`,
        synonym === undefined
          ? didYouMean(String(value), known, 'values')
          : `Did you mean "${synonym}"? Values: ${known.join(', ')}`,
      )
      const meant = synonym ?? nearestNames(String(value), known)[0]
      if (meant !== undefined) return this.put(path, meant)
      return this.leaveOut(path)
    }
    if (issue.code === 'invalid_type' || issue.code === 'invalid_value') {
      if (value === null && path.length > 0) {
        this.problems.error(
          file,
          place,
          'wrong-type',
          `${subjectOf(path)} is empty`,
          exampleOf(String(key), rule) ?? LOOK_UP,
        )
        return this.leaveOut(path)
      }
      const expected = issue.expected ?? (issue.values ?? []).map((v) => JSON.stringify(v)).join(' or ')
      const glued = typeof value === 'string' ? /^([A-Za-z_]\w*):(\S.*)$/.exec(value) : null
      this.problems.error(
        file,
        place,
        'wrong-type',
        `${subjectOf(path)} must be ${typeInWords(expected)}, but is ${valueInWords(value)}`,
        glued ? `Write a blank after the colon: "${glued[1]}: ${glued[2]}"` : wrongTypeHint(expected, value, key, rule),
      )
      if (expected === 'boolean' && typeof value === 'string') {
        const meant = nearestNames(value, ['true', 'false'])[0]
        if (meant !== undefined) return this.put(path, meant === 'true')
      }
      if (expected === 'string' && typeof value === 'number') return this.put(path, String(value))
      return this.leaveOut(path)
    }
    this.problems.error(
      file,
      place,
      'bad-value',
      `${subjectOf(path)} ${rangeInWords(issue)}`,
      exampleOf(String(key), rule),
    )
    return this.leaveOut(path)
  }

  put(path: Path, value: unknown): boolean {
    const parent = at(this.data, path.slice(0, -1)) as Record<PropertyKey, unknown>
    parent[path.at(-1) as PropertyKey] = value
    return true
  }

  /** Remembers where the rest of a list is written once its `gone`-th value is left out, `length` being what is left. */
  moveUp(list: Path, gone: number, length: number): void {
    const moved = (id: string): string | undefined => {
      const path = JSON.parse(id) as (string | number)[]
      const index = path[list.length]
      if (typeof index !== 'number' || !list.every((key, i) => key === path[i]) || index < gone) return id
      return index === gone ? undefined : JSON.stringify(path.with(list.length, index - 1))
    }
    const written = Array.from({ length: length + 1 }, (_, i) => this.renamed.get(JSON.stringify([...list, i])) ?? i)
    const renamed = [...this.renamed].flatMap(([id, key]) => {
      const now = moved(id)
      return now === undefined ? [] : ([[now, key]] as const)
    })
    const told = [...this.told].flatMap((id) => moved(id) ?? [])
    this.renamed.clear()
    for (const [id, key] of renamed) this.renamed.set(id, key)
    for (let i = gone; i < length; i++) this.renamed.set(JSON.stringify([...list, i]), written[i + 1] as PropertyKey)
    this.told.clear()
    for (const id of told) this.told.add(id)
  }

  /** Removes what stands at a path; false at the root, of which nothing would be left. */
  leaveOut(path: Path): boolean {
    if (path.length === 0) return false
    const parent = at(this.data, path.slice(0, -1)) as Record<PropertyKey, unknown> | unknown[]
    const key = path.at(-1) as PropertyKey
    if (Array.isArray(parent)) {
      // Of a pair, one alone is of no use.
      if (schemaAt(this.kind, path.slice(0, -1), this.data)?.prefixItems) return this.leaveOut(path.slice(0, -1))
      parent.splice(Number(key), 1)
      this.moveUp(path.slice(0, -1), Number(key), parent.length)
    } else if (key in parent) delete parent[key]
    else return this.leaveOut(path.slice(0, -1))
    return true
  }
}

/** Order in which what stands in a list comes after what stands before it. */
function comparePaths(a: Path, b: Path): number {
  for (const [i, key] of a.entries()) {
    const other = b[i]
    if (key === other) continue
    return typeof key === 'number' && typeof other === 'number' ? key - other : 0
  }
  return 0
}

function at(data: unknown, path: Path): unknown {
  let value = data
  for (const key of path) value = (value as Record<PropertyKey, unknown> | undefined)?.[key]
  return value
}

/** `of columns > ARR`, `of the file`. */
function inWords(path: Path): string {
  return path.length === 0 ? 'of the file' : `of ${pathInWords(path)}`
}

/** `stages > salesforce > no. 3`: lists count from one. */
function pathInWords(path: Path): string {
  return path.map((key) => (typeof key === 'number' ? `no. ${key + 1}` : String(key))).join(' > ')
}

/** What stands at a path, as a sentence begins with it. */
function subjectOf(path: Path): string {
  const key = path.at(-1)
  if (key === undefined) return 'The file'
  return typeof key === 'number' ? `No. ${key + 1} of ${pathInWords(path.slice(0, -1))}` : `"${String(key)}"`
}

function typeInWords(expected: string): string {
  const words: Record<string, string> = {
    string: 'text',
    email: 'text',
    number: 'a number',
    int: 'a whole number',
    boolean: 'true or false',
    object: 'a group of keys',
    record: 'a group of keys',
    array: 'a list',
  }
  return expected
    .split('|')
    .map((type) => words[type] ?? type)
    .join(' or ')
}

function valueInWords(value: unknown): string {
  if (value === null) return 'empty'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return 'a group of keys'
  if (typeof value !== 'string') return `${value}`
  return value.length > 80 ? `"${value.slice(0, 80)}…"` : `"${value}"`
}

function wrongTypeHint(
  expected: string,
  value: unknown,
  key: PropertyKey | undefined,
  rule: JsonSchema | undefined,
): string {
  if (expected.includes('string') && typeof value === 'object' && value !== null && !Array.isArray(value))
    return withoutBraces(value, key) ?? 'Put the text in quotes: { begins a group of keys'
  if (expected === 'boolean' && typeof value === 'string') {
    const near = nearestNames(value, ['true', 'false'])
    return near.length === 0 ? 'Write true or false' : `Did you mean ${near.join(' or ')}? Write true or false`
  }
  return (key === undefined ? undefined : exampleOf(String(key), rule)) ?? LOOK_UP
}

const LOOK_UP = 'mappings/REFERENCE.md says what can stand here'

/** Keys whose values are fields and expressions, which stand without braces. */
const EXPRESSIONS = new Set(['value', 'where', 'by', 'when', 'once', 'to', 'urgency', 'key'])

/** What to write for `value: {opportunity.stage}`. */
function withoutBraces(value: object, key: PropertyKey | undefined): string | undefined {
  const [name, ...more] = Object.entries(value)
  if (!EXPRESSIONS.has(String(key)) || name === undefined || name[1] !== null || more.length > 0) return undefined
  return `Write it without braces: ${String(key)}: ${name[0]}`
}

function rangeInWords(issue: Issue): string {
  if (issue.code === 'too_small') {
    if (issue.inclusive === false) return `must be above ${issue.minimum}`
    return issue.minimum === 1 || issue.minimum === 1n ? 'is empty' : `must be at least ${issue.minimum}`
  }
  if (issue.code === 'too_big') return `must be at most ${issue.maximum}`
  return issue.message
}

/** What people write for values that are spelt quite differently. */
const SYNONYMS: Readonly<Record<string, string>> = {
  number: 'numbers',
  money: 'numbers',
  currency: 'numbers',
  percent: 'numbers',
  integer: 'numbers',
  string: 'text',
  textarea: 'long_text',
  label: 'status',
  picklist: 'status',
  mail: 'email',
  telephone: 'phone',
  time: 'hour',
  time_zone: 'world_clock',
  stars: 'rating',
  geolocation: 'location',
  multipicklist: 'dropdown',
  datetime: 'date',
  timestamp: 'instant',
  float: 'number',
  decimal: 'number',
  bool: 'boolean',
  boolean: 'checkbox',
  person: 'people',
  user: 'people',
  url: 'link',
  deal: 'opportunity',
  company: 'account',
  delete: 'archive',
}

function exampleOf(key: string, rule: JsonSchema | undefined): string | undefined {
  const example = rule?.examples?.[0] ?? exampleOfKeys(rule)
  if (example === undefined) return undefined
  const plain = typeof example === 'string' && !/^[{[&*!|>'"%@`#]|: | #/.test(example)
  const quoted = typeof example === 'string' ? `'${example.replaceAll("'", "''")}'` : JSON.stringify(example)
  return `For example ${/^\d+$/.test(key) ? '-' : `${key}:`} ${plain ? example : quoted}`
}

/** A group of keys with an example for each that it needs. */
function exampleOfKeys(rule: JsonSchema | undefined): Readonly<Record<string, unknown>> | undefined {
  const needed = (rule?.required ?? []).flatMap((name) => {
    const example = rule?.properties?.[name]?.examples?.[0]
    return example === undefined ? [] : [[name, example]]
  })
  return needed.length === 0 ? undefined : Object.fromEntries(needed)
}

/** The parts of a JSON Schema that the lint and the reference page read. */
export interface JsonSchema {
  readonly title?: string
  readonly description?: string
  readonly examples?: readonly unknown[]
  readonly default?: unknown
  readonly type?: string
  readonly enum?: readonly unknown[]
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly propertyNames?: JsonSchema
  readonly prefixItems?: readonly JsonSchema[]
  readonly required?: readonly string[]
  readonly additionalProperties?: boolean | JsonSchema
  readonly patternProperties?: Readonly<Record<string, JsonSchema>>
  readonly items?: JsonSchema
  readonly anyOf?: readonly JsonSchema[]
  readonly allOf?: readonly JsonSchema[]
  readonly $ref?: string
  readonly $defs?: Readonly<Record<string, JsonSchema>>
}

/** The JSON Schema of a kind of file, as editors use it: what a person may write, defaults not filled in. */
export function jsonSchemaOf(kind: FileKind): JsonSchema {
  const known = schemas.get(kind)
  if (known) return known
  const made = z.toJSONSchema(FILE_SCHEMAS[kind], { io: 'input' }) as JsonSchema
  schemas.set(kind, made)
  return made
}

/** The rule for what stands at a path. */
function schemaAt(kind: FileKind, path: Path, data: unknown): JsonSchema | undefined {
  const root = jsonSchemaOf(kind)
  let rule: JsonSchema | undefined = choose(root, root, data)
  let value = data
  for (const key of path) {
    value = (value as Record<PropertyKey, unknown> | undefined)?.[key]
    const next: JsonSchema | undefined =
      rule?.properties?.[String(key)] ??
      (typeof rule?.additionalProperties === 'object' ? rule.additionalProperties : undefined) ??
      rule?.items
    rule = next === undefined ? undefined : choose(root, next, value)
  }
  return rule
}

/** Resolves references, and of alternatives takes the one that the value was meant for. */
function choose(root: JsonSchema, rule: JsonSchema, value: unknown): JsonSchema {
  if (rule.$ref) {
    const { $ref, ...own } = rule
    return choose(root, { ...root.$defs?.[$ref.replace('#/$defs/', '')], ...own }, value)
  }
  if (rule.anyOf) {
    const type = Array.isArray(value) ? 'array' : typeof value
    const option = rule.anyOf.map((inner) => choose(root, inner, value)).find((inner) => inner.type === type)
    if (option) return { ...option, ...(rule.examples ? { examples: rule.examples } : {}) }
  }
  return rule
}

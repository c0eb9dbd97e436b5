/**
 * Makes slips of the hand in the shipped mappings, one token at a time, and counts how many the lint refuses on the
 * right line with the right suggestion. Exits 1 below 95 %, or when anything throws.
 *
 * `node scripts/mapping-edits.ts [count] [seed]`
 */
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { distance } from 'fastest-levenshtein'
import { isMap, isScalar, isSeq, type Node, parseDocument, type Scalar } from 'yaml'
import { FACTS, USER_FIELDS } from '../src/domain/fact-fields.ts'
import type { FactKind, Scope } from '../src/domain/facts.ts'
import { RECORDS, type RecordKind } from '../src/domain/records.ts'
import { FUNCTIONS } from '../src/mapping/functions.ts'
import { loadMappingFiles } from '../src/mapping/load.ts'
import { type MappingText, type ParsedMappings, parseMappings } from '../src/mapping/parse.ts'
import { type FileKind, RENAMED_KEYS } from '../src/mapping/schema.ts'
import { type JsonSchema, jsonSchemaOf } from '../src/mapping/shape.ts'

/** A word of a mapping that means something to this program. */
export interface Token {
  readonly file: string
  readonly what: 'key' | 'value' | 'column type' | 'field' | 'name' | 'function'
  readonly text: string
  readonly start: number
  /** Words that would be right in its place, itself included. */
  readonly valid: ReadonlySet<string>
}

export interface EditResult {
  readonly token: Token
  readonly written: string
  readonly line: number
  readonly outcome: 'refused' | 'wrong place or suggestion' | 'accepted' | 'threw'
  readonly told: readonly string[]
}

const SHIPPED = path.resolve(import.meta.dirname, '../mappings')

/** Makes `count` edits of shipped mappings; the same seed gives the same edits. */
export async function tryEdits(count: number, seed: number): Promise<EditResult[]> {
  const files = (await loadMappingFiles(SHIPPED)).filter((file) => !file.path.endsWith('.test.yaml'))
  const tokens = files.flatMap(tokensOf)
  const random = randomFrom(seed)
  const results: EditResult[] = []
  while (results.length < count) {
    const token = tokens[Math.floor(random() * tokens.length)] as Token
    const written = slip(token, random)
    if (written !== undefined) results.push(tryEdit(files, token, written))
  }
  return results
}

function tryEdit(files: readonly MappingText[], token: Token, written: string): EditResult {
  const edited = files.map((file) =>
    file.path === token.file
      ? { ...file, text: file.text.slice(0, token.start) + written + file.text.slice(token.start + token.text.length) }
      : file,
  )
  const text = files.find((file) => file.path === token.file)?.text ?? ''
  const line = text.slice(0, token.start).split('\n').length
  try {
    const parsed = parseMappings(edited, {})
    const here = parsed.problems.filter((problem) => problem.file === token.file)
    const told = here.map((problem) => `${problem.line}: ${problem.message} | ${problem.hint ?? ''}`)
    const right = here.some(
      (problem) =>
        problem.level === 'error' && problem.line === line && suggestions(problem.hint ?? '').includes(token.text),
    )
    if (right) return { token, written, line, outcome: 'refused', told }
    if (parsed.broken.length > 0) return { token, written, line, outcome: 'wrong place or suggestion', told }
    runAll(parsed)
    return { token, written, line, outcome: 'accepted', told }
  } catch (error) {
    return { token, written, line, outcome: 'threw', told: [String(error)] }
  }
}

function suggestions(hint: string): string[] {
  const asked = /Did you mean ([^?]*)\?/.exec(hint)?.[1] ?? ''
  const names = asked.split(' or ').map((name) => name.replaceAll('"', ''))
  // `extra.tier` is the right suggestion for `exta` too.
  return names.flatMap((name) => [name, ...name.split('.')])
}

/** Runs what was accepted over full and empty facts and records: nothing may throw. */
function runAll({ mappings }: ParsedMappings): void {
  if (!mappings) return
  const zone = {
    name: 'UTC',
    dayOf: (ms: number) => Math.floor(ms / 86_400_000),
    startOf: (day: number) => day * 86_400_000,
  }
  for (const board of mappings.boards) {
    for (const scope of scopesFor(board.items)) board.toItem(scope, 20_779)
  }
  for (const { records } of mappings.sources) {
    for (const record of records) {
      for (const value of [null, '', '#N/A', '12', '2026-11-22', 'text', true]) {
        const fields = Object.fromEntries(record.reads.map((name) => [name, value]))
        record.map({ kind: 'present', id: 'X', changedAt: '2026-11-22T10:00:00.000Z', fields }, zone)
      }
    }
  }
}

function scopesFor(kind: FactKind): Scope[] {
  const full = (fields: (typeof FACTS)[FactKind]['fields']) =>
    Object.fromEntries(
      Object.entries(fields).map(([name, field]) => {
        const text = field.type === 'text' || field.type === 'id' || field.type === 'enum'
        return [name, text ? field.example : field.type === 'boolean' ? true : 20_700]
      }),
    )
  const names = Object.fromEntries([
    [kind, full(FACTS[kind].fields)],
    ...Object.entries(FACTS[kind].scope).map(([name, of]) => [
      name,
      full(of === 'user' ? USER_FIELDS : FACTS[of].fields),
    ]),
  ])
  return [
    { kind, id: 'X', names },
    { kind, id: 'X', names: { [kind]: { id: 'X' } } },
  ]
}

// ── where the tokens are ──────────────────────────────────────────────────────────────────────────────

function kindOf(file: string): FileKind {
  return file.includes(`${path.sep}sources${path.sep}`) ? 'source' : file.endsWith('model.yaml') ? 'model' : 'board'
}

/** Every word of a file that the lint knows: keys, fields, values, types, functions, names in scope. */
export function tokensOf(file: MappingText): Token[] {
  const kind = kindOf(file.path)
  const root = jsonSchemaOf(kind)
  const document = parseDocument(file.text)
  const items = document.get('items') as FactKind | undefined
  const tokens: Token[] = []
  const add = (what: Token['what'], text: string, start: number, valid: Iterable<string>) => {
    if (/^[A-Za-z][\w-]*$/.test(text)) tokens.push({ file: file.path, what, text, start, valid: new Set(valid) })
  }

  const visit = (node: Node | null, rule: JsonSchema | undefined, keys: readonly string[]) => {
    const here = rule && node ? choose(root, rule, node) : undefined
    if (isMap(node)) {
      const known = here?.properties ? [...Object.keys(here.properties), ...Object.keys(RENAMED_KEYS[kind])] : null
      for (const { key, value } of node.items) {
        const name = String((key as Scalar).value)
        const start = (key as Scalar).range?.[0] ?? 0
        const path = [...keys, name]
        if (known?.includes(name)) add('key', name, start, known)
        if (keys.at(-1) === 'titles' && items) enumOf(start, name)
        if (kind === 'source' && keys.at(-1) === 'aliases' && keys.length === 3) {
          add('key', name, start, Object.keys(RECORDS[keys[1] as RecordKind]?.fields ?? {}))
        }
        visit(value as Node, here?.properties?.[name] ?? extra(here), path)
      }
    } else if (isSeq(node)) {
      for (const item of node.items) visit(item as Node, here?.items, [...keys, '[]'])
    } else if (isScalar(node)) scalar(node, here, keys)
  }

  const enumOf = (start: number, text: string) => {
    const by = String(document.getIn(['group', 'by']) ?? '')
    const values = fieldAt(by)?.values
    if (values) add('value', text, start, values)
  }

  const fieldAt = (name: string) => {
    const [thing = '', field = ''] = name.split('.')
    return fieldsOf(thing)?.[field]
  }

  const fieldsOf = (thing: string) => {
    if (!items) return undefined
    const of = thing === items ? items : FACTS[items].scope[thing]
    return of === undefined ? undefined : of === 'user' ? USER_FIELDS : FACTS[of].fields
  }

  const scalar = (node: Scalar, rule: JsonSchema | undefined, keys: readonly string[]) => {
    const text = String(node.value)
    const start = textStart(file.text, node)
    const key = keys.at(-1) ?? ''
    if (rule?.enum) add(key === 'type' ? 'column type' : 'value', text, start, rule.enum.map(String))
    else if (rule?.type === 'boolean' && typeof node.value === 'boolean') add('value', text, start, ['true', 'false'])
    else if (kind === 'source' && keys.at(-2) === 'values') {
      const [, record = '', , field = ''] = keys
      const values = RECORDS[record as RecordKind]?.fields[field]?.values
      if (values) add('value', text, start, values)
    } else if (kind === 'board' && keys.at(-2) === 'order') {
      const values = fieldAt(String(document.getIn(['group', 'by']) ?? ''))?.values
      if (values) add('value', text, start, values)
    } else if (kind === 'board' && keys[0] === 'name' && keys.length === 1) {
      for (const part of text.matchAll(/\{([^}]*)\}/g)) expression(part[1] as string, start + part.index + 1)
    } else if (kind === 'board' && ['where', 'key', 'by', 'urgency', 'value'].includes(key)) expression(text, start)
  }

  const expression = (text: string, start: number) => {
    if (!items) return
    const names = [items, ...Object.keys(FACTS[items].scope), 'today']
    const literals = [...text.matchAll(/'([^']*)'/g)]
    for (const literal of literals) {
      const before = /([\w.]+) (?:==|!=) $/.exec(text.slice(0, literal.index))?.[1]
      const values = before === undefined ? undefined : fieldAt(before)?.values
      if (values) add('value', literal[1] as string, start + literal.index + 1, values)
    }
    const bare = text.replace(/'[^']*'/g, (whole) => ' '.repeat(whole.length))
    for (const match of bare.matchAll(/[A-Za-z_]\w*/g)) {
      const word = match[0]
      const at = start + match.index
      const before = bare.slice(0, match.index)
      const after = bare.slice(match.index + word.length)
      if (/^\s*\(/.test(after)) add('function', word, at, [...Object.keys(FUNCTIONS), 'matches'])
      else if (before.endsWith('.')) {
        const thing = /([A-Za-z_]\w*)\.$/.exec(before)?.[1] ?? ''
        if (thing === 'extra') add('field', word, at, [word])
        else add('field', word, at, [...Object.keys(fieldsOf(thing) ?? {}), 'extra'])
      } else add('name', word, at, names)
    }
  }

  visit(document.contents as Node, root, [])
  return tokens
}

function extra(rule: JsonSchema | undefined): JsonSchema | undefined {
  return typeof rule?.additionalProperties === 'object' ? rule.additionalProperties : undefined
}

/** Where the text of a scalar begins, inside its quotes. */
function textStart(text: string, node: Scalar): number {
  const start = node.range?.[0] ?? 0
  return text[start] === "'" || text[start] === '"' ? start + 1 : start
}

function choose(root: JsonSchema, rule: JsonSchema, node: Node): JsonSchema {
  if (rule.$ref) return choose(root, root.$defs?.[rule.$ref.replace('#/$defs/', '')] ?? {}, node)
  if (!rule.anyOf) return rule
  const type = isMap(node) ? 'object' : isSeq(node) ? 'array' : 'string'
  return rule.anyOf.map((option) => choose(root, option, node)).find((option) => option.type === type) ?? rule
}

// ── slips of the hand ─────────────────────────────────────────────────────────────────────────────────

const LETTERS = 'abcdefghijklmnopqrstuvwxyz'

/** The token with one or two letters wrong; `undefined` when that came out as a word that is right too. */
function slip({ text, valid }: Token, random: () => number): string | undefined {
  let written = text
  const times = random() < 0.5 ? 1 : 2
  for (let i = 0; i < times; i++) {
    const at = Math.floor(random() * (written.length + 1))
    const letter = LETTERS[Math.floor(random() * LETTERS.length)] as string
    const how = random()
    if (how < 0.34) written = written.slice(0, at) + letter + written.slice(at)
    else if (how < 0.67) written = written.slice(0, at) + letter + written.slice(at + 1)
    else written = written.slice(0, at) + written.slice(at + 1)
  }
  const far = distance(text, written)
  if (far < 1 || far > 2 || valid.has(written) || !/^[A-Za-z][\w-]*$/.test(written)) return undefined
  return written
}

/** Numbers from 0 to 1 that look random and are the same for the same seed (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

async function main(count: number, seed: number): Promise<number> {
  const results = await tryEdits(count, seed)
  const of = (outcome: EditResult['outcome']) => results.filter((result) => result.outcome === outcome)
  for (const { token, written, line, outcome, told } of results) {
    if (outcome === 'refused') continue
    console.log(
      `${path.relative(process.cwd(), token.file)}:${line} ${token.what} "${token.text}" → "${written}": ${outcome}`,
    )
    for (const one of told.slice(0, 3)) console.log(`    ${one.slice(0, 160)}`)
  }
  const right = of('refused').length
  const share = right / results.length
  console.log(
    `${right} of ${results.length} edits refused on the right line with the right suggestion (${(share * 100).toFixed(1)} %, ` +
      `target 95 %); ${of('wrong place or suggestion').length} refused otherwise, ${of('accepted').length} accepted, ${of('threw').length} threw`,
  )
  return share >= 0.95 && of('threw').length === 0 ? 0 : 1
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  process.exitCode = await main(Number(process.argv[2] ?? 500), Number(process.argv[3] ?? 1))
}

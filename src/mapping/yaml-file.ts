import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  visit,
  type YAMLError,
} from 'yaml'
import type { Problem } from '../platform/problem.ts'
import { explainBroken, marksIn } from './yaml-words.ts'

/** A file of a mapping folder: its path as messages name it, and its text. */
export interface MappingText {
  readonly path: string
  readonly text: string
}

export interface Position {
  readonly line: number
  readonly column: number
}

export type Path = readonly PropertyKey[]

/** A YAML file read, with the place of every key and value. */
export interface YamlFile {
  readonly path: string
  /** Plain data; `undefined` for an empty file. */
  readonly data: unknown
  /** Where the value at a path begins; of a path that does not exist, where its nearest parent begins. */
  at(path: Path): Position
  /** Where the key at the end of a path begins. */
  atKey(path: Path): Position
  /** Where the `offset`-th character of the text value at a path stands. */
  inText(path: Path, offset: number): Position
}

/** Collects what is wrong, in the order it is found. */
export class Problems {
  readonly all: Problem[] = []

  error(file: string, at: Position, code: string, message: string, hint?: string): void {
    this.all.push({
      file,
      line: at.line,
      column: at.column,
      level: 'error',
      code,
      message,
      ...(hint === undefined ? {} : { hint }),
    })
  }

  warning(file: string, at: Position, code: string, message: string, hint?: string): void {
    this.all.push({
      file,
      line: at.line,
      column: at.column,
      level: 'warning',
      code,
      message,
      ...(hint === undefined ? {} : { hint }),
    })
  }

  hasErrorIn(file: string): boolean {
    return this.all.some((problem) => problem.file === file && problem.level === 'error')
  }
}

/** Reads a file; `null` when it is no YAML at all (each reason is reported, in words for a person who is no programmer). */
export function readYaml(file: MappingText, problems: Problems): YamlFile | null {
  const counter = new LineCounter()
  const document = parseDocument(file.text, { lineCounter: counter, prettyErrors: false, uniqueKeys: true })
  const place = (offset: number): Position => {
    const { line, col } = counter.linePos(offset)
    return { line: Math.max(1, line), column: Math.max(1, col) }
  }
  const told = worthTelling(
    document.errors.map((error) => ({ error, ...explain(error, file.text) })),
    file.text,
  )
  if (!told.some(({ code }) => code === 'yaml-syntax')) told.push(...unquotedMarks(document))
  for (const { code, message, hint, offset } of told) problems.error(file.path, place(offset), code, message, hint)
  if (told.some(({ code }) => code === 'yaml-syntax')) return null

  const pairAt = (path: Path): Pair | undefined => {
    const parent = nodeAt(path.slice(0, -1))
    const key = path.at(-1)
    return isMap(parent) ? parent.items.find((pair) => keyOf(pair) === String(key)) : undefined
  }
  const nodeAt = (path: Path): Node | undefined => {
    let node: Node | null | undefined = document.contents
    for (const step of path) {
      if (isAlias(node)) node = node.resolve(document)
      if (isMap(node)) node = node.items.find((pair) => keyOf(pair) === String(step))?.value as Node | undefined
      else if (isSeq(node)) node = node.items[Number(step)] as Node | undefined
      else return undefined
    }
    return node ?? undefined
  }
  const at = (path: Path): Position => {
    for (let length = path.length; length > 0; length--) {
      const node = nodeAt(path.slice(0, length))
      if (node?.range) return place(node.range[0])
      const key = pairAt(path.slice(0, length))?.key as Node | undefined
      if (key?.range) return place(key.range[0])
    }
    return { line: 1, column: 1 }
  }
  const inText = (path: Path, offset: number): Position => {
    const node = nodeAt(path)
    if (!isScalar(node) || !node.range) return at(path)
    const value = String(node.value)
    const [start, end] = node.range
    const source = file.text.slice(start, end)
    const direct = source.indexOf(value)
    if (direct >= 0) return place(start + direct + offset)
    return place(start + Math.max(0, foldedOffset(source, value, offset)))
  }
  return {
    path: file.path,
    data: document.toJS() ?? undefined,
    at,
    atKey: (path) => {
      const key = pairAt(path)?.key as Node | undefined
      return key?.range ? place(key.range[0]) : at(path)
    },
    inText,
  }
}

/** Values that begin with a mark which YAML takes for something of its own, though nobody means it: `*name`, `!name`. */
function unquotedMarks(document: Document): Explained[] {
  const found: Explained[] = []
  const tell = (mark: string, value: string, offset: number) =>
    found.push({
      code: 'yaml-syntax',
      message: `A value begins with ${mark}, which means something else in YAML`,
      hint: `Put the value in quotes: '${value}'`,
      offset,
    })
  visit(document, {
    Alias: (_, node) => {
      const at = node.range?.[0] ?? 0
      // An alias of what holds it would never end.
      const target = node.resolve(document)
      if (target === undefined || (target.range && at >= target.range[0] && at < target.range[2]))
        tell('*', `*${node.source}`, at)
    },
  })
  for (const { code, pos, message } of document.warnings) {
    if (code !== 'TAG_RESOLVE_FAILED') continue
    tell('!', /(![^\s]*)\s*$/.exec(message)?.[1] ?? '!', pos[0])
  }
  return found
}

function keyOf(pair: Pair): string {
  return isScalar(pair.key) ? String(pair.key.value) : String(pair.key)
}

/** Finds a character of a value that YAML folded or unescaped: by walking both texts and skipping what only the source has. */
function foldedOffset(source: string, value: string, offset: number): number {
  let from = /^['"]/.test(source) ? 1 : 0
  const header = /^[|>][+-]?\d?[^\n]*\n/.exec(source)
  if (header) from = header[0].length
  for (let i = 0; i < offset; i++) {
    const char = value[i] as string
    if (/\s/.test(char)) continue
    const next = source.indexOf(char, from)
    if (next < 0) return from
    from = next + 1
  }
  const wanted = value[offset]
  const next = wanted === undefined ? -1 : source.indexOf(wanted, from)
  return next < 0 ? from : next
}

/**
 * One mistake makes the parser stumble again and again: of what it says, the first counts, and every tab. What it takes
 * for correct though nobody means it counts too: a text that begins with a field in braces.
 */
function worthTelling(explained: readonly (Explained & { error: YAMLError })[], text: string): Explained[] {
  const duplicates = explained.filter(({ code }) => code === 'duplicate-key')
  const marks = marksIn(text, broken(explained))
  if (marks.length > 0) return [...marks, ...duplicates]
  const tabs = [...text.matchAll(/^ *\t/gm)].map((match) => tabAt(match.index + match[0].length - 1))
  if (tabs.length > 0 && broken(explained)) return [...tabs, ...duplicates]
  const braces = [...text.matchAll(/^ *[\w-]+: +(\{[A-Za-z_][\w.]*\}.*)$/gm)].map((match) => bracesAt(match))
  if (braces.length > 0) return [...braces, ...duplicates]
  const [first] = explained.filter(({ code }) => code === 'yaml-syntax')
  return first ? [first, ...duplicates] : duplicates
}

function broken(explained: readonly Explained[]): boolean {
  return explained.some(({ code }) => code === 'yaml-syntax')
}

function tabAt(offset: number): Explained {
  return {
    code: 'yaml-syntax',
    message: 'The line is indented with a tab',
    hint: 'YAML is indented with blanks only: put two blanks in place of each tab',
    offset,
  }
}

function bracesAt(match: RegExpMatchArray): Explained {
  const value = match[1] as string
  return {
    code: 'yaml-syntax',
    message: 'A text that begins with { must stand in quotes',
    hint: `Write '${value.trimEnd().replace(/['"]$/, '')}'`,
    offset: (match.index ?? 0) + match[0].length - value.length,
  }
}

interface Explained {
  readonly code: string
  readonly message: string
  readonly hint?: string
  readonly offset: number
}

/** A YAML error in words for a person who is no programmer; the line often tells more than the parser's code. */
function explain(error: YAMLError, text: string): Explained {
  const offset = error.pos[0]
  const start = text.lastIndexOf('\n', offset - 1) + 1
  const end = text.indexOf('\n', offset)
  const line = text.slice(start, end < 0 ? text.length : end)
  const code = 'yaml-syntax'

  if (error.code === 'DUPLICATE_KEY') {
    const key = /^\s*("[^"]*"|'[^']*'|[^:]*)/.exec(text.slice(offset))?.[1]?.trim() ?? ''
    return {
      code: 'duplicate-key',
      message: `${quoted(unquote(key))} stands twice in the same place`,
      hint: 'Keep one of the two',
      offset,
    }
  }
  const glued = /^\s*(?:- )?([A-Za-z_][\w. ]*):(?=[^\s/])/.exec(line)
  if (glued) {
    const colon = start + glued[0].length
    return {
      code,
      message: `A blank is missing after the colon of ${quoted(glued[1] ?? '')}`,
      hint: `Write "${glued[1]}: " and then the value`,
      offset: colon,
    }
  }
  const known = explainBroken(error.code, text, offset)
  if (known) return { code, ...known }
  if (error.code === 'MISSING_CHAR') {
    const char = error.message.includes("'") ? "'" : error.message.includes('"') ? '"' : undefined
    const opened = char === undefined ? openedBracket(text, offset) : openedQuote(text, char)
    if (opened) {
      return {
        code,
        message: `A ${opened.char} is opened and never closed`,
        hint: `Close it with ${opened.closing}`,
        offset: opened.offset,
      }
    }
  }
  if (/:\s+['"]/.test(line) && error.code === 'UNEXPECTED_TOKEN') {
    return {
      code,
      message: 'Something follows the closing quote of a text',
      hint: 'Put the whole value in quotes; inside single quotes, write two of them for one',
      offset,
    }
  }
  const bracket = error.code === 'BAD_INDENT' ? openedBracket(text, offset) : undefined
  if (bracket) {
    return {
      code,
      message: `A ${bracket.char} is opened and never closed`,
      hint: `Close it with ${bracket.closing}`,
      offset: bracket.offset,
    }
  }
  if (error.code === 'BAD_SCALAR_START' || /:\s+[@`%&*!]/.test(line)) {
    return {
      code,
      message: 'A value begins with a character that means something else in YAML',
      hint: 'Put the value in quotes',
      offset,
    }
  }
  if (/: .*[^'"]*: /.test(line) && error.code === 'BLOCK_AS_IMPLICIT_KEY') {
    return {
      code,
      message: 'A value holds a colon followed by a blank',
      hint: 'Put the value in quotes',
      offset,
    }
  }
  if (
    error.code === 'BAD_INDENT' ||
    error.code === 'MULTILINE_IMPLICIT_KEY' ||
    error.code === 'BLOCK_AS_IMPLICIT_KEY' ||
    error.code === 'UNEXPECTED_TOKEN' ||
    error.code === 'IMPOSSIBLE'
  ) {
    return {
      code,
      message: 'The line does not fit what stands around it',
      hint: 'Keys of the same level must begin in the same column, two blanks deeper than the key they belong to',
      offset,
    }
  }
  return { code, message: `The text is no YAML here (${error.message})`, hint: 'Compare with the examples', offset }
}

interface Opened {
  readonly char: string
  readonly closing: string
  readonly offset: number
}

/** The first line with an odd number of a quote: where it was opened. */
function openedQuote(text: string, char: string): Opened | undefined {
  let start = 0
  for (const line of text.split('\n')) {
    if ((line.split(char).length - 1) % 2 === 1) return { char, closing: char, offset: start + line.indexOf(char) }
    start += line.length + 1
  }
  return undefined
}

/** The last line up to `offset` that opens more brackets than it closes. */
function openedBracket(text: string, offset: number): Opened | undefined {
  let start = 0
  let found: Opened | undefined
  for (const line of text.split('\n')) {
    if (start > offset) break
    for (const [char, closing] of [
      ['{', '}'],
      ['[', ']'],
    ] as const) {
      if (line.split(char).length > line.split(closing).length)
        found = { char, closing, offset: start + line.indexOf(char) }
    }
    start += line.length + 1
  }
  return found
}

function quoted(text: string): string {
  return `"${text}"`
}

function unquote(text: string): string {
  return text.replace(/^(['"])(.*)\1$/, '$2')
}

/** What is wrong at a place of a text that is no YAML, in words for a person who is no programmer. */
interface Wrong {
  readonly message: string
  readonly hint: string
  readonly offset: number
}

interface Line {
  readonly text: string
  readonly start: number
  readonly indent: number
}

/** A value that is complete on its line: nothing can stand below it. */
const COMPLETE = /^\s*(?:- )?[^\s#'"{[-][^#]*?:\s+(?:[^\s#&*!|>{[][^{[]*|\{.*\}|\[.*\])\s*(?:#.*)?$/

/** Marks that people did not write: of a merge that was not finished, and blanks of word processors that are none. */
export function marksIn(text: string, isBroken: boolean): (Wrong & { readonly code: string })[] {
  const code = 'yaml-syntax'
  const merge = /^(?:<{7}|={7}|>{7})(?: .*)?$/m.exec(text)
  if (merge)
    return [
      {
        code,
        message: 'A merge left its marks here',
        hint: 'Keep one of the two sides, and remove the lines with <<<<<<<, ======= and >>>>>>>',
        offset: merge.index,
      },
    ]
  if (!isBroken) return []
  // In front of a comment and outside quotes: elsewhere they are a text.
  return [...text.matchAll(/^(?:[^\n#'"]|'[^'\n]*'|"[^"\n]*")*?([\u00a0\u200b\u2060]|(?!^)\ufeff)/gm)].map((match) => ({
    code,
    message: 'A blank here is none that YAML knows, but one that web pages and word processors put in its place',
    hint: 'Delete the blanks here and type them again',
    offset: match.index + match[0].length - 1,
  }))
}

/** Mistakes that the line tells better than the parser does; `undefined` for others. */
export function explainBroken(code: string, text: string, offset: number): Wrong | undefined {
  const lines = linesOf(text)
  const at = lines.findLastIndex(({ start }) => start <= offset)
  const line = lines[at]
  if (line === undefined) return undefined
  return (
    inLine(code, line, text[offset] ?? '', offset) ??
    betweenLines(code, text, lines, at, offset) ??
    ofIndentation(code, lines, at)
  )
}

function inLine(code: string, { text, start }: Line, char: string, offset: number): Wrong | undefined {
  const curly = /(?::|-|^)\s*([“”‘’„])/.exec(text)
  if (curly)
    return {
      message: `${curly[1]} is no quote that YAML knows`,
      hint: `Write ' in its place, before and after the text`,
      offset: start + curly.index + curly[0].length - 1,
    }
  if (/^\s*\/\//.test(text))
    return {
      message: 'A comment does not begin with //',
      hint: 'Write # in its place',
      offset: start + text.indexOf('//'),
    }
  const glued = /^(\s*)-[[{A-Za-z'"]/.exec(text)
  if (glued)
    return {
      message: 'A blank is missing after the -',
      hint: 'Write "- " and then the value',
      offset: start + (glued[1]?.length ?? 0),
    }
  const round = /:\s+\(\s*\w+:/.exec(text)
  if (round)
    return {
      message: 'A group of keys does not stand in ( )',
      hint: 'Write { and } in their place',
      offset: start + text.indexOf('(', round.index),
    }
  if (code === 'MULTIPLE_DOCS')
    return {
      message: 'A second document begins here, and a file holds one',
      hint: 'Remove the line with --- or ... , and keep what belongs to the file',
      offset,
    }
  if (code === 'MISSING_CHAR' && char === '#')
    return { message: 'A comment begins without a blank before it', hint: 'Write a blank before the #', offset }
  if (code === 'BLOCK_IN_FLOW' || (code === 'MISSING_CHAR' && /\{.*;/.test(text)))
    return {
      message: 'Between { and } something other than a comma stands between two keys',
      hint: 'Write a comma between them: { type: numbers, value: opportunity.arr }; put a text that holds a colon in quotes',
      offset,
    }
  if (code === 'UNEXPECTED_TOKEN' && char === ',')
    return { message: 'A comma stands where a key was expected', hint: 'Remove one of the commas', offset }
  if (code === 'UNEXPECTED_TOKEN' && (char === '}' || char === ']'))
    return { message: `A ${char} closes nothing`, hint: 'Remove it, or write what it should close', offset }
  return undefined
}

/** A comma that is missing at the end of a line within `{` and `}`: the parser stumbles at what follows. */
function betweenLines(
  code: string,
  text: string,
  lines: readonly Line[],
  at: number,
  offset: number,
): Wrong | undefined {
  const here = lines[at] as Line
  const isNext = code === 'MISSING_CHAR' && offset === here.start + here.indent
  if (!isNext && code !== 'MULTILINE_IMPLICIT_KEY') return undefined
  const next = isNext ? here : lines.slice(at + 1).find(isSaying)
  const before = lines.findLast((line) => isSaying(line) && line.start < (next?.start ?? 0))
  if (next === undefined || before === undefined || !/^\s*[^\s:#]+:\s/.test(next.text)) return undefined
  const above = withoutQuoted(text.slice(0, next.start))
  if (above.split('{').length <= above.split('}').length) return undefined
  const end = before.text.replace(/\s#.*$/, '').trimEnd().length
  return {
    message: 'Between { and } a comma is missing at the end of this line',
    hint: 'Write a comma behind each key and its value, the last one apart: { type: numbers, value: opportunity.arr }',
    offset: before.start + end - 1,
  }
}

function isSaying({ text }: Line): boolean {
  return text.trim() !== '' && !/^\s*#/.test(text)
}

/** Without comments and without what is in quotes. */
function withoutQuoted(text: string): string {
  return text.replace(/'[^'\n]*'|"[^"\n]*"|(?:^|\s)#.*$/gm, '')
}

const OF_INDENTATION = new Set([
  'BAD_INDENT',
  'MULTILINE_IMPLICIT_KEY',
  'BLOCK_AS_IMPLICIT_KEY',
  'UNEXPECTED_TOKEN',
  'IMPOSSIBLE',
  'MISSING_CHAR',
])

/** A line that begins elsewhere than its neighbours, or a list that is half a group: the parser stumbles a line late. */
function ofIndentation(code: string, all: readonly Line[], at: number): Wrong | undefined {
  if (!OF_INDENTATION.has(code)) return undefined
  const here = all[at] as Line
  const lines = all.filter(isSaying)
  const near = lines.findLastIndex(({ start }) => start <= here.start)
  const isItem = (line: Line | undefined) => /^\s*- /.test(line?.text ?? '')
  for (const i of [near, near - 1, near + 1]) {
    const [before, line, after] = [lines[i - 1], lines[i], lines[i + 1]]
    if (!line) continue
    const offset = line.start + line.indent
    if (!isItem(line) && isItem(after) && line.text.trim().startsWith('{') && i <= near)
      return {
        message: 'The - of the list is missing',
        hint: 'Write "- " before the value, as in the lines below',
        offset,
      }
    if (isItem(line) && !isItem(before) && after && !isItem(after) && after.indent === line.indent && i === near - 1)
      return { ...HALF_A_LIST, offset }
    if (
      before &&
      after &&
      isItem(before) &&
      !isItem(after) &&
      after.indent === before.indent &&
      line.indent > before.indent
    )
      return { ...HALF_A_LIST, offset: before.start + before.indent }
    if (
      before &&
      after &&
      before.indent === after.indent &&
      line.indent !== before.indent &&
      COMPLETE.test(before.text) &&
      COMPLETE.test(line.text)
    )
      return misplaced(line, before.indent)
  }
  for (const i of [near, near + 1]) {
    const [before, line] = [lines[i - 1], lines[i]]
    if (
      before &&
      line &&
      line.indent > before.indent &&
      COMPLETE.test(before.text) &&
      /^\s*[^\s#].*:(\s|$)/.test(line.text)
    )
      return misplaced(line, before.indent)
  }
  return undefined
}

const HALF_A_LIST = {
  message: 'A - begins a list, and the lines below it have none',
  hint: 'Where keys stand, remove the "- "',
}

function misplaced(line: Line, indent: number): Wrong {
  return {
    message: `The line begins after ${blanks(line.indent)}, those around it after ${blanks(indent)}`,
    hint: 'Keys of the same level must begin in the same column',
    offset: line.start + line.indent,
  }
}

function blanks(count: number): string {
  return count === 0 ? 'none' : count === 1 ? '1 blank' : `${count} blanks`
}

function linesOf(text: string): Line[] {
  const lines: Line[] = []
  let start = 0
  for (const line of text.split('\n')) {
    lines.push({ text: line.replace(/\r$/, ''), start, indent: line.length - line.trimStart().length })
    start += line.length + 1
  }
  return lines
}

import type { ExpressionProblem } from './expression-review.ts'
import { FUNCTIONS } from './functions.ts'
import { didYouMean } from './nearest.ts'
import type { Names } from './scope.ts'

/** The parts of an error of cel-js that are put into our words. */
interface CelProblem {
  readonly summary?: string
  readonly code?: string
  readonly message: string
  readonly range?: { readonly start: number } | undefined
}

/** Why an expression cannot be read at all: every operator that is none, or where reading stopped. */
export function syntaxProblems(error: unknown, text: string, names: Names): ExpressionProblem[] {
  const code = 'expression-syntax'
  const bare = text.replace(/'[^']*'|"[^"]*"/g, (quoted) => ' '.repeat(quoted.length))
  const slip = SYNTAX_SLIPS.map((one) => ({ ...one, match: one.sign.exec(bare) })).find(({ match }) => match)
  if (slip?.match)
    return [
      { level: 'error', code, message: slip.message(slip.match[0].trim()), hint: slip.hint, offset: slip.match.index },
    ]
  const wrong = [...bare.matchAll(/[=!]==|<>|(?<![=!<>&|])(?:=|&|\|)(?![=&|])|\b(?:and|or|not|AND|OR|NOT)\b/g)]
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
  const reserved = /^reserved identifier: (\w+)$/i.exec(said)?.[1]
  if (reserved !== undefined) {
    const known = [...Object.keys(FUNCTIONS), ...Object.keys(names.things), 'today']
    return [
      {
        level: 'error',
        code: 'unknown-name',
        message: `"${reserved}" is neither a function nor in scope`,
        hint: didYouMean(reserved, known, 'functions and names'),
        offset: range?.start ?? 0,
      },
    ]
  }
  const bracket = unmatchedBracket(bare)
  if (bracket) return [{ level: 'error', code, ...bracket }]
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

/** What people write who know it from elsewhere, told by the text outside quotes. */
const SYNTAX_SLIPS: readonly {
  readonly sign: RegExp
  readonly message: (written: string) => string
  readonly hint: string
}[] = [
  {
    sign: /[“”‘’„]/,
    message: (written) => `${written} is no quote that expressions know`,
    hint: "Write ' in its place, before and after the text",
  },
  {
    sign: /[\u00a0\u200b\u2060\ufeff]/,
    message: () => 'A blank here is none, but one that web pages and word processors put in its place',
    hint: 'Delete the blanks here and type them again',
  },
  {
    sign: /\{+\s*[A-Za-z_]\w*(?:\.\w+)+\s*\}+/,
    message: (written) => `${written} stands in braces, and expressions have none`,
    hint: "Write the field alone; texts are joined with +, as in orElse(account.name, '') + ': ' + orElse(opportunity.name, '')",
  },
  {
    sign: /[$€£]\s*\d[\d.,]*|\b\d{1,3}(?:[.,]\d{3})+(?:[.,]\d+)?\b|\b\d+,\d+\b(?!\s*[)\]])|\b\d+(?:\.\d+)?[kKM%]/,
    message: (written) => `"${written}" is no number`,
    hint: 'Write digits alone, with a point before decimals: 10000 or 0.25',
  },
  {
    sign: /\b\d+\s*days?\b/,
    message: (written) => `"${written}" cannot be read`,
    hint: 'Days are counted by plain numbers: today - 90',
  },
  {
    sign: /\bIS\s+(?:NOT\s+)?NULL\b/i,
    message: (written) => `"${written}" cannot be read`,
    hint: 'Write has(opportunity.arr) where it has a value, !has(opportunity.arr) where it has none',
  },
  {
    sign: /\bLIKE\b|\s(?:contains|startsWith|endsWith)(?=\s)/i,
    message: (written) => `"${written}" does not stand between two values`,
    hint: "Write orElse(opportunity.name, '').contains('pilot'), or startsWith or endsWith in its place",
  },
  {
    sign: /\bin\s*\(/,
    message: () => 'A list does not stand in ( )',
    hint: "Write [ and ]: account.segment in ['smb', 'enterprise']",
  },
]

/** The bracket that was never closed, or that closes nothing. */
function unmatchedBracket(bare: string) {
  const open: { readonly char: string; readonly offset: number }[] = []
  const pairs: Readonly<Record<string, string>> = { ')': '(', ']': '[' }
  for (const [offset, char] of [...bare].entries()) {
    if (char === '(' || char === '[') open.push({ char, offset })
    const opening = pairs[char]
    if (opening === undefined) continue
    if (open.at(-1)?.char !== opening)
      return {
        message: `A ${char} closes nothing`,
        hint: `Remove it, or write the ${opening} that it should close`,
        offset,
      }
    open.pop()
  }
  const last = open.at(-1)
  if (!last) return undefined
  const closing = last.char === '(' ? ')' : ']'
  return { message: `A ${last.char} is opened and never closed`, hint: `Close it with ${closing}`, offset: last.offset }
}

const OPERATORS_MEANT: Readonly<Record<string, string>> = {
  '=': '==',
  '===': '==',
  '!==': '!=',
  '<>': '!=',
  '&': '&&',
  '|': '||',
  and: '&&',
  or: '||',
  not: '!',
}

/** Why the types of an expression do not go together. */
export function typeProblem(error: unknown, text: string): ExpressionProblem {
  const { summary = '', message, range } = error as CelProblem
  const offset = range?.start ?? 0
  const binary = /^no such overload: (.+) (==|!=|<=|>=|<|>|\+|-|\*|\/|%|in) (.+)$/.exec(summary)
  if (binary) {
    const [, left = '', operator = '', right = ''] = binary
    const what = `${typeInWords(left)} ${operator} ${typeInWords(right)}`
    const dated = left === 'Day' || right === 'Day'
    const dayHint = dated && [left, right].some((type) => type === 'string' || type === 'double' || type === 'int')
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
      message:
        given.length === 0
          ? `${name} needs a value in its brackets`
          : `${name} does not take ${given.map(typeInWords).join(' and ')}`,
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

/** A type of cel-js in words: `a day`, `a list of texts`. */
export function typeInWords(type: string): string {
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

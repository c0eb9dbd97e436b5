import { FUNCTIONS } from './functions.ts'
import { editsApart } from './nearest.ts'
import type { Names } from './scope.ts'

/** Words of a text that surely mean one field or function, though what joins their parts is wrong: `book-team`, `or-else(`. */
export interface Slip {
  readonly offset: number
  readonly written: string
  readonly meant: string
  readonly what: 'field' | 'function'
}

/** Names with anything between them that is no blank on both sides; a call is told by its bracket. */
const WORDS = /[A-Za-z_]\w*(?:(?:[.,_-]{1,2}|\s)[A-Za-z_]\w*)*(?=(\s*\()?)/g
const JOINING = new Set(['in', 'true', 'false', 'null', 'and', 'AND', 'not', 'NOT'])

/** The slips of an expression. Names whose parts are joined by single points are none: what they lack is told by part. */
export function slipsIn(text: string, names: Names): Slip[] {
  const bare = text.replace(/'[^']*'|"[^"]*"/g, (quoted) => ' '.repeat(quoted.length))
  return [...bare.matchAll(WORDS)].flatMap((match) => {
    const [written, bracket] = match
    const isCall = bracket !== undefined
    if (written.split(/\s+/).some((word) => JOINING.has(word))) return []
    const [root = '', ...rest] = written.split('.')
    if (/^\w+$/.test(root) && rest.length > 0 && rest.every((part) => /^\w+$/.test(part))) return []
    // A single word is a misspelt name sooner than a field without its point.
    if (/^\w+$/.test(written) && [...Object.keys(names.things), 'today'].some((name) => editsApart(written, name) <= 2))
      return []
    const meant = isCall ? nearest(written, Object.keys(FUNCTIONS)) : fieldMeant(written, names)
    if (meant === undefined || meant === written || (isCall && rest.length === 0 && /^\w+$/.test(written))) return []
    return [{ offset: match.index, written, meant, what: isCall ? 'function' : 'field' }]
  })
}

/** The field that words surely mean, whatever joins their parts. */
export function fieldMeant(written: string, names: Names): string | undefined {
  return nearest(
    written,
    Object.entries(names.things).flatMap(([thing, { fields, extra }]) => [
      ...Object.keys(fields).map((field) => `${thing}.${field}`),
      ...Object.keys(extra ?? {}).map((field) => `${thing}.extra.${field}`),
    ]),
  )
}

function nearest(written: string, known: readonly string[]): string | undefined {
  const wanted = lettersOf(written)
  let best: { readonly name: string; readonly far: number } | undefined
  for (const name of known) {
    const letters = lettersOf(name)
    if (Math.abs(letters.length - wanted.length) > 2) continue
    const far = editsApart(wanted, letters)
    if (far <= Math.min(2, letters.length / 6) && far < (best?.far ?? 3)) best = { name, far }
  }
  return best?.name
}

function lettersOf(name: string): string {
  return name.replace(/[^A-Za-z0-9]/g, '').toLowerCase()
}

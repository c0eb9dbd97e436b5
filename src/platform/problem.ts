/** One thing wrong with a file a person wrote. Collected, never thrown one at a time. */
export interface Problem {
  readonly file: string
  readonly line: number
  readonly column: number
  readonly level: 'error' | 'warning'
  readonly code: string
  readonly message: string
  readonly hint?: string
}

/** `mappings/funnel.yaml:12:5 error unknown-field: … (hint)`, the form editors can jump to. */
export function formatProblem(p: Problem): string {
  const hint = p.hint === undefined ? '' : `\n    ${p.hint}`
  return `${p.file}:${p.line}:${p.column} ${p.level} ${p.code}: ${p.message}${hint}`
}

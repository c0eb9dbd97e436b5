import type { ConfigFiles, ConfigProblem, Environment } from './config.ts'

/** Addresses of databases that are read, by the variable that holds each. */
export type DatabaseUrls = Readonly<Record<string, string>>

const NAME = /^([A-Z][A-Z0-9_]*_DATABASE_URL)(_FILE)?$/

/** Every variable `…_DATABASE_URL`, or its `…_FILE` twin, that holds the address of a PostgreSQL database. Its password is a secret. */
export function readDatabaseUrls(
  env: Environment,
  files: ConfigFiles,
): { readonly urls: DatabaseUrls; readonly problems: readonly ConfigProblem[]; readonly secrets: readonly string[] } {
  const urls: Record<string, string> = {}
  const problems: ConfigProblem[] = []
  const secrets: string[] = []
  const problem = (variable: string, code: string, message: string, hint: string) =>
    problems.push({ variable, level: 'error', code, message, hint })
  for (const [name, value = ''] of Object.entries(env)) {
    const match = NAME.exec(name)
    const variable = match?.[1]
    if (variable === undefined || value.trim() === '') continue
    let text = value.trim()
    if (match?.[2] !== undefined) {
      try {
        text = files.readFile(text).trim()
      } catch {
        const message = `${name} names "${value}", which cannot be read`
        problem(name, 'config-file-unreadable', message, 'Correct the path, or give this process the right to read it')
        continue
      }
    }
    secrets.push(...passwordsIn(text))
    if (/^postgres(ql)?:\/\/[^/]+/.test(text)) urls[variable] = text
    else {
      const hint = 'Write it like postgres://user:password@host:5432/database'
      problem(variable, 'config-database', `${variable} does not hold the address of a PostgreSQL database`, hint)
    }
  }
  return { urls, problems, secrets }
}

/** As it is written, and as it is meant. */
function passwordsIn(text: string): string[] {
  const password = /:\/\/[^/@]*?:([^/]*)@/.exec(text)?.[1] ?? ''
  if (password === '') return []
  try {
    return [...new Set([password, decodeURIComponent(password)])]
  } catch {
    return [password]
  }
}

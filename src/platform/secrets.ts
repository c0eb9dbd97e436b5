import { readFileSync } from 'node:fs'
import { Fault } from './errors.ts'

/**
 * The secret in the variable `name`, or in the file that `name_FILE` names, without the line break at its end.
 * `undefined` where neither is set: an empty variable counts as not set.
 */
export function readSecret(
  env: Readonly<Record<string, string | undefined>>,
  name: string,
  readFile: (path: string) => string = (path) => readFileSync(path, 'utf8'),
): string | undefined {
  const value = env[name]
  const path = env[`${name}_FILE`]
  const hasValue = value !== undefined && value !== ''
  if (path === undefined || path === '') return hasValue ? value : undefined
  if (hasValue) {
    throw new Fault('secret-set-twice', `${name} and ${name}_FILE are both set`, {
      blame: 'operator',
      hint: `Unset one of them`,
    })
  }
  return readSecretFile(name, path, readFile)
}

function readSecretFile(name: string, path: string, readFile: (path: string) => string): string {
  let text: string
  try {
    text = readFile(path)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable'
    throw new Fault('secret-unreadable', `${name}_FILE names "${path}", which cannot be read (${code})`, {
      blame: 'operator',
      hint: 'Check the path and that the user who runs this program may read the file',
      cause: error,
    })
  }
  const secret = text.replace(/^\uFEFF/, '').trimEnd()
  if (secret !== '') return secret
  throw new Fault('secret-empty', `${name}_FILE names "${path}", which is empty`, {
    blame: 'operator',
    hint: `Put the secret into the file, or unset ${name}_FILE`,
  })
}

import type { Shaped } from './shape.ts'
import type { Path, Problems } from './yaml-file.ts'

/** Values of the variables that files may name as `${NAME}`. */
export type Environment = Readonly<Record<string, string | undefined>>

/** Puts the environment's values in place of `${NAME}`; a variable without value is a problem. */
export function fillVariables(
  text: string,
  file: Shaped<unknown>,
  path: Path,
  environment: Environment,
  problems: Problems,
): string {
  return text.replace(/\$\{([^}]*)\}/g, (whole, name: string, offset: number) => {
    const value = environment[name]
    if (value !== undefined && value !== '') return value
    problems.error(
      file.file,
      file.inText(path, offset),
      'variable-not-set',
      `The environment has no value for "${name}"`,
      `Set ${name}, in the environment or in .env`,
    )
    return whole
  })
}

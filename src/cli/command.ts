import { Fault } from '../platform/errors.ts'
import { nearestName } from '../platform/nearest.ts'
import type { CommandResult, Output } from './output.ts'
import type { House } from './wire.ts'

/** One command: what `--help` says of it, and what it does. */
export interface CommandSpec {
  readonly name: string
  /** What the list of commands says of it, in the README and in `--help` alike. */
  readonly summary: string
  /** What its own `--help` says of it. */
  readonly description: string
  /** As commander writes them: `[board]`, `<board> <key>`. */
  readonly args?: string
  readonly options?: readonly (readonly [flags: string, description: string])[]
  readonly examples?: readonly string[]
  run(call: CommandCall): Promise<CommandResult | undefined>
}

export interface CommandCall {
  readonly house: House
  readonly output: Output
  readonly args: readonly string[]
  readonly options: Readonly<Record<string, unknown>>
}

export function textOption(options: CommandCall['options'], name: string): string | undefined {
  const value = options[name]
  return typeof value === 'string' ? value : undefined
}

/** A whole number of at least `least`; `undefined` when the option was not given. Anything else is wrong usage. */
export function countOption(options: CommandCall['options'], name: string, least = 0): number | undefined {
  const value = options[name]
  if (value === undefined) return undefined
  const number = Number(value)
  if (value !== '' && Number.isSafeInteger(number) && number >= least) return number
  throw new Fault('usage', `${flagOf(name)} is "${String(value)}"`, {
    blame: 'operator',
    exit: 2,
    hint: `Give ${flagOf(name)} a whole number${least === 0 ? '' : ` of at least ${least}`}`,
  })
}

/** `allowArchive` as it is typed: `--allow-archive`. */
function flagOf(name: string): string {
  return `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
}

/** A name that is none of those there are: says so, with the nearest and all of them. */
export function unknownName(name: string, what: string, known: readonly string[]): Fault {
  const near = nearestName(name, known)
  const there = known.length === 0 ? 'There are none yet' : `There are: ${known.join(', ')}`
  return new Fault('name-unknown', `"${name}" is no ${what}`, {
    blame: 'operator',
    exit: 2,
    hint: `${near === null ? '' : `Did you mean "${near}"? `}${there}`,
  })
}

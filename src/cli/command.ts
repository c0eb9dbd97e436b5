import type { CommandResult, Output } from './output.ts'
import type { House } from './wire.ts'

/** One command: what `--help` says of it, and what it does. */
export interface CommandSpec {
  readonly name: string
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

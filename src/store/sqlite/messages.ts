import type { Calls, EngineOptions } from './engine.ts'
import type { FaultWire } from './faults.ts'

export type WorkerOptions = EngineOptions

/** Where a question stands in a line: when one is not carried out, none is that was asked before that was heard. */
export interface InLine {
  readonly line: string
  /** How many of the line were heard not to have been carried out. */
  readonly heard: number
}

/** From the store to its worker. Answered one by one, in order. */
export type Question = { readonly id: number; readonly inLine: InLine | undefined } & (
  | { readonly method: keyof Calls; readonly args: readonly unknown[] }
  | { readonly method: 'migrate' | 'close'; readonly args: readonly [] }
)

/** From the worker; the first, with id 0, says that the file is open or why not. */
export type Answer =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly fault: FaultWire }

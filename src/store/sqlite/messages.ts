import type { Calls, EngineOptions } from './engine.ts'
import type { FaultWire } from './faults.ts'

export type WorkerOptions = EngineOptions

/** From the store to its worker. Answered one by one, in order. */
export type Question =
  | { readonly id: number; readonly method: keyof Calls; readonly args: readonly unknown[] }
  | { readonly id: number; readonly method: 'migrate' | 'close'; readonly args: readonly [] }

/** From the worker; the first, with id 0, says that the file is open or why not. */
export type Answer =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly fault: FaultWire }

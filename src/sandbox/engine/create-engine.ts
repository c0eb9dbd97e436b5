import { DatabaseSync } from 'node:sqlite'
import type { Engine, Limits } from './engine.ts'
import { createFaultTable } from './faults.ts'
import { createLimits } from './limits.ts'
import { createSideEffects } from './side-effects.ts'
import { createVirtualClock } from './virtual-clock.ts'

export interface EngineOptions {
  /** A file, or `:memory:` (default). */
  readonly db?: string
  /** How many virtual seconds pass in a real one; default 1. */
  readonly speed?: number
  readonly reading?: Limits['reading']
  /** Virtual time at the start; default: now. */
  readonly now?: number
  readonly seed?: number
}

/** What the vendors of one sandbox process share. Whoever creates it closes `engine.db` when done. */
export function createEngine(options: EngineOptions = {}): Engine {
  const db = new DatabaseSync(options.db ?? ':memory:')
  // The sandbox is thrown away: speed counts for more than surviving a power cut.
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; PRAGMA temp_store = MEMORY')
  return {
    db,
    clock: createVirtualClock(options.now ?? Date.now(), options.speed ?? 1),
    faults: createFaultTable(),
    limits: createLimits(options.reading ?? 'optimistic'),
    sideEffects: createSideEffects(),
    seed: options.seed ?? 1,
  }
}

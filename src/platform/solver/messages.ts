import type { LinearProgram } from '../solver.ts'

/** To the thread: one program at a time. */
export interface Asked {
  readonly program: LinearProgram
  readonly limitMs: number
  readonly withPrices: boolean
}

export interface Solved {
  /** `limit`: time was over before it was sure. */
  readonly status: 'optimal' | 'limit' | 'infeasible'
  /** The best solution found; `null` where there is none. */
  readonly values: Float64Array | null
  /** No solution is better than this, as far as is known; infinite where nothing is. */
  readonly bound: number
  /** A price for each row, from the program without whole numbers; `null` where it was not solved. */
  readonly prices: Float64Array | null
}

/** From the thread: that it is ready, then what it finds while it computes, then the answer. */
export type Told =
  | { readonly is: 'ready' }
  | { readonly is: 'prices'; readonly prices: Float64Array }
  | { readonly is: 'better'; readonly values: Float64Array }
  | { readonly is: 'bound'; readonly bound: number }
  | { readonly is: 'solved'; readonly solved: Solved }
  | { readonly is: 'failed'; readonly message: string }

/** Guesses before any import was seen; no page says how long one takes. */
const START_MS = 10_000
const MS_PER_ROW = 10
/** Looks are at most so many times the documented pace apart: without anything to go by, and with progress. */
const SLOWEST = 6
const SLOWEST_FORESEEN = 12

/**
 * When to look at an import again: never more often than the documents say, and no more often than its progress makes it
 * worth a call.
 */
export class ImportPace {
  readonly #pollMs: number
  /** How much quicker than documented the clock runs, by the pace asked for. */
  readonly #scale: number
  #msPerRow: number
  #hasLearned = false

  constructor(pollMs: number) {
    this.#pollMs = pollMs
    this.#scale = pollMs / 10_000
    this.#msPerRow = MS_PER_ROW * this.#scale
  }

  /** How long to wait after a look at `progress` per cent, `waitedMs` after the file was handed over. `looks` counts from 1. */
  next(waitedMs: number, progress: number, looks: number): number {
    // Of a job that has not begun, or tells no progress, nothing can be foreseen.
    if (progress <= 0) return Math.min(SLOWEST * this.#pollMs, this.#pollMs * 1.5 ** Math.max(0, looks - 2))
    const left = (waitedMs * (100 - progress)) / progress
    return Math.min(SLOWEST_FORESEEN * this.#pollMs, Math.max(this.#pollMs, left))
  }

  /** An import of so many rows took so long. */
  learn(rows: number, ms: number): void {
    const seen = Math.max(0, ms - START_MS * this.#scale) / Math.max(1, rows)
    if (rows < 100) return
    this.#msPerRow = 0.3 * this.#msPerRow + 0.7 * seen
    this.#hasLearned = true
  }

  /** ms of monday's time that a row was seen to take; `null` before any was. */
  get learned(): number | null {
    return this.#hasLearned ? this.#msPerRow / this.#scale : null
  }

  /** Starts with what an earlier process saw, when nothing was seen yet. */
  recall(msPerRow: number): void {
    if (!this.#hasLearned) this.#msPerRow = msPerRow * this.#scale
    this.#hasLearned = true
  }

  /**
   * How long to wait for the first look at an import of so many rows: until a multiple of the documented pace at which it
   * should be over. A look before that brings nothing but progress.
   */
  first(rows: number): number {
    const ms = START_MS * this.#scale + rows * this.#msPerRow
    return Math.min(SLOWEST, Math.ceil(ms / this.#pollMs)) * this.#pollMs
  }

  /** How many looks an import of so many rows takes, and how long. */
  estimate(rows: number): { readonly polls: number; readonly ms: number } {
    const start = START_MS * this.#scale
    const ms = start + rows * this.#msPerRow
    let polls = 0
    for (let at = this.first(rows); ; polls++) {
      if (at >= ms) return { polls: polls + 1, ms }
      const progress = Math.max(0, (100 * (at - start)) / (ms - start))
      at += this.next(at, progress, polls + 1)
    }
  }
}

/** The smallest window, ms: stamps tell seconds. */
const SMALLEST_MS = 1000
/** Windows in a row that go well before a larger one is tried. */
const IN_A_ROW = 2

/**
 * Windows of time in which changes are read, one after the other, where all at once is too much for Salesforce: halved
 * when one is too much, doubled again after two that were not. Times are ms of the server's clock. Pure.
 */
export class Windows {
  #ms: number | null = null
  #inARow = 0
  #until: number | null = null

  /** Where the window under way ends, not included; `null`: it takes all that is left. */
  get until(): number | null {
    return this.#until
  }

  /** A window is too much from `from` on. False: it cannot be smaller. */
  halve(from: number, now: number): boolean {
    const half = Math.floor(((this.#until ?? now) - from) / 2)
    if (half < SMALLEST_MS) return false
    // Whole seconds, so that the last halving is a window of one.
    this.#ms = half - (half % SMALLEST_MS)
    this.#inARow = 0
    this.#until = from + this.#ms
    return true
  }

  /** The window was read to its end; the next one begins there. */
  next(now: number): void {
    if (this.#ms === null || this.#until === null) return
    this.#inARow += 1
    if (this.#inARow === IN_A_ROW) {
      this.#ms *= 2
      this.#inARow = 0
    }
    const until: number = this.#until + this.#ms
    this.#until = until < now ? until : null
  }
}

import type { Engine } from './engine.ts'

/** Counts requests of a window that slides, and says how long one that is too many has to wait (virtual ms). */
export class RequestCounter {
  readonly #engine: Engine
  readonly #limit: string
  readonly #windowMs: number
  readonly #taken: number[] = []

  constructor(engine: Engine, limit: string, windowMs: number) {
    this.#engine = engine
    this.#limit = limit
    this.#windowMs = windowMs
  }

  /** 0: it is taken, and counts. */
  admit(): number {
    const now = this.#engine.clock.now()
    while ((this.#taken[0] ?? now) <= now - this.#windowMs) this.#taken.shift()
    if (this.#taken.length < this.#engine.limits.get(this.#limit)) {
      this.#taken.push(now)
      return 0
    }
    return (this.#taken[0] as number) + this.#windowMs - now
  }
}

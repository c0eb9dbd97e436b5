import type { Clock } from '../../src/platform/clock.ts'

/** A clock that moves only when somebody sleeps; it remembers for how long. */
export class StillClock implements Clock {
  readonly slept: number[] = []
  #now: number

  constructor(now = Date.parse('2026-11-22T10:00:00Z')) {
    this.#now = now
  }

  now(): number {
    return this.#now
  }

  async sleep(ms: number, options?: { readonly signal?: AbortSignal }): Promise<void> {
    options?.signal?.throwIfAborted()
    this.slept.push(ms)
    this.#now += ms
  }
}

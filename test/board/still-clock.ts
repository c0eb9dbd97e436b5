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

/** A clock that stands still until it is told to move on; whoever sleeps until then wakes. */
export class SteppedClock implements Clock {
  #now = Date.parse('2026-11-22T10:00:00Z')
  #sleepers: { readonly until: number; readonly wake: () => void }[] = []

  now(): number {
    return this.#now
  }

  sleep(ms: number): Promise<void> {
    return new Promise((wake) => this.#sleepers.push({ until: this.#now + ms, wake }))
  }

  async advance(ms: number): Promise<void> {
    this.#now += ms
    await settled()
    for (;;) {
      const due = this.#sleepers.filter((one) => one.until <= this.#now)
      if (due.length === 0) return
      this.#sleepers = this.#sleepers.filter((one) => one.until > this.#now)
      for (const one of due) one.wake()
      await settled()
    }
  }

  async somebodySleeps(): Promise<void> {
    while (this.#sleepers.length === 0) await settled()
  }
}

/** Lets everything run that waits for nothing but its turn. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

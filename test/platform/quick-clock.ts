import type { Clock } from '../../src/platform/clock.ts'

/** A clock that stands still, but for sleeps, which pass at once and are written down. */
export class QuickClock implements Clock {
  at: number
  readonly slept: number[] = []

  constructor(at = Date.parse('2026-11-22T10:00:30Z')) {
    this.at = at
  }

  now(): number {
    return this.at
  }

  async sleep(ms: number, options?: { readonly signal?: AbortSignal }): Promise<void> {
    options?.signal?.throwIfAborted()
    this.slept.push(ms)
    this.at += ms
  }
}

import type { Engine } from '../engine/engine.ts'

/** Requests that are being answered. Only those that take long are counted against the limit of calls at once. */
export class RunningCalls {
  readonly #engine: Engine
  readonly #startedAt = new Set<{ readonly at: number }>()

  constructor(engine: Engine) {
    this.#engine = engine
  }

  /** Notes that a request came in; call what it returns when the request is answered. */
  begin(): () => void {
    const call = { at: this.#engine.clock.now() }
    this.#startedAt.add(call)
    return () => this.#startedAt.delete(call)
  }

  /** True when as many calls as the org allows have been running for long. */
  isFull(): boolean {
    const { clock, limits } = this.#engine
    const longSince = clock.now() - limits.get('salesforce.longCallMs')
    const long = [...this.#startedAt].filter((call) => call.at <= longSince)
    return long.length >= limits.get('salesforce.longCalls')
  }
}

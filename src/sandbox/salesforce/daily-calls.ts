import type { Engine, SandboxAnswer } from '../engine/engine.ts'

const MINUTE_MS = 60_000
const WINDOW_MINUTES = 24 * 60

/** Counts API calls over the last 24 virtual hours, to the minute. */
export class DailyCalls {
  readonly #engine: Engine
  readonly #byMinute = new Map<number, number>()

  constructor(engine: Engine) {
    this.#engine = engine
  }

  /** False when the day's calls are used up; a call that is refused does not count. */
  take(): boolean {
    if (this.used() >= this.allowed()) return false
    const minute = Math.floor(this.#engine.clock.now() / MINUTE_MS)
    this.#byMinute.set(minute, (this.#byMinute.get(minute) ?? 0) + 1)
    return true
  }

  /** An answer with the header that tells what is used; one that is no answer of the org to its user goes without. */
  told(answer: SandboxAnswer): SandboxAnswer {
    const isPage = answer?.headers['Content-Type']?.startsWith('text/html') === true
    if (answer === null || isPage || answer.status === 401) return answer
    const usage = { 'Sforce-Limit-Info': `api-usage=${this.used()}/${this.allowed()}` }
    return { ...answer, headers: { ...answer.headers, ...usage } }
  }

  used(): number {
    const oldest = Math.floor(this.#engine.clock.now() / MINUTE_MS) - WINDOW_MINUTES
    let total = 0
    for (const [minute, calls] of this.#byMinute) {
      if (minute <= oldest) this.#byMinute.delete(minute)
      else total += calls
    }
    return total
  }

  allowed(): number {
    return this.#engine.limits.get('salesforce.callsPerDay')
  }
}

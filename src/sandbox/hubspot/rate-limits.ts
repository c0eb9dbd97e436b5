import type { Engine, SandboxAnswer } from '../engine/engine.ts'
import { BURST_LIMIT, DAILY_LIMIT, type HubSpotError, SEARCH_LIMIT } from './errors.ts'

const DAY_MS = 86_400_000

/** Counts what a private app asks for: in ten seconds, in a day of the account, and searches in a second, each apart. */
export class RateLimits {
  readonly #engine: Engine
  readonly #burst: number[] = []
  readonly #searches: number[] = []
  #day = 0
  #ofDay = 0

  constructor(engine: Engine) {
    this.#engine = engine
  }

  /** Counts one request, or says which limit it met; one that is refused does not count. */
  take(isSearch: boolean): HubSpotError | null {
    const { limits, clock } = this.#engine
    const now = clock.now()
    this.#forget(now)
    if (this.#ofDay >= limits.get('hubspot.callsPerDay')) return DAILY_LIMIT
    if (isSearch) {
      if (this.#searches.length >= limits.get('hubspot.searchesPerSecond')) return SEARCH_LIMIT
      this.#searches.push(now)
    } else {
      if (this.#burst.length >= limits.get('hubspot.callsPerTenSeconds')) return BURST_LIMIT
      this.#burst.push(now)
    }
    this.#ofDay += 1
    return null
  }

  /** An answer with the headers that tell where the limits stand; searches go without. */
  told(answer: SandboxAnswer, isSearch: boolean): SandboxAnswer {
    if (answer === null || isSearch) return answer
    const { limits, clock } = this.#engine
    this.#forget(clock.now())
    const burst = limits.get('hubspot.callsPerTenSeconds')
    const daily = limits.get('hubspot.callsPerDay')
    return {
      ...answer,
      headers: {
        'X-HubSpot-RateLimit-Interval-Milliseconds': '10000',
        'X-HubSpot-RateLimit-Max': String(burst),
        'X-HubSpot-RateLimit-Remaining': String(Math.max(0, burst - this.#burst.length)),
        'X-HubSpot-RateLimit-Daily': String(daily),
        'X-HubSpot-RateLimit-Daily-Remaining': String(Math.max(0, daily - this.#ofDay)),
        ...answer.headers,
      },
    }
  }

  #forget(now: number): void {
    while (this.#burst[0] !== undefined && this.#burst[0] <= now - 10_000) this.#burst.shift()
    while (this.#searches[0] !== undefined && this.#searches[0] <= now - 1_000) this.#searches.shift()
    const day = Math.floor(now / DAY_MS)
    if (day !== this.#day) this.#ofDay = 0
    this.#day = day
  }
}

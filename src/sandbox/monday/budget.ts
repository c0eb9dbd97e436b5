import type { Limits, VirtualClock } from '../engine/engine.ts'
import type { MondayState } from './state.ts'

/** Why a request may not run now, and after how many virtual ms it may. */
export interface Refusal {
  readonly code: string
  readonly retryMs: number
}

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE

/** A window that opens with the first request in it and empties when its time is over. */
class Window {
  readonly #ms: () => number
  #startedAt = Number.NEGATIVE_INFINITY
  #used = 0

  constructor(ms: () => number) {
    this.#ms = ms
  }

  used(now: number): number {
    return now - this.#startedAt >= this.#ms() ? 0 : this.#used
  }

  add(amount: number, now: number): void {
    if (now - this.#startedAt >= this.#ms()) {
      this.#startedAt = now
      this.#used = 0
    }
    this.#used += amount
  }

  /** Virtual ms until it is empty again; 0 when it is. */
  resetsIn(now: number): number {
    return Math.max(0, this.#startedAt + this.#ms() - now)
  }
}

/** The account's budgets: calls a day, requests a minute, complexity a minute, requests at once, requests of one IP. */
export class Budget {
  readonly #state: MondayState
  readonly #clock: VirtualClock
  readonly #limits: Limits
  readonly #minute = new Window(() => MINUTE)
  readonly #complexity = new Window(() => MINUTE)
  readonly #boards = new Window(() => MINUTE)
  readonly #ip: Window
  #inFlight = 0

  constructor(state: MondayState, clock: VirtualClock, limits: Limits) {
    this.#state = state
    this.#clock = clock
    this.#limits = limits
    this.#ip = new Window(() => limits.get('monday.ipWindowMs'))
  }

  enter(): void {
    this.#inFlight += 1
  }

  leave(): void {
    this.#inFlight -= 1
  }

  /** Counts a request of the one IP there is, before anybody asks who sends it. */
  admitIp(): Refusal | null {
    const now = this.#clock.now()
    if (this.#ip.used(now) >= this.#limits.get('monday.ipRequests')) {
      return { code: 'IP_RATE_LIMIT_EXCEEDED', retryMs: this.#ip.resetsIn(now) }
    }
    this.#ip.add(1, now)
    return null
  }

  /** Counts a request against the minute, when nothing stands against it. */
  admit(): Refusal | null {
    const now = this.#clock.now()
    if (this.#inFlight > this.#limits.get('monday.concurrency')) {
      return { code: 'MAX_CONCURRENCY_EXCEEDED', retryMs: 15_000 }
    }
    if (this.#minute.used(now) >= this.#limits.get('monday.requestsPerMinute')) {
      return { code: 'MINUTE_RATE_LIMIT_EXCEEDED', retryMs: this.#minute.resetsIn(now) }
    }
    if (this.usedToday() >= this.#limits.get('monday.callsPerDay')) {
      return { code: 'DAILY_LIMIT_EXCEEDED', retryMs: DAY - (now % DAY) }
    }
    this.#minute.add(1, now)
    return null
  }

  complexityLeft(): number {
    return Math.max(0, this.#limits.get('monday.complexityPerMinute') - this.#complexity.used(this.#clock.now()))
  }

  /** Virtual ms until the whole complexity budget is back. */
  complexityResetsIn(): number {
    return this.#complexity.resetsIn(this.#clock.now())
  }

  spend(points: number): Refusal | null {
    if (points > this.complexityLeft()) {
      return { code: 'COMPLEXITY_BUDGET_EXHAUSTED', retryMs: this.complexityResetsIn() }
    }
    this.#complexity.add(points, this.#clock.now())
    return null
  }

  /** True when one more board may be made in this minute, which is then counted. */
  admitBoard(): boolean {
    const now = this.#clock.now()
    if (this.#boards.used(now) >= this.#limits.get('monday.boardsPerMinute')) return false
    this.#boards.add(1, now)
    return true
  }

  /** Calls of the UTC day so far; a rate-limited request is a tenth of one. */
  usedToday(): number {
    const row = this.#state.get<{ tenths: number | null }>(
      'SELECT sum(tenths) AS tenths FROM monday_calls WHERE day = ?',
      dayOf(this.#clock.now()),
    )
    return (row?.tenths ?? 0) / 10
  }

  countCall(userId: number, tenths: number): void {
    this.#state.run(
      'INSERT INTO monday_calls VALUES (?, ?, ?) ON CONFLICT (day, user_id) DO UPDATE SET tenths = tenths + excluded.tenths',
      dayOf(this.#clock.now()),
      userId,
      tenths,
    )
  }

  /** Whole real seconds, rounded up, that a client must let pass so that `virtualMs` do. */
  seconds(virtualMs: number): number {
    return Math.max(1, Math.ceil(this.#clock.real(virtualMs) / 1_000))
  }

  /** `RateLimit-Policy` and `RateLimit` as every answer carries them; seconds are real ones. */
  headers(): Record<string, string> {
    const now = this.#clock.now()
    const perMinute = this.#limits.get('monday.requestsPerMinute')
    const atOnce = this.#limits.get('monday.concurrency')
    const window = this.seconds(MINUTE)
    const requestsLeft = Math.max(0, perMinute - this.#minute.used(now))
    const resetsIn = this.complexityResetsIn()
    const minute = `"minuteRate";r=${requestsLeft}${requestsLeft === 0 ? `;t=${this.seconds(this.#minute.resetsIn(now))}` : ''}`
    const complexity = `"complexityMinute";r=${this.complexityLeft()}${resetsIn === 0 ? '' : `;t=${this.seconds(resetsIn)}`}`
    return {
      'RateLimit-Policy': [
        `"minuteRate";q=${perMinute};w=${window}`,
        `"concurrency";q=${atOnce};qu="concurrent-requests"`,
        `"complexityMinute";q=${this.#limits.get('monday.complexityPerMinute')};w=${window};qu="content-bytes"`,
      ].join(', '),
      RateLimit: [minute, `"concurrency";r=${Math.max(0, atOnce - this.#inFlight)}`, complexity].join(', '),
    }
  }
}

function dayOf(now: number): string {
  return new Date(now).toISOString().slice(0, 10)
}

import type { Clock } from '../../platform/clock.ts'
import { Fault } from '../../platform/errors.ts'
import type { SourceQuota } from '../source.ts'

/** Of what HubSpot allows in ten seconds: its clock and ours are not quite one. */
const BURST_SHARE = 0.95
/** Before HubSpot has told: what the smallest accounts have. */
const BURST_AT_FIRST = 100
/** Of five a second for the whole account: others search too. */
const SEARCHES_PER_SECOND = 4
/** After a burst that was too much, a fifth less is asked for, for a while. */
const SLOWER = 0.8
const SLOWER_MS = 5 * 60_000
/** A used-up share is believed for so long; then one request may ask anew: the account's day may be another. */
const QUOTA_BELIEVED_MS = 15 * 60_000

/** Which budget a request is taken from, beside that of the day. */
export type Spending = 'search' | 'other'

/**
 * What keeps requests with one token from being made: the burst of an app, the searches of its account, the day, each
 * counted apart; and an account that said wait. Shared by all who use the token.
 */
export class Budgets {
  readonly #clock: Clock
  /** When the requests of the last window were made. */
  readonly #burst: number[] = []
  readonly #searches: number[] = []
  #burstMost = BURST_AT_FIRST
  #burstMs = 10_000
  #slowUntil = 0
  readonly #notBefore = { all: 0, searches: 0 }
  /** How far the server's clock is ahead of ours, ms. */
  #ahead = 0
  #closed: { readonly fault: Fault; readonly until: number } | null = null
  #day: { readonly used: number; readonly limit: number; readonly at: number } | null = null

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Waits until a request may be made, and counts it; throws where waiting is not for us. */
  async take(spending: Spending, share: number, signal: AbortSignal | undefined): Promise<void> {
    for (;;) {
      signal?.throwIfAborted()
      this.#refuseIfClosed()
      this.#refuseIfShareUsed(share)
      const now = this.#clock.now()
      const wait = Math.max(this.#waitFor(spending, now), 0)
      if (wait === 0) {
        ;(spending === 'search' ? this.#searches : this.#burst).push(now)
        return
      }
      await this.#clock.sleep(wait, signal === undefined ? {} : { signal })
    }
  }

  hold(whom: 'all' | 'searches', ms: number): void {
    this.#notBefore[whom] = Math.max(this.#notBefore[whom], this.#clock.now() + ms)
  }

  slowDown(): void {
    this.#slowUntil = this.#clock.now() + SLOWER_MS
  }

  /** For `ms`, or as long as it is closed already. */
  close(fault: Fault, ms: number): void {
    const until = this.#clock.now() + ms
    if (this.#closed === null || this.#closed.until < until) this.#closed = { fault, until }
  }

  /** Reads the server's clock, and where burst and day stand: answers to searches tell nothing of those. */
  learn(headers: Readonly<Record<string, string>>): void {
    const now = this.#clock.now()
    const served = Date.parse(headers['date'] ?? '')
    if (!Number.isNaN(served)) this.#ahead = served - now
    const number = (name: string) => {
      const text = headers[`x-hubspot-ratelimit-${name}`]
      return text === undefined || !/^\d+$/.test(text) ? null : Number(text)
    }
    const [most, ms, left] = [number('max'), number('interval-milliseconds'), number('remaining')]
    if (most !== null && most > 0) this.#burstMost = most
    if (ms !== null && ms > 0) this.#burstMs = ms
    // Another program spends from the same burst.
    if (left === 0) this.hold('all', 1_000)
    const [limit, ofDay] = [number('daily'), number('daily-remaining')]
    if (limit !== null && ofDay !== null) this.#day = { used: limit - ofDay, limit, at: now }
  }

  serverNow(): number {
    return this.#clock.now() + this.#ahead
  }

  quota(share: number): SourceQuota | null {
    if (this.#day === null) return null
    const { used, limit } = this.#day
    return { used, limit, ours: Math.floor(limit * share) }
  }

  #waitFor(spending: Spending, now: number): number {
    const held = this.#notBefore.all - now
    if (spending === 'search') {
      const full = waitInWindow(this.#searches, SEARCHES_PER_SECOND, 1_000, now)
      return Math.max(held, this.#notBefore.searches - now, full)
    }
    const share = now < this.#slowUntil ? BURST_SHARE * SLOWER : BURST_SHARE
    return Math.max(
      held,
      waitInWindow(this.#burst, Math.max(1, Math.floor(this.#burstMost * share)), this.#burstMs, now),
    )
  }

  #refuseIfClosed(): void {
    if (this.#closed === null) return
    const left = this.#closed.until - this.#clock.now()
    if (left <= 0) {
      this.#closed = null
      return
    }
    const { code, message, hint, blame, exit } = this.#closed.fault
    const retryAfterMs = blame === 'remote' ? { retryAfterMs: left } : {}
    throw new Fault(code, message, { blame, exit, ...retryAfterMs, ...(hint === undefined ? {} : { hint }) })
  }

  #refuseIfShareUsed(share: number): void {
    const quota = this.quota(share)
    if (this.#day === null || quota === null || quota.used < quota.ours) return
    const left = this.#day.at + QUOTA_BELIEVED_MS - this.#clock.now()
    if (left <= 0) return
    const { used, limit, ours } = quota
    throw new Fault(
      'hubspot-quota-share-used',
      `HubSpot counts ${used} of ${limit} requests of today, by all private apps; boardsync stops at ${ours} (a share of ${share})`,
      {
        blame: 'remote',
        exit: 75,
        hint: 'Wait for midnight in the account’s time zone (the read goes on from where it stopped), or raise the quota share of this source in model.yaml',
        retryAfterMs: left,
      },
    )
  }
}

/** How long until one more fits into a window in which `most` may be; forgets what is out of it. */
function waitInWindow(times: number[], most: number, ms: number, now: number): number {
  while (times[0] !== undefined && times[0] <= now - ms) times.shift()
  const first = times[times.length - most]
  return first === undefined ? 0 : first + ms - now
}

/** The budgets of this process, one for each token. */
export interface HubSpotBudgets {
  of(accessToken: string): Budgets
}

export function createBudgets(clock: Clock): HubSpotBudgets {
  const known = new Map<string, Budgets>()
  return {
    of: (accessToken) => {
      const budgets = known.get(accessToken) ?? new Budgets(clock)
      known.set(accessToken, budgets)
      return budgets
    },
  }
}

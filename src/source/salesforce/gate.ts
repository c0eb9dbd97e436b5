import type { Clock } from '../../platform/clock.ts'
import { Fault } from '../../platform/errors.ts'
import type { HttpAnswer } from '../../platform/http.ts'
import type { SourceQuota } from '../source.ts'

/** How long requests go one at a time after the org had too many long ones at once. */
const CALM_MS = 15 * 60_000
/** A used-up share is believed for so long; then one request may ask anew, since old requests fall out of the 24 hours. */
const QUOTA_BELIEVED_MS = 15 * 60_000

/** What keeps requests to an org from being made, whoever makes them: a vendor that said wait, a quota that is used. */
export class Gate {
  readonly #clock: Clock
  #notBefore = 0
  #calmUntil = 0
  /** How far the server's clock is ahead of ours, ms; `null` before any answer. */
  #ahead: number | null = null
  #closed: { readonly fault: Fault; readonly until: number } | null = null
  #usage: { readonly used: number; readonly limit: number; readonly at: number } | null = null

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Waits as long as Salesforce asked to; throws where waiting is not for us: closed, or `share` of the day is used. */
  async pass(share: number, signal: AbortSignal | undefined): Promise<void> {
    await this.through(share, signal, () => {})
  }

  /** The same, and then makes a request: at once, so that no answer that says wait comes in between. */
  async through<T>(share: number, signal: AbortSignal | undefined, request: () => T | Promise<T>): Promise<T> {
    for (;;) {
      this.#refuseIfClosed()
      this.#refuseIfShareUsed(share)
      const wait = this.#notBefore - this.#clock.now()
      if (wait <= 0) return request()
      await this.#clock.sleep(wait, signal === undefined ? {} : { signal })
    }
  }

  /** For `ms`, or as long as it is closed already. */
  close(fault: Fault, ms: number): void {
    const until = this.#clock.now() + ms
    if (this.#closed === null || this.#closed.until < until) this.#closed = { fault, until }
  }

  /** Requests go one at a time from now on, for a while. */
  calmDown(): void {
    this.#calmUntil = this.#clock.now() + CALM_MS
  }

  isCalm(): boolean {
    return this.#clock.now() < this.#calmUntil
  }

  waitFor(ms: number): void {
    this.#notBefore = Math.max(this.#notBefore, this.#clock.now() + ms)
  }

  /** Reads the server's clock, and `Sforce-Limit-Info: api-usage=10018/100000`, which comes with answers of every kind. */
  learn(answer: Pick<HttpAnswer, 'headers'>): void {
    const served = Date.parse(answer.headers['date'] ?? '')
    if (!Number.isNaN(served)) this.#ahead = served - this.#clock.now()
    const match = /(?:^|[\s,;])api-usage=(\d+)\/(\d+)/.exec(answer.headers['sforce-limit-info'] ?? '')
    if (match === null) return
    this.#usage = { used: Number(match[1]), limit: Number(match[2]), at: this.#clock.now() }
  }

  serverNow(): number {
    return this.#clock.now() + (this.#ahead ?? 0)
  }

  knowsServerTime(): boolean {
    return this.#ahead !== null
  }

  quota(share: number): SourceQuota | null {
    if (this.#usage === null) return null
    const { used, limit } = this.#usage
    return { used, limit, ours: Math.floor(limit * share) }
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
    if (this.#usage === null || quota === null || quota.used < quota.ours) return
    const left = this.#usage.at + QUOTA_BELIEVED_MS - this.#clock.now()
    if (left <= 0) return
    const { used, limit, ours } = quota
    throw new Fault(
      'salesforce-quota-share-used',
      `Salesforce counts ${used} of ${limit} requests in the last 24 hours, by all programs; boardsync stops at ${ours} (a share of ${share})`,
      {
        blame: 'remote',
        exit: 75,
        hint: 'Wait for older requests to fall out of the 24 hours (the read goes on from where it stopped), or raise the quota share of this source in model.yaml',
        retryAfterMs: left,
      },
    )
  }
}

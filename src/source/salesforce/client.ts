import PQueue from 'p-queue'
import { abortable } from '../../platform/abortable.ts'
import type { Clock } from '../../platform/clock.ts'
import { Fault } from '../../platform/errors.ts'
import { type HttpAnswer, type HttpClient, HttpFault } from '../../platform/http.ts'
import type { Log } from '../../platform/log.ts'
import { type Outcome, retryAfterMs, retrying, type Verdict } from '../../platform/retry.ts'
import type { SourceQuota } from '../source.ts'
import { createSessions, type SalesforceCredentials, type Session } from './auth.ts'
import { OTHERWISE, type Reaction, type ReadError, reactionTo } from './reactions.ts'
import { ApiErrors, parseWith } from './wire.ts'

/** GET requests to one org: tokens, quota, errors and retries are dealt with here, and nowhere else. */
export interface SalesforceClient {
  get<T>(call: Call<T>): Promise<T>
  /** As last told by Salesforce; `null` before any answer. */
  quota(): SourceQuota | null
  /** The server's clock now, ms, by the last answer; ours before any. Bounds of reads never come from our own clock. */
  serverNow(): number
}

export interface Call<T> {
  /** From `/services/` on, as Salesforce names it in its answers. */
  readonly path: string
  readonly query?: Readonly<Record<string, string>>
  /** What is read, for messages: `Opportunity`. */
  readonly what: string
  /** Reads a body; a `SyntaxError` means that it ended early. */
  readonly parse: (body: string) => T
  readonly tally: Tally
  readonly signal?: AbortSignal | undefined
}

/** Counts the requests made for one read, refused and repeated ones included; those for a token apart. */
export interface Tally {
  requests: number
  sharedRequests: number
}

export interface ClientOptions {
  readonly credentials: SalesforceCredentials
  readonly loginUrl: string
  /** Share 0..1 of the org's daily requests up to which we go on. */
  readonly quotaShare: number
  readonly http: HttpClient
  readonly clock: Clock
  readonly random: () => number
  readonly log: Log
  readonly learnSecret: (secret: string) => void
}

/** An org has 25 places for requests of 20 seconds and more (5 in trial orgs), shared with everybody. */
const CONCURRENCY = 4
const NETWORK_ATTEMPTS = 5
const CLOSED_MS = 15 * 60_000
/** A used-up share is believed for so long; then one request may ask anew, since old requests fall out of the 24 hours. */
const QUOTA_BELIEVED_MS = 15 * 60_000
const LONGEST_WAIT_MS = 120_000

export function createSalesforceClient(options: ClientOptions): SalesforceClient {
  const { http, clock, log } = options
  const sessions = createSessions(options)
  const queue = new PQueue({ concurrency: CONCURRENCY })
  const gate = new Gate(options)

  async function get<T>(call: Call<T>): Promise<T> {
    let renewed: Session | null = null
    const onRequest = () => {
      call.tally.requests += 1
    }

    const forToken = {
      onRequest: () => {
        call.tally.sharedRequests += 1
      },
    }

    async function attempt(): Promise<T> {
      const session = renewed ?? (await abortable(sessions.current(forToken), call.signal))
      await gate.pass(call.signal)
      onRequest()
      const answer = await http.request({
        method: 'GET',
        url: session.instanceUrl + call.path,
        ...(call.query === undefined ? {} : { query: call.query }),
        headers: { authorization: `Bearer ${session.accessToken}`, accept: 'application/json' },
        signal: call.signal,
      })
      gate.learn(answer)
      if (answer.status === 200) return readWhole(answer, call)
      const error = readError(answer)
      throw new Refused(error, reactionTo(error), retryAfterMs(answer.headers, clock.now()), session)
    }

    async function withRenewal(): Promise<T> {
      try {
        return await attempt()
      } catch (error) {
        const renewable = error instanceof Refused && error.reaction.do === 'renew'
        if (!renewable || !sessions.canRenew || renewed !== null) throw error
        renewed = await abortable(sessions.renewed(error.session, forToken), call.signal)
        return attempt()
      }
    }

    const run = () =>
      retrying(withRenewal, {
        attempts: Number.POSITIVE_INFINITY,
        baseMs: 1000,
        maxWaitMs: LONGEST_WAIT_MS,
        clock,
        random: options.random,
        signal: call.signal,
        classify: (outcome, attempts) => classify(outcome, attempts, call.what, gate),
        onWait: ({ attempt, ms, error }) => {
          const code = error instanceof Fault ? error.code : undefined
          log.info(
            { object: call.what, code, attempt, waitMs: ms },
            'Salesforce asks to wait, or did not answer; waiting',
          )
        },
      })
    return queue.add(run, call.signal === undefined ? {} : { signal: call.signal })
  }

  return { get, quota: () => gate.quota(), serverNow: () => gate.serverNow() }
}

/** An answer that is no success, on its way to `classify`. */
class Refused extends Error {
  readonly error: ReadError
  readonly reaction: Reaction
  readonly afterMs: number | undefined
  readonly session: Session

  constructor(error: ReadError, reaction: Reaction, afterMs: number | undefined, session: Session) {
    super(`${error.status} ${error.errorCode ?? ''}`)
    this.error = error
    this.reaction = reaction
    this.afterMs = afterMs
    this.session = session
  }
}

function classify<T>(outcome: Outcome<T>, attempt: number, what: string, gate: Gate): Verdict {
  if (outcome.ok) return { action: 'give' }
  const { error } = outcome
  if (error instanceof HttpFault) {
    const again = error.blame === 'remote' && attempt < NETWORK_ATTEMPTS
    return again ? { action: 'retry', error } : { action: 'give' }
  }
  if (!(error instanceof Refused)) return { action: 'give' }
  const { reaction, afterMs } = error
  if (reaction.do === 'close') {
    const fault = faultFor(error, what, afterMs ?? CLOSED_MS)
    gate.close(fault, afterMs ?? CLOSED_MS)
    return { action: 'fail', error: fault }
  }
  const fault = faultFor(error, what, afterMs)
  if (reaction.do !== 'retry') return { action: 'fail', error: fault }
  if (afterMs !== undefined && afterMs > LONGEST_WAIT_MS) gate.close(fault, afterMs)
  else if (afterMs !== undefined) gate.waitFor(afterMs)
  if (attempt >= (reaction.attempts ?? 1)) return { action: 'fail', error: fault }
  return { action: 'retry', error: fault, afterMs: afterMs ?? reaction.waitMs }
}

function faultFor(refused: Refused, what: string, afterMs: number | undefined): Fault {
  const { error, reaction } = refused
  const evidence = error.errorCode === null ? `${error.status}` : `${error.status} ${error.errorCode}`
  const sentence = reaction.quote || reaction === OTHERWISE ? lastLine(error.message) : ''
  return new Fault(
    reaction.code,
    `Salesforce ${reaction.problem}, asked for ${what} (${evidence}${sentence === '' ? '' : `: ${sentence}`})`,
    {
      blame: reaction.blame,
      hint: reaction.hint,
      ...(afterMs === undefined ? {} : { retryAfterMs: afterMs }),
    },
  )
}

/** A query error quotes the whole query first; what is wrong stands in the last line. */
function lastLine(message: string): string {
  return message.trim().split('\n').at(-1)?.trim().slice(0, 300) ?? ''
}

function readError(answer: HttpAnswer): ReadError {
  try {
    const [first] = parseWith(ApiErrors, 'an error')(answer.body)
    return { status: answer.status, errorCode: first?.errorCode ?? null, message: first?.message ?? '' }
  } catch {
    // HTML of an edge or a proxy.
    return { status: answer.status, errorCode: null, message: '' }
  }
}

function readWhole<T>(answer: HttpAnswer, call: Call<T>): T {
  try {
    return call.parse(answer.body)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    const type = answer.headers['content-type'] ?? 'no content type'
    throw new HttpFault(
      'http-truncated',
      `Salesforce answered ${call.what} with a body that is no whole JSON (${type})`,
      {
        blame: 'remote',
        hint: 'Run again; when it stays, check that SALESFORCE_LOGIN_URL is the My Domain of the org',
        sent: true,
      },
    )
  }
}

/** What keeps requests from being made: a vendor that said wait, a quota that is used. */
class Gate {
  readonly #clock: Clock
  readonly #share: number
  #notBefore = 0
  /** How far the server's clock is ahead of ours, ms. */
  #ahead = 0
  #closed: { readonly fault: Fault; readonly until: number } | null = null
  #usage: { readonly used: number; readonly limit: number; readonly at: number } | null = null

  constructor(options: ClientOptions) {
    this.#clock = options.clock
    this.#share = options.quotaShare
  }

  /** Waits as long as Salesforce asked to; throws where waiting is not for us. */
  async pass(signal: AbortSignal | undefined): Promise<void> {
    this.#refuseIfClosed()
    this.#refuseIfShareUsed()
    const wait = this.#notBefore - this.#clock.now()
    if (wait > 0) await this.#clock.sleep(wait, signal === undefined ? {} : { signal })
  }

  close(fault: Fault, ms: number): void {
    this.#closed = { fault, until: this.#clock.now() + ms }
  }

  waitFor(ms: number): void {
    this.#notBefore = Math.max(this.#notBefore, this.#clock.now() + ms)
  }

  /** Reads the server's clock, and `Sforce-Limit-Info: api-usage=10018/100000`, which comes with answers of every kind. */
  learn(answer: HttpAnswer): void {
    const served = Date.parse(answer.headers['date'] ?? '')
    if (!Number.isNaN(served)) this.#ahead = served - this.#clock.now()
    const match = /(?:^|[\s,;])api-usage=(\d+)\/(\d+)/.exec(answer.headers['sforce-limit-info'] ?? '')
    if (match === null) return
    this.#usage = { used: Number(match[1]), limit: Number(match[2]), at: this.#clock.now() }
  }

  serverNow(): number {
    return this.#clock.now() + this.#ahead
  }

  quota(): SourceQuota | null {
    if (this.#usage === null) return null
    const { used, limit } = this.#usage
    return { used, limit, ours: Math.floor(limit * this.#share) }
  }

  #refuseIfClosed(): void {
    if (this.#closed === null) return
    const left = this.#closed.until - this.#clock.now()
    if (left <= 0) {
      this.#closed = null
      return
    }
    const { code, message, hint } = this.#closed.fault
    throw new Fault(code, message, { blame: 'remote', retryAfterMs: left, ...(hint === undefined ? {} : { hint }) })
  }

  #refuseIfShareUsed(): void {
    const quota = this.quota()
    if (this.#usage === null || quota === null || quota.used < quota.ours) return
    const left = this.#usage.at + QUOTA_BELIEVED_MS - this.#clock.now()
    if (left <= 0) return
    const { used, limit, ours } = quota
    throw new Fault(
      'salesforce-quota-share-used',
      `Salesforce counts ${used} of ${limit} requests in the last 24 hours, by all programs; boardsync stops at ${ours} (a share of ${this.#share})`,
      {
        blame: 'remote',
        exit: 75,
        hint: 'Wait for older requests to fall out of the 24 hours (the read goes on from where it stopped), or raise the quota share of this source in model.yaml',
        retryAfterMs: left,
      },
    )
  }
}

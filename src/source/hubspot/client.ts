import type { Clock } from '../../platform/clock.ts'
import { Fault } from '../../platform/errors.ts'
import type { HttpClient, HttpRequest } from '../../platform/http.ts'
import { HttpFault } from '../../platform/http-fault.ts'
import type { Log } from '../../platform/log.ts'
import { type Outcome, retryAfterMs, retrying, type Verdict } from '../../platform/retry.ts'
import type { SourceQuota } from '../source.ts'
import type { Budgets, Spending } from './budgets.ts'
import { OTHERWISE, type Reaction, type ReadError, reactionTo, readError } from './reactions.ts'
import type { Apis, SdkAnswer, SdkRequest } from './sdk.ts'

/** Requests to one HubSpot account: budgets, errors and retries are dealt with here, and nowhere else. */
export interface HubSpotClient {
  /** Makes one call of HubSpot's own client. */
  ask<T>(call: Asking, make: (apis: Apis) => Promise<T>): Promise<T>
  /** As last told by HubSpot; `null` before any answer. */
  quota(): SourceQuota | null
  /** The server's clock now, ms, by the last answer; ours before any. */
  serverNow(): number
}

export interface Asking {
  /** What is read, for messages: `deals`. */
  readonly what: string
  readonly tally: Tally
  readonly spending?: Spending
  readonly signal?: AbortSignal | undefined
  /** The request serves the source as a whole. */
  readonly isShared?: true
}

/** Counts the requests made for one read, refused and repeated ones included. */
export interface Tally {
  requests: number
  sharedRequests: number
}

export interface ClientOptions {
  readonly baseUrl: string
  readonly accessToken: string
  readonly apiVersion: string
  readonly quotaShare: number
  readonly budgets: Budgets
  readonly http: HttpClient
  readonly clock: Clock
  readonly random: () => number
  readonly log: Log
}

const NETWORK_ATTEMPTS = 5
/** An answer that never comes costs minutes each time. */
const TIMEOUT_ATTEMPTS = 3
const LONGEST_WAIT_MS = 120_000
const METHODS: readonly HttpRequest['method'][] = ['GET', 'POST']

export function createHubSpotClient(options: ClientOptions): HubSpotClient {
  const { budgets, quotaShare, http, clock, log } = options
  // HubSpot's client is large: it is loaded when something is asked.
  let sdk: Promise<typeof import('./sdk.ts')> | null = null

  async function send(call: Asking, request: SdkRequest): Promise<SdkAnswer> {
    const method = METHODS.find((one) => one === request.method)
    if (method === undefined) throw new Error(`A source never sends ${request.method}`)
    await budgets.take(call.spending ?? 'other', quotaShare, call.signal)
    call.tally[call.isShared === true ? 'sharedRequests' : 'requests'] += 1
    const answer = await http.request({
      method,
      url: request.url,
      headers: request.headers,
      ...(request.body === undefined ? {} : { body: request.body }),
      signal: call.signal,
    })
    budgets.learn(answer.headers)
    if (answer.status >= 200 && answer.status < 300) return answer
    const error = readError(answer.status, answer.body)
    throw new Refused(error, reactionTo(error), retryAfterMs(answer.headers, clock.now()))
  }

  async function once<T>(call: Asking, make: (apis: Apis) => Promise<T>): Promise<T> {
    sdk ??= import('./sdk.ts')
    const { createApis } = await sdk
    try {
      return await make(createApis(options, (request) => send(call, request)))
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error
      throw new HttpFault('http-truncated', `HubSpot answered ${call.what} with a body that is no whole JSON`, {
        blame: 'remote',
        hint: 'Run again: the read goes on from where it stopped',
        sent: true,
      })
    }
  }

  return {
    ask: (call, make) =>
      retrying(() => once(call, make), {
        attempts: Number.POSITIVE_INFINITY,
        baseMs: 1_000,
        maxWaitMs: LONGEST_WAIT_MS,
        clock,
        random: options.random,
        signal: call.signal,
        classify: (outcome, attempt) => classify(outcome, attempt, call, budgets),
        onWait: ({ attempt, ms, error }) => {
          const code = error instanceof Fault ? error.code : undefined
          log.info({ object: call.what, code, attempt, waitMs: ms }, 'HubSpot asks to wait, or did not answer; waiting')
        },
      }),
    quota: () => budgets.quota(quotaShare),
    serverNow: () => budgets.serverNow(),
  }
}

/** An answer that is no success, on its way to `classify`. */
class Refused extends Error {
  readonly error: ReadError
  readonly reaction: Reaction
  readonly afterMs: number | undefined

  constructor(error: ReadError, reaction: Reaction, afterMs: number | undefined) {
    super(`${error.status} ${error.category}`)
    this.error = error
    this.reaction = reaction
    this.afterMs = afterMs
  }
}

function classify<T>(outcome: Outcome<T>, attempt: number, call: Asking, budgets: Budgets): Verdict {
  if (outcome.ok) return { action: 'give' }
  const { error } = outcome
  if (error instanceof HttpFault) {
    if (error.blame !== 'remote') return { action: 'give' }
    const attempts = error.code === 'http-timeout' ? TIMEOUT_ATTEMPTS : NETWORK_ATTEMPTS
    if (attempt < attempts) return { action: 'retry', error }
    return { action: 'fail', error: neverWhole(error, call.what, attempt) }
  }
  if (!(error instanceof Refused)) return { action: 'give' }
  const { reaction, afterMs } = error
  if (reaction.do === 'close') {
    const closedMs = afterMs ?? reaction.closedMs ?? 0
    const fault = faultFor(error, call.what, attempt, reaction.blame === 'remote' ? closedMs : undefined)
    budgets.close(fault, closedMs)
    return { action: 'fail', error: fault }
  }
  const fault = faultFor(error, call.what, attempt, afterMs)
  if (reaction.do !== 'retry') return { action: 'fail', error: fault }
  const waitMs = afterMs ?? waitAfter(reaction, attempt)
  if (afterMs !== undefined && afterMs > LONGEST_WAIT_MS) budgets.close(fault, afterMs)
  else if (reaction.holds !== undefined && waitMs !== undefined) budgets.hold(reaction.holds, waitMs)
  if (reaction.holds === 'all') budgets.slowDown()
  if (attempt >= (reaction.attempts ?? 1)) return { action: 'fail', error: fault }
  return { action: 'retry', error: fault, afterMs: waitMs }
}

/** `undefined`: the usual back-off. */
function waitAfter({ waitMs, step, holds }: Reaction, attempt: number): number | undefined {
  if (waitMs === undefined) return undefined
  if (step === true) return waitMs * attempt
  return holds === undefined ? Math.min(30_000, waitMs * 2 ** (attempt - 1)) : waitMs
}

function faultFor({ error, reaction }: Refused, what: string, attempts: number, afterMs: number | undefined): Fault {
  const evidence = error.category === '' ? `${error.status}` : `${error.status} ${error.category}`
  const times = attempts === 1 ? '' : ` ${attempts} times`
  const quoted = reaction.quote === true || reaction === OTHERWISE ? error.message.trim().slice(0, 300) : ''
  const scopes = error.scopes.length === 0 ? '' : `; it lacks ${error.scopes.join(', ')}`
  return new Fault(
    reaction.code,
    `HubSpot ${reaction.problem}, asked for ${what}${times} (${evidence}${quoted === '' ? '' : `: ${quoted}`})${scopes}`,
    {
      blame: reaction.blame,
      hint: reaction.hint,
      ...(reaction.exit === undefined ? {} : { exit: reaction.exit }),
      ...(afterMs === undefined ? {} : { retryAfterMs: afterMs }),
    },
  )
}

/** The network, or HubSpot, broke off each time: says so in the words of what was asked for. */
function neverWhole(error: HttpFault, what: string, attempts: number): HttpFault {
  return new HttpFault(
    error.code,
    `HubSpot gave no whole answer, asked for ${what} ${attempts} times: ${error.message}`,
    {
      blame: error.blame,
      hint:
        error.hint ??
        'Run again: the read goes on from where it stopped; when it stays, check the network and proxy between here and HubSpot',
      sent: error.sent,
      cause: error,
    },
  )
}

import type { z } from 'zod'
import { abortable } from '../../platform/abortable.ts'
import type { Clock } from '../../platform/clock.ts'
import { Fault } from '../../platform/errors.ts'
import type { HttpAnswer, HttpRequest, HttpStream, StreamingHttpClient } from '../../platform/http.ts'
import { HttpFault } from '../../platform/http-fault.ts'
import type { Log } from '../../platform/log.ts'
import { type Outcome, retryAfterMs, retrying, type Verdict } from '../../platform/retry.ts'
import { parseExactJson } from '../canonical.ts'
import type { SourceQuota } from '../source.ts'
import type { Session, TokenAsk } from './auth.ts'
import type { Connection } from './connections.ts'
import type { Gate } from './gate.ts'
import {
  neverWhole,
  OF_GIVEN_TOKEN,
  OTHERWISE,
  type Reaction,
  type ReadError,
  reactionTo,
  readError,
  waitMs,
} from './reactions.ts'
import { Composite, parseWith } from './wire.ts'

/** Requests to one org: tokens, quota, errors and retries are dealt with here, and nowhere else. */
export interface SalesforceClient {
  get<T>(call: Call<T>): Promise<T>
  /** Sends JSON. Made again when no answer came, carried out or not: only for what may happen twice. */
  post<T>(call: Call<T>, body: unknown): Promise<T>
  /**
   * Gets several things by one request, which counts as one. A part that is not answered with 200 is not taken, and none is
   * where the request itself comes to nothing: it is made once, and what is wrong is told by asking for each thing alone.
   */
  together(call: Asking, parts: readonly Part[]): Promise<void>
  delete(call: Asking): Promise<void>
  /**
   * A CSV answer whose body comes piece by piece, to be disposed of. What befalls the body once it has begun is not
   * retried here. `totalTimeoutMs` from its beginning to its end.
   */
  stream(call: Asking, totalTimeoutMs: number): Promise<HttpStream>
  /** As last told by Salesforce; `null` before any answer. */
  quota(): SourceQuota | null
  /** Whether the org had too many long requests at once, a while ago: ours then go one at a time. */
  isCalm(): boolean
  /** The server's clock now, ms, by the last answer; ours before any. Bounds of reads never come from our own clock. */
  serverNow(): number
  /** Whether there was an answer. */
  knowsServerTime(): boolean
}

export interface Asking {
  /** From `/services/` on, as Salesforce names it in its answers. */
  readonly path: string
  readonly query?: Readonly<Record<string, string>>
  /** What is read, for messages: `Opportunity`. */
  readonly what: string
  readonly tally: Tally
  readonly signal?: AbortSignal | undefined
}

export interface Call<T> extends Asking {
  /** Reads a body; a `SyntaxError` means that it ended early. */
  readonly parse: (body: string) => T
}

/** What is got along with other things. */
export interface Part extends Pick<Asking, 'path' | 'query'> {
  /** Takes the body, numbers as exact decimal text. May throw a fault: then it is as if it had not been answered. */
  readonly take: (body: unknown) => void
}

/** Counts the requests made for one read, refused and repeated ones included; those for a token apart. */
export interface Tally {
  requests: number
  sharedRequests: number
}

export interface ClientOptions {
  /** Shared with whoever else reads the same org. */
  readonly connection: Connection
  /** Share 0..1 of the org's daily requests up to which we go on. */
  readonly quotaShare: number
  readonly http: StreamingHttpClient
  readonly clock: Clock
  readonly random: () => number
  readonly log: Log
}

const NETWORK_ATTEMPTS = 5
/** An answer that never comes costs minutes each time. */
const TIMEOUT_ATTEMPTS = 3
/** How long things are got one by one after getting them together came to nothing. */
const APART_MS = 60 * 60_000
/** How long nothing is asked of an org that refuses everything; longer where it names a longer time. */
const CLOSED_MS = 15 * 60_000
const LONGEST_WAIT_MS = 120_000

export function createSalesforceClient(options: ClientOptions): SalesforceClient {
  const { connection, quotaShare, http, clock, log } = options
  const { sessions } = connection

  let apartUntil = Number.NEGATIVE_INFINITY

  async function ask<T>(call: Asking & Once, exchange: (to: To) => Promise<Answered<T>>): Promise<T> {
    let renewed: Session | null = null

    const forToken: TokenAsk = {
      // Others may wait for the same token, and it is no part of anybody's share.
      send: (request) =>
        connection.gate.through(Number.POSITIVE_INFINITY, undefined, () => {
          call.tally.sharedRequests += 1
          return request()
        }),
    }

    async function attempt(nth: number): Promise<T> {
      // Twice: no token is asked for while the org is closed, and it may be closed while one is waited for.
      await connection.gate.pass(quotaShare, call.signal)
      const session = renewed ?? (await abortable(sessions.current(forToken), call.signal))
      const { answer, value } = await connection.gate.through(quotaShare, call.signal, () => {
        call.tally.requests += 1
        return exchange({
          url: session.instanceUrl + call.path,
          ...(call.query === undefined ? {} : { query: call.query }),
          headers: { authorization: `Bearer ${session.accessToken}`, accept: 'application/json' },
          signal: call.signal,
        })
      })
      connection.gate.learn(answer)
      if (value !== null) return value()
      const error = readError(answer.status, 'body' in answer ? answer.body : '')
      const usual = reactionTo(error)
      const reaction = usual.do === 'renew' && !sessions.canRenew ? { ...usual, ...OF_GIVEN_TOKEN } : usual
      const refused = new Refused(error, reaction, retryAfterMs(answer.headers, clock.now()), session)
      // Before anything else can happen: another request may be about to be made.
      heed(refused, nth, call, connection.gate)
      throw refused
    }

    async function withRenewal(nth: number): Promise<T> {
      try {
        return await attempt(nth)
      } catch (error) {
        const renewable = error instanceof Refused && error.reaction.do === 'renew'
        if (!renewable || !sessions.canRenew || renewed !== null) throw error
        await connection.gate.pass(quotaShare, call.signal)
        renewed = await abortable(sessions.renewed(error.session, forToken), call.signal)
        return attempt(nth)
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
        classify: (outcome, attempts) => {
          const verdict = classify(outcome, attempts, call, connection.gate, options.random)
          connection.keepCalm()
          return verdict
        },
        onWait: ({ attempt, ms, error }) => {
          const code = error instanceof Fault ? error.code : undefined
          log.info(
            { object: call.what, code, attempt, waitMs: ms },
            'Salesforce asks to wait, or did not answer; waiting',
          )
        },
      })
    connection.keepCalm()
    return connection.queue.add(run, call.signal === undefined ? {} : { signal: call.signal })
  }

  return {
    get: (call) =>
      ask(call, async (to) => {
        const answer = await http.request({ method: 'GET', ...to })
        return { answer, value: answer.status === 200 ? () => readWhole(answer, call) : null }
      }),
    post: (call, body) =>
      ask(call, async (to) => {
        const headers = { ...to.headers, 'content-type': 'application/json' }
        const answer = await http.request({ method: 'POST', ...to, headers, body: JSON.stringify(body) })
        return { answer, value: answer.status === 200 ? () => readWhole(answer, call) : null }
      }),
    delete: (call) =>
      ask(call, async (to) => {
        const answer = await http.request({ method: 'DELETE', ...to })
        return { answer, value: answer.status === 204 || answer.status === 200 ? () => {} : null }
      }),
    together: async (call, parts) => {
      if (clock.now() < apartUntil) return
      const compositeRequest = parts.map(({ path, query }, i) => ({
        method: 'GET',
        url: query === undefined ? path : `${path}?${new URLSearchParams(query)}`,
        referenceId: `part${i}`,
      }))
      // In this order: what is covered must be told before what changed is counted.
      const body = JSON.stringify({ allOrNone: false, collateSubrequests: false, compositeRequest })
      const parse = parseWith(Composite, `a request for ${call.what}`, parseExactJson)
      try {
        const told = await ask({ ...call, once: true }, async (to) => {
          const headers = { ...to.headers, 'content-type': 'application/json' }
          const answer = await http.request({ method: 'POST', ...to, headers, body })
          return { answer, value: answer.status === 200 ? () => readWhole(answer, { ...call, parse }) : null }
        })
        for (const [i, part] of parts.entries()) takePart(part, told.compositeResponse[i])
      } catch (error) {
        if (!(error instanceof Fault)) throw error
        apartUntil = clock.now() + APART_MS
        log.info({ object: call.what, code: error.code }, 'not told together; asking one by one')
      }
    },
    stream: (call, totalTimeoutMs) =>
      ask(call, async (to) => {
        const headers = { ...to.headers, accept: 'text/csv' }
        const answer = await http.stream({ method: 'GET', ...to, headers, totalTimeoutMs })
        return { answer, value: 'pieces' in answer ? () => answer : null }
      }),
    quota: () => connection.gate.quota(quotaShare),
    isCalm: () => connection.gate.isCalm(),
    serverNow: () => connection.gate.serverNow(),
    knowsServerTime: () => connection.gate.knowsServerTime(),
  }
}

function takePart(part: Part, told: z.infer<typeof Composite>['compositeResponse'][number] | undefined): void {
  if (told?.httpStatusCode !== '200') return
  try {
    part.take(told.body)
  } catch (error) {
    if (!(error instanceof Fault)) throw error
  }
}

interface Once {
  /** Is not made again, whatever comes of it, but for a new token; what is asked next waits where this would have. */
  readonly once?: true
}

type To = Pick<HttpRequest, 'url' | 'query' | 'signal'> & { readonly headers: Readonly<Record<string, string>> }

interface Answered<T> {
  readonly answer: HttpAnswer | HttpStream
  /** Reads an answer that is a success; `null` where it is none. */
  readonly value: (() => T) | null
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

/** What an answer that is no success means for every request to the org. */
function heed(refused: Refused, attempt: number, call: Asking, gate: Gate): void {
  const { reaction, afterMs } = refused
  if (reaction.do === 'close') gate.close(closingFault(refused, attempt, call), closedMs(refused))
  if (reaction.do !== 'retry') return
  if (reaction.calm) gate.calmDown()
  if (afterMs !== undefined) hold(gate, faultFor(refused, call.what, attempt, afterMs), afterMs)
}

/** Salesforce asks to wait; `fault` is what whoever does not wait so long gets. */
function hold(gate: Gate, fault: Fault, afterMs: number): void {
  if (afterMs > LONGEST_WAIT_MS) gate.close(fault, afterMs)
  else gate.waitFor(afterMs)
}

function closedMs({ afterMs }: Refused): number {
  return Math.max(afterMs ?? 0, CLOSED_MS)
}

function closingFault(refused: Refused, attempt: number, { what }: Asking): Fault {
  return faultFor(refused, what, attempt, refused.reaction.blame === 'remote' ? closedMs(refused) : undefined)
}

function classify<T>(
  outcome: Outcome<T>,
  attempt: number,
  call: Asking & Once,
  gate: Gate,
  random: () => number,
): Verdict {
  if (outcome.ok) return { action: 'give' }
  const { error } = outcome
  if (error instanceof HttpFault) {
    if (error.blame !== 'remote') return { action: 'give' }
    const usual = error.code === 'http-timeout' ? TIMEOUT_ATTEMPTS : NETWORK_ATTEMPTS
    const attempts = call.once ? 1 : usual
    const afterMs = error.retryAfterMs
    if (afterMs !== undefined) hold(gate, error, afterMs)
    return attempt < attempts
      ? { action: 'retry', error, afterMs }
      : { action: 'fail', error: neverWhole(error, call.what, attempt) }
  }
  if (!(error instanceof Refused)) return { action: 'give' }
  const { reaction, afterMs } = error
  if (reaction.do === 'close') return { action: 'fail', error: closingFault(error, attempt, call) }
  if (isDead(error, call)) {
    const fault = closingFault(error, attempt, call)
    gate.close(fault, closedMs(error))
    return { action: 'fail', error: fault }
  }
  const fault = faultFor(error, call.what, attempt, afterMs)
  if (reaction.do !== 'retry') return { action: 'fail', error: fault }
  if (call.once) {
    gate.waitFor(afterMs ?? waitMs(reaction, attempt, random) ?? 0)
    return { action: 'fail', error: fault }
  }
  if (attempt >= (reaction.attempts ?? 1)) return { action: 'fail', error: fault }
  return { action: 'retry', error: fault, afterMs: afterMs ?? waitMs(reaction, attempt, random) }
}

/**
 * A session that was renewed and is refused all the same, or cannot be renewed, serves nobody: no other request is tried
 * with it, and no other token asked for. What is not data (`/services/oauth2/userinfo`) has policies of its own.
 */
function isDead({ reaction }: Refused, { path }: Asking): boolean {
  return reaction.do === 'renew' && path.startsWith('/services/data/')
}

function faultFor(refused: Refused, what: string, attempts: number, afterMs: number | undefined): Fault {
  const { error, reaction } = refused
  const evidence = error.errorCode === null ? `${error.status}` : `${error.status} ${error.errorCode}`
  const times = attempts === 1 ? '' : ` ${attempts} times`
  const sentence = reaction.quote || reaction === OTHERWISE ? lastLine(error.message) : ''
  return new Fault(
    reaction.code,
    `Salesforce ${reaction.problem}, asked for ${what}${times} (${evidence}${sentence === '' ? '' : `: ${sentence}`})`,
    {
      blame: reaction.blame,
      hint: reaction.hint,
      ...(reaction.exit === undefined ? {} : { exit: reaction.exit }),
      ...(afterMs === undefined ? {} : { retryAfterMs: afterMs }),
    },
  )
}

/** A query error quotes the whole query first; what is wrong stands in the last line. */
function lastLine(message: string): string {
  return message.trim().split('\n').at(-1)?.trim().slice(0, 300) ?? ''
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

import PQueue from 'p-queue'
import type { Clock } from '../../platform/clock.ts'
import { Fault } from '../../platform/errors.ts'
import type { HttpAnswer, HttpClient } from '../../platform/http.ts'
import { HttpFault } from '../../platform/http-fault.ts'
import type { Log } from '../../platform/log.ts'
import { retryAfterMs, retrying, type Verdict } from '../../platform/retry.ts'
import { Budget } from './budget.ts'
import { faultOf, isRefusal, type Meaning, meaningOf } from './errors.ts'
import type { Operation } from './operations.ts'
import { parseAnswer, type WireAnswer, type WireError } from './wire.ts'

export interface MondayClientOptions {
  readonly http: HttpClient
  readonly url: string
  readonly token: string
  readonly apiVersion: string
  readonly clock: Clock
  readonly log: Log
  /** 0 <= r < 1. */
  readonly random: () => number
}

/** Counts requests on somebody's behalf. */
export interface Meter {
  calls: number
}

export interface QueryOptions {
  readonly signal?: AbortSignal | undefined
  readonly mayWrite?: (() => Promise<void>) | undefined
  readonly meter?: Meter
}

/**
 * What came of a write. `refused`: monday refused the request as a whole for something it holds, and did nothing of it.
 * `unknown`: it may have been carried out, or is being so.
 */
export type Written =
  | {
      readonly is: 'answer'
      readonly data: Readonly<Record<string, unknown>>
      readonly errors: readonly WireError[]
      readonly replayed: boolean
      readonly ms: number
    }
  | { readonly is: 'refused'; readonly error: WireError; readonly meaning: Meaning }
  /** `named`: what monday said against it, where that is no trouble of its own. */
  | { readonly is: 'unknown'; readonly message: string; readonly named?: Named }

type Answered = Extract<Written, { is: 'answer' }>

interface Named {
  readonly error: WireError
  readonly meaning: Meaning
}

/** Longest hint that is waited for; a longer one ends the run with "try later". */
const MAX_WAIT_MS = 90_000
const ATTEMPTS = 8
/** A host that cannot be reached is mostly a wrong address: people should not wait long to hear it. */
const ATTEMPTS_TO_REACH = 3
/** monday names no time for a locked resource; a second or two is what it takes. */
const LOCKED_MS = 1500
const PARALLEL = 4

/** The listing's cursor is too old: it has to start again from the first page. */
export class CursorExpired extends Error {}

/** Errors that come before anything is carried out. Whatever else stands against a whole write, some of it may be done. */
const OF_WHOLE_REQUESTS: ReadonlySet<Meaning> = new Set([
  'limited',
  'daily',
  'too-complex',
  'blocked',
  'locked',
  'token',
  'forbidden',
  'schema',
])

type How =
  | { readonly reading: true }
  | { readonly reading: false; readonly idempotencyKey: string; readonly points: number | null }

interface Exchange {
  readonly answer: HttpAnswer
  readonly wire: WireAnswer
  /** The error of the whole request, if one stands against it, and what it means. */
  readonly trouble: {
    readonly error: WireError
    readonly meaning: Meaning
    readonly afterMs: number | undefined
    /** Surely nothing was done, for something that the request holds. */
    readonly ofContent: boolean
  } | null
}

/** Speaks GraphQL with one monday account, within its budgets: nothing is sent while monday said wait. */
export class MondayClient {
  readonly budget = new Budget()
  readonly #options: MondayClientOptions
  readonly #queue = new PQueue({ concurrency: PARALLEL })
  #quietUntil = 0
  #exhausted: { readonly until: number; readonly fault: Fault } | null = null
  #saidVersion = false

  constructor(options: MondayClientOptions) {
    this.#options = options
  }

  /** Reads, repeating whatever may pass. Rejects with a `Fault`, or with `CursorExpired`. */
  async query(operation: Operation, options: QueryOptions = {}): Promise<Readonly<Record<string, unknown>>> {
    const body = JSON.stringify(operation)
    const { wire } = await this.#retrying(() => this.#exchange(body, { reading: true }, options), {
      ...options,
      repeats: true,
    })
    return wire.data ?? {}
  }

  /**
   * Writes once, save that it sends again, with the same key, where monday surely did nothing and named a short time.
   * Rejects only when nothing was carried out. Errors of single aliases are in the answer. The signal ends waiting,
   * never a request under way: its answer is worth more than the time.
   */
  async write(
    body: string,
    idempotencyKey: string,
    points: number | null,
    options: QueryOptions = {},
  ): Promise<Written> {
    let conflicted = false
    try {
      const { answer, wire, trouble } = await this.#retrying(
        async () => {
          const exchange = await this.#exchange(body, { reading: false, idempotencyKey, points }, options)
          conflicted ||= exchange.trouble?.meaning === 'conflict'
          return exchange
        },
        { ...options, repeats: false },
      )
      if (trouble !== null) return { is: 'refused', error: trouble.error, meaning: trouble.meaning }
      return {
        is: 'answer',
        data: wire.data ?? {},
        errors: wire.errors,
        replayed: answer.headers['idempotency-replayed'] === 'true',
        ms: answer.ms,
      }
    } catch (error) {
      const doubt = doubtOf(error) ?? (conflicted ? 'monday is still carrying out the same request' : null)
      if (doubt === null) throw error
      return { is: 'unknown', message: doubt, ...(error instanceof MaybeDone ? error.named : {}) }
    }
  }

  /** Writes and, where the outcome is unknown, asks again with the same key; for what does no harm when it is done twice. */
  async writeSurely(operation: Operation, idempotencyKey: string, options: QueryOptions = {}): Promise<Answered> {
    const written = await this.writeOnce<never>(operation, idempotencyKey, options, async () => null)
    return written.is === 'answer' ? written : written.found
  }

  /**
   * Writes what must not be there twice. monday may not have kept the answer of the key, so where the outcome is unknown,
   * `look` tells what is there by then: all of it, which is taken; a part, then the rest is under way and is waited for; or
   * `null`, nothing, then it is sent again with the same key.
   */
  async writeOnce<Found>(
    operation: Operation,
    idempotencyKey: string,
    options: QueryOptions,
    look: () => Promise<Found | 'partly' | null>,
  ): Promise<Answered | { readonly is: 'found'; readonly found: Found }> {
    const body = JSON.stringify(operation)
    let found: Found | 'partly' | null = null
    let doubt = ''
    for (let attempt = 1; attempt <= 4; attempt += 1) {
      if (found !== 'partly') {
        const written = await this.write(body, idempotencyKey, null, options)
        if (written.is === 'answer') return written
        if (written.is === 'refused') throw faultOf(written.meaning, written.error, null)
        doubt = written.message
      }
      if (attempt === 4) break
      await this.#options.clock.sleep(1000 * 2 ** (attempt - 1) * (0.5 + this.#options.random()), signalOf(options))
      found = await look()
      if (found !== null && found !== 'partly') return { is: 'found', found }
    }
    throw new Fault('monday-unavailable', `monday gave no answer to a change of structure (${doubt})`, {
      blame: 'remote',
      exit: 75,
      hint: 'Run again later: what was made is found and not made twice',
    })
  }

  #retrying(operation: () => Promise<Exchange>, options: QueryOptions & { repeats: boolean }): Promise<Exchange> {
    const { clock, random, log } = this.#options
    return retrying(operation, {
      attempts: ATTEMPTS,
      maxWaitMs: MAX_WAIT_MS,
      baseMs: 1000,
      // The signal ends waits only: an answer that arrives while we are told to stop is still taken.
      clock: { now: () => clock.now(), sleep: (ms) => clock.sleep(ms, signalOf(options)) },
      random,
      onWait: (wait) => {
        const code = wait.error instanceof Fault ? wait.error.code : 'unknown'
        log.info({ host: 'monday', code, ms: wait.ms, attempt: wait.attempt }, 'waiting for monday')
      },
      classify: (outcome, attempt): Verdict => {
        if (outcome.ok) return this.#classify(outcome.value.trouble, options.repeats)
        const { error } = outcome
        if (!(error instanceof HttpFault) || error.blame !== 'remote') return { action: 'give' }
        // What surely was not sent may always be sent again; what may have been carried out only when it reads.
        if (error.sent ? options.repeats : attempt < ATTEMPTS_TO_REACH) return { action: 'retry', error }
        return { action: 'give' }
      },
    })
  }

  #classify(trouble: Exchange['trouble'], repeats: boolean): Verdict {
    if (trouble === null) return { action: 'give' }
    const { meaning, afterMs } = trouble
    if (trouble.ofContent && !repeats) return { action: 'give' }
    if (meaning === 'cursor') return { action: 'fail', error: new CursorExpired() }
    const error = this.#troubleOf(trouble)
    switch (meaning) {
      case 'limited':
      case 'conflict':
        return { action: 'retry', error, afterMs }
      case 'locked':
        return { action: 'retry', error, afterMs: afterMs ?? LOCKED_MS }
      case 'internal':
      case 'busy':
        return repeats ? { action: 'retry', error, afterMs } : { action: 'fail', error }
      default:
        return { action: 'fail', error }
    }
  }

  #troubleOf(trouble: NonNullable<Exchange['trouble']>): Fault {
    const { error, meaning, afterMs } = trouble
    const fault = faultOf(meaning, error, afterMs ?? null)
    if (meaning === 'daily') {
      this.#exhausted = { until: this.#options.clock.now() + (afterMs ?? 3_600_000), fault }
    }
    return OF_WHOLE_REQUESTS.has(meaning) ? fault : new MaybeDone(fault, trouble)
  }

  async #exchange(body: string, how: How, options: QueryOptions): Promise<Exchange> {
    const { clock } = this.#options
    const answer = await this.#queue.add(async () => {
      await this.#gate(how.reading ? null : how.points, options)
      if (!how.reading) await options.mayWrite?.()
      if (options.meter !== undefined) options.meter.calls += 1
      this.budget.countCall(clock.now())
      return how.reading
        ? this.#send(body, {}, options.signal)
        : this.#send(body, { 'Idempotency-Key': how.idempotencyKey }, undefined)
    })
    const now = clock.now()
    this.budget.read(answer.headers, now)
    this.#queue.concurrency = Math.max(1, Math.min(PARALLEL, this.budget.concurrency.limit ?? PARALLEL))
    this.#watchVersion(answer.headers)
    const wire = parseAnswer(answer.status, answer.body)
    const trouble = troubleIn(answer, wire, now, how.reading)
    // That the hour holds no more imports keeps nothing else from being asked.
    const ofImports = trouble?.error.code === 'RATE_LIMIT_EXCEEDED'
    if (trouble?.afterMs !== undefined && trouble.meaning === 'limited' && !ofImports) {
      this.#quietUntil = Math.max(this.#quietUntil, now + trouble.afterMs)
    }
    return { answer, wire, trouble }
  }

  #send(body: string, headers: Readonly<Record<string, string>>, signal: AbortSignal | undefined): Promise<HttpAnswer> {
    const { http, url, token, apiVersion } = this.#options
    return http.request({
      method: 'POST',
      url,
      headers: { 'Content-Type': 'application/json', Authorization: token, 'API-Version': apiVersion, ...headers },
      body,
      signal,
    })
  }

  /** Holds a request back while monday said wait, to any of us, or while the minute's points do not carry it. */
  async #gate(points: number | null, options: QueryOptions): Promise<void> {
    const { clock } = this.#options
    options.signal?.throwIfAborted()
    if (this.#exhausted !== null) {
      if (clock.now() < this.#exhausted.until) throw this.#exhausted.fault
      this.#exhausted = null
    }
    for (;;) {
      const now = clock.now()
      const quietMs = this.#quietUntil - now
      if (quietMs > MAX_WAIT_MS) throw limitedFor(quietMs)
      const ms = Math.min(MAX_WAIT_MS, Math.max(quietMs, this.budget.waitFor(points, now)))
      if (ms <= 0) return
      await clock.sleep(ms, signalOf(options))
    }
  }

  #watchVersion(headers: Readonly<Record<string, string>>): void {
    const served = headers['api-version']
    if (served === undefined || served === this.#options.apiVersion || this.#saidVersion) return
    this.#saidVersion = true
    this.#options.log.warn(
      { host: 'monday', asked: this.#options.apiVersion, served },
      'monday serves another version of its API than the one asked for',
    )
  }
}

/** Wraps a fault of a request that may have been carried out. */
class MaybeDone extends Fault {
  readonly named: { readonly named?: Named }

  constructor(fault: Fault, { error, meaning }: Named) {
    super(fault.code, fault.message, {
      blame: fault.blame,
      exit: fault.exit,
      ...(fault.hint === undefined ? {} : { hint: fault.hint }),
      ...(fault.retryAfterMs === undefined ? {} : { retryAfterMs: fault.retryAfterMs }),
    })
    this.named = isRefusal(meaning, error) ? { named: { error, meaning } } : {}
  }
}

/** Why it is not known whether a write took effect; `null` when it surely did not. */
function doubtOf(error: unknown): string | null {
  if (error instanceof HttpFault) return error.sent ? `${error.code}: ${error.message}` : null
  return error instanceof MaybeDone ? error.message : null
}

function limitedFor(ms: number): Fault {
  return new Fault('monday-limited', `monday asked us to wait another ${Math.ceil(ms / 1000)} s`, {
    blame: 'remote',
    exit: 75,
    hint: 'Run again later',
    retryAfterMs: ms,
  })
}

/**
 * The error that stands against a whole answer. A read is of use only when it is whole. Of a write, errors of single
 * aliases are none, nor is any error beside something that was done.
 */
function troubleIn(answer: HttpAnswer, wire: WireAnswer, now: number, reading: boolean): Exchange['trouble'] {
  if (!reading && didSomething(wire.data)) return null
  const error =
    wire.errors.find((one) => one.path.length === 0) ?? (reading || wire.data === null ? wire.errors[0] : undefined)
  if (error === undefined) return null
  const meaning = answer.status === 429 && meaningOf(error) === 'other' ? 'limited' : meaningOf(error)
  const hints = [retryAfterMs(answer.headers, now), error.retryAfterMs ?? undefined].filter((ms) => ms !== undefined)
  const afterMs = hints.length === 0 ? undefined : Math.max(...hints)
  return { error, meaning, afterMs, ofContent: isOfContent(answer, wire) }
}

/** Statuses that refuse a request for what it holds before anything of it is done. */
const REFUSES_REQUEST: ReadonlySet<number> = new Set([400, 413, 422])

/**
 * What a smaller request may get past, with surely nothing done: the request as such was refused, by its size or a variable.
 * Errors of items ride on 200; of those that name no alias nobody knows what else was done. An answer that is none of monday's
 * own, like a proxy's page, says nothing of the kind, save of the size.
 */
function isOfContent({ status }: HttpAnswer, { data, errors, isAnswer }: WireAnswer): boolean {
  if (status === 413) return true
  if (data !== null || !isAnswer || !(status === 200 || REFUSES_REQUEST.has(status))) return false
  return errors.every((error) => {
    const meaning = meaningOf(error)
    if (meaning === 'forbidden' || error.code === 'InvalidVersionException' || error.path.length > 0) return false
    return meaning === 'schema' || (REFUSES_REQUEST.has(status) && isRefusal(meaning, error))
  })
}

function didSomething(data: WireAnswer['data']): boolean {
  return data !== null && Object.entries(data).some(([alias, value]) => alias !== 'complexity' && value !== null)
}

function signalOf(options: QueryOptions): { signal?: AbortSignal } {
  return options.signal === undefined ? {} : { signal: options.signal }
}

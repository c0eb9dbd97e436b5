import PQueue from 'p-queue'
import type { CallOptions } from '../platform/call-options.ts'
import type { Clock } from '../platform/clock.ts'
import { Fault } from '../platform/errors.ts'
import type { HttpAnswer, HttpRequest, HttpStream, StreamingHttpClient } from '../platform/http.ts'
import { HttpFault } from '../platform/http-fault.ts'
import type { Log } from '../platform/log.ts'
import { type Outcome, retryAfterMs, retrying, type Verdict } from '../platform/retry.ts'

export interface ServiceOptions {
  /** In codes of faults: `zendesk`. */
  readonly vendor: string
  /** In messages: `Zendesk`. */
  readonly title: string
  /** Without a slash at its end. */
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly http: StreamingHttpClient
  readonly clock: Clock
  /** 0 <= r < 1. */
  readonly random: () => number
  readonly log: Log
  /** Requests under way at once. */
  readonly atOnce: number
  /** How many requests the vendor takes in a time; none is sent that would be one too many, as far as this process knows. */
  readonly paces?: readonly Pace[]
  /** How much faster than the wall the vendor's clock runs; 1 for real ones. */
  readonly speed?: number
  /** The variables that hold the address and the key, for hints. */
  readonly variables: { readonly url: string; readonly key: string }
}

export interface Pace {
  readonly requests: number
  readonly perMs: number
}

export interface ServiceRequest extends Pick<HttpRequest, 'method' | 'query' | 'body' | 'totalTimeoutMs'> {
  /** Begins with a slash. */
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  /** Statuses that are an answer and no fault: 404 where it means that there is no data. */
  readonly takes?: readonly number[]
}

/** Longest hint that is waited for; a longer one ends the run with "try later". */
const MAX_WAIT_MS = 120_000
const ATTEMPTS = 6
/** A host that cannot be reached is mostly a wrong address: people should not wait long to hear it. */
const ATTEMPTS_TO_REACH = 3
/** Where a vendor limits us and names no time. */
const LIMITED_MS = 15_000

/** Speaks with one service that is read with a key: nothing is sent while it said wait, and what may pass is tried again. */
export class ServiceClient {
  readonly #options: ServiceOptions
  readonly #queue: PQueue
  readonly #sent: number[] = []
  #quietUntil = 0
  #requests = 0

  constructor(options: ServiceOptions) {
    this.#options = options
    this.#queue = new PQueue({ concurrency: options.atOnce })
  }

  /** Requests since they were last taken. */
  takeRequests(): number {
    const requests = this.#requests
    this.#requests = 0
    return requests
  }

  /** An answer of status 200, or of one that the request takes. Rejects with a `Fault`. */
  ask(request: ServiceRequest, options: CallOptions = {}): Promise<HttpAnswer> {
    const send = () => this.#options.http.request(this.#toHttp(request, options))
    return this.#retrying(request, options, send)
  }

  /** The same with its body read as JSON; one that is none is asked for again. */
  async json(request: ServiceRequest, options: CallOptions = {}): Promise<unknown> {
    const send = async () => {
      const answer = await this.#options.http.request(this.#toHttp(request, options))
      return { ...answer, json: answer.status === 200 ? jsonOf(answer.body) : undefined }
    }
    return (await this.#retrying(request, options, send)).json
  }

  /** The same, for a body too long to be held. */
  stream(request: ServiceRequest, options: CallOptions = {}): Promise<HttpAnswer | HttpStream> {
    const send = () => this.#options.http.stream(this.#toHttp(request, options))
    return this.#retrying(request, options, send)
  }

  #toHttp({ path, takes: _, ...request }: ServiceRequest, { signal }: CallOptions): HttpRequest {
    const { url, headers } = this.#options
    return { ...request, url: `${url}${path}`, headers: { ...headers, ...request.headers }, signal }
  }

  #retrying<T extends HttpAnswer | HttpStream>(
    request: ServiceRequest,
    options: CallOptions,
    send: () => Promise<T>,
  ): Promise<T> {
    const { clock, random, log, vendor } = this.#options
    const once = async () => {
      const answer = await this.#queue.add(async () => {
        await this.#gate(options)
        this.#requests += 1
        this.#sent.push(clock.now())
        return send()
      })
      if (answer.status === 429) this.#quietUntil = Math.max(this.#quietUntil, clock.now() + this.#limitMs(answer))
      return answer
    }
    return retrying(once, {
      attempts: ATTEMPTS,
      maxWaitMs: MAX_WAIT_MS,
      baseMs: 1000,
      clock,
      random,
      signal: options.signal,
      onWait: ({ attempt, ms, error }) => {
        const code = error instanceof Fault ? error.code : 'unknown'
        log.info({ source: vendor, code, ms, attempt }, 'waiting for the source')
      },
      classify: (outcome, attempt) => this.#classify(request, outcome, attempt),
    })
  }

  #limitMs({ headers }: Pick<HttpAnswer, 'headers'>): number {
    return retryAfterMs(headers, this.#options.clock.now()) ?? LIMITED_MS / (this.#options.speed ?? 1)
  }

  #classify(
    { takes = [], path }: ServiceRequest,
    outcome: Outcome<(HttpAnswer | HttpStream) & { readonly json?: unknown }>,
    attempt: number,
  ): Verdict {
    if (!outcome.ok) {
      const { error } = outcome
      if (!(error instanceof HttpFault) || error.blame !== 'remote') return { action: 'give' }
      return error.sent || attempt < ATTEMPTS_TO_REACH ? { action: 'retry', error } : { action: 'give' }
    }
    const answer = outcome.value
    const { status } = answer
    if (takes.includes(status)) return { action: 'give' }
    if (status === 200) {
      const isUnread = 'json' in answer && answer.json === undefined
      return isUnread
        ? { action: 'retry', error: this.#fault('unavailable', path, 'a body that is no JSON') }
        : { action: 'give' }
    }
    if (status === 429) {
      const afterMs = this.#limitMs(answer)
      return { action: 'retry', error: this.#fault('limited', path, '429', afterMs), afterMs }
    }
    if (status === 408 || status >= 500) {
      const error = this.#fault('unavailable', path, String(status))
      return { action: 'retry', error, afterMs: retryAfterMs(answer.headers, this.#options.clock.now()) }
    }
    const said = 'body' in answer ? wordsOf(answer.body) : ''
    const evidence = said === '' ? String(status) : `${status}: ${said}`
    const code = CODES[status] ?? (status >= 300 && status < 400 ? 'moved' : 'refused')
    return { action: 'fail', error: this.#fault(code, path, evidence) }
  }

  #fault(what: keyof typeof HINTS, path: string, evidence: string, afterMs?: number): Fault {
    const { vendor, title, variables } = this.#options
    const { blame, says, hint } = HINTS[what]
    return new Fault(`${vendor}-${what}`, `${title} ${says} ${path} (${evidence})`, {
      blame,
      hint: hint(variables),
      ...(afterMs === undefined ? {} : { retryAfterMs: afterMs }),
    })
  }

  /** Holds a request back while the service said wait, or would be asked more often than it takes. */
  async #gate(options: CallOptions): Promise<void> {
    const { clock, paces = [], speed = 1 } = this.#options
    for (;;) {
      options.signal?.throwIfAborted()
      const now = clock.now()
      const waits = [this.#quietUntil - now]
      for (const { requests, perMs } of paces) {
        const first = this.#sent.at(-requests)
        if (first !== undefined) waits.push(first + perMs / speed - now)
      }
      const most = Math.max(0, ...paces.map(({ requests }) => requests))
      if (this.#sent.length > most) this.#sent.splice(0, this.#sent.length - most)
      const ms = Math.max(...waits)
      if (ms <= 0) return
      if (ms > MAX_WAIT_MS) throw this.#fault('limited', 'requests for now', 'its limit', ms)
      await clock.sleep(ms, options.signal === undefined ? {} : { signal: options.signal })
    }
  }
}

type Hint = (variables: ServiceOptions['variables']) => string

/** What is said of each answer, and what a person does about it. */
const HINTS = {
  'key-refused': {
    blame: 'operator',
    says: 'refuses the key for',
    hint: ({ key }) => `Make a new key there and set ${key}`,
  },
  forbidden: {
    blame: 'operator',
    says: 'does not let this key read',
    hint: ({ key }) => `Give the key of ${key} the right to read it`,
  },
  payment: {
    blame: 'operator',
    says: 'wants to be paid before it answers',
    hint: () => 'Look at the billing page there',
  },
  'not-found': {
    blame: 'operator',
    says: 'has no',
    hint: ({ url }) => `Check ${url} and the number of the project`,
  },
  moved: {
    blame: 'operator',
    says: 'sends us elsewhere for',
    hint: ({ url }) => `Set ${url} to the address that the service has now`,
  },
  refused: {
    blame: 'us',
    says: 'refuses',
    hint: () => 'Check what the source mapping says of it; else report this with the version of this program',
  },
  limited: { blame: 'remote', says: 'is limiting us for', hint: () => 'Run again later' },
  unavailable: { blame: 'remote', says: 'gives no good answer to', hint: () => 'Run again later' },
} as const satisfies Record<string, { blame: 'operator' | 'remote' | 'us'; says: string; hint: Hint }>

const CODES: Readonly<Record<number, keyof typeof HINTS>> = {
  401: 'key-refused',
  402: 'payment',
  403: 'forbidden',
  404: 'not-found',
}

/** What a service says in the usual places of an error, cut short; addresses of people taken out. */
function wordsOf(body: string): string {
  const parsed = jsonOf(body)
  const at = (key: string) => {
    const value = typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>)[key] : undefined
    return typeof value === 'string' ? value : ''
  }
  const words = [at('code'), at('detail') || at('description') || at('error')].filter((word) => word !== '').join(', ')
  return words.replaceAll(/[^\s"'<>]+@[^\s"'<>]+/g, '…').slice(0, 200)
}

function jsonOf(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}

export function basicAuth(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
}

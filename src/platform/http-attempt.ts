import http from 'node:http'
import https from 'node:https'

/** One exchange's timers and what is known of how far it came. */
export class Attempt {
  readonly #caller: AbortSignal | undefined
  readonly #controller = new AbortController()
  readonly #onCallerAbort = () => {
    this.end()
    this.#controller.abort()
  }
  #totalTimer: NodeJS.Timeout | undefined
  #idleTimer: NodeJS.Timeout | undefined
  /** `connecting` until a connection stands: then nothing can have been sent. */
  state: 'new' | 'connecting' | 'connected' | 'answered' = 'new'
  /** Which limit ended it, and how long that was. */
  timedOut: { readonly what: 'total' | 'idle'; readonly ms: number } | null = null
  /** How long a refusal asks to wait, known before its body came. */
  retryAfterMs: number | undefined

  constructor(caller: AbortSignal | undefined) {
    this.#caller = caller
    caller?.addEventListener('abort', this.#onCallerAbort, { once: true })
  }

  /** From now on. */
  limit(totalTimeoutMs: number): void {
    clearTimeout(this.#totalTimer)
    this.#totalTimer = setTimeout(() => this.#expire('total', totalTimeoutMs), totalTimeoutMs)
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  throwIfAborted(): void {
    this.#caller?.throwIfAborted()
  }

  /** Node's own http and https, watched for the moment when a connection stands. */
  readonly transport = {
    request: (options: https.RequestOptions, onAnswer: (answer: http.IncomingMessage) => void) => {
      const secure = options.protocol === 'https:'
      const request = (secure ? https : http).request(options, onAnswer)
      this.state = 'connecting'
      request.once('socket', (socket) => {
        if (!socket.connecting) this.#connected()
        else socket.once(secure ? 'secureConnect' : 'connect', () => this.#connected())
      })
      return request
    },
  }

  answered(): void {
    this.state = 'answered'
  }

  /** A piece of the body is waited for; `rests` when it arrived. */
  waits(idleTimeoutMs: number): void {
    this.#idleTimer = setTimeout(() => this.#expire('idle', idleTimeoutMs), idleTimeoutMs)
  }

  rests(): void {
    clearTimeout(this.#idleTimer)
  }

  end(): void {
    clearTimeout(this.#totalTimer)
    clearTimeout(this.#idleTimer)
    this.#caller?.removeEventListener('abort', this.#onCallerAbort)
  }

  #connected(): void {
    if (this.state === 'connecting') this.state = 'connected'
  }

  #expire(what: 'total' | 'idle', ms: number): void {
    this.timedOut = { what, ms }
    this.#controller.abort()
  }
}

import type { DatabaseSync } from 'node:sqlite'

/** What every simulated vendor stands on. One per sandbox process. */
export interface Engine {
  /** State of all vendors; `:memory:` or a file. Each vendor prefixes its tables (`sf_`, `monday_`). */
  readonly db: DatabaseSync
  readonly clock: VirtualClock
  readonly faults: FaultTable
  readonly limits: Limits
  /** Writes that took effect, in order; what crash points are counted by. */
  readonly sideEffects: SideEffects
  /** What every random draw of a vendor starts from: the same seed gives the same sandbox. */
  readonly seed: number
}

/** Time that may run faster than the wall: at speed 60 a minute of limits passes in a second. */
export interface VirtualClock {
  readonly speed: number
  /** Virtual ms since 1970-01-01T00:00:00Z. */
  now(): number
  /** Real ms that a virtual duration takes: what hints (`Retry-After`) are told in, so that clients wait rightly. */
  real(virtualMs: number): number
  /** Moves virtual time forward at once (tests: "a week passes"). */
  advance(virtualMs: number): void
}

/** `documented` or `unsure`; an unsure one has two values and `--reading` picks one. */
export interface Limits {
  readonly reading: 'optimistic' | 'pessimistic'
  /** By name, e.g. `monday.callsPerDay`. Throws on an unknown name. */
  get(name: string): number
  /** Overrides one limit (fault files, tests). */
  set(name: string, value: number): void
}

/** What goes wrong, as data. The first rule that matches an operation and its count is applied. */
export interface FaultTable {
  /** Adds rules; `nth` counts calls of that operation from now on. */
  add(rules: readonly FaultRule[]): void
  clear(): void
  /** Counts one call of `operation` and says what is to go wrong with it, if anything. */
  hit(operation: string): FaultRule | null
}

export interface FaultRule {
  /** `monday.mutation`, `monday.query`, `salesforce.query`, `salesforce.token` …; a trailing `*` matches any rest. */
  readonly operation: string
  /** Which call, from 1; absent: every call. */
  readonly nth?: number
  /** How many calls in a row; default 1 (without `nth`: for ever). */
  readonly times?: number
  readonly action: FaultAction
  /** What the action needs: `retryAfter`, `code`, `status`, `ms`, `bytes`, `pid`. */
  readonly with?: Readonly<Record<string, string | number>>
}

/**
 * `cut-before`: the connection drops and nothing was done. `cut-after`: it was done, then the connection drops.
 * `kill-before` / `kill-after`: likewise, and the process `pid` gets SIGKILL. `stop-before` / `stop-after`: the process `pid`
 * is paused (SIGSTOP) until somebody wakes it; then it finds the connection cut and nothing done, or the answer to what was
 * done. `hang`: no answer for `ms`. `hang-after`: done, then no answer. `truncate`: done, the body ends early. `stall`: done, the body stops coming after `bytes` (half
 * of it) though the connection stands. `drip`: done, the body comes `bytes` (1) at a time, every `ms` (100). `status`:
 * an answer with this status and no body, `html`: with an HTML body; nothing was done. `status-after`: done, then such
 * an answer. `error`: the vendor's own error body named by `code`. `skip-cache`: done, but the idempotency answer is
 * not kept. `lag`: look-ups do not see this write for `ms`. Of Bulk results only: `end-early`, the page ends after
 * `bytes` of its text (half) and the connection is in order; `short-page`, it lacks `rows` (1) of those its header
 * counts.
 */
export type FaultAction =
  | 'cut-before'
  | 'cut-after'
  | 'kill-before'
  | 'kill-after'
  | 'stop-before'
  | 'stop-after'
  | 'hang'
  | 'hang-after'
  | 'truncate'
  | 'stall'
  | 'drip'
  | 'status'
  | 'status-after'
  | 'html'
  | 'error'
  | 'skip-cache'
  | 'lag'
  | 'end-early'
  | 'short-page'

export interface SideEffects {
  /** Records that a write took effect and returns its number, from 1. */
  record(operation: string, detail: string): number
  count(): number
  list(): readonly { readonly n: number; readonly operation: string; readonly detail: string }[]
}

/** A simulated vendor, mounted on the sandbox's HTTP server under `prefix`. */
export interface Vendor {
  readonly name: string
  /** Answers a request whose path starts with one of these. */
  readonly paths: readonly string[]
  handle(request: SandboxRequest): Promise<SandboxAnswer>
  /** The variables that point a client at this vendor. */
  env(baseUrl: string): Readonly<Record<string, string>>
}

export interface SandboxRequest {
  readonly method: string
  /** Path without query, leading slashes collapsed to one. */
  readonly path: string
  readonly query: URLSearchParams
  /** Length of the address as it was sent, query included. */
  readonly uriBytes?: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** Aborts when the client has hung up before it was answered. */
  readonly signal?: AbortSignal
}

/** A body that is read piece by piece while it is sent, for what is too large for memory. */
export interface StreamedBody {
  /** The sum of all pieces. */
  readonly bytes: number
  pieces(): Iterable<Buffer>
}

/** `null` in place of an answer drops the connection. */
export type SandboxAnswer = {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Buffer
  /** Sent in place of `body`, as it is. */
  readonly stream?: StreamedBody
  /** Send only so many bytes of the body, then drop the connection. */
  readonly cutAt?: number
  /** Send the body so many bytes at a time, pausing in real time; with a pause of `null`, nothing after the first piece. */
  readonly slow?: { readonly bytes: number; readonly pauseMs: number | null }
} | null

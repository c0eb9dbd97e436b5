import type { Clock } from './clock.ts'

/** What to do with one outcome, as a vendor's table says it. */
export type Verdict =
  /** The outcome stands: a result is returned, an error thrown as it is. */
  | { readonly action: 'give' }
  /** No use in trying again: `error` is thrown. */
  | { readonly action: 'fail'; readonly error: unknown }
  /** Try again, after `afterMs` where the vendor named a time; `error` is thrown when attempts or patience run out. */
  | { readonly action: 'retry'; readonly error: unknown; readonly afterMs?: number | undefined }

export type Outcome<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: unknown }

export interface RetryOptions<T> {
  /** Decides on every outcome; `attempt` counts from 1. */
  readonly classify: (outcome: Outcome<T>, attempt: number) => Verdict
  /** How often the operation runs at most. */
  readonly attempts: number
  /** First ceiling of the back-off; doubles with each attempt. Default 500. */
  readonly baseMs?: number
  /** Highest ceiling of the back-off. Default 30,000. */
  readonly maxBackoffMs?: number
  /** A vendor that wants a longer wait than this is not waited for: its error is thrown at once. Default 60,000. */
  readonly maxWaitMs?: number
  readonly clock: Clock
  /** 0 <= r < 1. */
  readonly random: () => number
  readonly signal?: AbortSignal | undefined
  readonly onWait?: (wait: {
    readonly attempt: number
    readonly attempts: number
    readonly ms: number
    readonly error: unknown
  }) => void
}

/**
 * Runs `operation` until its outcome is given or failed, or attempts run out.
 *
 * Between attempts it waits as long as the vendor said (plus up to a tenth, so that many clients do not return at once),
 * else a random part of a ceiling that doubles ("full jitter"). Aborting rejects with the signal's reason, also while waiting.
 */
export async function retrying<T>(operation: (attempt: number) => Promise<T>, options: RetryOptions<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    options.signal?.throwIfAborted()
    const outcome = await outcomeOf(() => operation(attempt))
    if (options.signal?.aborted) throw options.signal.reason
    const verdict = options.classify(outcome, attempt)
    if (verdict.action === 'fail') throw verdict.error
    if (verdict.action === 'give') {
      if (outcome.ok) return outcome.value
      throw outcome.error
    }
    if (attempt >= options.attempts) throw verdict.error
    const ms = waitMs(verdict.afterMs, attempt, options)
    if (verdict.afterMs !== undefined && verdict.afterMs > (options.maxWaitMs ?? 60_000)) throw verdict.error
    options.onWait?.({ attempt, attempts: options.attempts, ms, error: verdict.error })
    await options.clock.sleep(ms, options.signal === undefined ? {} : { signal: options.signal })
  }
}

async function outcomeOf<T>(operation: () => Promise<T>): Promise<Outcome<T>> {
  try {
    return { ok: true, value: await operation() }
  } catch (error) {
    return { ok: false, error }
  }
}

function waitMs<T>(afterMs: number | undefined, attempt: number, options: RetryOptions<T>): number {
  if (afterMs !== undefined) return Math.ceil(afterMs + (options.random() * afterMs) / 10)
  const ceiling = Math.min(options.maxBackoffMs ?? 30_000, (options.baseMs ?? 500) * 2 ** (attempt - 1))
  return Math.floor(options.random() * ceiling)
}

/**
 * What a `Retry-After` header asks for in milliseconds: seconds or an HTTP date, which is read against the server's own
 * `date` header where there is one, since our clock may differ. `undefined` when absent or unreadable; a past date is 0.
 */
export function retryAfterMs(headers: Readonly<Record<string, string>>, now: number): number | undefined {
  const asked = headers['retry-after']?.trim()
  if (asked === undefined || asked === '') return undefined
  if (/^\d+(\.\d+)?$/.test(asked)) return Math.ceil(Number(asked) * 1000)
  const until = Date.parse(asked)
  if (Number.isNaN(until)) return undefined
  const served = Date.parse(headers['date'] ?? '')
  return Math.max(0, until - (Number.isNaN(served) ? now : served))
}

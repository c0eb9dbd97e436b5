/** Time as a port: the one place where a run learns what time it is or waits. */
export interface Clock {
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  now(): number
  /** Resolves after `ms`; rejects with the signal's reason when aborted first. */
  sleep(ms: number, options?: { readonly signal?: AbortSignal }): Promise<void>
}

/** A clock that runs so many times faster than another from now on: what the sandbox's vendors count by. */
export function clockAt(speed: number, clock: Clock): Clock {
  if (speed === 1) return clock
  const start = clock.now()
  return {
    now: () => start + (clock.now() - start) * speed,
    sleep: (ms, options) => clock.sleep(ms / speed, options),
  }
}

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (ms, options) =>
    new Promise((resolve, reject) => {
      const signal = options?.signal
      if (signal?.aborted) return reject(signal.reason)
      const stop = () => {
        clearTimeout(timer)
        reject(signal?.reason)
      }
      const timer = setTimeout(
        () => {
          signal?.removeEventListener('abort', stop)
          resolve()
        },
        Math.max(0, ms),
      )
      signal?.addEventListener('abort', stop, { once: true })
    }),
}

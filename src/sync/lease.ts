import type { Clock } from '../platform/clock.ts'
import { Fault } from '../platform/errors.ts'
import type { Store } from '../store/store.ts'

const TTL_MS = 60_000

/**
 * Runs `work` while holding a lease, so that two runs cannot overlap on one source or board.
 *
 * The lease is prolonged while work goes on; when it is lost all the same (a machine that slept), the signal is
 * aborted. What a paused worker might still do is held back by the ledger's compare-and-set, not by this.
 */
export async function withLease<T>(
  store: Store,
  clock: Clock,
  name: string,
  holder: string,
  signal: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  if (!(await store.takeLease(name, holder, TTL_MS))) {
    const other = (await store.leases()).find((lease) => lease.name === name)
    const until = other === undefined ? '' : ` until ${new Date(other.until).toISOString()}`
    throw new Fault('lease-held', `Another run is at work on ${name}${until}`, {
      blame: 'operator',
      exit: 75,
      hint: 'Wait for it to end; the lease of a run that died runs out by itself within a minute',
    })
  }
  const lost = new AbortController()
  const stop = new AbortController()
  const combined = AbortSignal.any([lost.signal, ...(signal === undefined ? [] : [signal])])
  const prolonging = prolong(store, clock, name, holder, stop.signal, lost)
  try {
    return await work(combined)
  } finally {
    stop.abort()
    await prolonging
    await store.releaseLease(name, holder)
  }
}

async function prolong(
  store: Store,
  clock: Clock,
  name: string,
  holder: string,
  stop: AbortSignal,
  lost: AbortController,
): Promise<void> {
  for (;;) {
    try {
      await clock.sleep(TTL_MS / 3, { signal: stop })
    } catch {
      return // stopped: the work is over
    }
    if (!(await store.takeLease(name, holder, TTL_MS))) {
      lost.abort(
        new Fault('lease-lost', `The lease on ${name} ran out while this run was paused`, {
          blame: 'remote',
          hint: 'Run again',
        }),
      )
      return
    }
  }
}

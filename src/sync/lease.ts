import type { Clock } from '../platform/clock.ts'
import { Fault } from '../platform/errors.ts'
import type { Store } from '../store/store.ts'

export interface LeasePorts {
  readonly store: Store
  readonly clock: Clock
  /** Who holds the lease. */
  readonly run: string
  /** A lease runs out by itself after this time, unless it is prolonged. */
  readonly times: { readonly leaseMs: number }
}

/**
 * Runs `work` while holding a lease, so that two runs cannot overlap on one source or board.
 *
 * The lease is prolonged while work goes on; when it is lost all the same (a machine that slept), the signal is
 * aborted. What a paused worker might still do is held back by the ledger's compare-and-set, not by this.
 * A lease that another run holds is a fault, once it was waited for as long as `patienceMs`.
 */
export async function withLease<T>(
  { store, clock, run: holder, times: { leaseMs: ttlMs } }: LeasePorts,
  name: string,
  signal: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
  patienceMs = 0,
): Promise<T> {
  const began = clock.now()
  while (!(await store.takeLease(name, holder, ttlMs))) {
    if (clock.now() - began < patienceMs) {
      await clock.sleep(ttlMs / 60, signal === undefined ? {} : { signal })
      continue
    }
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
  const prolonging = prolong(store, clock, name, holder, ttlMs, stop.signal, lost)
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
  ttlMs: number,
  stop: AbortSignal,
  lost: AbortController,
): Promise<void> {
  for (;;) {
    try {
      await clock.sleep(ttlMs / 3, { signal: stop })
    } catch {
      return // stopped: the work is over
    }
    if (!(await store.takeLease(name, holder, ttlMs))) {
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

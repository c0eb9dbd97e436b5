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

/** Asked right before anything is written elsewhere: rejects with `lease-lost` when the lease is no longer ours. */
export type MayWrite = () => Promise<void>

/**
 * Runs `work` while holding a lease, so that two runs cannot overlap on one source or board.
 *
 * The lease is prolonged while work goes on; when another took it meanwhile (a machine that slept), the signal is aborted
 * and `mayWrite` rejects, even before this run has noticed how long it was away. What was claimed is held back by the
 * ledger's compare-and-set besides. A lease that another run holds is a fault, once it was waited for as long as `patienceMs`.
 */
export async function withLease<T>(
  { store, clock, run: holder, times: { leaseMs: ttlMs } }: LeasePorts,
  name: string,
  signal: AbortSignal | undefined,
  work: (signal: AbortSignal, mayWrite: MayWrite) => Promise<T>,
  patienceMs = 0,
): Promise<T> {
  const began = clock.now()
  let heldUntil = began + ttlMs
  while (!(await store.takeLease(name, holder, ttlMs))) {
    if (clock.now() - began < patienceMs) {
      await clock.sleep(ttlMs / 60, signal === undefined ? {} : { signal })
      heldUntil = clock.now() + ttlMs
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
  /** False when somebody else had the lease meanwhile; it may have run out without anybody minding. */
  const prolong = async () => {
    const asked = clock.now()
    const isOurs = await store.prolongLease(name, holder, ttlMs)
    if (isOurs) heldUntil = asked + ttlMs
    else lost.abort(leaseLost(name))
    return isOurs
  }
  const mayWrite = async () => {
    while (clock.now() >= heldUntil) if (!(await prolong())) throw leaseLost(name)
    lost.signal.throwIfAborted()
  }
  const prolonging = repeat(prolong, clock, ttlMs / 3, stop.signal)
  try {
    return await work(combined, mayWrite)
  } finally {
    stop.abort()
    await prolonging
    await store.releaseLease(name, holder)
  }
}

function leaseLost(name: string): Fault {
  return new Fault('lease-lost', `Another run took over ${name} while this one was paused`, {
    blame: 'remote',
    hint: 'Nothing to do: the other run goes on; the next run finds what is left',
  })
}

async function repeat(work: () => Promise<boolean>, clock: Clock, everyMs: number, stop: AbortSignal): Promise<void> {
  for (;;) {
    try {
      await clock.sleep(everyMs, { signal: stop })
    } catch {
      return // stopped: the work is over
    }
    if (!(await work())) return
  }
}

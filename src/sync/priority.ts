import { deriveDossier } from '../domain/derive.ts'
import { readDossier } from '../domain/dossier.ts'
import { PriorityRecords } from '../domain/priority/gather.ts'
import { type PriorityPlan, planPriority } from '../domain/priority/plan.ts'
import type { CallOptions } from '../platform/call-options.ts'
import type { Solver } from '../platform/solver.ts'
import { type DerivePorts, readContext } from './derive.ts'

/** For a plan with all that explains it; a hard one of 60 features and 900 opportunities is not proven best by then. */
const LIMIT_MS = 15_000

/**
 * What is worth building next, by all that is known today. Goes over all dossiers: whoever asks has time. Nothing is chosen
 * where `model.yaml` names no period to plan for.
 */
export async function planFeatures(
  ports: Pick<DerivePorts, 'store' | 'model' | 'zone' | 'clock'> & { readonly solver: Solver },
  options?: CallOptions,
): Promise<PriorityPlan> {
  const { store, zone, clock, solver } = ports
  const context = await readContext(ports)
  const today = zone.dayOf(clock.now())
  const records = new PriorityRecords(context, today)
  for await (const page of store.dossiers('all')) {
    options?.signal?.throwIfAborted()
    for (const { id, records: rows } of page) {
      records.add(deriveDossier(readDossier(rows, id), context, today).facts)
    }
  }
  const end = clock.now() + LIMIT_MS
  return planPriority(records.input(), { solve: solver.solve, leftMs: () => end - clock.now() })
}

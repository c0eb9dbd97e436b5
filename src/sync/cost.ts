import type { SourceMapping } from '../mapping/mapping.ts'
import type { CallOptions } from '../platform/call-options.ts'
import type { CostEstimate, Source, SourceQuota } from '../source/source.ts'
import type { Store } from '../store/store.ts'
import type { OnEvent } from './events.ts'
import { readStanding } from './pull.ts'

/** What reading one source was thought to cost, and what is left of its quota afterwards. */
export interface SourceCost {
  readonly name: string
  readonly estimate: CostEstimate
  /** As last told by the vendor; `null`: it has none, or did not answer. */
  readonly quota: SourceQuota | null
}

/** Tells what the reads that are about to be made will cost. Sources without requests and quota say nothing. */
export async function estimateCost(
  ports: { readonly store: Store; readonly onEvent: OnEvent },
  source: Source,
  mapping: SourceMapping,
  options?: CallOptions,
): Promise<CostEstimate> {
  const requests = await Promise.all(
    mapping.records.map(async (record) => {
      const { cursor } = await readStanding(ports.store, { source: mapping.source, kind: record.kind }, record)
      return { object: record.object, fields: record.reads, where: record.where, after: cursor }
    }),
  )
  const estimate = await source.estimate(requests, options)
  const quota = source.quota()
  if (quota !== null || estimate.requests > 0) {
    ports.onEvent({ on: 'cost', source: mapping.source, ...estimate, quota })
  }
  return estimate
}

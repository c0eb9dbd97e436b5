import type { RecordMapping, SourceMapping } from '../mapping/mapping.ts'
import type { CallOptions } from '../platform/call-options.ts'
import type { CostEstimate, Source, SourceQuota } from '../source/source.ts'
import type { OnEvent } from './events.ts'
import type { PullStanding } from './pull-standing.ts'

/** What reading one source was thought to cost, and what is left of its quota afterwards. */
export interface SourceCost {
  readonly name: string
  readonly estimate: CostEstimate
  /** As last told by the vendor; `null`: it has none, or did not answer. */
  readonly quota: SourceQuota | null
}

/** Tells what the reads that are about to be made will cost. Sources without requests and quota say nothing. */
export async function estimateCost(
  { onEvent }: { readonly onEvent: OnEvent },
  source: Source,
  mapping: SourceMapping,
  standings: ReadonlyMap<RecordMapping, PullStanding>,
  options?: CallOptions,
): Promise<CostEstimate> {
  const asked = [...standings].filter(([, { isAbsent }]) => !isAbsent)
  const requests = asked.map(([{ object, where }, { fields, cursor }]) => ({ object, fields, where, after: cursor }))
  const estimate = await source.estimate(requests, options)
  const quota = source.quota()
  if (quota !== null || estimate.requests > 0) onEvent({ on: 'cost', source: mapping.source, ...estimate, quota })
  return estimate
}

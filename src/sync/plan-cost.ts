import type { WayTerms } from '../plan/choose-way.ts'
import { batchSizes } from '../plan/import-batches.ts'
import type { PlanCost } from '../plan/render.ts'
import type { CallOptions } from '../platform/call-options.ts'
import { chooseBy, findKeysAlike, isImportRow, mayImport, readWayTerms } from './import-rows.ts'
import type { BoardPlan, PlanPorts, StoredChange } from './plan-board.ts'

/**
 * What plans will cost when they are sent, and which way their changes go, in the order given: what one plan takes of the
 * hour's imports and of the day's calls, the next does not have. Sending chooses anew, by what is known then.
 */
export async function costPlans(
  ports: PlanPorts,
  plans: readonly BoardPlan[],
  options?: CallOptions,
): Promise<PlanCost[]> {
  const { imports } = ports.host
  const costs: PlanCost[] = []
  let terms: WayTerms | null = null
  for (const plan of plans) {
    const steps = plan.summary.steps
    if (imports === undefined || !mayImport(ports.host, imports, steps)) {
      costs.push(onlySent(ports.host.estimate(steps)))
      continue
    }
    terms ??= await readWayTerms(ports, imports)
    const sizes = await importableOf(ports, plan)
    const choice = await chooseBy(ports.host, sizes, steps - sum(sizes), terms, options)
    const files = choice.files.flat()
    terms = {
      ...terms,
      jobsLeft: terms.jobsLeft - files.length,
      itemsLeft: terms.itemsLeft - sum(files),
    }
    costs.push({
      ...choice.cost,
      imported: sum(files),
      files: files.length,
      later: sum(choice.later),
      costOfSending: choice.costOfSending,
    })
  }
  return costs
}

function onlySent(cost: { readonly calls: number; readonly ms: number }): PlanCost {
  return { ...cost, imported: 0, files: 0, later: 0, costOfSending: cost }
}

/** The sizes of the batches that files could carry; they are counted, never held. */
async function importableOf({ host, store }: PlanPorts, plan: BoardPlan): Promise<number[]> {
  const { imports } = host
  if (imports === undefined) return []
  const alike = await findKeysAlike(store, plan.board)
  const creates = new Map<string, number>()
  let updates = 0
  for await (const page of store.planChanges(plan.id)) {
    for (const { body } of page) {
      const { change } = JSON.parse(body) as StoredChange
      if (alike.has(change.key.toLowerCase()) || !isImportRow(imports, change, plan.expected)) continue
      const group = change.group?.after ?? ''
      if (change.kind === 'create') creates.set(group, (creates.get(group) ?? 0) + 1)
      else updates += 1
    }
  }
  return batchSizes([...creates.values()], updates)
}

function sum(all: readonly number[]): number {
  return all.reduce((total, one) => total + one, 0)
}

import { type GuardAllowance, guardPlan, namesPlan } from '../plan/guard.ts'
import { countToSend, type PlannedChange, type PlanSummary, shortDigest } from '../plan/plan.ts'
import { Fault } from '../platform/errors.ts'
import type { Store, StoredPlan } from '../store/store.ts'
import type { BoardPlan, StoredChange } from './plan-board.ts'
import type { RunProblem } from './problem.ts'

/** What stands in the way whatever a person says. */
const NOBODYS_WORD: ReadonlySet<string> = new Set(['plan-source-unread', 'plan-source-stale', 'plan-board-closed'])

/** A plan that a person saw, narrowed to what planning anew still finds. */
export interface Narrowed {
  readonly plan: BoardPlan
  /** Changes that the person saw and that no longer hold: they are not sent. */
  readonly stale: number
  /** Changes that came up since: they are left to the next plan. */
  readonly unseen: number
  /** Said to the person, when the two plans differ. */
  readonly problems: readonly RunProblem[]
}

/** The plans that digests (at least twelve digits each) name, by board. A digest of no kept plan is a Fault. */
export async function findShown(store: Store, digests: readonly string[]): Promise<Map<string, StoredPlan>> {
  const found = new Map<string, StoredPlan>()
  for (const digest of digests) {
    const plan = await store.planByDigest(digest)
    if (plan === null || !namesPlan(digest, plan.digest)) {
      throw new Fault('plan-unknown', `There is no plan with the digest "${digest}"; nothing was sent`, {
        blame: 'operator',
        hint: 'Run plan and copy the digest it shows, all twelve digits; of each board the ten newest plans are kept',
      })
    }
    found.set(plan.board, plan)
  }
  return found
}

/**
 * What is still right of a plan that a person saw. A change goes on only when planning anew finds the same change,
 * for the same desired item, against the same ledger version. The guard is asked about the plan that was seen; to name
 * its digest is the word it wants for a changed mapping.
 */
export async function narrowToShown(
  store: Store,
  fresh: BoardPlan,
  shown: StoredPlan,
  guard: Pick<Parameters<typeof guardPlan>[1], 'limits' | 'whenGone' | 'ofTotals'> & {
    readonly allowed?: GuardAllowance
  },
): Promise<Narrowed> {
  const seen = new Set<string>()
  for await (const change of changesOf(store, shown.id)) seen.add(identityOf(change))
  const counts = { create: 0, update: 0, move: 0, archive: 0, post: 0, notify: 0, steps: 0 }
  for await (const change of changesOf(store, fresh.id)) {
    if (!seen.has(identityOf(change))) continue
    counts[change.kind] += 1
    counts.steps += change.steps.length
  }
  const kept = countToSend(counts)
  const stale = shown.changes - kept
  const unseen = countToSend(fresh.summary) - kept
  return {
    plan: {
      ...fresh,
      summary: { ...fresh.summary, ...counts },
      guard: fresh.guard.faults.some(({ code }) => NOBODYS_WORD.has(code))
        ? fresh.guard
        : guardPlan(JSON.parse(shown.summary) as PlanSummary, {
            ...guard,
            mappingChanged: fresh.mappingChanged,
            emptied: [],
            allowed: { ...guard.allowed, digest: shown.digest },
          }),
      sends: (change) => seen.has(identityOf(change)),
    },
    stale,
    unseen,
    problems: differences(shown, stale, unseen),
  }
}

/** Two changes with the same identity do the same to the same item. */
function identityOf({ key, kind, version, desired, cause }: PlannedChange): string {
  return JSON.stringify([key, kind, version, desired, cause === 'duplicate'])
}

async function* changesOf(store: Store, plan: string): AsyncIterable<PlannedChange> {
  for await (const page of store.planChanges(plan)) {
    for (const { body } of page) yield (JSON.parse(body) as StoredChange).change
  }
}

function differences(shown: StoredPlan, stale: number, unseen: number): RunProblem[] {
  const name = shortDigest(shown.digest)
  const hint = `Run plan ${shown.board} to see what is left to do`
  const problems: RunProblem[] = []
  if (stale > 0) {
    problems.push({
      subject: shown.board,
      code: 'plan-stale',
      message: `${stale} of the ${shown.changes} changes of plan ${name} no longer hold and were not sent`,
      hint,
      exit: 3,
    })
  }
  if (unseen > 0) {
    problems.push({
      subject: shown.board,
      code: 'plan-overtaken',
      message: `${unseen} ${unseen === 1 ? 'change' : 'changes'} came up after plan ${name} and ${unseen === 1 ? 'was' : 'were'} left for the next`,
      hint,
      exit: 0,
    })
  }
  return problems
}

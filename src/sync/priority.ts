import type { Day } from '../domain/day.ts'
import type { Context } from '../domain/derive.ts'
import type { FactValues } from '../domain/facts.ts'
import { gatherPriority } from '../domain/priority/gather.ts'
import { planPriority } from '../domain/priority/plan.ts'
import { priorityFacts } from '../domain/priority/priority-facts.ts'
import type { Answer } from '../domain/priority/program.ts'
import type { CallOptions } from '../platform/call-options.ts'
import type { Clock } from '../platform/clock.ts'
import { Fault } from '../platform/errors.ts'
import type { Solver } from '../platform/solver.ts'
import type { Store } from '../store/store.ts'
import { digestOf } from './digest.ts'

/** For a plan with all that explains it; a hard one of 60 features and 900 opportunities is not proven best by then. */
const LIMIT_MS = 15_000
/** Moves on when the same opportunities, risks and features would give another plan, or it would be told otherwise. */
const PLAN_VERSION = '1'

/** What a solver says that has stopped: then the plan is one that was found without it, and the next run asks again. */
const KNOWS_NOTHING: Answer = { status: 'limit', values: null, bound: Number.POSITIVE_INFINITY, prices: null }

interface KeptPlan {
  /** Of all that the plan is made from. */
  readonly digest: string
  readonly facts: readonly FactValues[]
}

export interface PriorityPorts {
  readonly store: Store
  readonly clock: Clock
  /** Started when something is to be planned, and no sooner. */
  readonly openSolver: () => Solver
}

/**
 * Plans what to build, by what the totals say as of a day, and keeps the plan. As long as nothing that it is made from changes it
 * stays the same plan, and no time is spent.
 */
export async function keepPriority(
  { store, clock, openSolver }: PriorityPorts,
  totals: ReadonlyMap<string, number>,
  { model, features }: Pick<Context, 'model' | 'features'>,
  today: Day,
  options?: CallOptions,
): Promise<void> {
  const gathered = gatherPriority(totals, features, model, today)
  const catalogue = [...features.values()].map(({ changedAt: _, ...feature }) => feature)
  const digest = digestOf([PLAN_VERSION, model.currency, JSON.stringify([gathered, model.priority, catalogue])])
  if ((await read(store))?.digest === digest) return
  await using solver = openSolver()
  const end = clock.now() + LIMIT_MS
  let hasStopped = false
  const plan = await planPriority(gathered.input, {
    leftMs: () => end - clock.now(),
    solve: async (program, limitMs, withPrices) => {
      options?.signal?.throwIfAborted()
      try {
        return await solver.solve(program, limitMs, withPrices)
      } catch (error) {
        if (!(error instanceof Fault && error.code === 'solver-stopped')) throw error
        hasStopped = true
        return KNOWS_NOTHING
      }
    },
  })
  const facts = priorityFacts(gathered, plan, features, model, today)
  const kept: KeptPlan = { digest: hasStopped ? '' : digest, facts }
  await store.setNote(NOTE, JSON.stringify(kept))
}

/** The plan that was made last; nothing where none was. */
export async function readPriorityFacts(store: Pick<Store, 'note'>): Promise<readonly FactValues[]> {
  return (await read(store))?.facts ?? []
}

const NOTE = 'priority'

async function read(store: Pick<Store, 'note'>): Promise<KeptPlan | null> {
  const note = await store.note(NOTE)
  return note === null ? null : (JSON.parse(note) as KeptPlan)
}

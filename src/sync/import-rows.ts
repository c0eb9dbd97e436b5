import type { BoardHost, BoardImports, BoardLayout } from '../board/board.ts'
import { chooseWays, dependsOnDay, type WayChoice, type WayTerms } from '../plan/choose-way.ts'
import { toBoardChanges } from '../plan/known.ts'
import type { PlannedChange } from '../plan/plan.ts'
import type { CallOptions } from '../platform/call-options.ts'
import type { Clock } from '../platform/clock.ts'
import { Fault } from '../platform/errors.ts'
import type { Store } from '../store/store.ts'
import { readImportBudget } from './import-budget.ts'

/** Whether a file may carry a change: one step, of an item that is new to the ledger or that the ledger follows. */
export function isImportRow(imports: BoardImports, change: PlannedChange, layout: BoardLayout): boolean {
  const [step] = change.steps
  if (change.steps.length !== 1 || step === undefined) return false
  // An old item of the key that was archived might be the one that is found.
  if (step.kind === 'create' ? change.version !== 0 : step.kind !== 'update') return false
  return toBoardChanges(change, layout).every((one) => imports.takes(one))
}

/** Whether so many rows are worth an import at all, budgets aside. */
export function mayImport(host: BoardHost, imports: BoardImports, rows: number): boolean {
  const most = Math.min(rows, imports.limits.rowsPerFile)
  return host.estimate(most).calls > imports.estimate(most).calls
}

/** What choosing the way goes by now; of the day's calls nothing yet. */
export async function readWayTerms(
  ports: { readonly host: BoardHost; readonly store: Store; readonly clock: Clock },
  imports: BoardImports,
): Promise<WayTerms> {
  return {
    sending: (steps) => ports.host.estimate(steps),
    importing: (rows) => imports.estimate(rows),
    limits: imports.limits,
    ...(await readImportBudget(ports, imports.limits)),
    callsLeft: null,
  }
}

/** Chooses the ways; the host is asked for what is left of its day only when that makes a difference. */
export async function chooseBy(
  host: BoardHost,
  batches: readonly number[],
  alone: number,
  terms: WayTerms,
  options?: CallOptions,
): Promise<WayChoice> {
  const asks = terms.callsLeft === null && dependsOnDay(batches, alone, terms)
  return chooseWays(batches, alone, asks ? { ...terms, callsLeft: await callsLeft(host, options) } : terms)
}

/** Calls left of the day; a host that does not tell stops nobody. */
async function callsLeft(host: BoardHost, options?: CallOptions): Promise<number | null> {
  try {
    const { day } = await host.budget(options)
    return day === null ? null : Math.max(0, Math.floor(day.limit - day.used))
  } catch (error) {
    if (error instanceof Fault) return null
    throw error
  }
}

/** Keys of a board, in lower case, that more than one of its keys comes to: a host might take one for the other. */
export async function findKeysAlike(store: Pick<Store, 'pairs'>, board: string): Promise<ReadonlySet<string>> {
  const seen = new Set<string>()
  const alike = new Set<string>()
  for await (const page of store.pairs(board, 'all')) {
    for (const { key } of page) {
      const lower = key.toLowerCase()
      if (seen.has(lower)) alike.add(lower)
      else seen.add(lower)
    }
  }
  return alike
}

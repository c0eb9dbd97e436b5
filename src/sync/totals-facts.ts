import type { Day } from '../domain/day.ts'
import type { FactValues, TotalsKind } from '../domain/facts.ts'
import type { Model } from '../domain/model.ts'
import { factsOfTotals, PARTS_OF } from '../domain/totals.ts'
import { Fault } from '../platform/errors.ts'
import type { Store } from '../store/store.ts'
import { countedParts } from './derive.ts'
import { readTotals } from './desired.ts'

/** The facts that stored totals give, each kind made when it is first asked for. */
export interface TotalsFacts {
  /** Whether all that facts of a kind are made from is counted: some board shows them, or did. */
  isCounted(kind: TotalsKind): boolean
  of(kind: TotalsKind): readonly FactValues[]
}

/** Reads what was counted so far, as of a day, of the newest `months` months; derives nothing. What was counted by another model or program is refused. */
export async function readTotalsFacts(store: Store, model: Model, day: Day, months: number): Promise<TotalsFacts> {
  const parts = await countedParts(store, model)
  if (parts === null) {
    throw new Fault(
      'not-derived',
      'Nothing is counted yet, or model.yaml or boardsync itself changed since it was counted',
      { blame: 'operator', hint: 'Run boardsync plan, which counts and writes to no board, then this again' },
    )
  }
  // Totals hold every month; the model only says how many of them boards show.
  const showing = { ...model, funnelMonths: months }
  const totals = await readTotals(store)
  const made = new Map<TotalsKind, readonly FactValues[]>()
  return {
    isCounted: (kind) => PARTS_OF[kind].every((part) => parts.has(part)),
    of: (kind) => {
      const facts = made.get(kind) ?? factsOfTotals(kind, totals, showing, day)
      made.set(kind, facts)
      return facts
    },
  }
}

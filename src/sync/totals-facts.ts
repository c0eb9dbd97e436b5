import { companyOf } from '../domain/company.ts'
import type { Day } from '../domain/day.ts'
import type { FactValues, TotalsKind } from '../domain/facts.ts'
import { factsOfTotals, PARTS_OF } from '../domain/totals.ts'
import { Fault } from '../platform/errors.ts'
import { countedParts, type DerivePorts, readContext } from './derive.ts'
import { readTotals } from './desired.ts'
import { readPriorityFacts } from './priority.ts'

/** The facts that stored totals give, each kind made when it is first asked for. */
export interface TotalsFacts {
  /** Whether all that facts of a kind are made from is counted: some board shows them, or did. */
  isCounted(kind: TotalsKind): boolean
  of(kind: TotalsKind): readonly FactValues[]
}

/** Reads what was counted so far, as of a day, of the newest `months` months; derives nothing. What was counted by another model or program is refused. */
export async function readTotalsFacts(
  ports: Pick<DerivePorts, 'store' | 'model' | 'zone'>,
  day: Day,
  months: number,
): Promise<TotalsFacts> {
  const { store, model, zone } = ports
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
  const company = companyOf(await readContext(ports), day, await readPriorityFacts(store))
  const made = new Map<TotalsKind, readonly FactValues[]>()
  return {
    isCounted: (kind) => PARTS_OF[kind].every((part) => parts.has(part)),
    of: (kind) => {
      const facts = made.get(kind) ?? factsOfTotals(kind, totals, showing, day, zone, company)
      made.set(kind, facts)
      return facts
    },
  }
}

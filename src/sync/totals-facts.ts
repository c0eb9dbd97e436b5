import {
  asReported,
  CLOSING_KINDS,
  firstShown,
  lastClosed,
  type Reported,
  type Restatement,
  restatementsOf,
} from '../domain/closed-months.ts'
import { companyOf } from '../domain/company.ts'
import type { Day, Month } from '../domain/day.ts'
import type { FactValues, TotalsKind } from '../domain/facts.ts'
import { factsOfTotals } from '../domain/totals.ts'
import { partsOf } from '../domain/totals-parts.ts'
import { Fault } from '../platform/errors.ts'
import { readReported } from './closed-months.ts'
import { countedParts, type DerivePorts, readContext } from './derive.ts'
import { readTotals } from './desired.ts'
import { readPriorityFacts } from './priority.ts'

/** The facts that stored totals give, each kind made when it is first asked for. */
export interface TotalsFacts {
  /** Whether all that facts of a kind are made from is counted: some board shows them, or did. */
  isCounted(kind: TotalsKind): boolean
  /** As boards show them: closed months as they were reported. */
  of(kind: TotalsKind): readonly FactValues[]
  /** The last month that is closed; `null`: none is. */
  readonly closed: Month | null
  /** Numbers of closed months that are not what was reported. */
  restatements(): readonly Restatement[]
}

/** Reads what was counted so far, as of a day, of the newest `months` months; derives nothing. What was counted by another model or program is refused. */
export async function readTotalsFacts(
  ports: Pick<DerivePorts, 'store' | 'model' | 'zone' | 'closedThrough'>,
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
  const isCounted = (kind: TotalsKind) => partsOf(kind, model).every((part) => parts.has(part))
  const ofNow = kept((kind) => factsOfTotals(kind, totals, showing, day, zone, company))
  const closed = lastClosed(ports.closedThrough, day)
  const reported = new Map<TotalsKind, Reported>()
  if (closed !== null)
    for (const kind of CLOSING_KINDS) if (isCounted(kind)) reported.set(kind, await readReported(store, kind))
  return {
    isCounted,
    of: kept((kind) => {
      const then = reported.get(kind)
      return then === undefined
        ? ofNow(kind)
        : asReported(kind, ofNow(kind), then, closed, firstShown(kind, months, day))
    }),
    closed,
    restatements: () =>
      [...reported].flatMap(([kind, then]) =>
        restatementsOf(kind, ofNow(kind), then, closed, firstShown(kind, months, day)),
      ),
  }
}

function kept(make: (kind: TotalsKind) => readonly FactValues[]): (kind: TotalsKind) => readonly FactValues[] {
  const made = new Map<TotalsKind, readonly FactValues[]>()
  return (kind) => {
    const facts = made.get(kind) ?? make(kind)
    made.set(kind, facts)
    return facts
  }
}

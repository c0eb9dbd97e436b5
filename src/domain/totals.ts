import type { Day } from './day.ts'
import type { FactValues, TotalsKind } from './facts.ts'
import { addContributions } from './funnel.ts'
import { funnelFacts } from './funnel-facts.ts'
import type { KeptFacts } from './kept-facts.ts'
import type { Model } from './model.ts'
import { addArr } from './revenue/arr-contributions.ts'
import { arrMonthFacts } from './revenue/arr-month-facts.ts'
import { arrMovements } from './revenue/arr-movements.ts'
import { parseArrPath } from './revenue/arr-path.ts'

/**
 * Adds (`sign` 1) or takes away (-1) what dossiers contribute to all totals, each dossier asked for once.
 *
 * Depends on the kept facts and the model they were derived with, on nothing else; integers only; adding commutes. So
 * totals are the same in any order, and whether built step by step or from scratch.
 */
export function addToTotals(totals: Map<string, number>, facts: Iterable<KeptFacts>, sign: 1 | -1, model: Model): void {
  addContributions(totals, addOthers(totals, facts, sign), sign, model)
}

/** The facts as they come, what they add to totals other than the funnel's added on the way. */
function* addOthers(totals: Map<string, number>, facts: Iterable<KeptFacts>, sign: 1 | -1): Iterable<KeptFacts> {
  for (const one of facts) {
    const { account } = one
    if (typeof account?._arr === 'string') {
      const path = parseArrPath(account._arr)
      addArr(totals, account, path, arrMovements(path), sign)
    }
    yield one
  }
}

/** The facts of one kind that totals give as of a day, by id. `totals` may hold whatever else. */
export function factsOfTotals(
  kind: TotalsKind,
  totals: ReadonlyMap<string, number>,
  model: Model,
  day: Day,
): FactValues[] {
  switch (kind) {
    case 'funnel_stage':
      return funnelFacts(totals, model, day)
    case 'arr_month':
      return arrMonthFacts(totals, model, day)
  }
}

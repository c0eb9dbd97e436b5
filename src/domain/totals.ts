import type { Day } from './day.ts'
import type { FactValues, TotalsKind } from './facts.ts'
import { calibrationFacts, forecastFacts } from './forecast/forecast-facts.ts'
import { addForecast } from './forecast/forecast-totals.ts'
import { addFunnel } from './funnel.ts'
import { funnelFacts } from './funnel-facts.ts'
import type { KeptFacts } from './kept-facts.ts'
import type { Model } from './model.ts'
import { pipelineMonthFacts } from './pipeline/pipeline-month-facts.ts'
import { addPipeline } from './pipeline/pipeline-totals.ts'
import { addArr } from './revenue/arr-contributions.ts'
import { arrMonthFacts } from './revenue/arr-month-facts.ts'
import { Tally } from './tally.ts'
import { usageContributions } from './usage-totals.ts'

/**
 * Adds (`sign` 1) or takes away (-1) what dossiers contribute to all totals, each dossier asked for once; many at once cost
 * less than one by one.
 *
 * Depends on the kept facts and the model they were derived with, on nothing else: what was added is taken away by calling
 * it again with the same facts. Integers only; adding commutes. So totals are the same in any order, and whether built step
 * by step or from scratch (keys that come to 0 may be there or not).
 */
export function addToTotals(totals: Map<string, number>, facts: Iterable<KeptFacts>, sign: 1 | -1, model: Model): void {
  const tally = new Tally(totals, sign)
  try {
    for (const one of facts) {
      const { account, arr, usageSum } = one
      if (usageSum.points > 0) for (const [key, value] of usageContributions(usageSum)) tally.addKey(key, value)
      if (account !== null && arr !== null) addArr(tally, account, arr)
      addFunnel(tally, one, model)
      addPipeline(tally, one.opportunities, one.paths, model)
      addForecast(tally, one.opportunities, one.paths, model)
    }
  } finally {
    tally.finish()
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
    case 'pipeline_month':
      return pipelineMonthFacts(totals, model, day)
    case 'forecast':
      return forecastFacts(totals, model, day)
    case 'forecast_calibration':
      return calibrationFacts(totals, model, day)
  }
}

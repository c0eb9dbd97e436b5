import type { Day } from '../day.ts'
import type { Feature } from '../demand-records.ts'
import { isShippedOn } from '../influence/feature-state.ts'
import type { Model } from '../model.ts'
import type { PriorityDeal, PriorityFeature, PriorityInput } from './priority-input.ts'
import { readPriority } from './priority-totals.ts'
import { capacitiesOf, EVERYBODY, type PrioritySettings } from './settings.ts'
import type { StageOdds } from './stage-odds.ts'
import type { Wait } from './waits.ts'
import { dealWorth, riskWorth } from './worth.ts'

/** What waits for features, with the chances that its worth is reckoned with. */
export interface Weighed extends Wait {
  /** Minor units. */
  readonly worth: number
  /** The least certainty, 0..1, over its blockers. */
  readonly certainty: number
  /** Of an opportunity: that it is won once unblocked, and although it is blocked; of a risk: that it comes true, and 0. */
  readonly ifUnblocked: number
  readonly ifBlocked: number
  /** What tells the chance: the history of its stage, of its pipeline, the CRM, the risk itself; nothing: it is 0. */
  readonly from: (typeof ODDS_SOURCES)[number]
}

export const ODDS_SOURCES = ['stage', 'pipeline', 'crm', 'risk', 'nothing'] as const

/** All that a plan of features is made from. */
export interface Gathered {
  readonly waits: readonly Weighed[]
  readonly input: PriorityInput
}

/**
 * Gathers what priority is reckoned of from totals, the catalogue and the model, as of a day. `totals` may hold other things.
 *
 * The chance of an opportunity once unblocked is the history of its stage, where nothing blocked; without enough of it the CRM's
 * probability. The chance that it is won blocked is that of those that closed blocked; without enough of it, 0.
 */
export function gatherPriority(
  totals: ReadonlyMap<string, number>,
  features: ReadonlyMap<string, Feature>,
  model: Model,
  day: Day,
): Gathered {
  const { periods } = model.priority
  const squads = new Set(periods.flatMap((period) => Object.keys(period.squads)))
  const { waits, odds } = readPriority(totals)
  const weighed = waits.map((wait) => weigh(wait, odds))
  return {
    waits: weighed,
    input: {
      features: [...features.values()].map((feature) => featureOf(feature, squads, model.priority, day)),
      deals: weighed.map(dealOf),
      periods: periods.map((period) => ({ name: period.name, capacities: capacitiesOf(period, squads) })),
    },
  }
}

function weigh(wait: Wait, odds: StageOdds): Weighed {
  const { kind, arr, stage = '', probability, blockers } = wait
  const certainties = blockers.map(([, certainty]) => certainty)
  const certainty = Math.min(...certainties)
  if (kind === 'risk') {
    const churn = probability ?? 0
    const worth = riskWorth({ arr, churn, certainties })
    return { ...wait, worth, certainty, ifUnblocked: churn, ifBlocked: 0, from: 'risk' }
  }
  const history = odds.of(stage, false)
  const ifUnblocked = history?.rate ?? probability ?? 0
  const ifBlocked = odds.of(stage, true)?.rate ?? 0
  const byHistory = history?.ofPipeline === true ? 'pipeline' : 'stage'
  const from = history !== undefined ? byHistory : probability !== undefined ? 'crm' : 'nothing'
  return {
    ...wait,
    worth: dealWorth({ arr, ifUnblocked, ifBlocked, certainties }),
    certainty,
    ifUnblocked,
    ifBlocked,
    from,
  }
}

function dealOf({ id, kind, worth, arr, accountId, blockers }: Weighed): PriorityDeal {
  const ids = blockers.map(([feature]) => feature)
  return { id, kind, worth, arr, ...(accountId === undefined ? {} : { accountId }), blockers: ids }
}

function featureOf(
  feature: Feature,
  squads: ReadonlySet<string>,
  { decided }: PrioritySettings,
  day: Day,
): PriorityFeature {
  const { id, effortHours, squad, enabledById } = feature
  const decision = decided[id]
  const effort = () => ({
    [EVERYBODY]: effortHours ?? 0,
    ...(squad !== undefined && squads.has(squad) ? { [squad]: effortHours ?? 0 } : {}),
  })
  return {
    id,
    name: feature.name ?? id,
    ...(effortHours === undefined ? {} : { effort: effort() }),
    requires: enabledById === undefined ? [] : [enabledById],
    status: isShippedOn(feature, day) ? 'shipped' : feature.status === 'declined' ? 'declined' : 'open',
    ...(decision === undefined ? {} : { decided: decision }),
  }
}

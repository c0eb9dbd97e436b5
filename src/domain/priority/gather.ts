import type { Day } from '../day.ts'
import type { Feature } from '../demand-records.ts'
import type { Context } from '../derivation.ts'
import type { DossierFacts, FactValues } from '../facts.ts'
import { isShippedOn, standsFor } from '../influence/feature-state.ts'
import { ladderOf } from '../ladder.ts'
import type { PriorityDeal, PriorityFeature, PriorityInput } from './priority-input.ts'
import { capacitiesOf, EVERYBODY, type PrioritySettings } from './settings.ts'
import { type ClosedDeal, type StageOdds, stageOdds } from './stage-odds.ts'
import { dealWorth, riskWorth } from './worth.ts'

/** An open deal before the history of its stage is known. */
interface OpenDeal {
  readonly deal: Omit<PriorityDeal, 'worth'>
  readonly pipeline: string
  readonly stage: string | undefined
  readonly probability: number | undefined
  readonly certainties: readonly number[]
}

/**
 * Gathers what priority is reckoned of, dossier by dossier: open opportunities with the features that block them, risks that name a
 * feature, and how opportunities ended.
 *
 * The chance of an opportunity once unblocked is the history of its stage, where nothing blocked; without enough of it the CRM's
 * probability. The chance that it is won blocked is that of those that closed blocked; without enough of it, 0. Depends on the
 * order of dossiers in nothing.
 */
export class PriorityRecords {
  readonly #context: Context
  readonly #settings: PrioritySettings
  readonly #day: Day
  readonly #open: OpenDeal[] = []
  readonly #closed: ClosedDeal[] = []
  /** By account and feature. */
  readonly #risks = new Map<string, PriorityDeal>()

  constructor(context: Context, day: Day) {
    this.#context = context
    this.#settings = context.model.priority
    this.#day = day
  }

  /** The facts of one dossier. */
  add(facts: DossierFacts): void {
    facts.opportunities.forEach((fact, at) => {
      const blockers = this.#blockersOf(fact, facts.requests)
      if (fact.isOpen === true) this.#addOpen(fact, blockers)
      else {
        const { source, pipeline, path } = facts.counted.opportunities[
          at
        ] as (typeof facts.counted.opportunities)[number]
        const { stages } = ladderOf(this.#context.model, source, pipeline)
        const open = path.flatMap(({ stage }) => (stages[stage]?.state === 'open' ? [stages[stage].name] : []))
        this.#closed.push({
          pipeline: pipelineOf(fact),
          stages: new Set(open),
          isWon: fact.isWon === true,
          wasBlocked: [...blockers.keys()].some((id) => !this.#isShippedBy(id, fact.closedOn)),
        })
      }
    })
    for (const risk of facts.risks) this.#addRisk(risk, facts)
  }

  /** The input of the plan. */
  input(): PriorityInput {
    const { periods } = this.#settings
    const squads = new Set(periods.flatMap((period) => Object.keys(period.squads)))
    const odds = stageOdds(this.#closed)
    return {
      features: [...this.#context.features.values()].map((feature) => this.#featureOf(feature, squads)),
      deals: [...this.#open.map((open) => withWorth(open, odds)), ...this.#risks.values()],
      periods: periods.map((period) => ({ name: period.name, capacities: capacitiesOf(period, squads) })),
    }
  }

  #addOpen(fact: FactValues, blockers: ReadonlyMap<string, number>): void {
    const { arr, stage, probability } = fact
    if (typeof arr !== 'number' || blockers.size === 0) return
    // What has shipped no longer decides anything.
    const waits = [...blockers].filter(([id]) => !this.#isShippedBy(id, this.#day))
    if (waits.length === 0) return
    this.#open.push({
      deal: {
        id: String(fact.id),
        kind: 'opportunity',
        arr,
        ...(typeof fact.accountId === 'string' ? { accountId: fact.accountId } : {}),
        blockers: waits.map(([id]) => id),
      },
      pipeline: pipelineOf(fact),
      stage: typeof stage === 'string' ? stage : undefined,
      probability: typeof probability === 'number' ? probability : undefined,
      certainties: waits.map(([, certainty]) => certainty),
    })
  }

  #addRisk(
    { id, isOpen, featureId, arrAtRisk: arr, probability: churn, accountId }: FactValues,
    { requests }: DossierFacts,
  ): void {
    if (isOpen !== true || typeof featureId !== 'string' || typeof churn !== 'number' || typeof arr !== 'number') return
    const blocker = this.#resolve(featureId)
    if (this.#isShippedBy(blocker, this.#day)) return
    const asked = requests.filter(
      (one) => typeof one.featureId === 'string' && this.#resolve(one.featureId) === blocker,
    )
    const certainty =
      asked.length === 0 ? this.#settings.certainty[2] : Math.max(...asked.map((one) => this.#certaintyOf(one)))
    const worth = riskWorth({ arr, churn, certainties: [certainty] })
    // An account leaves once: of several of its risks for one feature the one that is worth most.
    const key = JSON.stringify([accountId ?? id, blocker])
    const other = this.#risks.get(key)
    if (other !== undefined && (other.worth > worth || (other.worth === worth && other.id <= String(id)))) return
    this.#risks.set(key, {
      id: String(id),
      kind: 'risk',
      arr,
      worth,
      ...(typeof accountId === 'string' ? { accountId } : {}),
      blockers: [blocker],
    })
  }

  /** The features that block an opportunity, each with the largest certainty that anybody asked for it with. */
  #blockersOf({ id: opportunityId }: FactValues, requests: readonly FactValues[]): Map<string, number> {
    const blockers = new Map<string, number>()
    for (const request of requests) {
      const { featureId, role } = request
      if (request.opportunityId !== opportunityId || role !== 'blocker' || typeof featureId !== 'string') continue
      const id = this.#resolve(featureId)
      blockers.set(id, Math.max(blockers.get(id) ?? 0, this.#certaintyOf(request)))
    }
    return blockers
  }

  #certaintyOf({ certainty, evidence }: FactValues): number {
    if (typeof certainty === 'number') return certainty
    return this.#settings.certainty[evidence === 3 || evidence === 2 ? evidence : 1]
  }

  /** The feature that is built in place of one: the bigger one that takes its place, and so on. */
  #resolve(id: string): string {
    const feature = this.#context.features.get(id)
    return feature === undefined ? id : standsFor(feature, this.#context.features, this.#day).id
  }

  #isShippedBy(id: string, day: FactValues[string] | undefined): boolean {
    const feature = this.#context.features.get(id)
    return feature !== undefined && isShippedOn(feature, typeof day === 'number' ? day : Number.NEGATIVE_INFINITY)
  }

  #featureOf(feature: Feature, squads: ReadonlySet<string>): PriorityFeature {
    const { id, effortHours, squad, enabledById } = feature
    const isShipped = this.#isShippedBy(id, this.#day)
    const decided = this.#settings.decided[id]
    const effort = () => ({
      [EVERYBODY]: effortHours ?? 0,
      ...(squad !== undefined && squads.has(squad) ? { [squad]: effortHours ?? 0 } : {}),
    })
    return {
      id,
      name: feature.name ?? id,
      ...(effortHours === undefined ? {} : { effort: effort() }),
      requires: enabledById === undefined ? [] : [enabledById],
      status: isShipped ? 'shipped' : feature.status === 'declined' ? 'declined' : 'open',
      ...(decided === undefined ? {} : { decided }),
    }
  }
}

function withWorth({ deal, pipeline, stage, probability, certainties }: OpenDeal, odds: StageOdds): PriorityDeal {
  const ifUnblocked = odds.of(pipeline, stage, false) ?? probability ?? 0
  const ifBlocked = odds.of(pipeline, stage, true) ?? 0
  return { ...deal, worth: dealWorth({ arr: deal.arr, ifUnblocked, ifBlocked, certainties }) }
}

function pipelineOf({ source, pipeline }: FactValues): string {
  return JSON.stringify([source ?? null, pipeline ?? null])
}

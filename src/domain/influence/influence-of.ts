import type { CountedOpportunity } from '../counted.ts'
import type { Day } from '../day.ts'
import type { Derivation, Draft } from '../derivation.ts'
import type { Dossier } from '../dossier.ts'
import type { FactValues } from '../facts.ts'
import type { CertaintyByEvidence } from '../priority/settings.ts'
import { type CountedPriority, countedPriority } from '../priority/waits.ts'
import type { StageChange } from '../records.ts'
import { sizeBounds } from './bounds.ts'
import { featureDealFact } from './feature-deal-facts.ts'
import { type FeatureState, featureState } from './feature-state.ts'
import { certaintyOf, type FeatureLink, linkOf, numberOf, textOf } from './links.ts'
import { addBlockers, addCommitment, type Promised } from './opportunity-blockers.ts'
import { reachOf, type UsedWeeks, weeksByFeature } from './reach.ts'
import { promisesFor, type Stake, stakesOf } from './stakes.ts'
import {
  ALL_FEATURES,
  type CountedSubject,
  type Demand,
  featureSubject,
  sumSubject,
  themeSubject,
} from './subject-sums.ts'

/** What a dossier says of features. */
export interface Influence {
  readonly counted: readonly CountedSubject[]
  /** Facts of each opportunity with each feature it has to do with. */
  readonly featureDeals: readonly FactValues[]
  /** `null` where nothing waits for a feature, or was blocked when it closed. */
  readonly priority: CountedPriority | null
}

const NOTHING: Influence = { counted: [], featureDeals: [], priority: null }

/** The facts of a dossier as far as they are made by now. */
export interface InfluenceInput {
  readonly dossier: Dossier
  readonly account: FactValues | null
  /** In the order of the dossier's; what blocks them is added. */
  readonly opportunities: readonly Draft[]
  readonly counted: readonly CountedOpportunity[]
  readonly requests: readonly FactValues[]
  readonly usage: readonly FactValues[]
  readonly risks: readonly FactValues[]
}

/** What the opportunities, requests, promises, risks and usage of a dossier say of features. Costs nothing where there are none. */
export function influenceOf(input: InfluenceInput, derivation: Derivation): Influence {
  const { dossier, requests, usage, risks } = input
  if (requests.length + usage.length + dossier.commitments.length + risks.length === 0) return NOTHING
  const states = new States(derivation)
  const asked = requests.flatMap((request) => {
    const feature = states.of(textOf(request.featureId))
    return feature === undefined ? [] : [{ request, feature }]
  })
  const promises = dossier.commitments.map((one): Promised => ({ ...one, state: states.named(one.featureId) }))
  const stakes = allStakes(input, asked, promises, derivation)
  const { parts, context } = derivation
  const { model } = context
  const priority = () =>
    countedPriority(
      stakes,
      input.risks,
      input.account,
      (id) => states.of(id),
      (id) => accountCertainty(id, asked, model.priority.certainty),
      model,
    )
  return {
    counted: parts.has('influence') ? subjectsOf(input, asked, stakes, states, derivation) : NOTHING.counted,
    featureDeals: stakes.map((stake) => featureDealFact(stake, model.influence)),
    priority: parts.has('priority') ? priority() : null,
  }
}

/** How sure it is that a feature decides whether an account stays: the largest of its requests, else as of a rep’s note. */
function accountCertainty(featureId: string, asked: readonly Asked[], byEvidence: CertaintyByEvidence): number {
  const own = asked.filter(({ feature }) => feature.id === featureId)
  if (own.length === 0) return byEvidence[2]
  return Math.max(...own.map(({ request }) => certaintyOf(request, numberOf(request.evidence) ?? 1, byEvidence)))
}

/** Features looked up once for each dossier. */
class States {
  readonly #derivation: Derivation
  readonly #states = new Map<string, FeatureState | undefined>()

  constructor(derivation: Derivation) {
    this.#derivation = derivation
  }

  /** By id of the catalogue, as facts have it. */
  of(id: string | undefined): FeatureState | undefined {
    if (id === undefined) return undefined
    if (!this.#states.has(id)) this.#states.set(id, featureState(id, this.#derivation))
    return this.#states.get(id)
  }

  /** By what a record says: an id, name or alias. */
  named(written: string | undefined): FeatureState | undefined {
    return written === undefined ? undefined : this.of(this.#derivation.findFeature(written)?.id)
  }
}

interface Asked {
  readonly request: FactValues
  readonly feature: FeatureState
}

function allStakes(
  { dossier, opportunities, counted }: InfluenceInput,
  asked: readonly Asked[],
  promises: readonly Promised[],
  derivation: Derivation,
): Stake[] {
  if (asked.length + promises.length === 0) return []
  const { zone } = derivation.context
  const askedOn = new Map<string, { feature: FeatureState; on: Day }>()
  for (const { request, feature } of asked) {
    const on = numberOf(request.createdOn)
    if (on === undefined) continue
    const before = askedOn.get(feature.id)
    if (before === undefined || on < before.on) askedOn.set(feature.id, { feature, on })
  }
  const byOpportunity = Map.groupBy(asked, ({ request }) => textOf(request.opportunityId) ?? '')
  const changes = Map.groupBy(dossier.changes, ({ opportunityId = '' }) => opportunityId)
  return opportunities.flatMap((opportunity, i) => {
    const links = linksOf(byOpportunity.get(opportunity.id) ?? [], opportunity, derivation)
    addBlockers(opportunity, links)
    if (promises.length > 0) addCommitment(opportunity, promises, links, derivation)
    return stakesOf(
      {
        opportunity,
        counted: counted[i] as CountedOpportunity,
        links,
        askedOn,
        changes: changes.get(opportunity.id) ?? NO_CHANGES,
        promises: promisesFor(opportunity, promises, (at) => zone.dayOf(at)),
      },
      derivation,
    )
  })
}

const NO_CHANGES: readonly StageChange[] = []

function linksOf(asked: readonly Asked[], opportunity: FactValues, { context }: Derivation): FeatureLink[] {
  const byFeature = Map.groupBy(asked, ({ feature }) => feature.id)
  return [...byFeature.values()]
    .map((list) =>
      linkOf(
        (list[0] as Asked).feature,
        list.map(({ request }) => request),
        opportunity,
        context.model.priority.certainty,
      ),
    )
    .sort((a, b) => (a.feature.id < b.feature.id ? -1 : 1))
}

function subjectsOf(
  { risks, account, usage }: InfluenceInput,
  asked: readonly Asked[],
  stakes: readonly Stake[],
  states: States,
  derivation: Derivation,
): CountedSubject[] {
  const { model } = derivation.context
  const demands = demandsOf(risks, account, asked, states)
  const bounds = sizeBounds(model)
  const sum = (subject: string, of: readonly Stake[], list: readonly Demand[]) =>
    sumSubject(subject, of, list, model.influence, bounds)
  const subjects: CountedSubject[] = []
  if (demands.size > 0) {
    const all = [...demands.values()]
    subjects.push(sum(ALL_FEATURES, stakes, all))
    for (const one of all) {
      const of = stakes.filter(({ feature }) => feature.id === one.feature.id)
      subjects.push(sum(featureSubject(one.feature.id), of, [one]))
    }
    for (const [theme, list] of Map.groupBy(all, ({ feature }) => feature.theme ?? '')) {
      if (theme === '') continue
      const of = stakes.filter(({ feature }) => feature.theme === theme)
      subjects.push(sum(themeSubject(theme), of, list))
    }
  }
  if (account !== null) addReach(subjects, account, usage, asked, states)
  return subjects.filter(({ sums, counts }) => sums.length + counts.length > 0).sort(bySubject)
}

function demandsOf(
  risks: readonly FactValues[],
  account: FactValues | null,
  asked: readonly Asked[],
  states: States,
): Map<string, Demand> {
  const demands = new Map<string, Demand>()
  for (const list of Map.groupBy(asked, ({ feature }) => feature.id).values()) {
    const [{ feature }] = list as [Asked]
    demands.set(feature.id, { feature, requests: list.length, isAccount: account !== null, atRisk: undefined })
  }
  for (const { isOpen, featureId, arrAtRisk } of risks) {
    const feature = account === null || isOpen !== true ? undefined : states.of(textOf(featureId))
    if (feature === undefined || feature.isShipped) continue
    const before = demands.get(feature.id)
    const atRisk = Math.max(before?.atRisk ?? 0, numberOf(arrAtRisk) ?? 0)
    demands.set(feature.id, { feature, requests: before?.requests ?? 0, isAccount: true, atRisk })
  }
  return demands
}

/** Adds the use of features to what is counted of them. */
function addReach(
  subjects: CountedSubject[],
  account: FactValues,
  usage: readonly FactValues[],
  asked: readonly Asked[],
  states: States,
): void {
  const used = new Map<string, UsedWeeks>()
  for (const [id, weeks] of weeksByFeature(usage)) {
    const feature = states.of(id)
    if (feature === undefined) continue
    const others = used.get(feature.id)
    used.set(feature.id, others === undefined ? weeks : [...others, ...weeks])
  }
  const newest = usage.reduce((week, one) => Math.max(week, numberOf(one.week) ?? 0), 0)
  const firstAsked = new Map<string, Asked>()
  for (const one of asked) {
    const before = numberOf(firstAsked.get(one.feature.id)?.request.createdOn) ?? Infinity
    if ((numberOf(one.request.createdOn) ?? Infinity) < before) firstAsked.set(one.feature.id, one)
  }
  for (const id of new Set([...used.keys(), ...firstAsked.keys()])) {
    const first = firstAsked.get(id)
    const on = numberOf(first?.request.createdOn)
    const shippedOn = first?.feature.shippedOn
    const sums = reachOf(
      used.get(id) ?? [],
      newest,
      numberOf(account.firstWonOn),
      on === undefined || shippedOn === undefined ? undefined : { on, shippedOn },
    )
    if (sums.length === 0) continue
    const at = subjects.findIndex(({ subject }) => subject === featureSubject(id))
    const own = subjects[at] ?? { subject: featureSubject(id), sums: [], counts: [] }
    const merged = { ...own, sums: [...own.sums, ...sums].sort(([a], [b]) => a - b) }
    if (at < 0) subjects.push(merged)
    else subjects[at] = merged
  }
}

function bySubject(a: CountedSubject, b: CountedSubject): number {
  return a.subject < b.subject ? -1 : 1
}

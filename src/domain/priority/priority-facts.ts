import type { Day } from '../day.ts'
import type { Feature } from '../demand-records.ts'
import type { FactValues } from '../facts.ts'
import type { Model } from '../model.ts'
import { formatMoney } from '../money.ts'
import type { SolverTime } from './best-set.ts'
import type { PriorityDecision } from './fields.ts'
import { type Gathered, gatherPriority, type Weighed } from './gather.ts'
import { type FeaturePriority, type Moved, type OtherLimits, type PriorityPlan, planPriority } from './plan.ts'
import type { LeftOut, LeftOutReason, PriorityDeal } from './priority-input.ts'
import { EVERYBODY } from './settings.ts'

const LEFT_OUT_WORDS: Readonly<Record<LeftOutReason, string>> = {
  'no-effort': 'nobody has said how much effort it takes',
  'no-period': 'priority: of model.yaml names no time to plan for',
  declined: 'it is declined',
  'unknown-feature': 'it waits for a feature that is in no catalogue',
  'needs-what-is-left-out': 'it waits for a feature that cannot be planned',
  'no-worth': 'nothing is gained by its chances',
  'not-blocked': 'nothing blocks it',
}

/** So many of a list are named; the others are counted. */
const MOST_NAMED = 8

type Features = ReadonlyMap<string, Feature>
type Row = Record<string, FactValues[string]>

/**
 * What is worth building next, as of a day: a row for the plan, one for each feature that has not shipped, and one for each share of
 * the hours that was looked at; by id. `totals` may hold other things.
 */
export async function planFacts(
  totals: ReadonlyMap<string, number>,
  features: Features,
  model: Model,
  day: Day,
  time: SolverTime,
): Promise<FactValues[]> {
  const gathered = gatherPriority(totals, features, model, day)
  return priorityFacts(gathered, await planPriority(gathered.input, time), features, model, day)
}

/** The facts of a plan and of what it was made from. */
export function priorityFacts(
  gathered: Gathered,
  plan: PriorityPlan,
  features: Features,
  model: Model,
  day: Day,
): FactValues[] {
  const { waits, input } = gathered
  const words = new Words(gathered, plan, features, model)
  const planned = new Map(plan.features.map((one) => [one.id, one]))
  const leftOut = new Map(plan.leftOut.flatMap((one) => (one.kind === 'feature' ? [[one.id, one] as const] : [])))
  const [next] = input.periods
  const rows: Row[] = [planRow(plan, next?.name, waits, words)]
  for (const [id, feature] of features) {
    const priority = planned.get(id)
    const out = leftOut.get(id)
    if (priority === undefined && out === undefined) continue
    const row: Row = { id, row: 'feature', name: feature.name ?? id }
    addFeature(row, feature, features)
    addWaits(
      row,
      waits.filter(({ blockers }) => blockers.some(([blocker]) => blocker === id)),
      id,
      words,
    )
    if (model.priority.decided[id] !== undefined) row.decided = model.priority.decided[id]
    if (priority !== undefined) addPlanned(row, priority, plan, next?.name, words)
    else if (out !== undefined) {
      row.decision = 'left_out'
      row.isChosen = false
      row.leftOut = words.reason(out)
      row.inWords = `${String(row.asked)}. It is in no plan: ${row.leftOut}`
    }
    delete row.asked
    rows.push(row)
  }
  for (const point of plan.frontier) {
    const percent = Math.round(point.share * 100)
    if (next === undefined || !point.isPossible) continue
    rows.push({
      id: `capacity:${String(percent).padStart(3, '0')}`,
      row: 'capacity',
      name: `${percent} % of the effort of ${next.name}`,
      decision: 'capacity',
      isChosen: false,
      capacityShare: point.share,
      capacity: Math.floor(limitOf(input.periods[0]) * point.share),
      effort: point.effort[EVERYBODY] ?? 0,
      worth: point.value,
      bound: point.bound,
      isBest: point.isExact,
      features: point.chosen.length,
      inWords: `With ${percent} % of the effort: ${words.money(point.value)}${point.isExact ? '' : ` at least, ${words.money(point.bound)} at most`}`,
    })
  }
  for (const row of rows) row.plannedOn = day
  return rows.sort((a, b) => (String(a.id) < String(b.id) ? -1 : 1))
}

function planRow(plan: PriorityPlan, period: string | undefined, waits: readonly Weighed[], words: Words): Row {
  const { best, withLess, withMore, byRanking } = plan
  const row: Row = {
    id: 'plan',
    row: 'plan',
    name: period === undefined ? 'No time to plan for' : `The plan for ${period}`,
    decision: 'plan',
    isChosen: false,
    ...countsOf(best.deals.map((deal) => words.wait(deal)).filter((wait) => wait !== undefined)),
    features: best.chosen.length,
  }
  if (period === undefined) {
    row.inWords = `Nothing is planned: ${LEFT_OUT_WORDS['no-period']}. ${waits.length} opportunities and accounts wait for features`
    return row
  }
  row.period = period
  row.effort = best.effort[EVERYBODY] ?? 0
  row.worth = best.value
  row.bound = best.bound
  row.isBest = best.isExact
  row.worthByRanking = byRanking
  row.differenceWithLess = withLess.difference
  row.differenceWithMore = withMore.difference
  row.withLess = words.changes(withLess)
  row.withMore = words.changes(withMore)
  row.workings = words.workings(best.deals)
  row.inWords = best.isPossible
    ? `${words.list(best.chosen.map((id) => words.feature(id))) || 'Nothing'}: ${words.money(best.value)} by ${row.effort} of effort, ${
        best.isExact ? 'nothing that fits is worth more' : `what is worth most is at most ${words.money(best.bound)}`
      }. A tenth more effort: ${words.signed(withMore.difference)}; a tenth less: ${words.signed(withLess.difference)}`
    : `What is decided in model.yaml does not fit into ${period}: nothing is chosen`
  return row
}

function addFeature(row: Row, feature: Feature, features: Features): void {
  const { theme, status, etaQuarter, squad, url, effortHours, enabledById, supersededById } = feature
  const own = { theme, status, etaQuarter, squad, url, effort: effortHours }
  for (const [name, value] of Object.entries(own)) if (value !== undefined) row[name] = value
  const nameOf = (id: string) => features.get(id)?.name ?? id
  if (enabledById !== undefined) row.needs = nameOf(enabledById)
  if (supersededById !== undefined) row.supersededBy = nameOf(supersededById)
}

function addWaits(row: Row, waits: readonly Weighed[], id: string, words: Words): void {
  Object.assign(row, countsOf(waits))
  const alone = waits.filter(({ blockers }) => blockers.length === 1)
  row.worth = sum(waits, 'worth')
  row.worthAlone = sum(alone, 'worth')
  const others = new Set(waits.flatMap(({ blockers }) => blockers.flatMap(([one]) => (one === id ? [] : [one]))))
  if (others.size > 0) row.otherBlockers = words.list([...others].sort().map((one) => words.feature(one)))
  if (waits.length > 0) row.workings = words.workings(waits)
  const deals = `${row.deals} open opportunit${row.deals === 1 ? 'y' : 'ies'}, ${words.money(Number(row.dealsArr))} of ARR`
  const risks = row.risks === 0 ? '' : `, and ${row.risks} at risk, ${words.money(Number(row.riskArr))}`
  row.asked = waits.length === 0 ? 'Nothing waits for it' : `Waiting for it: ${deals}${risks}`
}

function countsOf(waits: readonly Weighed[]): Row {
  const deals = waits.filter(({ kind }) => kind === 'opportunity')
  const risks = waits.filter(({ kind }) => kind === 'risk')
  return {
    deals: deals.length,
    dealsArr: sum(deals, 'arr'),
    risks: risks.length,
    riskArr: sum(risks, 'arr'),
    riskWorth: sum(risks, 'worth'),
    accounts: new Set(waits.flatMap(({ accountId }) => (accountId === undefined ? [] : [accountId]))).size,
  }
}

function addPlanned(
  row: Row,
  { isChosen, period, rank, worth, worthAlone, perEffort, otherwise }: FeaturePriority,
  plan: PriorityPlan,
  next: string | undefined,
  words: Words,
): void {
  const decision: PriorityDecision = isChosen ? 'build' : period === null ? 'not_planned' : 'later'
  row.decision = decision
  row.isChosen = isChosen
  row.rank = rank
  row.worth = worth
  row.worthAlone = worthAlone
  if (perEffort !== undefined) row.perEffort = Math.round(perEffort)
  if (period !== null) row.period = period
  const id = String(row.id)
  row.isChosenWithLess = plan.withLess.chosen.includes(id)
  row.isChosenWithMore = plan.withMore.chosen.includes(id)
  const place = isChosen ? `In the plan for ${next}` : period === null ? 'In no plan' : `By the outlook in ${period}`
  row.isOtherwisePossible = otherwise.isPossible
  if (!otherwise.isPossible) {
    row.inWords = `${String(row.asked)}. ${place}; ${isChosen ? 'it cannot be left out' : `it does not fit into ${next}`}`
    return
  }
  const { cost, costAtLeast, costAtMost, isExact, dealsLost, dealsGained, moved } = otherwise
  row[isChosen ? 'costOfNo' : 'costOfYes'] = cost
  row.costAtLeast = costAtLeast
  row.costAtMost = costAtMost
  row.isCostExact = isExact
  if (dealsLost.length > 0) row.otherwiseLoses = words.deals(dealsLost)
  if (dealsGained.length > 0) row.otherwiseGains = words.deals(dealsGained)
  const others = moved.filter((one) => one.id !== id)
  if (others.length > 0) row.otherwiseMoves = words.moves(others)
  const how = isExact ? '' : `, between ${words.money(costAtLeast)} and ${words.money(costAtMost)}`
  const say = isChosen ? 'Left out, the plan is worth' : `Built in ${next}, the plan is worth`
  const moves = others.length === 0 ? '' : `; ${words.moves(others)}`
  row.inWords = `${String(row.asked)}. ${place}. ${say} ${words.money(cost)} less${how}${moves}`
}

function limitOf(period: Gathered['input']['periods'][number] | undefined): number {
  return period?.capacities.find(({ name }) => name === EVERYBODY)?.limit ?? 0
}

function sum(waits: readonly Weighed[], of: 'arr' | 'worth'): number {
  return waits.reduce((total, wait) => total + wait[of], 0)
}

/** Numbers and names as sentences have them. */
class Words {
  readonly #waits: ReadonlyMap<string, Weighed>
  readonly #leftOut: ReadonlyMap<string, LeftOut>
  readonly #features: Features
  readonly #currency: string

  constructor({ waits }: Gathered, { leftOut }: PriorityPlan, features: Features, { currency }: Model) {
    this.#waits = new Map(waits.map((one) => [keyOf(one), one]))
    this.#leftOut = new Map(leftOut.flatMap((one) => (one.kind === 'feature' ? [] : [[keyOf(one), one]])))
    this.#features = features
    this.#currency = currency
  }

  wait(deal: Pick<PriorityDeal, 'kind' | 'id'>): Weighed | undefined {
    return this.#waits.get(keyOf(deal))
  }

  feature(id: string): string {
    return this.#features.get(id)?.name ?? id
  }

  money(minor: number): string {
    return `${formatMoney(minor, this.#currency)} ${this.#currency}`
  }

  signed(minor: number): string {
    return `${minor > 0 ? '+' : ''}${this.money(minor)}`
  }

  list(names: readonly string[], separator = ', '): string {
    const more = names.length - MOST_NAMED
    return more > 1 ? [...names.slice(0, MOST_NAMED), `and ${more} more`].join(separator) : names.join(separator)
  }

  deals(deals: readonly PriorityDeal[]): string {
    return this.list(
      deals.map((deal) => `${this.wait(deal)?.name ?? deal.id} (${this.money(deal.arr)})`),
      '; ',
    )
  }

  moves(moved: readonly Moved[]): string {
    const when = (period: string | null) => period ?? 'no plan'
    return this.list(
      moved.map(({ id, from, to }) => `${this.feature(id)} from ${when(from)} to ${when(to)}`),
      '; ',
    )
  }

  changes({ added, removed }: OtherLimits): string {
    const names = (ids: readonly string[]) => this.list(ids.map((id) => this.feature(id)))
    const parts = [
      ...(added.length === 0 ? [] : [`also ${names(added)}`]),
      ...(removed.length === 0 ? [] : [`without ${names(removed)}`]),
    ]
    return parts.join('; ') || 'the same features'
  }

  /** `Acme: 50 seats: 30000.00 × (0.5 × 0.8 − 0) = 12000.00`: the largest first. */
  workings(deals: readonly Pick<PriorityDeal, 'kind' | 'id'>[]): string {
    const waits = deals.map((deal) => this.wait(deal)).filter((wait) => wait !== undefined)
    waits.sort((a, b) => b.worth - a.worth || (keyOf(a) < keyOf(b) ? -1 : 1))
    return this.list(
      waits.map((wait) => this.#working(wait)),
      '\n',
    )
  }

  /** Why something can be in no plan: of a feature, or of what waits for one. */
  reason({ reason, because }: LeftOut): string {
    return LEFT_OUT_WORDS[reason] + (because === undefined ? '' : ` (${this.feature(because)})`)
  }

  #working(wait: Weighed): string {
    const out = this.#leftOut.get(keyOf(wait))
    return out === undefined ? this.#sum(wait) : `${this.#sum(wait)}, in no plan: ${this.reason(out)}`
  }

  #sum({ kind, name, arr, worth, certainty, ifUnblocked, ifBlocked, from }: Weighed): string {
    const money = (minor: number) => formatMoney(minor, this.#currency)
    const odds = `${short(ifUnblocked)} (${ODDS_WORDS[from]}) × ${short(certainty)} sure`
    const chance = kind === 'risk' || ifBlocked === 0 ? odds : `(${odds} − ${short(ifBlocked)} although blocked)`
    return `${name}: ${money(arr)} × ${chance} = ${money(worth)}`
  }
}

const ODDS_WORDS: Readonly<Record<Weighed['from'], string>> = {
  stage: 'won from its stage',
  pipeline: 'won from its pipeline',
  crm: 'probability of the CRM',
  risk: 'probability of the risk',
  nothing: 'no chance is known',
}

function keyOf({ kind, id }: Pick<LeftOut, 'kind' | 'id'>): string {
  return `${kind} ${id}`
}

function short(ratio: number): string {
  return String(Math.round(ratio * 100) / 100)
}

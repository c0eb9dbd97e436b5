import type { Category, CountedOpportunity } from './counted.ts'
import type { Day } from './day.ts'
import type { Derivation, Draft } from './derivation.ts'
import type { FactValues } from './facts.ts'
import { readHistory } from './history.ts'
import { type Ladder, ladderOf } from './ladder.ts'
import type { FunnelStage, Model, StageDefinition } from './model.ts'
import type { Path } from './path.ts'
import type { Opportunity, OpportunityState, Segment, StageChange } from './records.ts'

const NO_CHANGES: readonly StageChange[] = []

/** The fact of one opportunity, and what totals count of it (but for `expanded`, which others tell). `account` is the fact of its account, `leadId` the first lead that was converted to it. */
export function opportunityFact(
  opportunity: Opportunity,
  changes: readonly StageChange[] = NO_CHANGES,
  account: FactValues | null,
  leadId: string | undefined,
  derivation: Derivation,
): { readonly fact: Draft; readonly counted: CountedOpportunity } {
  const { day, context } = derivation
  const { zone, model } = context
  const { id } = opportunity
  const ladder = ladderOf(model, opportunity.source, opportunity.pipeline)
  const stage = opportunity.stage ?? changes.findLast((change) => change.stage !== undefined)?.stage
  const definition = definitionOf(ladder, stage)
  const state = opportunity.state ?? definition?.state ?? 'open'
  const history = readHistory(opportunity, stage, changes, ladder, state, context)
  checkStages(opportunity, stage, definition, state, changes, ladder, derivation)

  const currency = opportunity.currency ?? model.currency
  const { createdAt, closeOn } = opportunity
  const createdOn = createdAt === undefined ? undefined : zone.dayOf(createdAt)
  const rateDay = history.closedOn ?? closeOn ?? createdOn ?? zone.dayOf(opportunity.changedAt)
  const { amount, arr, path } =
    currency === model.currency
      ? { amount: opportunity.amount, arr: opportunity.arr ?? opportunity.amount, path: history.path }
      : toCompanyMoney(opportunity, history.path, derivation.converter(currency, rateDay, 'opportunity', opportunity))

  const funnelStage = funnelStageOf(opportunity, definition, state)
  // Where it is merged, this dossier is the survivor's: no use to note.
  const accountId = opportunity.accountId === undefined ? undefined : context.survivor('account', opportunity.accountId)
  const lead = opportunity.leadId === undefined ? leadId : derivation.survivor('lead', opportunity.leadId)
  // In one piece: an object that grows field by field takes four times the memory, and there is one for each opportunity.
  const fact: Draft = {
    id,
    source: opportunity.source,
    name: opportunity.name,
    kind: opportunity.kind,
    stage,
    pipeline: opportunity.pipeline,
    amount,
    arr,
    arrFrom: arr === undefined ? undefined : opportunity.arr === undefined ? 'amount' : 'arr_field',
    currency,
    seats: opportunity.seats,
    probability: opportunity.probability,
    forecastCategory: opportunity.forecastCategory,
    createdAt,
    createdOn,
    closeOn,
    firstCloseOn: undefined,
    pushes: undefined,
    daysSlipped: undefined,
    closedAt: history.closedAt,
    closedOn: history.closedOn,
    reconstructed: history.path.at(-1)?.guessed ?? true,
    state,
    isOpen: state === 'open',
    isWon: state === 'won',
    isOverdue: state === 'open' && closeOn !== undefined && closeOn < day,
    funnelStage,
    stageEnteredOn: history.stageEnteredOn,
    lossReason: opportunity.lossReason,
    competitor: opportunity.competitor,
    nextStep: opportunity.nextStep,
    motion: opportunity.motion ?? account?.motion,
    segment: account?.segment,
    accountId,
    ownerId: opportunity.ownerId,
    leadId: lead,
    url: opportunity.url,
    hasAccount: account !== null,
    extra: opportunity.extra,
  }
  if (changes.length > 0) addSlippage(fact, changes, path, history.closedOn)

  if (state === 'open' && closeOn !== undefined) derivation.wakeOn(closeOn + 1)
  if (state !== 'open' && history.closedOn === undefined) {
    const detail = `is ${state}, and neither history nor a close date says since when`
    derivation.find('no-close-day', 'opportunity', id, detail)
  }
  if (accountId === undefined || account === null) derivation.findStray('opportunity', id, accountId)
  derivation.nameOwner(opportunity.ownerId, 'opportunity', id)
  const counted = {
    source: opportunity.source,
    pipeline: opportunity.pipeline,
    segment: account?.segment as Segment | undefined,
    state,
    funnelStage,
    category: state === 'open' ? categoryOf(opportunity.forecastCategory, model) : ('pipeline' as const),
    chance: state === 'open' ? percentOf(opportunity.probability) : undefined,
    largeId: state === 'open' && arr !== undefined && arr >= model.forecast.mustWin.minArr ? id : undefined,
    path,
    expanded: false,
    cameAsLead: lead !== undefined,
    isRenewal: opportunity.kind === 'renewal',
    isExpansion: opportunity.kind === 'expansion',
  }
  return { fact, counted }
}

function percentOf(probability: number | undefined): number | undefined {
  return probability === undefined ? undefined : Math.round(100 * Math.min(1, Math.max(0, probability)))
}

function categoryOf(said: string | undefined, { forecast }: Model): Category {
  if (said === undefined) return 'pipeline'
  if (forecast.commit.includes(said)) return 'commit'
  if (forecast.bestCase.includes(said)) return 'best_case'
  return forecast.omitted.includes(said) ? 'omitted' : 'pipeline'
}

/** How the close date moved; nothing where no history row bears one, since what it was is then not known. */
function addSlippage(fact: Draft, changes: readonly StageChange[], path: Path, closedOn: Day | undefined): void {
  if (!changes.some((change) => change.closeOn !== undefined)) return
  let first: Day | undefined
  let dueOn: Day | undefined
  let pushes = 0
  for (const point of path) {
    if (point.dueOn === undefined) continue
    first ??= point.dueOn
    if (dueOn !== undefined && point.dueOn > dueOn) pushes += 1
    dueOn = point.dueOn
  }
  if (first === undefined || dueOn === undefined) return
  fact.firstCloseOn = first
  fact.pushes = pushes
  fact.daysSlipped = (closedOn ?? dueOn) - first
}

function toCompanyMoney(
  opportunity: Opportunity,
  path: Path,
  convert: (minor: number) => number | undefined,
): { readonly amount: number | undefined; readonly arr: number | undefined; readonly path: Path } {
  const { amount, arr = amount } = opportunity
  return {
    amount: amount === undefined ? undefined : convert(amount),
    arr: arr === undefined ? undefined : convert(arr),
    path: path.map((point) => ({ ...point, arr: point.arr === 0 ? 0 : (convert(point.arr) ?? 0) })),
  }
}

function definitionOf(ladder: Ladder, stage: string | undefined): StageDefinition | undefined {
  const place = stage === undefined ? undefined : ladder.places.get(stage)
  return place === undefined ? undefined : ladder.stages[place]
}

/** The stage of the one funnel: that of the CRM's stage, as far as it agrees with the state; a won expansion is in `expansion`. */
function funnelStageOf(
  { kind }: Opportunity,
  definition: StageDefinition | undefined,
  state: OpportunityState,
): FunnelStage {
  if (state === 'lost') return 'lost'
  if (state === 'won' && kind === 'expansion') return 'expansion'
  if (definition?.state === state) return definition.funnelStage
  return state === 'won' ? 'won' : 'opportunity'
}

function checkStages(
  opportunity: Opportunity,
  stage: string | undefined,
  definition: StageDefinition | undefined,
  state: OpportunityState,
  changes: readonly StageChange[],
  ladder: Ladder,
  derivation: Derivation,
): void {
  const { id } = opportunity
  const where = () => `model.yaml does not list for ${ladder.source}, pipeline "${ladder.pipeline}"`
  if (stage === undefined) {
    if (opportunity.state === undefined) derivation.find('unknown-stage', 'opportunity', id, 'has no stage')
  } else if (definition === undefined) {
    derivation.find('unknown-stage', 'opportunity', id, `is in stage "${stage}", which ${where()}`)
  } else if (definition.state !== state && definition.state !== 'open') {
    const detail = `is ${state}, and its stage "${stage}" is one of ${definition.state} opportunities in model.yaml`
    derivation.find('state-differs', 'opportunity', id, detail)
  }
  if (changes.length === 0) return
  const past = new Set<string>()
  for (const change of changes) {
    if (change.stage !== undefined && change.stage !== stage && !ladder.places.has(change.stage)) past.add(change.stage)
  }
  for (const name of past)
    derivation.find('unknown-stage', 'opportunity', id, `was in stage "${name}", which ${where()}`)
}

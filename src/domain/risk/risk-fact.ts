import { comparable } from '../catalogue.ts'
import type { Risk } from '../demand-records.ts'
import { type Derivation, type Draft, TODAY } from '../derivation.ts'
import type { FactValues } from '../facts.ts'
import { type FeatureState, featureState } from '../influence/feature-state.ts'
import { type ArrPath, arrOn } from '../revenue/arr-path.ts'
import type { RiskGroup, RiskNeed, RiskReason } from './risk-model.ts'

/** The facts of an account's risks. `account` must know its ARR; `arr` is its history. */
export function riskFacts(
  risks: readonly Risk[],
  account: FactValues | null,
  arr: ArrPath | null,
  derivation: Derivation,
): FactValues[] {
  return risks.map((risk) => riskFact(risk, account, arr, derivation))
}

function riskFact(risk: Risk, account: FactValues | null, arr: ArrPath | null, derivation: Derivation): FactValues {
  const { zone, model, survivor } = derivation.context
  const { id, openedAt, closedAt, featureId } = risk
  const { group, reason } = reasonOf(risk, derivation)
  const fact: Draft = { id, source: risk.source, hasAccount: account !== null }
  const accountId = risk.accountId ?? account?.id
  if (accountId !== undefined) fact.accountId = survivor('account', String(accountId))
  if (account === null) derivation.findStray('risk', id, risk.accountId)
  if (group !== undefined) fact.group = group
  const written = reason?.name ?? risk.subReason ?? risk.reason
  if (written !== undefined) fact.reason = written
  const feature = featureOf(featureId, derivation)
  if (featureId !== undefined) fact.featureId = feature?.id ?? featureId
  if (featureId !== undefined) fact.feature = feature?.name ?? featureId
  if (feature?.status !== undefined) fact.featureStatus = feature.status
  if (risk.competitor !== undefined) fact.competitor = risk.competitor
  if (risk.channel !== undefined) fact.channel = risk.channel
  if (risk.kind !== undefined) fact.kind = risk.kind
  if (risk.likelihood !== undefined) fact.likelihood = risk.likelihood
  const probability =
    risk.probability ?? (risk.likelihood === undefined ? undefined : model.risks.likelihoods[risk.likelihood])
  if (probability !== undefined) fact.probability = probability
  const openedOn = openedAt === undefined ? undefined : zone.dayOf(openedAt)
  addWorth(fact, risk, account, arr, openedOn, derivation)
  if (typeof fact.arrAtRisk === 'number' && probability !== undefined)
    fact.weightedArr = Math.round(fact.arrAtRisk * probability)
  if (openedOn !== undefined) fact.openedOn = openedOn
  const closedOn = closedAt === undefined ? undefined : zone.dayOf(closedAt)
  if (closedOn !== undefined) fact.closedOn = closedOn
  const isClosed = closedAt !== undefined || risk.status === 'closed'
  if (risk.resolution !== undefined) fact.resolution = risk.resolution
  const plays = (risk.plays ?? '')
    .split(',')
    .map((play) => play.trim())
    .filter((play) => play !== '')
  fact.plays = new Set(plays.map(comparable)).size
  if (plays.length > 0) fact.playList = plays.join(', ')
  fact.playsMissing = isClosed ? 0 : Math.max(0, model.risks.minPlays - Number(fact.plays))
  if (reason !== undefined && reason.plays.length > 0) fact.playIdeas = reason.plays.join(', ')
  const isPlanned = risk.status === 'planned' || risk.status === 'mitigating'
  fact.status = isClosed ? 'closed' : isPlanned && fact.playsMissing > 0 ? 'assessed' : (risk.status ?? 'identified')
  addOwner(fact, risk, reason, account, derivation)
  const lacks = isClosed ? [] : (reason?.needs ?? []).filter((need) => !has(fact, need))
  if (lacks.length > 0) fact.lacks = lacks.join(', ')
  fact.isHunch = lacks.length > 0
  fact.isOpen = !isClosed && lacks.length === 0
  fact.isFalseAlarm = isClosed && risk.resolution === undefined
  const shippedOn = feature?.shippedOn
  if (shippedOn !== undefined) fact.featureShippedOn = shippedOn
  fact.isWinBack =
    risk.resolution === 'churned' && closedOn !== undefined && shippedOn !== undefined && shippedOn > closedOn
  if (isClosed && closedOn === undefined)
    derivation.find('risk-undated', 'risk', id, 'is closed, and does not say since when')
  if (lacks.length > 0)
    derivation.find('risk-hunch', 'risk', id, `counts as a hunch: it does not tell ${lacks.join(', ')}`)
  if (risk.url !== undefined) fact.url = risk.url
  if (risk.extra !== undefined) fact.extra = risk.extra
  return fact
}

/** What may go: as the risk says, else its share of seats, else all there was when it was raised. */
function addWorth(
  fact: Draft,
  risk: Risk,
  account: FactValues | null,
  arr: ArrPath | null,
  openedOn: number | undefined,
  derivation: Derivation,
): void {
  const { seatsAtRisk } = risk
  const now = typeof account?.arr === 'number' ? account.arr : undefined
  const then = arr === null || openedOn === undefined ? now : arrOn(arr, Math.min(openedOn, derivation.day)) || now
  const seats = typeof account?.seatsPaid === 'number' ? account.seatsPaid : 0
  if (seatsAtRisk !== undefined) fact.seatsAtRisk = seatsAtRisk
  let worth: number | undefined
  if (risk.arrAtRisk !== undefined) {
    worth = derivation.converter(
      risk.currency ?? derivation.context.model.currency,
      TODAY,
      'risk',
      risk,
    )(risk.arrAtRisk)
    if (worth !== undefined) fact.arrAtRiskFrom = 'arr_at_risk'
  } else if (seatsAtRisk !== undefined && seats > 0 && then !== undefined) {
    worth = Math.round((then * Math.min(seatsAtRisk, seats)) / seats)
    fact.arrAtRiskFrom = 'seats'
  } else if (risk.kind !== 'contraction' && then !== undefined) {
    worth = then
    fact.arrAtRiskFrom = 'account'
  }
  if (worth !== undefined) fact.arrAtRisk = Math.max(0, worth)
}

function addOwner(
  fact: Draft,
  risk: Risk,
  reason: RiskReason | undefined,
  account: FactValues | null,
  derivation: Derivation,
): void {
  const byRole = { csm: account?.csmId, account_manager: account?.accountManagerId, owner: account?.ownerId }
  const ownerId = risk.ownerId ?? byRole[reason?.owner ?? 'csm']
  if (typeof ownerId === 'string') {
    fact.ownerId = ownerId
    derivation.nameOwner(ownerId, 'risk', risk.id)
  }
  if (risk.escalatedTo !== undefined) fact.escalatedTo = risk.escalatedTo
}

function has(fact: Draft, need: RiskNeed): boolean {
  if (need === 'amount') return fact.arrAtRiskFrom === 'arr_at_risk' || fact.arrAtRiskFrom === 'seats'
  if (need === 'owner') return fact.ownerId !== undefined
  if (need === 'likelihood') return fact.probability !== undefined
  return fact[need === 'feature' ? 'featureId' : need] !== undefined
}

/** The reason of model.yaml that is meant by the more exact words, else by the others; of one that names a group, that. */
function reasonOf(
  risk: Risk,
  derivation: Derivation,
): { readonly group: RiskGroup | undefined; readonly reason: RiskReason | undefined } {
  const { reasons } = derivation.context.model.risks
  const written = [risk.subReason, risk.reason].filter((text) => text !== undefined)
  for (const text of written) {
    const reason = reasons.find(({ name }) => comparable(name) === comparable(text))
    if (reason !== undefined) return { group: reason.group, reason }
  }
  const group = reasons.find((one) => written.some((text) => comparable(text) === one.group))?.group
  if (group === undefined && written.length > 0)
    derivation.find(
      'unknown-reason',
      'risk',
      risk.id,
      `names "${written.join(', ')}" as its reason, which is none of model.yaml`,
    )
  return { group, reason: undefined }
}

/** As with requests: by id, name or alias; of one that a bigger one replaces, that one. */
function featureOf(written: string | undefined, derivation: Derivation): FeatureState | undefined {
  const found = written === undefined ? undefined : derivation.findFeature(written)
  return found === undefined ? undefined : featureState(found.id, derivation)
}

/** Adds to an account what its risks come to: of several, what is at risk is counted once, by the largest. */
export function addRisks(fact: Draft, risks: readonly FactValues[]): void {
  const open = risks.filter(({ isOpen }) => isOpen === true)
  fact.openRisks = open.length
  fact.hasOpenRisk = open.length > 0
  if (open.length === 0) return
  const most = (name: string) => Math.max(0, ...open.map((risk) => (typeof risk[name] === 'number' ? risk[name] : 0)))
  fact.arrAtRisk = most('arrAtRisk')
  fact.weightedArrAtRisk = most('weightedArr')
  const reasons = new Set(open.map(({ reason }) => reason).filter((reason) => reason !== undefined))
  if (reasons.size > 0) fact.riskReasons = [...reasons].sort().join(', ')
}

import type { CountedCare } from './counted.ts'
import type { CustomerFacts } from './customer-facts.ts'
import type { Day } from './day.ts'
import type { Derivation, Draft } from './derivation.ts'
import type { Dossier } from './dossier.ts'
import type { FactValues } from './facts.ts'
import { countedPartners } from './implementations/counted-project.ts'
import { implementationFact } from './implementations/implementation-fact.ts'
import { implementationSignals as findImplementationSignals } from './implementations/implementation-signals.ts'
import { type ArrPath, arrOn } from './revenue/arr-path.ts'
import { countedRenewal, countedRisk } from './risk/counted-risk.ts'
import { healthDay, healthOf } from './risk/health.ts'
import { addRisks, riskFacts } from './risk/risk-fact.ts'
import { countedCauses } from './risk/shared-causes.ts'
import { signalsOf } from './risk/signals.ts'

/** Facts of looking after a customer: its risks, what its data say by themselves, and what totals count of it. */
export interface Care {
  readonly risks: readonly FactValues[]
  readonly signals: readonly FactValues[]
  readonly implementations: readonly FactValues[]
  readonly implementationSignals: readonly FactValues[]
  readonly counted: CountedCare | null
}

const NONE: readonly never[] = []

/** Derives them, and adds to the account what they come to; `account` must know its ARR, of which `arr` is the history. */
export function careOf(
  dossier: Dossier,
  account: Draft | null,
  arr: ArrPath | null,
  opportunities: readonly FactValues[],
  { countedTickets: tickets, mentions }: Pick<CustomerFacts, 'countedTickets' | 'mentions'>,
  derivation: Derivation,
): Care {
  const risks = dossier.risks.length === 0 ? NONE : riskFacts(dossier.risks, account, arr, derivation)
  let signals: readonly FactValues[] = NONE
  if (account !== null && dossier.account !== null) {
    addRisks(account, risks)
    const health = addHealth(account, dossier, arr, derivation)
    signals = signalsOf(account, dossier.account, dossier, health, derivation)
    account.signals = signals.length
  }
  const { implementations: projects } = dossier
  const { model } = derivation.context
  const implementations =
    projects.length === 0 ? NONE : projects.map((one) => implementationFact(one, account, opportunities, derivation))
  const implementationSignals =
    opportunities.length === 0 ? NONE : findImplementationSignals(opportunities, projects, model.implementations)
  const counted = countedCare(tickets, mentions, risks, implementations, account, arr, derivation)
  return { risks, signals, implementations, implementationSignals, counted }
}

/** Of the parts that are asked for. */
function countedCare(
  tickets: CountedCare['tickets'],
  mentions: CountedCare['mentions'],
  risks: readonly FactValues[],
  implementations: readonly FactValues[],
  account: FactValues | null,
  arr: ArrPath | null,
  derivation: Derivation,
): CountedCare | null {
  const { parts, day, context } = derivation
  const renewal = parts.has('renewal') && account !== null ? countedRenewal(account) : null
  if (renewal === null && tickets.length + mentions.length + risks.length + implementations.length === 0) return null
  const arrNow = typeof account?.arr === 'number' ? account.arr : 0
  const arrThen = (on: Day) => (arr === null ? arrNow : arrOn(arr, on))
  const counted: CountedCare = {
    tickets: parts.has('support') ? tickets : NONE,
    risks: parts.has('risk') && risks.length > 0 ? risks.map(countedRisk).filter((one) => one !== null) : NONE,
    renewal,
    causes: parts.has('causes') && risks.length > 0 ? countedCauses(risks, account, derivation) : NONE,
    mentions: parts.has('voice') ? mentions : NONE,
    partners:
      parts.has('partners') && implementations.length > 0
        ? countedPartners(implementations, arrThen, arrNow, context.model.support, day)
        : NONE,
  }
  const lists = [counted.tickets, counted.risks, counted.causes, counted.mentions, counted.partners]
  return renewal === null && lists.every(({ length }) => length === 0) ? null : counted
}

function addHealth(account: Draft, { usage, account: record }: Dossier, arr: ArrPath | null, derivation: Derivation) {
  if (usage.length === 0) return undefined
  const { day, context } = derivation
  const { zone, model } = context
  const seatsPaid = typeof account.seatsPaid === 'number' ? account.seatsPaid : undefined
  const of = { country: record?.country, seatsPaid }
  const told = healthDay(usage, day)
  if (told.changesOn !== null) derivation.wakeOn(told.changesOn)
  const last = arr?.points.at(-1)
  if (last !== undefined && last.arr <= 0) {
    const before = healthOf(usage, of, last.day, zone, model.risks.health)
    if (before?.band !== undefined) account.healthBeforeChurn = before.band
  }
  const health = healthOf(usage, of, told.day, zone, model.risks.health)
  if (health === undefined) return undefined
  if (health.band !== undefined) account.health = health.band
  if (health.score !== undefined) account.healthScore = health.score
  account.healthCoverage = health.coverage
  if (health.seatsUsed !== undefined) account.seatsUsed = health.seatsUsed
  if (health.trend !== undefined) account.usageTrend = health.trend
  if (health.features !== undefined) account.featuresUsed = health.features
  return health
}

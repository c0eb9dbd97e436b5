import type { Day } from './day.ts'
import type { DossierFacts, FactValues, Finding } from './facts.ts'

/**
 * What is stored of a dossier's facts: what was derived, without what a fact merely copies from its record and without
 * users. It is all that taking the dossier out of the totals needs (`addContributions`), and a third of the size.
 */
export interface KeptFacts {
  readonly account: FactValues | null
  readonly opportunities: readonly FactValues[]
  readonly leads: readonly FactValues[]
  readonly findings: readonly Finding[]
  /** The day these facts hold for. */
  readonly asOf: Day
}

/** The stored part of facts. The whole is had again by deriving the same records with the same context on the same day. */
export function keepFacts({ account, opportunities, leads, findings, asOf }: DossierFacts): KeptFacts {
  return {
    account: account === null ? null : keepAccount(account),
    opportunities: opportunities.map(keepOpportunity),
    leads: leads.map(keepLead),
    findings,
    asOf,
  }
}

type Kept = Record<string, FactValues[string] | undefined>

// Fields that are empty are `undefined` here and absent in the JSON, as everywhere.

function keepAccount(fact: FactValues): FactValues {
  const kept: Kept = {
    id: fact.id,
    segment: fact.segment,
    arr: fact.arr,
    arrFrom: fact.arrFrom,
    isCustomer: fact.isCustomer,
    funnelStage: fact.funnelStage,
    openOpportunities: fact.openOpportunities,
    openPipeline: fact.openPipeline,
    wonOpportunities: fact.wonOpportunities,
    wonArr: fact.wonArr,
    lostOpportunities: fact.lostOpportunities,
    winRateByAmount: fact.winRateByAmount,
    firstWonOn: fact.firstWonOn,
    lastWonOn: fact.lastWonOn,
  }
  return kept as FactValues
}

function keepOpportunity(fact: FactValues): FactValues {
  const kept: Kept = {
    id: fact.id,
    source: fact.source,
    pipeline: fact.pipeline,
    arr: fact.arr,
    createdAt: fact.createdAt,
    closedAt: fact.closedAt,
    isOpen: fact.isOpen,
    isWon: fact.isWon,
    isOverdue: fact.isOverdue,
    reconstructed: fact.reconstructed,
    funnelStage: fact.funnelStage,
    stageEnteredOn: fact.stageEnteredOn,
    segment: fact.segment,
    leadId: fact.leadId,
    _path: fact._path,
  }
  return kept as FactValues
}

function keepLead(fact: FactValues): FactValues {
  const kept: Kept = {
    id: fact.id,
    createdOn: fact.createdOn,
    convertedOn: fact.convertedOn,
    funnelStage: fact.funnelStage,
    segment: fact.segment,
    opportunityId: fact.opportunityId,
    isBot: fact.isBot,
    _since: fact._since,
    _until: fact._until,
  }
  return kept as FactValues
}

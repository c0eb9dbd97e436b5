import { ARR_SOURCES, type FunnelStage, type Model, type StageDefinition } from './model.ts'
import { DEFAULT_PRIORITY } from './priority/settings.ts'
import type { OpportunityState } from './records.ts'

/** Salesforce's standard opportunity stages, as a new org has them. */
export const SALESFORCE_STAGES: readonly StageDefinition[] = [
  stage('Prospecting', 'opportunity', 'open'),
  stage('Qualification', 'opportunity', 'open'),
  stage('Needs Analysis', 'opportunity', 'open'),
  stage('Value Proposition', 'opportunity', 'open'),
  stage('Id. Decision Makers', 'opportunity', 'open'),
  stage('Perception Analysis', 'opportunity', 'open'),
  stage('Proposal/Price Quote', 'opportunity', 'open'),
  stage('Negotiation/Review', 'opportunity', 'open'),
  stage('Closed Won', 'won', 'won'),
  stage('Closed Lost', 'lost', 'lost'),
]

/** A company in UTC and USD that uses Salesforce as it comes. */
export function defaultModel(): Model {
  return {
    currency: 'USD',
    timeZone: 'UTC',
    stages: { salesforce: { '*': SALESFORCE_STAGES } },
    rates: {},
    segments: [
      { segment: 'enterprise', minEmployees: 1000 },
      { segment: 'mid_market', minEmployees: 100 },
      { segment: 'smb', minEmployees: 0 },
    ],
    funnelMonths: 12,
    matureAt: 0.95,
    arrFrom: ARR_SOURCES,
    leading: {},
    priority: DEFAULT_PRIORITY,
  }
}

function stage(name: string, funnelStage: FunnelStage, state: OpportunityState): StageDefinition {
  return { name, funnelStage, state }
}

import { defaultImplementations } from './implementations/implementation-signals.ts'
import { DEFAULT_INFLUENCE } from './influence/settings.ts'
import { ARR_SOURCES, type FunnelStage, type Model, type StageDefinition } from './model.ts'
import { DEFAULT_PRIORITY } from './priority/settings.ts'
import type { OpportunityState } from './records.ts'
import { defaultRisks } from './risk/risk-model.ts'
import { defaultSupport } from './support/support-model.ts'

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

/** Countries of which leads are looked for, unless model.yaml names others: 28. */
export const ICP_COUNTRIES: readonly string[] =
  'US CA GB IE DE FR NL BE LU CH AT SE NO DK FI IS ES PT IT PL CZ EE AU NZ SG JP IL AE'.split(' ')

/** Words of the job titles of people who decide. */
export const DECIDERS: readonly string[] =
  'chief ceo cto cio coo cfo cpo founder owner president vp vice head director manager lead'.split(' ')

const ANY_LEAD = { isIcp: null, origins: null, countries: null, minEmployees: null, minScore: null } as const

/** A company in UTC and USD that uses Salesforce as it comes. */
export function defaultModel(): Model {
  return {
    currency: 'USD',
    timeZone: 'UTC',
    yearStart: 0,
    stages: { salesforce: { '*': SALESFORCE_STAGES } },
    rates: {},
    segments: [
      { segment: 'enterprise', minEmployees: 1000 },
      { segment: 'mid_market', minEmployees: 100 },
      { segment: 'smb', minEmployees: 0 },
    ],
    funnelMonths: 12,
    matureAt: 0.95,
    winRateOf: 'closed',
    arrFrom: ARR_SOURCES,
    customer: 'account',
    churnAt: 'end',
    buckets: {
      green: { seats: 50, arr: 10_000_00 },
      match: 'any',
      fallBack: null,
      nearWithin: 0.2,
      earlier: [],
      unknownMotion: 'sales_assisted',
    },
    forecast: {
      commit: ['Commit', 'Forecast'],
      bestCase: ['Best Case', 'BestCase', 'Most Likely', 'MostLikely'],
      omitted: ['Omitted'],
      targetMeasures: ['arr_new', 'arr_expansion'],
      mustWin: { count: 20, minArr: 50_000_00 },
    },
    leads: {
      icp: { countries: ICP_COUNTRIES, minEmployees: 100 },
      earlierIcp: [],
      titles: DECIDERS,
      engagement: { days: 14, halfLifeDays: 7, fullUsers: 10 },
      routes: [
        { ...ANY_LEAD, isIcp: false, to: 'self_serve' },
        { ...ANY_LEAD, origins: ['partner'], to: 'partner' },
        { ...ANY_LEAD, origins: ['contact_form'], minEmployees: 1000, to: 'ae' },
        { ...ANY_LEAD, isIcp: true, to: 'sdr' },
      ],
    },
    books: { ae: { from: 50, to: 100 }, am: { from: 40, to: 60 } },
    handOver: { at: 'green', withinDays: 14 },
    support: defaultSupport('UTC'),
    risks: defaultRisks(),
    implementations: defaultImplementations(),
    influence: DEFAULT_INFLUENCE,
    leading: {},
    priority: DEFAULT_PRIORITY,
  }
}

function stage(name: string, funnelStage: FunnelStage, state: OpportunityState): StageDefinition {
  return { name, funnelStage, state }
}

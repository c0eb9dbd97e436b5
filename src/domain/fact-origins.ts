import { FACTS } from './fact-fields.ts'
import type { FactKind } from './facts.ts'
import { PIPELINE_PARTS } from './pipeline/pipeline-walk.ts'
import { RECORDS, type RecordKind } from './records.ts'
import { ARR_MOVEMENTS } from './revenue/arr-movements.ts'

const MONEY = ['opportunity.currency']
const HISTORY = ['stage_change.opportunityId', 'stage_change.at', 'stage_change.stage']
const CLOSED = ['opportunity.state', 'opportunity.closeOn', ...HISTORY]
const CONVERTED = ['lead.isConverted', 'lead.convertedAt', 'lead.convertedOn', 'lead.opportunityId']
const SEGMENT = ['account.segment', 'account.employees']
const PER_ACCOUNT = ['opportunity.accountId', 'opportunity.state']
const PERIODS = ['accountId', 'startOn', 'endOn', 'mrr', 'currency'].map((name) => `subscription_period.${name}`)
const WON_ARR = ['opportunity.arr', 'opportunity.kind', ...PER_ACCOUNT]
const MOVED = [...PERIODS, ...WON_ARR, 'opportunity.closedOn']
const FUNNEL = [
  ...['opportunity.stage', 'opportunity.funnelStage', 'opportunity.createdAt', 'opportunity.leadId', ...CLOSED],
  ...['lead.createdAt', 'lead.isBot', ...CONVERTED],
]
const USED = ['usage_week.featureId', 'usage_week.feature']
const FEATURE_OF = (kind: string) => ({
  featureId: [`${kind}.feature`, 'feature.name', 'feature.aliases'],
  feature: [`${kind}.featureId`, 'feature.name', 'feature.aliases'],
})
const LINK = ['featureId', 'feature', 'opportunityId', 'role', 'createdAt'].map((name) => `request.${name}`)
const SHIPPED = ['name', 'aliases', 'status', 'shippedOn', 'supersededById'].map((name) => `feature.${name}`)
const LINKED = [...LINK, ...SHIPPED]
const BLOCKED = [...LINKED, ...CLOSED, 'opportunity.stage']
const PROMISE = [
  'featureId',
  'accountId',
  'opportunityId',
  'madeBy',
  'madeAt',
  'dueOn',
  'customerCondition',
  'status',
].map((name) => `commitment.${name}`)
const PROMISED = [...PROMISE, ...BLOCKED]
const FUNNEL_ARR = [...FUNNEL, 'opportunity.arr', 'stage_change.amount']
/** What features are told of goes together: the way of opportunities, requests, promises, risks, usage and the catalogue. */
const FEATURE_DEAL = [
  ...[...FUNNEL_ARR, ...LINKED, ...PROMISE, ...SEGMENT, 'request.certainty', 'request.evidence', 'request.text'],
  ...['request.author', 'request.channel', 'request.accountId', 'opportunity.probability', 'opportunity.name'],
  ...['opportunity.ownerId', 'opportunity.url', 'opportunity.accountId', 'stage_change.probability', 'feature.theme'],
  ...['feature.etaQuarter'],
]
const FEATURE = [
  ...[...FEATURE_DEAL, ...PERIODS, ...USED, 'usage_week.week', 'usage_week.activeUsers', 'usage_week.events'],
  ...['usage_week.accountId', 'account.arr', 'risk.accountId', 'risk.featureId', 'risk.arrAtRisk', 'risk.status'],
  ...[
    'risk.closedAt',
    'feature.effortHours',
    'feature.audience',
    'feature.squad',
    'feature.isBug',
    'feature.enabledById',
  ],
]
/** What no record decides. */
const FRAME = ['id', 'row', 'windowDays', 'attribution', 'asOf']
const PIPELINE = [...FUNNEL_ARR, 'stage_change.closeOn']

function everyOf(names: readonly string[], origins: readonly string[]): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(names.map((name) => [name, origins]))
}

/**
 * What each field that is computed is made of, beside a record's field of its own name: fields of records, or of facts,
 * which have origins in turn. A field of a day is also made of the instant of the same name.
 */
const MADE_OF: Readonly<Record<FactKind, Readonly<Record<string, readonly string[]>>>> = {
  opportunity: {
    stage: HISTORY,
    amount: MONEY,
    arr: ['opportunity.amount', ...MONEY],
    arrFrom: ['opportunity.arr'],
    ...everyOf(['firstCloseOn', 'pushes', 'daysSlipped'], ['stage_change.closeOn', 'opportunity.stage', ...CLOSED]),
    closedAt: CLOSED,
    closedOn: CLOSED,
    reconstructed: ['opportunity.stage', 'opportunity.createdAt', ...HISTORY],
    state: ['opportunity.stage', 'opportunity.pipeline'],
    isOpen: ['opportunity.state'],
    isWon: ['opportunity.state'],
    isOverdue: ['opportunity.state', 'opportunity.closeOn'],
    funnelStage: ['opportunity.state', 'opportunity.kind'],
    stageEnteredOn: ['opportunity.stage', 'opportunity.createdAt', ...CLOSED],
    motion: ['account.motion', 'opportunity.accountId'],
    segment: ['account.segment', 'opportunity.accountId'],
    leadId: ['lead.opportunityId'],
    hasAccount: ['opportunity.accountId'],
    ...everyOf(['blockers', 'blockerNames', 'openBlockers', 'isCleared', 'blockersClearedOn'], BLOCKED),
    ...everyOf(['blockerStatuses', 'blockersEta'], [...BLOCKED, 'feature.etaQuarter']),
    ...everyOf(
      ['Feature', 'Status', 'MadeOn', 'DueOn', 'By', 'Condition'].map((name) => `commitment${name}`),
      [...PROMISED, 'user.name'],
    ),
  },
  account: {
    segment: SEGMENT,
    segmentFrom: SEGMENT,
    arr: ['account.arrByField', 'account.arrBySubscription', 'account.arrByOpportunities'],
    arrFrom: ['account.arr'],
    arrByField: ['account.arr', 'account.currency'],
    arrBySubscription: PERIODS,
    arrByOpportunities: WON_ARR,
    arrDifference: ['account.arr'],
    isCustomer: ['account.arr', 'account.seatsPaid', ...PER_ACCOUNT],
    funnelStage: ['opportunity.accountId', 'opportunity.funnelStage', 'lead.accountId', 'lead.isOpen'],
    openOpportunities: PER_ACCOUNT,
    openPipeline: [...PER_ACCOUNT, 'opportunity.arr'],
    wonOpportunities: PER_ACCOUNT,
    wonArr: [...PER_ACCOUNT, 'opportunity.arr'],
    lostOpportunities: PER_ACCOUNT,
    winRateByCount: PER_ACCOUNT,
    winRateByAmount: [...PER_ACCOUNT, 'opportunity.arr'],
    firstWonOn: [...PER_ACCOUNT, 'opportunity.closedOn'],
    lastWonOn: [...PER_ACCOUNT, 'opportunity.closedOn'],
    leads: ['lead.accountId'],
    contacts: ['contact.accountId'],
    requests: ['request.accountId', 'request.opportunityId'],
    tickets: ['ticket.accountId', 'ticket.contactId'],
    openTickets: ['ticket.accountId', 'ticket.contactId', 'ticket.solvedAt'],
    usageWeek: ['usage_week.accountId', 'usage_week.week', ...USED],
    hasOpenRisk: ['risk.accountId', 'risk.status', 'risk.closedAt'],
    activeUsers: ['usage_week.accountId', 'usage_week.activeUsers', 'usage_week.week', ...USED],
  },
  contact: { hasAccount: ['contact.accountId'], createdOn: ['contact.createdAt'] },
  request: {
    accountId: ['request.opportunityId', 'opportunity.accountId'],
    hasAccount: ['request.accountId'],
    ...FEATURE_OF('request'),
    isMatched: ['request.featureId'],
    featureStatus: ['request.featureId', 'feature.status'],
    theme: ['request.featureId', 'feature.theme'],
  },
  ticket: {
    accountId: ['ticket.contactId', 'contact.accountId'],
    hasAccount: ['ticket.accountId'],
    firstReplyMinutes: ['ticket.createdAt', 'ticket.firstPublicReplyAt'],
    isOpen: ['ticket.solvedAt'],
  },
  usage_week: { hasAccount: ['usage_week.accountId'], ...FEATURE_OF('usage_week') },
  lead: {
    segment: ['account.segment', 'lead.accountId', 'lead.employees'],
    convertedAt: [...CONVERTED, 'lead.createdAt', 'opportunity.createdAt'],
    convertedOn: ['lead.convertedAt'],
    isConverted: CONVERTED,
    isOpen: ['lead.isConverted', 'lead.isBot'],
    daysToConvert: ['lead.createdAt', 'lead.convertedAt'],
    funnelStage: ['lead.isConverted', 'lead.isBot', 'lead.opportunityId', 'opportunity.funnelStage'],
  },
  arr_movement: {
    accountId: [...PERIODS, ...PER_ACCOUNT],
    ...everyOf(['month', 'monthOn', 'kind', 'start', 'change', 'end', 'method', 'isOpen'], MOVED),
    ownerId: ['account.ownerId', 'opportunity.ownerId', 'opportunity.closedOn', ...PER_ACCOUNT],
  },
  arr_month: {
    segment: SEGMENT,
    motion: ['account.motion'],
    ...everyOf(
      [
        ...['start', 'end', 'endLastYear', 'growthYear', 'startAccounts', 'endAccounts', 'fromSubscriptions'],
        ...['nrr', 'grr', 'nrrYear', 'grrYear', 'accountsKeptYear', 'quickRatio'],
        ...ARR_MOVEMENTS.flatMap((kind) => [kind, `${kind}Accounts`]),
      ],
      MOVED,
    ),
  },
  pipeline_movement: {
    opportunityId: PIPELINE,
    ...everyOf(['month', 'monthOn', 'kind', 'change'], PIPELINE),
    ...Object.fromEntries(
      ['name', 'stage', 'segment', 'closeOn', 'accountId', 'ownerId', 'url'].map((name) => [
        name,
        [`opportunity.${name}`],
      ]),
    ),
  },
  pipeline_month: {
    segment: SEGMENT,
    ...everyOf(
      [
        ...['start', 'end', 'startCount', 'endCount', 'endLastYear', 'slippage', 'slippageByCount'],
        ...PIPELINE_PARTS.flatMap((part) => [part, `${part}Count`]),
      ],
      PIPELINE,
    ),
  },
  forecast: everyOf(
    [
      ...['open', 'openArr', 'wonBefore', 'expectedCount', 'expected', 'forecast', 'low', 'high', 'earlierForecasts'],
      ...['wonSince', 'wonOfOpen', 'brier', 'withoutRate', 'byPipelineRate'],
    ],
    [...FUNNEL_ARR, 'opportunity.pipeline'],
  ),
  forecast_calibration: everyOf(
    ['opportunities', 'won', 'expected', 'observed', 'low', 'high', 'brier', 'brierOfOneRate'],
    [...FUNNEL, 'opportunity.pipeline'],
  ),
  feature_deal: everyOf(Object.keys(FACTS.feature_deal.fields), FEATURE_DEAL),
  feature: everyOf(
    Object.keys(FACTS.feature.fields).filter((name) => !FRAME.includes(name)),
    FEATURE,
  ),
  theme: everyOf(
    Object.keys(FACTS.theme.fields).filter((name) => !FRAME.includes(name)),
    FEATURE,
  ),
  funnel_stage: {
    segment: SEGMENT,
    pipeline: ['opportunity.pipeline'],
    stage: ['opportunity.stage', 'opportunity.funnelStage'],
    funnelStage: FUNNEL,
    count: FUNNEL,
    arr: FUNNEL_ARR,
    reachedNext: FUNNEL,
    conversion: FUNNEL,
    stillOpen: FUNNEL,
    stillOpenShare: FUNNEL,
    isMature: FUNNEL,
    medianDays: FUNNEL,
    dwellCounted: FUNNEL,
    reconstructedLeftOut: FUNNEL,
    winRateByCount: FUNNEL,
    winRateByAmount: FUNNEL_ARR,
  },
}

/**
 * The fields of records (`opportunity.amount`) that a field mappings see (`account.openPipeline`, `owner.email`) is made
 * of, itself among them where a record has it. `items`: what the board is made of; other names in scope are found through
 * a reference of its own, which counts as well.
 */
export function originsOf(items: FactKind, path: string): ReadonlySet<string> {
  const origins = new Set<string>()
  const open = [path]
  const [name = ''] = path.split('.')
  if (name !== items) {
    const reference = name === 'owner' ? 'ownerId' : `${name}Id`
    open.push(`${items}.${reference}`)
  }
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const origin = next.replace(/^owner\./, 'user.')
    if (origins.has(origin)) continue
    origins.add(origin)
    const [kind = '', field = ''] = origin.split('.')
    open.push(...(MADE_OF[kind as FactKind]?.[field] ?? []))
    const instant = field.replace(/On$/, 'At')
    if (instant !== field && hasField(kind, instant)) open.push(`${kind}.${instant}`)
  }
  return origins
}

function hasField(kind: string, field: string): boolean {
  return (
    RECORDS[kind as RecordKind]?.fields[field] !== undefined || FACTS[kind as FactKind]?.fields[field] !== undefined
  )
}

import { BUCKET_CHANGES } from './buckets/bucket-month-facts.ts'
import { FACTS } from './fact-fields.ts'
import type { FactKind } from './facts.ts'
import { PIPELINE_PARTS } from './pipeline/pipeline-walk.ts'
import { RECORDS, type RecordKind } from './records.ts'
import { ARR_MOVEMENTS } from './revenue/arr-movements.ts'
import { WEEKDAYS } from './support/support-hour-facts.ts'

const MONEY = ['opportunity.currency']
const HISTORY = ['stage_change.opportunityId', 'stage_change.at', 'stage_change.stage']
const CLOSED = ['opportunity.state', 'opportunity.closeOn', ...HISTORY]
const CONVERTED = ['lead.isConverted', 'lead.convertedAt', 'lead.convertedOn', 'lead.opportunityId']
const SEGMENT = ['account.segment', 'account.employees']
const PER_ACCOUNT = ['opportunity.accountId', 'opportunity.state']
const PERIODS = ['accountId', 'startOn', 'endOn', 'noticeOn', 'mrr', 'currency'].map(
  (name) => `subscription_period.${name}`,
)
const WON_ARR = ['opportunity.arr', 'opportunity.kind', ...PER_ACCOUNT]
const MOVED = [...PERIODS, 'account.arr', 'account.currency', ...WON_ARR, 'opportunity.closedOn']
const BUCKETS = [
  ...[
    'account.motion',
    'account.motionSince',
    'subscription_period.seats',
    'account.seatsPaid',
    'opportunity.seats',
    ...MOVED,
  ],
]
const BUCKET_OWNER = ['account.ownerId', 'opportunity.ownerId', ...BUCKETS]
const BUCKET_ROW = [...BUCKET_OWNER, 'user.team', 'user_period.team', 'user_period.startOn', 'user_period.endOn']
const FUNNEL = [
  ...['opportunity.stage', 'opportunity.funnelStage', 'opportunity.createdAt', 'opportunity.leadId', ...CLOSED],
  ...['lead.createdAt', 'lead.isBot', ...CONVERTED],
]
const TARGETS = ['subject', 'subjectName', 'measure', 'period', 'amount', 'value'].map((name) => `target.${name}`)
const HAND_OVER = ['account.accountManagerId', 'account.isCustomer', 'account.firstWonOn', ...BUCKET_OWNER]
const ICP = ['lead.country', 'lead.employees', 'lead.isBot', 'lead.accountId', 'account.country', 'account.employees']
const SCORE = [
  ...ICP,
  'lead.title',
  'lead.createdAt',
  ...['week', 'activeUsers', 'feature', 'featureId', 'accountId'].map((name) => `usage_week.${name}`),
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
  ...['usage_week.accountId', 'account.arr', 'risk.accountId', 'risk.featureId', 'risk.arrAtRisk', 'risk.isOpen'],
  ...['feature.effortHours', 'feature.audience', 'feature.squad', 'feature.isBug', 'feature.enabledById'],
]
const PRIORITY = [
  ...FEATURE,
  'account.name',
  ...['reason', 'probability', 'likelihood', 'seatsAtRisk'].map((name) => `risk.${name}`),
]
/** What no record decides. */
const PRIORITY_FRAME = ['id', 'row', 'capacityShare', 'capacity', 'decided', 'plannedOn']
const FRAME = ['id', 'row', 'windowDays', 'attribution', 'asOf']
const PIPELINE = [...FUNNEL_ARR, 'stage_change.closeOn']

function everyOf(names: readonly string[], origins: readonly string[]): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(names.map((name) => [name, origins]))
}

const AGENT = [
  'ticket.agentId',
  'ticket.createdAt',
  ...['name', 'team'].map((name) => `user.${name}`),
  'user_period.team',
]
const WAIT = ['createdAt', 'firstPublicReplyAt', 'solvedAt', 'channel', 'isBot'].map((name) => `ticket.${name}`)
const RATED = ['ticket.satisfaction', 'ticket.createdAt', 'ticket.isBot']
const TICKET_ORIGINS: Readonly<Record<string, readonly string[]>> = {
  firstReplyMinutes: ['ticket.createdAt', 'ticket.firstPublicReplyAt'],
  firstReplyOpenMinutes: ['ticket.firstReplyMinutes', 'ticket.team'],
  targetMinutes: ['ticket.channel'],
  isInTime: [...WAIT, 'ticket.team'],
  waitsForReply: ['ticket.firstPublicReplyAt', 'ticket.solvedAt', 'ticket.isBot'],
  agent: ['ticket.agentId', 'user.name'],
  team: AGENT,
  isSatisfied: ['ticket.satisfaction'],
  features: ['ticket.tags', 'feature.name', 'feature.aliases'],
}
const MENTIONED = [
  ...['ticket.tags', 'ticket.createdAt', 'ticket.sentiment', 'ticket.isBot', 'request.createdAt', 'request.featureId'],
  ...['feature.name', 'feature.aliases', 'feature.status', 'feature.shippedOn'],
]
const PROJECT = (...names: readonly string[]) => names.map((name) => `implementation.${name}`)
const PROJECT_DAYS = PROJECT(
  ...['qualifiedOn', 'scopedOn', 'sowOn', 'signedOn', 'deliveringOn', 'liveOn', 'ongoingOn', 'declinedOn'],
)
const PARTNERS = ['industries', 'regions', 'languages', 'products', 'certifications', 'capacity', 'name'].map(
  (name) => `partner.${name}`,
)
const MATCHED = [
  ...PROJECT('partnerId', 'industry', 'region', 'language', 'product', 'requiredCertification', 'stage'),
  ...[...PROJECT_DAYS, ...PARTNERS],
]
const TO_IMPLEMENT = [
  ...['state', 'seats', 'name', 'nextStep'].map((name) => `opportunity.${name}`),
  'implementation.opportunityId',
]
const IMPLEMENTATION_ORIGINS = {
  implementation: {
    accountId: ['implementation.opportunityId', 'opportunity.accountId'],
    hasAccount: ['implementation.accountId'],
    openArr: ['implementation.opportunityId', 'opportunity.arr', 'opportunity.state', 'opportunity.accountId'],
    stage: PROJECT_DAYS,
    stageSinceOn: [...PROJECT_DAYS, ...PROJECT('stage', 'requestedAt')],
    daysToLive: PROJECT('liveOn', 'requestedAt'),
    isOpen: ['implementation.stage'],
    partner: ['implementation.partnerId', 'partner.name'],
    partnerMatches: MATCHED,
    isInHouse: MATCHED,
    servicesAmount: ['implementation.currency'],
    ownerId: ['implementation.requestedBy'],
  },
  implementation_signal: {
    ...everyOf(['id', 'opportunityId', 'evidence', 'isLarge'], TO_IMPLEMENT),
    ...Object.fromEntries(
      ['name', 'arr', 'closeOn', 'accountId', 'ownerId'].map((name) => [
        name,
        [`opportunity.${name}`, ...TO_IMPLEMENT],
      ]),
    ),
  },
  partner: {
    partner: ['implementation.partnerId', 'partner.name'],
    isPartner: ['implementation.partnerId'],
    ...everyOf(['projects', 'open', 'live'], [...PROJECT('partnerId', 'stage'), ...PROJECT_DAYS]),
    ...everyOf(['answers', 'csat', 'csatLow', 'csatHigh'], PROJECT('partnerId', 'csat')),
    ...everyOf(
      [
        ...['customers', 'customersKept', 'retention', 'retentionShrunk', 'retentionLow', 'retentionHigh'],
        ...['retentionOfOthers', 'arrKept', 'arrKeptOfOthers'],
      ],
      [...PROJECT('partnerId', 'liveOn'), 'account.arr', ...MOVED],
    ),
    openPipeline: ['implementation.openArr', 'implementation.partnerId'],
    services: ['implementation.servicesAmount', 'implementation.partnerId'],
  },
} as const
const SUPPORT_ORIGINS = {
  support_period: {
    ...everyOf(
      [
        ...['tickets', 'solved', 'answered', 'unanswered', 'medianMinutes', 'meanMinutes', 'medianOpenMinutes'],
        ...['meanOpenMinutes', 'targetMinutes', 'inTime', 'late', 'contactRate', 'isNewest'],
      ],
      [...WAIT, ...AGENT],
    ),
    of: ['ticket.channel', 'account.plan', ...AGENT],
    customers: MOVED,
    ...everyOf(['answers', 'csat', 'csatLow', 'csatHigh', 'responseRate'], RATED),
  },
  support_agent: {
    ...everyOf(['agentId', 'agent', 'team'], AGENT),
    ...everyOf(['assigned', 'replied', 'solved', 'open'], [...WAIT, ...AGENT]),
    escalated: ['ticket.isEscalated', 'ticket.solvedAt'],
    onHold: ['ticket.isOnHold', 'ticket.solvedAt'],
    ...everyOf(['answers', 'csat', 'csatLow', 'csatHigh', 'responseRate'], RATED),
  },
  support_hour: {
    team: AGENT,
    ...everyOf(
      ['tickets', 'inTime', 'gaps', ...WEEKDAYS.flatMap((weekday) => [weekday, `${weekday}InTime`])],
      [...WAIT, ...AGENT],
    ),
  },
  support_staffing: everyOf(
    [
      ...['tickets', 'growthPerWeek', 'agents', 'ticketsPerAgent', 'agentsNeeded', 'agentsMissing', 'growthPerAgent'],
      ...['weeksLearnt', 'weeksInTime'],
    ],
    [...WAIT, ...AGENT],
  ),
} as const

const RISK = (...names: readonly string[]) => names.map((name) => `risk.${name}`)
const RISK_REASON = RISK('reason', 'subReason')
const RISK_WORTH = [
  ...RISK('arrAtRisk', 'currency', 'seatsAtRisk', 'kind', 'openedAt', 'accountId'),
  'account.arr',
  'account.seatsPaid',
  ...MOVED,
]
const RISK_OWNER = [
  ...RISK('ownerId', ...['reason', 'subReason']),
  'account.csmId',
  'account.accountManagerId',
  'account.ownerId',
]
const RISK_NEED = [
  ...RISK_REASON,
  ...RISK_WORTH,
  ...RISK_OWNER,
  ...RISK('featureId', 'competitor', 'likelihood', 'probability', 'channel', 'closedAt', 'status'),
]
const HEALTH = [
  ...['accountId', 'week', 'activeUsers', 'events', 'featureId', 'feature'].map((name) => `usage_week.${name}`),
  'account.country',
  'account.seatsPaid',
]
const SIGNAL = [
  ...['account.isCustomer', 'account.csmId', 'account.domain', 'account.renewalOn', 'account.businessGoal'],
  ...['account.successPlanOn', 'account.lastBusinessReviewOn', 'activity.kind', 'activity.at', 'activity.accountId'],
  ...['contact.accountId', 'contact.lastTwoWayContactAt', 'contact.email', 'contact.createdAt', 'request.text'],
  ...['request.accountId', 'request.opportunityId', 'ticket.subject', 'ticket.tags', 'ticket.satisfaction'],
  ...['ticket.createdAt', 'ticket.accountId', 'ticket.contactId', ...HEALTH],
]
const ACCOUNT_RISK_ORIGINS = {
  ...everyOf(['hasOpenRisk', 'openRisks'], [...RISK_NEED]),
  ...everyOf(['arrAtRisk', 'weightedArrAtRisk', 'riskReasons'], [...RISK_NEED]),
  ...everyOf(['health', 'healthScore', 'healthCoverage', 'seatsUsed', 'usageTrend', 'featuresUsed'], HEALTH),
  healthBeforeChurn: [...HEALTH, ...MOVED],
  signals: SIGNAL,
}
const RISK_ORIGINS = {
  risk: {
    hasAccount: ['risk.accountId'],
    group: RISK_REASON,
    reason: RISK_REASON,
    ...everyOf(['featureId', 'feature', 'featureStatus', 'featureShippedOn'], ['risk.featureId', ...SHIPPED]),
    probability: ['risk.likelihood'],
    arrAtRisk: RISK_WORTH,
    arrAtRiskFrom: RISK_WORTH,
    weightedArr: [...RISK_WORTH, 'risk.probability', 'risk.likelihood'],
    status: RISK('plays', 'closedAt'),
    playList: ['risk.plays'],
    playsMissing: RISK('plays', 'closedAt', 'status'),
    playIdeas: RISK_REASON,
    ownerId: RISK_OWNER,
    ...everyOf(['lacks', 'isHunch', 'isOpen'], RISK_NEED),
    isFalseAlarm: RISK('closedAt', 'status', 'resolution'),
    isWinBack: [...RISK('resolution', 'closedAt', 'featureId'), ...SHIPPED],
  },
  risk_signal: {
    ...everyOf(['id', 'signal', 'evidence', 'accountId'], SIGNAL),
    arr: ['account.arr', ...SIGNAL],
    ownerId: ['account.csmId', ...SIGNAL],
    hasOpenRisk: ['account.hasOpenRisk', ...SIGNAL],
  },
  risk_quarter: everyOf(
    [
      ...['opened', 'saved', 'contracted', 'churned', 'stillOpen'].flatMap((kind) => [kind, `${kind}Arr`]),
      ...['cause', 'falseAlarms', 'savedShare'],
    ],
    [...RISK_NEED, 'risk.resolution'],
  ),
  renewal_month: everyOf(
    ['health', 'accounts', 'arr', 'arrAtRisk', 'weightedArrAtRisk', 'expectedArr'],
    ['account.renewalOn', 'account.arr', 'account.arrAtRisk', 'account.weightedArrAtRisk', 'account.health'],
  ),
} as const

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
    seatsPaid: ['subscription_period.seats', ...PERIODS],
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
    ...everyOf(
      ['bucket', 'seatsToGreen', 'arrToGreen', 'isNearGreen'],
      ['account.arr', 'account.seatsPaid', ...BUCKETS],
    ),
    canReachGreen: ['account.employees', 'account.arr', 'account.seatsPaid', ...BUCKETS],
    ...everyOf(['greenOn', 'isBornGreen', 'graduatedArr'], BUCKETS),
    greenOwnerId: BUCKET_OWNER,
    ...everyOf(['handOverDueOn', 'isHandedOver', 'isHandOverOverdue'], HAND_OVER),
    greenTeam: BUCKET_ROW,
    ...ACCOUNT_RISK_ORIGINS,
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
    ...TICKET_ORIGINS,
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
    ...everyOf(['isIcp', 'notIcpBecause'], ICP),
    ...everyOf(['fit', 'fitCoverage', 'engagement', 'score', 'scoreReasons'], SCORE),
    ...everyOf(['route', 'routeRule'], ['lead.origin', ...ICP, ...SCORE]),
    ...everyOf(
      ['firstTouchAt', 'hoursToFirstTouch'],
      ['activity.at', 'activity.accountId', 'lead.createdAt', 'lead.accountId'],
    ),
    funnelStage: ['lead.isConverted', 'lead.isBot', 'lead.opportunityId', 'opportunity.funnelStage'],
  },
  arr_movement: {
    accountId: [...PERIODS, ...PER_ACCOUNT],
    ...everyOf(['month', 'monthOn', 'kind', 'start', 'opening', 'change', 'end', 'method', 'isOpen'], MOVED),
    ownerId: ['account.ownerId', 'opportunity.ownerId', 'opportunity.closedOn', ...PER_ACCOUNT],
  },
  arr_month: {
    segment: SEGMENT,
    motion: ['account.motion'],
    ...everyOf(
      [
        ...['start', 'end', 'endLastYear', 'growthYear', 'startAccounts', 'endAccounts', 'fromSubscriptions'],
        ...['fromSnapshots', 'opening'],
        ...['nrr', 'grr', 'nrrYear', 'grrYear', 'accountsKeptYear', 'quickRatio'],
        ...ARR_MOVEMENTS.flatMap((kind) => [kind, `${kind}Accounts`]),
      ],
      MOVED,
    ),
  },
  bucket_movement: {
    accountId: MOVED,
    ...everyOf(['on', 'month', 'monthOn', 'kind', 'bucket', 'change', 'isBornGreen', 'ownerId', 'team'], BUCKET_ROW),
  },
  attainment: {
    ownerId: ['target.subjectName', 'user.email'],
    target: ['target.amount', 'target.currency'],
    targetNumber: ['target.value'],
    ...everyOf(['name', 'subject', 'subjectName', 'measure', 'period', 'fromOn', 'toOn', 'isOver', 'elapsed'], TARGETS),
    ...everyOf(
      ['reached', 'reachedNumber', 'reachedLastYear', 'reachedNumberLastYear', 'attainment'],
      [...TARGETS, ...BUCKET_ROW, ...FUNNEL_ARR, ...LINK, 'usage_week.week', 'usage_week.activeUsers'],
    ),
  },
  arr_family: everyOf(
    ['accountId', 'month', 'monthOn', 'kind', 'start', 'change', 'end', 'accounts', 'isOpen'],
    ['account.parentId', ...MOVED],
  ),
  wapp_month: {
    motion: ['account.motion'],
    ...everyOf(
      ['wapp', 'accounts', 'activeShare', 'wappLastYear'],
      [
        'account.arr',
        'account.seatsPaid',
        'usage_week.accountId',
        'usage_week.week',
        'usage_week.activeUsers',
        ...USED,
        ...MOVED,
      ],
    ),
    signedArr: ['account.motion', ...MOVED],
    ...everyOf(
      ['lagMonths', 'correlation', 'correlationLow', 'correlationHigh', 'lagMonthsKnown', 'lagNote'],
      ['account.motion', 'usage_week.week', 'usage_week.activeUsers', ...MOVED],
    ),
  },
  book: {
    ...everyOf(['id', 'ownerId', 'accounts', 'managed'], ['account.ownerId', 'account.accountManagerId']),
    ...everyOf(['name', 'role', 'team'], ['user.name', 'user.role', 'user.team']),
    ...everyOf(['smb', 'midMarket', 'enterprise'], ['account.ownerId', 'account.accountManagerId', ...SEGMENT]),
    ...everyOf(
      ['customers', 'arr', 'seats', 'orangeAccounts', 'orangeArr', 'greenAccounts', 'greenArr'],
      ['account.ownerId', 'account.accountManagerId', 'account.arr', 'account.seatsPaid', ...BUCKETS],
    ),
    ...everyOf(
      ['openOpportunities', 'openPipeline'],
      ['opportunity.ownerId', 'opportunity.arr', 'opportunity.state', 'opportunity.stage'],
    ),
    openLeads: ['lead.ownerId', 'lead.isBot', ...CONVERTED],
    ...everyOf(['fewest', 'most', 'free', 'load'], ['user.role', 'account.ownerId', 'account.accountManagerId']),
  },
  lead_decile: {
    ...everyOf(['name', 'decile', 'fromScore', 'toScore'], SCORE),
    ...everyOf(
      ['leads', 'grew', 'grewShare', 'grewLow', 'grewHigh', 'gain', 'note'],
      [...SCORE, 'lead.accountId', ...BUCKETS],
    ),
    ...everyOf(
      ['unconverted', 'converted', 'convertedShare', 'convertedLow', 'convertedHigh', 'customers'],
      [...SCORE, ...CONVERTED],
    ),
    growthArr: [...SCORE, ...CONVERTED, ...MOVED],
  },
  shared_cause: everyOf(
    ['name', 'month', 'monthOn', 'by', 'cause', 'accounts', 'accountsMonthBefore', 'arrAtRisk', 'evidence', 'isOpen'],
    [
      'account.name',
      ...[
        'accountId',
        'reason',
        'subReason',
        'featureId',
        'competitor',
        'openedAt',
        'closedAt',
        'status',
        'resolution',
      ].map((name) => `risk.${name}`),
      ...['arrAtRisk', 'seatsAtRisk', 'kind'].map((name) => `risk.${name}`),
    ],
  ),
  seat_rung: everyOf(
    ['accounts', 'arr', 'reached', 'movedUp', 'left', 'medianDays'],
    ['subscription_period.seats', 'opportunity.seats', ...MOVED],
  ),
  must_win: {
    opportunityId: ['opportunity.closeOn', 'opportunity.state', 'opportunity.arr'],
    ...everyOf(['rank', 'arr', 'expected', 'odds'], [...FUNNEL_ARR, 'opportunity.closeOn', 'opportunity.pipeline']),
  },
  bucket_month: {
    ...everyOf(['ownerId', 'team'], BUCKET_ROW),
    ...everyOf(
      [
        ...[
          'orangeStart',
          'greenStart',
          'orangeEnd',
          'greenEnd',
          'total',
          'greenLastYear',
          'totalLastYear',
          'graduated',
        ],
        ...['fellBack', 'graduations', 'fallBacks', 'bornGreenAccounts', 'orangeAccounts', 'greenAccounts'],
        ...['nearAccounts', ...BUCKET_CHANGES.map(({ name }) => name)],
      ],
      BUCKET_OWNER,
    ),
    outOfReachAccounts: ['account.employees', ...BUCKET_OWNER],
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
      ...['wonSince', 'wonOfOpen', 'brier', 'withoutRate', 'byPipelineRate', 'won', 'wonLastYear', 'renewalsWon'],
      ...['target', 'targetLastYear', 'gap', 'coverage', 'openDue', 'commit', 'bestCase', 'repCall', 'managerCall'],
      ...['expansionsWon', 'openNow', 'openArrNow', 'now', 'p10', 'p50', 'p90', 'nowError', 'nowMethod'],
      ...['nowByAge', 'nowByStage', 'nowByCrm', 'nowWithoutChance'],
    ],
    [
      'opportunity.probability',
      ...[...FUNNEL_ARR, 'opportunity.pipeline', 'opportunity.closeOn', 'opportunity.forecastCategory'],
      ...['opportunity.kind', ...TARGETS],
    ],
  ),
  forecast_calibration: everyOf(
    ['opportunities', 'won', 'expected', 'observed', 'low', 'high', 'brier', 'brierOfOneRate'],
    [...FUNNEL, 'opportunity.pipeline'],
  ),
  ...SUPPORT_ORIGINS,
  ...RISK_ORIGINS,
  ...IMPLEMENTATION_ORIGINS,
  feature_voice: {
    theme: ['feature.theme'],
    feature: ['feature.name'],
    ...everyOf(
      [
        ...['tickets', 'requests', 'positive', 'negative', 'mentions', 'mentionsBefore', 'growth', 'isTrending'],
        ...['ticketsBeforeShipping', 'ticketsAfterShipping'],
      ],
      MENTIONED,
    ),
  },
  feature_deal: everyOf(Object.keys(FACTS.feature_deal.fields), FEATURE_DEAL),
  feature: everyOf(
    Object.keys(FACTS.feature.fields).filter((name) => !FRAME.includes(name)),
    FEATURE,
  ),
  theme: everyOf(
    Object.keys(FACTS.theme.fields).filter((name) => !FRAME.includes(name)),
    FEATURE,
  ),
  priority: everyOf(
    Object.keys(FACTS.priority.fields).filter((name) => !PRIORITY_FRAME.includes(name)),
    PRIORITY,
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
  const name = `${items} ${path}`
  const origins = ORIGINS.get(name) ?? findOrigins(items, path)
  ORIGINS.set(name, origins)
  return origins
}

/** What was found before: every run asks it of every column for every field of every source. */
const ORIGINS = new Map<string, ReadonlySet<string>>()

function findOrigins(items: FactKind, path: string): ReadonlySet<string> {
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

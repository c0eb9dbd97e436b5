import { parseDay } from '../../src/domain/day.ts'
import { defaultModel } from '../../src/domain/default-model.ts'
import { definitionsOf } from '../../src/domain/definitions/definitions.ts'
import type { FactValues, TotalsKind } from '../../src/domain/facts.ts'
import type { Standing } from '../../src/report/report.ts'
import type { ReportFacts, SectionBody } from '../../src/report/section.ts'

export const MONTH = '2026-03'

/** Facts of a small company in March 2026; money in cents. */
export function factsOf(given: Partial<Record<TotalsKind, readonly FactValues[]>>): ReportFacts {
  return {
    month: MONTH,
    day: parseDay('2026-03-20') as number,
    currency: 'USD',
    yearStart: 0,
    definitions: definitionsOf({}, defaultModel()),
    of: (kind) => given[kind] ?? [],
  }
}

export const FUNNEL: readonly FactValues[] = [
  funnel('entry_cohort', MONTH, 'opportunity', {
    count: 8,
    arr: 400_000_00,
    reachedNext: 2,
    conversion: 0.25,
    stillOpen: 4,
    stillOpenShare: 0.5,
    isMature: false,
    medianDays: 14,
    reconstructedLeftOut: 3,
    winRateByCount: 0.5,
    winRateByAmount: 0.25,
  }),
  funnel('entry_cohort', '2025-03', 'opportunity', { count: 5, arr: 100_000_00, reconstructedLeftOut: 0 }),
  funnel('entry_cohort', MONTH, 'won', { count: 2, arr: 60_000_00, reconstructedLeftOut: 0 }),
  funnel('active', MONTH, 'opportunity', { count: 20, arr: 900_000_00, winRateByCount: 0.4, winRateByAmount: 0.3 }),
  funnel('snapshot', MONTH, 'opportunity', { count: 15, arr: 750_000_00 }),
  // What is of one segment, or of one stage of the CRM, is on the board and not in the report.
  { ...funnel('snapshot', MONTH, 'opportunity', { count: 99, arr: 1 }), segment: 'enterprise' },
  { ...funnel('snapshot', MONTH, 'Prospecting', { count: 98, arr: 1 }), level: 'crm_stage' },
]

function funnel(view: string, month: string, stage: string, more: FactValues): FactValues {
  const stageOrder = ['lead', 'opportunity', 'won', 'expansion', 'lost'].indexOf(stage) + 1
  return { view, level: 'funnel_stage', month, segment: 'all', stage, stageOrder, ...more }
}

export const FORECAST: readonly FactValues[] = [
  forecast('month', '2026-02', { forecast: 30_000_00, wonSince: 50_000_00, isOver: true }),
  forecast('month', MONTH, { low: 20_000_00, high: 90_000_00, forecast: 60_000_00, target: 80_000_00, gap: 70_000_00 }),
  forecast('quarter', MONTH, { earlierForecasts: 3, wonBefore: 50_000_00, forecast: 110_000_00 }),
]

function forecast(period: string, month: string, more: FactValues): FactValues {
  return {
    period,
    month,
    fromOn: parseDay('2026-03-01') as number,
    toOn: parseDay('2026-03-31') as number,
    isOver: false,
    open: 15,
    openArr: 750_000_00,
    wonBefore: 0,
    expected: 60_000_00,
    wonSince: 10_000_00,
    withoutRate: 0,
    earlierForecasts: 12,
    method: 'what stood open × the share that was won',
    ...more,
  }
}

export const PIPELINE: readonly FactValues[] = [pipeline('all_open', {}), pipeline('due_in_month', { slippage: 0.1 })]

/** 700 + 100 + 20 − 30 − 40 = 750. */
function pipeline(window: string, more: FactValues): FactValues {
  const parts = ['pulledIn', 'dated', 'reopened', 'decreased', 'pushedOut']
  return {
    window,
    month: MONTH,
    segment: 'all',
    isOpen: true,
    start: 700_000_00,
    startCount: 13,
    created: 100_000_00,
    createdCount: 4,
    increased: 20_000_00,
    increasedCount: 1,
    won: 30_000_00,
    wonCount: 1,
    lost: 40_000_00,
    lostCount: 1,
    ...Object.fromEntries(parts.flatMap((part) => [[part, 0] as const, [`${part}Count`, 0] as const])),
    end: 750_000_00,
    endCount: 15,
    endLastYear: 600_000_00,
    ...more,
  }
}

export const ARR: readonly FactValues[] = [arr('2026-02', 'all'), arr(MONTH, 'all'), arr(MONTH, 'mid_market')]

function arr(month: string, segment: string): FactValues {
  return {
    month,
    segment,
    motion: 'all',
    isOpen: month === MONTH,
    start: 1_000_000_00,
    new: 50_000_00,
    newAccounts: 1,
    expansion: 30_000_00,
    expansionAccounts: 2,
    contraction: -10_000_00,
    contractionAccounts: 1,
    churn: -20_000_00,
    churnAccounts: 1,
    reactivation: 0,
    reactivationAccounts: 0,
    end: 1_050_000_00,
    endAccounts: 40,
    endLastYear: 800_000_00,
    nrrYear: 1.05,
    grrYear: 0.9,
    retentionMethod: 'cohort',
    fromSubscriptions: 900_000_00,
  }
}

export const BUCKETS: readonly FactValues[] = [
  bucket('2026-02', 'company', {}),
  bucket(MONTH, 'company', { graduations: 1, graduated: 12_000_00, isOpen: true }),
  bucket(MONTH, 'team', { team: 'Central', graduations: 1, graduated: 12_000_00 }),
  bucket(MONTH, 'owner', { ownerId: 'U1' }),
]

function bucket(month: string, level: string, more: FactValues): FactValues {
  const nothing = ['greenNew', 'greenExpansion', 'greenContraction', 'greenChurn', 'graduated', 'graduations']
  return {
    month,
    level,
    isOpen: false,
    ...Object.fromEntries(nothing.map((name) => [name, 0])),
    orangeEnd: 80_000_00,
    greenStart: 100_000_00,
    greenEnd: 112_000_00,
    greenLastYear: 60_000_00,
    bornGreenAccounts: 0,
    orangeAccounts: 20,
    greenAccounts: 5,
    nearAccounts: 3,
    outOfReachAccounts: 1,
    ...more,
  }
}

const UNCOMPARED = { withWon: 1, withClosed: 2, withoutWon: 10, withoutClosed: 40, association: 'not enough data' }

export const FEATURES: readonly FactValues[] = [
  feature('Single sign-on', { status: 'building', openArr: 50_000_00, blockedArr: 40_000_00, waitingArr: 10_000_00 }),
  feature('Export', {
    status: 'shipped',
    openArr: 20_000_00,
    supportedArr: 20_000_00,
    influencedArr: 30_000_00,
    attributedArr: 25_000_00,
    withWon: 12,
    withClosed: 40,
    withoutWon: 100,
    withoutClosed: 400,
    adjustedDifference: 0.05,
    adjustedLow: -0.02,
    adjustedHigh: 0.12,
    adjustedPValue: 0.21,
    association: 'interval contains 0',
  }),
  { ...feature('Export', { openArr: 1 }), segment: 'enterprise' },
  { ...feature('All features together', { openArr: 60_000_00, openShare: 0.25 }), row: 'all_features' },
  { row: 'no_feature', segment: 'all', name: 'No feature linked', openArr: 180_000_00, attributedArr: 75_000_00 },
]

function feature(name: string, more: FactValues): FactValues {
  const money = ['openArr', 'blockedArr', 'waitingArr', 'supportedArr', 'unblockedArr', 'influencedArr', 'missedArr']
  return {
    row: 'feature',
    segment: 'all',
    name,
    requests: 7,
    accounts: 6,
    attribution: 'even: equal parts to its blockers',
    ...Object.fromEntries(money.map((field) => [field, 0])),
    attributedArr: 0,
    ...UNCOMPARED,
    ...more,
  }
}

export const PRIORITY: readonly FactValues[] = [
  {
    row: 'plan',
    period: '2026-Q2',
    features: 1,
    worth: 30_000_00,
    bound: 30_000_00,
    isBest: true,
    deals: 2,
    dealsArr: 60_000_00,
    risks: 1,
    riskArr: 10_000_00,
    differenceWithMore: 5_000_00,
    withMore: 'also Audit log',
    differenceWithLess: -30_000_00,
    withLess: 'without Single sign-on',
    worthByRanking: 20_000_00,
    plannedOn: parseDay('2026-03-18') as number,
  },
  {
    row: 'feature',
    name: 'Single sign-on',
    isChosen: true,
    rank: 2,
    period: '2026-Q2',
    effort: 80,
    worth: 30_000_00,
    perEffort: 375_00,
    dealsArr: 60_000_00,
    riskArr: 10_000_00,
    costOfNo: 10_000_00,
    isCostExact: true,
    otherwiseMoves: 'Audit log from 2026-Q3 to 2026-Q2',
  },
  {
    row: 'feature',
    name: 'Audit log',
    isChosen: false,
    rank: 1,
    period: '2026-Q3',
    effort: 40,
    worth: 20_000_00,
    dealsArr: 30_000_00,
    riskArr: 0,
    costOfYes: 10_000_00,
    costAtLeast: 8_000_00,
    costAtMost: 12_000_00,
    isCostExact: false,
  },
  { row: 'feature', name: 'Fax', isChosen: false, leftOut: 'it is declined', worth: 0, dealsArr: 0, riskArr: 0 },
  ...[0.5, 1, 2].map((capacityShare) => ({
    row: 'capacity',
    capacityShare,
    capacity: 100 * capacityShare,
    worth: 30_000_00 * capacityShare,
    bound: 32_000_00 * capacityShare,
    isBest: false,
  })),
]

const NO_RISKS = Object.fromEntries(
  ['opened', 'saved', 'contracted', 'churned', 'stillOpen'].flatMap((kind) => [
    [kind, 0] as const,
    [`${kind}Arr`, 0] as const,
  ]),
)

export const RISKS: readonly FactValues[] = [
  { ...NO_RISKS, quarter: '2025-Q4', by: 'all', isOpen: false, falseAlarms: 0, opened: 4, openedArr: 40_000_00 },
  {
    ...NO_RISKS,
    quarter: '2026-Q1',
    by: 'all',
    isOpen: true,
    falseAlarms: 1,
    opened: 3,
    openedArr: 30_000_00,
    stillOpen: 2,
    stillOpenArr: 20_000_00,
    saved: 1,
    savedArr: 5_000_00,
    churned: 1,
    churnedArr: 10_000_00,
    savedShare: 0.5,
  },
  {
    ...NO_RISKS,
    quarter: '2026-Q1',
    by: 'reason',
    cause: 'price',
    isOpen: true,
    falseAlarms: 0,
    opened: 2,
    openedArr: 20_000_00,
  },
]

export const RENEWALS: readonly FactValues[] = ['2026-03', '2026-04'].map((month) => ({
  month,
  health: 'all',
  accounts: 4,
  arr: 40_000_00,
  arrAtRisk: 10_000_00,
  weightedArrAtRisk: 5_000_00,
  expectedArr: 35_000_00,
}))

const WEEK = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const

export const SUPPORT_HOURS: readonly FactValues[] = Array.from({ length: 24 }, (_, hour) => ({
  team: 'all',
  hour,
  clock: `${String(hour).padStart(2, '0')}:00`,
  tickets: hour === 9 ? 70 : 7,
  gaps: hour === 9 ? 'mon, fri' : '',
  inTime: 0.9,
  ...Object.fromEntries(WEEK.map((weekday) => [weekday, hour === 9 && weekday === 'mon' ? 4.2 : 0.5])),
  monInTime: hour === 9 ? 0.4 : 1,
}))

const LEAD_DECILES: readonly FactValues[] = [
  { decile: 1, fromScore: 0, toScore: 9, leads: 4, grew: 0, unconverted: 4, converted: 0, note: 'not enough data' },
  decile(2, 10, 20, { leads: 200, grew: 4, grewShare: 0.02, grewLow: 0.008, grewHigh: 0.05, gain: 0.2 }),
  decile(10, 81, 97, { leads: 200, grew: 40, grewShare: 0.2, grewLow: 0.15, grewHigh: 0.261, gain: 1.8 }),
]

function decile(at: number, fromScore: number, toScore: number, more: FactValues): FactValues {
  const converted = { unconverted: 180, converted: 90, convertedShare: 0.5, convertedLow: 0.427, convertedHigh: 0.573 }
  return { decile: at, fromScore, toScore, ...converted, growthArr: 1_200_00, note: 'enough to compare', ...more }
}

const ACTIVE: readonly FactValues[] = [
  active('2026-02', 'all', 1100, {}),
  active(MONTH, 'all', 1240, {
    ...{ isOpen: true, wappLastYear: 900, activeShare: 0.4, lagMonths: 3, lagMonthsKnown: 24 },
    ...{ correlation: 0.62, correlationLow: 0.2, correlationHigh: 0.85 },
    lagNote: 'went together most 3 months after signing, over 24 months',
  }),
  active(MONTH, 'self_serve', 1000, { isOpen: true, lagMonthsKnown: 4, lagNote: 'not enough data' }),
]

function active(month: string, motion: string, wapp: number, more: FactValues): FactValues {
  return { month, motion, isOpen: false, wapp, accounts: 310, signedArr: 50_000_00, ...more }
}

const BOOKS: readonly FactValues[] = [
  book('U1', 'Anna Snelling', 62, { role: 'ae', team: 'Central', fewest: 50, most: 100, free: 38, load: 'within' }),
  book('U2', 'Bo Lind', 71, { role: 'am', team: 'Nordics', fewest: 40, most: 60, free: 0, load: 'over' }),
  book('U3', 'Cy Ek', 2, { role: 'csm' }),
]

function book(id: string, name: string, accounts: number, more: FactValues): FactValues {
  const fields = ['customers', 'smb', 'midMarket', 'enterprise', 'openOpportunities', 'openLeads']
  const zeros = Object.fromEntries(fields.map((field) => [field, 0]))
  return { id, name, accounts, ...zeros, arr: 90_000_00, greenArr: 50_000_00, openPipeline: 40_000_00, ...more }
}

export const ALL = factsOf({
  lead_decile: LEAD_DECILES,
  wapp_month: ACTIVE,
  book: BOOKS,
  funnel_stage: FUNNEL,
  forecast: FORECAST,
  pipeline_month: PIPELINE,
  arr_month: ARR,
  bucket_month: BUCKETS,
  feature: FEATURES,
  priority: PRIORITY,
  risk_quarter: RISKS,
  renewal_month: RENEWALS,
  support_hour: SUPPORT_HOURS,
})

export const STANDING: Standing = {
  closed: null,
  timeZone: 'Europe/Stockholm',
  isMonthOpen: true,
  sources: [
    {
      source: 'salesforce',
      object: 'Opportunity <&> "quoted"',
      mapped: 120,
      rejected: 1,
      rejectedValues: 7,
      lastRead: '2026-03-20T05:12:44.000Z',
    },
  ],
  findings: [{ code: 'no-account', count: 1425 }],
  usage: { points: 10, events: 100, pointsWithoutAccount: 2, eventsWithoutAccount: 25 },
  identity: { open: 3 },
  dirty: 0,
  stale: [],
}

/** A table of a section as rows of cells by column. */
export function tableOf({ tables }: SectionBody, place: number): Readonly<Record<string, string>>[] {
  const table = tables[place]
  if (table === undefined) throw new RangeError(`There is no table ${place}`)
  return table.rows.map((row) => Object.fromEntries(row.map((cell, i) => [table.columns[i] ?? '', cell])))
}

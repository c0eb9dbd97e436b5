import { parseDay } from '../../src/domain/day.ts'
import type { FactValues, TotalsKind } from '../../src/domain/facts.ts'
import type { Standing } from '../../src/report/report.ts'
import type { ReportFacts, SectionBody } from '../../src/report/section.ts'

export const MONTH = '2026-03'

/** Facts of a small company in March 2026; money in cents. */
export function factsOf(given: Partial<Record<TotalsKind, readonly FactValues[]>>): ReportFacts {
  return { month: MONTH, day: parseDay('2026-03-20') as number, currency: 'USD', of: (kind) => given[kind] ?? [] }
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

export const ALL = factsOf({ funnel_stage: FUNNEL, forecast: FORECAST, pipeline_month: PIPELINE, arr_month: ARR })

export const STANDING: Standing = {
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

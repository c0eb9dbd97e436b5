import { describe, expect, test } from 'vitest'
import { defaultModel } from '../../src/domain/default-model.ts'
import type { FactValues } from '../../src/domain/facts.ts'
import { NO_STAGE_NAME } from '../../src/domain/funnel-facts.ts'
import type { Model, StageDefinition } from '../../src/domain/model.ts'
import {
  aLead,
  anAccount,
  anOpportunity,
  contextOf,
  day,
  factsOf,
  funnelOf,
  history,
  noon,
  type Records,
} from './builders.ts'

const model = defaultModel()

/** Opportunities with their whole way, each `[id, ...rows]`, in one account. */
function deals(
  list: readonly (readonly [id: string, ...rows: (readonly [string, string, number?])[]])[],
  records: Records = {},
): Records {
  return {
    ...records,
    opportunities: list.map(([id, ...rows]) => {
      const [, stage, amount] = rows.at(-1) ?? expect.fail()
      const createdAt = noon(rows[0]?.[0] ?? expect.fail())
      return anOpportunity({ id, stage, createdAt, ...(amount === undefined ? {} : { amount }) })
    }),
    changes: list.flatMap(([id, ...rows]) => history(id, ...rows)),
  }
}

function rowsOf(records: Records, of: Model = model): ReadonlyMap<string, FactValues> {
  return funnelOf([factsOf(records, contextOf(of))], of)
}

/** Month and count of the rows whose id begins and ends so. */
function countsOf(rows: ReadonlyMap<string, FactValues>, view: string, tail: string): Record<string, unknown> {
  const found = [...rows].filter(([id]) => id.startsWith(`${view}:`) && id.endsWith(`:${tail}`))
  return Object.fromEntries(found.map(([, { month, count }]) => [month, count]))
}

describe('an opportunity on its way', () => {
  const rows = rowsOf(
    deals([
      [
        'O1',
        ['2026-07-10', 'Prospecting', 100],
        ['2026-07-20', 'Qualification', 150],
        ['2026-09-05', 'Negotiation/Review', 200],
        ['2026-10-15', 'Closed Won', 180],
      ],
    ]),
  )

  test('enters the cohort of each stage in the month it got there, with what it was worth then', () => {
    expect(rows.get('entry_cohort:2026-07:all:salesforce:*:Prospecting')).toEqual({
      id: 'entry_cohort:2026-07:all:salesforce:*:Prospecting',
      name: '2026-07 Prospecting, salesforce (entry cohort)',
      view: 'entry_cohort',
      level: 'crm_stage',
      month: '2026-07',
      monthOn: day('2026-07-01'),
      segment: 'all',
      pipeline: 'salesforce',
      stage: 'Prospecting',
      stageOrder: 1,
      funnelStage: 'opportunity',
      count: 1,
      arr: 100,
      reachedNext: 1,
      conversion: 1,
      stillOpen: 0,
      stillOpenShare: 0,
      isMature: true,
      medianDays: 10,
      dwellCounted: 1,
      reconstructedLeftOut: 0,
      winRateByCount: 1,
      winRateByAmount: 1,
    })
    expect(rows.get('entry_cohort:2026-07:all:salesforce:*:Qualification')).toMatchObject({ arr: 150, medianDays: 47 })
    expect(rows.get('entry_cohort:2026-10:all:salesforce:*:Closed Won')).toMatchObject({ count: 1, arr: 180 })
    expect(rows.get('entry_cohort:2026-10:all:won')).toMatchObject({ count: 1, arr: 180 })
  })

  test('that skips a stage passed through it at the moment it reached the next', () => {
    expect(rows.get('entry_cohort:2026-09:all:salesforce:*:Value Proposition')).toMatchObject({
      count: 1,
      arr: 200,
      reachedNext: 1,
    })
    expect(rows.get('entry_cohort:2026-09:all:salesforce:*:Value Proposition')).not.toHaveProperty('medianDays')
    expect(countsOf(rows, 'active', 'Value Proposition')).toEqual({ '2026-09': 1 })
  })

  test('is in the snapshot of each month end at which it was in a stage', () => {
    expect(countsOf(rows, 'snapshot', 'all:salesforce:*:Prospecting')).toEqual({})
    expect(countsOf(rows, 'snapshot', 'all:salesforce:*:Qualification')).toEqual({ '2026-07': 1, '2026-08': 1 })
    expect(countsOf(rows, 'snapshot', 'all:opportunity')).toEqual({ '2026-07': 1, '2026-08': 1, '2026-09': 1 })
  })

  test('is active in each month in which it was in a stage at any time', () => {
    expect(countsOf(rows, 'active', 'all:salesforce:*:Prospecting')).toEqual({ '2026-07': 1 })
    expect(countsOf(rows, 'active', 'all:salesforce:*:Qualification')).toEqual({
      '2026-07': 1,
      '2026-08': 1,
      '2026-09': 1,
    })
    expect(rows.get('active:2026-10:all:opportunity')).toMatchObject({ count: 1, arr: 200, winRateByCount: 1 })
    expect(rows.get('active:2026-09:all:opportunity')).not.toHaveProperty('winRateByCount')
  })

  test('once won has entry cohorts only', () => {
    expect(countsOf(rows, 'snapshot', 'all:won')).toEqual({})
    expect(countsOf(rows, 'active', 'all:won')).toEqual({})
  })
})

test('an opportunity that moves back is not counted again, and its days add up', () => {
  const rows = rowsOf(
    deals([
      [
        'O1',
        ['2026-08-01', 'Prospecting'],
        ['2026-08-11', 'Qualification'],
        ['2026-09-01', 'Prospecting'],
        ['2026-09-06', 'Qualification'],
      ],
    ]),
  )
  expect(countsOf(rows, 'entry_cohort', 'Prospecting')).toEqual({ '2026-08': 1 })
  expect(countsOf(rows, 'entry_cohort', 'Qualification')).toEqual({ '2026-08': 1 })
  expect(rows.get('entry_cohort:2026-08:all:salesforce:*:Prospecting')).toMatchObject({ medianDays: 15, stillOpen: 1 })
  // Still in Qualification: 21 days in August and 77 up to 2026-11-22, censored, so there is no median.
  expect(rows.get('entry_cohort:2026-08:all:salesforce:*:Qualification')).toMatchObject({ dwellCounted: 1 })
  expect(rows.get('entry_cohort:2026-08:all:salesforce:*:Qualification')).not.toHaveProperty('medianDays')
  expect(countsOf(rows, 'active', 'all:salesforce:*:Prospecting')).toEqual({ '2026-08': 1, '2026-09': 1 })
})

test('lost is no progress', () => {
  const rows = rowsOf(deals([['O1', ['2026-08-01', 'Prospecting', 100], ['2026-08-11', 'Closed Lost', 100]]]))
  expect(rows.get('entry_cohort:2026-08:all:salesforce:*:Prospecting')).toMatchObject({
    reachedNext: 0,
    conversion: 0,
    winRateByCount: 0,
    winRateByAmount: 0,
    medianDays: 10,
  })
  expect(rows.get('entry_cohort:2026-08:all:lost')).toMatchObject({ count: 1, arr: 100 })
  expect(rows.get('entry_cohort:2026-08:all:lost')).not.toHaveProperty('reachedNext')
  expect(countsOf(rows, 'entry_cohort', 'Qualification')).toEqual({})
})

test('a closing that was reopened is no closing: time outside the funnel is in no stage', () => {
  const rows = rowsOf(
    deals([['O1', ['2026-06-01', 'Prospecting'], ['2026-07-01', 'Closed Lost'], ['2026-09-01', 'Prospecting']]]),
  )
  expect(countsOf(rows, 'snapshot', 'all:opportunity')).toEqual({
    '2026-06': 1,
    '2026-09': 1,
    '2026-10': 1,
    '2026-11': 1,
  })
  expect(countsOf(rows, 'entry_cohort', 'all:lost')).toEqual({})
  expect(rows.get('active:2026-07:all:opportunity')).not.toHaveProperty('winRateByCount')
  expect(countsOf(rows, 'entry_cohort', 'all:opportunity')).toEqual({ '2026-06': 1 })
})

test('win rate is told by count and by amount', () => {
  const rows = rowsOf(
    deals([
      ['O1', ['2026-08-01', 'Prospecting', 900], ['2026-09-11', 'Closed Lost', 900]],
      ['O2', ['2026-08-01', 'Prospecting', 100], ['2026-09-12', 'Closed Won', 100]],
      ['O3', ['2026-08-01', 'Prospecting', 500]],
    ]),
  )
  const rates = { winRateByCount: 0.5, winRateByAmount: 0.1 }
  expect(rows.get('entry_cohort:2026-08:all:opportunity')).toMatchObject({ ...rates, stillOpen: 1, isMature: false })
  expect(rows.get('active:2026-09:all:opportunity')).toMatchObject({ ...rates, count: 3 })
  expect(rows.get('snapshot:2026-09:all:opportunity')).not.toHaveProperty('winRateByCount')
})

test('a cohort is mature from the share of model.yaml on, exactly', () => {
  const many = (open: number) =>
    deals(
      Array.from({ length: 100 }, (_, i) =>
        i < open
          ? [`O${i}`, ['2026-08-01', 'Prospecting'] as const]
          : [`O${i}`, ['2026-08-01', 'Prospecting'] as const, ['2026-08-02', 'Closed Lost'] as const],
      ),
    )
  const id = 'entry_cohort:2026-08:all:opportunity'
  expect(rowsOf(many(5)).get(id)).toMatchObject({ stillOpenShare: 0.05, isMature: true })
  expect(rowsOf(many(6)).get(id)).toMatchObject({ isMature: false })
  // In doubles, 0.55 × 100 is more than 55.
  expect(rowsOf(many(45), { ...model, matureAt: 0.55 }).get(id)).toMatchObject({ isMature: true })
})

describe('without history', () => {
  const records: Records = {
    opportunities: [
      anOpportunity({ id: 'O1', stage: 'Qualification', createdAt: noon('2026-08-05'), amount: 10 }),
      anOpportunity({
        id: 'O2',
        stage: 'Closed Won',
        createdAt: noon('2026-08-05'),
        closeOn: day('2026-10-01'),
        amount: 30,
      }),
      anOpportunity({
        id: 'O3',
        stage: 'Closed Lost',
        createdAt: noon('2026-08-05'),
        closeOn: day('2026-10-02'),
        amount: 10,
      }),
    ],
  }
  const rows = rowsOf(records)

  test('an opportunity is left out of cohorts and dwell, and counted', () => {
    expect(rows.get('entry_cohort:2026-08:all:opportunity')).toMatchObject({
      count: 0,
      arr: 0,
      reconstructedLeftOut: 3,
    })
    expect(rows.get('entry_cohort:2026-08:all:opportunity')).not.toHaveProperty('conversion')
    // Whatever was in the pipeline has passed its first stage.
    expect(rows.get('entry_cohort:2026-08:all:salesforce:*:Prospecting')).toMatchObject({ reconstructedLeftOut: 3 })
    expect(rows.get('entry_cohort:2026-08:all:salesforce:*:Qualification')).toMatchObject({ reconstructedLeftOut: 1 })
    expect(rows.get('entry_cohort:2026-10:all:won')).toMatchObject({ count: 0, reconstructedLeftOut: 1 })
    expect([...rows.values()].every(({ medianDays }) => medianDays === undefined)).toBe(true)
  })

  test('an open one has been in its stage since creation; a closed one was in no known stage until its close date', () => {
    expect(countsOf(rows, 'snapshot', 'all:salesforce:*:Qualification')).toEqual({
      '2026-08': 1,
      '2026-09': 1,
      '2026-10': 1,
      '2026-11': 1,
    })
    expect(countsOf(rows, 'snapshot', NO_STAGE_NAME)).toEqual({ '2026-08': 2, '2026-09': 2 })
    expect(countsOf(rows, 'snapshot', 'all:opportunity')).toEqual({
      '2026-08': 3,
      '2026-09': 3,
      '2026-10': 1,
      '2026-11': 1,
    })
    expect(rows.get(`snapshot:2026-09:all:salesforce:*:${NO_STAGE_NAME}`)).toMatchObject({
      stageOrder: 11,
      funnelStage: 'opportunity',
    })
  })

  test('closings still make a win rate, in the active view', () => {
    expect(rows.get('active:2026-10:all:opportunity')).toMatchObject({
      count: 3,
      winRateByCount: 0.5,
      winRateByAmount: 0.75,
    })
  })
})

test('time in a stage whose end is guessed is left out of its dwell', () => {
  const records = deals([['O1', ['2026-08-01', 'Prospecting']]])
  const [opportunity] = records.opportunities ?? []
  const rows = rowsOf({ ...records, opportunities: [{ ...(opportunity ?? expect.fail()), stage: 'Qualification' }] })
  expect(rows.get('entry_cohort:2026-08:all:salesforce:*:Prospecting')).toMatchObject({ count: 1, reachedNext: 1 })
  expect(rows.get('entry_cohort:2026-08:all:salesforce:*:Prospecting')).not.toHaveProperty('dwellCounted')
})

test('what is dated ahead counts in the current month', () => {
  const rows = rowsOf({
    opportunities: [
      anOpportunity({ id: 'O1', stage: 'Closed Won', createdAt: noon('2026-11-02'), closeOn: day('2027-03-31') }),
      anOpportunity({ id: 'O2', createdAt: noon('2026-12-02') }),
    ],
  })
  expect(countsOf(rows, 'snapshot', 'all:opportunity')).toEqual({ '2026-11': 1 })
  expect(countsOf(rows, 'active', 'all:opportunity')).toEqual({ '2026-11': 2 })
  expect(rows.get('entry_cohort:2026-11:all:won')).toMatchObject({ reconstructedLeftOut: 1 })
})

test('the newest funnelMonths months are told, with what came before them in the snapshot', () => {
  const rows = rowsOf(deals([['O1', ['2024-01-01', 'Prospecting', 70]]]), { ...model, funnelMonths: 2 })
  expect(countsOf(rows, 'snapshot', 'all:opportunity')).toEqual({ '2026-10': 1, '2026-11': 1 })
  expect(rows.get('snapshot:2026-10:all:opportunity')).toMatchObject({ arr: 70 })
  expect(countsOf(rows, 'entry_cohort', 'all:opportunity')).toEqual({})
})

test('funnel stages are told for all segments together and for each; CRM stages for all together', () => {
  const smb = factsOf({ account: anAccount({ segment: 'smb' }), opportunities: [anOpportunity({ amount: 5 })] })
  const none = factsOf({ opportunities: [anOpportunity({ amount: 7 })] })
  const rows = funnelOf([smb, none])
  const now = [...rows.values()].filter(({ view, month }) => view === 'snapshot' && month === '2026-11')
  expect(now.map(({ id, arr }) => [id, arr])).toEqual([
    ['snapshot:2026-11:all:opportunity', 12],
    ['snapshot:2026-11:all:salesforce:*:Prospecting', 12],
    ['snapshot:2026-11:none:opportunity', 7],
    ['snapshot:2026-11:smb:opportunity', 5],
  ])
  expect(rows.get('snapshot:2026-11:smb:opportunity')).toMatchObject({ name: '2026-11 opportunity, smb (snapshot)' })
})

test('an opportunity without ARR, or without a rate for it, counts with none', () => {
  const rows = rowsOf({
    opportunities: [anOpportunity({ id: 'O1' }), anOpportunity({ id: 'O2', amount: 5, currency: 'EUR' })],
  })
  expect(rows.get('snapshot:2026-11:all:opportunity')).toMatchObject({ count: 2, arr: 0 })
})

describe('leads', () => {
  const converted = { isConverted: true, opportunityId: 'O1' }

  test('are in the first stage from creation to conversion, with their dwell', () => {
    const rows = rowsOf({
      ...deals([['O1', ['2026-09-10', 'Prospecting', 50], ['2026-10-10', 'Closed Won', 50]]]),
      leads: [
        aLead({ id: 'L1', createdAt: noon('2026-08-21'), ...converted }),
        aLead({ id: 'L2', createdAt: noon('2026-08-22') }),
        aLead({ id: 'L3', createdAt: noon('2026-08-23'), isBot: true }),
      ],
    })
    expect(rows.get('entry_cohort:2026-08:all:lead')).toMatchObject({
      count: 2,
      reachedNext: 1,
      stillOpen: 1,
      medianDays: 20,
      dwellCounted: 2,
      winRateByCount: 1,
      winRateByAmount: 1,
    })
    expect(countsOf(rows, 'snapshot', 'all:lead')).toEqual({ '2026-08': 2, '2026-09': 1, '2026-10': 1, '2026-11': 1 })
    expect(countsOf(rows, 'entry_cohort', 'all:opportunity')).toEqual({ '2026-09': 1 })
  })

  test('converted without an opportunity have left the stage, and reached nothing', () => {
    const rows = rowsOf({
      leads: [aLead({ createdAt: noon('2026-08-21'), isConverted: true, convertedOn: day('2026-08-31') })],
    })
    expect(rows.get('entry_cohort:2026-08:all:lead')).toMatchObject({
      count: 1,
      reachedNext: 0,
      stillOpen: 0,
      medianDays: 10,
    })
  })

  test('that nothing dates are left out of cohorts, and counted', () => {
    const { createdAt: _, ...undated } = aLead({ changedAt: noon('2026-08-21') })
    const rows = rowsOf({ leads: [undated] })
    expect(rows.get('entry_cohort:2026-08:all:lead')).toMatchObject({ count: 0, reconstructedLeftOut: 1 })
    expect(countsOf(rows, 'snapshot', 'all:lead')).toMatchObject({ '2026-11': 1 })
  })
})

describe('a pipeline whose first stages are leads', () => {
  const stages: StageDefinition[] = [
    { name: 'New', funnelStage: 'lead', state: 'open' },
    { name: 'Qualified', funnelStage: 'opportunity', state: 'open' },
    { name: 'Won', funnelStage: 'won', state: 'won' },
    { name: 'Lost', funnelStage: 'lost', state: 'lost' },
  ]
  const withLeads: Model = { ...model, stages: { salesforce: { '*': stages } } }
  const way = deals([['O1', ['2026-08-10', 'New'], ['2026-09-10', 'Qualified']]])

  test('counts an opportunity as lead first', () => {
    const rows = rowsOf(way, withLeads)
    expect(rows.get('entry_cohort:2026-08:all:lead')).toMatchObject({ count: 1, reachedNext: 1, medianDays: 31 })
    expect(rows.get('entry_cohort:2026-09:all:opportunity')).toMatchObject({ count: 1, reachedNext: 0 })
  })

  test('does not count a lead and the opportunity it became twice', () => {
    const lead = aLead({ createdAt: noon('2026-08-01'), isConverted: true, opportunityId: 'O1' })
    const rows = rowsOf({ ...way, leads: [lead] }, withLeads)
    expect(rows.get('entry_cohort:2026-08:all:lead')).toMatchObject({ count: 1, reachedNext: 1, medianDays: 9 })
    expect(countsOf(rows, 'snapshot', 'all:lead')).toEqual({ '2026-08': 1 })
  })

  test('a lead whose opportunity never left those stages has not reached the next', () => {
    const lead = aLead({ createdAt: noon('2026-08-01'), isConverted: true, opportunityId: 'O1' })
    const rows = rowsOf({ ...deals([['O1', ['2026-08-10', 'New'], ['2026-09-10', 'Lost']]]), leads: [lead] }, withLeads)
    expect(rows.get('entry_cohort:2026-08:all:lead')).toMatchObject({ count: 1, reachedNext: 0, winRateByCount: 0 })
  })
})

test('a won opportunity reached the next stage once its account grew after it', () => {
  const records = deals([
    ['O1', ['2026-06-01', 'Prospecting', 100], ['2026-07-01', 'Closed Won', 100]],
    ['O2', ['2026-08-01', 'Prospecting', 40], ['2026-09-01', 'Closed Won', 40]],
    ['O3', ['2026-09-10', 'Prospecting', 10], ['2026-10-01', 'Closed Won', 10]],
  ])
  const [first, second, third] = records.opportunities ?? []
  if (first === undefined || second === undefined || third === undefined) expect.fail()
  const rows = rowsOf({ ...records, opportunities: [first, { ...second, kind: 'expansion' }, third] })
  expect(rows.get('entry_cohort:2026-07:all:won')).toMatchObject({ count: 1, reachedNext: 1, conversion: 1 })
  expect(rows.get('entry_cohort:2026-09:all:expansion')).toMatchObject({ count: 1, arr: 40 })
  expect(countsOf(rows, 'entry_cohort', 'all:won')).toEqual({ '2026-07': 1, '2026-10': 1 })
  expect(rows.get('entry_cohort:2026-10:all:won')).toMatchObject({ reachedNext: 0 })
})

test('a pipeline with open stages in the funnel stage it closes in enters that stage once', () => {
  const stages: StageDefinition[] = [
    { name: 'Talk', funnelStage: 'opportunity', state: 'open' },
    { name: 'Onboarding', funnelStage: 'won', state: 'open' },
    { name: 'Live', funnelStage: 'won', state: 'won' },
  ]
  const rows = rowsOf(deals([['O1', ['2026-08-01', 'Talk'], ['2026-08-20', 'Onboarding'], ['2026-10-01', 'Live']]]), {
    ...model,
    stages: { salesforce: { '*': stages } },
  })
  expect(countsOf(rows, 'entry_cohort', 'all:won')).toEqual({ '2026-08': 1 })
  expect(rows.get('entry_cohort:2026-08:all:won')).toMatchObject({ reachedNext: 0 })
  expect(rows.get('entry_cohort:2026-08:all:opportunity')).toMatchObject({ reachedNext: 1 })
  expect(countsOf(rows, 'snapshot', 'all:won')).toEqual({ '2026-08': 1, '2026-09': 1 })
})

test('won beside the stages of the CRM counts as won in the one funnel, and has passed every open stage', () => {
  const records = deals([['O1', ['2026-08-01', 'Prospecting']]])
  const [opportunity] = records.opportunities ?? []
  const won = { ...(opportunity ?? expect.fail()), state: 'won' as const, closeOn: day('2026-09-01') }
  const rows = rowsOf({ ...records, opportunities: [won] })
  expect(rows.get('entry_cohort:2026-08:all:opportunity')).toMatchObject({
    count: 1,
    reachedNext: 1,
    winRateByCount: 1,
  })
  expect(rows.get('entry_cohort:2026-09:all:won')).toMatchObject({ count: 0, reconstructedLeftOut: 1 })
  expect(rows.get('entry_cohort:2026-09:all:salesforce:*:Negotiation/Review')).toMatchObject({
    reconstructedLeftOut: 1,
  })
  expect(countsOf(rows, 'entry_cohort', 'Closed Won')).toEqual({})
})

test('each pipeline has its own stages, named with it; a source without stages is in no known stage', () => {
  const named: Model = {
    ...model,
    stages: { salesforce: { 'Enterprise | EU': [{ name: 'Talk', funnelStage: 'opportunity', state: 'open' }] } },
  }
  const rows = rowsOf(
    {
      opportunities: [
        anOpportunity({ id: 'O1', stage: 'Talk', pipeline: 'Enterprise | EU' }),
        anOpportunity({ id: 'O2', source: 'files' }),
      ],
    },
    named,
  )
  expect(rows.get('snapshot:2026-11:all:salesforce:Enterprise | EU:Talk')).toMatchObject({
    pipeline: 'salesforce: Enterprise | EU',
    name: '2026-11 Talk, salesforce: Enterprise | EU (snapshot)',
    count: 1,
  })
  expect(rows.get(`snapshot:2026-11:all:files:*:${NO_STAGE_NAME}`)).toMatchObject({
    pipeline: 'files',
    stageOrder: 1,
    count: 1,
  })
})

test('where a win rate is of all there is, what is still open counts as not won', () => {
  const records = deals(
    [
      ['O1', ['2026-07-10', 'Prospecting', 100], ['2026-08-05', 'Closed Won', 100]],
      ['O2', ['2026-07-10', 'Prospecting', 300], ['2026-08-05', 'Closed Lost', 300]],
      ['O3', ['2026-07-10', 'Prospecting', 400]],
      ['O4', ['2026-07-10', 'Prospecting', 200]],
    ],
    { account: anAccount({}) },
  )
  const ofAll: Model = { ...model, winRateOf: 'all' }
  const cohort = 'entry_cohort:2026-07:all:opportunity'
  expect(rowsOf(records).get(cohort)).toMatchObject({ winRateByCount: 0.5, winRateByAmount: 0.25 })
  expect(rowsOf(records, ofAll).get(cohort)).toMatchObject({ winRateByCount: 0.25, winRateByAmount: 0.1 })
  expect(rowsOf(records, ofAll).get('entry_cohort:2026-08:all:won')).not.toHaveProperty('winRateByCount')
  expect(factsOf(records, contextOf(ofAll)).account).toMatchObject({ winRateByCount: 0.25, winRateByAmount: 0.1 })
})

import { describe, expect, test } from 'vitest'
import { FACTS } from '../../src/domain/fact-fields.ts'
import type { SectionBody } from '../../src/report/section.ts'
import { activePeopleSection } from '../../src/report/sections/active-people.ts'
import { arrMovementsSection } from '../../src/report/sections/arr-movements.ts'
import { booksSection } from '../../src/report/sections/books.ts'
import { bucketsSection } from '../../src/report/sections/buckets.ts'
import { forecastSection } from '../../src/report/sections/forecast.ts'
import { funnelSection } from '../../src/report/sections/funnel.ts'
import { influenceSection } from '../../src/report/sections/influence.ts'
import { leadScoreSection } from '../../src/report/sections/lead-score.ts'
import { prioritySection } from '../../src/report/sections/priority.ts'
import { riskSection } from '../../src/report/sections/risk.ts'
import { supportHoursSection } from '../../src/report/sections/support-hours.ts'
import { waterfallSection } from '../../src/report/sections/waterfall.ts'
import { SECTIONS } from '../../src/report/sections.ts'
import { claimsCause } from '../claims.ts'
import { ALL, factsOf, PRIORITY, tableOf } from './small-facts.ts'

describe('the funnel', () => {
  const section = funnelSection.make(ALL)

  test('says how many were opened, beside a year ago, and how many are not settled', () => {
    expect(section.sentences).toEqual([
      '8 opportunities were opened in March 2026, worth USD 400,000 of ARR, and 5 in the same month a year ago.',
      '50 % of them are still open, so what came of this month’s opportunities is not settled yet.',
      'Of the opportunities that closed in the month, 40 % were won by count and 30 % by amount.',
      'At the end of it, 15 opportunities stood open, worth USD 750,000 of ARR.',
      '3 more are not among those opened, because the source keeps no history of when they were.',
    ])
  })

  test('names its three views, each with a table of its own', () => {
    expect(section.tables.map(({ caption }) => caption)).toEqual([
      'Entered in the month (entry cohort)',
      'There at any time of the month (active)',
      'There when the month ended (snapshot)',
    ])
    expect(tableOf(section, 0)[0]).toMatchObject({
      Stage: 'opportunity',
      Count: '8',
      'Reached the next stage': '25 %',
      Mature: 'not yet',
      'Median days in the stage': '14 days',
    })
    expect(tableOf(section, 2)).toEqual([{ Stage: 'opportunity', Count: '15', 'ARR, USD': '750,000' }])
  })
})

describe('the forecast', () => {
  const section = forecastSection.make(ALL)

  test('says forecast and range, and on what both rest', () => {
    expect(section.sentences[0]).toBe(
      'The month (2026-03-01 to 2026-03-31) is forecast at USD 60,000 of ARR: USD 0 won before the forecast was made, and USD 60,000 expected of 15 opportunities that stood open, worth USD 750,000. Going by how far off 12 earlier forecasts were, the range from their 10th to their 90th percentile is USD 20,000 to USD 90,000. Won since then: USD 10,000, so far. The target is USD 80,000; USD 70,000 is lacking to it.',
    )
  })

  test('says why there is no range', () => {
    expect(section.sentences[1]).toContain('No range is given: only 3 earlier forecasts are over, and it takes 6.')
  })

  test('says what today looks like, with its bound, and where the CRM’s word had to do', () => {
    const today = {
      ...{ openNow: 5, openArrNow: 480_000_00, now: 224_000_00, p10: 120_000_00, p50: 200_000_00, p90: 400_000_00 },
      ...{ nowError: 1_200_00, nowByAge: 0, nowByStage: 0, nowByCrm: 30_000_00, nowWithoutChance: 0 },
      nowMethod: 'each of 5 open opportunities by itself',
    }
    const forecast = ALL.of('forecast').map((row) => (row.period === 'month' ? { ...row, ...today } : row))
    const made = forecastSection.make(factsOf({ forecast }))
    expect(made.sentences.at(-1)).toBe(
      'The month, seen from today: USD 200,000 as likely more as less, USD 120,000 to USD 400,000 with 80 % if opportunities did not depend on each other; they do, so the true range is wider. Reckoned of each of 5 open opportunities by itself, off by at most USD 1,200. Of what is open, USD 30,000 has too little history: there it is the CRM’s word.',
    )
    expect(tableOf(made, 0)[0]).toMatchObject({ 'Open today': '480,000 (5)', P50: '200,000', 'By the CRM': '30,000' })
  })

  test('says that no target is known', () => {
    expect(section.sentences[1]).toMatch(/No target is known for it\.$/)
  })

  test('says when the forecast lies outside of its range', () => {
    const forecast = ALL.of('forecast').map((row) => ({ ...row, high: 50_000_00 }))
    expect(forecastSection.make(factsOf({ forecast })).sentences[0]).toContain(
      'The forecast itself lies above that range: most earlier ones came to less than was forecast.',
    )
  })

  test('draws no range where there is none', () => {
    const series = section.charts[0]?.option.series as { name: string; data: (number | null)[] }[]
    expect(Object.fromEntries(series.map(({ name, data }) => [name, data]))).toEqual({
      'below the range': [null, 20_000],
      range: [null, 70_000],
      forecast: [30_000, 60_000],
      won: [50_000, 10_000],
    })
  })
})

describe('the waterfall', () => {
  const section = waterfallSection.make(ALL)

  test('says from where to where each pipeline went, with its largest parts', () => {
    expect(section.sentences[0]).toBe(
      'All that is open: from USD 700,000 of ARR at the start of the month to USD 750,000 today (+USD 50,000); the largest parts are created +USD 100,000, lost −USD 40,000, won −USD 30,000.',
    )
  })

  test('each bar begins where the one before ended, and the last one is the end', () => {
    const [base, bars] = section.charts.map(({ option }) => option.series).flat() as [
      { data: number[] },
      { data: { value: number }[] },
    ]
    const spans = base.data.map((from, i) => [from, from + (bars.data[i]?.value ?? 0)])
    expect(spans).toEqual([
      [0, 700_000],
      [700_000, 800_000],
      [800_000, 820_000],
      [790_000, 820_000],
      [750_000, 790_000],
      [0, 750_000],
    ])
  })

  test('lists all parts with their counts', () => {
    expect(tableOf(section, 0).slice(0, 2)).toEqual([
      { Part: 'Start', 'All that is open': '700,000 (13)', 'Due in the month': '700,000 (13)' },
      { Part: 'Created', 'All that is open': '+100,000 (4)', 'Due in the month': '+100,000 (4)' },
    ])
  })
})

describe('ARR movements', () => {
  const section = arrMovementsSection.make(ALL)

  test('says how ARR moved, and what of it was kept', () => {
    expect(section.sentences).toEqual([
      'ARR went from USD 1,000,000 to USD 1,050,000 in March 2026 so far (+USD 50,000); 40 accounts have ARR today.',
      'New +USD 50,000 (1 account), Expansion +USD 30,000 (2 accounts), Contraction −USD 10,000 (1 account), Churn −USD 20,000 (1 account), Reactivation USD 0 (0 accounts).',
      'A year ago it was USD 800,000 (+USD 250,000 since).',
      'Of what accounts paid 12 months ago, 105 % is there with their growth (NRR) and 90 % without it (GRR); cohort.',
      'USD 900,000 of the ARR at the end is known from subscription periods; the rest is what won opportunities come to.',
    ])
  })

  test('has a row for each month and one for each segment', () => {
    expect(section.tables.map(({ rows }) => rows.map(([head]) => head))).toEqual([
      ['2026-02', '2026-03'],
      ['mid market'],
    ])
  })
})

describe('buckets', () => {
  const section = bucketsSection.make(ALL)

  test('says what is green and orange, what graduated, and that nobody is credited', () => {
    expect(section.sentences).toEqual([
      'Today USD 112,000 of ARR is green, past the threshold, and USD 80,000 is orange, below it; a year before, green was USD 60,000.',
      '1 account graduated in March 2026 so far with USD 12,000 of ARR, and 0 accounts were born green. Green went from USD 100,000 to USD 112,000 (+USD 12,000).',
      '3 orange accounts are near the threshold; 1 cannot reach it with the employees known today.',
      'Self-serve accounts are in neither bucket. That an account is green says that it grew past the threshold under sales, not who made it grow.',
    ])
  })

  test('has a row for each month and one for each team', () => {
    expect(section.tables.map(({ rows }) => rows.map(([head]) => head))).toEqual([['2026-02', '2026-03'], ['Central']])
  })
})

describe('books of business', () => {
  const section = booksSection.make(ALL)

  test('says who has too much, and how much room there is', () => {
    expect(section.sentences).toEqual([
      '3 people look after 135 accounts today.',
      'Of 2 account executives and managers, 1 with more than a full book: Bo Lind (71); 0 with less than is full enough. There is room for 38 more accounts in all.',
    ])
  })

  test('lists people by accounts; who is neither executive nor manager has no load', () => {
    expect(tableOf(section, 0).map((row) => [row.Person, row.Load, row['Full enough to full']])).toEqual([
      ['Bo Lind', 'over', '40 to 60'],
      ['Anna Snelling', 'within', '50 to 100'],
      ['Cy Ek', '–', '–'],
    ])
  })
})

describe('the lead score', () => {
  const section = leadScoreSection.make(ALL)

  test('says how leads of the highest and the lowest scores grew, with intervals, and where there is not enough data', () => {
    expect(section.sentences.slice(0, 3)).toEqual([
      'Of 404 leads that came in quarters which ended a year ago or longer, and whose account was not green when they were scored, 44 grew past the threshold within a year (10.9 %). The month of the report is not told apart.',
      'Of those with scores 81 to 97, 20 % (15 % to 26.1 %) grew; of those with scores 10 to 20, 2 % (0.8 % to 5 %). The intervals do not overlap: the score tells them apart.',
      'For 1 of 3 tenths there is not enough data.',
    ])
    expect(tableOf(section, 0).at(-1)).toMatchObject({
      Scores: '0 to 9',
      'Share that grew (95 % interval)': 'not enough data',
      'Is it enough?': 'not enough data',
    })
  })

  test('says nothing of scores whose intervals overlap but that it may be chance', () => {
    const rows = ALL.of('lead_decile').map((row) => ({ ...row, grewLow: 0.01, grewHigh: 0.4 }))
    expect(leadScoreSection.make(factsOf({ lead_decile: rows })).sentences[1]).toMatch(
      /The intervals overlap: that may be chance\.$/,
    )
  })

  test('draws no tenth of which there is not enough data, and nothing where there is only such', () => {
    const series = section.charts[0]?.option.series as { data: number[] }[]
    expect(series.map(({ data }) => data)).toEqual([
      [0.8, 15],
      [4.2, 11.1],
      [2, 20],
    ])
    const thin = leadScoreSection.make(factsOf({ lead_decile: ALL.of('lead_decile').slice(0, 1) }))
    expect(thin.charts).toEqual([])
    expect(thin.sentences[1]).toBe('Whether high scores grow more: not enough data.')
  })
})

describe('weekly active paying people', () => {
  const section = activePeopleSection.make(ALL)

  test('says how many there are, all together and by motion, and after how many months they follow signatures', () => {
    expect(section.sentences).toEqual([
      'Of all accounts: 1,240 weekly active paying people in March 2026 so far, 900 in the same month a year before; 40 % of their users are active, as far as seats are known.',
      'Of self-serve accounts: 1,000 weekly active paying people in March 2026 so far.',
      'Signatures and activity of all accounts, seen from today: went together most 3 months after signing, over 24 months (correlation 0.62, 95 % interval 0.20 to 0.85; the lag at which it is largest was picked).',
      'Signatures and activity of self-serve accounts: not enough data (4 months known).',
      'How much activity and signatures went together says nothing of what made people use the product.',
    ])
  })

  test('leaves gaps where a month is not known', () => {
    const series = section.charts[0]?.option.series as { name: string; data: (number | null)[] }[]
    expect(series.map(({ name, data }) => [name, data])).toEqual([
      ['all', [1100, 1240]],
      ['self-serve', [null, 1000]],
    ])
    expect(tableOf(section, 0).map((row) => row.Month)).toEqual(['2026-02', '2026-03, so far'])
  })
})

describe('features and the pipeline', () => {
  const section = influenceSection.make(ALL)

  test('tells what is counted first, then the association, and what neither says', () => {
    expect(section.sentences).toEqual([
      'As of 2026-03-20, over all time and not of the month alone.',
      'A, what is counted. USD 60,000 of open ARR is linked to some feature (25 % of all of it), USD 0 of it blocked by one that has not shipped.',
      'The most hangs on Single sign-on: 6 accounts ask for it, USD 50,000 of open ARR is linked to it and USD 40,000 of that is blocked by it.',
      'Of USD 100,000 of ARR won, USD 25,000 is credited to features (even: equal parts to its blockers) and the rest to none. Credit is a rule for sharing, so that every unit is counted once; it does not say that a feature won anything.',
      'An opportunity may be linked to several features: only what is credited adds up.',
      'B, how opportunities with a feature fared beside comparable ones without, by segment and size. For 1 of 2 features there is enough data; every interval contains 0. This is an association: whoever needs a feature may differ from whoever does not.',
    ])
  })

  test('shows an interval beside each difference, and none where there is not enough data', () => {
    expect(tableOf(section, 1)).toEqual([
      expect.objectContaining({
        Feature: 'Single sign-on',
        'Difference, adjusted': '–',
        'What that says': 'not enough data',
      }),
      expect.objectContaining({
        Feature: 'Export',
        'Difference, adjusted': '5 % (-2 % to 12 %)',
        'p, adjusted': '0.210',
      }),
    ])
  })
})

describe('what to build next', () => {
  const section = prioritySection.make(ALL)

  test('says what the plan is worth, whether anything could be worth more, and what more effort would bring', () => {
    expect(section.sentences.slice(0, 3)).toEqual([
      'With the effort of 2026-Q2, 1 feature is worth building, USD 30,000 together; nothing that fits is worth more.',
      'They clear 2 open opportunities worth USD 60,000 of ARR, and 1 risk with USD 10,000 of ARR.',
      'A tenth more effort would be worth +USD 5,000 (also Audit log), a tenth less −USD 30,000 (without Single sign-on). Taking features in the order of worth per effort alone would come to USD 20,000.',
    ])
  })

  test('gives the cost of a no, and of a yes as a range where it is not certain', () => {
    expect(tableOf(section, 0)).toEqual([
      expect.objectContaining({
        Feature: 'Single sign-on',
        'Cost of a no': '10,000',
        Then: 'Audit log from 2026-Q3 to 2026-Q2',
      }),
    ])
    expect(tableOf(section, 1).map((row) => [row.Feature, row['Planned for'], row['Cost of a yes']])).toEqual([
      ['Audit log', '2026-Q3', '8,000 to 12,000'],
      ['Fax', 'it is declined', '–'],
    ])
  })

  test('draws what it may be worth at most only where that is more', () => {
    const names = ({ charts }: SectionBody) =>
      charts.flatMap(({ option }) => (option.series as { name: string }[]).map(({ name }) => name))
    expect(names(section)).toEqual(['worth of the best set found', 'what it is worth at most', 'the plan'])
    const sure = PRIORITY.map((row) => ({ ...row, isBest: true }))
    expect(names(prioritySection.make(factsOf({ priority: sure })))).toEqual([
      'worth of the best set found',
      'the plan',
    ])
  })

  test('without a time to plan for says where to name one', () => {
    const priority = PRIORITY.map(({ period: _, ...row }) => row)
    expect(prioritySection.make(factsOf({ priority })).sentences[1]).toContain('under priority: in model.yaml')
  })
})

describe('risk and renewals', () => {
  const section = riskSection.make(ALL)

  test('says what came of risks, and what renews', () => {
    expect(section.sentences.slice(0, 3)).toEqual([
      'In 2026-Q1, up to today, 3 risks were opened with USD 30,000 of ARR at risk; 2 of them (USD 20,000) are still open.',
      'Closed in it: 1 saved (USD 5,000), 0 contracted (USD 0), 1 churned (USD 10,000), 1 false alarm; 50 % of those that ended were saved.',
      'From March 2026 to April 2026, seen from today, 8 accounts renew with USD 80,000 of ARR; USD 20,000 of it is at risk, and USD 70,000 is expected.',
    ])
  })

  test('a reason has the risks of the quarter alone', () => {
    expect(section.tables.map(({ rows }) => rows.map(([head]) => head))).toEqual([
      ['2025-Q4', '2026-Q1'],
      ['price'],
      ['2026-03', '2026-04'],
    ])
  })
})

describe('support over the week', () => {
  const section = supportHoursSection.make(ALL)

  test('names the busiest hour, and the hours at which too few were answered in time', () => {
    expect(section.sentences.slice(1, 3)).toEqual([
      'The busiest hour is Mon 09:00, with 4.2 tickets on average.',
      'At 2 hours of the week too few were answered in time (framed in the picture): Mon 09:00, Fri 09:00.',
    ])
  })

  test('draws a cell for each hour of each weekday, Monday on top, and frames the gaps', () => {
    const series = section.charts.flatMap(
      ({ option }) => option.series as { data: { value: number[]; itemStyle: object }[] }[],
    )
    const data = series.flatMap((one) => one.data)
    expect(data).toHaveLength(7 * 24)
    expect(data.filter(({ itemStyle }) => 'borderWidth' in itemStyle).map(({ value }) => value)).toEqual([
      [9, 6, 4.2],
      [9, 2, 0.5],
    ])
  })
})

describe.for(SECTIONS.map((section) => [section.id, section] as const))('the section %s', ([, section]) => {
  test('without facts of the month says what is missing and how to get it', () => {
    const { sentences, charts, tables } = section.make(factsOf({}))
    expect(sentences).toHaveLength(2)
    expect(sentences[1]).toMatch(/boardsync status|mappings\/sources/)
    expect([...charts, ...tables]).toEqual([])
  })

  test('prints the definitions that boardsync fields prints', () => {
    const { terms } = section.make(ALL)
    expect(terms.length).toBeGreaterThan(5)
    const meanings = section.needs.flatMap((kind) => Object.values(FACTS[kind].fields).map(({ meaning }) => meaning))
    for (const { meaning } of terms) expect(meanings).toContain(meaning)
  })

  test('formulas of definitions hold no name that only mappings know', () => {
    for (const { formula } of section.make(ALL).terms) expect(formula ?? '').not.toMatch(/\b[a-z]+[A-Z]/)
  })

  test('claims no cause', () => {
    const { sentences, charts, tables } = section.make(ALL)
    const said = [...sentences, ...charts.map(({ title }) => title), ...tables.map(({ caption }) => caption)]
    expect(said.filter(claimsCause)).toEqual([])
  })

  test('every row of a table has a cell for each column', () => {
    for (const { columns, rows } of section.make(ALL).tables)
      for (const row of rows) expect(row).toHaveLength(columns.length)
  })
})

import { describe, expect, test } from 'vitest'
import { defaultImplementations } from '../../src/domain/implementations/implementation-signals.ts'
import { defaultRisks } from '../../src/domain/risk/risk-model.ts'
import { defaultSupport } from '../../src/domain/support/support-model.ts'
import { runCases } from '../../src/mapping/cases.ts'
import { loadMappingFiles } from '../../src/mapping/load.ts'
import { parseMappings } from '../../src/mapping/parse.ts'
import { Fault } from '../../src/platform/errors.ts'
import { openSolver } from '../../src/platform/solver.ts'
import { createZone } from '../../src/platform/zone.ts'
import { BOARD, board, MODEL, parse, SOURCE, told } from './fixtures.ts'

describe('the shipped mappings', async () => {
  const parsed = parseMappings(await loadMappingFiles('mappings'), {})

  test('have no problems', () => {
    expect(told(parsed)).toEqual([])
    expect(parsed.broken).toEqual([])
  })

  test('read eight kinds of record from Salesforce and keep their boards', () => {
    expect(parsed.mappings?.sources.map(({ source }) => source)).toEqual(['salesforce'])
    expect(parsed.mappings?.sources[0]?.records.map(({ kind, object }) => `${kind} from ${object}`)).toEqual([
      'account from Account',
      'contact from Contact',
      'lead from Lead',
      'opportunity from Opportunity',
      'stage_change from OpportunityHistory',
      'user from User',
      'exchange_rate from CurrencyType',
      'dated_exchange_rate from DatedConversionRate',
    ])
    expect(parsed.mappings?.boards.map(({ board: name, items }) => `${name} of ${items}`)).toEqual([
      'accounts of account',
      'arr-accounts of arr_movement',
      'arr of arr_month',
      'books of book',
      'bucket-accounts of account',
      'buckets of bucket_month',
      'deals of opportunity',
      'feature-deals of feature_deal',
      'features of feature',
      'forecast of forecast',
      'funnel of funnel_stage',
      'leads of lead',
      'must-win of must_win',
      'pipeline of pipeline_month',
      'priorities of priority',
      'scoreboard of attainment',
      'seat-ladder of seat_rung',
      'themes of theme',
    ])
  })

  test('pass the cases that stand beside them', async () => {
    const results = await runCases(parsed, createZone('UTC'), openSolver)
    expect(results.problems).toEqual([])
    expect(results.failed).toBe(0)
    expect(results.passed).toBeGreaterThanOrEqual(9)
  })

  test('are all scheduled', () => {
    expect(Object.keys(parsed.mappings?.settings.schedules ?? {}).toSorted()).toEqual(
      ['source salesforce', ...(parsed.mappings?.boards ?? []).map(({ board: name }) => `board ${name}`)].toSorted(),
    )
  })
})

describe('a folder that uses every key', async () => {
  const files = await loadMappingFiles('test/mapping/good')
  const parsed = parseMappings(files, { REGION: 'EMEA', SALESFORCE_HOST: 'acme.my.salesforce.com' })

  test('has no problems and passes its cases', async () => {
    expect(told(parsed)).toEqual([])
    expect(await runCases(parsed, createZone('Europe/Berlin'), openSolver)).toEqual({
      passed: 1,
      failed: 0,
      problems: [],
    })
  })

  test('gives the model and the settings with defaults filled in', () => {
    const july = Date.UTC(2026, 6, 1) / 86_400_000
    const january = Date.UTC(2026, 0, 1) / 86_400_000
    expect(parsed.mappings?.model).toEqual({
      currency: 'USD',
      timeZone: 'Europe/Berlin',
      yearStart: 0,
      customer: 'account',
      churnAt: 'end',
      stages: {
        salesforce: {
          Enterprise: [
            { name: 'Talking', funnelStage: 'opportunity', state: 'open' },
            { name: 'Closed Won', funnelStage: 'won', state: 'won' },
          ],
          '*': [
            { name: 'New', funnelStage: 'lead', state: 'open' },
            { name: 'Closed Lost', funnelStage: 'lost', state: 'lost' },
          ],
        },
      },
      rates: {
        EUR: [
          { from: january, rate: 1.08 },
          { from: july, rate: 1.1 },
        ],
      },
      segments: [
        { segment: 'enterprise', minEmployees: 500 },
        { segment: 'mid_market', minEmployees: 50 },
        { segment: 'smb', minEmployees: 0 },
      ],
      funnelMonths: 24,
      matureAt: 0.9,
      winRateOf: 'closed',
      arrFrom: ['subscription_periods', 'account_field', 'won_opportunities'],
      buckets: {
        green: { seats: 100, arr: 11_000_00 },
        match: 'all',
        fallBack: { below: { seats: null, arr: 5_500_00 }, afterDays: 14 },
        nearWithin: 0.1,
        earlier: [],
        unknownMotion: 'self_serve',
      },
      forecast: {
        commit: ['Commit'],
        bestCase: ['Upside'],
        omitted: ['Omitted'],
        targetMeasures: ['arr_won'],
        mustWin: { count: 10, minArr: 25_000_00 },
      },
      leads: {
        icp: { countries: ['SE', 'NO'], minEmployees: 50 },
        earlierIcp: [],
        titles: ['head'],
        engagement: { days: 7, halfLifeDays: 3, fullUsers: 5 },
        routes: [
          { isIcp: true, origins: ['event'], countries: ['SE'], minEmployees: 10, minScore: 60, to: 'ae' },
          { isIcp: null, origins: null, countries: null, minEmployees: null, minScore: null, to: 'sdr' },
        ],
      },
      books: { ae: { from: 50, to: 100 }, am: { from: 40, to: 60 } },
      handOver: { at: 'first_win', withinDays: 30 },
      support: defaultSupport('Europe/Berlin'),
      risks: defaultRisks(),
      implementations: defaultImplementations(),
      influence: {
        windowDays: 90,
        linkDays: 14,
        attribution: 'even',
        weights: { blocker: 3, wanted: 1, shown: 0 },
        sizeBands: [5_000, 25_000, 100_000],
      },
      leading: {},
      priority: {
        periods: [
          { name: '2026-Q4', effort: 1200, squads: { Growth: 500 } },
          { name: '2027-Q1', effort: 900, squads: {} },
        ],
        decided: { sso: 'yes' },
        certainty: { 3: 0.9, 2: 0.4, 1: 0.1 },
      },
    })
    expect(parsed.mappings?.settings).toEqual({
      schedules: { 'source salesforce': '*/15 * * * *', 'board deals': '0 6 * * 1-5' },
      quotaShare: { salesforce: 0.25 },
      rereadEveryMs: 12 * 3_600_000,
      guard: { maxVanished: 0.1, maxSaid: 50, maxChanged: 0.5, minItems: 10 },
    })
  })

  test('has its variables filled in', () => {
    expect(parsed.mappings?.boards[0]?.ref).toEqual({ name: 'Deals EMEA', workspace: 'BizOps' })
    expect(parsed.mappings?.sources.map(({ path }) => path)).toEqual(['../exports', null])
  })

  test('is the same every time', () => {
    const again = parseMappings(files, { REGION: 'EMEA', SALESFORCE_HOST: 'acme.my.salesforce.com' })
    expect(again.mappings?.boards.map(({ digest }) => digest)).toEqual(
      parsed.mappings?.boards.map(({ digest }) => digest),
    )
  })
})

describe('a file with an error never stops the others', () => {
  test('a broken board', () => {
    const parsed = parse({
      board: board({ 'opportunity.arr': 'opportunity.ar' }),
      more: { 'boards/other.yaml': BOARD.replace('Deals', 'Other') },
    })
    expect(parsed.broken).toEqual(['boards/deals.yaml'])
    expect(parsed.mappings?.boards.map(({ board: name }) => name)).toEqual(['other'])
  })

  test('a broken source', () => {
    const parsed = parse({ source: SOURCE.replace('object: Account', 'objekt: Account') })
    expect(parsed.broken).toEqual(['sources/salesforce.yaml'])
    expect(parsed.mappings?.sources).toEqual([])
    expect(parsed.mappings?.boards).toHaveLength(1)
  })

  test('while a source cannot be read, its further fields are not called unknown', () => {
    const parsed = parse({
      source: 'source:\n\tsalesforce',
      board: board({ 'opportunity.stage': 'account.extra.tier' }),
    })
    expect(parsed.broken).toEqual(['sources/salesforce.yaml'])
  })

  test('without a model nothing can be run, and the other files are still checked', () => {
    const parsed = parse({ model: null, board: board({ 'opportunity.arr': 'opportunity.ar' }) })
    expect(parsed.mappings).toBeNull()
    expect(parsed.broken).toEqual(['boards/deals.yaml', 'model.yaml'])
  })
})

describe('what only several files together can tell', () => {
  test('two sources of one name, two boards for one board', () => {
    const parsed = parse({ more: { 'sources/z.yaml': SOURCE, 'boards/z.yaml': BOARD } })
    expect(told(parsed)).toEqual([
      'boards/z.yaml:1:8 error duplicate-board: The board is kept by boards/deals.yaml too\n    Two mappings cannot keep one board: give one of them another board',
      'sources/z.yaml:1:9 error duplicate-source: The source "salesforce" is mapped by sources/salesforce.yaml too\n    Give each source a name of its own, or put both into one file',
    ])
  })

  test('a further field that two sources read in different ways', () => {
    const other = `source: crm\ntype: files\npath: .\nrecords:\n  account:\n    object: a.csv\n    fields: { extra.tier: { field: tier, as: number } }\n`
    expect(told(parse({ more: { 'sources/z.yaml': other } }))).toEqual([
      'sources/z.yaml:7:15 error extra-type-differs: "extra.tier" of account is of type number here and text in sources/salesforce.yaml\n    Read it in the same way in both, or give one of them another name',
    ])
  })

  test('cases for a board that is not there', () => {
    const cases = 'today: 2026-11-22\ncases: [{ name: a, records: {}, items: [] }]\n'
    expect(told(parse({ more: { 'boards/deal.test.yaml': cases } }))).toEqual([
      'boards/deal.test.yaml:1:1 error board-missing: There is no board "deal" for these cases\n    Did you mean "deals"? Boards: deals',
    ])
  })
})

test('the year begins with the month that the model names, which must be one', () => {
  const of = (starts: string) =>
    parse({ board: BOARD, model: MODEL.replace('time_zone: UTC', `time_zone: UTC, fiscal_year_starts: ${starts}`) })
  expect(of('january').mappings?.model.yearStart).toBe(0)
  expect(of('february').mappings?.model.yearStart).toBe(1)
  expect(told(of('Feb'))).toEqual([
    'model.yaml:1:78 error unknown-value: "Feb" is not a value of company > fiscal_year_starts\n    Values: january, february, march, april, may, june, july, august, september, october, november, december',
  ])
})

test('keys that are also known by another name work and are reported as warnings', () => {
  const parsed = parse({ board: `${BOARD}archive_after: 30d\n`, model: MODEL.replace('time_zone', 'timezone') })
  expect(told(parsed)).toEqual([
    'boards/deals.yaml:9:1 warning renamed-key: "archive_after" is called "left_for"\n    Write "left_for" in its place',
    'model.yaml:1:42 warning renamed-key: "timezone" is called "time_zone"\n    Write "time_zone" in its place',
  ])
  expect(parsed.mappings?.boards[0]?.leftFor).toBe(30)
})

test('a place inside a folded or quoted text is found', () => {
  const folded = board({ 'where: opportunity.isOpen': 'where: >-\n  opportunity.isOpen &&\n  opportunity.isWn' })
  expect(told(parse({ board: folded }))[0]).toMatch(/^boards\/deals.yaml:5:15 error unknown-field: "isWn"/)
  const quoted = board({ 'where: opportunity.isOpen': "where: 'opportunity.state == ''opn'''" })
  expect(told(parse({ board: quoted }))[0]).toMatch(
    /^boards\/deals.yaml:3:\d+ error unknown-value: opportunity.state is never "opn"/,
  )
})

describe('loading', () => {
  test('files come in order of their paths', async () => {
    const files = await loadMappingFiles('test/mapping/good')
    expect(files.map(({ path }) => path)).toEqual([
      'test/mapping/good/boards/deals.test.yaml',
      'test/mapping/good/boards/deals.yaml',
      'test/mapping/good/model.yaml',
      'test/mapping/good/sources/export.yaml',
      'test/mapping/good/sources/salesforce.yaml',
    ])
  })

  test('a folder that is missing or holds no mapping is a fault that says what to set', async () => {
    for (const folder of ['test/mapping/nowhere', 'src/mapping']) {
      const fault = await loadMappingFiles(folder).catch((error: unknown) => error)
      expect(fault).toBeInstanceOf(Fault)
      expect(fault).toMatchObject({ code: 'mappings-missing', blame: 'operator' })
      expect((fault as Fault).hint).toContain('BOARDSYNC_MAPPINGS')
    }
  })
})

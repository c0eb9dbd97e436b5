import { describe, expect, test } from 'vitest'
import { defaultModel } from '../../src/domain/default-model.ts'
import { deriveDossier } from '../../src/domain/derive.ts'
import type { Model } from '../../src/domain/model.ts'
import {
  aDossier,
  aLead,
  anAccount,
  anOpportunity,
  aUser,
  contextOf,
  day,
  factOf,
  factsOf,
  history,
  noon,
  TODAY,
} from './builders.ts'

describe('the state of an opportunity', () => {
  test('is that of its stage in model.yaml', () => {
    expect(factOf(anOpportunity({ stage: 'Prospecting' }))).toMatchObject({ state: 'open', isOpen: true, isWon: false })
    expect(factOf(anOpportunity({ stage: 'Closed Won' }))).toMatchObject({ state: 'won', isOpen: false, isWon: true })
    expect(factOf(anOpportunity({ stage: 'Closed Lost' }))).toMatchObject({
      state: 'lost',
      isOpen: false,
      isWon: false,
    })
  })

  test('is its own where the source has one, and stage and state that contradict each other are found', () => {
    const { opportunities, findings } = factsOf({
      opportunities: [anOpportunity({ stage: 'Closed Won', state: 'lost', closeOn: TODAY })],
    })
    expect(opportunities[0]).toMatchObject({ state: 'lost', funnelStage: 'lost' })
    expect(findings).toEqual([
      {
        code: 'state-differs',
        kind: 'opportunity',
        id: 'O1',
        detail: 'is lost, and its stage "Closed Won" is one of won opportunities in model.yaml',
      },
    ])
  })

  test('lost in an open stage is no contradiction: some CRMs keep the stage', () => {
    const records = { opportunities: [anOpportunity({ stage: 'Qualification', state: 'lost', closeOn: TODAY })] }
    expect(factsOf(records).findings).toEqual([])
  })

  test('of an unknown stage is its own, else open in no stage, and is listed', () => {
    expect(factOf(anOpportunity({ stage: 'Sold!', state: 'won', closeOn: TODAY }))).toMatchObject({
      state: 'won',
      funnelStage: 'won',
    })
    const { opportunities, findings } = factsOf({ opportunities: [anOpportunity({ stage: 'Sold!' })] })
    expect(opportunities[0]).toMatchObject({
      stage: 'Sold!',
      state: 'open',
      funnelStage: 'opportunity',
      reconstructed: true,
    })
    expect(findings).toEqual([
      {
        code: 'unknown-stage',
        kind: 'opportunity',
        id: 'O1',
        detail: 'is in stage "Sold!", which model.yaml does not list for salesforce, pipeline "*"',
      },
    ])
  })

  test('stages of its history that model.yaml does not list are found once each', () => {
    const changes = history(
      'O1',
      ['2026-01-10', 'Old'],
      ['2026-01-11', 'Prospecting'],
      ['2026-01-12', 'Old'],
      ['2026-01-13', 'Prospecting'],
    )
    expect(factsOf({ opportunities: [anOpportunity()], changes }).findings).toEqual([
      {
        code: 'unknown-stage',
        kind: 'opportunity',
        id: 'O1',
        detail: 'was in stage "Old", which model.yaml does not list for salesforce, pipeline "*"',
      },
    ])
  })

  test('follows the stages of its own pipeline where model.yaml names it', () => {
    const model: Model = {
      ...defaultModel(),
      stages: {
        salesforce: {
          '*': [{ name: 'New', funnelStage: 'lead', state: 'open' }],
          Partner: [{ name: 'New', funnelStage: 'won', state: 'won' }],
        },
      },
    }
    const opportunities = [
      anOpportunity({ id: 'O1', stage: 'New', pipeline: 'Partner', closeOn: TODAY }),
      anOpportunity({ id: 'O2', stage: 'New', pipeline: 'Other' }),
      anOpportunity({ id: 'O3', stage: 'New' }),
    ]
    expect(factsOf({ opportunities }, contextOf(model)).opportunities.map(({ funnelStage }) => funnelStage)).toEqual([
      'won',
      'lead',
      'lead',
    ])
  })
})

test('a won opportunity of kind expansion is in the funnel stage expansion; an open one is an opportunity', () => {
  expect(factOf(anOpportunity({ stage: 'Closed Won', kind: 'expansion' }))).toMatchObject({ funnelStage: 'expansion' })
  expect(factOf(anOpportunity({ kind: 'expansion' }))).toMatchObject({ funnelStage: 'opportunity' })
})

describe('money', () => {
  const model: Model = {
    ...defaultModel(),
    rates: {
      EUR: [
        { from: day('2026-01-01'), rate: 1.1 },
        { from: day('2026-07-01'), rate: 1.2 },
      ],
    },
  }

  test('ARR is its own field, else the amount, and says so', () => {
    expect(factOf(anOpportunity({ amount: 500, arr: 300 }))).toMatchObject({
      amount: 500,
      arr: 300,
      arrFrom: 'arr_field',
    })
    expect(factOf(anOpportunity({ amount: 500 }))).toMatchObject({ amount: 500, arr: 500, arrFrom: 'amount' })
    const fact = factOf(anOpportunity())
    expect(fact.arr).toBeUndefined()
    expect(fact.arrFrom).toBeUndefined()
  })

  test('is in company currency at the rate of the day it closed or is expected to close', () => {
    const at = (closeOn: string) =>
      factOf(anOpportunity({ amount: 1000, arr: 10, currency: 'EUR', closeOn: day(closeOn) }), [], contextOf(model))
    expect(at('2026-06-30')).toMatchObject({ amount: 1100, arr: 11, currency: 'EUR' })
    expect(at('2026-07-01')).toMatchObject({ amount: 1200, arr: 12, currency: 'EUR' })
  })

  test('without a close date it is at the rate of the day of creation', () => {
    const fact = factOf(
      anOpportunity({ amount: 1000, currency: 'EUR', createdAt: noon('2026-03-01') }),
      [],
      contextOf(model),
    )
    expect(fact.amount).toBe(1100)
  })

  test('without a rate it is kept out of totals, and listed', () => {
    const opportunity = anOpportunity({ amount: 1000, currency: 'EUR', closeOn: day('2025-12-31') })
    const { opportunities, account, findings } = factsOf({ opportunities: [opportunity] }, contextOf(model))
    expect(opportunities[0]?.amount).toBeUndefined()
    expect(opportunities[0]?.arr).toBeUndefined()
    expect(account).toMatchObject({ openOpportunities: 1, openPipeline: 0 })
    expect(findings).toEqual([
      {
        code: 'missing-rate',
        kind: 'opportunity',
        id: 'O1',
        detail: 'has money in EUR, which has no rate for 2025-12-31 in model.yaml or from a source',
      },
    ])
  })

  test('too large to be exact in company currency it is kept out of totals, and listed', () => {
    const opportunity = anOpportunity({ amount: Number.MAX_SAFE_INTEGER, currency: 'EUR' })
    const { opportunities, findings } = factsOf({ opportunities: [opportunity] }, contextOf(model))
    expect(opportunities[0]?.amount).toBeUndefined()
    expect(findings.map(({ code }) => code)).toEqual(['money-too-large'])
  })

  test('ARR of an account is at today’s rate, and changes with the next one', () => {
    const dossier = aDossier({ account: anAccount({ arr: 1000, currency: 'EUR' }) })
    const spring = deriveDossier(dossier, contextOf(model), day('2026-06-30'))
    expect(spring).toMatchObject({ facts: { account: { arr: 1100 } }, changesOn: day('2026-07-01') })
    expect(deriveDossier(dossier, contextOf(model), day('2026-07-01'))).toMatchObject({
      facts: { account: { arr: 1200 } },
      changesOn: null,
    })
  })
})

describe('an account', () => {
  const won = (id: string, closeOn: string, fields = {}) =>
    anOpportunity({ id, stage: 'Closed Won', closeOn: day(closeOn), arr: 100, ...fields })

  test('tells what its opportunities and leads add up to', () => {
    const { account } = factsOf({
      opportunities: [
        won('O1', '2026-03-01'),
        won('O2', '2026-05-01', { arr: 50, kind: 'expansion' }),
        won('O3', '2026-09-01', { arr: 130, kind: 'renewal' }),
        anOpportunity({ id: 'O4', stage: 'Closed Lost', closeOn: day('2026-06-01'), arr: 120 }),
        anOpportunity({ id: 'O5', arr: 70 }),
        anOpportunity({ id: 'O6' }),
      ],
      leads: [aLead({ accountId: 'A1' })],
    })
    expect(account).toMatchObject({
      openOpportunities: 2,
      openPipeline: 70,
      wonOpportunities: 3,
      wonArr: 280,
      lostOpportunities: 1,
      winRateByCount: 0.75,
      winRateByAmount: 0.7,
      firstWonOn: day('2026-03-01'),
      lastWonOn: day('2026-09-01'),
      leads: 1,
      funnelStage: 'expansion',
      isCustomer: true,
      // Renewals bring no new revenue.
      arr: 150,
      arrFrom: 'won_opportunities',
    })
  })

  test('believes its own ARR field before its won opportunities', () => {
    const { account } = factsOf({ account: anAccount({ arr: 0 }), opportunities: [won('O1', '2026-03-01')] })
    expect(account).toMatchObject({ arr: 0, arrFrom: 'account_field', isCustomer: false, funnelStage: 'won' })
  })

  test('that pays for seats is a customer, also without ARR', () => {
    expect(factsOf({ account: anAccount({ seatsPaid: 3 }) }).account).toMatchObject({ isCustomer: true })
    expect(factsOf({ account: anAccount({ seatsPaid: 0 }) }).account).toMatchObject({ isCustomer: false })
  })

  test('has no win rate before anything closed, and no place in the funnel before it has leads or opportunities', () => {
    const { account } = factsOf({ account: anAccount({ name: 'Acme' }) })
    expect(account).toEqual({
      id: 'A1',
      bucket: 'orange',
      seatsToGreen: 50,
      arrToGreen: 10_000_00,
      isNearGreen: false,
      source: 'salesforce',
      name: 'Acme',
      isCustomer: false,
      openOpportunities: 0,
      openPipeline: 0,
      wonOpportunities: 0,
      wonArr: 0,
      lostOpportunities: 0,
      hasOpenRisk: false,
      openRisks: 0,
      signals: 0,
      leads: 0,
      contacts: 0,
      requests: 0,
      tickets: 0,
      openTickets: 0,
    })
  })

  test.each([
    ['lost when all was lost', [anOpportunity({ stage: 'Closed Lost', closeOn: TODAY })], [], 'lost'],
    ['lead with an open lead', [anOpportunity({ stage: 'Closed Lost', closeOn: TODAY })], [aLead()], 'lead'],
    ['opportunity with an open one', [anOpportunity()], [aLead()], 'opportunity'],
    ['won after a win', [anOpportunity(), won('O2', '2026-01-20')], [], 'won'],
  ])('stands at %s', (_, opportunities, leads, stage) => {
    expect(factsOf({ opportunities, leads }).account).toMatchObject({ funnelStage: stage })
  })

  test.each([
    [{ segment: 'enterprise', employees: 5 }, 'enterprise', 'account_field'],
    [{ employees: 1000 }, 'enterprise', 'employees'],
    [{ employees: 999 }, 'mid_market', 'employees'],
    [{ employees: 0 }, 'smb', 'employees'],
    [{}, undefined, undefined],
  ] as const)('of %j is of segment %s', (fields, segment, segmentFrom) => {
    const { account, opportunities } = factsOf({ account: anAccount(fields), opportunities: [anOpportunity()] })
    expect([account?.segment, account?.segmentFrom]).toEqual([segment, segmentFrom])
    expect(opportunities[0]?.segment).toBe(segment)
  })

  test('lends its motion to opportunities that have none', () => {
    const { opportunities } = factsOf({
      account: anAccount({ motion: 'self_serve' }),
      opportunities: [anOpportunity({ id: 'O1' }), anOpportunity({ id: 'O2', motion: 'sales_assisted' })],
    })
    expect(opportunities.map(({ motion }) => motion)).toEqual(['self_serve', 'sales_assisted'])
  })
})

describe('a lead', () => {
  const converted = { isConverted: true, opportunityId: 'O1', convertedOn: day('2026-01-12') }

  test('was converted when the opportunity it became was created', () => {
    const { leads, opportunities } = factsOf({ opportunities: [anOpportunity()], leads: [aLead(converted)] })
    expect(leads[0]).toMatchObject({
      convertedAt: noon('2026-01-10'),
      convertedOn: day('2026-01-10'),
      daysToConvert: 5,
      isConverted: true,
      isOpen: false,
      funnelStage: 'opportunity',
    })
    expect(opportunities[0]).toMatchObject({ leadId: 'L1' })
  })

  test('was converted at the start of its day of conversion where there is no opportunity', () => {
    const { leads } = factsOf({ leads: [aLead({ isConverted: true, convertedOn: day('2026-01-12') })] })
    expect(leads[0]).toMatchObject({ convertedAt: day('2026-01-12') * 86_400_000, funnelStage: 'lead', isOpen: false })
  })

  test('that was added to an opportunity older than itself was converted on its own day', () => {
    const { leads } = factsOf({
      opportunities: [anOpportunity({ createdAt: noon('2025-06-01') })],
      leads: [aLead(converted)],
    })
    expect(leads[0]).toMatchObject({ convertedOn: day('2026-01-12') })
  })

  test('believes an instant of the source before all else', () => {
    const { leads } = factsOf({
      opportunities: [anOpportunity()],
      leads: [aLead({ ...converted, convertedAt: noon('2026-01-11') })],
    })
    expect(leads[0]).toMatchObject({ convertedAt: noon('2026-01-11') })
  })

  test('is open until it is converted, unless it is a bot', () => {
    expect(factsOf({ leads: [aLead()] }).leads[0]).toMatchObject({ isOpen: true, isBot: false, funnelStage: 'lead' })
    const bot = factsOf({ leads: [aLead({ isBot: true })] }).leads[0]
    expect(bot).toMatchObject({ isOpen: false, isBot: true })
    expect(bot?.funnelStage).toBeUndefined()
  })

  test('follows the opportunity it became through the funnel', () => {
    const { leads } = factsOf({
      opportunities: [anOpportunity({ stage: 'Closed Won', closeOn: TODAY })],
      leads: [aLead(converted), aLead({ ...converted, id: 'L2', opportunityId: 'elsewhere' })],
    })
    expect(leads.map(({ funnelStage }) => funnelStage)).toEqual(['won', 'opportunity'])
  })

  test('without an account is of the segment of the company it named', () => {
    const { leads } = factsOf({ account: null, leads: [aLead({ employees: 250 })] })
    expect(leads[0]).toMatchObject({ segment: 'mid_market' })
  })
})

describe('what a person should look at', () => {
  test('an opportunity without account is kept and found', () => {
    const { accountId: _, ...rest } = anOpportunity()
    const { opportunities, findings } = factsOf({ account: null, opportunities: [rest] })
    expect(opportunities[0]).toMatchObject({ hasAccount: false, isOpen: true })
    expect(findings).toEqual([{ code: 'no-account', kind: 'opportunity', id: 'O1', detail: 'belongs to no account' }])
  })

  test('an opportunity of an account that no source delivered is kept and found', () => {
    const { opportunities, findings } = factsOf({ account: null, opportunities: [anOpportunity()] })
    expect(opportunities[0]).toMatchObject({ hasAccount: false, accountId: 'A1' })
    expect(findings.map(({ code, detail }) => [code, detail])).toEqual([
      ['unknown-account', 'belongs to account "A1", which no source delivered'],
    ])
  })

  test('an unknown owner is shown by id, and found for each record', () => {
    const { users, findings } = factsOf({
      account: anAccount({ ownerId: 'U9' }),
      opportunities: [anOpportunity({ ownerId: 'U9' })],
    })
    expect(Object.fromEntries(users)).toEqual({ U9: { id: 'U9', name: 'U9', known: false } })
    expect(findings.map(({ code, kind }) => [code, kind])).toEqual([
      ['unknown-owner', 'account'],
      ['unknown-owner', 'opportunity'],
    ])
  })

  test('a closed opportunity that nothing dates is found', () => {
    const { findings } = factsOf({ opportunities: [anOpportunity({ stage: 'Closed Won' })] })
    expect(findings.map(({ code, detail }) => [code, detail])).toEqual([
      ['no-close-day', 'is won, and neither history nor a close date says since when'],
    ])
  })
})

test('facts name the users they were made with, known or not, each once', () => {
  const context = contextOf(defaultModel(), [aUser({ id: 'U1', email: 'anna@you.example', active: true })])
  const dossier = aDossier({
    account: anAccount({ ownerId: 'U1' }),
    opportunities: [anOpportunity({ ownerId: 'U1' }), anOpportunity({ id: 'O2', ownerId: 'U2' })],
    leads: [aLead({ ownerId: 'U1' })],
  })
  const { facts, uses } = deriveDossier(dossier, context, TODAY)
  expect(uses).toEqual(['user:U1', 'user:U2'])
  expect(Object.fromEntries(facts.users)).toEqual({
    U1: { id: 'U1', name: 'Anna Snelling', email: 'anna@you.example', active: true, known: true },
    U2: { id: 'U2', name: 'U2', known: false },
  })
})

test('a user without a name is shown by id', () => {
  const { name: _, ...nameless } = aUser()
  const { users } = factsOf({ account: anAccount({ ownerId: 'U1' }) }, contextOf(defaultModel(), [nameless]))
  expect(users.get('U1')).toEqual({ id: 'U1', name: 'U1', known: true })
})

describe('an open opportunity', () => {
  const closeOn = day('2026-11-22')
  const dossier = aDossier({ opportunities: [anOpportunity({ closeOn })] })

  test('is not overdue on its close date, and wakes the day after', () => {
    expect(deriveDossier(dossier, contextOf(), closeOn)).toMatchObject({
      facts: { opportunities: [{ isOverdue: false }] },
      changesOn: closeOn + 1,
    })
  })

  test('is overdue from the day after, and stays so', () => {
    expect(deriveDossier(dossier, contextOf(), closeOn + 1)).toMatchObject({
      facts: { opportunities: [{ isOverdue: true }] },
      changesOn: null,
    })
  })

  test('is never overdue once closed', () => {
    expect(factOf(anOpportunity({ stage: 'Closed Lost', closeOn: day('2026-01-01') }))).toMatchObject({
      isOverdue: false,
    })
  })
})

import { describe, expect, test } from 'vitest'
import { companyOf } from '../../../src/domain/company.ts'
import type { UsageWeek } from '../../../src/domain/customer-records.ts'
import { defaultModel } from '../../../src/domain/default-model.ts'
import type { Commitment, Feature, FeatureRequest, Risk } from '../../../src/domain/demand-records.ts'
import { deriveDossier } from '../../../src/domain/derive.ts'
import { type FactValues, recordBehind } from '../../../src/domain/facts.ts'
import { factsOfTotals, Totals } from '../../../src/domain/totals.ts'
import {
  aDossier,
  anAccount,
  anOpportunity,
  aUser,
  contextOf,
  day,
  history,
  noon,
  type Records,
  TODAY,
  utc,
} from '../builders.ts'

const base = { source: 'requests', changedAt: 0 }

function aFeature(fields: Partial<Feature> = {}): Feature {
  const id = fields.id ?? 'F1'
  return { ...base, id, sourceId: id, name: 'Single sign-on', ...fields }
}

let requests = 0
function aRequest(fields: Partial<FeatureRequest> = {}): FeatureRequest {
  requests += 1
  const id = fields.id ?? `R${String(requests).padStart(4, '0')}`
  return {
    ...base,
    ...{ id, sourceId: id, featureId: 'F1', accountId: 'A1', opportunityId: 'O1', role: 'blocker' },
    createdAt: noon('2026-02-01'),
    ...fields,
  }
}

/** A request that names no opportunity. */
function aRequestOfAccount(): FeatureRequest {
  const { opportunityId: _, ...request } = aRequest()
  return request
}

function look(features: readonly Feature[], ...dossiers: readonly Records[]) {
  const model = defaultModel()
  const context = contextOf(model, [aUser()], utc, { features })
  const derived = dossiers.map((records) => deriveDossier(aDossier(records), context, TODAY))
  const totals = new Totals(model, ['influence'])
  totals.add(derived.map(({ facts }) => facts))
  const rows = factsOfTotals('feature', totals.take(), model, TODAY, utc, companyOf(context, TODAY))
  const byId = new Map(rows.map((row) => [String(row.id), row]))
  return {
    derived,
    row: (id = 'F1'): FactValues => byId.get(id) ?? expect.fail(`no row ${id}`),
    deals: derived.flatMap(({ facts }) => facts.featureDeals),
    opportunity: derived[0]?.facts.opportunities[0] ?? {},
  }
}

const shipped = aFeature({ shippedOn: day('2026-03-01') })
const open = anOpportunity({ id: 'O1', amount: 1000, createdAt: noon('2026-01-10') })

describe('what is open', () => {
  test('blocked while the feature is not shipped, supported once it is; a renewal is apart', () => {
    const { row } = look(
      [aFeature()],
      { opportunities: [open], requests: [aRequest()] },
      {
        account: anAccount({ id: 'A2' }),
        opportunities: [anOpportunity({ id: 'O2', amount: 70, kind: 'renewal' })],
        requests: [aRequest({ opportunityId: 'O2' })],
      },
    )
    expect(row()).toMatchObject({
      openArr: 1000,
      blockedArr: 1000,
      onlyBlockerDeals: 1,
      renewalsAtRisk: 1,
      renewalsAtRiskArr: 70,
    })
    const then = look([shipped], { opportunities: [open], requests: [aRequest()] }).row()
    expect(then).toMatchObject({ openArr: 1000, blockedArr: 0, supportedArr: 1000, renewalsAtRiskArr: 0 })
  })

  test('an account with an open risk that names the feature is a renewal at risk, with what the risk or the account says', () => {
    const risk: Risk = { ...base, id: 'K1', sourceId: 'K1', accountId: 'A1', featureId: 'F1', status: 'assessed' }
    const account = anAccount({ arr: 500 })
    expect(look([aFeature()], { account, risks: [risk] }).row()).toMatchObject({
      renewalsAtRisk: 1,
      renewalsAtRiskArr: 500,
      accounts: 0,
    })
    expect(look([aFeature()], { account, risks: [{ ...risk, arrAtRisk: 90 }] }).row().renewalsAtRiskArr).toBe(90)
    const closed = look([aFeature()], { account, risks: [{ ...risk, status: 'closed' }] })
    expect(closed.row().renewalsAtRisk).toBe(0)
    expect(closed.derived[0]?.facts.account?.hasOpenRisk).toBe(false)
  })

  test('what is at risk for a feature is what the risk says is, and a hunch is none', () => {
    const risk: Risk = { ...base, id: 'K1', sourceId: 'K1', accountId: 'A1', featureId: 'sso', status: 'assessed' }
    const account = anAccount({ arr: 500, seatsPaid: 10 })
    const of = (fields: Partial<Risk>) =>
      look([aFeature({ aliases: 'SSO' })], { account, risks: [{ ...risk, ...fields }] })
    expect(of({ seatsAtRisk: 2 }).derived[0]?.facts.risks[0]?.arrAtRisk).toBe(100)
    expect(of({ seatsAtRisk: 2 }).row()).toMatchObject({ renewalsAtRisk: 1, renewalsAtRiskArr: 100 })
    const model = defaultModel()
    const strict = { ...model.risks, reasons: [{ ...model.risks.reasons[0], needs: ['likelihood'] as const }] }
    const context = contextOf({ ...model, risks: strict } as typeof model, [], utc, { features: [aFeature()] })
    const records = { account, risks: [{ ...risk, featureId: 'F1', reason: 'missing feature' }] }
    const { facts } = deriveDossier(aDossier(records), context, TODAY)
    expect(facts.risks[0]).toMatchObject({ isHunch: true, isOpen: false })
    expect(facts.counted.influence.subjects).toEqual([])
  })

  test('requests for a feature that a bigger one replaces count there, until it ships itself', () => {
    const features = [aFeature({ supersededById: 'F2' }), aFeature({ id: 'F2', name: 'Login' })]
    const { row, opportunity } = look(features, { opportunities: [open], requests: [aRequest()] })
    expect([row('F1').openArr, row('F2').openArr, row('F1').supersededBy]).toEqual([0, 1000, 'Login'])
    expect(opportunity.blockers).toBe('F2')
    const own = look([aFeature({ supersededById: 'F2', status: 'shipped' }), aFeature({ id: 'F2' })], {
      opportunities: [open],
      requests: [aRequest()],
    })
    expect(own.row('F1').supportedArr).toBe(1000)
  })
})

describe('what happens after shipping', () => {
  test('opportunities opened within 90 days by accounts that had asked, and by others', () => {
    const opened = (id: string, on: string) => anOpportunity({ id, amount: 100, createdAt: noon(on) })
    const { row, deals } = look(
      [shipped],
      {
        opportunities: [
          opened('O2', '2026-03-01'),
          opened('O3', '2026-05-30'),
          opened('O4', '2026-05-31'),
          opened('O5', '2026-02-28'),
        ],
        requests: [aRequestOfAccount()],
      },
      { account: anAccount({ id: 'A2' }), opportunities: [opened('O6', '2026-04-01')] },
    )
    expect(row()).toMatchObject({ createdDeals: 2, createdArr: 200, createdByOthersDeals: 1, createdByOthersArr: 100 })
    expect(deals.map(({ opportunityId, isLinked }) => [opportunityId, isLinked])).toEqual([
      ['O2', false],
      ['O3', false],
    ])
  })

  test('opportunities that moved forward within 90 days, with the base rate of all others open that day', () => {
    const moving = (id: string, on: string) => ({
      opportunities: [anOpportunity({ id, amount: 10, stage: 'Qualification', createdAt: noon('2026-01-10') })],
      changes: history(id, ['2026-01-10', 'Prospecting'], [on, 'Qualification']),
    })
    const { row } = look(
      [shipped],
      { ...moving('O1', '2026-03-20'), requests: [aRequest()] },
      { ...moving('O2', '2026-03-20'), account: null },
      { ...moving('O3', '2026-07-20'), account: null },
      { ...moving('O4', '2026-02-20'), account: null },
    )
    expect(row()).toMatchObject({ standingDeals: 1, advancedDeals: 1, advancedArr: 10, advancedShare: 1, baseDeals: 3 })
    expect(row().baseAdvancedShare).toBeCloseTo(1 / 3)
    expect(row().isWindowOver).toBe(true)
  })

  test('opportunities that moved forward after a promise, before anything shipped', () => {
    const promise: Commitment = {
      ...base,
      id: 'C1',
      sourceId: 'C1',
      featureId: 'F1',
      accountId: 'A1',
      madeAt: noon('2026-02-10'),
      madeBy: 'U1',
    }
    const { row, opportunity } = look([aFeature()], {
      opportunities: [anOpportunity({ id: 'O1', amount: 10, stage: 'Qualification' })],
      changes: history('O1', ['2026-01-10', 'Prospecting'], ['2026-02-20', 'Qualification']),
      requests: [aRequest()],
      commitments: [promise],
    })
    expect(row()).toMatchObject({
      promisedDeals: 1,
      advancedByPromiseDeals: 1,
      advancedByPromiseArr: 10,
      advancedDeals: 0,
    })
    expect(opportunity).toMatchObject({
      commitmentFeature: 'Single sign-on',
      commitmentBy: 'Anna Snelling',
      commitmentStatus: 'open',
    })
  })

  test('opportunities whose ARR or probability was raised within 90 days', () => {
    const raised = look([shipped], {
      opportunities: [anOpportunity({ id: 'O1', amount: 20 })],
      changes: history('O1', ['2026-01-10', 'Prospecting', 10], ['2026-04-01', 'Prospecting', 20]),
      requests: [aRequest()],
    })
    expect(raised.row()).toMatchObject({ improvedDeals: 1, improvedArr: 20, advancedDeals: 0 })
    const changes = history('O1', ['2026-01-10', 'Prospecting'], ['2026-04-01', 'Prospecting'])
    const likelier = look([shipped], {
      opportunities: [open],
      changes: changes.map((one, i) => ({ ...one, probability: i === 0 ? 0.1 : 0.3 })),
      requests: [aRequest()],
    })
    expect(likelier.deals[0]?.improvedOn).toBe(day('2026-04-01'))
  })
})

describe('unblocking', () => {
  const won = {
    opportunities: [anOpportunity({ id: 'O1', amount: 100, stage: 'Closed Won', closeOn: day('2026-03-12') })],
    changes: history('O1', ['2026-01-10', 'Prospecting'], ['2026-03-12', 'Closed Won']),
  }
  const second = aFeature({ id: 'F2', name: 'Audit log', shippedOn: day('2026-03-01') })

  test('is of the last blocker to ship; a win within the window is a move', () => {
    const early = { ...second, shippedOn: day('2026-02-10') }
    const { row, deals } = look([shipped, early], { ...won, requests: [aRequest(), aRequest({ featureId: 'F2' })] })
    expect(
      deals.map(({ featureId, isUnblocked, hasHelpedUnblock }) => [featureId, isUnblocked, hasHelpedUnblock]),
    ).toEqual([
      ['F1', true, false],
      ['F2', false, true],
    ])
    expect(row()).toMatchObject({ unblockedDeals: 1, unblockedArr: 100, askToShipDays: 28, shipToWonDays: 11 })
    expect(row('F2')).toMatchObject({ unblockedDeals: 0, helpedUnblockDeals: 1 })
  })

  test('of two that shipped on one day it is the larger certainty, then the older request', () => {
    const by = (...two: readonly Partial<FeatureRequest>[]) =>
      look([shipped, second], { ...won, requests: two.map((one) => aRequest(one)) }).deals.find(
        ({ isUnblocked }) => isUnblocked,
      )?.featureId
    expect(by({ certainty: 0.5 }, { featureId: 'F2', certainty: 0.8 })).toBe('F2')
    expect(by({ certainty: 0.5 }, { featureId: 'F2', certainty: 0.5, createdAt: noon('2026-01-20') })).toBe('F2')
  })

  test('is not while a blocker known by then is not shipped, nor without a move', () => {
    const waiting = look([shipped, aFeature({ id: 'F2' })], {
      ...won,
      requests: [aRequest(), aRequest({ featureId: 'F2' })],
    })
    expect(waiting.row().unblockedDeals).toBe(0)
    const still = look([shipped], {
      opportunities: [open],
      changes: history('O1', ['2026-01-10', 'Prospecting']),
      requests: [aRequest()],
    })
    expect(still.row().unblockedDeals).toBe(0)
    expect(still.opportunity).toMatchObject({ isCleared: true, blockersClearedOn: day('2026-03-01'), openBlockers: 0 })
  })
})

test('the quarter by which all blockers should ship is the latest, however quarters are written', () => {
  const of = (...quarters: readonly string[]) =>
    look(
      quarters.map((etaQuarter, i) => aFeature({ id: `F${i}`, name: `F${i}`, etaQuarter })),
      { opportunities: [open], requests: quarters.map((_, i) => aRequest({ featureId: `F${i}` })) },
    ).opportunity.blockersEta
  expect(of('2026-Q4', '2027-Q1')).toBe('2027-Q1')
  expect(of('Q1 2027', 'Q4 2026')).toBe('Q1 2027')
  expect(of('Q4/26', 'Q1/27')).toBe('Q1/27')
  expect(of('soon', '2026-Q4')).toBe('2026-Q4')
})

test('a feature of the future ships on its day: the dossier wakes then', () => {
  const soon = aFeature({ shippedOn: TODAY + 3, status: 'building' })
  const { derived, row } = look([soon], { opportunities: [open], requests: [aRequest()] })
  expect(derived[0]?.changesOn).toBe(TODAY + 3)
  expect(row().blockedArr).toBe(1000)
})

test('a lost deal that named a missing feature is told by its evidence; a note entered after close counts as a reason', () => {
  const lost = anOpportunity({ id: 'O1', amount: 100, stage: 'Closed Lost', closeOn: day('2026-02-20') })
  const of = (fields: Partial<FeatureRequest>, feature = aFeature()) =>
    look([feature], { opportunities: [lost], requests: [aRequest(fields)] }).row()
  expect(of({ evidence: 3, createdAt: noon('2026-03-01') })).toMatchObject({ missedArr: 100, missedArrByBuyer: 100 })
  expect(of({ evidence: 2 }).missedArrByNote).toBe(100)
  expect(of({ evidence: 2, createdAt: noon('2026-03-01') }).missedArrByReason).toBe(100)
  for (const evidence of [0, 4, -1]) expect(of({ evidence }).missedArrByReason).toBe(100)
  expect(of({ role: 'wanted' }).missedArr).toBe(0)
  expect(of({}, aFeature({ shippedOn: day('2026-02-01') })).missedArr).toBe(0)
})

test('use: accounts and people now, before and after the first win, and of those who asked', () => {
  const week = (on: string, activeUsers: number, id: string): UsageWeek => ({
    ...base,
    ...{ id, sourceId: id, accountId: 'A1', featureId: 'F1', week: day(on), activeUsers },
  })
  const won = anOpportunity({ id: 'O1', stage: 'Closed Won', closeOn: day('2026-03-12') })
  const { row } = look([shipped], {
    opportunities: [won],
    requests: [aRequest()],
    usage: [
      week('2026-03-02', 2, 'W1'),
      week('2026-10-05', 9, 'W2'),
      week('2026-11-09', 4, 'W3'),
      week('2026-11-16', 5, 'W4'),
    ],
  })
  expect(row()).toMatchObject({
    ...{ usingAccounts: 1, usingPeople: 5, usingAccountsBeforeWin: 1, usingPeopleBeforeWin: 2, usingPeopleAfterWin: 9 },
    ...{ askedBeforeShip: 1, adopted: 1, adoption: 1 },
  })
})

test('a row of an opportunity and a feature stands on the opportunity, whatever colons ids hold', () => {
  const { deals } = look([aFeature({ id: 'F:1' })], {
    opportunities: [anOpportunity({ id: 'a:b' })],
    requests: [aRequest({ featureId: 'F:1', opportunityId: 'a:b' })],
  })
  expect(deals[0]?.id).toBe('a:b:F%3A1')
  expect(recordBehind('feature_deal', 'a:b:F%3A1')).toEqual({ kind: 'opportunity', id: 'a:b' })
})

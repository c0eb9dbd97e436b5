import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Contact, UsageWeek } from '../../../src/domain/customer-records.ts'
import type { Calendar } from '../../../src/domain/day.ts'
import { defaultModel } from '../../../src/domain/default-model.ts'
import type { Feature, Risk } from '../../../src/domain/demand-records.ts'
import { deriveDossier } from '../../../src/domain/derive.ts'
import { readDossier } from '../../../src/domain/dossier.ts'
import { healthOf } from '../../../src/domain/risk/health.ts'
import { defaultRisks } from '../../../src/domain/risk/risk-model.ts'
import { scopesOf } from '../../../src/domain/scopes.ts'
import { mondayOf, weekOf } from '../../../src/domain/support/office-hours.ts'
import { factsOfTotals, Totals } from '../../../src/domain/totals.ts'
import { TOTALS_PARTS } from '../../../src/domain/totals-parts.ts'
import {
  aDossier,
  anAccount,
  anOpportunity,
  aPeriod,
  contextOf,
  day,
  factsOf,
  noon,
  TODAY,
  totalsOf,
  utc,
} from '../builders.ts'
import { someRows } from '../generators.ts'

const base = { source: 'salesforce', changedAt: 0, accountId: 'A1' }
const aRisk = (fields: Partial<Risk> = {}): Risk => {
  const id = fields.id ?? 'R1'
  return { ...base, id, sourceId: id, reason: 'price', openedAt: noon('2026-11-02'), ...fields }
}
const customer = anAccount({ arr: 1_200_000, seatsPaid: 100, csmId: 'U1' })
const riskOf = (risk: Risk, account = customer) => factsOf({ account, risks: [risk] }).risks[0] ?? expect.fail()

describe('ARR at risk', () => {
  test('is what the risk says, else its share of the seats, else all of it unless it may only shrink', () => {
    expect(riskOf(aRisk({ arrAtRisk: 5000, seatsAtRisk: 10 })).arrAtRisk).toBe(5000)
    expect(riskOf(aRisk({ seatsAtRisk: 25 })).arrAtRisk).toBe(300_000)
    expect(riskOf(aRisk({ seatsAtRisk: 250 })).arrAtRisk).toBe(1_200_000)
    expect(riskOf(aRisk())).toMatchObject({ arrAtRisk: 1_200_000, arrAtRiskFrom: 'account' })
    expect(riskOf(aRisk({ kind: 'contraction' })).arrAtRisk).toBeUndefined()
  })

  test('of an account that has left is what it paid when the risk was raised', () => {
    const periods = [aPeriod({ mrr: 10_000, endOn: day('2026-10-31') })]
    const { risks, account } = factsOf({
      periods,
      risks: [aRisk({ openedAt: noon('2026-09-01'), resolution: 'churned', closedAt: noon('2026-11-01') })],
    })
    expect(account?.arr).toBe(0)
    expect(risks[0]?.arrAtRisk).toBe(120_000)
  })

  test('is weighted by its own number, else by that of the word', () => {
    expect(riskOf(aRisk({ likelihood: 'high' })).weightedArr).toBe(900_000)
    expect(riskOf(aRisk({ likelihood: 'high', probability: 0.1 })).weightedArr).toBe(120_000)
    expect(riskOf(aRisk()).weightedArr).toBeUndefined()
  })

  test('of an account with several open risks is counted once, by the largest', () => {
    const risks = [
      aRisk({ id: 'R1', likelihood: 'low' }),
      aRisk({ id: 'R2', arrAtRisk: 500_000, likelihood: 'definite' }),
    ]
    expect(factsOf({ account: customer, risks }).account).toMatchObject({
      openRisks: 2,
      arrAtRisk: 1_200_000,
      weightedArrAtRisk: 475_000,
      riskReasons: 'price',
    })
  })
})

test('seats that no account field tells are those of the subscription: of them a share is at risk, and in use', () => {
  const usage = [{ ...base, id: 'W1', sourceId: 'W1', week: day('2026-11-09'), activeUsers: 20 }]
  const periods = [aPeriod({ mrr: 10_000, seats: 30 }), aPeriod({ id: 'P2', mrr: 10_000, seats: 10 })]
  const { account, risks } = factsOf({ periods, usage, risks: [aRisk({ seatsAtRisk: 10 })] })
  expect(account).toMatchObject({ seatsPaid: 40, seatsUsed: 0.5 })
  expect(risks[0]?.arrAtRisk).toBe(60_000)
  expect(factsOf({ account: anAccount({ seatsPaid: 25 }), periods }).account?.seatsPaid).toBe(25)
})

test('a risk that does not tell what its reason needs is a hunch: listed, marked, in no total', () => {
  const { risks, account, findings, counted } = factsOf({
    account: customer,
    risks: [aRisk({ reason: 'product', subReason: 'Missing-Feature' })],
  })
  expect(risks[0]).toMatchObject({
    group: 'product',
    reason: 'missing feature',
    isHunch: true,
    isOpen: false,
    lacks: 'feature',
  })
  expect(account).toMatchObject({ hasOpenRisk: false, openRisks: 0 })
  expect(findings).toContainEqual(expect.objectContaining({ code: 'risk-hunch', id: 'R1' }))
  expect(counted.care?.risks ?? []).toEqual([])
})

test('a reason that model.yaml lacks is in no group and listed', () => {
  const { risks, findings } = factsOf({ risks: [aRisk({ reason: 'mood' })] })
  expect(risks[0]).toMatchObject({ reason: 'mood', isOpen: true })
  expect(findings).toMatchObject([{ code: 'unknown-reason' }])
})

test('fewer than two plays are no plan; one play named twice is one', () => {
  expect(riskOf(aRisk({ status: 'planned', plays: 'Ramped price, ramped price' }))).toMatchObject({
    status: 'assessed',
    plays: 1,
    playsMissing: 1,
  })
  expect(riskOf(aRisk({ status: 'planned', plays: 'ramped price, success plan' }))).toMatchObject({
    status: 'planned',
    playsMissing: 0,
  })
})

test('the CSM owns it where nobody is named', () => {
  expect(riskOf(aRisk()).ownerId).toBe('U1')
  expect(riskOf(aRisk({ ownerId: 'U2', escalatedTo: 'U3' }))).toMatchObject({ ownerId: 'U2', escalatedTo: 'U3' })
})

test('guard: opportunities and leads of an account with an open risk know it, others do not', () => {
  const marked = (risks: readonly Risk[]) => {
    const facts = factsOf({ account: customer, opportunities: [anOpportunity()], risks })
    return scopesOf('opportunity', facts)[0]?.names.account?.hasOpenRisk
  }
  expect(marked([])).toBe(false)
  expect(marked([aRisk()])).toBe(true)
  expect(marked([aRisk({ closedAt: noon('2026-11-10'), resolution: 'saved' })])).toBe(false)
})

test('a risk that was closed without a resolution is a false alarm', () => {
  const risks = [
    aRisk({ closedAt: noon('2026-11-10') }),
    aRisk({ id: 'R2', closedAt: noon('2026-11-10'), resolution: 'saved' }),
  ]
  const rows = factsOfTotals(
    'risk_quarter',
    totalsOf([factsOf({ account: customer, risks })]),
    defaultModel(),
    TODAY,
    utc,
  )
  expect(rows.map(({ id }) => id)).toEqual(['2026-Q4:all', '2026-Q4:group:commercial', '2026-Q4:reason:price'])
  expect(rows[0]).toMatchObject({
    opened: 2,
    saved: 1,
    falseAlarms: 1,
    stillOpen: 0,
    openedArr: 2_400_000,
    savedArr: 1_200_000,
    savedShare: 1,
  })
})

test('win-back: an account that left for a feature that ships later, from the day it ships on', () => {
  const feature: Feature = {
    ...base,
    id: 'F1',
    sourceId: 'F1',
    name: 'SSO',
    status: 'shipped',
    shippedOn: day('2026-12-01'),
  }
  const dossier = aDossier({
    risks: [aRisk({ reason: 'missing feature', featureId: 'F1', closedAt: noon('2026-06-01'), resolution: 'churned' })],
  })
  const context = contextOf(defaultModel(), [], utc, { features: [feature] })
  const { facts, changesOn } = deriveDossier(dossier, context, TODAY)
  expect([facts.risks[0]?.isWinBack, changesOn]).toEqual([false, day('2026-12-01')])
  expect(deriveDossier(dossier, context, day('2026-12-01')).facts.risks[0]?.isWinBack).toBe(true)
})

test('a risk means a feature by id, name or alias, and one that is superseded by what takes its place; shipped is by its day', () => {
  const at = (id: string, fields: Partial<Feature>): Feature => ({ ...base, id, sourceId: id, ...fields })
  const features = [
    at('F1', { name: 'Single sign-on', aliases: 'SSO', status: 'building', shippedOn: day('2026-11-10') }),
    at('F2', { name: 'Audit log', supersededById: 'F1' }),
    at('F3', { name: 'SCIM', status: 'shipped', shippedOn: day('2026-12-24') }),
  ]
  const context = contextOf(defaultModel(), [], utc, { features })
  const of = (featureId: string) => {
    const risk = aRisk({ reason: 'missing feature', featureId, closedAt: noon('2026-11-03'), resolution: 'churned' })
    return factsOf({ risks: [risk] }, context).risks[0]
  }
  const shipped = { featureId: 'F1', featureStatus: 'shipped', featureShippedOn: day('2026-11-10'), isWinBack: true }
  for (const written of ['F1', 'sso', 'audit log']) expect(of(written)).toMatchObject(shipped)
  expect(of('F3')).toMatchObject({ isWinBack: false })
  expect(of('F3')).not.toHaveProperty('featureShippedOn')
  expect(of('nothing')).toMatchObject({ featureId: 'nothing', feature: 'nothing', isWinBack: false })
})

test('a risk that is closed and does not say when is listed: it is in no quarter', () => {
  const { findings } = factsOf({ risks: [aRisk({ status: 'closed', resolution: 'saved' })] })
  expect(findings).toMatchObject([{ code: 'risk-undated', id: 'R1' }])
})

describe('health', () => {
  const monday = (text: string) => mondayOf(weekOf(day(text)))
  const model = defaultRisks().health
  /** Active users of weeks that end before a day, oldest first. */
  const weeks = (until: string, users: readonly number[]): UsageWeek[] =>
    users.map((activeUsers, i) => {
      const id = `W${i}`
      return { ...base, id, sourceId: id, week: monday(until) - 7 * (users.length - i), activeUsers }
    })
  const health = (until: string, users: readonly number[], country = 'DE', calendar: Calendar = utc) =>
    healthOf(weeks(until, users), { country, seatsPaid: 100 }, monday(until), calendar, model)
  const steady = (many: number, of: number) => Array.from({ length: many }, () => of)

  test('is use of the seats and its trend, as far as they can be told', () => {
    expect(health('2026-06-15', steady(20, 80))).toMatchObject({
      band: 'high',
      seatsUsed: 0.8,
      trend: 1,
      coverage: 0.8,
      hasDropped: false,
    })
    expect(health('2026-06-15', steady(4, 10))).toMatchObject({ band: 'very_weak', score: 10, coverage: 0.4 })
    expect(health('2026-06-15', [])).toBeUndefined()
  })

  test('a drop is a signal; in a quiet time of the country it is none, and trend and seats say nothing', () => {
    const users = [...steady(16, 80), ...steady(4, 20)]
    expect(health('2026-06-15', users)).toMatchObject({ hasDropped: true, trend: 0.25 })
    expect(health('2026-08-31', users, 'SE')).toEqual({ coverage: 0, hasDropped: false, didNotReturn: false })
    expect(health('2026-08-31', users, 'DE')).toMatchObject({ hasDropped: true })
  })

  test('not coming back after a quiet time is a signal', () => {
    // Ten weeks that July or August touches, then two of September.
    const told = (...september: readonly number[]) =>
      health('2026-09-21', [...steady(16, 80), ...steady(10, 5), ...september], 'SE')
    expect(told(5, 5)).toMatchObject({ didNotReturn: true, hasDropped: false })
    expect(told(70, 80)).toMatchObject({ didNotReturn: false })
    expect(told(5, 5)?.band).toBeUndefined()
  })

  test('a week with public holidays is held against the working days it had', () => {
    const calendar: Calendar = {
      ...utc,
      isHoliday: (place, on) =>
        place === 'DE' && weekOf(on) === weekOf(monday('2026-06-08')) && on < monday('2026-06-08') + 2,
    }
    const users = [...steady(19, 50), 30]
    expect(health('2026-06-15', users, 'DE', calendar)?.trend).toBe(1)
    expect(health('2026-06-15', users, 'FI', calendar)?.trend).toBe(0.9)
  })

  test('with two years of its own an account has its own season', () => {
    // Every August nothing, though its country is not quiet then.
    const users = Array.from({ length: 3 * 52 }, (_, i) => (i % 52 >= 30 && i % 52 < 34 ? 2 : 40))
    const first = monday('2024-01-01')
    const usage = users.map((activeUsers, i) => ({
      ...base,
      id: `W${i}`,
      sourceId: `W${i}`,
      week: first + 7 * i,
      activeUsers,
    }))
    const at = (place: number) => healthOf(usage, { country: 'JP', seatsPaid: 50 }, first + 7 * place, utc, model)
    expect(at(2 * 52 + 34)).toMatchObject({ hasDropped: false })
    expect(Number(at(2 * 52 + 34)?.trend)).toBeCloseTo(1, 0)
  })
})

describe('signals', () => {
  const signalsOf = (records: Parameters<typeof factsOf>[0]) => factsOf(records).signals.map(({ signal }) => signal)
  const contact = (id: string, fields: Partial<Contact>): Contact => ({ ...base, id, sourceId: id, ...fields })

  test('only of accounts that pay, each with its evidence', () => {
    expect(signalsOf({ account: anAccount({ csmId: 'U1' }) })).toEqual([])
    const { signals } = factsOf({ account: customer })
    expect(signals.map(({ signal }) => signal)).toEqual(['no_business_goal', 'no_success_plan', 'no_business_review'])
    for (const { evidence } of signals) expect(evidence).not.toBe('')
  })

  test('of contacts: one who answers alone, none, and the day on which that changes', () => {
    const account = anAccount({ arr: 100_000 })
    const contacts = [contact('C1', { lastTwoWayContactAt: noon('2026-11-01') }), contact('C2', {})]
    expect(signalsOf({ account, contacts })).toEqual(['single_threaded'])
    const dossier = aDossier({ account, contacts })
    const { changesOn } = deriveDossier(dossier, contextOf(), TODAY)
    expect(changesOn).toBe(day('2026-11-01') + 91)
    const then = deriveDossier(dossier, contextOf(), changesOn ?? 0).facts
    expect(then.signals.map(({ signal }) => signal)).toEqual(['no_engaged_contact'])
  })

  test('of people at a new mail domain', () => {
    const account = anAccount({ arr: 100_000, domain: 'acme.com' })
    const at = (domain: string) =>
      ['1', '2', '3'].map((id) => contact(id, { email: `p${id}@${domain}`, createdAt: noon('2026-11-01') }))
    expect(signalsOf({ account, contacts: at('initech.com') })).toEqual(['new_mail_domain'])
    expect(signalsOf({ account, contacts: at('mail.acme.com') })).toEqual([])
    // Nobody moved: that is where anybody may have an address.
    expect(signalsOf({ account, contacts: at('gmail.com') })).toEqual([])
  })

  test('of answers: off the scale is none', () => {
    const answer = (id: string, satisfaction: number) => ({
      ...{ ...base, id, sourceId: id, createdAt: noon('2026-11-01'), firstPublicReplyAt: noon('2026-11-01') },
      satisfaction,
    })
    const account = anAccount({ arr: 100_000 })
    const signals = (...given: readonly number[]) =>
      signalsOf({ account, tickets: given.map((satisfaction, i) => answer(`T${i}`, satisfaction)) })
    expect(signals(5, 2, 1)).toEqual(['csat_low'])
    expect(signals(5, 4, 0, 0)).toEqual([])
  })

  test('of business reviews: one that is planned has not been held', () => {
    const review = (on: string) => ({ ...base, id: on, sourceId: on, kind: 'business_review' as const, at: noon(on) })
    const account = anAccount({ arr: 100_000, csmId: 'U1', businessGoal: 'Grow', successPlanOn: day('2026-01-01') })
    expect(signalsOf({ account, activities: [review('2026-03-01')] })).toEqual([])
    expect(signalsOf({ account, activities: [review('2025-03-01'), review('2026-12-01')] })).toEqual([
      'no_business_review',
    ])
    const dossier = aDossier({ account, activities: [review('2026-12-01')] })
    expect(deriveDossier(dossier, contextOf(), TODAY).changesOn).toBe(day('2026-12-01'))
    expect(deriveDossier(dossier, contextOf(), day('2026-12-01')).facts.signals).toEqual([])
  })

  test('of somebody who asks for a downgrade', () => {
    const ticket = { ...base, id: 'T1', sourceId: 'T1', subject: 'How do we downgrade?', createdAt: noon('2026-11-01') }
    expect(signalsOf({ account: anAccount({ arr: 100_000 }), tickets: [ticket] })).toEqual(['downgrade_asked'])
  })
})

test('renewals: what is expected is what renews less what is at risk by its odds, no more than is paid', () => {
  const account = anAccount({ arr: 100_000, renewalOn: day('2026-12-15') })
  const facts = factsOf({ account, risks: [aRisk({ arrAtRisk: 900_000, likelihood: 'medium' })] })
  const rows = factsOfTotals('renewal_month', totalsOf([facts]), defaultModel(), TODAY, utc)
  expect(rows).toMatchObject([
    { id: '2026-12:all', accounts: 1, arr: 100_000, arrAtRisk: 100_000, weightedArrAtRisk: 100_000, expectedArr: 0 },
    { id: '2026-12:unknown' },
  ])
})

test('causes add up to the whole, in any order; taking all away leaves nothing; at risk is never above the weightless', () => {
  const some = fc.array(
    someRows.map((rows) => deriveDossier(readDossier(rows), contextOf(), TODAY).facts),
    { maxLength: 4 },
  )
  fc.assert(
    fc.property(some, (facts) => {
      const rows = factsOfTotals('risk_quarter', totalsOf(facts), defaultModel(), TODAY, utc)
      for (const name of ['opened', 'churnedArr', 'saved', 'falseAlarms']) {
        const sum = (by: string) =>
          rows.filter((row) => row.by === by).reduce((total, row) => total + Number(row[name]), 0)
        expect(sum('group')).toBeLessThanOrEqual(sum('all'))
      }
      for (const { account, risks } of facts) {
        for (const { arrAtRisk = 0, weightedArr = 0 } of risks)
          expect(Number(weightedArr)).toBeLessThanOrEqual(Number(arrAtRisk))
        expect(account?.hasOpenRisk ?? false).toBe(account !== null && risks.some(({ isOpen }) => isOpen === true))
      }
      const stepwise = new Totals(defaultModel(), TOTALS_PARTS)
      for (const one of facts.toReversed()) stepwise.add([one])
      expect(factsOfTotals('risk_quarter', stepwise.take(), defaultModel(), TODAY, utc)).toEqual(rows)
      stepwise.add(facts)
      stepwise.takeAway(facts.toReversed())
      expect([...stepwise.take()]).toEqual([])
    }),
    { numRuns: 60 },
  )
})

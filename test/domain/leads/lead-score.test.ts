import { describe, expect, test } from 'vitest'
import type { UsageWeek } from '../../../src/domain/customer-records.ts'
import { defaultModel } from '../../../src/domain/default-model.ts'
import { deriveDossier } from '../../../src/domain/derive.ts'
import type { FactValues } from '../../../src/domain/facts.ts'
import type { Model } from '../../../src/domain/model.ts'
import type { Account, Lead } from '../../../src/domain/records.ts'
import {
  aDossier,
  aLead,
  anAccount,
  anOpportunity,
  aPeriod,
  contextOf,
  day,
  factsOf,
  noon,
  type Records,
  TODAY,
} from '../builders.ts'

const base = { source: 'usage', changedAt: 0 }

function scored(fields: Partial<Lead>, rest: Records = {}, model: Model = defaultModel()): FactValues {
  const [fact] = factsOf({ ...rest, leads: [aLead(fields)] }, contextOf(model)).leads
  if (fact === undefined) throw new Error('A dossier with one lead gave no fact')
  return fact
}

/** So many people used the whole product in the weeks that begin on these Mondays. */
function used(weeks: Readonly<Record<string, number>>, feature?: string): readonly UsageWeek[] {
  return Object.entries(weeks).map(([on, activeUsers]) => {
    const id = `${on}${feature ?? ''}`
    return { ...base, id, sourceId: id, accountId: 'A1', week: day(on), activeUsers, ...(feature ? { feature } : {}) }
  })
}

const fits: Partial<Lead> = { country: 'SE', employees: 1000, title: 'Head of Sales' }

describe('a lead is of the kind looked for', () => {
  test('when its country is in the list and it has enough employees', () => {
    expect(scored({ country: 'SE', employees: 100 })).toMatchObject({ isIcp: true })
    expect(scored({ country: 'SE', employees: 99 })).toMatchObject({ isIcp: false, notIcpBecause: '99 employees' })
    expect(scored({ country: 'BR', employees: 99 }).notIcpBecause).toBe('BR is not in the list; 99 employees')
  })

  test('and never when it is a bot; unknown where country or size is', () => {
    expect(scored({ ...fits, isBot: true })).toMatchObject({ isIcp: false, notIcpBecause: 'a bot' })
    expect(scored({ country: 'SE' }).isIcp).toBeUndefined()
    expect(scored({ country: 'BR' }).isIcp).toBe(false)
  })

  test('by what its account has, where the lead says nothing', () => {
    expect(scored({}, { account: anAccount({ country: 'SE', employees: 200 }) }).isIcp).toBe(true)
  })
})

describe('the score', () => {
  test('is half fit and half engagement, with reasons', () => {
    const fact = scored(
      { ...fits, createdAt: noon('2026-01-05') },
      {
        usage: used({ '2026-01-05': 10, '2026-01-12': 10, '2026-01-19': 10 }),
      },
    )
    expect(fact).toMatchObject({ fit: 100, fitCoverage: 1, engagement: 100, score: 100 })
    expect(fact.scoreReasons).toBe(
      'country SE: 30 of 30; 1000 employees: 40 of 40; title Head of Sales: 30 of 30; 10 people used it in a week of the first 14 days',
    )
  })

  test('of which nothing is known of use is half of fit, and says so by leaving engagement empty', () => {
    const fact = scored(fits)
    expect(fact).toMatchObject({ fit: 100, score: 50 })
    expect(fact.engagement).toBeUndefined()
    expect(scored({}).score).toBeUndefined()
  })

  test('gives half the points of size at the least size and all at ten times that, over the parts that are known', () => {
    expect(scored({ employees: 100 })).toMatchObject({ fit: 50, fitCoverage: 0.4 })
    expect(scored({ employees: 1000 })).toMatchObject({ fit: 100 })
    expect(scored({ employees: 99, country: 'SE' })).toMatchObject({ fit: Math.round((30 / 70) * 100) })
  })

  test('counts a week half for each half-life it lies before the day of the score', () => {
    const engaged = (weeks: Readonly<Record<string, number>>) =>
      scored({ createdAt: noon('2026-01-05') }, { usage: used(weeks) }).engagement
    // Weights 1/4 and 1/2.
    expect(engaged({ '2026-01-05': 10 })).toBe(Math.round((0.25 / 0.75) * 100))
    expect(engaged({ '2026-01-12': 5 })).toBe(Math.round((0.25 / 0.75) * 100))
    expect(engaged({ '2026-01-12': 500 })).toBe(Math.round((0.5 / 0.75) * 100))
  })

  test('does not change with use after its day, nor with that of single features', () => {
    const created = { createdAt: noon('2026-01-05') }
    const before = scored(created, { usage: used({ '2026-01-05': 3 }) })
    const after = scored(created, {
      usage: [...used({ '2026-01-05': 3, '2026-01-26': 50 }), ...used({ '2026-01-12': 40 }, 'SSO')],
    })
    expect([after.engagement, after.score, after.scoreReasons]).toEqual([
      before.engagement,
      before.score,
      before.scoreReasons,
    ])
  })
})

test('use in a week that goes on after the day of the score is not in it', () => {
  const engaged = (weeks: Readonly<Record<string, number>>, on: string) =>
    scored({ createdAt: noon(on) }, { usage: used(weeks) }).engagement
  // Made on Monday the 19th, and on Sunday the 25th, which is the last day of that week.
  expect(engaged({ '2026-01-19': 10 }, '2026-01-05')).toBe(0)
  expect(engaged({ '2026-01-19': 10 }, '2026-01-10')).toBe(0)
  expect(engaged({ '2026-01-19': 10 }, '2026-01-11')).toBeGreaterThan(50)
})

describe('the route', () => {
  test('is that of the first rule of which every condition holds', () => {
    expect(scored({ ...fits, employees: 50, origin: 'contact_form' })).toMatchObject({
      route: 'self_serve',
      routeRule: 1,
    })
    expect(scored({ ...fits, origin: 'contact_form' })).toMatchObject({ route: 'ae', routeRule: 3 })
    expect(scored({ ...fits, employees: 999, origin: 'contact_form' })).toMatchObject({ route: 'sdr', routeRule: 4 })
    expect(scored({ ...fits, origin: 'signup' })).toMatchObject({ route: 'sdr' })
    expect(scored({ country: 'SE', origin: 'partner' })).toMatchObject({ route: 'partner' })
  })

  test('is nowhere for bots, and for what no rule fits', () => {
    expect(scored({ ...fits, isBot: true }).route).toBeUndefined()
    expect(scored({ origin: 'signup' }).route).toBeUndefined()
  })

  test('may ask for a score', () => {
    const any = { isIcp: null, origins: null, countries: null, minEmployees: null, minScore: null }
    const model = {
      ...defaultModel(),
      leads: { ...defaultModel().leads, routes: [{ ...any, minScore: 50, to: 'ae' as const }] },
    }
    expect(scored(fits, {}, model).route).toBe('ae')
    expect(scored({ ...fits, title: 'Clerk' }, {}, model).route).toBeUndefined()
  })
})

test('the first touch is the first activity at its account after it came', () => {
  const activities = ['2026-01-04', '2026-01-06', '2026-01-09'].map((on) => ({
    ...base,
    id: on,
    sourceId: on,
    accountId: 'A1',
    at: noon(on),
  }))
  expect(scored({ createdAt: noon('2026-01-05') }, { activities })).toMatchObject({
    firstTouchAt: noon('2026-01-06'),
    hoursToFirstTouch: 24,
  })
})

test('a meeting that is planned has touched nobody before its day', () => {
  const meeting = { ...base, id: 'M1', sourceId: 'M1', accountId: 'A1', at: noon('2026-12-01') }
  const dossier = aDossier({ leads: [aLead({ createdAt: noon('2026-11-20') })], activities: [meeting] })
  const { facts, changesOn } = deriveDossier(dossier, contextOf(), TODAY)
  expect(facts.leads[0]).not.toHaveProperty('firstTouchAt')
  expect(changesOn).toBe(day('2026-12-01'))
  const then = deriveDossier(dossier, contextOf(), day('2026-12-01')).facts
  expect(then.leads[0]).toMatchObject({ hoursToFirstTouch: 264 })
})

describe('a hand-over', () => {
  const green = (account: Partial<Account>, model: Model = defaultModel()) =>
    factsOf(
      {
        account: anAccount({ ownerId: 'U1', ...account }),
        periods: [aPeriod({ startOn: day('2026-11-01'), mrr: 1_000_00, seats: 5 })],
        opportunities: [
          anOpportunity({ stage: 'Closed Won', closeOn: day('2026-02-01'), createdAt: noon('2026-01-01') }),
        ],
      },
      contextOf(model),
    ).account

  test('is overdue when an account is green for longer than it may take, without a manager other than its owner', () => {
    expect(green({})).toMatchObject({ handOverDueOn: day('2026-11-15'), isHandedOver: false, isHandOverOverdue: true })
    expect(green({ accountManagerId: 'U1' })).toMatchObject({ isHandOverOverdue: true })
    expect(green({ accountManagerId: 'U2' })).toMatchObject({ isHandedOver: true, isHandOverOverdue: false })
  })

  test('is done when its manager becomes its owner, too, and not by whoever brought it there', () => {
    const sold = (account: Partial<Account>, at: 'green' | 'first_win') =>
      factsOf(
        {
          account: anAccount(account),
          periods: [aPeriod({ mrr: 1_000_00 })],
          opportunities: [anOpportunity({ stage: 'Closed Won', closeOn: day('2025-12-20'), ownerId: 'U1' })],
        },
        contextOf({ ...defaultModel(), handOver: { at, withinDays: 14 } }),
      ).account?.isHandedOver
    for (const at of ['green', 'first_win'] as const) {
      expect(sold({ ownerId: 'U2', accountManagerId: 'U2' }, at)).toBe(true)
      expect(sold({ ownerId: 'U2', accountManagerId: 'U1' }, at)).toBe(false)
    }
  })

  test('of an account that has left is not due', () => {
    const left = factsOf({ periods: [aPeriod({ mrr: 1_000_00, endOn: day('2026-03-31') })] }).account
    expect(left).toMatchObject({ bucket: 'green', isCustomer: false })
    expect(left).not.toHaveProperty('handOverDueOn')
  })

  test('may be due at the first win', () => {
    const model: Model = { ...defaultModel(), handOver: { at: 'first_win', withinDays: 30 } }
    expect(green({}, model)).toMatchObject({ handOverDueOn: day('2026-03-03') })
  })
})

test('a lead is judged by what held when it came, where that changed from a day on', () => {
  const changed: Model = {
    ...defaultModel(),
    leads: {
      ...defaultModel().leads,
      icp: { countries: ['SE'], minEmployees: 500 },
      earlierIcp: [{ countries: ['SE'], minEmployees: 50, until: day('2026-07-01') }],
    },
  }
  const lead = (on: string) => scored({ country: 'SE', employees: 200, createdAt: noon(on) }, {}, changed)
  expect(lead('2026-06-30')).toMatchObject({ isIcp: true })
  expect(lead('2026-07-01')).toMatchObject({ isIcp: false, notIcpBecause: '200 employees' })
})

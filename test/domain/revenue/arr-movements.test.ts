import { expect, test } from 'vitest'
import { formatMonth } from '../../../src/domain/day.ts'
import { defaultModel } from '../../../src/domain/default-model.ts'
import { deriveDossier } from '../../../src/domain/derive.ts'
import { arrMovements } from '../../../src/domain/revenue/arr-movements.ts'
import { arrOn, formatArrPath, parseArrPath } from '../../../src/domain/revenue/arr-path.ts'
import { scopesOf, totalsScopes } from '../../../src/domain/scopes.ts'
import { factsOfTotals } from '../../../src/domain/totals.ts'
import {
  aDossier,
  anAccount,
  anOpportunity,
  aPeriod,
  aUser,
  contextOf,
  day,
  factsOf,
  TODAY,
  totalsOf,
  utc,
} from '../builders.ts'

/** `2026-02 expansion 1200` for each movement of these points. */
function movementsOf(...points: readonly (readonly [string, number])[]): string[] {
  const path = {
    method: 'subscription_periods' as const,
    points: points.map(([on, arr]) => ({ day: day(on), arr, seats: 0 })),
  }
  return arrMovements(path).map(({ month, kind, change }) => `${formatMonth(month)} ${kind} ${change}`)
}

test('new, expansion, contraction, churn and reactivation, each in its month', () => {
  expect(
    movementsOf(['2026-01-10', 100], ['2026-02-03', 150], ['2026-03-31', 120], ['2026-04-01', 0], ['2026-06-30', 80]),
  ).toEqual([
    '2026-01 new 100',
    '2026-02 expansion 50',
    '2026-03 contraction -30',
    '2026-04 churn -120',
    '2026-06 reactivation 80',
  ])
})

test('a month has at most one movement, and what came and went within it is none', () => {
  expect(movementsOf(['2026-01-01', 100], ['2026-02-02', 0], ['2026-02-20', 130])).toEqual([
    '2026-01 new 100',
    '2026-02 expansion 30',
  ])
  expect(movementsOf(['2026-01-05', 100], ['2026-01-20', 0], ['2026-03-01', 50])).toEqual(['2026-03 new 50'])
})

test('a path is read back from its text', () => {
  const path = {
    method: 'won_opportunities' as const,
    points: [
      { day: -3, arr: 5, seats: 2 },
      { day: 20_000, arr: 0, seats: 0 },
    ],
  }
  expect(parseArrPath(formatArrPath(path))).toEqual(path)
  expect([arrOn(path, -4), arrOn(path, 19_999), arrOn(path, 20_000)]).toEqual([0, 5, 0])
})

test('periods that tell nothing of what was paid are no history: the account’s other sources count', () => {
  const { mrr: _, ...untold } = aPeriod()
  const account = anAccount({ arr: 90_000 })
  expect(factsOf({ account, periods: [untold] }).account).toMatchObject({ arr: 90_000, arrFrom: 'account_field' })
  expect(factsOf({ account, periods: [untold] }).account).not.toHaveProperty('arrBySubscription')
  // No rate tells what XXX is worth; a trial tells that nothing is paid.
  expect(factsOf({ account, periods: [aPeriod({ currency: 'XXX' })] }).account).toMatchObject({ arr: 90_000 })
  expect(factsOf({ account, periods: [aPeriod({ mrr: 0 })] }).account).toMatchObject({ arr: 0, arrBySubscription: 0 })
})

test('a period of one day is paid for on that day', () => {
  const facts = factsOf({ periods: [aPeriod({ startOn: day('2026-01-31'), endOn: day('2026-01-31') })] })
  expect(facts.counted.arr?.path.points).toEqual([
    { day: day('2026-01-31'), arr: 120_000, seats: 0 },
    { day: day('2026-02-01'), arr: 0, seats: 0 },
  ])
})

test('ChartMogul’s life of a customer: one of several subscriptions that ends is a contraction, the last one churns', () => {
  const facts = factsOf({
    periods: [
      aPeriod({ id: 'gold', mrr: 16_667, startOn: day('2026-01-05'), endOn: day('2026-06-05') }),
      aPeriod({ id: 'silver', mrr: 6_000, startOn: day('2026-02-05'), endOn: day('2026-04-05') }),
      aPeriod({ id: 'gold again', mrr: 15_000, startOn: day('2026-08-05') }),
    ],
  })
  const movements = scopesOf('arr_movement', facts).map(({ names }) => names.arr_movement)
  expect(movements.map((fact) => [fact?.month, fact?.kind, fact?.change])).toEqual([
    ['2026-01', 'new', 12 * 16_667],
    ['2026-02', 'expansion', 12 * 6_000],
    ['2026-04', 'contraction', -12 * 6_000],
    ['2026-06', 'churn', -12 * 16_667],
    ['2026-08', 'reactivation', 12 * 15_000],
  ])
})

test('where churn is at notice, ARR is gone on the day of notice, and at the end where nobody gave any, or later', () => {
  const atNotice = contextOf({ ...defaultModel(), churnAt: 'notice' })
  const goneOn = (fields: Parameters<typeof aPeriod>[0], context = atNotice) =>
    factsOf({ periods: [aPeriod(fields)] }, context).counted.arr?.path.points.at(1)?.day
  const [noticeOn, endOn] = [day('2026-06-10'), day('2026-09-30')]
  expect(goneOn({ noticeOn, endOn })).toBe(noticeOn)
  expect(goneOn({ noticeOn })).toBe(noticeOn)
  expect(goneOn({ endOn })).toBe(endOn + 1)
  expect(goneOn({ endOn, noticeOn: day('2026-10-15') })).toBe(endOn + 1)
  expect(goneOn({ noticeOn, endOn }, contextOf())).toBe(endOn + 1)
  const { account, counted } = factsOf({ periods: [aPeriod({ noticeOn, endOn: day('2027-01-31') })] }, atNotice)
  expect(account).toMatchObject({ arr: 0, isCustomer: false })
  expect(arrMovements(counted.arr?.path ?? expect.fail()).map(({ kind, month }) => [kind, formatMonth(month)])).toEqual(
    [
      ['new', '2026-01'],
      ['churn', '2026-06'],
    ],
  )
})

test('a notice holds for what is billed before it without a gap, and for nothing that goes on in another period', () => {
  const atNotice = contextOf({ ...defaultModel(), churnAt: 'notice' })
  const pointsOf = (...periods: ReturnType<typeof aPeriod>[]) =>
    factsOf({ periods }, atNotice).counted.arr?.path.points.map(({ day: on, arr }) => [on, arr])
  const [first, second] = [{ startOn: day('2026-01-01'), endOn: day('2026-01-31') }, { startOn: day('2026-02-01') }]
  const noticeOn = day('2026-01-10')
  // Billed by the month, and notice given in January for the end of February.
  const monthly = aPeriod({ id: 'P2', ...second, endOn: day('2026-02-28'), noticeOn })
  expect(pointsOf(aPeriod(first), monthly)).toEqual([
    [first.startOn, 120_000],
    [noticeOn, 0],
  ])
  // The old plan is given up for a new one.
  expect(pointsOf(aPeriod({ ...first, noticeOn }), aPeriod({ id: 'P2', ...second, mrr: 8_000 }))).toEqual([
    [first.startOn, 120_000],
    [second.startOn, 96_000],
  ])
  // One of two that run side by side: a contraction.
  expect(pointsOf(aPeriod({ ...first, noticeOn }), aPeriod({ id: 'P2', startOn: first.startOn, mrr: 1_000 }))).toEqual([
    [first.startOn, 132_000],
    [noticeOn, 12_000],
  ])
})

test('an end that is agreed on is no churn before it comes, and the day it comes is one on which facts change', () => {
  const dossier = aDossier({ periods: [aPeriod({ endOn: TODAY + 9 })] })
  const before = deriveDossier(dossier, contextOf(), TODAY)
  expect(scopesOf('arr_movement', before.facts).map(({ id }) => id)).toEqual(['A1:2026-01'])
  expect(before.changesOn).toBe(TODAY + 10)
  const after = deriveDossier(dossier, contextOf(), TODAY + 10)
  expect(scopesOf('arr_movement', after.facts).map(({ id }) => id)).toEqual(['A1:2026-01', 'A1:2026-12'])
})

test('the month of the latest movement is open until it ends', () => {
  const dossier = aDossier({ periods: [aPeriod({ startOn: TODAY - 1 })] })
  const openOf = (today: number) => {
    const { facts, changesOn } = deriveDossier(dossier, contextOf(), today)
    return [scopesOf('arr_movement', facts)[0]?.names.arr_movement?.isOpen, changesOn]
  }
  expect(openOf(TODAY)).toEqual([true, day('2026-12-01')])
  expect(openOf(day('2026-12-01'))).toEqual([false, null])
})

test('without periods, won opportunities make the history, renewals left out, and they stay', () => {
  const won = { stage: 'Closed Won', kind: 'new_business' } as const
  const facts = factsOf({
    account: anAccount({ ownerId: 'U2' }),
    opportunities: [
      anOpportunity({ id: 'O1', ...won, arr: 500, closeOn: day('2026-02-03'), ownerId: 'U1' }),
      anOpportunity({ id: 'O2', ...won, kind: 'renewal', arr: 500, closeOn: day('2026-03-03') }),
      anOpportunity({ id: 'O3', ...won, kind: 'expansion', arr: 70, closeOn: day('2026-05-09') }),
    ],
  })
  const movements = scopesOf('arr_movement', facts)
  expect(movements.map(({ names }) => [names.arr_movement?.kind, names.arr_movement?.change])).toEqual([
    ['new', 500],
    ['expansion', 70],
  ])
  expect(movements.map(({ names }) => names.arr_movement?.method)).toEqual(['won_opportunities', 'won_opportunities'])
})

test('retention is told of accounts that paid: one whose ARR was below zero is in no cohort, and takes nothing off', () => {
  const of = (id: string, arr: number) =>
    factsOf({
      account: anAccount({ id }),
      opportunities: [
        anOpportunity({ id: `O-${id}`, stage: 'Closed Won', kind: 'new_business', arr, closeOn: day('2025-02-03') }),
      ],
    })
  const rows = factsOfTotals('arr_month', totalsOf([of('A1', 1200), of('A2', -100)]), defaultModel(), TODAY, utc)
  expect(rows.find(({ id }) => id === '2026-11:all:all')).toMatchObject({ end: 1100, nrrYear: 1, grrYear: 1 })
})

test('a movement belongs to the owner of the opportunity won last by then, else to the account’s', () => {
  const dossier = aDossier({
    account: anAccount({ ownerId: 'U2' }),
    opportunities: [anOpportunity({ stage: 'Closed Won', arr: 500, closeOn: day('2026-03-31'), ownerId: 'U1' })],
    periods: [
      aPeriod({ id: 'P1', startOn: day('2026-02-01'), endOn: day('2026-03-05') }),
      aPeriod({ id: 'P2', startOn: day('2026-03-05'), mrr: 20_000 }),
    ],
  })
  const { facts } = deriveDossier(dossier, contextOf(defaultModel(), [aUser({ id: 'U1' }), aUser({ id: 'U2' })]), TODAY)
  expect(scopesOf('arr_movement', facts).map(({ names }) => names.owner?.id)).toEqual(['U2', 'U1'])
})

test('periods that cannot be placed are in no ARR, and are listed', () => {
  const facts = factsOf({
    periods: [
      aPeriod({ id: 'P1', startOn: undefined as never }),
      aPeriod({ id: 'P2', mrr: undefined as never }),
      aPeriod({ id: 'P3', endOn: day('2025-12-31') }),
      aPeriod({ id: 'P4', currency: 'EUR' }),
    ],
  })
  expect(facts.account?.arr).toBeUndefined()
  expect(facts.findings.map(({ code, id }) => `${code} ${id}`)).toEqual([
    'incomplete-period P1',
    'incomplete-period P2',
    'incomplete-period P3',
    'missing-rate P4',
  ])
})

test('an account’s ARR comes from the first source that is known, and says by how much the next differs', () => {
  const records = {
    account: anAccount({ arr: 100_000 }),
    opportunities: [anOpportunity({ stage: 'Closed Won', arr: 90_000, closeOn: day('2026-02-01') })],
  }
  const paying = { ...records, periods: [aPeriod()] }
  const of = (given: Parameters<typeof factsOf>[0], arrFrom = defaultModel().arrFrom) => {
    const { account } = factsOf(given, contextOf({ ...defaultModel(), arrFrom }))
    return [account?.arr, account?.arrFrom, account?.arrDifference]
  }
  expect(of(paying)).toEqual([120_000, 'subscription_periods', 20_000])
  expect(of(records)).toEqual([100_000, 'account_field', 10_000])
  expect(of({ ...records, account: anAccount() })).toEqual([90_000, 'won_opportunities', undefined])
  expect(of(paying, ['won_opportunities', 'account_field'])).toEqual([90_000, 'won_opportunities', -10_000])
})

test('the current month is open and goes up to today; a slice that never had ARR has no rows', () => {
  const totals = totalsOf([factsOf({ account: anAccount({ segment: 'smb' }), periods: [aPeriod()] })])
  const rows = factsOfTotals('arr_month', totals, defaultModel(), TODAY, utc)
  expect(rows.filter(({ isOpen }) => isOpen).map(({ id }) => id)).toEqual([
    '2026-11:all:all',
    '2026-11:all:none',
    '2026-11:smb:all',
  ])
  expect(totalsScopes('arr_month', rows)[0]?.names).toEqual({ arr_month: rows[0] })
})

test('a period pays for its last day, unless another begins on it: then ARR never counts twice', () => {
  const pathOf = (...periods: Parameters<typeof aPeriod>[0][]) => {
    const { arr } = factsOf({
      periods: periods.map((fields, i) => aPeriod({ id: `P${i}`, seats: 5, ...fields })),
    }).counted
    return formatArrPath(arr?.path ?? expect.fail())
  }
  const march = day('2026-03-01')
  expect(pathOf({ endOn: march })).toBe(`s ${day('2026-01-01')}:120000:5 ${march + 1}:0:0`)
  expect(pathOf({ endOn: march }, { startOn: march, seats: 8 })).toBe(
    `s ${day('2026-01-01')}:120000:5 ${march}:120000:8`,
  )
})

import { describe, expect, test } from 'vitest'
import { defaultModel } from '../../../src/domain/default-model.ts'
import { deriveDossier } from '../../../src/domain/derive.ts'
import type { DossierFacts, FactValues } from '../../../src/domain/facts.ts'
import type { Model } from '../../../src/domain/model.ts'
import { scopesOf } from '../../../src/domain/scopes.ts'
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
  noon,
  TODAY,
  totalsOf,
  utc,
} from '../builders.ts'

const model: Model = { ...defaultModel(), funnelMonths: 24 }
const withFallBack: Model = {
  ...model,
  buckets: { ...model.buckets, fallBack: { below: { seats: 40, arr: 8_000_00 }, afterDays: 30 } },
}
const users = [aUser({ id: 'U1', team: 'Central' }), aUser({ id: 'U2', team: 'North' })]
const context = contextOf(model, users)

/** A dossier whose account pays so much a year (in units) for so many seats from each day on. */
function paying(
  steps: readonly (readonly [on: string, arr: number, seats: number])[],
  account: Parameters<typeof anAccount>[0] = {},
  rest: Partial<Parameters<typeof factsOf>[0]> = {},
  of = context,
): DossierFacts {
  const periods = steps.map(([on, arr, seats], i) =>
    aPeriod({ id: `P${i}`, startOn: day(on), ...endOf(steps[i + 1]), mrr: Math.round((arr * 100) / 12), seats }),
  )
  return factsOf({ account: anAccount(account), periods, ...rest }, of)
}

function endOf(next: readonly [string, number, number] | undefined): { endOn?: number } {
  return next === undefined ? {} : { endOn: day(next[0]) - 1 }
}

const movements = (facts: DossierFacts) =>
  scopesOf('bucket_movement', facts).map(({ names }) => {
    const { on, kind, bucket, change, ownerId } = names.bucket_movement as FactValues
    return [new Date(Number(on) * 86_400_000).toISOString().slice(0, 10), kind, bucket, change, ownerId]
  })

function rowsOf(facts: readonly DossierFacts[], of: Model = model): Map<string, FactValues> {
  const totals = totalsOf(facts, of)
  return new Map(factsOfTotals('bucket_month', totals, of, TODAY, utc).map((row) => [String(row.id), row]))
}

describe('an account', () => {
  test('at 9,999.96 of ARR is orange; at 10,000 and over all of it graduates', () => {
    const facts = paying([
      ['2026-01-01', 4000.08, 10],
      ['2026-02-01', 9999.96, 20],
      ['2026-03-05', 10_000.08, 20],
      ['2026-04-01', 12_000, 20],
    ])
    expect(movements(facts)).toEqual([
      ['2026-01-01', 'new', 'orange', 400_008, undefined],
      ['2026-02-01', 'expansion', 'orange', 599_988, undefined],
      ['2026-03-05', 'expansion', 'orange', 12, undefined],
      ['2026-03-05', 'graduated', 'green', 1_000_008, undefined],
      ['2026-04-01', 'expansion', 'green', 199_992, undefined],
    ])
    expect(facts.account).toMatchObject({
      bucket: 'green',
      greenOn: day('2026-03-05'),
      graduatedArr: 1_000_008,
      isBornGreen: false,
    })
  })

  test('at 50 seats graduates with whatever ARR it has; at 49 it lacks one', () => {
    const steps = [['2026-01-01', 3000, 49]] as const
    expect(paying(steps).account).toMatchObject({
      bucket: 'orange',
      seatsToGreen: 1,
      arrToGreen: 700_000,
      isNearGreen: true,
    })
    expect(movements(paying([...steps, ['2026-02-01', 3000, 50]]))).toEqual([
      ['2026-01-01', 'new', 'orange', 300_000, undefined],
      ['2026-02-01', 'graduated', 'green', 300_000, undefined],
    ])
  })

  test('that starts above the threshold is born green and no graduation', () => {
    const facts = paying([['2026-01-01', 12_000, 5]])
    expect(movements(facts)).toEqual([['2026-01-01', 'new', 'green', 1_200_000, undefined]])
    expect(facts.account).toMatchObject({ isBornGreen: true, greenOn: day('2026-01-01') })
    expect(rowsOf([facts]).get('2026-01:company')).toMatchObject({
      graduations: 0,
      bornGreenAccounts: 1,
      greenNew: 1_200_000,
      greenAccounts: 1,
    })
  })

  test('that shrinks stays green, and one that comes back after churn comes back to green', () => {
    const facts = paying([
      ['2026-01-01', 12_000, 5],
      ['2026-02-01', 6000, 5],
      ['2026-03-01', 0, 0],
      ['2026-05-01', 1200, 5],
    ])
    expect(movements(facts).map(([, kind, bucket]) => `${kind} ${bucket}`)).toEqual([
      'new green',
      'contraction green',
      'churn green',
      'reactivation green',
    ])
  })

  test('falls back after so many days below the lower limit, as a setting, and can graduate again', () => {
    const steps = [
      ['2026-01-01', 6000, 10],
      ['2026-02-01', 12_000, 10],
      ['2026-03-01', 7200, 10],
      ['2026-06-01', 12_000, 10],
    ] as const
    const facts = paying(steps, {}, {}, contextOf(withFallBack))
    expect(movements(facts).map(([on, kind]) => `${on} ${kind}`)).toEqual([
      '2026-01-01 new',
      '2026-02-01 expansion',
      '2026-02-01 graduated',
      '2026-03-01 contraction',
      '2026-03-31 fell_back',
      '2026-06-01 expansion',
      '2026-06-01 graduated',
    ])
    const short = paying([...steps.slice(0, 3), ['2026-03-20', 8400, 10]], {}, {}, contextOf(withFallBack))
    expect(short.account).toMatchObject({ bucket: 'green' })
  })

  test('that sales takes over enters with the ARR it has; one that goes back to self-serve leaves', () => {
    const steps = [
      ['2026-01-01', 1200, 5],
      ['2026-04-01', 2400, 5],
    ] as const
    expect(movements(paying(steps, { motion: 'sales_assisted', motionSince: day('2026-03-01') }))).toEqual([
      ['2026-03-01', 'entered', 'orange', 120_000, undefined],
      ['2026-04-01', 'expansion', 'orange', 120_000, undefined],
    ])
    const left = paying(steps, { motion: 'self_serve', motionSince: day('2026-03-01') })
    expect(movements(left)).toEqual([
      ['2026-01-01', 'new', 'orange', 120_000, undefined],
      ['2026-03-01', 'left', 'orange', -120_000, undefined],
    ])
    expect(left.account?.bucket).toBeUndefined()
    expect(movements(paying(steps, { motion: 'self_serve' }))).toEqual([])
  })

  test('counts for whoever won it last while it is orange, and for whoever owned it as it graduated ever after', () => {
    const won = (id: string, ownerId: string, on: string) =>
      anOpportunity({ id, ownerId, stage: 'Closed Won', closeOn: day(on), createdAt: noon('2025-12-01') })
    const facts = paying(
      [
        ['2026-01-01', 1200, 5],
        ['2026-03-01', 12_000, 60],
        ['2026-05-01', 14_400, 60],
      ],
      { ownerId: 'U9' },
      { opportunities: [won('O1', 'U1', '2026-01-01'), won('O2', 'U2', '2026-03-01'), won('O3', 'U1', '2026-05-01')] },
    )
    expect(movements(facts)).toEqual([
      ['2026-01-01', 'new', 'orange', 120_000, 'U1'],
      ['2026-03-01', 'reassigned', 'orange', -120_000, 'U1'],
      ['2026-03-01', 'reassigned', 'orange', 120_000, 'U2'],
      ['2026-03-01', 'expansion', 'orange', 1_080_000, 'U2'],
      ['2026-03-01', 'graduated', 'green', 1_200_000, 'U2'],
      ['2026-05-01', 'expansion', 'green', 240_000, 'U2'],
    ])
    expect(facts.account).toMatchObject({ greenOwnerId: 'U2', greenTeam: 'North' })
    const rows = rowsOf([facts])
    expect(rows.get('2026-05:owner U2')).toMatchObject({ greenEnd: 1_440_000, graduations: 0 })
    expect(rows.get('2026-03:team North')).toMatchObject({
      graduations: 1,
      graduated: 1_200_000,
      orangeReassigned: 120_000,
    })
    expect(rows.get('2026-05:owner U1')).toBeUndefined()
  })

  test('counts for the team its owner is in while it is orange, and for that of the day it graduated ever after', () => {
    const moved = contextOf(model, users, utc, {
      userPeriods: [
        { id: 'P1', userId: 'U1', team: 'East', startOn: day('2025-06-01'), endOn: day('2026-01-31') },
        { id: 'P2', userId: 'U1', team: 'West', startOn: day('2026-02-01'), endOn: day('2026-03-31') },
      ],
    })
    const won = anOpportunity({ ownerId: 'U1', stage: 'Closed Won', closeOn: day('2025-12-20') })
    const facts = paying(
      [
        ['2026-01-01', 1200, 5],
        ['2026-03-01', 12_000, 60],
      ],
      {},
      { opportunities: [won] },
      moved,
    )
    expect(facts.account).toMatchObject({ greenOwnerId: 'U1', greenTeam: 'West' })
    const rows = rowsOf([facts])
    expect(rows.get('2026-01:team East')).toMatchObject({ orangeNew: 120_000, orangeEnd: 120_000 })
    expect(rows.get('2026-02:team East')).toMatchObject({ orangeReassigned: -120_000, orangeEnd: 0 })
    expect(rows.get('2026-03:team West')).toMatchObject({ graduations: 1, greenEnd: 1_200_000 })
    expect(rows.get('2026-02:owner U1')).toMatchObject({ orangeReassigned: 0, orangeEnd: 120_000 })
    expect(rows.get('2026-06:team West')).toMatchObject({ greenEnd: 1_200_000 })
  })

  test('comes to another team on the day its owner does, whenever that was said', () => {
    const periods = [{ id: 'P1', userId: 'U1', team: 'West', startOn: day('2026-12-01') }]
    const dossier = aDossier({ account: anAccount({ ownerId: 'U1' }), periods: [aPeriod()] })
    const context = contextOf(model, users, utc, { userPeriods: periods })
    expect(deriveDossier(dossier, context, TODAY).changesOn).toBe(day('2026-12-01'))
    const { counted } = deriveDossier(dossier, context, day('2026-12-01')).facts
    expect(counted.arr?.buckets?.tenures.map(({ team }) => team)).toEqual(['Central', 'West'])
  })
})

describe('an orange account', () => {
  test('cannot reach the threshold when everybody there having a seat would not do', () => {
    const of = (employees: number | undefined, arr: number) =>
      paying([['2026-01-01', arr, 10]], employees === undefined ? {} : { employees }).account
    expect(of(30, 1200)?.canReachGreen).toBe(false)
    expect(of(50, 1200)?.canReachGreen).toBe(true)
    // 30 people at 400 a seat are 12,000.
    expect(of(30, 4000)?.canReachGreen).toBe(true)
    expect(of(undefined, 1200)?.canReachGreen).toBeUndefined()
  })

  test('needs both seats and ARR where the model says all', () => {
    const both = { ...model, buckets: { ...model.buckets, match: 'all' as const } }
    const facts = (seats: number) => paying([['2026-01-01', 12_000, seats]], {}, {}, contextOf(both)).account?.bucket
    expect([facts(49), facts(50)]).toEqual(['orange', 'green'])
  })

  test('without ARR history is where its ARR and seats of today put it', () => {
    expect(factsOf({ account: anAccount({ seatsPaid: 50 }) }).account).toMatchObject({ bucket: 'green' })
    expect(factsOf({ account: anAccount({ seatsPaid: 10, arr: 500_00 }) }).account).toMatchObject({ bucket: 'orange' })
  })
})

describe('a threshold that changed from a day on', () => {
  const { green, match, fallBack, nearWithin } = defaultModel().buckets
  const before = { green: { seats: 20, arr: null }, match, fallBack, nearWithin }
  const changing = (until: string, to = green): Model => ({
    ...model,
    buckets: { ...model.buckets, green: to, earlier: [{ ...before, until: day(until) }] },
  })
  const withBuckets = (of: Model, steps: Parameters<typeof paying>[0]) => paying(steps, {}, {}, contextOf(of, users))

  test('leaves days before it by the old one: who was green then stays green', () => {
    const of = changing('2026-06-01')
    const facts = withBuckets(of, [
      ['2026-01-01', 1200, 10],
      ['2026-03-01', 2400, 20],
    ])
    expect(movements(facts)).toEqual([
      ['2026-01-01', 'new', 'orange', 1200_00, undefined],
      ['2026-03-01', 'expansion', 'orange', 1200_00, undefined],
      ['2026-03-01', 'graduated', 'green', 2400_00, undefined],
    ])
    expect(facts.account).toMatchObject({ bucket: 'green' })
    const later = withBuckets(of, [['2026-07-01', 2400, 20]])
    expect(later.account).toMatchObject({ bucket: 'orange', seatsToGreen: 30 })
    expect(rowsOf([facts, later], of).get('2026-07:company')).toMatchObject({ greenEnd: 2400_00, orangeEnd: 2400_00 })
  })

  test('that is lower has those who meet it graduate on its day', () => {
    const of = changing('2026-06-01', { seats: 5, arr: null })
    expect(movements(withBuckets(of, [['2026-01-01', 1200, 10]]))).toEqual([
      ['2026-01-01', 'new', 'orange', 1200_00, undefined],
      ['2026-06-01', 'graduated', 'green', 1200_00, undefined],
    ])
  })

  test('that is still to come does not hold yet, and facts change on its day', () => {
    const of = changing('2030-01-01', { seats: 5, arr: null })
    const dossier = aDossier({
      account: anAccount({}),
      periods: [aPeriod({ startOn: day('2026-01-01'), mrr: 100_00, seats: 10 })],
    })
    const { facts, changesOn } = deriveDossier(dossier, contextOf(of, users), TODAY)
    expect(facts.account).toMatchObject({ bucket: 'orange', seatsToGreen: 10 })
    expect(changesOn).not.toBeNull()
    const then = deriveDossier(dossier, contextOf(of, users), day('2030-01-01'))
    expect(then.facts.account).toMatchObject({ bucket: 'green', greenOn: day('2030-01-01') })
  })
})

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createContext } from '../../../src/domain/context.ts'
import { firstDayOf, formatMonth, monthIndexOf } from '../../../src/domain/day.ts'
import { defaultModel } from '../../../src/domain/default-model.ts'
import { type Context, type Derived, deriveDossier } from '../../../src/domain/derive.ts'
import type { FactValues } from '../../../src/domain/facts.ts'
import type { Model } from '../../../src/domain/model.ts'
import type { Account } from '../../../src/domain/records.ts'
import { formatArrPath, parseArrPath } from '../../../src/domain/revenue/arr-path.ts'
import type { ArrSnapshot, Watched } from '../../../src/domain/revenue/arr-snapshots.ts'
import { scopesOf } from '../../../src/domain/scopes.ts'
import { factsOfTotals } from '../../../src/domain/totals.ts'
import { ALL_PARTS } from '../../../src/domain/totals-parts.ts'
import { aDossier, anAccount, anOpportunity, aPeriod, day, noon, type Records, totalsOf, utc } from '../builders.ts'

const BEGAN = day('2026-02-10')
const MOVEMENTS = ['new', 'expansion', 'contraction', 'churn', 'reactivation'] as const

/** Where the ARR field of Salesforce has been watched since a day; `null`: not all of it was seen yet. */
function watching(
  since: number | null,
  model: Partial<Model> = {},
  survivors: readonly [string, string][] = [],
): Context {
  const watched = new Map<string, Watched>([['salesforce', { since }]])
  return createContext({ ...defaultModel(), ...model }, utc, [], new Map(survivors), new Set(), watched)
}

/** Derives an account day by day, as syncs on these days would: what each saw is kept for the next. */
function seen(
  days: readonly (readonly [on: string, account: Partial<Account>, records?: Records])[],
  context = watching(BEGAN),
  before: readonly ArrSnapshot[] = [],
): Derived & { readonly kept: readonly ArrSnapshot[]; readonly months: Record<string, FactValues> } {
  let kept = before
  let last: Derived | undefined
  let today = 0
  for (const [on, account, records] of days) {
    today = day(on)
    last = deriveDossier(aDossier({ account: anAccount(account), ...records }), context, today, ALL_PARTS, kept)
    kept = withKept(kept, last.snapshots)
  }
  const { facts } = last as Derived
  const totals = totalsOf([facts], context.model)
  const rows = factsOfTotals('arr_month', totals, context.model, today, utc)
  const all = rows.filter(({ segment, motion }) => segment === 'all' && motion === 'all')
  return { ...(last as Derived), kept, months: Object.fromEntries(all.map((row) => [row.month, row])) }
}

function withKept(kept: readonly ArrSnapshot[], fresh: readonly ArrSnapshot[]): readonly ArrSnapshot[] {
  const isAgain = (one: ArrSnapshot) => fresh.some((it) => it.accountId === one.accountId && it.day === one.day)
  return [...kept.filter((one) => !isAgain(one)), ...fresh]
}

function movements({ facts }: Derived): unknown[] {
  return scopesOf('arr_movement', facts).map(({ names }) => {
    const { month, kind, start, change, end, method } = names.arr_movement as FactValues
    return [month, kind, start, change, end, method]
  })
}

const won = (closeOn: string, arr: number) =>
  anOpportunity({ id: `O-${closeOn}`, stage: 'Closed Won', closeOn: day(closeOn), arr, createdAt: noon('2026-01-02') })

describe('snapshots of an account’s own ARR field', () => {
  test('are kept on days on which a value differs from the one before, and on no others', () => {
    const { kept } = seen([
      ['2026-02-10', { arr: 100_00, seatsPaid: 5 }],
      ['2026-02-11', { arr: 100_00, seatsPaid: 5 }],
      ['2026-02-12', { arr: 100_00, seatsPaid: 6 }],
      ['2026-02-20', { arr: 140_00, seatsPaid: 6 }],
      ['2026-02-20', { arr: 150_00, seatsPaid: 6, currency: 'EUR' }],
    ])
    expect(kept).toEqual([
      { accountId: 'A1', source: 'salesforce', day: BEGAN, arr: 100_00, seats: 5, isOpening: true },
      { accountId: 'A1', source: 'salesforce', day: day('2026-02-12'), arr: 100_00, seats: 6 },
      { accountId: 'A1', source: 'salesforce', day: day('2026-02-20'), arr: 150_00, seats: 6, currency: 'EUR' },
    ])
  })

  test('begin with what is there: it is the start of the month, and not new; what comes later moves', () => {
    const { months, ...derived } = seen([
      ['2026-02-10', { arr: 100_00 }],
      ['2026-04-02', { arr: 130_00 }],
    ])
    expect(months['2026-01']).toBeUndefined()
    expect(months['2026-02']).toMatchObject({ start: 100_00, opening: 100_00, new: 0, end: 100_00, startAccounts: 1 })
    expect(months['2026-04']).toMatchObject({
      start: 100_00,
      opening: 0,
      expansion: 30_00,
      end: 130_00,
      endAccounts: 1,
    })
    expect(months['2026-04']).toMatchObject({ fromSnapshots: 130_00, fromSubscriptions: 0 })
    expect(movements(derived)).toEqual([['2026-04', 'expansion', 100_00, 30_00, 130_00, 'snapshots']])
  })

  test('tell of new ARR where the field was seen without it before', () => {
    const later = seen([['2026-03-05', { arr: 100_00 }]])
    expect(later.months['2026-03']).toMatchObject({ start: 0, opening: 0, new: 100_00, end: 100_00 })
    const nought = seen([
      ['2026-02-10', { arr: 0 }],
      ['2026-03-05', { arr: 100_00 }],
    ])
    expect(movements(nought)).toEqual([['2026-03', 'new', 0, 100_00, 100_00, 'snapshots']])
    expect(seen([['2026-03-05', { arr: 100_00 }]], watching(null)).months['2026-03']).toMatchObject({ opening: 100_00 })
  })

  test('leave the days before to won opportunities; by how much the two differ is an opening', () => {
    const records = { opportunities: [won('2025-12-10', 80_00)] }
    const derived = seen(
      [
        ['2026-02-10', { arr: 100_00 }, records],
        ['2026-03-05', { arr: 90_00 }, records],
      ],
      watching(null),
    )
    expect(movements(derived)).toEqual([
      ['2025-12', 'new', 0, 80_00, 80_00, 'won_opportunities'],
      ['2026-03', 'contraction', 100_00, -10_00, 90_00, 'snapshots'],
    ])
    expect(derived.months['2026-01']).toMatchObject({ end: 80_00, fromSnapshots: 0, opening: 0 })
    expect(derived.months['2026-02']).toMatchObject({
      start: 100_00,
      opening: 20_00,
      end: 100_00,
      fromSnapshots: 100_00,
    })
    expect(derived.months['2026-03']).toMatchObject({ start: 100_00, contraction: -10_00, end: 90_00, nrr: 0.9 })
  })

  test('tell what is new of an account that won its first ARR in the month of the first of them', () => {
    const records = { opportunities: [won('2026-03-03', 3_000_00)] }
    const derived = seen([['2026-03-05', { arr: 1_000_00 }, records]])
    expect(movements(derived)).toEqual([['2026-03', 'new', 0, 1_000_00, 1_000_00, 'snapshots']])
  })

  test('go on with what was last seen where the field holds what nobody can read: that is no churn', () => {
    const { facts, kept, ...derived } = seen([
      ['2026-02-10', { arr: 100_00, seatsPaid: 5 }],
      ['2026-03-05', { unread: ['arr'], seatsPaid: 5 }],
    ])
    expect(kept).toHaveLength(1)
    expect(facts.account).toMatchObject({ arr: 100_00, arrFrom: 'account_field' })
    expect(derived.months['2026-03']).toMatchObject({ start: 100_00, churn: 0, end: 100_00 })
    const mended = seen([['2026-03-09', { arr: 120_00 }]], watching(BEGAN), kept)
    expect(movements(mended)).toEqual([['2026-03', 'expansion', 100_00, 20_00, 120_00, 'snapshots']])
    expect(seen([['2026-03-05', { unread: ['arr'] }]]).kept).toEqual([])
  })

  test('end with a field that is emptied: that is churn; one that is no longer mapped says nothing', () => {
    const days = [
      ['2026-02-10', { arr: 100_00 }],
      ['2026-03-05', {}],
    ] as const
    const emptied = seen(days)
    expect(movements(emptied)).toEqual([['2026-03', 'churn', 100_00, -100_00, 0, 'snapshots']])
    expect(emptied.facts.account).toMatchObject({ arr: 0, arrFrom: 'account_field', isCustomer: false })
    const unmapped = createContext(defaultModel(), utc, [], new Map())
    expect(seen(days.slice(1), unmapped, seen(days.slice(0, 1)).kept).months['2026-03']).toMatchObject({ end: 100_00 })
  })

  test('come to company currency at today’s rate: a rate that moves makes no movement', () => {
    const rates = {
      EUR: [
        { from: day('2026-01-01'), rate: 1 },
        { from: day('2026-03-01'), rate: 2 },
      ],
    }
    const derived = seen(
      [
        ['2026-02-10', { arr: 100_00, currency: 'EUR' }],
        ['2026-03-05', { arr: 100_00, currency: 'EUR' }],
      ],
      watching(BEGAN, { rates }),
    )
    expect(derived.kept).toHaveLength(1)
    expect(movements(derived)).toEqual([])
    expect(derived.months['2026-02']).toMatchObject({ start: 200_00, end: 200_00 })
  })

  test('do not begin where subscription periods come first and tell, and go on where they had begun', () => {
    const paying = { periods: [aPeriod()] }
    expect(seen([['2026-02-10', { arr: 100_00 }, paying]]).kept).toEqual([])
    const derived = seen([
      ['2026-02-10', { arr: 100_00 }],
      ['2026-03-05', { arr: 150_00 }, paying],
      ['2026-04-05', { arr: 150_00 }],
    ])
    expect(derived.kept).toHaveLength(2)
    expect(movements(derived)).toEqual([['2026-03', 'expansion', 100_00, 50_00, 150_00, 'snapshots']])
  })

  test('have the place of the account’s field in arr.from; one that is not named there is no ARR', () => {
    const records = { periods: [aPeriod()], opportunities: [won('2026-02-01', 80_00)] }
    const methodBy = (arrFrom: Model['arrFrom']) =>
      seen([['2026-04-05', { arr: 100_00 }, records]], watching(BEGAN, { arrFrom })).facts.counted.arr?.path.method
    expect(methodBy(['subscription_periods', 'account_field', 'won_opportunities'])).toBe('subscription_periods')
    expect(methodBy(['account_field', 'subscription_periods'])).toBe('snapshots')
    expect(methodBy(['won_opportunities', 'account_field'])).toBe('won_opportunities')
    expect(methodBy(['subscription_periods'])).toBe('subscription_periods')
    expect(seen([['2026-04-05', { arr: 100_00 }]], watching(BEGAN, { arrFrom: ['won_opportunities'] })).kept).toEqual(
      [],
    )
  })

  test('of an account that was merged into another are the other’s, up to the day on which that was seen', () => {
    const other: ArrSnapshot = { accountId: 'A2', source: 'salesforce', day: BEGAN, arr: 60_00, isOpening: true }
    const elsewhere: ArrSnapshot = { ...other, accountId: 'H1', source: 'hubspot' }
    const context = watching(BEGAN, {}, [
      ['account:A2', 'A1'],
      ['account:H1', 'A1'],
    ])
    const first = seen([['2026-02-10', { arr: 100_00 }]])
    const merged = seen([['2026-03-05', { arr: 160_00 }]], context, [...first.kept, other, elsewhere])
    expect(movements(merged)).toEqual([])
    expect(merged.months['2026-02']).toMatchObject({ start: 160_00, opening: 160_00, end: 160_00 })
    expect(merged.snapshots).toContainEqual({
      accountId: 'A2',
      source: 'salesforce',
      day: day('2026-03-05'),
      arr: null,
    })
    expect(merged.uses).toContain('account:A2')
    const again = seen([['2026-03-09', { arr: 160_00 }]], context, merged.kept)
    expect(again.snapshots).toEqual([])
  })

  test('that begin above the threshold make an account green since nobody knows when: it neither graduates nor is born so', () => {
    const derived = seen([
      ['2026-02-10', { arr: 20_000_00 }],
      ['2026-03-05', { arr: 21_000_00 }],
    ])
    expect(derived.facts.account).toMatchObject({ bucket: 'green' })
    expect(derived.facts.account).not.toHaveProperty('greenOn')
    expect(derived.facts.account).not.toHaveProperty('isBornGreen')
    const totals = totalsOf([derived.facts])
    const rows = factsOfTotals('bucket_month', totals, defaultModel(), day('2026-03-05'), utc)
    const [february, march] = rows.filter(({ level }) => level === 'company')
    expect(february).toMatchObject({ greenOpening: 20_000_00, graduations: 0, bornGreenAccounts: 0, greenNew: 0 })
    expect(march).toMatchObject({ greenStart: 20_000_00, greenExpansion: 1_000_00, greenEnd: 21_000_00 })
    const rungs = factsOfTotals('seat_rung', totals, defaultModel(), day('2026-03-05'), utc)
    expect(rungs).toEqual([expect.objectContaining({ accounts: 1, arr: 21_000_00, reached: 0 })])
  })
})

const aStep = fc.record({
  gap: fc.integer({ min: 0, max: 25 }),
  arr: fc.option(fc.nat({ max: 30_000_00 }), { nil: undefined, freq: 6 }),
  seats: fc.option(fc.nat({ max: 90 }), { nil: undefined }),
  currency: fc.constantFrom('USD', 'EUR', undefined),
})
const aLife = fc.record({
  steps: fc.array(aStep, { minLength: 1, maxLength: 10 }),
  wins: fc.array(fc.tuple(fc.integer({ min: 1, max: 9 }), fc.nat({ max: 20_000_00 })), { maxLength: 3 }),
  since: fc.option(fc.integer({ min: -20, max: 120 })),
  arrFrom: fc.constantFrom(
    ['subscription_periods', 'account_field', 'won_opportunities'] as const,
    ['won_opportunities', 'account_field'] as const,
    ['account_field'] as const,
  ),
})

test('days of edits give what deriving from scratch gives of the same snapshots, and start + movements = end in every month', () => {
  const first = day('2026-01-20')
  fc.assert(
    fc.property(aLife, ({ steps, wins, since, arrFrom }) => {
      const rates = { EUR: [{ from: day('2026-01-01'), rate: 1.1 }] }
      const context = watching(since === null ? null : first + since, { arrFrom, rates, funnelMonths: 24 })
      const opportunities = wins.map(([month, arr], i) => ({ ...won(`2026-0${month}-12`, arr), id: `O${i}` }))
      let kept: readonly ArrSnapshot[] = []
      let today = first
      let last: Derived | undefined
      let account = anAccount()
      for (const { gap, arr, seats, currency } of steps) {
        today += gap
        account = anAccount({
          ...(arr === undefined ? {} : { arr }),
          ...(seats === undefined ? {} : { seatsPaid: seats }),
          ...(currency === undefined ? {} : { currency }),
        })
        last = deriveDossier(aDossier({ account, opportunities }), context, today, ALL_PARTS, kept)
        kept = withKept(kept, last.snapshots)
      }
      const { facts } = last as Derived
      const scratch = deriveDossier(aDossier({ account, opportunities }), context, today, ALL_PARTS, kept)
      expect(scratch.snapshots).toEqual([])
      expect(JSON.stringify(scratch.facts)).toBe(JSON.stringify(facts))
      const path = facts.counted.arr?.path
      if (path !== undefined) expect(parseArrPath(formatArrPath(path))).toEqual(path)

      const rows = factsOfTotals('arr_month', totalsOf([facts], context.model), context.model, today, utc)
      const ends = new Map(rows.map((row) => [row.id, num(row, 'end')]))
      for (const row of rows) {
        expect(MOVEMENTS.reduce((sum, name) => sum + num(row, name), num(row, 'start'))).toBe(row.end)
        const before = `${formatMonth(monthIndexOf(num(row, 'monthOn')) - 1)}:${row.segment}:${row.motion}`
        expect(num(row, 'start') - num(row, 'opening')).toBe(ends.get(before) ?? 0)
        const accounts = num(row, 'startAccounts') + num(row, 'newAccounts') + num(row, 'reactivationAccounts')
        expect(accounts - num(row, 'churnAccounts')).toBe(row.endAccounts)
        const until = Math.min(today, firstDayOf(monthIndexOf(num(row, 'monthOn')) + 1) - 1)
        const isSnapshots = path?.method === 'snapshots' && until >= (path.before?.until ?? 0)
        expect(row.fromSnapshots).toBe(isSnapshots ? row.end : 0)
      }
      if (path?.method === 'snapshots') expect(facts.account?.arrByField).toBe(path.points.at(-1)?.arr ?? 0)
    }),
  )
})

function num(row: FactValues, name: string): number {
  return Number(row[name])
}

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatMonth, monthIndexOf } from '../../../src/domain/day.ts'
import { defaultModel } from '../../../src/domain/default-model.ts'
import { definitionsOf } from '../../../src/domain/definitions/definitions.ts'
import { deriveDossier } from '../../../src/domain/derive.ts'
import type { DossierFacts, FactValues } from '../../../src/domain/facts.ts'
import { readKeptFacts, writeKeptFacts } from '../../../src/domain/kept-facts.ts'
import type { Model } from '../../../src/domain/model.ts'
import type { ArrSnapshot } from '../../../src/domain/revenue/arr-snapshots.ts'
import { factsOfTotals, Totals } from '../../../src/domain/totals.ts'
import { ALL_PARTS, partsOf } from '../../../src/domain/totals-parts.ts'
import { aDossier, anAccount, aPeriod, contextOf, day, TODAY, totalsOf, utc } from '../builders.ts'

const model: Model = { ...defaultModel(), funnelMonths: 30, customer: 'parent' }

/** An account with its parent, its segment, and what it paid: from, to, a month. */
interface One {
  readonly id: string
  readonly parentId?: string | undefined
  readonly segment: 'smb' | 'enterprise'
  readonly paid: readonly (readonly [from: number, to: number, mrr: number])[]
}

function factsOf(accounts: readonly One[]): DossierFacts[] {
  // As runs note them: those that accounts with an ARR history name.
  const parents = new Set(accounts.flatMap(({ parentId, paid }) => (parentId && paid.length > 0 ? [parentId] : [])))
  const context = { ...contextOf(model), parents }
  return accounts.map(({ id, parentId, segment, paid }) => {
    const account = anAccount({ id, segment, ...(parentId === undefined ? {} : { parentId }) })
    const periods = paid.map(([startOn, endOn, mrr], i) =>
      aPeriod({ id: `${id}-${i}`, accountId: id, startOn, endOn, mrr }),
    )
    return deriveDossier(aDossier({ account, periods }), context, TODAY).facts
  })
}

const rowsOf = (totals: ReadonlyMap<string, number>, of = model): FactValues[] =>
  factsOfTotals('arr_month', totals, of, TODAY, utc)

const someAccounts = fc
  .array(
    fc.record({
      parentId: fc.constantFrom(undefined, 'A0', 'A0', 'A1', 'elsewhere'),
      segment: fc.constantFrom('smb' as const, 'enterprise' as const),
      paid: fc.array(
        fc
          .tuple(fc.integer({ min: day('2024-06-01'), max: TODAY }), fc.nat(400), fc.integer({ min: 1, max: 900 }))
          .map(([from, days, mrr]) => [from, from + days, mrr] as const),
        { maxLength: 3 },
      ),
    }),
    { minLength: 1, maxLength: 7 },
  )
  .map((list): One[] =>
    list.map((one, i) => ({ ...one, id: `A${i}`, parentId: one.parentId === `A${i}` ? undefined : one.parentId })),
  )

/** Whose customer an account is counted as. */
const customerOf = ({ id, parentId }: One) => parentId ?? id

/** What customers paid when a month ended, by hand. */
function paidAtEndOf(accounts: readonly One[], month: number): Map<string, number> {
  const last = Math.min(day(`${formatMonth(month + 1)}-01`) - 1, TODAY)
  const paid = new Map<string, number>()
  for (const one of accounts)
    for (const [from, to, mrr] of one.paid)
      if (from <= last && last <= to) paid.set(customerOf(one), (paid.get(customerOf(one)) ?? 0) + mrr)
  return paid
}

test('customers are counted as looking at what each family paid at both ends of each month says, of all and of a segment', () => {
  fc.assert(
    fc.property(someAccounts, (accounts) => {
      const rows = rowsOf(totalsOf(factsOf(accounts), model)).filter(({ motion }) => motion === 'all')
      for (const row of rows) {
        const of = accounts.filter(({ segment }) => row.segment === 'all' || row.segment === segment)
        const month = monthIndexOf(Number(row.monthOn))
        const [before, now] = [paidAtEndOf(of, month - 1), paidAtEndOf(of, month)]
        const yearAgo = paidAtEndOf(of, month - 12)
        const earlier = new Set<string>()
        for (let at = monthIndexOf(day('2024-06-01')); at < month; at += 1)
          for (const id of paidAtEndOf(of, at).keys()) earlier.add(id)
        const came = [...now.keys()].filter((id) => !before.has(id))
        expect({ id: row.id, ...row }).toMatchObject({
          startAccounts: before.size,
          endAccounts: now.size,
          newAccounts: came.filter((id) => !earlier.has(id)).length,
          reactivationAccounts: came.filter((id) => earlier.has(id)).length,
          churnAccounts: [...before.keys()].filter((id) => !now.has(id)).length,
          expansionAccounts: [...before].filter(([id, was]) => (now.get(id) ?? 0) > was).length,
          contractionAccounts: [...before].filter(([id, was]) => now.has(id) && (now.get(id) ?? 0) < was).length,
        })
        expect(row.accountsKeptYear).toBe(
          yearAgo.size === 0 ? undefined : [...yearAgo.keys()].filter((id) => now.has(id)).length / yearAgo.size,
        )
      }
    }),
    { numRuns: 100 },
  )
})

test('what snapshots of accounts of one family open with is one customer that was there', () => {
  const seen = (accountId: string, ...arr: (readonly [on: string, arr: number | null])[]): ArrSnapshot[] =>
    arr.map(([on, value], i) => ({
      ...{ accountId, source: 'salesforce', day: day(on), arr: value },
      ...(i === 0 ? { isOpening: true as const } : {}),
    }))
  const kept = {
    A0: seen('A0', ['2026-02-10', 1000_00]),
    A1: seen('A1', ['2026-02-12', 500_00], ['2026-03-05', null]),
    A2: seen('A2', ['2026-02-10', 300_00]),
  }
  const context = {
    ...contextOf(model),
    parents: new Set(['A0']),
    watched: new Map([['salesforce', { since: day('2026-02-10') }]]),
  }
  const facts = Object.entries(kept).map(([id, snapshots]) => {
    const arr = snapshots.at(-1)?.arr
    const account = anAccount({ id, ...(id === 'A1' ? { parentId: 'A0' } : {}), ...(arr == null ? {} : { arr }) })
    return deriveDossier(aDossier({ account }), context, day('2026-03-20'), ALL_PARTS, snapshots).facts
  })
  const rows = rowsOf(totalsOf(facts, model)).filter(({ segment, motion }) => segment === 'all' && motion === 'all')
  expect(rows.find(({ month }) => month === '2026-02')).toMatchObject({
    ...{ opening: 1800_00, start: 1800_00, end: 1800_00, startAccounts: 2, endAccounts: 2, newAccounts: 0 },
  })
  expect(rows.find(({ month }) => month === '2026-03')).toMatchObject({
    ...{ start: 1800_00, churn: -500_00, end: 1300_00 },
    ...{ startAccounts: 2, endAccounts: 2, churnAccounts: 0, contractionAccounts: 1 },
  })
})

test('ARR moves by account whatever a customer is, and without a parent nothing differs', () => {
  const counted = ['Accounts', 'accountsKeptYear']
  const withoutCounts = (rows: readonly FactValues[]) =>
    rows.map((row) => Object.entries(row).filter(([name]) => !counted.some((end) => name.endsWith(end))))
  const byAccount: Model = { ...model, customer: 'account' }
  fc.assert(
    fc.property(someAccounts, (accounts) => {
      const facts = factsOf(accounts)
      const [families, single] = [rowsOf(totalsOf(facts, model)), rowsOf(totalsOf(facts, byAccount), byAccount)]
      expect(withoutCounts(families)).toEqual(withoutCounts(single))
      if (accounts.every(({ parentId }) => parentId === undefined)) expect(families).toEqual(single)
    }),
    { numRuns: 60 },
  )
})

test('the same in any order, step by step or from scratch, from what is kept; taking all away leaves nothing', () => {
  fc.assert(
    fc.property(someAccounts, (accounts) => {
      const facts = factsOf(accounts)
      const parts = new Set(partsOf('arr_month', model))
      const stepwise = new Totals(model, parts)
      const kept = facts.map((one) => readKeptFacts(writeKeptFacts(one, parts)))
      for (const one of kept.toReversed()) stepwise.add([one])
      expect(rowsOf(stepwise.take())).toEqual(rowsOf(totalsOf(facts, model)))
      stepwise.add(facts)
      stepwise.takeAway(kept)
      expect([...stepwise.take()]).toEqual([])
    }),
    { numRuns: 60 },
  )
})

test('the definition says what a customer is', () => {
  const sentenceOf = (customer: 'account' | 'parent') =>
    definitionsOf({}, { ...model, customer }).find(({ name }) => name === 'customer')?.sentence
  expect(sentenceOf('account')).toMatch(/^A customer is a single account that pays, or has won; /)
  expect(sentenceOf('parent')).toMatch(/^A customer is a parent with the accounts that name it as theirs, /)
})

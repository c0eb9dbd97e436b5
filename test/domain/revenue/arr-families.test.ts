import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { defaultModel } from '../../../src/domain/default-model.ts'
import { deriveDossier } from '../../../src/domain/derive.ts'
import type { FactValues } from '../../../src/domain/facts.ts'
import { familiesOf, readParents } from '../../../src/domain/revenue/arr-families.ts'
import { factsOfTotals } from '../../../src/domain/totals.ts'
import { aDossier, anAccount, aPeriod, contextOf, day, TODAY, totalsOf, utc } from '../builders.ts'

const model = { ...defaultModel(), funnelMonths: 24 }

/** Accounts by id, each with its parent and what it paid: from, to, a month. */
type Family = Readonly<
  Record<string, { readonly parentId?: string; readonly paid: readonly (readonly [number, number, number])[] }>
>

function totalsOfFamily(family: Family, parents: ReadonlySet<string>): Map<string, number> {
  const context = { ...contextOf(model), parents }
  return totalsOf(
    Object.entries(family).map(([id, { parentId, paid }]) => {
      const account = anAccount({ id, ...(parentId === undefined ? {} : { parentId }) })
      const periods = paid.map(([startOn, endOn, mrr], i) =>
        aPeriod({ id: `${id}-${i}`, accountId: id, startOn, endOn, mrr }),
      )
      return deriveDossier(aDossier({ account, periods }), context, TODAY).facts
    }),
    model,
  )
}

function rowsOf(family: Family): FactValues[] {
  const parents = new Set(readParents(totalsOfFamily(family, new Set())))
  return factsOfTotals('arr_family', totalsOfFamily(family, parents), model, TODAY, utc)
}

const someFamily = fc
  .array(
    fc.record({
      parentId: fc.constantFrom(undefined, 'A0', 'A0', 'A1', 'elsewhere'),
      paid: fc.array(
        fc
          .tuple(fc.integer({ min: day('2025-01-01'), max: TODAY }), fc.nat(400), fc.integer({ min: 1, max: 900 }))
          .map(([from, days, mrr]) => [from, from + days, mrr] as const),
        { maxLength: 3 },
      ),
    }),
    { minLength: 1, maxLength: 6 },
  )
  .map(
    (list): Family =>
      Object.fromEntries(
        list.map(({ parentId, paid }, i) => [
          `A${i}`,
          parentId === undefined || parentId === `A${i}` ? { paid } : { parentId, paid },
        ]),
      ),
  )

describe('ARR movements rolled up to the parent', () => {
  test('start + change = end, month after month, and the last end is the ARR of the family today', () => {
    fc.assert(
      fc.property(someFamily, (family) => {
        const byParent = Map.groupBy(rowsOf(family), ({ accountId }) => String(accountId))
        for (const [parent, rows] of byParent) {
          let end = 0
          for (const row of rows) {
            expect(row.start).toBe(end)
            expect((row.start as number) + (row.change as number)).toBe(row.end)
            end = row.end as number
          }
          const members = Object.entries(family).filter(([id, one]) => id === parent || one.parentId === parent)
          const now = members.flatMap(([, { paid }]) => paid).filter(([from, to]) => from <= TODAY && to >= TODAY)
          expect([parent, end]).toEqual([parent, now.reduce((sum, [, , mrr]) => sum + 12 * mrr, 0)])
        }
        // Whoever is named by an account with ARR has a family, and nobody else.
        const named = Object.values(family).filter(({ paid }) => paid.length > 0)
        for (const parent of byParent.keys()) expect(named.map(({ parentId }) => parentId)).toContain(parent)
      }),
      { numRuns: 60 },
    )
  })

  test('takes a family for one customer: new once, no churn while any of it pays, back after all had left', () => {
    const [on, off] = [(text: string) => day(text), (text: string) => day(text) - 1]
    const rows = rowsOf({
      A1: { paid: [[on('2026-01-01'), off('2026-04-01'), 100]] },
      A2: {
        parentId: 'A1',
        paid: [
          [on('2026-02-01'), off('2026-06-01'), 50],
          [on('2026-09-01'), on('2027-09-01'), 70],
        ],
      },
    })
    expect(rows.map(({ month, kind, change, accounts }) => [month, kind, change, accounts])).toEqual([
      ['2026-01', 'new', 1200, 1],
      ['2026-02', 'expansion', 600, 2],
      ['2026-04', 'contraction', -1200, 1],
      ['2026-06', 'churn', -600, 0],
      ['2026-09', 'reactivation', 840, 1],
    ])
  })

  test('counts one in the middle for its parent and for its own family; one that names itself for none', () => {
    expect(familiesOf('B', 'A', new Set(['A', 'B']))).toEqual(['A', 'B'])
    expect(familiesOf('B', 'B', new Set())).toEqual([])
    expect(familiesOf('A', undefined, new Set())).toEqual([])
  })
})

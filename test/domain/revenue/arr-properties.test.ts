import fc from 'fast-check'
import { expect, test } from 'vitest'
import { firstDayOf, formatMonth, monthIndexOf } from '../../../src/domain/day.ts'
import { defaultModel } from '../../../src/domain/default-model.ts'
import { deriveDossier } from '../../../src/domain/derive.ts'
import { readDossier } from '../../../src/domain/dossier.ts'
import type { FactValues } from '../../../src/domain/facts.ts'
import { arrMovements } from '../../../src/domain/revenue/arr-movements.ts'
import { type ArrPath, arrOn } from '../../../src/domain/revenue/arr-path.ts'
import { scopesOf } from '../../../src/domain/scopes.ts'
import { factsOfTotals } from '../../../src/domain/totals.ts'
import { contextOf, TODAY, totalsOf, utc } from '../builders.ts'
import { someRows } from '../generators.ts'

const model = { ...defaultModel(), funnelMonths: 24 }
const context = contextOf(model)
const someFacts = someRows.map((rows) => deriveDossier(readDossier(rows), context, TODAY).facts)
const MOVEMENTS = ['new', 'expansion', 'contraction', 'churn', 'reactivation'] as const

test('start + movements = end, for every account and month', () => {
  fc.assert(
    fc.property(someFacts, ({ counted }) => {
      if (counted.arr === null) return
      let end = 0
      for (const movement of arrMovements(counted.arr.path)) {
        expect(movement.start - movement.opening).toBe(end)
        expect(movement.start + movement.change).toBe(movement.end)
        expect(movement.end).toBe(arrOn(counted.arr.path, firstDayOf(movement.month + 1) - 1))
        end = movement.end
      }
      expect(end).toBe(arrOn(counted.arr.path, TODAY))
    }),
  )
})

test('churn at notice is never later than at the end, and takes no more away', () => {
  const atNotice = contextOf({ ...model, churnAt: 'notice' })
  fc.assert(
    fc.property(someRows, (rows) => {
      const pathOf = (of: typeof context) => deriveDossier(readDossier(rows), of, TODAY).facts.counted.arr?.path
      const [notice, end] = [pathOf(atNotice), pathOf(context)]
      expect(notice === undefined).toBe(end === undefined)
      if (notice === undefined || end === undefined) return
      for (const { day } of [...notice.points, ...end.points])
        expect(arrOn(notice, day)).toBeLessThanOrEqual(arrOn(end, day))
      const hasNotice = rows.some(({ body }) => body.includes('"noticeOn"'))
      if (!hasNotice) expect(notice).toEqual(end)
    }),
  )
})

test('start + movements = end in every row, months join, slices add up, and movements of accounts are the rows’ sums', () => {
  fc.assert(
    fc.property(fc.array(someFacts, { maxLength: 6 }), (facts) => {
      const rows = factsOfTotals('arr_month', totalsOf(facts, model), model, TODAY, utc)
      const ends = new Map(rows.map((row) => [row.id, row.end]))
      for (const row of rows) {
        const moved = MOVEMENTS.reduce((sum, name) => sum + num(row, name), num(row, 'start'))
        expect(moved).toBe(row.end)
        expect(
          num(row, 'startAccounts') +
            num(row, 'newAccounts') +
            num(row, 'reactivationAccounts') -
            num(row, 'churnAccounts'),
        ).toBe(row.endAccounts)
        const before = `${formatMonth(monthIndexOf(num(row, 'monthOn')) - 1)}:${row.segment}:${row.motion}`
        if (ends.has(before)) expect(num(row, 'start') - num(row, 'opening')).toBe(ends.get(before))
      }
      const movements = facts.flatMap((one) =>
        scopesOf('arr_movement', one).map(({ names }) => names.arr_movement as FactValues),
      )
      for (const row of rows.filter(({ segment, motion }) => segment === 'all' && motion === 'all')) {
        for (const kind of MOVEMENTS) {
          const sum = movements
            .filter((one) => one.month === row.month && one.kind === kind)
            .reduce((total, one) => total + num(one, 'change'), 0)
          expect([row.month, kind, row[kind]]).toEqual([row.month, kind, sum])
        }
        const parts = rows.filter((one) => one.month === row.month && one.motion === 'all' && one.segment !== 'all')
        expect(parts.reduce((total, one) => total + num(one, 'end'), 0)).toBe(row.end)
      }
    }),
  )
})

test('retention over a year is what going through every account by hand gives; GRR never exceeds 1 or NRR', () => {
  fc.assert(
    fc.property(fc.array(someFacts, { maxLength: 6 }), fc.nat(14), (facts, later) => {
      const day = TODAY + later * 30
      const paths = facts.flatMap(({ counted }) => counted.arr?.path ?? [])
      const rows = factsOfTotals('arr_month', totalsOf(facts, model), model, day, utc)
      for (const row of rows.filter(({ segment, motion }) => segment === 'all' && motion === 'all')) {
        const month = monthIndexOf(num(row, 'monthOn'))
        const ends = paths
          .map((path) => [told(path, firstDayOf(month - 11) - 1), told(path, firstDayOf(month + 1) - 1)] as const)
          .filter(([then]) => then > 0)
        const base = ends.reduce((sum, [then]) => sum + then, 0)
        if (base === 0) {
          expect(row.nrrYear).toBeUndefined()
          continue
        }
        expect(row.nrrYear).toBe(ends.reduce((sum, [, now]) => sum + now, 0) / base)
        expect(row.grrYear).toBe(ends.reduce((sum, [then, now]) => sum + Math.min(then, now), 0) / base)
        expect(row.accountsKeptYear).toBe(ends.filter(([, now]) => now > 0).length / ends.length)
        expect(num(row, 'grrYear')).toBeLessThanOrEqual(Math.min(1, num(row, 'nrrYear')))
      }
    }),
  )
})

/** Nothing where a history has not begun. */
function told(path: ArrPath, day: number): number {
  return day < (path.points[0]?.day ?? 0) ? 0 : arrOn(path, day)
}

function num(row: FactValues, name: string): number {
  return row[name] as number
}

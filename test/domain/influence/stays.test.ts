import fc from 'fast-check'
import { expect, test } from 'vitest'
import { defaultModel } from '../../../src/domain/default-model.ts'
import { BaseTotals, DAY_MEASURES } from '../../../src/domain/influence/influence-totals.ts'
import { readInfluence } from '../../../src/domain/influence/read-totals.ts'
import { forwardWithin, staysOf, wasOpenOn } from '../../../src/domain/influence/stays.ts'
import { ladderOf } from '../../../src/domain/ladder.ts'
import { Totals } from '../../../src/domain/totals.ts'
import { anOpportunity, day, factsOf, history, pathOf, TODAY } from '../builders.ts'
import { changesOf, someKnownDeal } from '../generators.ts'

const model = defaultModel()
const ladder = ladderOf(model, 'salesforce', undefined)

function stays(...rows: readonly (readonly [string, string])[]) {
  return staysOf(pathOf(anOpportunity({ stage: rows.at(-1)?.[1] ?? '' }), history('O1', ...rows)), ladder)
}

test('a move forward counts from the day on, both ends of the window included; one before it does not', () => {
  const moved = stays(['2026-01-10', 'Prospecting'], ['2026-03-01', 'Qualification'])
  expect(forwardWithin(moved, day('2026-03-01'), 90)).toBe(day('2026-03-01'))
  expect(forwardWithin(moved, day('2026-02-01'), 28)).toBe(day('2026-03-01'))
  expect(forwardWithin(moved, day('2026-02-01'), 27)).toBeUndefined()
  expect(forwardWithin(moved, day('2026-03-02'), 90)).toBeUndefined()
})

test('back and then forward to where it stood is no move forward; losing is none, winning is one', () => {
  const back = stays(
    ['2026-01-10', 'Proposal/Price Quote'],
    ['2026-02-01', 'Prospecting'],
    ['2026-02-09', 'Proposal/Price Quote'],
  )
  expect(forwardWithin(back, day('2026-01-20'), 90)).toBeUndefined()
  expect(forwardWithin(back, day('2026-02-05'), 90)).toBe(day('2026-02-09'))
  expect(
    forwardWithin(stays(['2026-01-10', 'Prospecting'], ['2026-02-01', 'Closed Lost']), day('2026-01-20'), 90),
  ).toBeUndefined()
  expect(forwardWithin(stays(['2026-01-10', 'Prospecting'], ['2026-02-01', 'Closed Won']), day('2026-01-20'), 90)).toBe(
    day('2026-02-01'),
  )
})

test('an opportunity stands open from the day after it opened to the day it closes', () => {
  const closed = stays(['2026-01-10', 'Prospecting'], ['2026-02-01', 'Closed Won'])
  const days = ['2026-01-10', '2026-01-11', '2026-02-01', '2026-02-02']
  expect(days.map((on) => wasOpenOn(closed, day(on)))).toEqual([false, true, true, false])
})

test('of all opportunities, counted once, totals tell for any day how many stood open and moved forward within the window', () => {
  const deals = fc.array(someKnownDeal(TODAY), { maxLength: 4 })
  fc.assert(
    fc.property(deals, fc.integer({ min: day('2026-01-01'), max: TODAY + 40 }), (list, on) => {
      const facts = list.map(({ rows }) => {
        const known = { id: 'O1', rows }
        const changes = changesOf(known)
        const stage = changes.at(-1)?.stage ?? ''
        return factsOf({ opportunities: [anOpportunity({ stage, createdAt: changes[0]?.at ?? 0 })], changes })
      })
      const totals = new Totals(model, ['influence'])
      totals.add(facts)
      const each = facts.map(({ counted }) => staysOf(counted.opportunities[0]?.path ?? [], ladder))
      expect(readInfluence(totals.take()).base('all').standing(on)).toEqual({
        stood: each.filter((one) => wasOpenOn(one, on)).length,
        moved: each.filter((one) => forwardWithin(one, on, model.influence.windowDays) !== undefined).length,
      })
    }),
    { numRuns: 300 },
  )
})

test('what is read of no totals is nothing', () => {
  expect(new BaseTotals().standing(TODAY)).toEqual({ stood: 0, moved: 0 })
  expect(DAY_MEASURES).toContain('stood')
})

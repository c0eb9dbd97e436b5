import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { chooseWays, dependsOnDay, type WayTerms } from '../../src/plan/choose-way.ts'

const terms = (more: Partial<WayTerms> = {}): WayTerms => ({
  sending: (steps) => ({ calls: Math.ceil(steps / 100), ms: steps * 150 }),
  importing: (rows) => ({ calls: 3 + Math.ceil(rows / 5_000), ms: 10_000 + rows * 10 }),
  limits: { rowsPerFile: 10_000 },
  jobsLeft: 100,
  itemsLeft: 19_000,
  callsLeft: 1_000,
  ...more,
})

describe('each batch goes the way that takes fewer calls', () => {
  test('a few hundred changes are sent, thousands are imported', () => {
    expect(chooseWays([300], 0, terms())).toMatchObject({ files: [[]], sent: 300, cost: { calls: 3 } })
    expect(chooseWays([10_000], 0, terms())).toMatchObject({
      files: [[10_000]],
      sent: 0,
      cost: { calls: 5, ms: 110_000 },
      costOfSending: { calls: 100, ms: 1_500_000 },
    })
  })

  test('at equal cost changes are sent, since what is sent is read back', () => {
    expect(chooseWays([400], 0, terms())).toMatchObject({ files: [[]], cost: { calls: 4 } })
    expect(chooseWays([401], 0, terms())).toMatchObject({ files: [[401]], cost: { calls: 4 } })
  })

  test('what is left over of a file that is full is sent when that is cheaper', () => {
    expect(chooseWays([10_050], 0, terms())).toMatchObject({ files: [[10_000]], sent: 50, cost: { calls: 6 } })
  })

  test('changes that no file carries are sent, and those of a small batch ride with them', () => {
    expect(chooseWays([5_000, 60], 40, terms())).toMatchObject({ files: [[5_000], []], sent: 100, cost: { calls: 5 } })
  })
})

describe('the hour’s imports are kept', () => {
  test('what does not fit is sent in requests when the day’s calls carry it', () => {
    const choice = chooseWays([10_000, 10_000], 0, terms({ itemsLeft: 12_000 }))
    expect(choice).toMatchObject({ files: [[10_000], [2_000]], later: [0, 0], sent: 8_000, cost: { calls: 89 } })
  })

  test('else it waits for another hour', () => {
    const choice = chooseWays([10_000, 10_000], 7, terms({ itemsLeft: 12_000, callsLeft: 50 }))
    expect(choice).toMatchObject({ files: [[10_000], [2_000]], later: [0, 8_000], sent: 7, cost: { calls: 10 } })
  })

  test('the day matters only when something would wait', () => {
    expect(dependsOnDay([10_000], 0, terms())).toBe(false)
    expect(dependsOnDay([10_000, 10_000], 0, terms({ itemsLeft: 12_000 }))).toBe(true)
  })

  test('without a job left nothing is imported', () => {
    expect(chooseWays([10_000], 0, terms({ jobsLeft: 0 }))).toMatchObject({ files: [[]], sent: 10_000 })
  })
})

test('every change goes one way, within the budgets, at no more calls than sending all would take', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(25_000), { maxLength: 6 }),
      fc.nat(2_000),
      fc.nat(5),
      fc.nat(19_000),
      fc.option(fc.nat(300)),
      (batches, alone, jobsLeft, itemsLeft, callsLeft) => {
        const choice = chooseWays(batches, alone, terms({ jobsLeft, itemsLeft, callsLeft }))
        const rows = choice.files.map((files) => files.reduce((sum, one) => sum + one, 0))
        const total = (all: readonly number[]) => all.reduce((sum, one) => sum + one, 0)
        expect(total(rows) + total(choice.later) + choice.sent).toBe(total(batches) + alone)
        for (const [n, size] of batches.entries())
          expect((rows[n] ?? 0) + (choice.later[n] ?? 0)).toBeLessThanOrEqual(size)
        expect(choice.files.flat().length).toBeLessThanOrEqual(jobsLeft)
        expect(total(rows)).toBeLessThanOrEqual(itemsLeft)
        expect(choice.cost.calls).toBeLessThanOrEqual(choice.costOfSending.calls)
        expect(choice.sent).toBeGreaterThanOrEqual(alone)
      },
    ),
  )
})

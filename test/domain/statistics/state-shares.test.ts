import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { cumulativeIncidence } from '../../../src/domain/statistics/cumulative-incidence.ts'
import { type StateChanges, stateShares } from '../../../src/domain/statistics/state-shares.ts'
import { HAS_ORACLES, readOracles } from './oracles.ts'
import { competingOfSpans, someSpans } from './spans.ts'

describe.skipIf(!HAS_ORACLES)('shares in states with delayed entry and re-entry', () => {
  const published = HAS_ORACLES ? readOracles().aalen_johansen_mstate : undefined

  test('are those that R’s survival package is tested with', () => {
    const changes = new Map<
      number,
      { at: number; moves: { from: number; to: number; count: number }[]; censored: number[]; entered: number[] }
    >()
    const dayAt = (at: number) => {
      const day = changes.get(at) ?? { at, moves: [], censored: [0, 0, 0, 0], entered: [0, 0, 0, 0] }
      changes.set(at, day)
      return day
    }
    const atStart = [0, 0, 0, 0]
    const lastOf = new Map<number, number>()
    for (const [id = 0, start = 0, stop = 0, to = 0] of published?.['rows_id_t1_t2_state(1=a,2=b,3=c,0=cens)'] ?? []) {
      const seen = lastOf.get(id)
      const from = seen ?? 0
      if (seen === undefined && start === 0) atStart[0] = (atStart[0] ?? 0) + 1
      else if (seen === undefined) dayAt(start).entered[0] = (dayAt(start).entered[0] ?? 0) + 1
      if (to === 0) dayAt(stop).censored[from] = (dayAt(stop).censored[from] ?? 0) + 1
      else dayAt(stop).moves.push({ from, to, count: 1 })
      lastOf.set(id, to)
    }
    // Who moves and has no further row is seen no more.
    for (const [id, state] of lastOf) {
      const last = published?.['rows_id_t1_t2_state(1=a,2=b,3=c,0=cens)'].findLast((row) => row[0] === id)
      if (state !== 0) dayAt(last?.[2] ?? 0).censored[state] = (dayAt(last?.[2] ?? 0).censored[state] ?? 0) + 1
    }
    const steps = stateShares([1, 0, 0, 0], atStart, [...changes.values()]).filter(({ at }) =>
      published?.times.includes(at),
    )
    expect(steps.map(({ at }) => at)).toEqual(published?.times)
    expect(steps.map(({ atRisk }) => atRisk)).toEqual(published?.['n_risk(entry,a,b,c)'])
    const found = steps.map(({ shares }) => shares.map((share) => (32 * share).toFixed(10)))
    expect(found).toEqual(
      published?.['pstate_times_32(entry,a,b,c)'].map((row) => row.map((share) => share.toFixed(10))),
    )
  })
})

describe('shares in states', () => {
  test('of open, won and lost are the cumulative incidence', () => {
    fc.assert(
      fc.property(someSpans, (spans) => {
        const durations = competingOfSpans(spans)
        const gone = durations.map(({ ended: [won = 0, lost = 0], censored }) => won + lost + censored)
        const late = durations.reduce((sum, { entered = 0 }) => sum + entered, 0)
        const changes = durations.map(
          ({ at, ended: [won = 0, lost = 0], censored, entered = 0 }): StateChanges => ({
            at,
            moves: [
              { from: 0, to: 1, count: won },
              { from: 0, to: 2, count: lost },
            ],
            censored: [censored],
            entered: [entered],
          }),
        )
        const steps = stateShares([1, 0, 0], [gone.reduce((sum, count) => sum + count, 0) - late], changes)
        for (const { at, open, incidence } of cumulativeIncidence(durations).steps) {
          const shares = steps.find((step) => step.at === at)?.shares ?? []
          for (const [i, share] of [open, ...incidence].entries()) expect(shares[i]).toBeCloseTo(share, 12)
        }
      }),
    )
  })

  test('sum to what the initial ones sum to, whatever the order of changes', () => {
    const changes: StateChanges[] = [
      {
        at: 1,
        moves: [
          { from: 0, to: 1, count: 3 },
          { from: 1, to: 0, count: 1 },
        ],
      },
      { at: 2, moves: [{ from: 1, to: 2, count: 2 }], censored: [1, 0, 0] },
      { at: 4, moves: [{ from: 2, to: 0, count: 1 }], entered: [0, 0, 5] },
    ]
    const steps = stateShares([0.7, 0.3, 0], [7, 3], changes)
    for (const { shares } of steps) expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 14)
    expect(stateShares([0.7, 0.3, 0], [7, 3], changes.toReversed())).toEqual(steps)
  })

  test('keep the share of a state that nobody is seen in', () => {
    const [step] = stateShares([0.5, 0.5], [4], [{ at: 1, moves: [{ from: 0, to: 1, count: 1 }] }])
    expect(step?.shares).toEqual([0.375, 0.625])
    const [idle] = stateShares([0.5, 0.5], [], [{ at: 1, moves: [] }])
    expect(idle?.shares).toEqual([0.5, 0.5])
  })

  test('are exactly 0 in a state that all have left, whatever rounding says', () => {
    for (let count = 2; count < 60; count += 1) {
      const moves = Array.from({ length: count }, () => ({ from: 0, to: 1, count: 1 }))
      expect(stateShares([0.7, 0.3], [count], [{ at: 1, moves }])[0]?.shares[0]).toBe(0)
    }
  })

  test.each<[string, number[], StateChanges[], string]>([
    [
      'a negative count',
      [1],
      [{ at: 1, moves: [{ from: 0, to: 1, count: -1 }] }],
      'count is -1; a count is a whole number from 0 up',
    ],
    [
      'a state beyond the initial ones',
      [1],
      [{ at: 1, moves: [{ from: 0, to: 2, count: 1 }] }],
      'A move goes to state 2; states are numbered 0 to 1',
    ],
    [
      'more leaving a state than are in it',
      [1],
      [{ at: 1, moves: [{ from: 0, to: 1, count: 2 }] }],
      '2 leave state 0 at 1, where only 1 are',
    ],
    [
      'more censored than are in it',
      [1],
      [{ at: 1, moves: [], censored: [2] }],
      '2 leave state 0 at 1, where only 1 are',
    ],
    [
      'a duration named twice',
      [1],
      [
        { at: 1, moves: [] },
        { at: 1, moves: [] },
      ],
      'The duration 1 is named twice; add its counts up',
    ],
    [
      'counts of states beyond the initial ones',
      [1],
      [{ at: 1, moves: [], entered: [0, 0, 4] }],
      'entered has 3 counts; there are 2 states',
    ],
    ['no duration', [1], [{ at: Infinity, moves: [] }], 'at is Infinity; it must be a finite number'],
    ['a start that is no count', [0.5], [], 'atStart[0] is 0.5; a count is a whole number from 0 up'],
  ])('refuse %s', (_, atStart, changes, message) => {
    expect(() => stateShares([1, 0], atStart, changes)).toThrow(new RangeError(message))
  })
})

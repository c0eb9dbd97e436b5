import { describe, expect, test } from 'vitest'
import { defaultModel } from '../../../src/domain/default-model.ts'
import { compareFeatures } from '../../../src/domain/influence/association.ts'
import { associationCounts } from '../../../src/domain/influence/association-counts.ts'
import { addAssociation } from '../../../src/domain/influence/association-fields.ts'
import { openKey } from '../../../src/domain/influence/measures.ts'
import { readInfluence } from '../../../src/domain/influence/read-totals.ts'
import type { Stake } from '../../../src/domain/influence/stakes.ts'
import { cochranMantelHaenszel } from '../../../src/domain/statistics/cochran-mantel-haenszel.ts'
import { riskDifference } from '../../../src/domain/statistics/mantel-haenszel.ts'
import { day, TODAY } from '../builders.ts'

const SHIPPED = day('2026-03-10')
const MARCH = (2026 - 1970) * 12 + 2

/** Totals in which so many were won and lost with the feature and without, by segment; all of the smallest size. */
function totals(tables: Readonly<Record<string, readonly [number, number, number, number]>>, feature = 'F1') {
  const map = new Map<string, number>()
  for (const [segment, [a, b, c, d]] of Object.entries(tables)) {
    map.set(`IwithWonA|0|${segment}|F:${feature}`, a)
    map.set(`IwithLostA|0|${segment}|F:${feature}`, b)
    // All that opened after the month of shipping, those with the feature among them; what opened by then is not compared.
    map.set(`LwonA|${MARCH + 1}|${segment}`, a + c)
    map.set(`LlostA|${MARCH + 2}|${segment}`, b + d)
    map.set(`LwonA|${MARCH}|${segment}`, 1000)
  }
  return map
}

const compare = (map: ReadonlyMap<string, number>) =>
  compareFeatures([{ id: 'F1', shippedOn: SHIPPED }], readInfluence(map), 4, TODAY).get('F1')

describe('the comparison', () => {
  test('is made by segment and size: what only a segment makes is no difference', () => {
    // Both segments win as often with as without; the one that wins more uses it more.
    const found = compare(totals({ smb: [10, 90, 100, 900], enterprise: [500, 500, 50, 50] }))
    expect(found?.compared?.crude.lower).toBeGreaterThan(0)
    expect(found?.compared?.adjusted.estimate).toBeCloseTo(0)
    expect(found?.verdict).toBe('interval contains 0')
  })

  test('is that of Mantel and Haenszel, with the test of Cochran', () => {
    const strata = [
      { a: 60, b: 40, c: 80, d: 120 },
      { a: 30, b: 70, c: 20, d: 180 },
    ]
    const found = compare(totals({ smb: [60, 40, 80, 120], enterprise: [30, 70, 20, 180] }))
    expect(found?.compared?.adjusted).toEqual(riskDifference(strata))
    expect(found?.compared?.p).toBe(cochranMantelHaenszel(strata)?.p)
    expect(found?.verdict).toBe('above 0')
    expect(found?.compared?.adjustedP).toBe(found?.compared?.p)
  })

  test('needs ten on each side, and a win and a loss on each', () => {
    expect(compare(totals({ smb: [5, 4, 80, 120] }))?.verdict).toBe('not enough data')
    expect(compare(totals({ smb: [5, 5, 80, 120] }))?.verdict).toBe('interval contains 0')
    expect(compare(totals({ smb: [12, 0, 80, 120] }))?.verdict).toBe('not enough data')
    const row: Record<string, string | number | boolean> = {}
    addAssociation(row, compare(totals({ smb: [5, 4, 80, 120] })))
    expect(row.associationInWords).toContain('5 of 9 closed opportunities with it were won, 80 of 200')
    expect(row).not.toHaveProperty('adjustedDifference')
    expect(row).not.toHaveProperty('withRate')
  })

  test('tells how many have no counterpart in their segment and size', () => {
    expect(compare(totals({ smb: [50, 50, 50, 50], enterprise: [0, 0, 7, 5] }))?.leftOut).toBe(12)
  })

  test('ends in the words "This is an association."', () => {
    const row: Record<string, string | number | boolean> = {}
    addAssociation(row, compare(totals({ smb: [60, 40, 80, 120] })))
    expect(row.associationInWords).toMatch(/Adjusted for segment and size: 20\.0 % points .* This is an association\.$/)
  })

  test('a p value is adjusted for the number of features compared', () => {
    const map = new Map([...totals({ smb: [60, 40, 80, 120] }), ...totals({ smb: [40, 60, 100, 100] }, 'F2')])
    const features = ['F1', 'F2'].map((id) => ({ id, shippedOn: SHIPPED }))
    const found = compareFeatures(features, readInfluence(map), 4, TODAY)
    const [one, two] = features.map(({ id }) => found.get(id)?.compared)
    const smaller = (one?.p ?? 1) < (two?.p ?? 1) ? one : two
    expect(smaller?.adjustedP).toBeLessThanOrEqual(2 * (smaller?.p ?? 0))
    expect(smaller?.adjustedP).toBeGreaterThanOrEqual(smaller?.p ?? 0)
  })
})

describe('an opportunity that is linked', () => {
  const bounds = [1000]
  const stakeOf = (opened: string, asked: string, closed?: string, shippedOn: number | undefined = SHIPPED): Stake =>
    ({
      opportunity: { isOpen: closed === undefined },
      counted: {
        state: closed === undefined ? 'open' : 'won',
        path: [{ day: day(opened), arr: 5000 }, ...(closed === undefined ? [] : [{ day: day(closed), arr: 5000 }])],
      },
      feature: { isShipped: shippedOn !== undefined, shippedOn },
      link: { askedOn: day(asked) },
    }) as unknown as Stake
  const look = (stake: Stake) => associationCounts(stake, 14, bounds)

  test('had the feature all its life when it opened after the month of shipping and was linked early', () => {
    expect(look(stakeOf('2026-04-01', '2026-04-05', '2026-05-01'))).toEqual({
      arm: 'withWonB',
      counts: [
        ['wE', 4],
        ['wW', 30],
      ],
    })
    expect(look(stakeOf('2026-04-01', '2026-04-20', '2026-05-01')).arm).toBeUndefined()
    expect(look(stakeOf('2026-03-20', '2026-03-20', '2026-05-01')).arm).toBeUndefined()
    // Closed before the day by which others are linked.
    expect(look(stakeOf('2026-04-01', '2026-04-05', '2026-04-10')).arm).toBeUndefined()
  })

  test('that was open across the day of shipping is seen before it and with it, each from the age at which it came in', () => {
    expect(look(stakeOf('2026-03-01', '2026-03-04', '2026-03-30'))).toEqual({
      arm: undefined,
      counts: [
        ['bE', 3],
        ['bC', 9],
        ['wE', 9],
        ['wW', 29],
      ],
    })
    expect(look(stakeOf('2026-03-01', '2026-03-04', '2026-03-10')).counts).toEqual([
      ['bE', 3],
      ['bW', 9],
    ])
    expect(look(stakeOf('2026-03-01', '2026-03-04')).counts).toEqual([
      ['bE', 3],
      ['bC', 9],
      ['wO', openKey(day('2026-03-01'), 9)],
    ])
  })

  test('is not seen when it was linked after it had closed', () => {
    expect(look(stakeOf('2026-03-01', '2026-05-04', '2026-04-10')).counts).toEqual([])
  })
})

test('the share won by day 90 is told of those seen before shipping and with the feature, where ten were', () => {
  const map = new Map([
    ['IbL5|0|smb|F:F1', 10],
    ['IbW40|0|smb|F:F1', 10],
    ['IwW30|0|smb|F:F1', 6],
    ['IwL60|0|smb|F:F1', 3],
    [`IwO${openKey(TODAY - 50, 0)}|0|smb|F:F1`, 1],
    [`IwO${openKey(TODAY - 3, 9)}|0|smb|F:F1`, 5],
  ])
  const { wonBy } = compare(map) ?? expect.fail()
  expect(wonBy).toMatchObject({ beforeSeen: 20, withSeen: 10 })
  expect(wonBy.before?.share).toBeCloseTo(0.5)
  // 6 of 10 won at 30, one last seen at 50, the rest lost: nobody is left to be seen at 90.
  expect(wonBy.with?.share).toBeCloseTo(0.6)
  expect(defaultModel().influence.linkDays).toBe(14)
})

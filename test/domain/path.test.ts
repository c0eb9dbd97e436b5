import fc from 'fast-check'
import { expect, test } from 'vitest'
import { monthIndexOf } from '../../src/domain/day.ts'
import { formatPath, parsePath, pathPoint } from '../../src/domain/path.ts'

test('a path reads as stage, day and, where it changed, ARR', () => {
  expect(
    formatPath([pathPoint(-1, 20_000, 500, true), pathPoint(3, 20_010, 500, false), pathPoint(3, 20_011, 0, false)]),
  ).toBe('-1~20000:500 3@20010 3@20011:0')
})

test('and, where it changed, close date', () => {
  expect(
    formatPath([
      pathPoint(0, 20_000, 500, false),
      pathPoint(0, 20_005, 500, false, 20_090),
      pathPoint(3, 20_010, 700, false, 20_100),
      pathPoint(4, 20_020, 700, false, 20_100),
    ]),
  ).toBe('0@20000:500 0@20005/20090 3@20010:700/20100 4@20020')
})

test('a path is read back as it was written, with months', () => {
  const point = fc
    .tuple(
      fc.integer({ min: -3, max: 40 }),
      fc.integer({ min: -400, max: 40_000 }),
      fc.maxSafeInteger().map((arr) => arr + 0),
      fc.boolean(),
      fc.integer({ min: -400, max: 40_000 }),
    )
    .map(([stage, day, arr, guessed, dueOn]) => pathPoint(stage, day, arr, guessed, dueOn))
  fc.assert(
    fc.property(fc.array(point, { minLength: 1, maxLength: 6 }), fc.nat(6), (all, datedFrom) => {
      const points = all.map((one, i) => (i < datedFrom ? { ...one, dueOn: undefined } : one))
      const read = parsePath(formatPath(points))
      expect(read).toEqual(points)
      expect(read.map(({ month }) => month)).toEqual(points.map(({ day }) => monthIndexOf(day)))
    }),
  )
})

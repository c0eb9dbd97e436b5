import fc from 'fast-check'
import { expect, test } from 'vitest'
import { monthIndexOf } from '../../src/domain/day.ts'
import { formatPath, parsePath, pathPoint } from '../../src/domain/path.ts'

test('a path reads as stage, day and, where it changed, ARR', () => {
  expect(
    formatPath([pathPoint(-1, 20_000, 500, true), pathPoint(3, 20_010, 500, false), pathPoint(3, 20_011, 0, false)]),
  ).toBe('-1~20000:500 3@20010 3@20011:0')
})

test('a path is read back as it was written, with months', () => {
  const point = fc
    .tuple(
      fc.integer({ min: -3, max: 40 }),
      fc.integer({ min: -400, max: 40_000 }),
      fc.maxSafeInteger().map((arr) => arr + 0),
      fc.boolean(),
    )
    .map(([stage, day, arr, guessed]) => pathPoint(stage, day, arr, guessed))
  fc.assert(
    fc.property(fc.array(point, { minLength: 1, maxLength: 6 }), (points) => {
      const read = parsePath(formatPath(points))
      expect(read).toEqual(points)
      expect(read.map(({ month }) => month)).toEqual(points.map(({ day }) => monthIndexOf(day)))
    }),
  )
})

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { monthIndexOf } from '../../src/domain/day.ts'
import { formatPath, parsePath } from '../../src/domain/path.ts'

test('a path reads as stage, day and, where it changed, ARR', () => {
  expect(
    formatPath([
      { stage: -1, day: 20_000, arr: 500, guessed: true },
      { stage: 3, day: 20_010, arr: 500, guessed: false },
      { stage: 3, day: 20_011, arr: 0, guessed: false },
    ]),
  ).toBe('-1~20000:500 3@20010 3@20011:0')
})

test('a path is read back as it was written, with months', () => {
  const point = fc.record({
    stage: fc.integer({ min: -3, max: 40 }),
    day: fc.integer({ min: -400, max: 40_000 }),
    arr: fc.maxSafeInteger().map((arr) => arr + 0),
    guessed: fc.boolean(),
  })
  fc.assert(
    fc.property(fc.array(point, { minLength: 1, maxLength: 6 }), (points) => {
      const read = parsePath(formatPath(points))
      expect(read.map(({ month, ...rest }) => rest)).toEqual(points)
      expect(read.map(({ month }) => month)).toEqual(points.map(({ day }) => monthIndexOf(day)))
    }),
  )
})

import { expect, test } from 'vitest'
import { clockAt } from '../../src/platform/clock.ts'
import { QuickClock } from './quick-clock.ts'

test('a faster clock starts with the other one, goes ahead of it, and sleeps as much less', async () => {
  const wall = new QuickClock(1_000_000)
  const clock = clockAt(30, wall)
  expect(clock.now()).toBe(1_000_000)
  await clock.sleep(60_000)
  expect(wall.slept).toEqual([2_000])
  expect(clock.now()).toBe(1_060_000)
  expect(clockAt(1, wall)).toBe(wall)
})

import { constants, PerformanceObserver } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { whileStreaming } from '../../src/platform/footprint.ts'

/** Collections that somebody asked for. */
let asked = 0
const observer = new PerformanceObserver((list) => {
  for (const { detail } of list.getEntries() as unknown as { detail: { flags: number } }[])
    if ((detail.flags & constants.NODE_PERFORMANCE_GC_FLAGS_FORCED) !== 0) asked += 1
})
/** More than is left alone, and alive, so that it is looked at each time anew how much is garbage. */
let alive: number[][] = []

beforeAll(() => {
  observer.observe({ entryTypes: ['gc'] })
  alive = Array.from({ length: 1_200 }, (_, n) => Array.from({ length: 10_000 }, (_, i) => i + n + 0.5))
})
afterAll(() => {
  observer.disconnect()
  expect(alive).toHaveLength(1_200)
})

test('garbage is collected while anything streams, until the last of it is done, and then left to V8', async () => {
  const first = Promise.withResolvers<void>()
  const second = Promise.withResolvers<void>()
  const works = [whileStreaming('landing', () => first.promise), whileStreaming('landing', () => second.promise)]
  await expect.poll(() => asked, { timeout: 10_000 }).toBeGreaterThan(0)

  first.resolve()
  await works[0]
  // Twice what lives: there is something to collect again.
  alive = [...alive, ...alive.map((one) => [...one])]
  const before = asked
  await expect.poll(() => asked, { timeout: 10_000 }).toBeGreaterThan(before)
  alive = alive.slice(0, 1_200)

  second.resolve()
  await works[1]
  await sleep(50)
  const done = asked
  alive = [...alive, ...alive.map((one) => [...one]), ...alive.map((one) => [...one])]
  await sleep(200)
  expect(asked).toBe(done)
  alive = alive.slice(0, 1_200)
})

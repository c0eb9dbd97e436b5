import { describe, expect, test } from 'vitest'
import { isThorough } from '../thorough.ts'
import {
  CRASH_WAYS,
  type CrashedRun,
  type CrashOptions,
  type CrashWayName,
  crashAt,
  findCrashPoints,
} from './crash-points.ts'

// All ways at all requests take minutes: `node scripts/crash-points.ts --all`.
const WAYS_AT_EACH = isThorough ? (['died before', 'died after'] as const) : (['died after'] as const)
const RUNS: readonly (readonly [CrashedRun, CrashOptions])[] = [
  ['first', { accounts: 30, boards: ['accounts'], writesPerRequest: 40 }],
  ['update', { accounts: 40, boards: ['accounts', 'deals'], writesPerRequest: 40, says: true }],
]
const OTHER_WAYS = (Object.keys(CRASH_WAYS) as CrashWayName[]).filter((way) => !/^died (before|after)$/.test(way))

describe.for(RUNS)('the %s sync', async ([run, options]) => {
  const points = (await findCrashPoints(run, options)).length

  test('makes several requests that write, each of them a crash point', () => {
    expect(points).toBeGreaterThan(2)
  })

  // The first and the last of them at least.
  const tried = Array.from({ length: points }, (_, at) => at + 1).filter(
    (nth) => isThorough || nth === 1 || nth === points,
  )
  describe.concurrent.for(tried)('at request %i that writes', (nth) => {
    test.for(WAYS_AT_EACH)(
      '%s: one item per key, boards right, counts balance, nothing left open',
      { timeout: 90_000 },
      async (way) => expect(await crashAt(run, way, nth, options)).toEqual([]),
    )
  })

  if (run === 'first') return
  describe.concurrent('at the last request that writes', () => {
    test.for(isThorough ? OTHER_WAYS : OTHER_WAYS.filter((_, at) => at % 2 === 0))(
      '%s: one item per key, boards right, counts balance, nothing left open',
      { timeout: 90_000 },
      async (way) => expect(await crashAt(run, way, points, options)).toEqual([]),
    )
  })
})

import { describe, expect, test } from 'vitest'
import { isThorough, isWhole } from '../thorough.ts'
import {
  CRASH_WAYS,
  type CrashedRun,
  type CrashOptions,
  type CrashWayName,
  crashAt,
  findCrashPoints,
} from './crash-points.ts'

/** All ways at all requests take minutes: `node scripts/crash-points.ts --all`. CI takes turns. */
const AT_EACH = ['died after', 'died before'] as const
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

  // The last of them at least.
  const tried = Array.from({ length: points }, (_, at) => at + 1).filter((nth) => isThorough || nth === points)
  describe.concurrent.for(tried)('at request %i that writes', (nth) => {
    test.for(isWhole ? AT_EACH : AT_EACH.filter((_, at) => (points - nth) % 2 === at))(
      '%s: one item per key, boards right, counts balance, nothing left open',
      { timeout: 90_000 },
      async (way) => expect(await crashAt(run, way, nth, options)).toEqual([]),
    )
  })

  if (run === 'first') return
  describe.concurrent('at the last request that writes', () => {
    test.for(OTHER_WAYS.filter((way) => isThorough || way === 'paused before'))(
      '%s: one item per key, boards right, counts balance, nothing left open',
      { timeout: 90_000 },
      async (way) => expect(await crashAt(run, way, points, options)).toEqual([]),
    )
  })
})

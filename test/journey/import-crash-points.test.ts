import { describe, expect, test } from 'vitest'
import { isThorough, isWhole } from '../thorough.ts'
import {
  type CrashedRun,
  crashImportAt,
  findImportPoints,
  IMPORT_CRASH_WAYS,
  IMPORT_OPTIONS,
  type ImportCrashWayName,
  isImportPromised,
} from './crash-points.ts'

const WAYS = Object.keys(IMPORT_CRASH_WAYS) as ImportCrashWayName[]
const READINGS = ['optimistic', 'pessimistic'] as const

const RUNS: readonly CrashedRun[] = ['first', 'update']
const PLANS = RUNS.flatMap((run) => READINGS.map((reading) => [run, reading] as const))
const TRIED = PLANS.filter(([run, reading]) => (run === 'first') === (reading === 'pessimistic'))

describe.for(isWhole ? PLANS : TRIED.slice(isThorough ? 0 : 1))(
  'the import of the %s sync, %s',
  async ([run, reading]) => {
    const options = { ...IMPORT_OPTIONS[run], reading }
    const points = await findImportPoints(run, options)

    test('is opened, handed its file, looked at, and reported', () => {
      const operations = points.map(({ operation }) => operation)
      expect(operations.slice(0, 2)).toEqual(['monday.mutation', 'monday.upload'])
      expect(operations).toContain('monday.query')
      expect(operations.at(-1)).toBe('monday.report')
    })

    // Looks at a job are alike, and how many there are is up to the clock: the first two stand for all.
    const tried = points.filter(
      ({ operation }, at) => points.slice(0, at).filter((point) => point.operation === operation).length < 2,
    )
    const cases = tried.flatMap((point) =>
      WAYS.filter((way) => isImportPromised(way, point)).map((way) => [way, point] as const),
    )
    // All of them take long: `THOROUGH=all`, or `node scripts/crash-points.ts --by import --all`. CI tries each way once,
    // shared out over the two runs and their points.
    const some = cases.filter(([way, point]) => {
      const [nth, promised] = [WAYS.indexOf(way), tried.filter((one) => isImportPromised(way, one))]
      return RUNS[nth % 2] === run && promised[Math.floor(nth / 2) % promised.length] === point
    })
    describe.concurrent.for(isWhole ? cases : some.slice(0, isThorough ? undefined : 1))(
      '%s, at %o',
      ([way, point]) => {
        test('one item per key, boards right, counts balance, nothing left open', { timeout: 120_000 }, async () =>
          expect(await crashImportAt(run, way, point, options)).toEqual([]),
        )
      },
    )
  },
)

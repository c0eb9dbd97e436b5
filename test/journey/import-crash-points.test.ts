import { describe, expect, test } from 'vitest'
import { isThorough, isWhole } from '../thorough.ts'
import {
  type CrashedRun,
  type CrashOptions,
  crashImportAt,
  findImportPoints,
  IMPORT_CRASH_WAYS,
  type ImportCrashWayName,
  isImportPromised,
} from './crash-points.ts'

const WAYS = Object.keys(IMPORT_CRASH_WAYS) as ImportCrashWayName[]
const READINGS = ['optimistic', 'pessimistic'] as const

/** So many items of one group that an import takes fewer calls than requests do. */
const OPTIONS: CrashOptions = { accounts: 620, boards: ['accounts'], writesPerRequest: 40, oneGroup: 'Accounts' }

const RUNS: readonly CrashedRun[] = ['first', 'update']
const PLANS = RUNS.flatMap((run) => READINGS.map((reading) => [run, reading] as const))

describe.for(isWhole ? PLANS : PLANS.filter(([run, reading]) => (run === 'first') === (reading === 'pessimistic')))(
  'the import of the %s sync, %s',
  async ([run, reading]) => {
    const options = { ...OPTIONS, reading }
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
    // All of them take minutes: `THOROUGH=all`, or `node scripts/crash-points.ts --by import --all`.
    const some = cases.filter((_, at) => (isThorough ? at % 4 === 1 : at === (run === 'first' ? 25 : 7)))
    describe.concurrent.for(isWhole ? cases : some)('%s, at %o', ([way, point]) => {
      test('one item per key, boards right, counts balance, nothing left open', { timeout: 120_000 }, async () =>
        expect(await crashImportAt(run, way, point, options)).toEqual([]),
      )
    })
  },
)

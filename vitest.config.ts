import { availableParallelism, tmpdir } from 'node:os'
import path from 'node:path'
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

// Hundreds of tests start the store's thread or the program itself: compiled once, each starts in half the time.
process.env.NODE_COMPILE_CACHE ??= path.join(tmpdir(), 'boardsync-compile-cache')

// These hold memory against what it was at the start.
const ALONE = ['test/source/salesforce/bulk-pages.test.ts', 'test/platform/footprint.test.ts']

/** What takes longest for its size: begun first, it leaves no processor idle at the end. */
const LONG = /\/test\/(journey|real-data|report)\/|\/(sqlite-store|monday-contract|edits)\.test\.ts$/

class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    const isLong = ({ moduleId }: TestSpecification) => LONG.test(moduleId)
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))]
  }
}

export default defineConfig({
  test: {
    testTimeout: 20_000,
    hookTimeout: 20_000,
    pool: 'forks',
    maxWorkers: Math.max(2, availableParallelism()),
    sequence: { sequencer: LongFirst },
    projects: [
      // Tests leave nothing behind and share processes, which spares starting hundreds.
      {
        extends: true,
        test: {
          name: 'together',
          include: ['test/**/*.test.ts'],
          exclude: ALONE,
          setupFiles: ['test/setup.ts'],
          isolate: false,
        },
      },
      { extends: true, test: { name: 'alone', include: ALONE, setupFiles: ['test/setup.ts'] } },
    ],
  },
})

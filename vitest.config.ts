import { tmpdir } from 'node:os'
import path from 'node:path'
import { defineConfig } from 'vitest/config'

// Hundreds of tests start the store's thread or the program itself: compiled once, each starts in half the time.
process.env.NODE_COMPILE_CACHE ??= path.join(tmpdir(), 'boardsync-compile-cache')

const FOLDERS = ['domain', 'mapping', 'plan', 'sync', 'source', 'board', 'store', 'cli', 'sandbox']
const TOGETHER = FOLDERS.map((folder) => `test/${folder}/**/*.test.ts`)
// Holds its memory against what it was at the start.
const ALONE = ['test/source/salesforce/bulk-pages.test.ts']

export default defineConfig({
  test: {
    testTimeout: 20_000,
    hookTimeout: 20_000,
    pool: 'forks',
    maxWorkers: 2,
    projects: [
      // What leaves nothing behind shares processes, which spares starting a hundred and more.
      {
        extends: true,
        test: {
          name: 'parts',
          include: TOGETHER,
          exclude: ALONE,
          setupFiles: ['test/setup.ts'],
          isolate: false,
        },
      },
      {
        extends: true,
        test: {
          name: 'whole',
          include: ['test/**/*.test.ts'],
          exclude: TOGETHER,
          setupFiles: ['test/setup.ts'],
        },
      },
      { extends: true, test: { name: 'alone', include: ALONE, setupFiles: ['test/setup.ts'] } },
    ],
  },
})

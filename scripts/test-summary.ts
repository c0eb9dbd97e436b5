/** Prints `tests: N passed, N failed, N skipped` from a report of vitest's JSON reporter: `node scripts/test-summary.ts report.json`. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'

const report = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  numPendingTests: z.number(),
  numTodoTests: z.number(),
  testResults: z.array(z.object({ status: z.string(), assertionResults: z.array(z.unknown()) })),
})

/** A test file that could not be loaded holds no tests; it counts as one that failed. */
export function summarize(text: string): string {
  const parsed = report.safeParse(text.trim() === '' ? null : JSON.parse(text))
  if (!parsed.success) return 'tests: 0 passed, 1 failed, 0 skipped'
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, testResults } = parsed.data
  const unloaded = testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0).length
  return `tests: ${numPassedTests} passed, ${numFailedTests + unloaded} failed, ${numPendingTests + numTodoTests} skipped`
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  console.log(summarize(readFileSync(process.argv[2] ?? '', 'utf8')))
}

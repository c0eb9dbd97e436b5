import { expect, test } from 'vitest'
import { summarize } from '../../scripts/test-summary.ts'

const report = (changes: object) =>
  JSON.stringify({
    numPassedTests: 0,
    numFailedTests: 0,
    numPendingTests: 0,
    numTodoTests: 0,
    testResults: [],
    ...changes,
  })

test('passed, failed and skipped tests are counted; a test still to be written is skipped', () => {
  expect(summarize(report({ numPassedTests: 3, numFailedTests: 1, numPendingTests: 2, numTodoTests: 1 }))).toBe(
    'tests: 3 passed, 1 failed, 3 skipped',
  )
})

test('a test file that could not be loaded counts as one that failed', () => {
  const testResults = [
    { status: 'failed', assertionResults: [] },
    { status: 'failed', assertionResults: [{}] },
    { status: 'passed', assertionResults: [] },
  ]
  expect(summarize(report({ numFailedTests: 1, testResults }))).toBe('tests: 0 passed, 2 failed, 0 skipped')
})

test('no report is a failure, not a success without tests', () => {
  expect(summarize('')).toBe('tests: 0 passed, 1 failed, 0 skipped')
  expect(summarize('{}')).toBe('tests: 0 passed, 1 failed, 0 skipped')
})

import { expect, test } from 'vitest'
import { tryEdits } from '../../scripts/mapping-edits.ts'
import { isThorough } from '../thorough.ts'

test('of hundreds of slips of the hand in the shipped mappings, at least 95 % are refused on the right line with the right suggestion, and none throws', async () => {
  const results = await tryEdits(isThorough ? 500 : 60, 20_261_123)
  const share = results.filter(({ outcome }) => outcome === 'refused').length / results.length
  expect(results.filter(({ outcome }) => outcome === 'threw')).toEqual([])
  expect(share).toBeGreaterThanOrEqual(0.95)
  // Functions are rare among the words of the shipped mappings: a few hundred slips need not meet one.
  expect(results.map(({ token }) => token.what)).toEqual(
    expect.arrayContaining(['key', 'value', 'column type', 'field', 'name']),
  )
}, 60_000)

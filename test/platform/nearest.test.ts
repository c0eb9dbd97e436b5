import { expect, test } from 'vitest'
import { nearestName } from '../../src/platform/nearest.ts'

test('the nearest name is the one a person most likely meant, whatever the case', () => {
  const known = ['Amount', 'StageName', 'CloseDate']
  expect(nearestName('amuont', known)).toBe('Amount')
  expect(nearestName('STAGENAME', known)).toBe('StageName')
  expect(nearestName('Zebra', known)).toBeNull()
})

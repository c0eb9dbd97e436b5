import { expect, test } from 'vitest'
import { costAfter, costBefore } from '../../src/cli/say-cost.ts'

const quota = { used: 10_018, limit: 100_000, ours: 50_000 }
const few = { requests: 14, uncounted: [] }

test('says before a read what it is about to cost, and where the quota stands', () => {
  expect(costBefore({ ...few, quota })).toBe(
    "about 14 requests; 10,018 of the org's 100,000 used today, boardsync stops at 50,000",
  )
  expect(costBefore({ requests: 1, uncounted: [], quota: null })).toBe('about 1 request')
})

test('says of which objects the cost is not known before', () => {
  expect(costBefore({ requests: 3, uncounted: ['Lead', 'Account'], quota: null })).toBe(
    'about 3 requests, and reading Lead, Account whole (how many that takes is known once it has begun)',
  )
  expect(costBefore({ requests: 0, uncounted: ['Lead'], quota: null })).toBe(
    'reading Lead whole (how many that takes is known once it has begun)',
  )
})

test('says after a read what it took, and what is left', () => {
  expect(costAfter({ name: 'salesforce', estimate: few, quota }, 16)).toBe(
    "16 requests (about 14 expected); 10,018 of the org's 100,000 used today, boardsync stops at 50,000",
  )
  expect(costAfter({ name: 'salesforce', estimate: { requests: 0, uncounted: ['Lead'] }, quota }, 1600)).toBe(
    "1,600 requests; 10,018 of the org's 100,000 used today, boardsync stops at 50,000",
  )
})

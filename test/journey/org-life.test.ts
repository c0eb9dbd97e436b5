import { expect, test } from 'vitest'
import { isThorough, isWhole } from '../thorough.ts'
import { liveHubSpotLife } from './life/hubspot-life.ts'
import { liveLife } from './life/life.ts'

for (const reading of ['optimistic', 'pessimistic'] as const) {
  test(`after a random life of an org with crashes and faults anywhere between, the store is as the org (${reading})`, async () => {
    for (const seed of isWhole ? [1, 2] : [1]) {
      const { wrong, pulls } = await liveLife({ seed, reading, edits: isThorough ? 300 : 70, checkpoints: 2 })
      expect(wrong, `seed ${seed}`).toEqual([])
      expect(pulls['checkpoints']).toBe(2)
    }
  }, 60_000)

  test.skipIf(reading === 'pessimistic' && !isThorough)(
    `and so it is as a HubSpot account after a life of its own (${reading})`,
    async () => {
      const { wrong, pulls } = await liveHubSpotLife({ seed: 1, reading, edits: isThorough ? 200 : 60, checkpoints: 1 })
      expect(wrong).toEqual([])
      expect(pulls['checkpoints']).toBe(1)
    },
    60_000,
  )
}

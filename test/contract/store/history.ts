import { describe, expect, test } from 'vitest'
import type { StoredRun } from '../../../src/store/store.ts'
import { type OpenStore, opened } from './opened.ts'

function runOf(id: string, rest: Partial<StoredRun> = {}): StoredRun {
  return { id, kind: 'sync', state: 'running', startedAt: 1, endedAt: null, result: '{}', ...rest }
}

export function historyContract(open: OpenStore): void {
  describe('leases', () => {
    test('a lease is one holder’s until it runs out or is released', async () => {
      const { store, clock } = await opened(open)
      expect(await store.takeLease('board deals', 'one', 1000)).toBe(true)
      expect(await store.takeLease('board deals', 'two', 1000)).toBe(false)
      expect(await store.takeLease('board leads', 'two', 1000)).toBe(true)
      await clock.sleep(999)
      expect(await store.takeLease('board deals', 'two', 1000)).toBe(false)
      await clock.sleep(1)
      expect(await store.takeLease('board deals', 'two', 1000)).toBe(true)
      await store.releaseLease('board deals', 'two')
      expect(await store.takeLease('board deals', 'one', 1000)).toBe(true)
    })

    test('its holder can prolong it', async () => {
      const { store, clock } = await opened(open)
      await store.takeLease('a', 'one', 1000)
      await clock.sleep(900)
      expect(await store.takeLease('a', 'one', 1000)).toBe(true)
      await clock.sleep(900)
      expect(await store.takeLease('a', 'two', 1000)).toBe(false)
    })

    test('a lease that ran out is prolonged unless another had it meanwhile, however briefly', async () => {
      const { store, clock } = await opened(open)
      await store.takeLease('a', 'one', 1000)
      await clock.sleep(5000)
      expect(await store.prolongLease('a', 'one', 1000)).toBe(true)
      expect(await store.takeLease('a', 'two', 1000)).toBe(false)
      await clock.sleep(5000)
      expect(await store.takeLease('a', 'two', 1000)).toBe(true)
      expect(await store.prolongLease('a', 'one', 1000)).toBe(false)
      await store.releaseLease('a', 'two')
      expect(await store.prolongLease('a', 'one', 1000)).toBe(false)
    })

    test('nobody releases another’s', async () => {
      const { store } = await opened(open)
      await store.takeLease('a', 'one', 1000)
      await store.releaseLease('a', 'two')
      expect(await store.takeLease('a', 'two', 1000)).toBe(false)
    })

    test('those that are held are told, by name', async () => {
      const { store, clock } = await opened(open)
      await store.takeLease('b', 'one', 1000)
      await store.takeLease('a', 'two', 5000)
      const until = clock.now() + 5000
      expect((await store.leases()).map((it) => it.name)).toEqual(['a', 'b'])
      await clock.sleep(1000)
      expect(await store.leases()).toEqual([{ name: 'a', holder: 'two', until }])
    })

    test('of two that take it at once one gets it', async () => {
      const { store, another } = await opened(open)
      const second = await another()
      const took = await Promise.all([store.takeLease('a', 'one', 1000), second.takeLease('a', 'two', 1000)])
      expect(took.filter(Boolean)).toHaveLength(1)
    })
  })

  describe('runs', () => {
    test('come newest first, as last saved', async () => {
      const { store } = await opened(open)
      await store.saveRun(runOf('a', { startedAt: 1 }))
      await store.saveRun(runOf('c', { startedAt: 3 }))
      await store.saveRun(runOf('b', { startedAt: 3 }))
      const done = runOf('a', { startedAt: 1, endedAt: 9, state: 'done', result: '{"stored":1}' })
      await store.saveRun(done)
      expect((await store.runs(10)).map((it) => it.id)).toEqual(['c', 'b', 'a'])
      expect((await store.runs(2)).map((it) => it.id)).toEqual(['c', 'b'])
      expect(await store.run('a')).toEqual(done)
      expect(await store.run('z')).toBeNull()
    })
  })
}

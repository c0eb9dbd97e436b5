import { describe, expect, test } from 'vitest'
import type { Store } from '../../../src/store/store.ts'
import { all, type OpenStore, opened } from './opened.ts'

async function plan(store: Store, id: string, rest: { board?: string; digest?: string; changes?: number } = {}) {
  await store.beginPlan({ id, board: rest.board ?? 'deals', at: 5 })
  for (let seq = 0; seq < (rest.changes ?? 0); seq += 1)
    await store.appendPlan(id, [{ seq, key: `k${seq}`, body: '{}' }])
  await store.finishPlan(id, rest.digest ?? `digest-${id}`, '{"create":1}')
}

export function planContract(open: OpenStore): void {
  describe('plans', () => {
    test('a plan is found by its digest, and as the latest of its board, once it is finished', async () => {
      const { store } = await opened(open)
      await store.beginPlan({ id: 'p1', board: 'deals', at: 5 })
      await store.appendPlan('p1', [{ seq: 1, key: 'b', body: '{"n":1}' }])
      await store.appendPlan('p1', [
        { seq: 3, key: 'a', body: '{"n":3}' },
        { seq: 2, key: 'a', body: '{"n":2}' },
      ])
      expect(await store.latestPlan('deals')).toBeNull()
      await store.finishPlan('p1', 'abc', '{"create":3}')
      const stored = { id: 'p1', board: 'deals', digest: 'abc', at: 5, summary: '{"create":3}', changes: 3 }
      expect(await store.latestPlan('deals')).toEqual(stored)
      expect(await store.planByDigest('abc')).toEqual(stored)
      expect(await store.planByDigest('xyz')).toBeNull()
      expect(await store.latestPlan('leads')).toBeNull()
      expect(await all(store.planChanges('p1'))).toEqual([
        { seq: 1, key: 'b', body: '{"n":1}' },
        { seq: 2, key: 'a', body: '{"n":2}' },
        { seq: 3, key: 'a', body: '{"n":3}' },
      ])
    })

    test('beginning a plan drops older unfinished plans of its board, and only those', async () => {
      const { store } = await opened(open)
      await plan(store, 'finished', { changes: 1 })
      await store.beginPlan({ id: 'open', board: 'deals', at: 6 })
      await store.appendPlan('open', [{ seq: 0, key: 'a', body: '{}' }])
      await store.beginPlan({ id: 'elsewhere', board: 'leads', at: 6 })
      await plan(store, 'newest')
      expect(await all(store.planChanges('open'))).toEqual([])
      await expect(store.appendPlan('open', [])).rejects.toMatchObject({ code: 'plan-not-open' })
      await expect(store.finishPlan('open', 'd', '{}')).rejects.toMatchObject({ code: 'plan-not-open' })
      await store.finishPlan('elsewhere', 'e', '{}')
      expect((await store.latestPlan('deals'))?.id).toBe('newest')
      expect((await store.planByDigest('digest-finished'))?.changes).toBe(1)
    })

    test('of several plans with one digest the newest is found', async () => {
      const { store } = await opened(open)
      await plan(store, 'p1', { digest: 'same' })
      await plan(store, 'p2', { digest: 'same' })
      expect((await store.planByDigest('same'))?.id).toBe('p2')
    })

    test('a plan is found by how its digest begins', async () => {
      const { store } = await opened(open)
      await plan(store, 'p1', { digest: '5fe3d8ea9ae6'.padEnd(64, '0') })
      expect((await store.planByDigest('5fe3d8ea9ae6'))?.id).toBe('p1')
      expect(await store.planByDigest('5fe3d8ea9ae7')).toBeNull()
      expect(await store.planByDigest('%')).toBeNull()
    })

    test('a finished plan takes no more changes', async () => {
      const { store } = await opened(open)
      await plan(store, 'p1')
      await expect(store.appendPlan('p1', [{ seq: 9, key: 'a', body: '{}' }])).rejects.toMatchObject({
        code: 'plan-not-open',
        hint: 'Plan again',
      })
    })

    test('a board keeps its ten newest finished plans', async () => {
      const { store } = await opened(open)
      await plan(store, 'elsewhere', { board: 'leads', changes: 1 })
      for (let n = 0; n < 12; n += 1) await plan(store, `p${n}`, { digest: `digest-p${n}.`, changes: 1 })
      expect(await store.planByDigest('digest-p1.')).toBeNull()
      expect(await all(store.planChanges('p1'))).toEqual([])
      expect(await store.planByDigest('digest-p2.')).not.toBeNull()
      expect(await store.planByDigest('digest-elsewhere')).not.toBeNull()
    })

    test('many changes come in pages, in their order', async () => {
      const { store } = await opened(open)
      await store.beginPlan({ id: 'p', board: 'deals', at: 1 })
      const changes = Array.from({ length: 2500 }, (_, seq) => ({ seq, key: `k${seq}`, body: '{}' }))
      await store.appendPlan('p', changes)
      await store.finishPlan('p', 'd', '{}')
      expect(await all(store.planChanges('p'))).toEqual(changes)
      expect(await all(store.plannedForSending('p'))).toEqual(changes)
    })

    test('changes come for sending by urgency, highest first, then by rank, then as they were planned, however many', async () => {
      const { store } = await opened(open)
      await store.beginPlan({ id: 'p', board: 'deals', at: 1 })
      const changes = Array.from({ length: 2500 }, (_, seq) => ({
        seq,
        key: `k${seq}`,
        body: '{}',
        urgency: ((seq * 7919) % 13) - 6.5,
        rank: seq % 4,
      }))
      for (let from = 0; from < changes.length; from += 700)
        await store.appendPlan('p', changes.slice(from, from + 700))
      await store.finishPlan('p', 'd', '{}')
      const inOrder = changes.toSorted((a, b) => b.urgency - a.urgency || a.rank - b.rank || a.seq - b.seq)
      expect(await all(store.plannedForSending('p'))).toEqual(inOrder.map(({ seq, key, body }) => ({ seq, key, body })))
    })
  })
}

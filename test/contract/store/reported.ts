import { describe, expect, test } from 'vitest'
import { all, type OpenStore, opened } from './opened.ts'

const month = (kind: string, at: number, n: number, body = '[]') => ({ kind, month: n, at, body })

export function reportedContract(open: OpenStore): void {
  describe('what was reported of closed months', () => {
    test('is told by kind, by month', async () => {
      const { store } = await opened(open)
      await store.keepReported([month('arr', 5, 13), month('arr', 5, 12, '[1]'), month('pipeline', 5, 12)])
      expect(await all(store.reported('arr'))).toEqual([month('arr', 5, 12, '[1]'), month('arr', 5, 13)])
      expect(await all(store.reported('funnel'))).toEqual([])
    })

    test('stays as it was kept first', async () => {
      const { store } = await opened(open)
      await store.keepReported([month('arr', 5, 12, '["first"]')])
      await store.keepReported([month('arr', 9, 12, '["second"]'), month('arr', 9, 13, '["new"]')])
      expect(await all(store.reported('arr'))).toEqual([
        month('arr', 5, 12, '["first"]'),
        month('arr', 9, 13, '["new"]'),
      ])
    })

    test('outlives all that is derived', async () => {
      const { store } = await opened(open)
      await store.keepReported([month('arr', 5, 12)])
      await store.resetDerived()
      expect(await all(store.reported('arr'))).toHaveLength(1)
    })

    test('is forgotten of the months after one, of every kind', async () => {
      const { store } = await opened(open)
      await store.keepReported([
        month('arr', 5, -3),
        month('arr', 5, 12),
        month('arr', 5, 13),
        month('pipeline', 5, 14),
      ])
      expect(await store.forgetReported(12)).toBe(2)
      expect((await all(store.reported('arr'))).map((one) => one.month)).toEqual([-3, 12])
      expect(await all(store.reported('pipeline'))).toEqual([])
      expect(await store.forgetReported(12)).toBe(0)
    })

    test('of more months than a page holds comes whole', async () => {
      const { store } = await opened(open)
      const months = Array.from({ length: 60 }, (_, n) => month('arr', 5, n))
      await store.keepReported(months)
      expect(await all(store.reported('arr'))).toEqual(months)
    })
  })
}

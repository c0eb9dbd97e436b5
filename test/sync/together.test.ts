import { expect, test } from 'vitest'
import type { Cursor, Page, SourceRecord } from '../../src/source/source.ts'
import { together } from '../../src/sync/together.ts'

const record = (n: number): SourceRecord => ({ kind: 'deleted', id: String(n), changedAt: '2026-11-20T00:00:00.000Z' })
const page = (from: number, count: number, rest: Partial<Page> = {}): Page => ({
  records: Array.from({ length: count }, (_, i) => record(from + i)),
  cursor: `after ${from + count}` as Cursor,
  snapshot: true,
  requests: 1,
  ...rest,
})

async function* of(pages: readonly Page[], error?: Error): AsyncGenerator<Page> {
  yield* pages
  if (error !== undefined) throw error
}

class Ids {
  readonly ids: string[] = []

  get size(): number {
    return this.ids.length
  }

  add({ id }: SourceRecord): void {
    this.ids.push(id)
  }
}

async function read(pages: AsyncIterable<Page>): Promise<{ saved: object[]; error: unknown }> {
  const saved: object[] = []
  try {
    for await (const { page, taken } of together(pages, () => new Ids()))
      saved.push([taken.size, taken.ids[0] ?? null, page.cursor, page.snapshot, page.requests, page.sharedRequests])
  } catch (error) {
    return { saved, error }
  }
  return { saved, error: null }
}

test('pages of which more follows at once are put together up to 1,000 records, under the cursor of the last and at the cost of all', async () => {
  const more = Array.from({ length: 9 }, (_, i) => page(i * 300, 300, { more: true, sharedRequests: 1 }))
  expect(await read(of([...more, page(2700, 10)]))).toEqual({
    saved: [
      [1200, '0', 'after 1200', true, 4, 4],
      [1200, '1200', 'after 2400', true, 4, 4],
      [310, '2400', 'after 2710', true, 2, 1],
    ],
    error: null,
  })
})

test('a page that may be the last for a while is saved at once, also an empty one that moves the cursor', async () => {
  const { saved } = await read(of([page(0, 5), page(5, 0), page(5, 5)]))
  expect(saved).toEqual([
    [5, '0', 'after 5', true, 1, undefined],
    [0, null, 'after 5', true, 1, undefined],
    [5, '5', 'after 10', true, 1, undefined],
  ])
})

test('a snapshot and what is none are never put together', async () => {
  const { saved } = await read(of([page(0, 5, { more: true }), page(5, 0, { snapshot: false })]))
  expect(saved).toEqual([
    [5, '0', 'after 5', true, 1, undefined],
    [0, null, 'after 5', false, 1, undefined],
  ])
})

test('when reading fails, what was handed over before comes first', async () => {
  const error = new Error('cut off')
  expect(await read(of([page(0, 5, { more: true })], error))).toEqual({
    saved: [[5, '0', 'after 5', true, 1, undefined]],
    error,
  })
})

import { expect, test } from 'vitest'
import { batchesOf, batchSizes } from '../../src/plan/import-batches.ts'

const change = (key: string, board: string, kind: 'create' | 'update', group?: string) => ({
  key,
  board,
  kind,
  group: group === undefined ? null : { before: null, after: group },
})

test('a batch makes items in one group of one board; changes of items ride with its largest', () => {
  const rows = [
    change('a', 'deals', 'create', 'lead'),
    change('b', 'deals', 'update'),
    change('c', 'deals', 'create', 'won'),
    change('d', 'accounts', 'update'),
    change('e', 'deals', 'create', 'won'),
  ]
  const batches = batchesOf(rows, (row) => row)
  expect(batches.map((batch) => batch.map(({ key }) => key))).toEqual([['b', 'c', 'e'], ['a'], ['d']])
})

test('sizes are those of the batches', () => {
  expect(batchSizes([1, 2], 1)).toEqual([3, 1])
  expect(batchSizes([], 4)).toEqual([4])
  expect(batchSizes([], 0)).toEqual([])
})

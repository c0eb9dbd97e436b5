import { expect, test } from 'vitest'
import { isThorough } from '../../thorough.ts'
import { differs, sayDifference, type Way } from './differs.ts'

/** Seeds that nobody tried before: what is found is printed with its seed. */
async function live(runs: number, way: Way): Promise<void> {
  const from = Date.now() % 1_000_000_000
  for (let seed = from; seed < from + runs; seed += 1) {
    const difference = await differs(seed, way)
    if (difference !== null) expect.fail(sayDifference(difference))
  }
}

test('deriving what changed gives the same as deriving everything from scratch, after any edits and days', async () => {
  await live(isThorough ? 200 : 40, 'memory')
}, 60_000)

test('so it does in a store, with every board', async () => {
  await live(isThorough ? 12 : 2, 'store')
}, 60_000)

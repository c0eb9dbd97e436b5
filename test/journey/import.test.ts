import { rm } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { isThorough, isWhole } from '../thorough.ts'
import { doubledKeys, readBoards } from './boards.ts'
import { someMappings } from './crash-points.ts'
import { countOperations, openJourney, unbalanced, writesOf } from './journey.ts'
import { differences, projectBoards } from './projection.ts'
import { runHere } from './run-cli.ts'

/** A first push takes 10,000; fewer go the same way. */
const ITEMS = isWhole ? 10_000 : isThorough ? 1_500 : 600
const READINGS = isThorough ? (['optimistic', 'pessimistic'] as const) : (['optimistic'] as const)

/** The board as monday's own client reads it, against a projection of other code; then a sync that has nothing to do. */
async function pushAll(reading: 'optimistic' | 'pessimistic', accounts: number, oneGroup?: string) {
  const mappings = await someMappings({ boards: ['accounts'], ...(oneGroup === undefined ? {} : { oneGroup }) })
  await using journey = await openJourney({ accounts, seed: 1, speed: isWhole ? 10 : 60, reading, mappings })
  await runHere(['pull'], journey.env)
  const shown = await runHere(['plan', '--json'], journey.env)
  const { plans } = JSON.parse(shown.stdout) as {
    plans: { calls: number; ms: number; ways: { imported: number; files: number } }[]
  }
  const counts = countOperations(journey.sandbox)
  const first = await journey.sync()
  const calls = (counts.get('monday.query') ?? 0) + (counts.get('monday.mutation') ?? 0)
  const files = counts.get('monday.upload') ?? 0
  const creates = counts.get('monday.mutation.create_item') ?? 0

  const seen = await readBoards(journey.env)
  const expected = [...(await projectBoards(journey.env))].filter(([name]) => name === 'Accounts')
  const placed = expected.map(([name, items]) => {
    return [name, oneGroup === undefined ? items : items.map((item) => ({ ...item, group: oneGroup }))] as const
  })
  const wrong = [
    ...unbalanced(first),
    ...differences(seen, new Map(placed)),
    ...doubledKeys(seen.get('Accounts') ?? []).map((key) => `${key} stands there twice`),
  ]
  const second = await journey.sync()
  const reread = await journey.sync('--reread')
  await rm(mappings, { recursive: true, force: true })
  return { plans, first, calls, files, creates, wrong, writes: writesOf(second) + writesOf(reread) }
}

describe.for(READINGS)('a first push to a board of one group, %s', (reading) => {
  test(`${ITEMS} items: one file, said beforehand, at most 12 calls with those that make the board; the board is right and at rest`, {
    timeout: 240_000,
  }, async () => {
    const { plans, first, calls, files, creates, wrong, writes } = await pushAll(reading, ITEMS, 'Accounts')
    expect(wrong.slice(0, 5)).toEqual([])
    expect(writes).toBe(0)
    expect(first.boards[0]).toMatchObject({ created: ITEMS, planned: ITEMS })
    expect(plans).toMatchObject([{ ways: { imported: ITEMS, files: 1 } }])
    // Where monday takes no checkbox in files, the rows that tick one are sent.
    if (reading === 'pessimistic') return
    expect([files, creates]).toEqual([1, 0])
    expect(calls).toBeLessThanOrEqual(12)
  })
})

test.runIf(isThorough)(
  'a first push to a board of several groups makes a file for each, and moves nothing afterwards',
  {
    timeout: 240_000,
  },
  async () => {
    const { first, files, wrong, writes } = await pushAll('optimistic', isWhole ? 6_000 : 2_000)
    expect(wrong.slice(0, 5)).toEqual([])
    expect(writes).toBe(0)
    expect(first.boards[0]).toMatchObject({ moved: 0, refused: 0, pending: 0 })
    expect(files).toBeGreaterThan(1)
  },
)

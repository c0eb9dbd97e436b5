import type { Figure } from './figures.ts'
import { openPushWorld, type PushWorld } from './push-world.ts'

const ITEMS = 10_000
const CHANGED = 100
const ALONE = 1_000
/** What empties a cell in monday's files, as a text of its own. */
const NO_FILE_CARRIES = '<NULL>'
const CALLS_ALONE = { optimistic: 12, pessimistic: 45 } as const
const READINGS = ['optimistic', 'pessimistic'] as const
const HOUR = 3_600_000
/** What monday takes of imports in an hour. */
const IMPORTED_PER_HOUR = 19_000
const JOBS_PER_HOUR = 100

/**
 * What one run takes in calls, and in time beside the time that monday's limits make it take: a board of 10,000 items is made,
 * 1,000 items change that no file carries, then 100 cells of 100 items, then nothing. Under both readings of monday's documents.
 */
export async function benchRuns(): Promise<Figure[]> {
  const figures: Figure[] = []
  for (const reading of READINGS) {
    await using world = await openPushWorld({ items: ITEMS, reading })
    figures.push(...(await measured(world, `first push of ${ITEMS.toLocaleString('en')} items`, ITEMS, 12, reading)))

    // Looks at a board are the day's affair, and an item that was just made may not be found yet.
    world.sandbox.engine.clock.advance(2 * HOUR)
    await world.run()
    world.change(2_000, ALONE, { Industry: NO_FILE_CARRIES })
    const alone = `${ALONE.toLocaleString('en')} items changed that no file carries`
    figures.push(...(await measured(world, alone, ALONE, CALLS_ALONE[reading], reading)))

    // What a change costs is known by now; before, batches begin small.
    world.change(0, CHANGED, { Arr: '7777' })
    figures.push(...(await measured(world, `${CHANGED} cells changed in ${CHANGED} items`, CHANGED, 2, reading)))

    const before = world.sandbox.engine.sideEffects.list().length
    const calls = world.traffic.requests
    await world.run()
    figures.push({
      name: `nothing changed, ${reading} reading: writes`,
      value: world.sandbox.engine.sideEffects.list().length - before,
      target: 0,
      unit: 'writes',
      detail: `${world.traffic.requests - calls} calls`,
    })
  }
  return figures
}

/** One run that must change so many items: its calls, and its time as a part of what the limits make it take. */
async function measured(
  world: PushWorld,
  name: string,
  items: number,
  target: number,
  reading: (typeof READINGS)[number],
): Promise<Figure[]> {
  const { traffic, sandbox } = world
  const { limits } = sandbox.engine
  traffic.clear()
  const before = world.spent()
  const result = await world.run()
  const ms = world.spent() - before
  const done = result.boards.reduce((sum, board) => sum + board.created + board.updated, 0)
  if (done !== items) throw new Error(`${done} of ${items} items were written`)

  const imported = traffic.imported
  const least = {
    requests: (traffic.requests / limits.get('monday.requestsPerMinute')) * 60_000,
    points: (traffic.points / limits.get('monday.complexityPerMinute')) * 60_000,
    'imported items': (imported / IMPORTED_PER_HOUR) * HOUR,
    imports: ((traffic.byField.get('ingest_items') ?? 0) / JOBS_PER_HOUR) * HOUR,
  }
  const [by, bound] = Object.entries(least).reduce((most, one) => (one[1] > most[1] ? one : most))
  const fields = [...traffic.byField].map(([field, count]) => `${count} × ${field}`).join(', ')
  return [
    { name: `${name}, ${reading} reading: calls`, value: traffic.requests, target, unit: 'calls', detail: fields },
    {
      name: `${name}, ${reading} reading: time beside what the limits make it take`,
      value: ms / bound,
      target: 1.2,
      unit: 'times',
      detail: `${Math.round(ms / 1_000)} s; ${Math.round(bound / 1_000)} s by ${by}`,
    },
  ]
}

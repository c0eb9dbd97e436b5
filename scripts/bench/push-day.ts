import type { Figure } from './figures.ts'
import { openPushWorld, type PushWorld } from './push-world.ts'

const BOARDS = 20
const ITEMS = 10_000
const HOUR = 3_600_000
const DAY = 24 * HOUR
const CALLS = 1_000

/**
 * A UTC day of 20 boards of 10,000 items on monday's smallest plan: every hour one per cent of the items of each board change, and
 * a process of its own syncs all boards. Each board is read whole once in the day. `scale` makes boards smaller.
 */
export async function benchDay(scale: number): Promise<Figure[]> {
  const items = Math.round(ITEMS * scale)
  await using world = await openPushWorld({ items, boards: BOARDS, now: Date.parse('2026-11-29T00:00:00Z') })
  const day = await fillBoards(world)
  const { clock } = world.sandbox.engine
  world.traffic.clear()
  const changed = Math.round(items / 100)
  for (let hour = 0; hour < 24; hour++) {
    clock.advance(Math.max(0, day + hour * HOUR - clock.now()))
    world.change(hour * changed, changed, { Arr: String(5_000 + hour) })
    const result = await world.run()
    const updated = result.boards.reduce((sum, board) => sum + board.updated, 0)
    if (updated !== BOARDS * changed) throw new Error(`${updated} items were updated`)
  }
  const { byField, batches } = world.traffic
  const pushes = batches.length
  const reads = (byField.get('boards') ?? 0) + (byField.get('next_items_page') ?? 0)
  const sent = batches.reduce((sum, size) => sum + size, 0)
  const calls = world.charged(day)
  // As many pushes as the day would carry beside its other calls decide how small batches might be.
  const least = Math.ceil(sent / (CALLS - (calls - pushes)))
  return [
    {
      name: `a day of ${BOARDS} boards of ${items.toLocaleString('en')} items, 1 % changed each hour, each read whole: calls`,
      value: calls,
      target: CALLS,
      unit: 'calls',
      detail: `${pushes} pushes of ${sent.toLocaleString('en')} changes, ${reads} to read boards, ${calls - pushes - reads} else; ${Math.round(sent / pushes)} changes a request, where it takes ${least}`,
    },
  ]
}

/** Makes the boards, one an hour as imports last, and lets a last run see them all. Returns when the next UTC day begins, which then begins. */
async function fillBoards(world: PushWorld): Promise<number> {
  const { clock } = world.sandbox.engine
  for (const board of world.boards) {
    await world.run([board])
    clock.advance(HOUR)
  }
  await world.run()
  const day = (Math.floor(clock.now() / DAY) + 1) * DAY
  clock.advance(day - clock.now())
  return day
}

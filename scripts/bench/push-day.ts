import type { Figure } from './figures.ts'
import { openPushWorld, type PushWorld } from './push-world.ts'

const BOARDS = 20
const ITEMS = 10_000
const HOUR = 3_600_000
const DAY = 24 * HOUR
const CALLS = 1_000
const PAGE = 500
/** An import is opened and looked at once, at the least. */
const CALLS_OF_IMPORT = 2
const READINGS = ['optimistic', 'pessimistic'] as const

/**
 * A UTC day of 20 boards of 10,000 items on monday's smallest plan, in both readings of its documents: every hour one per cent
 * of the items of each board change, and a process of its own syncs all boards. Each board is read whole once in the day.
 * `scale` makes boards smaller.
 */
export async function benchDay(scale: number): Promise<Figure[]> {
  const figures: Figure[] = []
  for (const reading of READINGS) figures.push(await benchOne(Math.round(ITEMS * scale), reading))
  return figures
}

async function benchOne(items: number, reading: (typeof READINGS)[number]): Promise<Figure> {
  await using world = await openPushWorld({ items, boards: BOARDS, reading, now: Date.parse('2026-11-29T00:00:00Z') })
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
  const reads = (byField.get('boards') ?? 0) + (byField.get('next_items_page') ?? 0)
  const looks = (byField.get('ingest_items') ?? 0) + (byField.get('fetch_job_status') ?? 0)
  const sent = batches.reduce((sum, size) => sum + size, 0)
  const calls = world.charged(day)
  const least = leastCalls(world, items, BOARDS * 24 * changed)
  const shape = batches.length === 0 ? '' : `, ${Math.round(sent / batches.length)} changes a request`
  const spent = `${batches.length} pushes of ${sent.toLocaleString('en')} changes${shape}, ${looks} calls of imports, ${reads} to read boards`
  return {
    name: `a day of ${BOARDS} boards of ${items.toLocaleString('en')} items, 1 % changed each hour, each read whole, ${reading} reading: calls`,
    value: calls,
    target: least.calls <= CALLS ? CALLS : Math.floor(1.2 * least.calls),
    unit: 'calls',
    detail: `${spent}; ${least.told}`,
  }
}

/** What the day takes at the least by the reading's own prices, whoever sends it. */
function leastCalls(
  world: PushWorld,
  items: number,
  changes: number,
): { readonly calls: number; readonly told: string } {
  const { limits } = world.sandbox.engine
  const reads = BOARDS * Math.ceil(items / PAGE)
  const points = changes * limits.get('monday.cost.itemWrite')
  const extra = limits.get('monday.complexityPerExtraCall')
  const byRequests = Math.ceil(points / (extra > 0 ? extra : limits.get('monday.complexityPerQuery')))
  const byImports = BOARDS * 24 * CALLS_OF_IMPORT
  const calls = reads + Math.min(byRequests, byImports)
  const parts = `${reads} calls to read, and to write ${byRequests} by requests or ${byImports} by an import per board and hour`
  if (calls <= CALLS) return { calls, told: `at the least ${parts}` }
  return {
    calls,
    told: `${CALLS.toLocaleString('en')} calls cannot be kept in this reading, whoever sends: at the least ${parts}; boards synced every second hour could`,
  }
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

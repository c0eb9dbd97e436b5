import { spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { MemoryHost } from '../../src/board/memory-board.ts'
import { loadMappingFiles } from '../../src/mapping/load.ts'
import { parseMappings } from '../../src/mapping/parse.ts'
import { writeKnownCells } from '../../src/plan/known.ts'
import { systemClock } from '../../src/platform/clock.ts'
import { whileStreaming } from '../../src/platform/footprint.ts'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import { planBoard } from '../../src/sync/plan-board.ts'
import { type Figure, START_SMALL } from './figures.ts'

const ITEMS = 100_000
const CELLS = { Stage: 'Negotiation/Review', 'Close date': '2026-12-20', Owner: 'somebody@you.example', Seats: '25' }

/** Peak memory of a process that plans a board of 100,000 items of which every hundredth changed, by itself in a process. */
export async function benchPlan(): Promise<Figure[]> {
  const file = path.join(tmpdir(), `boardsync-bench-plan-${process.pid}.db`)
  try {
    run('fill', file)
    const planned = JSON.parse(run('plan', file)) as { changes: number; ms: number; mb: number }
    if (planned.changes !== ITEMS / 100) throw new Error(`Planned ${planned.changes} of ${ITEMS / 100} changes`)
    return [
      {
        name: 'peak memory of a plan over 100,000 items',
        value: planned.mb,
        target: 150,
        unit: 'MB',
        detail: `${planned.changes} changes in ${Math.round(planned.ms)} ms`,
      },
    ]
  } finally {
    for (const suffix of ['', '-wal', '-shm']) rmSync(`${file}${suffix}`, { force: true })
  }
}

function run(step: string, file: string): string {
  const child = spawnSync(process.execPath, [...START_SMALL, fileURLToPath(import.meta.url), step, file], {
    encoding: 'utf8',
    // As the command line does: what was compiled once is not compiled again, which takes 40 MB less.
    env: { ...process.env, NODE_COMPILE_CACHE: path.join(tmpdir(), 'boardsync-bench-cache') },
  })
  if (child.status !== 0) throw new Error(child.stderr)
  return child.stdout
}

async function fill(file: string): Promise<void> {
  await using store = await openSqliteStore({ path: file, clock: systemClock })
  await store.migrate()
  for (let from = 0; from < ITEMS; from += 1_000) {
    const numbers = Array.from({ length: 1_000 }, (_, n) => from + n)
    await store.saveDesired(
      'deals',
      numbers.map((n) => {
        const arr = n % 100 === 0 ? '999' : String(n)
        const item = {
          key: keyOf(n),
          name: `Company number ${n}: a sale of some seats`,
          group: 'opportunity',
          cells: { ...CELLS, ARR: arr },
          once: {},
          urgency: n,
          from: `opportunity ${keyOf(n)}`,
        }
        return {
          dossier: `account:${n}`,
          items: [{ key: keyOf(n), body: JSON.stringify(item), digest: `d${n}-${arr}` }],
        }
      }),
    )
    await store.saveReread(
      'deals',
      numbers.map((n) => ({
        board: 'deals',
        key: keyOf(n),
        version: 0,
        state: 'settled',
        request: null,
        itemId: String(1_000_000 + n),
        place: 'active',
        name: `Company number ${n}: a sale of some seats`,
        group: 'opportunity',
        cells: writeKnownCells({ ...CELLS, ARR: String(n) }),
        unread: false,
        leftOn: null,
        desired: null,
        from: `opportunity ${keyOf(n)}`,
        at: 0,
      })),
    )
  }
}

async function plan(file: string): Promise<void> {
  const { mappings } = parseMappings(await loadMappingFiles('mappings'), {})
  const board = mappings?.boards.find((one) => one.board === 'deals')
  if (mappings == null || board === undefined) throw new Error('The shipped mapping of Deals is broken')
  await using store = await openSqliteStore({ path: file, clock: systemClock })
  const started = performance.now()
  const made = await whileStreaming('planning', () =>
    planBoard({ host: new MemoryHost({ clock: systemClock }), store, clock: systemClock, onEvent: () => {} }, board, {
      today: 20_000,
      limits: mappings.settings.guard,
      rereadEveryMs: 86_400_000,
      mayPrepare: false,
      definitions: [],
      reread: false,
    }),
  )
  const mb = process.resourceUsage().maxRSS / 1024
  console.log(JSON.stringify({ changes: made.summary.update, ms: performance.now() - started, mb }))
}

function keyOf(n: number): string {
  return `006${String(n).padStart(12, '0')}AAA`
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [, , step, file = ''] = process.argv
  await (step === 'fill' ? fill(file) : plan(file))
}

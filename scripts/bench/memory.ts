import { spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { needMappings, openHouse, openStore, wirePorts } from '../../src/cli/wire.ts'
import { sync } from '../../src/sync/run.ts'
import { startSandboxProcess } from '../../test/journey/run-cli.ts'
import { type Figure, START_SMALL } from './figures.ts'

const ACCOUNTS = 30_000

/** Peak memory of a boardsync process, its threads included, that pulls, derives and pushes a company of 30,000 accounts. */
export async function benchMemory(): Promise<Figure[]> {
  await using sandbox = await startSandboxProcess(['--accounts', String(ACCOUNTS), '--speed', '2000'])
  const file = path.join(tmpdir(), `boardsync-bench-memory-${process.pid}.db`)
  try {
    const env = { ...process.env, ...sandbox.env, DATABASE_URL: `sqlite:${file}` }
    // The sandbox answers from its own process: it must not be blocked by this one waiting.
    const child = spawnSync(process.execPath, [...START_SMALL, fileURLToPath(import.meta.url)], {
      encoding: 'utf8',
      env,
    })
    if (child.status !== 0) throw new Error(child.stderr)
    const { mb, read, written, seconds } = JSON.parse(child.stdout) as {
      mb: number
      read: number
      written: number
      seconds: number
    }
    return [
      {
        name: 'peak memory of a first sync',
        value: mb,
        target: 400,
        unit: 'MB',
        detail: `${read} records read, ${written} items written in ${seconds} s`,
      },
    ]
  } finally {
    for (const suffix of ['', '-wal', '-shm']) rmSync(`${file}${suffix}`, { force: true })
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const house = openHouse(process.env, { quiet: true })
  const { mappings } = await needMappings(house)
  await using store = await openStore(house)
  const result = await sync(await wirePorts(house, mappings, store, () => {}), {
    sources: 'all',
    boards: ['deals', 'leads', 'funnel'],
    allowEmpty: false,
    reread: false,
    sweep: false,
  })
  const read = result.sources.reduce((sum, source) => sum + source.read, 0)
  const written = result.boards.reduce((sum, board) => sum + board.created, 0)
  const bad = result.problems.filter((problem) => problem.exit !== 0)
  if (bad.length > 0) throw new Error(JSON.stringify(bad))
  console.log(
    JSON.stringify({ mb: process.resourceUsage().maxRSS / 1024, read, written, seconds: Math.round(result.seconds) }),
  )
}

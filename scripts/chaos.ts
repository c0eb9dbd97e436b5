import { rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { doubledKeys, readBoards } from '../test/journey/boards.ts'
import { differences, projectBoards } from '../test/journey/projection.ts'
import { runCli, type SandboxProcess, startSandboxProcess } from '../test/journey/run-cli.ts'
import { seededRandom } from './bench/figures.ts'

const HELP = `Kills a real sync at random moments, with faults on and the company living, and holds the boards to their promises.

  node scripts/chaos.ts --kills 20 [--seed 1] [--accounts 60] [--reading pessimistic] [--verbose]

Exit 1 at the first broken promise: one item per key, boards equal to a projection made by other code, counts that balance,
and a last sync that writes nothing.`

/** What goes wrong at the vendors while syncs run. */
const FAULTS = [
  { operation: 'monday.mutation', action: 'cut-before' },
  { operation: 'monday.mutation', action: 'cut-after' },
  { operation: 'monday.mutation', action: 'status-after', with: { status: 502 } },
  { operation: 'monday.mutation', action: 'status', with: { status: 500 } },
  { operation: 'monday.mutation', action: 'truncate', with: { bytes: 40 } },
  { operation: 'monday.mutation', action: 'skip-cache' },
  { operation: 'monday.mutation', action: 'error', with: { code: 'MINUTE_RATE_LIMIT_EXCEEDED' } },
  { operation: 'monday.query', action: 'cut-before' },
  { operation: 'monday.query', action: 'html', with: { status: 503 } },
  { operation: 'salesforce.query', action: 'truncate', with: { bytes: 200 } },
  { operation: 'salesforce.query', action: 'cut-before' },
  { operation: 'salesforce.*', action: 'status', with: { status: 503 } },
]

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      kills: { type: 'string', default: '20' },
      seed: { type: 'string', default: '1' },
      accounts: { type: 'string', default: '60' },
      reading: { type: 'string', default: 'pessimistic' },
      verbose: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    console.log(HELP)
    return 0
  }
  const kills = Number(values.kills)
  const random = seededRandom(Number(values.seed))
  const file = path.join(tmpdir(), `boardsync-chaos-${process.pid}.db`)
  await using sandbox = await startSandboxProcess([
    '--accounts',
    values.accounts,
    '--seed',
    values.seed,
    '--speed',
    '400',
    '--reading',
    values.reading,
  ])
  const env = { ...sandbox.env, DATABASE_URL: `sqlite:${file}`, BOARDSYNC_MAPPINGS: 'mappings' }
  const say = (text: string) => values.verbose && console.log(text)
  try {
    let killed = 0
    for (let round = 1; killed < kills; round++) {
      await sandbox.control('POST', 'faults', faultsOf(random))
      if (random() < 0.7) await sandbox.control('POST', 'live', { step: round })
      const afterMs = 300 + Math.floor(random() * 2_500)
      const run = await runCli(['sync', '--json', ...(random() < 0.2 ? ['--reread'] : [])], env, (child) => {
        const timer = setTimeout(() => child.kill('SIGKILL'), afterMs)
        child.once('close', () => clearTimeout(timer))
      })
      if (run.code === null) killed += 1
      say(`round ${round}: ${run.code === null ? `killed after ${afterMs} ms` : `ended with ${run.code}`}`)
      await sandbox.control('DELETE', 'faults')
      if (round % 5 === 0 || killed >= kills) {
        const broken = await settleAndCheck(sandbox, env, say)
        if (broken.length > 0) {
          console.error(`Round ${round}, ${killed} kills, seed ${values.seed}:\n${broken.join('\n')}`)
          return 1
        }
      }
    }
    console.log(`${killed} kills at random moments: one item per key, boards right, counts balance`)
    return 0
  } finally {
    for (const suffix of ['', '-wal', '-shm']) rmSync(`${file}${suffix}`, { force: true })
  }
}

function faultsOf(random: () => number): object[] {
  const rules: object[] = []
  for (let n = Math.floor(random() * 4); n > 0; n--) {
    const fault = FAULTS[Math.floor(random() * FAULTS.length)]
    if (fault !== undefined) rules.push({ ...fault, nth: 1 + Math.floor(random() * 6) })
  }
  return rules
}

/** Lets the dead run's lease run out, syncs undisturbed until nothing is left, and looks at the boards as an ordinary client. */
async function settleAndCheck(
  sandbox: SandboxProcess,
  env: Readonly<Record<string, string>>,
  say: (text: string) => void,
): Promise<string[]> {
  const broken: string[] = []
  let writes = -1
  for (let n = 0; n < 8 && writes !== 0; n++) {
    const run = await runCli(['sync', '--json', ...(n === 0 ? ['--reread'] : [])], env)
    const result = JSON.parse(run.stdout || '{}') as {
      boards?: Record<string, number>[]
      problems?: { code: string; message: string; exit: number }[]
      error?: object
    }
    if (result.problems?.some((problem) => problem.code === 'lease-held')) {
      await new Promise((resolve) => setTimeout(resolve, 1_000))
      n -= 1
      continue
    }
    const bad = (result.problems ?? []).filter((problem) => problem.exit !== 0)
    say(
      `  quiet sync ${n + 1}: ended with ${run.code} ${JSON.stringify(bad)} ${result.error === undefined ? '' : JSON.stringify(result.error)}`,
    )
    if (result.boards === undefined) {
      broken.push(`A quiet sync ended with ${run.code}: ${run.stdout} ${run.stderr}`)
      return broken
    }
    writes = 0
    for (const board of result.boards) {
      const {
        created = 0,
        updated = 0,
        moved = 0,
        archived = 0,
        said = 0,
        refused = 0,
        unknown = 0,
        stale = 0,
        pending = 0,
        planned = 0,
      } = board
      writes += created + updated + moved + archived + said
      if (created + updated + moved + archived + said + refused + unknown + stale + pending !== planned)
        broken.push(`Counts of board ${board.name} do not balance: ${JSON.stringify(board)}`)
      if (refused > 0) broken.push(`Board ${board.name} refused ${refused} changes`)
    }
  }
  if (writes !== 0) broken.push('Syncs without faults did not come to rest')
  const boards = await readBoards(env)
  for (const [name, items] of boards) {
    const doubled = doubledKeys(items)
    if (doubled.length > 0)
      broken.push(
        `Board ${name} holds these keys more than once: ${doubled.slice(0, 5).join(', ')} (${doubled.length})`,
      )
  }
  const { now } = (await sandbox.control('GET', 'state')) as { now: number }
  broken.push(...differences(boards, await projectBoards(env)))
  say(
    `  checked at ${new Date(now).toISOString()}: ${[...boards].map(([name, { length }]) => `${length} ${name}`).join(', ')}`,
  )
  return broken.slice(0, 10)
}

process.exitCode = await main()

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type RunResult, type SyncPorts, sync } from '../../sync/run.ts'
import { type CommandCall, type CommandSpec, countOption } from '../command.ts'
import type { Output } from '../output.ts'
import { orgsOf, runToJson, sayProblems, sayRun } from '../run-report.ts'
import { openHouse } from '../wire.ts'
import { withPorts } from '../with-ports.ts'

const EVERYTHING = { sources: 'all', boards: 'all', allowEmpty: false, reread: false, sweep: false } as const
/** So much faster than the wall do the vendors' limits pass, so that nobody watches the demo wait for a minute's quota. */
const DEMO_SPEED = 30
/** How long the living company rests between two syncs. */
const REST_MS = 4_000

export const demoCommand: CommandSpec = {
  name: 'demo',
  summary: 'sync an example company to simulated boards and keep it going',
  description: 'Start simulated vendors with an example company and keep its boards up to date, to see how it works',
  options: [
    ['--once', 'sync twice (the second finds nothing to do), print the counts, and end'],
    ['--accounts <count>', 'size of the example company (2000)'],
    ['--seed <number>', 'another example company (1)'],
    ['--port <port>', 'where the simulated vendors listen (a free port by default)'],
  ],
  examples: ['npm run demo', 'npm run -s demo -- --once --json'],
  run: async (call) => {
    const started = performance.now()
    const port = countOption(call.options, 'port')
    const folder = await mkdtemp(path.join(tmpdir(), 'boardsync-demo-'))
    try {
      const { startSandbox } = await import('../../sandbox/sandbox.ts')
      await using sandbox = await startSandbox({
        accounts: countOption(call.options, 'accounts', 1) ?? 2_000,
        seed: countOption(call.options, 'seed') ?? 1,
        speed: DEMO_SPEED,
        ...(port === undefined ? {} : { port }),
      })
      const env = { ...process.env, ...sandbox.env, DATABASE_URL: `sqlite:${path.join(folder, 'demo.db')}` }
      const house = openHouse(env, { quiet: true })
      call.output.say(`The example company's Salesforce and monday answer at ${sandbox.baseUrl}`)
      return await withPorts({ ...call, house, args: [] }, { boards: true, sources: true }, async (ports, signal) => {
        const first = await sync(ports, EVERYTHING, { signal })
        sayRun(call.output, first)
        const second = await sync({ ...ports, run: `${ports.run}-2` }, EVERYTHING, { signal })
        const again = { writes: writesOf(second), requests: requestsOf(second) }
        const seconds = Math.round((performance.now() - started) / 100) / 10
        call.output.say(`\nA second sync: ${again.writes} writes, ${again.requests} requests. ${seconds} s in all.`)
        call.output.say(`Look at the boards: ${sandbox.baseUrl}/boards`)
        if (call.options.once !== true) await live(call, ports, sandbox, signal)
        const exit = first.exit === 0 && again.writes > 0 ? 1 : first.exit
        return { exit, json: { ...runToJson(first), second: again, seconds } }
      })
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  },
}

async function live(
  call: CommandCall,
  ports: SyncPorts,
  sandbox: { live(step: number): unknown },
  signal: AbortSignal,
): Promise<void> {
  const { output } = call
  output.say('The company goes on living; press Ctrl-C to stop.\n')
  for (let step = 1; !signal.aborted; step++) {
    try {
      await ports.clock.sleep(REST_MS, { signal })
    } catch {
      return
    }
    sandbox.live(step)
    sayStep(
      output,
      step,
      await sync({ ...ports, run: `${ports.run}-live-${step}`, onEvent: () => {} }, EVERYTHING, { signal }),
    )
  }
}

function sayStep(output: Output, step: number, result: RunResult): void {
  const read = result.sources.reduce((sum, source) => sum + source.stored + source.deleted, 0)
  const boards = result.boards
    .map((board) => ({ name: board.name, parts: partsOf(board) }))
    .filter(({ parts }) => parts !== '')
    .map(({ name, parts }) => `${output.colors.bold(name)} ${parts}`)
  const what = boards.length === 0 ? 'no board changes' : boards.join('; ')
  output.say(
    `${output.colors.dim(`sync ${step + 2}`)}  ${read} record${read === 1 ? '' : 's'} changed → ${what}  ${output.colors.dim(`${requestsOf(result)} requests, ${result.seconds.toFixed(1)} s`)}`,
  )
  sayProblems(output, result.problems)
}

function partsOf(board: RunResult['boards'][number]): string {
  return (['created', 'updated', 'moved', 'archived', 'said', 'refused', 'pending'] as const)
    .filter((part) => board[part] > 0)
    .map((part) => `${board[part]} ${part}`)
    .join(', ')
}

function writesOf(result: RunResult): number {
  return result.boards.reduce(
    (sum, board) => sum + board.created + board.updated + board.moved + board.archived + board.said,
    0,
  )
}

function requestsOf(result: RunResult): number {
  return (
    orgsOf(result).reduce((sum, org) => sum + org.requests, 0) +
    result.sources.reduce((sum, source) => sum + source.requests, 0) +
    result.boards.reduce((sum, board) => sum + board.calls, 0)
  )
}

import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { loadMappingFiles } from '../../mapping/load.ts'
import { Fault } from '../../platform/errors.ts'
import { formatCount } from '../../platform/terminal.ts'
import type { Link } from '../../store/store.ts'
import { findMostJoined } from '../../sync/explain-together.ts'
import { type RunResult, type SyncPorts, sync } from '../../sync/run.ts'
import { statusOf } from '../../sync/status.ts'
import { type CommandCall, type CommandSpec, countOption, textOption } from '../command.ts'
import { writeDemoMappings } from '../demo-mappings.ts'
import type { CommandResult, Output } from '../output.ts'
import { orgsOf, runToJson, sayProblems, sayRun } from '../run-report.ts'
import { linkToJson, sayFindings, wordsForLink } from '../say-findings.ts'
import { openHouse } from '../wire.ts'
import { withPorts } from '../with-ports.ts'

const EVERYTHING = { sources: 'all', boards: 'all', allowEmpty: false, reread: false, sweep: false } as const
/** So much faster than the wall do the vendors' limits pass, so that nobody watches the demo wait for a minute's quota. */
const DEMO_SPEED = 30
/** How long the living company rests between two syncs. */
const REST_MS = 4_000
const CONFLICTS_SHOWN = 5

export const demoCommand: CommandSpec = {
  name: 'demo',
  summary: 'sync an example company to simulated boards and keep it going',
  description: 'Start simulated vendors with an example company and keep its boards up to date, to see how it works',
  options: [
    ['--once', 'sync twice (the second finds nothing to do), print the counts, and end'],
    ['--accounts <count>', 'size of the example company (2000)'],
    ['--seed <number>', 'another example company (1)'],
    ['--port <port>', 'where the simulated vendors listen (a free port by default)'],
    ['--keep <folder>', 'keep the store and the mappings there, to look at them when the demo has ended'],
  ],
  examples: ['npm run demo', 'npm run -s demo -- --once --json'],
  run: async (call) => {
    const kept = textOption(call.options, 'keep')
    if (kept !== undefined) return demo(call, await emptyFolder(kept))
    const folder = await mkdtemp(path.join(tmpdir(), 'boardsync-demo-'))
    try {
      return await demo(call, folder)
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  },
}

async function demo(call: CommandCall, folder: string): Promise<CommandResult> {
  const { options, output } = call
  const started = performance.now()
  const port = countOption(options, 'port')
  const given = call.house.config.mappings
  const mappings = path.join(folder, 'mappings')
  // So that a folder that is missing is told as everywhere.
  await loadMappingFiles(given)
  await writeDemoMappings(given, mappings)
  const { startSandbox } = await import('../../sandbox/sandbox.ts')
  await using sandbox = await startSandbox({
    accounts: countOption(options, 'accounts', 1) ?? 2_000,
    seed: countOption(options, 'seed') ?? 1,
    speed: DEMO_SPEED,
    ownBoards: true,
    ...(port === undefined ? {} : { port }),
  })
  const own = { DATABASE_URL: `sqlite:${path.join(folder, 'demo.db')}`, BOARDSYNC_MAPPINGS: mappings }
  const house = openHouse({ ...process.env, ...sandbox.env, ...own }, { quiet: true })
  output.say(`The example company's Salesforce, HubSpot, Zendesk, PostHog and monday answer at ${sandbox.baseUrl}`)
  // Not before that is done does the sandbox close.
  return await withPorts({ ...call, house, args: [] }, { boards: true, sources: true }, async (ports, signal) => {
    const first = await sync(ports, EVERYTHING, { signal })
    sayRun(output, first)
    const second = await sync({ ...ports, run: `${ports.run}-2` }, EVERYTHING, { signal })
    const again = { writes: writesOf(second), requests: requestsOf(second) }
    const { findings, identity, conflicts } = await sayJoined(output, ports)
    const seconds = Math.round((performance.now() - started) / 100) / 10
    output.say(`\nA second sync: ${again.writes} writes, ${again.requests} requests. ${seconds} s in all.`)
    if (options.once !== true || options.keep !== undefined) await sayWhatToLookAt(output, ports, own)
    if (options.once !== true) {
      output.say(`\nLook at the boards: ${sandbox.baseUrl}/boards`)
      await live(call, ports, sandbox, signal)
    }
    const exit = first.exit === 0 && again.writes > 0 ? 1 : first.exit
    const joined = { identity: { ...identity, conflicts }, findings }
    return { exit, json: { ...runToJson(first), ...joined, second: again, seconds } }
  })
}

async function emptyFolder(folder: string): Promise<string> {
  const full = path.resolve(folder)
  await mkdir(full, { recursive: true })
  if ((await readdir(full)).length === 0) return full
  throw new Fault('demo-folder-not-empty', `${full} holds files already`, {
    blame: 'operator',
    exit: 2,
    hint: 'Give --keep a folder that is empty or not there yet',
  })
}

/** What was found to be one, what nobody can tell apart, and what belongs to nobody. */
async function sayJoined(output: Output, { store, mappings, clock }: SyncPorts) {
  const status = await statusOf(store, mappings, clock.now())
  const { linked, open } = status.identity
  output.say(`\n${formatCount(linked)} ids of accounts stand for an account of another source; ${open} may be several:`)
  const links: Link[] = []
  for await (const page of store.openLinks()) links.push(...page)
  for (const link of links.slice(0, CONFLICTS_SHOWN)) output.say(`  ${wordsForLink(link)}`)
  if (links.length > CONFLICTS_SHOWN) output.say(`  … and ${links.length - CONFLICTS_SHOWN} more`)
  sayFindings(output, status)
  return { ...status, conflicts: links.map(linkToJson) }
}

async function sayWhatToLookAt(
  output: Output,
  { store }: SyncPorts,
  env: Readonly<Record<string, string>>,
): Promise<void> {
  const { colors } = output
  const account = await findMostJoined(store)
  const settings = Object.entries(env).map(([name, value]) => `${name}=${value}`)
  const lines = [
    ...(account === null
      ? []
      : [[`explain accounts ${account.id}`, `${account.name}: ${account.holds.join(', ')} as one`] as const]),
    ['identity', 'accounts that several sources hold, and which nobody can tell apart'] as const,
    ['requests', 'what is asked for that is in no catalogue, and texts that may be requests'] as const,
    ['status --list no-account', 'what belongs to nobody'] as const,
    ['report --out /tmp', 'the month as one HTML file'] as const,
  ]
  output.say(`\nTo look further, in another terminal:\n  export ${settings.join(' ')}`)
  for (const [command, what] of lines)
    output.say(`  npm run -s boardsync -- ${colors.bold(command)}   ${colors.dim(`# ${what}`)}`)
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

import { Fault } from '../platform/errors.ts'
import { nearestName } from '../platform/nearest.ts'
import type { SyncPorts, SyncRequest } from '../sync/run.ts'
import { type CommandCall, textOption } from './command.ts'
import type { CommandResult } from './output.ts'
import { createProgress } from './progress.ts'
import { assertReady, needMappings, openStore, wirePorts } from './wire.ts'

export const REQUEST_OPTIONS: readonly (readonly [string, string])[] = [
  ['--allow-empty', 'let a full read of none delete what a source delivered before'],
  ['--reread', 'read the boards whole first, so that hand edits are seen now'],
]

/**
 * Runs a command that needs store, sources and boards: opens them, shows progress, stops gracefully at Ctrl-C (what is
 * in hand is settled), closes everything.
 */
export async function withPorts(
  call: CommandCall,
  needs: { readonly boards: boolean; readonly sources: boolean },
  work: (ports: SyncPorts, signal: AbortSignal) => Promise<CommandResult>,
): Promise<CommandResult> {
  const { house, output } = call
  const errors = house.configProblems.filter((problem) => problem.level === 'error')
  if (errors.length > 0) {
    output.problems(errors)
    throw new Fault('config-broken', `The environment has ${errors.length} problem${errors.length === 1 ? '' : 's'}`, {
      blame: 'operator',
      hint: 'Correct the variables named above',
    })
  }
  const { mappings, problems, broken } = await needMappings(house)
  if (broken.length > 0) {
    output.problems(problems.filter((problem) => problem.level === 'error'))
    output.note(`Going on without ${broken.join(', ')}`)
  }
  assertReady(house, mappings, needs)
  await using store = await openStore(house)
  const progress = createProgress({
    stream: output.progress,
    colors: output.colors,
    now: () => performance.now(),
    onExit: (restore) => process.once('exit', restore),
  })
  const stop = new AbortController()
  const onSignal = () => {
    if (stop.signal.aborted) process.exit(130)
    progress.above('Stopping once what is in hand is settled; press Ctrl-C again to stop at once')
    stop.abort(
      new Fault('stopped', 'The run was stopped', {
        blame: 'operator',
        exit: 75,
        hint: 'Run it again: it goes on where it was',
      }),
    )
  }
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal)
  try {
    const result = await work(wirePorts(house, mappings, store, progress.event), stop.signal)
    return broken.length > 0 && (result.exit ?? 0) === 0 ? { ...result, exit: 1 } : result
  } finally {
    progress.end()
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal)
  }
}

/** What the arguments and options of a command ask for; a name that is neither source nor board is a Fault. */
export function requestOf(call: CommandCall, ports: SyncPorts): SyncRequest {
  const { args, options } = call
  const names = args.filter((name) => name !== '')
  const sources = ports.mappings.sources.map((source) => source.source)
  const boards = ports.mappings.boards.map((board) => board.board)
  for (const name of names) {
    if (sources.includes(name) || boards.includes(name)) continue
    const known = [...sources, ...boards]
    const near = nearestName(name, known)
    throw new Fault('name-unknown', `"${name}" is neither a source nor a board`, {
      blame: 'operator',
      exit: 2,
      hint: `${near === null ? '' : `Did you mean "${near}"? `}There are: ${known.join(', ')}`,
    })
  }
  const digest = textOption(options, 'digest')
  const archive = textOption(options, 'allowArchive')
  const change = textOption(options, 'allowChange')
  return {
    sources: names.some((name) => sources.includes(name))
      ? names.filter((name) => sources.includes(name))
      : names.length > 0
        ? []
        : 'all',
    boards: names.some((name) => boards.includes(name))
      ? names.filter((name) => boards.includes(name))
      : names.length > 0
        ? []
        : 'all',
    allowEmpty: options.allowEmpty === true,
    reread: options.reread === true,
    ...(digest === undefined
      ? {}
      : {
          allowed: {
            digest,
            ...(archive === undefined ? {} : { archive: Number(archive) }),
            ...(change === undefined ? {} : { change: Number(change) }),
          },
        }),
  }
}

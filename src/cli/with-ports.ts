import path from 'node:path'
import { Fault } from '../platform/errors.ts'
import type { SyncPorts, SyncRequest } from '../sync/run.ts'
import { type CommandCall, countOption, textOption, unknownName } from './command.ts'
import type { CommandResult } from './output.ts'
import { createProgress } from './progress.ts'
import { assertReady, needMappings, openStore, wirePorts } from './wire.ts'

export const PULL_OPTIONS: readonly (readonly [string, string])[] = [
  ['--sweep', 'look at every record, whatever its stamp says: formulas, and what went or came without a trace'],
  ['--allow-empty', 'let a read that finds nothing, or much less, delete what a source delivered before'],
]

export const REQUEST_OPTIONS: readonly (readonly [string, string])[] = [
  ...PULL_OPTIONS,
  ['--reread', 'read the boards whole first, so that hand edits are seen now'],
]

/**
 * Runs a command that needs store (`forgets`: an empty one that is not kept), sources and boards: opens them, shows progress, stops gracefully at Ctrl-C (what is
 * in hand is settled), closes everything.
 */
export async function withPorts(
  call: CommandCall,
  needs: { readonly boards: boolean; readonly sources: boolean; readonly forgets?: true },
  work: (ports: SyncPorts, signal: AbortSignal) => Promise<CommandResult>,
): Promise<CommandResult> {
  const { house, output } = call
  assertEnvironment(call)
  const { mappings, problems, broken } = await needMappings(house, output)
  if (broken.length > 0) {
    output.problems(problems.filter((problem) => problem.level === 'error'))
    assertNotBroken(call.args, broken)
    output.note(`Going on without ${broken.join(', ')}`)
  }
  assertReady(house, mappings, needs)
  await using store = await openStore(house, needs.forgets ? ':memory:' : undefined)
  const progress = createProgress({
    stream: output.progress,
    colors: output.colors,
    now: () => performance.now(),
    onExit: (restore) => process.once('exit', restore),
  })
  output.beforeSaying(() => progress.end())
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
    const result = await work(await wirePorts(house, mappings, store, progress.event), stop.signal)
    return broken.length > 0 && (result.exit ?? 0) === 0 ? { ...result, exit: 1 } : result
  } finally {
    progress.end()
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal)
  }
}

/** Refuses an environment with mistakes in it, having printed each. */
export function assertEnvironment({ house, output }: Pick<CommandCall, 'house' | 'output'>): void {
  const errors = house.configProblems.filter((problem) => problem.level === 'error')
  if (errors.length === 0) return
  output.problems(errors)
  throw new Fault('config-broken', `The environment has ${errors.length} problem${errors.length === 1 ? '' : 's'}`, {
    blame: 'operator',
    hint: 'Correct the variables named above',
  })
}

/** A mapping that a person names and that is broken is no unknown name. */
function assertNotBroken(names: readonly string[], broken: readonly string[]): void {
  for (const name of names) {
    const file = broken.find((one) => path.basename(one).replace(/\.ya?ml$/, '') === name)
    if (file === undefined) continue
    throw new Fault('mapping-broken', `"${name}" cannot be used while ${file} has the problems above`, {
      blame: 'operator',
      hint: 'Correct them, then run lint until it is content',
    })
  }
}

/** What the arguments and options of a command ask for; a name of nothing that it works on is a Fault. */
export function requestOf(call: CommandCall, ports: SyncPorts, takes: 'sources' | 'boards' | 'both'): SyncRequest {
  const { args, options } = call
  const names = args.filter((name) => name !== '')
  const sources = takes === 'boards' ? [] : ports.mappings.sources.map((source) => source.source)
  const boards = takes === 'sources' ? [] : ports.mappings.boards.map((board) => board.board)
  assertKnown(names, sources, boards, takes)
  const digest = textOption(options, 'digest')
  const archive = countOption(options, 'allowArchive')
  const change = countOption(options, 'allowChange')
  if (digest === undefined && (archive ?? change) !== undefined) {
    throw new Fault('usage', '--allow-archive and --allow-change are for one plan, and no --digest names it', {
      blame: 'operator',
      exit: 2,
      hint: 'Run plan, look at it, and give its digest: apply --digest <digest> --allow-archive <count>',
    })
  }
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
    sweep: options.sweep === true,
    ...(digest === undefined
      ? {}
      : {
          allowed: {
            digest,
            ...(archive === undefined ? {} : { archive }),
            ...(change === undefined ? {} : { change }),
          },
        }),
  }
}

const WHAT = { sources: 'source', boards: 'board', both: 'source or board' } as const

/** Refuses names that are neither of these sources nor of these boards. */
export function assertKnown(
  names: readonly string[],
  sources: readonly string[],
  boards: readonly string[],
  takes: keyof typeof WHAT = 'both',
): void {
  const known = [...sources, ...boards]
  const wrong = names.find((name) => !known.includes(name))
  if (wrong !== undefined) throw unknownName(wrong, WHAT[takes], known)
}

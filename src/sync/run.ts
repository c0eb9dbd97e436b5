import type { BoardHost } from '../board/board.ts'
import { type Calendar, formatMonth } from '../domain/day.ts'
import { inForceOn } from '../domain/definitions/definitions.ts'
import type { BoardMapping, Mappings } from '../mapping/mapping.ts'
import type { GuardAllowance } from '../plan/guard.ts'
import type { CallOptions } from '../platform/call-options.ts'
import type { Clock } from '../platform/clock.ts'
import { type ExitCode, Fault } from '../platform/errors.ts'
import { whileStreaming } from '../platform/footprint.ts'
import type { Source } from '../source/source.ts'
import type { Store } from '../store/store.ts'
import { sourcesWithArr } from './arr-snapshots.ts'
import type { Reopened } from './closed-months.ts'
import type { SourceCost } from './cost.ts'
import { logDefinitions } from './definition-log.ts'
import { type Derived, derive } from './derive.ts'
import type { OnEvent } from './events.ts'
import { recallHost } from './host-memory.ts'
import { identifyAccounts } from './identify.ts'
import { withLease } from './lease.ts'
import type { ProtocolTimes } from './outbox-ports.ts'
import type { BoardPlan } from './plan-board.ts'
import type { PriorityPorts } from './priority.ts'
import { attempt, problemOf, type RunProblem, sayOnce } from './problem.ts'
import { readUnfinished } from './pull.ts'
import type { PullCounts } from './pull-counts.ts'
import { pullSource } from './pull-source.ts'
import { type BoardCounts, planOne, pushBoards } from './push-boards.ts'

/** Everything a run works with; `cli/wire.ts` puts it together. */
export interface SyncPorts {
  readonly store: Store
  readonly host: BoardHost
  /** By source name. */
  readonly sources: ReadonlyMap<string, Source>
  readonly mappings: Mappings
  readonly zone: Calendar
  readonly clock: Clock
  readonly times: ProtocolTimes
  readonly openSolver: PriorityPorts['openSolver']
  readonly onEvent: OnEvent
  /** Run id, also the holder of its leases. */
  readonly run: string
}

export interface SyncRequest {
  /** Names, or all. */
  readonly sources: readonly string[] | 'all'
  readonly boards: readonly string[] | 'all'
  /** Lets a read that finds nothing, or much less, delete what a source delivered before. */
  readonly allowEmpty: boolean
  readonly reread: boolean
  /** Plans of `repair`: hand edits are written over, and a board that is gone is made anew. */
  readonly repair?: boolean
  /** Sweeps every object, due or not. */
  readonly sweep: boolean
  readonly allowed?: GuardAllowance
  /** Digests of plans that a person saw: exactly these are sent, and of them only what still holds. */
  readonly exactly?: readonly string[]
}

export interface RunResult {
  readonly run: string
  readonly sources: readonly PullCounts[]
  /** One for each source that was read. */
  readonly costs: readonly SourceCost[]
  readonly derived: Omit<Derived, 'today'> | null
  readonly boards: readonly BoardCounts[]
  readonly problems: readonly RunProblem[]
  /** The version of each definition that it used, by name. */
  readonly definitions: Readonly<Record<string, number>>
  readonly seconds: number
  readonly exit: ExitCode
}

/** Pull, derive, plan and apply, one after the other. One bad source or board never stops the others. */
export async function sync(ports: SyncPorts, request: SyncRequest, options?: CallOptions): Promise<RunResult> {
  return recorded(ports, 'sync', async (problems) => {
    const pulled = await whileStreaming('landing', () => pullAll(ports, request, problems, options))
    const derived = await deriveAll(ports, problems, options)
    const boards = derived === null ? [] : await pushAll(ports, request, problems, options)
    return { ...pulled, derived, boards }
  })
}

/** Pulls sources and derives, without touching a board. */
export async function pull(ports: SyncPorts, request: SyncRequest, options?: CallOptions): Promise<RunResult> {
  return recorded(ports, 'pull', async (problems) => {
    const pulled = await whileStreaming('landing', () => pullAll(ports, request, problems, options))
    return { ...pulled, derived: await deriveAll(ports, problems, options), boards: [] }
  })
}

/** Plans boards without writing to them. */
export async function plan(
  ports: SyncPorts,
  request: SyncRequest,
  options?: CallOptions,
): Promise<{ readonly plans: readonly BoardPlan[]; readonly problems: readonly RunProblem[] }> {
  const problems: RunProblem[] = []
  const derived = await deriveAll(ports, problems, options)
  const plans: BoardPlan[] = []
  if (derived === null) return { plans, problems }
  await recallHost(ports)
  for (const board of boardsOf(ports, request)) {
    await attempt(problems, board.board, async () => {
      plans.push(await planOne(ports, request, board, false, options))
    })
  }
  return { plans, problems: sayOnce(problems) }
}

/** Plans boards and sends what the guard allows. */
export async function apply(ports: SyncPorts, request: SyncRequest, options?: CallOptions): Promise<RunResult> {
  return recorded(ports, 'apply', async (problems) => {
    const derived = await deriveAll(ports, problems, options)
    const boards = derived === null ? [] : await pushAll(ports, request, problems, options)
    return { sources: [], costs: [], derived, boards }
  })
}

async function pullAll(
  ports: SyncPorts,
  request: SyncRequest,
  problems: RunProblem[],
  options?: CallOptions,
): Promise<Pick<RunResult, 'sources' | 'costs'>> {
  const counts: PullCounts[] = []
  const costs: SourceCost[] = []
  for (const mapping of ports.mappings.sources) {
    if (request.sources !== 'all' && !request.sources.includes(mapping.source)) continue
    await attempt(problems, mapping.source, () =>
      withLease(ports, `source ${mapping.source}`, options?.signal, (signal) =>
        pullSource(ports, mapping, request, { counts, costs, problems }, signal),
      ),
    )
  }
  return { sources: counts, costs }
}

/** So many times as long as a lease lasts does a run wait for another that derives. */
const DERIVE_PATIENCE = 10

async function deriveAll(ports: SyncPorts, problems: RunProblem[], options?: CallOptions): Promise<Derived | null> {
  let derived: Derived | null = null
  await attempt(problems, 'derive', async () => {
    derived = await withLease(
      ports,
      'derive',
      options?.signal,
      async (signal) => {
        await identifyAccounts(ports.store, ports.mappings.identity, { signal })
        problems.push(...(await logDefinitions(ports)))
        const { model, boards, closedThrough, sources } = ports.mappings
        const isWhole = (await readUnfinished(ports.store, sources)).length === 0
        const done = await derive(
          { ...ports, model, boards, closedThrough, isWhole, sourcesWithArr: sourcesWithArr(sources) },
          { signal },
        )
        if (done.reopened !== null) problems.push(monthsReopened(done.reopened))
        return done
      },
      // Jobs that come due in the same minute all derive: each has its turn.
      DERIVE_PATIENCE * ports.times.leaseMs,
    )
  })
  return derived
}

/** Nobody may have meant it: the setting that closed them is easily lost. */
function monthsReopened({ from, through }: Reopened): RunProblem {
  const last = formatMonth(through)
  const which =
    from === null
      ? `Months up to ${last} were`
      : from === through
        ? `${last} was`
        : `${formatMonth(from)} to ${last} were`
  return {
    subject: 'closed_through',
    code: 'months-reopened',
    message: `${which} reported as closed, and model.yaml no longer closes ${from === through ? 'it' : 'them'}: boards show what is there now`,
    hint: `What was reported is kept, and stands again with closed_through: ${last}. To report anew what is closed next: boardsync restatements --report-anew ${from === null ? 'all' : formatMonth(from)}`,
    exit: 0,
  }
}

async function pushAll(
  ports: SyncPorts,
  request: SyncRequest,
  problems: RunProblem[],
  options?: CallOptions,
): Promise<BoardCounts[]> {
  const boards = boardsOf(ports, request)
  const unfinished = await readUnfinished(ports.store, ports.mappings.sources)
  if (unfinished.length > 0 && boards.length > 0) {
    problems.push(halfRead(unfinished))
    return []
  }
  return whileStreaming('planning', () => pushBoards(ports, boards, request, problems, options))
}

/** Boards that show the first half of a source would change as a whole once the rest is read. */
function halfRead([first = '', ...others]: readonly string[]): RunProblem {
  const objects = others.length === 0 ? `${first} is` : `${first} and ${others.length} more are`
  return {
    subject: 'boards',
    code: 'source-half-read',
    message: `${objects} not read to the end for the first time yet; no board is touched before that`,
    hint: 'Run sync again: reading goes on where it stopped. A run that was killed holds its source for a minute at most',
    exit: 75,
  }
}

export function boardsOf(ports: SyncPorts, request: SyncRequest): BoardMapping[] {
  return ports.mappings.boards.filter((board) => request.boards === 'all' || request.boards.includes(board.board))
}

/** Runs a command's work as a run of the history: begun, ended, with its counts, whatever happens. */
async function recorded(
  ports: SyncPorts,
  kind: string,
  work: (problems: RunProblem[]) => Promise<Pick<RunResult, 'sources' | 'costs' | 'derived' | 'boards'>>,
): Promise<RunResult> {
  const { store, clock, run } = ports
  const startedAt = clock.now()
  const problems: RunProblem[] = []
  await store.saveRun({ id: run, kind, state: 'running', startedAt, endedAt: null, result: '{}' })
  try {
    const { sources, costs, derived, boards } = await work(problems)
    for (const board of boards) assertBoardBalanced(board)
    const exit = exitOf(problems, boards)
    const result: RunResult = {
      run,
      sources,
      costs,
      derived,
      boards,
      problems: sayOnce(problems),
      definitions: versionsUsed(ports, startedAt),
      seconds: (clock.now() - startedAt) / 1000,
      exit,
    }
    const state = problems.some((problem) => problem.exit !== 0) ? 'failed' : 'done'
    await store.saveRun({ id: run, kind, state, startedAt, endedAt: clock.now(), result: JSON.stringify(result) })
    return result
  } catch (error) {
    const problem = problemOf(kind, error)
    await store.saveRun({
      id: run,
      kind,
      state: 'failed',
      startedAt,
      endedAt: clock.now(),
      result: JSON.stringify({ problems: [problem] }),
    })
    throw error
  }
}

function versionsUsed({ mappings, zone }: SyncPorts, at: number): RunResult['definitions'] {
  return Object.fromEntries(inForceOn(mappings.definitions, zone.dayOf(at)).map(({ name, version }) => [name, version]))
}

/** The worst of 4, 3, 75, 1 that anything in the run asks for. */
function exitOf(problems: readonly RunProblem[], boards: readonly BoardCounts[]): ExitCode {
  const exits = new Set<ExitCode>(problems.map((problem) => problem.exit))
  if (boards.some((board) => board.refused + board.unknown > 0)) exits.add(3)
  return ([4, 3, 75, 1] as const).find((exit) => exits.has(exit)) ?? 0
}

function assertBoardBalanced(board: BoardCounts): void {
  const { created, updated, moved, archived, said, refused, unknown, stale, pending, planned } = board
  const sum = created + updated + moved + archived + said + refused + unknown + stale + pending
  if (sum === planned) return
  throw new Fault(
    'counts-do-not-balance',
    `Board "${board.board}": ${planned} changes were planned, and ${sum} are accounted for`,
    {
      blame: 'us',
      hint: 'Report this with the run id; the board is read again by the next run',
    },
  )
}

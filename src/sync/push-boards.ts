import type { BoardMapping } from '../mapping/mapping.ts'
import type { CallOptions } from '../platform/call-options.ts'
import type { OutboxRequest } from '../store/store.ts'
import { withLease } from './lease.ts'
import { type OutboxPorts, recoverOpenRequests, sweepKeys } from './outbox.ts'
import { type BoardPlan, keepCopies, planBoard, readMemory, saveMemory } from './plan-board.ts'
import { attempt, problemOf, type RunProblem } from './problem.ts'
import { noCounts, type PushCounts, push } from './push.ts'
import type { SyncPorts, SyncRequest } from './run.ts'

/** Per board: planned = created + updated + moved + archived + refused + unknown + stale + pending. */
export interface BoardCounts extends Omit<PushCounts, 'missing'> {
  /** The board as the mapping names it to people. */
  readonly name: string
  /** The mapping file's name. */
  readonly board: string
  /** Items that carry our key and are not in `Left` or `Gone`. */
  readonly items: number
  readonly desired: number
  readonly planned: number
  readonly unchanged: number
  /** Short digest of the plan. */
  readonly digest: string
}

/** More rounds than this are left to the next run: a board that people change all the while never comes to rest. */
const ROUNDS = 3

/**
 * Plans and applies boards, then plans them once more: an empty plan is the proof. What the next round still finds
 * (an item that people had removed, a second copy of a key) is sent as well.
 */
export async function pushBoards(
  ports: SyncPorts,
  boards: readonly BoardMapping[],
  request: SyncRequest,
  problems: RunProblem[],
  options?: CallOptions,
): Promise<BoardCounts[]> {
  return holdBoards(ports, boards, problems, options?.signal, [], async (held, signal) => {
    const tally = new Map(held.map((board) => [board.board, newTally()]))
    const call = { signal }
    const recovered = await attempt(problems, ports.host.name, () => recover(ports, tally, call))
    let round: readonly BoardMapping[] = recovered === null ? held : []
    for (let n = 0; n < ROUNDS && round.length > 0 && !signal.aborted; n++) {
      const plans = await planRound(
        ports,
        round,
        n === 0 ? request : { ...request, reread: false },
        tally,
        problems,
        call,
      )
      const { stopped } = await pushRound(ports, plans, tally, call)
      if (stopped !== null) {
        problems.push(problemOf(ports.host.name, stopped))
        break
      }
      round = round.filter((board) => plans.some((plan) => plan.board === board.board))
    }
    return countBoards(ports, held, tally)
  })
}

interface Tally extends PushCounts {
  planned: number
  unchanged: number
  desired: number
  digest: string
}

function newTally(): Tally {
  return { ...noCounts(), planned: 0, unchanged: 0, desired: 0, digest: '' }
}

/** Takes the boards' leases one by one; a board that another run holds is left out and said. */
async function holdBoards<T>(
  ports: SyncPorts,
  boards: readonly BoardMapping[],
  problems: RunProblem[],
  signal: AbortSignal | undefined,
  held: readonly BoardMapping[],
  work: (held: readonly BoardMapping[], signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const [board, ...rest] = boards
  if (board === undefined) return work(held, signal ?? new AbortController().signal)
  let result: { value: T } | null = null
  const fault = await attempt(problems, board.board, async () => {
    const value = await withLease(ports, `board ${board.board}`, signal, (inner) =>
      holdBoards(ports, rest, problems, inner, [...held, board], work),
    )
    result = { value }
  })
  if (fault?.code === 'lease-held') return holdBoards(ports, rest, problems, signal, held, work)
  if (result === null) throw fault
  return (result as { value: T }).value
}

/** Finds out what came of requests that an earlier run left open on the boards we hold. */
async function recover(ports: SyncPorts, tally: ReadonlyMap<string, Tally>, call: CallOptions): Promise<void> {
  const ours = (request: OutboxRequest) => request.keys.every(({ board }) => tally.has(board))
  const open = (await ports.store.openRequests()).filter(ours)
  if (open.length === 0) return
  const layouts = new Map<string, NonNullable<BoardPlan['layout']>>()
  for (const board of tally.keys()) {
    const { layout } = await readMemory(ports.store, board)
    if (layout !== null) layouts.set(board, layout)
    ports.onEvent({ on: 'board', is: 'recovering', board, detail: `${open.length} open requests` })
  }
  const outbox: OutboxPorts = { ...ports, layouts }
  const { calls, suspects } = await recoverOpenRequests(outbox, ours, call)
  const first = [...tally.values()][0]
  if (first !== undefined) first.calls += calls
  await keepCopies(ports.store, await sweepKeys(outbox, suspects, ports.clock.now(), call))
}

async function planRound(
  ports: SyncPorts,
  boards: readonly BoardMapping[],
  request: SyncRequest,
  tally: ReadonlyMap<string, Tally>,
  problems: RunProblem[],
  call: CallOptions,
): Promise<BoardPlan[]> {
  const plans: BoardPlan[] = []
  for (const board of boards) {
    const own = tally.get(board.board) ?? newTally()
    const first = own.digest === ''
    const planning = async () => {
      const plan = await planOne(ports, request, board, true, call)
      own.calls += plan.calls
      const { summary, guard } = plan
      const sends = sendable(plan)
      if (first) {
        const { planned, unchanged, desired, digest, refused, inDoubt } = summary
        Object.assign(own, { planned, unchanged, desired, digest: digest.slice(0, 12), refused, unknown: inDoubt })
      } else own.planned += sends
      for (const { code, message, hint, level } of plan.prepared?.problems ?? []) {
        problems.push({ subject: board.board, code, message, hint, exit: level === 'error' ? 1 : 0 })
      }
      const strangers = first ? summary.notes['person-unknown'] : 0
      if (strangers > 0) problems.push(peopleUnknown(board.board, strangers))
      if (guard.verdict !== 'allowed' && sends > 0) {
        problems.push(...guard.faults.map((fault) => problemOf(board.board, fault)))
        own.pending += sends
      } else if (sends > 0) plans.push(plan)
      else await rememberEqual(ports, board)
    }
    await attempt(problems, board.board, planning, (fault) =>
      ports.onEvent({ on: 'board', is: 'failed', board: board.board, message: fault.message }),
    )
  }
  return plans
}

function peopleUnknown(board: string, cells: number): RunProblem {
  const [what, them] = cells === 1 ? ['1 cell names a person', 'it is'] : [`${cells} cells name people`, 'they are']
  return {
    subject: board,
    code: 'people-unknown',
    message: `${what} without an account on the board's host; ${them} left empty`,
    hint: "Invite them by the e-mail address that the source has, or map the owner's name to a text column",
    exit: 0,
  }
}

async function pushRound(
  ports: SyncPorts,
  plans: readonly BoardPlan[],
  tally: ReadonlyMap<string, Tally>,
  call: CallOptions,
) {
  const started = ports.clock.now()
  const pushed = await push(ports, plans, call)
  for (const plan of plans) {
    const own = tally.get(plan.board)
    const counts = pushed.boards.get(plan.board)
    if (own === undefined || counts === undefined) continue
    for (const name of Object.keys(counts) as (keyof PushCounts)[]) own[name] += counts[name]
    const ms = ports.clock.now() - started
    ports.onEvent({ on: 'board', is: 'done', board: plan.board, changes: sendable(plan), calls: counts.calls, ms })
  }
  return pushed
}

/** One board's plan, with the settings of this run. */
export async function planOne(
  ports: SyncPorts,
  request: SyncRequest,
  board: BoardMapping,
  mayPrepare: boolean,
  options?: CallOptions,
): Promise<BoardPlan> {
  const { settings } = ports.mappings
  return planBoard(
    ports,
    board,
    {
      today: ports.zone.dayOf(ports.clock.now()),
      limits: settings.guard,
      rereadEveryMs: settings.rereadEveryMs,
      mayPrepare,
      reread: request.reread,
      ...(request.allowed === undefined ? {} : { allowed: request.allowed }),
    },
    options,
  )
}

function sendable({ summary }: BoardPlan): number {
  return summary.create + summary.update + summary.move + summary.archive
}

/** The board shows all it can: from now on a change of the mapping wants a person's word. */
async function rememberEqual(ports: SyncPorts, board: BoardMapping): Promise<void> {
  const memory = await readMemory(ports.store, board.board)
  if (memory.pushed === board.digest && memory.copies.length === 0) return
  await saveMemory(ports.store, board.board, { ...memory, pushed: board.digest, copies: [] })
}

async function countBoards(
  ports: SyncPorts,
  boards: readonly BoardMapping[],
  tally: ReadonlyMap<string, Tally>,
): Promise<BoardCounts[]> {
  const counts: BoardCounts[] = []
  for (const board of boards) {
    const { missing: _, ...own } = tally.get(board.board) ?? newTally()
    const { active } = await ports.store.ledgerCounts(board.board)
    const name = 'name' in board.ref ? board.ref.name : board.board
    counts.push({ name, board: board.board, items: active, ...own })
  }
  return counts
}

import type { BoardProblem } from '../board/board.ts'
import { inForceOn } from '../domain/definitions/definitions.ts'
import type { BoardMapping } from '../mapping/mapping.ts'
import { countToSend, type PlanSummary, shortDigest } from '../plan/plan.ts'
import type { CallOptions } from '../platform/call-options.ts'
import type { Fault } from '../platform/errors.ts'
import type { OutboxRequest, StoredPlan } from '../store/store.ts'
import { establishedOf, keepCopies, readMemory, saveMemory } from './board-memory.ts'
import { staleObjects } from './freshness.ts'
import { keepHost, recallHost } from './host-memory.ts'
import { withLease } from './lease.ts'
import { inLinkOrder } from './links.ts'
import { recoverOpenRequests, sweepKeys } from './outbox.ts'
import type { OutboxPorts } from './outbox-ports.ts'
import { type BoardPlan, planBoard } from './plan-board.ts'
import { attempt, problemOf, type RunProblem } from './problem.ts'
import { readUnread } from './pull.ts'
import { push } from './push.ts'
import { noCounts, type PushCounts } from './push-counts.ts'
import type { SyncPorts, SyncRequest } from './run.ts'
import { findShown, narrowToShown } from './shown-plan.ts'

/** Per board: planned = created + updated + moved + archived + said + refused + unknown + stale + pending. */
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
 * (an item that people had removed, a second copy of a key) is sent as well. Of plans that a person saw
 * (`request.exactly`) nothing else is sent, and only their boards are touched.
 */
export async function pushBoards(
  ports: SyncPorts,
  boards: readonly BoardMapping[],
  request: SyncRequest,
  problems: RunProblem[],
  options?: CallOptions,
): Promise<BoardCounts[]> {
  const shown = request.exactly === undefined ? null : await findShown(ports.store, request.exactly)
  const wanted = shown === null ? boards : boards.filter((board) => shown.has(board.board))
  return holdBoards(ports, wanted, problems, options ?? {}, [], async (held, call) => {
    await recallHost(ports)
    const tally = new Map(held.map((board) => [board.board, newTally()]))
    const recovered = await attempt(problems, ports.host.name, () => recover(ports, tally, problems, call))
    let round: readonly BoardMapping[] = recovered === null ? held : []
    for (let n = 0; n < ROUNDS && round.length > 0 && call.signal?.aborted !== true; n++) {
      const asked = n === 0 ? request : { ...request, reread: false }
      const plans: BoardPlan[] = []
      let stopped: Fault | null = null
      let waiting: BoardPlan[] = []
      const levels = inLinkOrder(round)
      for (const level of levels) {
        const own = await planRound(ports, level, asked, tally, problems, call, shown)
        plans.push(...own)
        waiting.push(...own)
        // Only items that are made have to be there before others can link to them; all else goes out together.
        if (level !== levels.at(-1) && own.every(({ summary }) => summary.create === 0)) continue
        const pushed = await pushRound(ports, waiting, tally, call)
        waiting = []
        problems.push(...pushed.told.map((fault) => ({ ...problemOf(ports.host.name, fault), exit: 0 as const })))
        stopped = pushed.stopped
        if (stopped !== null) break
      }
      if (stopped !== null) {
        problems.push(problemOf(ports.host.name, stopped))
        break
      }
      round = round.filter((board) => plans.some((plan) => plan.board === board.board))
      if (shown !== null) {
        await proveEqual(ports, { ...request, reread: false }, round, call)
        break
      }
    }
    await keepHost(ports)
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
  call: CallOptions,
  held: readonly BoardMapping[],
  work: (held: readonly BoardMapping[], call: CallOptions) => Promise<T>,
): Promise<T> {
  const [board, ...rest] = boards
  if (board === undefined) return work(held, call)
  let result: { value: T } | null = null
  const fault = await attempt(problems, board.board, async () => {
    const value = await withLease(ports, `board ${board.board}`, call.signal, (signal, mayWrite) => {
      const inner: CallOptions = {
        signal,
        mayWrite: async () => {
          await call.mayWrite?.()
          await mayWrite()
        },
      }
      return holdBoards(ports, rest, problems, inner, [...held, board], work)
    })
    result = { value }
  })
  if (fault?.code === 'lease-held') return holdBoards(ports, rest, problems, call, held, work)
  if (result === null) throw fault
  return (result as { value: T }).value
}

/** Finds out what came of requests that an earlier run left open on the boards we hold. */
async function recover(
  ports: SyncPorts,
  tally: ReadonlyMap<string, Tally>,
  problems: RunProblem[],
  call: CallOptions,
): Promise<void> {
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
  const { calls, suspects, waiting = [] } = await recoverOpenRequests(outbox, ours, call)
  problems.push(...waiting.map((fault) => problemOf(ports.host.name, fault)))
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
  shown: ReadonlyMap<string, StoredPlan> | null,
): Promise<BoardPlan[]> {
  const plans: BoardPlan[] = []
  for (const board of boards) {
    const own = tally.get(board.board) ?? newTally()
    const first = own.digest === ''
    const started = ports.clock.now()
    const planning = async () => {
      const seen = shown?.get(board.board)
      const fresh = await planOne(ports, forShown(request, seen), board, true, call)
      own.calls += fresh.calls
      if (first) {
        const { planned, unchanged, desired, digest, refused, inDoubt } = fresh.summary
        Object.assign(own, { planned, unchanged, desired, digest: shortDigest(digest), refused, unknown: inDoubt })
      } else own.planned += sendable(fresh)
      const plan = seen === undefined ? fresh : await narrow(ports, request, board, fresh, seen, own, problems)
      const { guard } = plan
      const sends = sendable(plan)
      for (const { code, message, hint, level } of fresh.prepared?.problems ?? []) {
        problems.push({ subject: board.board, code, message, hint, exit: level === 'error' ? 1 : 0 })
      }
      if (first) problems.push(...fresh.drift.map((one) => driftProblem(board.board, one)))
      const strangers = first ? fresh.summary.notes['person-unknown'] : 0
      if (strangers > 0) problems.push(peopleUnknown(board.board, strangers))
      if (guard.verdict !== 'allowed' && sends > 0) {
        problems.push(...guard.faults.map((fault) => problemOf(board.board, fault)))
        own.pending += sends
      } else if (sends > 0) plans.push(plan)
      else if (sendable(fresh) === 0) {
        await rememberEqual(ports, board)
        if (first) sayDone(ports, board.board, 0, own.calls, started)
      }
    }
    await attempt(problems, board.board, planning, (fault) =>
      ports.onEvent({ on: 'board', is: 'failed', board: board.board, message: fault.message }),
    )
  }
  return plans
}

/** A plan that `repair` made is planned as such again before it is sent. */
function forShown(request: SyncRequest, seen: StoredPlan | undefined): SyncRequest {
  const isRepair = seen !== undefined && (JSON.parse(seen.summary) as PlanSummary).repair === true
  return isRepair ? { ...request, repair: true } : request
}

/** Narrows a plan to what a person saw of it, and counts and says what differs. */
async function narrow(
  { store, mappings }: SyncPorts,
  { allowed }: SyncRequest,
  { whenGone, ofTotals }: BoardMapping,
  fresh: BoardPlan,
  seen: StoredPlan,
  own: Tally,
  problems: RunProblem[],
): Promise<BoardPlan> {
  const limits = { limits: mappings.settings.guard, whenGone, ofTotals }
  const narrowed = await narrowToShown(store, fresh, seen, allowed === undefined ? limits : { ...limits, allowed })
  own.planned += narrowed.stale
  own.stale += narrowed.stale
  own.pending += narrowed.unseen
  own.digest = shortDigest(seen.digest)
  problems.push(...narrowed.problems)
  return narrowed.plan
}

/** Boards that show all they can after a plan that a person saw are remembered as equal; nothing is sent. */
async function proveEqual(
  ports: SyncPorts,
  request: SyncRequest,
  boards: readonly BoardMapping[],
  call: CallOptions,
): Promise<void> {
  for (const board of boards) {
    if (sendable(await planOne(ports, request, board, false, call)) === 0) await rememberEqual(ports, board)
  }
}

/** What people did to a board is said; it stands in nobody's way. */
function driftProblem(subject: string, { code, message, hint }: BoardProblem): RunProblem {
  return { subject, code, message, hint, exit: 0 }
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
    sayDone(ports, plan.board, sendable(plan), own.calls, started)
  }
  return pushed
}

function sayDone({ onEvent, clock }: SyncPorts, board: string, changes: number, calls: number, started: number): void {
  onEvent({ on: 'board', is: 'done', board, changes, calls, ms: clock.now() - started })
}

/** One board's plan, with the settings of this run. */
export async function planOne(
  ports: SyncPorts,
  request: SyncRequest,
  board: BoardMapping,
  mayPrepare: boolean,
  options?: CallOptions,
): Promise<BoardPlan> {
  const { settings, definitions } = ports.mappings
  const today = ports.zone.dayOf(ports.clock.now())
  return planBoard(
    ports,
    board,
    {
      today,
      definitions: inForceOn(definitions, today),
      limits: settings.guard,
      rereadEveryMs: settings.rereadEveryMs,
      mayPrepare,
      reread: request.reread,
      repair: request.repair === true,
      unread: await readUnread(ports.store, ports.mappings.sources),
      stale: await staleObjects(ports.store, ports.mappings.sources, board, ports.clock.now()),
      ...(request.allowed === undefined ? {} : { allowed: request.allowed }),
    },
    options,
  )
}

function sendable({ summary }: BoardPlan): number {
  return countToSend(summary)
}

/** The board shows all it can: from now on a change of the mapping wants a person's word. */
async function rememberEqual(ports: SyncPorts, board: BoardMapping): Promise<void> {
  const memory = await readMemory(ports.store, board.board)
  const { drift = [], announces: _, ...rest } = memory
  const isSame = memory.pushed === board.digest && memory.copies.length === 0 && drift.length === 0
  if (isSame && establishedOf(board, memory).size === board.announcements.length) return
  const announces = Object.fromEntries(board.announcements.map(({ name, condition }) => [name, condition]))
  const says = board.announcements.length === 0 ? {} : { announces }
  await saveMemory(ports.store, board.board, { ...rest, ...says, pushed: board.digest, copies: [] })
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

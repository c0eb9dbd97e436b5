import { randomUUID } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import type { BoardHost } from '../board/board.ts'
import { type ChangeKind, compareForSending } from '../plan/plan.ts'
import type { CallOptions } from '../platform/call-options.ts'
import type { Clock } from '../platform/clock.ts'
import { Fault } from '../platform/errors.ts'
import type { Store } from '../store/store.ts'
import { keepCopies } from './board-memory.ts'
import type { OnEvent } from './events.ts'
import { Isolation } from './isolation.ts'
import {
  boardChangesOf,
  type ChangeInHand,
  type ChangeResult,
  type Delivered,
  deliver,
  type LayoutsByBoard,
  type OutboxPorts,
  type ProtocolTimes,
  sweepKeys,
  wholeChanges,
} from './outbox.ts'
import type { BoardPlan, StoredChange } from './plan-board.ts'

/** How many changes are offered to the host at once; it takes as many as fit one request. */
const OFFER = 300

export interface PushPorts {
  readonly host: BoardHost
  readonly store: Store
  readonly clock: Clock
  readonly times: ProtocolTimes
  readonly onEvent: OnEvent
  readonly run: string
}

/** What came of the plans of some boards. Per board: planned = applied + refused + unknown + stale + pending. */
export interface Pushed {
  readonly boards: ReadonlyMap<string, PushCounts>
  /** Why it stopped before all was sent, when it did. */
  readonly stopped: Fault | null
}

export interface PushCounts {
  created: number
  updated: number
  moved: number
  archived: number
  refused: number
  unknown: number
  stale: number
  pending: number
  calls: number
  /** Items that turned out to be gone: another plan makes them anew. */
  missing: number
}

export function noCounts(): PushCounts {
  return {
    created: 0,
    updated: 0,
    moved: 0,
    archived: 0,
    refused: 0,
    unknown: 0,
    stale: 0,
    pending: 0,
    calls: 0,
    missing: 0,
  }
}

const APPLIED: Readonly<Record<ChangeKind, 'created' | 'updated' | 'moved' | 'archived'>> = {
  create: 'created',
  update: 'updated',
  move: 'moved',
  archive: 'archived',
}

/**
 * Sends the changes of some plans, most urgent first across boards, one request at a time.
 *
 * Every change ends in exactly one count. When the host says that nothing more can be sent today, or refuses us, what
 * is left is `pending` and is planned again the next time; nothing is resumed from an old plan.
 */
export async function push(ports: PushPorts, plans: readonly BoardPlan[], options?: CallOptions): Promise<Pushed> {
  const counts = new Map(plans.map((plan) => [plan.board, noCounts()]))
  const layouts: LayoutsByBoard = new Map(
    plans.flatMap((plan) => (plan.layout === null ? [] : [[plan.board, plan.layout] as const])),
  )
  const outbox: OutboxPorts = { ...ports, layouts }
  const total = plans.reduce((sum, plan) => sum + toSend(plan), 0)
  let done = 0
  let stopped: Fault | null = null
  const suspects: { board: string; key: string }[] = []
  const isolation = new Isolation()
  let lastSentAt = 0

  const planned = inOrder(ports.store, plans)
  let queue: ChangeInHand[] = []
  for (;;) {
    while (queue.length < OFFER) {
      const next = await planned.next()
      if (next.done === true) break
      queue.push(next.value)
    }
    if (queue.length === 0) break
    if (stopped !== null || options?.signal?.aborted === true) {
      for (const { change } of queue) countOf(counts, change.board).pending += 1
      queue = []
      continue
    }
    const step = await sendSome(outbox, queue, counts, isolation, options)
    queue = [...step.again, ...queue.slice(step.taken)]
    done += step.taken - step.again.length
    stopped = step.stopped
    suspects.push(...step.suspects)
    if (step.sent) lastSentAt = ports.clock.now()
    progress(ports.onEvent, plans, counts, done, total)
  }
  if (stopped === null && options?.signal?.aborted !== true) {
    await keepCopies(ports.store, await sweepKeys(outbox, suspects, lastSentAt, options))
  }
  return { boards: counts, stopped }
}

interface Step {
  /** How many of the queue were taken off it. */
  readonly taken: number
  /** Those of them that nothing came of, to be sent again before the others. */
  readonly again: readonly ChangeInHand[]
  readonly sent: boolean
  readonly suspects: Delivered['suspects']
  readonly stopped: Fault | null
}

async function sendSome(
  outbox: OutboxPorts,
  queue: readonly ChangeInHand[],
  counts: Map<string, PushCounts>,
  isolation: Isolation,
  options?: CallOptions,
): Promise<Step> {
  const { host, store } = outbox
  const offer = queue.slice(0, Math.min(OFFER, isolation.most))
  const taken = wholeChanges(offer, host.compose(boardChangesOf(offer, outbox.layouts)).taken)
  const batch = offer.slice(0, taken)
  const id = randomUUID()
  const claimed = await store.claim(
    id,
    batch.map(({ change }) => ({ board: change.board, key: change.key, version: change.version })),
  )
  const live = batch.filter((_, index) => claimed[index] === true)
  for (const { change } of batch.filter((_, index) => claimed[index] !== true)) countOf(counts, change.board).stale += 1
  if (live.length === 0) {
    isolation.wentThrough(taken)
    return { taken, again: [], sent: false, suspects: [], stopped: null }
  }

  const changes = await Promise.all(live.map(async (hand) => ({ ...hand, before: await settledBefore(store, hand) })))
  const composed = host.compose(boardChangesOf(changes, outbox.layouts))
  if (wholeChanges(changes, composed.taken) < changes.length) {
    await store.unclaim(id)
    throw new Fault(
      'batch-shrank',
      `A request of ${changes.length} changes no longer fits, though nothing was sent in between`,
      { blame: 'us' },
    )
  }
  try {
    const delivered = await deliver(outbox, id, composed.body, changes, options)
    for (const result of delivered.results) count(counts, result)
    countOf(counts, changes[0]?.change.board ?? '').calls += delivered.calls
    const settled = new Set(delivered.results.map(({ board, key }) => `${board}\n${key}`))
    const unsettled = changes.filter(({ change }) => !settled.has(`${change.board}\n${change.key}`))
    const again = delivered.together === true ? await released(store, unsettled) : []
    if (delivered.together === true) isolation.wasRefused(Math.max(1, again.length))
    else isolation.wentThrough(taken)
    const stopped = isolation.isHopeless ? refusesAll(host) : null
    return { taken, again, sent: true, suspects: delivered.suspects, stopped }
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    // Either nothing was carried out, and the claims are released; or the outcome is still open, for the next run to find out.
    const open = (await store.openRequests()).some((request) => request.id === id)
    // A host that takes less now has learned from its refusal: the same is offered again, in smaller requests.
    const fewer = wholeChanges(offer, host.compose(boardChangesOf(offer, outbox.layouts)).taken)
    if (!open && fewer < taken)
      return { taken, again: await released(store, changes), sent: true, suspects: [], stopped: null }
    for (const { change } of changes) countOf(counts, change.board)[open ? 'unknown' : 'pending'] += 1
    return { taken, again: [], sent: true, suspects: [], stopped: error }
  }
}

/**
 * Changes whose claims were just released, ready to be claimed again: releasing moves the ledger's version on. One whose
 * entry is not as it was when we claimed it keeps its version, and turns out stale.
 */
function released(store: Store, changes: readonly ChangeInHand[]): Promise<ChangeInHand[]> {
  return Promise.all(
    changes.map(async (hand) => {
      const entry = await store.ledgerEntry(hand.change.board, hand.change.key)
      if (entry === null || hand.before === null || entry.state !== 'settled') return hand
      const isSame = isDeepStrictEqual({ ...entry, version: 0 }, { ...hand.before, version: 0 })
      return isSame ? { ...hand, change: { ...hand.change, version: entry.version } } : hand
    }),
  )
}

function refusesAll(host: BoardHost): Fault {
  return new Fault('board-refuses-all', `${host.name} refuses every change it is sent, one by one`, {
    blame: 'us',
    exit: 3,
    hint: 'Run refused to see the reasons; when the cause is mended, run refused --retry',
  })
}

async function settledBefore(store: Store, { change }: ChangeInHand) {
  const entry = await store.ledgerEntry(change.board, change.key)
  return entry === null || (entry.itemId === null && change.version === 0)
    ? null
    : { ...entry, state: 'settled' as const, request: null }
}

function count(counts: Map<string, PushCounts>, result: ChangeResult): void {
  const own = countOf(counts, result.board)
  if (result.status === 'applied') own[APPLIED[result.kind]] += 1
  else own[result.status] += 1
  if (result.itemMissing) own.missing += 1
}

function countOf(counts: Map<string, PushCounts>, board: string): PushCounts {
  let own = counts.get(board)
  if (own === undefined) {
    own = noCounts()
    counts.set(board, own)
  }
  return own
}

function toSend({ summary }: BoardPlan): number {
  return summary.create + summary.update + summary.move + summary.archive
}

/** The changes of all plans that are sent, most urgent first; of each plan a page is held at a time. */
async function* inOrder(store: Store, plans: readonly BoardPlan[]): AsyncGenerator<ChangeInHand> {
  const streams = plans.map((plan) => sentOf(store, plan))
  const heads = await Promise.all(streams.map((stream) => stream.next()))
  for (;;) {
    let first = -1
    for (const [n, head] of heads.entries()) {
      if (head.done === true) continue
      const best = heads[first]
      if (best === undefined || best.done === true || compareForSending(head.value.change, best.value.change) < 0)
        first = n
    }
    const head = heads[first]
    const stream = streams[first]
    if (head === undefined || head.done === true || stream === undefined) return
    yield head.value
    heads[first] = await stream.next()
  }
}

async function* sentOf(store: Store, plan: BoardPlan): AsyncGenerator<ChangeInHand> {
  for await (const page of store.plannedForSending(plan.id)) {
    for (const { body } of page) {
      const { change, from } = JSON.parse(body) as StoredChange
      if (plan.sends === undefined || plan.sends(change)) yield { change, from, before: null }
    }
  }
}

function progress(
  onEvent: OnEvent,
  plans: readonly BoardPlan[],
  counts: ReadonlyMap<string, PushCounts>,
  done: number,
  total: number,
): void {
  for (const plan of plans) {
    const own = counts.get(plan.board)
    if (own === undefined) continue
    const finished = own.created + own.updated + own.moved + own.archived + own.refused + own.unknown + own.stale
    onEvent({ on: 'board', is: 'applying', board: plan.board, done: finished, of: toSend(plan), calls: own.calls })
  }
  if (done > total) throw new Error(`${done} of ${total} changes were sent`)
}

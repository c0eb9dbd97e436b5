import { randomUUID } from 'node:crypto'
import type { BoardHost } from '../board/board.ts'
import { compareForSending, countToSend, isSaying } from '../plan/plan.ts'
import type { CallOptions } from '../platform/call-options.ts'
import type { Clock } from '../platform/clock.ts'
import { Fault } from '../platform/errors.ts'
import type { Store } from '../store/store.ts'
import { keepCopies } from './board-memory.ts'
import type { OnEvent } from './events.ts'
import { refreshed, withBefore } from './in-hand.ts'
import { Isolation } from './isolation.ts'
import { boardChangesOf, deliver, sweepKeys, wholeChanges } from './outbox.ts'
import type { ChangeInHand, Delivered, LayoutsByBoard, OutboxPorts, ProtocolTimes } from './outbox-ports.ts'
import type { BoardPlan, StoredChange } from './plan-board.ts'
import { count, countOf, noCounts, type PushCounts } from './push-counts.ts'
import { createImporter } from './push-imports.ts'
import { readyToSay } from './ready-to-say.ts'

/** More changes than this are taken in windows of so many, so that memory stays flat; one import carries as many. */
const WINDOW = 10_000
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
  /** What went another way than planned, and was done all the same. */
  readonly told: readonly Fault[]
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

  const importer = createImporter(outbox, counts, {
    begins: (board, detail) => ports.onEvent({ on: 'board', is: 'importing', board, detail }),
    done: (board, rows) => onImporting(ports.onEvent, plans, board, countOf(counts, board), rows),
  })
  const planned = inOrder(ports.store, plans)
  for (;;) {
    const window = await takeSome(planned, WINDOW)
    if (window.length === 0) break
    let queue = window
    if (stopped === null && options?.signal?.aborted !== true) {
      const imported = await importer.send(window, options)
      queue = [...imported.rest]
      stopped = imported.stopped
      suspects.push(...imported.suspects)
      if (imported.sent) lastSentAt = ports.clock.now()
      done += window.length - queue.length
      progress(ports.onEvent, plans, counts, done, total)
    }
    while (queue.length > 0 && stopped === null && options?.signal?.aborted !== true) {
      const step = await sendSome(outbox, queue, counts, isolation, options)
      queue = [...step.again, ...queue.slice(step.taken)]
      done += step.taken - step.again.length
      stopped = step.stopped
      suspects.push(...step.suspects)
      if (step.sent) lastSentAt = ports.clock.now()
      progress(ports.onEvent, plans, counts, done, total)
    }
    for (const { change } of queue) countOf(counts, change.board).pending += 1
  }
  stopped ??= importer.waits()
  if (stopped === null && options?.signal?.aborted !== true) {
    await keepCopies(ports.store, await sweepKeys(outbox, suspects, lastSentAt, options))
  }
  return { boards: counts, stopped, told: importer.told() }
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
  const alike = leadingAlike(queue, Math.min(OFFER, isolation.most))
  const { ready: offer, late } = isSaying(alike[0]?.change.kind ?? 'create')
    ? await readyToSay(store, alike)
    : { ready: alike, late: [] }
  if (offer.length === 0 || late.length > 0) {
    // What was to be said of an item that does not show what it should is planned again.
    for (const { change } of late) countOf(counts, change.board).stale += 1
    return { taken: alike.length, again: offer, sent: false, suspects: [], stopped: null }
  }
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

  const changes = await withBefore(store, live)
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
    const again = delivered.together === true ? await refreshed(store, unsettled) : []
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
      return { taken, again: await refreshed(store, changes), sent: true, suspects: [], stopped: null }
    for (const { change } of changes) countOf(counts, change.board)[open ? 'unknown' : 'pending'] += 1
    return { taken, again: [], sent: true, suspects: [], stopped: error }
  }
}

/** The changes at the head of a queue that one request may hold: what says something goes by itself, each kind of it. */
function leadingAlike(queue: readonly ChangeInHand[], most: number): readonly ChangeInHand[] {
  const nameOf = ({ change: { kind } }: ChangeInHand) => (isSaying(kind) ? kind : 'change')
  const [first] = queue
  const other = queue.findIndex((hand) => first !== undefined && nameOf(hand) !== nameOf(first))
  return queue.slice(0, Math.min(most, other < 0 ? queue.length : other))
}

function refusesAll(host: BoardHost): Fault {
  return new Fault('board-refuses-all', `${host.name} refuses every change it is sent, one by one`, {
    blame: 'us',
    exit: 3,
    hint: 'Run refused to see the reasons; when the cause is mended, run refused --retry',
  })
}

function toSend({ summary }: BoardPlan): number {
  return countToSend(summary)
}

/** The next so many of a stream. */
async function takeSome<T>(stream: AsyncIterator<T>, most: number): Promise<T[]> {
  const some: T[] = []
  while (some.length < most) {
    const next = await stream.next()
    if (next.done === true) break
    some.push(next.value)
  }
  return some
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
    onEvent({ on: 'board', is: 'applying', board: plan.board, done: finished(own), of: toSend(plan), calls: own.calls })
  }
  if (done > total) throw new Error(`${done} of ${total} changes were sent`)
}

/** Rows that an import under way has done, on top of what the board's counts hold. */
function onImporting(
  onEvent: OnEvent,
  plans: readonly BoardPlan[],
  board: string,
  own: PushCounts,
  rows: number,
): void {
  const plan = plans.find((one) => one.board === board)
  if (plan === undefined) return
  onEvent({ on: 'board', is: 'applying', board, done: finished(own) + rows, of: toSend(plan), calls: own.calls })
}

function finished(own: PushCounts): number {
  return own.created + own.updated + own.moved + own.archived + own.said + own.refused + own.unknown + own.stale
}

import type { BoardHost, BoardItem, BoardLayout, ChangeOutcome, Refused, SendResult } from '../board/board.ts'
import { type KnownAfter, rereadKnown, settleChange, toBoardChanges } from '../plan/known.ts'
import type { ChangeKind, PlannedChange, Step } from '../plan/plan.ts'
import type { CallOptions } from '../platform/call-options.ts'
import type { Clock } from '../platform/clock.ts'
import { Fault } from '../platform/errors.ts'
import type { LedgerEntry, OutboxRequest, Refusal, Settlement, Store } from '../store/store.ts'
import { doubtLayouts } from './board-memory.ts'
import type { DuplicateItem } from './reread.ts'

/** How long the vendor keeps the answer to an idempotency key, and how long its look-ups may lag. */
export interface ProtocolTimes {
  /** Within this time after sending, the same body with the same key is sent again (25 minutes of the vendor's 30). */
  readonly replayMs: number
  /** An item may be missing from a look-up by key for so long after it was written. */
  readonly lookupLagMs: number
  /** Waits before the second, third … try of a request whose outcome is not known. */
  readonly retryMs: readonly number[]
  /** How long the lease of a run that died keeps others out. */
  readonly leaseMs: number
}

export interface OutboxPorts {
  readonly host: BoardHost
  readonly store: Store
  readonly clock: Clock
  readonly times: ProtocolTimes
  readonly run: string
  readonly layouts: LayoutsByBoard
}

export type LayoutsByBoard = ReadonlyMap<string, BoardLayout>

/** A planned change with what is needed to settle it, in this process or in one after a crash. */
export interface ChangeInHand {
  readonly change: PlannedChange
  readonly before: LedgerEntry | null
  /** The fact behind the item. */
  readonly from: string | null
}

/** What came of one change that was sent, or was found to have been sent. */
export interface ChangeResult {
  readonly board: string
  readonly key: string
  readonly kind: ChangeKind
  readonly status: 'applied' | 'refused' | 'unknown'
  /** True when the item turned out to be no longer on the board: planning again makes it anew. */
  readonly itemMissing: boolean
}

export interface Delivered {
  readonly results: readonly ChangeResult[]
  readonly calls: number
  /** Creations that may have been carried out twice: their keys must be looked up once look-ups have caught up. */
  readonly suspects: readonly { readonly board: string; readonly key: string }[]
  /**
   * The host refused the request as a whole. Of several changes those of which nothing was done have no result: their claims
   * are released.
   */
  readonly together?: true
}

/**
 * Sends one claimed request and settles it. The body and its idempotency key are stored before the first byte leaves,
 * so that a process which dies anywhere in here leaves all that the next one needs.
 *
 * Rejects with the host's `Fault` when the vendor surely carried out nothing; the claims are released then.
 */
export async function deliver(
  ports: OutboxPorts,
  id: string,
  body: string,
  changes: readonly ChangeInHand[],
  options?: CallOptions,
): Promise<Delivered> {
  const request: OutboxRequest = {
    id,
    host: ports.host.name,
    state: 'sending',
    idempotencyKey: id,
    body,
    changes: JSON.stringify(changes),
    keys: changes.map(({ change }) => ({ board: change.board, key: change.key })),
    sentAt: ports.clock.now(),
    run: ports.run,
  }
  await stillOpen(ports.store.markSending(request))
  let sent: SendResult
  try {
    sent = await ports.host.send(body, id, options)
  } catch (error) {
    if (error instanceof Fault) await release(ports, id, changes, options)
    throw error
  }
  if (isSuspected(sent)) return settleSuspected(ports, request, changes, sent, options)
  if (sent.outcomes.some((outcome) => outcome.status === 'unknown')) {
    return resolve(ports, request, changes, sent, options)
  }
  if (sent.together === undefined) return settleSent(ports, request.id, changes, sent, [])
  if (changes.length === 1) return { ...(await settleSent(ports, request.id, changes, sent, [])), together: true }
  await release(ports, id, changes, options)
  return { results: [], calls: sent.calls, suspects: [], together: true }
}

/** Whether the host named a reason for having done nothing of the request, without saying that it did nothing. */
function isSuspected({ outcomes }: SendResult): boolean {
  return outcomes.every((outcome) => outcome.status === 'unknown' && outcome.suspect !== undefined)
}

/** Asks the board. Where it shows nothing of the request, that was refused as a whole, and a change alone for the reason named. */
async function settleSuspected(
  ports: OutboxPorts,
  request: OutboxRequest,
  changes: readonly ChangeInHand[],
  sent: SendResult,
  options?: CallOptions,
): Promise<Delivered> {
  const { clock, times } = ports
  await clock.sleep(Math.max(0, request.sentAt + times.lookupLagMs - clock.now()), options)
  return settleByReading(ports, request.id, changes, sent.outcomes, sent.calls, options)
}

function settle({ store }: OutboxPorts, id: string, settlements: readonly Settlement[]): Promise<void> {
  return stillOpen(store.settle(id, settlements))
}

/** While a run is paused for longer than its lease lasts, another finds out what came of its requests. */
async function stillOpen(work: Promise<void>): Promise<void> {
  try {
    await work
  } catch (error) {
    if (!(error instanceof Fault) || (error.code !== 'request-closed' && error.code !== 'claim-lost')) throw error
    throw new Fault(OVERTAKEN, 'Another run has settled what this one had sent, while this one was paused', {
      blame: 'remote',
      hint: 'Nothing to do: the other run goes on; the next run finds what is left',
      cause: error,
    })
  }
}

const OVERTAKEN = 'run-overtaken'

/**
 * Lets the claims go of a request of which nothing was done. Not once another run may have taken over: it may be sending the
 * request again, and then it is for that run to say what came of it.
 */
async function release(
  ports: OutboxPorts,
  id: string,
  changes: readonly ChangeInHand[],
  options?: CallOptions,
): Promise<void> {
  await options?.mayWrite?.()
  await settle(
    ports,
    id,
    changes.map(({ change }) => ({ kind: 'release', board: change.board, key: change.key })),
  )
}

/**
 * Deals with every request that an earlier run (or this one) left open, oldest first. Nothing may be sent before
 * this is done.
 *
 * A request that was never sent is let go. One that was is sent again, the same body with the same key, while the
 * vendor still keeps the answer; later the board is asked, once look-ups have caught up, and what it shows decides.
 */
export async function recoverOpenRequests(
  ports: OutboxPorts,
  ours: (request: OutboxRequest) => boolean,
  options?: CallOptions,
): Promise<Delivered> {
  let total: Delivered = { results: [], calls: 0, suspects: [] }
  for (const request of await ports.store.openRequests()) {
    if (!ours(request)) continue
    // Its host is not known yet; whichever it was, nothing was sent there.
    if (request.state === 'intended') {
      await ports.store.unclaim(request.id).catch((error: unknown) => {
        // The run that claimed it was only paused: it will find that it may not write.
        if (!(error instanceof Fault && error.code === 'request-was-sent')) throw error
      })
      continue
    }
    if (request.host !== ports.host.name) continue
    const changes = JSON.parse(request.changes) as ChangeInHand[]
    const one = await resolve(ports, request, changes, null, options).catch((error: unknown) => {
      // The run that sent it was only paused, heard its answer and settled it; what we sent again may have been done again.
      if (error instanceof Fault && error.code === OVERTAKEN) {
        return { results: [], calls: 0, suspects: creations(changes) }
      }
      throw error
    })
    total = {
      results: [...total.results, ...one.results],
      calls: total.calls + one.calls,
      suspects: [...total.suspects, ...one.suspects],
    }
  }
  return total
}

/**
 * Finds out what came of a request whose outcome is not known. `sent` is what the first try told, when this process
 * made it: with some outcomes known, sending the body again could repeat them, so the board is asked instead.
 */
async function resolve(
  ports: OutboxPorts,
  request: OutboxRequest,
  changes: readonly ChangeInHand[],
  sent: SendResult | null,
  options?: CallOptions,
): Promise<Delivered> {
  const { clock, host, times } = ports
  let calls = sent?.calls ?? 0
  const partly = sent?.outcomes.some((outcome) => outcome.status !== 'unknown') ?? false
  let lastSentAt = request.sentAt
  if (!partly) {
    for (const [attempt, waitMs] of [...(sent === null ? [0] : []), ...times.retryMs].entries()) {
      if (clock.now() - request.sentAt > times.replayMs) break
      if (attempt > 0 || sent !== null) await clock.sleep(waitMs, options)
      lastSentAt = clock.now()
      let again: SendResult
      try {
        again = await host.send(request.body, request.idempotencyKey, options)
      } catch (error) {
        // Refused as a whole, like a body above the vendor's limits: what came of the first try stands on the board.
        if (!(error instanceof Fault)) throw error
        break
      }
      calls += again.calls
      // The first try may have been carried out before whatever it is now refused for: the board is asked.
      if (again.together) break
      if (again.outcomes.every((outcome) => outcome.status !== 'unknown')) {
        // An answer that is no replay may be a second execution: the first may have happened without being kept.
        const suspects = again.replayed ? [] : creations(changes)
        return settleSent(ports, request.id, changes, { ...again, calls }, suspects)
      }
      if (again.outcomes.some((outcome) => outcome.status !== 'unknown')) {
        sent = again
        break
      }
    }
  }
  await clock.sleep(Math.max(0, lastSentAt + times.lookupLagMs - clock.now()), options)
  return settleByReading(ports, request.id, changes, sent?.outcomes ?? null, calls, options)
}

function creations(changes: readonly ChangeInHand[]): { board: string; key: string }[] {
  return changes.flatMap(({ change }) => (change.kind === 'create' ? [{ board: change.board, key: change.key }] : []))
}

async function settleSent(
  ports: OutboxPorts,
  id: string,
  changes: readonly ChangeInHand[],
  sent: SendResult,
  suspects: Delivered['suspects'],
): Promise<Delivered> {
  const settlements: Settlement[] = []
  const refusals: Refusal[] = []
  const results: ChangeResult[] = []
  let at = 0
  for (const hand of changes) {
    const outcomes = sent.outcomes.slice(at, at + hand.change.steps.length)
    at += hand.change.steps.length
    const one = settleOne(hand, outcomes, ports.clock.now())
    settlements.push(one.settlement)
    if (one.refusal !== null) refusals.push(one.refusal)
    results.push(one.result)
  }
  await settle(ports, id, settlements)
  await keepRefusals(ports, refusals)
  return { results, calls: sent.calls, suspects }
}

/** Refusals that the board as remembered does not explain. A board that is full or forbidden is as it was. */
const DOUBTS_LAYOUT: ReadonlySet<string> = new Set([
  'cell-refused',
  'column-missing',
  'group-missing',
  'not-found',
  'board-rule',
])

async function keepRefusals({ store }: OutboxPorts, refusals: readonly Refusal[]): Promise<void> {
  await store.saveRefusals(refusals)
  const doubted = refusals.filter(({ code }) => DOUBTS_LAYOUT.has(code))
  await doubtLayouts(
    store,
    doubted.map(({ board }) => board),
  )
}

function settleOne(
  hand: ChangeInHand,
  outcomes: readonly ChangeOutcome[],
  now: number,
): { settlement: Settlement; refusal: Refusal | null; result: ChangeResult } {
  const { change, before } = hand
  const { board, key, kind } = change
  const settled = settleChange(change, before, outcomes)
  if (settled.status === 'unknown') throw new Error('settleOne was given an outcome that is not known')
  if (settled.status === 'applied') {
    return {
      settlement: toSettlement(hand, settled.known, now),
      refusal: null,
      result: { board, key, kind, status: 'applied', itemMissing: false },
    }
  }
  const { code, message, column, hint } = settled.refusal
  const itemMissing = code === 'item-missing'
  const known =
    itemMissing && before !== null ? { ...before, place: 'archived' as const, desired: null } : settled.known
  return {
    settlement: known === null ? { kind: 'release', board, key } : toSettlement(hand, known, now),
    // An item that people removed is made anew by the next plan; a refusal would hold that back.
    refusal: itemMissing
      ? null
      : { board, key, code, message, column: column ?? null, hint: hint ?? null, desired: change.desired, at: now },
    result: { board, key, kind, status: 'refused', itemMissing },
  }
}

function toSettlement({ change, before, from }: ChangeInHand, known: KnownAfter, now: number): Settlement {
  // Keys stay on the list to plan: the pass after applying finds them equal and takes them off, or finds what changed meanwhile.
  return {
    kind: 'entry',
    unlist: false,
    entry: { ...entryOf(known), board: change.board, key: change.key, from: from ?? before?.from ?? null, at: now },
  }
}

function entryOf(known: KnownAfter) {
  const { itemId, place, name, group, cells, unread, leftOn, desired } = known
  return { itemId, place, name, group, cells, unread, leftOn, desired }
}

/** Settles by what the board shows: creations by key, the rest by item id. Known outcomes of the request, where given, are kept. */
async function settleByReading(
  ports: OutboxPorts,
  id: string,
  changes: readonly ChangeInHand[],
  outcomes: readonly ChangeOutcome[] | null,
  calls: number,
  options?: CallOptions,
): Promise<Delivered> {
  const settlements: Settlement[] = []
  const refusals: Refusal[] = []
  const results: ChangeResult[] = []
  const suspects: { board: string; key: string }[] = []
  const open: ChangeInHand[] = []
  const suspected = new Map<ChangeInHand, Refused>()
  let nothing = 0
  let at = 0
  for (const hand of changes) {
    const own = outcomes?.slice(at, at + hand.change.steps.length) ?? []
    at += hand.change.steps.length
    if (outcomes === null || own.some((outcome) => outcome.status === 'unknown')) {
      open.push(hand)
      const [first] = own
      if (first?.status === 'unknown' && first.suspect !== undefined) suspected.set(hand, first.suspect)
      continue
    }
    const one = settleOne(hand, own, ports.clock.now())
    settlements.push(one.settlement)
    if (one.refusal !== null) refusals.push(one.refusal)
    results.push(one.result)
  }
  for (const [board, hands] of Map.groupBy(open, ({ change }) => change.board)) {
    const layout = ports.layouts.get(board)
    if (layout === undefined)
      throw new Fault(
        'board-unknown',
        `Board "${board}" has changes whose outcome is not known, and the board cannot be reached`,
        {
          blame: 'operator',
          hint: `Check that the mapping of ${board} and its board still exist, then run sync again`,
        },
      )
    const created = hands.filter(({ change }) => change.kind === 'create')
    const changed = hands.filter(({ change }) => change.kind !== 'create')
    const byKey = Map.groupBy(
      await findInChunks(
        created.map(({ change }) => change.key),
        (keys) => ports.host.findByKeys(layout, keys, options),
      ),
      (item) => item.key,
    )
    const ids = changed.flatMap(({ before }) => (before?.itemId == null ? [] : [before.itemId]))
    const byId = new Map(
      (await findInChunks(ids, (some) => ports.host.findByIds(layout, some, options))).map((item) => [
        item.itemId,
        item,
      ]),
    )
    for (const hand of hands) {
      const { change, before } = hand
      const { key, kind } = change
      const refusal = suspected.get(hand)
      const found = kind === 'create' ? oldest(byKey.get(key) ?? []) : byId.get(before?.itemId ?? '')
      if (kind === 'create' && (byKey.get(key)?.length ?? 0) > 1) suspects.push({ board, key })
      const applied = found !== undefined && shows(found, hand)
      if (refusal !== undefined && !applied && !showsSome(found, hand)) {
        if (changes.length > 1) settlements.push({ kind: 'release', board, key })
        else {
          const same = hand.change.steps.map(() => refusal)
          const one = settleOne(hand, same, ports.clock.now())
          settlements.push(one.settlement)
          if (one.refusal !== null) refusals.push(one.refusal)
          results.push(one.result)
        }
        nothing += 1
        continue
      }
      settlements.push(readSettlement(hand, found, ports.clock.now()))
      results.push({ board, key, kind, status: applied ? 'applied' : 'unknown', itemMissing: false })
    }
  }
  await settle(ports, id, settlements)
  await keepRefusals(ports, refusals)
  return { results, calls, suspects, ...(nothing > 0 ? { together: true as const } : {}) }
}

function readSettlement(hand: ChangeInHand, found: BoardItem | undefined, now: number): Settlement {
  const { change, before } = hand
  if (found === undefined) {
    // A creation that did not happen, or an item that is no longer there at all.
    if (change.kind === 'create' || before === null) return { kind: 'release', board: change.board, key: change.key }
    return toSettlement(hand, { ...before, place: 'archived', desired: null }, now)
  }
  const was = before ?? {
    version: 0,
    state: 'settled' as const,
    itemId: null,
    place: 'active' as const,
    name: '',
    group: '',
    cells: '{}',
    leftOn: null,
    desired: null,
  }
  const { known } = rereadKnown({ ...was, unread: true }, found, Object.keys(found.cells))
  const moved = change.group !== null && found.group === change.group.after
  const place = found.state === 'active' ? (moved || change.kind === 'create' ? change.place : was.place) : 'archived'
  return toSettlement(hand, { ...known, place, leftOn: moved ? change.leftOn : was.leftOn, desired: null }, now)
}

/** Whether an item shows what a change was to bring about. */
function shows(item: BoardItem, { change }: ChangeInHand): boolean {
  return change.steps.every((step) => showsStep(item, step))
}

/** Whether any of a change is on the board; a creation is when its item is. */
function showsSome(item: BoardItem | undefined, { change }: ChangeInHand): boolean {
  return item !== undefined && (change.kind === 'create' || change.steps.some((step) => showsStep(item, step)))
}

function showsStep(item: BoardItem, step: Step): boolean {
  switch (step.kind) {
    case 'archive':
      return item.itemId !== step.itemId || item.state !== 'active'
    case 'move':
      return item.group === step.group
    default:
      return Object.entries(step.cells).every(([title, text]) => (item.cells[title] ?? '') === text)
  }
}

/**
 * Looks up keys that may stand on a board twice, once look-ups have caught up, and returns the younger copies. The
 * ledger keeps the older item.
 */
export async function sweepKeys(
  ports: OutboxPorts,
  suspects: Delivered['suspects'],
  lastSentAt: number,
  options?: CallOptions,
): Promise<readonly (DuplicateItem & { readonly board: string })[]> {
  if (suspects.length === 0) return []
  await ports.clock.sleep(Math.max(0, lastSentAt + ports.times.lookupLagMs - ports.clock.now()), options)
  const copies: (DuplicateItem & { board: string })[] = []
  for (const [board, keys] of Map.groupBy(suspects, (suspect) => suspect.board)) {
    const layout = ports.layouts.get(board)
    if (layout === undefined) continue
    const found = await findInChunks(
      keys.map(({ key }) => key),
      (some) => ports.host.findByKeys(layout, some, options),
    )
    for (const [key, items] of Map.groupBy(found, (item) => item.key)) {
      const keep = oldest(items)
      if (items.length < 2 || keep === undefined) continue
      const entry = await ports.store.ledgerEntry(board, key)
      if (entry !== null && entry.state === 'settled' && entry.itemId !== keep.itemId) {
        const { known } = rereadKnown({ ...entry, unread: true }, keep, Object.keys(keep.cells))
        await ports.store.saveReread(board, [{ ...entry, ...entryOf(known), desired: null }])
      }
      for (const item of items) if (item !== keep) copies.push({ board, key, itemId: item.itemId })
      await ports.store.listKeys(board, [key])
    }
  }
  return copies
}

function oldest(items: readonly BoardItem[]): BoardItem | undefined {
  return [...items].sort((a, b) =>
    a.createdAt < b.createdAt ? -1 : a.createdAt > b.createdAt ? 1 : Number(a.itemId) - Number(b.itemId),
  )[0]
}

async function findInChunks(
  all: readonly string[],
  find: (some: string[]) => Promise<BoardItem[]>,
): Promise<BoardItem[]> {
  const found: BoardItem[] = []
  for (let from = 0; from < all.length; from += 100) found.push(...(await find(all.slice(from, from + 100))))
  return found
}

/** Compares by whole changes: how many of the leading changes a composed request covers, at least one. */
export function wholeChanges(changes: readonly ChangeInHand[], steps: number): number {
  let covered = 0
  let count = 0
  for (const { change } of changes) {
    covered += change.steps.length
    if (covered > steps) break
    count += 1
  }
  return Math.max(1, count)
}

export function boardChangesOf(changes: readonly ChangeInHand[], layouts: LayoutsByBoard) {
  return changes.flatMap(({ change }) => {
    const layout = layouts.get(change.board)
    if (layout === undefined)
      throw new Fault('board-unknown', `Board "${change.board}" is not prepared`, { blame: 'us' })
    return toBoardChanges(change, layout)
  })
}

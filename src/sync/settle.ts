import type { BoardItem, BoardLayout, ChangeOutcome, Refused, SendResult } from '../board/board.ts'
import { type KnownAfter, rereadKnown, settleChange } from '../plan/known.ts'
import { isSaying, type Step } from '../plan/plan.ts'
import type { CallOptions } from '../platform/call-options.ts'
import { Fault } from '../platform/errors.ts'
import type { Refusal, Settlement } from '../store/store.ts'
import { doubtLayouts } from './board-memory.ts'
import type { ChangeInHand, ChangeResult, Delivered, OutboxPorts } from './outbox-ports.ts'
import { settleSaid, settleSaidByReading } from './settle-said.ts'

/** Settles a request all of whose outcomes are known, step by step in order. */
export async function settleSent(
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

/** Refusals that the board as remembered does not explain. A board that is full is as it was. */
const DOUBTS_LAYOUT: ReadonlySet<string> = new Set([
  'cell-refused',
  'column-missing',
  'group-missing',
  'not-found',
  'board-rule',
  'board-forbidden',
])

async function keepRefusals({ store }: OutboxPorts, refusals: readonly Refusal[]): Promise<void> {
  await store.saveRefusals(refusals)
  const doubted = refusals.filter(({ code }) => DOUBTS_LAYOUT.has(code))
  await doubtLayouts(
    store,
    doubted.map(({ board }) => board),
  )
}

function settle({ store }: OutboxPorts, id: string, settlements: readonly Settlement[]): Promise<void> {
  return stillOpen(store.settle(id, settlements))
}

/** While a run is paused for longer than its lease lasts, another finds out what came of its requests. */
export async function stillOpen(work: Promise<void>): Promise<void> {
  try {
    await work
  } catch (error) {
    if (!(error instanceof Fault) || (error.code !== 'request-closed' && error.code !== 'claim-lost')) throw error
    throw overtaken(error)
  }
}

export function overtaken(cause?: unknown): Fault {
  return new Fault(OVERTAKEN, 'Another run has settled what this one had sent, while this one was paused', {
    blame: 'remote',
    hint: 'Nothing to do: the other run goes on; the next run finds what is left',
    ...(cause === undefined ? {} : { cause }),
  })
}

export const OVERTAKEN = 'run-overtaken'

/**
 * Lets the claims go of a request of which nothing was done. Not once another run may have taken over: it may be sending the
 * request again, and then it is for that run to say what came of it.
 */
export async function release(
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

/** What one change comes to; no outcome of it is `unknown`. */
export function settleOne(
  hand: ChangeInHand,
  outcomes: readonly ChangeOutcome[],
  now: number,
): { settlement: Settlement; refusal: Refusal | null; result: ChangeResult } {
  const { change, before } = hand
  const { board, key, kind } = change
  if (isSaying(kind)) return settleSaid(hand, outcomes, now)
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
    entry: {
      ...entryOf(known),
      board: change.board,
      key: change.key,
      from: from ?? before?.from ?? null,
      at: now,
      // What is taken as said once the change is applied; that of an item which is gone outlives it.
      told: change.told ?? before?.told ?? '',
    },
  }
}

export function entryOf(known: KnownAfter) {
  const { itemId, place, name, group, cells, unread, leftOn, desired } = known
  return { itemId, place, name, group, cells, unread, leftOn, desired }
}

/** A request that was sent, with what is known of it. */
interface Sent {
  readonly id: string
  readonly changes: readonly ChangeInHand[]
  /** One for each step; `null`: nothing is known. */
  readonly outcomes: readonly ChangeOutcome[] | null
  readonly sentAt: number
  /** What is settled already, to be saved with the rest or not at all. */
  readonly along?: readonly Settlement[]
  readonly calls: number
}

/** Settles by what the board shows: creations by key, the rest by item id. Known outcomes of the request, where given, are kept. */
export async function settleByReading(
  ports: OutboxPorts,
  { id, changes, outcomes, sentAt, along = [], calls }: Sent,
  options?: CallOptions,
): Promise<Delivered> {
  const settlements: Settlement[] = [...along]
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
    const layout = layoutOf(ports, board)
    const said = await settleSaidByReading(
      ports,
      hands.filter(({ change }) => isSaying(change.kind)),
      sentAt,
      layout,
      options,
    )
    const created = hands.filter(({ change }) => change.kind === 'create')
    const changed = hands.filter(({ change }) => change.kind !== 'create' && !isSaying(change.kind))
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
      const asRead = said.get(hand)
      if (asRead !== undefined && (refusal === undefined || asRead.result.status === 'applied')) {
        settlements.push(asRead.settlement)
        if (asRead.refusal !== null) refusals.push(asRead.refusal)
        results.push(asRead.result)
        continue
      }
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

export function layoutOf({ layouts }: OutboxPorts, board: string): BoardLayout {
  const layout = layouts.get(board)
  if (layout !== undefined) return layout
  throw new Fault(
    'board-unknown',
    `Board "${board}" has changes whose outcome is not known, and the board cannot be reached`,
    {
      blame: 'operator',
      hint: `Check that the mapping of ${board} and its board still exist, then run sync again`,
    },
  )
}

/** The ledger entry of a change as a look at its item shows it; `undefined`: it is not there. */
export function readSettlement(hand: ChangeInHand, found: BoardItem | undefined, now: number): Settlement {
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
  const { known } = rereadKnown({ ...was, unread: true }, found, Object.keys(found.cells), change.key)
  const moved = change.group !== null && found.group === change.group.after
  const place = found.state === 'active' ? (moved || change.kind === 'create' ? change.place : was.place) : 'archived'
  return toSettlement(hand, { ...known, place, leftOn: moved ? change.leftOn : was.leftOn, desired: null }, now)
}

/** Whether an item shows what a change was to bring about. */
export function shows(item: BoardItem, { change }: ChangeInHand): boolean {
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
      return item.state === 'active' && item.group === step.group
    case 'post':
    case 'notify':
      return false
    default:
      return (
        item.state === 'active' &&
        Object.entries(step.cells).every(([title, text]) => (item.cells[title] ?? '') === text)
      )
  }
}

export function oldest(items: readonly BoardItem[]): BoardItem | undefined {
  return [...items].sort((a, b) =>
    a.createdAt < b.createdAt ? -1 : a.createdAt > b.createdAt ? 1 : Number(a.itemId) - Number(b.itemId),
  )[0]
}

/** As many as monday's host asks for in one call. */
const AT_ONCE = 500

export async function findInChunks(
  all: readonly string[],
  find: (some: string[]) => Promise<BoardItem[]>,
): Promise<BoardItem[]> {
  const found: BoardItem[] = []
  for (let from = 0; from < all.length; from += AT_ONCE) found.push(...(await find(all.slice(from, from + AT_ONCE))))
  return found
}

import type { SendResult } from '../board/board.ts'
import { rereadKnown, toBoardChanges } from '../plan/known.ts'
import type { CallOptions } from '../platform/call-options.ts'
import { Fault } from '../platform/errors.ts'
import type { OutboxRequest } from '../store/store.ts'
import { finishImport } from './import-outbox.ts'
import type { ChangeInHand, Delivered, LayoutsByBoard, OutboxPorts } from './outbox-ports.ts'
import type { DuplicateItem } from './reread.ts'
import { entryOf, findInChunks, OVERTAKEN, oldest, release, settleByReading, settleSent, stillOpen } from './settle.ts'

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
  const { id, sentAt } = request
  return settleByReading(ports, { id, sentAt, changes, outcomes: sent.outcomes, calls: sent.calls }, options)
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
    const { imports } = ports.host
    const isImport = imports?.isImport(request.body) === true
    let one: Delivered
    try {
      one = isImport
        ? await finishImport(ports, imports, { request, changes }, { calls: 0, fresh: false }, options)
        : await resolve(ports, request, changes, null, options)
    } catch (error) {
      if (!(error instanceof Fault)) throw error
      // The run that sent it was only paused, heard its answer and settled it; what we sent again may have been done again.
      if (error.code === OVERTAKEN) total = { ...total, suspects: [...total.suspects, ...creations(changes)] }
      else if (!isImport) throw error
      // The keys of an import stay in doubt, or are free again; nothing else need wait for them.
      else if ((await ports.store.openRequests()).some(({ id }) => id === request.id))
        total = { ...total, waiting: [...(total.waiting ?? []), error] }
      continue
    }
    total = {
      ...total,
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
  // Updates stand on the board to be read; sent again, they might stand there twice.
  if (!partly && changes[0]?.change.kind !== 'post') {
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
  const { id, sentAt } = request
  return settleByReading(ports, { id, sentAt, changes, outcomes: sent?.outcomes ?? null, calls }, options)
}

function creations(changes: readonly ChangeInHand[]): { board: string; key: string }[] {
  return changes.flatMap(({ change }) => (change.kind === 'create' ? [{ board: change.board, key: change.key }] : []))
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

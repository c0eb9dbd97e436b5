import type { BoardImports, BoardItem, ChangeOutcome, ImportResult } from '../board/board.ts'
import type { CallOptions } from '../platform/call-options.ts'
import { Fault } from '../platform/errors.ts'
import type { OutboxRequest, Settlement } from '../store/store.ts'
import { keepCopies } from './board-memory.ts'
import type { ChangeInHand, ChangeResult, Delivered, OutboxPorts } from './outbox-ports.ts'
import {
  findInChunks,
  layoutOf,
  overtaken,
  readSettlement,
  release,
  settleByReading,
  shows,
  stillOpen,
} from './settle.ts'

/** A lost import that is surely over within so many look-up lags is waited for; a later one is left to the next run. */
const PATIENCE = 4

/** An import on its way, with what it has cost so far. */
export interface StartedImport {
  readonly calls: number
  /** It was opened by this process just now. */
  readonly fresh: boolean
  readonly watch?: (rows: number) => void
}

/**
 * Hands over the file of an opened import and settles what came of it. The body, with the job in it, is stored before the
 * first byte leaves: whoever finds the request later asks what became of that job, and never opens another one blindly.
 *
 * Rejects with a `Fault`: when nothing was done the claims are released; when the outcome is still open, so is the request.
 */
export async function deliverImport(
  ports: OutboxPorts,
  imports: BoardImports,
  sending: { readonly id: string; readonly body: string; readonly changes: readonly ChangeInHand[] },
  started: StartedImport,
  options?: CallOptions,
): Promise<Delivered> {
  const { id, body, changes } = sending
  const request: OutboxRequest = {
    id,
    host: ports.host.name,
    state: 'sending',
    idempotencyKey: id,
    body,
    changes: JSON.stringify(changes.map(lean)),
    keys: changes.map(({ change }) => ({ board: change.board, key: change.key })),
    sentAt: ports.clock.now(),
    run: ports.run,
  }
  await stillOpen(ports.store.markSending(request))
  return finishImport(ports, imports, { request, changes }, started, options)
}

/** A change without what only people read: of 10,000 that is half. */
function lean({ change, before, from }: ChangeInHand): ChangeInHand {
  return { change: { ...change, why: '', cells: {} }, before, from }
}

/** Finds out what came, or comes, of an import whose request is stored. Rejects as `deliverImport` does. */
export async function finishImport(
  ports: OutboxPorts,
  imports: BoardImports,
  { request, changes }: { readonly request: OutboxRequest; readonly changes: readonly ChangeInHand[] },
  { calls, fresh, watch }: StartedImport,
  options?: CallOptions,
): Promise<Delivered> {
  const { clock, times } = ports
  let result: ImportResult
  try {
    result = await imports.finish(request.body, { ...options, fresh, ...(watch === undefined ? {} : { watch }) })
  } catch (error) {
    if (error instanceof Fault) await release(ports, request.id, changes, options)
    throw error
  }
  const total = calls + result.calls
  switch (result.is) {
    case 'open': {
      // A run that was told to stop, since another took over, does not know that the other has settled it.
      const open = await ports.store.openRequests()
      throw open.some(({ id }) => id === request.id) ? result.fault : overtaken(result.fault)
    }
    case 'lost': {
      // Whatever it made last is found by its key only so much later.
      const waitMs = result.overAt + times.lookupLagMs - clock.now()
      if (waitMs > PATIENCE * times.lookupLagMs) throw notYet(changes, result.message, clock.now() + waitMs)
      await clock.sleep(Math.max(0, waitMs), options)
      const { id, sentAt } = request
      return settleByReading(ports, { id, sentAt, changes, outcomes: null, calls: total }, options)
    }
    default:
      return settleImported(ports, request, changes, { ...result, calls: total }, options)
  }
}

function notYet(changes: readonly ChangeInHand[], message: string, at: number): Fault {
  const board = changes[0]?.change.board ?? ''
  const time = `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`
  return new Fault(
    'import-lost',
    `What became of ${changes.length} changes of board "${board}" cannot be known yet: ${message}`,
    {
      blame: 'remote',
      exit: 75,
      hint: `Run sync again after ${time}: from then on the board shows what was carried out`,
    },
  )
}

/** One row of a finished import. */
interface Row {
  readonly hand: ChangeInHand
  readonly outcome: ChangeOutcome
}

/**
 * Settles an import by its report. Rows that did what they were to do hold the text we sent, unread. A row that met
 * another item than it was meant for is settled by what that item shows; rows of which the report says nothing, by what
 * the board shows.
 */
async function settleImported(
  ports: OutboxPorts,
  request: OutboxRequest,
  changes: readonly ChangeInHand[],
  { outcomes, repeated, calls }: Extract<ImportResult, { is: 'done' }>,
  options?: CallOptions,
): Promise<Delivered> {
  const rows: Row[] = changes.map((hand, at) => ({ hand, outcome: outcomes[at] ?? NOT_TOLD }))
  const odd = rows.filter(isOdd)
  const met = await lookAt(ports, odd, options)
  const settled = new Map<ChangeInHand, { settlement: Settlement; result: ChangeResult }>()
  for (const row of odd) settled.set(row.hand, settleMet(row, met, ports.clock.now()))
  await keepCopies(ports.store, copiesAmong(odd, met))
  const suspects = repeated
    ? rows.filter(({ hand }) => hand.change.kind === 'create').map(({ hand: { change } }) => change)
    : []
  if (rows.some(({ outcome }) => outcome.status === 'unknown')) {
    // Their items may have been made just now.
    await ports.clock.sleep(ports.times.lookupLagMs, options)
  }
  const one = await settleByReading(
    ports,
    {
      id: request.id,
      sentAt: request.sentAt,
      changes: changes.filter((hand) => !settled.has(hand)),
      outcomes: rows.filter(({ hand }) => !settled.has(hand)).map(({ outcome }) => outcome),
      along: [...settled.values()].map(({ settlement }) => settlement),
      calls,
    },
    options,
  )
  return {
    results: [...one.results, ...[...settled.values()].map(({ result }) => result)],
    calls: one.calls,
    suspects: [...one.suspects, ...suspects.map(({ board, key }) => ({ board, key }))],
  }
}

const NOT_TOLD: ChangeOutcome = { status: 'unknown', message: 'the import told nothing of this row' }

/** Whether a row did something else than it was meant for: it found an item where there should be none, or another one. */
function isOdd({ hand: { change, before }, outcome }: Row): boolean {
  if (outcome.status !== 'applied') return false
  if (change.kind === 'create') return outcome.made === false
  return outcome.made === true || outcome.itemId !== before?.itemId
}

/** The items that odd rows met, and those that they were meant for, by id. */
async function lookAt(
  ports: OutboxPorts,
  odd: readonly Row[],
  options?: CallOptions,
): Promise<ReadonlyMap<string, BoardItem>> {
  const [first] = odd
  if (first === undefined) return new Map()
  const layout = layoutOf(ports, first.hand.change.board)
  const ids = odd.flatMap(({ hand, outcome }) => [
    ...(outcome.status === 'applied' ? [outcome.itemId] : []),
    ...(hand.before?.itemId == null ? [] : [hand.before.itemId]),
  ])
  const items = await findInChunks([...new Set(ids)], (some) => ports.host.findByIds(layout, some, options))
  return new Map(items.map((item) => [item.itemId, item]))
}

/** The item that stays that of the key: the one the ledger follows, as long as it is there. */
function kept({ hand, outcome }: Row, met: ReadonlyMap<string, BoardItem>): BoardItem | undefined {
  const own = met.get(hand.before?.itemId ?? '')
  if (own?.state === 'active') return own
  return outcome.status === 'applied' ? (met.get(outcome.itemId) ?? own) : own
}

function settleMet(
  row: Row,
  met: ReadonlyMap<string, BoardItem>,
  now: number,
): { settlement: Settlement; result: ChangeResult } {
  const { hand } = row
  const { board, key, kind } = hand.change
  const item = kept(row, met)
  const applied = kind === 'create' && item !== undefined && shows(item, hand)
  return {
    settlement: readSettlement(hand, item, now),
    // The board had moved on since the plan was made; what is still missing is planned again.
    result: { board, key, kind, status: applied ? 'applied' : 'stale', itemMissing: false },
  }
}

/** Items that rows met beside the one that the ledger follows: younger copies of its key. */
function copiesAmong(odd: readonly Row[], met: ReadonlyMap<string, BoardItem>) {
  return odd.flatMap((row) => {
    const { hand, outcome } = row
    if (outcome.status !== 'applied' || kept(row, met)?.itemId === outcome.itemId) return []
    return [{ board: hand.change.board, key: hand.change.key, itemId: outcome.itemId }]
  })
}

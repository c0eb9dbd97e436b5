import { randomUUID } from 'node:crypto'
import type { BoardImports } from '../board/board.ts'
import { batchesOf } from '../plan/import-batches.ts'
import { isSaying } from '../plan/plan.ts'
import type { CallOptions } from '../platform/call-options.ts'
import { Fault } from '../platform/errors.ts'
import { noteHourUsed, noteImport } from './import-budget.ts'
import { deliverImport } from './import-outbox.ts'
import { chooseBy, findKeysAlike, isImportRow, mayImport, readWayTerms } from './import-rows.ts'
import { refreshed, withBefore } from './in-hand.ts'
import { boardChangesOf } from './outbox.ts'
import type { ChangeInHand, Delivered, OutboxPorts } from './outbox-ports.ts'
import { count, countOf, type PushCounts } from './push-counts.ts'

/** What imports did of a window of changes. */
export interface Imported {
  /** What is to be sent in requests, in the order it came in. */
  readonly rest: readonly ChangeInHand[]
  readonly sent: boolean
  readonly suspects: Delivered['suspects']
  readonly stopped: Fault | null
}

export interface Importer {
  /** Imports what is cheaper so, and counts it. */
  send(window: readonly ChangeInHand[], options?: CallOptions): Promise<Imported>
  /** Why some changes are pending for another hour; `null` when none are. */
  waits(): Fault | null
  /** Why changes that were to be imported were sent, where that was not for the cost. */
  told(): readonly Fault[]
}

/** Is told how imports go. */
export interface ImportWatch {
  /** One is opened; in words, what it will take. */
  begins(board: string, detail: string): void
  /** So many of its rows are done. */
  done(board: string, rows: number): void
}

/** Writes by import what costs fewer calls that way; of a host that takes no imports, nothing. */
export function createImporter(outbox: OutboxPorts, counts: Map<string, PushCounts>, watch: ImportWatch): Importer {
  const { imports } = outbox.host
  if (imports === undefined) {
    return {
      send: async (rest) => ({ rest, sent: false, suspects: [], stopped: null }),
      waits: () => null,
      told: () => [],
    }
  }
  return new PushImporter(outbox, imports, counts, watch)
}

interface File {
  readonly changes: readonly ChangeInHand[]
}

interface FileSent {
  /** Changes to be offered again: nothing was done with them. */
  readonly again: readonly ChangeInHand[]
  readonly suspects: Delivered['suspects']
  readonly stopped: Fault | null
}

class PushImporter implements Importer {
  readonly #outbox: OutboxPorts
  readonly #imports: BoardImports
  readonly #counts: Map<string, PushCounts>
  readonly #watch: ImportWatch
  readonly #alike = new Map<string, ReadonlySet<string>>()
  readonly #told: Fault[] = []
  #later = 0
  /** Files do not get through: the rest of this push does without. */
  #isOff = false

  constructor(outbox: OutboxPorts, imports: BoardImports, counts: Map<string, PushCounts>, watch: ImportWatch) {
    this.#outbox = outbox
    this.#imports = imports
    this.#counts = counts
    this.#watch = watch
  }

  waits(): Fault | null {
    if (this.#later === 0) return null
    return new Fault(
      'import-hour-used',
      `${this.#later} changes wait: the hour's imports are used up, and sending them one by one takes more calls than the day has left`,
      { blame: 'remote', exit: 75, hint: 'Run sync again in an hour: what is left is planned again then' },
    )
  }

  told(): readonly Fault[] {
    return this.#told
  }

  async send(window: readonly ChangeInHand[], options?: CallOptions): Promise<Imported> {
    let rest = window
    let sent = false
    const suspects: { board: string; key: string }[] = []
    for (;;) {
      const choice = await this.#choose(rest, options)
      if (choice === null) break
      this.#pend(choice.later)
      rest = without(rest, [...choice.later, ...choice.files.flatMap(({ changes }) => changes)])
      let isAgain = false
      for (const [n, file] of choice.files.entries()) {
        if (options?.signal?.aborted || isAgain) {
          // Chosen anew, with what was learned; or pending, when we are told to stop.
          rest = [...rest, ...choice.files.slice(n).flatMap(({ changes }) => changes)]
          break
        }
        const one = await this.#sendFile(file, options)
        sent = true
        suspects.push(...one.suspects)
        rest = [...rest, ...one.again]
        isAgain = one.again.length > 0
        if (one.stopped !== null) {
          rest = [...rest, ...choice.files.slice(n + 1).flatMap(({ changes }) => changes)]
          return { rest: inOrderOf(window, rest), sent, suspects, stopped: one.stopped }
        }
      }
      if (!isAgain || options?.signal?.aborted) break
    }
    return { rest: inOrderOf(window, rest), sent, suspects, stopped: null }
  }

  /** The files to make of these changes, and what waits for another hour; `null`: neither. */
  async #choose(
    changes: readonly ChangeInHand[],
    options?: CallOptions,
  ): Promise<{ files: File[]; later: ChangeInHand[] } | null> {
    if (this.#isOff || changes.length === 0) return null
    const { host } = this.#outbox
    const imports = this.#imports
    const candidates = changes.filter(({ change }) => {
      const layout = this.#outbox.layouts.get(change.board)
      return layout !== undefined && isImportRow(imports, change, layout)
    })
    const steps = changes.reduce((sum, { change }) => sum + change.steps.length, 0)
    // Keys alike are looked for only where an import is worth it at all.
    if (!mayImport(host, imports, candidates.length)) return null
    const rows: ChangeInHand[] = []
    for (const hand of candidates) {
      if (!(await this.#keysAlike(hand.change.board)).has(hand.change.key.toLowerCase())) rows.push(hand)
    }
    const batches = batchesOf(rows, ({ change }) => change)
    const sizes = batches.map((batch) => batch.length)
    const terms = await readWayTerms(this.#outbox, imports)
    const choice = await chooseBy(host, sizes, steps - rows.length, terms, options)
    const files: File[] = []
    const later: ChangeInHand[] = []
    batches.forEach((batch, n) => {
      let at = 0
      for (const size of choice.files[n] ?? []) {
        files.push({ changes: batch.slice(at, at + size) })
        at += size
      }
      later.push(...batch.slice(at, at + (choice.later[n] ?? 0)))
    })
    return files.length + later.length === 0 ? null : { files, later }
  }

  /** Keys of a board, in lower case, that several keys share: the host might take one for the other. */
  async #keysAlike(board: string): Promise<ReadonlySet<string>> {
    const known = this.#alike.get(board)
    if (known !== undefined) return known
    const alike = await findKeysAlike(this.#outbox.store, board)
    this.#alike.set(board, alike)
    return alike
  }

  #pend(later: readonly ChangeInHand[]): void {
    this.#later += later.length
    for (const { change } of later) countOf(this.#counts, change.board).pending += 1
  }

  async #sendFile({ changes: offer }: File, options?: CallOptions): Promise<FileSent> {
    const { store, clock, times, layouts } = this.#outbox
    const imports = this.#imports
    const id = randomUUID()
    const claimed = await store.claim(
      id,
      offer.map(({ change }) => ({ board: change.board, key: change.key, version: change.version })),
    )
    const live = offer.filter((_, index) => claimed[index] === true)
    for (const { change } of offer.filter((_, n) => claimed[n] !== true)) countOf(this.#counts, change.board).stale += 1
    const [first] = live
    if (first === undefined) return { again: [], suspects: [], stopped: null }
    const claims = await withBefore(store, live)
    const board = first.change.board
    let opened: Awaited<ReturnType<BoardImports['open']>>
    let changes: readonly ChangeInHand[]
    try {
      // An item that was written seconds ago might not be found by its key, and made once more.
      const written = Math.max(0, ...claims.map(({ before }) => before?.at ?? 0))
      await clock.sleep(Math.max(0, written + times.lookupLagMs - clock.now()), options)
      const { body, taken } = imports.compose(boardChangesOf(claims, layouts))
      changes = claims.slice(0, taken)
      const { calls, ms } = imports.estimate(taken)
      this.#watch.begins(board, `${taken} changes, about ${calls} calls and ${Math.ceil(ms / 1_000)} s`)
      opened = await imports.open(body, id, options)
      await noteImport(this.#outbox, imports.limits, taken)
    } catch (error) {
      await store.unclaim(id)
      if (!options?.signal?.aborted) return this.#afterFault(error, claims)
      return { again: await refreshed(store, claims), suspects: [], stopped: null }
    }
    // Storing the request lets go of the claims that it does not name: what did not fit into the file.
    const tooMany = claims.slice(changes.length)
    try {
      const started = { calls: opened.calls, fresh: true, watch: (rows: number) => this.#watch.done(board, rows) }
      const delivered = await deliverImport(this.#outbox, imports, { id, body: opened.body, changes }, started, options)
      for (const result of delivered.results) count(this.#counts, result)
      countOf(this.#counts, board).calls += delivered.calls
      return { again: await refreshed(store, tooMany), suspects: delivered.suspects, stopped: null }
    } catch (error) {
      const isOpen = (await store.openRequests()).some((request) => request.id === id)
      if (!isOpen || !(error instanceof Fault)) return this.#afterFault(error, claims)
      for (const { change } of changes) countOf(this.#counts, change.board).unknown += 1
      return { again: await refreshed(store, tooMany), suspects: [], stopped: error }
    }
  }

  /** Nothing was done, and the claims are released. */
  async #afterFault(error: unknown, claims: readonly ChangeInHand[]): Promise<FileSent> {
    if (!(error instanceof Fault)) throw error
    const again = await refreshed(this.#outbox.store, claims)
    switch (error.code) {
      case 'import-hour-used':
        await noteHourUsed(this.#outbox, this.#imports.limits, error.retryAfterMs)
        return { again, suspects: [], stopped: null }
      case 'import-refused':
        this.#told.push(error)
        return { again, suspects: [], stopped: null }
      case 'import-expired':
        this.#told.push(error)
        this.#isOff = true
        return { again, suspects: [], stopped: null }
      default:
        return { again, suspects: [], stopped: error }
    }
  }
}

function without(all: readonly ChangeInHand[], some: readonly ChangeInHand[]): ChangeInHand[] {
  const gone = new Set(some)
  return all.filter((hand) => !gone.has(hand))
}

/** Changes in the order of the window they are from; refreshed ones are others than those in it. */
function inOrderOf(window: readonly ChangeInHand[], some: readonly ChangeInHand[]): ChangeInHand[] {
  // A key may have a change of each: what it shows, and what is said of it.
  const nameOf = ({ change: { board, key, kind } }: ChangeInHand) => `${board}\n${key}\n${isSaying(kind) ? kind : ''}`
  const byName = new Map(some.map((hand) => [nameOf(hand), hand]))
  return window.flatMap((hand) => byName.get(nameOf(hand)) ?? [])
}

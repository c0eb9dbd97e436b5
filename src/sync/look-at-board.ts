import type { BoardHost, BoardLayout, BoardProblem, BoardRef } from '../board/board.ts'
import type { BoardMapping } from '../mapping/mapping.ts'
import { itemSentences, layoutSentences } from '../plan/drift.ts'
import { followRenamed } from '../plan/follow.ts'
import type { CallOptions } from '../platform/call-options.ts'
import { Fault } from '../platform/errors.ts'
import type { Store } from '../store/store.ts'
import { type Memory, readMemory, saveMemory } from './board-memory.ts'
import type { PlanPorts, PlanRequest } from './plan-board.ts'
import { type DuplicateItem, rereadBoard } from './reread.ts'

/** A board as it is known before planning. */
export interface Looked {
  /** Whether it was read again now. */
  readonly due: boolean
  readonly layout: BoardLayout | null
  /** How it is found: by the mapping, or by its id when people renamed it. */
  readonly ref: BoardRef
  readonly copies: readonly DuplicateItem[]
  /** What people did to it and its items since it was last equal. */
  readonly drift: readonly BoardProblem[]
  readonly calls: number
}

/**
 * The board as remembered, or, when that is too old or a look was asked for, as it is: read whole, the ledger brought up
 * to it, and what people did since put into sentences. A board that is gone is a Fault, save for `repair`, for which its
 * items are forgotten.
 */
export async function lookAtBoard(
  { host, store, clock, onEvent }: PlanPorts,
  board: BoardMapping,
  memory: Memory,
  request: PlanRequest,
  options?: CallOptions,
): Promise<Looked> {
  let calls = 0
  let layout = memory.layout
  const due = request.reread || memory.rereadAt === null || clock.now() - memory.rereadAt >= request.rereadEveryMs
  let copies = memory.copies
  let drift = memory.drift ?? []
  let { ref } = board
  let lost = false
  if (due || memory.lost === true || memory.doubted === true || memory.layout?.closed === true) {
    const reads = due || memory.lost === true
    const found = await findBoard(host, board, memory, options)
    calls += 1
    const was = memory.layout !== null || memory.lost === true
    if (found === null && was) {
      // That the mapping names another board now is no loss.
      if (!isOtherName(board, memory)) {
        lost = true
        await saveMemory(store, board.board, { ...memory, lost })
        if (request.repair !== true) throw boardLost(board, memory)
        drift = addDrift(drift, [asSentence(boardLost(board, memory))])
      }
      await forgetItems(store, board.board, clock.now())
      copies = []
    }
    const asFound = found === null ? null : { ...found, board: board.board }
    layout =
      asFound === null || memory.layout === null ? asFound : followRenamed(titlesOf(board), memory.layout, asFound)
    if (layout !== null && reads) {
      onEvent({ on: 'board', is: 'reading', board: board.board, detail: `${layout.itemsCount} items` })
      const look = { today: request.today, now: clock.now(), before: memory.layout, mapping: board }
      const reread = await rereadBoard(host, store, layout, look, options)
      copies = reread.duplicates
      calls += Math.max(1, Math.ceil(reread.items / 500))
      drift = addDrift(drift, itemSentences(reread.drift))
    }
    if (asFound !== null && memory.layout?.boardId === asFound.boardId) {
      drift = addDrift(drift, layoutSentences(board, memory.layout, asFound))
    }
    const named = 'name' in board.ref && layout !== null ? { named: board.ref.name } : {}
    const { lost: _, doubted: __, ...rest } = memory
    const kept = lost ? { lost } : {}
    const rereadAt = reads ? clock.now() : memory.rereadAt
    await saveMemory(store, board.board, { ...rest, ...named, ...kept, layout, copies, drift, rereadAt })
  }
  if (!due && layout !== null && copies.length > 0) {
    copies = await stillThere(host, layout, copies, options)
    calls += 1
    await saveMemory(store, board.board, { ...(await readMemory(store, board.board)), copies })
  }
  if (isRenamed(board, layout)) ref = { id: layout?.boardId ?? '' }
  return { due, layout, ref, copies, drift, calls }
}

function titlesOf({ columns }: BoardMapping): string[] {
  return columns.map(({ title }) => title)
}

/** The board by its name or id; one that people renamed by the id it had. */
export async function findBoard(
  host: BoardHost,
  { ref }: BoardMapping,
  memory: Memory,
  options?: CallOptions,
): Promise<BoardLayout | null> {
  const found = await host.inspect(ref, options)
  if (found !== null || memory.layout === null || !('name' in ref) || memory.named !== ref.name) return found
  return host.inspect({ id: memory.layout.boardId }, options)
}

/** Whether the mapping knows the board by another name than when it was last found. */
export function isOtherName({ ref }: BoardMapping, { named }: Memory): boolean {
  return 'name' in ref && named !== undefined && named !== ref.name
}

function isRenamed({ ref }: BoardMapping, layout: BoardLayout | null): boolean {
  return layout !== null && 'name' in ref && layout.title !== ref.name
}

/** Not made anew unasked: a board that is gone may only be hidden from the token. */
export function boardLost(board: BoardMapping, { layout }: Memory): Fault {
  const id = layout === null ? '' : ` (id ${layout.boardId})`
  return new Fault(
    'board-lost',
    `The board of ${board.board}${id} is gone: it was deleted or archived, or this token may no longer see it`,
    {
      blame: 'operator',
      hint: board.create
        ? `Restore it in monday, or run repair ${board.board} to make it anew`
        : 'Restore it in monday, or write the board to use in the mapping',
    },
  )
}

function asSentence({ code, message, hint }: Fault): BoardProblem {
  return { level: 'warning', code, message, ...(hint === undefined ? {} : { hint }) }
}

/** Sentences of before and now, each once. */
function addDrift(before: readonly BoardProblem[], now: readonly BoardProblem[]): readonly BoardProblem[] {
  const said = new Set(now.map(({ message }) => message))
  return [...before.filter(({ message }) => !said.has(message)), ...now]
}

/** The items of a board that is gone are gone with it: what is wanted is made anew. */
async function forgetItems(store: Store, board: string, now: number): Promise<void> {
  for await (const page of store.pairs(board, 'all')) {
    const entries = page.flatMap(({ ledger }) =>
      ledger !== null && ledger.state === 'settled' && ledger.place !== 'archived' ? [ledger] : [],
    )
    await store.saveReread(
      board,
      entries.map((entry) => ({ ...entry, place: 'archived' as const, at: now })),
    )
  }
}

/** Copies that nobody has archived yet. */
async function stillThere(
  host: BoardHost,
  layout: BoardLayout,
  copies: readonly DuplicateItem[],
  options?: CallOptions,
): Promise<readonly DuplicateItem[]> {
  const ids = copies.map((copy) => copy.itemId)
  const found = await host.findByIds(layout, ids, options)
  const active = new Set(found.filter((item) => item.state === 'active').map((item) => item.itemId))
  return copies.filter((copy) => active.has(copy.itemId))
}

import type { BoardLayout, BoardProblem } from '../board/board.ts'
import type { BoardMapping } from '../mapping/mapping.ts'
import type { Store } from '../store/store.ts'
import type { DuplicateItem } from './reread.ts'

/** What is remembered of a board between runs. */
export interface Memory {
  /** The name by which the mapping knew the board when it was last found by it: people may have renamed it since. */
  readonly named?: string
  /** The board was there, and is no longer. */
  readonly lost?: boolean
  /** The board refused something that its layout, as remembered, allows: the layout is looked at again before planning. */
  readonly doubted?: boolean
  /** What people did to the board and its items, until it is equal again. */
  readonly drift?: readonly BoardProblem[]
  /** Announcements that the board was once equal with, each with its condition: what comes true of them is news. */
  readonly announces?: Readonly<Record<string, string>>
  readonly layout: BoardLayout | null
  /** Mapping digest with which the board was last made equal; `null`: never. */
  readonly pushed: string | null
  readonly rereadAt: number | null
  /** E-mail addresses that were looked up and that nobody on the account has. */
  readonly unknownPeople: readonly string[]
  /** Younger items with a key that an older one has, to be archived by plan. */
  readonly copies: readonly DuplicateItem[]
}

export async function readMemory(store: Pick<Store, 'note'>, board: string): Promise<Memory> {
  const text = await store.note(`board ${board}`)
  if (text === null) return { layout: null, pushed: null, rereadAt: null, unknownPeople: [], copies: [] }
  return JSON.parse(text) as Memory
}

/** Announcements of a mapping that are no longer new to its board; one whose condition changed is new again. */
export function establishedOf(
  { announcements }: Pick<BoardMapping, 'announcements'>,
  { announces = {} }: Memory,
): ReadonlySet<string> {
  return new Set(announcements.flatMap(({ name, condition }) => (announces[name] === condition ? [name] : [])))
}

export async function saveMemory(store: Store, board: string, memory: Memory): Promise<void> {
  await store.setNote(`board ${board}`, JSON.stringify(memory))
}

/** Lets the next plan look at the layout of some boards again: people changed it, since the board refused what fitted it. */
export async function doubtLayouts(store: Store, boards: Iterable<string>): Promise<void> {
  for (const board of new Set(boards)) {
    const memory = await readMemory(store, board)
    if (memory.layout !== null) await saveMemory(store, board, { ...memory, doubted: true })
  }
}

/** Remembers younger copies that a sweep found, for the next plan to archive. */
export async function keepCopies(
  store: Store,
  copies: readonly (DuplicateItem & { readonly board: string })[],
): Promise<void> {
  for (const [board, own] of Map.groupBy(copies, (copy) => copy.board)) {
    const memory = await readMemory(store, board)
    await saveMemory(store, board, {
      ...memory,
      copies: [...memory.copies, ...own.map(({ key, itemId }) => ({ key, itemId }))],
    })
  }
}

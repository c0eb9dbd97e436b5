import type { BoardMapping } from '../mapping/mapping.ts'
import type { DesiredItem } from '../plan/desired.ts'
import type { Note } from '../plan/plan.ts'
import type { Pair, Store } from '../store/store.ts'
import { readMemory } from './board-memory.ts'

/** Our names of the boards that a board links to, with their ids on the host; those that are not there yet are left out. */
export type LinkedBoards = ReadonlyMap<string, string>

export async function linkedBoards(store: Store, { columns }: BoardMapping): Promise<LinkedBoards> {
  const ids = new Map<string, string>()
  for (const { linksTo } of columns) {
    if (linksTo === undefined || ids.has(linksTo)) continue
    const { layout } = await readMemory(store, linksTo)
    if (layout !== null) ids.set(linksTo, layout.boardId)
  }
  return ids
}

/** Which item carries a key on a board that is linked to, by the ledger; a page of pairs at a time. */
export class Links {
  readonly #store: Store
  /** Column title to our name of the board. */
  readonly #boards: ReadonlyMap<string, string>
  #items = new Map<string, string>()
  #awaited = new Set<string>()

  constructor(store: Store, { columns }: BoardMapping) {
    this.#store = store
    this.#boards = new Map(columns.flatMap(({ title, linksTo }) => (linksTo === undefined ? [] : [[title, linksTo]])))
  }

  /** Forgets what was looked up before. */
  async lookUp(page: readonly Pair[]): Promise<void> {
    this.#items = new Map()
    this.#awaited = new Set()
    if (this.#boards.size === 0) return
    const wanted = new Map<string, { readonly board: string; readonly key: string }>()
    for (const { desired } of page) {
      for (const { body } of desired) {
        const { cells, once } = JSON.parse(body) as Partial<DesiredItem>
        for (const [title, board] of this.#boards) {
          for (const key of (cells?.[title] ?? once?.[title] ?? '').split(', '))
            if (key !== '') wanted.set(nameOf(board, key), { board, key })
        }
      }
    }
    await Promise.all(
      [...wanted].map(async ([name, { board, key }]) => {
        const entry = await this.#store.ledgerEntry(board, key)
        if (entry !== null && entry.itemId !== null && entry.place !== 'archived') this.#items.set(name, entry.itemId)
        else if ((await this.#store.desiredItems(board, key)).length > 0) this.#awaited.add(name)
      }),
    )
  }

  itemOf(title: string, key: string): string | null {
    return this.#items.get(nameOf(this.#boards.get(title) ?? '', key)) ?? null
  }

  /** Whether a link is missing whose item is wanted on its board: the next plan may find it there. */
  isWaiting(notes: readonly Note[]): boolean {
    return this.#awaited.size > 0 && notes.some(({ code }) => code === 'link-missing' || code === 'column-missing')
  }
}

function nameOf(board: string, key: string): string {
  return `${board}\n${key}`
}

/** Boards in the order in which they have to be filled: those that are linked to before those that link to them. */
export function inLinkOrder<B extends Pick<BoardMapping, 'board' | 'columns'>>(boards: readonly B[]): B[][] {
  const levels: B[][] = []
  let rest = [...boards]
  while (rest.length > 0) {
    const open = new Set(rest.map(({ board }) => board))
    const ready = rest.filter(({ board, columns }) =>
      columns.every(({ linksTo }) => linksTo === undefined || linksTo === board || !open.has(linksTo)),
    )
    // Boards that link to each other are filled together; what is missing then is there in the next round.
    const level = ready.length > 0 ? ready : rest
    levels.push(level)
    rest = rest.filter((board) => !level.includes(board))
  }
  return levels
}

import type { Day, Month } from '../domain/day.ts'
import type { Store } from '../store/store.ts'

/** What each board's desired items were last made with; a board that is not named must be mapped whole. */
export type BoardsMapped = Record<string, BoardMapped | null>

export interface BoardMapped {
  readonly digest: string
  /** Of a board of totals: what it was told with beside them. */
  readonly company?: string
  /** Of a board whose rows are of months: the last one that was closed. */
  readonly closed?: Month
  readonly day: Day
  /** Of the catalogue, for boards whose items are made of it. */
  readonly features?: string
}

export async function readBoardsMapped(store: Store): Promise<BoardsMapped> {
  return JSON.parse((await store.note('boards-mapped')) ?? '{}') as BoardsMapped
}

export async function saveBoardsMapped(store: Store, mapped: BoardsMapped): Promise<void> {
  await store.setNote('boards-mapped', JSON.stringify(mapped))
}

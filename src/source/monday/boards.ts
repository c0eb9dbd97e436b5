import { Fault } from '../../platform/errors.ts'
import { nearestName } from '../../platform/nearest.ts'
import type { Asking } from './asking.ts'
import { linkedBoards, liveColumns } from './fields.ts'
import { LIST_BOARDS, READ_BOARDS } from './questions.ts'
import { type WireBoard, wireBoards, wireNames } from './wire.ts'

const PER_PAGE = 100

/** A board with those that its columns link. */
export interface KnownBoard {
  readonly board: WireBoard
  /** By id. */
  readonly linked: ReadonlyMap<string, WireBoard>
}

interface Named {
  readonly id: string
  readonly name: string
  readonly workspace: string | null
}

/** Finds the boards that a mapping names, by number or by name, all of them in as few calls as can be, once. */
export class Boards {
  readonly #objects: readonly string[]
  readonly #byId = new Map<string, WireBoard>()
  readonly #asked = new Set<string>()
  #names: readonly Named[] | null = null

  /** `objects`: the boards that are read, so that one call tells of all of them. */
  constructor(objects: readonly string[]) {
    this.#objects = objects
  }

  async find(object: string, asking: Asking): Promise<KnownBoard> {
    const id = await this.#idOf(object, asking)
    await this.#read([id, ...(await this.#otherIds(asking))], asking)
    const board = this.#byId.get(id)
    if (board === undefined || (board.state != null && board.state !== 'active')) throw missing(object, this.#names)
    await this.#read(liveColumns(board).flatMap(linkedBoards), asking)
    return { board, linked: this.#byId }
  }

  /** Of the other boards that are read, as far as they are there: whoever asks for them says what is wrong with them. */
  async #otherIds(asking: Asking): Promise<string[]> {
    if (this.#asked.size > 0) return []
    const ids: string[] = []
    for (const other of this.#objects) {
      if (isNumber(other)) ids.push(other)
      else {
        const named = this.#names === null ? [] : this.#named(await this.#list(asking), other)
        if (named.length === 1) ids.push((named[0] as Named).id)
      }
    }
    return ids
  }

  async #idOf(object: string, asking: Asking): Promise<string> {
    if (isNumber(object)) return object
    const names = await this.#list(asking)
    const found = this.#named(names, object)
    const [only] = found
    if (only === undefined) throw missing(object, names)
    if (found.length > 1) {
      const listed = found.map(({ id, workspace }) => `${id}${workspace === null ? '' : ` (${workspace})`}`).join(', ')
      throw new Fault('monday-board-ambiguous', `monday shows ${found.length} boards named "${object}": ${listed}`, {
        blame: 'operator',
        hint: 'Write the number of the one you mean as object: in place of its name',
      })
    }
    return only.id
  }

  #named(names: readonly Named[], object: string): readonly Named[] {
    const exact = names.filter(({ name }) => name === object)
    return exact.length > 0
      ? exact
      : names.filter(({ name }) => name.trim().toLowerCase() === object.trim().toLowerCase())
  }

  async #list(asking: Asking): Promise<readonly Named[]> {
    if (this.#names !== null) return this.#names
    const all: Named[] = []
    for (let page = 1; ; page += 1) {
      const list = wireNames.parse(await asking.answer(LIST_BOARDS, { page })).boards ?? []
      for (const board of list) {
        if (board !== null) all.push({ id: board.id, name: board.name, workspace: board.workspace?.name ?? null })
      }
      if (list.length < PER_PAGE) break
    }
    this.#names = all
    return all
  }

  async #read(ids: readonly string[], asking: Asking): Promise<void> {
    const unknown = [...new Set(ids)].filter((id) => !this.#asked.has(id))
    for (let at = 0; at < unknown.length; at += PER_PAGE) {
      const some = unknown.slice(at, at + PER_PAGE)
      const { boards } = wireBoards.parse(await asking.answer(READ_BOARDS, { ids: some, limit: some.length }))
      for (const id of some) this.#asked.add(id)
      for (const board of boards ?? []) if (board !== null) this.#byId.set(board.id, board)
    }
  }
}

function isNumber(object: string): boolean {
  return /^\d+$/.test(object)
}

function missing(object: string, names: readonly Named[] | null): Fault {
  const nearest = nearestName(
    object,
    (names ?? []).map(({ name }) => name),
  )
  const look = "Check the name or number, and that the token's user may see the board"
  return new Fault('monday-board-missing', `monday shows no board "${object}" to this token`, {
    blame: 'operator',
    hint: nearest === null ? look : `Did you mean "${nearest}"? ${look}`,
  })
}

import type { CallOptions } from '../platform/call-options.ts'
import type { Clock } from '../platform/clock.ts'
import { Fault } from '../platform/errors.ts'
import {
  type BoardAbilities,
  type BoardBudget,
  type BoardChange,
  type BoardColumn,
  type BoardHost,
  type BoardImports,
  type BoardItem,
  type BoardLayout,
  type BoardProblem,
  type BoardRef,
  type BoardSpec,
  type BoardUpdate,
  type Cells,
  type ChangeOutcome,
  COLUMN_TYPES,
  type ComposedRequest,
  isOurWords,
  type Prepared,
  type Refused,
  type SendResult,
  type WayCost,
} from './board.ts'

export interface MemoryHostOptions {
  readonly clock: Clock
  /** How long look-ups by key do not see an item just made. Default 0. */
  readonly lagMs?: number
  /** E-mail addresses that the account has; `null` for everybody. Default `null`. */
  readonly people?: readonly string[] | null
  readonly batch?: number
  readonly itemsLimit?: number | null
  /** Keys that a request must not name: one that does is refused as a whole. */
  readonly refusedKeys?: ReadonlySet<string>
  /** It says why, but not that nothing was done. */
  readonly refusesInDoubt?: boolean
  /** What goes wrong with the nth request sent, counted from 1. */
  readonly faults?: Readonly<Record<number, MemoryFault>>
  /** Without it the host takes no imports. */
  readonly imports?: (boards: MemoryBoards) => BoardImports
}

/** What imports need of the boards they write to. */
interface MemoryBoards {
  readonly clock: Clock
  carryOut(change: BoardChange): ChangeOutcome
  /** The youngest active item with this key, as an import finds it: as late as look-ups do. */
  youngest(layout: BoardLayout, key: string): string | null
}

/**
 * `lost-before`: no answer, and nothing was done. `lost-after`: it was done, but no answer came. `limited`: surely
 * nothing was done. `refuse-first`: the first change of the request is refused, the others are carried out.
 */
export type MemoryFault = 'lost-before' | 'lost-after' | 'limited' | 'refuse-first'

interface MemoryItem {
  readonly itemId: string
  key: string
  name: string
  group: string
  cells: Record<string, string>
  state: BoardItem['state']
  readonly createdAt: number
}

interface MemoryBoard {
  readonly id: string
  readonly name: string
  readonly workspace: string | null
  readonly columns: Record<string, BoardColumn>
  readonly groups: string[]
  readonly items: Map<string, MemoryItem>
}

const CAN: BoardAbilities = {
  archive: true,
  columnTypes: COLUMN_TYPES,
  nameLength: 255,
  labelLength: 30,
  labelsPerColumn: 40,
}

/** Boards in memory: for tests, and for trying the rest of the program without any account. */
export class MemoryHost implements BoardHost {
  readonly name = 'memory'
  readonly can = CAN
  /** Requests that were sent, replays included. */
  sent = 0
  /** Who was notified of which item, and how. */
  readonly notified: { readonly itemId: string; readonly email: string; readonly text: string }[] = []
  readonly imports?: BoardImports
  readonly #options: MemoryHostOptions
  readonly #boards = new Map<string, MemoryBoard>()
  readonly #updates: BoardUpdate[] = []
  readonly #answers = new Map<string, SendResult>()
  #nextId = 1

  constructor(options: MemoryHostOptions) {
    this.#options = options
    if (options.imports !== undefined) {
      this.imports = options.imports({
        clock: options.clock,
        carryOut: (change) => this.#carryOut(change),
        youngest: (layout, key) => this.#youngest(layout, key),
      })
    }
  }

  #youngest(layout: BoardLayout, key: string): string | null {
    const seen = this.#options.clock.now() - (this.#options.lagMs ?? 0)
    const items = [...this.#board(layout).items.values()]
    const found = items.filter((item) => item.state === 'active' && item.key === key && item.createdAt <= seen)
    return found.at(-1)?.itemId ?? null
  }

  async budget(): Promise<BoardBudget> {
    return { day: null, minute: null, complexity: null }
  }

  async inspect(ref: BoardRef): Promise<BoardLayout | null> {
    const board = this.#find(ref)
    return board === undefined ? null : this.#layout(board, board.name, Object.keys(board.columns))
  }

  /** What is written at columns, by title. */
  descriptions(ref: BoardRef): Readonly<Record<string, string>> {
    const columns = Object.values(this.#find(ref)?.columns ?? {})
    return Object.fromEntries(
      columns.flatMap(({ title, description }) => (description === undefined ? [] : [[title, description]])),
    )
  }

  async prepare(spec: BoardSpec, options: CallOptions = {}): Promise<Prepared> {
    await options.mayWrite?.()
    const made: string[] = []
    const problems: BoardProblem[] = []
    let board = this.#find(spec.ref)
    if (board === undefined) {
      if (!spec.create || 'id' in spec.ref) {
        throw new Fault('board-absent', `There is no board ${JSON.stringify(spec.ref)}`, { blame: 'operator' })
      }
      const id = this.#newId()
      const { name, workspace } = spec.ref
      board = { id, name, workspace, columns: {}, groups: [], items: new Map() }
      this.#boards.set(id, board)
      made.push(`board "${name}" created`)
    }
    const { columns } = board
    for (const column of spec.columns) this.#addColumn(board, column, made, problems)
    for (const group of spec.groups) {
      if (board.groups.includes(group)) continue
      board.groups.push(group)
      made.push(`group "${group}" created`)
    }
    const unknownPeople = await this.unknownPeople(spec.people)
    const fitting = spec.columns.filter((column) => !column.key && columns[column.title]?.type === column.type)
    const titles = fitting.map((column) => column.title)
    return { layout: this.#layout(board, spec.board, titles), made, problems, unknownPeople, calls: 1 }
  }

  async unknownPeople(emails: readonly string[]): Promise<string[]> {
    const { people } = this.#options
    return people == null ? [] : emails.filter((email) => !people.includes(email)).sort()
  }

  #addColumn(board: MemoryBoard, spec: BoardSpec['columns'][number], made: string[], problems: BoardProblem[]): void {
    const { title, type } = spec
    const column = board.columns[title]
    if (column !== undefined && column.type !== type) {
      const message = `Column "${title}" is of type ${column.type}, not ${type}`
      problems.push({ level: 'error', code: 'column-type-differs', message, column: title })
      return
    }
    if (column === undefined) made.push(`column "${title}" (${type}) created`)
    const labels = { ...column?.labels }
    for (const { label } of spec.labels ?? []) {
      if (Object.hasOwn(labels, label)) continue
      if (type === 'status' && label.length > CAN.labelLength) {
        const message = `Label "${label}" of column "${title}" is too long`
        problems.push({ level: 'error', code: 'label-too-long', message, column: title })
        continue
      }
      labels[label] = String(Object.keys(labels).length + 1)
      if (column !== undefined) made.push(`label "${label}" of column "${title}" created`)
    }
    const id = column?.id ?? (spec.key ? 'boardsync_key' : this.#newId())
    const writes = spec.description !== undefined && isOurWords(column?.description)
    const description = writes ? spec.description : column?.description
    if (column !== undefined && description !== column.description) made.push(`column "${title}" described`)
    board.columns[title] = {
      ...{ id, title, type },
      ...(type === 'status' || type === 'dropdown' ? { labels } : {}),
      ...(description === undefined ? {} : { description }),
    }
  }

  knowsPerson(email: string): boolean {
    return this.#options.people?.includes(email) ?? true
  }

  learned(): string {
    return ''
  }

  recall(): void {}

  async *ownItems(layout: BoardLayout): AsyncIterable<BoardItem> {
    for (const item of [...this.#board(layout).items.values()]) {
      if (item.state === 'active' && item.key !== '') yield show(item, layout)
    }
  }

  async findByKeys(layout: BoardLayout, keys: readonly string[]): Promise<BoardItem[]> {
    const seen = this.#options.clock.now() - (this.#options.lagMs ?? 0)
    return [...this.#board(layout).items.values()]
      .filter((item) => item.state === 'active' && keys.includes(item.key) && item.createdAt <= seen)
      .map((item) => show(item, layout))
  }

  async findByIds(layout: BoardLayout, itemIds: readonly string[]): Promise<BoardItem[]> {
    return [...this.#board(layout).items.values()]
      .filter((item) => itemIds.includes(item.itemId))
      .map((item) => show(item, layout))
  }

  async updatesOn(layout: BoardLayout, itemIds: readonly string[]): Promise<BoardUpdate[]> {
    this.#board(layout)
    return this.#updates.filter(({ itemId }) => itemIds.includes(itemId)).reverse()
  }

  compose(changes: readonly BoardChange[]): ComposedRequest {
    const size = this.#options.batch ?? 100
    let taken = Math.min(size, changes.length)
    while (taken > 0 && isSameItem(changes[taken - 1], changes[taken])) taken += 1
    return { body: JSON.stringify(changes.slice(0, taken)), taken, points: null }
  }

  estimate(changes: number): WayCost {
    return { calls: Math.ceil(changes / (this.#options.batch ?? 100)), ms: changes }
  }

  async send(body: string, idempotencyKey: string, options: CallOptions = {}): Promise<SendResult> {
    options.signal?.throwIfAborted()
    await options.mayWrite?.()
    this.sent += 1
    const fault = this.#options.faults?.[this.sent]
    if (fault === 'limited') throw new Fault('memory-limited', 'The host is limiting us', { blame: 'remote' })
    const changes = JSON.parse(body) as BoardChange[]
    const lost = { outcomes: changes.map(() => LOST), calls: 1, replayed: false }
    if (fault === 'lost-before') return lost
    const kept = this.#answers.get(idempotencyKey)
    if (kept !== undefined) return fault === 'lost-after' ? lost : { ...kept, replayed: true }
    if (changes.some(({ key }) => this.#options.refusedKeys?.has(key))) {
      const outcomes = changes.map((change) => refused('cell-refused', change, 'holds what the host does not take'))
      if (this.#options.refusesInDoubt === true) {
        return { outcomes: outcomes.map((suspect) => ({ ...LOST, suspect })), calls: 1, replayed: false }
      }
      return { outcomes, calls: 1, replayed: false, together: true }
    }
    const outcomes = changes.map((change, n) =>
      fault === 'refuse-first' && n === 0
        ? refused('cell-refused', change, 'is refused by a test')
        : this.#carryOut(change),
    )
    const result: SendResult = { outcomes, calls: 1, replayed: false }
    this.#answers.set(idempotencyKey, result)
    return fault === 'lost-after' ? lost : result
  }

  #carryOut(change: BoardChange): ChangeOutcome {
    const board = this.#board(change.layout)
    if (change.kind === 'create') {
      if (!board.groups.includes(change.group))
        return refused('group-missing', change, 'names a group that is not there')
      const limit = this.#options.itemsLimit ?? null
      if (limit !== null && board.items.size >= limit) return refused('board-full', change, 'does not fit')
      const item: MemoryItem = {
        itemId: this.#newId(),
        key: change.key,
        name: change.name,
        group: change.group,
        cells: {},
        state: 'active',
        createdAt: this.#options.clock.now(),
      }
      const problem = writeCells(item, board, change.cells)
      if (problem !== null) return refused('cell-refused', change, problem)
      board.items.set(item.itemId, item)
      return applied(item, change.layout)
    }
    const item = board.items.get(change.itemId)
    if (item === undefined || item.state !== 'active')
      return refused('item-missing', change, 'is no longer on the board')
    if (change.kind === 'update') {
      const problem = writeCells(item, board, change.cells)
      if (problem !== null) return refused('cell-refused', change, problem)
      item.name = change.name ?? item.name
      if (change.restoresKey === true) item.key = change.key
    } else if (change.kind === 'post') {
      const createdAt = new Date(this.#options.clock.now()).toISOString()
      this.#updates.push({ itemId: item.itemId, text: change.text, createdAt })
      return { status: 'applied', itemId: item.itemId }
    } else if (change.kind === 'notify') {
      if (this.knowsPerson(change.email))
        this.notified.push({ itemId: item.itemId, email: change.email, text: change.text })
      else return refused('person-refused', change, 'is to be told of to somebody who is not on the account')
      return { status: 'applied', itemId: item.itemId }
    } else if (change.kind === 'move') {
      if (!board.groups.includes(change.group))
        return refused('group-missing', change, 'names a group that is not there')
      item.group = change.group
    } else {
      item.state = 'archived'
      return { status: 'applied', itemId: item.itemId }
    }
    return applied(item, change.layout)
  }

  /** What a person would do on the board by hand. */
  edit(
    boardId: string,
    itemId: string,
    edit: { name?: string; group?: string; key?: string; cells?: Cells; archived?: true },
  ): void {
    const item = this.#boards.get(boardId)?.items.get(itemId)
    if (item === undefined) throw new Error(`No item ${itemId} on board ${boardId}`)
    item.name = edit.name ?? item.name
    item.group = edit.group ?? item.group
    item.key = edit.key ?? item.key
    item.state = edit.archived ? 'archived' : item.state
    Object.assign(item.cells, edit.cells)
  }

  /** An item as a person adds it: without a key of ours, or with a copied one. Returns its id. */
  addByHand(boardId: string, item: { readonly name: string; readonly group: string; readonly key?: string }): string {
    const board = this.#boards.get(boardId)
    if (board === undefined) throw new Error(`No board ${boardId}`)
    const itemId = this.#newId()
    const createdAt = this.#options.clock.now()
    board.items.set(itemId, { key: '', ...item, itemId, cells: {}, state: 'active', createdAt })
    return itemId
  }

  #find(ref: BoardRef): MemoryBoard | undefined {
    if ('id' in ref) return this.#boards.get(ref.id)
    return [...this.#boards.values()].find((board) => board.name === ref.name && board.workspace === ref.workspace)
  }

  #board(layout: BoardLayout): MemoryBoard {
    const board = this.#boards.get(layout.boardId)
    if (board === undefined) {
      throw new Fault('board-absent', `There is no board "${layout.title}"`, { blame: 'operator' })
    }
    return board
  }

  #layout(board: MemoryBoard, name: string, titles: readonly string[]): BoardLayout {
    const all = Object.values(board.columns)
    const keyColumnId = all.find((column) => column.id === 'boardsync_key')?.id ?? ''
    const shown = all.filter((column) => column.id !== keyColumnId && titles.includes(column.title))
    return {
      board: name,
      boardId: board.id,
      title: board.name,
      url: null,
      keyColumnId,
      columns: Object.fromEntries(shown.map((column) => [column.title, column])),
      groups: Object.fromEntries(board.groups.map((group) => [group, group])),
      itemsCount: [...board.items.values()].filter((item) => item.state === 'active').length,
      itemsLimit: this.#options.itemsLimit ?? null,
    }
  }

  #newId(): string {
    const id = String(this.#nextId)
    this.#nextId += 1
    return id
  }
}

const LOST = { status: 'unknown', message: 'no answer came' } as const

/** Writes all cells or, with a problem, none. */
function writeCells(item: MemoryItem, board: MemoryBoard, cells: Cells): string | null {
  for (const [title, text] of Object.entries(cells)) {
    const column = board.columns[title]
    if (column === undefined) return `names a column "${title}" that is not there`
    if (text !== '' && column.type === 'status' && !Object.hasOwn(column.labels ?? {}, text)) {
      return `names a label that column "${title}" does not have`
    }
  }
  Object.assign(item.cells, cells)
  return null
}

function isSameItem(a: BoardChange | undefined, b: BoardChange | undefined): boolean {
  return a !== undefined && b !== undefined && a.key === b.key && a.layout.boardId === b.layout.boardId
}

function applied(item: MemoryItem, layout: BoardLayout): ChangeOutcome {
  return { status: 'applied', itemId: item.itemId, item: show(item, layout) }
}

function refused(code: string, change: BoardChange, problem: string): Refused {
  return { status: 'refused', code, message: `Item "${change.key}" ${problem}` }
}

function show(item: MemoryItem, layout: BoardLayout): BoardItem {
  const { itemId, key, name, group, state } = item
  const cells = Object.fromEntries(Object.keys(layout.columns).map((title) => [title, item.cells[title] ?? '']))
  return { itemId, key, name, group, cells, state, createdAt: new Date(item.createdAt).toISOString() }
}

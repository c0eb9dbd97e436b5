import { Fault } from '../../platform/errors.ts'
import type { Engine } from '../engine/engine.ts'
import { type Cell, readCell } from './cells.ts'
import {
  type DropdownSettings,
  initialSettings,
  labelRules,
  type Settings,
  type StatusLabel,
  type StatusSettings,
} from './settings.ts'
import type { BoardRow, ColumnRow, GroupRow, ItemRow, MondayState, UserRow, ValidationRule } from './state.ts'
import { MAIN_WORKSPACE, textOf } from './views.ts'

/** A column as a person adds it; `boards`: those that it links, by name. */
export interface OwnColumn {
  readonly title: string
  readonly type: string
  readonly labels?: readonly string[]
  readonly boards?: readonly string[]
}

/**
 * What people do to boards in their browser. Nothing of it is a call of the API: no budget is charged, no fault strikes,
 * and no side effect of a client is recorded. Boards, columns, groups and labels go by what people see of them, items
 * by the text of one column (that of our key).
 */
export class BoardHands {
  readonly #state: MondayState
  readonly #engine: Engine
  readonly #person: UserRow

  constructor(state: MondayState, engine: Engine, person: UserRow) {
    this.#state = state
    this.#engine = engine
    this.#person = person
  }

  // ── items ─────────────────────────────────────────────────────────────────────────────────────────

  /** Adds an item to the top group, or to `group`. Returns its id. */
  addItem(board: string, name: string, cells: Readonly<Record<string, unknown>> = {}, group?: string): number {
    const { id } = this.#board(board)
    const groupId = group === undefined ? this.#state.groups(id)[0]?.id : this.#group(board, group).id
    const item: ItemRow = {
      id: this.#state.nextId('item'),
      board_id: id,
      group_id: groupId ?? '',
      name,
      state: 'active',
      creator_id: this.#person.id,
      created_at: this.#now(),
      updated_at: this.#now(),
      cells: {},
    }
    return this.#save(this.#written(item, cells), undefined)
  }

  /** An item with all cells of another, as "duplicate this item" makes one: our key too. Returns its id. */
  duplicate(board: string, key: string): number {
    const item = this.item(board, key)
    const copy = { ...item, id: this.#state.nextId('item'), name: `${item.name} (copy)`, created_at: this.#now() }
    return this.#save({ ...copy, updated_at: this.#now() }, undefined)
  }

  /** Types values into cells, by column title; `null` empties one. What a person cannot type is a Fault. */
  edit(board: string, key: string, cells: Readonly<Record<string, unknown>>): void {
    const item = this.item(board, key)
    this.#save(this.#written(item, cells), item)
  }

  rename(board: string, key: string, name: string): void {
    this.#change(board, key, { name })
  }

  moveToGroup(board: string, key: string, group: string): void {
    this.#change(board, key, { group_id: this.#group(board, group).id })
  }

  /** Moves an item to another board; its cells stay behind, as they do where the columns differ. */
  moveToBoard(board: string, key: string, other: string): void {
    const item = this.item(board, key)
    const { id } = this.#board(other)
    this.#change(board, key, { state: 'deleted' })
    this.#state.run(
      `UPDATE monday_items SET board_id = ?, group_id = ?, state = 'active', cells = '{}' WHERE id = ?`,
      id,
      this.#state.groups(id)[0]?.id ?? '',
      item.id,
    )
    this.#state.run('UPDATE monday_boards SET active_items = active_items + 1 WHERE id = ?', id)
  }

  archive(board: string, key: string): void {
    this.#change(board, key, { state: 'archived' })
  }

  delete(board: string, key: string): void {
    this.#change(board, key, { state: 'deleted' })
  }

  /** The active item whose column `boardsync_key` (by id or title) holds this text. */
  item(board: string, key: string): ItemRow {
    const { id } = this.#board(board)
    const column = this.#state.columns(id).find((one) => [one.id, one.title].includes('boardsync_key'))
    for (let after = 0; ; ) {
      const page = this.#state.itemsAfter(id, null, after, 500)
      const last = page.at(-1)
      if (last === undefined) throw unknown(`board "${board}" has no item with the key "${key}"`)
      const found = page.find(({ cells }) => {
        const cell = cells[column?.id ?? '']
        return cell?.type === 'text' && cell.text === key
      })
      if (found !== undefined) return found
      after = last.id
    }
  }

  /** Types values into cells of the item with this id, by column title. */
  editItem(id: number, cells: Readonly<Record<string, unknown>>): void {
    const item = this.#itemWith(id)
    this.#save(this.#written(item, cells), item)
  }

  /** Archives, deletes or restores the item with this id. */
  putItem(id: number, state: 'active' | 'archived' | 'deleted'): void {
    const item = this.#itemWith(id)
    this.#save({ ...item, state }, item)
  }

  #itemWith(id: number): ItemRow {
    const item = this.#state.item(id)
    if (item === undefined) throw unknown(`there is no item ${id}`)
    return item
  }

  // ── what was said ─────────────────────────────────────────────────────────────────────────────────

  /** What the updates under an item say, oldest first. */
  updates(board: string, key: string): string[] {
    return this.#state
      .updatesOf(this.item(board, key).id)
      .map(({ body }) => textOf(body))
      .reverse()
  }

  /** What people were notified of, oldest first. */
  notifications(): { readonly email: string; readonly text: string; readonly item: number }[] {
    return this.#state.notifications().map(({ user_id, target_id, text }) => ({
      email: this.#state.user(user_id)?.email ?? '',
      text,
      item: target_id,
    }))
  }

  // ── columns, labels and groups ────────────────────────────────────────────────────────────────────

  addColumn(board: string, title: string, type: string): void {
    const settings = initialSettings(type, undefined, labelRules(this.#engine.limits))
    const column = { id: this.#state.nextName(type), title, type, description: null, settings }
    this.#state.addColumn({ ...column, board_id: this.#board(board).id }, null)
  }

  renameColumn(board: string, title: string, to: string): void {
    this.#state.saveColumn({ ...this.#column(board, title), title: to })
  }

  deleteColumn(board: string, title: string): void {
    const column = this.#column(board, title)
    this.#state.deleteColumn(column.board_id, column.id)
  }

  /** Demands of every item that a column holds something; `false` takes it back. */
  requireColumn(board: string, title: string, required = true): void {
    const { board_id: id, id: column } = this.#column(board, title)
    const now = this.#state.validations(id)
    const others = now.required.filter((one) => one !== column)
    this.#state.saveValidations(id, { ...now, required: required ? [...others, column] : others })
  }

  /** Demands that what a column holds meets a constraint, e.g. `GREATER_THAN 0`. */
  addRule(
    board: string,
    title: string,
    operator: ValidationRule['then']['groups'][number]['operator'],
    ...values: readonly (string | number)[]
  ): void {
    const { board_id: id, id: column } = this.#column(board, title)
    const now = this.#state.validations(id)
    const then = { operator: 'AND', groups: [{ operator, column_id: column, compare_value: values }] } as const
    const rule = { id: this.#state.nextName('rule'), then }
    this.#state.saveValidations(id, { ...now, rules: [...now.rules, rule] })
  }

  /** Takes all that is demanded of a board's items back. */
  demandNothing(board: string): void {
    this.#state.saveValidations(this.#board(board).id, { required: [], rules: [] })
  }

  renameLabel(board: string, column: string, label: string, to: string): void {
    this.#relabel(board, column, label, (one) => [{ ...one, label: to }])
  }

  /** Cells that held the label are empty from then on. */
  deleteLabel(board: string, column: string, label: string): void {
    this.#relabel(board, column, label, () => [])
  }

  /** Hides a label from whoever picks one; cells that hold it go on showing it. */
  deactivateLabel(board: string, column: string, label: string): void {
    this.#relabel(board, column, label, (one) => [{ ...one, is_deactivated: true }])
  }

  addGroup(board: string, title: string): void {
    const { id } = this.#board(board)
    const last = this.#state.groups(id).at(-1)
    const group = { board_id: id, id: this.#state.nextName('group'), title, color: '#037f4c', state: 'active' }
    this.#saveGroup({ ...group, position: (last?.position ?? 0) + 65_536 })
  }

  renameGroup(board: string, title: string, to: string): void {
    this.#saveGroup({ ...this.#group(board, title), title: to })
  }

  /** Archives a group with all that is in it. */
  archiveGroup(board: string, title: string): void {
    this.#leaveGroup(board, title, 'archived')
  }

  /** Deletes a group with all that is in it. */
  deleteGroup(board: string, title: string): void {
    this.#leaveGroup(board, title, 'deleted')
  }

  // ── boards ────────────────────────────────────────────────────────────────────────────────────────

  /** Makes a board of a person's own, with one group. Returns its id. */
  addBoard(name: string, columns: readonly OwnColumn[]): number {
    const id = this.#state.nextId('board')
    const at = this.#now()
    this.#state.run(
      'INSERT INTO monday_boards VALUES (?, ?, NULL, ?, ?, ?, ?, ?, ?, 0, 0)',
      ...[id, name, 'public', 'active', MAIN_WORKSPACE, this.#person.id, at, at],
    )
    this.#state.addColumn(
      { board_id: id, id: 'name', title: 'Name', type: 'name', description: null, settings: {} },
      null,
    )
    this.addGroup(name, 'Items')
    for (const { title, type, labels, boards } of columns) {
      const defaults = {
        ...(labels && { labels }),
        ...(boards && { boardIds: boards.map((one) => this.#board(one).id) }),
      }
      const settings = initialSettings(type, labels || boards ? defaults : undefined, labelRules(this.#engine.limits))
      const column = { id: this.#state.nextName(type), title, type, description: null, settings }
      this.#state.addColumn({ ...column, board_id: id }, null)
    }
    return id
  }

  hasBoard(name: string): boolean {
    return this.#state.get(`SELECT 1 FROM monday_boards WHERE name = ? AND state = 'active'`, name) !== undefined
  }

  renameBoard(board: string, to: string): void {
    this.#state.run('UPDATE monday_boards SET name = ? WHERE id = ?', to, this.#board(board).id)
  }

  /** Lets only owners change a board, who are one person from then on: not the user of the API's token. */
  closeBoard(board: string): void {
    const { id } = this.#board(board)
    const other = this.#state.get<UserRow>('SELECT * FROM monday_users WHERE id <> ? ORDER BY id', this.#person.id)
    this.#state.run('UPDATE monday_boards SET owner_id = ? WHERE id = ?', other?.id ?? 0, id)
    this.#state.savePermissions(id, 'owners')
  }

  /** Lets everybody change it again. */
  openBoard(board: string): void {
    this.#state.savePermissions(this.#board(board).id, 'everyone')
  }

  archiveBoard(board: string): void {
    this.#state.run(`UPDATE monday_boards SET state = 'archived' WHERE id = ?`, this.#board(board).id)
  }

  deleteBoard(board: string): void {
    this.#state.run(`UPDATE monday_boards SET state = 'deleted' WHERE id = ?`, this.#board(board).id)
  }

  #relabel(
    board: string,
    title: string,
    label: string,
    change: (label: StatusLabel) => readonly Pick<StatusLabel, 'id' | 'label' | 'is_deactivated'>[],
  ): void {
    const column = this.#column(board, title)
    const { labels } = column.settings as StatusSettings | DropdownSettings
    if (!labels.some((one) => one.label === label)) throw unknown(`column "${title}" has no label "${label}"`)
    const after = labels.flatMap((one) => (one.label === label ? change(one as StatusLabel) : [one]))
    this.#state.saveColumn({ ...column, settings: { ...column.settings, labels: after } as Settings })
  }

  #leaveGroup(board: string, title: string, state: string): void {
    const group = this.#group(board, title)
    this.#saveGroup({ ...group, state })
    this.#state.leaveWithGroup(group.board_id, group.id, state, this.#now())
  }

  #saveGroup(group: GroupRow): void {
    this.#state.run(
      `INSERT INTO monday_groups VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (board_id, id) DO UPDATE SET
       title = excluded.title, color = excluded.color, position = excluded.position, state = excluded.state`,
      group.board_id,
      group.id,
      group.title,
      group.color,
      group.position,
      group.state,
    )
  }

  #change(board: string, key: string, change: Partial<ItemRow>): void {
    const item = this.item(board, key)
    this.#save({ ...item, ...change }, item)
  }

  #written(item: ItemRow, values: Readonly<Record<string, unknown>>): ItemRow {
    const cells: Record<string, Cell> = { ...item.cells }
    for (const [title, value] of Object.entries(values)) {
      const column = this.#state.columns(item.board_id).find((one) => one.title === title)
      if (column === undefined) throw unknown(`the board has no column "${title}"`)
      const { cell } = readCell(column, value, {
        at: this.#now(),
        longTextChars: this.#engine.limits.get('monday.longTextChars'),
        labels: labelRules(this.#engine.limits),
        createLabels: false,
        userName: this.#state.userName,
        tagName: this.#state.tagName,
        itemNamed: (id) => this.#state.linkable(id),
      })
      if (cell === null) delete cells[column.id]
      else cells[column.id] = cell
    }
    return { ...item, cells }
  }

  #save(item: ItemRow, before: ItemRow | undefined): number {
    const now = this.#engine.clock.now()
    const from = now + this.#engine.limits.get('monday.lookupLagMs')
    this.#state.atomically(() => this.#state.saveItem({ ...item, updated_at: this.#now() }, before, { now, from }))
    return item.id
  }

  #now(): string {
    return new Date(this.#engine.clock.now()).toISOString()
  }

  #board(name: string): BoardRow {
    const board = this.#state.get<BoardRow>(`SELECT * FROM monday_boards WHERE name = ? AND state = 'active'`, name)
    if (board === undefined) throw unknown(`there is no board "${name}"`)
    return board
  }

  #column(board: string, title: string): ColumnRow {
    const column = this.#state.columns(this.#board(board).id).find((one) => one.title === title)
    if (column === undefined) throw unknown(`board "${board}" has no column "${title}"`)
    return column
  }

  #group(board: string, title: string): GroupRow {
    const group = this.#state.groups(this.#board(board).id).find((one) => one.title === title)
    if (group === undefined) throw unknown(`board "${board}" has no group "${title}"`)
    return group
  }
}

function unknown(what: string): Fault {
  return new Fault('sandbox-no-such-thing', `A person sees nothing of the kind: ${what}`, {
    blame: 'operator',
    hint: 'Look at the board at /boards of the sandbox',
  })
}

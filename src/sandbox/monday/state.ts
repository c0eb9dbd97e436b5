import { createHash } from 'node:crypto'
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite'
import { type Cell, cellText, lookupTerms } from './cells.ts'
import type { Settings } from './settings.ts'

export interface UserRow {
  readonly id: number
  readonly name: string
  readonly email: string
  readonly created_at: string
}

export interface WorkspaceRow {
  readonly id: number
  readonly name: string
  readonly description: string | null
  readonly kind: string
  readonly state: string
  readonly created_at: string
}

export interface BoardRow {
  readonly id: number
  readonly name: string
  readonly description: string | null
  readonly kind: string
  readonly state: string
  readonly workspace_id: number
  readonly owner_id: number
  readonly created_at: string
  readonly updated_at: string
  readonly active_items: number
  readonly archived_items: number
}

export interface ColumnRow {
  readonly board_id: number
  readonly id: string
  readonly title: string
  readonly type: string
  readonly description: string | null
  readonly settings: Settings
  readonly revision: string
  readonly position: number
  readonly width: number | null
}

/** What a board demands of its items: columns that must hold something, and rules on what they hold. */
export interface Validations {
  /** Column ids. */
  readonly required: readonly string[]
  readonly rules: readonly ValidationRule[]
}

/** One rule of one constraint, as far as the sandbox knows them. */
export interface ValidationRule {
  readonly id: string
  readonly then: {
    readonly operator: 'AND'
    readonly groups: readonly {
      readonly operator: 'IS_NOT_EMPTY' | 'ANY_OF' | 'NOT_ANY_OF' | 'GREATER_THAN' | 'LOWER_THAN'
      readonly column_id: string
      readonly compare_value?: readonly (string | number)[]
    }[]
  }
}

export interface GroupRow {
  readonly board_id: number
  readonly id: string
  readonly title: string
  readonly color: string
  readonly position: number
  readonly state: string
}

export interface UpdateRow {
  readonly id: number
  readonly item_id: number
  readonly user_id: number
  /** HTML. */
  readonly body: string
  readonly created_at: string
}

export interface NotificationRow {
  readonly id: number
  readonly user_id: number
  readonly target_id: number
  readonly text: string
  readonly created_at: string
}

export interface ItemRow {
  readonly id: number
  readonly board_id: number
  readonly group_id: string
  readonly name: string
  readonly state: string
  readonly creator_id: number
  readonly created_at: string
  readonly updated_at: string
  /** By column id. */
  readonly cells: Readonly<Record<string, Cell>>
}

/** Virtual time of a write, and from when on look-ups see it. */
export interface Findable {
  readonly now: number
  readonly from: number
}

/**
 * `monday_lookup` is what searches by column value see: it trails behind `monday_items`, since a row is findable only
 * from `from_ms` until `until_ms`, virtual time.
 */
const TABLES = `
  CREATE TABLE IF NOT EXISTS monday_ids (kind TEXT PRIMARY KEY, last INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS monday_users (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, email TEXT NOT NULL UNIQUE COLLATE NOCASE, created_at TEXT NOT NULL
  );
  CREATE TABLE IF NOT EXISTS monday_workspaces (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, description TEXT, kind TEXT NOT NULL, state TEXT NOT NULL,
    created_at TEXT NOT NULL
  );
  CREATE TABLE IF NOT EXISTS monday_boards (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, description TEXT, kind TEXT NOT NULL, state TEXT NOT NULL,
    workspace_id INTEGER NOT NULL, owner_id INTEGER NOT NULL, created_at TEXT NOT NULL, updated_at TEXT NOT NULL,
    active_items INTEGER NOT NULL DEFAULT 0, archived_items INTEGER NOT NULL DEFAULT 0
  );
  CREATE TABLE IF NOT EXISTS monday_columns (
    board_id INTEGER NOT NULL, id TEXT NOT NULL, title TEXT NOT NULL, type TEXT NOT NULL, description TEXT,
    settings TEXT NOT NULL, revision TEXT NOT NULL, position INTEGER NOT NULL, width INTEGER, deleted INTEGER NOT NULL,
    PRIMARY KEY (board_id, id)
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS monday_tags (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE COLLATE NOCASE);
  CREATE TABLE IF NOT EXISTS monday_validations (
    board_id INTEGER PRIMARY KEY, required TEXT NOT NULL, rules TEXT NOT NULL
  );
  CREATE TABLE IF NOT EXISTS monday_permissions (board_id INTEGER PRIMARY KEY, permissions TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS monday_groups (
    board_id INTEGER NOT NULL, id TEXT NOT NULL, title TEXT NOT NULL, color TEXT NOT NULL, position REAL NOT NULL,
    state TEXT NOT NULL, PRIMARY KEY (board_id, id)
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS monday_items (
    id INTEGER PRIMARY KEY, board_id INTEGER NOT NULL, group_id TEXT NOT NULL, name TEXT NOT NULL, state TEXT NOT NULL,
    creator_id INTEGER NOT NULL, created_at TEXT NOT NULL, updated_at TEXT NOT NULL, cells TEXT NOT NULL
  );
  CREATE INDEX IF NOT EXISTS monday_items_by_group ON monday_items (board_id, group_id, state, id);
  CREATE INDEX IF NOT EXISTS monday_items_by_board ON monday_items (board_id, state, id);
  CREATE TABLE IF NOT EXISTS monday_lookup (
    board_id INTEGER NOT NULL, column_id TEXT NOT NULL, term TEXT NOT NULL, item_id INTEGER NOT NULL,
    from_ms INTEGER NOT NULL, until_ms INTEGER,
    PRIMARY KEY (board_id, column_id, term, item_id, from_ms)
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS monday_lookup_by_item ON monday_lookup (item_id, column_id);
  CREATE TABLE IF NOT EXISTS monday_imports (
    id TEXT PRIMARY KEY, board_id INTEGER NOT NULL, group_id TEXT NOT NULL, user_id INTEGER NOT NULL,
    match_column TEXT, skips INTEGER NOT NULL, created_ms INTEGER NOT NULL, uploaded_ms INTEGER, csv TEXT,
    done INTEGER NOT NULL, status TEXT NOT NULL, reason TEXT, message TEXT, report TEXT NOT NULL
  );
  CREATE INDEX IF NOT EXISTS monday_imports_open ON monday_imports (status) WHERE status = 'PROCESSING';
  CREATE TABLE IF NOT EXISTS monday_updates (
    id INTEGER PRIMARY KEY, item_id INTEGER NOT NULL, user_id INTEGER NOT NULL, body TEXT NOT NULL,
    created_at TEXT NOT NULL
  );
  CREATE INDEX IF NOT EXISTS monday_updates_by_item ON monday_updates (item_id, id);
  CREATE TABLE IF NOT EXISTS monday_notifications (
    id INTEGER PRIMARY KEY, user_id INTEGER NOT NULL, target_id INTEGER NOT NULL, text TEXT NOT NULL,
    created_at TEXT NOT NULL
  );
  CREATE TABLE IF NOT EXISTS monday_imported (at_ms INTEGER NOT NULL, items INTEGER NOT NULL);
  CREATE TABLE IF NOT EXISTS monday_calls (
    day TEXT NOT NULL, user_id INTEGER NOT NULL, tenths INTEGER NOT NULL, PRIMARY KEY (day, user_id)
  ) WITHOUT ROWID;
`

/** Ids start where they look like monday's. */
const FIRST_IDS = {
  user: 104_094_000,
  workspace: 6_502_900,
  board: 5_096_980_000,
  item: 2_933_600_000,
  tag: 26_418_000,
  update: 4_100_200_000,
  notification: 9_800_000,
}

/** The account as it is: everything behind `/v2`, in the engine's database. */
export class MondayState {
  readonly #db: DatabaseSync
  readonly #statements = new Map<string, StatementSync>()
  readonly #userNames = new Map<number, string>()
  readonly #columns = new Map<number, readonly ColumnRow[]>()
  #depth = 0

  constructor(db: DatabaseSync) {
    this.#db = db
    db.exec(TABLES)
  }

  #prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql)
    if (statement === undefined) {
      statement = this.#db.prepare(sql)
      this.#statements.set(sql, statement)
    }
    return statement
  }

  all<R>(sql: string, ...values: SQLInputValue[]): R[] {
    return this.#prepare(sql).all(...values) as R[]
  }

  get<R>(sql: string, ...values: SQLInputValue[]): R | undefined {
    return this.#prepare(sql).get(...values) as R | undefined
  }

  run(sql: string, ...values: SQLInputValue[]): void {
    this.#prepare(sql).run(...values)
  }

  /** Runs `work` so that it is done whole or not at all. May be nested. */
  atomically<R>(work: () => R): R {
    const point = `monday_${this.#depth}`
    this.#db.exec(`SAVEPOINT ${point}`)
    this.#depth += 1
    try {
      const result = work()
      this.#db.exec(`RELEASE ${point}`)
      return result
    } catch (error) {
      this.#db.exec(`ROLLBACK TO ${point}; RELEASE ${point}`)
      this.#columns.clear()
      throw error
    } finally {
      this.#depth -= 1
    }
  }

  nextId(kind: keyof typeof FIRST_IDS | 'name'): number {
    const first = kind === 'name' ? 0 : FIRST_IDS[kind]
    const row = this.get<{ last: number }>(
      'INSERT INTO monday_ids VALUES (?, ?) ON CONFLICT (kind) DO UPDATE SET last = last + 1 RETURNING last',
      kind,
      first + 1,
    )
    return (row as { last: number }).last
  }

  /** An id as monday makes them for columns and groups: the kind and eight characters that mean nothing. */
  nextName(kind: string): string {
    const digest = createHash('sha256')
      .update(`${kind}/${this.nextId('name')}`)
      .digest()
    return `${kind}_m${[...digest.subarray(0, 7)].map((byte) => (byte % 36).toString(36)).join('')}`
  }

  /** Adds a user, or finds the one with this e-mail address. */
  addUser(user: { readonly name: string; readonly email: string }, at: string): UserRow {
    const known = this.get<UserRow>('SELECT * FROM monday_users WHERE email = ?', user.email)
    if (known !== undefined) return known
    const row = { id: this.nextId('user'), name: user.name, email: user.email, created_at: at }
    this.run('INSERT INTO monday_users VALUES (?, ?, ?, ?)', row.id, row.name, row.email, row.created_at)
    return row
  }

  user(id: number): UserRow | undefined {
    return this.get<UserRow>('SELECT * FROM monday_users WHERE id = ?', id)
  }

  saveUpdate({ id, item_id, user_id, body, created_at }: UpdateRow): void {
    this.run('INSERT INTO monday_updates VALUES (?, ?, ?, ?, ?)', id, item_id, user_id, body, created_at)
  }

  /** Newest first. */
  updatesOf(itemId: number): UpdateRow[] {
    return this.all<UpdateRow>('SELECT * FROM monday_updates WHERE item_id = ? ORDER BY id DESC', itemId)
  }

  saveNotification({ id, user_id, target_id, text, created_at }: NotificationRow): void {
    this.run('INSERT INTO monday_notifications VALUES (?, ?, ?, ?, ?)', id, user_id, target_id, text, created_at)
  }

  /** Everybody's, oldest first. */
  notifications(): NotificationRow[] {
    return this.all<NotificationRow>('SELECT * FROM monday_notifications ORDER BY id')
  }

  readonly userName = (id: number): string | undefined => {
    let name = this.#userNames.get(id)
    if (name === undefined) {
      name = this.user(id)?.name
      if (name !== undefined) this.#userNames.set(id, name)
    }
    return name
  }

  board(id: number): BoardRow | undefined {
    return this.get<BoardRow>('SELECT * FROM monday_boards WHERE id = ?', id)
  }

  touchBoard(id: number, at: string): void {
    this.run('UPDATE monday_boards SET updated_at = ? WHERE id = ?', at, id)
  }

  /** Columns of a board, left to right; deleted ones left out. */
  columns(boardId: number): readonly ColumnRow[] {
    let columns = this.#columns.get(boardId)
    if (columns === undefined) {
      columns = this.all<Omit<ColumnRow, 'settings'> & { settings: string }>(
        'SELECT * FROM monday_columns WHERE board_id = ? AND deleted = 0 ORDER BY position, id',
        boardId,
      ).map((row) => ({ ...row, settings: JSON.parse(row.settings) as Settings }))
      this.#columns.set(boardId, columns)
    }
    return columns
  }

  column(boardId: number, id: string): ColumnRow | undefined {
    return this.columns(boardId).find((column) => column.id === id)
  }

  /** True when a column of the board has, or ever had, this id. */
  hadColumn(boardId: number, id: string): boolean {
    return this.get('SELECT 1 FROM monday_columns WHERE board_id = ? AND id = ?', boardId, id) !== undefined
  }

  addColumn(column: Omit<ColumnRow, 'revision' | 'position' | 'width'>, afterId: string | null): ColumnRow {
    const columns = this.columns(column.board_id)
    const after = columns.findIndex((candidate) => candidate.id === afterId)
    const position = after < 0 ? columns.length : after + 1
    this.run(
      'UPDATE monday_columns SET position = position + 1 WHERE board_id = ? AND position >= ?',
      column.board_id,
      position,
    )
    this.run(
      'INSERT INTO monday_columns VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL, 0)',
      column.board_id,
      column.id,
      column.title,
      column.type,
      column.description,
      JSON.stringify(column.settings),
      this.#revision(column.board_id, column.id),
      position,
    )
    this.#columns.delete(column.board_id)
    return this.column(column.board_id, column.id) as ColumnRow
  }

  /** Saves what an update changed and gives the column its next revision. */
  saveColumn(column: ColumnRow): ColumnRow {
    this.run(
      'UPDATE monday_columns SET title = ?, description = ?, settings = ?, width = ?, revision = ? WHERE board_id = ? AND id = ?',
      column.title,
      column.description,
      JSON.stringify(column.settings),
      column.width,
      this.#revision(column.board_id, column.id),
      column.board_id,
      column.id,
    )
    this.#columns.delete(column.board_id)
    return this.column(column.board_id, column.id) as ColumnRow
  }

  deleteColumn(boardId: number, id: string): void {
    this.run('UPDATE monday_columns SET deleted = 1 WHERE board_id = ? AND id = ?', boardId, id)
    this.#columns.delete(boardId)
  }

  #revision(boardId: number, columnId: string): string {
    return createHash('md5')
      .update(`${boardId}/${columnId}/${this.nextId('name')}`)
      .digest('hex')
  }

  /** Groups of a board, top first; archived and deleted ones left out. */
  groups(boardId: number): GroupRow[] {
    return this.all<GroupRow>(
      `SELECT * FROM monday_groups WHERE board_id = ? AND state = 'active' ORDER BY position, id`,
      boardId,
    )
  }

  group(boardId: number, id: string): GroupRow | undefined {
    return this.get<GroupRow>('SELECT * FROM monday_groups WHERE board_id = ? AND id = ?', boardId, id)
  }

  item(id: number): ItemRow | undefined {
    const row = this.get<ItemRow & { cells: string }>('SELECT * FROM monday_items WHERE id = ?', id)
    return row === undefined ? undefined : withCells(row)
  }

  /** Active items of a board after the one with id `after`, in the order they were made. */
  itemsAfter(boardId: number, groupId: string | null, after: number, limit: number): ItemRow[] {
    const rows =
      groupId === null
        ? this.all<ItemRow & { cells: string }>(
            `SELECT * FROM monday_items WHERE board_id = ? AND state = 'active' AND id > ? ORDER BY id LIMIT ?`,
            boardId,
            after,
            limit,
          )
        : this.all<ItemRow & { cells: string }>(
            `SELECT * FROM monday_items WHERE board_id = ? AND group_id = ? AND state = 'active' AND id > ?
             ORDER BY id LIMIT ?`,
            boardId,
            groupId,
            after,
            limit,
          )
    return rows.map(withCells)
  }

  /** The tag of this name, made where there is none; capitals do not count. */
  tag(name: string): { readonly id: number; readonly name: string } {
    const known = this.get<{ id: number; name: string }>('SELECT * FROM monday_tags WHERE name = ?', name)
    if (known !== undefined) return known
    const tag = { id: this.nextId('tag'), name }
    this.run('INSERT INTO monday_tags VALUES (?, ?)', tag.id, tag.name)
    return tag
  }

  /** An active item, as a link to it needs it. */
  linkable(id: number): { readonly board_id: number; readonly name: string } | undefined {
    const item = this.item(id)
    return item?.state === 'active' ? item : undefined
  }

  readonly tagName = (id: number): string | undefined =>
    this.get<{ name: string }>('SELECT name FROM monday_tags WHERE id = ?', id)?.name

  /** What a board demands of its items; nothing where nobody said so. */
  validations(boardId: number): Validations {
    const row = this.get<{ required: string; rules: string }>(
      'SELECT required, rules FROM monday_validations WHERE board_id = ?',
      boardId,
    )
    if (row === undefined) return { required: [], rules: [] }
    return { required: JSON.parse(row.required) as string[], rules: JSON.parse(row.rules) as ValidationRule[] }
  }

  /** Who may change a board: `everyone`, `owners`. */
  permissions(boardId: number): string {
    const row = this.get<{ permissions: string }>(
      'SELECT permissions FROM monday_permissions WHERE board_id = ?',
      boardId,
    )
    return row?.permissions ?? 'everyone'
  }

  savePermissions(boardId: number, permissions: string): void {
    this.run('INSERT OR REPLACE INTO monday_permissions VALUES (?, ?)', boardId, permissions)
  }

  saveValidations(boardId: number, { required, rules }: Validations): void {
    this.run(
      'INSERT OR REPLACE INTO monday_validations VALUES (?, ?, ?)',
      boardId,
      JSON.stringify(required),
      JSON.stringify(rules),
    )
  }

  /** Makes all active items of a group leave with it. */
  leaveWithGroup(boardId: number, groupId: string, state: string, at: string): void {
    this.run(
      `UPDATE monday_items SET state = ?, updated_at = ? WHERE board_id = ? AND group_id = ? AND state = 'active'`,
      state,
      at,
      boardId,
      groupId,
    )
    this.run(
      `UPDATE monday_boards SET updated_at = ?,
         active_items = (SELECT count(*) FROM monday_items WHERE board_id = monday_boards.id AND state = 'active'),
         archived_items = (SELECT count(*) FROM monday_items WHERE board_id = monday_boards.id AND state = 'archived')
       WHERE id = ?`,
      at,
      boardId,
    )
  }

  /** Adds an item or overwrites it, and lets look-ups find its new texts from `when.from` on, the old ones until then. */
  saveItem(item: ItemRow, before: ItemRow | undefined, when: Findable): void {
    this.run(
      `INSERT INTO monday_items VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET
       group_id = excluded.group_id, name = excluded.name, state = excluded.state, updated_at = excluded.updated_at,
       cells = excluded.cells`,
      item.id,
      item.board_id,
      item.group_id,
      item.name,
      item.state,
      item.creator_id,
      item.created_at,
      item.updated_at,
      JSON.stringify(item.cells),
    )
    const change = (state: string) => Number(item.state === state) - Number(before?.state === state)
    this.run(
      `UPDATE monday_boards SET updated_at = ?, active_items = active_items + ?, archived_items = archived_items + ?
       WHERE id = ?`,
      item.updated_at,
      change('active'),
      change('archived'),
      item.board_id,
    )
    if (before?.name !== item.name) {
      this.#index(
        item,
        'name',
        before === undefined ? [] : [before.name.toLowerCase()],
        [item.name.toLowerCase()],
        when,
      )
    }
    for (const column of this.columns(item.board_id)) {
      const [old, now] = [before?.cells[column.id], item.cells[column.id]]
      if (old === now) continue
      this.#index(item, column.id, lookupTerms(old, this.userName), lookupTerms(now, this.userName), when)
    }
  }

  #index(item: ItemRow, columnId: string, old: readonly string[], now: readonly string[], when: Findable): void {
    if (old.length === now.length && old.every((term, i) => term === now[i])) return
    if (old.length > 0) {
      this.run(
        'DELETE FROM monday_lookup WHERE item_id = ? AND column_id = ? AND until_ms <= ?',
        item.id,
        columnId,
        when.now,
      )
      this.run(
        'UPDATE monday_lookup SET until_ms = ? WHERE item_id = ? AND column_id = ? AND until_ms IS NULL',
        when.from,
        item.id,
        columnId,
      )
    }
    for (const term of now) {
      this.run(
        'INSERT OR REPLACE INTO monday_lookup VALUES (?, ?, ?, ?, ?, NULL)',
        item.board_id,
        columnId,
        term,
        item.id,
        when.from,
      )
    }
  }

  /** Ids of active items that a look-up at `now` finds by one of `terms`, oldest first. */
  lookup(boardId: number, columnId: string, terms: readonly string[], now: number): number[] {
    return this.all<{ item_id: number }>(
      `SELECT DISTINCT item_id FROM monday_lookup JOIN monday_items ON monday_items.id = item_id
       WHERE monday_lookup.board_id = ? AND column_id = ? AND term IN (SELECT value FROM json_each(?))
         AND from_ms <= ? AND (until_ms IS NULL OR until_ms > ?) AND monday_items.state = 'active' ORDER BY item_id`,
      boardId,
      columnId,
      JSON.stringify(terms),
      now,
      now,
    ).map((row) => row.item_id)
  }

  /** Text of a cell as people see it. */
  text(column: ColumnRow, cell: Cell | undefined): string {
    return cellText(column, cell, this.userName) ?? ''
  }
}

function withCells(row: ItemRow & { readonly cells: string }): ItemRow {
  return { ...row, cells: JSON.parse(row.cells) as ItemRow['cells'] }
}

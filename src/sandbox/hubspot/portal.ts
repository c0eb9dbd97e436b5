import type { StatementSync } from 'node:sqlite'
import type { Engine } from '../engine/engine.ts'
import {
  modifiedProperty,
  OBJECT_TYPES,
  type ObjectType,
  type PipelineDef,
  type PropertyDef,
  STANDARD_PIPELINES,
  STANDARD_PROPERTIES,
} from './standard.ts'

export type Properties = Readonly<Record<string, string | null>>

/** A record as it is stored. */
export interface StoredObject {
  readonly id: number
  readonly properties: Properties
  readonly createdAt: number
  readonly updatedAt: number
  readonly archivedAt: number | null
}

export interface Owner {
  readonly id: string
  readonly email: string
  readonly firstName: string
  readonly lastName: string
  readonly userId: number
  readonly teams: readonly string[]
  readonly createdAt: number
  readonly archived: boolean
}

export interface HistoryRow {
  readonly value: string
  readonly at: number
}

interface Row {
  readonly id: number
  readonly properties: string
  readonly created_at: number
  readonly updated_at: number
  readonly archived_at: number | null
  readonly seen_at: number
}

/** Ids begin where they get one more digit soon, so that who orders them as texts is found out. */
const FIRST_ID = 9_990
const DAY_MS = 86_400_000

/**
 * One simulated HubSpot account: records, their property histories and associations, in the tables `hs_…` of the engine's
 * database. Holds no rules of the API's: what a client may see is in `objects.ts`, `search.ts` and `associations.ts`.
 */
export class Portal {
  readonly engine: Engine
  readonly #statements = new Map<string, StatementSync>()
  readonly #properties = new Map<ObjectType, readonly PropertyDef[]>()
  #isFilled: boolean
  #fill: ((portal: Portal) => void) | null

  /** Midnight of the day on which the account was made. */
  readonly asOf: number

  /** `fill` puts records in when somebody first asks for any: most sandboxes are never asked for their HubSpot. */
  constructor(engine: Engine, fill: ((portal: Portal) => void) | null = null) {
    this.engine = engine
    this.#fill = fill
    engine.db.exec(`
      CREATE TABLE IF NOT EXISTS hs_object (
        type TEXT NOT NULL, id INTEGER NOT NULL, properties TEXT NOT NULL, created_at INTEGER NOT NULL,
        updated_at INTEGER NOT NULL, archived_at INTEGER,
        seen_at INTEGER NOT NULL,                -- when search sees it as it is
        before TEXT, before_at INTEGER,          -- as search sees it until then
        PRIMARY KEY (type, id)
      ) WITHOUT ROWID;
      CREATE INDEX IF NOT EXISTS hs_object_archived ON hs_object (type, archived_at, id) WHERE archived_at IS NOT NULL;
      CREATE INDEX IF NOT EXISTS hs_object_updated ON hs_object (type, updated_at);
      CREATE TABLE IF NOT EXISTS hs_history (
        type TEXT NOT NULL, id INTEGER NOT NULL, property TEXT NOT NULL, at INTEGER NOT NULL, value TEXT NOT NULL
      );
      CREATE INDEX IF NOT EXISTS hs_history_of ON hs_history (type, id, property, at);
      CREATE TABLE IF NOT EXISTS hs_association (
        from_type TEXT NOT NULL, from_id INTEGER NOT NULL, to_type TEXT NOT NULL, to_id INTEGER NOT NULL,
        is_primary INTEGER NOT NULL, n INTEGER NOT NULL,
        PRIMARY KEY (from_type, from_id, to_type, to_id)
      ) WITHOUT ROWID;
      CREATE TABLE IF NOT EXISTS hs_note (name TEXT PRIMARY KEY, value TEXT NOT NULL);
    `)
    this.#isFilled = this.#note('portal') !== null
    this.asOf = Number(this.#note('as-of') ?? Math.floor(engine.clock.now() / DAY_MS) * DAY_MS)
    this.#setNote('as-of', String(this.asOf))
  }

  /** Whether anybody has asked. */
  get isFilled(): boolean {
    return this.#isFilled
  }

  /** Runs before anything is looked at. */
  open(): this {
    if (this.#isFilled) return this
    this.#isFilled = true
    for (const type of Object.keys(OBJECT_TYPES) as ObjectType[]) {
      this.setProperties(type, STANDARD_PROPERTIES[type])
      this.setPipelines(type, STANDARD_PIPELINES[type] ?? [])
    }
    this.#setNote('owners', '[]')
    this.#setNote('portal', '1')
    const fill = this.#fill
    this.#fill = null
    if (fill !== null) this.transaction(() => fill(this))
    return this
  }

  transaction<T>(work: () => T): T {
    this.engine.db.exec('BEGIN')
    try {
      const result = work()
      this.engine.db.exec('COMMIT')
      return result
    } catch (error) {
      this.engine.db.exec('ROLLBACK')
      throw error
    }
  }

  // ── what an admin sets up ─────────────────────────────────────────────────────────────────────────

  properties(type: ObjectType): readonly PropertyDef[] {
    const known = this.#properties.get(type) ?? JSON.parse(this.open().#note(`properties ${type}`) ?? '[]')
    this.#properties.set(type, known)
    return known
  }

  setProperties(type: ObjectType, properties: readonly PropertyDef[]): void {
    this.open().#setNote(`properties ${type}`, JSON.stringify(properties))
    this.#properties.delete(type)
  }

  addProperties(type: ObjectType, added: readonly PropertyDef[]): void {
    this.setProperties(type, [...this.properties(type), ...added])
  }

  removeProperty(type: ObjectType, name: string): void {
    this.setProperties(
      type,
      this.properties(type).filter((each) => each.name !== name),
    )
  }

  pipelines(type: ObjectType): readonly PipelineDef[] {
    return JSON.parse(this.open().#note(`pipelines ${type}`) ?? '[]') as PipelineDef[]
  }

  /** Renaming a stage, or saying that it is won, moves no stamp of a record. */
  setPipelines(type: ObjectType, pipelines: readonly PipelineDef[]): void {
    this.open().#setNote(`pipelines ${type}`, JSON.stringify(pipelines))
  }

  owners(): readonly Owner[] {
    return JSON.parse(this.open().#note('owners') ?? '[]') as Owner[]
  }

  setOwners(owners: readonly Owner[]): void {
    this.open().#setNote('owners', JSON.stringify(owners))
  }

  // ── records ───────────────────────────────────────────────────────────────────────────────────────

  /** Makes a record now, or at an instant of the past; answers with its id. */
  create(type: ObjectType, properties: Properties, past?: { readonly createdAt: number; readonly updatedAt: number }) {
    this.open()
    const now = this.engine.clock.now()
    const { createdAt, updatedAt } = past ?? { createdAt: now, updatedAt: now }
    const seenAt = past === undefined ? now + this.engine.limits.get('hubspot.searchLagMs') : 0
    const id = this.#nextId(type)
    this.#run(
      'INSERT INTO hs_object (type, id, properties, created_at, updated_at, archived_at, seen_at) VALUES (?, ?, ?, ?, ?, NULL, ?)',
      [type, id, JSON.stringify(withoutEmpty(properties)), createdAt, updatedAt, seenAt],
    )
    return id
  }

  /** Changes a record. `at`: the stamp, as a job has that writes many records in one millisecond. */
  update(type: ObjectType, id: number, changes: Properties, at?: number): void {
    const old = this.#row(type, id)
    if (old === undefined || old.archived_at !== null) throw new Error(`There is no ${type} ${id} to change`)
    const before = JSON.parse(old.properties) as Record<string, string>
    const after = withoutEmpty({ ...before, ...changes })
    const stamp = at ?? Math.max(this.engine.clock.now(), old.updated_at + 1)
    for (const [name, value] of Object.entries(changes)) {
      if ((before[name] ?? null) === value || (before[name] === undefined && value === '')) continue
      this.addHistory(type, id, name, this.history(type, id, name).length === 0 ? firstOf(old, before, name) : [])
      this.addHistory(type, id, name, [{ value: value ?? '', at: stamp }])
    }
    this.#saveChange(type, old, JSON.stringify(after), stamp)
  }

  /** Deletes a record; its stamp stays. */
  archive(type: ObjectType, id: number): void {
    this.open()
    const now = this.engine.clock.now()
    this.#run('UPDATE hs_object SET archived_at = ? WHERE type = ? AND id = ? AND archived_at IS NULL', [now, type, id])
  }

  /** Brings a deleted record back; its stamp moves only where the reading says so. */
  restore(type: ObjectType, id: number): void {
    this.#run('UPDATE hs_object SET archived_at = NULL WHERE type = ? AND id = ?', [type, id])
    const old = this.#row(type, id)
    if (old === undefined || this.engine.limits.get('hubspot.restoringMovesStamp') === 0) return
    this.#saveChange(type, old, old.properties, Math.max(this.engine.clock.now(), old.updated_at + 1))
  }

  /** Deletes for good, as privacy law asks for: it is in no list any more. */
  purge(type: ObjectType, id: number): void {
    this.open()
    for (const table of ['hs_object', 'hs_history'])
      this.#run(`DELETE FROM ${table} WHERE type = ? AND id = ?`, [type, id])
    this.#run('DELETE FROM hs_association WHERE (from_type = ?1 AND from_id = ?2) OR (to_type = ?1 AND to_id = ?2)', [
      type,
      id,
    ])
  }

  /** The loser is gone, and the winner names it. */
  merge(type: ObjectType, winner: number, loser: number): void {
    const hung = this.#all<{ to_type: ObjectType; to_id: number }>(
      'SELECT to_type, to_id FROM hs_association WHERE from_type = ? AND from_id = ?',
      [type, loser],
    )
    for (const { to_type, to_id } of hung) this.associate(type, winner, to_type, to_id)
    this.purge(type, loser)
    const known = this.find(type, winner)?.properties['hs_merged_object_ids']
    this.update(type, winner, { hs_merged_object_ids: [...(known?.split(';') ?? []), String(loser)].join(';') })
  }

  find(type: ObjectType, id: number): StoredObject | undefined {
    const row = this.open().#row(type, id)
    return row === undefined ? undefined : toStored(row)
  }

  /** Records from an id on, in the order of ids. */
  page(type: ObjectType, archived: boolean, fromId: number, limit: number): StoredObject[] {
    this.open()
    const which = archived ? 'archived_at IS NOT NULL' : 'archived_at IS NULL'
    return this.#all<Row>(`SELECT * FROM hs_object WHERE type = ? AND ${which} AND id >= ? ORDER BY id LIMIT ?`, [
      type,
      fromId,
      limit,
    ]).map(toStored)
  }

  count(type: ObjectType): number {
    this.open()
    const sql = 'SELECT count(*) AS n FROM hs_object WHERE type = ? AND archived_at IS NULL'
    return this.#all<{ n: number }>(sql, [type])[0]?.n ?? 0
  }

  /**
   * A page of records as search sees them by now, with how many there are: what was written a moment ago is still as it was, what was
   * deleted a moment ago is still there. `condition` and `order` are SQL over `id`, `updated_at` and `properties`.
   */
  indexed(
    type: ObjectType,
    {
      condition,
      values,
      order,
    }: { readonly condition: string; readonly values: readonly (string | number)[]; readonly order: string },
    from: number,
    limit: number,
  ): { readonly total: number; readonly records: readonly StoredObject[] } {
    this.open()
    const now = this.engine.clock.now()
    const lag = this.engine.limits.get('hubspot.searchLagMs')
    const seen = `SELECT type, id, created_at, NULL AS archived_at, seen_at,
        CASE WHEN seen_at <= ?1 THEN properties ELSE before END AS properties,
        CASE WHEN seen_at <= ?1 THEN updated_at ELSE before_at END AS updated_at
      FROM hs_object WHERE type = ?2 AND (archived_at IS NULL OR archived_at + ?3 > ?1) AND (seen_at <= ?1 OR before IS NOT NULL)`
    const bound = [now, type, lag, ...values]
    const matching = `FROM (${seen}) WHERE ${condition}`
    const total = this.#all<{ n: number }>(`SELECT count(*) AS n ${matching}`, bound)[0]?.n ?? 0
    const page = this.#all<Row>(`SELECT * ${matching} ORDER BY ${order} LIMIT ? OFFSET ?`, [...bound, limit, from])
    return { total, records: page.map(toStored) }
  }

  // ── histories ─────────────────────────────────────────────────────────────────────────────────────

  addHistory(type: ObjectType, id: number, property: string, rows: readonly HistoryRow[]): void {
    for (const { value, at } of rows) {
      this.#run('INSERT INTO hs_history (type, id, property, at, value) VALUES (?, ?, ?, ?, ?)', [
        type,
        id,
        property,
        at,
        value,
      ])
    }
  }

  /** Oldest first; none where the value is still the first one. */
  history(type: ObjectType, id: number, property: string): HistoryRow[] {
    const sql = 'SELECT value, at FROM hs_history WHERE type = ? AND id = ? AND property = ? ORDER BY at, rowid'
    return this.#all<HistoryRow>(sql, [type, id, property])
  }

  // ── associations ──────────────────────────────────────────────────────────────────────────────────

  /** Associates two records, both ways; moves no stamp. A company that is `primary` takes the place of the one that was. */
  associate(fromType: ObjectType, fromId: number, toType: ObjectType, toId: number, primary = false): void {
    this.open()
    const n = this.#nextNumber('associations')
    const save =
      'INSERT OR REPLACE INTO hs_association (from_type, from_id, to_type, to_id, is_primary, n) VALUES (?, ?, ?, ?, ?, ?)'
    if (primary) this.#demote(fromType, fromId, toType)
    this.#run(save, [fromType, fromId, toType, toId, Number(primary), n])
    this.#run(save, [toType, toId, fromType, fromId, Number(primary), n])
  }

  dissociate(fromType: ObjectType, fromId: number, toType: ObjectType, toId: number): void {
    const remove = 'DELETE FROM hs_association WHERE from_type = ? AND from_id = ? AND to_type = ? AND to_id = ?'
    this.#run(remove, [fromType, fromId, toType, toId])
    this.#run(remove, [toType, toId, fromType, fromId])
  }

  /** In the order in which they were made; those of deleted records are left out. */
  associated(fromType: ObjectType, fromId: number, toType: ObjectType): { id: number; isPrimary: boolean }[] {
    const sql = `SELECT to_id AS id, is_primary AS isPrimary FROM hs_association
      JOIN hs_object ON hs_object.type = to_type AND hs_object.id = to_id AND archived_at IS NULL
      WHERE from_type = ? AND from_id = ? AND to_type = ? ORDER BY n`
    return this.open()
      .#all<{ id: number; isPrimary: number }>(sql, [fromType, fromId, toType])
      .map(({ id, isPrimary }) => ({ id, isPrimary: isPrimary === 1 }))
  }

  #demote(fromType: ObjectType, fromId: number, toType: ObjectType): void {
    const of = 'from_type = ?1 AND from_id = ?2 AND to_type = ?3'
    // By way of their own side: there is no index on the other one.
    this.#run(
      `UPDATE hs_association SET is_primary = 0 WHERE from_type = ?3 AND to_type = ?1 AND to_id = ?2
         AND from_id IN (SELECT to_id FROM hs_association WHERE ${of})`,
      [fromType, fromId, toType],
    )
    this.#run(`UPDATE hs_association SET is_primary = 0 WHERE ${of}`, [fromType, fromId, toType])
  }

  #saveChange(type: ObjectType, old: Row, properties: string, stamp: number): void {
    const now = this.engine.clock.now()
    const seenAt = now + this.engine.limits.get('hubspot.searchLagMs')
    const isSeen = old.seen_at <= now
    const before = isSeen ? ', before = ?, before_at = ?' : ''
    this.#run(`UPDATE hs_object SET properties = ?, updated_at = ?, seen_at = ?${before} WHERE type = ? AND id = ?`, [
      properties,
      stamp,
      seenAt,
      ...(isSeen ? [old.properties, old.updated_at] : []),
      type,
      old.id,
    ])
  }

  #row(type: ObjectType, id: number): Row | undefined {
    return this.#all<Row>('SELECT * FROM hs_object WHERE type = ? AND id = ?', [type, id])[0]
  }

  #nextId(type: ObjectType): number {
    return FIRST_ID + this.#nextNumber(`ids ${type}`)
  }

  #nextNumber(name: string): number {
    const next = Number(this.#note(name) ?? 0) + 1
    this.#setNote(name, String(next))
    return next
  }

  #note(name: string): string | null {
    return this.#all<{ value: string }>('SELECT value FROM hs_note WHERE name = ?', [name])[0]?.value ?? null
  }

  #setNote(name: string, value: string): void {
    this.#run('INSERT OR REPLACE INTO hs_note (name, value) VALUES (?, ?)', [name, value])
  }

  #all<T>(sql: string, values: readonly (string | number | null)[]): T[] {
    return this.#prepared(sql).all(...values) as T[]
  }

  #run(sql: string, values: readonly (string | number | null)[]): void {
    this.#prepared(sql).run(...values)
  }

  #prepared(sql: string): StatementSync {
    const known = this.#statements.get(sql) ?? this.engine.db.prepare(sql)
    this.#statements.set(sql, known)
    return known
  }
}

function firstOf(old: Row, before: Readonly<Record<string, string>>, name: string): HistoryRow[] {
  const value = before[name]
  return value === undefined ? [] : [{ value, at: old.created_at }]
}

function toStored({ id, properties, created_at, updated_at, archived_at }: Row): StoredObject {
  return {
    id,
    properties: JSON.parse(properties) as Properties,
    createdAt: created_at,
    updatedAt: updated_at,
    archivedAt: archived_at,
  }
}

/** Nothing and the empty text are the same here. */
function withoutEmpty(properties: Properties): Record<string, string> {
  return Object.fromEntries(
    Object.entries(properties).filter((entry): entry is [string, string] => entry[1] !== null && entry[1] !== ''),
  )
}

/** The value of a property as the API tells it, those included that nobody writes. */
export function valueIn(type: ObjectType, record: StoredObject, name: string): string | null {
  if (name === 'hs_object_id') return String(record.id)
  if (name === 'createdate') return new Date(record.createdAt).toISOString()
  if (name === modifiedProperty(type)) return new Date(record.updatedAt).toISOString()
  return record.properties[name] ?? null
}

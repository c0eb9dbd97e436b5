import type { StatementSync } from 'node:sqlite'
import type { Engine } from '../engine/engine.ts'
import { API_USERNAME, foundOrg } from './found-org.ts'
import { makeId, numberOfId } from './ids.ts'
import { OpenTransactions, type StoredWrite } from './open-transactions.ts'
import { OrgSchema } from './org-schema.ts'
import type { FieldDef, ObjectDef } from './schema.ts'
import { Sharing } from './sharing.ts'
import { STANDARD_OBJECTS } from './standard-objects.ts'
import { columnType, isStored, tableOf } from './tables.ts'
import { type Stored, wholeSecond } from './values.ts'

/** A record as it is stored, by field name. */
export type Row = Record<string, Stored>

/**
 * One simulated org: its schema, and its records in the tables `sf_<object>` of the engine's database.
 *
 * Holds no rules of Salesforce's: what a write sets off is in `records.ts`, what a client may see in `soql.ts`. An org in
 * a database file is found again as it was left.
 */
export class Org {
  readonly engine: Engine
  /** The one row of Organization. */
  readonly orgId: string
  /** The user that every client runs as. */
  readonly apiUserId: string
  readonly transactions: OpenTransactions
  readonly sharing: Sharing
  readonly #schema: OrgSchema
  readonly #lastNumber = new Map<string, number>()
  readonly #statements = new Map<string, StatementSync>()
  readonly #fieldsByName = new WeakMap<ObjectDef, Map<string, FieldDef>>()
  #schemaChangedAt: number
  #isSchemaTold = false

  constructor(engine: Engine) {
    this.engine = engine
    this.transactions = new OpenTransactions(this)
    this.sharing = new Sharing(engine.db)
    this.#schemaChangedAt = wholeSecond(engine.clock.now())
    engine.db.exec(`
      CREATE TABLE IF NOT EXISTS sf_deletion (
        object TEXT NOT NULL, id TEXT NOT NULL, at INTEGER NOT NULL, purged_at INTEGER
      );
      CREATE INDEX IF NOT EXISTS sf_deletion_at ON sf_deletion (object, at);
      CREATE INDEX IF NOT EXISTS sf_deletion_purged ON sf_deletion (object, purged_at) WHERE purged_at IS NOT NULL;
      CREATE TABLE IF NOT EXISTS sf_locator (
        id TEXT PRIMARY KEY, soql TEXT NOT NULL, is_all INTEGER NOT NULL, batch INTEGER NOT NULL,
        total INTEGER NOT NULL, created_at INTEGER NOT NULL
      );
      CREATE TABLE IF NOT EXISTS sf_locator_row (
        locator TEXT NOT NULL, position INTEGER NOT NULL, row INTEGER NOT NULL, PRIMARY KEY (locator, position)
      ) WITHOUT ROWID;
    `)
    this.#schema = new OrgSchema(engine.db)
    const isNew = this.#schema.whole.length === 0
    for (const object of this.#schema.whole) this.#countIds(object)
    if (isNew) for (const object of STANDARD_OBJECTS) this.addObject(object)
    this.orgId = this.#firstRow('Organization') ?? this.newId('Organization')
    this.apiUserId = (this.findAll('User', 'Username', API_USERNAME)[0]?.Id as string | undefined) ?? this.newId('User')
    if (isNew) foundOrg(this)
  }

  /** True when the org was found in a database file, with the records it had. */
  get isOld(): boolean {
    return this.count('User') > 1 || this.count('Account') > 0 || this.count('Opportunity') > 0
  }

  /**
   * Virtual time of the last change to the schema, a whole second; what `If-Modified-Since` is held against. A change that
   * comes after it was told has a later one, even within the same second.
   */
  tellSchemaChange(): number {
    this.#isSchemaTold = true
    return this.#schemaChangedAt
  }

  /** As the API user sees them. */
  get objects(): readonly ObjectDef[] {
    return this.#schema.seen
  }

  /** With all that the API user does not see. */
  get wholeObjects(): readonly ObjectDef[] {
    return this.#schema.whole
  }

  /** By name, in any case, as SOQL and paths have it, and as the API user sees it. */
  object(name: string): ObjectDef | undefined {
    return this.#schema.findSeen(name)
  }

  /** By name, in any case, with all that the API user does not see. */
  wholeObject(name: string): ObjectDef | undefined {
    return this.#schema.findWhole(name)
  }

  fieldOf(object: ObjectDef, name: string): FieldDef | undefined {
    let fields = this.#fieldsByName.get(object)
    if (fields === undefined) {
      fields = new Map(object.fields.map((field) => [field.name.toLowerCase(), field]))
      this.#fieldsByName.set(object, fields)
    }
    return fields.get(name.toLowerCase())
  }

  addObject(object: ObjectDef): void {
    const columns = object.fields.filter(isStored).map((field) => `"${field.name}" ${columnType(field)}`)
    this.engine.db.exec(`CREATE TABLE ${tableOf(object)} (${columns.join(', ')})`)
    for (const field of object.fields) this.#index(object, field)
    this.saveObject(object)
    this.#countIds(object)
  }

  /** Adds fields that the object does not have yet; existing records have them empty. */
  addFields(objectName: string, fields: readonly FieldDef[]): void {
    const object = this.#get(objectName)
    const added = fields.filter((field) => this.fieldOf(object, field.name) === undefined)
    for (const field of added.filter(isStored)) {
      this.engine.db.exec(`ALTER TABLE ${tableOf(object)} ADD COLUMN "${field.name}" ${columnType(field)}`)
    }
    const grown = { ...object, fields: [...object.fields, ...added] }
    for (const field of added) this.#index(grown, field)
    this.saveObject(grown)
  }

  /** Puts an object in the place of the one of its name. Whoever changes its columns changes the table first. */
  saveObject(object: ObjectDef): void {
    this.#schema.save(object)
    this.#schemaChanged()
  }

  /** Takes a field away from the API user's eyes, as an admin does who withdraws a permission: it is simply not there. */
  hideField(objectName: string, fieldName: string): void {
    this.#setFieldHidden(objectName, fieldName, true)
  }

  /** Shows a field again, with the values it has by now. */
  showField(objectName: string, fieldName: string): void {
    this.#setFieldHidden(objectName, fieldName, false)
  }

  hideObject(objectName: string): void {
    this.#schema.setObjectHidden(this.#get(objectName), true)
    this.#schemaChanged()
  }

  showObject(objectName: string): void {
    this.#schema.setObjectHidden(this.#get(objectName), false)
    this.#schemaChanged()
  }

  newId(objectName: string): string {
    const object = this.#get(objectName)
    const n = (this.#lastNumber.get(object.name) ?? 0) + 1
    this.#lastNumber.set(object.name, n)
    return makeId(object.keyPrefix, n)
  }

  /** Runs `work` in one transaction; an error undoes all of it. */
  transaction<T>(work: () => T): T {
    if (this.engine.db.isTransaction) return work()
    this.engine.db.exec('BEGIN IMMEDIATE')
    try {
      const result = work()
      this.engine.db.exec('COMMIT')
      return result
    } catch (error) {
      this.engine.db.exec('ROLLBACK')
      this.#schema.reload()
      throw error
    }
  }

  /** A fast way in for many records: the given fields as stored, with no rules applied. */
  loader(objectName: string, fields: readonly string[]): (values: readonly Stored[]) => void {
    const object = this.#get(objectName)
    const columns = fields.map((name) => `"${name}"`).join(', ')
    const marks = fields.map(() => '?').join(', ')
    const insert = this.engine.db.prepare(`INSERT INTO ${tableOf(object)} (${columns}) VALUES (${marks})`)
    return (values) => {
      insert.run(...values)
    }
  }

  insert(object: string, row: Row): void {
    this.#write({ kind: 'insert', object, row })
  }

  change(object: string, id: string, row: Row): void {
    if (Object.keys(row).length > 0) this.#write({ kind: 'change', object, id, row })
  }

  /** Writes down that a record was deleted, for the recycle bin and for lists of deletions. */
  noteDeletion(object: string, id: string, at: number): void {
    this.#write({ kind: 'deletion', object, id, at })
  }

  forgetDeletion(object: string, id: string): void {
    this.#write({ kind: 'undeletion', object, id })
  }

  /** Carries a write out, whoever has locked what it touches. */
  apply(write: StoredWrite): void {
    const object = this.#get(write.object)
    switch (write.kind) {
      case 'insert': {
        const names = Object.keys(write.row)
        const columns = names.map((name) => `"${name}"`).join(', ')
        const sql = `INSERT INTO ${tableOf(object)} (${columns}) VALUES (${names.map(() => '?').join(', ')})`
        this.#prepare(sql).run(...Object.values(write.row))
        return
      }
      case 'change': {
        const sets = Object.keys(write.row).map((name) => `"${name}" = ?`)
        const sql = `UPDATE ${tableOf(object)} SET ${sets.join(', ')} WHERE "Id" = ?`
        this.#prepare(sql).run(...Object.values(write.row), write.id)
        return
      }
      case 'deletion':
        this.#prepare('INSERT INTO sf_deletion (object, id, at) VALUES (?, ?, ?)').run(object.name, write.id, write.at)
        return
      case 'undeletion':
        this.#prepare('DELETE FROM sf_deletion WHERE object = ? AND id = ?').run(object.name, write.id)
    }
  }

  find(objectName: string, id: string): Row | undefined {
    return this.#prepare(`SELECT * FROM ${tableOf(this.#get(objectName))} WHERE "Id" = ?`).get(id) as Row | undefined
  }

  /** Records by the value of one field, in the order of their ids. */
  findAll(objectName: string, fieldName: string, value: Stored): Row[] {
    const table = tableOf(this.#get(objectName))
    return this.#prepare(`SELECT * FROM ${table} WHERE "${fieldName}" IS ? ORDER BY "Id"`).all(value) as Row[]
  }

  /** How many records there are, the deleted ones too. */
  count(objectName: string): number {
    const { n } = this.#prepare(`SELECT count(*) AS n FROM ${tableOf(this.#get(objectName))}`).get() as { n: number }
    return n
  }

  #write(write: StoredWrite): void {
    this.transactions.admit(write)
    this.apply(write)
  }

  #get(name: string): ObjectDef {
    const object = this.wholeObject(name)
    if (object === undefined) throw new Error(`This org has no object "${name}"`)
    return object
  }

  #setFieldHidden(objectName: string, fieldName: string, isHidden: boolean): void {
    const object = this.#get(objectName)
    const field = this.fieldOf(object, fieldName)
    if (field === undefined) throw new Error(`${object.name} has no field "${fieldName}"`)
    this.#schema.setFieldHidden(object, field, isHidden)
    this.#schemaChanged()
  }

  #prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql)
    if (statement === undefined) {
      statement = this.engine.db.prepare(sql)
      this.#statements.set(sql, statement)
    }
    return statement
  }

  #schemaChanged(): void {
    const earliest = this.#isSchemaTold ? this.#schemaChangedAt + 1_000 : 0
    this.#schemaChangedAt = Math.max(wholeSecond(this.engine.clock.now()), earliest)
    this.#isSchemaTold = false
    this.#statements.clear() // SELECT * of a changed table
  }

  #countIds(object: ObjectDef): void {
    const newest = this.engine.db
      .prepare(`SELECT max("Id") AS id FROM ${tableOf(object)} WHERE "Id" LIKE ?`)
      .get(`${makeId(object.keyPrefix, 0).slice(0, 6)}%`) as { id: string | null }
    this.#lastNumber.set(object.name, newest.id === null ? 0 : (numberOfId(newest.id) ?? 0))
  }

  #index(object: ObjectDef, field: FieldDef): void {
    const name = `sf_${object.name}_${field.name}`
    if (field.name === 'SystemModstamp') {
      this.engine.db.exec(`CREATE INDEX "${name}" ON ${tableOf(object)} ("SystemModstamp", "Id")`)
    } else if (field.cascadeDelete) {
      this.engine.db.exec(`CREATE INDEX "${name}" ON ${tableOf(object)} ("${field.name}")`)
    }
  }

  #firstRow(objectName: string): string | null {
    const { id } = this.#prepare(`SELECT min("Id") AS id FROM ${tableOf(this.#get(objectName))}`).get() as {
      id: string | null
    }
    return id
  }
}

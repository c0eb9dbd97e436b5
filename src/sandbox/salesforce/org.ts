import type { StatementSync } from 'node:sqlite'
import type { Engine } from '../engine/engine.ts'
import { makeId, numberOfId } from './ids.ts'
import type { FieldDef, ObjectDef } from './schema.ts'
import { STANDARD_OBJECTS } from './standard-objects.ts'
import type { Stored } from './values.ts'

const API_USERNAME = 'sync@sandbox.example'

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
  /** Virtual time of the last change to the schema; what `If-Modified-Since` is held against. */
  schemaChangedAt: number
  readonly #objects = new Map<string, ObjectDef>()
  readonly #lastNumber = new Map<string, number>()
  readonly #statements = new Map<string, StatementSync>()

  constructor(engine: Engine) {
    this.engine = engine
    this.schemaChangedAt = engine.clock.now()
    engine.db.exec(`
      CREATE TABLE IF NOT EXISTS sf_object (name TEXT PRIMARY KEY, definition TEXT NOT NULL);
      CREATE TABLE IF NOT EXISTS sf_deletion (object TEXT NOT NULL, id TEXT NOT NULL, at INTEGER NOT NULL);
      CREATE INDEX IF NOT EXISTS sf_deletion_at ON sf_deletion (object, at);
      CREATE TABLE IF NOT EXISTS sf_locator (
        id TEXT PRIMARY KEY, soql TEXT NOT NULL, is_all INTEGER NOT NULL, batch INTEGER NOT NULL,
        total INTEGER NOT NULL, created_at INTEGER NOT NULL
      );
      CREATE TABLE IF NOT EXISTS sf_locator_row (
        locator TEXT NOT NULL, position INTEGER NOT NULL, row INTEGER NOT NULL, PRIMARY KEY (locator, position)
      ) WITHOUT ROWID;
    `)
    const known = engine.db.prepare('SELECT definition FROM sf_object').all() as { definition: string }[]
    for (const { definition } of known) this.#remember(JSON.parse(definition) as ObjectDef)
    if (known.length === 0) for (const object of STANDARD_OBJECTS) this.addObject(object)
    this.orgId = this.#firstRow('Organization') ?? this.newId('Organization')
    this.apiUserId = (this.findAll('User', 'Username', API_USERNAME)[0]?.Id as string | undefined) ?? this.newId('User')
    if (known.length === 0) this.#foundOrg()
  }

  /** True when the org was found in a database file, with the records it had. */
  get isOld(): boolean {
    return this.count('User') > 1 || this.count('Account') > 0 || this.count('Opportunity') > 0
  }

  get objects(): readonly ObjectDef[] {
    return [...this.#objects.values()]
  }

  /** By name, in any case, as SOQL and paths have it. */
  object(name: string): ObjectDef | undefined {
    return this.#objects.get(name.toLowerCase())
  }

  fieldOf(object: ObjectDef, name: string): FieldDef | undefined {
    const wanted = name.toLowerCase()
    return object.fields.find((field) => field.name.toLowerCase() === wanted)
  }

  addObject(object: ObjectDef): void {
    const columns = storedFields(object).map((field) => `"${field.name}" ${columnType(field)}`)
    this.engine.db.exec(`CREATE TABLE ${tableOf(object)} (${columns.join(', ')})`)
    for (const field of object.fields) this.#index(object, field)
    this.#save(object)
  }

  /** Adds fields that the object does not have yet; existing records have them empty. */
  addFields(objectName: string, fields: readonly FieldDef[]): void {
    const object = this.#get(objectName)
    const added = fields.filter((field) => this.fieldOf(object, field.name) === undefined)
    for (const field of added.filter((each) => each.type !== 'address')) {
      this.engine.db.exec(`ALTER TABLE ${tableOf(object)} ADD COLUMN "${field.name}" ${columnType(field)}`)
    }
    const grown = { ...object, fields: [...object.fields, ...added] }
    for (const field of added) this.#index(grown, field)
    this.#save(grown)
  }

  /** Takes a field away from the user's eyes, as an admin does who withdraws a permission: it is simply not there. */
  hideField(objectName: string, fieldName: string): void {
    const object = this.#get(objectName)
    this.#save({ ...object, fields: object.fields.filter((field) => field.name !== fieldName) })
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

  insert(objectName: string, row: Row): void {
    const fields = Object.keys(row)
    const columns = fields.map((name) => `"${name}"`).join(', ')
    const sql = `INSERT INTO ${tableOf(this.#get(objectName))} (${columns}) VALUES (${fields.map(() => '?').join(', ')})`
    this.#prepare(sql).run(...Object.values(row))
  }

  change(objectName: string, id: string, row: Row): void {
    const fields = Object.keys(row)
    if (fields.length === 0) return
    const sets = fields.map((name) => `"${name}" = ?`).join(', ')
    this.#prepare(`UPDATE ${tableOf(this.#get(objectName))} SET ${sets} WHERE "Id" = ?`).run(...Object.values(row), id)
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

  #get(name: string): ObjectDef {
    const object = this.object(name)
    if (object === undefined) throw new Error(`This org has no object "${name}"`)
    return object
  }

  #prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql)
    if (statement === undefined) {
      statement = this.engine.db.prepare(sql)
      this.#statements.set(sql, statement)
    }
    return statement
  }

  #save(object: ObjectDef): void {
    const sql = 'INSERT OR REPLACE INTO sf_object (name, definition) VALUES (?, ?)'
    this.engine.db.prepare(sql).run(object.name, JSON.stringify(object))
    this.schemaChangedAt = this.engine.clock.now()
    this.#statements.clear() // SELECT * of a changed table
    this.#remember(object)
  }

  #remember(object: ObjectDef): void {
    this.#objects.set(object.name.toLowerCase(), object)
    if (this.#lastNumber.has(object.name)) return
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

  /** What every org has: itself, and the user that clients run as. */
  #foundOrg(): void {
    const at = Math.floor(this.engine.clock.now() / 86_400_000) * 86_400_000 - 3 * 365 * 86_400_000
    const by = this.apiUserId
    const stamps = { CreatedDate: at, CreatedById: by, LastModifiedDate: at, LastModifiedById: by, SystemModstamp: at }
    this.insert('Organization', {
      Id: this.orgId,
      Name: 'Sandbox Org',
      InstanceName: 'SBX1',
      IsSandbox: 1,
      OrganizationType: 'Enterprise Edition',
      TimeZoneSidKey: 'GMT',
      DefaultLocaleSidKey: 'en_US',
      LanguageLocaleKey: 'en_US',
      Country: 'US',
      ...stamps,
    })
    this.insert('User', {
      Id: by,
      Username: API_USERNAME,
      FirstName: 'Sync',
      LastName: 'User',
      Name: 'Sync User',
      Email: 'sync@sandbox.example',
      Alias: 'sync',
      Title: 'Integration',
      IsActive: 1,
      TimeZoneSidKey: 'GMT',
      UserType: 'Standard',
      ...stamps,
    })
  }
}

export function tableOf(object: ObjectDef): string {
  return `"sf_${object.name}"`
}

/** Fields with a column of their own: all but compounds, which only show others. */
function storedFields(object: ObjectDef): FieldDef[] {
  return object.fields.filter((field) => field.type !== 'address')
}

function columnType(field: FieldDef): string {
  switch (field.type) {
    case 'id':
      return 'TEXT PRIMARY KEY'
    case 'reference':
    case 'date':
      return 'TEXT'
    case 'boolean':
      return 'INTEGER NOT NULL DEFAULT 0'
    case 'int':
    case 'datetime':
      return 'INTEGER'
    case 'double':
    case 'currency':
    case 'percent':
      return 'REAL'
    default:
      // Text is compared without regard to case, as SOQL does.
      return 'TEXT COLLATE NOCASE'
  }
}

import type { DatabaseSync } from 'node:sqlite'
import type { FieldDef, ObjectDef } from './schema.ts'

/** An object, and what of it the API user does not see. */
interface Held {
  readonly whole: ObjectDef
  readonly hiddenFields: readonly string[]
  readonly isHidden: boolean
}

/**
 * The objects of an org, each in two forms: whole, and as the API user sees it.
 *
 * Whoever works in the user interface or in setup has the whole of it; every answer of the API is made from what its user
 * sees. Kept in the table `sf_object`.
 */
export class OrgSchema {
  readonly #db: DatabaseSync
  readonly #held = new Map<string, Held>()
  readonly #seen = new Map<string, ObjectDef>()

  constructor(db: DatabaseSync) {
    this.#db = db
    db.exec('CREATE TABLE IF NOT EXISTS sf_object (name TEXT PRIMARY KEY, definition TEXT NOT NULL)')
    this.reload()
  }

  /** Takes the objects as the database has them: when changes were rolled back. */
  reload(): void {
    this.#held.clear()
    this.#seen.clear()
    const sql = 'SELECT definition FROM sf_object ORDER BY rowid'
    const known = this.#db.prepare(sql).all() as { definition: string }[]
    for (const { definition } of known) {
      const { hiddenFields = [], isHidden = false, ...whole } = JSON.parse(definition) as ObjectDef & Partial<Held>
      this.#hold({ whole, hiddenFields, isHidden })
    }
  }

  get whole(): readonly ObjectDef[] {
    return [...this.#held.values()].map((held) => held.whole)
  }

  get seen(): readonly ObjectDef[] {
    return [...this.#seen.values()]
  }

  /** By name, in any case. */
  findWhole(name: string): ObjectDef | undefined {
    return this.#held.get(name.toLowerCase())?.whole
  }

  findSeen(name: string): ObjectDef | undefined {
    return this.#seen.get(name.toLowerCase())
  }

  save(whole: ObjectDef): void {
    const { hiddenFields, isHidden } = this.#held.get(whole.name.toLowerCase()) ?? { hiddenFields: [], isHidden: false }
    const isThere = (name: string) => whole.fields.some((field) => field.name === name)
    this.#write({ whole, hiddenFields: hiddenFields.filter(isThere), isHidden })
  }

  setFieldHidden(object: ObjectDef, field: FieldDef, isHidden: boolean): void {
    const held = this.#get(object)
    const others = held.hiddenFields.filter((name) => name !== field.name)
    this.#write({ ...held, hiddenFields: isHidden ? [...others, field.name] : others })
  }

  setObjectHidden(object: ObjectDef, isHidden: boolean): void {
    this.#write({ ...this.#get(object), isHidden })
  }

  #get(object: ObjectDef): Held {
    return this.#held.get(object.name.toLowerCase()) as Held
  }

  #write(held: Held): void {
    const { whole, ...rest } = held
    const sql = `INSERT INTO sf_object (name, definition) VALUES (?, ?)
      ON CONFLICT (name) DO UPDATE SET definition = excluded.definition`
    this.#db.prepare(sql).run(whole.name, JSON.stringify({ ...whole, ...rest }))
    this.#hold(held)
  }

  #hold(held: Held): void {
    const key = held.whole.name.toLowerCase()
    this.#held.set(key, held)
    if (held.isHidden) {
      this.#seen.delete(key)
      return
    }
    const fields = held.whole.fields.filter((field) => !held.hiddenFields.includes(field.name))
    this.#seen.set(key, { ...held.whole, fields })
  }
}

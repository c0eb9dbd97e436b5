import type { DatabaseSync } from 'node:sqlite'
import type { ObjectDef } from './schema.ts'

/** Which records nobody shares with the API user: they are in no answer, and neither stamp nor deletion tells of it. */
export class Sharing {
  readonly #db: DatabaseSync
  readonly #unshared = new Map<string, Set<string>>()

  constructor(db: DatabaseSync) {
    this.#db = db
    db.exec(`CREATE TABLE IF NOT EXISTS sf_unshared (object TEXT NOT NULL, id TEXT NOT NULL, PRIMARY KEY (object, id))
      WITHOUT ROWID`)
    const known = db.prepare('SELECT object, id FROM sf_unshared').all() as { object: string; id: string }[]
    for (const { object, id } of known) this.#of(object).add(id)
  }

  set(object: ObjectDef, id: string, isShared: boolean): void {
    const sql = isShared
      ? 'DELETE FROM sf_unshared WHERE object = ? AND id = ?'
      : 'INSERT OR IGNORE INTO sf_unshared (object, id) VALUES (?, ?)'
    this.#db.prepare(sql).run(object.name, id)
    if (isShared) this.#of(object.name).delete(id)
    else this.#of(object.name).add(id)
  }

  isShared(object: ObjectDef, id: string): boolean {
    return !this.#of(object.name).has(id)
  }

  /** A condition on a column of ids that holds for shared records; `null` when all of the object are. */
  condition(object: ObjectDef, column: string): string | null {
    if (this.#of(object.name).size === 0) return null
    return `${column} NOT IN (SELECT id FROM sf_unshared WHERE object = '${object.name}')`
  }

  #of(name: string): Set<string> {
    const found = this.#unshared.get(name) ?? new Set()
    this.#unshared.set(name, found)
    return found
  }
}

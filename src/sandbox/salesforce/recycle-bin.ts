import type { Org } from './org.ts'
import type { ObjectDef } from './schema.ts'
import { wholeSecond } from './values.ts'

/** Empties the recycle bin: of one record, of an object, or of everything. Returns how many records went. */
export function emptyRecycleBin(org: Org, objectName?: string, id?: string): number {
  const object = objectName === undefined ? null : (org.wholeObject(objectName)?.name ?? objectName)
  const sql = `UPDATE sf_deletion SET purged_at = ?1
    WHERE purged_at IS NULL AND (?2 IS NULL OR object = ?2) AND (?3 IS NULL OR id = ?3)`
  const { changes } = org.engine.db.prepare(sql).run(wholeSecond(org.engine.clock.now()), object, id ?? null)
  return Number(changes)
}

/** True when a deleted record is in the recycle bin no more, so that nobody can bring it back. */
export function isPurged(org: Org, object: ObjectDef, id: string): boolean {
  const { clock, limits } = org.engine
  const found = org.engine.db
    .prepare('SELECT 1 FROM sf_deletion WHERE object = ? AND id = ? AND (purged_at IS NOT NULL OR at < ?)')
    .get(object.name, id, Math.floor(clock.now() - limits.get('salesforce.recycleBinMs')))
  return found !== undefined
}

/** Ids of an object's records that `queryAll` shows no more: too long in the recycle bin, or purged from it. */
export function goneIds(org: Org, object: ObjectDef): string {
  const { clock, limits } = org.engine
  const binned = Math.floor(clock.now() - limits.get('salesforce.recycleBinMs'))
  const purged = Math.floor(clock.now() - limits.get('salesforce.purgedRowsMs'))
  return `SELECT id FROM sf_deletion WHERE object = '${object.name}' AND (at < ${binned} OR purged_at <= ${purged})`
}

import { childrenOf } from './children.ts'
import type { Org } from './org.ts'
import type { ObjectDef } from './schema.ts'
import { wholeSecond } from './values.ts'

/** Empties the recycle bin, of one object or of all. Returns how many records went. */
export function emptyRecycleBin(org: Org, object?: ObjectDef): number {
  const sql = 'UPDATE sf_deletion SET purged_at = ?1 WHERE purged_at IS NULL AND (?2 IS NULL OR object = ?2)'
  const { changes } = org.engine.db.prepare(sql).run(wholeSecond(org.engine.clock.now()), object?.name ?? null)
  return Number(changes)
}

/** Takes a deleted record out of the recycle bin for good, with the deleted records that hang on it. */
export function purge(org: Org, object: ObjectDef, id: string): number {
  const sql = 'UPDATE sf_deletion SET purged_at = ? WHERE purged_at IS NULL AND object = ? AND id = ?'
  let purged = Number(org.engine.db.prepare(sql).run(wholeSecond(org.engine.clock.now()), object.name, id).changes)
  for (const { child, field } of childrenOf(org, object, (each) => each.cascadeDelete)) {
    for (const row of org.findAll(child.name, field.name, id)) {
      if (row.IsDeleted === 1) purged += purge(org, child, row.Id as string)
    }
  }
  return purged
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
  const select = `SELECT id FROM sf_deletion WHERE object = '${object.name}'`
  return `${select} AND at < ${binned} UNION ALL ${select} AND purged_at <= ${purged}`
}

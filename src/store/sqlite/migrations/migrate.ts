import { rmSync } from 'node:fs'
import type { DatabaseSync } from 'node:sqlite'
import { Fault } from '../../../platform/errors.ts'
import { first } from './0001-first.ts'
import { desiredByDossier } from './0002-desired-by-dossier.ts'
import { sweep } from './0003-sweep.ts'
import { merges } from './0004-merges.ts'
import { landed } from './0005-landed.ts'
import { links } from './0006-links.ts'
import { landedWithPlace } from './0007-landed-with-place.ts'
import { planOrder } from './0008-plan-order.ts'
import { told } from './0009-told.ts'
import { seen } from './0010-seen.ts'
import { reported } from './0011-reported.ts'
import { snapshots } from './0012-snapshots.ts'

/** Every step from one version of the schema to the next: the first makes version 1, and so on. */
export const MIGRATIONS: readonly string[] = [
  first,
  desiredByDossier,
  sweep,
  merges,
  landed,
  links,
  landedWithPlace,
  planOrder,
  told,
  seen,
  reported,
  snapshots,
]

export function versionOf(db: DatabaseSync): number {
  return Number(db.prepare('pragma user_version').get()?.['user_version'])
}

/**
 * Brings the schema up to date, all missing steps in one transaction. A store that holds data is copied first, to
 * `<file>.version-<n>.backup` beside it. Refuses a store written by a newer program.
 */
export function migrate(db: DatabaseSync, path: string, migrations: readonly string[] = MIGRATIONS): void {
  const found = versionOf(db)
  refuseNewer(found, migrations.length)
  if (found === migrations.length) return
  if (found > 0 && path !== ':memory:') backUp(db, `${path}.version-${found}.backup`)
  db.exec('begin immediate')
  try {
    // Read again: another process may have migrated while we waited for the lock.
    for (const step of migrations.slice(versionOf(db))) db.exec(step)
    db.exec(`pragma user_version = ${migrations.length}`)
    db.exec('commit')
  } catch (error) {
    if (db.isTransaction) db.exec('rollback')
    throw error
  }
}

export function refuseNewer(found: number, known: number): void {
  if (found <= known) return
  throw new Fault('store-too-new', `The store is at version ${found} and this program knows versions up to ${known}`, {
    blame: 'operator',
    hint: 'Run the newer program, or restore the backup made before it migrated the store',
  })
}

function backUp(db: DatabaseSync, file: string): void {
  rmSync(file, { force: true })
  db.prepare('vacuum into ?').run(file)
}

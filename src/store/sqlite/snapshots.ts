import type { Snapshot } from '../store.ts'
import type { Connection } from './connection.ts'

/** What was seen of records on days. */
export function snapshots(connection: Connection) {
  const any = connection.one<{ found: number }>('select 1 as found from snapshot where kind = ? limit 1')
  const ofIds = connection.many<Omit<Snapshot, 'kind'>>(
    `select id, day, body from snapshot
       where kind = ? and id in (select value from json_each(?)) order by id, day`,
  )

  return {
    hasSnapshots: (kind: string): boolean => any(kind) !== undefined,
    snapshots: (kind: string, ids: readonly string[]): readonly Snapshot[] =>
      ofIds(kind, JSON.stringify(ids)).map((row) => ({ kind, ...row })),
  }
}

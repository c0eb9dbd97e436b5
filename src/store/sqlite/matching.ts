import type { KeyHolder, Link, LinkBatch, TouchedKey } from '../store.ts'
import type { Connection } from './connection.ts'
import type { Dossiers } from './dossiers.ts'
import { rowPage } from './pages.ts'
import type { Placement, Touched } from './placement.ts'

export type Keys = ReturnType<typeof keys>

const NONE: readonly string[] = []

/** Keys of records as they are written along with them. */
export function keys(connection: Connection) {
  const any = connection.one<{ one: number }>('select 1 as one from match_key limit 1')
  const keysOf = connection.many<{ name: string }>('select name from match_key where kind = ? and id = ? order by name')
  const add = connection.run('insert or ignore into match_key (name, kind, id) values (?, ?, ?)')
  const remove = connection.run('delete from match_key where name = ? and kind = ? and id = ?')
  const touch = connection.run(
    'insert into match_touched (name, mark) values (?, ?) on conflict do update set mark = excluded.mark',
  )

  return {
    /** Part of a write: the keys that a record has from now on. */
    save(kind: string, id: string, wanted: readonly string[] = NONE): void {
      if (wanted.length === 0 && any() === undefined) return
      const before = new Set(keysOf(kind, id).map(({ name }) => name))
      const gained = wanted.filter((name) => !before.delete(name))
      if (gained.length === 0 && before.size === 0) return
      const mark = connection.next('match')
      for (const name of gained) add(name, kind, id)
      for (const name of before) remove(name, kind, id)
      // Those it keeps, too: by them it is found, when it is no longer by the others.
      for (const name of new Set([...wanted, ...before])) touch(name, mark)
    },
  }
}

/** What is found out about keys: who holds them, and which records stand for others. */
export function matching(connection: Connection, place: Placement, dossiers: Dossiers) {
  const touched = connection.many<TouchedKey>(
    'select name, mark from match_touched where name > ? order by name limit ?',
  )
  const untouch = connection.run('delete from match_touched where name = ? and mark = ?')
  const touchAll = connection.run(
    'insert into match_touched (name, mark) select distinct name, ? from match_key where true on conflict do update set mark = excluded.mark',
  )
  const holders = connection.many<{ kind: string; id: string; source: string }>(
    `select distinct place.kind, place.id, place.source from json_each(?) as wanted
       cross join match_key on match_key.name = wanted.value
       cross join place on place.kind = match_key.kind and place.id = match_key.id order by place.kind, place.id`,
  )
  const keysOf = connection.many<{ name: string }>('select name from match_key where kind = ? and id = ? order by name')
  const linksOf = connection.many<Link>(
    `select link.kind, link.id, target, reason from json_each(?) as wanted
       cross join link on link.kind = ? and link.id = wanted.value order by link.id`,
  )
  const openPage = connection.many<Link>(
    'select kind, id, target, reason from link where target is null and (kind, id) > (?, ?) order by kind, id limit ?',
  )
  const counts = connection.one<{ linked: number; open: number }>(
    'select count(target) as linked, count(*) - count(target) as open from link',
  )

  return {
    touchedKeys: (after: string, limit: number): readonly TouchedKey[] => touched(after, limit),

    touchAllKeys(): void {
      connection.write(() => touchAll(connection.next('match')))
    },

    keyHolders: (names: readonly string[]): readonly KeyHolder[] =>
      holders(JSON.stringify(names)).map((one) => ({ ...one, keys: keysOf(one.kind, one.id).map(({ name }) => name) })),

    links: (kind: string, ids: readonly string[]): readonly Link[] => linksOf(JSON.stringify(ids), kind),

    openLinkPage: (after: readonly [string, string], limit: number) =>
      rowPage(openPage(...after, limit), limit, (row) => [row.kind, row.id] as const),

    linkCounts: (): { readonly linked: number; readonly open: number } => counts() ?? { linked: 0, open: 0 },

    touchEntries(entries: readonly string[]): void {
      connection.write(() => dossiers.markTouched({ dossiers: new Set(), context: new Set(entries) }))
    },

    touchDossiers(ids: readonly string[]): void {
      connection.write(() => dossiers.markTouched({ dossiers: new Set(ids), context: new Set() }))
    },

    saveLinks({ links, settled }: LinkBatch): void {
      connection.write(() => {
        const hit: Touched = { dossiers: new Set(), context: new Set() }
        for (const { kind, id, target, reason } of links) place.link(kind, id, target, reason, hit)
        dossiers.markTouched(hit)
        for (const { name, mark } of settled) untouch(name, mark)
      })
    },
  }
}

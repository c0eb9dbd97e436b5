import type { SQLInputValue } from 'node:sqlite'
import type { StoredDossier, StoredRecord } from '../store.ts'
import type { Connection } from './connection.ts'
import { type PackedPage, SEPARATOR, takeText, unpack } from './pages.ts'
import type { Touched } from './placement.ts'

export type Dossiers = ReturnType<typeof dossiers>

/** Dossiers in the head (id, mark, number of records), their records (kind, id, at) in `records`. */
export interface DossierPage extends PackedPage {
  readonly records: Uint8Array
  /** The facts that each has, joined like bodies; `null` when none has any, or they were not asked for. */
  readonly facts: Uint8Array | null
}

interface PageRow {
  readonly count: number
  readonly last: string | null
  readonly head: Uint8Array | null
  readonly records: Uint8Array | null
  readonly bodies: Uint8Array | null
  readonly facts?: Uint8Array | null
}

/** A dossier that carries the mark already is not written again: pages of a pull would touch the same ones over and over. */
const ON_DIRTY = 'on conflict do update set mark = excluded.mark where mark <> excluded.mark'

/** The sequence that holds the number of the newest dossier whose uses are indexed. */
export const USES_INDEXED = 'uses-indexed'

/** Sorts after every text: SQLite puts blobs behind them. */
const NO_END = new Uint8Array([0xff])
const EMPTY = new Uint8Array()

const MARK_OF_PART = 'coalesce((select mark from dirty where dirty.dossier = part.dossier), 0)'

/**
 * Packs dossiers into one row. Both tables that `from` can name are clustered by dossier, and records within it by kind,
 * at and id: rows come in the order wanted and nothing is sorted.
 */
function packed(dossier: string, from: string, { mark = MARK_OF_PART, facts = false } = {}): string {
  const itsFacts = `coalesce((select facts from derived where derived.dossier = part.dossier), '')`
  return `
    select ${facts ? `cast(group_concat(${itsFacts}, char(30)) as blob) as facts,` : ''} count(*) as count, max(dossier) as last,
      cast('[' || group_concat(json_quote(dossier) || ',' || ${mark}
        || ',' || records, ',') || ']' as blob) as head,
      cast('[' || coalesce(group_concat(heads, ','), '') || ']' as blob) as records,
      cast(coalesce(group_concat(bodies, char(30)), '') as blob) as bodies
    from (
      select ${dossier} as dossier, count(r.id) as records,${mark === 'mark' ? ' d.mark as mark,' : ''}
        group_concat(json_quote(r.kind) || ',' || json_quote(r.id) || ',' || r.at, ',') as heads,
        group_concat(r.body, char(30)) as bodies
      from ${from} where ${dossier} > ? and ${dossier} <= ? group by ${dossier}
    ) as part`
}

/** Dossiers as they are read, and the marks on those that must be derived again. */
export function dossiers(connection: Connection) {
  const markOne = connection.run(`insert into dirty (dossier, mark) values (?, ?) ${ON_DIRTY}`)
  const newestDerived = connection.one<{ num: number | null }>('select max(num) as num from derived')
  const indexUses = connection.run(
    `insert or ignore into use (entry, derived)
       select value, num from derived, json_each('[' || uses || ']') where num > ? order by value, num`,
  )
  const markUsersOf = connection.run(
    `insert into dirty (dossier, mark)
       select dossier, ? from entry join use on use.entry = entry.num join derived on derived.num = use.derived
       where entry.name = ? ${ON_DIRTY}`,
  )
  const dirtyCount = connection.one<{ n: number }>('select count(*) as n from dirty')

  const endOfAll = connection.one<{ dossier: string }>(
    'select dossier from record where dossier > ? order by dossier, kind, at, id limit 1 offset ?',
  )
  const endOfDirty = connection.one<{ dossier: string }>(
    'select dossier from dirty where dossier > ? order by dossier limit 1 offset ?',
  )
  const allPage = connection.one<PageRow>(packed('r.dossier', 'record r'))
  const dirty = 'dirty d left join record r on r.dossier = d.dossier'
  const dirtyPage = connection.one<PageRow>(packed('d.dossier', dirty, { mark: 'mark' }))
  const dirtyPageWithFacts = connection.one<PageRow>(packed('d.dossier', dirty, { mark: 'mark', facts: true }))
  const anyFacts = connection.one<{ num: number }>(
    'select num from derived where dossier > ? and dossier <= ? and facts is not null limit 1',
  )
  const wantedPage = connection.one<PageRow>(
    packed('w.dossier', 'temp.wanted w left join record r on r.dossier = w.dossier'),
  )

  /**
   * Brings the index of who uses what up to the newest dossier. New dossiers are left out of it until context changes:
   * put in one by one as they are derived, a first derive would write every page of the index over and over.
   */
  function indexNewUses(): void {
    const newest = newestDerived()?.num ?? 0
    const indexed = connection.last(USES_INDEXED)
    if (newest <= indexed) return
    indexUses(indexed)
    connection.next(USES_INDEXED, newest - indexed)
  }

  /**
   * Reads a page of dossiers with their marks and moves on to a new mark, in one transaction: whatever is marked from
   * now on carries another mark than those handed out here, so that it is not taken for derived.
   */
  function handOut(read: () => DossierPage): DossierPage {
    if (connection.isReadOnly) return read()
    return connection.write(() => {
      const page = read()
      if (page.count > 0) connection.next('mark')
      return page
    })
  }

  function answer(row: PageRow | undefined, end: string | undefined): DossierPage {
    return {
      head: row?.head ?? EMPTY,
      records: row?.records ?? EMPTY,
      bodies: row?.bodies ?? EMPTY,
      facts: row?.facts ?? null,
      count: row?.count ?? 0,
      next: end ?? null,
    }
  }

  return {
    /** Part of a write: marks what it touched. */
    markTouched(touched: Touched): void {
      if (touched.dossiers.size === 0 && touched.context.size === 0) return
      const mark = connection.last('mark') + 1
      for (const dossier of touched.dossiers) markOne(dossier, mark)
      if (touched.context.size > 0) indexNewUses()
      for (const entry of touched.context) markUsersOf(mark, entry)
    },

    /** Part of a write: marks the dossiers that a query gives. */
    markAll(query: string, ...values: SQLInputValue[]): void {
      connection.run(
        `insert into dirty (dossier, mark) select dossier, ${connection.last('mark') + 1} from (${query}) where true ${ON_DIRTY}`,
      )(...values)
    },

    /** Whole dossiers with about `limit` records together: a dossier is never cut in two, however many it has. */
    allPage: (after: string, limit: number): DossierPage =>
      handOut(() => {
        const end = endOfAll(after, limit - 1)?.dossier
        return answer(allPage(after, end ?? NO_END), end)
      }),

    dirtyPage: (after: string, limit: number): DossierPage =>
      handOut(() => {
        const end = endOfDirty(after, limit - 1)?.dossier
        const range = [after, end ?? NO_END] as const
        return answer(anyFacts(...range) === undefined ? dirtyPage(...range) : dirtyPageWithFacts(...range), end)
      }),

    namedPage: (ids: readonly string[]): DossierPage =>
      handOut(() => {
        want(connection, ids)
        return answer(wantedPage('', NO_END), undefined)
      }),

    dirtyCount: (): number => dirtyCount()?.n ?? 0,
  }
}

/** Puts ids where queries can join them, in their order. */
function want(connection: Connection, ids: readonly string[]): void {
  connection.db.exec('create temp table if not exists wanted (dossier text primary key) without rowid')
  connection.db.exec('delete from temp.wanted')
  connection.db.prepare('insert or ignore into temp.wanted select value from json_each(?)').run(JSON.stringify(ids))
}

export function unpackDossiers(page: DossierPage): StoredDossier[] {
  if (page.count === 0) return []
  const { head, bodies } = unpack(page)
  const parts = JSON.parse(takeText(page.records)) as unknown[]
  const facts = page.facts === null ? null : takeText(page.facts).split(SEPARATOR)
  const found: StoredDossier[] = []
  let at = 0
  for (let i = 0; i < head.length; i += 3) {
    const records: StoredRecord[] = []
    for (let left = head[i + 2] as number; left > 0; left -= 1) {
      records.push({
        kind: parts[at * 3] as string,
        id: parts[at * 3 + 1] as string,
        at: parts[at * 3 + 2] as number,
        body: bodies[at] as string,
      })
      at += 1
    }
    const own = facts?.[i / 3] ?? ''
    found.push({ id: head[i] as string, mark: head[i + 1] as number, records, facts: own === '' ? null : own })
  }
  return found
}

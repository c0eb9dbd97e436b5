import type { Connection } from './connection.ts'
import type { Dossiers } from './dossiers.ts'
import { type PageColumns, textOf } from './entry-columns.ts'
import type { Placement, Touched } from './placement.ts'

export type Landing = ReturnType<typeof landing>

interface LandedRow {
  readonly num: number
  readonly source: string
  readonly kind: string
  readonly id: string
  readonly at: number
  readonly parent_kind: string | null
  readonly parent_id: string | null
  readonly body: string
}

const ROOT = { as: 'root' } as const
/** What a record below a parent shares with it: the parent's dossier, or the one that it would head. */
const DOSSIER = `case when landed.parent_kind is null then landed.kind || ':' || landed.id
  else coalesce(above.dossier, landed.parent_kind || ':' || landed.parent_id) end`
const LANDED = `landed left join place as above on above.kind = landed.parent_kind and above.id = landed.parent_id`

/**
 * Records of a first read are put down as they come, and brought to their dossiers in the order of dossiers, all at once,
 * before anybody looks or writes there. One by one, each page of a read would write to as many pages of the file as it holds
 * records, for records come in no order of dossiers: ten times the bytes.
 *
 * Until then they are in `raw`, and in no dossier. A read that dies in between leaves them where they are.
 */
export function landing(connection: Connection, place: Placement, dossiers: Dossiers) {
  const any = connection.one<{ stream: number; kind: string }>('select stream, kind from landed limit 1')
  const add = connection.run(
    `insert into landed (stream, source, kind, id, at, parent_kind, parent_id, body) values (?, ?, ?, ?, ?, ?, ?, cast(? as text))`,
  )
  const clear = connection.run('delete from landed')
  const some = connection.many<LandedRow>('select * from landed where num > ? order by num limit 500')
  const isPlaced = connection.one<{ one: number }>('select 1 as one from place where kind = ? limit 1')
  const isStored = connection.one<{ one: number }>(
    'select 1 as one from json_each(?) as wanted cross join raw on raw.stream = ? and raw.id = wanted.value limit 1',
  )
  // Whose parent came before it: children wait for the records that land, or merges lead elsewhere.
  const isEntangled = connection.one<{ one: number }>(
    `select 1 as one where exists (select 1 from merge) or exists (select 1 from link)
       or exists (select 1 from place where kind = ?1)
       or exists (select 1 from record where dossier > ?1 || ':' and dossier < ?1 || ';')
       or exists (select 1 from place where parent_kind = ?1 and dossier <> parent_kind || ':' || parent_id)`,
  )
  const placeAll = connection.run(
    `insert into place (kind, id, source, dossier, at, parent_kind, parent_id)
       select landed.kind, landed.id, landed.source, ${DOSSIER}, landed.at, landed.parent_kind, landed.parent_id
       from ${LANDED} order by landed.kind, landed.id`,
  )
  const recordAll = connection.run(
    `insert into record (dossier, kind, at, id, body)
       select ${DOSSIER} as dossier, landed.kind, landed.at, landed.id, landed.body
       from ${LANDED} order by dossier, landed.kind, landed.at, landed.id`,
  )

  function settleOneByOne(): void {
    const touched: Touched = { dossiers: new Set(), context: new Set() }
    for (let rows = some(0); rows.length > 0; rows = some(rows.at(-1)?.num ?? 0)) {
      for (const { source, kind, id, at, parent_kind, parent_id, body } of rows) {
        const isChild = parent_kind !== null && parent_id !== null
        const parent = isChild ? ({ as: 'child', of: { kind: parent_kind, id: parent_id } } as const) : ROOT
        place.put(source, kind, id, { at, place: parent, body }, touched)
      }
    }
    dossiers.markTouched(touched)
  }

  return {
    /** Whether a page can be put down: of a first read, each record new, and nothing in it that others can hang on. */
    takes({ snapshot, stream, columns }: PageColumns, num: number): boolean {
      const { ids, places, deleted } = columns
      if (!snapshot || ids.length === 0 || deleted.size > 0 || isPlaced(stream.kind) !== undefined) return false
      const other = any()
      if (other !== undefined && other.stream !== num) return false
      if (places.some(({ as, kind }) => as === 'context' || kind === stream.kind)) return false
      return new Set(ids).size === ids.length && isStored(JSON.stringify(ids), num) === undefined
    },

    /** Part of a write: puts the nth record of such a page down. */
    put(
      stream: { readonly num: number; readonly source: string; readonly kind: string },
      columns: PageColumns['columns'],
      nth: number,
    ) {
      const { num, source, kind } = stream
      const { ids, ats, places, placed, parentIds } = columns
      const parentKind = places[placed[nth] as number]?.kind ?? null
      const parentId = parentIds[nth] ?? null
      add(num, source, kind, ids[nth] as string, ats[nth] as number, parentKind, parentId, textOf(columns, nth, 2))
    },

    /** Part of a write: brings everything that was put down to its dossier. */
    settle(): void {
      const found = any()
      if (found === undefined) return
      if (isEntangled(found.kind) === undefined) {
        // Before `place` holds them: each is marked as what it is found under.
        dossiers.markAll(`select distinct ${DOSSIER} as dossier from ${LANDED} order by dossier`)
        recordAll()
        placeAll()
      } else settleOneByOne()
      clear()
    },

    isEmpty: (): boolean => any() === undefined,
  }
}

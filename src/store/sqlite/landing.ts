import type { Connection } from './connection.ts'
import type { Dossiers } from './dossiers.ts'
import { type PageColumns, textOf } from './entry-columns.ts'

export type Landing = ReturnType<typeof landing>

/** What is put down until the log is written back: while that takes its few hundredths of a second, a reader reads on. */
const WRITTEN_BACK_EACH = 8 * 1024 * 1024

/**
 * Records of a first read are put down as they come, with the place where they belong, and brought to their dossiers in the
 * order of dossiers, all at once, before anybody looks or writes there, or when the read has ended and nobody asks for
 * anything. One by one, each page of a read would write to as
 * many pages of the file as it holds records, for records come in no order of dossiers: ten times the bytes.
 *
 * Until then they are in `raw`, and in no dossier. A read that dies in between leaves them where they are.
 */
export function landing(connection: Connection, dossiers: Dossiers) {
  const any = connection.one<{ stream: number; kind: string }>('select stream, kind from landed limit 1')
  const add = connection.put('insert into landed (stream, kind, id, at, body) values (?, ?, ?, ?, cast(? as text))')
  // A record below a parent shares its dossier with it: the parent's, or the one that it would head.
  const addPlace = connection.put(
    `insert into place (kind, id, source, at, parent_kind, parent_id, dossier) values (?1, ?2, ?3, ?4, ?5, ?6,
       case when ?5 is null then ?1 || ':' || ?2
         else coalesce((select dossier from place where kind = ?5 and id = ?6), ?5 || ':' || ?6) end)`,
  )
  const isUnderWay = connection.one<{ one: number }>('select 1 as one from stream where num = ? and snapshot = 1')
  const clear = connection.run('delete from landed')
  const isPlaced = connection.one<{ one: number }>('select 1 as one from place where kind = ? limit 1')
  const isStored = connection.one<{ one: number }>(
    'select 1 as one from json_each(?) as wanted cross join raw on raw.stream = ? and raw.id = wanted.value limit 1',
  )
  // Whose parent came before it: children wait for the records that land, or merges lead elsewhere.
  const isEntangled = connection.one<{ one: number }>(
    `select 1 as one where exists (select 1 from merge) or exists (select 1 from link)
       or exists (select 1 from record where dossier > ?1 || ':' and dossier < ?1 || ';')
       or exists (select 1 from place where parent_kind = ?1 and dossier <> parent_kind || ':' || parent_id)`,
  )
  const recordAll = connection.run(
    `insert into record (dossier, kind, at, id, body)
       select dossier, landed.kind, landed.at, landed.id, body
       from landed cross join place on place.kind = landed.kind and place.id = landed.id
       order by dossier, landed.kind, landed.at, landed.id`,
  )

  /** Bytes that were put down since the log was written back. */
  let logged = 0

  function settle(): void {
    const found = any()
    if (found === undefined) return
    // All that have a place are those that were put down.
    dossiers.markAll('select dossier from place where kind = ? group by dossier', found.kind)
    connection.sorting(recordAll)
    clear()
  }

  return {
    /** Whether a page can be put down: of a first read, each record new, and nothing in it that others can hang on. */
    takes({ snapshot, stream, columns }: PageColumns, num: number): boolean {
      const { ids, places, deleted } = columns
      if (!snapshot || ids.length === 0 || deleted.size > 0) return false
      const other = any()
      // While records of this stream are put down, those of its kind that have a place are its own.
      if (other === undefined ? isPlaced(stream.kind) !== undefined : other.stream !== num) return false
      if (places.some(({ as, kind }) => as === 'context' || kind === stream.kind)) return false
      if (isEntangled(stream.kind) !== undefined) return false
      return new Set(ids).size === ids.length && isStored(JSON.stringify(ids), num) === undefined
    },

    /** Part of a write: puts the nth record of such a page down. */
    put(
      { num, source, kind }: { readonly num: number; readonly source: string; readonly kind: string },
      columns: PageColumns['columns'],
      nth: number,
    ) {
      const { ids, ats, places, placed, parentIds } = columns
      const id = ids[nth] as string
      const at = ats[nth] as number
      const parentKind = places[placed[nth] as number]?.kind ?? null
      add(num, kind, id, at, textOf(columns, nth, 2))
      addPlace(kind, id, source, at, parentKind, parentIds[nth] ?? null)
    },

    /** Part of a write: brings everything that was put down to its dossier. */
    settle,

    /** Part of a write: the same where it is not of this stream. Only one stream's records are put down at a time. */
    settleOthers(stream: number): void {
      const found = any()
      if (found !== undefined && found.stream !== stream) settle()
    },

    /** Whether records are put down of a read that has ended. */
    isRead(): boolean {
      const found = any()
      return found !== undefined && isUnderWay(found.stream) === undefined
    },

    /**
     * After a page was put down. Rows that are only added are written back but once, however often that is done; a log that
     * stays short is also sooner looked through when everything is brought to its dossier.
     */
    written({ text }: PageColumns['columns']): void {
      logged += text.byteLength
      if (logged < WRITTEN_BACK_EACH) return
      connection.writeBackLog()
      logged = 0
    },

    isEmpty: (): boolean => any() === undefined,
  }
}
